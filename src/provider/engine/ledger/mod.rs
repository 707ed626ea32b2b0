//! Who owns what in this run: which objects the state holds, and what becomes of them. One thing has one owner, and
//! whichever of two calls comes second tells of both. Knows nothing of the service.
//!
//! Terraform plans and applies in separate processes. In the first, every block is read or at least planned; in the
//! second nothing is read, a block without a change makes no call, and a create says nothing of what it replaces.

mod book;
mod memory;
mod owned;
mod turns;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use book::Book;
pub use book::{Conflict, Fate};
pub use memory::Memory;
use memory::new_entry;
pub use owned::{Claimant, owned};
pub use turns::Turn;
use turns::Turns;

/// One thing of the service that a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Equal for what is one thing.
    pub key: Arc<str>,
    /// What a message calls it.
    pub shown: Arc<str>,
    pub hold: Hold,
}

/// How a block holds a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is the object itself, which a delete of the block takes away.
    Object,
    /// No other block may have it.
    Alone,
    /// It wants it switched on, as others may.
    On,
    /// It keeps it switched off.
    Off,
}

impl Hold {
    /// Whether one block alone can have it.
    pub fn is_of_one(self) -> bool {
        matches!(self, Self::Object | Self::Alone)
    }
}

impl Claim {
    /// An object of the service by its id.
    pub fn object(id: &str) -> Self {
        Self { key: id.to_lowercase().into(), shown: id.into(), hold: Hold::Object }
    }

    /// Something else by a key of its own.
    pub fn new(key: impl AsRef<str>, shown: impl Into<Arc<str>>, hold: Hold) -> Self {
        Self { key: key.as_ref().to_lowercase().into(), shown: shown.into(), hold }
    }
}

/// A block as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Full resource type.
    pub resource: String,
    /// "the Microsoft Defender XDR connector"
    pub what: String,
}

/// The ledger of one run.
#[derive(Default)]
pub struct Ledger {
    book: Mutex<Book>,
    done: Mutex<Done>,
    turns: Turns,
    texts: Mutex<HashSet<Arc<str>>>,
}

/// What this process did.
#[derive(Default)]
struct Done {
    /// What was made, and the entry that it is now.
    made: HashMap<Arc<str>, String>,
    /// What it took away, and the id of the object that went with it.
    left: HashMap<Arc<str>, Arc<str>>,
    /// What stored state named, by resource type, before anybody read or planned it.
    stored: HashMap<String, HashSet<Arc<str>>>,
}

impl Ledger {
    /// Forgets everything: a new run begins.
    pub fn forget(&self) {
        *self.book() = Book::default();
        *self.done() = Done::default();
        self.texts().clear();
    }

    /// The same claims in texts that are kept once, however often an entry is stored, read and planned.
    fn kept(&self, claims: Vec<Claim>) -> Vec<Claim> {
        let mut texts = self.texts();
        let mut keep = |text: Arc<str>| match texts.get(&text) {
            Some(kept) => Arc::clone(kept),
            None => {
                texts.insert(Arc::clone(&text));
                text
            }
        };
        claims
            .into_iter()
            .map(|Claim { key, shown, hold }| Claim { key: keep(key), shown: keep(shown), hold })
            .collect()
    }

    /// The name of an entry that Terraform reads: its own, unless another one has it that was copied from it in the state.
    pub fn entry_to_read(&self, known: Option<String>) -> String {
        known.filter(|known| !self.book().is_read(known)).unwrap_or_else(new_entry)
    }

    /// The name of an entry that Terraform plans, which it does once for each.
    pub fn entry_to_plan(&self, known: Option<String>) -> String {
        let is_new = |fate: Option<Fate>| fate.is_none_or(|fate| fate == Fate::Unplanned);
        known.filter(|known| is_new(self.book().fate(known))).unwrap_or_else(new_entry)
    }

    /// State holds an entry with these claims.
    pub fn seen(&self, entry: &str, who: &Who, claims: Vec<Claim>) {
        let claims = self.kept(claims);
        self.book().seen(entry, who, claims);
    }

    /// An entry of the state turned out to be gone.
    pub fn gone(&self, entry: &str) {
        self.book().remove(entry);
    }

    /// State holds something with these claims; which entry it is shows later.
    pub fn stored(&self, who: &Who, claims: Vec<Claim>) {
        let claims = self.kept(claims);
        let mut done = self.done();
        let keys = done.stored.entry(who.resource.clone()).or_default();
        keys.extend(claims.into_iter().map(|claim| claim.key));
    }

    /// Plans what becomes of an entry of the state.
    pub fn plan(&self, entry: &str, who: &Who, before: Vec<Claim>, after: Vec<Claim>, fate: Fate) -> Option<Conflict> {
        let (before, after) = (self.kept(before), self.kept(after));
        let done = self.done();
        self.book().plan(entry, who, before, after, fate, &done.made)
    }

    /// Plans a new object; `over` is the entry that it replaces, where that is known.
    pub fn plan_create(&self, over: Option<&str>, who: &Who, claims: Vec<Claim>) -> Option<Conflict> {
        let claims = self.kept(claims);
        self.book().plan_create(over, who, claims)
    }

    /// Whether the thing is in nobody's way although the service, or a list of it, may still show it: it is what the new
    /// object of a resource type replaces, or this process took it away.
    ///
    /// Terraform says nothing of the old object when it plans anew what is tainted. So what is in state, and has not been
    /// planned itself, counts as that; if it is another block's after all, that block's own plan tells.
    pub fn stands_aside(&self, over: Option<&str>, who: &Who, key: &str) -> bool {
        let key = key.to_lowercase();
        let (is_left, is_stored) = {
            let done = self.done();
            (done.left.contains_key(&*key), done.stored.get(&who.resource).is_some_and(|keys| keys.contains(&*key)))
        };
        is_left || self.book().stands_aside(over, who, &key, is_stored)
    }

    /// Whether a block of this state holds the thing and is not known to give it up.
    pub fn is_held(&self, key: &str) -> bool {
        self.book().is_held(&key.to_lowercase())
    }

    /// Whether it is planned that a block of this state gives the thing up.
    pub fn is_leaving(&self, key: &str) -> bool {
        self.book().is_leaving(&key.to_lowercase())
    }

    /// Whether it is planned already what becomes of the thing, so that another block's plan tells how the two get on.
    pub fn is_planned(&self, key: &str) -> bool {
        self.book().is_planned(&key.to_lowercase())
    }

    /// Whether any block of this run has, had or is to have the thing.
    pub fn is_known(&self, key: &str) -> bool {
        let key = key.to_lowercase();
        let is_stored = self.done().stored.values().any(|keys| keys.contains(&*key));
        is_stored || self.book().is_known(&key)
    }

    /// Waits until nobody else in this process works on any of the things, and keeps others from it.
    pub async fn turn(&self, claims: &[Claim]) -> Turn {
        self.turns.of(objects(claims)).await
    }

    /// This process made what these claims name, or may have.
    pub fn made(&self, entry: &str, claims: &[Claim]) {
        let mut done = self.done();
        for claim in claims.iter().filter(|claim| claim.hold.is_of_one()) {
            done.left.remove(&claim.key);
            done.made.insert(claim.key.clone(), entry.to_owned());
        }
    }

    /// This process took away what an entry of these claims had.
    pub fn left(&self, entry: &str, claims: &[Claim]) {
        let object = claims.iter().find(|claim| claim.hold == Hold::Object);
        let mut done = self.done();
        for claim in claims.iter().filter(|claim| claim.hold.is_of_one()) {
            done.made.remove(&claim.key);
            done.left.insert(claim.key.clone(), object.unwrap_or(claim).shown.clone());
        }
        self.book().leave(entry, claims);
    }

    /// Whether this process took the object away.
    pub fn has_left(&self, key: &str) -> bool {
        self.done().left.contains_key(&*key.to_lowercase())
    }

    /// The objects that this process took away and that had any of what these claims name, by their ids.
    pub fn before(&self, claims: &[Claim]) -> BTreeSet<String> {
        let done = self.done();
        claims.iter().filter_map(|claim| done.left.get(&claim.key)).map(|id| id.to_string()).collect()
    }

    /// Whether this process made all of an entry's objects anew, as another entry: it is their forerunner then, which they
    /// replaced in place.
    pub fn is_replaced(&self, entry: &str, claims: &[Claim]) -> bool {
        let done = self.done();
        let mut keys = objects(claims).peekable();
        keys.peek().is_some() && keys.all(|key| done.made.get(key).is_some_and(|by| by != entry))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn texts(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn objects(claims: &[Claim]) -> impl Iterator<Item = &str> {
    claims.iter().filter(|claim| claim.hold == Hold::Object).map(|claim| &*claim.key)
}
