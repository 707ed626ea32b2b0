//! The life of an onboarding under the real Terraform.

use expect_test::expect;
use serde_json::json;

use crate::terraform::{Bench, findings, sentinel};

const ONBOARDING: &str = r#"
resource "defender_workspace_onboarding" "it" {
  workspace_id = var.workspace_id
}
"#;

const WITH_CONNECTOR: &str = r#"
resource "defender_workspace_onboarding" "it" {
  workspace_id = var.workspace_id
}

resource "defender_identity_connector" "it" {
  workspace_id = defender_workspace_onboarding.it.workspace_id
}
"#;

fn id() -> String {
    sentinel("onboardingStates/default")
}

/// A bench whose workspace has no Sentinel.
fn bare() -> Bench {
    let bench = Bench::new();
    bench.portal("DELETE", &id(), None);
    bench
}

fn is_onboarded(bench: &Bench) -> bool {
    bench.admin("GET", "/state", None)["workspaces"][0]["onboarded"] == true
}

#[test]
fn made_waited_for_drifted_and_removed() {
    let bench = bare();
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 3, "delete_lag_reads": 2 })));
    bench.configure(WITH_CONNECTOR);
    let changes = bench.plan().join("\n");
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    let asked: Vec<_> = bench.asked(already);
    let mut seen = format!("{changes}\n{}\n{}", asked.join("\n"), bench.bodies(already));
    assert_eq!(bench.plan(), [""; 0]);
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "customerManagedKey": true } })));
    let drifted = bench.run(&["plan", "-no-color", "-out=plan"]);
    seen += &format!("\n== drifted\n{}\n{}", bench.changes().join("\n"), findings(&drifted.text));
    bench.portal("PATCH", &id(), Some(&json!({ "properties": { "customerManagedKey": false } })));
    bench.portal("DELETE", &id(), None);
    bench.configure(ONBOARDING);
    seen += &format!("\n== gone\n{}\n", bench.plan().join("\n"));
    expect![[r#"
        defender_identity_connector.it create
        defender_workspace_onboarding.it create
        GET onboardingStates/default 404
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo 200
        PUT onboardingStates/default 201
        GET onboardingStates/default 404
        GET onboardingStates/default 404
        GET onboardingStates/default 404
        GET onboardingStates/default 200
        GET contentPackages 200
        GET dataConnectors 200
        POST dataConnectorsCheckRequirements 200
        PUT dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0 201
        PUT {
          "properties": {
            "customerManagedKey": false
          }
        }POST {
          "kind": "AzureAdvancedThreatProtection",
          "properties": {
            "tenantId": "TENANT"
          }
        }PUT {
          "kind": "AzureAdvancedThreatProtection",
          "properties": {
            "dataTypes": {
              "alerts": {
                "state": "Enabled"
              }
            },
            "tenantId": "TENANT"
          }
        }
        == drifted
        defender_workspace_onboarding.it delete create
          customer_managed_key: true -> false
        Warning: This removes Microsoft Sentinel from the workspace law-demo

          with defender_workspace_onboarding.it,
          on main.tf line 9, in resource "defender_workspace_onboarding" "it":
           9: resource "defender_workspace_onboarding" "it" {

        Without its onboarding,
        WORKSPACE
        loses every Sentinel connector and rule in it, those that are not in this
        configuration too. Collected data stays.

        To stop managing the onboarding without touching it, leave in place of the
        resource

          removed {
            from = defender_workspace_onboarding.NAME
            lifecycle {
              destroy = false
            }
          }

        == gone
        defender_workspace_onboarding.it create
    "#]]
    .assert_eq(&seen);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let destroy = bench.run(&["plan", "-destroy", "-no-color"]);
    expect![[r#"
        Warning: This removes Microsoft Sentinel from the workspace law-demo

          with defender_workspace_onboarding.it,
          on main.tf line 9, in resource "defender_workspace_onboarding" "it":
           9: resource "defender_workspace_onboarding" "it" {

        Without its onboarding,
        WORKSPACE
        loses every Sentinel connector and rule in it, those that are not in this
        configuration too. Collected data stays.

        To stop managing the onboarding without touching it, leave in place of the
        resource

          removed {
            from = defender_workspace_onboarding.NAME
            lifecycle {
              destroy = false
            }
          }
    "#]]
    .assert_eq(&findings(&destroy.text));
    bench.destroy();
    assert!(!is_onboarded(&bench));
}

#[test]
fn an_onboarding_that_is_there_is_told_of_adopted_and_imported() {
    let bench = Bench::new();
    bench.configure(ONBOARDING);
    expect![[r#"
        Warning: The onboarding to Microsoft Sentinel exists already

          with defender_workspace_onboarding.it,
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
          10:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default

        To manage it here, import it:

          import {
            to = defender_workspace_onboarding.NAME
            id = "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The onboarding to Microsoft Sentinel exists already

          with defender_workspace_onboarding.it,
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
          10:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default

        To manage it here, import it:

          import {
            to = defender_workspace_onboarding.NAME
            id = "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.
    "#]]
    .assert_eq(&bench.apply_errors());
    let adopting = ONBOARDING.replace("\n}", "\n  adopt_existing = true\n}");
    bench.configure(&adopting.replace("\n}", "\n  customer_managed_key = true\n}"));
    expect![[r#"
        Warning: The workspace is onboarded with another kind of key

          with defender_workspace_onboarding.it,
          on main.tf line 12, in resource "defender_workspace_onboarding" "it":
          12:   customer_managed_key = true

        The configuration has customer_managed_key = true, the workspace
        WORKSPACE
        is onboarded with false, which cannot be changed by taking it over.

        Set customer_managed_key = false, or remove Microsoft Sentinel from the
        workspace first.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The workspace is onboarded with another kind of key

          with defender_workspace_onboarding.it,
          on main.tf line 12, in resource "defender_workspace_onboarding" "it":
          12:   customer_managed_key = true

        The configuration has customer_managed_key = true, the workspace
        WORKSPACE
        is onboarded with false, which cannot be changed by taking it over.

        Set customer_managed_key = false, or remove Microsoft Sentinel from the
        workspace first.
    "#]]
    .assert_eq(&bench.apply_errors());
    bench.configure(&adopting);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.ok(&["state", "rm", "defender_workspace_onboarding.it"]);
    bench.configure(ONBOARDING);
    let azurerms = bench.errors(&["import", "-no-color", "defender_workspace_onboarding.it", &(id() + "s")]);
    let rule = id().replace("onboardingStates", "alertRules");
    let other = bench.errors(&["import", "-no-color", "defender_workspace_onboarding.it", &rule]);
    expect![[r#"
        Error: Not an import id of defender_workspace_onboarding

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/defaults":
        "defaults" is no onboarding state, of which a workspace has one, "default".

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
          WORKSPACE
          WORKSPACE|default

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
        Error: Not an import id of defender_workspace_onboarding

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/default":
        it is the id of an alert rule.

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
          WORKSPACE
          WORKSPACE|default

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
    "#]]
    .assert_eq(&format!("{azurerms}{other}"));
    bench.ok(&["import", "-no-color", "defender_workspace_onboarding.it", &id().to_uppercase()]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.portal("DELETE", &id(), None);
    bench.ok(&["state", "rm", "defender_workspace_onboarding.it"]);
    expect![[r#"
        Error: Nothing to import as defender_workspace_onboarding

        WORKSPACE
        is not onboarded to Microsoft Sentinel.

        Check the id, or leave the import out and let Terraform onboard it.
    "#]]
    .assert_eq(&bench.errors(&["import", "-no-color", "defender_workspace_onboarding.it", &id()]));
}

#[test]
fn one_that_never_turns_up_is_told_and_stays_in_state() {
    let bench = bare();
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 100_000 })));
    bench.configure(&ONBOARDING.replace("\n}", "\n  timeouts {\n    create = \"2s\"\n  }\n}"));
    let told = bench.apply_errors();
    expect![[r#"
        Error: Microsoft Sentinel is not up yet

          with defender_workspace_onboarding.it,
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
          10:   workspace_id = var.workspace_id

        The onboarding of
        WORKSPACE
        was accepted, but Sentinel did not answer in it before the time was over.
        State holds the onboarding.

        Run terraform plan in a few minutes. If it wants to replace the onboarding
        although Sentinel is there by then, run terraform untaint
        defender_workspace_onboarding.NAME first; if it is still not there, apply
        again, with a longer timeouts { create = ... }.
    "#]]
    .assert_eq(&told);
    assert_eq!(bench.state("defender_workspace_onboarding.it")["id"], id());
    // It turned up after all: as long as it is tainted its replacement is told, untainted nothing is left to do.
    bench.portal("DELETE", &id(), None);
    bench.portal("PUT", &id(), Some(&json!({ "properties": { "customerManagedKey": false } })));
    let tainted = bench.run(&["plan", "-no-color", "-out=plan"]);
    assert_eq!(bench.changes(), ["defender_workspace_onboarding.it delete create"]);
    assert!(tainted.text.contains("removes Microsoft Sentinel"), "{}", tainted.text);
    bench.ok(&["untaint", "-no-color", "defender_workspace_onboarding.it"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn what_cannot_be_is_told_by_validate_and_what_is_lost_stays_in_state() {
    let bench = bare();
    bench.configure(
        "resource \"defender_workspace_onboarding\" \"it\" {\n  workspace_id = \"law-demo\"\n  tenant_id = \"contoso\"\n  timeouts {\n    \
         create = \"soon\"\n  }\n}\n",
    );
    let told = bench.errors(&["validate", "-no-color"]);
    let summaries: Vec<_> =
        told.lines().filter(|line| line.starts_with("Error: ") || line.contains("on main.tf")).collect();
    expect![[r#"
        Error: Not the id of a Log Analytics workspace
          on main.tf line 9, in resource "defender_workspace_onboarding" "it":
        Error: Not a tenant id
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
        Error: Not a duration
          on main.tf line 12, in resource "defender_workspace_onboarding" "it":"#]]
    .assert_eq(&summaries.join("\n"));
    assert_eq!(bench.requests(0), [""; 0]);

    bench.configure(ONBOARDING);
    bench.faults(&json!([{ "match": { "method": "PUT" }, "action": { "status": 403, "body": { "error": {
        "code": "AuthorizationFailed", "message": "The client does not have authorization." } } } }]));
    bench.apply_errors();
    assert_eq!(bench.state("defender_workspace_onboarding.it"), json!(null));
    bench.faults(&json!([{ "match": { "method": "PUT", "times": 1 }, "action": { "drop": "after" } }]));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert!(is_onboarded(&bench));
}

#[test]
fn another_kind_of_key_is_another_onboarding() {
    let bench = bare();
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 1, "delete_lag_reads": 1 })));
    bench.configure(&ONBOARDING.replace("\n}", "\n  customer_managed_key = true\n}"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(ONBOARDING);
    bench.plan();
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    let asked: Vec<_> = bench.asked(already);
    expect![[r#"
        DELETE onboardingStates/default 200
        GET onboardingStates/default 200
        GET onboardingStates/default 404
        GET onboardingStates/default 404
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo 200
        PUT onboardingStates/default 201
        GET onboardingStates/default 404
        GET onboardingStates/default 200
        GET dataConnectors 200"#]]
    .assert_eq(&asked.join("\n"));
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_replacement_that_somebody_asks_for_is_refused() {
    let bench = bare();
    bench.configure(WITH_CONNECTOR);
    bench.apply();
    let told = bench.errors(&["apply", "-no-color", "-auto-approve", "-replace=defender_workspace_onboarding.it"]);
    expect![[r#"
        Error: This would remove Microsoft Sentinel from the workspace law-demo

          with defender_workspace_onboarding.it,
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
          10:   workspace_id = var.workspace_id

        -replace or replace_triggered_by asks for the onboarding to be made anew.
        Without its onboarding,
        WORKSPACE
        loses every Sentinel connector and rule in it, those that are not in this
        configuration too, and the new one brings none of them back.

        Nothing of an onboarding needs a replacement: leave it out of -replace and
        replace_triggered_by. If Sentinel is to be removed and made anew all the
        same, remove the resource, apply, and add it again.

        If all of it is to be destroyed: terraform destroy -refresh=false.
    "#]]
    .assert_eq(&told);
    // Through another resource, and not held up on its way out.
    let triggered = "\n  lifecycle {\n    replace_triggered_by = [terraform_data.it]\n  }\n}\nresource \"terraform_data\" \"it\" {\n  input = 1\n}";
    bench.configure(&ONBOARDING.replace("\n}", triggered));
    bench.apply();
    bench.configure(&ONBOARDING.replace("\n}", &triggered.replace("= 1", "= 2")));
    assert!(bench.errors(&["plan", "-no-color"]).contains("This would remove Microsoft Sentinel"));
    assert!(is_onboarded(&bench));
    // What a change of the configuration comes to is a warning.
    bench.configure(&ONBOARDING.replace("\n}", "\n  customer_managed_key = true\n}"));
    let planned = bench.run(&["plan", "-no-color"]);
    assert_eq!(
        (planned.code, planned.text.contains("Warning: This removes Microsoft Sentinel")),
        (0, true),
        "{}",
        planned.text
    );
    bench.destroy();
    assert!(!is_onboarded(&bench));
}
