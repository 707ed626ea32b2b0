//! What a new object is called, and what is in its way: all that a create is planned by, and looks at again when it is
//! applied before it was known.

use serde_json::Value as Json;
use uuid::Uuid;

use super::item::set_id;
use super::{At, WorkspaceObject};
use crate::provider::messages;
use crate::provider::private::Memory;
use crate::provider::resources::shape::Shape;
use crate::provider::store::text;
use crate::provider::timeouts::Operation;
use crate::terraform::{Context, PlanRequest, Planned, Value};

/// The namespace of names made from natural keys; it may never change, or objects would be made anew.
const NAMES: Uuid = Uuid::from_u128(0x6f0d_51f4_2f0a_4b38_9d0f_7c1b_3ad4_58e2);

impl<S: Shape> WorkspaceObject<S> {
    /// Plans a new object as far as its workspace and its name are known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        if ["tenant_id", "subscription_id", "name"].iter().any(|name| request.config.get(name).is_unknown()) {
            return;
        }
        let value = planned.value.clone();
        let mut at = match self.at(context, Operation::Create, "plan", &value).await {
            Ok(at) => at,
            Err(diagnostic) => return planned.diagnostics.push(diagnostic),
        };
        let mut memory = Memory::decode(&planned.private);
        memory.looked = false;
        self.identify(&mut at, planned).await;
        if !planned.diagnostics.has_errors() && planned.value.get("name").is_known() {
            self.look(&at, request.config.get("name"), planned, &mut memory).await;
            let adopts = planned.value.get("adopt_existing").as_bool() == Some(true);
            if adopts && !memory.looked && request.config.get("name").is_null() {
                // What there is to adopt shows at apply only, so its name is not known before.
                planned.value.set("name", Value::unknown());
            }
            set_id(&mut planned.value, self.shape.collection());
            self.only_once(&at, planned);
            if !planned.diagnostics.has_errors() {
                if memory.looked {
                    self.ask_first(&at, planned).await;
                }
                let told = self.foretell(context, None, Some(&planned.value)).await;
                planned.diagnostics.extend(told);
            }
        }
        planned.private = memory.encode();
    }

    /// Looks for an object that stands in the way of a create, and takes it over if the user asked for that.
    pub(super) async fn look(&self, at: &At<'_>, config_name: &Value, planned: &mut Planned, memory: &mut Memory) {
        let value = &mut planned.value;
        let subject = at.subject();
        let items = match at.store.list_as_of_start().await {
            Ok(items) => items,
            // The same run may make the workspace or onboard it before this is applied, and then looks again.
            Err(error) if error.is_not_found() || error.is_not_onboarded() => return,
            Err(error) => return planned.diagnostics.push(messages::failed("workspace_id", subject, &error)),
        };
        memory.looked = true;
        // A tainted object leaves too. Where the new one is to be created before the old one is destroyed, this run has
        // neither read nor deleted that when it is applied, so one that differs is refused then.
        let leaving = |item: &&Json| {
            let id = text(item, "id");
            memory.id.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(id)) || self.session.plans().is_leaving(id)
        };
        let present = || items.iter().filter(|item| !leaving(item));
        let of_kind = |item: &&Json| text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
        let name = value.get("name").as_str().unwrap_or_default().to_owned();
        let named = |item: &&Json| text(item, "name").eq_ignore_ascii_case(&name);

        if let Some(other) = present().find(|item| named(item) && !of_kind(item)) {
            let (id, found) = (text(other, "id"), text(other, "kind"));
            let message = messages::other_kind_under_name("name", subject, id, self.shape.kind(), found);
            return planned.diagnostics.push(message);
        }
        let same = present().filter(of_kind).find(|item| named(item) || self.shape.is_same(value, item));
        let Some(found) = same else {
            let beside = present().filter(of_kind).filter_map(|item| self.shape.beside(value, item, subject.place));
            planned.diagnostics.0.extend(beside);
            return;
        };
        let found_name = text(found, "name");
        if value.get("adopt_existing").as_bool() == Some(true) {
            if config_name.is_known() && !named(&found) {
                let message = messages::exists_under_another_name("name", subject, &name, found_name);
                return planned.diagnostics.push(message);
            }
            value.set("name", found_name);
            memory.etag = found.get("etag").and_then(Json::as_str).map(str::to_owned);
        } else if !(named(&found) && self.differences(value, found).is_empty()) {
            // One that is planned name and all is what an interrupted run left behind, and is simply taken up again.
            let message = messages::already_exists("workspace_id", subject, self.shape.resource(), text(found, "id"));
            planned.diagnostics.push(message);
        }
    }

    /// Fills in the attributes that identify a new object, as far as they can be known.
    pub(super) async fn identify(&self, at: &mut At<'_>, planned: &mut Planned) {
        let value = &mut planned.value;
        if let Err(diagnostic) = at.place.fill_tenant(value).await {
            return planned.diagnostics.push(diagnostic);
        }
        self.shape.identify(&at.store.id.workspace, value);
        if !value.get("name").is_known() {
            let Some(key) = self.shape.natural_key(value) else { return };
            let key = format!("{}|{}|{}", at.store.id.workspace.key(), self.shape.kind(), key.to_lowercase());
            value.set("name", Uuid::new_v5(&NAMES, key.as_bytes()).to_string());
        }
        at.store.id.name = value.get("name").as_str().unwrap_or_default().to_owned();
    }
}
