//! The life of an incident rule under the real Terraform.

use expect_test::expect;
use serde_json::json;

use crate::terraform::{Bench, sentinel, warning};

const RULE: &str = r#"
resource "defender_incident_rule" "it" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
}
"#;

const FULL: &str = r#"
resource "defender_incident_rule" "it" {
  workspace_id                = var.workspace_id
  product                     = "Azure Advanced Threat Protection"
  display_name                = "Identity"
  description                 = "Only what matters"
  enabled                     = false
  severities                  = ["High", "medium"]
  display_name_filter         = ["Suspected"]
  display_name_exclude_filter = ["Health", "Test"]
}
"#;

#[test]
fn made_changed_drifted_and_removed() {
    let bench = Bench::new();
    let mut seen = String::new();
    for (what, configuration) in [("default", RULE), ("full", FULL), ("default again", RULE)] {
        bench.configure(configuration);
        let changes = bench.plan().join("\n");
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        seen += &format!("== {what}\n{changes}\n{}", bench.bodies(already));
        assert_eq!(bench.plan(), [""; 0]);
    }
    let id = bench.state("defender_incident_rule.it")["id"].as_str().unwrap().to_owned();
    bench.portal(
        "PATCH",
        &id,
        Some(&json!({ "properties": {
        "enabled": false, "displayName": "Renamed", "description": "by hand", "severitiesFilter": ["High"],
        "displayNamesFilter": ["x"], "displayNamesExcludeFilter": ["y"], "productFilter": "Azure Security Center"
    } })),
    );
    seen += &format!("== drifted\n{}\n", bench.plan().join("\n"));
    expect![[r#"
        == default
        defender_incident_rule.it create
        PUT {
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "displayName": "Create incidents based on Microsoft Defender for Identity alerts",
            "enabled": true,
            "productFilter": "Azure Advanced Threat Protection"
          }
        }== full
        defender_incident_rule.it update
          description: null -> "Only what matters"
          display_name: "Create incidents based on Microsoft Defender for Identity alerts" -> "Identity"
          display_name_exclude_filter: null -> ["Health","Test"]
          display_name_filter: null -> ["Suspected"]
          enabled: true -> false
          severities: null -> ["High","medium"]
        PUT {
          "etag": "\"GUID\"",
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "description": "Only what matters",
            "displayName": "Identity",
            "displayNamesExcludeFilter": [
              "Health",
              "Test"
            ],
            "displayNamesFilter": [
              "Suspected"
            ],
            "enabled": false,
            "productFilter": "Azure Advanced Threat Protection",
            "severitiesFilter": [
              "High",
              "Medium"
            ]
          }
        }== default again
        defender_incident_rule.it update
          description: "Only what matters" -> null
          display_name: "Identity" -> "Create incidents based on Microsoft Defender for Identity alerts"
          display_name_exclude_filter: ["Health","Test"] -> null
          display_name_filter: ["Suspected"] -> null
          enabled: false -> true
          severities: ["High","medium"] -> null
        PUT {
          "etag": "\"GUID\"",
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "displayName": "Create incidents based on Microsoft Defender for Identity alerts",
            "enabled": true,
            "productFilter": "Azure Advanced Threat Protection"
          }
        }== drifted
        defender_incident_rule.it update
          description: "by hand" -> null
          display_name: "Renamed" -> "Create incidents based on Microsoft Defender for Identity alerts"
          display_name_exclude_filter: ["y"] -> null
          display_name_filter: ["x"] -> null
          enabled: false -> true
          product: "Microsoft Defender for Cloud" -> "Microsoft Defender for Identity"
          severities: ["High"] -> null
    "#]]
    .assert_eq(&seen);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_rule_the_portal_made_is_told_of_imported_and_adopted() {
    let bench = Bench::new();
    let id = sentinel("alertRules/44444444-4444-4444-8444-444444444444");
    bench.portal(
        "PUT",
        &id,
        Some(&json!({
            "kind": "MicrosoftSecurityIncidentCreation",
            "properties": {
                "displayName": "By hand", "enabled": true, "productFilter": "Azure Advanced Threat Protection",
                "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267"
            }
        })),
    );
    bench.configure(RULE);
    let outcome = bench.run(&["plan", "-no-color"]);
    let warning = warning(&outcome.text);
    expect![[r#"
        A second incident rule for one product

          with defender_incident_rule.it,
          on main.tf line 11, in resource "defender_incident_rule" "it":
          11:   product      = "Microsoft Defender for Identity"

        The workspace
        WORKSPACE
        has an enabled rule for Microsoft Defender for Identity already:
          WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/44444444-4444-4444-8444-444444444444

        Where both match, every alert becomes two incidents. Import that rule, set
        adopt_existing = true, or narrow the two with filters."#]]
    .assert_eq(warning);
    bench.ok(&["import", "-no-color", "defender_incident_rule.it", &id.to_lowercase()]);
    expect![[r#"
        defender_incident_rule.it update
          display_name: "By hand" -> "Create incidents based on Microsoft Defender for Identity alerts""#]]
    .assert_eq(&bench.plan().join("\n"));
    bench.ok(&["state", "rm", "defender_incident_rule.it"]);
    bench.configure(&RULE.replace("\n}", "\n  adopt_existing = true\n  display_name = \"By hand\"\n}"));
    bench.apply();
    assert_eq!(bench.left(), ["alert_rules/44444444-4444-4444-8444-444444444444"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn another_product_means_another_template_and_so_another_rule() {
    let bench = Bench::new();
    bench.configure(RULE);
    bench.apply();
    bench.configure(&RULE.replace("Identity", "Endpoint"));
    expect![[r#"
        defender_incident_rule.it delete create
          display_name: "Create incidents based on Microsoft Defender for Identity alerts" -> "Create incidents based on Microsoft Defender for Endpoint alerts"
          id: "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/056577ee-55e0-5d3d-b9f6-e78c4e263ac0" -> "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/ace1c787-6eda-5193-96f0-463fdeea36d0"
          name: "056577ee-55e0-5d3d-b9f6-e78c4e263ac0" -> "ace1c787-6eda-5193-96f0-463fdeea36d0"
          product: "Microsoft Defender for Identity" -> "Microsoft Defender for Endpoint"
          template_name: "40ba9493-4183-4eee-974f-87fe39c8f267" -> "327cd4ed-ca42-454b-887c-54e1c91363c6""#]].assert_eq(&bench.plan().join("\n"));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 1);
}

#[test]
fn texts_that_filter_nothing_are_told_by_validate() {
    let bench = Bench::new();
    bench.configure(&RULE.replace(
        "\n}",
        "\n  description = \"\"\n  template_name = \"identity\"\n  display_name_filter = [\"\"]\n  display_name_exclude_filter = [\" \", \"x\"]\n  \
         severities = [\"High\", \"high\"]\n}",
    ));
    expect![[r#"
        Error: An empty description

          with defender_incident_rule.it,
          on main.tf line 12, in resource "defender_incident_rule" "it":
          12:   description = ""

        Found ""; the service keeps no empty description.

        Error: Not a template name

          with defender_incident_rule.it,
          on main.tf line 13, in resource "defender_incident_rule" "it":
          13:   template_name = "identity"

        Found "identity"; a template name is a GUID such as
        TENANT.

        Error: An empty text to look for

          with defender_incident_rule.it,
          on main.tf line 14, in resource "defender_incident_rule" "it":
          14:   display_name_filter = [""]

        Found ""; the service keeps no empty text to look for.

        Error: An empty text to look for

          with defender_incident_rule.it,
          on main.tf line 15, in resource "defender_incident_rule" "it":
          15:   display_name_exclude_filter = [" ", "x"]

        Found ""; the service keeps no empty text to look for.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));
}

#[test]
fn an_etag_that_moved_without_a_change_is_taken_up_and_a_change_is_not_overwritten() {
    let bench = Bench::new();
    bench.configure(RULE);
    bench.apply();
    let id = bench.state("defender_incident_rule.it")["id"].as_str().unwrap().to_owned();
    bench.configure(&RULE.replace("\n}", "\n  description = \"ours\"\n}"));
    bench.plan();
    bench.portal("PATCH", &id, Some(&json!({ "properties": { "elsewhere": 1 } })));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);

    bench.configure(RULE);
    bench.plan();
    bench.portal("PATCH", &id, Some(&json!({ "properties": { "enabled": false } })));
    let errors = bench.errors(&["apply", "-no-color", "plan"]);
    assert!(errors.contains("enabled: true here, false there"), "{errors}");
    expect![[r#"
        defender_incident_rule.it update
          description: "ours" -> null
          enabled: false -> true"#]]
    .assert_eq(&bench.plan().join("\n"));
}
