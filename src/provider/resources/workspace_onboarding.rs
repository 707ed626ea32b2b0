//! Microsoft Sentinel itself in a workspace: the one onboarding state, made, waited for and taken away.

use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::arm::{Collection, Error, ResourceId, WorkspaceId, expect_resource, text};
use crate::catalog::Line;
use crate::provider::engine::import_id::{Arm, Form, ImportId, Named};
use crate::provider::engine::ledger::{Claim, Claimant, Memory, Who};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{AS_LONG_AS_IT_TAKES, End, Look, until};
use crate::provider::engine::standing::{Standing, has_workspace};
use crate::provider::engine::store::{Store, Stored};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, Attribute, AttributePath, Block, Context, Diagnostic, Diagnostics, Imported, MoveSource, Nesting,
    PlanRequest, Planned, Private, Read, Resource, Schema, Type, Value,
};

/// The resource.
pub struct WorkspaceOnboarding {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_workspace_onboarding";
const WHAT: &str = "the onboarding to Microsoft Sentinel";
/// The only onboarding state there is.
const NAME: &str = "default";
const KEY: &str = "customer_managed_key";

/// What its import ids look like.
const IMPORT: Form<'_> = Form {
    resource: RESOURCE,
    arm: Some(Arm::In(Collection::OnboardingStates)),
    workspace_alone: true,
    word: NAME,
    how: "Import it by its ARM id, in any casing, or by its workspace's",
};

impl WorkspaceOnboarding {
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

    /// Looks whether the workspace is onboarded already, and whether that may be taken over; gives what is to be said
    /// where it may not be, which is a warning of the plan and an error of the apply.
    async fn look(
        &self,
        store: &Store<'_>,
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Option<Diagnostic> {
        let (subject, id) = (store.place.subject, store.id.to_string());
        let found = match store.get().await {
            Ok(Some(found)) => found,
            // The same run may make the workspace before this is applied, and then looks again.
            Ok(None) => {
                memory.looked = true;
                if has_workspace(store.place).await.is_ok_and(|is_there| !is_there) {
                    told.0.extend(Standing::Absent.not_ready(store.place, &self.session));
                }
                return None;
            }
            Err(error) => {
                told.push(messages::failed(WORKSPACE_ID, subject, &error));
                return None;
            }
        };
        let (wanted, has) = (value.get(KEY).as_bool().unwrap_or_default(), managed_key(&found));
        let who = Who { resource: RESOURCE.to_owned(), what: WHAT.to_owned() };
        if self.session.ledger().stands_aside(memory.entry.as_deref(), &who, &id) {
            // Terraform shows no warning of what it plans in place of an old one whose plan had none, as with -replace.
            let is_asked_for = memory.entry.is_some() && !memory.told;
            let loses = if is_asked_for { messages::replaces_sentinel } else { messages::removes_sentinel };
            told.push(loses(subject.place));
        } else if self.session.ledger().is_held(&id) {
            // Another block of this state has it, which the ledger tells.
        } else if value.get(ADOPT_EXISTING).as_bool() != Some(true) {
            return Some(messages::already_exists(WORKSPACE_ID, subject, RESOURCE, &id));
        } else if wanted != has {
            return Some(messages::onboarded_with_other_key(KEY, subject, wanted, has));
        } else {
            told.push(messages::taken_over(ADOPT_EXISTING, subject, &id, &[]));
        }
        memory.looked = true;
        None
    }

    /// Puts the onboarding and waits until Sentinel answers; false if that did not show before the time was over.
    async fn onboard(&self, store: &Store<'_>, value: &Value) -> Result<bool, Error> {
        let key = value.get(KEY).as_bool().unwrap_or_default();
        let body = json!({ "properties": { "customerManagedKey": key } });
        if matches!(store.put(body, |_| true).await?, Stored::NotReadable | Stored::Absent) {
            return Ok(false);
        }
        // The state can be read some time before Sentinel's other calls know of it.
        let Place { client, call, .. } = store.place;
        let list = store.place.list_of(Collection::DataConnectors);
        let end = until(call, || async {
            match client.list(call, list.clone()).await {
                Err(error) if error.is_not_onboarded() => Ok(Look::Unsettled(false, AS_LONG_AS_IT_TAKES)),
                Err(error) if error.is_timed_out() || error.is_stopped() => Err(error),
                // Whatever else it says, such as that the caller may not see connectors, Sentinel has answered.
                _ => Ok(Look::Settled(true)),
            }
        });
        Ok(matches!(end.await, Ok(End::Settled(_))))
    }

    /// Whether an answer that there is no onboarding is true: the list of connectors says the same in other words, or the
    /// workspace itself is gone.
    async fn is_gone(&self, store: &Store<'_>) -> Result<bool, Error> {
        let Place { client, call, .. } = store.place;
        match client.list(call, store.place.list_of(Collection::DataConnectors)).await {
            Err(error) if error.is_not_onboarded() => Ok(true),
            Err(error) if error.is_any_404() => Ok(!has_workspace(store.place).await?),
            Err(error) => Err(error),
            Ok(_) => Ok(false),
        }
    }
}

impl Claimant for WorkspaceOnboarding {
    fn what(&self) -> &str {
        WHAT
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        value.get(ID).as_str().map(Claim::object).into_iter().collect()
    }

    fn is_precious(&self) -> bool {
        true
    }
}

fn block() -> Block {
    let description = "Onboards a Log Analytics workspace to Microsoft Sentinel (ARM `onboardingStates/default`), and waits until Sentinel \
        answers in it, so that connectors and rules that depend on this can be made at once.\n\n**Destroying this removes \
        Microsoft Sentinel from the workspace**, with every connector and rule in it, whoever made them. A plan that would do so says it.\n\n\
        An onboarding that is there already could be anybody's, also after a run that was killed, and is not taken over in silence: the plan \
        warns and the apply refuses until it is imported or `adopt_existing` is set. A workspace has one, so `create_before_destroy` has no use: while \
        the old one is there a new one is refused, or taken over in its place with `adopt_existing`, and nothing is removed.\n\n**Known** (Microsoft's API description): a workspace has one onboarding state, named `default`; without it every other call to \
        Sentinel is refused.\n\n\
        **Known** (Microsoft's documentation): to switch Sentinel on the caller needs Contributor on the workspace's subscription. Removing it \
        takes up to 48 hours: the configuration of connectors and Sentinel's own tables go, rules are out of reach at once and deleted after 30 \
        days, like incidents; other collected data stays in the workspace and is billed on.\n\n\
        **Known** (the role's definition): Microsoft Sentinel Contributor holds the right to write an onboarding state.\n\n\
        **Reported by users**: the state reads as absent for some seconds after it was accepted; a workspace that was onboarded with a \
        customer-managed key cannot be onboarded without one again.\n\n\
        **Not verified**: that Microsoft Sentinel Contributor on the workspace is enough to switch Sentinel on; how long after that the other calls are ready, which is why this waits for the list of connectors too; how \
        soon a workspace can be onboarded again after it was removed.";
    let [workspace_id, tenant_id] = place::attributes();
    let attributes = vec![
        workspace_id,
        Attribute::optional(
            KEY,
            Type::Bool,
            "Whether the workspace is encrypted with a key of the customer's. Defaults to `false`. Changing it makes a new resource.",
        )
        .default(false)
        .replaces(),
        tenant_id,
        Attribute::optional(
            ADOPT_EXISTING,
            Type::Bool,
            "Takes over an onboarding that is there already and in no other block, if its `customer_managed_key` is as configured. It is then \
             removed on destroy. Without it the plan warns of such an onboarding and the apply refuses. Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(ID, Type::String, "ARM id.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}

fn managed_key(item: &Json) -> bool {
    item["properties"]["customerManagedKey"] == true
}

fn set_id(value: &mut Value) {
    if let Some(workspace) = value.get(WORKSPACE_ID).as_str() {
        let id = format!("{workspace}/providers/Microsoft.SecurityInsights/onboardingStates/{NAME}");
        value.set(ID, id);
    }
}

fn store<'a>(place: &'a Place<'a>) -> Store<'a> {
    Store::of(place, Collection::OnboardingStates, Line::Stable, NAME)
}

#[async_trait]
impl Resource for WorkspaceOnboarding {
    fn type_name(&self) -> &str {
        RESOURCE
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: block() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        if let Some(prior) = request.prior {
            if !planned.requires_replace.is_empty() {
                let workspace = prior.get(WORKSPACE_ID).as_str().unwrap_or_default();
                planned.diagnostics.push(messages::removes_sentinel(workspace));
                planned.private = Memory { told: true, ..Memory::decode(&planned.private) }.encode();
            }
            return;
        }
        let Memory { entry, told, .. } = Memory::decode(&planned.private);
        let mut memory = Memory { entry, told, ..Memory::default() };
        let names = [WORKSPACE_ID, TENANT_ID, KEY, ADOPT_EXISTING];
        let known = names.iter().all(|name| request.config.get(name).is_wholly_known());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let place = match self.place(context, Operation::Create, "plan", &value).await {
            Ok(place) => place,
            Err(diagnostic) => return planned.diagnostics.push(diagnostic),
        };
        if let Err(diagnostic) = place.fill_tenant(&mut planned.value).await {
            return planned.diagnostics.push(diagnostic);
        }
        set_id(&mut planned.value);
        let refusal = self.look(&store(&place), &planned.value, &mut planned.diagnostics, &mut memory).await;
        if let Some(refusal) = refusal {
            planned.diagnostics.push(messages::refused_at_apply(refusal));
        }
        planned.private = memory.encode();
    }

    async fn plan_destroy(&self, _context: &Context, prior: &Value, _private: &Private) -> Diagnostics {
        messages::removes_sentinel(prior.get(WORKSPACE_ID).as_str().unwrap_or_default()).into()
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let store = store(&place);
        let outcome = async {
            match store.get().await? {
                None if self.is_gone(&store).await? => Ok(None),
                None => Err(Error::contradicted("there is no onboarding, but Sentinel answers in the workspace")),
                found => Ok(found),
            }
        };
        match outcome.await {
            Ok(Some(found)) => {
                let mut seen = state.clone();
                seen.set(KEY, managed_key(&found));
                Read { state: Some(seen), private, diagnostics: Diagnostics::default() }
            }
            Ok(None) => Read::default(),
            Err(error) => kept(messages::failed(WORKSPACE_ID, place.subject, &error)),
        }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let failed = |diagnostics: Diagnostics| Applied::nothing(diagnostics);
        let place = match self.place(context, Operation::Create, "create", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return failed(diagnostic.into()),
        };
        let store = store(&place);
        let mut value = planned.clone();
        if let Err(diagnostic) = place.fill_tenant(&mut value).await {
            return failed(diagnostic.into());
        }
        set_id(&mut value);
        let mut memory = Memory::decode(&private);
        if !memory.looked {
            let mut told = Diagnostics::default();
            let refusal = self.look(&store, &value, &mut told, &mut memory).await;
            told.0.extend(refusal);
            if told.has_errors() {
                return failed(told);
            }
        }
        let (state, diagnostics) = match self.onboard(&store, &value).await {
            Ok(true) => (Some(value), Diagnostics::default()),
            Ok(false) => (Some(value), messages::onboarding_not_up(WORKSPACE_ID, place.subject).into()),
            Err(error) => {
                let state = error.may_have_happened().then_some(value);
                (state, messages::failed(WORKSPACE_ID, place.subject, &error).into())
            }
        };
        Applied { state, private: Private::new(), diagnostics }
    }

    async fn update(&self, _context: &Context, _prior: Value, planned: Value, private: Private) -> Applied {
        // What can change without a replacement lives in Terraform alone.
        Applied { state: Some(planned), private, diagnostics: Diagnostics::default() }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let outcome = async {
            let place = self.place(context, Operation::Delete, "delete", &prior).await?;
            let done = store(&place).delete_until_gone().await;
            done.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))
        };
        match outcome.await {
            Ok(()) => Applied::default(),
            Err(diagnostic) => Applied::kept(&prior, &private, diagnostic),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let told = moves::told(self.session.connectors(), RESOURCE, &source)?;
        let id = ResourceId::parse(&told.id, Collection::OnboardingStates)
            .map_err(|error| messages::moved_id(RESOURCE, source.type_name, &error))?;
        let mut state = imported(&id.workspace, &Value::Null, &json!({ "properties": told.properties }));
        state.set("timeouts", timeouts::taken_over(&told.timeouts));
        if told.properties["customerManagedKey"].is_null() {
            state.set(KEY, Value::Null);
        }
        Ok(Imported { state, ..Imported::default() })
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let ImportId { tenant, workspace, named } = IMPORT.read(id)?;
        let name = match &named {
            Named::Name(name) => name,
            Named::Word(word) => *word,
            Named::Nothing => NAME,
        };
        if !name.eq_ignore_ascii_case(NAME) {
            let reason = format!("{name:?} is no onboarding state, of which a workspace has one, {NAME:?}");
            return Err(IMPORT.refuse(id, &reason).into());
        }
        let mut known = place::blank(&block());
        known.set(WORKSPACE_ID, workspace.to_string());
        known.set(TENANT_ID, tenant);
        let value = known.clone();
        let place = self.place(context, Operation::Read, "import", &value).await?;
        place.fill_tenant(&mut known).await?;
        let found = store(&place).get().await;
        let found = found.map_err(|error| messages::failed(AttributePath::root(), place.subject, &error))?;
        let Some(found) = found else {
            if has_workspace(&place).await.is_ok_and(|is_there| !is_there) {
                return Err(messages::import_without_workspace(RESOURCE, place.subject.place).into());
            }
            return Err(messages::not_onboarded_to_import(place.subject.place).into());
        };
        let state = imported(&workspace, known.get(TENANT_ID), &found);
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}

impl Listable for WorkspaceOnboarding {
    fn source(&self) -> Source {
        Source::Collection(Collection::OnboardingStates)
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let Some(workspace) = at.workspace.filter(|_| text(item, "name").eq_ignore_ascii_case(NAME)) else {
            return Item::Other;
        };
        match expect_resource(item) {
            Ok(()) => {
                let state = imported(workspace, &at.tenant.into(), item);
                Item::Object { name: "Microsoft Sentinel".to_owned(), state }
            }
            Err(error) => Item::Misshapen(error.message),
        }
    }
}

/// The state of an onboarding that is in nobody's state yet.
fn imported(workspace: &WorkspaceId, tenant: &Value, item: &Json) -> Value {
    let mut state = place::blank(&block());
    state.set(WORKSPACE_ID, workspace.to_string());
    state.set(TENANT_ID, tenant.clone());
    state.set(ADOPT_EXISTING, false);
    state.set(KEY, managed_key(item));
    set_id(&mut state);
    state
}
