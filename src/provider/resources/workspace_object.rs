//! The one engine of what lies in a workspace's collection, connectors and rules alike: it plans, finds, adopts, stores
//! and removes. What tells them apart is a [`Shape`].

mod importing;
mod item;
mod planning;
mod portal;

use crate::provider::engine::attributes::{ID, MANAGED_BY_PORTAL, NAME, WORKSPACE_ID};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::shape::{self, Shape};
use crate::arm::{Error, ResourceId, check_name, expect_resource, is_resource, text};
use crate::provider::engine::ledger::{Claim, Claimant, Hold, Memory};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{may_lag_for, now};
use crate::provider::engine::standing::Standing;
use crate::provider::engine::store::{Found, Seen, Store, Stored};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages::{self, Subject};
use crate::provider::moves;
use crate::terraform::{
    Applied, AttributePath, Block, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned,
    Private, Read, Resource, Schema, Value, plan,
};
use item::{remembered, set_id, text_option};
pub use planning::default_name;

/// A resource made of a shape.
pub struct WorkspaceObject<S> {
    pub(super) shape: S,
    pub(super) session: Arc<Session>,
    /// Made once, like the block: they are asked for on every call.
    what: String,
    block: Block,
}

impl<S: Shape> WorkspaceObject<S> {
    pub fn new(shape: S, session: Arc<Session>) -> Self {
        let (what, block) = (shape.what(), shape::block(&shape));
        Self { shape, session, what, block }
    }

    /// Where the object of `value` is; `word` is what a message calls the operation.
    pub(super) async fn place<'a>(
        &'a self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        if let Some(name) = value.get(NAME).as_str().filter(|name| check_name(name).is_err()) {
            return Err(messages::bad_name("name", name));
        }
        let words = (word, self.what.as_str(), self.shape.resource());
        Place::of(&self.session, context, operation.within(value), words, value).await
    }

    /// What a message speaks of where no request is made.
    pub(super) fn subject<'a>(&'a self, operation: &'a str, value: &'a Value) -> Subject<'a> {
        let place = value.get(WORKSPACE_ID).as_str().unwrap_or_default();
        Subject { operation, what: &self.what, place, resource: self.shape.resource() }
    }

    /// The object of `value` at its place.
    pub(super) fn store<'a>(&self, place: &'a Place<'a>, value: &Value) -> Store<'a> {
        Store::of(place, self.shape.collection(), self.shape.line(), value.get(NAME).as_str().unwrap_or_default())
    }

    async fn put(&self, store: &Store<'_>, value: &Value, etag: Option<&str>) -> Result<Stored, Error> {
        store.put(self.body(value, etag), |item| self.differences(value, item).is_empty()).await
    }

    /// Puts what is not there yet.
    async fn put_new(&self, store: &Store<'_>, value: &Value) -> Result<Stored, Error> {
        let as_asked = |item: &Json| self.misshapen(item).is_none() && self.differences(value, item).is_empty();
        store.put_new(self.body(value, None), as_asked).await
    }

    /// The outcome of an accepted PUT of `value`.
    fn stored(&self, store: &Store<'_>, value: Value, stored: Stored) -> Applied {
        let (mut diagnostics, subject) = (Diagnostics::default(), store.place.subject);
        let memory = match &stored {
            Stored::AsAsked(item) => remembered(item),
            Stored::Differently(item) => {
                diagnostics.push(messages::stored_differently(subject, &self.differences(&value, item)));
                Memory::default()
            }
            Stored::NotReadable => {
                diagnostics.push(messages::not_readable_yet(subject));
                Memory::default()
            }
            Stored::Absent => {
                diagnostics.push(messages::never_showed(WORKSPACE_ID, subject));
                Memory::default()
            }
        };
        Applied { state: Some(value), private: memory.encode(), diagnostics }
    }
}

impl<S: Shape> Claimant for WorkspaceObject<S> {
    fn what(&self) -> &str {
        &self.what
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        let mut claims: Vec<_> = value.get(ID).as_str().map(Claim::object).into_iter().collect();
        let Some(workspace) = place::known_workspace(value) else { return claims };
        if let Some(key) = self.shape.natural_key(value).filter(|_| self.shape.is_one_of_a_kind()) {
            let shown = claims
                .first()
                .map_or_else(|| format!("{} in {workspace}", self.what).into(), |id| Arc::clone(&id.shown));
            claims.push(Claim::new(format!("{}|{}|{key}", workspace.key(), self.shape.kind()), shown, Hold::Alone));
        }
        claims.extend(self.shape.claims(&workspace, value));
        claims
    }
}

#[async_trait]
impl<S: Shape> Resource for WorkspaceObject<S> {
    fn type_name(&self) -> &str {
        self.shape.resource()
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: self.block.clone() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        if let Some(name) = config.get(NAME).as_str()
            && check_name(name).is_err()
        {
            diagnostics.push(messages::bad_name("name", name));
        }
        diagnostics.extend(self.shape.validate(config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        self.shape.defaults(request, &mut planned.value);
        self.plan_portal(request, planned);
        if let Some(prior) = request.prior {
            // A default may itself be something that cannot be changed in place, or settle what the schema left open.
            // What state does not tell, as after a move from another provider, is no change.
            let moved = |name: &str| {
                let (was, is) = (prior.get(name), planned.value.get(name));
                was != is && !was.is_null() && !(was.as_str() == Some("") && is.is_null())
            };
            let replacing =
                self.block.attributes.iter().filter(|attribute| attribute.replaces && moved(&attribute.name));
            planned.requires_replace =
                replacing.map(|attribute| AttributePath::from(attribute.name.as_str())).collect();
            if let Some(workspace) = place::known_workspace(&planned.value) {
                self.shape.identify(&workspace, &mut planned.value);
            }
        }
        if !planned.value.get(WORKSPACE_ID).is_known() || self.session.client().is_none() {
            return;
        }
        if let Some(prior) = request.prior {
            let planned_value = planned.value.clone();
            let told = self.foretell(context, Some(prior), Some(&planned_value), &Memory::default()).await;
            planned.diagnostics.extend(told);
            if planned.requires_replace.is_empty() {
                let subject = self.subject("plan", prior);
                planned.diagnostics.0.extend(self.plan_for_portal(subject, prior, Some(&planned_value)));
                planned.diagnostics.extend(self.newly_beside(context, prior, &planned_value).await);
            }
            return;
        }
        self.plan_create(context, request, planned).await;
    }

    async fn plan_destroy(&self, context: &Context, prior: &Value, private: &Private) -> Diagnostics {
        let mut told = self.foretell(context, Some(prior), None, &Memory::decode(private)).await;
        told.0.extend(self.plan_for_portal(self.subject("delete", prior), prior, None));
        told
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let store = self.store(&place, &state);
        let (known, is_portals) = (Memory::decode(&private), self.is_portals(&state));
        let (Seen { found, items }, note) = match self.find(&store, &state, known.stored).await {
            Ok(seen) => seen,
            Err(error) => return kept(messages::failed(WORKSPACE_ID, place.subject, &error)),
        };
        let found = match found {
            Found::There(found) => found,
            // With the list there is the workspace, and what the portal took out of it stays in state.
            Found::Gone if is_portals && items.is_some() => {
                let diagnostics = self.told_of_portals(place.subject, &state, None).map(Diagnostics::from);
                let memory = Memory { portal: known.portal, ..Memory::default() };
                let diagnostics = diagnostics.unwrap_or_default();
                return Read { state: Some(state), private: memory.encode(), diagnostics };
            }
            Found::Gone => {
                let told = items.and_then(|_| self.told_of_drift(place.subject, &known, &state, None));
                return Read { diagnostics: told.map(Diagnostics::from).unwrap_or_default(), ..Read::default() };
            }
            Found::NotYet => return kept(messages::not_readable_yet(place.subject)),
            Found::GoneWithOnboarding(error) => {
                // The plan that follows has no need to say it again.
                Standing::NotOnboarded.is_news(&place, &self.session);
                let note = messages::gone_with_onboarding(place.subject, &error);
                return Read { diagnostics: note.into(), ..Read::default() };
            }
        };
        let (id, kind) = (store.id.to_string(), text(&found, "kind"));
        if !kind.eq_ignore_ascii_case(self.shape.kind()) {
            return kept(messages::other_kind_under_name("name", place.subject, &id, self.shape.kind(), kind));
        }
        if let Some(error) = self.misshapen(&found) {
            return kept(messages::failed(WORKSPACE_ID, place.subject, &error));
        }
        let mut diagnostics = Diagnostics::default();
        let seen = match is_portals {
            true => {
                diagnostics.0.extend(self.told_of_portals(place.subject, &state, Some(&found)));
                state.clone()
            }
            false => {
                let seen = self.with_sign(self.state(&state, &found), &known);
                diagnostics.0.extend(note);
                diagnostics.0.extend(self.told_of_drift(place.subject, &known, &state, Some(&seen)));
                seen
            }
        };
        let incidents = items.and_then(|items| self.incidents_beside(&state, &items));
        if self.session.ledger().is_leaving(&id) {
            // What is in no configuration any more is planned to go before it is read.
            diagnostics.extend(self.foretold_of_destroy(&place.workspace, place.subject, &state, incidents.as_deref()));
        }
        let memory = Memory { incidents, portal: known.portal, ..remembered(&found) };
        Read { state: Some(seen), private: memory.encode(), diagnostics }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let mut memory = Memory::decode(&private);
        let config_name = planned.get(NAME).clone();
        let (mut value, mut told) = (planned.clone(), Diagnostics::default());
        let place = match self.place(context, Operation::Create, "create", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return Applied::nothing(diagnostic),
        };
        if let Err(diagnostic) = self.identify(&place, &mut value).await {
            return Applied::nothing(diagnostic);
        }
        if !memory.looked {
            let items = self.store(&place, &value).list_as_of_start().await;
            let refusal = self.look(&place, items, &config_name, &value, &mut told, &mut memory);
            told.0.extend(refusal);
        }
        if told.has_errors() {
            return Applied::nothing(told);
        }
        if let Some(name) = memory.adopts.as_deref().and_then(|id| id.rsplit('/').next()) {
            value.set(NAME, name);
        }
        set_id(&mut value, self.shape.collection());
        let store = self.store(&place, &value);
        // What the portal keeps does not make room.
        if !self.is_portals(&value)
            && let Err(error) = self.make_room(&place, &value).await
        {
            return Applied::nothing(messages::failed(WORKSPACE_ID, place.subject, &error));
        }
        let outcome = match memory.free {
            true => self.put_new(&store, &value).await,
            false => self.put(&store, &value, memory.etag.as_deref()).await,
        };
        let mut applied = match outcome {
            Ok(stored) => {
                let applied = self.stored(&store, value, stored);
                let memory = Memory { stored: Some(now()), portal: memory.portal, ..Memory::decode(&applied.private) };
                Applied { private: memory.encode(), ..applied }
            }
            Err(error) if error.is_portal_locked() && self.is_portals(&value) => {
                let kept = Applied { private, ..Applied::default() };
                self.refused_update(place.subject, value, kept, &error)
            }
            Err(error) => {
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                let state = error.may_have_happened().then_some(value);
                let diagnostics = messages::failed(WORKSPACE_ID, place.subject, &error).into();
                Applied { state, private: Private::new(), diagnostics }
            }
        };
        applied.diagnostics.extend(told);
        applied
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if self.shape.properties(&prior) == self.shape.properties(&planned) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let place = match self.place(context, Operation::Update, "update", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let store = self.store(&place, &planned);
        let known = Memory::decode(&private);
        let stored = |stored: Stored| {
            let applied = self.stored(&store, planned.clone(), stored);
            let memory = Memory { portal: known.portal, ..Memory::decode(&applied.private) };
            Applied { private: memory.encode(), ..applied }
        };
        let failed = |error: &Error| {
            let kept = kept(messages::failed(WORKSPACE_ID, place.subject, error));
            match error.is_portal_locked() {
                true => self.refused_update(place.subject, planned.clone(), kept, error),
                false => kept,
            }
        };
        let refused = match self.put(&store, &planned, known.etag.as_deref()).await {
            Ok(done) => return stored(done),
            Err(error) => error,
        };
        if !refused.is_conflict() {
            return failed(&refused);
        }
        let Ok(Some(now)) = store.get().await else { return failed(&refused) };
        if self.differences(&planned, &now).is_empty() {
            // Somebody did it first: a suppression of this run, for one.
            return stored(Stored::AsAsked(now));
        }
        let moved = self.differences(&prior, &now);
        if !moved.is_empty() {
            return kept(messages::moved_meanwhile(place.subject, &moved, &refused));
        }
        match self.put(&store, &planned, text_option(&now, "etag")).await {
            Ok(done) => stored(done),
            Err(error) => failed(&error),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let place = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return Applied::kept(&prior, &private, diagnostic),
        };
        match self.store(&place, &prior).delete().await {
            Ok(()) => Applied::default(),
            Err(error) => {
                let kept = Applied::kept(&prior, &private, messages::failed(WORKSPACE_ID, place.subject, &error));
                match error.is_portal_locked() {
                    true => self.refused_delete(place.subject, kept, &error),
                    false => kept,
                }
            }
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let told = moves::told(self.session.connectors(), self.shape.resource(), &source)?;
        let id = ResourceId::parse(&told.id, self.shape.collection())
            .map_err(|error| messages::moved_id(self.shape.resource(), source.type_name, &error))?;
        let item = json!({ "name": id.name, "properties": told.properties });
        let mut state = self.imported(&id.workspace, &Value::Null, &id.name, &item);
        if self.shape.portal().is_some() {
            state.set(MANAGED_BY_PORTAL, Value::Null);
        }
        state.set("timeouts", timeouts::taken_over(&told.timeouts));
        self.shape.unsaid(&told.properties).into_iter().for_each(|attribute| state.set(attribute, Value::Null));
        Ok(Imported { state, ..Imported::default() })
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        self.find_to_import(context, id).await
    }

    fn config_of(&self, state: &Value) -> Value {
        let mut config = plan::config_of(&self.block, state);
        self.shape.leave_out(state, &mut config);
        if self.shape.portal().is_some() && !self.is_portals(state) {
            config.set(MANAGED_BY_PORTAL, Value::Null);
        }
        let named = place::known_workspace(state).zip(self.shape.natural_key(state));
        let default = named.map(|(workspace, key)| default_name(&workspace, self.shape.kind(), &key));
        if default
            .is_some_and(|default| state.get(NAME).as_str().is_some_and(|name| name.eq_ignore_ascii_case(&default)))
        {
            config.set(NAME, Value::Null);
        }
        config
    }
}

impl<S: Shape> Listable for WorkspaceObject<S> {
    fn source(&self) -> Source {
        Source::Collection(self.shape.collection())
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let kind = text(item, "kind");
        let Some(workspace) = at.workspace.filter(|_| kind.eq_ignore_ascii_case(self.shape.kind())) else {
            return if self.shape.is_unmanaged(kind) { Item::Unmanaged(kind.to_owned()) } else { Item::Other };
        };
        if let Some(error) = expect_resource(item).err().or_else(|| self.misshapen(item)) {
            return Item::Misshapen(error.message);
        }
        let state = self.imported(workspace, &at.tenant.into(), text(item, "name"), item);
        Item::Object { name: self.shape.known_by(&state), state }
    }
}

impl<S: Shape> WorkspaceObject<S> {
    /// What keeps an answer from being an object of this kind.
    fn misshapen(&self, item: &Json) -> Option<Error> {
        let lacks = self.shape.lacks(&item["properties"])?;
        Some(Error::contradicted(&format!("the answer about {} has no '{lacks}' in its properties", text(item, "id"))))
    }

    /// Waits until what this run took away to make this is gone.
    async fn make_room(&self, place: &Place<'_>, value: &Value) -> Result<(), Error> {
        for before in self.session.ledger().before(&self.claims(value)) {
            let name = before.rsplit('/').next().unwrap_or_default();
            Store::of(place, self.shape.collection(), self.shape.line(), name).gone(None).await?;
        }
        Ok(())
    }

    /// The object of `state`, which the service may have taken in not long ago, and a note if it goes by another name now.
    async fn find(
        &self,
        store: &Store<'_>,
        state: &Value,
        stored: Option<i64>,
    ) -> Result<(Seen, Option<Diagnostic>), Error> {
        let seen = store.find().await?;
        // Without a list, so without a workspace, nothing goes by another name, nor is to show.
        let (Found::Gone, Some(items)) = (&seen.found, &seen.items) else { return Ok((seen, None)) };
        if let Some(patience) = stored.and_then(may_lag_for) {
            return Ok((Seen { found: store.turns_up(patience).await?, ..seen }, None));
        }
        if !self.shape.is_one_of_a_kind() {
            return Ok((seen, None));
        }
        let free = |item: &&Json| {
            let is_ours = text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
            is_ours && is_resource(item) && !self.session.ledger().is_known(text(item, "id"))
        };
        let renamed = items.iter().filter(free).find(|item| self.shape.is_same(state, item));
        Ok(match renamed {
            Some(item) => {
                let note = messages::now_under_another_name(store.place.subject, &store.id.name, text(item, "name"));
                (Seen { found: Found::There(item.clone()), ..seen }, Some(note))
            }
            None => (seen, None),
        })
    }
}
