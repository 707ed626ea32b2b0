//! What a suppression means to the peace between Defender XDR and incident rules: it cures, and it is missed when it goes.

use super::IncidentRuleSuppression;
use super::block::{PRODUCTS, RESTORE, SUPPRESSED};
use super::rules::{is_among, is_on};
use crate::catalog::IncidentProduct;
use crate::provider::engine::interlocks::{Part, party_of_rule};
use crate::provider::engine::place;
use crate::provider::engine::plans::rules_of;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::resources::foresight::parties;
use crate::terraform::{Context, Diagnostic, Value};

/// The rules that these values keep off, as the plans of a run know them.
pub fn kept_off(value: &Value) -> Vec<String> {
    let Some(workspace) = place::known_workspace(value) else { return Vec::new() };
    let products = value.get(PRODUCTS).known_strings();
    products.into_iter().map(|product| rules_of(&workspace.key(), IncidentProduct::filter_of(product))).collect()
}

impl IncidentRuleSuppression {
    /// Notes which rules are kept off once it is as planned, and which no longer.
    pub fn note(&self, prior: Option<&Value>, planned: Option<&Value>) {
        let keys = |value: Option<&Value>| value.map(kept_off).unwrap_or_default();
        self.session.plans().releases(&keys(prior));
        self.session.plans().keeps_off(&keys(planned));
    }

    /// Tells of the rules that go on again beside Defender XDR. Where the lists cannot be had, nothing is said.
    pub async fn foretell(&self, context: &Context, prior: &Value, planned: Option<&Value>) -> Option<Diagnostic> {
        let restores = planned.unwrap_or(prior).get(RESTORE).as_bool() == Some(true);
        let ours = prior.get(SUPPRESSED).known_strings();
        let is_released = kept_off(prior).iter().any(|key| !self.session.plans().is_kept_off(key));
        if !restores || ours.is_empty() || !is_released {
            return None;
        }
        let place = self.place(context, Operation::Read, "plan", prior).await.ok()?;
        let rules = self.rules(&place);
        let items = rules.seen(&[]).await.ok()?;
        let back = items.iter().filter(|item| is_among(item, &ours) && !is_on(item) && rules.is_free(item));
        let back = back.filter_map(|item| party_of_rule(item, true)).filter(|party| {
            let key = rules_of(&place.workspace.key(), IncidentProduct::filter_of(&party.product));
            !self.session.plans().is_kept_off(&key)
        });
        let back: Vec<String> = back.map(|party| format!("{}: {}", party.product, party.id)).collect();
        if back.is_empty() {
            return None;
        }
        let others = parties(&self.session, &place).await?;
        let has_xdr = others.iter().any(|party| party.part == Part::Incidents);
        has_xdr.then(|| messages::rules_return_beside_xdr(PRODUCTS, place.subject, &back))
    }
}
