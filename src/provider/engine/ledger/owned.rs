//! A resource under the ledger: every call of Terraform's goes through here, so that no resource can forget to ask.

use crate::provider::engine::attributes::TENANT_ID;
use crate::provider::engine::import_id::{id_of_identity, identity};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::book::{Conflict, ConflictKind};
use super::memory::{Memory, new_entry};
use super::{Claim, Fate, Hold, Who};
use crate::arm::Call;
use crate::provider::engine::place::known_workspace;
use crate::provider::engine::session::Session;
use crate::provider::engine::standing::tenant_elsewhere;
use crate::provider::messages;
use crate::terraform::{
    Applied, Context, Diagnostic, Diagnostics, Identity, Imported, MoveSource, PlanRequest, Planned, Private, Read,
    Resource, Schema, Value,
};

/// How long the tenant is waited for, which a plan can do without.
const PATIENCE: Duration = Duration::from_secs(30);

/// A resource that says what of the service a block of it holds.
pub trait Claimant: Resource {
    /// What messages call an object of it: "the Microsoft Defender XDR connector".
    fn what(&self) -> &str;
    /// What a block with these values holds, as far as it is known.
    fn claims(&self, value: &Value) -> Vec<Claim>;
    /// Whether a destroy takes away what making the same anew does not bring back.
    fn is_precious(&self) -> bool {
        false
    }
    /// Whether there is no more to a block than the objects it holds, so that one that was made anew over it has
    /// replaced it wholly.
    fn is_what_it_holds(&self) -> bool {
        true
    }
    /// What a planned block takes over, by what [`Memory::adopts`] calls it: an object of the service by its id.
    fn adopts(&self, _value: &Value, id: &str) -> Claim {
        Claim::object(id)
    }
}

/// A resource whose objects have one owner.
struct Owned<R> {
    resource: R,
    session: Arc<Session>,
    who: Who,
}

/// Puts a resource under the session's ledger.
pub fn owned(resource: impl Claimant + 'static, session: &Arc<Session>) -> Arc<dyn Resource> {
    let who = Who { resource: resource.type_name().to_owned(), what: resource.what().to_owned() };
    Arc::new(Owned { resource, session: Arc::clone(session), who })
}

impl<R: Claimant> Owned<R> {
    /// The entry that Terraform's private bytes are of, or a name for it.
    fn entry(private: &Private) -> String {
        Memory::decode(private).entry.unwrap_or_else(new_entry)
    }

    /// What a planned create holds: what it takes over too, though its name is not planned.
    fn claims_of_create(&self, value: &Value, private: &Private) -> Vec<Claim> {
        let adopts = Memory::decode(private).adopts.map(|id| self.resource.adopts(value, &id));
        self.resource.claims(value).into_iter().chain(adopts).collect()
    }

    /// The tenant follows from the provider block, whatever else is not known yet.
    async fn plan_tenant(&self, context: &Context, config: &Value, value: &mut Value) {
        if config.get(TENANT_ID).is_null() && value.get(TENANT_ID).is_unknown() {
            self.set_tenant(context, value).await;
        }
    }

    async fn set_tenant(&self, context: &Context, value: &mut Value) {
        let Some(client) = self.session.client() else { return };
        if let Ok(tenant) = client.tenant_id(&Call::new(&context.stop, PATIENCE)).await {
            value.set(TENANT_ID, tenant);
        }
    }

    /// The tenant of a block's workspace, where the provider's own is refused there.
    async fn tenant_elsewhere(&self, context: &Context, state: &Value) -> Option<String> {
        let (client, workspace) = (self.session.client()?, known_workspace(state)?);
        tenant_elsewhere(&client, &Call::new(&context.stop, PATIENCE), &workspace).await
    }

    fn told(&self, conflict: Option<Conflict>) -> Option<Diagnostic> {
        let Conflict { kind, shown, other } = conflict?;
        let (who, shown) = (&self.who, shown.as_str());
        Some(match kind {
            ConflictKind::BothOn => messages::rules_double(who, shown),
            ConflictKind::HeldTwice => messages::held_twice(who, &other, shown).into_warning(),
            ConflictKind::ChangedTwice => messages::held_twice(who, &other, shown),
            ConflictKind::OnAndOff => messages::on_and_off(who, &other, shown),
            ConflictKind::Owned => messages::owned_already(who, &other, shown),
            ConflictKind::PlannedTwice => messages::planned_twice(who, &other, shown),
            ConflictKind::MadeAnew if self.resource.is_precious() => messages::made_anew(who, &other, shown),
            ConflictKind::MadeAnew => messages::made_anew(who, &other, shown).into_warning(),
            ConflictKind::LeavesAndStays => messages::leaves_and_stays(who, &other, shown),
        })
    }
}

#[async_trait]
impl<R: Claimant> Resource for Owned<R> {
    fn type_name(&self) -> &str {
        self.resource.type_name()
    }

    fn schema(&self) -> Schema {
        self.resource.schema()
    }

    /// All are told apart alike.
    fn identity(&self) -> Identity {
        identity()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.resource.validate(config)
    }

    fn stored(&self, state: &Value) {
        self.session.ledger().stored(&self.who, self.resource.claims(state));
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let (ledger, known) = (self.session.ledger(), Memory::decode(&planned.private).entry);
        let Some(prior) = request.prior else {
            self.resource.plan(context, request, planned).await;
            self.plan_tenant(context, request.config, &mut planned.value).await;
            let claims = self.claims_of_create(&planned.value, &planned.private);
            let conflict = ledger.plan_create(known.as_deref(), &self.who, claims);
            return planned.diagnostics.0.extend(self.told(conflict));
        };
        let entry = ledger.entry_to_plan(known);
        self.resource.plan(context, request, planned).await;
        self.plan_tenant(context, request.config, &mut planned.value).await;
        // The plan that makes it anew gets this, and so knows its forerunner.
        planned.private = Memory::of_entry(&planned.private, &entry);
        let before = self.resource.claims(prior);
        let (after, fate) = match planned.requires_replace.is_empty() {
            true if *prior == planned.value => (before.clone(), Fate::Kept),
            true => (self.resource.claims(&planned.value), Fate::Changed),
            false => (Vec::new(), Fate::Leaves),
        };
        let conflict = ledger.plan(&entry, &self.who, before, after, fate);
        planned.diagnostics.0.extend(self.told(conflict));
    }

    async fn plan_destroy(&self, context: &Context, prior: &Value, private: &Private) -> Diagnostics {
        let mut diagnostics = self.resource.plan_destroy(context, prior, private).await;
        let (ledger, before) = (self.session.ledger(), self.resource.claims(prior));
        let entry = ledger.entry_to_plan(Memory::decode(private).entry);
        let conflict = ledger.plan(&entry, &self.who, before, Vec::new(), Fate::Leaves);
        diagnostics.0.extend(self.told(conflict));
        diagnostics
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let ledger = self.session.ledger();
        let entry = ledger.entry_to_read(Memory::decode(&private).entry);
        ledger.seen(&entry, &self.who, self.resource.claims(&state));
        // As after a move from a provider whose state does not tell it.
        let untold = state.get(TENANT_ID).is_null().then(|| (state.clone(), private.clone()));
        let mut read = self.resource.read(context, state, private).await;
        if let Some((mut state, private)) = untold.filter(|_| read.diagnostics.has_errors())
            && let Some(tenant) = self.tenant_elsewhere(context, &state).await
        {
            state.set(TENANT_ID, tenant);
            read = self.resource.read(context, state, private).await;
        }
        let is_read = !read.diagnostics.has_errors();
        if let Some(state) = read.state.as_mut().filter(|state| is_read && state.get(TENANT_ID).is_null()) {
            self.set_tenant(context, state).await;
        }
        match &read.state {
            Some(state) => ledger.seen(&entry, &self.who, self.resource.claims(state)),
            None => ledger.gone(&entry),
        }
        Read { private: Memory::of_entry(&read.private, &entry), ..read }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let ledger = self.session.ledger();
        let _turn = ledger.turn(&self.claims_of_create(&planned, &private)).await;
        let (applied, entry) = (self.resource.create(context, planned, private).await, new_entry());
        if let Some(state) = &applied.state {
            ledger.made(&entry, &self.resource.claims(state));
        }
        Applied { private: Memory::of_entry(&applied.private, &entry), ..applied }
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let entry = Self::entry(&private);
        let claims: Vec<_> = [&prior, &planned].into_iter().flat_map(|value| self.resource.claims(value)).collect();
        let _turn = self.session.ledger().turn(&claims).await;
        let applied = self.resource.update(context, prior, planned, private).await;
        Applied { private: Memory::of_entry(&applied.private, &entry), ..applied }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let (ledger, claims, entry) = (self.session.ledger(), self.resource.claims(&prior), Self::entry(&private));
        let _turn = ledger.turn(&claims).await;
        if self.resource.is_what_it_holds() && ledger.is_replaced(&entry, &claims) {
            let object = claims.iter().find(|claim| claim.hold == Hold::Object);
            let shown = object.map(|claim| &*claim.shown).unwrap_or_default();
            return Applied::nothing(messages::replaced_in_place(&self.who, shown));
        }
        let applied = self.resource.delete(context, prior, private).await;
        if applied.state.is_none() {
            ledger.left(&entry, &claims);
        }
        Applied { private: Memory::of_entry(&applied.private, &entry), ..applied }
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let imported = self.resource.import(context, id).await?;
        Ok(Imported { private: Memory::of_entry(&imported.private, &new_entry()), ..imported })
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostic> {
        id_of_identity(self.type_name(), identity)
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let moved = self.resource.take_over(source)?;
        Ok(Imported { private: Memory::of_entry(&moved.private, &new_entry()), ..moved })
    }

    fn config_of(&self, state: &Value) -> Value {
        self.resource.config_of(state)
    }

    fn upgrade(&self, version: i64, state: serde_json::Value) -> Result<serde_json::Value, Diagnostic> {
        self.resource.upgrade(version, state)
    }
}
