//! What the objects of this run play once they are as planned, so that those of one configuration which get in each other's way
//! are told before anything is done. Knows nothing of the service.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::interlocks::{Part, Party};
use crate::catalog::IncidentProduct;

/// The plans made since the provider was configured.
#[derive(Default)]
pub struct Plans(Mutex<Made>);

#[derive(Default)]
struct Made {
    /// What each object plays once it is as planned, by its ARM id in lower case; nothing if it goes or is off.
    parties: HashMap<String, Option<Party>>,
    /// What suppressions do with the rules of a product.
    rules: HashMap<String, Suppressed>,
    /// The export settings that are to be made, by tenant, in the order of their plans.
    settings: HashMap<String, Vec<String>>,
    /// What was told already.
    told: HashSet<String>,
}

/// What becomes of the rules of a product; of two that plan for them the greater counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Suppressed {
    /// They were kept off until now.
    Seen,
    /// They are let go.
    Released,
    /// They are kept off once all is as planned.
    Kept,
}

/// How the rules of a product, by ARM's name, in a workspace are called here.
pub fn rules_of(workspace: &str, filter: &str) -> String {
    format!("{workspace}|{filter}").to_lowercase()
}

impl Plans {
    /// Notes what an object plays once it is as planned.
    pub fn note(&self, id: &str, party: Option<Party>) {
        self.made().parties.insert(id.to_lowercase(), party);
    }

    /// Whether something is still to be told, which it is once in a run.
    pub fn tells(&self, what: &str) -> bool {
        self.made().told.insert(what.to_owned())
    }

    /// Whether something was told already.
    pub fn is_told(&self, what: &str) -> bool {
        self.made().told.contains(what)
    }

    /// An export setting of a tenant is to be made; gives those that were to be made before it.
    pub fn makes_setting(&self, tenant: &str, id: &str) -> Vec<String> {
        let mut made = self.made();
        let settings = made.settings.entry(tenant.to_lowercase()).or_default();
        let before: Vec<_> = settings.iter().take_while(|other| !other.eq_ignore_ascii_case(id)).cloned().collect();
        if before.len() == settings.len() {
            settings.push(id.to_owned());
        }
        before
    }

    /// State has these rules kept off.
    pub fn sees_off(&self, rules: &[String]) {
        self.suppress(rules, Suppressed::Seen);
    }

    /// These rules are kept off once all is as planned.
    pub fn keeps_off(&self, rules: &[String]) {
        self.suppress(rules, Suppressed::Kept);
    }

    /// A suppression lets these rules go.
    pub fn releases(&self, rules: &[String]) {
        self.suppress(rules, Suppressed::Released);
    }

    /// Whether some rules are kept off, as far as is planned.
    pub fn is_kept_off(&self, rules: &str) -> bool {
        self.made().is_kept_off(rules)
    }

    fn suppress(&self, rules: &[String], how: Suppressed) {
        let mut made = self.made();
        for key in rules {
            let before = made.rules.get(key).copied().unwrap_or(how);
            made.rules.insert(key.clone(), before.max(how));
        }
    }

    /// The parties of a workspace as they will be: those that stand, as far as nothing else is planned for them, and
    /// those that are planned. The object `but` is left out, and so are rules that a suppression keeps off.
    pub fn foresee(&self, workspace: &str, standing: Vec<Party>, but: &str) -> Vec<Party> {
        let made = self.made();
        let below = format!("{}/", workspace.to_lowercase());
        let unplanned = standing.into_iter().filter(|party| !made.parties.contains_key(&party.id.to_lowercase()));
        let planned =
            made.parties.iter().filter(|(id, _)| id.starts_with(&below)).filter_map(|(_, party)| party.clone());
        let is_quiet = |party: &Party| {
            let rules = || rules_of(workspace, IncidentProduct::filter_of(&party.product));
            party.part == Part::Rule && made.is_kept_off(&rules())
        };
        let other = |party: &Party| !party.id.eq_ignore_ascii_case(but) && !is_quiet(party);
        let mut parties: Vec<Party> = unplanned.chain(planned).filter(other).collect();
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

impl Made {
    fn is_kept_off(&self, rules: &str) -> bool {
        matches!(self.rules.get(rules), Some(Suppressed::Seen | Suppressed::Kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::engine::interlocks::Part;

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
    fn of_two_settings_that_are_made_the_second_sees_the_first() {
        let plans = Plans::default();
        let makes = |tenant: &str, id: &str| plans.makes_setting(tenant, id).join(" ");
        assert_eq!(
            [makes("T", "a"), makes("t", "b"), makes("u", "c"), makes("t", "A"), makes("t", "B")],
            ["", "a", "", "", "a"]
        );
    }

    #[test]
    fn rules_that_are_kept_off_are_in_nobodys_way_until_they_are_let_go() {
        let rule = Party { product: "Microsoft Defender for Identity".to_owned(), part: Part::Rule, ..party("/ws/r") };
        let rules = [rules_of("/WS", "Azure Advanced Threat Protection")];
        let is_quiet = |plans: &Plans| plans.foresee("/ws", vec![rule.clone()], "").is_empty();
        let plans = Plans::default();
        assert!(!is_quiet(&plans));
        plans.sees_off(&rules);
        assert!(is_quiet(&plans));
        plans.releases(&rules);
        assert!(!is_quiet(&plans));
        // Another suppression takes them over, whichever is planned first.
        plans.keeps_off(&rules);
        plans.releases(&rules);
        assert!(is_quiet(&plans));
    }
}
