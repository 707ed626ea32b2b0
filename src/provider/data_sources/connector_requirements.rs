//! Whether each connector kind may be connected to a workspace: licence and permission, as the service's own check has
//! them.

use crate::provider::engine::attributes::{ID, SUBSCRIPTION_ID, TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::arm::{Call, Client, Collection, Error, Request, WorkspaceId, text};
use crate::catalog::{Connector, Line, Scope, Solution};
use crate::provider::engine::session::{Session, call_in};
use crate::provider::messages::{self, Subject};
use crate::provider::packages::Package;
use crate::provider::resources::requirements_body;
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, SourceRead, Type, Value,
};

/// The data source.
pub struct ConnectorRequirements {
    session: Arc<Session>,
}

const SOLUTION: &str = "solution";

/// How long all checks together may take.
const WITHIN: Duration = Duration::from_secs(5 * 60);

impl ConnectorRequirements {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// The configuration with all that can be told filled in.
    async fn check(&self, context: &Context, mut state: Value) -> Result<Value, Diagnostic> {
        let place = state.get(WORKSPACE_ID).as_str().unwrap_or_default().to_owned();
        let (what, resource) = ("the requirements of the connectors", "data.defender_connector_requirements");
        let subject = Subject { operation: "read", what, place: &place, resource };
        let workspace = WorkspaceId::parse(&place).map_err(|error| messages::bad_workspace_id(WORKSPACE_ID, &error))?;
        let client = self.session.require(subject)?;
        let failed = |path: &str, error: &Error| messages::failed(path, subject, error);
        let call =
            call_in(&client, context, WITHIN, state.get(TENANT_ID)).await.map_err(|error| failed(TENANT_ID, &error))?;
        if !state.get(TENANT_ID).is_known() {
            let tenant = client.tenant_id(&call).await.map_err(|error| failed(TENANT_ID, &error))?;
            state.set(TENANT_ID, tenant);
        }
        if !state.get(SUBSCRIPTION_ID).is_known() {
            state.set(SUBSCRIPTION_ID, workspace.subscription_id.as_str());
        }
        let options = self.session.options();
        let checks = self.session.connectors().iter().map(|row| {
            let of = match row.scope {
                Scope::Tenant => state.get(TENANT_ID),
                Scope::Subscription => state.get(SUBSCRIPTION_ID),
            };
            self.requirement(&client, &call, &workspace, row, of.as_str().unwrap_or_default())
        });
        let brief = call.briefly();
        let packages = Request::list(&workspace, Collection::ContentPackages, options.version(Line::Preview));
        let (requirements, packages) = tokio::join!(try_join_all(checks), client.list(&brief, packages));
        let requirements = requirements.map_err(|error| failed(WORKSPACE_ID, &error))?;
        // What is installed is told besides: where it cannot be read, as in a workspace without Sentinel, it is not known.
        let packages = packages.ok();
        let rows = self.session.connectors().iter();
        let requirements = rows.zip(requirements).map(|(row, mut requirement)| {
            requirement.set(SOLUTION, solution(row, packages.as_deref().map(Vec::as_slice)));
            requirement
        });
        let requirements = requirements.collect();
        state.set(ID, place.as_str());
        state.set("requirements", Value::List(requirements));
        Ok(state)
    }

    async fn requirement(
        &self,
        client: &Client,
        call: &Call,
        workspace: &WorkspaceId,
        row: &Connector,
        of: &str,
    ) -> Result<Value, Error> {
        let options = self.session.options();
        let answer = if row.has_check {
            let request =
                Request::check_requirements(workspace, options.version(Line::Preview), requirements_body(row, of));
            match client.send(call, request).await {
                Ok(answer) => answer.body,
                // A cloud that does not have the kind yet has no check of it.
                Err(error) if error.is_unsupported_kind() => Json::Null,
                Err(error) => return Err(error),
            }
        } else {
            Json::Null
        };
        let state = |name: &str| answer[name].as_str();
        let states = [state("authorizationState"), state("licenseState")];
        let both = |word: &str| states.map(|state| state.is_some_and(|state| state.eq_ignore_ascii_case(word)));
        // What the service cannot tell is not known.
        let ready = match (both("valid"), both("invalid")) {
            ([true, true], _) => Some(true),
            (_, [false, false]) => None,
            _ => Some(false),
        };
        Ok(Value::Object(Object::from([
            ("resource_type".to_owned(), row.resource.into()),
            ("product".to_owned(), row.product.into()),
            ("kind".to_owned(), row.kind.into()),
            ("authorization_state".to_owned(), states[0].into()),
            ("license_state".to_owned(), states[1].into()),
            ("ready".to_owned(), ready.into()),
            ("licence".to_owned(), row.licence.into()),
            ("role".to_owned(), row.role.into()),
        ])))
    }
}

/// The solution of a connector, and whether a workspace with these packages has it.
fn solution(row: &Connector, packages: Option<&[Json]>) -> Value {
    let Some(Solution { content_id, .. }) = row.solution else { return Value::Null };
    let is_it = |item: &&Json| text(&item["properties"], "contentId").eq_ignore_ascii_case(content_id);
    let found = packages.map(|packages| packages.iter().find(is_it));
    let version = found.flatten().and_then(|item| Package::installed(item).ok()).map(|package| package.version);
    Value::Object(Object::from([
        ("content_id".to_owned(), content_id.into()),
        ("installed".to_owned(), found.map(|found| found.is_some()).into()),
        ("installed_version".to_owned(), version.as_deref().into()),
    ]))
}

#[async_trait]
impl DataSource for ConnectorRequirements {
    fn type_name(&self) -> &str {
        "defender_connector_requirements"
    }

    fn schema(&self) -> Schema {
        let solution = Type::object([
            ("content_id", Type::String),
            ("installed", Type::Bool),
            ("installed_version", Type::String),
        ]);
        let requirement = Type::object([
            ("resource_type", Type::String),
            ("product", Type::String),
            ("kind", Type::String),
            ("authorization_state", Type::String),
            ("license_state", Type::String),
            ("ready", Type::Bool),
            ("licence", Type::String),
            ("role", Type::String),
            (SOLUTION, solution),
        ]);
        let attributes = vec![
            Attribute::required(WORKSPACE_ID, Type::String, "ARM id of the Log Analytics workspace, in any casing."),
            Attribute::optional_computed(
                TENANT_ID,
                Type::String,
                "Tenant whose products are asked for. Defaults to the tenant of the provider's token.",
            ),
            Attribute::optional_computed(
                SUBSCRIPTION_ID,
                Type::String,
                "Subscription that the connectors of one are asked for. Defaults to the workspace's own.",
            ),
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                "requirements",
                Type::list(requirement),
                "One for each connector resource: `resource_type`, `product` and `kind` as ARM has it; `authorization_state` (`Valid`, \
                 `Invalid`) and `license_state` (`Valid`, `Invalid`, `Unknown`) as the service has them; `ready`, whether both are valid; \
                 and what to get otherwise, the `licence` or plan, and the caller's `role` besides Microsoft Sentinel Contributor; and `solution`, the connector's solution of the \
                 Content hub with its `content_id`, whether it is `installed`, and the `installed_version` (null where that cannot be read). The \
                 states are null where the service has no check for the kind, and `ready` is where it cannot tell.",
            ),
        ];
        let description = "Asks the service, for every connector kind at once, whether it may be connected to a workspace: licence and \
            permission are told apart. Nothing is changed. The check is in preview api-versions only.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        if let Some(Err(error)) = config.get(WORKSPACE_ID).as_str().map(WorkspaceId::parse) {
            diagnostics.push(messages::bad_workspace_id(WORKSPACE_ID, &error));
        }
        for (name, what) in [(TENANT_ID, "tenant id"), (SUBSCRIPTION_ID, "subscription id")] {
            if let Some(text) = config.get(name).as_str().filter(|text| Uuid::try_parse(text).is_err()) {
                diagnostics.push(messages::not_a_guid(name, what, text));
            }
        }
        diagnostics
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.check(context, config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
