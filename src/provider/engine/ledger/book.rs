//! The entries of the state and what is planned for each: where two of them meet in one thing, the second plan tells.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Claim, Hold, Who};

/// What a plan makes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was read, and is not planned yet.
    Unplanned,
    /// It stays as it is.
    Kept,
    /// It is changed in place.
    Changed,
    /// It is made.
    Created,
    /// It goes, or goes to be made anew.
    Leaves,
}

/// Two blocks that meet in one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// What they meet in, as a message calls it.
    pub shown: String,
    /// The one that was planned before.
    pub other: Who,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// Both want one thing on, and one of them did not before.
    BothOn,
    /// Both are in state and neither changes.
    HeldTwice,
    /// Both are in state, and one of them is changed.
    ChangedTwice,
    /// One wants on what the other keeps off.
    OnAndOff,
    /// One is in state, the other is to be made.
    Owned,
    /// Both are to be made.
    PlannedTwice,
    /// One goes, and the other is to be made in its place.
    MadeAnew,
    /// One goes, and takes along what the other has.
    LeavesAndStays,
}

#[derive(Debug)]
struct Entry {
    who: Who,
    fate: Fate,
    /// What it holds as it stands in state.
    before: Vec<Claim>,
    /// What it holds once it is as planned.
    after: Vec<Claim>,
    /// The entry that it replaces.
    over: Option<String>,
    /// Whether it was read in this process.
    read: bool,
}

/// Every entry that this process knows of.
#[derive(Debug, Default)]
pub struct Book {
    entries: HashMap<Arc<str>, Entry>,
    /// The entries that hold a thing, before or after.
    holders: HashMap<Arc<str>, Vec<Arc<str>>>,
    creates: usize,
}

impl Book {
    pub fn seen(&mut self, name: &str, who: &Who, claims: Vec<Claim>) {
        // What is in no configuration any more is planned to go before it is read.
        if let Some(planned) = self.entries.get_mut(name).filter(|entry| entry.fate != Fate::Unplanned) {
            planned.read = true;
            return;
        }
        let (who, after) = (who.clone(), claims.clone());
        self.put(name, Entry { who, fate: Fate::Unplanned, before: claims, after, over: None, read: true });
    }

    pub fn plan(
        &mut self,
        name: &str,
        who: &Who,
        before: Vec<Claim>,
        after: Vec<Claim>,
        fate: Fate,
        made: &HashMap<Arc<str>, String>,
    ) -> Option<Conflict> {
        let read = self.is_read(name);
        let entry = Entry { who: who.clone(), fate, before, after, over: None, read };
        let conflict = self.conflict(name, &entry, made);
        self.put(name, entry);
        conflict
    }

    pub fn plan_create(&mut self, over: Option<&str>, who: &Who, claims: Vec<Claim>) -> Option<Conflict> {
        self.creates += 1;
        let name = format!("create {}", self.creates);
        let over = over.map(str::to_owned);
        let entry =
            Entry { who: who.clone(), fate: Fate::Created, before: Vec::new(), after: claims, over, read: false };
        let conflict = self.conflict(&name, &entry, &HashMap::new());
        self.put(&name, entry);
        conflict
    }

    /// Whether an entry was read.
    pub fn is_read(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|entry| entry.read)
    }

    /// What is planned for an entry, if it is known at all.
    pub fn fate(&self, name: &str) -> Option<Fate> {
        self.entries.get(name).map(|entry| entry.fate)
    }

    pub fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.remove(name) {
            for claim in entry.before.iter().chain(&entry.after) {
                if let Some(holders) = self.holders.get_mut(&claim.key) {
                    holders.retain(|holder| **holder != *name);
                }
            }
        }
    }

    /// An entry has gone, and with it what was planned to be made as it.
    pub fn leave(&mut self, name: &str, claims: &[Claim]) {
        let objects = claims.iter().filter(|claim| claim.hold == Hold::Object);
        let holders = objects.flat_map(|claim| self.holders_of(&claim.key));
        let made = holders.filter(|(_, entry)| entry.fate == Fate::Created).map(|(name, _)| name.to_owned());
        for made in made.collect::<Vec<_>>() {
            self.remove(&made);
        }
        self.remove(name);
    }

    /// Whether what holds a key makes room for the new object of a resource type.
    pub fn stands_aside(&self, over: Option<&str>, who: &Who, key: &str, is_stored: bool) -> bool {
        let mut planned = false;
        for (name, entry) in self.holders_of(key) {
            let may_be_its_own = entry.fate == Fate::Unplanned && entry.who.resource == who.resource;
            if over == Some(name) || may_be_its_own || entry.fate == Fate::Leaves {
                return true;
            }
            planned |= entry.fate != Fate::Created;
        }
        is_stored && !planned
    }

    /// Whether an entry of the state has a key and keeps it.
    pub fn is_held(&self, key: &str) -> bool {
        self.holders_of(key).any(|(_, entry)| matches!(entry.fate, Fate::Kept | Fate::Changed))
    }

    /// Whether an entry of the state that has a key goes.
    pub fn is_leaving(&self, key: &str) -> bool {
        self.holders_of(key).any(|(_, entry)| entry.fate == Fate::Leaves)
    }

    pub fn is_planned(&self, key: &str) -> bool {
        self.holders_of(key).any(|(_, entry)| entry.fate != Fate::Unplanned)
    }

    pub fn is_known(&self, key: &str) -> bool {
        self.holders_of(key).next().is_some()
    }

    fn holders_of(&self, key: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let names = self.holders.get(key).into_iter().flatten();
        names.filter_map(|name| self.entries.get_key_value(name)).map(|(name, entry)| (&**name, entry))
    }

    fn put(&mut self, name: &str, entry: Entry) {
        self.remove(name);
        let name: Arc<str> = name.into();
        for claim in entry.before.iter().chain(&entry.after) {
            let holders = self.holders.entry(Arc::clone(&claim.key)).or_default();
            if !holders.contains(&name) {
                holders.push(Arc::clone(&name));
            }
        }
        self.entries.insert(name, entry);
    }

    /// The gravest conflict of an entry with those that were planned before it.
    fn conflict(&self, name: &str, entry: &Entry, made: &HashMap<Arc<str>, String>) -> Option<Conflict> {
        let mut found = Vec::new();
        for claim in entry.before.iter().chain(&entry.after) {
            for (other, rival) in self.holders_of(&claim.key).filter(|(other, _)| *other != name) {
                // What this process made already has replaced what is planned to go.
                let is_over = entry.over.as_deref() == Some(other) || made.contains_key(&claim.key);
                let kind = if is_over { None } else { meet(entry, rival, &claim.key) };
                let is_object = claim.hold == Hold::Object;
                let conflict = |kind| Conflict { kind, shown: claim.shown.to_string(), other: rival.who.clone() };
                found.extend(kind.map(|kind| (is_object, conflict(kind))));
            }
        }
        // Of two that are as grave, the one about the object itself says more than one about a part of it.
        found.into_iter().max_by_key(|(is_object, conflict)| (conflict.kind, *is_object)).map(|(_, conflict)| conflict)
    }
}

/// How two entries get on that hold one key.
fn meet(entry: &Entry, rival: &Entry, key: &str) -> Option<ConflictKind> {
    let hold = |claims: &[Claim]| claims.iter().find(|claim| *claim.key == *key).map(|claim| claim.hold);
    let (before, after) = (hold(&entry.before), hold(&entry.after));
    let (rival_before, rival_after) = (hold(&rival.before), hold(&rival.after));
    match (after, rival_after) {
        _ if rival.fate == Fate::Unplanned => None,
        (Some(Hold::On), Some(Hold::Off)) | (Some(Hold::Off), Some(Hold::On)) => Some(ConflictKind::OnAndOff),
        (Some(Hold::On), Some(Hold::On)) if (before, rival_before) != (after, rival_after) => {
            Some(ConflictKind::BothOn)
        }
        (Some(Hold::On | Hold::Off), Some(_)) => None,
        (Some(_), Some(_)) => Some(match (entry.fate, rival.fate) {
            (Fate::Created, Fate::Created) => ConflictKind::PlannedTwice,
            (Fate::Created, _) | (_, Fate::Created) => ConflictKind::Owned,
            (Fate::Kept, Fate::Kept) => ConflictKind::HeldTwice,
            _ => ConflictKind::ChangedTwice,
        }),
        // What is not the object itself, such as a key that the service keeps one of, is free once the other has gone.
        (Some(Hold::Object), None) if rival_before == Some(Hold::Object) && rival.fate == Fate::Leaves => {
            Some(if entry.fate == Fate::Created { ConflictKind::MadeAnew } else { ConflictKind::LeavesAndStays })
        }
        (None, Some(Hold::Object)) if before == Some(Hold::Object) && entry.fate == Fate::Leaves => {
            Some(if rival.fate == Fate::Created { ConflictKind::MadeAnew } else { ConflictKind::LeavesAndStays })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn who(resource: &str) -> Who {
        Who { resource: resource.to_owned(), what: "it".to_owned() }
    }

    const FATES: [Fate; 4] = [Fate::Kept, Fate::Changed, Fate::Created, Fate::Leaves];

    fn plan(book: &mut Book, name: &str, fate: Fate, hold: Hold) -> Option<ConflictKind> {
        let claims = vec![Claim::new("x", "X", hold)];
        let conflict = match fate {
            Fate::Created => book.plan_create(None, &who("a"), claims),
            Fate::Leaves => book.plan(name, &who("a"), claims, Vec::new(), fate, &HashMap::new()),
            _ => book.plan(name, &who("a"), claims.clone(), claims, fate, &HashMap::new()),
        };
        conflict.map(|conflict| conflict.kind)
    }

    #[test]
    fn whichever_comes_second_tells_the_same() {
        let mut seen = String::new();
        let pairs =
            [(Hold::Object, Hold::Object), (Hold::Alone, Hold::Alone), (Hold::On, Hold::Off), (Hold::On, Hold::On)];
        for (first, second) in pairs {
            for one in FATES {
                for other in FATES {
                    let mut there = Book::default();
                    assert_eq!(plan(&mut there, "1", one, first), None);
                    let told = plan(&mut there, "2", other, second);
                    let mut back = Book::default();
                    plan(&mut back, "2", other, second);
                    assert_eq!(plan(&mut back, "1", one, first), told, "{one:?} and {other:?}, in either order");
                    if let Some(told) = told {
                        seen += &format!("{first:?} {one:?}, {second:?} {other:?}: {told:?}\n");
                    }
                }
            }
        }
        expect![[r#"
            Object Kept, Object Kept: HeldTwice
            Object Kept, Object Changed: ChangedTwice
            Object Kept, Object Created: Owned
            Object Kept, Object Leaves: LeavesAndStays
            Object Changed, Object Kept: ChangedTwice
            Object Changed, Object Changed: ChangedTwice
            Object Changed, Object Created: Owned
            Object Changed, Object Leaves: LeavesAndStays
            Object Created, Object Kept: Owned
            Object Created, Object Changed: Owned
            Object Created, Object Created: PlannedTwice
            Object Created, Object Leaves: MadeAnew
            Object Leaves, Object Kept: LeavesAndStays
            Object Leaves, Object Changed: LeavesAndStays
            Object Leaves, Object Created: MadeAnew
            Alone Kept, Alone Kept: HeldTwice
            Alone Kept, Alone Changed: ChangedTwice
            Alone Kept, Alone Created: Owned
            Alone Changed, Alone Kept: ChangedTwice
            Alone Changed, Alone Changed: ChangedTwice
            Alone Changed, Alone Created: Owned
            Alone Created, Alone Kept: Owned
            Alone Created, Alone Changed: Owned
            Alone Created, Alone Created: PlannedTwice
            On Kept, Off Kept: OnAndOff
            On Kept, Off Changed: OnAndOff
            On Kept, Off Created: OnAndOff
            On Changed, Off Kept: OnAndOff
            On Changed, Off Changed: OnAndOff
            On Changed, Off Created: OnAndOff
            On Created, Off Kept: OnAndOff
            On Created, Off Changed: OnAndOff
            On Created, Off Created: OnAndOff
            On Kept, On Created: BothOn
            On Changed, On Created: BothOn
            On Created, On Kept: BothOn
            On Created, On Changed: BothOn
            On Created, On Created: BothOn
        "#]]
        .assert_eq(&seen);
    }

    #[test]
    fn a_replacement_is_in_nobodys_way() {
        let mut book = Book::default();
        let x = || vec![Claim::object("/X")];
        book.seen("1", &who("a"), x());
        assert_eq!(book.plan("1", &who("a"), x(), Vec::new(), Fate::Leaves, &HashMap::new()), None);
        assert!(book.stands_aside(Some("1"), &who("a"), "/x", false));
        assert_eq!(book.plan_create(Some("1"), &who("a"), x()), None);
        // What was made in place of its forerunner keeps nobody from deleting that.
        let made = HashMap::from([("/x".into(), "2".to_owned())]);
        assert_eq!(book.plan("1", &who("a"), x(), Vec::new(), Fate::Leaves, &made), None);
    }

    #[test]
    fn what_is_tainted_makes_room_and_another_block_tells() {
        let mut book = Book::default();
        let x = || vec![Claim::object("/X")];
        book.seen("1", &who("a"), x());
        assert!(book.stands_aside(None, &who("a"), "/x", false) && !book.stands_aside(None, &who("b"), "/x", false));
        assert_eq!(book.plan_create(None, &who("a"), x()), None);
        let told = book.plan("1", &who("a"), x(), x(), Fate::Kept, &HashMap::new());
        assert_eq!(told.map(|told| told.kind), Some(ConflictKind::Owned));
        assert!(book.stands_aside(None, &who("a"), "/y", true) && !book.is_held("/y") && book.is_held("/x"));
    }
}
