//! One Log Analytics workspace with its Sentinel, as a scenario seeds it and as the state shows it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::collection::{Collection, Resource};
use super::logs::{self, Logs};
use super::scenario::{Solutions, WorkspaceSeed};
use super::solutions::SOLUTIONS;
use super::table::Tables;

/// One Log Analytics workspace with its Sentinel.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The subscription it is in.
    pub subscription_id: String,
    /// The resource group it is in.
    pub resource_group: String,
    /// Its name.
    pub name: String,
    /// The tenant its subscription belongs to.
    pub tenant_id: String,
    /// Its region.
    pub location: String,
    /// The id that queries use.
    pub customer_id: String,
    /// Days it keeps data.
    pub retention_in_days: u32,
    /// Whether the Defender portal has taken the Defender connectors over.
    pub portal_locked: bool,
    /// onboardingStates: `default`, or nothing.
    pub onboarding: Collection,
    /// dataConnectors.
    pub connectors: Collection,
    /// alertRules.
    pub alert_rules: Collection,
    /// settings.
    pub settings: Collection,
    /// The templates of the gallery that a scenario adds.
    pub alert_rule_templates: Collection,
    /// The packages of the Content hub that are installed.
    pub content_packages: Collection,
    /// Those that it offers.
    pub content_product_packages: Collection,
    /// What installed solutions brought.
    pub content_templates: Collection,
    /// Tables with a retention or plan of their own.
    pub tables: Tables,
    /// What its tables hold.
    pub logs: Logs,
    /// The experiences that the workspace is tied to, as its features name them.
    pub associations: Vec<String>,
    /// What a client may set besides location and retention: `tags`, and of the properties sku, features, cap and networks.
    pub own: Value,
    /// Looks at it until its making is done.
    pub looks_left: u32,
}

impl Workspace {
    /// Brings one to life; the error names what is wrong in it.
    pub fn new(seed: WorkspaceSeed) -> Result<Self, String> {
        logs::check(&seed.logs)?;
        let mut workspace = Self {
            customer_id: String::new(),
            subscription_id: seed.subscription_id,
            resource_group: seed.resource_group,
            name: seed.name,
            tenant_id: seed.tenant_id,
            location: seed.location,
            retention_in_days: seed.retention_in_days,
            portal_locked: seed.portal_locked,
            onboarding: Collection::default(),
            connectors: Collection::default(),
            alert_rules: Collection::default(),
            alert_rule_templates: Collection::default(),
            content_packages: Collection::default(),
            content_product_packages: Collection::default(),
            content_templates: Collection::default(),
            settings: Collection::default(),
            tables: Tables::default(),
            logs: seed.logs,
            associations: seed.associations,
            own: default_settings(),
            looks_left: 0,
        };
        workspace.customer_id = seed.customer_id.unwrap_or_else(|| derived_uuid(&workspace.id().to_lowercase()));
        if seed.onboarded {
            workspace.onboarding.put(Resource::new("default", None, json!({"customerManagedKey": false})), 0);
        }
        for solution in &SOLUTIONS {
            workspace.content_product_packages.put(solution.in_catalogue(), 0);
            // Without Sentinel there is nothing that they could be installed in.
            if let Some(package) =
                solution.installed().filter(|_| seed.onboarded && seed.solutions == Solutions::Installed)
            {
                workspace.content_packages.put(package, 0);
            }
        }
        for (bodies, collection, what) in [
            (seed.connectors, &mut workspace.connectors, "connector"),
            (seed.alert_rules, &mut workspace.alert_rules, "alert rule"),
            (seed.alert_rule_templates, &mut workspace.alert_rule_templates, "alert rule template"),
            (seed.content_packages, &mut workspace.content_packages, "content package"),
            (seed.content_product_packages, &mut workspace.content_product_packages, "package of the catalogue"),
            (seed.content_templates, &mut workspace.content_templates, "content template"),
            (seed.settings, &mut workspace.settings, "setting"),
        ] {
            for body in bodies {
                let name = body.get("name").and_then(Value::as_str);
                let name = name.ok_or_else(|| format!("a {what} of workspace '{}' has no name", workspace.name))?;
                collection.put(Resource::from_body(name, &body)?, 0);
            }
        }
        Ok(workspace)
    }

    /// Its ARM id.
    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.OperationalInsights/workspaces/{}",
            self.subscription_id, self.resource_group, self.name
        )
    }

    /// Whether it is in the group of these names, in any casing.
    pub fn is_in(&self, subscription_id: &str, resource_group: &str) -> bool {
        self.subscription_id.eq_ignore_ascii_case(subscription_id)
            && self.resource_group.eq_ignore_ascii_case(resource_group)
    }

    /// How far its making is \[spec: WorkspaceEntityStatus\].
    pub fn provisioning_state(&self) -> &'static str {
        if self.looks_left > 0 { "Creating" } else { "Succeeded" }
    }

    /// What it has, in a stable order.
    pub fn state(&self) -> Value {
        let states = |collection: &Collection| collection.all().map(Resource::state).collect::<Vec<_>>();
        json!({
            "id": self.id(),
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "name": self.name,
            "tenant_id": self.tenant_id,
            "location": self.location,
            "customer_id": self.customer_id,
            "retention_in_days": self.retention_in_days,
            "onboarded": self.onboarding.get("default").is_some(),
            "portal_locked": self.portal_locked,
            "connectors": states(&self.connectors),
            "alert_rules": states(&self.alert_rules),
            "settings": states(&self.settings),
            "content_packages": states(&self.content_packages),
            "tables": self.tables.state(),
        })
    }
}

/// What a workspace has of which nobody said anything \[doc\].
pub fn default_settings() -> Value {
    json!({
        "tags": {},
        "properties": {
            "sku": {"name": "pergb2018"},
            "features": {"enableLogAccessUsingOnlyResourcePermissions": true},
            "workspaceCapping": {"dailyQuotaGb": -1.0},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
        },
    })
}

/// A UUID that is always the same for a seed.
pub fn derived_uuid(seed: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes()).to_string()
}
