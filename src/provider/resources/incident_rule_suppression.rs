//! Keeps every incident-creation rule of some products switched off, whoever made it, and remembers which ones it
//! switched off itself. What an update would switch off is in `enabled_rules`.

mod block;
mod rules;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::incident_rule::RULES_OF;
use crate::arm::text;
use crate::catalog::IncidentProduct;
use crate::provider::ledger::{Claim, Claimant, Hold};
use crate::provider::messages;
use crate::provider::place::{self, Place};
use crate::provider::session::{Session, split_tenant};
use crate::provider::timeouts::{self, Operation};
use crate::terraform::{
    Applied, Context, Diagnostic, Diagnostics, Imported, PlanRequest, Planned, Private, Read, Resource, Schema, Value,
};
use block::{ENABLED, PRODUCTS, RESTORE, SUPPRESSED, block};
use rules::{Switched, enabled, ids, is_of, is_on, same_id, same_products};

/// The resource.
pub struct IncidentRuleSuppression {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_incident_rule_suppression";
const WHAT: &str = "the suppression of incident rules";

fn set_id(value: &mut Value) {
    let mut products: Vec<_> =
        value.get(PRODUCTS).known_strings().into_iter().map(IncidentProduct::filter_of).collect();
    products.sort_unstable();
    products.dedup();
    if let Some(workspace) = value.get("workspace_id").as_str() {
        let id = format!("{workspace}|{}", products.join(","));
        value.set("id", id);
    }
}

/// What is to be done: everything switched on now is switched off, besides what was before.
fn plan_rules(planned: &mut Value, prior: Option<&Value>, items: &[Json]) {
    let products: Vec<String> = planned.get(PRODUCTS).known_strings().into_iter().map(str::to_owned).collect();
    let products: Vec<&str> = products.iter().map(String::as_str).collect();
    let before = prior.map(|prior| prior.get(SUPPRESSED).known_strings()).unwrap_or_default();
    let released = |id: &&str| items.iter().any(|item| same_id(text(item, "id"), id) && !is_of(item, &products));
    let kept = before.into_iter().filter(|id| !released(id));
    let suppressed = ids(kept.chain(enabled(items, &products)));
    planned.set(SUPPRESSED, suppressed);
    planned.set(ENABLED, Value::List(Vec::new()));
}

impl IncidentRuleSuppression {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn at<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        Place::of(&self.session, context, operation.within(value), (word, WHAT, RESOURCE), value).await
    }
}

impl IncidentRuleSuppression {
    /// Makes the workspace what is planned: switches off what the plan names, and on again what is managed no longer.
    async fn apply(&self, place: &Place<'_>, prior: Option<&Value>, planned: Value) -> Result<Applied, Diagnostic> {
        let items = place.rules_now().await;
        let items = items.map_err(|error| messages::failed("workspace_id", place.subject, &error))?;
        let mut state = planned;
        if state.get(SUPPRESSED).is_unknown() {
            plan_rules(&mut state, prior, &items);
        }
        set_id(&mut state);
        let products: Vec<String> = state.get(PRODUCTS).known_strings().into_iter().map(str::to_owned).collect();
        let products: Vec<&str> = products.iter().map(String::as_str).collect();
        let wanted: Vec<String> = state.get(SUPPRESSED).known_strings().into_iter().map(str::to_owned).collect();
        let is_wanted = |item: &Json| wanted.iter().any(|id| same_id(id, text(item, "id")));
        let before: Vec<String> = prior
            .map(|prior| prior.get(SUPPRESSED).known_strings().into_iter().map(str::to_owned).collect())
            .unwrap_or_default();
        let was_ours = |item: &Json| before.iter().any(|id| same_id(id, text(item, "id")));

        let off: Vec<&Json> =
            items.iter().filter(|item| is_of(item, &products) && is_on(item) && is_wanted(item)).collect();
        let mut switched = place.switch(&off, false).await;
        let mut restored = Vec::new();
        if !switched.diagnostics.has_errors() && state.get(RESTORE).as_bool() == Some(true) {
            let released = |item: &&Json| was_ours(item) && !is_wanted(item) && !is_on(item);
            let released: Vec<&Json> = items.iter().filter(released).collect();
            let back = place.switch(&released, true).await;
            restored = back.done;
            switched.diagnostics.extend(back.diagnostics);
        }
        if switched.diagnostics.has_errors() {
            // What was done, or may have been, stays known: it is what a destroy gives back.
            let ours = before.iter().filter(|id| !restored.iter().any(|done| same_id(done, id)));
            let touched = || switched.done.iter().chain(&switched.in_doubt);
            state.set(SUPPRESSED, ids(ours.chain(touched()).map(String::as_str)));
            let still_on = off.iter().map(|item| text(item, "id"));
            let still_on = still_on.filter(|id| !touched().any(|touched| same_id(touched, id)));
            state.set(ENABLED, ids(still_on));
        } else {
            let new =
                enabled(&items, &products).into_iter().filter(|id| !wanted.iter().any(|known| same_id(known, id)));
            let new: Vec<String> = new.map(str::to_owned).collect();
            if !new.is_empty() {
                switched.diagnostics.push(messages::rules_since_plan(PRODUCTS, place.subject, &new));
            }
        }
        Ok(Applied { state: Some(state), private: Private::new(), diagnostics: switched.diagnostics })
    }
}

impl Claimant for IncidentRuleSuppression {
    fn what(&self) -> &str {
        WHAT
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        let Some(workspace) = place::known_workspace(value) else { return Vec::new() };
        let of_product = |product: &str| {
            let filter = IncidentProduct::filter_of(product);
            let shown = format!("the incident rules of {product} in {workspace}");
            let key = |what: &str| format!("{}|{what}|{filter}", workspace.key());
            [Claim::new(key("suppression"), shown.clone(), Hold::Object), Claim::new(key(RULES_OF), shown, Hold::Off)]
        };
        value.get(PRODUCTS).known_strings().into_iter().flat_map(of_product).collect()
    }
}

#[async_trait]
impl Resource for IncidentRuleSuppression {
    fn type_name(&self) -> &str {
        RESOURCE
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: block() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        diagnostics.extend(block::validate(config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let (config, prior) = (request.config, request.prior.filter(|_| planned.requires_replace.is_empty()));
        if !config.get(PRODUCTS).is_wholly_known() {
            planned.value.set(SUPPRESSED, Value::unknown());
            return planned.value.set("id", Value::unknown());
        }
        planned.value.set(ENABLED, Value::List(Vec::new()));
        if let Some(prior) = prior
            && same_products(&prior.get(PRODUCTS).known_strings(), &config.get(PRODUCTS).known_strings())
        {
            // The products' names of today and ARM's are the same products. What is on was seen by the refresh; nothing
            // that is asked for here could be relied on, since Terraform plans once more when it applies.
            let (before, on) = (prior.get(SUPPRESSED).known_strings(), prior.get(ENABLED).known_strings());
            let suppressed =
                if on.is_empty() { prior.get(SUPPRESSED).clone() } else { ids(before.into_iter().chain(on)) };
            planned.value.set(SUPPRESSED, suppressed);
            for name in [PRODUCTS, "id"] {
                planned.value.set(name, prior.get(name).clone());
            }
            return;
        }
        // Which rules are on is found when it is applied; what is on now is told.
        planned.value.set(SUPPRESSED, Value::unknown());
        planned.value.set("id", Value::unknown());
        let known = ["workspace_id", "tenant_id"].iter().all(|name| config.get(name).is_wholly_known());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let outcome = async {
            let place = self.at(context, Operation::Read, "plan", &value).await?;
            place.fill_tenant(&mut planned.value).await?;
            set_id(&mut planned.value);
            let items = match place.rules().await {
                Ok(items) => items,
                // The same run may make the workspace or onboard it before this is applied.
                Err(error) if error.is_not_found() || error.is_not_onboarded() => return Ok(()),
                Err(error) => return Err(messages::failed("workspace_id", place.subject, &error)),
            };
            let products = value.get(PRODUCTS).known_strings();
            let restores = value.get(RESTORE).as_bool() == Some(true);
            let before = prior.filter(|_| restores).map(|prior| prior.get(SUPPRESSED).known_strings());
            let before = before.unwrap_or_default();
            let released = |item: &&Json| {
                before.iter().any(|id| same_id(id, text(item, "id"))) && !is_of(item, &products) && !is_on(item)
            };
            let on: Vec<_> = items.iter().filter(released).map(|item| text(item, "id")).collect();
            let off = enabled(&items, &products);
            if !(on.is_empty() && off.is_empty()) {
                planned.diagnostics.push(messages::rules_to_switch(PRODUCTS, place.subject, &off, &on));
            }
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.at(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let items = match place.rules().await {
            Ok(items) => items,
            Err(error) if error.is_not_onboarded() => {
                let note = messages::gone_with_onboarding(place.subject, &error);
                return Read { diagnostics: note.into(), ..Read::default() };
            }
            Err(error) if error.is_not_found() => return Read::default(),
            Err(error) => return kept(messages::failed("workspace_id", place.subject, &error)),
        };
        let mut seen = state.clone();
        let there = |id: &&str| items.iter().any(|item| same_id(text(item, "id"), id));
        seen.set(SUPPRESSED, ids(state.get(SUPPRESSED).known_strings().into_iter().filter(there)));
        seen.set(ENABLED, ids(enabled(&items, &state.get(PRODUCTS).known_strings())));
        Read { state: Some(seen), private, diagnostics: Diagnostics::default() }
    }

    async fn create(&self, context: &Context, planned: Value, _private: Private) -> Applied {
        let outcome = async {
            let place = self.at(context, Operation::Create, "create", &planned).await?;
            let mut wanted = planned.clone();
            place.fill_tenant(&mut wanted).await?;
            self.apply(&place, None, wanted).await
        };
        outcome.await.unwrap_or_else(|diagnostic: Diagnostic| Applied::nothing(diagnostic))
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let outcome = async {
            let place = self.at(context, Operation::Update, "update", &planned).await?;
            self.apply(&place, Some(&prior), planned.clone()).await
        };
        let mut applied = match outcome.await {
            Ok(applied) => applied,
            Err(diagnostic) => {
                return Applied::kept(&prior, &private, diagnostic);
            }
        };
        if applied.diagnostics.has_errors()
            && let Some(state) = &mut applied.state
        {
            // The products stay those of before, so that what is left to do is planned again.
            for name in [PRODUCTS, "id"] {
                state.set(name, prior.get(name).clone());
            }
        }
        applied
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        if prior.get(RESTORE).as_bool() != Some(true) || prior.get(SUPPRESSED).known_strings().is_empty() {
            return Applied::default();
        }
        let kept = |state: Value, diagnostics: Diagnostics| Applied { state: Some(state), private, diagnostics };
        let place = match self.at(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(prior.clone(), diagnostic.into()),
        };
        let items = match place.rules_now().await {
            Ok(items) => items,
            Err(error) if error.is_not_found() || error.is_not_onboarded() => return Applied::default(),
            Err(error) => {
                let told = messages::failed("workspace_id", place.subject, &error);
                return kept(prior.clone(), told.into());
            }
        };
        let ours = prior.get(SUPPRESSED).known_strings();
        let is_ours = |item: &&Json| ours.iter().any(|id| same_id(id, text(item, "id"))) && !is_on(item);
        let off: Vec<&Json> = items.iter().filter(is_ours).collect();
        let Switched { done, diagnostics, .. } = place.switch(&off, true).await;
        if !diagnostics.has_errors() {
            return Applied::nothing(diagnostics);
        }
        let left = ours.iter().copied().filter(|id| !done.iter().any(|done| same_id(done, id)));
        let mut state = prior.clone();
        state.set(SUPPRESSED, ids(left));
        kept(state, diagnostics)
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let (tenant, id) = split_tenant(id);
        let bad = || messages::bad_suppression_import_id(id);
        let (workspace, products) = id.split_once('|').ok_or_else(bad)?;
        let workspace = crate::arm::WorkspaceId::parse(workspace).map_err(|_| bad())?;
        let named =
            |product: &str| IncidentProduct::find(product).map_or(product.to_owned(), |row| row.name.to_owned());
        let mut products: Vec<_> =
            products.split(',').map(str::trim).filter(|name| !name.is_empty()).map(named).collect();
        products.sort_unstable();
        products.dedup();
        if products.is_empty() {
            return Err(bad().into());
        }
        let mut state = place::blank(&block());
        state.set("workspace_id", workspace.to_string());
        state.set("tenant_id", tenant);
        state.set(PRODUCTS, Value::strings(products));
        state.set(RESTORE, true);
        // Nobody knows who switched off what before.
        state.set(SUPPRESSED, Value::List(Vec::new()));
        set_id(&mut state);
        let value = state.clone();
        let place = self.at(context, Operation::Read, "import", &value).await?;
        place.fill_tenant(&mut state).await?;
        let items = place.rules().await;
        let items =
            items.map_err(|error| messages::failed(crate::terraform::AttributePath::root(), place.subject, &error))?;
        state.set(ENABLED, ids(enabled(&items, &value.get(PRODUCTS).known_strings())));
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}
