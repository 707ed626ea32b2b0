//! How things stand with a workspace, by questions of their own: one answer that something is gone is believed when
//! another one agrees.

use super::place::Place;
use super::session::Session;
use crate::arm::{Call, Client, Collection, Error, Request, ResourceId, WorkspaceId};
use crate::catalog::Line;
use crate::provider::engine::attributes::WORKSPACE_ID;
use crate::provider::messages;
use crate::terraform::Diagnostic;

/// How a workspace stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Onboarded,
    /// It is there, and Sentinel is not.
    NotOnboarded,
    /// There is no such workspace.
    Absent,
}

impl Standing {
    /// How the workspace stands: asked of the workspace itself and of its onboarding.
    pub async fn of(place: &Place<'_>) -> Result<Self, Error> {
        if !has_workspace(place).await? {
            return Ok(Self::Absent);
        }
        match place.client.send(&place.call, Request::get(&onboarding(place), place.version(Line::Stable))).await {
            Ok(_) => Ok(Self::Onboarded),
            Err(error) if error.is_not_found() || error.is_not_onboarded() => Ok(Self::NotOnboarded),
            Err(error) => Err(error),
        }
    }

    /// How the workspace stands after an answer that it, or its onboarding, is gone; the answer itself if nothing else
    /// agrees with it.
    pub async fn after(place: &Place<'_>, answer: Error) -> Result<Self, Error> {
        match Self::of(place).await? {
            Self::Onboarded => Err(answer),
            Self::NotOnboarded if answer.is_any_404() => Err(answer),
            agrees => Ok(agrees),
        }
    }

    /// What an answer that speaks of the whole workspace says, as far as it can be believed alone.
    pub fn said_by(answer: &Error) -> Self {
        if answer.is_not_onboarded() { Self::NotOnboarded } else { Self::Absent }
    }

    /// What a plan says of a workspace in which something is to be made and that is not there, or without Sentinel: once
    /// in a run, and not where the run puts that right, as far as is known by then.
    pub fn not_ready(self, place: &Place<'_>, session: &Session) -> Option<Diagnostic> {
        let comes = self == Self::NotOnboarded && session.ledger().is_known(&onboarding(place).to_string());
        if comes || !self.is_news(place, session) {
            return None;
        }
        Some(match self {
            Self::Onboarded => return None,
            Self::NotOnboarded => messages::not_onboarded_yet(WORKSPACE_ID, place.subject),
            Self::Absent => messages::no_such_workspace(WORKSPACE_ID, place.subject),
        })
    }

    /// Whether how the workspace stands is still to be told in this run.
    pub fn is_news(self, place: &Place<'_>, session: &Session) -> bool {
        session.plans().tells(&format!("{self:?} {}", place.workspace.key()))
    }
}

/// Whether there is such a workspace.
pub async fn has_workspace(place: &Place<'_>) -> Result<bool, Error> {
    match place.client.send(&place.call, Request::workspace(&place.workspace)).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

fn onboarding(place: &Place<'_>) -> ResourceId {
    let name = "default".to_owned();
    ResourceId { workspace: place.workspace.clone(), collection: Collection::OnboardingStates, name }
}

/// The tenant of a workspace, as the service names it to who asks with a token of another one.
pub async fn tenant_elsewhere(client: &Client, call: &Call, workspace: &WorkspaceId) -> Option<String> {
    client.send(call, Request::workspace(workspace)).await.err()?.tenant_of_subscription()
}
