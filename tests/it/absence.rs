//! Gone only when it is gone: no answer but the service's own word for this very object takes anything out of state, and no
//! destroy says it is done while the object lives.

use serde_json::{Value, json};

use crate::emulator_process::WORKSPACE;
use crate::kinds::{
    self, ANOMALIES, CONNECTOR, ENTITY_ANALYTICS, HUNTING, Kind, ONBOARDING, RETENTION, RULE, SOLUTION, SUPPRESSION,
    WORKBOOK, destroy, known, plan,
};
use crate::terraform::{Bench, sentinel};

/// Times that outlast a run.
const ALWAYS: u32 = 10_000;

fn fault(method: &str, path: &str, action: Value) -> Value {
    json!([{ "match": { "method": method, "path": path, "times": ALWAYS }, "action": action }])
}

/// Answers that somebody else than the service gives, or that speak of something else.
fn not_found_by_somebody() -> Vec<(&'static str, Value)> {
    let body = |body: Value| json!({ "status": 404, "body": body });
    let error = |code: &str, message: &str| body(json!({ "error": { "code": code, "message": message } }));
    vec![
        ("text", body(json!("404 page not found"))),
        ("empty", json!({ "status": 404 })),
        ("{}", body(json!({}))),
        ("a code alone", error("NotFound", "x")),
        ("page", body(json!("<html><head><title>404 Not Found</title></head><body>nginx</body></html>"))),
        ("a message alone", body(json!({ "message": "not found" }))),
        (
            "another resource",
            error(
                "ResourceNotFound",
                "The Resource 'Microsoft.OperationalInsights/workspaces/another' under resource group 'rg-other' was not found.",
            ),
        ),
    ]
}

/// What the service says of a workspace without Sentinel, of one that has it.
fn not_onboarded() -> Value {
    let message = "Workspace 'law-demo' is not onboarded to Microsoft Sentinel. Onboard the workspace and try again.";
    json!({ "status": 400, "body": { "error": { "code": "BadRequest", "message": message } } })
}

/// A refresh under a false answer keeps state; a destroy under it is none, or tells.
fn assert_not_believed(kind: &Kind, answers: Vec<(&'static str, Value)>) {
    let mut bench = kind.made();
    let mut wrong = Vec::new();
    for (what, action) in answers {
        bench.faults(&fault("GET", kind.path, action));
        let planned = plan(&bench, &[]);
        if planned.code == 2 {
            wrong.push(format!("{what}: the plan makes it anew"));
        }
        let destroyed = destroy(&bench, &[]);
        match (destroyed.code == 0, kind.lives(&bench), known(&bench, &kind.at("it"))) {
            (true, true, _) => wrong.push(format!("{what}: said to be destroyed, and it lives")),
            (false, true, false) => wrong.push(format!("{what}: an error, and state has lost it")),
            _ => {}
        }
        bench.admin("DELETE", "/faults", None);
        if !kind.is_kept(&bench, "it") {
            bench = kind.made();
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&CONNECTOR, not_found_by_somebody());
}

#[test]
fn a_rule_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&RULE, not_found_by_somebody());
}

#[test]
fn hunting_tables_that_somebody_else_does_not_find_are_not_gone() {
    assert_not_believed(&HUNTING, not_found_by_somebody());
}

#[test]
fn an_onboarding_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&ONBOARDING, not_found_by_somebody());
}

#[test]
fn a_table_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&RETENTION, not_found_by_somebody());
}

#[test]
fn a_workbook_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&WORKBOOK, not_found_by_somebody());
}

#[test]
fn a_setting_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&ANOMALIES, not_found_by_somebody());
    assert_not_believed(&ENTITY_ANALYTICS, not_found_by_somebody());
}

#[test]
fn a_solution_that_somebody_else_does_not_find_is_not_gone() {
    assert_not_believed(&SOLUTION, not_found_by_somebody());
}

#[test]
fn rules_that_somebody_else_does_not_find_stay_suppressed() {
    assert_not_believed(&SUPPRESSION, not_found_by_somebody());
}

#[test]
fn a_workspace_that_is_onboarded_is_not_believed_to_be_not() {
    for kind in [CONNECTOR, RULE, SUPPRESSION, ANOMALIES, ENTITY_ANALYTICS, SOLUTION] {
        assert_not_believed(&kind, vec![("not onboarded", not_onboarded())]);
    }
}

#[test]
fn a_workspace_that_is_gone_takes_everything_with_it() {
    let mut wrong = Vec::new();
    for kind in [CONNECTOR, RULE, ONBOARDING, RETENTION, SUPPRESSION, ANOMALIES, ENTITY_ANALYTICS] {
        let bench = kind.made();
        bench.portal("DELETE", WORKSPACE, None);
        let planned = plan(&bench, &["-refresh-only"]);
        let destroyed = destroy(&bench, &[]);
        if planned.code != 2 || destroyed.code != 0 || known(&bench, &kind.at("it")) {
            wrong.push(format!("{}\n{}\n{}", kind.resource, planned.text, destroyed.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_workspace_that_is_offboarded_takes_its_objects_with_it() {
    let mut wrong = Vec::new();
    let kinds = [
        (CONNECTOR, true),
        (RULE, true),
        (ONBOARDING, false),
        (SUPPRESSION, true),
        (ANOMALIES, true),
        (ENTITY_ANALYTICS, true),
    ];
    for (kind, warns) in kinds {
        let bench = kind.made();
        bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
        let planned = plan(&bench, &["-refresh-only"]);
        let destroyed = destroy(&bench, &[]);
        let told = planned.text.contains("no longer onboarded");
        if planned.code != 2 || told != warns || destroyed.code != 0 || known(&bench, &kind.at("it")) {
            wrong.push(format!("{}\n{}\n{}", kind.resource, planned.text, destroyed.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The last part of the id in state.
fn name(bench: &Bench, kind: &Kind) -> String {
    let id = bench.state(&kind.at("it"))["id"].as_str().unwrap().to_owned();
    id.rsplit(['/', '|']).next().unwrap().to_owned()
}

#[test]
fn what_a_list_has_lost_is_not_gone() {
    let mut wrong = Vec::new();
    for kind in [CONNECTOR, RULE, HUNTING] {
        let bench = kind.made();
        bench.faults(&fault("GET", kind.path, json!({ "lose": name(&bench, &kind) })));
        let planned = plan(&bench, &[]);
        assert_ne!(planned.code, 2, "{}", planned.text);
        let destroyed = destroy(&bench, &[]);
        let kept = kind.lives(&bench) && known(&bench, &kind.at("it"));
        assert!(if destroyed.code == 0 { !kind.lives(&bench) } else { kept }, "{}\n{}", kind.resource, destroyed.text);
        kind.check_destroyable(&bench, "after the list came right", &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_that_is_behind_the_writes_of_this_run_hides_nothing() {
    for kind in [CONNECTOR, RULE, HUNTING] {
        let bench = kind.bench();
        let list = if kind.path == HUNTING.path { format!("{}$", kind.path) } else { format!("{}?", kind.path) };
        bench.faults(&fault("GET", &list, json!({ "stale": true })));
        bench.configure(&kind.block("it", ""));
        bench.apply();
        assert_ne!(plan(&bench, &[]).code, 2, "{}", kind.resource);
        let destroyed = destroy(&bench, &[]);
        assert_eq!(destroyed.code == 0, !kind.lives(&bench), "{}\n{}", kind.resource, destroyed.text);
        assert_eq!(destroyed.code != 0, known(&bench, &kind.at("it")), "{}\n{}", kind.resource, destroyed.text);
    }
}

/// Every rule of the first workspace that is off.
fn rules_off(bench: &Bench) -> Vec<String> {
    let world = bench.admin("GET", "/state", None);
    let rules = world["workspaces"][0]["alert_rules"].as_array().cloned().unwrap_or_default();
    let off = rules.iter().filter(|rule| rule["properties"]["enabled"] == false);
    off.map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

/// A bench with a suppression of three rules.
fn three_suppressed() -> Bench {
    let bench = SUPPRESSION.bench();
    for name in ["first", "second"] {
        kinds::rule_by_hand(&bench, name, "Azure Advanced Threat Protection");
    }
    bench.configure(&SUPPRESSION.block("it", ""));
    bench.apply();
    assert_eq!(rules_off(&bench), ["by-hand", "first", "second"]);
    bench
}

fn suppressed(bench: &Bench) -> usize {
    bench.state(&SUPPRESSION.at("it"))["suppressed_rules"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_suppressed_rule_that_a_list_has_lost_is_switched_on_again() {
    let bench = three_suppressed();
    bench.faults(&fault("GET", "alertRules?", json!({ "lose": "first" })));
    let planned = plan(&bench, &[]);
    assert_ne!(planned.code, 2, "{}", planned.text);
    kinds::apply(&bench, &["-refresh-only"]);
    assert_eq!(suppressed(&bench), 3, "after a refresh");
    kinds::apply(&bench, &[]);
    assert_eq!(suppressed(&bench), 3, "after an apply");
    let destroyed = destroy(&bench, &[]);
    if destroyed.code == 0 {
        assert_eq!(rules_off(&bench), [""; 0], "{}", destroyed.text);
    } else {
        assert!(known(&bench, &SUPPRESSION.at("it")), "{}", destroyed.text);
    }
    bench.admin("DELETE", "/faults", None);
    assert_eq!(destroy(&bench, &[]).code, 0);
    assert_eq!(rules_off(&bench), [""; 0]);
}

#[test]
fn a_suppressed_rule_that_is_listed_and_not_found_is_not_gone() {
    let bench = three_suppressed();
    let not_found =
        json!({ "status": 404, "body": { "error": { "code": "NotFound", "message": "Resource was not found." } } });
    bench.faults(&fault("GET", "alertRules/first", not_found.clone()));
    let destroyed = destroy(&bench, &[]);
    assert_ne!(destroyed.code, 0, "{}", destroyed.text);
    // The one before it is on again.
    assert_eq!(suppressed(&bench), 2);
    bench.admin("DELETE", "/faults", None);
    // Once is outlived.
    bench.faults(&json!([{ "match": { "method": "GET", "path": "alertRules/first" }, "action": not_found }]));
    assert_eq!(destroy(&bench, &[]).code, 0);
    assert_eq!(rules_off(&bench), [""; 0]);
}

#[test]
fn a_suppressed_rule_that_is_really_gone_is_forgotten() {
    let bench = three_suppressed();
    bench.portal("DELETE", &sentinel("alertRules/first"), None);
    kinds::apply(&bench, &[]);
    assert_eq!(plan(&bench, &[]).code, 0);
    bench.destroy();
    assert_eq!(rules_off(&bench), [""; 0]);
}

#[test]
fn a_page_that_skips_a_rule_while_others_are_deleted_leaves_none_off() {
    let bench = three_suppressed();
    let other = RULE
        .block("other", "name = \"aaa\"")
        .replace("Microsoft Defender for Identity", "Microsoft Defender for Cloud");
    bench.configure(&format!("{}{other}", SUPPRESSION.block("it", "")));
    bench.apply();
    bench.admin("POST", "/behaviour", Some(&json!({ "page_size": 2, "page_by_place": true })));
    // The first page is read before the rule is deleted, the second after.
    bench.faults(&json!([
        { "match": { "method": "DELETE", "path": "alertRules/aaa" }, "action": { "delay_ms": 300 } },
        { "match": { "method": "GET", "path": "skipToken" }, "action": { "delay_ms": 900 } },
    ]));
    let destroyed = destroy(&bench, &["-refresh=false"]);
    if destroyed.code == 0 {
        assert_eq!(rules_off(&bench), [""; 0], "{}", destroyed.text);
    } else {
        assert!(known(&bench, &SUPPRESSION.at("it")), "{}", destroyed.text);
    }
    assert_eq!(destroy(&bench, &[]).code, 0);
    assert_eq!(rules_off(&bench), [""; 0], "in the end");
}

/// Removal that is answered, and not done.
fn assert_removal_is_not_believed(kind: &Kind) {
    let mut bench = kind.made();
    let itself = format!("Resource '{}' was not found.", name(&bench, kind));
    let mut answers = not_found_by_somebody();
    answers.push(("itself", json!({ "status": 404, "body": { "error": { "code": "NotFound", "message": itself } } })));
    answers.push(("accepted", json!({ "status": 202 })));
    let mut wrong = Vec::new();
    for (what, action) in answers {
        bench.faults(&fault(kind.removes, kind.path, action));
        let destroyed = destroy(&bench, &["-refresh=false"]);
        bench.admin("DELETE", "/faults", None);
        assert!(kind.lives(&bench), "{} {what}: nothing was removed", kind.resource);
        if destroyed.code == 0 {
            wrong.push(format!("{what}: said to be destroyed, and it lives"));
        }
        if !known(&bench, &kind.at("it")) {
            wrong.push(format!("{what}: state has lost it"));
            bench = kind.made();
        }
    }
    kind.check_destroyable(&bench, "in the end", &mut wrong);
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&CONNECTOR);
}

#[test]
fn a_rule_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&RULE);
}

#[test]
fn hunting_tables_that_are_not_deleted_are_not_said_to_be() {
    assert_removal_is_not_believed(&HUNTING);
}

#[test]
fn an_onboarding_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&ONBOARDING);
}

#[test]
fn a_retention_that_is_not_set_back_is_not_said_to_be() {
    assert_removal_is_not_believed(&RETENTION);
}

#[test]
fn a_workbook_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&WORKBOOK);
}

#[test]
fn a_setting_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&ANOMALIES);
    assert_removal_is_not_believed(&ENTITY_ANALYTICS);
}

#[test]
fn a_solution_that_is_not_deleted_is_not_said_to_be() {
    assert_removal_is_not_believed(&SOLUTION);
}

#[test]
fn rules_that_are_not_switched_on_are_not_said_to_be() {
    assert_removal_is_not_believed(&SUPPRESSION);
}

/// Answers of 200 that are not what they should be.
fn malformed(kind: &Kind) -> Vec<Value> {
    let text = |text: &str| json!({ "status": 200, "body": text, "headers": { "content-type": "application/json" } });
    let mut answers = vec![
        json!({ "status": 200 }),
        json!({ "status": 204 }),
        text("null"),
        text("[]"),
        text("{}"),
        text("\"x\""),
        json!({ "strip": "/value" }),
        json!({ "strip": "/properties" }),
        json!({ "strip": "/name" }),
        json!({ "strip": "/id" }),
    ];
    match kind.path {
        "dataExportSettings" => {
            answers.extend([json!({ "strip": "/logs" }), json!({ "strip": "/workspaceProperties" })])
        }
        "tables/DeviceEvents" => {
            let table = |retention: Value, total: Value, as_default: Value, plan: &str, state: &str| {
                json!({ "status": 200, "body": { "id": format!("{WORKSPACE}/tables/DeviceEvents"), "name": "DeviceEvents", "properties": {
                    "plan": plan, "retentionInDays": retention, "totalRetentionInDays": total, "retentionInDaysAsDefault": as_default,
                    "totalRetentionInDaysAsDefault": as_default, "provisioningState": state } } })
            };
            answers.extend([
                table(json!("180"), json!("365"), json!(false), "Analytics", "Succeeded"),
                table(json!(180.0), json!(365.0), json!(false), "Analytics", "Succeeded"),
                table(json!(180), json!(365), json!("false"), "ANALYTICS", "SUCCEEDED"),
                table(Value::Null, Value::Null, Value::Null, "Analytics", "Succeeded"),
                json!({ "strip": "/properties/retentionInDays" }),
                json!({ "strip": "/properties/totalRetentionInDays" }),
                json!({ "strip": "/properties/plan" }),
                json!({ "strip": "/properties/provisioningState" }),
            ]);
        }
        "Microsoft.Insights/workbooks" => answers.extend([
            json!({ "strip": "/location" }),
            json!({ "strip": "/tags" }),
            json!({ "strip": "/kind" }),
            json!({ "strip": "/properties/displayName" }),
            json!({ "strip": "/properties/category" }),
            json!({ "strip": "/properties/serializedData" }),
        ]),
        "dataConnectors" | "alertRules" => answers.extend([
            json!({ "strip": "/kind" }),
            json!({ "strip": "/value/0/name" }),
            json!({ "strip": "/value/0/id" }),
            json!({ "strip": "/properties/dataTypes" }),
            json!({ "strip": "/properties/productFilter" }),
            json!({ "strip": "/properties/enabled" }),
        ]),
        _ => {}
    }
    answers
}

/// A refresh under a malformed answer ends in an error or sees no change, and nothing at all is removed under it but the object.
fn assert_malformed_is_harmless(kind: &Kind) {
    let mut bench = kind.made();
    let mut wrong = Vec::new();
    for action in malformed(kind) {
        let already = bench.emulator.exchanges().len();
        bench.faults(&fault("GET", kind.path, action.clone()));
        let planned = plan(&bench, &[]);
        if planned.code == 2 {
            let plan: Vec<_> =
                planned.text.lines().filter(|line| line.starts_with("  # ") || line.contains(" -> ")).collect();
            wrong.push(format!("{action}: planned\n{}", plan.join("\n")));
        }
        kinds::apply(&bench, &["-refresh-only"]);
        if !known(&bench, &kind.at("it")) {
            wrong.push(format!("{action}: a refresh takes it out of state"));
        }
        let destroyed = destroy(&bench, &[]);
        match (destroyed.code == 0, kind.lives(&bench), known(&bench, &kind.at("it"))) {
            (true, true, _) => wrong.push(format!("{action}: said to be destroyed, and it lives")),
            (false, true, false) => wrong.push(format!("{action}: an error, and state has lost it")),
            _ => {}
        }
        let whole = |line: &&String| {
            let address = line.rsplit_once(' ').map_or("", |(address, _)| address);
            line.starts_with("DELETE")
                && ["dataConnectors", "alertRules", "dataExportSettings", "/"].iter().any(|end| address.ends_with(end))
        };
        wrong.extend(bench.asked(already).iter().filter(whole).map(|line| format!("{action}: {line}")));
        bench.admin("DELETE", "/faults", None);
        if !kind.is_kept(&bench, "it") {
            bench = kind.made();
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_malformed_connector_is_harmless() {
    assert_malformed_is_harmless(&CONNECTOR);
}

#[test]
fn a_malformed_rule_is_harmless() {
    assert_malformed_is_harmless(&RULE);
}

#[test]
fn a_malformed_export_setting_is_harmless() {
    assert_malformed_is_harmless(&HUNTING);
}

#[test]
fn a_malformed_onboarding_is_harmless() {
    assert_malformed_is_harmless(&ONBOARDING);
}

#[test]
fn a_malformed_table_is_harmless() {
    assert_malformed_is_harmless(&RETENTION);
}

#[test]
fn a_malformed_workbook_is_harmless() {
    assert_malformed_is_harmless(&WORKBOOK);
}

#[test]
fn a_malformed_setting_is_harmless() {
    assert_malformed_is_harmless(&ANOMALIES);
}

#[test]
fn a_malformed_setting_with_a_choice_is_harmless() {
    assert_malformed_is_harmless(&ENTITY_ANALYTICS);
}

#[test]
fn a_malformed_solution_is_harmless() {
    assert_malformed_is_harmless(&SOLUTION);
}

#[test]
fn malformed_rules_are_harmless_to_a_suppression() {
    assert_malformed_is_harmless(&SUPPRESSION);
}

#[test]
fn a_table_that_is_being_updated_is_not_read_as_it_was() {
    let bench = RETENTION.made();
    bench.admin("POST", "/behaviour", Some(&json!({ "table_operation_looks": 4 })));
    // What an interrupted destroy asked for.
    let default = json!({ "properties": { "retentionInDays": -1, "totalRetentionInDays": -1 } });
    let taken =
        bench.service("PATCH", &format!("{WORKSPACE}/tables/DeviceEvents?api-version=2022-10-01"), Some(&default));
    assert_eq!(taken, 202);
    let plans: Vec<_> = (0..5).map(|_| plan(&bench, &[])).collect();
    let codes: Vec<_> = plans.iter().map(|plan| plan.code).collect();
    assert_eq!(codes.last(), Some(&2), "in the end the table is not as configured");
    assert!(!codes.contains(&0), "no changes while a change is under way: {codes:?}\n{}", plans[0].text);
}

#[test]
fn a_name_that_leads_elsewhere_asks_nothing() {
    let named = [
        (CONNECTOR, "name"),
        (RULE, "name"),
        (HUNTING, "setting_id"),
        (WORKBOOK, "name"),
        (WORKBOOK, "resource_group"),
        (SOLUTION, "content_id"),
    ];
    let mut wrong = Vec::new();
    for (kind, attribute) in named {
        for name in ["..", ".", "a/../b"] {
            let bench = kind.bench();
            bench.configure(&kind.block("it", &format!("{attribute} = \"{name}\"")));
            let planned = plan(&bench, &[]);
            let asked = bench.requests(0);
            if planned.code != 1 || !asked.is_empty() || !planned.text.contains(attribute) {
                wrong.push(format!("{} {attribute} = {name:?}: {asked:?}\n{}", kind.resource, planned.text));
            }
            // Known at apply only.
            let later = format!("resource \"terraform_data\" \"name\" {{\n  input = \"{name}\"\n}}\n");
            bench.configure(&format!(
                "{later}{}",
                kind.block("it", &format!("{attribute} = terraform_data.name.output"))
            ));
            let already = bench.emulator.exchanges().len();
            let applied = kinds::apply(&bench, &[]);
            let odd = |line: &&String| {
                line.contains(&format!("/{name} ")) || ["PUT", "DELETE"].iter().any(|method| line.starts_with(method))
            };
            let asked = bench.asked(already);
            let asked: Vec<_> = asked.iter().filter(odd).collect();
            let posted = bench.left();
            if applied.code == 0 || !asked.is_empty() || !posted.is_empty() {
                wrong.push(format!(
                    "{} {attribute} = {name:?}, known at apply: {asked:?} {posted:?}\n{}",
                    kind.resource, applied.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_id_that_leads_elsewhere_asks_nothing() {
    let ids = [
        (CONNECTOR, sentinel("dataConnectors/..")),
        (CONNECTOR, sentinel("dataConnectors/.")),
        (RULE, sentinel("alertRules/..")),
        (HUNTING, kinds::in_workspace("|..")),
        (RETENTION, kinds::in_workspace("/tables/..")),
        (WORKBOOK, kinds::in_workspace("|..")),
        (ANOMALIES, sentinel("settings/..")),
        (ENTITY_ANALYTICS, kinds::in_workspace("|..")),
        (SOLUTION, kinds::in_workspace("|..")),
        (SOLUTION, sentinel("contentPackages/..")),
    ];
    let mut wrong = Vec::new();
    for (kind, id) in ids {
        let bench = kind.bench();
        bench.configure(&kind.block("it", ""));
        let imported = bench.run(&["import", "-no-color", &kind.at("it"), &id]);
        let asked = bench.asked(0);
        // Settings have no address of their own, their list may be asked for.
        let asked: Vec<_> = asked.iter().filter(|line| **line != "GET /api/dataExportSettings 200").collect();
        if imported.code == 0 || !asked.is_empty() {
            wrong.push(format!("{id}: {asked:?}\n{}", imported.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
