//! What a new object is called, and what is in its way: all that a create is planned by, and looks at again when it is
//! applied before it was known.

use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, NAME, SUBSCRIPTION_ID, TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;

use serde_json::Value as Json;
use uuid::Uuid;

use super::WorkspaceObject;
use super::item::{set_id, text_option};
use crate::arm::{Error, WorkspaceId, text};
use crate::provider::engine::ledger::{Memory, Who};
use crate::provider::engine::place::Place;
use crate::provider::engine::standing::Standing;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::resources::shape::Shape;
use crate::terraform::{Context, Diagnostic, Diagnostics, PlanRequest, Planned, Value};

/// The namespace of names made from natural keys; it may never change, or objects would be made anew.
const NAMES: Uuid = Uuid::from_u128(0x6f0d_51f4_2f0a_4b38_9d0f_7c1b_3ad4_58e2);

impl<S: Shape> WorkspaceObject<S> {
    /// Plans a new object as far as its workspace and its name are known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        if [TENANT_ID, SUBSCRIPTION_ID, "name"].iter().any(|name| request.config.get(name).is_unknown()) {
            return;
        }
        let value = planned.value.clone();
        let place = match self.place(context, Operation::Create, "plan", &value).await {
            Ok(place) => place,
            Err(diagnostic) => return planned.diagnostics.push(diagnostic),
        };
        let Memory { entry, portal, .. } = Memory::decode(&planned.private);
        let mut memory = Memory { entry, portal, ..Memory::default() };
        if let Err(diagnostic) = self.identify(&place, &mut planned.value).await {
            planned.diagnostics.push(diagnostic);
        } else if planned.value.get(NAME).is_known() {
            // Side by side: where the service is far away, each of them is a wait of its own.
            let store = self.store(&place, &planned.value);
            let (items, checked, without_solution, standing) = tokio::join!(
                store.list_as_of_start(),
                self.check(&place, &planned.value),
                self.without_solution(&place),
                self.standing(&place, None, Some(&planned.value))
            );
            let (config_name, told) = (request.config.get(NAME), &mut planned.diagnostics);
            let refusal = self.look(&place, items, config_name, &planned.value, told, &mut memory);
            if memory.adopts.is_some() && request.config.get(NAME).is_null() {
                // What there is to adopt is looked up again when this is applied, and may be another one by then.
                planned.value.set(NAME, Value::unknown());
                planned.value.set(ID, Value::unknown());
            } else {
                set_id(&mut planned.value, self.shape.collection());
            }
            if let Some(refusal) = refusal {
                planned.diagnostics.push(messages::refused_at_apply(refusal));
            } else if !planned.diagnostics.has_errors() {
                if memory.looked {
                    planned.diagnostics.0.extend(checked);
                    planned.diagnostics.0.extend(without_solution);
                }
                let mut value = planned.value.clone();
                if let Some(id) = &memory.adopts {
                    value.set(ID, id.as_str());
                }
                let told = self.foretold(&place.workspace, place.subject, None, Some(&value), standing);
                planned.diagnostics.extend(told);
            }
        }
        planned.private = memory.encode();
    }

    /// Looks for an object that stands in the way of a create, and takes it over if the user asked for that; gives what
    /// is to be said where it may not be.
    ///
    /// That is a warning of the plan and an error of the apply. An error of the plan would hold up the destroy of everything,
    /// and Terraform plans a create once more when it applies it: where the old one is destroyed after that, it would have
    /// given up the old one by then, and never come to a create again.
    pub(super) fn look(
        &self,
        place: &Place<'_>,
        items: Result<Arc<Vec<Json>>, Error>,
        config_name: &Value,
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Option<Diagnostic> {
        let subject = place.subject;
        let items = match items {
            Ok(items) => items,
            // The same run may make the workspace or onboard it before this is applied, and then looks again.
            Err(error) if error.is_not_found() || error.is_not_onboarded() => {
                told.0.extend(Standing::said_by(&error).not_ready(place, &self.session));
                return None;
            }
            Err(error) => {
                told.push(messages::failed(WORKSPACE_ID, subject, &error));
                return None;
            }
        };
        let who = Who { resource: self.shape.resource().to_owned(), what: self.what.clone() };
        let ledger = self.session.ledger();
        let leaving = |item: &&Json| ledger.stands_aside(memory.entry.as_deref(), &who, text(item, "id"));
        let of_kind = |item: &&Json| text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
        let name = value.get(NAME).as_str().unwrap_or_default();
        let named = |item: &&Json| text(item, "name").eq_ignore_ascii_case(name);
        let present = || items.iter().filter(|item| !leaving(item));

        if let Some(other) = present().find(|item| named(item) && !of_kind(item)) {
            let (id, found) = (text(other, "id"), text(other, "kind"));
            return Some(messages::other_kind_under_name("name", subject, id, self.shape.kind(), found));
        }
        let is_it = |item: &&Json| named(item) || self.shape.is_same(value, item);
        let Some(found) = present().filter(of_kind).find(is_it) else {
            // What a block of this run has is told by the ledger, as it will be and not as it stands.
            let others = present().filter(of_kind).filter(|item| !ledger.is_known(text(item, "id")));
            let beside = others.filter_map(|item| self.shape.beside(value, item, subject.place));
            told.0.extend(beside);
            let stays = |item: &&Json| leaving(item) && !ledger.has_left(text(item, "id"));
            if value.get(ADOPT_EXISTING).as_bool() == Some(true) {
                // With create_before_destroy the old one is still there when this is applied, and is taken over in place.
                let fits = |item: &&Json| is_it(item) && (config_name.is_null() || named(item));
                let old = items.iter().filter(stays).filter(of_kind).find(fits);
                memory.adopts = old.map(|item| text(item, "id").to_owned());
                memory.etag = old.and_then(|item| text_option(item, "etag")).map(str::to_owned);
            }
            memory.looked = true;
            memory.free = memory.adopts.is_none() && !items.iter().filter(stays).any(|item| named(&item));
            return None;
        };
        let (id, found_name) = (text(found, "id"), text(found, "name"));
        let differences = self.differences(value, found);
        if ledger.is_held(id) {
            // Another block of this state has it, which the ledger tells.
        } else if value.get(ADOPT_EXISTING).as_bool() == Some(true) {
            if config_name.is_known() && !named(&found) {
                return Some(messages::exists_under_another_name("name", subject, name, found_name));
            }
            memory.adopts = Some(id.to_owned());
            memory.etag = text_option(found, "etag").map(str::to_owned);
            told.push(messages::taken_over(ADOPT_EXISTING, subject, id, &self.changes(value, found)));
        } else if !(named(&found) && self.default_name(place, value).as_deref() == Some(name) && differences.is_empty())
        {
            // Under a name of our own making and as planned it is what an interrupted run left behind, and is simply
            // taken up again. Anything else may be somebody's.
            return Some(messages::already_exists(WORKSPACE_ID, subject, self.shape.resource(), id));
        }
        memory.looked = true;
        None
    }

    /// Fills in the attributes that identify a new object, as far as they can be known.
    pub(super) async fn identify(&self, place: &Place<'_>, value: &mut Value) -> Result<(), Diagnostic> {
        place.fill_tenant(value).await?;
        self.shape.identify(&place.workspace, value);
        if !value.get(NAME).is_known()
            && let Some(name) = self.default_name(place, value)
        {
            value.set(NAME, name);
        }
        Ok(())
    }

    /// The name of our own making.
    fn default_name(&self, place: &Place<'_>, value: &Value) -> Option<String> {
        Some(default_name(&place.workspace, self.shape.kind(), &self.shape.natural_key(value)?))
    }
}

/// The name of our own making for what a natural key says.
pub fn default_name(workspace: &WorkspaceId, kind: &str, natural_key: &str) -> String {
    let key = format!("{}|{kind}|{}", workspace.key(), natural_key.to_lowercase());
    Uuid::new_v5(&NAMES, key.as_bytes()).to_string()
}
