//! What this run plans and makes, so that resources of one configuration that get in each other's way are told before anything is
//! done. Knows nothing of the service.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::interlocks::Party;

/// The plans made since the provider was configured.
#[derive(Default)]
pub struct Plans(Mutex<Made>);

#[derive(Default)]
struct Made {
    created: HashSet<String>,
    /// What each object plays once it is as planned, by its ARM id in lower case; nothing if it goes or is off.
    parties: HashMap<String, Option<Party>>,
    /// The ids under which an object was made, in lower case.
    made: HashSet<String>,
    /// The ids of objects that are in state and to be made anew, or deleted, in lower case.
    leaving: HashSet<String>,
}

impl Plans {
    /// Notes that objects under these keys are to be created; false if another resource plans one of them.
    ///
    /// Terraform plans a create once between two configurations of the provider: what is replaced is planned first
    /// with its old state and then without, and only the second is a create.
    pub fn create(&self, keys: Vec<String>) -> bool {
        let mut made = self.made();
        let is_first = keys.iter().all(|key| !made.created.contains(key));
        made.created.extend(keys);
        is_first
    }

    /// Notes what an object plays once it is as planned.
    pub fn note(&self, id: &str, party: Option<Party>) {
        self.made().parties.insert(id.to_lowercase(), party);
    }

    /// The parties of a workspace as they will be: those that stand, as far as nothing else is planned for them, and
    /// those that are planned. The object `but` is left out.
    pub fn foresee(&self, workspace: &str, standing: Vec<Party>, but: &str) -> Vec<Party> {
        let made = self.made();
        let below = format!("{}/", workspace.to_lowercase());
        let unplanned = standing.into_iter().filter(|party| !made.parties.contains_key(&party.id.to_lowercase()));
        let planned =
            made.parties.iter().filter(|(id, _)| id.starts_with(&below)).filter_map(|(_, party)| party.clone());
        let mut parties: Vec<Party> =
            unplanned.chain(planned).filter(|party| !party.id.eq_ignore_ascii_case(but)).collect();
        parties.sort_by(|left, right| left.id.cmp(&right.id));
        parties
    }

    /// Notes that this run made, or may have made, an object.
    pub fn note_made(&self, id: &str) {
        let (mut made, id) = (self.made(), id.to_lowercase());
        made.leaving.remove(&id);
        made.made.insert(id);
    }

    /// Notes that an object of state is to be made anew, or that this run deleted it.
    pub fn note_leaving(&self, id: &str) {
        self.made().leaving.insert(id.to_lowercase());
    }

    /// Whether the object under an id is in nobody's way, although the service, or a list of it, may still show it.
    pub fn is_leaving(&self, id: &str) -> bool {
        self.made().leaving.contains(&id.to_lowercase())
    }

    /// Whether this run made the object under an id. What is to be deleted then is its forerunner, which it has replaced in
    /// place: Terraform asks for that where the new one is created before the old one is destroyed.
    pub fn has_made(&self, id: &str) -> bool {
        self.made().made.contains(&id.to_lowercase())
    }

    /// Forgets everything.
    pub fn forget(&self) {
        *self.made() = Made::default();
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::interlocks::Part;

    fn party(id: &str) -> Party {
        Party { id: id.to_owned(), product: "Product".to_owned(), part: Part::Component }
    }

    #[test]
    fn a_plan_stands_in_for_what_is_there() {
        let plans = Plans::default();
        plans.note("/WS/a", None);
        plans.note("/ws/b", Some(party("/ws/b")));
        plans.note("/ws2/c", Some(party("/ws2/c")));
        let standing = vec![party("/ws/A"), party("/ws/d"), party("/ws/e")];
        let ids = |but: &str| -> Vec<String> {
            plans.foresee("/WS", standing.clone(), but).into_iter().map(|party| party.id).collect()
        };
        assert_eq!(ids("/ws/E"), ["/ws/b", "/ws/d"]);
        plans.forget();
        assert_eq!(ids("/ws/x"), ["/ws/A", "/ws/d", "/ws/e"]);
    }

    #[test]
    fn what_leaves_is_gone_until_it_is_made_again() {
        let plans = Plans::default();
        plans.note_leaving("/ws/A");
        assert!(plans.is_leaving("/WS/a") && !plans.is_leaving("/ws/b"));
        plans.note_made("/Ws/a");
        assert!(!plans.is_leaving("/ws/a"));
        plans.note_leaving("/ws/a");
        plans.forget();
        assert!(!plans.is_leaving("/ws/a"));
    }

    #[test]
    fn a_key_is_created_once() {
        let plans = Plans::default();
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        assert!(plans.create(keys(&["id", "key"])));
        assert!(plans.create(keys(&["other"])));
        assert!(!plans.create(keys(&["third", "key"])));
        plans.forget();
        assert!(plans.create(keys(&["key"])));
    }
}
