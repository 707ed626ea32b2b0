//! What a search for the objects of a resource type is: where it looks, what it asks there, and what it takes an item for.
//! Nothing here sends.

use serde_json::Value as Json;

use super::ledger::Claimant;
use crate::arm::{Collection, Request, WorkspaceId};
use crate::catalog::Line;
use crate::provider::block::options::Options;
use crate::terraform::Value;

/// A resource whose objects can be searched for.
pub trait Listable: Claimant {
    /// What the service is asked for them.
    fn source(&self) -> Source;

    /// What an item that the service answered with is to this resource.
    fn take(&self, at: At<'_>, item: &Json) -> Item;
}

/// What is asked of the service, whatever is looked for in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A collection that Sentinel keeps in a workspace.
    Collection(Collection),
    /// The tables of a workspace.
    Tables,
    /// The workbooks of a workspace's subscription whose content holds this mark.
    Workbooks(&'static str),
    /// The export settings of a tenant, which tell of all its workspaces.
    ExportSettings,
}

/// Where an item was found.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The tenant of the token that it was found with.
    pub tenant: &'a str,
    /// The workspace that was asked, if one was.
    pub workspace: Option<&'a WorkspaceId>,
}

/// What an item is to a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// One of its objects.
    Object {
        /// What a user knows it by within its workspace.
        name: String,
        /// What an import of it gives.
        state: Value,
    },
    /// One of its objects that is not as the service is described to show it, and how.
    Misshapen(String),
    /// Something of a kind that no resource of this provider manages.
    Unmanaged(String),
    /// Something else.
    Other,
}

impl Source {
    /// "the data connectors"
    pub fn noun(self) -> &'static str {
        match self {
            Self::Collection(Collection::DataConnectors) => "the data connectors",
            Self::Collection(Collection::AlertRules) => "the alert rules",
            Self::Collection(Collection::AlertRuleTemplates) => "the alert rule templates",
            Self::Collection(Collection::ContentTemplates) => "the content templates",
            Self::Collection(Collection::ContentPackages) => "the installed content packages",
            Self::Collection(Collection::ContentProductPackages) => "the content packages of the catalogue",
            Self::Collection(Collection::OnboardingStates) => "the onboarding to Microsoft Sentinel",
            Self::Collection(Collection::Settings) => "the settings",
            Self::Tables => "the tables",
            Self::Workbooks(_) => "the workbooks",
            Self::ExportSettings => "the export settings",
        }
    }

    /// Whether one answer tells of all workspaces.
    pub fn is_of_tenant(self) -> bool {
        self == Self::ExportSettings
    }

    /// Whether several searches of a run ask for the same: those of all connector types for the connectors of a workspace,
    /// those of the four types of settings for its settings, and those of all workspaces for the settings of a tenant or the workbooks of a subscription. Their lists are short, are
    /// fetched once and stay. What one resource type alone is found in is long, as rules and tables are, and is let go as soon
    /// as it was looked through.
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Self::Collection(Collection::DataConnectors | Collection::Settings)
                | Self::ExportSettings
                | Self::Workbooks(_)
        )
    }

    /// The request, for a workspace if that is what is asked.
    pub fn request(self, workspace: Option<&WorkspaceId>, options: &Options) -> Request {
        match (self, workspace) {
            (Self::Collection(collection), Some(workspace)) => {
                // Only the newest versions list every kind.
                let line = if collection == Collection::OnboardingStates { Line::Stable } else { Line::Preview };
                Request::list(workspace, collection, options.version(line))
            }
            (Self::Tables, Some(workspace)) => Request::tables(workspace),
            (Self::Workbooks(mark), Some(workspace)) => Request::workbooks(&workspace.subscription_id, mark),
            _ => Request::export_settings(),
        }
    }
}
