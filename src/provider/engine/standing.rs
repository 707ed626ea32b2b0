//! How things stand with a workspace, by questions of their own: one answer that something is gone is believed when
//! another one agrees.

use super::place::Place;
use super::session::Session;
use crate::arm::{Collection, Error, Request, ResourceId};
use crate::catalog::Line;
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

impl Place<'_> {
    /// What a plan says of a workspace in which something is to be made and that is not there, or without Sentinel: once
    /// in a run, and not where the run puts that right, as far as is known by then.
    pub fn not_ready(&self, session: &Session, standing: Standing) -> Option<Diagnostic> {
        let onboarding = self.onboarding().to_string();
        let comes = standing == Standing::NotOnboarded && session.ledger().is_known(&onboarding);
        if comes || !self.tells(session, standing) {
            return None;
        }
        Some(match standing {
            Standing::Onboarded => return None,
            Standing::NotOnboarded => messages::not_onboarded_yet("workspace_id", self.subject),
            Standing::Absent => messages::no_such_workspace("workspace_id", self.subject),
        })
    }

    /// Whether how the workspace stands is still to be told in this run.
    pub fn tells(&self, session: &Session, standing: Standing) -> bool {
        session.plans().tells(&format!("{standing:?} {}", self.workspace.key()))
    }

    /// The same after an answer that speaks of the whole workspace.
    pub fn not_ready_after(&self, session: &Session, answer: &Error) -> Option<Diagnostic> {
        let standing = if answer.is_not_onboarded() { Standing::NotOnboarded } else { Standing::Absent };
        self.not_ready(session, standing)
    }

    fn onboarding(&self) -> ResourceId {
        let name = "default".to_owned();
        ResourceId { workspace: self.workspace.clone(), collection: Collection::OnboardingStates, name }
    }

    /// Whether there is such a workspace.
    pub async fn has_workspace(&self) -> Result<bool, Error> {
        match self.client.send(&self.call, Request::workspace(&self.workspace)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How the workspace stands: asked of the workspace itself and of its onboarding.
    pub async fn standing(&self) -> Result<Standing, Error> {
        if !self.has_workspace().await? {
            return Ok(Standing::Absent);
        }
        match self.client.send(&self.call, Request::get(&self.onboarding(), self.version(Line::Stable))).await {
            Ok(_) => Ok(Standing::Onboarded),
            Err(error) if error.is_not_found() || error.is_not_onboarded() => Ok(Standing::NotOnboarded),
            Err(error) => Err(error),
        }
    }

    /// How the workspace stands after an answer that it, or its onboarding, is gone; the answer itself if nothing else
    /// agrees with it.
    pub async fn standing_after(&self, answer: Error) -> Result<Standing, Error> {
        match self.standing().await? {
            Standing::Onboarded => Err(answer),
            Standing::NotOnboarded if answer.is_any_404() => Err(answer),
            agrees => Ok(agrees),
        }
    }
}
