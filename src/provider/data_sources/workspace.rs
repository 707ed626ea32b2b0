//! `defender_workspace`: one workspace, and what can be seen of its Sentinel.

use crate::provider::engine::attributes::{ID, NAME, SUBSCRIPTION_ID, WORKSPACE_ID};
use std::sync::Arc;
use std::time::Duration;

use crate::arm::{Collection, Error, Request, ResourceId, text};
use crate::catalog::Line;
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::messages;
use crate::provider::workspace_item::{associations, names_portal};
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Schema, SourceRead, Type, Value,
};
use async_trait::async_trait;

/// The data source.
pub struct Workspace {
    session: Arc<Session>,
}

const WITHIN: Duration = Duration::from_secs(5 * 60);

impl Workspace {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn look(&self, context: &Context, config: &Value) -> Result<Value, Diagnostic> {
        let subject = ("read", "the workspace", "data.defender_workspace");
        let place = Place::of(&self.session, context, WITHIN, subject, config).await?;
        let failed = |error: Error| messages::failed(WORKSPACE_ID, place.subject, &error);
        // The newest api-version alone names the experiences that a workspace is tied to; a cloud may not have it yet.
        let newest = place.client.send(&place.call, Request::workspace_newest(&place.workspace)).await;
        let answer = match newest {
            Err(error) if error.is_unknown_api_version() => {
                place.client.send(&place.call, Request::workspace(&place.workspace)).await
            }
            other => other,
        };
        let item = answer.map_err(failed)?.body;
        let onboarding = ResourceId {
            workspace: place.workspace.clone(),
            collection: Collection::OnboardingStates,
            name: "default".to_owned(),
        };
        let onboarding =
            match place.client.send(&place.call, Request::get(&onboarding, place.version(Line::Stable))).await {
                Ok(answer) => Some(answer.body),
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(failed(error)),
            };

        let properties = &item["properties"];
        let associations = associations(&item);
        let in_portal = associations.as_deref().is_some_and(names_portal);

        let mut state = config.clone();
        state.set(ID, place.workspace.to_string());
        state.set(NAME, text(&item, "name"));
        state.set("resource_group", place.workspace.resource_group.as_str());
        state.set(SUBSCRIPTION_ID, place.workspace.subscription_id.as_str());
        state.set("customer_id", properties["customerId"].as_str());
        state.set("location", item["location"].as_str());
        state.set("sku", properties["sku"]["name"].as_str());
        state.set("retention_in_days", properties["retentionInDays"].as_i64());
        state.set("onboarded", onboarding.is_some());
        let key = onboarding.map(|onboarding| onboarding["properties"]["customerManagedKey"] == true);
        state.set("customer_managed_key", key);
        state.set("in_defender_portal", in_portal.then_some(true));
        state.set("associations", associations.map(Value::strings));
        Ok(state)
    }
}

#[async_trait]
impl DataSource for Workspace {
    fn type_name(&self) -> &str {
        "defender_workspace"
    }

    fn schema(&self) -> Schema {
        let text = |name: &str, description: &str| Attribute::computed(name, Type::String, description);
        let mut attributes = place::source_attributes().to_vec();
        attributes.extend([
            text("id", "The workspace's ARM id."),
            text("name", "Name of the workspace."),
            text("resource_group", "Resource group it is in."),
            text(SUBSCRIPTION_ID, "Subscription it is in."),
            text("customer_id", "The GUID that queries know the workspace by."),
            text("location", "Azure region."),
            text("sku", "Pricing tier, as ARM has it."),
            Attribute::computed("retention_in_days", Type::Number, "Days that its tables keep data unless they have a retention of their own."),
            Attribute::computed("onboarded", Type::Bool, "Whether Microsoft Sentinel is on."),
            Attribute::computed(
                "customer_managed_key",
                Type::Bool,
                "Whether it was onboarded with a key of the customer's; null where Sentinel is not on.",
            ),
            Attribute::computed(
                "in_defender_portal",
                Type::Bool,
                "`true` where the associations name the Defender portal, else null: that it is not there cannot be seen through ARM.",
            ),
            Attribute::computed(
                "associations",
                Type::list(Type::String),
                "Experiences that the workspace is tied to, as its features name them (`features.associations`); null where the cloud's \
                 api-version has none.",
            ),
        ]);
        let description = "Looks at a Log Analytics workspace and its Microsoft Sentinel.\n\n**Known** (Microsoft's API description): \
            `features.associations` names experiences such as Sentinel and Defender for Cloud, in the newest api-versions.\n\n**Not \
            verified**: whether and by which name it tells of the Defender portal; any name with `Defender` or `XDR` in it, but for Defender for \
            Cloud, is taken for that. \
            A workspace in that portal is sure to be noticed only when ARM refuses a change to one of its Defender connectors.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        place::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.look(context, &config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
