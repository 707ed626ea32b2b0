//! A workspace as resources and data sources are told of it: the attributes that name it and its tenant, their checks, and
//! the client and bounds of one operation on it.

use crate::provider::engine::attributes::{TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;
use std::time::Duration;

use super::session::{Session, call_in};
use crate::arm::{Call, Client, Collection, Request, WorkspaceId};
use crate::catalog::Line;
use crate::provider::block::options::{Options, QueryApi};
use crate::provider::messages::{self, Subject};
use crate::terraform::{Attribute, Block, Context, Diagnostic, Diagnostics, Object, Type, Value};

/// One operation on one workspace.
pub struct Place<'a> {
    pub client: Arc<Client>,
    pub call: Call,
    pub workspace: WorkspaceId,
    pub subject: Subject<'a>,
    options: Options,
}

impl<'a> Place<'a> {
    /// The workspace that `value` names, for an operation that may take `within`.
    pub async fn of(
        session: &Session,
        context: &Context,
        within: Duration,
        (operation, what, resource): (&'a str, &'a str, &'a str),
        value: &'a Value,
    ) -> Result<Self, Diagnostic> {
        let place = value.get(WORKSPACE_ID).as_str().unwrap_or_default();
        let subject = Subject { operation, what, place, resource };
        let workspace = WorkspaceId::parse(place).map_err(|error| messages::bad_workspace_id(WORKSPACE_ID, &error))?;
        let client = session.require(subject)?;
        let call = call_in(&client, context, within, value.get(TENANT_ID))
            .await
            .map_err(|error| messages::failed(TENANT_ID, subject, &error))?;
        Ok(Self { client, call, workspace, subject, options: session.options() })
    }

    /// The api-version to use of a line.
    pub fn version(&self, line: Line) -> &str {
        self.options.version(line)
    }

    /// Which API its queries go to.
    pub fn query_api(&self) -> QueryApi {
        self.options.query_api
    }

    /// The list of a collection of the workspace, with every kind in it.
    pub fn list_of(&self, collection: Collection) -> Request {
        Request::list(&self.workspace, collection, self.version(Line::Preview))
    }

    /// Fills in the tenant of the token where none is given.
    pub async fn fill_tenant(&self, value: &mut Value) -> Result<(), Diagnostic> {
        if !value.get(TENANT_ID).is_known() {
            let tenant = self.client.tenant_id(&self.call).await;
            value.set(TENANT_ID, tenant.map_err(|error| messages::failed(TENANT_ID, self.subject, &error))?);
        }
        Ok(())
    }
}

/// The workspace that a value names, if it is known.
pub fn known_workspace(value: &Value) -> Option<WorkspaceId> {
    value.get(WORKSPACE_ID).as_str().and_then(|id| WorkspaceId::parse(id).ok())
}

/// `workspace_id` of a resource.
pub fn workspace_id() -> Attribute {
    Attribute::required(
        WORKSPACE_ID,
        Type::String,
        "ARM id of the Log Analytics workspace, in any casing. Changing it makes a new resource.",
    )
    .replaces()
    .ignore_case()
}

/// `workspace_id` and `tenant_id` of a resource.
pub fn attributes() -> [Attribute; 2] {
    [
        workspace_id(),
        Attribute::optional_computed(
            TENANT_ID,
            Type::String,
            "Tenant of the workspace, under whose credentials this is managed. Defaults to the tenant of the provider's token. \
             Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
    ]
}

/// `workspace_id` and `tenant_id` of a data source.
pub fn source_attributes() -> [Attribute; 2] {
    [
        Attribute::required(WORKSPACE_ID, Type::String, "ARM id of the Log Analytics workspace, in any casing."),
        Attribute::optional(
            TENANT_ID,
            Type::String,
            "Tenant of the workspace. Defaults to the tenant of the provider's token.",
        ),
    ]
}

/// Checks `workspace_id` and `tenant_id` of a configuration.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(Err(error)) = config.get(WORKSPACE_ID).as_str().map(WorkspaceId::parse) {
        diagnostics.push(messages::bad_workspace_id(WORKSPACE_ID, &error));
    }
    if let Some(tenant) = config.get(TENANT_ID).as_str()
        && uuid::Uuid::try_parse(tenant).is_err()
    {
        diagnostics.push(messages::not_a_guid(TENANT_ID, "tenant id", tenant));
    }
    diagnostics
}

/// A value of the block with every attribute null, for import to fill in.
pub fn blank(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| attribute.name.clone());
    let blocks = block.blocks.iter().map(|nested| nested.name.to_owned());
    Value::Object(attributes.chain(blocks).map(|name| (name, Value::Null)).collect::<Object>())
}
