//! One owner for every object: what one block has, no other takes over, makes anew or removes in silence.

use serde_json::{Value, json};

use crate::emulator_process::{TENANT, WORKSPACE};
use crate::kinds::{
    ANOMALIES, CONNECTOR, ENTITY_ANALYTICS, HUNTING, Kind, ONBOARDING, RETENTION, RULE, SOLUTION, SUPPRESSION,
    WORKBOOK, apply, destroy, in_workspace, known, plan,
};
use crate::terraform::{Bench, sentinel};

const ALL: [Kind; 10] =
    [CONNECTOR, RULE, HUNTING, ONBOARDING, RETENTION, SUPPRESSION, WORKBOOK, ANOMALIES, ENTITY_ANALYTICS, SOLUTION];

const FIRST: &str = "lifecycle {\n    create_before_destroy = true\n  }";

/// Something that depends on a resource, with more in it.
fn dependent(kind: &Kind, more: &str) -> String {
    format!(
        "resource \"terraform_data\" \"after\" {{\n  input = {}.id\n  depends_on = [{}]\n  {more}\n}}\n",
        kind.at("it"),
        kind.at("it")
    )
}

/// What ended well has its object and nothing left to do; what did not has lost nothing.
fn check_settled(kind: &Kind, bench: &Bench, what: &str, code: i32, text: &str, wrong: &mut Vec<String>) {
    let (lives, is_known) = (kind.lives(bench), known(bench, &kind.at("it")));
    if code == 0 && (!lives || !is_known) {
        wrong.push(format!("{what}: success, and the service has it: {lives}, state: {is_known}"));
    } else if code == 0 {
        let planned = plan(bench, &[]);
        if planned.code != 0 {
            wrong.push(format!("{what}: success, and the plan after it is not empty:\n{}", planned.text));
        }
    } else if !lives || !is_known {
        wrong.push(format!("{what}: failed, and the service has it: {lives}, state: {is_known}\n{text}"));
    } else if !text.contains("Error: ") {
        wrong.push(format!("{what}: failed without an error:\n{text}"));
    }
}

fn created_before_destroyed(kind: &Kind) {
    let mut wrong = Vec::new();
    let mut rows = vec![
        ("its own", kind.block("it", FIRST)),
        ("inherited", format!("{}{}", kind.block("it", ""), dependent(kind, FIRST))),
    ];
    if ![RETENTION.resource, SUPPRESSION.resource].contains(&kind.resource) {
        rows.push(("with consent", kind.block("it", &format!("adopt_existing = true\n  {FIRST}"))));
    }
    for (how, configuration) in rows {
        for tainted in [false, true] {
            let what = format!("{how}, {}", if tainted { "tainted" } else { "-replace" });
            let bench = kind.bench();
            bench.configure(&configuration);
            bench.apply();
            let replace = format!("-replace={}", kind.at("it"));
            let outcome = if tainted {
                bench.ok(&["taint", "-no-color", &kind.at("it")]);
                apply(&bench, &[])
            } else {
                apply(&bench, &[&replace])
            };
            if kind.resource == SUPPRESSION.resource && outcome.code == 0 {
                // The old one gives its rules back, since the new one cannot know of them; the next run takes them again.
                assert!(outcome.text.contains("Warning: "), "{}", outcome.text);
                bench.apply();
            }
            check_settled(kind, &bench, &what, outcome.code, &outcome.text, &mut wrong);
            kind.check_destroyable(&bench, &what, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&CONNECTOR);
}

#[test]
fn a_rule_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&RULE);
}

#[test]
fn hunting_tables_created_before_they_are_destroyed_are_there() {
    created_before_destroyed(&HUNTING);
}

#[test]
fn an_onboarding_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&ONBOARDING);
}

#[test]
fn a_retention_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&RETENTION);
}

#[test]
fn a_suppression_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&SUPPRESSION);
}

#[test]
fn a_workbook_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&WORKBOOK);
}

#[test]
fn a_setting_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&ANOMALIES);
}

#[test]
fn a_setting_with_a_choice_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&ENTITY_ANALYTICS);
}

#[test]
fn a_solution_created_before_it_is_destroyed_is_there() {
    created_before_destroyed(&SOLUTION);
}

/// The run ends between the create and the destroy of a replacement.
fn interrupted(kind: &Kind) {
    let mut wrong = Vec::new();
    for refresh in ["-refresh=true", "-refresh=false"] {
        let bench = kind.bench();
        bench.configure(&kind.block("it", FIRST));
        bench.apply();
        let fails = dependent(kind, "provisioner \"local-exec\" {\n    command = \"exit 1\"\n  }");
        bench.configure(&format!("{}{fails}", kind.block("it", FIRST)));
        let failed = apply(&bench, &[&format!("-replace={}", kind.at("it"))]);
        if failed.code == 0 || !kind.is_kept(&bench, "it") {
            let lives = kind.lives(&bench);
            wrong.push(format!("{refresh}: interrupted with code {}, lives: {lives}\n{}", failed.code, failed.text));
            continue;
        }
        bench.configure(&kind.block("it", FIRST));
        let applied = apply(&bench, &[refresh]);
        let (lives, is_known) = (kind.lives(&bench), known(&bench, &kind.at("it")));
        if !lives || !is_known {
            let code = applied.code;
            wrong.push(format!("{refresh}: the next apply ends with code {code}; lives: {lives}, known: {is_known}"));
        } else if applied.code == 0 && plan(&bench, &[]).code != 0 {
            wrong.push(format!("{refresh}: success, and there is more to do:\n{}", plan(&bench, &[]).text));
        }
        kind.check_destroyable(&bench, refresh, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&CONNECTOR);
}

#[test]
fn a_rule_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&RULE);
}

#[test]
fn hunting_tables_interrupted_before_their_forerunner_is_destroyed_stay() {
    interrupted(&HUNTING);
}

#[test]
fn an_onboarding_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&ONBOARDING);
}

#[test]
fn a_retention_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&RETENTION);
}

#[test]
fn a_suppression_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&SUPPRESSION);
}

#[test]
fn a_workbook_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&WORKBOOK);
}

#[test]
fn a_setting_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&ANOMALIES);
}

#[test]
fn a_setting_with_a_choice_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&ENTITY_ANALYTICS);
}

#[test]
fn a_solution_interrupted_before_its_forerunner_is_destroyed_stays() {
    interrupted(&SOLUTION);
}

/// The names of what the service has of a kind.
fn names(bench: &Bench) -> Vec<String> {
    bench.left()
}

#[test]
fn a_new_name_under_create_before_destroy_has_a_way_out() {
    let mut wrong = Vec::new();
    for kind in [CONNECTOR, RULE] {
        for back in [true, false] {
            let what = format!("{}, {}", kind.resource, if back { "back to the old name" } else { "without it" });
            let bench = kind.bench();
            bench.configure(&kind.block("it", FIRST));
            bench.apply();
            let before = names(&bench);
            let named = |more: &str| kind.block("it", &format!("name = \"named\"\n  {more}"));
            bench.configure(&named(FIRST));
            let outcome = apply(&bench, &[]);
            check_settled(&kind, &bench, &what, outcome.code, &outcome.text, &mut wrong);
            bench.configure(&if back { kind.block("it", FIRST) } else { named("") });
            let outcome = apply(&bench, &[]);
            let there = names(&bench);
            if outcome.code != 0 || there.len() != 1 || !back && there == before {
                wrong.push(format!("{what}: then {there:?}\n{}", outcome.text));
            }
            check_settled(&kind, &bench, &format!("{what}, in the end"), outcome.code, &outcome.text, &mut wrong);
            kind.check_destroyable(&bench, &what, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A block gets another name, and nobody says that it moved.
fn renamed(kind: &Kind) {
    let mut wrong = Vec::new();
    for (before, after) in [("a", "b"), ("b", "a")] {
        let slow = |method: &str| json!([{ "match": { "method": method, "path": kind.path, "times": 99 }, "action": { "delay_ms": 500 } }]);
        let creates = if kind.path == HUNTING.path { "POST" } else { "PUT" };
        for (options, faults) in [
            (&[][..], json!([])),
            (&[], slow(kind.removes)),
            (&[], slow(creates)),
            (&["-parallelism=1"], json!([])),
            (&["-refresh=false"], slow(kind.removes)),
            (&["plan"], json!([])),
        ] {
            if before == "b" && !(faults == json!([]) && options != ["plan"]) {
                // The other order of names matters to what Terraform begins with only.
                continue;
            }
            let what = format!("{before} to {after} {options:?} {faults}");
            let bench = kind.bench();
            bench.configure(&kind.block(before, ""));
            bench.apply();
            bench.configure(&kind.block(after, ""));
            bench.faults(&faults);
            let outcome = if options == ["plan"] {
                let planned = bench.run(&["plan", "-no-color", "-input=false", "-out=plan"]);
                if planned.code == 0 { bench.run(&["apply", "-no-color", "plan"]) } else { planned }
            } else {
                apply(&bench, options)
            };
            let lives = kind.lives(&bench);
            let new = known(&bench, &kind.at(after));
            if outcome.code == 0 && !(lives && new) {
                wrong.push(format!("{what}: success, and the service has it: {lives}, state: {new}"));
            } else if outcome.code != 0 {
                // Refused, or one got in the other's way: then it is still there, or the next run brings it back.
                bench.admin("DELETE", "/faults", None);
                let next = apply(&bench, &[]);
                let lives = kind.lives(&bench);
                let (old, new) = (known(&bench, &kind.at(before)), known(&bench, &kind.at(after)));
                if !lives || !(new || old && next.code != 0) {
                    wrong.push(format!(
                        "{what}: failed, and then the service has it: {lives}, state: {old} {new}\n{}",
                        next.text
                    ));
                }
            }
            kind.check_destroyable(&bench, &what, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_of_a_renamed_block_is_never_lost() {
    renamed(&CONNECTOR);
}

#[test]
fn a_rule_of_a_renamed_block_is_never_lost() {
    renamed(&RULE);
}

#[test]
fn hunting_tables_of_a_renamed_block_are_never_lost() {
    renamed(&HUNTING);
}

#[test]
fn an_onboarding_of_a_renamed_block_is_never_lost() {
    renamed(&ONBOARDING);
}

#[test]
fn a_retention_of_a_renamed_block_is_never_lost() {
    renamed(&RETENTION);
}

#[test]
fn a_suppression_of_a_renamed_block_is_never_lost() {
    renamed(&SUPPRESSION);
}

#[test]
fn a_workbook_of_a_renamed_block_is_never_lost() {
    renamed(&WORKBOOK);
}

#[test]
fn a_setting_of_a_renamed_block_is_never_lost() {
    renamed(&ANOMALIES);
}

#[test]
fn a_setting_with_a_choice_of_a_renamed_block_is_never_lost() {
    renamed(&ENTITY_ANALYTICS);
}

#[test]
fn a_solution_of_a_renamed_block_is_never_lost() {
    renamed(&SOLUTION);
}

#[test]
fn what_the_portal_made_is_not_taken_over_without_consent() {
    let connector = json!({ "kind": "MicrosoftThreatProtection", "properties": { "tenantId": TENANT, "dataTypes": {
        "incidents": { "state": "Enabled" }, "alerts": { "state": "Enabled" } } } });
    let rule = json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": {
        "displayName": "by hand", "enabled": true, "productFilter": "Azure Advanced Threat Protection",
        "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267" } });
    let setting = json!({ "workspaceProperties": { "workspaceResourceId": WORKSPACE },
        "logs": [{ "category": "AdvancedHunting-DeviceEvents", "enabled": true }] });
    let setting_at = |id: &str| format!("/tenants/{TENANT}/dataExportSettings/{id}");
    let anomalies = json!({ "kind": "Anomalies", "properties": { "isEnabled": true } });
    let entities = json!({ "kind": "EntityAnalytics", "properties": { "entityProviders": ["AzureActiveDirectory"] } });
    let package = crate::query::solution();
    let rows = [
        (CONNECTOR, sentinel("dataConnectors/by-hand"), &connector, "name = \"by-hand\""),
        (RULE, sentinel("alertRules/by-hand"), &rule, "name = \"by-hand\"\n  display_name = \"by hand\""),
        (HUNTING, setting_at("SentinelExportSettings-law-demo"), &setting, ""),
        (
            HUNTING,
            setting_at("SentinelExportSettings-law-demo"),
            &setting,
            "setting_id = \"SentinelExportSettings-law-demo\"",
        ),
        (HUNTING, setting_at("by-hand"), &setting, "setting_id = \"by-hand\""),
        (ANOMALIES, sentinel("settings/Anomalies"), &anomalies, ""),
        (ENTITY_ANALYTICS, sentinel("settings/EntityAnalytics"), &entities, ""),
        (
            SOLUTION,
            sentinel("contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity"),
            &package,
            "",
        ),
    ];
    let mut wrong = Vec::new();
    for (kind, path, body, more) in rows {
        let bench = kind.bench();
        bench.portal("PUT", &path, Some(body));
        bench.configure(&kind.block("it", more));
        let told = bench.refused();
        if !(told.contains("already") && told.contains("import {")) {
            wrong.push(format!("{} {more:?}:\n{told}", kind.resource));
        }
        // With consent it is.
        bench.configure(&kind.block("it", &format!("{more}\n  adopt_existing = true")));
        let applied = apply(&bench, &[]);
        check_settled(&kind, &bench, "adopted", applied.code, &applied.text, &mut wrong);
        if applied.code != 0 {
            wrong.push(format!("{} {more:?} is not adopted:\n{}", kind.resource, applied.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_an_interrupted_create_left_under_our_own_name_is_taken_up_in_silence() {
    for kind in [CONNECTOR, RULE, WORKBOOK] {
        let bench = kind.made();
        let before = names(&bench);
        std::fs::remove_file(bench.path("terraform.tfstate")).unwrap();
        let text = bench.apply();
        assert!(!text.contains("Warning: The "), "{text}");
        assert_eq!(names(&bench), before);
        assert_eq!(plan(&bench, &[]).code, 0, "{}", kind.resource);
        bench.destroy();
        assert!(!kind.lives(&bench), "{}", kind.resource);
    }
}

/// A second block for what state has under another.
fn doubled(kind: &Kind, more: &str) {
    let mut wrong = Vec::new();
    for (has, second) in [("a", "b"), ("b", "a")] {
        let bench = kind.bench();
        bench.configure(&kind.block(has, more));
        bench.apply();
        for more_of_second in [more.to_owned(), format!("{more}\n  adopt_existing = true")] {
            let has_no_consent = ["defender_table_retention", "defender_incident_rule_suppression"];
            if has_no_consent.contains(&kind.resource) && more_of_second != more {
                continue;
            }
            bench.configure(&format!("{}{}", kind.block(has, more), kind.block(second, &more_of_second)));
            for options in [&[][..], &["-parallelism=1"], &["-refresh=false"]] {
                let planned = plan(&bench, options);
                if planned.code != 1 {
                    wrong.push(format!(
                        "{has} has it, {second} {more_of_second:?} {options:?}: planned {}",
                        planned.code
                    ));
                }
            }
        }
        if !kind.is_kept(&bench, has) {
            wrong.push(format!("{has} has lost it"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_second_block_for_a_connector_is_refused() {
    doubled(&CONNECTOR, "");
    doubled(&CONNECTOR, "name = \"named\"");
}

#[test]
fn a_second_block_for_a_rule_is_refused() {
    doubled(&RULE, "");
    doubled(&RULE, "name = \"named\"");
}

#[test]
fn a_second_block_for_hunting_tables_is_refused() {
    doubled(&HUNTING, "");
    doubled(&HUNTING, "setting_id = \"named\"");
}

#[test]
fn a_second_block_for_an_onboarding_is_refused() {
    doubled(&ONBOARDING, "");
}

#[test]
fn a_second_block_for_a_retention_is_refused() {
    doubled(&RETENTION, "");
}

#[test]
fn a_second_block_for_a_suppression_is_refused() {
    doubled(&SUPPRESSION, "");
}

#[test]
fn a_second_block_for_a_workbook_is_refused() {
    doubled(&WORKBOOK, "");
    doubled(&WORKBOOK, "name = \"5a1f1c2e-0000-4000-8000-000000000001\"");
}

#[test]
fn a_second_block_for_a_setting_is_refused() {
    doubled(&ANOMALIES, "");
    doubled(&ENTITY_ANALYTICS, "");
}

#[test]
fn a_second_block_for_a_solution_is_refused() {
    doubled(&SOLUTION, "");
}

#[test]
fn two_blocks_planned_together_for_one_object_are_refused() {
    let other_spelling = |block: String| block.replace("\"DeviceEvents\"", "\"deviceevents\"");
    let other_product = "products = [\"Azure Advanced Threat Protection\", \"Microsoft Defender for Cloud\"]";
    let rows = [
        (CONNECTOR, CONNECTOR.block("b", "name = \"named\"")),
        (RULE, RULE.block("b", "")),
        (HUNTING, HUNTING.block("b", "")),
        (HUNTING, HUNTING.block("b", "setting_id = \"other\"")),
        (ONBOARDING, ONBOARDING.block("b", "")),
        (RETENTION, RETENTION.block("b", "")),
        (RETENTION, other_spelling(RETENTION.block("b", ""))),
        (SUPPRESSION, SUPPRESSION.block("b", "")),
        (SUPPRESSION, SUPPRESSION.block("b", "").replace(SUPPRESSION.arguments, other_product)),
        (WORKBOOK, WORKBOOK.block("b", "")),
        (WORKBOOK, WORKBOOK.block("b", "resource_group = \"RG-SENTINEL\"")),
        (ANOMALIES, ANOMALIES.block("b", "")),
        (ENTITY_ANALYTICS, ENTITY_ANALYTICS.block("b", "").replace("AzureActiveDirectory", "ActiveDirectory")),
        (SOLUTION, SOLUTION.block("b", "")),
        (SOLUTION, SOLUTION.block("b", "").replace(SOLUTION.arguments, "product = \"AzureAdvancedThreatProtection\"")),
    ];
    let mut wrong = Vec::new();
    for (row, (kind, second)) in rows.into_iter().enumerate() {
        let bench = kind.bench();
        for first in ["a", "c"] {
            bench.configure(&format!("{}{second}", kind.block(first, "")));
            for options in [&[][..], &["-parallelism=1"]] {
                let planned = plan(&bench, options);
                if planned.code != 1 {
                    wrong.push(format!(
                        "row {row}, {} {first} and b {options:?}: planned {}",
                        kind.resource, planned.code
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Gives the object of the block "a" in state to a second block "b" too.
fn double_in_state(bench: &Bench, kind: &Kind) {
    let pulled = bench.run(&["state", "pull"]);
    let raw = std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
    assert_eq!(pulled.code, 0);
    let mut state: Value = serde_json::from_str(&raw).unwrap();
    let mut twin =
        state["resources"].as_array().unwrap().iter().find(|it| it["type"] == kind.resource).unwrap().clone();
    twin["name"] = json!("b");
    state["resources"].as_array_mut().unwrap().push(twin);
    state["serial"] = json!(state["serial"].as_u64().unwrap() + 1);
    std::fs::write(bench.path("doubled.json"), state.to_string()).unwrap();
    bench.ok(&["state", "push", "doubled.json"]);
    std::fs::remove_file(bench.path("doubled.json")).unwrap();
}

/// Two blocks have one object in state already.
fn held_twice(kind: &Kind) {
    let mut wrong = Vec::new();
    for (keeps, goes) in [("a", "b"), ("b", "a")] {
        let bench = kind.bench();
        bench.configure(&kind.block("a", ""));
        bench.apply();
        double_in_state(&bench, kind);
        let id = bench.state(&kind.at("a"))["id"].as_str().unwrap().to_owned();
        let last = id.rsplit(['/', '|']).next().unwrap();
        // A suppression is named by its product as it is called today.
        let last = last.replace("Azure Advanced Threat Protection", "Microsoft Defender for Identity");
        bench.configure(&format!("{}{}", kind.block("a", ""), kind.block("b", "")));
        let planned = plan(&bench, &[]);
        let findings = crate::terraform::findings(&planned.text);
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        if !bare(&findings).contains(&bare(&last)) {
            wrong.push(format!("both: the plan does not name {last:?}:\n{findings}"));
        }

        bench.configure(&kind.block(keeps, ""));
        for options in [&[][..], &["-refresh=false"]] {
            let applied = apply(&bench, options);
            let kept = kind.is_kept(&bench, keeps);
            if !kept {
                let code = applied.code;
                wrong.push(format!("{goes} goes {options:?}: code {code}, {keeps} has lost it\n{}", applied.text));
                break;
            }
        }
        if kind.is_kept(&bench, keeps) && !known(&bench, &kind.at(goes)) && plan(&bench, &[]).code != 0 {
            wrong.push(format!("{goes} is gone: the plan of {keeps} is not empty"));
        }

        // From both again, everything can be destroyed.
        let bench = kind.bench();
        bench.configure(&kind.block("a", ""));
        bench.apply();
        double_in_state(&bench, kind);
        bench.configure(&format!("{}{}", kind.block("a", ""), kind.block("b", "")));
        kind.check_destroyable(&bench, "both", &mut wrong);
        if known(&bench, &kind.at("a")) || known(&bench, &kind.at("b")) {
            wrong.push("both: destroyed, and state still has one".to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", kind.resource, wrong.join("\n"));
}

#[test]
fn a_connector_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&CONNECTOR);
}

#[test]
fn a_rule_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&RULE);
}

#[test]
fn hunting_tables_that_two_blocks_have_are_not_removed_with_one() {
    held_twice(&HUNTING);
}

#[test]
fn an_onboarding_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&ONBOARDING);
}

#[test]
fn a_retention_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&RETENTION);
}

#[test]
fn a_suppression_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&SUPPRESSION);
}

#[test]
fn a_workbook_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&WORKBOOK);
}

#[test]
fn a_setting_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&ANOMALIES);
}

#[test]
fn a_setting_with_a_choice_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&ENTITY_ANALYTICS);
}

#[test]
fn a_solution_that_two_blocks_have_is_not_removed_with_one() {
    held_twice(&SOLUTION);
}

#[test]
fn two_imports_of_one_object_are_refused() {
    let rows = [
        (CONNECTOR, sentinel("dataConnectors/")),
        (RULE, sentinel("alertRules/")),
        (HUNTING, in_workspace("|")),
        (ONBOARDING, sentinel("onboardingStates/")),
        (RETENTION, in_workspace("/tables/")),
        (WORKBOOK, WORKSPACE.replace("Microsoft.OperationalInsights/workspaces/law-demo", WORKBOOK.path)),
        (ANOMALIES, sentinel("settings/")),
        (ENTITY_ANALYTICS, sentinel("settings/")),
        (SOLUTION, sentinel("contentPackages/")),
    ];
    let mut wrong = Vec::new();
    for (kind, before) in rows {
        let bench = kind.made();
        let id = bench.state(&kind.at("it"))["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with(&before), "{id}");
        std::fs::remove_file(bench.path("terraform.tfstate")).unwrap();
        let imports = |name: &str, id: &str| format!("import {{\n  to = {}\n  id = \"{id}\"\n}}\n", kind.at(name));
        bench.configure(&format!(
            "{}{}{}{}",
            kind.block("a", ""),
            kind.block("b", ""),
            imports("a", &id),
            imports("b", &id.to_uppercase().replace("SENTINELEXPORTSETTINGS", "SentinelExportSettings"))
        ));
        for options in [&[][..], &["-parallelism=1"]] {
            let planned = plan(&bench, options);
            let told = planned.text.contains("Warning: ") || planned.text.contains("Error: ");
            if planned.code != 1 && !told {
                wrong.push(format!("{} {options:?}: planned {} without a word", kind.resource, planned.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tainted, and not meant so after all.
fn untainted(kind: &Kind, by_a_failed_create: bool, wrong: &mut Vec<String>) {
    let what = format!("{}, {}", kind.resource, if by_a_failed_create { "by a failed create" } else { "by hand" });
    let bench = kind.bench();
    bench.configure(&kind.block("it", ""));
    if by_a_failed_create {
        // Stored, without an answer and without a look at it. Both plans of an onboarding look before.
        let looks = if kind.path == ONBOARDING.path { 2 } else { 0 };
        let fault = |method: &str, skip: u32, action: Value| json!({ "match": { "method": method, "path": format!("{}/", kind.path), "skip": skip, "times": 999 }, "action": action });
        bench.faults(&json!([
            fault("PUT", 0, json!({ "status": 500, "after": true })),
            fault("GET", looks, json!({ "status": 403 })),
        ]));
        let applied = apply(&bench, &[]);
        bench.admin("DELETE", "/faults", None);
        if applied.code == 0 || !kind.is_kept(&bench, "it") {
            wrong.push(format!("{what}: the create did not leave it tainted:\n{}", applied.text));
            return;
        }
    } else {
        bench.apply();
        bench.ok(&["taint", "-no-color", &kind.at("it")]);
        plan(&bench, &[]);
        apply(&bench, &["-refresh-only"]);
    }
    let untainted = bench.run(&["untaint", "-no-color", &kind.at("it")]);
    if untainted.code != 0 {
        wrong.push(format!("{what}: not tainted:\n{}", untainted.text));
        return;
    }
    let planned = plan(&bench, &[]);
    if planned.code != 0 {
        wrong.push(format!("{what}: the plan is not empty:\n{}", planned.text));
    }
    for second in ["a", "z"] {
        bench.configure(&format!("{}{}", kind.block("it", ""), kind.block(second, "")));
        for options in [&[][..], &["-parallelism=1"]] {
            let planned = plan(&bench, options);
            if planned.code != 1 {
                wrong.push(format!("{what}: a second block {second} {options:?} is planned: {}", planned.code));
            }
        }
    }
    bench.configure(&kind.block("it", ""));
    kind.check_destroyable(&bench, &what, wrong);
}

#[test]
fn what_was_tainted_by_hand_and_is_no_more_has_its_owner() {
    let mut wrong = Vec::new();
    for kind in ALL {
        untainted(&kind, false, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_failed_create_tainted_and_is_no_more_has_its_owner() {
    let mut wrong = Vec::new();
    for kind in [CONNECTOR, RULE, ONBOARDING] {
        untainted(&kind, true, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_made_anew_is_not_in_its_own_way() {
    let mut wrong = Vec::new();
    for kind in ALL {
        for tainted in [false, true] {
            let bench = kind.made();
            let replace = format!("-replace={}", kind.at("it"));
            let outcome = if tainted {
                bench.ok(&["taint", "-no-color", &kind.at("it")]);
                apply(&bench, &[])
            } else {
                apply(&bench, &[&replace])
            };
            let what = format!("{} {}", kind.resource, if tainted { "tainted" } else { "-replace" });
            // One that was tainted by hand may be refused, and then has to stay; with an onboarding all of Sentinel would go.
            if outcome.code != 0 && !tainted && kind.resource != ONBOARDING.resource {
                wrong.push(format!("{what}:\n{}", outcome.text));
            }
            check_settled(&kind, &bench, &what, outcome.code, &outcome.text, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_block_that_says_it_moved_moves() {
    for kind in ALL {
        let bench = kind.bench();
        bench.configure(&kind.block("a", ""));
        bench.apply();
        let moved = format!("moved {{\n  from = {}\n  to = {}\n}}\n", kind.at("a"), kind.at("b"));
        bench.configure(&format!("{}{moved}", kind.block("b", "")));
        let applied = apply(&bench, &[]);
        assert_eq!(applied.code, 0, "{}", applied.text);
        assert!(kind.is_kept(&bench, "b"), "{}", kind.resource);
        assert_eq!(destroy(&bench, &[]).code, 0);
        assert!(!kind.lives(&bench), "{}", kind.resource);
    }
}
