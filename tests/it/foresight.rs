//! What plan tells beforehand: two resources for one connector, licences and permissions that are missing, and what gets
//! in the way of Defender XDR. And what a workspace that the Defender portal has taken over leaves to do.

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{TENANT, WORKSPACE};
use crate::terraform::{Bench, Outcome, sentinel};

const XDR: &str = "resource \"defender_xdr_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
const IDENTITY: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
const CLOUD: &str = "resource \"defender_cloud_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
const RULE: &str = "resource \"defender_incident_rule\" \"it\" {\n  workspace_id = var.workspace_id\n  product = \"Microsoft \
                    Defender for Identity\"\n}\n";

/// The findings of a command: severity and summary, and the resource they are told of, in a stable order.
pub fn findings(outcome: &Outcome) -> String {
    let lines: Vec<_> = outcome.text.lines().collect();
    let mut found: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with("Warning: ") || line.starts_with("Error: "))
        .map(|(at, line)| {
            let with = lines[at..].iter().find_map(|line| line.trim().strip_prefix("with "));
            format!("{} {line}", with.unwrap_or("?"))
        })
        .collect();
    found.sort();
    found.join("\n")
}

fn plan(bench: &Bench, words: &[&str]) -> String {
    findings(&bench.run(&[&["plan", "-no-color", "-input=false"], words].concat()))
}

fn connector(name: &str) -> String {
    sentinel(&format!("dataConnectors/{name}"))
}

fn tenant(bench: &Bench, change: &serde_json::Value) {
    bench.admin("PATCH", &format!("/portal/tenants/{TENANT}"), Some(change));
}

#[test]
fn two_resources_for_one_connector_are_told_at_plan() {
    let bench = Bench::new();
    let twin = IDENTITY.replace("\"it\"", "\"twin\"").replace("\n}", "\n  name = \"twin\"\n}");
    bench.configure(&format!("{IDENTITY}{twin}"));
    let outcome = bench.run(&["plan", "-no-color"]);
    assert!(
        outcome.text.contains("The Microsoft Defender for Identity connector is planned twice"),
        "{}",
        outcome.text
    );
    assert!(outcome.text.contains("Two defender_identity_connector blocks of this configuration"), "{}", outcome.text);
    assert_eq!(bench.left(), [""; 0]);
    let twin = RULE.replace("\"it\"", "\"twin\"");
    bench.configure(&format!("{RULE}{twin}"));
    let outcome = bench.run(&["plan", "-no-color"]);
    assert!(outcome.text.contains("The incident rule is planned twice"), "{}", outcome.text);

    // What is replaced is planned twice, and is one resource all the same; so are two of another tenant or subscription.
    let other = "  subscription_id = \"77777777-7777-4777-8777-777777777777\"\n}";
    let second = CLOUD.replace("\"it\"", "\"second\"").replace('}', other);
    let first = format!("{IDENTITY}{CLOUD}{second}");
    bench.configure(&first);
    bench.apply();
    let replaces: Vec<_> =
        ["defender_identity_connector.it", "defender_cloud_connector.it", "defender_cloud_connector.second"]
            .iter()
            .map(|address| format!("-replace={address}"))
            .collect();
    let mut words = vec!["apply", "-no-color", "-auto-approve"];
    words.extend(replaces.iter().map(String::as_str));
    bench.ok(&words);
    bench.configure(&first.replace("\n}", "\n  lifecycle {\n    create_before_destroy = true\n  }\n}"));
    assert_eq!(bench.plan(), [""; 0]);
    bench.ok(&["taint", "-no-color", "defender_identity_connector.it"]);
    assert_eq!(plan(&bench, &[]), "");
    bench.configure(&first);
    bench.apply();
    assert_eq!(bench.left().len(), 3);
}

#[test]
fn what_gets_in_the_way_of_defender_xdr_is_told_whoever_made_it() {
    let bench = Bench::new();
    let mut seen = String::new();
    let mut step = |what: &str, told: String| seen += &format!("== {what}\n{told}\n");
    // By one configuration.
    bench.configure(&format!("{XDR}{IDENTITY}{RULE}"));
    let told = plan(&bench, &["-parallelism=1"]);
    assert!(told.contains("Incidents will arrive twice"), "{told}");
    assert!(told.contains("carries no data") || told.contains("fall silent"), "{told}");
    // By the portal.
    let identity = json!({
        "kind": "AzureAdvancedThreatProtection",
        "properties": { "tenantId": TENANT, "dataTypes": { "alerts": { "state": "Enabled" } } }
    });
    let rule = json!({
        "kind": "MicrosoftSecurityIncidentCreation",
        "properties": { "displayName": "x", "enabled": true, "productFilter": "Azure Advanced Threat Protection" }
    });
    let rule_id = connector("rule").replace("dataConnectors", "alertRules");
    bench.portal("PUT", &connector("by-hand"), Some(&identity));
    bench.portal("PUT", &rule_id, Some(&rule));
    bench.configure(XDR);
    step("Defender XDR comes to both", plan(&bench, &[]));
    bench.portal("PATCH", &rule_id, Some(&json!({ "properties": { "enabled": false } })));
    bench.portal("DELETE", &connector("by-hand"), None);
    bench.configure(&format!("{CLOUD}{XDR}"));
    bench.ok(&["apply", "-no-color", "-auto-approve", "-target=defender_cloud_connector.it"]);
    step("Defender XDR comes to Defender for Cloud", plan(&bench, &[]));
    bench.apply();
    step("nothing changes", plan(&bench, &[]));
    bench.configure(&format!("{CLOUD}{XDR}{IDENTITY}"));
    step("a component comes", plan(&bench, &[]));
    bench.apply();
    step("nothing changes", plan(&bench, &[]));
    bench.configure(&format!("{CLOUD}{XDR}{IDENTITY}{RULE}"));
    step("a rule comes", plan(&bench, &[]));
    bench.configure(&format!("{CLOUD}{XDR}{IDENTITY}{}", RULE.replace("\n}", "\n  enabled = false\n}")));
    step("a rule comes that is off", plan(&bench, &[]));
    bench.configure(&format!("{XDR}{IDENTITY}{}", RULE.replace("for Identity", "for IoT")));
    step("a rule of another product comes, Defender for Cloud goes", plan(&bench, &[]));
    bench.configure(&format!("{CLOUD}{XDR}"));
    step("a component goes", plan(&bench, &[]));
    bench.configure(&format!("{CLOUD}{}", XDR.replace("\n}", "\n  incidents = false\n  alerts = true\n}")));
    step("incidents go off", plan(&bench, &["-target=defender_xdr_connector.it"]));
    expect![[r#"
        == Defender XDR comes to both
        defender_xdr_connector.it, Warning: Component connectors fall silent
        defender_xdr_connector.it, Warning: Defender for Cloud incidents come without their alerts
        defender_xdr_connector.it, Warning: Incidents will arrive twice
        == Defender XDR comes to Defender for Cloud

        == nothing changes

        == a component comes
        defender_identity_connector.it, Warning: The Microsoft Defender for Identity connector carries no data beside Defender XDR
        == nothing changes

        == a rule comes
        defender_incident_rule.it, Warning: Incidents will arrive twice
        == a rule comes that is off

        == a rule of another product comes, Defender for Cloud goes
        ? Warning: Defender for Cloud incidents will come without their alerts
        == a component goes
        ? Warning: The Microsoft Defender for Identity connector goes while Defender XDR is on
        == incidents go off
        ? Warning: Resource targeting is in effect
    "#]].assert_eq(&seen);
    bench.destroy();
}

#[test]
fn a_list_that_cannot_be_had_says_nothing_and_fails_nothing() {
    let bench = Bench::new();
    bench.configure(XDR);
    let denied = json!([{
        "match": { "method": "GET", "path": "/alertRules", "times": 1 },
        "action": { "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } }
    }]);
    bench.faults(&denied);
    let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
    assert_eq!(outcome.code, 0, "{}", outcome.text);
    assert_eq!(
        findings(&outcome),
        "defender_xdr_connector.it, Warning: Defender for Cloud incidents come without their alerts"
    );
}

#[test]
fn no_request_is_spent_on_what_does_not_change() {
    let bench = Bench::new();
    bench.configure(&format!("{XDR}{IDENTITY}{CLOUD}{RULE}"));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    let mut requests = bench.requests(already);
    requests.sort();
    expect![[r#"
        GET alertRules 200
        GET dataConnectors 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200"#]]
    .assert_eq(&requests.join("\n"));
    let already = bench.emulator.exchanges().len();
    bench.configure(&XDR.replace("\n}", "\n  incidents = false\n  alerts = true\n}"));
    bench.run(&["plan", "-no-color"]);
    let mut requests = bench.requests(already);
    requests.sort();
    expect![[r#"
        GET alertRules 200
        GET dataConnectors 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200"#]]
    .assert_eq(&requests.join("\n"));
}

#[test]
fn licence_and_permission_are_asked_for_before_a_create() {
    let bench = Bench::new();
    let provider = |preflight: &str| {
        format!(
            "provider \"defender\" {{\n  endpoints {{\n    resource_manager = var.url\n    active_directory = var.url\n    defender = \
             var.url\n  }}\n  preflight = \"{preflight}\"\n}}\n"
        )
    };
    let mut seen = String::new();
    let configuration = format!("{IDENTITY}{CLOUD}");
    tenant(
        &bench,
        &json!({ "licences": { "AzureAdvancedThreatProtection": "missing_consent", "AzureSecurityCenter": "invalid" } }),
    );
    for preflight in ["off", "warn", "error", "maybe"] {
        bench.configure_all(&format!("{}{configuration}", provider(preflight)));
        let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
        seen += &format!("== {preflight}: {}\n{}\n", outcome.code, findings(&outcome));
    }
    bench.configure_all(&format!("{}{CLOUD}", provider("error")));
    seen += &bench.plan_errors();
    // Whoever may not ask is not kept from planning.
    let denied = json!([{
        "match": { "method": "POST", "path": "dataConnectorsCheckRequirements", "times": 1 },
        "action": { "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } }
    }]);
    bench.faults(&denied);
    seen += &format!("== not allowed to ask\n{}\n", plan(&bench, &[]));
    // Once it stands, nobody asks any more.
    tenant(
        &bench,
        &json!({ "licences": { "AzureAdvancedThreatProtection": "valid", "AzureSecurityCenter": "valid" } }),
    );
    bench.apply();
    tenant(&bench, &json!({ "licences": { "AzureSecurityCenter": "invalid" } }));
    assert_eq!(bench.plan(), [""; 0]);
    expect![[r#"
        == off: 0

        == warn: 0
        defender_cloud_connector.it, Warning: The Microsoft Defender for Cloud connector has no valid licence
        defender_identity_connector.it, Warning: The Microsoft Defender for Identity connector will not be permitted
        == error: 1
        defender_cloud_connector.it, Error: The Microsoft Defender for Cloud connector has no valid licence
        defender_identity_connector.it, Error: The Microsoft Defender for Identity connector will not be permitted
        == maybe: 1
        provider["registry.terraform.io/sentinel-iac/defender"], Error: Not a preflight
        Error: The Microsoft Defender for Cloud connector has no valid licence

          with defender_cloud_connector.it,
          on main.tf line 10, in resource "defender_cloud_connector" "it":
          10:   workspace_id = var.workspace_id

        The service's check of requirements says that the licence is not valid; the
        caller's permissions are another matter.
        Workspace:
        WORKSPACE

        Needed: a Microsoft Defender for Cloud plan on the connected subscription. A
        new licence can take a day to count. The provider's preflight attribute says
        whether this is a warning or an error.

        If all of it is to be destroyed: terraform destroy -refresh=false.
        == not allowed to ask
        defender_cloud_connector.it, Warning: Licence and permission could not be checked
    "#]]
    .assert_eq(&seen);
}

#[test]
fn the_requirements_of_all_kinds_at_once() {
    let bench = Bench::new();
    tenant(
        &bench,
        &json!({ "licences": {
            "AzureAdvancedThreatProtection": "missing_consent", "AzureSecurityCenter": "invalid", "IOT": "invalid"
        } }),
    );
    bench.configure(
        "data \"defender_connector_requirements\" \"it\" {\n  workspace_id = var.workspace_id\n}\n\noutput \"found\" {\n  value = \
         join(\"\\n\", [for c in data.defender_connector_requirements.it.requirements : \"${c.resource_type} ${c.kind}: \
         ${coalesce(c.authorization_state, \"-\")} ${coalesce(c.license_state, \"-\")} ${c.ready == null ? \"unknown\" : c.ready}${c.ready \
         == false ? \" (${c.licence}; ${c.role})\" : \"\"}\"])\n}\n",
    );
    bench.apply();
    expect![[r#"
        defender_xdr_connector MicrosoftThreatProtection: Valid Valid true
        defender_identity_connector AzureAdvancedThreatProtection: Invalid Valid false (a Microsoft Defender for Identity licence, with its integration with Defender for Cloud Apps switched on; the Entra role Security Administrator (or Global Administrator) in the tenant)
        defender_endpoint_connector MicrosoftDefenderAdvancedThreatProtection: Valid Valid true
        defender_office365_connector OfficeATP: Valid Valid true
        defender_cloud_apps_connector MicrosoftCloudAppSecurity: Valid Valid true
        defender_cloud_connector AzureSecurityCenter: Valid Invalid false (a Microsoft Defender for Cloud plan on the connected subscription; Security Reader on the connected subscription)
        defender_iot_connector IOT: Valid Invalid false (Microsoft Defender for IoT on the connected subscription; Security Reader on the connected subscription)
        defender_entra_id_protection_connector AzureActiveDirectory: Valid Valid true
        defender_insider_risk_connector OfficeIRM: Valid Valid true
        defender_threat_intelligence_connector MicrosoftThreatIntelligence: Valid Valid true
        defender_premium_threat_intelligence_connector PremiumMicrosoftDefenderForThreatIntelligence: - - unknown"#]].assert_eq(&bench.ok(&["output", "-no-color", "-raw", "found"]));
    bench.configure(
        "data \"defender_connector_requirements\" \"it\" {\n  workspace_id = \"x\"\n  tenant_id = \"contoso\"\n  subscription_id = \
         \"y\"\n}\n",
    );
    expect![[r#"
        data.defender_connector_requirements.it, Error: Not a subscription id
        data.defender_connector_requirements.it, Error: Not a tenant id
        data.defender_connector_requirements.it, Error: Not the id of a Log Analytics workspace"#]]
    .assert_eq(&findings(&bench.run(&["validate", "-no-color"])));
}

#[test]
fn a_workspace_taken_over_by_the_portal_has_ways_out() {
    let bench = Bench::new();
    let cloud_apps = "resource \"defender_cloud_apps_connector\" \"it\" {\n  workspace_id = var.workspace_id\n  discovery_logs = true\n}\n";
    bench.configure(cloud_apps);
    bench.apply();
    let before = bench.state("defender_cloud_apps_connector.it");
    bench.portal("PATCH", WORKSPACE, Some(&json!({ "portalLocked": true })));
    assert_eq!(bench.plan(), [""; 0], "reading goes on");

    let changed = cloud_apps.replace("= true", "= false");
    bench.configure(&changed);
    expect![[r#"
        Error: Could not update the Microsoft Defender for Cloud Apps connector

          with defender_cloud_apps_connector.it,
          on main.tf line 9, in resource "defender_cloud_apps_connector" "it":
           9:   workspace_id = var.workspace_id

        The workspace is onboarded to the Microsoft Defender portal, which manages
        this connector now; ARM refuses changes to it.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/c57ec268-e12c-5bc7-9c6a-bc370f0134b3
        Request id: GUID

        The service changed nothing. Unless this block sets it to false,
        managed_by_portal is true in state from now on, and state is as it is
        configured: what the service has in its place is told by every plan, and is
        no diff. Change it in the Defender portal (Settings > Microsoft Sentinel >
        Workspaces).

        To stop managing it here without touching it, take the resource out of the
        configuration and leave in its place

          removed {
            from = defender_cloud_apps_connector.NAME
            lifecycle {
              destroy = false
            }
          }
    "#]].assert_eq(&bench.apply_errors());
    // State has what is asked for, the sign that it is not so, and no plan wants what cannot be had.
    let mut noted = before.clone();
    noted["discovery_logs"] = json!(false);
    noted["managed_by_portal"] = json!(true);
    assert_eq!(bench.state("defender_cloud_apps_connector.it"), noted);
    assert_eq!(bench.plan(), [""; 0]);

    // Removed, it is left alone; imported, it is watched again.
    bench.configure(
        "removed {\n  from = defender_cloud_apps_connector.it\n  lifecycle {\n    destroy = false\n  }\n}\n",
    );
    bench.apply();
    assert_eq!(bench.left().len(), 1);
    let id = before["id"].as_str().unwrap();
    bench.configure(&format!("{cloud_apps}import {{\n  to = defender_cloud_apps_connector.it\n  id = \"{id}\"\n}}\n"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_component_that_the_service_holds_on_to_stays_in_state() {
    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "xdr_components": "2021" })));
    bench.configure(IDENTITY);
    bench.apply();
    bench.configure(&format!("{IDENTITY}{XDR}"));
    bench.apply();
    bench.configure(XDR);
    let outcome = bench.run(&["apply", "-no-color", "-auto-approve"]);
    expect![[r#"
        ? Error: Could not delete the Microsoft Defender for Identity connector
        ? Warning: The Microsoft Defender for Identity connector goes while Defender XDR is on"#]]
    .assert_eq(&findings(&outcome));
    assert_ne!(bench.state("defender_identity_connector.it"), serde_json::Value::Null);
    // In one run with Defender XDR itself, the order may be wrong once; the next run ends it.
    bench.run(&["destroy", "-no-color", "-auto-approve"]);
    bench.destroy();
}

#[test]
fn a_tenant_is_no_subscription() {
    let bench = Bench::new();
    bench.configure(&format!(
        "{}{}{}",
        CLOUD.replace("\n}", &format!("\n  tenant_id = \"{TENANT}\"\n  subscription_id = \"{TENANT}\"\n}}")),
        IDENTITY.replace("\n}", &format!("\n  subscription_id = \"{TENANT}\"\n}}")),
        "resource \"defender_premium_threat_intelligence_connector\" \"it\" {\n  workspace_id = var.workspace_id\n  lookback_date = \
         \"01/31/2025\"\n  indicators = false\n}\nresource \"defender_iot_connector\" \"it\" {\n  workspace_id = var.workspace_id\n  \
         subscription_id = \"prod\"\n}\n",
    ));
    expect![[r#"
        Error: A tenant in place of a subscription

          with defender_cloud_connector.it,
          on main.tf line 11, in resource "defender_cloud_connector" "it":
          11:   subscription_id = "TENANT"

        Found "TENANT", which is given as tenant_id
        too. The connector is of a subscription; tenant_id only says under whose
        credentials it is managed.

        Give the subscription's id, or leave subscription_id out for the workspace's
        own.

        Error: Unsupported argument

          on main.tf line 15, in resource "defender_identity_connector" "it":
          15:   subscription_id = "TENANT"

        An argument named "subscription_id" is not expected here.

        Error: Not a date

          with defender_premium_threat_intelligence_connector.it,
          on main.tf line 19, in resource "defender_premium_threat_intelligence_connector" "it":
          19:   lookback_date = "01/31/2025"

        Found "01/31/2025"; write RFC 3339 with its offset, such as
        "2025-01-01T00:00:00Z", or "1970-01-01T00:00:00Z" for all there is.

        Error: A connector with nothing to stream

          with defender_premium_threat_intelligence_connector.it,
          on main.tf line 20, in resource "defender_premium_threat_intelligence_connector" "it":
          20:   indicators = false

        Every data type is off (indicators); the service keeps no such connector.

        Switch at least one on, or remove the resource to disconnect the product.

        Error: Not a subscription id

          with defender_iot_connector.it,
          on main.tf line 24, in resource "defender_iot_connector" "it":
          24:   subscription_id = "prod"

        Found "prod"; a subscription id is a GUID such as
        TENANT.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));
}
