//! Which advanced-hunting tables Defender streams into a workspace: one export setting of the tenant, read, changed and
//! written whole.

mod block;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::arm::{Error, Request, WorkspaceId};
use crate::catalog::HuntingTable;
use crate::provider::export_setting::{AfterRefusal, Draft, ExportSetting, SETTINGS_PER_TENANT, same_table};
use crate::provider::messages;
use crate::provider::place::{self, Place};
use crate::provider::private::Memory;
use crate::provider::session::{Session, split_tenant};
use crate::provider::store::Waits;
use crate::provider::timeouts::{self, Operation};
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Imported, PlanRequest, Planned, Private, Read, Resource,
    Schema, Value,
};
use block::block;

/// The resource.
pub struct HuntingTables {
    session: Arc<Session>,
}

const WHAT: &str = "the selection of hunting tables";

/// How long a write is given to show in what the API lists.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

impl HuntingTables {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// The place of an operation; `word` is what a message calls it.
    async fn place<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        Place::of(&self.session, context, operation.within(value), (word, WHAT), value).await
    }

    /// Looks for a setting that stands in the way of a create, and takes it over if the user asked for that.
    async fn look(&self, at: &Place<'_>, config_id: &Value, planned: &mut Planned, memory: &mut Memory) {
        let value = &mut planned.value;
        let settings = match at.client.list_as_of_start(&at.call, Request::export_settings()).await {
            Ok(settings) => settings,
            Err(error) => return planned.diagnostics.push(at.failed(&error)),
        };
        memory.looked = true;
        let tenant = value.get("tenant_id").as_str().unwrap_or_default();
        let leaving = |setting: &ExportSetting<'_>| {
            memory.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(setting.id()))
                || self.session.plans().is_leaving(&key(tenant, setting.id()))
        };
        let wanted = value.get("setting_id").as_str().unwrap_or_default().to_owned();
        let settings: Vec<_> = settings.iter().map(ExportSetting).filter(|setting| !leaving(setting)).collect();
        let named = settings.iter().find(|setting| setting.id().eq_ignore_ascii_case(&wanted));
        if let Some(other) = named
            && !other.streams_to(&at.workspace)
        {
            let message =
                messages::setting_of_another_workspace("setting_id", other.id(), at.subject.place, target(*other));
            return planned.diagnostics.push(message);
        }
        let Some(found) = named.or_else(|| settings.iter().find(|setting| setting.streams_to(&at.workspace))) else {
            if settings.len() >= SETTINGS_PER_TENANT {
                let taken: Vec<_> =
                    settings.iter().map(|setting| format!("{} to {}", setting.id(), target(*setting))).collect();
                planned.diagnostics.push(messages::too_many_settings("workspace_id", &taken));
            }
            return;
        };
        let managed: Vec<_> = value.get("tables").known_strings();
        let as_planned = same_tables(&found.tables(&managed), &managed);
        let other_name = config_id.is_known() && !found.id().eq_ignore_ascii_case(&wanted);
        if value.get("adopt_existing").as_bool() == Some(true) && !other_name {
            let preserved = Value::strings(found.preserved(&managed));
            value.set("setting_id", found.id());
            value.set("preserved_categories", preserved);
        } else if !(named.is_some() && as_planned && found.preserved(&managed).is_empty()) {
            // One that is named and selects as planned is what an interrupted run left behind, and is taken up again.
            let message = messages::setting_exists("workspace_id", at.subject.place, found.id(), &found.enabled());
            planned.diagnostics.push(message);
        }
    }

    /// Writes the selection; on refusal tries a table's other name before it gives up.
    async fn write(&self, at: &Place<'_>, draft: &mut Draft) -> Result<(), Unwritten> {
        loop {
            let refusal = match at.client.send(&at.call, Request::put_export_setting(draft.body())).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let diagnostic = match draft.refused(&refusal.unsupported_categories()) {
                AfterRefusal::TryAgain => continue,
                AfterRefusal::TablesRefused(tables) => messages::table_refused("tables", &tables, &refusal),
                AfterRefusal::ForeignRefused(categories) => {
                    messages::preserved_refused("tables", &categories, &refusal)
                }
                AfterRefusal::NotOurs => at.failed(&refusal),
            };
            return Err(Unwritten { diagnostic, in_doubt: refusal.may_have_happened() });
        }
    }

    /// Writes `planned` over what the tenant has now and reads it back; `prior` is what was managed so far.
    async fn store(
        &self,
        at: &Place<'_>,
        prior: &Value,
        mut planned: Value,
        mut diagnostics: Diagnostics,
    ) -> Result<Applied, Diagnostic> {
        let id = planned.get("setting_id").as_str().unwrap_or_default().to_owned();
        let tables: Vec<String> = planned.get("tables").known_strings().into_iter().map(str::to_owned).collect();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let current = at.setting_now(&id).await.map_err(|error| at.failed(&error))?;
        let current = current.as_ref().map(ExportSetting);
        let mut draft = Draft::new(&id, &at.workspace, &tables, &prior.get("tables").known_strings(), current);
        let memory = Memory { id: Some(id.clone()), ..Memory::default() };
        if let Err(Unwritten { diagnostic, in_doubt }) = self.write(at, &mut draft).await {
            // The answer is lost, the change may not be: what the service shows decides.
            let shows = if in_doubt { at.setting_now(&id).await.unwrap_or_default() } else { None };
            if !shows.is_some_and(|setting| same_tables(&ExportSetting(&setting).tables(&tables), &tables)) {
                if !(in_doubt && prior.is_null()) {
                    return Err(diagnostic);
                }
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                let memory = Memory { tainted: true, ..memory };
                diagnostics.push(diagnostic);
                return Ok(Applied { state: Some(planned), private: memory.encode(), diagnostics });
            }
        }

        let settled_by = Instant::now() + SETTLES_WITHIN;
        let mut waits = Waits::default();
        let preserved = loop {
            // It is stored; whatever keeps it from being read must not make it look as if it were not.
            let Ok(seen) = at.setting_now(&id).await else {
                diagnostics.push(messages::not_readable_yet(at.subject));
                break Vec::new();
            };
            if let Some(setting) = seen.as_ref().map(ExportSetting) {
                let found = setting.tables(&tables);
                let preserved = setting.preserved(&tables).into_iter().map(str::to_owned).collect::<Vec<_>>();
                if same_tables(&found, &tables) {
                    break preserved;
                }
                if Instant::now() >= settled_by {
                    let difference = format!("tables: [{}] here, [{}] there", tables.join(", "), found.join(", "));
                    diagnostics.push(messages::stored_differently(at.subject, &[difference]));
                    break preserved;
                }
            }
            if !waits.wait(&at.call).await {
                diagnostics.push(messages::not_readable_yet(at.subject));
                break Vec::new();
            }
        };
        if !planned.get("preserved_categories").is_known() {
            planned.set("preserved_categories", Value::strings(preserved));
        }
        Ok(Applied { state: Some(planned), private: memory.encode(), diagnostics })
    }
}

/// A write that was not accepted.
struct Unwritten {
    diagnostic: Diagnostic,
    /// It may have had its effect all the same.
    in_doubt: bool,
}

impl Place<'_> {
    /// Every export setting of the tenant.
    async fn settings(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.client.list(&self.call, Request::export_settings()).await
    }

    /// The setting as it is now, past what other reads share.
    async fn setting_now(&self, id: &str) -> Result<Option<Json>, Error> {
        self.client.forget(&self.call, &Request::export_settings());
        self.setting(id).await
    }

    async fn setting(&self, id: &str) -> Result<Option<Json>, Error> {
        let settings = self.settings().await?;
        Ok(settings.iter().find(|setting| ExportSetting(setting).id().eq_ignore_ascii_case(id)).cloned())
    }

    fn failed(&self, error: &Error) -> Diagnostic {
        messages::defender_failed("workspace_id", self.subject, error)
    }
}

#[async_trait]
impl Resource for HuntingTables {
    fn type_name(&self) -> &str {
        "defender_hunting_tables"
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: block() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        if config.get("setting_id").as_str().is_some_and(|id| id.trim().is_empty() || id.contains(['/', '|'])) {
            diagnostics.push(messages::bad_name("setting_id", config.get("setting_id").as_str().unwrap_or_default()));
        }
        let tables = config.get("tables");
        if tables.as_list().is_some_and(<[Value]>::is_empty) {
            let way_out = "Name at least one, or remove the resource to stop streaming.";
            diagnostics.push(messages::empty_set("tables", "hunting table", way_out));
        }
        let names = tables.known_strings();
        for (position, name) in names.iter().enumerate() {
            if name.trim().is_empty() {
                diagnostics.push(messages::empty_text("tables", "table name"));
            } else if let Some(twin) = names[..position].iter().find(|other| same_table(other, name)) {
                diagnostics.push(messages::table_twice("tables", twin, name));
            } else if HuntingTable::find(name).is_none() {
                diagnostics.push(messages::unknown_table("tables", name));
            }
        }
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let Some(prior) = request.prior else {
            return self.plan_create(context, request, planned).await;
        };
        let (before, now) = (prior.get("tables"), request.config.get("tables"));
        if !now.is_wholly_known() {
            return;
        }
        let managed = now.known_strings();
        if same_tables(&before.known_strings(), &managed) {
            planned.value.set("tables", before.clone());
        }
        // An update touches nothing else; a category that is named now is no longer one of these.
        let preserved = prior.get("preserved_categories").known_strings();
        let preserved =
            preserved.into_iter().filter(|category| !managed.iter().any(|table| same_table(table, category)));
        planned.value.set("preserved_categories", Value::strings(preserved));
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read {
            state: Some(state.clone()),
            private: private.clone(),
            diagnostics: diagnostic.into(),
        };
        let at = match self.place(context, Operation::Read, "read", &state).await {
            Ok(at) => at,
            Err(diagnostic) => return kept(diagnostic),
        };
        let id = state.get("setting_id").as_str().unwrap_or_default();
        let found = match at.setting(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Read::default(),
            Err(error) => return kept(at.failed(&error)),
        };
        let setting = ExportSetting(&found);
        if !setting.streams_to(&at.workspace) {
            let place = at.subject.place;
            return kept(messages::setting_of_another_workspace("setting_id", id, place, target(setting)));
        }
        let tainted = Memory::decode(&private).tainted;
        if tainted {
            self.session.plans().note_leaving(&key_of(&state));
        }
        let memory = Memory { id: Some(id.to_owned()), tainted, ..Memory::default() };
        let state = seen(&state, setting);
        Read { state: Some(state), private: memory.encode(), diagnostics: Diagnostics::default() }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let failed = |diagnostics: Diagnostics| Applied { diagnostics, ..Applied::default() };
        let at = match self.place(context, Operation::Create, "create", &planned).await {
            Ok(at) => at,
            Err(diagnostic) => return failed(diagnostic.into()),
        };
        let mut memory = Memory::decode(&private);
        let mut plan = Planned { value: planned.clone(), ..Planned::default() };
        identify(&at, &mut plan).await;
        if !plan.diagnostics.has_errors() && !memory.looked {
            self.look(&at, planned.get("setting_id"), &mut plan, &mut memory).await;
        }
        if plan.diagnostics.has_errors() {
            return failed(plan.diagnostics);
        }
        set_id(&mut plan.value);
        let key = key_of(&plan.value);
        match self.store(&at, &Value::Null, plan.value, plan.diagnostics).await {
            Ok(applied) => {
                self.session.plans().note_made(&key);
                applied
            }
            Err(diagnostic) => failed(diagnostic.into()),
        }
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied {
            state: Some(prior.clone()),
            private: private.clone(),
            diagnostics: diagnostic.into(),
        };
        if same_tables(&prior.get("tables").known_strings(), &planned.get("tables").known_strings()) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        match self.place(context, Operation::Update, "update", &planned).await {
            Ok(at) => self.store(&at, &prior, planned.clone(), Diagnostics::default()).await.unwrap_or_else(kept),
            Err(diagnostic) => kept(diagnostic),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let outcome = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(at) => self.remove(&at, &prior).await,
            Err(diagnostic) => Err(diagnostic),
        };
        match outcome {
            Ok(diagnostics) => {
                // Terraform plans a replacement once more after this, by a list that may be older.
                self.session.plans().note_leaving(&key_of(&prior));
                Applied { diagnostics, ..Applied::default() }
            }
            Err(diagnostic) => Applied { state: Some(prior.clone()), private, diagnostics: diagnostic.into() },
        }
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let (tenant, id) = split_tenant(id);
        let (workspace, wanted) =
            id.split_once('|').map_or((id, None), |(workspace, setting)| (workspace, Some(setting)));
        let workspace = WorkspaceId::parse(workspace).map_err(|_| messages::bad_setting_import_id(id))?;
        let mut known = place::blank(&block());
        known.set("workspace_id", workspace.to_string());
        known.set("adopt_existing", false);
        known.set("tenant_id", tenant);
        let at = self.place(context, Operation::Read, "import", &known).await?;
        let failed = |error: Error| messages::defender_failed(AttributePath::root(), at.subject, &error);
        let settings = at.settings().await.map_err(failed)?;
        let fitting = settings.iter().map(ExportSetting).filter(|setting| setting.streams_to(&workspace));
        let fitting: Vec<_> = match wanted {
            Some(wanted) => fitting.filter(|setting| setting.id().eq_ignore_ascii_case(wanted)).collect(),
            None => fitting.collect(),
        };
        let [setting] = fitting[..] else {
            let there: Vec<_> = settings
                .iter()
                .map(ExportSetting)
                .map(|setting| format!("{} to {}", setting.id(), target(setting)))
                .collect();
            return Err(messages::setting_absent(id, &there).into());
        };
        let tenant = at.client.tenant_id(&at.call).await.map_err(failed)?;
        let mut state = seen(&known, setting);
        state.set("tenant_id", tenant);
        state.set("setting_id", setting.id());
        set_id(&mut state);
        let memory = Memory { id: Some(setting.id().to_owned()), ..Memory::default() };
        Ok(Imported { state, private: memory.encode(), diagnostics: Diagnostics::default() })
    }
}

impl HuntingTables {
    async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let config = request.config;
        let known =
            ["workspace_id", "tenant_id", "setting_id", "tables"].iter().all(|name| config.get(name).is_wholly_known());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let at = match self.place(context, Operation::Create, "plan", &value).await {
            Ok(at) => at,
            Err(diagnostic) => return planned.diagnostics.push(diagnostic),
        };
        let mut memory = Memory { looked: false, ..Memory::decode(&planned.private) };
        identify(&at, planned).await;
        if !planned.diagnostics.has_errors() {
            self.look(&at, config.get("setting_id"), planned, &mut memory).await;
            set_id(&mut planned.value);
        }
        planned.private = memory.encode();
    }

    /// Switches off what is managed, and removes the setting unless it also streams what never was.
    async fn remove(&self, at: &Place<'_>, prior: &Value) -> Result<Diagnostics, Diagnostic> {
        let id = prior.get("setting_id").as_str().unwrap_or_default();
        let Some(current) = at.setting_now(id).await.map_err(|error| at.failed(&error))? else {
            return Ok(Diagnostics::default());
        };
        let current = ExportSetting(&current);
        if !current.streams_to(&at.workspace) {
            let place = at.subject.place;
            return Ok(messages::setting_of_another_workspace("setting_id", id, place, target(current))
                .into_warning()
                .into());
        }
        let managed = prior.get("tables").known_strings();
        let mut draft = Draft::new(id, &at.workspace, &[], &managed, Some(current));
        if !draft.is_idle() {
            self.write(at, &mut draft).await.map_err(|unwritten| unwritten.diagnostic)?;
            let preserved: Vec<_> = current.preserved(&managed).into_iter().map(str::to_owned).collect();
            return Ok(messages::setting_left_alone(id, &preserved).into());
        }
        match at.client.send(&at.call, Request::delete_export_setting(current.id())).await {
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(at.failed(&error)),
        }
        let mut waits = Waits::default();
        while at.setting_now(id).await.map_err(|error| at.failed(&error))?.is_some() {
            if !waits.wait(&at.call).await {
                break;
            }
        }
        Ok(Diagnostics::default())
    }
}

/// State as the service shows the setting, each table in the spelling that state has.
fn seen(state: &Value, setting: ExportSetting<'_>) -> Value {
    let managed = state.get("tables").known_strings();
    let (tables, preserved) = (setting.tables(&managed), setting.preserved(&managed));
    let mut answered = state.clone();
    answered.set("tables", Value::strings(tables));
    answered.set("preserved_categories", Value::strings(preserved));
    answered
}

/// Fills in the attributes that identify a new setting.
async fn identify(at: &Place<'_>, planned: &mut Planned) {
    if let Err(diagnostic) = at.fill_tenant(&mut planned.value).await {
        return planned.diagnostics.push(diagnostic);
    }
    if !planned.value.get("setting_id").is_known() {
        // The portal's own convention, so that its page shows this selection.
        planned.value.set("setting_id", format!("SentinelExportSettings-{}", at.workspace.workspace));
    }
}

/// Puts `id` together; it is what import takes.
fn set_id(value: &mut Value) {
    if let (Some(workspace), Some(setting)) = (value.get("workspace_id").as_str(), value.get("setting_id").as_str()) {
        let id = format!("{workspace}|{setting}");
        value.set("id", id);
    }
}

/// What a setting goes by in this run's plans: its id is its own within the tenant only.
fn key(tenant: &str, id: &str) -> String {
    format!("{tenant}|{id}")
}

fn key_of(value: &Value) -> String {
    let [tenant, id] = ["tenant_id", "setting_id"].map(|name| value.get(name).as_str().unwrap_or_default());
    key(tenant, id)
}

fn target(setting: ExportSetting<'_>) -> &str {
    if setting.workspace().is_empty() { "an event hub or a storage account" } else { setting.workspace() }
}

/// Whether two selections are one, whatever the spelling.
fn same_tables<L: AsRef<str>, R: AsRef<str>>(left: &[L], right: &[R]) -> bool {
    left.len() == right.len()
        && left.iter().all(|table| right.iter().any(|other| same_table(table.as_ref(), other.as_ref())))
}
