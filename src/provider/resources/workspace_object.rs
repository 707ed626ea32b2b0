//! The one engine of what lies in a workspace's collection, connectors and rules alike: it plans, finds, adopts, stores
//! and removes. What tells them apart is a [`Shape`].

mod item;
mod planning;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::shape::{self, Shape};
use crate::arm::{Error, ResourceId};
use crate::provider::messages::{self, Subject};
use crate::provider::place::{self, Place};
use crate::provider::private::Memory;
use crate::provider::session::{Session, split_tenant};
use crate::provider::store::{Store, Stored, text};
use crate::provider::timeouts::{self, Operation};
use crate::terraform::{
    Applied, AttributePath, Block, Context, Diagnostic, Diagnostics, Imported, PlanRequest, Planned, Private, Read,
    Resource, Schema, Value,
};
use item::{remembered, set_id, text_option};

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

    /// One operation on the object of `value`; `word` is what a message calls it.
    pub(super) async fn at<'a>(
        &'a self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<At<'a>, Diagnostic> {
        let words = (word, self.what.as_str(), self.shape.resource());
        let place = Place::of(&self.session, context, operation.within(value), words, value).await?;
        let name = value.get("name").as_str().unwrap_or_default();
        let store = place.store(self.shape.collection(), self.shape.line(), name);
        Ok(At { place, store })
    }

    async fn put(&self, at: &At<'_>, value: &Value, etag: Option<&str>) -> Result<Stored, Error> {
        at.store.put(self.body(value, etag), |item| self.differences(value, item).is_empty()).await
    }

    /// The outcome of an accepted PUT of `value`.
    fn stored(&self, at: &At<'_>, value: Value, stored: Stored) -> Applied {
        let mut diagnostics = Diagnostics::default();
        let etag = match &stored {
            Stored::AsAsked(item) => item.get("etag").and_then(Json::as_str).map(str::to_owned),
            Stored::Differently(item) => {
                diagnostics.push(messages::stored_differently(at.subject(), &self.differences(&value, item)));
                None
            }
            Stored::NotReadableYet => {
                diagnostics.push(messages::not_readable_yet(at.subject()));
                None
            }
        };
        let memory = Memory { id: Some(at.store.id.to_string()), etag, ..Memory::default() };
        Applied { state: Some(value), private: memory.encode(), diagnostics }
    }
}

/// One operation on one object.
pub(super) struct At<'a> {
    pub place: Place<'a>,
    pub store: Store,
}

impl<'a> At<'a> {
    pub fn subject(&self) -> Subject<'a> {
        self.place.subject
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
        if let Some(name) = config.get("name").as_str()
            && (name.trim().is_empty() || name.contains(['/', '?', '#', '%', '\\']))
        {
            diagnostics.push(messages::bad_name("name", name));
        }
        diagnostics.extend(self.shape.validate(config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        self.shape.defaults(request, &mut planned.value);
        if let Some(prior) = request.prior {
            // A default may itself be something that cannot be changed in place.
            for attribute in self.block.attributes.iter().filter(|attribute| attribute.replaces) {
                let (path, name) = (AttributePath::from(attribute.name.as_str()), &attribute.name);
                if prior.get(name) != planned.value.get(name) && !planned.requires_replace.contains(&path) {
                    planned.requires_replace.push(path);
                }
            }
        }
        if !planned.value.get("workspace_id").is_known() || self.session.client().is_none() {
            return;
        }
        if let Some(prior) = request.prior {
            let planned_value = planned.value.clone();
            let told = self.foretell(context, Some(prior), Some(&planned_value)).await;
            return planned.diagnostics.extend(told);
        }
        self.plan_create(context, request, planned).await;
    }

    async fn plan_destroy(&self, context: &Context, prior: &Value) -> Diagnostics {
        self.foretell(context, Some(prior), None).await
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let at = match self.at(context, Operation::Read, "read", &state).await {
            Ok(at) => at,
            Err(diagnostic) => return kept(diagnostic),
        };
        let (found, note) = match self.find(&at, &state).await {
            Ok(Some(found)) => found,
            Ok(None) => return Read::default(),
            // The list itself is not there: the workspace is gone, and everything in it.
            Err(error) if error.is_not_found() => return Read::default(),
            Err(error) if error.is_not_onboarded() => {
                let note = messages::gone_with_onboarding(at.subject(), &error);
                return Read { diagnostics: note.into(), ..Read::default() };
            }
            Err(error) => return kept(messages::failed("workspace_id", at.subject(), &error)),
        };
        let (id, kind) = (at.store.id.to_string(), text(&found, "kind"));
        if !kind.eq_ignore_ascii_case(self.shape.kind()) {
            return kept(messages::other_kind_under_name("name", at.subject(), &id, self.shape.kind(), kind));
        }
        let memory = Memory { tainted: Memory::decode(&private).tainted, ..remembered(&found) };
        if let (true, Some(id)) = (memory.tainted, &memory.id) {
            self.session.plans().note_leaving(id);
        }
        let diagnostics = note.map(Diagnostics::from).unwrap_or_default();
        Read { state: Some(self.state(&state, &found)), private: memory.encode(), diagnostics }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let mut memory = Memory::decode(&private);
        let config_name = planned.get("name").clone();
        let mut plan = Planned { value: planned.clone(), ..Planned::default() };
        let mut at = match self.at(context, Operation::Create, "create", &planned).await {
            Ok(at) => at,
            Err(diagnostic) => return Applied::nothing(diagnostic),
        };
        self.identify(&mut at, &mut plan).await;
        if !plan.diagnostics.has_errors() && !memory.looked {
            self.look(&at, &config_name, &mut plan, &mut memory).await;
        }
        if plan.diagnostics.has_errors() {
            return Applied { diagnostics: plan.diagnostics, ..Applied::default() };
        }
        at.store.id.name = plan.value.get("name").as_str().unwrap_or_default().to_owned();
        set_id(&mut plan.value, self.shape.collection());
        let id = at.store.id.to_string();
        let mut applied = match self.put(&at, &plan.value, memory.etag.as_deref()).await {
            Ok(stored) => self.stored(&at, plan.value, stored),
            Err(error) => {
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                let state = error.may_have_happened().then_some(plan.value);
                let memory = Memory { id: Some(id.clone()), tainted: state.is_some(), ..Memory::default() };
                let diagnostics = messages::failed("workspace_id", at.subject(), &error).into();
                Applied { state, private: memory.encode(), diagnostics }
            }
        };
        if applied.state.is_some() {
            self.session.plans().note_made(&id);
        }
        applied.diagnostics.extend(plan.diagnostics);
        applied
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if self.shape.properties(&prior) == self.shape.properties(&planned) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let at = match self.at(context, Operation::Update, "update", &planned).await {
            Ok(at) => at,
            Err(diagnostic) => return kept(diagnostic),
        };
        let refused = match self.put(&at, &planned, Memory::decode(&private).etag.as_deref()).await {
            Ok(stored) => return self.stored(&at, planned.clone(), stored),
            Err(error) => error,
        };
        if !refused.is_conflict() {
            return kept(messages::failed("workspace_id", at.subject(), &refused));
        }
        let Ok(Some(now)) = at.store.get().await else {
            return kept(messages::failed("workspace_id", at.subject(), &refused));
        };
        let moved = self.differences(&prior, &now);
        if !moved.is_empty() && !self.differences(&planned, &now).is_empty() {
            return kept(messages::moved_meanwhile(at.subject(), &moved, &refused));
        }
        match self.put(&at, &planned, text_option(&now, "etag")).await {
            Ok(stored) => self.stored(&at, planned.clone(), stored),
            Err(error) => kept(messages::failed("workspace_id", at.subject(), &error)),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let at = match self.at(context, Operation::Delete, "delete", &prior).await {
            Ok(at) => at,
            Err(diagnostic) => return Applied::kept(&prior, &private, diagnostic),
        };
        let id = at.store.id.to_string();
        if self.session.plans().has_made(&id) {
            return Applied::default();
        }
        match at.store.delete().await {
            Ok(()) => {
                // Terraform plans a replacement once more after this, by a list that may be older.
                self.session.plans().note_leaving(&id);
                Applied::default()
            }
            Err(error) => {
                let diagnostic = messages::failed("workspace_id", at.subject(), &error);
                Applied::kept(&prior, &private, diagnostic)
            }
        }
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let resource = self.shape.resource();
        let (tenant, id) = split_tenant(id);
        let id = ResourceId::parse(id, self.shape.collection())
            .map_err(|error| messages::bad_import_id(resource, &error))?;
        let mut known = place::blank(&self.block);
        known.set("workspace_id", id.workspace.to_string());
        known.set("adopt_existing", false);
        known.set("name", id.name.as_str());
        known.set("tenant_id", tenant);
        let at = self.at(context, Operation::Read, "import", &known).await?;
        let failed = |error: &Error| messages::failed(AttributePath::root(), at.subject(), error);
        let found = self.by_name(&at).await.map_err(|error| failed(&error))?;
        let Some(item) = found else {
            return Err(
                messages::import_absent(resource, &id.to_string(), at.subject().place, self.shape.listed_by()).into()
            );
        };
        let kind = text(&item, "kind");
        if !kind.eq_ignore_ascii_case(self.shape.kind()) {
            let other = self.shape.resource_of_kind(kind);
            return Err(messages::import_other_kind(resource, &id.to_string(), self.shape.kind(), kind, other).into());
        }
        let tenant = at.store.client.tenant_id(&at.store.call).await.map_err(|error| failed(&error))?;
        let mut known_tenant = known.clone();
        known_tenant.set("tenant_id", tenant);
        let state = self.state(&known_tenant, &item);
        Ok(Imported { state, private: remembered(&item).encode(), diagnostics: Diagnostics::default() })
    }
}

impl<S: Shape> WorkspaceObject<S> {
    /// The object under its name: in the list that all reads share, else by itself, since a list may lag behind.
    async fn by_name(&self, at: &At<'_>) -> Result<Option<Json>, Error> {
        let items = at.store.list().await?;
        let named = items.iter().find(|item| text(item, "name").eq_ignore_ascii_case(&at.store.id.name));
        match named {
            Some(item) => Ok(Some(item.clone())),
            None => at.store.get().await,
        }
    }

    /// The object of `state`, and a note if it goes by another name now.
    async fn find(&self, at: &At<'_>, state: &Value) -> Result<Option<(Json, Option<Diagnostic>)>, Error> {
        if let Some(item) = self.by_name(at).await? {
            return Ok(Some((item, None)));
        }
        let items = at.store.list().await?;
        let of_kind = |item: &&Json| text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
        let renamed = items.iter().filter(of_kind).find(|item| self.shape.is_same(state, item));
        Ok(renamed.map(|item| {
            let note = messages::now_under_another_name(at.subject(), &at.store.id.name, text(item, "name"));
            (item.clone(), Some(note))
        }))
    }
}
