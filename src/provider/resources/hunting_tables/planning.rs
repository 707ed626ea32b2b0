//! What a plan of a selection says: what a new one is called and what is in its way, and what of an old one no write
//! may touch. Nothing here changes anything.

use super::block::{PRESERVED, SETTING_ID};
use crate::provider::engine::attributes::TABLES;
use crate::provider::engine::attributes::{ADOPT_EXISTING, TENANT_ID, WORKSPACE_ID};
use serde_json::Value as Json;

use super::{ExportSettings, HuntingTables, RESOURCE, WHAT, key, same_tables, set_id, target};
use crate::arm::{Request, WorkspaceId};
use crate::provider::engine::ledger::{Memory, Who};
use crate::provider::engine::standing::{Standing, has_workspace};
use crate::provider::engine::timeouts::Operation;
use crate::provider::export_setting::{ExportSetting, SETTINGS_PER_TENANT, TableNames, refused, same_table};
use crate::provider::messages;
use crate::provider::messages::Subject;
use crate::terraform::{Context, Diagnostic, Diagnostics, PlanRequest, Planned, Value};

impl HuntingTables {
    /// Plans a new selection as far as its setting is known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let config = request.config;
        let known = !config.get(TENANT_ID).is_unknown() && planned.value.get(WORKSPACE_ID).is_known();
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let before = Memory::decode(&planned.private);
        let mut memory = Memory { entry: before.entry, writable: before.writable, ..Memory::default() };
        let outcome = async {
            let at = self.settings(context, Operation::Create, "plan", &value).await?;
            at.place.fill_tenant(&mut planned.value).await?;
            if config.get(SETTING_ID).is_unknown() {
                return Ok(());
            }
            identify(&at, &mut planned.value);
            let settings = at.place.client.list_as_of_start(&at.place.call, Request::export_settings());
            // The Defender API takes any workspace in. Whoever may not ask Resource Manager is told nothing.
            let (list, has_workspace) = tokio::join!(settings, has_workspace(&at.place));
            if has_workspace.is_ok_and(|is_there| !is_there) {
                planned.diagnostics.0.extend(Standing::Absent.not_ready(&at.place, &self.session));
            }
            let list = list.map_err(|error| at.unread(&error))?;
            let (config_id, told) = (config.get(SETTING_ID), &mut planned.diagnostics);
            if let Err(refusal) = self.look(&at, &list, config_id, &planned.value, told, &mut memory) {
                // What must never be written stays an error; the rest may be over by then, and holds up no destroy.
                memory.looked = false;
                planned.diagnostics.push(messages::refused_at_apply(refusal));
            }
            Ok(())
        };
        match outcome.await {
            Ok(()) if memory.adopts.is_some() => {
                // What there is to adopt is looked up again when this is applied, and may be another one by then.
                let names = [SETTING_ID, "id"].into_iter().filter(|name| config.get(name).is_null());
                names.for_each(|name| planned.value.set(name, Value::unknown()));
            }
            Ok(()) => set_id(&mut planned.value),
            Err(diagnostic) => planned.diagnostics.push(diagnostic),
        }
        planned.private = memory.encode();
    }

    /// Looks for what stands in the way of a create, and takes a setting over if the user asked for that.
    pub(super) fn look(
        &self,
        at: &ExportSettings<'_>,
        list: &[Json],
        config_id: &Value,
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Result<(), Diagnostic> {
        memory.looked = true;
        let tables = value.get(TABLES).known_strings();
        let wanted = value.get(SETTING_ID).as_str().unwrap_or_default();
        let tenant = value.get(TENANT_ID).as_str().unwrap_or_default();
        let may_adopt = value.get(ADOPT_EXISTING);
        let is_wanted = |setting: &ExportSetting<'_>| setting.id().eq_ignore_ascii_case(wanted);
        let ledger = self.session.ledger();
        let entry = memory.entry.clone();
        // What is in state and not planned yet may be tainted, and is replaced by this one then.
        let aside = |key: &str| ledger.stands_aside(entry.as_deref(), &who(), key);
        // One that streams elsewhere is not ours, whatever it is called.
        let leaves =
            |setting: &ExportSetting<'_>| setting.streams_to(&at.place.workspace) && aside(&key(tenant, setting.id()));
        let (leaving, staying): (Vec<_>, Vec<_>) = list.iter().map(ExportSetting).partition(leaves);
        let named = staying.iter().copied().find(is_wanted);
        if let Some(other) = named.filter(|setting| !setting.streams_to(&at.place.workspace)) {
            let (place, to) = (at.place.subject.place, target(other));
            return Err(messages::setting_of_another_workspace(SETTING_ID, other.id(), place, to));
        }
        // Under another name it is in the way of one that was given none, unless its name says that it is a second one:
        // Terraform does not show what else is in state when it plans once more to apply.
        let in_the_way = |setting: &ExportSetting<'_>| {
            let is_second = is_second(setting.id(), wanted) || ledger.is_planned(&key(tenant, setting.id()));
            setting.streams_to(&at.place.workspace) && !is_second
        };
        let unnamed = || staying.iter().copied().filter(|_| config_id.is_null()).find(in_the_way);
        let Some(found) = named.or_else(unnamed) else {
            let there = |id: &str| list.iter().any(|setting| ExportSetting(setting).id().eq_ignore_ascii_case(id));
            let coming = self.session.plans().makes_setting(tenant, wanted);
            let coming = coming.into_iter().filter(|id| !there(id)).map(|id| format!("{id}, which this run makes"));
            let taken = staying.iter().map(|setting| format!("{} to {}", setting.id(), target(*setting)));
            let taken: Vec<_> = taken.chain(coming).collect();
            if taken.len() >= SETTINGS_PER_TENANT {
                return Err(messages::too_many_settings(WORKSPACE_ID, &taken));
            }
            if let Some(old) = leaving.into_iter().find(is_wanted).filter(|_| may_adopt.as_bool() == Some(true)) {
                // With create_before_destroy the old one is still there, and is taken over in place.
                memory.adopts = Some(old.id().to_owned());
                memory.had = old.tables(&tables);
            }
            return self.check_overlap(at, list, value, &tables, aside);
        };
        if ledger.is_held(&key(tenant, found.id())) {
            // Another block of this state has it, which the ledger tells.
            return Ok(());
        }
        found.as_described(found.id()).map_err(|error| at.failed(&error))?;
        let refused = found.refused(&memory.writable);
        match may_adopt.as_bool() {
            Some(true) if !refused.is_empty() => {
                let found = messages::setting_not_writable(ADOPT_EXISTING, at.place.subject, found.id(), &refused);
                told.push(found);
                return Ok(());
            }
            Some(true) => {}
            // Terraform plans it once more when that is known.
            None if may_adopt.is_unknown() => {
                memory.adopts = Some(found.id().to_owned());
                return Ok(());
            }
            _ => {
                let enabled = found.enabled();
                return Err(messages::setting_exists(
                    WORKSPACE_ID,
                    at.place.subject.place,
                    found.id(),
                    &enabled,
                    &refused,
                ));
            }
        }
        let had = found.tables(&tables);
        let added = TableNames::of(&had).lack(tables.iter().copied());
        self.check_overlap(at, list, value, &added, aside)?;
        let differences = match value.get(TABLES).is_wholly_known() {
            true => differences(&had, &tables),
            false => vec![format!("on there: {}; tables is not known yet", had.join(", "))],
        };
        let id = format!("{}|{}", at.place.subject.place, found.id());
        told.push(messages::taken_over(ADOPT_EXISTING, at.place.subject, &id, &differences));
        memory.adopts = Some(found.id().to_owned());
        memory.had = had;
        Ok(())
    }

    /// Plans a change of what is in state.
    pub(super) async fn plan_update(
        &self,
        context: &Context,
        request: PlanRequest<'_>,
        prior: &Value,
        planned: &mut Planned,
    ) {
        let memory = Memory::decode(&planned.private);
        let (before, now) = (prior.get(TABLES), request.config.get(TABLES));
        let refused = refused_in_state(prior, &memory);
        let not_writable = || {
            let place = prior.get(WORKSPACE_ID).as_str().unwrap_or_default();
            let id = prior.get(SETTING_ID).as_str().unwrap_or_default();
            messages::setting_not_writable(
                TABLES,
                Subject { operation: "update", what: WHAT, place, resource: RESOURCE },
                id,
                &refused,
            )
        };
        if !planned.requires_replace.is_empty() && !refused.is_empty() {
            return planned.diagnostics.push(not_writable());
        }
        if !now.is_wholly_known() {
            return;
        }
        let (before, managed) = (before.known_strings(), now.known_strings());
        let is_same = same_tables(&before, &managed);
        if is_same {
            planned.value.set(TABLES, prior.get(TABLES).clone());
        }
        // An update touches nothing else; a category that is named now is no longer one of these.
        let preserved = prior.get(PRESERVED).known_strings();
        let preserved =
            preserved.into_iter().filter(|category| !managed.iter().any(|table| same_table(table, category)));
        planned.value.set(PRESERVED, Value::strings(preserved));
        if is_same || !planned.requires_replace.is_empty() {
            return;
        }
        if !refused.is_empty() {
            return planned.diagnostics.push(not_writable());
        }
        let added = TableNames::of(&before).lack(managed);
        if added.is_empty() || self.session.client().is_none() {
            return;
        }
        let outcome = async {
            let at = self.settings(context, Operation::Update, "plan", prior).await?;
            let list = at.settings().await.map_err(|error| at.unread(&error))?;
            let aside = |key: &str| self.session.ledger().stands_aside(memory.entry.as_deref(), &who(), key);
            self.check_overlap(&at, &list, prior, &added, aside)
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
    }

    /// Whether another setting streams any of `tables` to the workspace already, and none that stands aside. What this run
    /// plans for another one is the ledger's to tell.
    pub(super) fn check_overlap(
        &self,
        at: &ExportSettings<'_>,
        list: &[Json],
        value: &Value,
        tables: &[&str],
        is_aside: impl Fn(&str) -> bool,
    ) -> Result<(), Diagnostic> {
        let (ledger, tenant) = (self.session.ledger(), value.get(TENANT_ID).as_str().unwrap_or_default());
        let id = value.get(SETTING_ID).as_str().unwrap_or_default();
        for other in list.iter().map(ExportSetting) {
            let key = key(tenant, other.id());
            let is_other = !other.id().eq_ignore_ascii_case(id) && other.streams_to(&at.place.workspace);
            if !is_other || ledger.is_planned(&key) || is_aside(&key) {
                continue;
            }
            other.as_described(other.id()).map_err(|error| at.failed(&error))?;
            let on = TableNames::of(&other.enabled());
            let twice: Vec<_> = tables.iter().copied().filter(|table| on.has(table)).collect();
            if !twice.is_empty() {
                return Err(messages::table_streams_already(TABLES, at.place.subject.place, other.id(), &twice));
            }
        }
        Ok(())
    }
}

/// What is told of a destroy by what state has: whether it would have to write a setting that no write may touch, or take
/// away what the portal alone can bring back.
pub(super) fn plan_destroy(prior: &Value, memory: &Memory) -> Diagnostics {
    let refused = refused_in_state(prior, memory);
    let place = prior.get(WORKSPACE_ID).as_str().unwrap_or_default();
    let id = prior.get(SETTING_ID).as_str().unwrap_or_default();
    if refused.is_empty() {
        Diagnostics::default()
    } else if prior.get(PRESERVED).known_strings().is_empty() {
        messages::removes_portal_tables(TABLES, place, id, &refused).into()
    } else {
        let subject = Subject { operation: "delete", what: WHAT, place, resource: RESOURCE };
        messages::setting_not_writable(TABLES, subject, id, &refused).into()
    }
}

/// Fills in the name of a new setting.
pub(super) fn identify(at: &ExportSettings<'_>, value: &mut Value) {
    if !value.get(SETTING_ID).is_known() {
        value.set(SETTING_ID, default_setting(&at.place.workspace));
    }
}

/// What the setting of a workspace is called by the portal's own convention, so that its page shows the selection.
pub(super) fn default_setting(workspace: &WorkspaceId) -> String {
    format!("SentinelExportSettings-{}", workspace.workspace)
}

/// A selection as the ledger names it.
fn who() -> Who {
    Who { resource: RESOURCE.to_owned(), what: WHAT.to_owned() }
}

/// What is on, by state, and may be named in no write.
fn refused_in_state<'a>(prior: &'a Value, memory: &Memory) -> Vec<&'a str> {
    let names = [TABLES, PRESERVED].map(|name| prior.get(name).known_strings());
    refused(names.concat(), &memory.writable)
}

/// Whether a name begins with another one, as that of a second setting does with the portal's own.
fn is_second(id: &str, name: &str) -> bool {
    let rest = id.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).map(|start| &id[start.len()..]);
    rest.is_some_and(|rest| rest.starts_with('-'))
}

/// What becomes of the tables that a setting has when others are to be on, one line each.
fn differences(had: &[String], tables: &[&str]) -> Vec<String> {
    let off = TableNames::of(tables).lack(had.iter().map(String::as_str));
    let on = TableNames::of(had).lack(tables.iter().copied());
    let lines = [("tables to be switched off", off), ("tables to be switched on", on)];
    let lines = lines.into_iter().filter(|(_, tables)| !tables.is_empty());
    lines.map(|(what, tables)| format!("{what}: {}", tables.join(", "))).collect()
}
