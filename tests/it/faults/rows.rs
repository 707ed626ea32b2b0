//! The resources that the faults are played on: a row each.

use serde_json::{Value as Json, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT};

/// A resource, and its attributes before and after an update.
pub struct Row {
    pub type_name: &'static str,
    pub made: &'static str,
    pub changed: &'static str,
    /// The workspace before there is any.
    pub workspace: fn() -> Json,
    /// What the resource has brought about in the service, by name.
    pub there: fn(&Json) -> Vec<String>,
    /// The same as state has it.
    pub known: fn(&Json) -> Vec<String>,
    /// A part of the address of its writes, and the methods that create, update and delete it.
    pub writes: (&'static str, [&'static str; 3]),
    pub killed: Killed,
}

/// What is left of a change that a provider was killed at before it could tell Terraform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killed {
    /// The next run finds it by its name and takes it up.
    Found,
    /// It could be anybody's: the next run refuses it, until it is told to adopt it.
    Adopted,
    /// Nothing tells that it was made here; the next run leaves it as it is.
    Kept,
}

/// A resource with an object of its own in a workspace that has nothing else.
const OBJECT: Row = Row {
    type_name: "",
    made: "{}",
    changed: "{}",
    workspace: || workspace(true, json!([])),
    there: objects,
    known: |state| vec![last(state["id"].as_str().unwrap_or_default())],
    writes: ("Microsoft.SecurityInsights", ["PUT", "PUT", "DELETE"]),
    killed: Killed::Found,
};

pub const RESOURCES: [Row; 13] = [
    Row { type_name: "defender_xdr_connector", made: r#"{"alerts": true}"#, changed: r#"{"alerts": false}"#, ..OBJECT },
    Row {
        type_name: "defender_identity_connector",
        made: r#"{"adopt_existing": true}"#,
        changed: r#"{"name": "5a1f1c2e-0000-4000-8000-000000000001"}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_cloud_apps_connector",
        made: r#"{"discovery_logs": true}"#,
        changed: r#"{"discovery_logs": false}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_cloud_connector",
        made: "{}",
        changed: r#"{"subscription_id": "77777777-7777-4777-8777-777777777777"}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_threat_intelligence_connector",
        made: r#"{"lookback_date": "2025-01-01T00:00:00Z"}"#,
        changed: r#"{"lookback_date": "2025-02-01T00:00:00Z"}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_incident_rule",
        made: r#"{"product": "Microsoft Defender for Identity"}"#,
        changed: r#"{"product": "Microsoft Defender for Identity", "severities": ["High"]}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_incident_rule_suppression",
        made: r#"{"products": ["Microsoft Defender for Identity"]}"#,
        changed: r#"{"products": ["Microsoft Defender for Identity", "Microsoft Defender for Cloud Apps"]}"#,
        workspace: || {
            workspace(
                true,
                json!([
                    rule("one", "Azure Advanced Threat Protection", true),
                    rule("two", "Azure Advanced Threat Protection", true),
                    rule("three", "Microsoft Cloud App Security", true),
                    rule("four", "Microsoft Defender Advanced Threat Protection", true),
                ]),
            )
        },
        there: |world| {
            let rules = items(&world["workspaces"], "alert_rules");
            rules.filter(|rule| rule["properties"]["enabled"] == false).map(|rule| text(&rule["name"])).collect()
        },
        known: |state| {
            let ids = state["suppressed_rules"].as_array();
            ids.into_iter().flatten().map(|id| last(id.as_str().unwrap_or_default())).collect()
        },
        writes: ("alertRules", ["PUT", "PUT", "PUT"]),
        killed: Killed::Kept,
    },
    Row {
        type_name: "defender_hunting_tables",
        made: r#"{"tables": ["DeviceInfo", "CloudAppEvents"]}"#,
        changed: r#"{"tables": ["DeviceInfo", "DeviceEvents"]}"#,
        writes: ("dataExportSettings", ["POST", "POST", "DELETE"]),
        killed: Killed::Adopted,
        ..OBJECT
    },
    Row {
        type_name: "defender_workspace_onboarding",
        made: "{}",
        changed: r#"{"customer_managed_key": true}"#,
        workspace: || workspace(false, json!([])),
        there: |world| match world["workspaces"][0]["onboarded"] == true {
            true => vec!["default".to_owned()],
            false => Vec::new(),
        },
        killed: Killed::Adopted,
        ..OBJECT
    },
    Row {
        type_name: "defender_table_retention",
        made: r#"{"table": "DeviceInfo", "retention_in_days": 120}"#,
        changed: r#"{"table": "DeviceInfo", "retention_in_days": 180}"#,
        writes: ("tables", ["PATCH", "PATCH", "PATCH"]),
        there: |world| {
            let tables = world["workspaces"][0]["tables"].as_object().into_iter().flatten();
            let is_set =
                |table: &Json| !(table["retentionInDays"].is_null() && table["totalRetentionInDays"].is_null());
            tables.filter(|(_, table)| is_set(table)).map(|(name, _)| name.clone()).collect()
        },
        ..OBJECT
    },
    Row {
        type_name: "defender_ingestion_workbook",
        made: r#"{"tables": ["DeviceInfo"]}"#,
        changed: r#"{"tables": ["DeviceInfo", "DeviceEvents"]}"#,
        writes: ("Microsoft.Insights", ["PUT", "PUT", "DELETE"]),
        there: |world| {
            let workbooks = world["workbooks"].as_array().into_iter().flatten();
            workbooks.map(|workbook| text(&workbook["name"])).collect()
        },
        ..OBJECT
    },
    Row {
        type_name: "defender_ueba",
        made: r#"{"data_sources": ["AuditLogs"]}"#,
        changed: r#"{"data_sources": ["AuditLogs", "SigninLogs"]}"#,
        ..SETTING
    },
    Row {
        type_name: "defender_content_solution",
        made: r#"{"product": "Microsoft Defender for Identity"}"#,
        changed: r#"{"product": "Microsoft Defender for Endpoint"}"#,
        there: |world| items(&world["workspaces"], "content_packages").map(|package| text(&package["name"])).collect(),
        writes: ("contentPackages", ["PUT", "PUT", "DELETE"]),
        killed: Killed::Adopted,
        ..OBJECT
    },
];

/// A setting in a workspace that has what it may need, and what the portal alone knows in that.
const SETTING: Row = Row {
    workspace: || {
        let mut workspace = workspace(true, json!([]));
        workspace["settings"] = json!([{ "name": "EntityAnalytics", "kind": "EntityAnalytics",
            "properties": { "entityProviders": ["AzureActiveDirectory", "Okta"] } }]);
        workspace
    },
    there: |world| {
        let settings = items(&world["workspaces"], "settings").map(|setting| text(&setting["name"]));
        settings.filter(|name| name != "EntityAnalytics").collect()
    },
    writes: ("SecurityInsights/settings", ["PUT", "PUT", "DELETE"]),
    killed: Killed::Adopted,
    ..OBJECT
};

/// The other connectors and settings, which differ from those above in their row of the catalogue alone.
pub const ALIKE: [Row; 9] = [
    named("defender_endpoint_connector"),
    named("defender_office365_connector"),
    named("defender_entra_id_protection_connector"),
    named("defender_insider_risk_connector"),
    Row {
        type_name: "defender_iot_connector",
        made: r#"{"subscription_id": "22222222-2222-4222-8222-222222222222"}"#,
        changed: r#"{"subscription_id": "77777777-7777-4777-8777-777777777777"}"#,
        ..OBJECT
    },
    Row {
        type_name: "defender_premium_threat_intelligence_connector",
        made: r#"{"lookback_date": "2025-01-01T00:00:00Z"}"#,
        changed: r#"{"lookback_date": "2025-02-01T00:00:00Z"}"#,
        ..OBJECT
    },
    by_being_there("defender_anomalies"),
    by_being_there("defender_eyes_on"),
    Row {
        type_name: "defender_entity_analytics",
        made: r#"{"providers": ["ActiveDirectory"]}"#,
        changed: r#"{"providers": ["ActiveDirectory", "AzureActiveDirectory"]}"#,
        workspace: OBJECT.workspace,
        there: |world| items(&world["workspaces"], "settings").map(|setting| text(&setting["name"])).collect(),
        ..SETTING
    },
];

/// A setting that has nothing to change.
const fn by_being_there(type_name: &'static str) -> Row {
    Row { type_name, made: r#"{"timeouts": {"read": "2m"}}"#, changed: r#"{"timeouts": {"read": "3m"}}"#, ..SETTING }
}

/// A connector that can change in its name alone.
const fn named(type_name: &'static str) -> Row {
    Row { type_name, changed: r#"{"name": "5a1f1c2e-0000-4000-8000-000000000001"}"#, ..OBJECT }
}

/// The tenant before there is any.
pub fn tenant() -> Json {
    json!({
        "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
        "export_settings_accept_app_tokens": true,
    })
}

fn workspace(onboarded: bool, alert_rules: Json) -> Json {
    json!({
        "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
        "onboarded": onboarded, "alert_rules": alert_rules, "solutions": "none",
    })
}

fn rule(name: &str, product: &str, enabled: bool) -> Json {
    json!({
        "name": name, "kind": "MicrosoftSecurityIncidentCreation",
        "properties": { "displayName": name, "enabled": enabled, "productFilter": product },
    })
}

/// The names of all connectors, rules and export settings that the service has.
fn objects(world: &Json) -> Vec<String> {
    let of = |parents: &str, field: &str, name: &str| -> Vec<String> {
        items(&world[parents], field).map(|item| text(&item[name])).collect()
    };
    [
        of("workspaces", "connectors", "name"),
        of("workspaces", "alert_rules", "name"),
        of("tenants", "export_settings", "id"),
    ]
    .concat()
}

fn items<'a>(parents: &'a Json, field: &str) -> impl Iterator<Item = &'a Json> {
    let parents = parents.as_array().into_iter().flatten();
    parents.flat_map(move |parent| parent[field].as_array().into_iter().flatten()).collect::<Vec<_>>().into_iter()
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

/// The last part of an id: what the service calls the object.
fn last(id: &str) -> String {
    id.rsplit(['/', '|']).next().unwrap_or_default().to_owned()
}
