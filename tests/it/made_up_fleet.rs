//! Plans of a made-up fleet, as `terraform show -json` prints them: as many tenants as are asked for, each with a workspace that
//! has every connector, streams every hunting table, and is asked for its data.

use serde_json::{Value, json};
use terraform_provider_defender::catalog::{CONNECTORS, HUNTING_TABLES};

const PROVIDER: &str = "registry.terraform.io/sentinel-iac/defender";

/// One in so many drifted.
const DRIFTED: usize = 10;

/// The plan of one tenant.
pub fn plan(number: usize) -> Value {
    let tenant = format!("{number:08x}-1111-4111-8111-111111111111");
    let workspace = format!(
        "/subscriptions/{number:08x}-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/\
         workspaces/law-customer-{number:04}"
    );
    let within = format!("module.customer[\"customer-{number:04}\"]");
    let sentinel = |what: &str| format!("{workspace}/providers/Microsoft.SecurityInsights/{what}");
    let resource = |mode: &str, of: &str, id: String, mut values: Value| {
        values["id"] = id.into();
        values["workspace_id"] = workspace.as_str().into();
        values["tenant_id"] = tenant.as_str().into();
        let data = if mode == "data" { "data." } else { "" };
        json!({
            "address": format!("{within}.{data}{of}.this"), "mode": mode, "type": of, "name": "this", "provider_name": PROVIDER,
            "schema_version": 0, "values": values, "sensitive_values": {},
        })
    };
    let mut resources: Vec<_> = CONNECTORS
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let mut values = json!({ "managed_by_portal": number % 50 == 1 });
            for data_type in row.data_types {
                values[data_type.attribute] = (row.resource != "defender_xdr_connector" || data_type.default).into();
            }
            resource("managed", row.resource, sentinel(&format!("dataConnectors/{at}")), values)
        })
        .collect();
    let tables: Vec<_> = HUNTING_TABLES.iter().map(|row| row.name).collect();
    let days = |most: usize| -> Value {
        let day = |day: usize| (format!("2026-11-{:02}", day + 15), Value::from((number + day) * most % 997));
        Value::Object((0..14).map(day).collect())
    };
    let source = |kind: &str, name: &str, state: &str, most: usize| {
        let reason = (state != "flowing").then_some("no record in the last 24 hours");
        json!({
            "kind": kind, "name": name, "state": state, "reason": reason, "first_record_time": "2026-11-01T00:00:00Z",
            "last_record_time": "2026-11-28T07:45:00Z", "daily_counts": days(most), "volume_mb": 12.5,
        })
    };
    let mut sources = vec![source("incidents", "Microsoft Defender XDR", "flowing", 1)];
    sources.push(source(
        "alerts",
        "Microsoft Defender for Cloud",
        if number % 20 == 3 { "stale" } else { "flowing" },
        3,
    ));
    sources.extend(tables.iter().map(|table| source("table", table, "flowing", 101)));
    let rule = json!({
        "product": "Microsoft Defender for IoT", "display_name": "Create incidents based on Microsoft Defender for IoT alerts", "enabled": true,
    });
    let suppression = json!({
        "products": ["Microsoft Defender for Endpoint", "Microsoft Defender for Identity"], "suppressed_rules": [],
        "enabled_rules": if number % 33 == 5 { json!([sentinel("alertRules/by-hand")]) } else { json!([]) },
    });
    let retention = json!({ "table": "DeviceEvents", "plan": "Analytics", "retention_in_days": 90, "total_retention_in_days": 365 });
    let solution = json!({
        "content_id": "azuresentinel.azure-sentinel-solution-microsoft365defender", "display_name": "Microsoft Defender XDR", "version": "3.0.12",
        "update_available": number.is_multiple_of(4).then_some("3.0.13"),
    });
    resources.extend([
        resource(
            "managed",
            "defender_hunting_tables",
            format!("{workspace}|SentinelExportSettings-x"),
            json!({ "tables": tables }),
        ),
        resource("managed", "defender_incident_rule", sentinel("alertRules/iot"), rule),
        resource("managed", "defender_incident_rule_suppression", format!("{workspace}|products"), suppression),
        resource("managed", "defender_table_retention", format!("{workspace}/tables/DeviceEvents"), retention),
        resource(
            "managed",
            "defender_ueba",
            sentinel("settings/Ueba"),
            json!({ "data_sources": ["AuditLogs", "SigninLogs"] }),
        ),
        resource("managed", "defender_content_solution", sentinel("contentPackages/xdr"), solution),
        resource("managed", "defender_workspace_onboarding", sentinel("onboardingStates/default"), json!({})),
        resource("data", "defender_ingestion", workspace.clone(), json!({ "sources": sources })),
    ]);
    let change = |resource: &Value, attribute: &str, before: Value, after: Value| {
        let side = |value: Value| {
            let mut side = resource["values"].clone();
            side[attribute] = value;
            side
        };
        json!({
            "address": resource["address"], "mode": "managed", "type": resource["type"], "name": "this", "provider_name": PROVIDER,
            "change": {
                "actions": ["update"], "before": side(before), "after": side(after), "after_unknown": {}, "before_sensitive": {},
                "after_sensitive": {},
            },
        })
    };
    let (mut drift, mut changes) = (Vec::new(), Vec::new());
    if number.is_multiple_of(DRIFTED) {
        drift.push(change(&resources[1], "alerts", true.into(), false.into()));
        changes.push(change(&resources[1], "alerts", false.into(), true.into()));
    }
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-11-28T08:00:00Z", "planned_values": {},
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "child_modules": [{ "resources": resources, "address": within }] } } },
        "resource_drift": drift, "resource_changes": changes,
    })
}

/// A state file of `size` objects, one in so many of them a connector with a workspace of its own, and the rest of another provider.
pub fn state(size: usize, ours: usize) -> String {
    let object = |number: usize| {
        let group = format!("/subscriptions/{number:08x}-2222-4222-8222-222222222222/resourceGroups/rg");
        let (of, provider, attributes) = match number.is_multiple_of(ours) {
            true => {
                let workspace = format!("{group}/providers/Microsoft.OperationalInsights/workspaces/law-{number}");
                let id = format!("{workspace}/providers/Microsoft.SecurityInsights/dataConnectors/it");
                let values = json!({ "id": id, "workspace_id": workspace, "tenant_id": "tenant", "alerts": true });
                ("defender_identity_connector", PROVIDER, values)
            }
            false => {
                let values =
                    json!({ "id": group, "location": "westeurope", "name": "rg", "tags": { "owner": "somebody" } });
                ("azurerm_resource_group", "registry.terraform.io/hashicorp/azurerm", values)
            }
        };
        json!({
            "mode": "managed", "type": of, "name": format!("it{number}"), "provider": format!("provider[\"{provider}\"]"),
            "instances": [{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [] }],
        })
        .to_string()
    };
    let objects: Vec<_> = (0..size).map(object).collect();
    format!("{{\"version\":4,\"terraform_version\":\"1.11.4\",\"resources\":[{}]}}", objects.join(","))
}
