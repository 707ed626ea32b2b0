//! The lists that were fetched, and which of them a write of ours outdated. Whoever asks for a list while it is on its
//! way waits for the same answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use serde_json::Value;

use super::error::Error;
use super::request::{Plane, Request};

/// What a fetch brings.
pub(super) type Listed = Result<Arc<Vec<Value>>, FetchError>;

/// Why a fetch brought nothing.
#[derive(Clone)]
pub(super) struct FetchError {
    pub error: Error,
    /// The call that it was begun for had ended, which says nothing about the service.
    pub was_over: bool,
}

/// How new a list must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It shows every write of ours.
    Now,
    /// It may leave out our own writes: enough for who looks for what others made.
    AsOfStart,
}

/// A list that is on its way or there.
pub(super) type Fetch = Shared<BoxFuture<'static, Listed>>;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    plane: Plane,
    tenant: String,
    path: String,
    // Older versions leave kinds out, so their lists differ.
    api_version: Option<String>,
}

impl Key {
    /// A request's place among the lists; ARM's paths know no case.
    pub fn new(request: &Request, tenant: Option<&str>) -> Self {
        Self {
            plane: request.plane,
            tenant: tenant.unwrap_or_default().to_lowercase(),
            path: request.path.to_lowercase(),
            api_version: request.api_version.clone(),
        }
    }

    /// Whether a write here may change the list there.
    fn touches(&self, list: &Key) -> bool {
        // ARM's paths name a subscription and are the same in every tenant. In the Defender API a path means something
        // else in each tenant, and the tenant is not always known.
        let same_place = self.plane == list.plane
            && (self.plane == Plane::ResourceManager
                || self.tenant == list.tenant
                || self.tenant.is_empty()
                || list.tenant.is_empty());
        same_place && self.path.strip_prefix(&list.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The lists of a client.
#[derive(Default)]
pub(super) struct Lists(Mutex<State>);

#[derive(Default)]
struct State {
    turns: u64,
    kept: HashMap<Key, Kept>,
}

struct Kept {
    turn: u64,
    fetch: Fetch,
    /// Something was written since it was begun.
    outdated: bool,
}

impl Lists {
    /// The fetch under a key, begun with `fetch` if none is fresh enough, its number, and whether this caller began it.
    pub fn join(
        &self,
        key: &Key,
        freshness: Freshness,
        fetch: impl FnOnce() -> BoxFuture<'static, Listed>,
    ) -> (Fetch, u64, bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = state.kept.get(key).filter(|kept| !kept.outdated || freshness == Freshness::AsOfStart) {
            return (kept.fetch.clone(), kept.turn, false);
        }
        state.turns += 1;
        let (turn, fetch) = (state.turns, fetch().shared());
        state.kept.insert(key.clone(), Kept { turn, fetch: fetch.clone(), outdated: false });
        (fetch, turn, true)
    }

    /// Drops one fetch; a newer one under the same key stays.
    pub fn forget(&self, key: &Key, turn: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.kept.get(key).is_some_and(|kept| kept.turn == turn) {
            state.kept.remove(key);
        }
    }

    /// Marks the lists that a write outdates, now and when the guard goes: a list fetched during the write may show
    /// either state.
    pub fn during_write(&self, write: Key) -> WriteGuard<'_> {
        self.outdate(&write);
        WriteGuard { lists: self, write }
    }

    fn outdate(&self, write: &Key) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let touched = state.kept.iter_mut().filter(|(list, _)| write.touches(list));
        touched.for_each(|(_, kept)| kept.outdated = true);
    }
}

/// Stands for a write that is on its way, also one that is given up.
pub(super) struct WriteGuard<'a> {
    lists: &'a Lists,
    write: Key,
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.lists.outdate(&self.write);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(plane: Plane, tenant: &str, path: &str) -> Key {
        Key { plane, tenant: tenant.into(), path: path.into(), api_version: None }
    }

    #[test]
    fn a_write_touches_the_lists_above_it() {
        use Plane::{Defender, ResourceManager};
        let touches =
            |plane, (writer, write), (reader, list)| key(plane, writer, write).touches(&key(plane, reader, list));
        assert!(touches(ResourceManager, ("a", "/ws/rules/x"), ("a", "/ws/rules")));
        assert!(touches(ResourceManager, ("a", "/ws/rules/x"), ("b", "/ws/rules")));
        assert!(!touches(ResourceManager, ("a", "/ws/rules2/x"), ("a", "/ws/rules")));
        assert!(!touches(ResourceManager, ("a", "/ws/rules"), ("a", "/ws/rules/x")));
        assert!(touches(Defender, ("a", "/api/settings"), ("a", "/api/settings")));
        assert!(!touches(Defender, ("a", "/api/settings"), ("b", "/api/settings")));
        assert!(touches(Defender, ("", "/api/settings/x"), ("b", "/api/settings")));
        assert!(!key(Defender, "a", "/x/y").touches(&key(ResourceManager, "a", "/x")));
    }
}
