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
pub fn publish(bench: &Bench, version: &str) {
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
    expect![[r#"
        == by product
        defender_content_solution.it create
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        PUT contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 201
        PUT {
          "properties": {
            "contentId": "azuresentinel.azure-sentinel-solution-mdefenderforidentity",
            "contentKind": "Solution",
            "contentProductId": "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545",
            "contentSchemaVersion": "3.0.0",
            "displayName": "Microsoft Defender for Identity",
            "version": "3.0.3"
          }
        }content_id: "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        product: "Microsoft Defender for Identity"
        version: "3.0.3"
        update_available: null
        display_name: "Microsoft Defender for Identity"
        content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545"
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        azuresentinel.azure-sentinel-solution-mdefenderforidentity 3.0.3
        == by id
        defender_content_solution.it create
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.Azure-Sentinel-solution-mdefenderforidentity 200
        PUT contentPackages/azuresentinel.Azure-Sentinel-solution-mdefenderforidentity 201
        PUT {
          "properties": {
            "contentId": "azuresentinel.azure-sentinel-solution-mdefenderforidentity",
            "contentKind": "Solution",
            "contentProductId": "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545",
            "contentSchemaVersion": "3.0.0",
            "displayName": "Microsoft Defender for Identity",
            "version": "3.0.3"
          }
        }content_id: "azuresentinel.Azure-Sentinel-solution-mdefenderforidentity"
        product: "Microsoft Defender for Identity"
        version: "3.0.3"
        update_available: null
        display_name: "Microsoft Defender for Identity"
        content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545"
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.Azure-Sentinel-solution-mdefenderforidentity 200
        azuresentinel.Azure-Sentinel-solution-mdefenderforidentity 3.0.3
        == by type
        defender_content_solution.it create
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        PUT contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 201
        PUT {
          "properties": {
            "contentId": "azuresentinel.azure-sentinel-solution-mdefenderforidentity",
            "contentKind": "Solution",
            "contentProductId": "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545",
            "contentSchemaVersion": "3.0.0",
            "displayName": "Microsoft Defender for Identity",
            "version": "3.0.3"
          }
        }content_id: "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        product: "defender_identity_connector"
        version: "3.0.3"
        update_available: null
        display_name: "Microsoft Defender for Identity"
        content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545"
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        azuresentinel.azure-sentinel-solution-mdefenderforidentity 3.0.3
    "#]]
    .assert_eq(&seen);
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
    expect![[r#"
        == upgrade
        defender_content_solution.it update
          content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545" -> "azuresentinel.azure-sentinel-solution-mdefenderfori-sl-3.1.0"
          update_available: "3.1.0" -> null
          version: "3.0.3" -> "3.1.0"
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        PUT contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        GET contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        content_id: "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        product: "Microsoft Defender for Identity"
        version: "3.1.0"
        update_available: null
        display_name: "Microsoft Defender for Identity"
        content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfori-sl-3.1.0"
        == back
        Warning: The version cannot be installed

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   version = "3.0.3"

        The configuration asks for version "3.0.3". The catalogue of
        WORKSPACE
        offers "3.1.0", and "3.1.0" is installed. Another one cannot be asked for:
        the id that a version is installed by is known of the newest alone, and
        cannot be computed.

        Set version to what is offered or installed, or leave it out: then the newest
        is installed, and what is installed stays.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
        == applied
        Warning: The version cannot be installed

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   version = "3.0.3"

        The configuration asks for version "3.0.3". The catalogue of
        WORKSPACE
        offers "3.1.0", and "3.1.0" is installed. Another one cannot be asked for:
        the id that a version is installed by is known of the newest alone, and
        cannot be computed.

        Set version to what is offered or installed, or leave it out: then the newest
        is installed, and what is installed stays.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The version cannot be installed

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   version = "3.0.3"

        The configuration asks for version "3.0.3". The catalogue of
        WORKSPACE
        offers "3.1.0", and "3.1.0" is installed. Another one cannot be asked for:
        the id that a version is installed by is known of the newest alone, and
        cannot be computed.

        Set version to what is offered or installed, or leave it out: then the newest
        is installed, and what is installed stays.
    "#]].assert_eq(&seen);
}

#[test]
fn a_version_that_cannot_be_had_is_refused() {
    let bench = bare();
    bench.configure(&version("2.0.0"));
    let mut seen = format!("== nothing installed\n{}", bench.plan_errors());
    install_by_hand(&bench);
    publish(&bench, "3.1.0");
    bench.configure(&with(&version("2.0.0"), "adopt_existing = true"));
    seen += &format!("== an older one installed\n{}", bench.plan_errors());
    expect![[r#"
        == nothing installed
        Error: The version cannot be installed

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   version = "2.0.0"

        The configuration asks for version "2.0.0". The catalogue of
        WORKSPACE
        offers "3.0.3", and none is installed. Another one cannot be asked for: the
        id that a version is installed by is known of the newest alone, and cannot be
        computed.

        Set version to what is offered or installed, or leave it out: then the newest
        is installed, and what is installed stays.

        If all of it is to be destroyed: terraform destroy -refresh=false.
        == an older one installed
        Error: The version cannot be installed

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   version = "2.0.0"

        The configuration asks for version "2.0.0". The catalogue of
        WORKSPACE
        offers "3.1.0", and "3.0.3" is installed. Another one cannot be asked for:
        the id that a version is installed by is known of the newest alone, and
        cannot be computed.

        Set version to what is offered or installed, or leave it out: then the newest
        is installed, and what is installed stays.

        If all of it is to be destroyed: terraform destroy -refresh=false.
    "#]]
    .assert_eq(&seen);
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
    expect![[r#"
        == without consent
        Warning: The Content hub solution exists already

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   product      = "Microsoft Defender for Identity"

        The workspace
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity

        To manage it here, import it:

          import {
            to = defender_content_solution.NAME
            id = "WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
        == with it
        Warning: The Content hub solution is there and is taken over

          with defender_content_solution.it,
          on main.tf line 12, in resource "defender_content_solution" "it":
          12:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity

        It is as configured, so nothing of it changes.

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.
        defender_content_solution.it create
        GET contentPackages 200
        GET contentProductPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        GET contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity 200
        content_id: "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        product: "Microsoft Defender for Identity"
        version: "3.0.3"
        update_available: "3.1.0"
        display_name: "Microsoft Defender for Identity"
        content_product_id: "azuresentinel.azure-sentinel-solution-mdefenderfor-sl-d25bf4e534545"
        == in another version
        Warning: The Content hub solution is there and is taken over

          with defender_content_solution.it,
          on main.tf line 13, in resource "defender_content_solution" "it":
          13:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity

        What changes of it:
          - version: "3.0.3" -> "3.1.0"

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.
    "#]].assert_eq(&seen);
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
    expect![[r#"
        == planned
        Warning: The solution is installed under another name

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   product      = "Microsoft Defender for Identity"

        The workspace
        WORKSPACE
        has the content "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        as
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old
        which a deployment of the solution's template leaves behind, and the service
        installs no content twice.

        Remove that one, which takes its templates along and leaves the rules and
        workbooks made of them, then apply again:
          az rest --method delete --url "WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old?api-version=2025-09-01"

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
        == applied
        Error: The solution is installed under another name

          with defender_content_solution.it,
          on main.tf line 9, in resource "defender_content_solution" "it":
           9: resource "defender_content_solution" "it" {

        The workspace
        WORKSPACE
        has the content "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        as
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old
        which a deployment of the solution's template leaves behind, and the service
        installs no content twice.

        The service said: 400 BadRequestException: The contentId
        'azuresentinel.azure-sentinel-solution-mdefenderforidentity' is already
        associated with another package.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity
        Request id: GUID

        Remove that one, which takes its templates along and leaves the rules and
        workbooks made of them, then apply again:
          az rest --method delete --url "WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-old?api-version=2025-09-01"
    "#]].assert_eq(&seen);
}

#[test]
fn an_id_that_the_catalogue_does_not_have_names_those_that_are_near() {
    let bench = bare();
    let mut seen = String::new();
    for id in ["azuresentinel.azure-sentinel-solution-mdefenderforidentty", "azuresentinel.identity", "x.y"] {
        bench.configure(&BY_ID.replace("azuresentinel.Azure-Sentinel-solution-mdefenderforidentity", id));
        seen += &format!("== {id}\n{}", bench.plan_errors());
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
    seen += &format!("== a product\n{}", bench.plan_errors());
    expect![[r#"
        == azuresentinel.azure-sentinel-solution-mdefenderforidentty
        Error: The Content hub has no such package

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   content_id   = "azuresentinel.azure-sentinel-solution-mdefenderforidentty"

        The catalogue of
        WORKSPACE
        has no package "azuresentinel.azure-sentinel-solution-mdefenderforidentty".

        Did you mean "azuresentinel.azure-sentinel-solution-mdefenderforidentity"?
        Name one that it has; data.defender_content_solutions lists them all.

        If all of it is to be destroyed: terraform destroy -refresh=false.
        == azuresentinel.identity
        Error: The Content hub has no such package

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   content_id   = "azuresentinel.identity"

        The catalogue of
        WORKSPACE
        has no package "azuresentinel.identity".

        Near to it are:
          - azuresentinel.azure-sentinel-solution-mdefenderforidentity (Microsoft Defender for Identity)

        Name one that it has; data.defender_content_solutions lists them all.

        If all of it is to be destroyed: terraform destroy -refresh=false.
        == x.y
        Error: The Content hub has no such package

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   content_id   = "x.y"

        The catalogue of
        WORKSPACE
        has no package "x.y".

        Name one that it has; data.defender_content_solutions lists them all.

        If all of it is to be destroyed: terraform destroy -refresh=false.
        == a product
        Error: The Content hub has no such package

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   product      = "Microsoft Defender for Identity"

        The catalogue of
        WORKSPACE
        has no package "azuresentinel.azure-sentinel-solution-mdefenderforidentity".

        Near to it are:
          - azuresentinel.defenderforidentity (Microsoft Defender for Identity)

        Name one that it has; data.defender_content_solutions lists them all.

        If all of it is to be destroyed: terraform destroy -refresh=false.
    "#]]
    .assert_eq(&seen);
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
fn one_solution_is_named() {
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
    expect![[r#"
        Error: No solution is named

          with defender_content_solution.it,
          on main.tf line 8, in resource "defender_content_solution" "it":
           8: resource "defender_content_solution" "it" {

        Neither content_id nor product is set. Set one of them: content_id is the
        package's own id, product stands for the solution of that product's
        connector.
        Error: Two solutions are named

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   product = "Microsoft Defender for Identity"

        content_id is "a.b", and product = "Microsoft Defender for Identity" stands
        for "azuresentinel.azure-sentinel-solution-mdefenderforidentity". A block
        installs one: take one of the two out.
        Error: Not a product with a solution

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   product = "Microsoft Defender for Identty"

        Found "Microsoft Defender for Identty"; known are:
          - Microsoft Defender XDR
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Defender for IoT
          - Microsoft Entra ID Protection
          - Microsoft Purview Insider Risk Management
          - Microsoft Defender Threat Intelligence
          - Premium Microsoft Defender Threat Intelligence

        Did you mean "Microsoft Defender for Identity"? For any other solution set
        content_id instead.
        Error: Not a product with a solution

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   product = "defender for identity"

        Found "defender for identity"; known are:
          - Microsoft Defender XDR
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Defender for IoT
          - Microsoft Entra ID Protection
          - Microsoft Purview Insider Risk Management
          - Microsoft Defender Threat Intelligence
          - Premium Microsoft Defender Threat Intelligence

        Did you mean "Microsoft Defender for Identity"? For any other solution set
        content_id instead.
        Error: Not a resource name

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   content_id = "a/b"

        Found "a/b"; an ARM resource name is not empty, not '.' or '..', and has no
        '/', '\\', '?', '#' or '%' in it. Leave the attribute out to have one made.
        Error: An empty version

          with defender_content_solution.it,
          on main.tf line 11, in resource "defender_content_solution" "it":
          11:   version = ""

        Found ""; the service keeps no empty version.
    "#]]
    .assert_eq(&seen);
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
    // As Terraform generates it.
    bench.configure(&with(BY_ID, "product = \"Microsoft Defender for Identity\""));
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
    assert!(told.contains("is planned twice"), "{told}");
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
    expect![[r#"
        Warning: The workspace law-demo is not onboarded to Microsoft Sentinel

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   workspace_id = var.workspace_id

        Sentinel is not on in
          WORKSPACE

        Unless another block of this configuration onboards it first, what is planned
        in it will be refused at apply. Add defender_workspace_onboarding, and let
        the others wait for it with depends_on.
        == applied
        Warning: The workspace law-demo is not onboarded to Microsoft Sentinel

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   workspace_id = var.workspace_id

        Sentinel is not on in
          WORKSPACE

        Unless another block of this configuration onboards it first, what is planned
        in it will be refused at apply. Add defender_workspace_onboarding, and let
        the others wait for it with depends_on.

        (and one more similar warning elsewhere)

        Error: Could not create the Content hub solution

          with defender_content_solution.it,
          on main.tf line 10, in resource "defender_content_solution" "it":
          10:   workspace_id = var.workspace_id

        The workspace is not onboarded to Microsoft Sentinel.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: Workspace 'law-demo' is not onboarded to
        Microsoft Sentinel. Onboard the workspace and try again.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/contentPackages
        Request id: GUID

        Onboard it first with defender_workspace_onboarding, and let this resource
        wait for that with depends_on. With the azurerm provider that is
        azurerm_sentinel_log_analytics_workspace_onboarding.
    "#]]
    .assert_eq(&seen);
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
    expect![[r#"
        Error: Nothing to import as defender_content_solution

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint

        Check the id; data.defender_content_solutions lists what is there with its
        id.
        Error: Not an import id of defender_content_solution

        Found
        "WORKSPACE|x/y":
        what stands behind the bar holds the character '/'.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its content id or its product:
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/NAME
          WORKSPACE|Microsoft Defender for Identity

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
        Error: Not an import id of defender_content_solution

        Found
        "WORKSPACE":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its content id or its product:
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/NAME
          WORKSPACE|Microsoft Defender for Identity

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
    "#]].assert_eq(&seen);
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

/// The warnings of a plan that speak of solutions.
fn told_of_solutions(bench: &Bench) -> Vec<String> {
    let planned = plan(bench, &[]);
    assert_ne!(planned.code, 1, "{}", planned.text);
    let warnings = planned.text.split("Warning: ").skip(1).filter(|told| told.contains("Content hub solution is not"));
    warnings
        .map(|told| told.split("\n").find_map(|line| line.trim().strip_prefix("with ")).unwrap().to_owned())
        .collect()
}

#[test]
fn a_connector_is_told_that_its_solution_is_not_there() {
    let connector = |kind: &str, more: &str| {
        format!("resource \"defender_{kind}_connector\" \"it\" {{\n  workspace_id = var.workspace_id\n  {more}\n}}\n")
    };
    let bench = bare();
    bench.configure(&connector("identity", ""));
    let planned = plan(&bench, &[]);
    expect![[r#"
        Warning: The connector's Content hub solution is not installed

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has no package "azuresentinel.azure-sentinel-solution-mdefenderforidentity"
        of the Microsoft Defender for Identity connector. The connector can be made
        without it, and the portal then does not show it as connected; Microsoft's
        advice is to install the solution first.

        Unless a block of this configuration installs it already:

          resource "defender_content_solution" "NAME" {
            workspace_id = "WORKSPACE"
            product      = "Microsoft Defender for Identity"
          }

        and depends_on for the connector to come after it. preflight = "off" in the
        provider block asks nothing.
    "#]]
    .assert_eq(&findings(&planned.text));
    // One each, and one list serves them all.
    bench.configure(&format!("{}{}", connector("identity", ""), connector("endpoint", "")));
    let already = bench.emulator.exchanges().len();
    // Terraform shows those of one summary as one.
    let planned = plan(&bench, &[]);
    assert!(planned.text.contains("(and one more similar warning elsewhere)"), "{}", planned.text);
    let asked = bench.asked(already);
    assert_eq!(asked.iter().filter(|line| line.starts_with("GET contentPackages ")).count(), 1, "{asked:?}");
    // A block that is planned before installs it.
    let after = connector("identity", "depends_on = [defender_content_solution.it]");
    bench.configure(&format!("{BY_PRODUCT}{after}"));
    assert_eq!(told_of_solutions(&bench), [""; 0]);
    // Where the list cannot be had, nothing is said.
    bench.configure(&connector("identity", ""));
    bench.faults(
        &json!([{ "match": { "method": "GET", "path": "contentPackages", "times": 1 }, "action": { "status": 403 } }]),
    );
    assert_eq!(told_of_solutions(&bench), [""; 0]);
    assert_eq!(bench.admin("GET", "/state", None)["faults"], json!([]));
    // Nor where the user wants no questions; and a connector that is there is not spoken of.
    let quiet =
        crate::terraform::PROVIDER.replace("provider \"defender\" {", "provider \"defender\" {\n  preflight = \"off\"");
    bench.configure_all(&format!("{quiet}{}", connector("identity", "")));
    let already = bench.emulator.exchanges().len();
    assert_eq!(told_of_solutions(&bench), [""; 0]);
    assert!(!bench.asked(already).iter().any(|line| line.contains("contentPackages")));
    bench.configure(&connector("identity", ""));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.asked(already), ["GET dataConnectors 200"]);
}

#[test]
fn the_card_of_a_solution_is_no_connector() {
    let mut seed =
        json!({ "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }] });
    seed["workspaces"] = json!([{
        "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
    }]);
    seed["behaviour"] = json!({ "static_cards": true });
    let bench = Bench::with(&seed);
    // The cards of these two have the names of their kinds.
    let kinds = ["xdr", "identity"];
    let blocks = kinds.map(|kind| {
        format!("resource \"defender_{kind}_connector\" \"it\" {{\n  workspace_id = var.workspace_id\n}}\n")
    });
    bench.configure(&blocks.concat());
    let planned = bench.plan();
    assert_eq!(planned, ["defender_identity_connector.it create", "defender_xdr_connector.it create"]);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.let_go();
    let told = bench.errors(&[
        "import",
        "-no-color",
        "-input=false",
        "defender_xdr_connector.it",
        &sentinel("dataConnectors/MicrosoftThreatProtection"),
    ]);
    assert!(told.contains("stands kind StaticUI"), "{told}");
    bench.ok(&[
        "import",
        "-no-color",
        "-input=false",
        "defender_xdr_connector.it",
        &format!("{WORKSPACE}|MicrosoftThreatProtection"),
    ]);
    bench.ok(&[
        "import",
        "-no-color",
        "-input=false",
        "defender_identity_connector.it",
        &format!("{WORKSPACE}|AzureAdvancedThreatProtection"),
    ]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_solution_is_removed_when_its_kind_says_so() {
    // The row by which ownership, absence and stopping are tested.
    let bench = SOLUTION.made();
    assert_eq!(apply(&bench, &[]).code, 0);
    bench.destroy();
    assert!(!SOLUTION.lives(&bench));
}
