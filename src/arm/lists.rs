//! The lists that were fetched, and which of them a write of ours outdated. Whoever asks for a list while it is on its
//! way waits for the same answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use serde_json::Value;

use super::error::Error;
use super::request::{Plane, Request};
use super::slim;

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
    // So do those that ask for a part of it.
    query: Vec<(&'static str, String)>,
    // And those of which other things are kept.
    kept: Option<slim::Kept>,
}

impl Key {
    /// A request's place among the lists; ARM's paths know no case.
    pub fn new(request: &Request, tenant: Option<&str>) -> Self {
        Self {
            plane: request.plane,
            tenant: tenant.unwrap_or_default().to_lowercase(),
            path: request.path.to_lowercase(),
            api_version: request.api_version.clone(),
            query: request.query.clone(),
            kept: request.kept,
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
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn key(plane: Plane, tenant: &str, path: &str) -> Key {
        Key { plane, tenant: tenant.into(), path: path.into(), api_version: None, query: Vec::new(), kept: None }
    }

    /// A key from a line of its plane, its tenant, "-" where that is not known, and its path.
    fn key_of(line: &str) -> Key {
        let [plane, tenant, path] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let plane = if plane == "arm" { Plane::ResourceManager } else { Plane::Defender };
        key(plane, tenant.trim_matches('-'), path)
    }

    #[test]
    fn a_write_touches_the_lists_above_it() {
        let seen = [
            ("arm a /ws/rules/x", "arm a /ws/rules"),
            ("arm a /ws/rules", "arm a /ws/rules"),
            ("arm a /ws/rules", "arm a /ws/rules/x"),
            ("arm a /ws/rules2/x", "arm a /ws/rules"),
            ("arm a /other/x", "arm a /ws/rules"),
            // A path of ARM's is the same in every tenant.
            ("arm a /ws/rules/x", "arm b /ws/rules"),
            ("defender a /settings/x", "defender a /settings"),
            ("defender a /settings/x", "defender b /settings"),
            // What is not known may be the same.
            ("defender - /settings/x", "defender b /settings"),
            ("defender a /settings/x", "defender - /settings"),
            ("defender - /settings/x", "defender - /settings"),
            ("defender a /x/y", "arm a /x"),
            ("arm a /x/y", "defender a /x"),
        ]
        .map(|(write, list)| {
            let verb = if key_of(write).touches(&key_of(list)) { "touches" } else { "leaves" };
            format!("{write} {verb} {list}\n")
        });
        expect![[r#"
            arm a /ws/rules/x touches arm a /ws/rules
            arm a /ws/rules touches arm a /ws/rules
            arm a /ws/rules leaves arm a /ws/rules/x
            arm a /ws/rules2/x leaves arm a /ws/rules
            arm a /other/x leaves arm a /ws/rules
            arm a /ws/rules/x touches arm b /ws/rules
            defender a /settings/x touches defender a /settings
            defender a /settings/x leaves defender b /settings
            defender - /settings/x touches defender b /settings
            defender a /settings/x touches defender - /settings
            defender - /settings/x touches defender - /settings
            defender a /x/y leaves arm a /x
            arm a /x/y leaves defender a /x
        "#]]
        .assert_eq(&seen.concat());
    }

    /// What becomes of a list that is asked for, written to and forgotten: each who asks begins a fetch or shares one.
    fn told(steps: &str) -> String {
        let lists = Lists::default();
        let [list, other, write] = ["arm - /ws/rules", "arm - /ws/connectors", "arm - /ws/rules/x"].map(key_of);
        let (mut turns, mut writing) = (Vec::new(), None);
        let mut told = String::new();
        for step in steps.split(' ') {
            told += step;
            let ask = match step {
                "now" => Some((&list, Freshness::Now)),
                "as-of-start" => Some((&list, Freshness::AsOfStart)),
                "other" => Some((&other, Freshness::Now)),
                "write" => {
                    writing = Some(lists.during_write(write.clone()));
                    None
                }
                "written" => {
                    writing = None;
                    None
                }
                forget => {
                    let number: usize = forget.strip_prefix("forget-").unwrap().parse().unwrap();
                    lists.forget(&list, turns[number - 1]);
                    None
                }
            };
            if let Some((key, freshness)) = ask {
                let number = turns.len() + 1;
                let fetch = || async move { Ok(Arc::new(vec![json!(number)])) }.boxed();
                let (fetch, turn, is_ours) = lists.join(key, freshness, fetch);
                if is_ours {
                    turns.push(turn);
                }
                let answer = fetch.now_or_never().unwrap().ok().unwrap();
                told += &format!(" {} {}", if is_ours { "begins" } else { "shares" }, answer[0]);
            }
            told += ", ";
        }
        drop(writing);
        told.trim_end_matches(", ").to_owned() + "\n"
    }

    #[test]
    fn a_fetch_is_shared_until_a_write_outdates_it() {
        let seen = [
            "now now as-of-start other now",
            "now other write as-of-start now written other",
            // A list that was fetched during the write may show either state.
            "write now now written as-of-start now now",
            "write written now now",
            "now forget-1 now forget-1 now forget-2 now",
            "now write now written now forget-2 now forget-3 now",
        ]
        .map(told);
        expect![[r#"
            now begins 1, now shares 1, as-of-start shares 1, other begins 2, now shares 1
            now begins 1, other begins 2, write, as-of-start shares 1, now begins 3, written, other shares 2
            write, now begins 1, now shares 1, written, as-of-start shares 1, now begins 2, now shares 2
            write, written, now begins 1, now shares 1
            now begins 1, forget-1, now begins 2, forget-1, now shares 2, forget-2, now begins 3
            now begins 1, write, now begins 2, written, now begins 3, forget-2, now shares 3, forget-3, now begins 4
        "#]]
        .assert_eq(&seen.concat());
    }
}
