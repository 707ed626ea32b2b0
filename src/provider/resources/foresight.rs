//! What is told at plan besides the plan itself: requirements that are not met, and what gets in the way of Defender XDR.
//! Nothing here changes anything.

use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::shape::{Preflight, Shape};
use super::workspace_object::WorkspaceObject;
use crate::arm::{Call, Collection, Request, text};
use crate::catalog::Line;
use crate::provider::interlocks::{self, Party};
use crate::provider::messages;
use crate::provider::options;
use crate::provider::place::Place;
use crate::provider::session::Session;
use crate::provider::timeouts::Operation;
use crate::terraform::{Context, Diagnostics, Planned, Value};

/// How long a question is waited for that the plan can do without.
const PATIENCE: Duration = Duration::from_secs(30);

impl<S: Shape> WorkspaceObject<S> {
    /// Asks the service whether licence and permission for a new object are there.
    pub(super) async fn ask_first(&self, place: &Place<'_>, planned: &mut Planned) {
        let options = self.session.options();
        let Some(Preflight { body, licence, role }) = self.shape.preflight(&planned.value) else { return };
        if options.preflight == options::Preflight::Off {
            return;
        }
        let version = options.version(Line::Preview);
        let request = Request::check_requirements(&place.workspace, version, body);
        let mut found = Vec::new();
        match place.client.send(&briefly(&place.call), request).await {
            Ok(answer) => {
                if is_invalid(&answer.body, "authorizationState") {
                    found.push(messages::not_permitted("workspace_id", place.subject, role));
                }
                if is_invalid(&answer.body, "licenseState") {
                    found.push(messages::not_licensed("workspace_id", place.subject, licence));
                }
            }
            // The same run may make the workspace or onboard it before this is applied; a cloud may not have the check.
            Err(error) if error.is_not_found() || error.is_not_onboarded() || error.is_unsupported_kind() => {}
            Err(error) => planned.diagnostics.push(messages::preflight_failed("workspace_id", place.subject, &error)),
        }
        let is_error = options.preflight == options::Preflight::Error;
        let as_asked = found
            .into_iter()
            .map(|found| if is_error { messages::holds_up_destroy(found) } else { found.into_warning() });
        planned.diagnostics.0.extend(as_asked);
    }

    /// What a change does to the peace between Defender XDR, its components and incident rules. Where the lists cannot
    /// be had, nothing is said.
    pub(super) async fn foretell(
        &self,
        context: &Context,
        prior: Option<&Value>,
        planned: Option<&Value>,
    ) -> Diagnostics {
        let part = |value: Option<&Value>| value.and_then(|value| self.shape.part(value));
        let (before, after) = (part(prior), part(planned));
        let Some(value) = planned.or(prior) else { return Diagnostics::default() };
        let id = value.get("id").as_str().unwrap_or_default();
        let party = after.clone().map(|(product, part)| Party { id: id.to_owned(), product, part });
        let (before, after) = (before.map(|(_, part)| part), after.map(|(_, part)| part));
        let is_asked = before != after && self.session.client().is_some();
        let place = match is_asked {
            true => self.place(context, Operation::Read, "plan", value).await.ok(),
            false => None,
        };
        let with_rules = after.is_some_and(interlocks::Part::looks_at_rules);
        let standing = match &place {
            Some(place) => standing(&self.session, place, with_rules).await,
            None => None,
        };
        // Not before the lists are there: of two that are planned at once only the second is to see the other.
        if !id.is_empty() {
            self.session.plans().note(id, party);
        }
        let (Some(place), Some(standing)) = (place, standing) else { return Diagnostics::default() };
        let others = self.session.plans().foresee(&place.workspace.key(), standing, id);
        Diagnostics(interlocks::told(place.subject, before, after, &others))
    }

    /// What a change in place makes a user need to know of another object in the collection, as a create would. Where the
    /// list cannot be had, nothing is said.
    pub(super) async fn newly_beside(&self, context: &Context, prior: &Value, planned: &Value) -> Diagnostics {
        let unchanged = self.shape.properties(prior) == self.shape.properties(planned);
        if self.shape.is_one_of_a_kind() || unchanged {
            return Diagnostics::default();
        }
        let Ok(at) = self.place(context, Operation::Read, "plan", planned).await else { return Diagnostics::default() };
        let Ok(items) = self.store(&at, planned).list_as_of_start().await else { return Diagnostics::default() };
        let (place, name) = (at.subject.place, planned.get("name").as_str().unwrap_or_default());
        let others = items.iter().filter(|item| {
            let of_kind = text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
            of_kind && !text(item, "name").eq_ignore_ascii_case(name)
        });
        let new = others.filter(|item| self.shape.beside(prior, item, place).is_none());
        Diagnostics(new.filter_map(|item| self.shape.beside(planned, item, place)).collect())
    }
}

/// Who gets in whose way in a workspace once this run is done; nothing where the lists cannot be had.
pub(super) async fn parties(session: &Session, place: &Place<'_>) -> Option<Vec<Party>> {
    let standing = standing(session, place, false).await?;
    Some(session.plans().foresee(&place.workspace.key(), standing, ""))
}

/// Who is there now.
async fn standing(session: &Session, place: &Place<'_>, with_rules: bool) -> Option<Vec<Party>> {
    let (call, mut standing) = (briefly(&place.call), Vec::new());
    let rules = with_rules.then_some(Collection::AlertRules);
    for collection in [Collection::DataConnectors].into_iter().chain(rules) {
        // What this run writes is known from its plans, so the list of others need not be fetched again for it.
        let request = Request::list(&place.workspace, collection, place.version(Line::Preview));
        match place.client.list_as_of_start(&call, request).await {
            Ok(items) => standing.extend(items.iter().filter_map(|item| Party::of_item(session.connectors(), item))),
            // A workspace that this run makes has nothing standing in it yet.
            Err(error) if error.is_not_found() || error.is_not_onboarded() => {}
            // Without the rules the connectors still tell something, and not the other way round.
            Err(_) if collection == Collection::AlertRules => {}
            Err(_) => return None,
        }
    }
    Some(standing)
}

/// The same call, with less time.
fn briefly(call: &Call) -> Call {
    let deadline = Instant::now() + PATIENCE;
    Call { deadline: call.deadline.min(deadline), ..call.clone() }
}

fn is_invalid(answer: &Json, state: &str) -> bool {
    text(answer, state).eq_ignore_ascii_case("invalid")
}
