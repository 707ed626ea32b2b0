//! Every connector resource through its whole life under the real Terraform, all of them in one workspace: made, planned
//! empty, drifted in every attribute, imported, destroyed.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::Bench;

/// One resource: its type without frame, its own arguments, and what somebody does to its `properties` in the portal.
struct Case {
    name: &'static str,
    arguments: &'static str,
    drift: fn() -> Value,
}

fn alerts_off() -> Value {
    json!({ "dataTypes": { "alerts": { "state": "Disabled" } } })
}

const CASES: [Case; 11] = [
    Case {
        name: "xdr",
        arguments: "alerts = true\n filtered_alert_providers = [\"microsoftDefenderForIdentity\"]",
        drift: || {
            json!({
                "dataTypes": { "incidents": { "state": "Disabled" }, "alerts": { "state": "Disabled" } },
                "filteredProviders": { "alerts": ["microsoftDefenderForCloudApps"] }
            })
        },
    },
    Case { name: "identity", arguments: "", drift: alerts_off },
    Case { name: "endpoint", arguments: "", drift: alerts_off },
    Case { name: "office365", arguments: "", drift: alerts_off },
    Case {
        name: "cloud_apps",
        arguments: "discovery_logs = true",
        drift: || json!({ "dataTypes": { "alerts": { "state": "Disabled" }, "discoveryLogs": { "state": "Disabled" } } }),
    },
    Case { name: "cloud", arguments: "", drift: alerts_off },
    Case { name: "iot", arguments: "subscription_id = \"77777777-7777-4777-8777-77777777AAAA\"", drift: alerts_off },
    Case { name: "entra_id_protection", arguments: "", drift: alerts_off },
    Case { name: "insider_risk", arguments: "", drift: alerts_off },
    Case {
        name: "threat_intelligence",
        arguments: "lookback_date = \"2025-01-01T02:00:00.5+02:00\"",
        drift: || json!({ "dataTypes": { "microsoftEmergingThreatFeed": { "state": "Disabled", "lookbackPeriod": "02/01/2025 13:30:00" } } }),
    },
    Case {
        name: "premium_threat_intelligence",
        arguments: "lookback_date = \"1970-01-01T00:00:00Z\"",
        drift: || json!({ "lookbackPeriod": "2025-01-01T00:00:00.000Z", "dataTypes": { "connector": { "state": "Disabled" } } }),
    },
];

fn address(case: &Case) -> String {
    format!("defender_{}_connector.it", case.name)
}

fn configuration() -> String {
    CASES
        .iter()
        .map(|case| {
            format!(
                "\nresource \"defender_{}_connector\" \"it\" {{\n workspace_id = var.workspace_id\n {}\n}}\n",
                case.name, case.arguments
            )
        })
        .collect()
}

#[test]
fn every_connector_lives_its_whole_life() {
    let bench = Bench::new();
    bench.configure(&configuration());
    bench.apply();
    let mut bodies: Vec<_> = bench
        .emulator
        .exchanges()
        .iter()
        .filter(|exchange| exchange["method"] == "PUT")
        .map(|exchange| {
            let version = exchange["url"].as_str().unwrap().rsplit_once("api-version=").unwrap().1.to_owned();
            bench.clean(&format!("{} {version}", exchange["requestBody"]))
        })
        .collect();
    bodies.sort();
    expect![[r#"
        {"kind":"AzureActiveDirectory","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-09-01
        {"kind":"AzureAdvancedThreatProtection","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-09-01
        {"kind":"AzureSecurityCenter","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"subscriptionId":"22222222-2222-4222-8222-222222222222"}} 2025-09-01
        {"kind":"IOT","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"subscriptionId":"77777777-7777-4777-8777-77777777AAAA"}} 2025-10-01-preview
        {"kind":"MicrosoftCloudAppSecurity","properties":{"dataTypes":{"alerts":{"state":"Enabled"},"discoveryLogs":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-09-01
        {"kind":"MicrosoftDefenderAdvancedThreatProtection","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-09-01
        {"kind":"MicrosoftThreatIntelligence","properties":{"dataTypes":{"microsoftEmergingThreatFeed":{"lookbackPeriod":"2025-01-01T00:00:00Z","state":"Enabled"}},"tenantId":"TENANT"}} 2025-09-01
        {"kind":"MicrosoftThreatProtection","properties":{"dataTypes":{"alerts":{"state":"Enabled"},"incidents":{"state":"Enabled"}},"filteredProviders":{"alerts":["microsoftDefenderForIdentity"]},"tenantId":"TENANT"}} 2025-10-01-preview
        {"kind":"OfficeATP","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-10-01-preview
        {"kind":"OfficeIRM","properties":{"dataTypes":{"alerts":{"state":"Enabled"}},"tenantId":"TENANT"}} 2025-10-01-preview
        {"kind":"PremiumMicrosoftDefenderForThreatIntelligence","properties":{"dataTypes":{"connector":{"state":"Enabled"}},"lookbackPeriod":"1970-01-01T00:00:00Z","tenantId":"TENANT"}} 2025-09-01"#]].assert_eq(&bodies.join("\n"));
    assert_eq!(bench.plan(), [""; 0]);
    for (name, of) in [("cloud", SUBSCRIPTION), ("iot", "77777777-7777-4777-8777-77777777AAAA")] {
        assert_eq!(bench.state(&format!("defender_{name}_connector.it"))["subscription_id"], of);
    }

    // Drifted in every attribute, and put right again.
    let ids: Vec<_> = CASES.iter().map(|case| bench.state(&address(case))["id"].as_str().unwrap().to_owned()).collect();
    for (case, id) in CASES.iter().zip(&ids) {
        bench.portal("PATCH", id, Some(&json!({ "properties": (case.drift)() })));
    }
    expect![[r#"
        defender_cloud_apps_connector.it update
          alerts: false -> true
          discovery_logs: false -> true
        defender_cloud_connector.it update
          alerts: false -> true
        defender_endpoint_connector.it update
          alerts: false -> true
        defender_entra_id_protection_connector.it update
          alerts: false -> true
        defender_identity_connector.it update
          alerts: false -> true
        defender_insider_risk_connector.it update
          alerts: false -> true
        defender_iot_connector.it update
          alerts: false -> true
        defender_office365_connector.it update
          alerts: false -> true
        defender_premium_threat_intelligence_connector.it update
          indicators: false -> true
          lookback_date: "2025-01-01T00:00:00Z" -> "1970-01-01T00:00:00Z"
        defender_threat_intelligence_connector.it update
          emerging_threat_feed: false -> true
          lookback_date: "2025-02-01T13:30:00Z" -> "2025-01-01T02:00:00.5+02:00"
        defender_xdr_connector.it update
          alerts: false -> true
          filtered_alert_providers: ["microsoftDefenderForCloudApps"] -> ["microsoftDefenderForIdentity"]
          incidents: false -> true"#]]
    .assert_eq(&bench.plan().join("\n"));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);

    // Gone in the portal, and made again under the same name.
    for id in &ids {
        bench.portal("DELETE", id, None);
    }
    assert_eq!(bench.plan().len(), CASES.len());
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);

    // Imported.
    let mut blocks = configuration();
    for (case, id) in CASES.iter().zip(&ids) {
        bench.ok(&["state", "rm", &address(case)]);
        blocks += &format!("\nimport {{\n to = {}\n id = \"{}\"\n}}\n", address(case), id.to_uppercase());
    }
    bench.configure(&blocks);
    let mut imports: Vec<_> = CASES.iter().map(|case| format!("{} import no-op", address(case))).collect();
    imports.sort();
    assert_eq!(bench.plan(), imports);
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(&configuration());
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_subscription_scoped_connector_is_one_for_each_subscription() {
    let bench = Bench::new();
    let cloud = |name: &str, arguments: &str| {
        format!(
            "resource \"defender_cloud_connector\" \"{name}\" {{\n workspace_id = var.workspace_id\n {arguments}\n}}\n"
        )
    };
    let other = "subscription_id = \"77777777-7777-4777-8777-777777777777\"";
    bench.configure(&format!("{}{}", cloud("own", ""), cloud("other", other)));
    bench.apply();
    assert_eq!(bench.left().len(), 2);
    assert_eq!(bench.plan(), [""; 0]);
    // Another subscription is another connector.
    bench.configure(&cloud("own", &format!("subscription_id = \"{SUBSCRIPTION}\"")));
    assert_eq!(bench.plan(), ["defender_cloud_connector.other delete"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(&cloud("own", other));
    let changes = bench.plan();
    assert_eq!(changes[0], "defender_cloud_connector.own delete create", "{changes:?}");
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_date_in_any_form_of_the_service_is_no_drift() {
    let bench = Bench::new();
    let resource = |date: &str| {
        format!(
            "resource \"defender_threat_intelligence_connector\" \"it\" {{\n workspace_id = var.workspace_id\n lookback_date = \"{date}\"\n}}\n"
        )
    };
    bench.configure(&resource("2025-01-31T10:00:00+02:00"));
    bench.apply();
    let id = bench.state("defender_threat_intelligence_connector.it")["id"].as_str().unwrap().to_owned();
    for form in [
        "2025-01-31T08:00:00.000Z",
        "2025-01-31T08:00:00.1234567Z",
        "2025-01-31T08:00:00",
        "01/31/2025 08:00:00",
        "1/31/2025 8:00:00 AM",
    ] {
        let feed = json!({ "microsoftEmergingThreatFeed": { "lookbackPeriod": form } });
        bench.portal("PATCH", &id, Some(&json!({ "properties": { "dataTypes": feed } })));
        assert_eq!(bench.plan(), [""; 0], "{form}");
    }
    bench.configure(&resource("2025-01-31T08:00:00Z"));
    assert_eq!(bench.plan(), [""; 0], "another spelling of the same moment");
    bench.configure(&resource("2025-01-31T08:00:01Z"));
    expect![[r#"
        defender_threat_intelligence_connector.it update
          lookback_date: "2025-01-31T10:00:00+02:00" -> "2025-01-31T08:00:01Z""#]]
    .assert_eq(&bench.plan().join("\n"));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn other_api_versions_can_be_asked_for() {
    let bench = Bench::new();
    let provider = |versions: &str| {
        format!(
            "provider \"defender\" {{\n endpoints {{\n resource_manager = var.url\n active_directory = var.url\n defender = var.url\n }}\n \
             api_versions {{\n {versions}\n }}\n}}\nresource \"defender_identity_connector\" \"it\" {{\n workspace_id = \
             var.workspace_id\n}}\nresource \"defender_office365_connector\" \"it\" {{\n workspace_id = var.workspace_id\n}}\n"
        )
    };
    bench.configure_all(&provider("stable = \"2024-09-01\"\n preview = \"2025-07-01-preview\""));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let mut versions: Vec<_> = bench
        .emulator
        .exchanges()
        .iter()
        .filter_map(|exchange| {
            let (path, version) = exchange["url"].as_str()?.rsplit_once("?api-version=")?;
            let what = path.rsplit_once("Microsoft.SecurityInsights/")?.1.split('/').next()?;
            Some(format!("{} {what} {version}", exchange["method"].as_str()?))
        })
        .collect();
    versions.sort();
    versions.dedup();
    expect![[r#"
        GET contentPackages 2025-07-01-preview
        GET dataConnectors 2025-07-01-preview
        POST dataConnectorsCheckRequirements 2025-07-01-preview
        PUT dataConnectors 2024-09-01
        PUT dataConnectors 2025-07-01-preview"#]]
    .assert_eq(&versions.join("\n"));

    // A version that is too old for a kind.
    bench.destroy();
    bench.configure_all(&provider("stable = \"2019-01-01\""));
    expect![[r#"
        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 12, in resource "defender_identity_connector" "it":
          12:  workspace_id = var.workspace_id

        The api-version does not have this connector kind, or the service does not
        have the api-version.
        Workspace:
        WORKSPACE

        The service said: 400 NoRegisteredProviderFound: No registered resource
        provider found for location '' and API version '2019-01-01' for type
        'dataconnectors'. The supported api-versions are '2020-01-01, 2021-10-01,
        2022-08-01, 2022-11-01, 2023-02-01, 2023-11-01, 2024-03-01, 2024-09-01,
        2025-03-01, 2025-06-01, 2025-09-01, 2026-07-01, 2019-01-01-preview,
        2021-03-01-preview, 2021-09-01-preview, 2021-10-01-preview,
        2022-01-01-preview, 2022-04-01-preview, 2022-05-01-preview,
        2022-06-01-preview, 2022-07-01-preview, 2022-08-01-preview,
        2022-09-01-preview, 2022-10-01-preview, 2022-11-01-preview,
        2022-12-01-preview, 2023-02-01-preview, 2023-03-01-preview,
        2023-04-01-preview, 2023-05-01-preview, 2023-06-01-preview,
        2023-07-01-preview, 2023-08-01-preview, 2023-09-01-preview,
        2023-10-01-preview, 2023-12-01-preview, 2024-01-01-preview,
        2024-04-01-preview, 2024-10-01-preview, 2025-01-01-preview,
        2025-04-01-preview, 2025-07-01-preview, 2025-10-01-preview,
        2026-08-01-preview'. The supported locations are ''.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        The cloud may lag behind, or the version may be gone: set one that has the
        kind in the provider's api_versions block. If that block is left out already,
        please report this with the message.
    "#]].assert_eq(&bench.apply_errors());
    bench.configure_all(&provider("stable = \"latest\""));
    expect![[r#"
        Error: Not an api-version

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 8, in provider "defender":
           8:  stable = "latest"

        Found "latest"; an api-version is a date, with or without -preview, such as
        "2025-09-01", which is the default.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));
}

#[test]
fn the_tenant_of_a_subscription_scoped_connector_selects_its_credentials_alone() {
    let bench = Bench::new();
    let (tenant, subscription) = ("99999999-9999-4999-8999-999999999999", "88888888-8888-4888-8888-888888888888");
    let client = json!({ "client_id": CLIENT, "client_secret": SECRET });
    bench.admin("POST", "/tenants", Some(&json!({ "tenant_id": tenant, "clients": [client] })));
    let workspace =
        json!({ "subscription_id": subscription, "resource_group": "rg", "name": "law", "tenant_id": tenant });
    bench.admin("POST", "/workspaces", Some(&workspace));
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"
    );
    let resource = |name: &str, workspace: &str, tenant: &str| {
        format!("resource \"defender_iot_connector\" \"{name}\" {{\n workspace_id = \"{workspace}\"\n {tenant}\n}}\n")
    };
    bench.configure(&format!(
        "{}{}",
        resource("ours", WORKSPACE, ""),
        resource("theirs", &id, &format!("tenant_id = \"{tenant}\""))
    ));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state("defender_iot_connector.theirs")["subscription_id"], subscription);
    assert_eq!(bench.state("defender_iot_connector.theirs")["tenant_id"], tenant);
    assert_eq!(bench.state("defender_iot_connector.ours")["tenant_id"], TENANT);
    assert!(!bench.bodies(0).contains("tenantId"), "{}", bench.bodies(0));
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_subscription_that_is_known_at_apply_only_is_looked_at_then() {
    let bench = Bench::new();
    let of = "terraform_data.subscription.output";
    bench.configure(&format!(
        "resource \"terraform_data\" \"subscription\" {{\n input = \"{SUBSCRIPTION}\"\n}}\nresource \"defender_cloud_connector\" \
         \"it\" {{\n workspace_id = var.workspace_id\n subscription_id = {of}\n}}\nresource \"defender_iot_connector\" \"it\" {{\n \
         workspace_id = replace(var.workspace_id, \"{SUBSCRIPTION}\", {of})\n}}\n"
    ));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    for name in ["cloud", "iot"] {
        assert_eq!(bench.state(&format!("defender_{name}_connector.it"))["subscription_id"], SUBSCRIPTION);
    }
    assert_eq!(bench.left().len(), 2);
}

#[test]
fn the_api_versions_of_2026_serve_as_well_and_other_kinds_are_told_apart_by_their_kind() {
    let mut scenario: Value = serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap();
    // A card of a solution has the name that its connector has as a kind.
    scenario["workspaces"][0]["connectors"] = json!([
        { "name": "push", "kind": "Push", "properties": { "connectorDefinitionName": "x", "dcrConfig": {} } },
        { "name": "AzureAdvancedThreatProtection", "kind": "StaticUI", "properties": {} },
    ]);
    let bench = Bench::with(&scenario);
    let body = |preview: &str| {
        format!(
            "provider \"defender\" {{\n endpoints {{\n resource_manager = var.url\n active_directory = var.url\n defender = var.url\n }}\n \
             api_versions {{\n stable = \"2026-07-01\"\n preview = \"{preview}\"\n }}\n}}\n\
             resource \"defender_identity_connector\" \"it\" {{\n workspace_id = var.workspace_id\n}}\n\
             resource \"defender_xdr_connector\" \"it\" {{\n workspace_id = var.workspace_id\n}}\n\
             data \"defender_connectors\" \"it\" {{\n workspace_id = var.workspace_id\n depends_on = [defender_identity_connector.it, defender_xdr_connector.it]\n}}\n\
             output \"kinds\" {{\n value = [for found in data.defender_connectors.it.connectors : \"${{found.kind}} ${{found.resource_type == null ? \"-\" : found.resource_type}}\"]\n}}\n"
        )
    };
    bench.configure_all(&body("2026-08-01-preview"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let made = bench.state("defender_identity_connector.it")["id"].clone();
    bench.ok(&["state", "rm", "defender_identity_connector.it"]);
    bench.ok(&[
        "import",
        "-no-color",
        "defender_identity_connector.it",
        &format!("{WORKSPACE}|AzureAdvancedThreatProtection"),
    ]);
    assert_eq!(bench.state("defender_identity_connector.it")["id"], made);
    let kinds: Vec<String> = serde_json::from_str(&bench.ok(&["output", "-json", "kinds"])).unwrap();
    expect![[r#"
        MicrosoftThreatProtection defender_xdr_connector
        StaticUI -
        AzureAdvancedThreatProtection defender_identity_connector"#]]
    .assert_eq(&kinds.join("\n"));
    bench.destroy();
    // A stable version in place of the preview lacks Defender XDR.
    bench.configure_all(&body("2026-07-01"));
    let told = bench.apply_errors();
    assert!(told.contains("The api-version does not have this connector kind"), "{told}");
}
