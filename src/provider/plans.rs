//! What the objects of this run play once they are as planned, so that those of one configuration which get in each other's way
//! are told before anything is done. Knows nothing of the service.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::interlocks::Party;

/// The plans made since the provider was configured.
#[derive(Default)]
pub struct Plans(Mutex<Made>);

#[derive(Default)]
struct Made {
    /// What each object plays once it is as planned, by its ARM id in lower case; nothing if it goes or is off.
    parties: HashMap<String, Option<Party>>,
}

impl Plans {
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
}
