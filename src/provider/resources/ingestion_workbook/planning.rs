//! What is in the way of a new workbook, and the region that it is made in: all that a create is planned by, and looks at
//! again when it is applied before it was known.

use serde_json::Value as Json;

use super::block::{LOCATION, RESOURCE_GROUP};
use super::item::{changes, differences, same_region};
use super::{IngestionWorkbook, RESOURCE, WHAT, Workbook, default_name_in};
use crate::arm::{Error, Request, text};
use crate::provider::engine::attributes::{ADOPT_EXISTING, NAME, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::ledger::{Memory, Who};
use crate::provider::engine::place::Place;
use crate::provider::engine::standing::Standing;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::terraform::{Context, Diagnostic, Diagnostics, PlanRequest, Planned, Value};

impl IngestionWorkbook {
    /// Plans a new workbook as far as its workspace and its name are known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let names = [WORKSPACE_ID, TENANT_ID, NAME, RESOURCE_GROUP, LOCATION];
        let known = names.iter().all(|name| !request.config.get(name).is_unknown());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let mut memory = Memory { entry: Memory::decode(&planned.private).entry, ..Memory::default() };
        let outcome = async {
            let place = self.place(context, Operation::Create, "plan", &value).await?;
            self.identify(&place, &mut planned.value).await?;
            let workbook = Workbook::of(&place, &planned.value);
            let (found, region) = tokio::join!(workbook.get(), region_of(&place));
            match &region {
                // The same run may make the workspace before this is applied.
                Err(error) if error.is_not_found() => {
                    planned.diagnostics.0.extend(Standing::Absent.not_ready(&place, &self.session));
                }
                Err(error) if !value.get(LOCATION).is_known() => planned.diagnostics.push(workbook.failed(error)),
                Ok(_) | Err(_) => {}
            }
            let found = found.map_err(|error| workbook.failed(&error))?;
            let told = &mut planned.diagnostics;
            let refusal = self.look(&workbook, found.as_ref(), &planned.value, told, &mut memory);
            settle_region(&mut planned.value, found.as_ref(), region.as_deref().ok());
            planned.diagnostics.0.extend(refusal.map(messages::refused_at_apply));
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
        planned.private = memory.encode();
    }

    /// Looks whether a workbook stands in the way of a create, and takes it over if the user asked for that; gives what is
    /// to be said where it may not be, which is a warning of the plan and an error of the apply.
    pub(super) fn look(
        &self,
        workbook: &Workbook<'_>,
        found: Option<&Json>,
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Option<Diagnostic> {
        let (subject, id) = (workbook.place.subject, workbook.id.to_string());
        let (ledger, may_adopt) = (self.session.ledger(), value.get(ADOPT_EXISTING).as_bool() == Some(true));
        let who = Who { resource: RESOURCE.to_owned(), what: WHAT.to_owned() };
        let Some(found) = found.filter(|_| !ledger.stands_aside(memory.entry.as_deref(), &who, &id)) else {
            let stays = found.is_some() && !ledger.has_left(&id);
            // With create_before_destroy the old one is still there when this is applied, and is taken over in place.
            memory.adopts = (stays && may_adopt).then_some(id);
            memory.looked = true;
            memory.free = !stays;
            return None;
        };
        let region = text(found, "location");
        let elsewhere = value.get(LOCATION).as_str().filter(|wanted| !same_region(wanted, region));
        let is_ours = value.get(NAME).as_str() == Some(default_name_in(&workbook.place.workspace).as_str());
        if ledger.is_held(&id) {
            // Another block of this state has it, which the ledger tells.
        } else if let Some(wanted) = elsewhere {
            return Some(messages::exists_in_another_region(LOCATION, subject, &id, wanted, region));
        } else if may_adopt {
            told.push(messages::taken_over(ADOPT_EXISTING, subject, &id, &changes(value, found)));
            memory.adopts = Some(id);
        } else if !(is_ours && differences(value, found).is_empty()) {
            // Under the default name and as planned it is what an interrupted run left behind, and is taken up again.
            return Some(messages::already_exists(WORKSPACE_ID, subject, RESOURCE, &id));
        }
        memory.looked = true;
        None
    }
}

/// The region of the workspace.
pub(super) async fn region_of(place: &Place<'_>) -> Result<String, Error> {
    let workspace = place.client.send(&place.call, Request::workspace(&place.workspace)).await?.body;
    match text(&workspace, "location") {
        "" => Err(Error::contradicted("the answer about the workspace has no text 'location'")),
        region => Ok(region.to_owned()),
    }
}

/// Fills in the region where none is given: that of the workbook that is there, else the workspace's.
pub(super) fn settle_region(value: &mut Value, found: Option<&Json>, workspace: Option<&str>) {
    let region = found.map(|found| text(found, "location")).or(workspace).filter(|region| !region.is_empty());
    if let Some(region) = region.filter(|_| !value.get(LOCATION).is_known()) {
        value.set(LOCATION, region);
    }
}
