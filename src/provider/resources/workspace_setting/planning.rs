//! What is in the way of a new setting, and which other setting has to be on before it: told by the plan as far as it is
//! known there.

use std::sync::Arc;

use serde_json::Value as Json;

use super::item::{changes, id_in, is_on, own};
use super::{WorkspaceSetting, store};
use crate::arm::{Error, text};
use crate::catalog::Setting;
use crate::provider::engine::attributes::{ADOPT_EXISTING, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::ledger::{Memory, Who};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::standing::Standing;
use crate::provider::engine::store::Store;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::terraform::{Context, Diagnostic, Diagnostics, PlanRequest, Planned, Value};

impl WorkspaceSetting {
    /// Plans a new setting as far as its workspace is known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let known = [WORKSPACE_ID, TENANT_ID].iter().all(|name| !request.config.get(name).is_unknown());
        if !known || self.session.client().is_none() {
            return;
        }
        let value = planned.value.clone();
        let mut memory = Memory { entry: Memory::decode(&planned.private).entry, ..Memory::default() };
        let outcome = async {
            let place = self.place(context, Operation::Create, "plan", &value).await?;
            self.identify(&place, &mut planned.value).await?;
            let store = store(self.row, &place);
            let items = store.list_as_of_start().await;
            if let Ok(items) = &items {
                planned.diagnostics.0.extend(self.needs_first(&place, items));
            }
            let refusal = self.look(&store, items, &planned.value, &mut planned.diagnostics, &mut memory);
            planned.diagnostics.0.extend(refusal.map(messages::refused_at_apply));
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
        planned.private = memory.encode();
    }

    /// Looks whether the setting is on already, and takes it over if the user asked for that; gives what is to be said where
    /// it may not be, which is a warning of the plan and an error of the apply.
    pub(super) fn look(
        &self,
        store: &Store<'_>,
        items: Result<Arc<Vec<Json>>, Error>,
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Option<Diagnostic> {
        let (subject, id) = (store.place.subject, store.id.to_string());
        let items = match items {
            Ok(items) => items,
            // The same run may make the workspace or onboard it before this is applied, and then looks again.
            Err(error) if error.is_not_found() || error.is_not_onboarded() => {
                told.0.extend(Standing::said_by(&error).not_ready(store.place, &self.session));
                return None;
            }
            Err(error) => {
                told.push(messages::failed(WORKSPACE_ID, subject, &error));
                return None;
            }
        };
        let (ledger, may_adopt) = (self.session.ledger(), value.get(ADOPT_EXISTING).as_bool() == Some(true));
        let who = Who { resource: self.row.resource.to_owned(), what: self.row.what.to_owned() };
        let found = of(self.row, &items);
        let in_the_way = found.filter(|item| is_on(item) && !ledger.stands_aside(memory.entry.as_deref(), &who, &id));
        if let Some(found) = in_the_way {
            if ledger.is_held(&id) {
                // Another block of this state has it, which the ledger tells.
            } else if may_adopt {
                let changes = changes(self.row, &own(self.row, value), found);
                told.push(messages::taken_over(ADOPT_EXISTING, subject, &id, &changes));
                memory.adopts = Some(id);
            } else {
                // A setting has no name of our own making, so that it could be anybody's.
                return Some(messages::already_exists(WORKSPACE_ID, subject, self.row.resource, &id));
            }
        } else {
            let stays = found.is_some() && !ledger.has_left(&id);
            // With create_before_destroy the old one is still there when this is applied, and is taken over in place.
            memory.adopts = (stays && may_adopt).then_some(id);
            memory.free = !stays;
        }
        memory.looked = true;
        None
    }

    /// What is told of the setting that has to be on before this one, where that is off and no block of this run, as far as
    /// it is known by now, has it on.
    fn needs_first(&self, place: &Place<'_>, items: &[Json]) -> Option<Diagnostic> {
        let needed = self.row.needed()?;
        let (ledger, id) = (self.session.ledger(), id_in(&place.workspace, needed).to_string());
        let is_there = of(needed, items).is_some_and(is_on);
        let comes = is_there || ledger.is_known(&id);
        (!comes || ledger.is_leaving(&id)).then(|| messages::needs_setting_first(WORKSPACE_ID, place.subject, needed))
    }

    /// What is told where the setting that this one needs is planned to go already.
    pub(super) fn needed_leaves(&self, prior: &Value) -> Option<Diagnostic> {
        let (needed, workspace) = self.row.needed().zip(place::known_workspace(prior))?;
        let is_leaving = self.session.ledger().is_leaving(&id_in(&workspace, needed).to_string());
        is_leaving.then(|| self.still_needed_once(needed, self.row, prior)).flatten()
    }

    /// What is told where this one goes and another that needs it does not, as far as is known by now. What cannot be seen
    /// holds up no destroy.
    pub(super) async fn still_needed(&self, context: &Context, prior: &Value) -> Option<Diagnostic> {
        let (other, workspace) = self.row.needed_by().zip(place::known_workspace(prior))?;
        let (ledger, id) = (self.session.ledger(), id_in(&workspace, other).to_string());
        if !ledger.is_known(&id) {
            let place = self.place(context, Operation::Read, "plan", prior).await.ok()?;
            let items = store(other, &place).list_as_of_start().await.ok()?;
            of(other, &items).filter(|item| is_on(item))?;
        }
        // What state has and is not planned yet tells by itself once it is.
        let tells_itself = ledger.is_known(&id) && !ledger.is_planned(&id);
        (!tells_itself && !ledger.is_leaving(&id)).then(|| self.still_needed_once(self.row, other, prior)).flatten()
    }

    fn still_needed_once(&self, leaves: &Setting, needed_by: &Setting, prior: &Value) -> Option<Diagnostic> {
        let place = prior.get(WORKSPACE_ID).as_str().unwrap_or_default();
        let is_news = self.session.plans().tells(&format!("still needed: {} {}", leaves.kind, place.to_lowercase()));
        is_news.then(|| messages::setting_still_needed(leaves, needed_by, place))
    }
}

/// The setting of a kind among those of a workspace.
fn of<'a>(row: &Setting, items: &'a [Json]) -> Option<&'a Json> {
    items.iter().find(|item| text(item, "name").eq_ignore_ascii_case(row.kind))
}
