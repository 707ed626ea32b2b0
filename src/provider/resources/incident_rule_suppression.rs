//! Keeps every incident-creation rule of some products switched off, whoever made it, and remembers which ones it
//! switched off itself. What an update would switch off is in `enabled_rules`.

mod block;
mod foretelling;
mod rules;
mod switching;

use crate::provider::engine::attributes::{ID, TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::incident_rule::RULES_OF;
use crate::arm::{Error, text};
use crate::catalog::IncidentProduct;
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::ledger::{Claim, Claimant, Hold, Memory};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::engine::standing::{Standing, has_workspace};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private,
    Read, Resource, Schema, Value,
};
use block::{ENABLED, PRODUCTS, RESTORE, SUPPRESSED, block};
use foretelling::kept_off;
use rules::{Rules, ids, is_among, is_of, is_on, same_id, same_products};

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
    if let Some(workspace) = value.get(WORKSPACE_ID).as_str() {
        let id = format!("{workspace}|{}", products.join(","));
        value.set(ID, id);
    }
}

impl IncidentRuleSuppression {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn place<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        Place::of(&self.session, context, operation.within(value), (word, WHAT, RESOURCE), value).await
    }

    fn rules<'a>(&'a self, place: &'a Place<'a>) -> Rules<'a> {
        Rules { place, ledger: self.session.ledger() }
    }

    /// How a workspace stands that was asked for its rules in vain: an answer that speaks of the whole workspace is
    /// believed when another one agrees.
    async fn standing(&self, place: &Place<'_>, answer: Error) -> Result<Standing, Diagnostic> {
        let standing = match answer.is_any_404() || answer.is_not_onboarded() {
            true => Standing::after(place, answer).await,
            false => Err(answer),
        };
        standing.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))
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

    fn is_precious(&self) -> bool {
        // The one that goes gives its rules back, and the new one could not know that they were to stay off.
        true
    }

    fn is_what_it_holds(&self) -> bool {
        // It holds a list besides, which the one in its place does not have.
        false
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
            return planned.value.set(ID, Value::unknown());
        }
        self.note(request.prior, Some(&planned.value));
        planned.value.set(ENABLED, Value::List(Vec::new()));
        if let Some(prior) = prior
            && same_products(&prior.get(PRODUCTS).known_strings(), &config.get(PRODUCTS).known_strings())
        {
            // The products' names of today and ARM's are the same products. What is on was seen by the refresh; nothing
            // that is asked for here could be relied on, since Terraform plans once more when it applies. Which of them
            // it switches itself, and not their own blocks, shows then.
            let is_quiet = prior.get(ENABLED).known_strings().is_empty();
            planned.value.set(SUPPRESSED, if is_quiet { prior.get(SUPPRESSED).clone() } else { Value::unknown() });
            for name in [PRODUCTS, "id"] {
                planned.value.set(name, prior.get(name).clone());
            }
            return;
        }
        // Which rules are on is found when it is applied; what is on now is told.
        planned.value.set(SUPPRESSED, Value::unknown());
        planned.value.set(ID, Value::unknown());
        let known = [WORKSPACE_ID, TENANT_ID].iter().all(|name| config.get(name).is_wholly_known());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let outcome = async {
            let place = self.place(context, Operation::Read, "plan", &value).await?;
            place.fill_tenant(&mut planned.value).await?;
            set_id(&mut planned.value);
            let rules = self.rules(&place);
            let items = match rules.seen(&[]).await {
                Ok(items) => items,
                // The same run may make the workspace or onboard it before this is applied.
                Err(error) if error.is_not_found() || error.is_not_onboarded() => {
                    planned.diagnostics.0.extend(Standing::said_by(&error).not_ready(&place, &self.session));
                    return Ok(());
                }
                Err(error) => return Err(messages::failed(WORKSPACE_ID, place.subject, &error)),
            };
            let products = value.get(PRODUCTS).known_strings();
            let restores = value.get(RESTORE).as_bool() == Some(true);
            let before = prior.filter(|_| restores).map(|prior| prior.get(SUPPRESSED).known_strings());
            let before = before.unwrap_or_default();
            let released = |item: &&Json| is_among(item, &before) && !is_of(item, &products) && !is_on(item);
            let on: Vec<_> = items.iter().filter(released).map(|item| text(item, "id")).collect();
            let off: Vec<_> = rules.enabled(&items, &products).into_iter().map(|item| text(item, "id")).collect();
            if !(on.is_empty() && off.is_empty()) {
                planned.diagnostics.push(messages::rules_to_switch(PRODUCTS, place.subject, &off, &on));
            }
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
        if let Some(prior) = request.prior {
            planned.diagnostics.0.extend(self.foretell(context, prior, Some(&value)).await);
        }
    }

    async fn plan_destroy(&self, context: &Context, prior: &Value, _private: &Private) -> Diagnostics {
        self.note(Some(prior), None);
        self.foretell(context, prior, None).await.map(Diagnostics::from).unwrap_or_default()
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        self.session.plans().sees_off(&kept_off(&state));
        let rules = self.rules(&place);
        let ours = state.get(SUPPRESSED).known_strings();
        let items = match rules.seen(&ours).await {
            Ok(items) => items,
            Err(error) => match self.standing(&place, error.clone()).await {
                Ok(Standing::NotOnboarded) => {
                    // The plan that follows has no need to say it again.
                    Standing::NotOnboarded.is_news(&place, &self.session);
                    let note = messages::gone_with_onboarding(place.subject, &error);
                    return Read { diagnostics: note.into(), ..Read::default() };
                }
                Ok(_) => return Read::default(),
                Err(diagnostic) => return kept(diagnostic),
            },
        };
        let mut seen = state.clone();
        let there = |id: &&str| items.iter().any(|item| is_among(item, &[*id]) && rules.is_free(item));
        seen.set(SUPPRESSED, ids(ours.iter().copied().filter(there)));
        let on = rules.enabled(&items, &state.get(PRODUCTS).known_strings());
        seen.set(ENABLED, ids(on.into_iter().map(|item| text(item, "id"))));
        Read { state: Some(seen), private, diagnostics: Diagnostics::default() }
    }

    async fn create(&self, context: &Context, planned: Value, _private: Private) -> Applied {
        let outcome = async {
            let place = self.place(context, Operation::Create, "create", &planned).await?;
            let mut wanted = planned.clone();
            place.fill_tenant(&mut wanted).await?;
            self.rules(&place).apply(None, wanted).await
        };
        outcome.await.unwrap_or_else(|diagnostic: Diagnostic| Applied::nothing(diagnostic))
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let outcome = async {
            let place = self.place(context, Operation::Update, "update", &planned).await?;
            self.rules(&place).apply(Some(&prior), planned.clone()).await
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
        let entry = Memory::decode(&private).entry.unwrap_or_default();
        let is_replaced = self.session.ledger().is_replaced(&entry, &self.claims(&prior));
        let ours = prior.get(SUPPRESSED).known_strings();
        if prior.get(RESTORE).as_bool() != Some(true) || ours.is_empty() {
            let stay_off = is_replaced && !ours.is_empty();
            let note = stay_off.then(|| messages::suppression_replaced(WORKSPACE_ID, false, &ours));
            return Applied::nothing(note.map(Diagnostics::from).unwrap_or_default());
        }
        let kept = |state: Value, diagnostics: Diagnostics| Applied { state: Some(state), private, diagnostics };
        let place = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(prior.clone(), diagnostic.into()),
        };
        let rules = self.rules(&place);
        let items = match rules.now(&ours).await {
            Ok(items) => items,
            Err(error) => match self.standing(&place, error).await {
                Ok(_) => return Applied::default(),
                Err(diagnostic) => return kept(prior.clone(), diagnostic.into()),
            },
        };
        let off: Vec<&Json> = items.iter().filter(|item| is_among(item, &ours) && !is_on(item)).collect();
        let mut back = rules.switch(&off, true).await;
        if back.diagnostics.has_errors() {
            let done: Vec<&str> = back.done.iter().map(String::as_str).collect();
            let mut state = prior.clone();
            state.set(SUPPRESSED, ids(ours.iter().copied().filter(|id| !done.iter().any(|done| same_id(done, id)))));
            return kept(state, back.diagnostics);
        }
        if is_replaced && !back.done.is_empty() {
            let on: Vec<&str> = back.done.iter().map(String::as_str).collect();
            back.diagnostics.push(messages::suppression_replaced(WORKSPACE_ID, true, &on));
        }
        Applied::nothing(back.diagnostics)
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        // No other provider has such a thing.
        Err(moves::refused(RESOURCE, &source).into())
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let ImportId { tenant, workspace, named } = block::IMPORT.read(id)?;
        let Named::Word(products) = named else { return Err(block::IMPORT.refuse(id, "it names no products").into()) };
        let named =
            |product: &str| IncidentProduct::find(product).map_or(product.to_owned(), |row| row.name.to_owned());
        let mut products: Vec<_> =
            products.split(',').map(str::trim).filter(|name| !name.is_empty()).map(named).collect();
        products.sort_unstable();
        products.dedup();
        if products.is_empty() {
            return Err(block::IMPORT.refuse(id, "it names no products").into());
        }
        let mut state = place::blank(&block());
        state.set(WORKSPACE_ID, workspace.to_string());
        state.set(TENANT_ID, tenant);
        state.set(PRODUCTS, Value::strings(products));
        state.set(RESTORE, true);
        // Nobody knows who switched off what before.
        state.set(SUPPRESSED, Value::List(Vec::new()));
        set_id(&mut state);
        let value = state.clone();
        let place = self.place(context, Operation::Read, "import", &value).await?;
        place.fill_tenant(&mut state).await?;
        let rules = self.rules(&place);
        let items = match rules.seen(&[]).await {
            Ok(items) => items,
            Err(error) if error.is_any_404() && has_workspace(&place).await.is_ok_and(|is_there| !is_there) => {
                return Err(messages::import_without_workspace(RESOURCE, place.subject.place).into());
            }
            Err(error) => return Err(messages::failed(AttributePath::root(), place.subject, &error).into()),
        };
        let on = rules.enabled(&items, &value.get(PRODUCTS).known_strings());
        state.set(ENABLED, ids(on.into_iter().map(|item| text(item, "id"))));
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}
