//! The life of a suppression of incident rules under the real Terraform.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::WORKSPACE;
use crate::terraform::{Bench, sentinel, warning};

const IDENTITY: &str = "Azure Advanced Threat Protection";
const APPS: &str = "Microsoft Cloud App Security";
const CLOUD: &str = "Azure Security Center";

const SUPPRESSION: &str = r#"
resource "defender_incident_rule_suppression" "it" {
  workspace_id = var.workspace_id
  products     = ["Microsoft Defender for Identity", "microsoft cloud app security"]
}
"#;

const ADDRESS: &str = "defender_incident_rule_suppression.it";

pub fn id(name: &str) -> String {
    sentinel(&format!("alertRules/{name}"))
}

/// Somebody makes a rule in the portal.
pub fn rule(bench: &Bench, name: &str, product: &str, enabled: bool) {
    let body = json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": {
        "displayName": name, "description": "by hand", "enabled": enabled, "productFilter": product,
        "severitiesFilter": ["High"], "displayNamesFilter": ["x"], "displayNamesExcludeFilter": ["y"],
        "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267", "lastModifiedUtc": "2024-01-01T00:00:00Z",
        "someday": { "a": 1 }
    } });
    bench.portal("PUT", &id(name), Some(&body));
}

pub fn switch(bench: &Bench, name: &str, enabled: bool) {
    bench.portal("PATCH", &id(name), Some(&json!({ "properties": { "enabled": enabled } })));
}

/// Every rule with its switch.
pub fn rules(bench: &Bench) -> String {
    let world = bench.admin("GET", "/state", None);
    let rules = world["workspaces"][0]["alert_rules"].as_array().cloned().unwrap_or_default();
    let shown = rules.iter().map(|rule| {
        let on = if rule["properties"]["enabled"] == true { "on" } else { "off" };
        format!("{} {on}", rule["name"].as_str().unwrap())
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A workspace with rules of three products, one of them off and one Fusion rule.
fn bench() -> Bench {
    let bench = Bench::new();
    rule(&bench, "apps", APPS, true);
    rule(&bench, "cloud", CLOUD, true);
    rule(&bench, "identity", IDENTITY, true);
    rule(&bench, "identity-off", IDENTITY, false);
    let fusion = json!({ "kind": "Fusion", "properties": { "enabled": true, "productFilter": IDENTITY,
        "alertRuleTemplateName": "f71aba3d-28fb-450b-b192-4e76a83015c8" } });
    bench.portal("PUT", &id("fusion"), Some(&fusion));
    bench
}

#[test]
fn rules_are_switched_off_kept_off_and_switched_on_again() {
    let bench = bench();
    bench.configure(SUPPRESSION);
    let planned = bench.run(&["plan", "-no-color", "-out=plan"]).text;
    let planned: Vec<_> = planned.lines().skip_while(|line| !line.contains("will be created")).collect();
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    let mut seen = format!("{}\n{}{}\n", planned.join("\n"), bench.bodies(already), rules(&bench));
    assert_eq!(bench.plan(), [""; 0]);

    // Switched on again, and a new one.
    bench.portal("PATCH", &id("apps"), Some(&json!({ "properties": { "enabled": "True" } })));
    rule(&bench, "new", IDENTITY, true);
    seen += &format!("== drifted\n{}\n", bench.plan().join("\n"));
    bench.ok(&["apply", "-no-color", "plan"]);
    seen += &format!("{}\n", rules(&bench));
    assert_eq!(bench.plan(), [""; 0]);

    // The names of today and ARM's are the same products; one product less gives its rule back; one was deleted.
    bench.configure(&SUPPRESSION.replace("Microsoft Defender for Identity", IDENTITY));
    assert_eq!(bench.plan(), [""; 0]);
    bench.portal("DELETE", &id("new"), None);
    bench.configure(&SUPPRESSION.replace(", \"microsoft cloud app security\"", ""));
    seen += &format!("== less\n{}\n", bench.plan().join("\n"));
    let told = bench.run(&["plan", "-no-color", "-out=plan"]).text;
    seen += warning(&told).split("────").next().unwrap();
    bench.ok(&["apply", "-no-color", "plan"]);
    seen += &format!("{}\n{:#}\n", rules(&bench), bench.state(ADDRESS)["suppressed_rules"]);
    assert_eq!(bench.plan(), [""; 0]);
    let already = bench.emulator.exchanges().len();
    bench.destroy();
    seen += &format!("== destroyed\n{}\n{}\n", bench.bodies(already), rules(&bench));
    expect![[r#"
          # defender_incident_rule_suppression.it will be created
          + resource "defender_incident_rule_suppression" "it" {
              + enabled_rules      = []
              + id                 = "WORKSPACE|Azure Advanced Threat Protection,Microsoft Cloud App Security"
              + products           = [
                  + "Microsoft Defender for Identity",
                  + "microsoft cloud app security",
                ]
              + restore_on_destroy = true
              + suppressed_rules   = (known after apply)
              + tenant_id          = "TENANT"
              + workspace_id       = "WORKSPACE"
            }

        Plan: 1 to add, 0 to change, 0 to destroy.

        Warning: Incident rules will be switched

          with defender_incident_rule_suppression.it,
          on main.tf line 11, in resource "defender_incident_rule_suppression" "it":
          11:   products     = ["Microsoft Defender for Identity", "microsoft cloud app security"]

        As the workspace
        WORKSPACE
        is now.

        To be switched off:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity

        Apply looks again, and switches off whatever rule of these products is on by
        then.
        PUT {
          "etag": "\"GUID\"",
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "description": "by hand",
            "displayName": "apps",
            "displayNamesExcludeFilter": [
              "y"
            ],
            "displayNamesFilter": [
              "x"
            ],
            "enabled": false,
            "productFilter": "Microsoft Cloud App Security",
            "severitiesFilter": [
              "High"
            ],
            "someday": {
              "a": 1
            }
          }
        }PUT {
          "etag": "\"GUID\"",
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "description": "by hand",
            "displayName": "identity",
            "displayNamesExcludeFilter": [
              "y"
            ],
            "displayNamesFilter": [
              "x"
            ],
            "enabled": false,
            "productFilter": "Azure Advanced Threat Protection",
            "severitiesFilter": [
              "High"
            ],
            "someday": {
              "a": 1
            }
          }
        }apps off, cloud on, fusion on, identity off, identity-off off
        == drifted
        defender_incident_rule_suppression.it update
          enabled_rules: ["WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps","WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/new"] -> []
          suppressed_rules: ["WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps","WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"] -> (unknown)
        apps off, cloud on, fusion on, identity off, identity-off off, new off
        == less
        defender_incident_rule_suppression.it update
          id: "WORKSPACE|Azure Advanced Threat Protection,Microsoft Cloud App Security" -> "WORKSPACE|Azure Advanced Threat Protection"
          products: ["Microsoft Defender for Identity","microsoft cloud app security"] -> ["Microsoft Defender for Identity"]
          suppressed_rules: ["WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps","WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"] -> (unknown)
        Incident rules will be switched

          with defender_incident_rule_suppression.it,
          on main.tf line 11, in resource "defender_incident_rule_suppression" "it":
          11:   products     = ["Microsoft Defender for Identity"]

        As the workspace
        WORKSPACE
        is now.

        To be switched on again, since their product is managed no longer:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps

        Apply looks again, and switches off whatever rule of these products is on by
        then.apps on, cloud on, fusion on, identity off, identity-off off
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"
        ]
        == destroyed
        PUT {
          "etag": "\"GUID\"",
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "description": "by hand",
            "displayName": "identity",
            "displayNamesExcludeFilter": [
              "y"
            ],
            "displayNamesFilter": [
              "x"
            ],
            "enabled": true,
            "productFilter": "Azure Advanced Threat Protection",
            "severitiesFilter": [
              "High"
            ],
            "someday": {
              "a": 1
            }
          }
        }
        apps on, cloud on, fusion on, identity on, identity-off off"#]].assert_eq(&bench.clean(&seen));
}

#[test]
fn destroy_leaves_off_what_it_is_told_to_and_import_restores_nothing() {
    let bench = bench();
    let staying = SUPPRESSION.replace("\n}", "\n  restore_on_destroy = false\n}");
    bench.configure(&staying);
    bench.apply();
    bench.destroy();
    assert_eq!(rules(&bench), "apps off, cloud on, fusion on, identity off, identity-off off");
    bench.configure(SUPPRESSION);
    for (wrong, what) in [(WORKSPACE.to_owned(), "no products"), ("x|y".to_owned(), "no workspace")] {
        let told = bench.errors(&["import", "-no-color", ADDRESS, &wrong]);
        assert!(told.contains("Not an import id of defender_incident_rule_suppression"), "{what}: {told}");
    }
    let import = format!("{}|{APPS},Microsoft Defender for Identity", WORKSPACE.to_uppercase());
    bench.ok(&["import", "-no-color", ADDRESS, &import]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(rules(&bench), "apps off, cloud on, fusion on, identity off, identity-off off");
}

#[test]
fn what_was_done_before_a_failure_stays_in_state() {
    let bench = bench();
    bench.configure(SUPPRESSION);
    let locked = json!({ "match": { "method": "PUT", "path": "alertRules/identity" }, "action": { "status": 403, "body":
        { "error": { "code": "AuthorizationFailed", "message": "The client does not have authorization." } } } });
    bench.faults(&json!([locked]));
    let told = bench.apply_errors();
    let told: Vec<_> = told.lines().filter(|line| !line.contains("Request") && !line.contains("EMULATOR")).collect();
    let state = bench.state(ADDRESS);
    let mut seen = format!("{}\n{:#}\n{:#}\n", told.join("\n"), state["suppressed_rules"], state["enabled_rules"]);
    assert_eq!(rules(&bench), "apps off, cloud on, fusion on, identity on, identity-off off");
    bench.apply();
    assert_eq!(rules(&bench), "apps off, cloud on, fusion on, identity off, identity-off off");
    // A stale etag is met by reading the rule again, a lost answer by looking.
    switch(&bench, "apps", true);
    switch(&bench, "identity", true);
    bench.plan();
    switch(&bench, "apps", true);
    let conflict = json!({ "match": { "method": "PUT", "path": "alertRules/apps" }, "action": { "status": 409, "body":
        { "error": { "code": "Conflict", "message": "The etag is stale." } } } });
    let lost = json!({ "match": { "method": "PUT", "path": "alertRules/identity" }, "action": { "drop": "after" } });
    bench.faults(&json!([conflict, lost]));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(rules(&bench), "apps off, cloud on, fusion on, identity off, identity-off off");
    assert_eq!(bench.plan(), [""; 0]);
    // A rule that is switched on between plan and apply is left and told of.
    bench.configure(&SUPPRESSION.replace("\n}", "\n  restore_on_destroy = false\n}"));
    switch(&bench, "apps", true);
    bench.plan();
    rule(&bench, "late", IDENTITY, true);
    let late = bench.ok(&["apply", "-no-color", "plan"]);
    seen += warning(&late).split("Apply complete").next().unwrap();
    seen += &format!("== then\n{}\n", bench.plan().join("\n"));
    // A destroy that fails half way knows what is left to give back.
    bench.configure(SUPPRESSION);
    bench.apply();
    bench.faults(&json!([locked]));
    bench.errors(&["destroy", "-no-color", "-auto-approve"]);
    seen += &format!("== half destroyed\n{}\n{:#}\n", rules(&bench), bench.state(ADDRESS)["suppressed_rules"]);
    bench.destroy();
    seen += &rules(&bench);
    expect![[r#"
        Warning: Incident rules will be switched

          with defender_incident_rule_suppression.it,
          on main.tf line 11, in resource "defender_incident_rule_suppression" "it":
          11:   products     = ["Microsoft Defender for Identity", "microsoft cloud app security"]

        As the workspace
        WORKSPACE
        is now.

        To be switched off:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity

        Apply looks again, and switches off whatever rule of these products is on by
        then.

        (and one more similar warning elsewhere)

        Error: Could not switch an incident rule off

          with defender_incident_rule_suppression.it,
          on main.tf line 11, in resource "defender_incident_rule_suppression" "it":
          11:   products     = ["Microsoft Defender for Identity", "microsoft cloud app security"]

        The rule is
          WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity

        State holds what was switched before it; applying again goes on from there.

        The caller has no permission for this.
        Workspace:
        WORKSPACE

        The service said: 403 AuthorizationFailed: The client does not have
        authorization.

        Give it Microsoft Sentinel Contributor on
        WORKSPACE.
        A new role assignment can take some minutes to count.
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps"
        ]
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"
        ]
        Incident rules were switched on since the plan

          with defender_incident_rule_suppression.it,
          on main.tf line 11, in resource "defender_incident_rule_suppression" "it":
          11:   products     = ["Microsoft Defender for Identity", "microsoft cloud app security"]

        The workspace
        WORKSPACE
        has rules of these products on that the plan did not show, so they were left
        on:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/late

        The next plan shows and switches them off.

        == then
        defender_incident_rule_suppression.it update
          enabled_rules: ["WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/late"] -> []
          suppressed_rules: ["WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps","WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"] -> (unknown)
        == half destroyed
        apps on, cloud on, fusion on, identity off, identity-off off, late off
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity",
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/late"
        ]
        apps on, cloud on, fusion on, identity on, identity-off off, late on"#]].assert_eq(&bench.clean(&seen));
}

#[test]
fn products_that_cannot_be_are_told_by_validate_and_unknown_ones_warn() {
    let bench = Bench::new();
    bench.configure(
        "resource \"defender_incident_rule_suppression\" \"it\" {\n  workspace_id = \"law-demo\"\n  products = [\"\", \"a,b\", \"Microsoft Defender \
         for Identity\", \"azure advanced threat protection\", \"Defender\"]\n}\n\nresource \"defender_incident_rule_suppression\" \"none\" {\n  \
         workspace_id = var.workspace_id\n  products = []\n}\n",
    );
    let told = bench.errors(&["validate", "-no-color"]);
    let lines = told
        .lines()
        .filter(|line| ["Error: ", "Warning: ", "  on main.tf"].iter().any(|start| line.starts_with(start)));
    let mut seen = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(bench.requests(0), [""; 0]);
    // A product of tomorrow is asked for as written.
    bench.configure(&SUPPRESSION.replace("microsoft cloud app security", "Defender of Tomorrow"));
    rule(&bench, "tomorrow", "Defender of Tomorrow", true);
    let text = bench.run(&["plan", "-no-color", "-out=plan"]).text;
    seen += &format!("\n{}", warning(&text).lines().next().unwrap_or_default());
    let planned: Value = bench.state("none");
    assert!(planned.is_null());
    expect![[r#"
        Warning: A product this version does not know
          on main.tf line 10, in resource "defender_incident_rule_suppression" "it":
        Error: Not the id of a Log Analytics workspace
          on main.tf line 9, in resource "defender_incident_rule_suppression" "it":
        Error: An empty product
          on main.tf line 10, in resource "defender_incident_rule_suppression" "it":
        Error: Not the name of a product
          on main.tf line 10, in resource "defender_incident_rule_suppression" "it":
        Error: A product named twice
          on main.tf line 10, in resource "defender_incident_rule_suppression" "it":
        Error: No product at all
          on main.tf line 15, in resource "defender_incident_rule_suppression" "none":
        A product this version does not know"#]]
    .assert_eq(&seen);
    assert!(text.contains("alertRules/tomorrow"), "{text}");
}

#[test]
fn rules_of_a_workspace_that_is_onboarded_in_the_same_run() {
    let bench = Bench::new();
    let state = sentinel("onboardingStates/default");
    bench.portal("DELETE", &state, None);
    bench.configure(&format!(
        "resource \"defender_workspace_onboarding\" \"it\" {{\n  workspace_id = var.workspace_id\n}}\n{}",
        SUPPRESSION.replace("var.workspace_id", "defender_workspace_onboarding.it.workspace_id")
    ));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
}

#[test]
fn an_update_that_fails_half_way_goes_on_with_the_next_apply() {
    let bench = bench();
    bench.configure(SUPPRESSION);
    bench.apply();
    rule(&bench, "z-new", IDENTITY, true);
    switch(&bench, "apps", true);
    bench.configure(&SUPPRESSION.replace("products     = [", "products     = [\"Microsoft Defender for Cloud\", "));
    bench.faults(&json!([{ "match": { "method": "PUT", "path": "alertRules/z-new" }, "action": { "status": 403 } }]));
    bench.apply_errors();
    let state = bench.state(ADDRESS);
    let mut seen = format!(
        "{}\n{:#}\n{:#}\n{:#}\n",
        rules(&bench),
        state["products"],
        state["suppressed_rules"],
        state["enabled_rules"]
    );
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    seen += &format!("{}\n", rules(&bench));
    bench.destroy();
    seen += &rules(&bench);
    expect![[r#"
        apps off, cloud off, fusion on, identity off, identity-off off, z-new on
        [
          "Microsoft Defender for Identity",
          "microsoft cloud app security"
        ]
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/apps",
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/cloud",
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/identity"
        ]
        [
          "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/z-new"
        ]
        apps off, cloud off, fusion on, identity off, identity-off off, z-new off
        apps on, cloud on, fusion on, identity on, identity-off off, z-new on"#]]
    .assert_eq(&bench.clean(&seen));
}
