//! What the Defender portal manages: once a workspace is moved there, the portal changes some connectors or takes them away,
//! and refuses writes of them. No read tells that, so the sign of it is a write that was refused, or the user's word. Under
//! the sign state keeps what is configured, and what the service has in its place is told.

use serde_json::Value as Json;

use super::WorkspaceObject;
use crate::arm::{Error, text};
use crate::provider::engine::attributes::{ADOPT_EXISTING, MANAGED_BY_PORTAL, NAME, WORKSPACE_ID};
use crate::provider::engine::ledger::Memory;
use crate::provider::messages::{self, Subject};
use crate::provider::resources::shape::Shape;
use crate::terraform::{Applied, Diagnostic, PlanRequest, Planned, Type, Value};

impl<S: Shape> WorkspaceObject<S> {
    /// Whether the portal manages the object, as state or plan has it.
    pub(super) fn is_portals(&self, value: &Value) -> bool {
        self.shape.portal().is_some() && value.get(MANAGED_BY_PORTAL).as_bool() == Some(true)
    }

    /// Plans the sign: the user's word, else whether the portal refused a write before.
    pub(super) fn plan_portal(&self, request: PlanRequest<'_>, planned: &mut Planned) {
        let said = request.config.get(MANAGED_BY_PORTAL);
        if self.shape.portal().is_none() || said.is_unknown() {
            return;
        }
        let mut memory = Memory::decode(&planned.private);
        let is_denied = said.as_bool() == Some(false);
        memory.portal = if is_denied { Some(false) } else { memory.portal.filter(|is_sign| *is_sign) };
        // State of an earlier version does not tell, and without a sign that is as good.
        let is_untold = request.prior.is_some_and(|prior| prior.get(MANAGED_BY_PORTAL).is_null());
        let sign = match said.as_bool() {
            Some(said) => said.into(),
            None if memory.portal.is_some() => true.into(),
            None if is_untold => Value::Null,
            None => false.into(),
        };
        planned.value.set(MANAGED_BY_PORTAL, sign);
        planned.private = memory.encode();
    }

    /// What a plan tells of a change that the portal may refuse.
    pub(super) fn plan_for_portal(
        &self,
        subject: Subject<'_>,
        prior: &Value,
        planned: Option<&Value>,
    ) -> Option<Diagnostic> {
        let is_written = planned.is_none_or(|planned| self.shape.properties(prior) != self.shape.properties(planned));
        let is_portals = self.is_portals(planned.unwrap_or(prior));
        (is_written && is_portals).then(|| messages::portal_may_refuse(MANAGED_BY_PORTAL, subject))
    }

    /// Fills in the sign where state does not tell it.
    pub(super) fn with_sign(&self, mut state: Value, memory: &Memory) -> Value {
        if self.shape.portal().is_some() && state.get(MANAGED_BY_PORTAL).is_null() {
            state.set(MANAGED_BY_PORTAL, memory.portal == Some(true));
        }
        state
    }

    /// What is told under the sign of an object that is not as state has it.
    pub(super) fn told_of_portals(
        &self,
        subject: Subject<'_>,
        state: &Value,
        found: Option<&Json>,
    ) -> Option<Diagnostic> {
        let mut told = match found {
            Some(item) => self.differences(state, item),
            None => vec!["it is not there".to_owned()],
        };
        let name = state.get(NAME).as_str().unwrap_or_default();
        if let Some(other) = found.map(|item| text(item, "name")).filter(|other| !other.eq_ignore_ascii_case(name)) {
            told.push(format!("name: {name:?} here, {other:?} there"));
        }
        (!told.is_empty()).then(|| messages::left_to_portal(MANAGED_BY_PORTAL, subject, &told))
    }

    /// What is told without the sign of an object that is gone, or off in a part, as the portal would leave it.
    pub(super) fn told_of_drift(
        &self,
        subject: Subject<'_>,
        memory: &Memory,
        state: &Value,
        now: Option<&Value>,
    ) -> Option<Diagnostic> {
        let is_its_way = self.shape.portal().is_some_and(|portal| portal.takes_some()) && memory.portal != Some(false);
        let is_off = |name: &&str| now.is_some_and(|now| now.get(name).as_bool() == Some(false));
        let bools = self.block.attributes.iter().filter(|attribute| attribute.ty == Type::Bool);
        let names = bools.map(|attribute| attribute.name.as_str()).filter(|name| *name != ADOPT_EXISTING);
        let off: Vec<_> = names.filter(|name| state.get(name).as_bool() == Some(true)).filter(is_off).collect();
        (is_its_way && (now.is_none() || !off.is_empty()))
            .then(|| messages::perhaps_by_portal(MANAGED_BY_PORTAL, subject, &off))
    }

    /// The outcome of an update that the portal refused; `kept` is what other refusals come to.
    pub(super) fn refused_update(&self, subject: Subject<'_>, planned: Value, kept: Applied, error: &Error) -> Applied {
        let memory = Memory::decode(&kept.private);
        if self.shape.portal().is_none() || (memory.portal == Some(false) && !self.is_portals(&planned)) {
            return kept;
        }
        let diagnostics = match self.is_portals(&planned) {
            true => messages::refused_by_portal(MANAGED_BY_PORTAL, subject, error).into(),
            false => messages::failed(WORKSPACE_ID, subject, error).into(),
        };
        let mut state = planned;
        state.set(MANAGED_BY_PORTAL, true);
        Applied { state: Some(state), private: Memory { portal: Some(true), ..memory }.encode(), diagnostics }
    }

    /// The outcome of a delete that the portal refused; `kept` is what other refusals come to.
    pub(super) fn refused_delete(&self, subject: Subject<'_>, kept: Applied, error: &Error) -> Applied {
        let Some(state) = kept.state.clone().filter(|_| self.shape.portal().is_some()) else { return kept };
        if self.is_portals(&state) {
            return Applied { diagnostics: messages::kept_by_portal(subject, error).into(), ..Applied::default() };
        }
        Applied { diagnostics: kept.diagnostics.clone(), ..self.refused_update(subject, state, kept, error) }
    }
}
