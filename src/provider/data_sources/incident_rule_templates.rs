//! `defender_incident_rule_templates`: the templates of incident-creation rules that a workspace offers.

use crate::provider::engine::attributes::{ID, NAME, WORKSPACE_ID};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Collection, text};
use crate::catalog::{INCIDENT_PRODUCTS, INCIDENT_RULE_KIND};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::messages;
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, SourceRead, Type, Value,
};

const FILTER: &str = "product_filter";

/// The data source.
pub struct IncidentRuleTemplates {
    session: Arc<Session>,
}

const WITHIN: Duration = Duration::from_secs(5 * 60);

impl IncidentRuleTemplates {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn list(&self, context: &Context, config: &Value) -> Result<Value, Diagnostic> {
        let subject = ("read", "the list of rule templates", "data.defender_incident_rule_templates");
        let place = Place::of(&self.session, context, WITHIN, subject, config).await?;
        let request = place.list_of(Collection::AlertRuleTemplates);
        let items = place.client.list(&place.call, request).await;
        let items = items.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
        let ours = |item: &&Json| text(item, "kind").eq_ignore_ascii_case(INCIDENT_RULE_KIND);
        let mut templates: Vec<_> = items.iter().filter(ours).map(template).collect();
        templates.sort_by(|left, right| {
            let key = |value: &Value| value.get(FILTER).as_str().unwrap_or_default().to_lowercase();
            key(left).cmp(&key(right)).then_with(|| left.get(NAME).as_str().cmp(&right.get(NAME).as_str()))
        });
        let mut state = config.clone();
        state.set(ID, place.workspace.to_string());
        state.set("templates", Value::List(templates));
        Ok(state)
    }
}

fn template(item: &Json) -> Value {
    let properties = &item["properties"];
    let filter = text(properties, "productFilter");
    let row = INCIDENT_PRODUCTS.iter().find(|row| row.product_filter.eq_ignore_ascii_case(filter));
    Value::Object(Object::from([
        ("name".to_owned(), Value::from(item["name"].as_str())),
        ("display_name".to_owned(), Value::from(properties["displayName"].as_str())),
        ("description".to_owned(), Value::from(properties["description"].as_str())),
        ("product".to_owned(), Value::from(row.map(|row| row.name))),
        (FILTER.to_owned(), filter.into()),
        ("status".to_owned(), Value::from(properties["status"].as_str())),
        ("rules".to_owned(), Value::from(properties["alertRulesCreatedByTemplateCount"].as_i64())),
    ]))
}

#[async_trait]
impl DataSource for IncidentRuleTemplates {
    fn type_name(&self) -> &str {
        "defender_incident_rule_templates"
    }

    fn schema(&self) -> Schema {
        let template = Type::object([
            ("name", Type::String),
            ("display_name", Type::String),
            ("description", Type::String),
            ("product", Type::String),
            (FILTER, Type::String),
            ("status", Type::String),
            ("rules", Type::Number),
        ]);
        let mut attributes = place::source_attributes().to_vec();
        attributes.extend([
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                "templates",
                Type::list(template),
                "The templates, in order of their product: `name` (the GUID that `template_name` of `defender_incident_rule` takes), \
                 `display_name`, `description`, `product` as `defender_incident_rule` names it (null for one that this version does not know), \
                 `product_filter` as ARM has it, `status`, and `rules`, how many rules were made from it.",
            ),
        ]);
        let description = "Lists the templates that a Microsoft Sentinel workspace has for incident-creation rules (ARM \
            `alertRuleTemplates`, kind `MicrosoftSecurityIncidentCreation`).";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        place::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.list(context, &config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
