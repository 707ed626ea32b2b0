//! One object of a workspace's collection against the service: find it, put it until it can be read, delete it until it is gone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::{Instant, sleep, sleep_until};

use crate::arm::{Call, Client, Error, Request, ResourceId};

/// Where the object is, and under which bounds it is worked on.
#[derive(Clone)]
pub struct Store {
    pub client: Arc<Client>,
    pub call: Call,
    pub id: ResourceId,
    /// The api-version the object itself is read and written with.
    pub api_version: String,
    /// The api-version that lists every kind of the collection.
    pub list_api_version: String,
}

/// What became of an accepted PUT.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// It reads back as it was put.
    AsAsked(Json),
    /// It reads back as something else.
    Differently(Json),
    /// The time was over, or Terraform asked to stop, before it could be read.
    NotReadableYet,
}

/// How long an object that reads back differently is given to come right, as a cache of the service may be behind.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

impl Store {
    /// Every object of the collection; one request serves all who ask at about the same time.
    pub async fn list(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.client.list(&self.call, self.list_request()).await
    }

    /// What others have in the collection; our own writes of this run may be missing.
    pub async fn list_as_of_start(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.client.list_as_of_start(&self.call, self.list_request()).await
    }

    fn list_request(&self) -> Request {
        Request::list(&self.id.workspace, self.id.collection, &self.list_api_version)
    }

    /// The object by itself; absence is not an error.
    pub async fn get(&self) -> Result<Option<Json>, Error> {
        match self.client.send(&self.call, Request::get(&self.id, &self.api_version)).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts the object and waits until it reads back as asked.
    pub async fn put(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        match self.client.send(&self.call, Request::put(&self.id, &self.api_version, body)).await {
            Ok(_) => {}
            // The answer is lost, the change may not be: what the service shows decides.
            Err(error) if error.may_have_happened() && !error.is_stopped() => match self.get().await {
                Ok(Some(found)) if as_asked(&found) => return Ok(Stored::AsAsked(found)),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
        let settled_by = Instant::now() + SETTLES_WITHIN;
        let mut waits = Waits::default();
        loop {
            let seen = match self.get().await {
                Ok(Some(found)) if as_asked(&found) => return Ok(Stored::AsAsked(found)),
                Ok(seen) => seen,
                // The object is stored; whatever keeps it from being read must not make it look as if it were not.
                Err(_) => return Ok(Stored::NotReadableYet),
            };
            if let Some(found) = seen
                && Instant::now() >= settled_by
            {
                return Ok(Stored::Differently(found));
            }
            if !waits.wait(&self.call).await {
                return Ok(Stored::NotReadableYet);
            }
        }
    }

    /// Deletes the object and waits until it is gone; gone already is as good.
    pub async fn delete(&self) -> Result<(), Error> {
        let gone = |error: &Error| error.is_not_found() || error.is_not_onboarded();
        match self.client.send(&self.call, Request::delete(&self.id, &self.api_version)).await {
            Ok(_) => {}
            Err(error) if gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut waits = Waits::default();
        loop {
            match self.get().await {
                Ok(None) => return Ok(()),
                Err(error) if gone(&error) => return Ok(()),
                Err(error) => return Err(error),
                Ok(Some(_)) if waits.wait(&self.call).await => {}
                // Accepted, only not seen gone: the next refresh settles it.
                Ok(Some(_)) => return Ok(()),
            }
        }
    }
}

/// Waits that grow from a quarter of a second to five seconds.
#[derive(Debug)]
pub struct Waits(Duration);

impl Default for Waits {
    fn default() -> Self {
        Self(Duration::from_millis(250))
    }
}

impl Waits {
    /// Waits once; false if there is no time left or Terraform asks to stop.
    pub async fn wait(&mut self, call: &Call) -> bool {
        let pause = self.0;
        self.0 = (pause * 2).min(Duration::from_secs(5));
        tokio::select! {
            () = call.stop.cancelled() => false,
            () = sleep_until(call.deadline) => false,
            () = sleep(pause) => true,
        }
    }
}

/// A text field of an answer; "" where there is none.
pub fn text<'a>(item: &'a Json, field: &str) -> &'a str {
    item.get(field).and_then(Json::as_str).unwrap_or_default()
}
