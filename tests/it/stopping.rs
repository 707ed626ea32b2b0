//! What a run leaves behind that is interrupted or gets no answer: by Ctrl-C and lost answers under the real Terraform,
//! by Stop and lost answers from a bare host.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::emulator_process::{EmulatorProcess, TENANT, WORKSPACE};
use crate::run::{Failed, Provider, Resource};
use crate::terraform::{Bench, sentinel};

const TWO: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}

resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
  depends_on   = [defender_xdr_connector.it]
}
"#;

/// Ctrl-C, once, while the first connector is being written; what Terraform says.
fn interrupted(bench: &Bench, delay_ms: u32) -> String {
    bench.configure(TWO);
    bench.faults(&json!([{ "match": { "method": "PUT" }, "action": { "delay_ms": delay_ms } }]));
    let mut command = bench.command(&["apply", "-no-color", "-input=false", "-auto-approve"]);
    // A terminal sends the signal to all of the group: Terraform and the provider.
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while bench.admin("GET", "/state", None)["faults"] != json!([]) {}
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-s", "INT", "--", &group]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_write_that_is_answered_after_ctrl_c_is_in_state() {
    let bench = Bench::new();
    let text = interrupted(&bench, 1000);
    assert!(!text.contains("Error: Plugin") && !text.contains("panicked"), "{text}");
    assert_eq!(bench.left().len(), 1, "{text}");
    let name = bench.state("defender_xdr_connector.it")["name"].clone();
    assert_eq!(bench.left(), [format!("connectors/{}", name.as_str().unwrap())], "{text}");
    // It is there and good: nothing is made anew.
    assert_eq!(bench.plan(), ["defender_identity_connector.it create"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 2);
}

#[test]
fn a_write_that_is_not_answered_after_ctrl_c_does_not_hold_terraform_up() {
    let bench = Bench::new();
    let text = interrupted(&bench, 60_000);
    assert!(text.contains("The run was interrupted before the service answered"), "{text}");
    // Whether it has happened nobody knows, so it is in state.
    assert!(bench.state("defender_xdr_connector.it")["id"].is_string(), "{text}");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 2);
}

/// Plays a fault at a create and says Stop as soon as it is played; what the create came to, and what is left.
async fn stopped(
    fault: &Json,
    behaviour: &Json,
    steps_to_come: usize,
) -> (Result<(), Failed>, Resource, EmulatorProcess) {
    let emulator = EmulatorProcess::start();
    emulator.admin("POST", "/behaviour", Some(behaviour)).await;
    emulator.admin("POST", "/faults", Some(&json!([fault]))).await;
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_xdr_connector").await;
    let config = json!({ "workspace_id": WORKSPACE });
    let mut client = provider.client.clone();
    let (outcome, ()) = tokio::join!(resource.run(&mut provider, Some(&config)), async {
        while emulator.admin("GET", "/state", None).await["faults"] != json!([]) {}
        while emulator.exchanges().len() < steps_to_come {
            tokio::task::yield_now().await;
        }
        client.stop(terraform_provider_defender::plugin::proto::stop::Request {}).await.unwrap();
    });
    (outcome, resource, emulator)
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_an_apply_and_loses_nothing() {
    let at = |method: &str, action: Json| json!({ "match": { "method": method }, "action": action });
    let wait = json!({ "status": 429, "headers": { "retry-after": "600" } });
    let none = json!({});
    for (what, fault, behaviour, steps, is_ok, is_kept) in [
        ("asked to wait, as it was not taken", at("PUT", wait), &none, 0, false, false),
        ("answered in time", at("PUT", json!({ "delay_ms": 1000 })), &none, 0, true, true),
        ("not answered in time", at("PUT", json!({ "delay_ms": 60_000 })), &none, 0, false, true),
        ("not answered, a read", at("GET", json!({ "delay_ms": 60_000 })), &none, 0, false, false),
        ("stored and not shown yet", at("PUT", json!({ "delay_ms": 1 })), &json!({ "lag_reads": 6 }), 5, true, true),
    ] {
        let (outcome, mut resource, emulator) = stopped(&fault, behaviour, steps).await;
        assert_eq!((outcome.is_ok(), resource.kept.state.is_some()), (is_ok, is_kept), "{what}: {outcome:?}");
        assert!(!matches!(outcome, Err(Failed::Gone)), "{what}");
        emulator.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 0 }))).await;
        let mut provider = Provider::start(&emulator, emulator.url()).await;
        let config = json!({ "workspace_id": WORKSPACE });
        resource.run(&mut provider, Some(&config)).await.unwrap();
        assert!(resource.is_settled(&mut provider, Some(&config)).await.unwrap(), "{what}");
        let world = emulator.admin("GET", "/state", None).await;
        assert_eq!(world["workspaces"][0]["connectors"].as_array().map(Vec::len), Some(1), "{what}");
    }
}

/// Each resource, its attributes when the answer to its create is lost, and what they are changed to before the next run.
const CHANGED: [(&str, &str, &str); 11] = [
    ("defender_xdr_connector", r#"{"alerts": true}"#, r#"{"alerts": false}"#),
    ("defender_identity_connector", "{}", r#"{"name": "by-another-name"}"#),
    (
        "defender_incident_rule",
        r#"{"product": "Microsoft Defender for Identity"}"#,
        r#"{"product": "Microsoft Defender for Identity", "severities": ["High"]}"#,
    ),
    ("defender_hunting_tables", r#"{"tables": ["DeviceInfo"]}"#, r#"{"tables": ["DeviceEvents"]}"#),
    (
        "defender_hunting_tables",
        r#"{"tables": ["DeviceInfo"]}"#,
        r#"{"tables": ["DeviceInfo"], "setting_id": "by-another-name"}"#,
    ),
    ("defender_workspace_onboarding", "{}", r#"{"customer_managed_key": true}"#),
    (
        "defender_table_retention",
        r#"{"table": "DeviceEvents", "retention_in_days": 365}"#,
        r#"{"table": "DeviceEvents", "retention_in_days": 180}"#,
    ),
    (
        "defender_incident_rule_suppression",
        r#"{"products": ["Microsoft Defender for Identity"]}"#,
        r#"{"products": ["Microsoft Defender for Cloud Apps"]}"#,
    ),
    ("defender_ingestion_workbook", r#"{"tables": ["DeviceInfo"]}"#, r#"{"tables": ["DeviceEvents"]}"#),
    (
        "defender_entity_analytics",
        r#"{"providers": ["ActiveDirectory"]}"#,
        r#"{"providers": ["AzureActiveDirectory"]}"#,
    ),
    (
        "defender_content_solution",
        r#"{"product": "Microsoft Defender for Identity"}"#,
        r#"{"product": "Microsoft Defender for Endpoint"}"#,
    ),
];

fn config(attributes: &str) -> Json {
    let mut config: Json = serde_json::from_str(attributes).unwrap();
    config["workspace_id"] = json!(WORKSPACE);
    config
}

/// A world in which the create of a resource lost its answer, and the resource as Terraform keeps it: tainted.
async fn in_doubt(type_name: &str, made: &Json) -> (EmulatorProcess, Provider, Resource) {
    let mut scenario: Json = serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap();
    scenario["tenants"][0]["export_settings_accept_app_tokens"] = true.into();
    scenario["workspaces"][0]["solutions"] = "none".into();
    let emulator = EmulatorProcess::start_with(&scenario);
    if type_name == "defender_workspace_onboarding" {
        let id = format!("/portal{}", sentinel("onboardingStates/default"));
        emulator.admin("DELETE", &id, None).await;
    }
    if type_name == "defender_incident_rule_suppression" {
        for (name, product) in
            [("identity", "Azure Advanced Threat Protection"), ("apps", "Microsoft Cloud App Security")]
        {
            let id = format!("/portal{}", sentinel(&format!("alertRules/{name}")));
            let properties = json!({ "displayName": name, "enabled": true, "productFilter": product });
            let rule = json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": properties });
            emulator.admin("PUT", &id, Some(&rule)).await;
        }
    }
    let fault = |method: &str, path: &str, skip: u32, times: u32, action: Json| json!({ "match": { "method": method, "path": path, "skip": skip, "times": times }, "action": action });
    let (lost, refused) = (json!({ "drop": "after" }), json!({ "status": 400 }));
    let lost = json!([
        fault("PUT", "", 0, 1, lost.clone()),
        fault("POST", "dataExportSettings", 0, 1, lost),
        fault("PATCH", "", 0, 1, json!({ "drop": "before" })),
        // It is neither done once more nor to be looked at; what is asked before it can be.
        fault("PUT", "", 0, 1000, refused.clone()),
        fault("POST", "dataExportSettings", 0, 1000, refused.clone()),
        fault("PATCH", "", 0, 1000, refused.clone()),
        fault("GET", "dataConnectors/", 0, 1000, refused.clone()),
        fault("GET", "alertRules/", 0, 1000, refused.clone()),
        fault("GET", "onboardingStates/", 1, 1000, refused.clone()),
        fault("GET", "workbooks/", 1, 1000, refused.clone()),
        fault("GET", "SecurityInsights/settings/", 0, 1000, refused.clone()),
        fault("GET", "contentPackages/", 0, 1000, refused.clone()),
        fault("GET", "dataExportSettings", 3, 1000, refused),
    ]);
    emulator.admin("POST", "/faults", Some(&lost)).await;
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource(type_name).await;
    let outcome = resource.run(&mut provider, Some(made)).await;
    assert!(resource.kept.tainted, "{type_name}: {outcome:?}");
    emulator.admin("DELETE", "/faults", None).await;
    (emulator, provider, resource)
}

/// What the service holds, without what differs from run to run.
async fn there(emulator: &EmulatorProcess) -> String {
    let world = emulator.admin("GET", "/state", None).await;
    let workspace = &world["workspaces"][0];
    let named = |items: &Json, name: &str, what: fn(&Json) -> String| -> Vec<String> {
        let items = items.as_array().into_iter().flatten();
        items.map(|item| format!("{} {}", item[name].as_str().unwrap_or("?"), what(item))).collect()
    };
    let enabled = |item: &Json| item["properties"]["enabled"].to_string();
    let logs = |item: &Json| {
        let logs = item["logs"].as_array().into_iter().flatten().filter(|log| log["enabled"] == true);
        logs.filter_map(|log| log["category"].as_str()).collect::<Vec<_>>().join("+")
    };
    let version = |item: &Json| item["properties"]["version"].to_string();
    let charts = |item: &Json| {
        let content: Json = serde_json::from_str(item["properties"]["serializedData"].as_str().unwrap()).unwrap();
        let titles = content["items"].as_array().into_iter().flatten().map(|item| item["content"]["title"].as_str());
        titles.flatten().collect::<Vec<_>>().join("+")
    };
    [
        named(&workspace["connectors"], "name", |item| item["kind"].as_str().unwrap_or("?").to_owned()),
        named(&workspace["alert_rules"], "name", enabled),
        named(&world["tenants"][0]["export_settings"], "id", logs),
        named(&world["workbooks"], "name", charts),
        named(&workspace["settings"], "name", |item| item["properties"].to_string()),
        named(&workspace["content_packages"], "name", version),
    ]
    .concat()
    .join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_created_in_doubt_is_made_anew_as_it_is_configured_by_then() {
    let run = async |(type_name, made, changed): (&str, &str, &str)| {
        let (emulator, mut provider, mut resource) = in_doubt(type_name, &config(made)).await;
        let changed = config(changed);
        provider.configure().await.unwrap();
        resource.refresh(&mut provider).await.unwrap();
        let outcome = match resource.plan(&mut provider, Some(&changed)).await {
            Ok(plan) if !plan.replaces => "is not replaced".to_owned(),
            Ok(plan) => match resource.apply(&mut provider, plan).await {
                Ok(()) => match resource.is_settled(&mut provider, Some(&changed)).await {
                    Ok(true) => "replaced".to_owned(),
                    other => format!("not settled: {other:?}"),
                },
                Err(failed) => format!("apply: {failed:?}"),
            },
            Err(failed) => format!("plan: {failed:?}"),
        };
        format!("{type_name}: {outcome}; {}\n", there(&emulator).await)
    };
    let seen = futures_util::future::join_all(CHANGED.map(run)).await.concat();
    expect![[r#"
        defender_xdr_connector: replaced; 71686878-1946-5df6-9bca-50ff98a04b98 MicrosoftThreatProtection
        defender_identity_connector: replaced; by-another-name AzureAdvancedThreatProtection
        defender_incident_rule: replaced; 056577ee-55e0-5d3d-b9f6-e78c4e263ac0 true
        defender_hunting_tables: replaced; SentinelExportSettings-law-demo AdvancedHunting-DeviceEvents
        defender_hunting_tables: replaced; by-another-name AdvancedHunting-DeviceInfo
        defender_workspace_onboarding: replaced; 
        defender_table_retention: replaced; 
        defender_incident_rule_suppression: replaced; apps false, identity true
        defender_ingestion_workbook: replaced; dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 Incidents, alerts and events+DeviceEvents
        defender_entity_analytics: replaced; EntityAnalytics {"entityProviders":["AzureActiveDirectory"]}
        defender_content_solution: replaced; azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint "3.0.5"
    "#]]
    .assert_eq(&seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tainted_by_hand_is_in_nobodys_way() {
    let emulator = EmulatorProcess::start();
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_xdr_connector").await;
    resource.run(&mut provider, Some(&config("{}"))).await.unwrap();
    resource.kept.tainted = true;
    provider.configure().await.unwrap();
    resource.refresh(&mut provider).await.unwrap();
    assert!(resource.plan(&mut provider, Some(&config("{}"))).await.unwrap().replaces);
    // So is what it is configured as by then, or under another name.
    for changed in [r#"{"alerts": true}"#, r#"{"name": "by-another-name"}"#] {
        provider.configure().await.unwrap();
        resource.refresh(&mut provider).await.unwrap();
        assert!(resource.plan(&mut provider, Some(&config(changed))).await.unwrap().replaces);
    }
}

#[test]
fn terraform_makes_it_anew_while_others_look_at_the_list_it_was_in() {
    const XDR: &str = "resource \"defender_xdr_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    const NEW: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    const NEWER: &str = "resource \"defender_endpoint_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    let bench = Bench::new();
    bench.configure(XDR);
    bench.faults(&json!([
        { "match": { "method": "PUT" }, "action": { "drop": "after" } },
        { "match": { "method": "PUT" }, "action": { "status": 400 } },
        { "match": { "method": "GET", "path": "dataConnectors/" }, "action": { "status": 400 } },
    ]));
    bench.apply_errors();
    assert_eq!(bench.left().len(), 1);

    // Each time the list is fetched for what is new while the old one is still in it.
    let late = json!([{ "match": { "method": "DELETE" }, "action": { "delay_ms": 2000 } }]);
    let mut seen = String::new();
    let alerts = XDR.replace("\n}", "\n  alerts = true\n}");
    for (what, body) in [
        ("made in doubt, then changed", format!("{alerts}{NEW}")),
        ("renamed", format!("{}{NEW}{NEWER}", alerts.replace("\n}", "\n  name = \"by-another-name\"\n}"))),
    ] {
        bench.configure(&body);
        seen += &format!("== {what}\n{}\n", bench.plan().join("\n"));
        bench.faults(&late);
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(bench.plan(), [""; 0]);
    }
    expect![[r#"
        == made in doubt, then changed
        defender_identity_connector.it create
        defender_xdr_connector.it delete create
          alerts: false -> true
        == renamed
        defender_endpoint_connector.it create
        defender_xdr_connector.it delete create
          id: "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98" -> "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/by-another-name"
          name: "71686878-1946-5df6-9bca-50ff98a04b98" -> "by-another-name"
    "#]].assert_eq(&seen);
    assert_eq!(bench.left().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_somebody_took_for_another_workspace_does_not_leave_with_ours() {
    let emulator = EmulatorProcess::start();
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_hunting_tables").await;
    let ours = config(r#"{"tables": ["DeviceInfo"]}"#);
    resource.run(&mut provider, Some(&ours)).await.unwrap();
    let destroy = resource.plan(&mut provider, None).await.unwrap();
    let moved = json!({ "workspaceProperties": { "workspaceResourceId": format!("{WORKSPACE}-2") } });
    let setting = format!("/portal/tenants/{TENANT}/dataExportSettings/SentinelExportSettings-law-demo");
    emulator.admin("PATCH", &setting, Some(&moved)).await;
    resource.apply(&mut provider, destroy).await.unwrap();
    let plan = resource.plan(&mut provider, Some(&ours)).await.unwrap();
    let told: Vec<_> = plan.response.diagnostics.iter().map(|found| found.summary.as_str()).collect();
    assert_eq!(told, ["The export setting belongs to another target"]);
    match resource.apply(&mut provider, plan).await {
        Err(Failed::Told(text)) => assert!(text.contains("belongs to another target"), "{text}"),
        other => panic!("{other:?}"),
    }
}
