//! What the service says of the licence and the permissions that a connector needs: asked once in a run for each kind and
//! tenant or subscription, whatever the workspace.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;

use crate::arm::{Call, Client, Error, Request};

/// The answers of a run.
#[derive(Default)]
pub struct Requirements(Mutex<HashMap<String, Arc<OnceCell<Json>>>>);

impl Requirements {
    /// The answer to a check. What failed is asked again by whoever comes next.
    pub async fn of(&self, client: &Client, call: &Call, request: Request) -> Result<Json, Error> {
        let question = format!("{:?} {}", call.tenant, request.body.as_ref().unwrap_or(&Json::Null));
        let cell = Arc::clone(self.lock().entry(question).or_default());
        let ask = || async { client.send(call, request).await.map(|answer| answer.body) };
        cell.get_or_try_init(ask).await.cloned()
    }

    /// Forgets everything: a new run begins.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<OnceCell<Json>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
