//! A workbook beside a workspace that charts what Defender sends into it. What is in it follows from the workspace and the
//! tables; a change of it by hand is drift.

mod block;
mod content;
mod importing;
mod item;
mod planning;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::workspace_object::default_name;
use crate::arm::{Error, Request, WorkbookId, WorkspaceId, check_name, expect_resource, text};
use crate::provider::engine::attributes::{ID, NAME, WORKSPACE_ID};
use crate::provider::engine::ledger::{Claim, Claimant, Memory};
use crate::provider::engine::object::{Found, Object, Stored};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{may_lag_for, now};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private,
    Read, Resource, Schema, Value, plan,
};
use block::{LOCATION, RESOURCE_GROUP, TABLES, block};
use item::{body, derive, differences, lacks, same_region, same_tables, seen};

/// The resource.
pub struct IngestionWorkbook {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_ingestion_workbook";
const WHAT: &str = "the ingestion workbook";

/// One workbook, for one operation.
struct Workbook<'a> {
    place: &'a Place<'a>,
    id: WorkbookId,
}

impl<'a> Workbook<'a> {
    fn of(place: &'a Place<'a>, value: &Value) -> Self {
        Self { place, id: id_of(&place.workspace, value) }
    }

    fn object(&self) -> Object<'_> {
        Object {
            place: self.place,
            name: &self.id.name,
            get: Request::workbook(&self.id),
            put: Request::put_workbook(&self.id),
            delete: Request::delete_workbook(&self.id),
        }
    }

    /// The workbook as it is described; absence is not an error.
    async fn get(&self) -> Result<Option<Json>, Error> {
        self.object().get().await?.map(described).transpose()
    }

    /// Whether an answer that there is no such workbook is true: its resource group lists none of its name, or is gone
    /// itself.
    async fn is_gone(&self) -> Result<bool, Error> {
        let Place { client, call, .. } = self.place;
        let is_it = |item: &Json| text(item, "name").eq_ignore_ascii_case(&self.id.name);
        match client.list(call, Request::workbooks_beside(&self.id)).await {
            Ok(workbooks) => Ok(!workbooks.iter().any(is_it)),
            Err(error) if error.is_any_404() => match client.send(call, Request::resource_group(&self.id)).await {
                Ok(_) => Ok(false),
                Err(error) if error.is_not_found() => Ok(true),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// The workbook, which the service may have taken in not long ago.
    async fn find(&self, stored: Option<i64>) -> Result<Found, Error> {
        let found = match (self.get().await?, stored.and_then(may_lag_for)) {
            (Some(item), _) => Found::There(item),
            (None, Some(patience)) => self.object().turns_up(patience).await?,
            (None, None) => Found::Gone,
        };
        match found {
            Found::There(item) => described(item).map(Found::There),
            Found::Gone if !self.is_gone().await? => {
                Err(Error::contradicted("there is no such workbook, but its resource group lists it"))
            }
            found => Ok(found),
        }
    }

    fn failed(&self, error: &Error) -> Diagnostic {
        messages::failed(WORKSPACE_ID, self.place.subject, error)
    }
}

/// The same workbook, if it is all there.
fn described(item: Json) -> Result<Json, Error> {
    match lacks(&item) {
        Some(name) => Err(Error::contradicted(&format!("the answer about the workbook has no text '{name}'"))),
        None => Ok(item),
    }
}

impl Claimant for IngestionWorkbook {
    fn what(&self) -> &str {
        WHAT
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        value.get(ID).as_str().map(Claim::object).into_iter().collect()
    }
}

impl IngestionWorkbook {
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
        // What is known at apply alone was never checked.
        if let Some(name) = value.get(NAME).as_str().filter(|name| !WorkbookId::is_name(name)) {
            return Err(messages::not_a_guid(NAME, "workbook's name", name));
        }
        if let Some(group) = value.get(RESOURCE_GROUP).as_str().filter(|group| check_name(group).is_err()) {
            return Err(messages::bad_name(RESOURCE_GROUP, group));
        }
        Place::of(&self.session, context, operation.within(value), (word, WHAT, RESOURCE), value).await
    }

    /// Waits until what this run took away to make this is gone.
    async fn make_room(&self, place: &Place<'_>, value: &Value) -> Result<(), Error> {
        for before in self.session.ledger().before(&self.claims(value)) {
            if let Ok(id) = WorkbookId::parse(&before) {
                Workbook { place, id }.object().gone(None).await?;
            }
        }
        Ok(())
    }

    /// The outcome of an accepted PUT of `value`.
    fn stored(&self, place: &Place<'_>, value: Value, stored: Stored) -> Applied {
        let diagnostics = match stored {
            Stored::AsAsked(_) => Diagnostics::default(),
            Stored::Differently(item) => {
                messages::stored_differently(place.subject, &differences(&value, &item)).into()
            }
            Stored::NotReadable => messages::not_readable_yet(place.subject).into(),
            Stored::Absent => messages::never_showed(WORKSPACE_ID, place.subject).into(),
        };
        Applied { state: Some(value), private: Private::new(), diagnostics }
    }
}

/// The workbook of a value: what state calls it, else what its name and group make.
fn id_of(workspace: &WorkspaceId, value: &Value) -> WorkbookId {
    if let Some(id) = value.get(ID).as_str().and_then(|id| WorkbookId::parse(id).ok()) {
        return id;
    }
    let mut id = WorkbookId::beside(workspace, value.get(NAME).as_str().unwrap_or_default());
    if let Some(group) = value.get(RESOURCE_GROUP).as_str() {
        id.resource_group = group.to_owned();
    }
    id
}

/// The name of our own making for the workbook of a workspace.
fn default_name_in(workspace: &WorkspaceId) -> String {
    default_name(workspace, "workbook", "ingestion")
}

/// Whether the service's workbook is there as `value` says.
fn is_as_asked(value: &Value, item: &Json) -> bool {
    lacks(item).is_none() && differences(value, item).is_empty()
}

#[async_trait]
impl Resource for IngestionWorkbook {
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
        let Some(prior) = request.prior else { return self.plan_create(context, request, planned).await };
        if same_tables(prior.get(TABLES), planned.value.get(TABLES)) && planned.value.get(TABLES).is_wholly_known() {
            planned.value.set(TABLES, prior.get(TABLES).clone());
        }
        let regions = [prior, &planned.value].map(|value| value.get(LOCATION).as_str());
        if let [Some(before), Some(now)] = regions
            && same_region(before, now)
        {
            planned.value.set(LOCATION, prior.get(LOCATION).clone());
            planned.requires_replace.retain(|path| *path != AttributePath::from(LOCATION));
        }
        derive(&mut planned.value);
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let workbook = Workbook::of(&place, &state);
        match workbook.find(Memory::decode(&private).stored).await {
            Ok(Found::There(item)) => {
                let private = Memory::default().encode();
                Read { state: Some(seen(&state, &item)), private, diagnostics: Diagnostics::default() }
            }
            Ok(Found::NotYet) => kept(messages::not_readable_yet(place.subject)),
            Ok(Found::Gone | Found::GoneWithOnboarding(_)) => Read::default(),
            Err(error) => kept(workbook.failed(&error)),
        }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let place = match self.place(context, Operation::Create, "create", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return Applied::nothing(diagnostic),
        };
        match self.make(&place, planned.clone(), Memory::decode(&private)).await {
            Ok(applied) => applied,
            Err(diagnostics) => Applied::nothing(diagnostics),
        }
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if body(&prior) == body(&planned) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let place = match self.place(context, Operation::Update, "update", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let mut wanted = planned.clone();
        derive(&mut wanted);
        let workbook = Workbook::of(&place, &wanted);
        match workbook.object().put(body(&wanted), |item| is_as_asked(&wanted, item)).await {
            Ok(stored) => self.stored(&place, wanted.clone(), stored),
            Err(error) => kept(workbook.failed(&error)),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        let place = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let workbook = Workbook::of(&place, &prior);
        match workbook.object().delete().await {
            Ok(()) => Applied::default(),
            Err(error) => kept(workbook.failed(&error)),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        // No other provider has a workbook of this content.
        Err(moves::refused(RESOURCE, &source).into())
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        self.find_to_import(context, id).await
    }

    fn config_of(&self, state: &Value) -> Value {
        let mut config = plan::config_of(&block(), state);
        if let Some(workspace) = place::known_workspace(state) {
            let defaults = [(NAME, default_name_in(&workspace)), (RESOURCE_GROUP, workspace.resource_group.clone())];
            for (name, default) in defaults {
                if state.get(name).as_str().is_some_and(|text| text.eq_ignore_ascii_case(&default)) {
                    config.set(name, Value::Null);
                }
            }
        }
        config
    }
}

impl Listable for IngestionWorkbook {
    fn source(&self) -> Source {
        Source::Workbooks(content::MARK)
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let properties = &item["properties"];
        let is_about = |workspace: &WorkspaceId| {
            WorkspaceId::parse(text(properties, "sourceId")).is_ok_and(|source| source == *workspace)
        };
        if let Err(error) = expect_resource(item) {
            return Item::Misshapen(error.message);
        }
        let Some(workspace) = at.workspace.filter(|workspace| is_about(workspace)) else { return Item::Other };
        if let Some(lacks) = lacks(item) {
            return Item::Misshapen(format!("it has no text '{lacks}'"));
        }
        if content::tables(text(properties, "serializedData")).is_none() {
            return Item::Other;
        }
        match WorkbookId::parse(text(item, "id")) {
            Ok(id) => {
                let state = importing::imported(workspace, &at.tenant.into(), &id, item);
                Item::Object { name: text(properties, "displayName").to_owned(), state }
            }
            Err(error) => Item::Misshapen(error.reason),
        }
    }
}

impl IngestionWorkbook {
    /// Fills in what identifies a new workbook, as far as it follows from its workspace.
    async fn identify(&self, place: &Place<'_>, value: &mut Value) -> Result<(), Diagnostic> {
        place.fill_tenant(value).await?;
        if !value.get(NAME).is_known() {
            value.set(NAME, default_name_in(&place.workspace));
        }
        if !value.get(RESOURCE_GROUP).is_known() {
            value.set(RESOURCE_GROUP, place.workspace.resource_group.as_str());
        }
        derive(value);
        let id = id_of(&place.workspace, value);
        value.set(ID, id.to_string());
        Ok(())
    }

    /// Makes a planned workbook, or takes over the one that the plan says.
    async fn make(&self, place: &Place<'_>, planned: Value, mut memory: Memory) -> Result<Applied, Diagnostics> {
        let (mut value, mut told) = (planned, Diagnostics::default());
        self.identify(place, &mut value).await?;
        let workbook = Workbook::of(place, &value);
        let failed = |error: &Error| Diagnostics::from(workbook.failed(error));
        if !memory.looked || !value.get(LOCATION).is_known() {
            let (found, region) = tokio::join!(workbook.get(), planning::region_of(place));
            let found = found.map_err(|error| failed(&error))?;
            if !memory.looked {
                let refusal = self.look(&workbook, found.as_ref(), &value, &mut told, &mut memory);
                told.0.extend(refusal);
            }
            planning::settle_region(&mut value, found.as_ref(), region.as_deref().ok());
            if let Some(error) = region.err().filter(|_| !value.get(LOCATION).is_known()) {
                told.push(workbook.failed(&error));
            }
        }
        if told.has_errors() {
            return Err(told);
        }
        self.make_room(place, &value).await.map_err(|error| failed(&error))?;
        let (object, as_asked) = (workbook.object(), |item: &Json| is_as_asked(&value, item));
        let outcome = match memory.free {
            true => object.put_new(body(&value), as_asked).await,
            false => object.put(body(&value), as_asked).await,
        };
        let mut applied = match outcome {
            Ok(stored) => {
                let applied = self.stored(place, value.clone(), stored);
                Applied { private: Memory { stored: Some(now()), ..Memory::default() }.encode(), ..applied }
            }
            Err(error) => {
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                let state = error.may_have_happened().then(|| value.clone());
                Applied { state, private: Private::new(), diagnostics: failed(&error) }
            }
        };
        applied.diagnostics.extend(told);
        Ok(applied)
    }
}
