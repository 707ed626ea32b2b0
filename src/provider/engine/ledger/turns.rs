//! One at a time for each thing: a block that is made and another that goes must not work on one object at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The things that are worked on.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// The right to work on some things, until it is dropped.
pub struct Turn(#[allow(dead_code, reason = "held, not read")] Vec<OwnedMutexGuard<()>>);

impl Turns {
    /// Waits for the right to work on all of `keys`.
    pub async fn of<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Turn {
        // In one order for everybody, so that no two wait for each other.
        let keys: BTreeSet<&str> = keys.collect();
        let mut held = Vec::with_capacity(keys.len());
        for key in keys {
            let turn = {
                let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(turns.entry(key.to_owned()).or_default())
            };
            held.push(turn.lock_owned().await);
        }
        Turn(held)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_shares_a_thing_waits_and_who_does_not_goes_on() {
        let turns = Turns::default();
        let first = turns.of(["b", "a"].into_iter()).await;
        assert!(turns.of(["a", "c"].into_iter()).now_or_never().is_none());
        assert!(turns.of(["c"].into_iter()).now_or_never().is_some());
        drop(first);
        assert!(turns.of(["c", "b", "a"].into_iter()).now_or_never().is_some());
    }
}
