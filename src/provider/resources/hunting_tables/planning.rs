//! What a new selection is called, and what is in its way: all that a create is planned by, and looks at again when it is
//! applied before it was known.

use super::{HuntingTables, RESOURCE, WHAT, key, same_tables, set_id, target};
use crate::arm::Request;
use crate::provider::export_setting::{ExportSetting, SETTINGS_PER_TENANT};
use crate::provider::ledger::{Memory, Who};
use crate::provider::messages;
use crate::provider::place::Place;
use crate::provider::timeouts::Operation;
use crate::terraform::{Context, PlanRequest, Planned, Value};

impl HuntingTables {
    /// Plans a new selection as far as its setting and its tables are known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
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

    /// Looks for a setting that stands in the way of a create, and takes it over if the user asked for that.
    pub(super) async fn look(&self, at: &Place<'_>, config_id: &Value, planned: &mut Planned, memory: &mut Memory) {
        let value = &mut planned.value;
        let settings = match at.client.list_as_of_start(&at.call, Request::export_settings()).await {
            Ok(settings) => settings,
            Err(error) => return planned.diagnostics.push(at.failed(&error)),
        };
        memory.looked = true;
        let tenant = value.get("tenant_id").as_str().unwrap_or_default();
        let who = Who { resource: RESOURCE.to_owned(), what: WHAT.to_owned() };
        let leaving = |setting: &ExportSetting<'_>| {
            // One that streams elsewhere is not ours, whatever it is called.
            setting.streams_to(&at.workspace)
                && self.session.ledger().stands_aside(memory.entry.as_deref(), &who, &key(tenant, setting.id()))
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
}

/// Fills in the attributes that identify a new setting.
pub(super) async fn identify(at: &Place<'_>, planned: &mut Planned) {
    if let Err(diagnostic) = at.fill_tenant(&mut planned.value).await {
        return planned.diagnostics.push(diagnostic);
    }
    if !planned.value.get("setting_id").is_known() {
        // The portal's own convention, so that its page shows this selection.
        planned.value.set("setting_id", format!("SentinelExportSettings-{}", at.workspace.workspace));
    }
}
