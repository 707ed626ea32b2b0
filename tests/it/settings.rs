//! The settings of Sentinel under the real Terraform: switched on and off, changed over the version that was read last, and
//! what others have in them kept.

use std::fmt::Write as _;

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::kinds::{apply, destroy, known, plan};
use crate::terraform::{Bench, findings, sentinel};

/// Each of the four: its type, its kind, what it is configured as, that in another order or spelling, and another choice.
const FOUR: [(&str, &str, &str, &str, &str); 4] = [
    ("defender_anomalies", "Anomalies", "", "", ""),
    ("defender_eyes_on", "EyesOn", "", "", ""),
    (
        "defender_entity_analytics",
        "EntityAnalytics",
        r#"providers = ["ActiveDirectory", "AzureActiveDirectory"]"#,
        r#"providers = ["azureactivedirectory", "ActiveDirectory"]"#,
        r#"providers = ["AzureActiveDirectory"]"#,
    ),
    (
        "defender_ueba",
        "Ueba",
        r#"data_sources = ["AuditLogs", "SigninLogs"]"#,
        r#"data_sources = ["SigninLogs", "auditlogs"]"#,
        r#"data_sources = ["SecurityEvent", "AzureActivity", "SigninLogs"]"#,
    ),
];

const ANOMALIES: &str = "resource \"defender_anomalies\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";

fn block(resource: &str, arguments: &str) -> String {
    named(resource, "it", arguments)
}

fn named(resource: &str, name: &str, arguments: &str) -> String {
    format!("resource \"{resource}\" \"{name}\" {{\n  workspace_id = var.workspace_id\n  {arguments}\n}}\n")
}

fn ueba(arguments: &str) -> String {
    block("defender_ueba", arguments)
}

fn entity(arguments: &str) -> String {
    block("defender_entity_analytics", &format!("providers = [\"AzureActiveDirectory\"]\n  {arguments}"))
}

/// A body of a setting as the portal writes it.
fn body(kind: &str, properties: Value) -> Value {
    json!({ "kind": kind, "properties": properties })
}

fn by_hand(bench: &Bench, kind: &str, properties: Value) {
    bench.portal("PUT", &sentinel(&format!("settings/{kind}")), Some(&body(kind, properties)));
}

/// What Ueba needs, switched on in the portal.
fn needed(bench: &Bench) {
    by_hand(bench, "EntityAnalytics", json!({ "entityProviders": ["AzureActiveDirectory"] }));
}

/// The settings that the service has, and what is in them.
fn there(bench: &Bench) -> String {
    let world = bench.admin("GET", "/state", None);
    let settings = world["workspaces"][0]["settings"].as_array().unwrap().iter();
    settings.map(|setting| format!("{} {}\n", setting["name"].as_str().unwrap(), setting["properties"])).collect()
}

fn bench_for(kind: &str) -> Bench {
    let bench = Bench::new();
    if kind == "Ueba" {
        needed(&bench);
    }
    bench
}

fn lines(changes: &[String]) -> String {
    changes.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn each_is_switched_on_changed_imported_and_switched_off() {
    let mut seen = String::new();
    for (resource, kind, arguments, respelled, changed) in FOUR {
        let (bench, it) = (bench_for(kind), format!("{resource}.it"));
        let before = there(&bench);
        bench.configure(&block(resource, arguments));
        let planned = lines(&bench.plan());
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let asked = lines(&bench.asked(already));
        let _ = write!(seen, "== {kind}\n{planned}{asked}{}", bench.bodies(already));
        for configured in [arguments, respelled, arguments] {
            bench.configure(&block(resource, configured));
            assert_eq!(bench.plan(), [""; 0], "{kind} {configured}");
        }
        if !changed.is_empty() {
            bench.configure(&block(resource, changed));
            let planned = lines(&bench.plan());
            let already = bench.emulator.exchanges().len();
            bench.ok(&["apply", "-no-color", "plan"]);
            let asked = lines(&bench.asked(already));
            let _ = write!(seen, "-- changed\n{planned}{asked}{}", bench.bodies(already));
            assert_eq!(bench.plan(), [""; 0], "{kind} {changed}");
        }
        // What the service does not see is not sent.
        bench.configure(&block(resource, &format!("{changed}\n  timeouts {{\n    read = \"4m\"\n  }}")));
        let already = bench.emulator.exchanges().len();
        let applied = bench.apply();
        assert!(applied.contains("1 changed"), "{applied}");
        assert_eq!(bench.bodies(already), "", "{kind}");
        bench.configure(&block(resource, changed));
        bench.apply();
        let (state, id) = (bench.state(&it), sentinel(&format!("settings/{kind}")));
        for id in [&id, &id.to_uppercase(), WORKSPACE, &format!("{WORKSPACE}|{kind}"), &format!("{TENANT}|{WORKSPACE}")] {
            bench.ok(&["state", "rm", &it]);
            bench.ok(&["import", "-no-color", &it, id]);
            assert_eq!(bench.plan(), [""; 0], "{id}");
            assert_eq!(bench.state(&it)["tenant_id"], state["tenant_id"], "{id}");
        }
        bench.destroy();
        assert_eq!(there(&bench), before, "{kind}");
    }
    expect![[r#""#]].assert_eq(&seen);
}
