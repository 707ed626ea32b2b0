//! Every source in, our state out; and what no resource takes over.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use expect_test::{expect, expect_file};
use serde_json::{Value as Json, json};

use super::*;
use crate::catalog::{CONNECTORS, INCIDENT_PRODUCTS};
use crate::provider::DefenderProvider;
use crate::terraform::{Provider, Resource, Value};

const WORKSPACE: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/\
                         Microsoft.OperationalInsights/workspaces/ws-all";
const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const AZURERM: &str = "registry.terraform.io/hashicorp/azurerm";
const AZAPI: &str = "registry.terraform.io/azure/azapi";

/// The managed resources of a state file: type and name, schema version, attributes.
fn instances(file: &str) -> Vec<(String, String, i64, Json)> {
    let path = format!("{}/tests/fixtures/states/{file}", env!("CARGO_MANIFEST_DIR"));
    let state: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let managed = state["resources"].as_array().unwrap().iter().filter(|resource| resource["mode"] == "managed");
    let instance = |resource: &Json| {
        let instance = &resource["instances"][0];
        let text = |field: &str| resource[field].as_str().unwrap().to_owned();
        (text("type"), text("name"), instance["schema_version"].as_i64().unwrap(), instance["attributes"].clone())
    };
    managed.map(instance).collect()
}

/// What one resource makes of a source: its attributes, or the refusal.
fn taken_over(resource: &dyn Resource, source: MoveSource<'_>) -> Result<String, String> {
    let moved = resource.take_over(source).map_err(|refused| {
        refused.0.into_iter().map(|told| told.summary + "\n" + &told.detail).collect::<Vec<_>>().join("\n")
    })?;
    let schema = resource.schema().block;
    let state = moved.state.as_object().unwrap();
    let names: Vec<_> = schema.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    assert!(names.iter().all(|name| state.contains_key(*name)) && state.len() == names.len() + 1, "{state:?}");
    let (told, untold): (Vec<_>, Vec<_>) = state.iter().partition(|(_, value)| !value.is_null());
    let mut text = String::new();
    for (name, value) in told {
        let _ = writeln!(text, "  {name} = {}", shown(value));
    }
    let untold: Vec<_> = untold.into_iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(text, "  null: {}", untold.join(", "));
    Ok(text.replace(WORKSPACE, "WORKSPACE").replace(TENANT, "TENANT"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Bool(is_on) => is_on.to_string(),
        Value::Number(_) => value.as_i64().unwrap().to_string(),
        Value::List(items) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()).replace("\\\"", ""),
        Value::Object(fields) => {
            format!(
                "{{ {} }}",
                fields.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Null => "null".to_owned(),
        Value::Unknown(_) | Value::Dynamic(_) => panic!("{value:?} in moved state"),
    }
}

/// The resources whose like no other provider has.
const TAKE_NOTHING: [&str; 3] =
    ["defender_hunting_tables", "defender_incident_rule_suppression", "defender_ingestion_workbook"];

/// What all resources make of a source: the one that takes it over, or nothing. Those that refuse must name it.
fn by_whom(provider: &str, type_name: &str, schema_version: i64, state: &Json) -> String {
    let defender = DefenderProvider::default();
    let source = || MoveSource { provider, type_name, schema_version, state: state.clone() };
    let tried: Vec<_> =
        defender.resources().iter().map(|resource| (resource.type_name(), taken_over(&**resource, source()))).collect();
    let takers: Vec<_> = tried.iter().filter_map(|(name, taken)| Some((name, taken.as_ref().ok()?))).collect();
    let [(taker, state)] = takers.as_slice() else {
        assert!(takers.is_empty(), "{takers:?}");
        return "nothing takes it over\n".to_owned();
    };
    for (name, refusal) in tried.iter().filter_map(|(name, taken)| Some((name, taken.as_ref().err()?))) {
        let takes_nothing = TAKE_NOTHING.contains(name);
        assert!(takes_nothing || refusal.contains(&format!("Move it to {taker} instead.")), "{name}: {refusal}");
    }
    format!("{taker}\n{state}")
}

#[test]
fn what_the_providers_themselves_wrote() {
    let mut text = String::new();
    for (file, provider) in [("azurerm-5.2.0.tfstate", AZURERM), ("azapi-2.12.0.tfstate", AZAPI)] {
        for (type_name, name, version, state) in instances(file) {
            let _ = write!(text, "{type_name}.{name} -> {}", by_whom(provider, &type_name, version, &state));
        }
    }
    expect_file!["../../../tests/goldens/moves.txt"].assert_eq(&text);
}

/// A source of azapi around a body.
fn of_azapi(name: &str, of_type: &str, body: Json) -> Json {
    let id = format!("{WORKSPACE}/providers/{}/{name}", of_type.split('@').next().unwrap());
    json!({ "id": id, "name": name, "parent_id": WORKSPACE, "type": of_type, "body": body, "timeouts": null })
}

const CONNECTOR: &str = "Microsoft.SecurityInsights/dataConnectors@2025-07-01-preview";

fn xdr() -> Json {
    json!({ "kind": "MicrosoftThreatProtection", "properties": {
        "tenantId": TENANT,
        "dataTypes": { "incidents": { "state": "enabled" }, "alerts": { "state": "Disabled" } },
        "filteredProviders": { "alerts": ["MicrosoftDefenderForIdentity"] },
    }})
}

#[test]
fn a_body_in_the_wrapping_of_each_schema_version_is_one_state() {
    let ty = json!(["object", { "kind": "string" }]);
    let wrapped = [
        (0, json!(xdr().to_string())),
        (1, json!({ "type": "string", "value": xdr().to_string() })),
        (1, json!({ "type": ty, "value": xdr() })),
        (2, json!({ "type": ty, "value": xdr() })),
        // As a newer one may have it.
        (9, xdr()),
    ];
    let states =
        wrapped.map(|(version, body)| by_whom(AZAPI, "azapi_resource", version, &of_azapi("c", CONNECTOR, body)));
    expect![[r#"
        defender_xdr_connector
          adopt_existing = false
          alerts = false
          filtered_alert_providers = ["microsoftDefenderForIdentity"]
          id = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/c"
          incidents = true
          name = "c"
          tenant_id = "TENANT"
          workspace_id = "WORKSPACE"
          null: managed_by_portal, timeouts
    "#]]
    .assert_eq(&states[0]);
    assert!(states.iter().all(|state| *state == states[0]), "{states:#?}");
}

#[test]
fn what_a_state_has_besides() {
    let defender = |source: (&str, &str, Json)| by_whom(source.0, source.1, 2, &source.2);
    let dynamic = |value: Json| json!({ "type": "dynamic", "value": value });
    let mut exported = of_azapi("c", CONNECTOR, dynamic(json!({ "kind": "IOT", "properties": {} })));
    exported["output"] =
        dynamic(json!({ "properties": { "subscriptionId": "s", "dataTypes": { "alerts": { "state": "Disabled" } } } }));
    exported["response_export_values"] = dynamic(json!(["*"]));
    let mut renamed = exported.clone();
    renamed["response_export_values"] = dynamic(json!({ "properties": "tags" }));
    let mut table = json!({
        "id": format!("{WORKSPACE}/tables/DeviceEvents"),
        "type": "microsoft.operationalinsights/Workspaces/tables@2023-09-01",
        "body": dynamic(json!({ "properties": { "totalRetentionInDays": 180 } })),
        "timeouts": { "create": "10m", "read": null, "update": "", "delete": "1h" },
    });
    let basic = json!({
        "id": format!("{WORKSPACE}/tables/DeviceEvents"), "plan": "Basic", "retention_in_days": 0, "total_retention_in_days": 0,
        "timeouts": { "create": null, "read": null, "update": null, "delete": null, "other": "5m" },
    });
    let shown = [
        ("its exports", (AZAPI, "azapi_resource", exported)),
        ("exports under other names", (AZAPI, "azapi_resource", renamed)),
        (
            "no body",
            (
                AZAPI,
                "azapi_resource",
                of_azapi("default", "Microsoft.SecurityInsights/onboardingStates@2024-03-01", Json::Null),
            ),
        ),
        ("a part of an object, and timeouts", (AZAPI, "azapi_update_resource", table.clone())),
        (
            "another registry",
            ("Registry.OpenTofu.org/Hashicorp/AzureRM", "azurerm_log_analytics_workspace_table", basic),
        ),
        ("a mirror without a host", ("azure/azapi", "azapi_update_resource", table.take())),
    ]
    .map(|(what, source)| format!("{what} -> {}", defender(source)));
    expect![[r#"
        its exports -> defender_iot_connector
          adopt_existing = false
          alerts = false
          id = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/c"
          name = "c"
          subscription_id = "s"
          workspace_id = "WORKSPACE"
          null: managed_by_portal, tenant_id, timeouts
        exports under other names -> defender_iot_connector
          adopt_existing = false
          id = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/c"
          name = "c"
          workspace_id = "WORKSPACE"
          null: alerts, managed_by_portal, subscription_id, tenant_id, timeouts
        no body -> defender_workspace_onboarding
          adopt_existing = false
          id = "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default"
          workspace_id = "WORKSPACE"
          null: customer_managed_key, tenant_id, timeouts
        a part of an object, and timeouts -> defender_table_retention
          id = "WORKSPACE/tables/DeviceEvents"
          table = "DeviceEvents"
          timeouts = { create = "10m", delete = "1h", read = null, update = null }
          total_retention_in_days = 180
          workspace_id = "WORKSPACE"
          null: plan, retention_in_days, tenant_id
        another registry -> defender_table_retention
          id = "WORKSPACE/tables/DeviceEvents"
          plan = "Basic"
          table = "DeviceEvents"
          workspace_id = "WORKSPACE"
          null: retention_in_days, tenant_id, timeouts, total_retention_in_days
        a mirror without a host -> defender_table_retention
          id = "WORKSPACE/tables/DeviceEvents"
          table = "DeviceEvents"
          timeouts = { create = "10m", delete = "1h", read = null, update = null }
          total_retention_in_days = 180
          workspace_id = "WORKSPACE"
          null: plan, retention_in_days, tenant_id
    "#]]
    .assert_eq(&shown.concat());
}

#[test]
fn what_is_not_taken_over_is_told() {
    let defender = DefenderProvider::default();
    let resource =
        |name: &str| defender.resources().iter().find(|resource| resource.type_name() == name).unwrap().clone();
    let connector = |body: Json| of_azapi("c", CONNECTOR, body);
    let id = format!("{WORKSPACE}/providers/Microsoft.SecurityInsights/dataConnectors/c");
    let cases = [
        ("defender_xdr_connector", AZURERM, "azurerm_sentinel_data_connector_office_365", 0, json!({ "id": id })),
        ("defender_xdr_connector", AZURERM, "azurerm_sentinel_data_connector_iot", 0, json!({ "id": id })),
        ("defender_xdr_connector", "registry.terraform.io/x/sentinel", "sentinel_connector", 0, json!({ "id": id })),
        ("defender_xdr_connector", AZAPI, "azapi_resource_action", 2, json!({ "id": id })),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 2, json!({ "id": id })),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 0, connector(json!("{\"kind\":"))),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 2, connector(json!({ "type": "string", "value": "[1]" }))),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 2, connector(json!({ "properties": {} }))),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 3, connector(json!({ "kind": "IOT", "properties": "x" }))),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 2, connector(json!({ "kind": "AzureSecurityCenter" }))),
        ("defender_xdr_connector", AZAPI, "azapi_resource", 2, connector(json!({ "kind": "Dynamics365" }))),
        (
            "defender_xdr_connector",
            AZAPI,
            "azapi_resource",
            2,
            of_azapi("c", "Microsoft.Security/pricings@2024-01-01", json!({})),
        ),
        (
            "defender_cloud_apps_connector",
            AZURERM,
            "azurerm_sentinel_data_connector_microsoft_cloud_app_security",
            4,
            json!({ "id": id, "alerts_enabled": { "on": true } }),
        ),
        (
            "defender_iot_connector",
            AZURERM,
            "azurerm_sentinel_data_connector_iot",
            0,
            json!({ "subscription_id": "s" }),
        ),
        ("defender_iot_connector", AZURERM, "azurerm_sentinel_data_connector_iot", 0, json!({ "id": WORKSPACE })),
        ("defender_hunting_tables", AZURERM, "azurerm_log_analytics_workspace_table", 0, json!({ "id": id })),
        (
            "defender_xdr_connector",
            AZURERM,
            "azurerm_sentinel_data_connector_microsoft_threat_protection",
            0,
            Json::Null,
        ),
    ];
    let told = cases.map(|(to, provider, type_name, schema_version, state)| {
        let source = MoveSource { provider, type_name, schema_version, state };
        taken_over(&*resource(to), source).unwrap_err().replace(WORKSPACE, "WORKSPACE") + "\n\n"
    });
    expect_file!["../../../tests/goldens/moves-refused.txt"].assert_eq(&told.concat());
}

#[test]
fn every_resource_is_taken_over_or_is_named_here() {
    let defender = DefenderProvider::default();
    let all = || defender.resources().iter().map(|resource| resource.type_name());
    let known = |name: &str| managed(CONNECTORS).any(|what| what.resource == name);
    assert!(managed(CONNECTORS).all(|what| all().any(|name| name == what.resource)));
    let without: Vec<_> = all().filter(|name| !known(name)).collect();
    assert_eq!(without, TAKE_NOTHING);
    let not_in_azurerm: Vec<_> = managed(CONNECTORS)
        .map(|what| what.resource)
        .filter(|resource| azurerm::types_of(resource).next().is_none())
        .collect();
    assert_eq!(not_in_azurerm, ["defender_premium_threat_intelligence_connector"], "has azurerm no type for these?");
    assert!(azurerm::resources().all(known));
}

#[test]
fn the_guides_name_what_is_taken_over() {
    let guide =
        |name: &str| std::fs::read_to_string(format!("{}/docs/guides/{name}.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (from_azurerm, from_azapi) = (guide("from-azurerm"), guide("from-azapi"));
    for what in managed(CONNECTORS) {
        let page = what.resource.strip_prefix("defender_").unwrap();
        let ours = format!("| [`{}`](../resources/{page}.md) |", what.resource);
        for theirs in azurerm::types_of(what.resource) {
            assert!(from_azurerm.contains(&format!("| `{theirs}` {ours}")), "{theirs}");
        }
        let theirs = what.kind.map_or_else(|| format!("| `{}` | ", what.arm_type), |kind| format!("| `{kind}` "));
        assert!(from_azapi.contains(&format!("{theirs}{ours}")), "{theirs}");
    }
    for product in INCIDENT_PRODUCTS {
        let row = format!("| `{}` | `{}` |", product.product_filter, product.name);
        assert!(from_azurerm.contains(&row), "{row}");
    }
}
