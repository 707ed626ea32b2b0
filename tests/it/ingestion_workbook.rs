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
    for id in [id.as_str(), &id.to_uppercase(), WORKSPACE, &format!("{WORKSPACE}|{}", state["name"].as_str().unwrap())]
    {
        bench.ok(&["state", "rm", IT]);
        bench.ok(&["import", "-no-color", IT, id]);
        assert_eq!(bench.state(IT)["id"], state["id"], "{id}");
        assert_eq!(bench.state(IT)["serialized_data"], state["serialized_data"], "{id}");
        assert_eq!(bench.plan(), [""; 0], "{id}");
    }
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}
#[test]
fn a_plan_asks_for_each_workbook_once() {
    let bench = Bench::new();
    bench.configure(TABLES);
    let mut seen = String::new();
    for words in [&["apply", "-auto-approve"][..], &["plan"], &["destroy", "-auto-approve"]] {
        let already = bench.emulator.exchanges().len();
        bench.ok(&[words, &["-no-color"]].concat());
        // What goes out side by side arrives in any order.
        let mut asked = bench.asked(already);
        asked.sort();
        let asked = asked.iter().map(|line| bench.clean(line)).collect::<Vec<_>>().join("\n");
        seen += &format!("== {}\n{asked}\n", words[0]);
    }
    expect![[r#"
        == apply
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 404
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 404
        GET WORKSPACE 200
        GET WORKSPACE 200
        PUT /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 201
        == plan
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 200
        == destroy
        DELETE /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21 200
    "#]].assert_eq(&seen);
}

#[test]
fn every_attribute_that_somebody_changes_is_drift_and_set_back() {
    let bench = Bench::new();
    bench.configure(FULL);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let made = workbook(&bench);
    let content = made["properties"]["serializedData"].as_str().unwrap().to_owned();
    let mut seen = String::new();
    for (what, change) in [
        ("display name", json!({ "properties": { "displayName": "Mine now" } })),
        ("description", json!({ "properties": { "description": null } })),
        ("tags", json!({ "tags": { "owner": "noc", "cost": "1" } })),
        ("a query", json!({ "properties": { "serializedData": content.replace("ago(14d)", "ago(30d)") } })),
        (
            "another workbook",
            json!({ "properties": { "serializedData": "{\"version\":\"Notebook/1.0\",\"items\":[]}" } }),
        ),
        ("no JSON", json!({ "properties": { "serializedData": "<html>" } })),
        ("category", json!({ "properties": { "category": "workbook" } })),
        ("source", json!({ "properties": { "sourceId": "azure monitor" } })),
        ("no source", json!({ "properties": { "sourceId": null } })),
    ] {
        bench.portal("PATCH", &path(&bench), Some(&change));
        let changes = short(&bench.plan());
        seen += &format!("== {what}\n{changes}");
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(bench.plan(), [""; 0], "{what}");
        let now = workbook(&bench);
        for field in ["displayName", "description", "category", "sourceId", "serializedData"] {
            assert_eq!(now["properties"][field], made["properties"][field], "{what}");
        }
        assert_eq!(now["tags"], made["tags"], "{what}");
    }
    expect![[r#"
        == display name
        defender_ingestion_workbook.it update
          display_name: "Mine now" -> "Is it flowing?"
        == description
        defender_ingestion_workbook.it update
          description: null -> "For the night shift."
        == tags
        defender_ingestion_workbook.it update
          tags: {"cost":"1","owner":"noc"} -> {"owner":"soc"}
        == a query
        defender_ingestion_workbook.it update
          serialized_data: 2 charts -> 2
        == another workbook
        defender_ingestion_workbook.it update
          serialized_data: 0 charts -> 2
        == no JSON
        defender_ingestion_workbook.it update
          serialized_data: 0 charts -> 2
        == category
        defender_ingestion_workbook.it update
          category: "workbook" -> "sentinel"
        == source
        defender_ingestion_workbook.it update
          source_id: "azure monitor" -> "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo"
        == no source
        defender_ingestion_workbook.it update
          source_id: "" -> "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo"
    "#]].assert_eq(&seen);
}

#[test]
fn what_is_spelled_in_another_way_is_no_drift() {
    let bench = Bench::new();
    bench.configure(FULL);
    bench.apply();
    let made = workbook(&bench);
    let content = made["properties"]["serializedData"].as_str().unwrap();
    let pretty = format!("{:#}", serde_json::from_str::<Value>(content).unwrap());
    let source = made["properties"]["sourceId"].as_str().unwrap();
    for change in [
        json!({ "properties": { "serializedData": pretty.replace(source, WORKSPACE) } }),
        json!({ "properties": { "sourceId": WORKSPACE, "category": "Sentinel" } }),
        json!({ "tags": { "hidden-title": "x" }, "location": "West Europe" }),
    ] {
        bench.portal("PATCH", &path(&bench), Some(&change));
        assert_eq!(bench.plan(), [""; 0], "{change}");
    }
    for (before, after) in [
        ("5A1F1C2E", "5a1f1c2e"),
        ("RG-Sentinel", "rg-sentinel"),
        ("West Europe", "westeurope"),
        ("\"DeviceEvents\"", "\"advancedhunting-deviceevents\""),
        ("var.workspace_id", "upper(var.workspace_id)"),
        ("  location       = \"West Europe\"\n", ""),
    ] {
        bench.configure(&FULL.replace(before, after));
        assert_eq!(bench.plan(), [""; 0], "{after}");
    }
    for (attribute, before, after) in [
        ("name", "5A1F1C2E", "5A1F1C2F"),
        ("resource_group", "RG-Sentinel", "rg-other"),
        ("location", "West Europe", "North Europe"),
    ] {
        bench.configure(&FULL.replace(before, after));
        let plan = bench.plan().join("\n");
        assert!(
            plan.starts_with(&format!("{IT} delete create\n")) && plan.contains(&format!("  {attribute}: ")),
            "{plan}"
        );
    }
}

#[test]
fn it_keeps_in_step_with_the_selection_of_tables() {
    let bench = WORKBOOK.bench();
    let of = |tables: &str| {
        format!(
            "resource \"defender_hunting_tables\" \"it\" {{\n  workspace_id = var.workspace_id\n  tables = {tables}\n}}\n{}",
            BARE.replace("\n}", "\n  tables = defender_hunting_tables.it.tables\n}")
        )
    };
    let mut seen = String::new();
    for tables in
        ["[\"DeviceEvents\"]", "[\"DeviceEvents\", \"AdvancedHunting-CloudAppEvents\"]", "[\"CloudAppEvents\"]"]
    {
        bench.configure(&of(tables));
        let changes = short(&bench.plan());
        seen += &format!("== {tables}\n{changes}");
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(bench.plan(), [""; 0], "{tables}");
        let content = workbook(&bench)["properties"]["serializedData"].as_str().unwrap().to_owned();
        seen += &format!("{}\n", charts(&content).join(", "));
    }
    expect![[r#"
        == ["DeviceEvents"]
        defender_hunting_tables.it create
        defender_ingestion_workbook.it create
        title, all, events of DeviceEvents
        == ["DeviceEvents", "AdvancedHunting-CloudAppEvents"]
        defender_hunting_tables.it update
          tables: ["DeviceEvents"] -> ["AdvancedHunting-CloudAppEvents","DeviceEvents"]
        defender_ingestion_workbook.it update
          serialized_data: 2 charts -> 3
          tables: ["DeviceEvents"] -> ["AdvancedHunting-CloudAppEvents","DeviceEvents"]
        title, all, events of CloudAppEvents, events of DeviceEvents
        == ["CloudAppEvents"]
        defender_hunting_tables.it update
          tables: ["AdvancedHunting-CloudAppEvents","DeviceEvents"] -> ["CloudAppEvents"]
        defender_ingestion_workbook.it update
          serialized_data: 3 charts -> 2
          tables: ["AdvancedHunting-CloudAppEvents","DeviceEvents"] -> ["CloudAppEvents"]
        title, all, events of CloudAppEvents
    "#]]
    .assert_eq(&seen);
    // What is known at apply alone is charted all the same.
    bench.configure(
        "resource \"terraform_data\" \"tables\" {\n  input = [\"DeviceInfo\"]\n}\n\nresource \"defender_ingestion_workbook\" \"it\" {\n  \
         workspace_id = var.workspace_id\n  tables = terraform_data.tables.output\n}\n",
    );
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let content = workbook(&bench)["properties"]["serializedData"].as_str().unwrap().to_owned();
    assert_eq!(charts(&content), ["title", "all", "events of DeviceInfo"]);
}

/// A workbook as somebody makes it in the portal.
fn by_hand(location: &str) -> Value {
    json!({ "kind": "shared", "location": location, "tags": { "cost": "1" }, "properties": { "displayName": "By hand",
        "category": "workbook", "sourceId": "azure monitor", "serializedData": "{\"version\":\"Notebook/1.0\",\"items\":[]}" } })
}

#[test]
fn what_is_there_is_taken_over_with_consent_alone() {
    let bench = Bench::new();
    bench.configure(TABLES);
    bench.apply();
    let id = path(&bench);
    bench.let_go();
    bench.portal("PUT", &id, Some(&by_hand("northeurope")));
    let told = bench.refused();
    bench.configure(&with(TABLES, "adopt_existing = true"));
    let planned = bench.run(&["plan", "-no-color"]);
    bench.configure(&with(TABLES, "adopt_existing = true\n  location = \"westeurope\""));
    let elsewhere = bench.refused();
    expect![[r#"
        Warning: The ingestion workbook exists already

          with defender_ingestion_workbook.it,
          on main.tf line 10, in resource "defender_ingestion_workbook" "it":
          10:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has it as
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21

        To manage it here, import it:

          import {
            to = defender_ingestion_workbook.NAME
            id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
        ==
        Warning: The ingestion workbook is there and is taken over

          with defender_ingestion_workbook.it,
          on main.tf line 12, in resource "defender_ingestion_workbook" "it":
          12:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21

        What changes of it:
          - display_name: "By hand" -> "Microsoft Defender data ingestion"
          - tags: {cost = "1"} -> nothing
          - serialized_data: a content that was not made here -> charts of DeviceEvents, IdentityLogonEvents
          - category: "workbook" -> "sentinel"
          - source_id: "azure monitor" -> "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo"

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.==
        Warning: The workbook exists in another region

          with defender_ingestion_workbook.it,
          on main.tf line 13, in resource "defender_ingestion_workbook" "it":
          13:   location = "westeurope"

        Could not plan the ingestion workbook: under
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21
        it is in "northeurope", the configuration has "westeurope", and the service
        moves none.

        Leave location out, or set location = "northeurope", to take over the one
        that is there; or give this one another name.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
    "#]].assert_eq(&format!("{told}==\nWarning: {}==\n{elsewhere}", warning(&planned.text).split("\n\nWarning").next().unwrap()));
    bench.configure(&with(TABLES, "adopt_existing = true"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state(IT)["location"], "northeurope");
    assert_eq!(workbook(&bench)["properties"]["category"], "sentinel");
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn what_somebody_else_made_is_imported_as_it_is_and_planned_as_it_is_to_be() {
    let bench = Bench::new();
    let name = "5a1f1c2e-0000-4000-8000-000000000001";
    let id =
        WORKSPACE.replace("Microsoft.OperationalInsights/workspaces/law-demo", &format!("{}/{name}", WORKBOOK.path));
    bench.portal("PUT", &id, Some(&by_hand("westeurope")));
    let imported =
        TABLES.replace("\n}", &format!("\n  name = \"{name}\"\n}}\n\nimport {{\n  to = {IT}\n  id = \"{id}\"\n}}"));
    bench.configure(&imported);
    let other = bench.plan_errors();
    bench.configure(&imported.replace(&id, &format!("{WORKSPACE}|{name}")));
    let changes = short(&bench.plan());
    expect![[r#"
        Error: Not importable as defender_ingestion_workbook

        The workbook
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/5a1f1c2e-0000-4000-8000-000000000001
        is about "azure monitor"; defender_ingestion_workbook manages workbooks of
        Log Analytics workspaces.

        Check the id.
        ==
        defender_ingestion_workbook.it import update
          category: "workbook" -> "sentinel"
          display_name: "By hand" -> "Microsoft Defender data ingestion"
          serialized_data: 0 charts -> 3
          source_id: "azure monitor" -> "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-sentinel/providers/microsoft.operationalinsights/workspaces/law-demo"
          tables: null -> ["AdvancedHunting-deviceevents","IdentityLogonEvents"]
          tags: {"cost":"1"} -> null
    "#]].assert_eq(&format!("{other}==\n{changes}"));
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(&with(TABLES, &format!("name = \"{name}\"")));
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn it_outlives_its_workspace_and_not_its_group() {
    let bench = WORKBOOK.made();
    bench.portal("DELETE", WORKSPACE, None);
    assert_eq!(plan(&bench, &[]).code, 0, "it is still there");
    bench.portal("DELETE", &path(&bench), None);
    let planned = plan(&bench, &["-refresh-only"]);
    assert_eq!(planned.code, 2, "{}", planned.text);
    let bench = WORKBOOK.made();
    bench.portal("DELETE", WORKSPACE.split_once("/providers/").unwrap().0, None);
    assert_eq!(plan(&bench, &["-refresh-only"]).code, 2);
    bench.destroy();
    assert!(!known(&bench, IT));
}

#[test]
fn what_is_made_with_its_workspace_waits_for_it() {
    let bench = Bench::new();
    let missing = BARE.replace("var.workspace_id", &format!("\"{WORKSPACE}-missing\""));
    bench.configure(&missing);
    assert_eq!(plan(&bench, &[]).code, 2);
    let told = bench.apply_errors();
    assert!(told.contains("Error: Could not create the ingestion workbook"), "{told}");
    assert!(told.contains("It does not exist, or the caller may not see it."), "{told}");
    assert_eq!(bench.left(), [""; 0]);
    bench.admin(
        "POST",
        "/workspaces",
        Some(&json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel",
        "name": "law-demo-missing", "tenant_id": crate::emulator_process::TENANT, "location": "swedencentral" })),
    );
    bench.apply();
    assert_eq!(bench.state(IT)["location"], "swedencentral");
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn reads_that_lag_are_waited_for() {
    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 4, "delete_lag_reads": 3 })));
    bench.configure(TABLES);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let replaced = apply(&bench, &[&format!("-replace={IT}")]);
    assert_eq!(replaced.code, 0, "{}", replaced.text);
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 0 })));
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn values_that_cannot_be_are_told_by_validate() {
    let bench = Bench::new();
    let mut seen = String::new();
    for attribute in [
        "name = \"my-workbook\"",
        "resource_group = \"a/b\"",
        "location = \"\"",
        "location = \"west/europe\"",
        "display_name = \" \"",
        "tags = { \"Hidden-Title\" = \"x\" }",
        "tables = []",
        "tables = [\"DeviceEvents | take 1\"]",
        "tables = [\"DeviceEvents\", \"AdvancedHunting-deviceevents\"]",
        "tables = [\"DeviceEvnts\", \"My_CL\"]",
        "workspace_id = \"law\"",
    ] {
        let body = match attribute.strip_prefix("workspace_id") {
            Some(_) => BARE.replace("workspace_id = var.workspace_id", attribute),
            None => with(BARE, attribute),
        };
        bench.configure(&body);
        let told = findings(&bench.run(&["validate", "-no-color"]).text);
        let lines = told.lines().filter(|line| !line.trim().is_empty() && !line.contains("with defender_ingestion"));
        seen += &format!("== {attribute}\n{}\n", lines.collect::<Vec<_>>().join("\n"));
    }
    expect![[r#"
        == name = "my-workbook"
        Error: Not a workbook's name
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   name = "my-workbook"
        Found "my-workbook"; a workbook's name is a GUID such as
        TENANT.
        == resource_group = "a/b"
        Error: Not a resource name
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   resource_group = "a/b"
        Found "a/b"; an ARM resource name is not empty, not '.' or '..', and has no
        '/', '\\', '?', '#' or '%' in it. Leave the attribute out to have one made.
        == location = ""
        Error: Not a region of Azure
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   location = ""
        Found ""; a region is letters and digits, such as "westeurope" or "West
        Europe". Leave location out for that of the workspace.
        == location = "west/europe"
        Error: Not a region of Azure
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   location = "west/europe"
        Found "west/europe"; a region is letters and digits, such as "westeurope" or
        "West Europe". Leave location out for that of the workspace.
        == display_name = " "
        Error: An empty display name
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   display_name = " "
        Found ""; the service keeps no empty display name.
        == tags = { "Hidden-Title" = "x" }
        Error: A tag of the service's own
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   tags = { "Hidden-Title" = "x" }
        The service keeps the display name of a workbook in the tag "Hidden-Title".
        Take it out, and set display_name.
        == tables = []
        Error: No hunting table at all
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   tables = []
        The set is empty. Name at least one, or leave tables out for a workbook of
        incidents and alerts.
        == tables = ["DeviceEvents | take 1"]
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   tables = ["DeviceEvents | take 1"]
        Found "DeviceEvents | take 1"; a table's name is letters, digits and
        underscores, such as "DeviceEvents".
        == tables = ["DeviceEvents", "AdvancedHunting-deviceevents"]
        Error: A hunting table named twice
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   tables = ["DeviceEvents", "AdvancedHunting-deviceevents"]
        "AdvancedHunting-deviceevents" and "DeviceEvents" are one table:
        "AdvancedHunting-X" and "X" are the same, in any casing. Keep one of them.
        == tables = ["DeviceEvnts", "My_CL"]
        Warning: A table that is none of Defender's
          on main.tf line 11, in resource "defender_ingestion_workbook" "it":
          11:   tables = ["DeviceEvnts", "My_CL"]
        Did you mean "DeviceEvents"? Found "DeviceEvnts". Any table can have a chart;
        that of a table which is not there stays at zero.
        Success! The configuration is valid, but there were some validation warnings
        as shown above.
        == workspace_id = "law"
        Error: Not the id of a Log Analytics workspace
          on main.tf line 10, in resource "defender_ingestion_workbook" "it":
          10:   workspace_id = "law"
        Found "law": it does not begin with '/'.
        Give the workspace's ARM id, in any casing:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace
        With the azurerm provider that is azurerm_log_analytics_workspace.NAME.id.
    "#]].assert_eq(&seen);
}

#[test]
fn a_role_that_is_missing_is_named_with_its_scope() {
    let mut tenant = json!({ "tenant_id": crate::emulator_process::TENANT, "clients": [{ "client_id": crate::emulator_process::CLIENT,
        "client_secret": crate::emulator_process::SECRET, "deny": ["Microsoft.Insights/workbooks/write"] }] });
    let bench = Bench::new();
    bench.admin("POST", "/tenants", Some(&tenant));
    bench.configure(BARE);
    let told = bench.apply_errors();
    tenant["clients"][0]["deny"] = json!(["Microsoft.Insights/workbooks/read"]);
    bench.admin("POST", "/tenants", Some(&tenant));
    let read = bench.plan_errors();
    let role = |told: &str| told.lines().skip_while(|line| !line.contains("Give it")).collect::<Vec<_>>().join("\n");
    expect![[r#"
        Give it Microsoft Sentinel Contributor on the workbook's resource group. A
        new role assignment can take some minutes to count.
        ==
        Give it Microsoft Sentinel Reader, or Reader, on the workbook's resource
        group, which is enough for a plan; an apply needs Microsoft Sentinel
        Contributor. A new role assignment can take some minutes to count.
    "#]]
    .assert_eq(&format!("{}\n==\n{}\n", role(&told), role(&read)));
}
