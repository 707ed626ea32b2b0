//! The data sources beside the list of connectors.

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{TENANT, WORKSPACE};
use crate::terraform::{Bench, sentinel};

/// Applies a data source's configuration and shows its output.
fn found(bench: &Bench, body: &str, value: &str) -> String {
    bench.configure(&format!("{body}\noutput \"found\" {{\n  value = {value}\n}}\n"));
    bench.apply();
    bench.clean(&bench.ok(&["output", "-no-color", "found"]))
}

/// The built-in scenario.
fn built_in() -> serde_json::Value {
    serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap()
}

#[test]
fn a_workspace_and_what_can_be_seen_of_its_sentinel() {
    let workspace = "data \"defender_workspace\" \"it\" {\n  workspace_id = lower(var.workspace_id)\n}\n";
    let bench = Bench::new();
    let mut seen = found(
        &bench,
        workspace,
        "{ for name, value in data.defender_workspace.it : name => value if name != \"workspace_id\" }",
    );
    for associations in [json!(["MDC", "Sentinel", "MicrosoftDefenderForCloud"]), json!(["Sentinel", "DefenderXDR"])] {
        let mut scenario = built_in();
        scenario["workspaces"][0]["associations"] = associations;
        let bench = Bench::with(&scenario);
        seen += &found(
            &bench,
            workspace,
            "[data.defender_workspace.it.associations, data.defender_workspace.it.in_defender_portal]",
        );
    }
    // A cloud that lacks the newest api-version, in a workspace without Sentinel.
    bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
    bench.faults(&json!([{ "match": { "path": "api-version=2026-03-01", "times": 9 }, "action": { "status": 400, "body": { "error": {
        "code": "NoRegisteredProviderFound", "message": "No registered resource provider found." } } } }]));
    seen += &found(
        &bench,
        workspace,
        "[data.defender_workspace.it.onboarded, data.defender_workspace.it.associations, data.defender_workspace.it.customer_managed_key]",
    );
    expect![[r#"
        {
          "associations" = tolist([])
          "customer_id" = "b660dbe0-a904-5429-8aae-2db509d871ee"
          "customer_managed_key" = false
          "id" = "WORKSPACE"
          "in_defender_portal" = tobool(null)
          "location" = "westeurope"
          "name" = "law-demo"
          "onboarded" = true
          "resource_group" = "rg-sentinel"
          "retention_in_days" = 90
          "sku" = "pergb2018"
          "subscription_id" = "22222222-2222-4222-8222-222222222222"
          "tenant_id" = tostring(null)
        }[
          tolist([
            "MDC",
            "Sentinel",
            "MicrosoftDefenderForCloud",
          ]),
          tobool(null),
        ][
          tolist([
            "Sentinel",
            "DefenderXDR",
          ]),
          true,
        ][
          false,
          tolist(null) /* of string */,
          tobool(null),
        ]"#]]
    .assert_eq(&seen);
    let bench = Bench::new();
    bench.configure(&workspace.replace("lower(var.workspace_id)", "\"${var.workspace_id}-2\""));
    let told = bench.plan_errors();
    assert!(told.contains("Could not read the workspace") && told.contains("workspaces/law-demo-2"), "{told}");
    bench.configure(&workspace.replace("lower(var.workspace_id)", "\"law-demo\""));
    let told = bench.errors(&["validate", "-no-color"]);
    assert!(told.contains("Not the id of a Log Analytics workspace"), "{told}");
}

#[test]
fn templates_tables_and_settings_are_listed() {
    let mut bench = Bench::new();
    let mut seen = found(
        &bench,
        "data \"defender_incident_rule_templates\" \"it\" {\n  workspace_id = var.workspace_id\n}\n",
        "[for t in data.defender_incident_rule_templates.it.templates : \"${t.product}: ${t.product_filter} ${t.name}\"]",
    );
    let tables = ["DeviceInfo", "EmailEvents", "CloudAppEvents"].map(|name| format!("{name:?}")).join(", ");
    seen += &found(
        &bench,
        "data \"defender_hunting_table_catalog\" \"it\" {}\n",
        &format!(
            "[length(data.defender_hunting_table_catalog.it.names), [for t in data.defender_hunting_table_catalog.it.tables : t if contains([{tables}], t.name)]]"
        ),
    );
    let logs = json!([
        { "category": "AdvancedHunting-DeviceInfo", "enabled": true },
        { "category": "CloudAppEvents", "enabled": true },
        { "category": "Alert", "enabled": true },
        { "category": "AdvancedHunting-DeviceEvents", "enabled": false },
    ]);
    let at = |id: &str| format!("/tenants/{TENANT}/dataExportSettings/{id}");
    bench.portal("PUT", &at("hub"), Some(&json!({ "eventHubProperties": { "name": "x" }, "logs": [] })));
    bench.portal(
        "PUT",
        &at("mine"),
        Some(&json!({ "workspaceProperties": { "workspaceResourceId": WORKSPACE }, "logs": logs })),
    );
    let settings = "data \"defender_export_settings\" \"it\" {}\n";
    seen += &found(
        &bench,
        settings,
        "{ for name, value in data.defender_export_settings.it : name => value if name != \"tenant_id\" }",
    );
    expect![[r#"
        [
          "Microsoft Entra ID Protection: Azure Active Directory Identity Protection 532c1811-79ee-4d9f-8d4d-6304c840daa1",
          "Microsoft Defender for Identity: Azure Advanced Threat Protection 40ba9493-4183-4eee-974f-87fe39c8f267",
          "Microsoft Defender for Cloud: Azure Security Center 90586451-7ba8-4c1e-9904-7d1b7c3cc4d6",
          "Microsoft Defender for IoT: Azure Security Center for IoT a2e0eb51-1f11-461a-999b-cd0ebe5c7a72",
          "Microsoft Defender for Cloud Apps: Microsoft Cloud App Security b3cfc7c0-092c-481c-a55b-34a3979758cb",
          "Microsoft Defender for Endpoint: Microsoft Defender Advanced Threat Protection 327cd4ed-ca42-454b-887c-54e1c91363c6",
          "Microsoft Defender for Office 365: Office 365 Advanced Threat Protection ee1d718b-9ed9-4a71-90cd-a483a4f008df",
        ][
          21,
          [
            {
              "acceptance" = "accepted"
              "category" = "AdvancedHunting-DeviceInfo"
              "description" = "Machines, with their operating system"
              "name" = "DeviceInfo"
              "other_category" = "DeviceInfo"
              "product" = "Microsoft Defender for Endpoint"
            },
            {
              "acceptance" = "disputed"
              "category" = "AdvancedHunting-EmailEvents"
              "description" = "Mail delivery and blocking"
              "name" = "EmailEvents"
              "other_category" = "EmailEvents"
              "product" = "Microsoft Defender for Office 365"
            },
            {
              "acceptance" = "accepted"
              "category" = "CloudAppEvents"
              "description" = "Activities in cloud apps and services"
              "name" = "CloudAppEvents"
              "other_category" = "AdvancedHunting-CloudAppEvents"
              "product" = "Microsoft Defender for Cloud Apps"
            },
          ],
        ]{
          "free" = 3
          "id" = "TENANT"
          "settings" = tolist([
            {
              "categories" = tolist([])
              "id" = "hub"
              "tables" = tolist([])
              "target" = "event_hub"
              "target_id" = tostring(null)
            },
            {
              "categories" = tolist([
                "AdvancedHunting-DeviceInfo",
                "Alert",
                "CloudAppEvents",
              ])
              "id" = "mine"
              "tables" = tolist([
                "CloudAppEvents",
                "DeviceInfo",
              ])
              "target" = "workspace"
              "target_id" = "WORKSPACE"
            },
          ])
          "used" = 2
        }"#]].assert_eq(&seen);
    // What is not as described is no setting without tables.
    bench.portal("PUT", &at("strange"), Some(&json!({ "workspaceProperties": { "workspaceResourceId": WORKSPACE } })));
    assert!(bench.plan_errors().contains("\"strange\" is not as described"));
    bench.portal("DELETE", &at("strange"), None);
    // What the API says to a service principal.
    bench.portal("PATCH", &format!("/tenants/{TENANT}"), Some(&json!({ "export_settings_accept_app_tokens": false })));
    bench.set("DEFENDER_API_TOKEN", "");
    let told = bench.plan_errors();
    assert!(told.contains("Could not read the export settings") && told.contains("DEFENDER_API_TOKEN"), "{told}");
}

#[test]
fn what_the_content_hub_offers_and_what_is_installed() {
    let mut scenario = built_in();
    let mut identity = crate::query::solution();
    identity["properties"]["version"] = "3.0.1".into();
    let mut orphan = identity.clone();
    for (field, value) in [
        ("contentId", "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint"),
        ("displayName", "Microsoft Defender for Endpoint"),
    ] {
        orphan["properties"][field] = value.into();
    }
    orphan["name"] = "left-behind".into();
    let withdrawn = json!({ "name": "a.withdrawn", "properties": {
        "contentId": "a.withdrawn", "contentProductId": "p", "contentKind": "Standalone", "version": "1.0.0",
        "displayName": "Withdrawn" } });
    scenario["workspaces"][0]["solutions"] = "none".into();
    scenario["workspaces"][0]["content_packages"] = json!([identity, orphan, withdrawn]);
    scenario["behaviour"] = json!({ "page_size": 5 });
    let bench = Bench::with(&scenario);
    let block = |more: &str| {
        format!(
            "data \"defender_content_solutions\" \"it\" {{\n  workspace_id = lower(var.workspace_id)\n  {more}\n}}\n"
        )
    };
    let mut seen = found(
        &bench,
        &block("installed_only = true"),
        "[data.defender_content_solutions.it.solutions, data.defender_content_solutions.it.orphans]",
    );
    let one = "content_ids = [\"AZURESENTINEL.azure-sentinel-solution-threatintelligence-updated\"]";
    seen += &found(&bench, &block(one), "data.defender_content_solutions.it.solutions");
    seen += &found(&bench, &block(""), "data.defender_content_solutions.it.solutions[*].content_id");
    let typo = "content_ids = [\"azuresentinel.azure-sentinel-solution-mdefenderforidentty\"]";
    bench.configure(&block(typo));
    seen += &bench.plan_errors();
    bench.configure(&block("content_ids = []"));
    seen += &bench.plan_errors();
    // Whether the connectors' own are there is told with what else they need.
    let requirements = "data \"defender_connector_requirements\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    let solutions =
        "[for r in data.defender_connector_requirements.it.requirements : r.solution if r.product != \"x\"]";
    let of_two =
        solutions.replace("r.product != \"x\"", "endswith(r.product, \"Identity\") || endswith(r.product, \"XDR\")");
    seen += &found(&bench, requirements, &of_two);
    bench.faults(
        &json!([{ "match": { "method": "GET", "path": "contentPackages", "times": 9 }, "action": { "status": 403 } }]),
    );
    seen += &found(&bench, requirements, &of_two);
    expect![[r#"
        [
          tolist([
            {
              "content_id" = "a.withdrawn"
              "display_name" = "Withdrawn"
              "installed_version" = "1.0.0"
              "kind" = "Standalone"
              "products" = tolist([])
              "update_available" = tostring(null)
              "version" = tostring(null)
            },
            {
              "content_id" = "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
              "display_name" = "Microsoft Defender for Identity"
              "installed_version" = "3.0.1"
              "kind" = "Solution"
              "products" = tolist([
                "Microsoft Defender for Identity",
              ])
              "update_available" = "3.0.3"
              "version" = "3.0.3"
            },
            {
              "content_id" = "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint"
              "display_name" = "Microsoft Defender for Endpoint"
              "installed_version" = "3.0.1"
              "kind" = "Solution"
              "products" = tolist([
                "Microsoft Defender for Endpoint",
              ])
              "update_available" = "3.0.5"
              "version" = "3.0.5"
            },
          ]),
          tolist([
            {
              "content_id" = "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint"
              "display_name" = "Microsoft Defender for Endpoint"
              "id" = "WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/left-behind"
              "version" = "3.0.1"
            },
          ]),
        ]tolist([
          {
            "content_id" = "azuresentinel.azure-sentinel-solution-threatintelligence-updated"
            "display_name" = "Threat Intelligence (NEW)"
            "installed_version" = tostring(null)
            "kind" = "Solution"
            "products" = tolist([
              "Microsoft Defender Threat Intelligence",
              "Premium Microsoft Defender Threat Intelligence",
            ])
            "update_available" = tostring(null)
            "version" = "3.0.8"
          },
        ])tolist([
          "a.withdrawn",
          "azuresentinel.azure-sentinel-solution-azureactivedirectoryip",
          "azuresentinel.azure-sentinel-solution-insiderriskmanagement",
          "azuresentinel.azure-sentinel-solution-mdefenderforidentity",
          "azuresentinel.azure-sentinel-solution-microsoft365defender",
          "azuresentinel.azure-sentinel-solution-microsoftdefendercloudapps",
          "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint",
          "azuresentinel.azure-sentinel-solution-microsoftdefenderforcloud",
          "azuresentinel.azure-sentinel-solution-microsoftdefenderforo365",
          "azuresentinel.azure-sentinel-solution-microsoftdefenderthreatint",
          "azuresentinel.azure-sentinel-solution-threatintelligence-updated",
          "azuresentinel.azure-sentinel-solution-uebaessentials",
          "azuresentinel.azure-sentinel-solution-unifiedmicrosoftsocforot",
        ])Error: The Content hub has no such package

          with data.defender_content_solutions.it,
          on main.tf line 10, in data "defender_content_solutions" "it":
          10:   content_ids = ["azuresentinel.azure-sentinel-solution-mdefenderforidentty"]

        The catalogue of
        /subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo
        has no package "azuresentinel.azure-sentinel-solution-mdefenderforidentty".

        Did you mean "azuresentinel.azure-sentinel-solution-mdefenderforidentity"?
        Name one that it has; data.defender_content_solutions lists them all.
        Error: No content id at all

          with data.defender_content_solutions.it,
          on main.tf line 10, in data "defender_content_solutions" "it":
          10:   content_ids = []

        The set is empty. Name at least one, or leave content_ids out for all of
        them.
        [
          {
            "content_id" = "azuresentinel.azure-sentinel-solution-microsoft365defender"
            "installed" = false
            "installed_version" = tostring(null)
          },
          {
            "content_id" = "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
            "installed" = true
            "installed_version" = "3.0.1"
          },
        ][
          {
            "content_id" = "azuresentinel.azure-sentinel-solution-microsoft365defender"
            "installed" = tobool(null)
            "installed_version" = tostring(null)
          },
          {
            "content_id" = "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
            "installed" = tobool(null)
            "installed_version" = tostring(null)
          },
        ]"#]].assert_eq(&seen);
}
