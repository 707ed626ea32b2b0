//! The life of a Content hub solution under the real Terraform.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::kinds::{SOLUTION, apply, destroy, known, plan};
use crate::terraform::{Bench, findings, sentinel, warning};

const IT: &str = "defender_content_solution.it";

const IDENTITY: &str = "azuresentinel.azure-sentinel-solution-mdefenderforidentity";

const BY_PRODUCT: &str = r#"
resource "defender_content_solution" "it" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
}
"#;

const BY_ID: &str = r#"
resource "defender_content_solution" "it" {
  workspace_id = var.workspace_id
  content_id   = "azuresentinel.Azure-Sentinel-solution-mdefenderforidentity"
}
"#;

/// A block with one more line.
fn with(block: &str, line: &str) -> String {
    block.replace("\n}", &format!("\n  {line}\n}}"))
}

fn version(text: &str) -> String {
    with(BY_PRODUCT, &format!("version = {text:?}"))
}

/// A bench whose workspace begins with this besides its names.
fn bench(workspace: &Value) -> Bench {
    let mut seed = json!({
        "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
        "solutions": "none",
    });
    for (name, value) in workspace.as_object().unwrap() {
        seed[name] = value.clone();
    }
    Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [seed],
    }))
}

/// A bench whose workspace has no solution.
fn bare() -> Bench {
    bench(&json!({}))
}

/// What the workspace has, each with its version.
fn there(bench: &Bench) -> Vec<String> {
    let world = bench.admin("GET", "/state", None);
    let packages = world["workspaces"][0]["content_packages"].as_array().unwrap().clone();
    let shown = |package: &Value| {
        format!("{} {}", package["name"].as_str().unwrap(), package["properties"]["version"].as_str().unwrap())
    };
    packages.iter().map(shown).collect()
}

/// Microsoft publishes a version of the solution for Defender for Identity.
fn publish(bench: &Bench, version: &str) {
    let product_id = format!("azuresentinel.azure-sentinel-solution-mdefenderfori-sl-{version}");
    let body = json!({ "properties": { "version": version, "contentProductId": product_id } });
    bench.admin("PATCH", &format!("/portal{}", sentinel(&format!("contentProductPackages/{IDENTITY}"))), Some(&body));
}

/// Somebody installs the newest version in the portal.
fn install_by_hand(bench: &Bench) {
    let mut offered = bench.asks("GET", &at(&format!("contentProductPackages/{IDENTITY}")), None);
    offered["properties"].as_object_mut().unwrap().retain(|_, value| value.is_string());
    let answer = bench.service("PUT", &at(&format!("contentPackages/{IDENTITY}")), Some(&offered));
    assert!([200, 201].contains(&answer), "{answer}");
    bench.let_time_pass();
}

fn at(what: &str) -> String {
    format!("{}?api-version=2025-09-01", sentinel(what))
}

fn own(state: &Value) -> String {
    let names = ["content_id", "product", "version", "update_available", "display_name", "content_product_id"];
    names.map(|name| format!("{name}: {}\n", state[name])).concat()
}

#[test]
fn installed_by_a_product_or_an_id_and_removed() {
    let mut seen = String::new();
    for (what, block) in [
        ("product", BY_PRODUCT),
        ("id", BY_ID),
        ("type", &BY_PRODUCT.replace("Microsoft Defender for Identity", "defender_identity_connector")),
    ] {
        let bench = bare();
        bench.configure(block);
        seen += &format!("== by {what}\n{}\n", bench.plan().join("\n"));
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        seen += &format!("{}\n{}{}", bench.asked(already).join("\n"), bench.bodies(already), own(&bench.state(IT)));
        let already = bench.emulator.exchanges().len();
        assert_eq!(bench.plan(), [""; 0]);
        seen += &format!("{}\n{}\n", bench.asked(already).join("\n"), there(&bench).join("\n"));
        bench.destroy();
        assert_eq!(there(&bench), [""; 0]);
    }
    expect![[""]].assert_eq(&seen);
}

#[test]
fn left_out_a_version_is_the_newest_and_stays() {
    let bench = bare();
    bench.configure(BY_PRODUCT);
    bench.apply();
    assert_eq!(bench.state(IT)["update_available"], Value::Null);
    publish(&bench, "3.1.0");
    // A newer version is told by state, and no diff.
    assert_eq!(bench.plan(), [""; 0]);
    bench.apply();
    assert_eq!(
        (bench.state(IT)["version"].as_str(), bench.state(IT)["update_available"].as_str()),
        (Some("3.0.3"), Some("3.1.0"))
    );
    assert_eq!(bench.plan(), [""; 0]);
    // Neither is what else changes.
    bench.configure(&with(BY_PRODUCT, "timeouts {\n    read = \"2m\"\n  }"));
    let changes = bench.plan();
    assert_eq!(changes.len(), 2, "{changes:?}");
    bench.apply();
    // Somebody updates it in the portal.
    install_by_hand(&bench);
    assert_eq!(bench.plan(), [""; 0]);
    bench.apply();
    assert_eq!(
        (bench.state(IT)["version"].as_str(), &bench.state(IT)["update_available"]),
        (Some("3.1.0"), &Value::Null)
    );
}

#[test]
fn a_version_that_is_named_is_installed_and_followed() {
    let bench = bare();
    let mut seen = String::new();
    bench.configure(&version("3.0.3"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    publish(&bench, "3.1.0");
    assert_eq!(bench.plan(), [""; 0]);
    bench.apply();
    bench.configure(&version("3.1.0"));
    seen += &format!("== upgrade\n{}\n", bench.plan().join("\n"));
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    seen += &format!("{}\n{}", bench.asked(already).join("\n"), own(&bench.state(IT)));
    assert_eq!(bench.plan(), [""; 0]);
    // There is no way back, and the plan says so; a destroy is planned all the same.
    bench.configure(&version("3.0.3"));
    let planned = plan(&bench, &[]);
    seen += &format!("== back\n{}", findings(&planned.text));
    assert_eq!(planned.code, 2);
    seen += &format!("== applied\n{}", bench.apply_errors());
    assert_eq!(bench.state(IT)["version"], "3.1.0");
    assert_eq!(there(&bench), [format!("{IDENTITY} 3.1.0")]);
    bench.destroy();
    expect![[""]].assert_eq(&seen);
}

#[test]
fn a_version_that_cannot_be_had_is_refused() {
    let bench = bare();
    bench.configure(&version("2.0.0"));
    let mut seen = format!("== nothing installed\n{}", bench.refused());
    install_by_hand(&bench);
    publish(&bench, "3.1.0");
    bench.configure(&with(&version("2.0.0"), "adopt_existing = true"));
    seen += &format!("== an older one installed\n{}", bench.refused());
    expect![[""]].assert_eq(&seen);
}

#[test]
fn what_the_portal_removes_is_planned_anew_and_what_it_updates_under_a_version_is_drift() {
    let bench = bare();
    bench.configure(&version("3.0.3"));
    bench.apply();
    bench.portal("DELETE", &sentinel(&format!("contentPackages/{IDENTITY}")), None);
    assert_eq!(bench.plan(), [format!("{IT} create")]);
    bench.apply();
    assert_eq!(there(&bench), [format!("{IDENTITY} 3.0.3")]);
    publish(&bench, "3.0.4");
    install_by_hand(&bench);
    let planned = plan(&bench, &[]);
    assert_eq!(planned.code, 2, "{}", planned.text);
    assert!(warning(&planned.text).starts_with("The version cannot be installed"), "{}", planned.text);
    assert_eq!(destroy(&bench, &[]).code, 0);
    assert_eq!(there(&bench), [""; 0]);
}

#[test]
fn installed_by_hand_it_is_taken_over_with_consent_and_as_it_is() {
    let bench = bare();
    install_by_hand(&bench);
    publish(&bench, "3.1.0");
    bench.configure(BY_PRODUCT);
    let mut seen = format!("== without consent\n{}", bench.refused());
    bench.configure(&with(BY_PRODUCT, "adopt_existing = true"));
    let planned = plan(&bench, &["-out=plan"]);
    seen += &format!("== with it\n{}{}\n", findings(&planned.text), bench.changes().join("\n"));
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    seen += &format!("{}\n{}", bench.asked(already).join("\n"), own(&bench.state(IT)));
    assert_eq!(bench.plan(), [""; 0]);
    bench.let_go();
    bench.configure(&with(&version("3.1.0"), "adopt_existing = true"));
    seen += &format!("== in another version\n{}", findings(&plan(&bench, &[]).text));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(there(&bench), [format!("{IDENTITY} 3.1.0")]);
    expect![[""]].assert_eq(&seen);
}

#[test]
fn what_is_taken_over_and_changes_after_the_plan_is_left_alone() {
    let bench = bare();
    install_by_hand(&bench);
    bench.configure(&with(BY_PRODUCT, "adopt_existing = true"));
    bench.plan();
    bench.portal("DELETE", &sentinel(&format!("contentPackages/{IDENTITY}")), None);
    let outcome = bench.run(&["apply", "-no-color", "plan"]);
    assert_ne!(outcome.code, 0, "{}", outcome.text);
    assert_eq!(there(&bench), [""; 0]);
}

/// Content of a solution that is installed under the id of one of its versions.
fn orphan() -> Value {
    let name = "azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old";
    json!({ "content_packages": [{ "name": name, "properties": {
        "contentId": IDENTITY, "contentProductId": name, "contentKind": "Solution", "version": "2.0.0",
        "displayName": "Microsoft Defender for Identity",
    } }] })
}

#[test]
fn content_under_another_name_is_in_the_way_and_told() {
    let bench = bench(&orphan());
    bench.configure(BY_PRODUCT);
    let mut seen = format!("== planned\n{}", bench.refused());
    // Where a list does not show it, the service refuses.
    let name = "azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old";
    let lost = |times: u32| json!([{ "match": { "method": "GET", "path": "contentPackages", "times": times }, "action": { "lose": name } }]);
    bench.faults(&lost(1));
    bench.plan();
    bench.faults(&lost(1));
    seen += &format!("== applied\n{}", bench.errors(&["apply", "-no-color", "plan"]));
    assert!(!known(&bench, IT));
    bench.portal("DELETE", &sentinel(&format!("contentPackages/{name}")), None);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    expect![[""]].assert_eq(&seen);
}

#[test]
fn an_id_that_the_catalogue_does_not_have_names_those_that_are_near() {
    let bench = bare();
    let mut seen = String::new();
    for id in ["azuresentinel.azure-sentinel-solution-mdefenderforidentty", "azuresentinel.identity", "x.y"] {
        bench.configure(&BY_ID.replace("azuresentinel.Azure-Sentinel-solution-mdefenderforidentity", id));
        seen += &format!("== {id}\n{}", bench.refused());
    }
    // A product whose solution goes by another id some day.
    let gone = "azuresentinel.azure-sentinel-solution-mdefenderforidentity";
    bench.portal("DELETE", &sentinel(&format!("contentProductPackages/{gone}")), None);
    let renamed = json!({ "properties": {
        "contentId": "azuresentinel.defenderforidentity", "contentProductId": "p", "contentKind": "Solution",
        "version": "4.0.0", "displayName": "Microsoft Defender for Identity",
    } });
    bench.portal("PUT", &sentinel("contentProductPackages/azuresentinel.defenderforidentity"), Some(&renamed));
    bench.configure(BY_PRODUCT);
    seen += &format!("== a product\n{}", bench.refused());
    expect![[""]].assert_eq(&seen);
}

#[test]
fn one_answer_that_the_catalogue_has_it_not_is_not_believed() {
    let bench = bare();
    bench.configure(BY_PRODUCT);
    let missing = json!({ "status": 404, "body": { "error": { "code": "NotFound", "message": "no" } } });
    bench.faults(&json!([{
        "match": { "method": "GET", "path": format!("contentProductPackages/{IDENTITY}"), "times": 9 }, "action": missing,
    }]));
    bench.apply();
    assert_eq!(there(&bench), [format!("{IDENTITY} 3.0.3")]);
}

#[test]
fn exactly_one_of_the_two_names_is_set() {
    let bench = bare();
    let mut seen = String::new();
    for lines in [
        "",
        "content_id = \"a.b\"\n  product = \"Microsoft Defender for Identity\"",
        "product = \"Microsoft Defender for Identty\"",
        "product = \"defender for identity\"",
        "content_id = \"a/b\"",
        "content_id = \"a.b\"\n  version = \"\"",
    ] {
        let block = format!(
            "resource \"defender_content_solution\" \"it\" {{\n  workspace_id = var.workspace_id\n  {lines}\n}}\n"
        );
        bench.configure(&block);
        seen += &bench.plan_errors();
    }
    expect![[""]].assert_eq(&seen);
}

#[test]
fn another_spelling_is_no_change_and_another_solution_is_another_resource() {
    let bench = bare();
    bench.configure(BY_PRODUCT);
    bench.apply();
    for same in ["microsoft defender for identity", "AzureAdvancedThreatProtection", "defender_identity_connector"] {
        bench.configure(&BY_PRODUCT.replace("Microsoft Defender for Identity", same));
        assert_eq!(bench.plan(), [""; 0], "{same}");
    }
    bench.configure(BY_ID);
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(&BY_PRODUCT.replace("Identity", "Endpoint"));
    let changes = bench.plan();
    assert_eq!(changes[0], format!("{IT} delete create"));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(there(&bench), ["azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint 3.0.5"]);
    assert_eq!(bench.state(IT)["product"], "Microsoft Defender for Endpoint");
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(
        &BY_ID.replace("Azure-Sentinel-solution-mdefenderforidentity", "azure-sentinel-solution-uebaessentials"),
    );
    assert_eq!(bench.plan()[0], format!("{IT} delete create"));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.state(IT)["product"], Value::Null);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn two_blocks_of_one_solution_are_refused() {
    let bench = bare();
    bench.configure(&format!("{BY_PRODUCT}{}", BY_ID.replace("\"it\"", "\"b\"")));
    let told = bench.plan_errors();
    assert!(told.contains("Two blocks"), "{told}");
}

#[test]
fn a_workspace_without_sentinel_is_told_and_onboarded_in_the_same_run() {
    let bench = bench(&json!({ "onboarded": false }));
    bench.configure(BY_PRODUCT);
    let planned = plan(&bench, &[]);
    assert_eq!(planned.code, 2);
    let seen = format!("{}== applied\n{}", findings(&planned.text), bench.apply_errors());
    let onboarding = "resource \"defender_workspace_onboarding\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";
    bench.configure(&format!("{onboarding}{}", with(BY_PRODUCT, "depends_on = [defender_workspace_onboarding.it]")));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    expect![[""]].assert_eq(&seen);
}

#[test]
fn imported_by_every_id() {
    let bench = bare();
    install_by_hand(&bench);
    publish(&bench, "3.1.0");
    let id = sentinel(&format!("contentPackages/{IDENTITY}"));
    for (id, block) in [
        (id.clone(), BY_PRODUCT),
        (id.to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/"), BY_PRODUCT),
        (format!("{WORKSPACE}|{IDENTITY}"), BY_ID),
        (format!("{WORKSPACE}|Microsoft Defender for Identity"), BY_PRODUCT),
        (format!("{WORKSPACE}|defender_identity_connector"), BY_ID),
        (format!("{TENANT}|{WORKSPACE}|{IDENTITY}"), BY_PRODUCT),
    ] {
        bench.configure(block);
        bench.ok(&["import", "-no-color", "-input=false", IT, &id]);
        assert_eq!(bench.plan(), [""; 0], "{id}");
        assert_eq!(bench.state(IT)["update_available"], "3.1.0");
        bench.let_go();
    }
    let mut seen = String::new();
    for id in [format!("{WORKSPACE}|Microsoft Defender for Endpoint"), format!("{WORKSPACE}|x/y"), WORKSPACE.to_owned()]
    {
        seen += &bench.errors(&["import", "-no-color", "-input=false", IT, &id]);
    }
    expect![[""]].assert_eq(&seen);
}

#[test]
fn an_orphan_is_not_imported() {
    let bench = bench(&orphan());
    bench.configure(BY_PRODUCT);
    let id = sentinel("contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old");
    let told = bench.errors(&["import", "-no-color", "-input=false", IT, &id]);
    assert!(told.contains("Not importable") && told.contains("az rest --method delete"), "{told}");
}

/// What a Zero Trust assessment looks for that asks whether Defender XDR is connected (61024): a package by its name.
#[test]
fn the_solution_of_defender_xdr_goes_by_the_name_that_assessments_look_for() {
    let bench = bare();
    bench.configure(
        r#"
resource "defender_content_solution" "it" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender XDR"
}

resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
  depends_on   = [defender_content_solution.it]
}
"#,
    );
    bench.apply();
    let listed = bench.asks("GET", &at("contentPackages"), None);
    let names = ["Microsoft Defender XDR", "Microsoft 365 Defender"];
    let is_it = |package: &Value| names.iter().any(|name| package["properties"]["displayName"] == *name);
    assert!(listed["value"].as_array().unwrap().iter().any(is_it), "{listed:#}");
}

#[test]
fn a_solution_is_removed_when_its_kind_says_so() {
    // The row by which ownership, absence and stopping are tested.
    let bench = SOLUTION.made();
    assert_eq!(apply(&bench, &[]).code, 0);
    bench.destroy();
    assert!(!SOLUTION.lives(&bench));
}
