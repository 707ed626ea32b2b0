//! Every data connector of a workspace, those of kinds that have no resource here included.

use crate::provider::engine::attributes::{ID, SUBSCRIPTION_ID, TENANT_ID, WORKSPACE_ID};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Collection, text};
use crate::catalog;
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::messages;
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, SourceRead, Type, Value,
};

/// The data source.
pub struct Connectors {
    session: Arc<Session>,
}

/// How long the list may take.
const WITHIN: Duration = Duration::from_secs(5 * 60);

impl Connectors {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn list(&self, context: &Context, config: &Value) -> Result<Value, Diagnostic> {
        let subject = ("read", "the list of data connectors", "data.defender_connectors");
        let place = Place::of(&self.session, context, WITHIN, subject, config).await?;
        let request = place.list_of(Collection::DataConnectors);
        let items = place.client.list(&place.call, request).await;
        let items = items.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
        let mut connectors: Vec<_> = items.iter().map(|item| connector(self.session.connectors(), item)).collect();
        connectors.sort_by(|left, right| left.get(ID).as_str().cmp(&right.get(ID).as_str()));
        Ok(Value::List(connectors))
    }
}

fn connector(rows: &'static [catalog::Connector], item: &Json) -> Value {
    let properties = &item["properties"];
    let optional = |value: &Json| Value::from(value.as_str());
    let states = properties["dataTypes"].as_object().into_iter().flatten().filter_map(|(name, data_type)| {
        let state = data_type["state"].as_str()?;
        Some((name.clone(), state.eq_ignore_ascii_case("enabled").into()))
    });
    let kind = text(item, "kind");
    Value::Object(Object::from([
        ("id".to_owned(), optional(&item["id"])),
        ("name".to_owned(), optional(&item["name"])),
        ("kind".to_owned(), kind.into()),
        ("resource_type".to_owned(), catalog::Connector::of_kind(rows, kind).map(|row| row.resource).into()),
        (TENANT_ID.to_owned(), optional(&properties["tenantId"])),
        (SUBSCRIPTION_ID.to_owned(), optional(&properties["subscriptionId"])),
        ("data_types".to_owned(), Value::Object(states.collect())),
    ]))
}

#[async_trait]
impl DataSource for Connectors {
    fn type_name(&self) -> &str {
        "defender_connectors"
    }

    fn schema(&self) -> Schema {
        let connector = Type::object([
            ("id", Type::String),
            ("name", Type::String),
            ("kind", Type::String),
            ("resource_type", Type::String),
            (TENANT_ID, Type::String),
            (SUBSCRIPTION_ID, Type::String),
            ("data_types", Type::map(Type::Bool)),
        ]);
        let attributes = vec![
            Attribute::required(WORKSPACE_ID, Type::String, "ARM id of the Log Analytics workspace, in any casing."),
            Attribute::optional(
                TENANT_ID,
                Type::String,
                "Tenant of the workspace. Defaults to the tenant of the provider's token.",
            ),
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                "connectors",
                Type::list(connector),
                "The connectors, in order of their ids: `id` (which import takes), `name`, `kind` as ARM has it, `resource_type` that manages \
                 the kind (null where this provider has none), `tenant_id` and `subscription_id` that the data comes from (null where the \
                 kind has none), and `data_types`, whether each of them is on.",
            ),
        ];
        let description =
            "Lists the data connectors of a Microsoft Sentinel workspace, whoever made them and of whatever kind.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        place::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.list(context, &config).await {
            Ok(connectors) => {
                let mut state = config;
                let id = state.get(WORKSPACE_ID).clone();
                state.set(ID, id);
                state.set("connectors", connectors);
                SourceRead { state: Some(state), diagnostics: Diagnostics::default() }
            }
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
