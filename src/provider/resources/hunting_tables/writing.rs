//! A create and an update as they are applied: both look again at what there is, past every list that is shared, before
//! they write over it.

use super::block::SETTING_ID;
use crate::provider::engine::attributes::TABLES;
use crate::provider::engine::attributes::{ADOPT_EXISTING, TENANT_ID, WORKSPACE_ID};
use serde_json::Value as Json;

use super::planning::identify;
use super::{ExportSettings, HuntingTables, key, set_id, target};
use crate::arm::Error;
use crate::provider::engine::ledger::Memory;
use crate::provider::export_setting::{ExportSetting, TableNames};
use crate::provider::messages;
use crate::terraform::{Applied, Diagnostic, Diagnostics, Value};

impl HuntingTables {
    /// Makes a planned selection, or takes over what the plan says.
    pub(super) async fn make(
        &self,
        at: &ExportSettings<'_>,
        planned: Value,
        mut memory: Memory,
    ) -> Result<Applied, Diagnostic> {
        let (mut value, mut told) = (planned, Diagnostics::default());
        at.place.fill_tenant(&mut value).await?;
        let config_id = value.get(SETTING_ID).clone();
        if let Some(adopted) = memory.adopts.as_deref().filter(|_| !config_id.is_known()) {
            value.set(SETTING_ID, adopted);
        }
        identify(at, &mut value);
        let list = at.settings_now().await.map_err(|error| at.failed(&error))?;
        if !memory.looked {
            // The plan fills in the default name, which is as good as none.
            let mut default = value.clone();
            default.set(SETTING_ID, Value::Null);
            identify(at, &mut default);
            let is_given = config_id.is_known() && config_id != *default.get(SETTING_ID);
            let config_id = if is_given { config_id } else { Value::Null };
            self.look(at, &list, &config_id, &value, &mut told, &mut memory)?;
            if told.has_errors() {
                return Ok(Applied::nothing(told));
            }
            if let Some(adopted) = memory.adopts.as_deref() {
                value.set(SETTING_ID, adopted);
            }
        }
        set_id(&mut value);
        let id = value.get(SETTING_ID).as_str().unwrap_or_default();
        let current = at.setting_in(&list, id).await.map_err(|error| at.failed(&error))?;
        if let Some(found) = current.as_ref().map(ExportSetting) {
            self.check_found(at, found, &value, &memory)?;
        }
        self.check_write(at, &list, current.as_ref(), &value, &memory.had, &memory)?;
        let (current, had) = (current.as_ref(), memory.had.iter().map(String::as_str).collect::<Vec<_>>());
        self.store(at, current, &had, false, value.clone()).await.map(|mut applied| {
            applied.diagnostics.extend(told);
            applied
        })
    }

    /// Changes what is in state to what is planned.
    pub(super) async fn change(
        &self,
        at: &ExportSettings<'_>,
        prior: &Value,
        planned: Value,
        memory: &Memory,
    ) -> Result<Applied, Diagnostic> {
        let id = planned.get(SETTING_ID).as_str().unwrap_or_default();
        let list = at.settings_now().await.map_err(|error| at.failed(&error))?;
        let current = at.setting_in(&list, id).await.map_err(|error| at.failed(&error))?;
        let before = prior.get(TABLES).known_strings();
        self.check_write(at, &list, current.as_ref(), &planned, &before, memory)?;
        self.store(at, current.as_ref(), &before, true, planned.clone()).await
    }

    /// Whether a create may write over the setting that is there: only if the plan takes it over, or if it is what this
    /// run left of the old one.
    fn check_found(
        &self,
        at: &ExportSettings<'_>,
        found: ExportSetting<'_>,
        value: &Value,
        memory: &Memory,
    ) -> Result<(), Diagnostic> {
        if !found.streams_to(&at.place.workspace) {
            return Ok(());
        }
        let key = key(value.get(TENANT_ID).as_str().unwrap_or_default(), found.id());
        let ledger = self.session.ledger();
        let is_adopted = value.get(ADOPT_EXISTING).as_bool() == Some(true)
            && memory.adopts.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(found.id()));
        if is_adopted || ledger.has_left(&key) {
            return Ok(());
        }
        let (enabled, refused) = (found.enabled(), found.refused(&memory.writable));
        Err(messages::setting_exists(WORKSPACE_ID, at.place.subject.place, found.id(), &enabled, &refused))
    }

    /// Whether `value` may be written over the setting as it is now; `before` are the tables that it was known to have.
    fn check_write<S: AsRef<str>>(
        &self,
        at: &ExportSettings<'_>,
        list: &[Json],
        current: Option<&Json>,
        value: &Value,
        before: &[S],
        memory: &Memory,
    ) -> Result<(), Diagnostic> {
        let tables = value.get(TABLES).known_strings();
        let has = current.map(|current| ExportSetting(current).tables(&tables)).unwrap_or_default();
        if let Some(current) = current.map(ExportSetting) {
            if !current.streams_to(&at.place.workspace) {
                let (place, to) = (at.place.subject.place, target(current));
                return Err(messages::setting_of_another_workspace(SETTING_ID, current.id(), place, to));
            }
            let refused = current.refused(&memory.writable);
            if !refused.is_empty() {
                return Err(messages::setting_not_writable(TABLES, at.place.subject, current.id(), &refused));
            }
            let strange = TableNames::of(before).lack(TableNames::of(&tables).lack(has.iter().map(String::as_str)));
            let strange: Vec<_> = strange.into_iter().map(|table| format!("{table}: off here, on there")).collect();
            if !strange.is_empty() {
                let error = Error::contradicted("a write of the plan would switch off what neither it nor state has");
                return Err(messages::moved_meanwhile(at.place.subject, &strange, &error));
            }
        }
        let added = TableNames::of(before).lack(TableNames::of(&has).lack(tables));
        self.check_overlap(at, list, value, &added, |key| self.session.ledger().has_left(key))
    }
}
