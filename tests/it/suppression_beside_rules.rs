//! A suppression of incident rules beside the blocks and the lists that might make it lose one: a rule is gone when two
//! answers agree, never made by a restore, and in the hands of one block.

use serde_json::{Value, json};

use crate::foresight::findings;
use crate::incident_rule_suppression::{id, rule, rules, switch};
use crate::terraform::{Bench, sentinel};

const IDENTITY: &str = "Azure Advanced Threat Protection";
const EMPTY: &str = r#"{"value": []}"#;

fn suppression(name: &str, more: &str) -> String {
    format!(
        "resource \"defender_incident_rule_suppression\" \"{name}\" {{\n  workspace_id = var.workspace_id\n  products = [\"Microsoft Defender \
         for Identity\"]\n{more}}}\n"
    )
}

fn block(name: &str, more: &str) -> String {
    format!(
        "resource \"defender_incident_rule\" \"{name}\" {{\n  workspace_id = var.workspace_id\n  product = \"Microsoft Defender for \
         Identity\"\n{more}}}\n"
    )
}

const ADDRESS: &str = "defender_incident_rule_suppression.it";
const OFF: &str = "  enabled = false\n";

/// What makes Terraform go about a suppression and a rule in one order or another: the suppression's name beside "m", what
/// each of them depends on, and how many it does at once.
const ORDERS: [(&str, &str, &str, &str); 5] = [
    ("a", "", "", "-parallelism=1"),
    ("z", "", "", "-parallelism=1"),
    ("a", "", "", "-parallelism=10"),
    ("a", "  depends_on = [defender_incident_rule.m]\n", "", "-parallelism=10"),
    ("a", "", "  depends_on = [defender_incident_rule_suppression.a]\n", "-parallelism=10"),
];

/// What the lists of rules answer from now on, and not what a rule by itself does.
fn lists(bench: &Bench, action: &Value) {
    let list = json!({ "method": "GET", "path": "/alertRules?", "times": 1000 });
    bench.faults(&json!([{ "match": list, "action": action }]));
}

fn heal(bench: &Bench) {
    bench.admin("DELETE", "/faults", None);
}

/// A suppression in state that has switched off two rules.
fn bench() -> Bench {
    let bench = Bench::new();
    rule(&bench, "one", IDENTITY, true);
    rule(&bench, "two", IDENTITY, true);
    bench.configure(&suppression("it", ""));
    bench.apply();
    assert_eq!(rules(&bench), "one off, two off");
    bench
}

#[test]
fn a_list_that_lacks_a_rule_forgets_nothing() {
    let bench = bench();
    let before = bench.state(ADDRESS);
    lists(&bench, &json!({ "raw_body": EMPTY }));
    assert_eq!(bench.plan(), [""; 0]);
    bench.ok(&["apply", "-no-color", "-auto-approve", "-refresh-only"]);
    assert_eq!(bench.state(ADDRESS), before);
    // One that is on is seen all the same, and one that is gone by itself too is gone.
    switch(&bench, "one", true);
    bench.portal("DELETE", &id("two"), None);
    bench.apply();
    assert_eq!(
        (bench.state(ADDRESS)["suppressed_rules"].clone(), rules(&bench)),
        (json!([id("one")]), "one off".to_owned())
    );
    // A change of the products gives back what the list lacks, and so does a destroy.
    bench.configure(&suppression("it", "").replace("for Identity", "for IoT"));
    bench.apply();
    assert_eq!(rules(&bench), "one on");
    bench.configure(&suppression("it", ""));
    heal(&bench);
    bench.apply();
    lists(&bench, &json!({ "raw_body": EMPTY }));
    bench.destroy();
    assert_eq!(rules(&bench), "one on");
}

#[test]
fn an_answer_that_proves_nothing_keeps_state() {
    let bench = bench();
    let before = bench.state(ADDRESS);
    let refusal = |status: u16, code: &str, message: &str| json!({ "status": status, "body": { "error": { "code": code, "message": message } } });
    for answer in [
        refusal(404, "ResourceNotFound", "The Resource was not found."),
        refusal(404, "ResourceGroupNotFound", "The group was not found."),
        json!({ "status": 404, "body": "<html>not here</html>" }),
        refusal(400, "BadRequest", "Workspace 'law-demo' is not onboarded to Microsoft Sentinel."),
        json!({ "raw_body": json!({ "value": [{ "id": id("one"), "name": "one", "kind": "MicrosoftSecurityIncidentCreation" }] }).to_string() }),
    ] {
        lists(&bench, &answer);
        for words in [&["plan", "-no-color"][..], &["destroy", "-no-color", "-auto-approve", "-refresh=false"]] {
            bench.errors(words);
        }
        heal(&bench);
        assert_eq!((bench.state(ADDRESS), rules(&bench)), (before.clone(), "one off, two off".to_owned()), "{answer}");
    }
    // When the onboarding agrees, it is gone.
    bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
    let outcome = bench.run(&["plan", "-no-color"]);
    assert!(outcome.text.contains("is no longer onboarded"), "{}", outcome.text);
    bench.destroy();
}

#[test]
fn a_restore_makes_no_rule_that_is_destroyed_beside_it() {
    for (name, its, ours, parallelism) in ORDERS {
        let bench = Bench::new();
        rule(&bench, "one", IDENTITY, true);
        rule(&bench, "two", IDENTITY, true);
        bench.configure(&suppression(name, ""));
        bench.apply();
        let import = format!("import {{\n  to = defender_incident_rule.m\n  id = \"{}\"\n}}\n", id("one"));
        bench.configure(&format!("{}{}{import}", suppression(name, its), block("m", &format!("{OFF}{ours}"))));
        bench.ok(&["apply", "-no-color", "-auto-approve", "-target=defender_incident_rule.m"]);
        bench.admin("POST", "/behaviour", Some(&json!({ "delete_lag_reads": 2 })));
        let already = bench.emulator.exchanges().len();
        // State says so still that the suppression switched it off.
        bench.ok(&["destroy", "-no-color", "-auto-approve", "-refresh=false", parallelism]);
        assert_eq!(rules(&bench), "two on", "{name} {its}{ours}{parallelism}: {:#?}", bench.asked(already));
    }
}

#[test]
fn a_rule_of_a_block_is_switched_by_its_block() {
    for (name, its, ours, parallelism) in ORDERS {
        let bench = Bench::new();
        bench.configure(&format!("{}{}", suppression(name, its), block("m", &format!("{OFF}{ours}"))));
        let words = ["apply", "-no-color", "-auto-approve", parallelism];
        assert_eq!(findings(&bench.run(&words)), "", "off beside a suppression is silent");
        assert_eq!(bench.plan(), [""; 0]);
        let rule_id = bench.state("defender_incident_rule.m")["id"].as_str().unwrap().to_owned();
        let rule_name = rule_id.rsplit('/').next().unwrap();
        switch(&bench, rule_name, true);
        let plan = bench.run(&["plan", "-no-color", "-out=plan", parallelism]);
        assert_eq!((plan.code, plan.text.contains("Error: ")), (0, false), "{}", plan.text);
        assert!(bench.changes().contains(&"defender_incident_rule.m update".to_owned()));
        let already = bench.emulator.exchanges().len();
        if !ours.is_empty() {
            assert_eq!(
                bench.changes()[0],
                "defender_incident_rule.m update",
                "the suppression came first, and has it in its plan too"
            );
            assert!(bench.changes().iter().any(|line| line == "defender_incident_rule_suppression.a update"));
        }
        bench.ok(&["apply", "-no-color", parallelism, "plan"]);
        let asked = bench.asked(already);
        let writes = asked.iter().filter(|line| line.starts_with("PUT") && line.ends_with(" 200"));
        assert_eq!(writes.count(), 1, "{asked:#?}");
        assert_eq!(bench.plan(), [""; 0]);
        let address = format!("defender_incident_rule_suppression.{name}");
        assert_eq!(bench.state(&address)["suppressed_rules"], json!([]));
        // So the suppression has nothing of it to give back.
        bench.configure(&block("m", OFF));
        bench.apply();
        assert_eq!((rules(&bench), bench.plan()), (format!("{rule_name} off"), vec![]));
    }
}

#[test]
fn a_rule_that_is_on_beside_a_suppression_is_an_error_in_every_order() {
    for (name, its, ours, parallelism) in ORDERS {
        let bench = Bench::new();
        let refused = |bench: &Bench| {
            let outcome = bench.run(&["plan", "-no-color", parallelism]);
            let found = findings(&outcome);
            assert_eq!(found.matches("Error: An incident rule is on and kept off").count(), 1, "{}", outcome.text);
            assert_eq!(found.matches("Error: ").count(), 1, "{}", outcome.text);
        };
        bench.configure(&format!("{}{}", suppression(name, its), block("m", ours)));
        refused(&bench);
        bench.configure(&block("m", ""));
        bench.apply();
        bench.configure(&format!("{}{}", suppression(name, its), block("m", ours)));
        refused(&bench);
        // Off in the same run, it is in nobody's way, and its own block switches it.
        bench.configure(&format!("{}{}", suppression(name, its), block("m", &format!("{OFF}{ours}"))));
        bench.ok(&["apply", "-no-color", "-auto-approve", parallelism]);
        assert_eq!(bench.plan(), [""; 0]);
        assert_eq!(bench.state(&format!("defender_incident_rule_suppression.{name}"))["suppressed_rules"], json!([]));
        bench.configure(&format!("{}{}", suppression(name, its), block("m", ours)));
        refused(&bench);
    }
}

#[test]
fn two_suppressions_of_one_product_are_refused() {
    for (names, parallelism) in
        [(["a", "z"], "-parallelism=1"), (["z", "a"], "-parallelism=1"), (["a", "z"], "-parallelism=10")]
    {
        let bench = Bench::new();
        let both = names.map(|name| suppression(name, "")).concat().replacen(
            "for Identity",
            "for IoT\", \"Azure Advanced Threat Protection",
            1,
        );
        let refused = |bench: &Bench, what: &str| {
            let outcome = bench.run(&["plan", "-no-color", parallelism]);
            assert_eq!(findings(&outcome).matches("Error: ").count(), 1, "{}", outcome.text);
            assert!(outcome.text.contains(what), "{}", outcome.text);
        };
        bench.configure(&both);
        refused(&bench, "Error: The suppression of incident rules is planned twice");
        bench.configure(&suppression(names[1], ""));
        bench.apply();
        bench.configure(&both);
        refused(&bench, "Error: The suppression of incident rules has an owner already");
    }
}

#[test]
fn a_suppression_that_is_made_anew_loses_no_rule() {
    for before in ["", "  lifecycle {\n    create_before_destroy = true\n  }\n"] {
        for taint in [false, true] {
            let bench = bench();
            bench.configure(&suppression("it", before));
            let replace = format!("-replace={ADDRESS}");
            let outcome = if taint {
                bench.ok(&["taint", "-no-color", ADDRESS]);
                bench.run(&["apply", "-no-color", "-auto-approve"])
            } else {
                bench.run(&["apply", "-no-color", "-auto-approve", &replace])
            };
            assert_eq!(outcome.code, 0, "{}", outcome.text);
            let is_told = outcome.text.contains("A suppression was made anew before the old one went");
            assert_eq!(is_told, !before.is_empty(), "{}", outcome.text);
            bench.apply();
            assert_eq!(bench.plan(), [""; 0]);
            assert_eq!(bench.state(ADDRESS)["suppressed_rules"], json!([id("one"), id("two")]));
            assert_eq!(rules(&bench), "one off, two off");
            bench.destroy();
            assert_eq!(rules(&bench), "one on, two on");
        }
    }
    // Rules that are to stay off are named.
    let bench = bench();
    let staying =
        suppression("it", "  restore_on_destroy = false\n  lifecycle {\n    create_before_destroy = true\n  }\n");
    bench.configure(&staying);
    bench.apply();
    let told = bench.ok(&["apply", "-no-color", "-auto-approve", &format!("-replace={ADDRESS}")]);
    assert!(told.contains("off, and in nobody's suppressed_rules") && told.contains("alertRules/two"), "{told}");
    assert_eq!(bench.plan(), [""; 0]);
}
