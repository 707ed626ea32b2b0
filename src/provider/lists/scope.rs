//! What a list block is configured with: the workspaces that are searched, and in whose name.

use uuid::Uuid;

use crate::arm::WorkspaceId;
use crate::provider::engine::attributes::{SUBSCRIPTION_ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::place;
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostics, Type, Value};

/// Which workspaces are searched.
#[derive(Clone, Debug)]
pub enum Scope {
    Workspace(WorkspaceId),
    /// All of a subscription.
    Subscription(String),
    /// All of every subscription that the credential sees.
    Tenant,
}

impl Scope {
    /// The scope of a configuration that was found valid.
    pub fn of(config: &Value) -> Self {
        let workspace = config.get(WORKSPACE_ID).as_str().and_then(|id| WorkspaceId::parse(id).ok());
        let subscription = config.get(SUBSCRIPTION_ID).as_str().map(str::to_owned);
        workspace.map(Self::Workspace).or(subscription.map(Self::Subscription)).unwrap_or(Self::Tenant)
    }

    /// The workspace, if it is one.
    pub fn workspace(&self) -> Option<&WorkspaceId> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::Subscription(_) | Self::Tenant => None,
        }
    }

    pub fn holds(&self, workspace: &WorkspaceId) -> bool {
        match self {
            Self::Workspace(this) => this == workspace,
            Self::Subscription(this) => this.eq_ignore_ascii_case(&workspace.subscription_id),
            Self::Tenant => true,
        }
    }

    /// What a message calls it.
    pub fn shown(&self) -> String {
        match self {
            Self::Workspace(workspace) => workspace.to_string(),
            Self::Subscription(subscription) => format!("/subscriptions/{subscription}"),
            Self::Tenant => "all that the credential sees".to_owned(),
        }
    }
}

/// The block of a list of some resource type.
pub fn block(description: String) -> Block {
    let attributes = vec![
        Attribute::optional(
            WORKSPACE_ID,
            Type::String,
            "ARM id of the Log Analytics workspace to search, in any casing. Conflicts with `subscription_id`.",
        ),
        Attribute::optional(
            SUBSCRIPTION_ID,
            Type::String,
            "Subscription whose workspaces are searched. Without it and `workspace_id`, those of every subscription that the credential sees \
             in the tenant.",
        ),
        Attribute::optional(
            TENANT_ID,
            Type::String,
            "Tenant under whose credentials is searched. Defaults to the tenant of the provider's token.",
        ),
    ];
    Block::new(description, attributes)
}

/// Checks the configuration of a list block; it may hold unknowns.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = place::validate(config);
    if let Some(subscription) = config.get(SUBSCRIPTION_ID).as_str() {
        if Uuid::try_parse(subscription).is_err() || subscription.len() != 36 {
            diagnostics.push(messages::not_a_guid(SUBSCRIPTION_ID, "subscription id", subscription));
        }
        if !config.get(WORKSPACE_ID).is_null() {
            diagnostics.push(messages::workspace_and_subscription(SUBSCRIPTION_ID));
        }
    }
    diagnostics
}
