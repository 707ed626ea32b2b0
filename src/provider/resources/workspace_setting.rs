//! The settings of a workspace with Sentinel: one engine for all of them, driven by a row of the catalogue. A setting is
//! named by its kind, is on by being there, and is updated over the version that was read last.

mod block;
mod importing;
mod item;
mod planning;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::arm::{Collection, Error, ResourceId, text};
use crate::catalog::{Line, Setting};
use crate::provider::engine::attributes::{ID, WORKSPACE_ID};
use crate::provider::engine::ledger::{Claim, Claimant, Memory};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{may_lag_for, now};
use crate::provider::engine::standing::Standing;
use crate::provider::engine::store::{Found, Seen, Store, Stored};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, Block, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private, Read,
    Resource, Schema, Value, plan,
};
use block::block;
use item::{described, differences, imported, is_on, left_to_others, misshapen, says_the_same, seen, set_id};
use writing::Failure;

/// A resource made of a row.
pub struct WorkspaceSetting {
    row: &'static Setting,
    session: Arc<Session>,
    /// Made once: it is asked for on every call.
    block: Block,
}

impl WorkspaceSetting {
    pub fn new(row: &'static Setting, session: Arc<Session>) -> Self {
        Self { row, session, block: block(row) }
    }

    async fn place<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        let words = (word, self.row.what, self.row.resource);
        Place::of(&self.session, context, operation.within(value), words, value).await
    }

    /// The setting, which the service may have taken in not long ago. It is gone where it is off, too.
    async fn find(&self, store: &Store<'_>, stored: Option<i64>) -> Result<Found, Error> {
        let Seen { found, items } = store.find().await?;
        let found = match found {
            // A list may lag behind, so that the setting itself has to agree.
            Found::There(item) if !is_on(&item) => match store.get().await? {
                Some(item) if is_on(&item) => Found::There(item),
                _ => return Ok(Found::Gone),
            },
            // Without a list, so without a workspace, nothing is to show.
            Found::Gone if items.is_some() => match stored.and_then(may_lag_for) {
                Some(patience) => store.turns_up(patience).await?,
                None => Found::Gone,
            },
            found => found,
        };
        match found {
            Found::There(item) => described(self.row, item).map(Found::There),
            found => Ok(found),
        }
    }

    /// What of it others added, as state has it.
    fn preserved<'a>(&self, state: &'a Value) -> Vec<&'a str> {
        self.row.choice.as_ref().map(|choice| state.get(choice.preserved).known_strings()).unwrap_or_default()
    }

    /// What a user should know before it goes: what goes with it, and what needs it.
    async fn told_of_leaving(&self, context: &Context, prior: &Value) -> Diagnostics {
        let mut told = Diagnostics::default();
        let preserved = self.preserved(prior);
        if let Some(choice) = self.row.choice.as_ref().filter(|_| !preserved.is_empty()) {
            let place = prior.get(WORKSPACE_ID).as_str().unwrap_or_default();
            told.push(messages::preserved_goes_too(self.row, choice.noun, place, &preserved));
        }
        told.0.extend(self.still_needed(context, prior).await);
        told
    }

    /// The outcome of an accepted PUT of `value`.
    fn stored(&self, place: &Place<'_>, mut value: Value, stored: Stored) -> Applied {
        let subject = place.subject;
        let diagnostics = match stored {
            Stored::AsAsked(_) => Diagnostics::default(),
            Stored::Differently(item) => {
                let told = messages::stored_differently(subject, &differences(self.row, &value, &item));
                if let Some(choice) = &self.row.choice {
                    let others = Value::strings(left_to_others(choice, &item, &[&value]));
                    value.set(choice.preserved, others);
                }
                told.into()
            }
            Stored::NotReadable => messages::not_readable_yet(subject).into(),
            Stored::Absent => messages::never_showed(WORKSPACE_ID, subject).into(),
        };
        Applied { state: Some(value), private: Private::new(), diagnostics }
    }

    fn failed(&self, place: &Place<'_>, error: &Error) -> Diagnostic {
        messages::failed(WORKSPACE_ID, place.subject, error)
    }

    fn told(&self, place: &Place<'_>, failure: &Failure) -> Diagnostic {
        match failure {
            Failure::Refused(error) => self.failed(place, error),
            Failure::Moved(lines, error) => messages::moved_meanwhile(place.subject, lines, error.as_ref()),
            Failure::Needs(needed, error) => messages::setting_needed(WORKSPACE_ID, place.subject, needed, error),
            Failure::NeededBy(other, error) => messages::setting_in_use(WORKSPACE_ID, place.subject, other, error),
        }
    }
}

fn store<'a>(row: &Setting, place: &'a Place<'a>) -> Store<'a> {
    Store::of(place, Collection::Settings, Line::Preview, row.kind)
}

impl Claimant for WorkspaceSetting {
    fn what(&self) -> &str {
        self.row.what
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        value.get(ID).as_str().map(Claim::object).into_iter().collect()
    }

    /// What others added to it would be lost.
    fn is_precious(&self) -> bool {
        self.row.choice.is_some()
    }
}

#[async_trait]
impl Resource for WorkspaceSetting {
    fn type_name(&self) -> &str {
        self.row.resource
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: self.block.clone() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        diagnostics.extend(block::validate(self.row, config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let Some(prior) = request.prior else { return self.plan_create(context, request, planned).await };
        if !planned.requires_replace.is_empty() {
            return planned.diagnostics.extend(self.told_of_leaving(context, prior).await);
        }
        if let Some(choice) = self.row.choice.as_ref().filter(|_| says_the_same(self.row, prior, &planned.value)) {
            // Nothing is sent, so that nothing of it changes.
            planned.value.set(choice.preserved, prior.get(choice.preserved).clone());
        }
        planned.diagnostics.0.extend(self.needed_leaves(prior));
    }

    async fn plan_destroy(&self, context: &Context, prior: &Value, _private: &Private) -> Diagnostics {
        self.told_of_leaving(context, prior).await
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        match self.find(&store(self.row, &place), Memory::decode(&private).stored).await {
            Ok(Found::There(item)) => {
                let state = seen(self.row, &state, &item);
                Read { state: Some(state), private: Memory::default().encode(), diagnostics: Diagnostics::default() }
            }
            Ok(Found::Gone) => Read::default(),
            Ok(Found::NotYet) => kept(messages::not_readable_yet(place.subject)),
            Ok(Found::GoneWithOnboarding(error)) => {
                // The plan that follows has no need to say it again.
                Standing::NotOnboarded.is_news(&place, &self.session);
                let note = messages::gone_with_onboarding(place.subject, &error);
                Read { diagnostics: note.into(), ..Read::default() }
            }
            Err(error) => kept(self.failed(&place, &error)),
        }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let place = match self.place(context, Operation::Create, "create", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return Applied::nothing(diagnostic),
        };
        let applied = self.make(&place, planned.clone(), Memory::decode(&private)).await;
        if applied.state.is_none() {
            self.note_failure(&place);
        }
        applied
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if says_the_same(self.row, &prior, &planned) {
            let mut state = planned;
            if let Some(choice) = &self.row.choice {
                state.set(choice.preserved, prior.get(choice.preserved).clone());
            }
            return Applied { state: Some(state), private, diagnostics: Diagnostics::default() };
        }
        let place = match self.place(context, Operation::Update, "update", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        match self.rewrite(&store(self.row, &place), Some(&prior), &planned).await {
            Ok((value, stored)) => self.stored(&place, value, stored),
            Err(failure) => kept(self.told(&place, &failure)),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        let place = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        match self.switch_off(&store(self.row, &place)).await {
            Ok(()) => Applied::default(),
            Err(failure) => kept(self.told(&place, &failure)),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let told = moves::told(self.session.connectors(), self.row.resource, &source)?;
        let id = ResourceId::parse(&told.id, Collection::Settings)
            .map_err(|error| messages::moved_id(self.row.resource, source.type_name, &error))?;
        let mut state = imported(self.row, &id.workspace, &Value::Null, &json!({ "properties": told.properties }));
        state.set("timeouts", timeouts::taken_over(&told.timeouts));
        if let Some(choice) = self.row.choice.as_ref().filter(|choice| told.properties[choice.field].is_null()) {
            state.set(choice.attribute, Value::Null);
        }
        Ok(Imported { state, ..Imported::default() })
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        self.find_to_import(context, id).await
    }

    fn config_of(&self, state: &Value) -> Value {
        plan::config_of(&self.block, state)
    }
}

impl Listable for WorkspaceSetting {
    fn source(&self) -> Source {
        Source::Collection(Collection::Settings)
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let kind = text(item, "kind");
        let Some(workspace) = at.workspace.filter(|_| kind.eq_ignore_ascii_case(self.row.kind)) else {
            let is_unmanaged = Setting::of_kind(kind).is_none();
            return if is_unmanaged { Item::Unmanaged(kind.to_owned()) } else { Item::Other };
        };
        if let Some(why) = misshapen(self.row, item) {
            return Item::Misshapen(why);
        }
        if !is_on(item) {
            return Item::Other;
        }
        let state = imported(self.row, workspace, &at.tenant.into(), item);
        Item::Object { name: self.row.kind.to_owned(), state }
    }
}

impl WorkspaceSetting {
    /// Fills in what identifies a new setting.
    async fn identify(&self, place: &Place<'_>, value: &mut Value) -> Result<(), Diagnostic> {
        place.fill_tenant(value).await?;
        set_id(self.row, value);
        Ok(())
    }

    /// Waits until what this run took away to make this is gone.
    async fn make_room(&self, place: &Place<'_>, value: &Value) -> Result<(), Error> {
        if self.session.ledger().before(&self.claims(value)).is_empty() {
            return Ok(());
        }
        store(self.row, place).gone(None).await
    }

    /// Makes a planned setting, or takes over the one that is there.
    async fn make(&self, place: &Place<'_>, planned: Value, mut memory: Memory) -> Applied {
        let (mut value, mut told) = (planned, Diagnostics::default());
        if let Err(diagnostic) = self.identify(place, &mut value).await {
            return Applied::nothing(diagnostic);
        }
        let store = store(self.row, place);
        if !memory.looked {
            let items = store.list_as_of_start().await;
            let refusal = self.look(&store, items, &value, &mut told, &mut memory);
            told.0.extend(refusal);
        }
        if told.has_errors() {
            return Applied::nothing(told);
        }
        if let Err(error) = self.make_room(place, &value).await {
            return Applied::nothing(self.failed(place, &error));
        }
        let mut applied = match self.switch_on(&store, &value, memory.free).await {
            Ok((value, stored)) => {
                let applied = self.stored(place, value, stored);
                Applied { private: Memory { stored: Some(now()), ..Memory::default() }.encode(), ..applied }
            }
            Err(Failure::Refused(error)) if error.is_without_etag() && !error.may_have_happened() => {
                // It turned up after the plan was made.
                Applied::nothing(messages::already_exists(
                    WORKSPACE_ID,
                    place.subject,
                    self.row.resource,
                    &store.id.to_string(),
                ))
            }
            Err(failure) => {
                let in_doubt = matches!(&failure, Failure::Refused(error) if error.may_have_happened());
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                if let Some(choice) = self.row.choice.as_ref().filter(|choice| !value.get(choice.preserved).is_known())
                {
                    value.set(choice.preserved, Value::List(Vec::new()));
                }
                let diagnostics = self.told(place, &failure).into();
                Applied { state: in_doubt.then_some(value), private: Private::new(), diagnostics }
            }
        };
        applied.diagnostics.extend(told);
        applied
    }
}
