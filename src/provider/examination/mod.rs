//! What stands in the way of a first apply, as far as reads can tell: of tenants and of workspaces, what is well, what is
//! not and the way out of it, and what nobody can know. It asks with the provider's client and tells in its words.

mod actions;
mod objects;
mod tenant;
mod workspace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use serde::Serialize;

pub use actions::Operations;

use super::DefenderProvider;
use super::engine::interlocks::Party;
use super::engine::session::Session;
use super::messages;
use crate::arm::Error;
use crate::terraform::{Context, Diagnostic, Severity};

/// Tenants that are looked at side by side.
const TENANTS: usize = 16;

/// A workspace to look at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Nothing where it is the provider's own.
    pub tenant_id: Option<String>,
    /// The ARM id, as somebody wrote it.
    pub workspace_id: String,
    pub wishes: Vec<Wish>,
}

/// An object that is to be in a workspace.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Its type.
    pub resource: String,
    /// What a user knows it by: its address, or its type.
    pub name: String,
    pub operations: Operations,
    /// Its ARM id, where it is there already.
    pub id: Option<String>,
    /// The part that it plays beside Defender XDR once it is as it is to be.
    pub party: Option<Party>,
    /// The subscription whose product a connector is of, if it is not the workspace's own.
    pub subscription_id: Option<String>,
    /// What a content solution or a suppression is of: products and content ids.
    pub of: Vec<String>,
    /// Whether it may take over what is there.
    pub adopts: bool,
    /// Whether a write of it was refused for the Defender portal, or the user says that the portal manages it.
    pub managed_by_portal: bool,
    /// Whether somebody asked for it; it is only a possibility else.
    pub is_asked_for: bool,
}

/// What is looked at, in the order that it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    SignIn,
    EntraRole,
    ResourceProviders,
    ExportSettings,
    Workspace,
    Onboarding,
    Permissions,
    Requirements,
    ContentSolutions,
    ExistingObjects,
    IncidentRules,
    DefenderPortal,
}

impl Check {
    pub const ALL: [Self; 12] = [
        Self::SignIn,
        Self::EntraRole,
        Self::ResourceProviders,
        Self::ExportSettings,
        Self::Workspace,
        Self::Onboarding,
        Self::Permissions,
        Self::Requirements,
        Self::ContentSolutions,
        Self::ExistingObjects,
        Self::IncidentRules,
        Self::DefenderPortal,
    ];

    /// As a head.
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Sign-in",
            Self::EntraRole => "Entra role",
            Self::ResourceProviders => "Resource providers",
            Self::ExportSettings => "Export settings",
            Self::Workspace => "Workspace",
            Self::Onboarding => "Onboarding",
            Self::Permissions => "Azure permissions",
            Self::Requirements => "Licence and consent",
            Self::ContentSolutions => "Content hub solutions",
            Self::ExistingObjects => "Existing objects",
            Self::IncidentRules => "Incidents twice",
            Self::DefenderPortal => "Defender portal",
        }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// An apply fails for it.
    Problem,
    /// An apply goes on, and somebody should know.
    Notice,
    /// No read can tell.
    Unknown,
    Well,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: Check,
    pub verdict: Verdict,
    /// One line without a full stop.
    pub summary: String,
    /// What was found, and the way out; "" where all is well.
    pub detail: String,
    /// What it concerns, by address or type.
    pub concerns: Vec<String>,
}

/// A tenant and its workspaces, looked at.
#[derive(Clone, Debug, Serialize)]
pub struct ExaminedTenant {
    /// Null where it is the provider's own and nobody names it.
    pub tenant_id: Option<String>,
    pub findings: Vec<Finding>,
    pub workspaces: Vec<ExaminedWorkspace>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ExaminedWorkspace {
    pub workspace_id: String,
    pub findings: Vec<Finding>,
}

impl Finding {
    fn well(check: Check, summary: impl Into<String>) -> Self {
        let (summary, detail, concerns) = (summary.into(), String::new(), Vec::new());
        Self { check, verdict: Verdict::Well, summary, detail, concerns }
    }

    /// What is not known, for what the text says after "not known, because".
    fn unknown(check: Check, because: impl std::fmt::Display) -> Self {
        let summary = format!("Not known, because {because}");
        Self { verdict: Verdict::Unknown, ..Self::well(check, summary) }
    }

    /// What the service did not answer.
    fn unanswered(check: Check, what: &str, error: &Error) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::told(check, messages::not_answered(what, error)) }
    }

    fn told(check: Check, told: Diagnostic) -> Self {
        let verdict = match told.severity {
            Severity::Error => Verdict::Problem,
            Severity::Warning => Verdict::Notice,
        };
        Self { check, verdict, summary: told.summary, detail: told.detail, concerns: Vec::new() }
    }

    fn of(mut self, wishes: &[&Wish]) -> Self {
        // What nobody asked for is in nobody's way.
        if self.verdict == Verdict::Problem && !wishes.is_empty() && !wishes.iter().any(|wish| wish.is_asked_for) {
            self.verdict = Verdict::Notice;
        }
        self.concerns = wishes.iter().map(|wish| wish.name.clone()).collect();
        self.concerns.sort();
        self.concerns.dedup();
        self
    }
}

impl DefenderProvider {
    /// Looks at workspaces with the configured provider, for each of them and each tenant within the time that is given;
    /// `on_done` hears how many tenants are done.
    pub async fn examine(
        &self,
        context: &Context,
        targets: Vec<Target>,
        within: Duration,
        mut on_done: impl FnMut(usize, usize),
    ) -> Vec<ExaminedTenant> {
        let mut tenants: BTreeMap<Option<String>, Vec<Target>> = BTreeMap::new();
        for target in targets {
            tenants.entry(target.tenant_id.as_deref().map(str::to_lowercase)).or_default().push(target);
        }
        let count = tenants.len();
        let session: &Arc<Session> = &self.session;
        let looks = tenants
            .into_iter()
            .map(|(tenant, targets)| tenant::examine(Arc::clone(session), context.clone(), tenant, targets, within));
        let mut examined = Vec::with_capacity(count);
        let mut all = stream::iter(looks).buffered(TENANTS);
        while let Some(tenant) = all.next().await {
            examined.push(tenant);
            on_done(examined.len(), count);
        }
        examined
    }
}
