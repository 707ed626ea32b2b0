//! How things stand with a workspace, by questions of their own: one answer that something is gone is believed when
//! another one agrees.

use super::place::Place;
use crate::arm::{Collection, Error, Request, ResourceId};
use crate::catalog::Line;

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
        let name = "default".to_owned();
        let id = ResourceId { workspace: self.workspace.clone(), collection: Collection::OnboardingStates, name };
        match self.client.send(&self.call, Request::get(&id, self.version(Line::Stable))).await {
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
