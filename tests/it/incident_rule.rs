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

        Unless another block of this plan takes it away, every alert that both match
        becomes two incidents. Import that rule, set adopt_existing = true, or narrow
        the two with filters."#]]
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
fn another_product_is_a_change_in_place() {
    let bench = Bench::new();
    bench.configure(RULE);
    bench.apply();
    let made = bench.left();
    let mut seen = String::new();
    for (what, configuration) in [
        ("another product", RULE.replace("Identity", "Endpoint")),
        ("and a name of its own", FULL.replace("Azure Advanced Threat Protection", "AZURE SECURITY CENTER")),
        ("which stays", FULL.replace("Azure Advanced Threat Protection", "Office 365 Advanced Threat Protection")),
        ("and the first again", RULE.to_owned()),
    ] {
        bench.configure(&configuration);
        seen += &format!("== {what}\n{}\n", bench.plan().join("\n"));
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let bodies = bench.bodies(already);
        let kept =
            |line: &&str| ["PUT", "alertRuleTemplateName", "productFilter"].iter().any(|part| line.contains(part));
        seen += &bodies.lines().filter(kept).map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(bench.plan(), [""; 0], "{what}");
        assert_eq!(bench.left(), made, "{what}");
    }
    expect![[r#"
        == another product
        defender_incident_rule.it update
          display_name: "Create incidents based on Microsoft Defender for Identity alerts" -> "Create incidents based on Microsoft Defender for Endpoint alerts"
          product: "Microsoft Defender for Identity" -> "Microsoft Defender for Endpoint"
        PUT {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "productFilter": "Microsoft Defender Advanced Threat Protection"
        == and a name of its own
        defender_incident_rule.it update
          description: null -> "Only what matters"
          display_name: "Create incidents based on Microsoft Defender for Endpoint alerts" -> "Identity"
          display_name_exclude_filter: null -> ["Health","Test"]
          display_name_filter: null -> ["Suspected"]
          enabled: true -> false
          product: "Microsoft Defender for Endpoint" -> "AZURE SECURITY CENTER"
          severities: null -> ["High","medium"]
        PUT {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "productFilter": "Azure Security Center",
        == which stays
        defender_incident_rule.it update
          product: "AZURE SECURITY CENTER" -> "Office 365 Advanced Threat Protection"
        PUT {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "productFilter": "Office 365 Advanced Threat Protection",
        == and the first again
        defender_incident_rule.it update
          description: "Only what matters" -> null
          display_name: "Identity" -> "Create incidents based on Microsoft Defender for Identity alerts"
          display_name_exclude_filter: ["Health","Test"] -> null
          display_name_filter: ["Suspected"] -> null
          enabled: false -> true
          product: "Office 365 Advanced Threat Protection" -> "Microsoft Defender for Identity"
          severities: ["High","medium"] -> null
        PUT {
            "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
            "productFilter": "Azure Advanced Threat Protection"
    "#]].assert_eq(&seen);
}

#[test]
fn a_product_that_is_known_at_apply_only_names_the_rule_then() {
    let bench = Bench::new();
    let configuration = |product: &str| {
        let source = format!("resource \"terraform_data\" \"product\" {{\n  input = \"{product}\"\n}}\n");
        RULE.replace("\"Microsoft Defender for Identity\"", "terraform_data.product.output") + &source
    };
    bench.configure(&configuration("Microsoft Defender for Identity"));
    bench.apply();
    let made = bench.left();
    for (product, display_name) in [
        ("Microsoft Defender for Endpoint", "Create incidents based on Microsoft Defender for Endpoint alerts"),
        (
            "Microsoft Defender Advanced Threat Protection",
            "Create incidents based on Microsoft Defender for Endpoint alerts",
        ),
    ] {
        bench.configure(&configuration(product));
        bench.apply();
        assert_eq!(bench.plan(), [""; 0], "{product}");
        assert_eq!(bench.state("defender_incident_rule.it")["display_name"], display_name);
        assert_eq!(bench.left(), made, "{product}");
    }
}

/// A rule in the portal, an import of it and its configuration.
fn imported(bench: &Bench, number: usize, made: &serde_json::Value, configuration: &str) -> String {
    let id = sentinel(&format!("alertRules/rule-{number}"));
    bench.portal("PUT", &id, Some(&json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": made })));
    format!(
        "import {{\n  to = defender_incident_rule.it{number}\n  id = \"{id}\"\n}}\n\nresource \"defender_incident_rule\" \"it{number}\" {{\n  \
         workspace_id = var.workspace_id\n{configuration}\n}}\n"
    )
}

#[test]
fn an_import_plans_empty_whoever_made_the_rule_and_however_its_product_is_spelled() {
    let bench = Bench::new();
    let azurerm = json!({
        "displayName": "d", "description": "", "enabled": true, "productFilter": "Azure Advanced Threat Protection",
        "severitiesFilter": ["High"], "displayNamesFilter": [], "displayNamesExcludeFilter": null
    });
    let portal = json!({
        "displayName": "d", "enabled": false, "productFilter": "Microsoft Cloud App Security",
        "alertRuleTemplateName": "b3cfc7c0-092c-481c-a55b-34a3979758cb"
    });
    let odd = json!({
        "displayName": "d", "enabled": "True", "productFilter": "MICROSOFT CLOUD app security", "alertRuleTemplateName": "",
        "severitiesFilter": ["HIGH", "low"], "displayNamesFilter": ["a"]
    });
    let named = "  display_name = \"d\"\n";
    let mut rules: Vec<(&serde_json::Value, String)> = Vec::new();
    for product in
        ["Microsoft Defender for Identity", "Azure Advanced Threat Protection", "azure advanced threat PROTECTION"]
    {
        for template in ["", "  template_name = \"\"\n"] {
            rules.push((&azurerm, format!("{named}  product = \"{product}\"\n  severities = [\"High\"]\n{template}")));
        }
    }
    for product in ["Microsoft Defender for Cloud Apps", "MICROSOFT CLOUD APP SECURITY"] {
        for template in ["", "  template_name = \"B3CFC7C0-092C-481C-A55B-34A3979758CB\"\n"] {
            rules.push((&portal, format!("{named}  product = \"{product}\"\n  enabled = false\n{template}")));
        }
    }
    let filters = "  severities = [\"High\", \"Low\"]\n  display_name_filter = [\"a\"]\n";
    rules.push((&odd, format!("{named}  product = \"Microsoft Cloud App Security\"\n{filters}")));
    let configuration: String =
        rules.iter().enumerate().map(|(number, (made, rule))| imported(&bench, number, made, rule)).collect();
    bench.configure(&configuration);
    let mut expected: Vec<_> =
        (0..rules.len()).map(|number| format!("defender_incident_rule.it{number} import no-op")).collect();
    expected.sort();
    assert_eq!(bench.plan(), expected);
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.bodies(already), "");
    assert_eq!(bench.plan(), [""; 0]);
    // First seen, a value is in Microsoft's own spelling.
    let state = bench.state(&format!("defender_incident_rule.it{}", rules.len() - 1));
    assert_eq!(state["severities"], json!(["High", "Low"]));
    assert_eq!(state["product"], "Microsoft Defender for Cloud Apps");
    assert_eq!(bench.state("defender_incident_rule.it0")["template_name"], "");
}

#[test]
fn no_template_is_said_with_nothing_in_it() {
    let bench = Bench::new();
    let with = |lines: &str| RULE.replace("\n}", &format!("\n{lines}\n}}"));
    let (none, other) = ("  template_name = \"\"", "  template_name = \"40BA9493-4183-4eee-974f-87fe39c8f267\"");
    bench.configure(&with(none));
    let already = bench.emulator.exchanges().len();
    bench.apply();
    let mut seen = format!("== made\n{}\n", bench.bodies(already));
    assert_eq!(bench.plan(), [""; 0]);
    for (what, configuration) in [
        ("left out", RULE.to_owned()),
        ("changed besides", with("  enabled = false")),
        ("of another product", with("  enabled = false").replace("Identity", "Endpoint")),
        ("with a template", with(other)),
        ("left out again", RULE.to_owned()),
        ("in another casing", with(&other.replace("BA", "ba"))),
        ("without one again", with(none)),
    ] {
        bench.configure(&configuration);
        let changes = bench.plan();
        seen += &format!("== {what}\n{}\n", changes.join("\n"));
        if !changes.is_empty() {
            bench.ok(&["apply", "-no-color", "plan"]);
            assert_eq!(bench.plan(), [""; 0], "{what}");
        }
    }
    expect![[r#"
        == made
        PUT {
          "kind": "MicrosoftSecurityIncidentCreation",
          "properties": {
            "displayName": "Create incidents based on Microsoft Defender for Identity alerts",
            "enabled": true,
            "productFilter": "Azure Advanced Threat Protection"
          }
        }
        == left out

        == changed besides
        defender_incident_rule.it update
          enabled: true -> false
        == of another product
        defender_incident_rule.it update
          display_name: "Create incidents based on Microsoft Defender for Identity alerts" -> "Create incidents based on Microsoft Defender for Endpoint alerts"
          product: "Microsoft Defender for Identity" -> "Microsoft Defender for Endpoint"
        == with a template
        defender_incident_rule.it delete create
          display_name: "Create incidents based on Microsoft Defender for Endpoint alerts" -> "Create incidents based on Microsoft Defender for Identity alerts"
          enabled: false -> true
          product: "Microsoft Defender for Endpoint" -> "Microsoft Defender for Identity"
          template_name: "" -> "40BA9493-4183-4eee-974f-87fe39c8f267"
        == left out again

        == in another casing

        == without one again
        defender_incident_rule.it delete create
          template_name: "40BA9493-4183-4eee-974f-87fe39c8f267" -> ""
    "#]].assert_eq(&seen);
}

#[test]
fn a_second_rule_for_a_product_is_told_of_by_the_change_that_makes_it_so() {
    let bench = Bench::new();
    let id = sentinel("alertRules/by-hand");
    let by_hand =
        json!({ "displayName": "By hand", "enabled": true, "productFilter": "Azure Security Center for IoT" });
    bench.portal("PUT", &id, Some(&json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": by_hand })));
    let iot = |lines: &str| RULE.replace("Identity\"", &format!("IoT\"\n{lines}"));
    let mut seen = String::new();
    for (what, configuration) in [
        ("made of another product", RULE.to_owned()),
        ("changed to the product", iot("")),
        ("described", iot("  description = \"x\"")),
        ("off", iot("  enabled = false")),
        ("on", iot("")),
    ] {
        bench.configure(&configuration);
        let outcome = bench.run(&["plan", "-no-color", "-out=plan"]);
        seen += &format!("{what}: {}\n", warning(&outcome.text).lines().next().unwrap_or_default());
        bench.ok(&["apply", "-no-color", "plan"]);
    }
    expect![[r#"
        made of another product: 
        changed to the product: A second incident rule for one product
        described: 
        off: 
        on: A second incident rule for one product
    "#]]
    .assert_eq(&seen);
}

#[test]
fn a_state_from_before_no_template_had_a_word_replaces_nothing() {
    let bench = Bench::new();
    bench.configure(&RULE.replace("\n}", "\n  template_name = \"\"\n}"));
    bench.apply();
    let path = bench.path("terraform.tfstate");
    let state = std::fs::read_to_string(&path).unwrap();
    let (ours, before) = ("\"template_name\": \"\"", "\"template_name\": null");
    assert!(state.contains(ours));
    std::fs::write(&path, state.replace(ours, before)).unwrap();
    for lines in ["enabled = false", "enabled = false\n  template_name = \"\""] {
        bench.configure(&RULE.replace("\n}", &format!("\n  {lines}\n}}")));
        bench.ok(&["plan", "-refresh=false", "-out=plan"]);
        assert_eq!(bench.changes()[0], "defender_incident_rule.it update");
    }
    bench.configure(&RULE.replace("\n}", "\n  enabled = false\n}"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn severities_that_differ_in_case_are_one() {
    let bench = Bench::new();
    bench.configure(&RULE.replace("\n}", "\n  severities = [\"High\", \"high\", \"low\"]\n}"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
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
