//! What other providers manage becomes ours: their own states, moved or imported by real Terraforms, onto objects that the
//! service has.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{SUBSCRIPTION, TENANT};
use crate::other_providers::stand_in;
use crate::served::Served;
use crate::terraform::Bench;

const AZURERM: &str = include_str!("../fixtures/states/azurerm-5.2.0.tfstate");
const AZAPI: &str = include_str!("../fixtures/states/azapi-2.12.0.tfstate");

/// A tenant that is not the provider's own.
const OTHER_TENANT: &str = "11111111-1111-4111-8111-111111111112";

fn workspace(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/{name}"
    )
}

/// A resource of another provider, and what it becomes.
#[derive(Clone, Copy)]
struct Case {
    from: &'static str,
    to: &'static str,
    /// The configuration that says the same, besides `workspace_id`.
    says: &'static str,
}

const fn case(from: &'static str, to: &'static str, says: &'static str) -> Case {
    Case { from, to, says }
}

const OF_AZURERM: [Case; 13] = [
    case("azurerm_sentinel_data_connector_microsoft_threat_protection.a", "defender_xdr_connector", ""),
    case("azurerm_sentinel_data_connector_azure_advanced_threat_protection.a", "defender_identity_connector", ""),
    case(
        "azurerm_sentinel_data_connector_microsoft_defender_advanced_threat_protection.a",
        "defender_endpoint_connector",
        "",
    ),
    case("azurerm_sentinel_data_connector_office_atp.a", "defender_office365_connector", "name = \"oatp\""),
    case("azurerm_sentinel_data_connector_microsoft_cloud_app_security.a", "defender_cloud_apps_connector", ""),
    case("azurerm_sentinel_data_connector_azure_security_center.a", "defender_cloud_connector", ""),
    case("azurerm_sentinel_data_connector_iot.a", "defender_iot_connector", ""),
    case("azurerm_sentinel_data_connector_azure_active_directory.a", "defender_entra_id_protection_connector", ""),
    case("azurerm_sentinel_data_connector_office_irm.a", "defender_insider_risk_connector", ""),
    case(
        "azurerm_sentinel_data_connector_microsoft_threat_intelligence.a",
        "defender_threat_intelligence_connector",
        "lookback_date = \"2024-01-01T00:00:00Z\"",
    ),
    case(
        "azurerm_sentinel_alert_rule_ms_security_incident.a",
        "defender_incident_rule",
        "name = \"r1\"\n  product = \"Azure Advanced Threat Protection\"\n  display_name = \"d\"\n  severities = [\"High\"]",
    ),
    case("azurerm_sentinel_log_analytics_workspace_onboarding.a", "defender_workspace_onboarding", ""),
    case(
        "azurerm_log_analytics_workspace_table.a",
        "defender_table_retention",
        "table = \"DeviceEvents\"\n  retention_in_days = 60\n  total_retention_in_days = 180",
    ),
];

const OF_AZAPI: [Case; 12] = [
    case("azapi_resource.MicrosoftThreatProtection", "defender_xdr_connector", ""),
    case("azapi_resource.AzureAdvancedThreatProtection", "defender_identity_connector", ""),
    case("azapi_resource.MicrosoftDefenderAdvancedThreatProtection", "defender_endpoint_connector", ""),
    case("azapi_resource.OfficeATP", "defender_office365_connector", ""),
    case("azapi_resource.MicrosoftCloudAppSecurity", "defender_cloud_apps_connector", "discovery_logs = true"),
    case("azapi_resource.AzureSecurityCenter", "defender_cloud_connector", ""),
    case("azapi_resource.IOT", "defender_iot_connector", ""),
    case("azapi_resource.AzureActiveDirectory", "defender_entra_id_protection_connector", ""),
    case("azapi_resource.OfficeIRM", "defender_insider_risk_connector", ""),
    case(
        "azapi_resource.MicrosoftThreatIntelligence",
        "defender_threat_intelligence_connector",
        "lookback_date = \"2024-01-01T00:00:00Z\"",
    ),
    case(
        "azapi_resource.rule",
        "defender_incident_rule",
        "product = \"Microsoft Defender for Identity\"\n  display_name = \"d\"\n  description = \"x\"\n  severities = [\"Low\", \"High\"]\n  \
         display_name_filter = [\"a\"]\n  display_name_exclude_filter = [\"b\"]",
    ),
    case("azapi_resource.onb", "defender_workspace_onboarding", ""),
];

/// Where a state has a resource.
fn address(resource: &Value) -> String {
    format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap())
}

/// A service and a state in which another provider manages what the service holds.
struct Brownfield {
    bench: Bench,
    cases: Vec<Case>,
    _others: Served,
}

impl Brownfield {
    /// With what a state file has of the cases.
    fn of(state: &str, cases: impl Into<Vec<Case>>) -> Self {
        Self::in_tenant(TENANT, state, cases.into())
    }

    /// The same with workspaces of a tenant, in which the provider can sign in too.
    fn in_tenant(tenant: &str, state: &str, cases: Vec<Case>) -> Self {
        let mut state: Value = serde_json::from_str(state).unwrap();
        let resources = state["resources"].as_array_mut().unwrap();
        resources.retain(|resource| cases.iter().any(|case| case.from == address(resource)));
        assert_eq!(resources.len(), cases.len(), "the state has each of the cases");
        Self { cases, ..Self::with(tenant, &state) }
    }

    /// With all that a state has.
    fn with(tenant: &str, state: &Value) -> Self {
        let seed = |name: &str| json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": name, "tenant_id": tenant });
        let mut scenario: Value = serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap();
        let elsewhere = json!({ "tenant_id": OTHER_TENANT, "clients": scenario["tenants"][0]["clients"] });
        scenario["tenants"].as_array_mut().unwrap().push(elsewhere);
        scenario["workspaces"] = json!([seed("ws-all"), seed("ws-fresh")]);
        scenario["behaviour"] = json!({ "table_operation": "synchronous" });
        let mut bench = Bench::with(&scenario);
        let others = stand_in(&mut bench);

        for resource in state["resources"].as_array().unwrap() {
            for instance in resource["instances"].as_array().unwrap() {
                let attributes = &instance["attributes"];
                let id = attributes["id"].as_str().unwrap();
                let body = body(resource["type"].as_str().unwrap(), attributes);
                match id.contains("/tables/") {
                    true => assert_eq!(bench.service("PUT", &format!("{id}?api-version=2023-09-01"), Some(&body)), 200),
                    false => drop(bench.admin("PUT", &format!("/portal{id}"), Some(&body))),
                }
            }
        }
        std::fs::write(bench.path("terraform.tfstate"), state.to_string()).unwrap();
        Self { bench, cases: Vec::new(), _others: others }
    }

    /// Our resources that say the same, and what else each of them gets.
    fn configure(&self, beside: impl Fn(&Case, &str) -> String) {
        let state = std::fs::read(self.bench.path("terraform.tfstate")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        let resources = state["resources"].as_array().unwrap();
        let mut text = String::new();
        for case in &self.cases {
            let is_it = |found: &&Value| case.from == address(found);
            let found = resources.iter().find(is_it);
            let id = found.map(|found| found["instances"][0]["attributes"]["id"].as_str().unwrap()).unwrap_or_default();
            let workspace = workspace(if case.to == "defender_workspace_onboarding" { "ws-fresh" } else { "ws-all" });
            let Case { to, says, .. } = case;
            text += &format!(
                "resource \"{to}\" \"it\" {{\n  workspace_id = \"{workspace}\"\n  {says}\n}}\n{}\n",
                beside(case, id)
            );
        }
        self.bench.configure(&text);
    }

    fn configure_moved(&self) {
        self.configure(|case, _| format!("moved {{\n  from = {}\n  to   = {}.it\n}}", case.from, case.to));
    }

    /// Plans into a file, and gives what would change.
    fn changes(&self, options: &[&str]) -> (Vec<String>, String) {
        let words = [&["plan", "-no-color", "-input=false", "-out=plan"], options].concat();
        let text = self.bench.ok(&words);
        (self.bench.changes(), text)
    }

    /// Applies the plan; the next one has nothing to do, and nothing of the other provider is left.
    fn done(&self) {
        self.bench.ok(&["apply", "-no-color", "-input=false", "plan"]);
        assert_eq!(self.bench.plan(), [""; 0]);
        let state = std::fs::read_to_string(self.bench.path("terraform.tfstate")).unwrap();
        assert!(!state.contains("hashicorp/azurerm") && !state.contains("azure/azapi"), "{state}");
    }

    /// What no state of azurerm or azapi tells is read.
    fn knows_its_tenants(&self) {
        for case in &self.cases {
            let state = self.bench.state(&format!("{}.it", case.to));
            assert_eq!(state["tenant_id"], TENANT, "{}: {state:#}", case.to);
        }
    }

    /// Every case is moved without any change.
    fn moves_in_silence(&self) {
        self.configure_moved();
        let (changes, text) = self.changes(&[]);
        assert_eq!(changes, [""; 0], "{text}");
        for case in &self.cases {
            let moved = format!("# {} has moved to {}.it", case.from, case.to);
            assert!(text.contains(&moved), "{moved}\n{text}");
        }
        assert!(text.contains("Plan: 0 to add, 0 to change, 0 to destroy.") && !text.contains("Warning"), "{text}");
        self.done();
        self.knows_its_tenants();
    }
}

/// The object that a source manages, as it was made.
fn body(of_type: &str, attributes: &Value) -> Value {
    let wrapped = &attributes["body"];
    match wrapped.get("value").unwrap_or(wrapped) {
        Value::String(text) => return serde_json::from_str(text).unwrap(),
        Value::Null => {}
        body => return body.clone(),
    }
    let on = || json!({ "state": "Enabled" });
    let alerts =
        |kind: &str| json!({ "kind": kind, "properties": { "tenantId": TENANT, "dataTypes": { "alerts": on() } } });
    let of_subscription = |kind: &str| json!({ "kind": kind, "properties": { "subscriptionId": SUBSCRIPTION, "dataTypes": { "alerts": on() } } });
    match of_type.trim_start_matches("azurerm_").trim_start_matches("sentinel_data_connector_") {
        "microsoft_threat_protection" => {
            json!({ "kind": "MicrosoftThreatProtection", "properties": { "tenantId": TENANT, "dataTypes": { "incidents": on() } } })
        }
        "azure_advanced_threat_protection" => alerts("AzureAdvancedThreatProtection"),
        "microsoft_defender_advanced_threat_protection" => alerts("MicrosoftDefenderAdvancedThreatProtection"),
        "office_atp" => alerts("OfficeATP"),
        "microsoft_cloud_app_security" => json!({ "kind": "MicrosoftCloudAppSecurity", "properties": {
            "tenantId": TENANT, "dataTypes": { "alerts": on(), "discoveryLogs": { "state": "Disabled" } },
        }}),
        "azure_security_center" => of_subscription("AzureSecurityCenter"),
        "iot" => of_subscription("IOT"),
        "azure_active_directory" => alerts("AzureActiveDirectory"),
        "office_irm" => alerts("OfficeIRM"),
        "microsoft_threat_intelligence" => json!({ "kind": "MicrosoftThreatIntelligence", "properties": {
            "tenantId": TENANT,
            "dataTypes": { "microsoftEmergingThreatFeed": { "state": "Enabled", "lookbackPeriod": "2024-01-01T00:00:00Z" } },
        }}),
        "sentinel_alert_rule_ms_security_incident" => {
            json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": {
                "displayName": attributes["display_name"], "enabled": true, "productFilter": "Azure Advanced Threat Protection", "severitiesFilter": ["High"],
            }})
        }
        "sentinel_log_analytics_workspace_onboarding" => json!({ "properties": { "customerManagedKey": false } }),
        "log_analytics_workspace_table" => {
            json!({ "properties": { "plan": "Analytics", "retentionInDays": 60, "totalRetentionInDays": 180 } })
        }
        other => panic!("{other} is no case"),
    }
}

#[test]
fn what_azurerm_wrote_moves_without_a_change() {
    Brownfield::of(AZURERM, OF_AZURERM).moves_in_silence();
}

#[test]
fn what_azapi_wrote_moves_without_a_change() {
    Brownfield::of(AZAPI, OF_AZAPI).moves_in_silence();
}

#[test]
fn the_first_terraform_with_moves_between_types_moves_them() {
    for mut field in [Brownfield::of(AZURERM, OF_AZURERM), Brownfield::of(AZAPI, OF_AZAPI)] {
        field.bench.on_terraform("1.8.4");
        field.moves_in_silence();
    }
}

#[test]
fn a_terraform_with_identities_gets_them() {
    for mut field in [Brownfield::of(AZURERM, OF_AZURERM), Brownfield::of(AZAPI, OF_AZAPI)] {
        field.bench.on_terraform("1.15.5");
        field.moves_in_silence();
        let state = std::fs::read(field.bench.path("terraform.tfstate")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        for resource in state["resources"].as_array().unwrap() {
            let instance = &resource["instances"][0];
            let identity = json!({ "id": instance["attributes"]["id"], "tenant_id": TENANT });
            assert_eq!(instance["identity"], identity, "{resource:#}");
        }
    }
}

/// The state of azapi as an older version of it would have written it.
fn of_version(version: i64, wrap: impl Fn(&Value) -> Value) -> String {
    let mut state: Value = serde_json::from_str(AZAPI).unwrap();
    for resource in state["resources"].as_array_mut().unwrap() {
        let instance = &mut resource["instances"][0];
        instance["schema_version"] = version.into();
        let attributes = instance["attributes"].as_object_mut().unwrap();
        for name in ["body", "output"] {
            if let Some(value) = attributes.get(name).and_then(|wrapped| wrapped.get("value")).cloned() {
                attributes.insert(name.to_owned(), wrap(&value));
            }
        }
        attributes.retain(|name, _| {
            !name.ends_with("_headers") && !name.ends_with("_query_parameters") && !name.starts_with("sensitive_")
        });
        attributes.insert("response_export_values".to_owned(), Value::Null);
        attributes.insert("removing_special_chars".to_owned(), false.into());
    }
    state.to_string()
}

#[test]
fn what_older_versions_of_azapi_wrote_moves_too() {
    let text = of_version(0, |value| value.to_string().into());
    Brownfield::of(&text, OF_AZAPI).moves_in_silence();
    let dynamic_text = of_version(1, |value| json!({ "type": "string", "value": value.to_string() }));
    Brownfield::of(&dynamic_text, OF_AZAPI).moves_in_silence();
}

#[test]
fn every_instance_of_a_resource_moves() {
    let mut state: Value = serde_json::from_str(AZURERM).unwrap();
    let is_table = |resource: &Value| resource["type"] == "azurerm_log_analytics_workspace_table";
    let resources = state["resources"].as_array_mut().unwrap();
    resources.retain(is_table);
    let one = resources[0]["instances"][0].clone();
    let instance = |table: &str| {
        let mut instance: Value = serde_json::from_str(&one.to_string().replace("DeviceEvents", table)).unwrap();
        instance["index_key"] = table.into();
        instance
    };
    resources[0]["instances"] = json!([instance("DeviceEvents"), instance("DeviceInfo")]);
    let field = Brownfield::with(TENANT, &state);
    let workspace = workspace("ws-all");
    field.bench.configure(&format!(
        "resource \"defender_table_retention\" \"it\" {{\n  for_each = toset([\"DeviceEvents\", \"DeviceInfo\"])\n  \
         workspace_id = \"{workspace}\"\n  table = each.key\n  retention_in_days = 60\n  total_retention_in_days = 180\n}}\n\
         moved {{\n  from = azurerm_log_analytics_workspace_table.a\n  to = defender_table_retention.it\n}}\n"
    ));
    let (changes, text) = field.changes(&[]);
    assert_eq!(changes, [""; 0], "{text}");
    field.done();
    let listed = field.bench.ok(&["state", "list"]);
    assert_eq!(listed.matches("defender_table_retention.it[").count(), 2, "{listed}");
}

#[test]
fn a_part_of_a_table_moves_with_what_it_says() {
    let mut state: Value = serde_json::from_str(AZURERM).unwrap();
    for table in state["resources"].as_array_mut().unwrap() {
        if table["type"] == "azurerm_log_analytics_workspace_table" {
            let id = table["instances"][0]["attributes"]["id"].clone();
            *table = json!({
                "mode": "managed", "type": "azapi_update_resource", "name": "a",
                "provider": "provider[\"registry.terraform.io/azure/azapi\"]",
                "instances": [{ "schema_version": 2, "attributes": {
                    "id": id, "resource_id": id, "type": "Microsoft.OperationalInsights/workspaces/tables@2023-09-01",
                    "body": {
                        "type": ["object", { "properties": ["object", { "totalRetentionInDays": "number" }] }],
                        "value": { "properties": { "totalRetentionInDays": 180 } },
                    },
                }}],
            });
        }
    }
    let says = "table = \"DeviceEvents\"\n  total_retention_in_days = 180";
    let cases = [case("azapi_update_resource.a", "defender_table_retention", says)];
    Brownfield::of(&state.to_string(), cases).moves_in_silence();
}

#[test]
fn without_a_refresh_what_a_state_does_not_tell_is_a_change_in_place() {
    for (state, cases) in [(AZURERM, Vec::from(OF_AZURERM)), (AZAPI, Vec::from(OF_AZAPI))] {
        let field = Brownfield::of(state, cases);
        field.configure_moved();
        let before = field.bench.left();
        let (changes, text) = field.changes(&["-refresh=false"]);
        assert!(text.contains(", 0 to destroy."), "{text}");
        match state {
            AZURERM => expect![[r#"
                defender_cloud_connector.it update
                  alerts: null -> true
                  tenant_id: null -> "TENANT"
                defender_endpoint_connector.it update
                  alerts: null -> true
                defender_entra_id_protection_connector.it update
                  alerts: null -> true
                defender_identity_connector.it update
                  alerts: null -> true
                defender_incident_rule.it update
                  tenant_id: null -> "TENANT"
                defender_insider_risk_connector.it update
                  alerts: null -> true
                defender_iot_connector.it update
                  alerts: null -> true
                  tenant_id: null -> "TENANT"
                defender_office365_connector.it update
                  alerts: null -> true
                defender_threat_intelligence_connector.it update
                  emerging_threat_feed: null -> true
                defender_xdr_connector.it update
                  alerts: null -> false
                  incidents: null -> true"#]]
            .assert_eq(&changes.join("\n")),
            _ => expect![[r#"
                defender_incident_rule.it update
                  template_name: null -> ""
                defender_workspace_onboarding.it update
                  customer_managed_key: null -> false
                  tenant_id: null -> "TENANT"
                defender_xdr_connector.it update
                  alerts: null -> false"#]]
            .assert_eq(&changes.join("\n")),
        }
        field.done();
        assert_eq!(field.bench.left(), before);
    }
}

#[test]
fn what_is_in_another_tenant_moves_there() {
    let cases = [
        case(
            "azurerm_sentinel_alert_rule_ms_security_incident.a",
            "defender_incident_rule",
            "product = \"Microsoft Defender for Identity\"\n  display_name = \"d\"\n  severities = [\"High\"]\n  tenant_id = local.tenant",
        ),
        case(
            "azurerm_sentinel_data_connector_azure_security_center.a",
            "defender_cloud_connector",
            "tenant_id = local.tenant",
        ),
    ];
    let field = Brownfield::in_tenant(OTHER_TENANT, AZURERM, cases.into());
    let locals = format!("locals {{\n  tenant = \"{OTHER_TENANT}\"\n}}\n");
    std::fs::write(field.bench.path("locals.tf"), locals).unwrap();
    field.configure_moved();
    // No state of azurerm tells whose these are. The provider's own tenant does not have them, and is told who does.
    assert_eq!(field.changes(&[]).0, [""; 0]);
    field.done();
}

#[test]
fn what_is_removed_and_imported_is_as_it_was() {
    for (state, cases) in [(AZURERM, Vec::from(OF_AZURERM)), (AZAPI, Vec::from(OF_AZAPI))] {
        let field = Brownfield::of(state, cases);
        field.configure(|case, id| {
            let Case { from, to, .. } = case;
            format!(
                "removed {{\n  from = {from}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n\
                 import {{\n  to = {to}.it\n  id = \"{id}\"\n}}"
            )
        });
        let (mut changes, text) = field.changes(&[]);
        changes.sort();
        let mut expected: Vec<_> = field
            .cases
            .iter()
            .flat_map(|case| [format!("{} forget", case.from), format!("{}.it import no-op", case.to)])
            .collect();
        expected.sort();
        assert_eq!(changes, expected, "{text}");
        field.done();
        field.knows_its_tenants();
    }
}

#[test]
fn a_move_to_the_wrong_resource_says_which_is_the_right_one() {
    let [xdr, ..] = OF_AZURERM;
    let field = Brownfield::of(AZURERM, [Case { to: "defender_iot_connector", ..xdr }]);
    field.configure_moved();
    expect![[r#"
        Error: State of azurerm_sentinel_data_connector_microsoft_threat_protection cannot become defender_iot_connector

        A moved block asks for defender_iot_connector from
        azurerm_sentinel_data_connector_microsoft_threat_protection, of
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/ws-all/providers/Microsoft.SecurityInsights/dataConnectors/mtp

        It is azurerm_sentinel_data_connector_microsoft_threat_protection.
        defender_iot_connector takes over:
          - azurerm_sentinel_data_connector_iot
          - azapi_resource of type Microsoft.SecurityInsights/dataConnectors, kind IOT

        Move it to defender_xdr_connector instead.
    "#]].assert_eq(&field.bench.plan_errors());
}

/// The state of a fixture with what an example has before, under the addresses and with the values that it has there.
fn before(example: &str) -> String {
    let (state, keys): (&str, &[&str]) = match example {
        "migrate-from-azurerm" => (AZURERM, &[]),
        _ => (AZAPI, &["MicrosoftThreatProtection", "AzureAdvancedThreatProtection", "OfficeATP"]),
    };
    let mut state: Value = serde_json::from_str(&state.replace("/ws-fresh", "/ws-all")).unwrap();
    let (mut resources, mut by_key) = (Vec::new(), Vec::new());
    for mut resource in state["resources"].as_array_mut().unwrap().drain(..) {
        let name = resource["name"].as_str().unwrap().to_owned();
        if keys.contains(&name.as_str()) {
            let mut instance = resource["instances"][0].take();
            instance["index_key"] = name.into();
            by_key.push(instance);
            continue;
        }
        resource["name"] = match name.as_str() {
            "a" => "soc".into(),
            "onb" => "onboarding".into(),
            _ => name.into(),
        };
        resources.push(resource);
    }
    if !by_key.is_empty() {
        let address = "provider[\"registry.terraform.io/azure/azapi\"]";
        resources.push(json!({ "mode": "managed", "type": "azapi_resource", "name": "connector", "provider": address, "each": "map", "instances": by_key }));
    }
    let configured = read(example, "before");
    let is_configured =
        |resource: &Value| configured.contains(&format!("resource {} {} {{", resource["type"], resource["name"]));
    state["resources"] = resources.into_iter().filter(is_configured).collect();
    let values = [
        ("d", "Incidents of Defender for Identity"),
        ("x", "Without those of health."),
        ("a", "Suspected"),
        ("b", "Health"),
    ];
    values
        .iter()
        .fold(state.to_string(), |text, (short, value)| text.replace(&format!("\"{short}\""), &format!("\"{value}\"")))
}

/// The configuration of an example.
fn read(example: &str, folder: &str) -> String {
    let path = format!("{}/examples/{example}/{folder}/main.tf", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// What the azurerm of an example calls its attributes is what the real one has in its state.
#[test]
fn the_example_of_azurerm_is_written_in_its_words() {
    let state: Value = serde_json::from_str(AZURERM).unwrap();
    for block in read("migrate-from-azurerm", "before").split("\nresource \"").skip(1) {
        let of_type = block.split('"').next().unwrap();
        let resources = state["resources"].as_array().unwrap().iter();
        let theirs = resources
            .filter(|resource| resource["type"] == of_type)
            .map(|resource| &resource["instances"][0]["attributes"])
            .next()
            .unwrap();
        let lines = block.lines().skip(1).filter_map(|line| Some(line.split_once(" = ")?.0.trim()));
        let unknown: Vec<_> = lines.filter(|name| theirs.get(name).is_none()).collect();
        assert_eq!(unknown, [""; 0], "{of_type}");
    }
}

#[test]
fn the_examples_are_over_without_a_change() {
    for (example, how) in [
        ("migrate-from-azurerm", "after"),
        ("migrate-from-azurerm", "by-import"),
        ("migrate-from-azapi", "after"),
        ("migrate-from-azapi", "by-import"),
    ] {
        let mut field = Brownfield::with(TENANT, &serde_json::from_str(&before(example)).unwrap());
        let (url, workspace) = (field.bench.emulator.url().to_owned(), workspace("ws-all"));
        field.bench.set("TF_VAR_workspace_id", &workspace);
        std::fs::write(field.bench.path("main.tf"), read(example, how)).unwrap();
        let endpoints = format!(
            "provider \"defender\" {{\n  endpoints {{\n    resource_manager = \"{url}\"\n    active_directory = \"{url}\"\n  }}\n}}\n"
        );
        std::fs::write(field.bench.path("emulator_override.tf"), endpoints).unwrap();
        let text = field.bench.ok(&["plan", "-no-color", "-input=false", "-out=plan"]);
        let to_import = read(example, how).matches("\nimport {").count();
        let planned = match to_import {
            0 => "Plan: 0 to add, 0 to change, 0 to destroy.".to_owned(),
            count => format!("Plan: {count} to import, 0 to add, 0 to change, 0 to destroy."),
        };
        assert!(text.contains(&planned), "{example}/{how}: {text}");
        std::fs::copy(field.bench.path("terraform.tfstate"), field.bench.path("before.tfstate")).unwrap();
        field.done();
        let state = field.bench.ok(&["state", "list"]);
        assert_eq!(state.lines().count(), read(example, "after").matches("\nmoved {").count(), "{state}");

        // The way back that the guides tell of: the state that was kept is as true as before.
        field.bench.ok(&["state", "push", "-force", "before.tfstate"]);
        let text = field.bench.ok(&["plan", "-no-color", "-input=false"]);
        assert!(text.contains(&planned), "{example}/{how}: {text}");
    }
}
