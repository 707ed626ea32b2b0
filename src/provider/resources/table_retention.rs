//! How long a Log Analytics table keeps its data, and under which plan. The table itself is Microsoft's and is never made
//! or deleted here.

mod block;
mod item;
mod planning;

use crate::provider::engine::attributes::{ID, TENANT_ID, WORKSPACE_ID};
use block::{PLAN, TABLE};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::arm::{Error, Request, TableId, WorkspaceId, expect_resource, text};
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::ledger::{Claim, Claimant};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{AS_LONG_AS_IT_TAKES, COMES_RIGHT_WITHIN, End, Look, until};
use crate::provider::engine::standing::has_workspace;
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private,
    Read, Resource, Schema, Value,
};
use block::{RETENTION, TOTAL, block};
use item::{
    DEFAULT, basic_table, body, differences, is_busy, is_default, lacks, one_way, plan_of, refused_change, seen, unsaid,
};

/// The resource.
pub struct TableRetention {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_table_retention";
const WHAT: &str = "the retention of a table";

/// One operation on one table.
struct Table<'a> {
    place: Place<'a>,
    id: TableId,
}

impl Table<'_> {
    /// The table; absence is not an error.
    async fn get(&self) -> Result<Option<Json>, Error> {
        let found = self.place.client.find(&self.place.call, Request::table(&self.id)).await?;
        match found.as_ref().and_then(lacks) {
            Some(name) => Err(Error::contradicted(&format!("the answer about the table has no number '{name}'"))),
            None => Ok(found),
        }
    }

    /// Whether an answer that there is no such table is true: the list of tables has none of its name, or the workspace
    /// itself is gone.
    async fn is_gone(&self) -> Result<bool, Error> {
        match self.place.client.list(&self.place.call, Request::tables(&self.id.workspace)).await {
            Ok(tables) => Ok(!tables.iter().any(|table| text(table, "name").eq_ignore_ascii_case(&self.id.name))),
            Err(error) if error.is_any_404() => Ok(!has_workspace(&self.place).await?),
            Err(error) => Err(error),
        }
    }

    /// The table where it is there, nothing where answers agree that it is not.
    async fn find(&self) -> Result<Option<Json>, Error> {
        match self.get().await? {
            None if self.is_gone().await? => Ok(None),
            None => Err(Error::contradicted("there is no such table, but the workspace lists it")),
            found => Ok(found),
        }
    }

    fn failed(&self, error: &Error) -> Diagnostic {
        if error.is_not_found() {
            return messages::no_such_table(TABLE, self.place.subject, &self.id.name, error);
        }
        messages::failed(WORKSPACE_ID, self.place.subject, error)
    }

    /// Sends a change and waits until the table shows it; what it shows differently in the end comes back.
    async fn change(&self, wanted: &Value) -> Result<Outcome, Error> {
        let sent = self.place.client.run(&self.place.call, Request::patch_table(&self.id, body(wanted))).await;
        let in_doubt = match sent {
            Ok(_) => None,
            // The answer is lost, the change may not be: what the table shows decides.
            Err(error) if error.may_have_happened() && !error.is_stopped() && !error.is_timed_out() => Some(error),
            Err(error) => return Err(error),
        };
        let end = until(&self.place.call, || async {
            let Some(item) = self.get().await? else { return Ok(Look::Unsettled(Json::Null, COMES_RIGHT_WITHIN)) };
            // Its field tells of a change that is under way, whatever the change was answered with.
            Ok::<_, Error>(match (is_busy(&item), differences(wanted, &item).is_empty()) {
                (true, _) => Look::Unsettled(item, AS_LONG_AS_IT_TAKES),
                (false, true) => Look::Settled(item),
                // An answer that was lost leaves nothing to wait for.
                (false, false) if in_doubt.is_some() => Look::Unsettled(item, Duration::ZERO),
                (false, false) => Look::Unsettled(item, COMES_RIGHT_WITHIN),
            })
        });
        match (end.await, in_doubt) {
            (Ok(End::Settled(item)), _) => Ok(Outcome::Done(item)),
            (_, Some(error)) => Err(error),
            (Ok(End::Stayed(item)), None) if !item.is_null() => Ok(Outcome::Differs(differences(wanted, &item))),
            (Ok(_) | Err(_), None) => Ok(Outcome::Unseen),
        }
    }
}

/// What became of a change that was taken in.
enum Outcome {
    Done(Json),
    Differs(Vec<String>),
    Unseen,
}

impl Claimant for TableRetention {
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

impl TableRetention {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn table<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Table<'a>, Diagnostic> {
        let place = Place::of(&self.session, context, operation.within(value), (word, WHAT, RESOURCE), value).await?;
        let name = value.get(TABLE).as_str().unwrap_or_default().to_owned();
        let id = TableId { workspace: place.workspace.clone(), name };
        Ok(Table { place, id })
    }

    /// Changes the table to `wanted` and says what came of it; `otherwise` is the state after a refusal.
    async fn store(&self, table: &Table<'_>, mut wanted: Value, otherwise: Option<Value>) -> Applied {
        let outcome = table.change(&wanted).await;
        if let Ok(Outcome::Done(item)) = &outcome
            && !wanted.get(PLAN).is_known()
        {
            wanted.set(PLAN, plan_of(item));
        }
        if !wanted.get(PLAN).is_known() {
            wanted.set(PLAN, Value::Null);
        }
        let (state, diagnostics) = match outcome {
            Ok(Outcome::Done(_)) => (Some(wanted), Diagnostics::default()),
            Ok(Outcome::Differs(lines)) => {
                (Some(wanted), messages::stored_differently(table.place.subject, &lines).into())
            }
            Ok(Outcome::Unseen) => (Some(wanted), messages::not_readable_yet(table.place.subject).into()),
            Err(error) => {
                // On a create, what may have been changed stays in state, so that a destroy changes it back.
                let kept = otherwise.or_else(|| error.may_have_happened().then_some(wanted));
                (kept, table.failed(&error).into())
            }
        };
        Applied { state, private: Private::new(), diagnostics }
    }
}

fn set_id(value: &mut Value) {
    if let (Some(workspace), Some(table)) = (value.get(WORKSPACE_ID).as_str(), value.get(TABLE).as_str()) {
        let id = format!("{workspace}/tables/{table}");
        value.set(ID, id);
    }
}

#[async_trait]
impl Resource for TableRetention {
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
        self.plan_change(context, request, planned).await;
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let table = match self.table(context, Operation::Read, "read", &state).await {
            Ok(table) => table,
            Err(diagnostic) => return kept(diagnostic),
        };
        let found = async {
            // A change that is under way, such as one of a run that was interrupted, shows what it comes to when it is over.
            let end = until(&table.place.call, || async {
                let found = table.find().await?;
                Ok::<_, Error>(match &found {
                    Some(item) if is_busy(item) => Look::Unsettled(found, AS_LONG_AS_IT_TAKES),
                    _ => Look::Settled(found),
                })
            });
            match end.await? {
                End::Settled(found) => Ok(found),
                End::Stayed(_) | End::Over(_) => Err(Error::still_changing(&table.place.call)),
            }
        };
        match found.await {
            Ok(Some(item)) => Read { state: Some(seen(&state, &item)), private, diagnostics: Diagnostics::default() },
            Ok(None) => Read::default(),
            Err(error) => kept(table.failed(&error)),
        }
    }

    async fn create(&self, context: &Context, planned: Value, _private: Private) -> Applied {
        let outcome = async {
            let table = self.table(context, Operation::Create, "create", &planned).await?;
            let mut wanted = planned.clone();
            table.place.fill_tenant(&mut wanted).await?;
            set_id(&mut wanted);
            let mut refusal = None;
            if let Some(item) = table.get().await.map_err(|error| table.failed(&error))? {
                refusal = one_way(&wanted, plan_of(&item));
                if !wanted.get(PLAN).is_known() {
                    wanted.set(PLAN, plan_of(&item));
                }
            }
            match refusal.or_else(|| basic_table(&wanted)) {
                Some(refusal) => Err(refusal),
                None => Ok(self.store(&table, wanted, None).await),
            }
        };
        outcome.await.unwrap_or_else(|diagnostic: Diagnostic| Applied::nothing(diagnostic))
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        if let Some(refusal) = refused_change(&prior, &planned).or_else(|| basic_table(&planned)) {
            return Applied::kept(&prior, &private, refusal);
        }
        if body(&prior) == body(&planned) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let outcome = async {
            let table = self.table(context, Operation::Update, "update", &planned).await?;
            Ok(self.store(&table, planned.clone(), Some(prior.clone())).await)
        };
        outcome.await.unwrap_or_else(|diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic))
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let outcome = async {
            let table = self.table(context, Operation::Delete, "delete", &prior).await?;
            let mut default = prior.clone();
            default.set(RETENTION, DEFAULT);
            default.set(TOTAL, DEFAULT);
            if body(&default) == body(&prior) {
                return Ok(Applied::default());
            }
            match table.change(&default).await {
                Ok(Outcome::Differs(lines)) => {
                    let told = messages::retention_not_set_back(&table.id.name, &lines);
                    Ok(Applied::nothing(told))
                }
                Ok(Outcome::Done(_)) => Ok(Applied::default()),
                // What was not seen to end stays in state, so that the next run looks again.
                Ok(Outcome::Unseen) => Err(table.failed(&Error::still_changing(&table.place.call))),
                Err(error) if error.is_any_404() => match table.find().await {
                    Ok(None) => Ok(Applied::default()),
                    Ok(Some(_)) => Err(table.failed(&error)),
                    Err(error) => Err(table.failed(&error)),
                },
                Err(error) => Err(table.failed(&error)),
            }
        };
        match outcome.await {
            Ok(applied) => applied,
            Err(diagnostic) => Applied::kept(&prior, &private, diagnostic),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let told = moves::told(self.session.connectors(), RESOURCE, &source)?;
        let id = TableId::parse(&told.id).map_err(|error| messages::moved_id(RESOURCE, source.type_name, &error))?;
        let item = json!({ "name": id.name, "properties": told.properties });
        let mut state = imported(&id.workspace, &Value::Null, &item);
        state.set("timeouts", timeouts::taken_over(&told.timeouts));
        unsaid(&item).into_iter().for_each(|attribute| state.set(attribute, Value::Null));
        Ok(Imported { state, ..Imported::default() })
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let ImportId { tenant, workspace, named } = block::IMPORT.read(id)?;
        let name = match &named {
            Named::Name(name) => name,
            Named::Word(word) => *word,
            Named::Nothing => "",
        };
        let path = format!("{workspace}/tables/{name}");
        let id = TableId::parse(&path).map_err(|error| block::IMPORT.refuse(id, &error.reason))?;
        let mut known = place::blank(&block());
        known.set(WORKSPACE_ID, id.workspace.to_string());
        known.set(TABLE, id.name.as_str());
        known.set(TENANT_ID, tenant);
        let value = known.clone();
        let table = self.table(context, Operation::Read, "import", &value).await?;
        table.place.fill_tenant(&mut known).await?;
        let found = table.get().await;
        let found = found.map_err(|error| messages::failed(AttributePath::root(), table.place.subject, &error))?;
        let Some(item) = found else {
            if has_workspace(&table.place).await.is_ok_and(|is_there| !is_there) {
                return Err(messages::import_without_workspace(RESOURCE, table.place.subject.place).into());
            }
            return Err(messages::import_absent(RESOURCE, &id.to_string(), table.place.subject.place, None).into());
        };
        let state = imported(&id.workspace, known.get(TENANT_ID), &item);
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}

impl Listable for TableRetention {
    fn source(&self) -> Source {
        Source::Tables
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let Some(workspace) = at.workspace else { return Item::Other };
        if let Err(error) = expect_resource(item) {
            return Item::Misshapen(error.message);
        }
        if let Some(lacks) = lacks(item) {
            return Item::Misshapen(format!("it has no number '{lacks}'"));
        }
        if is_default(item) {
            return Item::Other;
        }
        let state = imported(workspace, &at.tenant.into(), item);
        Item::Object { name: text(item, "name").to_owned(), state }
    }
}

/// The state of a table that is in nobody's state yet.
fn imported(workspace: &WorkspaceId, tenant: &Value, item: &Json) -> Value {
    let mut known = place::blank(&block());
    known.set(WORKSPACE_ID, workspace.to_string());
    known.set(TENANT_ID, tenant.clone());
    known.set(TABLE, text(item, "name"));
    let mut state = seen(&known, item);
    set_id(&mut state);
    state
}
