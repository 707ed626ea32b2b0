//! The life of a connector under the real Terraform: made, unchanged, drifted, updated, imported, adopted, removed.

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, sentinel, warning};

const XDR: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
  alerts       = true
}
"#;

const IDENTITY: &str = r#"
resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
}
"#;

/// The ARM id of a connector of the default workspace.
fn connector(name: &str) -> String {
    sentinel(&format!("dataConnectors/{name}"))
}

/// A connector as the portal makes it.
fn identity_by_hand() -> serde_json::Value {
    json!({
        "kind": "AzureAdvancedThreatProtection",
        "properties": { "tenantId": TENANT, "dataTypes": { "alerts": { "state": "Enabled" } } }
    })
}

const BY_HAND: &str = "44444444-4444-4444-8444-444444444444";

#[test]
fn made_then_nothing_to_do_then_gone() {
    let bench = Bench::new();
    bench.configure(XDR);
    bench.apply();
    let applied = bench.requests(0);
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    let planned = bench.requests(already);
    expect![[r#"
        POST {
          "kind": "MicrosoftThreatProtection",
          "properties": {
            "tenantId": "TENANT"
          }
        }POST {
          "kind": "MicrosoftThreatProtection",
          "properties": {
            "tenantId": "TENANT"
          }
        }PUT {
          "kind": "MicrosoftThreatProtection",
          "properties": {
            "dataTypes": {
              "alerts": {
                "state": "Enabled"
              },
              "incidents": {
                "state": "Enabled"
              }
            },
            "tenantId": "TENANT"
          }
        }"#]]
    .assert_eq(&bench.bodies(0));
    expect![[r#"
        apply
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        GET alertRules 200
        GET contentPackages 200
        GET dataConnectors 200
        POST dataConnectorsCheckRequirements 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        GET alertRules 200
        GET contentPackages 200
        GET dataConnectors 200
        POST dataConnectorsCheckRequirements 200
        PUT dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98 201
        plan
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        GET dataConnectors 200"#]]
    .assert_eq(&format!("apply\n{}\nplan\n{}", applied.join("\n"), planned.join("\n")));
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn every_toggle_flipped_in_the_portal_is_drift() {
    let bench = Bench::new();
    bench.configure(&format!("{XDR}{IDENTITY}"));
    bench.apply();
    let id = bench.state("defender_xdr_connector.it")["id"].as_str().unwrap().to_owned();
    let mut seen = String::new();
    for states in [
        json!({ "incidents": { "state": "Disabled" } }),
        json!({ "incidents": { "state": "enabled" }, "alerts": { "state": "Disabled" } }),
        json!({ "alerts": { "state": "ENABLED" } }),
    ] {
        bench.portal("PATCH", &id, Some(&json!({ "properties": { "dataTypes": states } })));
        seen += &format!("{states}\n{}\n", bench.plan().join("\n"));
    }
    bench.portal(
        "PATCH",
        &id,
        Some(&json!({ "properties": { "filteredProviders": { "alerts": ["microsoftDefenderForIdentity"] } } })),
    );
    seen += &format!("filtered\n{}\n", bench.plan().join("\n"));
    let id = bench.state("defender_identity_connector.it")["id"].as_str().unwrap().to_owned();
    bench.portal("DELETE", &id, None);
    seen += &format!("Identity disconnected\n{}\n", bench.plan().join("\n"));
    expect![[r#"
        {"incidents":{"state":"Disabled"}}
        defender_xdr_connector.it update
          incidents: false -> true
        {"alerts":{"state":"Disabled"},"incidents":{"state":"enabled"}}
        defender_xdr_connector.it update
          alerts: false -> true
        {"alerts":{"state":"ENABLED"}}

        filtered
        defender_xdr_connector.it update
          filtered_alert_providers: ["microsoftDefenderForIdentity"] -> null
        Identity disconnected
        defender_identity_connector.it create
        defender_xdr_connector.it update
          filtered_alert_providers: ["microsoftDefenderForIdentity"] -> null
    "#]]
    .assert_eq(&seen);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn updated_in_place_and_replaced() {
    let bench = Bench::new();
    bench.configure(XDR);
    bench.apply();
    let steps = [
        ("alerts off", XDR.replace("= true", "= false")),
        ("filtered", XDR.replace("= true", "= true\n filtered_alert_providers = [\"MicrosoftDefenderForIdentity\"]")),
        (
            "timeouts alone",
            XDR.replace(
                "= true",
                "= true\n filtered_alert_providers = [\"MicrosoftDefenderForIdentity\"]\n timeouts { create = \"1h\" }",
            ),
        ),
        ("named", XDR.replace("= true", "= true\n name = \"by-hand\"")),
        (
            "spelled differently",
            XDR.replace("= true", "= true\n name = \"BY-HAND\"").replace("var.workspace_id", "upper(var.workspace_id)"),
        ),
    ];
    let mut seen = String::new();
    for (what, configuration) in steps {
        bench.configure(&configuration);
        let changes = bench.plan().join("\n");
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        let requests = bench.requests(already);
        let writes: Vec<_> = requests
            .iter()
            .filter(|request| !request.starts_with("GET") && !request.contains("token"))
            .cloned()
            .collect();
        seen += &format!("== {what}\n{changes}\n{}\n", writes.join("\n"));
        assert_eq!(bench.plan(), [""; 0]);
    }
    expect![[r#"
        == alerts off
        defender_xdr_connector.it update
          alerts: true -> false
        PUT dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98 200
        == filtered
        defender_xdr_connector.it update
          alerts: false -> true
          filtered_alert_providers: null -> ["MicrosoftDefenderForIdentity"]
        PUT dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98 200
        == timeouts alone
        defender_xdr_connector.it update
          timeouts: null -> {"create":"1h","delete":null,"read":null,"update":null}

        == named
        defender_xdr_connector.it delete create
          filtered_alert_providers: ["MicrosoftDefenderForIdentity"] -> null
          id: "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98" -> "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/by-hand"
          name: "71686878-1946-5df6-9bca-50ff98a04b98" -> "by-hand"
          timeouts: {"create":"1h","delete":null,"read":null,"update":null} -> null
        DELETE dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98 200
        POST dataConnectorsCheckRequirements 200
        PUT dataConnectors/by-hand 201
        == spelled differently


    "#]].assert_eq(&seen);
}

#[test]
fn imported_by_its_id_in_any_casing() {
    let bench = Bench::new();
    bench.portal("PUT", &connector(BY_HAND), Some(&identity_by_hand()));
    bench.configure(IDENTITY);
    for id in [connector(BY_HAND), connector(BY_HAND).to_uppercase(), connector(BY_HAND).to_lowercase()] {
        bench.ok(&["import", "-no-color", "defender_identity_connector.it", &id]);
        assert_eq!(bench.plan(), [""; 0], "after import by {id}");
        bench.ok(&["state", "rm", "defender_identity_connector.it"]);
    }
    let block = format!("import {{\n to = defender_identity_connector.it\n id = \"{}\"\n}}\n", connector(BY_HAND));
    bench.configure(&format!("{IDENTITY}{block}"));
    assert_eq!(bench.plan(), ["defender_identity_connector.it import no-op"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state("defender_identity_connector.it")["name"], BY_HAND);
}

#[test]
fn what_is_seen_first_is_in_the_services_own_spelling() {
    let bench = Bench::new();
    let id = connector(BY_HAND);
    bench.portal(
        "PUT",
        &id,
        Some(&json!({ "kind": "microsoftTHREATprotection", "properties": {
            "tenantId": TENANT, "dataTypes": { "incidents": { "state": "ENABLED" }, "alerts": { "state": "enabled" } },
            "filteredProviders": { "alerts": ["MICROSOFTDEFENDERFORIDENTITY", "someDay"] }
        } })),
    );
    let filter = "filtered_alert_providers = [\"microsoftDefenderForIdentity\", \"someDay\"]";
    bench.configure(&XDR.replace("= true", &format!("= true\n {filter}")));
    bench.ok(&["import", "-no-color", "defender_xdr_connector.it", &id]);
    let state = bench.state("defender_xdr_connector.it");
    assert_eq!(state["filtered_alert_providers"], json!(["microsoftDefenderForIdentity", "someDay"]));
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn not_importable_as_something_else() {
    let bench = Bench::new();
    bench.portal("PUT", &connector(BY_HAND), Some(&identity_by_hand()));
    bench.configure(XDR);
    let mut seen = String::new();
    for id in
        [connector(BY_HAND), connector("55555555-5555-4555-8555-555555555555"), WORKSPACE.to_owned(), "x".to_owned()]
    {
        seen += &bench.errors(&["import", "-no-color", "defender_xdr_connector.it", &id]);
    }
    expect![[r#"
        Error: Not importable as defender_xdr_connector

        Under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444
        stands kind AzureAdvancedThreatProtection; defender_xdr_connector manages
        kind MicrosoftThreatProtection.

        Import it as defender_identity_connector instead.
        Error: Nothing to import as defender_xdr_connector

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/55555555-5555-4555-8555-555555555555

        Check the id; data.defender_connectors lists what is there with its id.
        Error: Not an import id of defender_xdr_connector

        Found
        "WORKSPACE":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
        Error: Not an import id of defender_xdr_connector

        Found "x": it does not begin with '/'.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....
    "#]].assert_eq(&seen);
}

#[test]
fn what_the_portal_made_is_imported_or_adopted_never_doubled() {
    let bench = Bench::new();
    bench.portal("PUT", &connector(BY_HAND), Some(&identity_by_hand()));
    bench.configure(IDENTITY);
    expect![[r#"
        Warning: The Microsoft Defender for Identity connector exists already

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444

        To manage it here, import it:

          import {
            to = defender_identity_connector.NAME
            id = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The Microsoft Defender for Identity connector exists already

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        The workspace
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444

        To manage it here, import it:

          import {
            to = defender_identity_connector.NAME
            id = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444"
          }

        or set adopt_existing = true to take it over as it is planned.

        Where it is to be replaced with create_before_destroy, this is the old one:
        the service keeps it once, so it has to be destroyed before.
    "#]]
    .assert_eq(&bench.apply_errors());
    bench.configure(&IDENTITY.replace("\n}", "\n  adopt_existing = true\n}"));
    assert_eq!(bench.plan(), ["defender_identity_connector.it create"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.state("defender_identity_connector.it")["name"], BY_HAND);
    assert_eq!(bench.left(), [format!("connectors/{BY_HAND}")]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(&IDENTITY.replace("\n}", "\n  adopt_existing = true\n  name = \"mine\"\n}"));
    bench.ok(&["state", "rm", "defender_identity_connector.it"]);
    expect![[r#"
        Warning: The Microsoft Defender for Identity connector exists under another name

          with defender_identity_connector.it,
          on main.tf line 12, in resource "defender_identity_connector" "it":
          12:   name = "mine"

        The workspace
        WORKSPACE
        has it as "44444444-4444-4444-8444-444444444444", the configuration names it
        "mine"; the service keeps one for each kind and tenant or subscription.

        Leave name out, or set name = "44444444-4444-4444-8444-444444444444", to take
        over the one that is there; if it is left out, plan and apply once more.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The Microsoft Defender for Identity connector exists under another name

          with defender_identity_connector.it,
          on main.tf line 12, in resource "defender_identity_connector" "it":
          12:   name = "mine"

        The workspace
        WORKSPACE
        has it as "44444444-4444-4444-8444-444444444444", the configuration names it
        "mine"; the service keeps one for each kind and tenant or subscription.

        Leave name out, or set name = "44444444-4444-4444-8444-444444444444", to take
        over the one that is there; if it is left out, plan and apply once more.
    "#]]
    .assert_eq(&bench.apply_errors());
}

#[test]
fn connected_again_in_the_portal_is_followed() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    bench.apply();
    let id = bench.state("defender_identity_connector.it")["id"].as_str().unwrap().to_owned();
    bench.portal("DELETE", &id, None);
    bench.portal("PUT", &connector(BY_HAND), Some(&identity_by_hand()));
    let text = bench.ok(&["apply", "-no-color", "-auto-approve"]);
    assert!(text.contains("has a new name"), "{text}");
    assert_eq!(bench.state("defender_identity_connector.it")["name"], BY_HAND);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_service_that_lags_behind_is_waited_for() {
    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 2, "delete_lag_reads": 2 })));
    bench.configure(IDENTITY);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn an_etag_that_moved_without_a_change_is_taken_up_and_a_change_is_not_overwritten() {
    let bench = Bench::new();
    bench.configure(XDR);
    bench.apply();
    let id = bench.state("defender_xdr_connector.it")["id"].as_str().unwrap().to_owned();
    bench.configure(&XDR.replace("= true", "= false"));
    bench.plan();
    bench.portal("PATCH", &id, Some(&json!({ "properties": { "elsewhere": 1 } })));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);

    bench.configure(XDR);
    bench.plan();
    bench.portal(
        "PATCH",
        &id,
        Some(&json!({ "properties": { "dataTypes": { "incidents": { "state": "Disabled" } } } })),
    );
    expect![[r#"
        Error: The Microsoft Defender XDR connector changed while it was being updated

          with defender_xdr_connector.it,
          on main.tf line 9, in resource "defender_xdr_connector" "it":
           9: resource "defender_xdr_connector" "it" {

        Since the plan was made, somebody changed it in
        WORKSPACE:
          - incidents: true here, false there

        The service said: 409 Conflict: The etag of the request does not match the
        etag of the resource. Read the resource and try again.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98
        Request id: GUID

        Nothing was overwritten. Run terraform plan to see the difference, then apply
        again.
    "#]].assert_eq(&bench.errors(&["apply", "-no-color", "plan"]));
    expect![[r#"
        defender_xdr_connector.it update
          alerts: false -> true
          incidents: false -> true"#]]
    .assert_eq(&bench.plan().join("\n"));
}

#[test]
fn pages_of_a_list_and_kinds_nobody_knows_are_read() {
    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "page_size": 1, "static_cards": true })));
    bench.configure(&format!("{XDR}{IDENTITY}"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn an_interrupted_create_is_taken_up_again() {
    let bench = Bench::new();
    bench.configure(&format!("{XDR}{IDENTITY}"));
    bench.apply();
    let before = bench.left();
    std::fs::remove_file(bench.path("terraform.tfstate")).unwrap();
    bench.apply();
    assert_eq!(bench.left(), before);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_workspace_that_is_offboarded_takes_its_connectors_with_it() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    bench.apply();
    bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
    let outcome = bench.run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(outcome.code, 2, "{}", outcome.text);
    let warning = warning(&outcome.text);
    expect![[r#"
        Gone: the workspace law-demo is no longer onboarded to Microsoft Sentinel

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9: resource "defender_identity_connector" "it" {

        The Microsoft Defender for Identity connector is gone with the onboarding of
        its workspace, as is everything else of Sentinel's there.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: Workspace 'law-demo' is not onboarded to
        Microsoft Sentinel. Onboard the workspace and try again.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        It is planned to be created again, which needs the workspace to be onboarded
        first."#]]
    .assert_eq(warning);
    expect![[r#"
        Warning: Gone: the workspace law-demo is no longer onboarded to Microsoft Sentinel

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9: resource "defender_identity_connector" "it" {

        The Microsoft Defender for Identity connector is gone with the onboarding of
        its workspace, as is everything else of Sentinel's there.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: Workspace 'law-demo' is not onboarded to
        Microsoft Sentinel. Onboard the workspace and try again.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        It is planned to be created again, which needs the workspace to be onboarded
        first.

        Warning: The workspace law-demo is not onboarded to Microsoft Sentinel

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        Sentinel is not on in
          WORKSPACE

        Unless another block of this configuration onboards it first, what is planned
        in it will be refused at apply. Add defender_workspace_onboarding, and let
        the others wait for it with depends_on.

        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        The workspace is not onboarded to Microsoft Sentinel.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: Workspace 'law-demo' is not onboarded to
        Microsoft Sentinel. Onboard the workspace and try again.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        Onboard it first with defender_workspace_onboarding, and let this resource
        wait for that with depends_on. With the azurerm provider that is
        azurerm_sentinel_log_analytics_workspace_onboarding.
    "#]].assert_eq(&bench.apply_errors());
}

#[test]
fn a_workspace_that_is_gone_takes_its_connectors_with_it() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    bench.apply();
    // A subscription without any workspace would not be known to the emulator.
    let other = json!({
        "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-other", "tenant_id": TENANT,
    });
    bench.admin("POST", "/workspaces", Some(&other));
    bench.portal("DELETE", WORKSPACE, None);
    assert_eq!(bench.plan(), ["defender_identity_connector.it create"]);
}

#[test]
fn made_anew_in_place_before_the_old_one_goes_it_stays() {
    let bench = Bench::new();
    bench.configure(&IDENTITY.replace("\n}", "\n  lifecycle {\n    create_before_destroy = true\n  }\n}"));
    bench.apply();
    bench.ok(&["taint", "-no-color", "defender_identity_connector.it"]);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 1);
}

#[test]
fn a_second_connector_through_another_provider_block_is_refused_at_apply() {
    let bench = Bench::new();
    let block = |alias: &str| {
        format!(
            "provider \"defender\" {{\n {alias}\n endpoints {{\n resource_manager = var.url\n active_directory = var.url\n defender = \
             var.url\n }}\n}}\n"
        )
    };
    let twin =
        IDENTITY.replace("\"it\"", "\"twin\"").replace("\n}", "\n  name = \"twin\"\n  provider = defender.other\n}");
    bench.configure_all(&format!("{}{}{IDENTITY}{twin}", block(""), block("alias = \"other\"")));
    let outcome = bench.run(&["apply", "-no-color", "-auto-approve"]);
    assert_ne!(outcome.code, 0);
    let told = ["connector exists already", "already, under another name"];
    assert!(told.iter().any(|told| outcome.text.contains(told)), "{}", outcome.text);
    assert_eq!(bench.left().len(), 1);
}
