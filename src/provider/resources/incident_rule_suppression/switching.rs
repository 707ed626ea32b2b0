//! Makes the rules of a workspace what a suppression plans, and says what is its own afterwards.

use crate::provider::engine::attributes::WORKSPACE_ID;
use serde_json::Value as Json;

use super::block::{ENABLED, PRODUCTS, RESTORE, SUPPRESSED};
use super::rules::{Rules, ids, is_among, is_of, is_on, same_id, same_products};
use super::set_id;
use crate::arm::text;
use crate::provider::messages;
use crate::provider::resources::incident_rule::is_under_default_name;
use crate::terraform::{Applied, Diagnostic, Private, Value};

impl Rules<'_> {
    /// Switches off what the plan is about, and on again what is managed no longer.
    pub async fn apply(&self, prior: Option<&Value>, planned: Value) -> Result<Applied, Diagnostic> {
        let subject = self.place.subject;
        let list = |name: &str| prior.map(|prior| prior.get(name).known_strings()).unwrap_or_default();
        let (before, seen_on) = (list(SUPPRESSED), list(ENABLED));
        let items = self.now(&[before.clone(), seen_on.clone()].concat()).await;
        let items = items.map_err(|error| messages::failed(WORKSPACE_ID, subject, &error))?;
        let mut state = planned.clone();
        set_id(&mut state);
        let products = planned.get(PRODUCTS).known_strings();
        let is_new = prior.is_none() || !same_products(&list(PRODUCTS), &products);

        let on = self.enabled(&items, &products);
        let (off, late): (Vec<&Json>, Vec<&Json>) = on.into_iter().partition(|item| is_new || is_among(item, &seen_on));
        let mut switched = self.switch(&off, false).await;
        let is_ours = |item: &&Json| is_among(item, &before) && self.is_free(item);
        let (kept, released): (Vec<&Json>, Vec<&Json>) =
            items.iter().filter(is_ours).partition(|item| !is_new || is_of(item, &products));
        let mut restored = Vec::new();
        if !switched.diagnostics.has_errors() && planned.get(RESTORE).as_bool() == Some(true) {
            let released: Vec<&Json> = released.into_iter().filter(|item| !is_on(item)).collect();
            let back = self.switch(&released, true).await;
            restored = back.done;
            switched.diagnostics.extend(back.diagnostics);
        }

        // What has the name that a block gives is switched on again by its block and by nobody else.
        let touched = off.iter().copied().filter(|item| switched.touched(item));
        let (of_blocks, new): (Vec<&Json>, Vec<&Json>) =
            touched.partition(|item| is_under_default_name(&self.place.workspace, item));
        let new = new.into_iter().map(|item| text(item, "id"));
        if switched.diagnostics.has_errors() {
            // What was done, or may have been, stays known: it is what a destroy gives back.
            let ours = before.iter().copied().filter(|id| !restored.iter().any(|done| same_id(done, id)));
            state.set(SUPPRESSED, ids(ours.chain(new)));
            let still_on = off.iter().filter(|item| !switched.touched(item));
            state.set(ENABLED, ids(still_on.map(|item| text(item, "id"))));
        } else {
            if planned.get(SUPPRESSED).is_unknown() {
                state.set(SUPPRESSED, ids(kept.into_iter().map(|item| text(item, "id")).chain(new)));
            }
            let late: Vec<String> = late.into_iter().map(|item| text(item, "id").to_owned()).collect();
            if !late.is_empty() {
                switched.diagnostics.push(messages::rules_since_plan(PRODUCTS, subject, &late));
            }
        }
        if !of_blocks.is_empty() {
            let of_blocks: Vec<&str> = of_blocks.into_iter().map(|item| text(item, "id")).collect();
            switched.diagnostics.push(messages::rules_of_blocks_off(PRODUCTS, subject, &of_blocks));
        }
        Ok(Applied { state: Some(state), private: Private::new(), diagnostics: switched.diagnostics })
    }
}
