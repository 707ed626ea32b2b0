//! Which advanced-hunting tables Defender streams into a workspace: one export setting of the tenant, read, changed and
//! written whole.

mod block;
mod planning;
mod settings;
mod writing;

use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TABLES, TENANT_ID, WORKSPACE_ID};
use block::{PRESERVED, SETTING_ID};
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Error, WorkspaceId, check_name};
use crate::catalog::HuntingTable;
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::ledger::{Claim, Claimant, Hold, Memory};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::standing::has_workspace;
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::export_setting::{ExportSetting, keys};
use crate::provider::messages;
use crate::provider::moves;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private,
    Read, Resource, Schema, Value, plan,
};
use block::block;
use settings::ExportSettings;

/// The resource.
pub struct HuntingTables {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_hunting_tables";
const WHAT: &str = "the selection of hunting tables";

impl HuntingTables {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// The settings that an operation is about; `word` is what a message calls it.
    async fn settings<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<ExportSettings<'a>, Diagnostic> {
        let words = (word, WHAT, RESOURCE);
        let place = Place::of(&self.session, context, operation.within(value), words, value).await?;
        Ok(ExportSettings { place, on_forbidden: self.session.options().on_forbidden })
    }
}

impl Claimant for HuntingTables {
    fn what(&self) -> &str {
        WHAT
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        let mut claims = Vec::new();
        if let (Some(tenant), Some(id)) = (value.get(TENANT_ID).as_str(), value.get(SETTING_ID).as_str()) {
            claims.push(claim(tenant, id));
        }
        if let Some(workspace) = place::known_workspace(value) {
            claims.extend(value.get(TABLES).known_strings().into_iter().map(|table| {
                let bare = HuntingTable::bare_name(table);
                let shown = format!("the table {bare} of {workspace}");
                Claim::new(format!("{}|hunting table|{bare}", workspace.key()), shown, Hold::Alone)
            }));
        }
        claims
    }

    fn adopts(&self, value: &Value, id: &str) -> Claim {
        claim(value.get(TENANT_ID).as_str().unwrap_or_default(), id)
    }
}

#[async_trait]
impl Resource for HuntingTables {
    fn type_name(&self) -> &str {
        RESOURCE
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: block() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        if let Some(id) = config.get(SETTING_ID).as_str()
            && (check_name(id).is_err() || id.contains('|'))
        {
            diagnostics.push(messages::bad_name(SETTING_ID, id));
        }
        let tables = config.get(TABLES);
        if tables.as_list().is_some_and(<[Value]>::is_empty) {
            let way_out = "Name at least one, or remove the resource to stop streaming.";
            diagnostics.push(messages::empty_set(TABLES, "hunting table", way_out));
        }
        let names = tables.known_strings();
        let mut named = HashMap::new();
        for name in names {
            let key = HuntingTable::key(name);
            let twin = named.get(&key).copied();
            named.entry(key).or_insert(name);
            if name.trim().is_empty() {
                diagnostics.push(messages::empty_text(TABLES, "table name"));
            } else if let Some(twin) = twin {
                diagnostics.push(messages::table_twice(TABLES, twin, name));
            } else if HuntingTable::is_not_streamed(name) {
                diagnostics.push(messages::table_not_streamed(TABLES, name));
            } else if HuntingTable::find(name).is_none() {
                diagnostics.push(messages::unknown_table(TABLES, name, HuntingTable::meant_by(name)));
            }
        }
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        match request.prior {
            None => self.plan_create(context, request, planned).await,
            Some(prior) => self.plan_update(context, request, prior, planned).await,
        }
    }

    async fn plan_destroy(&self, _context: &Context, prior: &Value, private: &Private) -> Diagnostics {
        planning::plan_destroy(prior, &Memory::decode(private))
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let at = match self.settings(context, Operation::Read, "read", &state).await {
            Ok(at) => at,
            Err(diagnostic) => return kept(diagnostic),
        };
        let id = state.get(SETTING_ID).as_str().unwrap_or_default();
        let found = match at.setting(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Read::default(),
            Err(error) => return kept(at.unread(&error)),
        };
        let setting = ExportSetting(&found);
        if !setting.streams_to(&at.place.workspace) {
            let place = at.place.subject.place;
            return kept(messages::setting_of_another_workspace(SETTING_ID, id, place, target(setting)));
        }
        let memory = Memory { writable: Memory::decode(&private).writable, ..Memory::default() };
        Read { state: Some(seen(&state, setting)), private: memory.encode(), diagnostics: Diagnostics::default() }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let outcome = async {
            let at = self.settings(context, Operation::Create, "create", &planned).await?;
            self.make(&at, planned.clone(), Memory::decode(&private)).await
        };
        outcome.await.unwrap_or_else(Applied::nothing)
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if same_tables(&prior.get(TABLES).known_strings(), &planned.get(TABLES).known_strings()) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let outcome = async {
            let at = self.settings(context, Operation::Update, "update", &planned).await?;
            self.change(&at, &prior, planned.clone(), &Memory::decode(&private)).await
        };
        outcome.await.unwrap_or_else(kept)
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let outcome = match self.settings(context, Operation::Delete, "delete", &prior).await {
            Ok(at) => self.remove(&at, &prior, &Memory::decode(&private)).await,
            Err(diagnostic) => Err(diagnostic),
        };
        match outcome {
            Ok(diagnostics) => Applied::nothing(diagnostics),
            Err(diagnostic) => Applied::kept(&prior, &private, diagnostic),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        // No other provider has such a thing.
        Err(moves::refused(RESOURCE, &source).into())
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let ImportId { tenant, workspace, named } = block::IMPORT.read(id)?;
        let mut known = place::blank(&block());
        known.set(WORKSPACE_ID, workspace.to_string());
        known.set(TENANT_ID, tenant);
        let at = self.settings(context, Operation::Read, "import", &known).await?;
        let failed = |error: Error| messages::defender_failed(AttributePath::root(), at.place.subject, &error);
        let settings = at.settings().await.map_err(failed)?;
        let fitting: Vec<Json> = match named {
            Named::Word(wanted) => at.setting_in(&settings, wanted).await.map_err(failed)?.into_iter().collect(),
            Named::Name(_) | Named::Nothing => settings.to_vec(),
        };
        let fitting = fitting.iter().map(ExportSetting).filter(|setting| setting.streams_to(&workspace));
        let [setting] = fitting.collect::<Vec<_>>()[..] else {
            let there: Vec<_> = settings
                .iter()
                .map(ExportSetting)
                .map(|setting| format!("{} to {}", setting.id(), target(setting)))
                .collect();
            if has_workspace(&at.place).await.is_ok_and(|is_there| !is_there) {
                return Err(messages::import_without_workspace(RESOURCE, at.place.subject.place).into());
            }
            return Err(messages::setting_absent(id, &there).into());
        };
        let setting = setting.as_described(setting.id()).map_err(failed)?;
        let tenant = at.place.client.tenant_id(&at.place.call).await.map_err(failed)?;
        let state = imported(&workspace, &tenant, setting);
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }

    fn config_of(&self, state: &Value) -> Value {
        let mut config = plan::config_of(&block(), state);
        let default = place::known_workspace(state).map(|workspace| planning::default_setting(&workspace));
        let id = state.get(SETTING_ID).as_str();
        if default.zip(id).is_some_and(|(default, id)| id.eq_ignore_ascii_case(&default)) {
            config.set(SETTING_ID, Value::Null);
        }
        config
    }
}

impl Listable for HuntingTables {
    fn source(&self) -> Source {
        Source::ExportSettings
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let setting = ExportSetting(item);
        let workspace = match (WorkspaceId::parse(setting.workspace()), at.workspace) {
            // As the user spells it, where it is named.
            (Ok(workspace), Some(named)) if workspace == *named => named.clone(),
            (_, Some(_)) => return Item::Other,
            (Ok(workspace), None) => workspace,
            (Err(_), None) => return Item::Unmanaged(target(setting).to_owned()),
        };
        match setting.as_described(setting.id()) {
            Ok(setting) => {
                let state = imported(&workspace, at.tenant, setting);
                Item::Object { name: setting.id().to_owned(), state }
            }
            Err(error) => Item::Misshapen(error.message),
        }
    }
}

/// The state of a setting that is in nobody's state yet.
fn imported(workspace: &WorkspaceId, tenant: &str, setting: ExportSetting<'_>) -> Value {
    let mut known = place::blank(&block());
    known.set(WORKSPACE_ID, workspace.to_string());
    known.set(TENANT_ID, tenant);
    known.set(ADOPT_EXISTING, false);
    known.set(SETTING_ID, setting.id());
    let mut state = seen(&known, setting);
    set_id(&mut state);
    state
}

/// State as the service shows the setting, each table in the spelling that state has.
fn seen(state: &Value, setting: ExportSetting<'_>) -> Value {
    let managed = state.get(TABLES).known_strings();
    let (tables, preserved) = (setting.tables(&managed), setting.preserved(&managed));
    let mut answered = state.clone();
    answered.set(TABLES, Value::strings(tables));
    answered.set(PRESERVED, Value::strings(preserved));
    answered
}

/// Puts `id` together; it is what import takes.
fn set_id(value: &mut Value) {
    if let (Some(workspace), Some(setting)) = (value.get(WORKSPACE_ID).as_str(), value.get(SETTING_ID).as_str()) {
        let id = format!("{workspace}|{setting}");
        value.set(ID, id);
    }
}

/// A setting as a block owns it.
fn claim(tenant: &str, id: &str) -> Claim {
    Claim::new(key(tenant, id), format!("the export setting {id} of tenant {tenant}"), Hold::Object)
}

/// What a setting goes by in the ledger: its id is its own within the tenant only.
fn key(tenant: &str, id: &str) -> String {
    format!("{tenant}|{id}")
}

fn target(setting: ExportSetting<'_>) -> &str {
    if setting.workspace().is_empty() { "an event hub or a storage account" } else { setting.workspace() }
}

/// Whether two selections are one, whatever the spelling.
fn same_tables<L: AsRef<str>, R: AsRef<str>>(left: &[L], right: &[R]) -> bool {
    left.len() == right.len() && keys(left).is_subset(&keys(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_thousand_tables_are_checked_one_by_one() {
        let names = |prefix: &str| (0..100_000).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>();
        let all = [names("T"), names("AdvancedHunting-t"), vec![" ".to_owned()]].concat();
        let mut config = place::blank(&block());
        config.set("tables", Value::strings(all.clone()));
        let found = HuntingTables::new(Arc::new(Session::new(&[]))).validate(&config).0;
        let told = |diagnostic: &Diagnostic| diagnostic.summary.to_string();
        let unknown = told(&messages::unknown_table("tables", "x", None));
        let twice = told(&messages::table_twice("tables", "x", "y"));
        assert!(found[..100_000].iter().all(|diagnostic| told(diagnostic) == unknown));
        assert!(found[100_000..200_000].iter().all(|diagnostic| told(diagnostic) == twice));
        assert_eq!(found[200_000..], [messages::empty_text("tables", "table name")]);
        assert_eq!(found[150_000], messages::table_twice("tables", "T50000", "AdvancedHunting-t50000"));
        assert!(same_tables(&names("T"), &names("AdvancedHunting-t")));
        assert!(!same_tables(&names("T"), &names("U")));
    }
}
