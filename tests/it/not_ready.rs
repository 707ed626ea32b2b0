//! A workspace that is not as a plan needs it: deleted, misspelled, or without Sentinel. It is told at plan, once, and what
//! follows from what is known is planned all the same.

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, findings, sentinel};

const ALL: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}
resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
}
resource "defender_incident_rule_suppression" "it" {
  workspace_id = var.workspace_id
  products     = ["Microsoft Defender for Identity"]
}
"#;
const ONBOARDING: &str = "resource \"defender_workspace_onboarding\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
const RETENTION: &str =
    "resource \"defender_table_retention\" \"it\" {\n  workspace_id = var.workspace_id\n  table = \"DeviceInfo\"\n}\n";
const WORKBOOK: &str = "resource \"defender_ingestion_workbook\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
const SOLUTION: &str = "resource \"defender_content_solution\" \"it\" {\n  workspace_id = var.workspace_id\n  product = \"Microsoft Defender for Identity\"\n}\n";
const HUNTING: &str = "resource \"defender_hunting_tables\" \"it\" {\n  workspace_id = var.workspace_id\n  tables = [\"DeviceInfo\"]\n}\n";

/// The summaries of what a plan tells of a workspace; how the objects in it get on is another matter.
fn told(bench: &Bench) -> String {
    let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
    assert_eq!(outcome.code, 0, "{}", outcome.text);
    let text = findings(&outcome.text);
    let mut told: Vec<_> =
        text.lines().filter(|line| line.starts_with("Warning: The") && line.contains("workspace")).collect();
    told.sort_unstable();
    told.join("\n")
}

#[test]
fn a_workspace_that_is_misspelled_or_without_sentinel_is_told_once() {
    let bench = Bench::new();
    bench.configure(&ALL.replace("var.workspace_id", &format!("\"{WORKSPACE}-misspelled\"")));
    let mut seen = format!("misspelled\n{}\n", told(&bench));
    for alone in [ONBOARDING, RETENTION, HUNTING, WORKBOOK, SOLUTION] {
        bench.configure(&alone.replace("var.workspace_id", &format!("\"{WORKSPACE}-misspelled\"")));
        seen += &format!("{}\n{}\n", alone.split('"').nth(1).unwrap(), told(&bench));
    }
    bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
    bench.configure(ALL);
    seen += &format!("not onboarded\n{}\n", told(&bench));
    bench.configure(&format!(
        "{ONBOARDING}{}",
        ALL.replace("\n}", "\n  depends_on = [defender_workspace_onboarding.it]\n}")
    ));
    seen += &format!("onboarded by the same run\n{}\n", told(&bench));
    expect![[r#"
        misspelled
        Warning: There is no workspace law-demo-misspelled
        defender_workspace_onboarding
        Warning: There is no workspace law-demo-misspelled
        defender_table_retention
        Warning: There is no workspace law-demo-misspelled
        defender_hunting_tables
        Warning: There is no workspace law-demo-misspelled
        defender_ingestion_workbook
        Warning: There is no workspace law-demo-misspelled
        defender_content_solution
        Warning: There is no workspace law-demo-misspelled
        not onboarded
        Warning: The workspace law-demo is not onboarded to Microsoft Sentinel
        onboarded by the same run

    "#]]
    .assert_eq(&seen);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_workspace_that_was_deleted_is_told() {
    let bench = Bench::new();
    let other = json!({
        "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-other", "tenant_id": TENANT,
    });
    bench.admin("POST", "/workspaces", Some(&other));
    bench.configure(ALL);
    bench.apply();
    bench.portal("DELETE", WORKSPACE, None);
    expect!["Warning: There is no workspace law-demo"].assert_eq(&told(&bench));
}

#[test]
fn what_depends_on_nothing_unknown_is_known() {
    let bench = Bench::new();
    bench.configure(&format!(
        "resource \"terraform_data\" \"id\" {{\n  input = var.workspace_id\n}}\n{}{}",
        ALL.replace("var.workspace_id", "terraform_data.id.output"),
        RETENTION.replace("var.workspace_id", "terraform_data.id.output"),
    ));
    bench.plan();
    let text = bench.ok(&["show", "-no-color", "plan"]);
    let tenants: Vec<_> = text.lines().filter(|line| line.contains("tenant_id")).map(str::trim).collect();
    assert_eq!(tenants.len(), 4, "{text}");
    assert!(tenants.iter().all(|line| line.ends_with("\"TENANT\"")), "{tenants:?}");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}
