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

/// What a plan, an apply and a change of some of the four ask and send; imported by every form of its id it plans empty.
fn lives(some: &[(&str, &str, &str, &str, &str)]) -> String {
    let mut seen = String::new();
    for (resource, kind, arguments, respelled, changed) in some.iter().copied() {
        let (bench, it) = (bench_for(kind), format!("{resource}.it"));
        let before = there(&bench);
        bench.configure(&block(resource, arguments));
        let planned = lines(&bench.plan());
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let asked = lines(&bench.asked(already));
        let _ = writeln!(seen, "== {kind}\n{planned}{asked}{}", bench.bodies(already));
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
            let _ = writeln!(seen, "-- changed\n{planned}{asked}{}", bench.bodies(already));
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
        for id in [&id, &id.to_uppercase(), WORKSPACE, &format!("{WORKSPACE}|{kind}"), &format!("{TENANT}|{WORKSPACE}")]
        {
            bench.ok(&["state", "rm", &it]);
            bench.ok(&["import", "-no-color", &it, id]);
            assert_eq!(bench.plan(), [""; 0], "{id}");
            assert_eq!(bench.state(&it)["tenant_id"], state["tenant_id"], "{id}");
        }
        bench.destroy();
        assert_eq!(there(&bench), before, "{kind}");
    }
    seen
}

#[test]
fn what_is_on_by_being_there_is_switched_on_imported_and_switched_off() {
    expect![[r#"
        == Anomalies
        defender_anomalies.it create
        GET settings 200
        PUT settings/Anomalies 201
        PUT {
          "kind": "Anomalies",
          "properties": {}
        }
        == EyesOn
        defender_eyes_on.it create
        GET settings 200
        PUT settings/EyesOn 201
        PUT {
          "kind": "EyesOn",
          "properties": {}
        }
    "#]]
    .assert_eq(&lives(&FOUR[..2]));
}

#[test]
fn entity_analytics_are_switched_on_changed_imported_and_switched_off() {
    expect![[r#"
        == EntityAnalytics
        defender_entity_analytics.it create
        GET settings 200
        PUT settings/EntityAnalytics 201
        PUT {
          "kind": "EntityAnalytics",
          "properties": {
            "entityProviders": [
              "ActiveDirectory",
              "AzureActiveDirectory"
            ]
          }
        }
        -- changed
        defender_entity_analytics.it update
          preserved_providers: [] -> (unknown)
          providers: ["ActiveDirectory","AzureActiveDirectory"] -> ["AzureActiveDirectory"]
        GET settings/EntityAnalytics 200
        PUT settings/EntityAnalytics 200
        GET settings/EntityAnalytics 200
        PUT {
          "etag": "\"GUID\"",
          "kind": "EntityAnalytics",
          "properties": {
            "entityProviders": [
              "AzureActiveDirectory"
            ]
          }
        }
    "#]]
    .assert_eq(&lives(&FOUR[2..3]));
}

#[test]
fn ueba_is_switched_on_changed_imported_and_switched_off() {
    expect![[r#"
        == Ueba
        defender_ueba.it create
        GET settings 200
        PUT settings/Ueba 201
        PUT {
          "kind": "Ueba",
          "properties": {
            "dataSources": [
              "AuditLogs",
              "SigninLogs"
            ]
          }
        }
        -- changed
        defender_ueba.it update
          data_sources: ["AuditLogs","SigninLogs"] -> ["AzureActivity","SecurityEvent","SigninLogs"]
          preserved_data_sources: [] -> (unknown)
        GET settings/Ueba 200
        PUT settings/Ueba 200
        GET settings/Ueba 200
        PUT {
          "etag": "\"GUID\"",
          "kind": "Ueba",
          "properties": {
            "dataSources": [
              "AzureActivity",
              "SecurityEvent",
              "SigninLogs"
            ]
          }
        }
    "#]]
    .assert_eq(&lives(&FOUR[3..]));
}

/// The field of a kind's list, and what somebody makes of it in the portal.
fn list_by_hand(kind: &str) -> Option<Value> {
    match kind {
        "EntityAnalytics" => Some(json!({ "entityProviders": ["ActiveDirectory"] })),
        "Ueba" => Some(json!({ "dataSources": ["AuditLogs", "SecurityEvent"] })),
        _ => None,
    }
}

#[test]
fn what_others_change_is_drift_and_set_right() {
    let mut seen = String::new();
    for (resource, kind, arguments, ..) in FOUR {
        let bench = bench_for(kind);
        bench.configure(&block(resource, arguments));
        bench.apply();
        let made = there(&bench);
        let id = sentinel(&format!("settings/{kind}"));
        let by_hand: [(&str, Option<Value>); 2] = match list_by_hand(kind) {
            Some(list) => [("DELETE", None), ("PATCH", Some(json!({ "properties": list })))],
            None => [("DELETE", None), ("PATCH", Some(json!({ "properties": { "isEnabled": false } })))],
        };
        for (method, change) in by_hand {
            bench.portal(method, &id, change.as_ref());
            let _ = write!(seen, "== {method}\n{}", lines(&bench.plan()));
            bench.apply();
            assert_eq!(there(&bench), made, "{kind} {method}");
            assert_eq!(bench.plan(), [""; 0], "{kind} {method}");
        }
    }
    expect![[r#"
        == DELETE
        defender_anomalies.it create
        == PATCH
        defender_anomalies.it create
        == DELETE
        defender_eyes_on.it create
        == PATCH
        defender_eyes_on.it create
        == DELETE
        defender_entity_analytics.it create
        == PATCH
        defender_entity_analytics.it update
          preserved_providers: [] -> (unknown)
          providers: ["ActiveDirectory"] -> ["ActiveDirectory","AzureActiveDirectory"]
        == DELETE
        defender_ueba.it create
        == PATCH
        defender_ueba.it update
          data_sources: ["AuditLogs","SecurityEvent"] -> ["AuditLogs","SigninLogs"]
          preserved_data_sources: [] -> (unknown)
    "#]]
    .assert_eq(&seen);
}

#[test]
fn an_order_a_spelling_and_an_entry_twice_are_no_drift() {
    let bench = bench_for("Ueba");
    bench.configure(&ueba(FOUR[3].2));
    bench.apply();
    for sources in [json!(["SigninLogs", "AuditLogs"]), json!(["auditLOGS", "SIGNINLOGS", "AuditLogs"])] {
        bench.portal("PATCH", &sentinel("settings/Ueba"), Some(&json!({ "properties": { "dataSources": sources } })));
        assert_eq!(bench.plan(), [""; 0], "{sources}");
        bench.apply();
        assert_eq!(bench.state("defender_ueba.it")["preserved_data_sources"], json!([]));
    }
}

/// The texts of a set, sorted.
fn texts(set: &Value) -> Vec<String> {
    let mut texts: Vec<_> = set.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    texts.sort();
    texts
}

/// What the list of a kind holds in the service, sorted.
fn entries(bench: &Bench, kind: &str, field: &str) -> Vec<String> {
    let world = bench.admin("GET", "/state", None);
    let settings = world["workspaces"][0]["settings"].as_array().unwrap();
    texts(&settings.iter().find(|setting| setting["name"] == kind).unwrap()["properties"][field])
}

#[test]
fn what_the_portal_alone_knows_is_kept() {
    let rows = [
        (
            "defender_entity_analytics",
            "EntityAnalytics",
            "entityProviders",
            "providers",
            ["ActiveDirectory", "AzureActiveDirectory"],
        ),
        ("defender_ueba", "Ueba", "dataSources", "data_sources", ["AuditLogs", "SigninLogs"]),
    ];
    for (resource, kind, field, attribute, [one, two]) in rows {
        let (bench, it) = (bench_for(kind), format!("{resource}.it"));
        let choose = |these: &[&str]| bench.configure(&block(resource, &format!("{attribute} = {these:?}"))).plan();
        let adds = |these: &[&str]| {
            bench.portal(
                "PATCH",
                &sentinel(&format!("settings/{kind}")),
                Some(&json!({ "properties": { field: these } })),
            );
        };
        let preserved = || texts(&bench.state(&it)[format!("preserved_{attribute}")]);
        choose(&[one]);
        bench.apply();
        assert_eq!(preserved(), [""; 0]);
        // What somebody adds is no drift, and stands in state once it was seen.
        adds(&[one, "Okta"]);
        assert_eq!(choose(&[one]), [""; 0], "{kind}");
        bench.ok(&["apply", "-no-color", "-refresh-only", "-auto-approve"]);
        assert_eq!(preserved(), ["Okta"]);
        assert_eq!(choose(&[one]), [""; 0], "{kind}");
        // A change sends it along, also what was added since the plan.
        choose(&[two]);
        adds(&[one, "Okta", "DeviceLogonEvents"]);
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(entries(&bench, kind, field), {
            let mut all = vec!["DeviceLogonEvents", "Okta", two];
            all.sort_unstable();
            all
        });
        assert_eq!(preserved(), ["DeviceLogonEvents", "Okta"]);
        assert_eq!(choose(&[two]), [""; 0], "{kind}");
        // Somebody takes one away, and that is no drift either.
        adds(&[two, "Okta"]);
        assert_eq!(choose(&[two]), [""; 0], "{kind}");
        // Who names it has it, and takes it away by leaving it out.
        choose(&[two, "okta"]);
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(bench.bodies(already), "", "it is there already");
        assert_eq!(preserved(), [""; 0]);
        assert_eq!(choose(&[two, "Okta"]), [""; 0], "{kind}");
        choose(&[two]);
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(entries(&bench, kind, field), [two]);
        // Nothing of one's own at all leaves the others.
        adds(&[two, "Okta"]);
        choose(&[]);
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(entries(&bench, kind, field), ["Okta"]);
        assert_eq!(choose(&[]), [""; 0], "{kind}");
        // A destroy takes all of it, and says so.
        let told = destroy(&bench, &[]);
        assert!(
            told.code == 0 && told.text.contains("goes with what others added to it") && told.text.contains("Okta"),
            "{}",
            told.text
        );
    }
}

#[test]
fn what_is_on_already_is_taken_over_with_consent_alone() {
    let mut seen = String::new();
    for (resource, kind, arguments, ..) in FOUR {
        let (bench, it) = (bench_for(kind), format!("{resource}.it"));
        let list = list_by_hand(kind).map(|mut list| {
            list.as_object_mut()
                .unwrap()
                .values_mut()
                .for_each(|list| list.as_array_mut().unwrap().push("Okta".into()));
            list
        });
        by_hand(&bench, kind, list.unwrap_or_else(|| json!({ "isEnabled": true })));
        bench.configure(&block(resource, arguments));
        let refused = bench.refused();
        assert!(refused.contains("exists already") && refused.contains(&format!("settings/{kind}")), "{refused}");
        bench.configure(&block(resource, &format!("{arguments}\n  adopt_existing = true")));
        let planned = plan(&bench, &[]);
        let _ = writeln!(
            seen,
            "== {kind}\n{}",
            findings(planned.text.split("\nSaved").next().unwrap()).split("─────").next().unwrap()
        );
        let already = bench.emulator.exchanges().len();
        bench.apply();
        assert_eq!(bench.plan(), [""; 0], "{kind}");
        assert!(known(&bench, &it));
        assert!(
            bench.bodies(already).is_empty() || bench.bodies(already).contains("etag"),
            "{}",
            bench.bodies(already)
        );
        if list_by_hand(kind).is_some() {
            assert!(there(&bench).contains("Okta"), "{}", there(&bench));
        }
        bench.destroy();
        assert!(!there(&bench).contains(&format!("{kind} ")), "{}", there(&bench));
    }
    expect![[r#"
        == Anomalies
        Warning: The setting Anomalies is there and is taken over

          with defender_anomalies.it,
          on main.tf line 11, in resource "defender_anomalies" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Anomalies

        It is as configured, so nothing of it changes.

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

        == EyesOn
        Warning: The setting EyesOn is there and is taken over

          with defender_eyes_on.it,
          on main.tf line 11, in resource "defender_eyes_on" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/EyesOn

        It is as configured, so nothing of it changes.

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

        == EntityAnalytics
        Warning: The setting EntityAnalytics is there and is taken over

          with defender_entity_analytics.it,
          on main.tf line 11, in resource "defender_entity_analytics" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/EntityAnalytics

        What changes of it:
          - providers: ["ActiveDirectory"] -> ["ActiveDirectory", "AzureActiveDirectory"]

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

        == Ueba
        Warning: The setting Ueba is there and is taken over

          with defender_ueba.it,
          on main.tf line 11, in resource "defender_ueba" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Ueba

        What changes of it:
          - data_sources: ["AuditLogs", "SecurityEvent"] -> ["AuditLogs", "SigninLogs"]

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

    "#]]
    .assert_eq(&seen);
}

#[test]
fn what_turns_up_after_the_plan_is_refused() {
    let bench = Bench::new();
    bench.configure(ANOMALIES);
    bench.plan();
    by_hand(&bench, "Anomalies", json!({ "isEnabled": true }));
    let told = bench.errors(&["apply", "-no-color", "plan"]);
    assert!(told.contains("The setting Anomalies exists already"), "{told}");
    assert!(!known(&bench, "defender_anomalies.it"));
}

/// Ueba with one source, made; and a change of it, configured.
fn to_be_changed() -> Bench {
    let bench = bench_for("Ueba");
    bench.configure(&ueba("data_sources = [\"AuditLogs\"]"));
    bench.apply();
    bench.configure(&ueba("data_sources = [\"AuditLogs\", \"SigninLogs\"]"));
    bench
}

fn change_by_hand(bench: &Bench, sources: &[&str]) {
    bench.portal("PATCH", &sentinel("settings/Ueba"), Some(&json!({ "properties": { "dataSources": sources } })));
}

#[test]
fn a_write_that_comes_between_the_read_and_the_update_is_met_with_one_more_look() {
    let stale = json!([{ "match": { "method": "GET", "path": "settings/Ueba" }, "action": { "stale": true } }]);
    let bench = to_be_changed();
    bench.faults(&stale);
    change_by_hand(&bench, &["AuditLogs", "Okta"]);
    let already = bench.emulator.exchanges().len();
    let applied = apply(&bench, &["-refresh=false"]);
    assert_eq!(applied.code, 0, "{}", applied.text);
    assert_eq!(entries(&bench, "Ueba", "dataSources"), ["AuditLogs", "Okta", "SigninLogs"]);
    expect![[r#"
        GET settings/Ueba 200
        PUT settings/Ueba 409
        GET settings/Ueba 200
        PUT settings/Ueba 200
        GET settings/Ueba 200
    "#]]
    .assert_eq(&lines(&bench.asked(already)));
    assert_eq!(bench.plan(), [""; 0]);
    // What others made of the choice itself is not written over.
    let bench = to_be_changed();
    bench.faults(&stale);
    change_by_hand(&bench, &["SecurityEvent"]);
    let applied = apply(&bench, &["-refresh=false"]);
    expect![[r#"
        Error: The setting Ueba changed while it was being updated

          with defender_ueba.it,
          on main.tf line 8, in resource "defender_ueba" "it":
           8: resource "defender_ueba" "it" {

        Since the plan was made, somebody changed it in
        WORKSPACE:
          - data_sources: ["AuditLogs"] here, ["SecurityEvent"] there

        The service said: 409 Conflict: The etag of the request does not match the
        etag of the resource. Read the resource and try again.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/settings/Ueba
        Request id: GUID

        Nothing was overwritten. Run terraform plan to see the difference, then apply
        again.
    "#]]
    .assert_eq(&findings(&applied.text));
    assert_eq!(entries(&bench, "Ueba", "dataSources"), ["SecurityEvent"]);
    assert_eq!(bench.state("defender_ueba.it")["data_sources"], json!(["AuditLogs"]));
    bench.apply();
    assert_eq!(entries(&bench, "Ueba", "dataSources"), ["AuditLogs", "SigninLogs"]);
}

#[test]
fn what_others_changed_since_the_plan_is_not_written_over() {
    let bench = to_be_changed();
    bench.plan();
    change_by_hand(&bench, &["SecurityEvent"]);
    let already = bench.emulator.exchanges().len();
    expect![[r#"
        Error: The setting Ueba changed while it was being updated

          with defender_ueba.it,
          on main.tf line 8, in resource "defender_ueba" "it":
           8: resource "defender_ueba" "it" {

        Since the plan was made, somebody changed it in
        WORKSPACE:
          - data_sources: ["AuditLogs"] here, ["SecurityEvent"] there

        Nothing was overwritten. Run terraform plan to see the difference, then apply
        again.
    "#]]
    .assert_eq(&bench.errors(&["apply", "-no-color", "plan"]));
    assert_eq!(bench.bodies(already), "");
    // What was done already is simply so.
    bench.plan();
    change_by_hand(&bench, &["SigninLogs", "AuditLogs"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    // What went meanwhile is switched on again.
    bench.configure(&ueba("data_sources = [\"AzureActivity\"]")).plan();
    bench.portal("DELETE", &sentinel("settings/Ueba"), None);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_refusal_that_a_newer_version_mends_is_met_once() {
    let answer = |status: u16, code: &str, message: &str| json!({ "status": status, "body": { "error": { "code": code, "message": message } } });
    let locked = "The scope 'x' cannot perform write operation because following scope(s) are locked: '/y'. Please remove the lock and try again.";
    let rows = [
        (answer(400, "BadRequest", "Update request should provide ETag"), 2),
        (answer(409, "Conflict", "The etag of the request is old."), 2),
        (answer(412, "PreconditionFailed", "The etag of the request is old."), 2),
        (answer(409, "ScopeLocked", locked), 1),
        (answer(400, "BadRequest", "Something else."), 1),
    ];
    for (action, puts) in rows {
        for times in [1, 5] {
            let bench = to_be_changed();
            bench.faults(
                &json!([{ "match": { "method": "PUT", "path": "settings/Ueba", "times": times }, "action": action }]),
            );
            let already = bench.emulator.exchanges().len();
            let applied = apply(&bench, &[]);
            let asked = bench.asked(already);
            let sent = asked.iter().filter(|line| line.starts_with("PUT")).count();
            assert_eq!(sent, puts, "{action}: {asked:?}");
            let comes_through = puts == 2 && times == 1;
            assert_eq!(applied.code == 0, comes_through, "{action}\n{}", applied.text);
            if !comes_through {
                assert_eq!(bench.state("defender_ueba.it")["data_sources"], json!(["AuditLogs"]), "{action}");
            }
            bench.admin("DELETE", "/faults", None);
            bench.apply();
            assert_eq!(bench.plan(), [""; 0], "{action}");
        }
    }
}

const SHORT: &str = "timeouts {\n    create = \"4s\"\n    delete = \"4s\"\n  }";

#[test]
fn ueba_without_what_it_needs_is_told_and_refused() {
    let bench = Bench::new();
    bench.configure(&ueba(&format!("data_sources = [\"AuditLogs\"]\n  {SHORT}")));
    let planned = plan(&bench, &[]);
    assert_eq!(planned.code, 2, "{}", planned.text);
    let applied = bench.apply_errors();
    let (told, refused) = applied.split_at(applied.find("Error: ").unwrap());
    assert!(findings(&planned.text).starts_with(told.split("\n\n").next().unwrap()), "{}", planned.text);
    expect![[r#"
        Warning: The setting EntityAnalytics is off in the workspace law-demo

          with defender_ueba.it,
          on main.tf line 9, in resource "defender_ueba" "it":
           9:   workspace_id = var.workspace_id

        The setting Ueba needs the setting EntityAnalytics (reported by users), which
        is off in
          WORKSPACE

        Unless another block of this configuration switches it on, the service may
        refuse the apply. Add defender_entity_analytics, and let this one wait for it
        with depends_on.

        (and one more similar warning elsewhere)

        Error: Could not create the setting Ueba

          with defender_ueba.it,
          on main.tf line 9, in resource "defender_ueba" "it":
           9:   workspace_id = var.workspace_id

        It needs the setting EntityAnalytics, which is off in
          WORKSPACE

        The service said: 400 BadRequest: Setting 'Ueba' cannot be enabled while
        setting 'EntityAnalytics' is not.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/settings/Ueba
        Request id: GUID

        Add defender_entity_analytics, let this one wait for it with depends_on, and
        apply again. If that one is in this configuration already, its own error
        tells more.
    "#]]
    .assert_eq(&applied);
    assert!(refused.contains("depends_on"));
    assert_eq!(there(&bench), "");
    assert!(!known(&bench, "defender_ueba.it"));
    // With it there, nothing is told.
    needed(&bench);
    let applied = bench.apply();
    assert!(!applied.contains("Warning: The "), "{applied}");
}

#[test]
fn both_in_one_run_come_and_go_in_their_order() {
    let sources = "data_sources = [\"AuditLogs\"]";
    let depends = format!("{sources}\n  depends_on = [defender_entity_analytics.it]");
    for (what, ueba_block) in [("beside", ueba(sources)), ("after", ueba(&depends))] {
        for options in [&[][..], &["-refresh=false"]] {
            let bench = Bench::new();
            let both = format!("{ueba_block}{}", entity(""));
            bench.configure(&both);
            let applied = apply(&bench, options);
            assert_eq!(applied.code, 0, "{what} {options:?}:\n{}", applied.text);
            assert_eq!(bench.plan(), [""; 0], "{what}");
            // Both blocks go from the configuration, or all is destroyed.
            if options.is_empty() {
                bench.configure("");
            }
            let gone = if options.is_empty() { apply(&bench, options) } else { destroy(&bench, options) };
            assert_eq!(gone.code, 0, "{what} {options:?}:\n{}", gone.text);
            assert_eq!(there(&bench), "", "{what}");
            assert!(!gone.text.contains("needs it"), "{what} {options:?}:\n{}", gone.text);
        }
    }
}

#[test]
fn nobody_waits_for_what_was_refused_in_this_run() {
    let mut bench = Bench::new();
    bench.set("TF_CLI_ARGS_apply", "-parallelism=10");
    let refused = json!({ "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } });
    bench.faults(
        &json!([{ "match": { "method": "PUT", "path": "settings/EntityAnalytics", "times": 9 }, "action": refused }]),
    );
    bench.configure(&format!("{}{}", ueba("data_sources = [\"AuditLogs\"]"), entity("")));
    let told = bench.apply_errors();
    assert!(told.contains("AuthorizationFailed") && told.contains("It needs the setting EntityAnalytics"), "{told}");
    assert_eq!(there(&bench), "");
    bench.admin("DELETE", "/faults", None);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn what_ueba_needs_does_not_go_in_silence() {
    let ueba_block = ueba("data_sources = [\"AuditLogs\"]");
    for parallelism in ["-parallelism=1", "-parallelism=10"] {
        for (what, left) in [("managed", ueba_block.as_str()), ("of somebody", "")] {
            let bench = Bench::new();
            bench.configure(&format!("{}{left}", entity(SHORT)));
            bench.apply();
            if left.is_empty() {
                by_hand(&bench, "Ueba", json!({ "dataSources": ["AuditLogs"] }));
            }
            bench.configure(left);
            let planned = plan(&bench, &[parallelism]);
            assert_eq!(planned.code, 2, "{}", planned.text);
            let told = findings(&planned.text);
            assert_eq!(told.matches("the setting Ueba needs it").count(), 1, "{what} {parallelism}:\n{}", planned.text);
            let refused = bench.apply_errors();
            assert!(refused.contains("The setting Ueba needs it and is on in"), "{what}:\n{refused}");
            assert!(known(&bench, "defender_entity_analytics.it") && there(&bench).contains("EntityAnalytics"));
            if left.is_empty() {
                bench.portal("DELETE", &sentinel("settings/Ueba"), None);
            } else {
                bench.ok(&["destroy", "-no-color", "-auto-approve", "-target=defender_ueba.it"]);
            }
            bench.destroy();
            assert_eq!(there(&bench), "");
        }
    }
}

#[test]
fn two_blocks_for_one_setting_are_refused() {
    for (resource, kind, arguments, ..) in FOUR {
        let bench = bench_for(kind);
        bench.configure(&format!("{}{}", named(resource, "a", arguments), named(resource, "b", arguments)));
        for options in [&[][..], &["-parallelism=1"]] {
            let planned = plan(&bench, options);
            assert!(
                planned.code == 1 && planned.text.contains(&format!("The setting {kind} is planned twice")),
                "{}",
                planned.text
            );
        }
    }
}

#[test]
fn what_cannot_be_a_choice_is_told_without_the_service() {
    let bench = Bench::new();
    let configuration = [
        ("a", "data_sources = [\"AuditLogs\", \"auditlogs\", \"\"]"),
        ("b", "data_sources = [\"AuditLog\", \"Okta\"]"),
    ];
    let blocks = configuration.map(|(name, arguments)| named("defender_ueba", name, arguments));
    bench.configure(&blocks.concat());
    expect![[r#"
        Warning: A data source this version does not know

          with defender_ueba.b,
          on main.tf line 14, in resource "defender_ueba" "b":
          14:   data_sources = ["AuditLog", "Okta"]

        Found "AuditLog"; Microsoft's API description names
          - AuditLogs
          - AzureActivity
          - SecurityEvent
          - SigninLogs

        Did you mean "AuditLogs"? It is sent as written; if that is a slip, the
        service may refuse it at apply.

        (and one more similar warning elsewhere)

        Error: An empty data source

          with defender_ueba.a,
          on main.tf line 10, in resource "defender_ueba" "a":
          10:   data_sources = ["AuditLogs", "auditlogs", ""]

        Found ""; the service keeps no empty data source.

        Error: One data source named twice

          with defender_ueba.a,
          on main.tf line 10, in resource "defender_ueba" "a":
          10:   data_sources = ["AuditLogs", "auditlogs", ""]

        "AuditLogs" and "auditlogs" are the same, in any casing. Keep one of them.
    "#]]
    .assert_eq(&findings(&bench.run(&["validate", "-no-color"]).text));
    assert_eq!(bench.requests(0), [""; 0]);
}

#[test]
fn an_import_of_something_else_says_what() {
    let bench = Bench::new();
    let mut seen = String::new();
    let ids = [
        sentinel("settings/Ueba"),
        format!("{WORKSPACE}|eyeson"),
        sentinel("settings/Other"),
        sentinel("dataConnectors/Anomalies"),
        WORKSPACE.to_owned(),
    ];
    bench.configure(ANOMALIES);
    for id in ids {
        let told = bench.errors(&["import", "-no-color", "defender_anomalies.it", &id]);
        let _ = writeln!(seen, "{told}");
    }
    by_hand(&bench, "Anomalies", json!({ "isEnabled": false }));
    let told = bench.errors(&["import", "-no-color", "defender_anomalies.it", WORKSPACE]);
    let _ = writeln!(seen, "== off\n{told}");
    expect![[r#"
        Error: Not importable as defender_anomalies

        Under
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Ueba
        stands kind Ueba; defender_anomalies manages kind Anomalies.

        Import it as defender_ueba instead.

        Error: Not importable as defender_anomalies

        Under
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/EyesOn
        stands kind EyesOn; defender_anomalies manages kind Anomalies.

        Import it as defender_eyes_on instead.

        Error: Not an import id of defender_anomalies

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/settings/Other":
        "Other" is not the name of the setting Anomalies, which is its kind,
        "Anomalies".

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Anomalies
          WORKSPACE
          WORKSPACE|Anomalies

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Error: Not an import id of defender_anomalies

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/Anomalies":
        it is the id of a data connector.

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Anomalies
          WORKSPACE
          WORKSPACE|Anomalies

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Error: Nothing to import as defender_anomalies

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Anomalies

        Check the id.

        == off
        Error: Nothing to import as defender_anomalies

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Anomalies

        Check the id.

    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_workspace_that_is_made_in_the_same_run_is_looked_at_when_it_is_there() {
    let bench = Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
            "onboarded": false, "settings": [] }],
    }));
    let onboarding = "resource \"defender_workspace_onboarding\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    let after = |block: String| block.replace("var.workspace_id", "defender_workspace_onboarding.it.workspace_id");
    let both = format!("{}{}", entity(""), ueba("data_sources = [\"AuditLogs\"]"));
    bench.configure(&format!("{onboarding}{}", after(both)));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
}
