//! What is told at plan besides the plan itself: requirements that are not met, and what gets in the way of Defender XDR.
//! Nothing here changes anything.

use crate::provider::engine::attributes::{ID, NAME, WORKSPACE_ID};

use serde_json::Value as Json;

use super::shape::{Check, Shape};
use super::workspace_object::WorkspaceObject;
use crate::arm::{Collection, Request, ResourceId, WorkspaceId, text};
use crate::catalog::Line;
use crate::provider::block::options;
use crate::provider::engine::interlocks::{self, Party};
use crate::provider::engine::ledger::Memory;
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages::{self, Subject};
use crate::terraform::{Context, Diagnostic, Diagnostics, Value};

impl<S: Shape> WorkspaceObject<S> {
    /// Asks the service whether licence and permission for a new object are there, and gives what is to be said of that.
    pub(super) async fn check(&self, place: &Place<'_>, value: &Value) -> Vec<Diagnostic> {
        let options = self.session.options();
        let Some(Check { body, licence, role }) = self.shape.check(value) else { return Vec::new() };
        if options.preflight == options::Preflight::Off {
            return Vec::new();
        }
        let request = Request::check_requirements(&place.workspace, options.version(Line::Preview), body);
        let mut found = Vec::new();
        match self.session.requirements().of(&place.client, &place.call.briefly(), request).await {
            Ok(answer) => {
                if is_invalid(&answer, "authorizationState") {
                    found.push(messages::not_permitted(WORKSPACE_ID, place.subject, role));
                }
                if is_invalid(&answer, "licenseState") {
                    found.push(messages::not_licensed(WORKSPACE_ID, place.subject, licence));
                }
            }
            // The same run may make the workspace or onboard it before this is applied; a cloud may not have the check.
            Err(error) if error.is_not_found() || error.is_not_onboarded() || error.is_unsupported_kind() => {}
            Err(error) => return vec![messages::preflight_failed(WORKSPACE_ID, place.subject, &error)],
        }
        let is_error = options.preflight == options::Preflight::Error;
        let as_asked = |found: Diagnostic| match is_error {
            true => messages::holds_up_destroy(found),
            false => found.into_warning(),
        };
        found.into_iter().map(as_asked).collect()
    }

    /// What is to be said of a new object whose solution nobody has installed; nothing where that cannot be seen.
    pub(super) async fn without_solution(&self, place: &Place<'_>) -> Option<Diagnostic> {
        let (content_id, product) = self.shape.solution()?;
        if self.session.options().preflight == options::Preflight::Off {
            return None;
        }
        let list = place.list_of(Collection::ContentPackages);
        let items = place.client.list_as_of_start(&place.call.briefly(), list).await.ok()?;
        let is_it = |item: &Json| text(&item["properties"], "contentId").eq_ignore_ascii_case(content_id);
        let (workspace, name) = (place.workspace.clone(), content_id.to_owned());
        let id = ResourceId { workspace, collection: Collection::ContentPackages, name }.to_string();
        // Nor where a block of this run has it, as far as is known by then.
        let is_there = items.iter().any(is_it) || self.session.ledger().is_known(&id);
        (!is_there).then(|| messages::connector_without_solution(WORKSPACE_ID, place.subject, content_id, product))
    }

    /// What a change does to the peace between Defender XDR, its components and incident rules. Where the lists cannot
    /// be had, nothing is said.
    pub(super) async fn foretell(
        &self,
        context: &Context,
        prior: Option<&Value>,
        planned: Option<&Value>,
        memory: &Memory,
    ) -> Diagnostics {
        let Some(value) = planned.or(prior) else { return Diagnostics::default() };
        let Some(workspace) = place::known_workspace(value) else { return Diagnostics::default() };
        let subject = self.subject("plan", value);
        if let (Some(prior), None, Some(incidents)) = (prior, planned, &memory.incidents) {
            // A destroy is planned in a process of its own; what was read in the one before it need not be asked again.
            return self.foretold_of_destroy(&workspace, subject, prior, Some(incidents));
        }
        // Nothing is asked, and no place made, for what changes nothing between them: most of a plan.
        let is_asked = interlocks::may_tell(self.part(prior), self.part(planned)) && self.session.client().is_some();
        let standing = match is_asked {
            true => match self.place(context, Operation::Read, "plan", value).await {
                Ok(place) => self.standing(&place, prior, planned).await,
                Err(_) => None,
            },
            false => None,
        };
        self.foretold(&workspace, subject, prior, planned, standing)
    }

    /// What is told of an object that goes beside these connectors, which stream the incidents of Defender XDR.
    pub(super) fn foretold_of_destroy(
        &self,
        workspace: &WorkspaceId,
        subject: Subject<'_>,
        prior: &Value,
        incidents: Option<&[String]>,
    ) -> Diagnostics {
        let standing = incidents.map(|ids| ids.iter().map(|id| Party::of_incidents(id)).collect());
        self.foretold(workspace, subject, Some(prior), None, standing)
    }

    /// Who stands in the workspace, if that matters to what a change does.
    pub(super) async fn standing(
        &self,
        place: &Place<'_>,
        prior: Option<&Value>,
        planned: Option<&Value>,
    ) -> Option<Vec<Party>> {
        let (before, after) = (self.part(prior), self.part(planned));
        if !interlocks::may_tell(before, after) {
            return None;
        }
        standing(&self.session, place, after.is_some_and(interlocks::Part::looks_at_rules)).await
    }

    /// Notes what is planned, and tells what that does to the peace with those who stand there.
    pub(super) fn foretold(
        &self,
        workspace: &WorkspaceId,
        subject: Subject<'_>,
        prior: Option<&Value>,
        planned: Option<&Value>,
        standing: Option<Vec<Party>>,
    ) -> Diagnostics {
        let value = planned.or(prior);
        let id = value.and_then(|value| value.get(ID).as_str()).unwrap_or_default();
        // Not before the lists are there: of two that are planned at once only the second is to see the other.
        if !id.is_empty() {
            let part = planned.and_then(|value| self.shape.part(value));
            let party = part.map(|(product, part)| Party { id: id.to_owned(), product, part });
            self.session.plans().note(id, party);
        }
        let Some(standing) = standing else { return Diagnostics::default() };
        let others = self.session.plans().foresee(&workspace.key(), standing, id);
        let told = interlocks::told(subject, self.part(prior), self.part(planned), &others);
        // What goes may be looked at twice, when it is planned and when it is read.
        let is_news = told.is_empty() || planned.is_some() || self.session.plans().tells(&format!("goes {id}"));
        Diagnostics(if is_news { told } else { Vec::new() })
    }

    /// The connectors among `items` that stream the incidents of Defender XDR, by their ids, if that matters to who goes.
    pub(super) fn incidents_beside(&self, state: &Value, items: &[Json]) -> Option<Vec<String>> {
        if !interlocks::may_tell(self.part(Some(state)), None) {
            return None;
        }
        let parties = parties_of(&self.session, items).into_iter();
        Some(parties.filter(|party| party.part == interlocks::Part::Incidents).map(|party| party.id).collect())
    }

    fn part(&self, value: Option<&Value>) -> Option<interlocks::Part> {
        value.and_then(|value| self.shape.part(value)).map(|(_, part)| part)
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
        let (place, name) = (at.subject.place, planned.get(NAME).as_str().unwrap_or_default());
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
    let call = place.call.briefly();
    // What this run writes is known from its plans, so the list of others need not be fetched again for it.
    let list = |collection| place.client.list_as_of_start(&call, place.list_of(collection));
    let rules = async { if with_rules { list(Collection::AlertRules).await.ok() } else { None } };
    let (connectors, rules) = tokio::join!(list(Collection::DataConnectors), rules);
    let connectors = match connectors {
        Ok(items) => Some(items),
        // A workspace that this run makes has nothing standing in it yet.
        Err(error) if error.is_not_found() || error.is_not_onboarded() => None,
        // Without the rules the connectors still tell something, and not the other way round.
        Err(_) => return None,
    };
    let items = [connectors, rules].into_iter().flatten();
    Some(items.flat_map(|items| parties_of(session, &items)).collect())
}

fn parties_of(session: &Session, items: &[Json]) -> Vec<Party> {
    items.iter().filter_map(|item| Party::of_item(session.connectors(), item)).collect()
}

fn is_invalid(answer: &Json, state: &str) -> bool {
    text(answer, state).eq_ignore_ascii_case("invalid")
}
