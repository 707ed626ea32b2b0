//! The life of an ingestion workbook under the real Terraform.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{SUBSCRIPTION, WORKSPACE};
use crate::kinds::{WORKBOOK, apply, known, plan};
use crate::terraform::{Bench, findings, warning};

const IT: &str = "defender_ingestion_workbook.it";

const BARE: &str = r#"
resource "defender_ingestion_workbook" "it" {
  workspace_id = var.workspace_id
}
"#;

const TABLES: &str = r#"
resource "defender_ingestion_workbook" "it" {
  workspace_id = var.workspace_id
  tables       = ["AdvancedHunting-deviceevents", "IdentityLogonEvents"]
}
"#;

const FULL: &str = r#"
resource "defender_ingestion_workbook" "it" {
  workspace_id   = var.workspace_id
  tables         = ["DeviceEvents"]
  display_name   = "Is it flowing?"
  description    = "For the night shift."
  name           = "5A1F1C2E-0000-4000-8000-000000000001"
  resource_group = "RG-Sentinel"
  location       = "West Europe"
  tags           = { owner = "soc" }
}
"#;

/// A block with one more line.
fn with(block: &str, line: &str) -> String {
    block.replace("\n}", &format!("\n  {line}\n}}"))
}

/// A plan without the contents of workbooks, which are long.
fn short(lines: &[String]) -> String {
    let shown = lines.iter().map(|line| match line.split_once("serialized_data: ") {
        Some((indent, contents)) => {
            let charts = |content: &str| content.matches("KqlItem").count();
            let (before, after) = contents.split_once(" -> ").unwrap();
            format!("{indent}serialized_data: {} charts -> {}\n", charts(before), charts(after))
        }
        None => format!("{line}\n"),
    });
    shown.collect()
}

/// The one workbook that the service has.
fn workbook(bench: &Bench) -> Value {
    let world = bench.admin("GET", "/state", None);
    let [workbook] = world["workbooks"].as_array().unwrap().as_slice() else { panic!("{:#}", world["workbooks"]) };
    workbook.clone()
}

fn path(bench: &Bench) -> String {
    bench.state(IT)["id"].as_str().unwrap().to_owned()
}

/// The queries of a content, by the names of their charts.
fn charts(content: &str) -> Vec<String> {
    let content: Value = serde_json::from_str(content).unwrap();
    let items = content["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn made_changed_imported_and_removed() {
    let bench = Bench::new();
    let mut seen = String::new();
    for (what, configuration) in
        [("bare", BARE.to_owned()), ("tables", TABLES.to_owned()), ("described", with(TABLES, "description = \"x\""))]
    {
        bench.configure(&configuration);
        let changes = short(&bench.plan());
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let mut sent: Value = serde_json::from_str(bench.bodies(already).trim_start_matches("PUT ")).unwrap();
        let content = sent["properties"]["serializedData"].take();
        seen += &format!("== {what}\n{changes}{sent:#}\n{}\n", charts(content.as_str().unwrap()).join(", "));
        assert_eq!(bench.plan(), [""; 0], "{what}");
    }
    expect![[r#"
        == bare
        defender_ingestion_workbook.it create
        {
          "kind": "shared",
          "location": "westeurope",
          "properties": {
            "category": "sentinel",
            "displayName": "Microsoft Defender data ingestion",
            "serializedData": null,
            "sourceId": "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo",
            "version": "Notebook/1.0"
          },
          "tags": {}
        }
        title, all
        == tables
        defender_ingestion_workbook.it update
          serialized_data: 1 charts -> 3
          tables: null -> ["AdvancedHunting-deviceevents","IdentityLogonEvents"]
        {
          "kind": "shared",
          "location": "westeurope",
          "properties": {
            "category": "sentinel",
            "displayName": "Microsoft Defender data ingestion",
            "serializedData": null,
            "sourceId": "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo",
            "version": "Notebook/1.0"
          },
          "tags": {}
        }
        title, all, events of DeviceEvents, events of IdentityLogonEvents
        == described
        defender_ingestion_workbook.it update
          description: null -> "x"
        {
          "kind": "shared",
          "location": "westeurope",
          "properties": {
            "category": "sentinel",
            "description": "x",
            "displayName": "Microsoft Defender data ingestion",
            "serializedData": null,
            "sourceId": "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo",
            "version": "Notebook/1.0"
          },
          "tags": {}
        }
        title, all, events of DeviceEvents, events of IdentityLogonEvents
    "#]].assert_eq(&seen);
    let (state, id) = (bench.state(IT), path(&bench));
    for id in [id.as_str(), &id.to_uppercase(), WORKSPACE, &format!("{WORKSPACE}|{}", state["name"].as_str().unwrap())] {
        bench.ok(&["state", "rm", IT]);
        bench.ok(&["import", "-no-color", IT, id]);
        assert_eq!(bench.state(IT)["id"], state["id"], "{id}");
        assert_eq!(bench.state(IT)["serialized_data"], state["serialized_data"], "{id}");
        assert_eq!(bench.plan(), [""; 0], "{id}");
    }
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}
