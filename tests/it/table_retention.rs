//! The life of a table's retention under the real Terraform.

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::WORKSPACE;
use crate::terraform::{Bench, findings, warning};

const TABLE: &str = r#"
resource "defender_table_retention" "it" {
  workspace_id = var.workspace_id
  table        = "deviceevents"
}
"#;

const LONG: &str = r#"
resource "defender_table_retention" "it" {
  workspace_id            = var.workspace_id
  table                   = "deviceevents"
  retention_in_days       = 180
  total_retention_in_days = 1095
}
"#;

const ANALYTICS: &str = r#"
resource "defender_table_retention" "it" {
  workspace_id            = var.workspace_id
  table                   = "DeviceEvents"
  retention_in_days       = 180
  total_retention_in_days = 1095
  plan                    = "Analytics"
}
"#;

const BASIC: &str = r#"
resource "defender_table_retention" "it" {
  workspace_id            = var.workspace_id
  table                   = "DeviceEvents"
  total_retention_in_days = 365
  plan                    = "basic"
}
"#;

fn id() -> String {
    format!("{WORKSPACE}/tables/DeviceEvents")
}

fn tables(bench: &Bench) -> serde_json::Value {
    bench.admin("GET", "/state", None)["workspaces"][0]["tables"].clone()
}

#[test]
fn made_changed_drifted_imported_and_removed() {
    let bench = Bench::new();
    let mut seen = String::new();
    for (what, configuration) in [("long", LONG), ("default", TABLE), ("basic", BASIC), ("analytics", ANALYTICS)] {
        bench.configure(configuration);
        let changes = bench.plan().join("\n");
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        seen += &format!("== {what}\n{changes}\n{}\n{}\n", bench.bodies(already), tables(&bench));
        assert_eq!(bench.plan(), [""; 0], "{what}");
    }
    bench.portal(
        "PATCH",
        &id(),
        Some(&json!({ "properties": { "retentionInDays": 31, "totalRetentionInDays": 730, "plan": "Basic" } })),
    );
    seen += &format!("== drifted\n{}\n", bench.plan().join("\n"));
    bench.portal(
        "PATCH",
        &id(),
        Some(&json!({ "properties": { "retentionInDays": null, "totalRetentionInDays": null, "plan": "Analytics" } })),
    );
    seen += &format!("== back to the default in the portal\n{}\n", bench.plan().join("\n"));
    expect![[r#"
        == long
        defender_table_retention.it create
        PATCH {
          "properties": {
            "plan": "Analytics",
            "retentionInDays": 180,
            "totalRetentionInDays": 1095
          }
        }
        {"DeviceEvents":{"plan":"Analytics","retentionInDays":180,"totalRetentionInDays":1095}}
        == default
        defender_table_retention.it update
          retention_in_days: 180 -> -1
          total_retention_in_days: 1095 -> -1
        PATCH {
          "properties": {
            "plan": "Analytics",
            "retentionInDays": -1,
            "totalRetentionInDays": -1
          }
        }
        {}
        == basic
        defender_table_retention.it update
          plan: "Analytics" -> "basic"
          total_retention_in_days: -1 -> 365
        PATCH {
          "properties": {
            "plan": "Basic",
            "totalRetentionInDays": 365
          }
        }
        {"DeviceEvents":{"plan":"Basic","retentionInDays":null,"totalRetentionInDays":365}}
        == analytics
        defender_table_retention.it update
          plan: "basic" -> "Analytics"
          retention_in_days: -1 -> 180
          total_retention_in_days: 365 -> 1095
        PATCH {
          "properties": {
            "plan": "Analytics",
            "retentionInDays": 180,
            "totalRetentionInDays": 1095
          }
        }
        {"DeviceEvents":{"plan":"Analytics","retentionInDays":180,"totalRetentionInDays":1095}}
        == drifted
        defender_table_retention.it update
          plan: "Basic" -> "Analytics"
          retention_in_days: -1 -> 180
          total_retention_in_days: 730 -> 1095
        == back to the default in the portal
        defender_table_retention.it update
          retention_in_days: -1 -> 180
          total_retention_in_days: -1 -> 1095
    "#]]
    .assert_eq(&seen);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.ok(&["state", "rm", "defender_table_retention.it"]);
    bench.ok(&["import", "-no-color", "defender_table_retention.it", &id().to_uppercase()]);
    assert_eq!(bench.plan(), [""; 0]);
    let already = bench.emulator.exchanges().len();
    bench.destroy();
    expect![[r#"
        PATCH {
          "properties": {
            "plan": "Analytics",
            "retentionInDays": -1,
            "totalRetentionInDays": -1
          }
        }"#]]
    .assert_eq(&bench.bodies(already));
    assert_eq!(tables(&bench), json!({}));
}

#[test]
fn a_change_is_waited_for_however_the_service_tells() {
    let mut seen = String::new();
    for how in ["azure_async_operation", "location", "provisioning_state", "synchronous"] {
        let bench = Bench::new();
        bench.admin("POST", "/behaviour", Some(&json!({ "table_operation": how, "table_operation_looks": 2 })));
        bench.configure(LONG);
        bench.plan();
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let asked = bench.asked(already).into_iter();
        let asked: Vec<_> = asked
            .map(|line| {
                let line = bench.clean(&line);
                match line.split_once("operationStatuses/") {
                    Some((_, rest)) => format!("GET operation {}", rest.split_once(' ').unwrap().1),
                    None => line,
                }
            })
            .collect();
        seen += &format!("== {how}\n{}\n", asked.join("\n"));
        assert_eq!(bench.plan(), [""; 0], "{how}");
    }
    expect![[r#"
        == azure_async_operation
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        PATCH WORKSPACE/tables/deviceevents 202
        GET operation 200
        GET operation 200
        GET operation 200
        GET WORKSPACE/tables/deviceevents 200
        == location
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        PATCH WORKSPACE/tables/deviceevents 202
        GET operation 202
        GET operation 202
        GET operation 200
        GET WORKSPACE/tables/deviceevents 200
        == provisioning_state
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        PATCH WORKSPACE/tables/deviceevents 202
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        == synchronous
        GET WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
        PATCH WORKSPACE/tables/deviceevents 200
        GET WORKSPACE/tables/deviceevents 200
    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_change_that_fails_in_the_end_is_told_and_state_stays() {
    let bench = Bench::new();
    bench.configure(TABLE);
    bench.apply();
    bench.configure(LONG);
    bench.faults(&json!([{ "match": { "path": "operationStatuses" }, "action": { "raw_body":
        "{\"status\":\"Failed\",\"error\":{\"code\":\"PlanLimit\",\"message\":\"The table was changed too often.\"}}" } }]));
    let told = bench.apply_errors();
    let told: Vec<_> = told.lines().filter(|line| !line.contains("Request") && !line.contains("EMULATOR")).collect();
    expect![[r#"
        Error: Could not update the retention of a table

          with defender_table_retention.it,
          on main.tf line 10, in resource "defender_table_retention" "it":
          10:   workspace_id            = var.workspace_id

        The service refused the request.
        Workspace:
        WORKSPACE

        The service said: PlanLimit: the operation ended as Failed: The table was
        changed too often.
        WORKSPACE/tables/deviceevents

        Correct what the service names, then run again."#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(bench.state("defender_table_retention.it")["retention_in_days"], -1);
}

#[test]
fn what_stands_there_already_and_what_does_not_exist_are_told() {
    let bench = Bench::new();
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "retentionInDays": 365 } })));
    bench.configure(LONG);
    let outcome = bench.run(&["plan", "-no-color"]);
    let warning = warning(&outcome.text).to_owned();
    // The workspace keeps 90 days, which a total of less would undercut.
    bench.configure(&TABLE.replace("\n}", "\n  total_retention_in_days = 30\n}"));
    let below = bench.plan_errors();
    // A table of the Basic plan has no retention that can be set.
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "retentionInDays": null, "plan": "Basic" } })));
    bench.configure(LONG);
    let fixed = bench.plan_errors();
    bench.configure(&TABLE.replace("deviceevents", "DeviceEvnts"));
    let absent = bench.apply_errors();
    let absent: Vec<_> =
        absent.lines().filter(|line| !line.contains("Request") && !line.contains("EMULATOR")).collect();
    expect![[r#"
        The table has a retention or plan of its own already

          with defender_table_retention.it,
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table                   = "deviceevents"

        Somebody has set
          WORKSPACE/tables/deviceevents
        before, and this changes it (-1 is the default):
          - retention_in_days: 365 -> 180

        Where a retention becomes less, data older than it will be removed. To begin
        with what is there, import the table:

          import {
            to = defender_table_retention.NAME
            id = "WORKSPACE/tables/deviceevents"
          }
        ==
        Warning: The table has a retention or plan of its own already

          with defender_table_retention.it,
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "deviceevents"

        Somebody has set
          WORKSPACE/tables/deviceevents
        before, and this changes it (-1 is the default):
          - retention_in_days: 365 -> -1

        Where a retention becomes less, data older than it will be removed. To begin
        with what is there, import the table:

          import {
            to = defender_table_retention.NAME
            id = "WORKSPACE/tables/deviceevents"
          }

        Error: Less total retention than retention

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   total_retention_in_days = 30

        Found 30 days in all, while the workspace's own retention, which the table
        falls back to, is 90: the total includes it.

        Raise the total to at least 90, leave it out for the same, or set a lower
        retention_in_days.

        If all of it is to be destroyed: terraform destroy -refresh=false.

        ==
        Error: The retention of the Basic plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Basic table plan. The retention of
        such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        To move the table back, set plan = "Analytics" (the service lets a table
        change its plan once a week). To leave it as it is, set plan = "Basic" and
        leave retention_in_days out. What is in state already can be destroyed
        without either.

        If all of it is to be destroyed: terraform destroy -refresh=false.

        ==
        Error: Could not create the retention of a table

          with defender_table_retention.it,
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "DeviceEvnts"

        The workspace
        WORKSPACE
        has no table "DeviceEvnts".

        The service said: 404 ResourceNotFound: Table DeviceEvnts was not found in
        workspace law-demo.

        Check the spelling, and workspace_id. A table of a Microsoft product can
        appear with its first data; let this resource wait for what brings it with
        depends_on."#]]
    .assert_eq(&format!("{warning}\n==\n{below}\n==\n{fixed}\n==\n{}", absent.join("\n")));
}

#[test]
fn values_that_cannot_be_are_told_by_validate() {
    let bench = Bench::new();
    let mut seen = String::new();
    for attributes in [
        "retention_in_days = 0\n  total_retention_in_days = 0",
        "retention_in_days = 731\n  total_retention_in_days = 1000",
        "retention_in_days = 3.5",
        "retention_in_days = 90\n  total_retention_in_days = 30",
        "plan = \"Basic\"\n  retention_in_days = 30",
        "plan = \"Cheap\"\n  total_retention_in_days = 5000",
        "plan = \"auxiliary\"\n  retention_in_days = 30",
    ] {
        let body = TABLE.replace("\n}", &format!("\n  {attributes}\n}}")).replace("deviceevents", "Device Events");
        bench.configure(&body);
        let told = bench.errors(&["validate", "-no-color"]);
        let lines = told.lines().filter(|line| !line.trim().is_empty() && !line.contains("with defender_table"));
        seen += &format!("== {attributes}\n{}\n", lines.collect::<Vec<_>>().join("\n"));
    }
    expect![[r#"
        == retention_in_days = 0
          total_retention_in_days = 0
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: Not a retention that a table can have
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days = 0
        Found 0; write 4 to 730 days, or -1 or nothing for the workspace's own
        retention.
        Error: Not a retention that a table can have
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   total_retention_in_days = 0
        Found 0; write 4 to 730 days, or 1095, 1460, 1826, 2191, 2556, 2922, 3288,
        3653, 4018 or 4383 (3 to 12 years), or -1 or nothing for the same as
        retention_in_days.
        == retention_in_days = 731
          total_retention_in_days = 1000
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: Not a retention that a table can have
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days = 731
        Found 731; write 4 to 730 days, or -1 or nothing for the workspace's own
        retention.
        Error: Not a retention that a table can have
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   total_retention_in_days = 1000
        Found 1000; write 4 to 730 days, or 1095, 1460, 1826, 2191, 2556, 2922, 3288,
        3653, 4018 or 4383 (3 to 12 years), or -1 or nothing for the same as
        retention_in_days.
        == retention_in_days = 3.5
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: Not a retention that a table can have
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days = 3.5
        Found a fraction; write 4 to 730 days, or -1 or nothing for the workspace's
        own retention.
        == retention_in_days = 90
          total_retention_in_days = 30
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: Less total retention than retention
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   total_retention_in_days = 30
        Found 30 days in all, while retention_in_days is 90: the total includes it.
        Raise the total to at least 90, leave it out for the same, or set a lower
        retention_in_days.
        == plan = "Basic"
          retention_in_days = 30
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: The retention of the Basic plan is fixed
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   retention_in_days = 30
        Found 30 days beside plan = "Basic". The retention of a table of the Basic
        table plan cannot be set, only total_retention_in_days can.
        Leave retention_in_days out, or set plan = "Analytics".
        == plan = "Cheap"
          total_retention_in_days = 5000
        Warning: A table plan this version does not know
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   plan = "Cheap"
        Found "Cheap"; known are "Analytics", "Basic" and "Auxiliary". It is sent as
        written; if that is a slip, the service will refuse it at apply.
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: Not a retention that a table can have
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   total_retention_in_days = 5000
        Found 5000; write 4 to 730 days, or 1095, 1460, 1826, 2191, 2556, 2922, 3288,
        3653, 4018 or 4383 (3 to 12 years), or -1 or nothing for the same as
        retention_in_days.
        == plan = "auxiliary"
          retention_in_days = 30
        Error: Not the name of a table
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table        = "Device Events"
        Found "Device Events"; a table's name is letters, digits and underscores,
        such as "DeviceEvents".
        Error: A plan for custom tables alone
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   plan = "auxiliary"
        Found "Auxiliary" for Device Events, which is a table of Microsoft's: it
        cannot have that plan (Microsoft's documentation).
        That its data lives in the data lake alone is set in the Defender portal,
        under the table's retention; leave plan out here, and retention_in_days with
        it.
        Error: The retention of the Auxiliary plan is fixed
          on main.tf line 13, in resource "defender_table_retention" "it":
          13:   retention_in_days = 30
        Found 30 days beside plan = "Auxiliary". The retention of a table of the
        Auxiliary table plan cannot be set, only total_retention_in_days can.
        Leave retention_in_days out.
    "#]]
    .assert_eq(&seen);
    assert_eq!(bench.requests(0), [""; 0]);
}

#[test]
fn an_answer_that_is_lost_or_never_comes_keeps_the_table_in_state() {
    let bench = Bench::new();
    bench.configure(LONG);
    bench.faults(&json!([{ "match": { "method": "PATCH" }, "action": { "drop": "after" } }]));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(tables(&bench)["DeviceEvents"]["totalRetentionInDays"], 1095);

    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "table_operation_looks": 100_000 })));
    bench.configure(&LONG.replace("\n}", "\n  timeouts {\n    create = \"2s\"\n  }\n}"));
    let told = bench.apply_errors();
    assert!(told.contains("The service gave no final answer within the time allowed."), "{told}");
    assert_eq!(bench.state("defender_table_retention.it")["retention_in_days"], 180);
}

#[test]
fn a_table_that_became_basic_is_told_and_holds_up_no_destroy() {
    let bench = Bench::new();
    bench.configure(LONG);
    bench.apply();
    let became_basic = json!({ "properties": { "retentionInDays": null, "plan": "Basic" } });
    bench.portal("PATCH", &id(), Some(&became_basic));
    let outcome = bench.run(&["plan", "-no-color", "-out=plan"]);
    let mut seen = format!("== plan\n{}\n{}\n", warning(&outcome.text).trim_end(), bench.changes().join("\n"));
    let already = bench.emulator.exchanges().len();
    let refused = bench.errors(&["apply", "-no-color", "plan"]);
    seen += &format!("== apply\n{}", &refused[refused.find("Error: ").unwrap()..]);
    assert_eq!(bench.bodies(already), "");
    assert_eq!(bench.state("defender_table_retention.it")["retention_in_days"], -1);

    // Either way out is one line.
    for (what, configuration) in [
        ("as it was", LONG.replace("\n}", "\n  plan = \"Analytics\"\n}")),
        ("as it is", LONG.replace("retention_in_days       = 180", "plan = \"Basic\"")),
    ] {
        bench.portal("PATCH", &id(), Some(&became_basic));
        bench.configure(&configuration);
        seen += &format!("== {what}\n{}\n", bench.plan().join("\n"));
        bench.apply();
        assert_eq!(bench.plan(), [""; 0], "{what}");
    }

    bench.configure(LONG);
    assert_eq!(bench.plan()[0], "defender_table_retention.it update");
    bench.destroy();
    assert_eq!(tables(&bench)["DeviceEvents"]["totalRetentionInDays"], json!(null));
    expect![[r#"
        == plan
        The retention of the Basic plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Basic table plan. The retention of
        such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        To move the table back, set plan = "Analytics" (the service lets a table
        change its plan once a week). To leave it as it is, set plan = "Basic" and
        leave retention_in_days out. What is in state already can be destroyed
        without either.
        defender_table_retention.it update
          retention_in_days: -1 -> 180
        == apply
        Error: The retention of the Basic plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Basic table plan. The retention of
        such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        To move the table back, set plan = "Analytics" (the service lets a table
        change its plan once a week). To leave it as it is, set plan = "Basic" and
        leave retention_in_days out. What is in state already can be destroyed
        without either.
        == as it was
        defender_table_retention.it update
          plan: "Basic" -> "Analytics"
          retention_in_days: -1 -> 180
        == as it is

    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_workspace_that_keeps_longer_than_the_total_holds_up_no_destroy() {
    let bench = Bench::new();
    bench.configure(&TABLE.replace("\n}", "\n  total_retention_in_days = 100\n}"));
    bench.apply();
    bench.portal("PATCH", WORKSPACE, Some(&json!({ "retentionInDays": 120 })));
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "totalRetentionInDays": 365 } })));
    let outcome = bench.run(&["plan", "-no-color"]);
    assert!(warning(&outcome.text).starts_with("Less total retention than retention\n"), "{}", outcome.text);
    assert_eq!(outcome.code, 0);
    let refused = bench.apply_errors();
    assert!(refused.contains("The service said:"), "{refused}");
    bench.destroy();
    assert_eq!(tables(&bench), json!({}));
}

#[test]
fn a_table_is_read_in_any_spelling() {
    let bench = Bench::new();
    let shown = |retention: &str, total: &str| {
        let body = format!(
            "{{\"id\":\"/tables/DeviceEvents\",\"name\":\"DeviceEvents\",\"properties\":{{\"plan\":\"ANALYTICS\",\"retentionInDays\":{retention},\
             \"totalRetentionInDays\":{total},\"retentionInDaysAsDefault\":\"False\",\"totalRetentionInDaysAsDefault\":false,\
             \"provisioningState\":\"SUCCEEDED\"}}}}"
        );
        bench.admin("DELETE", "/faults", None);
        bench.faults(&json!([{ "match": { "method": "GET", "path": "/tables/", "times": 1000 }, "action": { "raw_body": body } }]));
    };
    shown("\"180\"", "1095.0");
    bench.configure(LONG);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state("defender_table_retention.it")["plan"], "Analytics");
    shown("180.0", "\"1095\"");
    bench.configure(&LONG.replace("\n}", "\n  plan = \"analytics\"\n}"));
    assert_eq!(bench.plan(), [""; 0]);
    bench.ok(&["state", "rm", "defender_table_retention.it"]);
    bench.ok(&["import", "-no-color", "defender_table_retention.it", &id()]);
    assert_eq!(bench.state("defender_table_retention.it")["plan"], "Analytics");
    assert_eq!(bench.plan(), [""; 0]);
    // A number that is another is drift, however it is written.
    shown("\"90\"", "\"1095\"");
    assert_eq!(bench.plan().join("\n"), "defender_table_retention.it update\n  retention_in_days: 90 -> 180");
}

#[test]
fn a_table_of_the_data_lake_is_read_and_explained() {
    let bench = Bench::new();
    bench.configure(LONG);
    bench.apply();
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "plan": "Auxiliary", "retentionInDays": null } })));
    let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
    let mut seen = format!("== plan\n{}\n", findings(&outcome.text));
    seen += &format!("== apply\n{}\n", bench.apply_errors());
    bench.configure(&LONG.replace("\n}", "\n  plan = \"Analytics\"\n}"));
    seen += &format!("== the way back\n{}\n", bench.apply_errors());
    bench.configure(&LONG.replace("  retention_in_days       = 180\n", ""));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0], "as it is");
    assert_eq!(bench.state("defender_table_retention.it")["plan"], "Auxiliary");
    bench.destroy();
    assert_eq!(
        tables(&bench)["DeviceEvents"],
        json!({ "plan": "Auxiliary", "retentionInDays": null, "totalRetentionInDays": null })
    );
    bench.configure(&LONG.replace("\n}", "\n  plan = \"Analytics\"\n}"));
    seen += &format!("== a new block\n{}\n", bench.plan_errors());
    expect![[r#"
        == plan
        Warning: The retention of the Auxiliary plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Auxiliary table plan. The retention
        of such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        A table of this plan lives in the data lake, and Resource Manager has no
        documented way back; the Defender portal has, under the table's retention. To
        leave it as it is, leave retention_in_days out. What is in state already can
        be destroyed without either.

        == apply
        Warning: The retention of the Auxiliary plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Auxiliary table plan. The retention
        of such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        A table of this plan lives in the data lake, and Resource Manager has no
        documented way back; the Defender portal has, under the table's retention. To
        leave it as it is, leave retention_in_days out. What is in state already can
        be destroyed without either.

        (and one more similar warning elsewhere)

        Error: The retention of the Auxiliary plan is fixed

          with defender_table_retention.it,
          on main.tf line 12, in resource "defender_table_retention" "it":
          12:   retention_in_days       = 180

        The service shows deviceevents as of the Auxiliary table plan. The retention
        of such a table cannot be set, so that retention_in_days = 180 cannot be
        applied; nothing of the table is changed until that is settled.

        A table of this plan lives in the data lake, and Resource Manager has no
        documented way back; the Defender portal has, under the table's retention. To
        leave it as it is, leave retention_in_days out. What is in state already can
        be destroyed without either.

        == the way back
        Warning: A plan that no table changes to or from

          with defender_table_retention.it,
          on main.tf line 14, in resource "defender_table_retention" "it":
          14:   plan = "Analytics"

        The table deviceevents is of the Auxiliary plan, and plan = "Analytics" is
        asked for. The Auxiliary plan is chosen when a custom table is made, and
        stays (Microsoft's documentation).

        Leave plan out to keep the one that the table has. What the Defender portal
        moved to the data lake is moved back there.

        (and one more similar warning elsewhere)

        Error: A plan that no table changes to or from

          with defender_table_retention.it,
          on main.tf line 14, in resource "defender_table_retention" "it":
          14:   plan = "Analytics"

        The table deviceevents is of the Auxiliary plan, and plan = "Analytics" is
        asked for. The Auxiliary plan is chosen when a custom table is made, and
        stays (Microsoft's documentation).

        Leave plan out to keep the one that the table has. What the Defender portal
        moved to the data lake is moved back there.

        == a new block
        Warning: The table has a retention or plan of its own already

          with defender_table_retention.it,
          on main.tf line 11, in resource "defender_table_retention" "it":
          11:   table                   = "deviceevents"

        Somebody has set
          WORKSPACE/tables/deviceevents
        before, and this changes it (-1 is the default):
          - plan: "Auxiliary" -> "Analytics"

        Where a retention becomes less, data older than it will be removed. To begin
        with what is there, import the table:

          import {
            to = defender_table_retention.NAME
            id = "WORKSPACE/tables/deviceevents"
          }

        Error: A plan that no table changes to or from

          with defender_table_retention.it,
          on main.tf line 14, in resource "defender_table_retention" "it":
          14:   plan = "Analytics"

        The table deviceevents is of the Auxiliary plan, and plan = "Analytics" is
        asked for. The Auxiliary plan is chosen when a custom table is made, and
        stays (Microsoft's documentation).

        Leave plan out to keep the one that the table has. What the Defender portal
        moved to the data lake is moved back there.

        If all of it is to be destroyed: terraform destroy -refresh=false.

    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_plan_that_changed_within_a_week_is_told_of() {
    let bench = Bench::new();
    let of = |plan: &str| TABLE.replace("\n}", &format!("\n  plan = \"{plan}\"\n}}"));
    bench.configure(&of("Analytics"));
    bench.apply();
    bench.configure(&of("Basic"));
    let told = bench.apply();
    assert!(!told.contains("less than a week ago"), "{told}");
    bench.configure(&of("Analytics"));
    let told = bench.run(&["plan", "-no-color", "-input=false"]).text;
    assert!(told.contains("The table's plan was changed less than a week ago"), "{told}");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}
