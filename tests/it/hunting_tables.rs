//! The selection of hunting tables under the real Terraform, against the Defender export settings.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, warning};

fn tables(names: &[&str]) -> String {
    format!(
        "resource \"defender_hunting_tables\" \"it\" {{\n  workspace_id = var.workspace_id\n  tables = {names:?}\n}}\n"
    )
}

/// A scenario with the given export settings and no other difference from the built-in one.
fn tenant_with(settings: &Value, app_tokens: bool) -> Value {
    json!({
        "tenants": [{
            "tenant_id": TENANT,
            "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
            "export_settings": settings,
            "export_settings_accept_app_tokens": app_tokens,
            "user_tokens": [{ "token": "a-user-of-the-tenant", "tenant_id": TENANT, "upn": "soc@example.com" }]
        }],
        "workspaces": [
            { "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT },
            { "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-2", "tenant_id": TENANT }
        ]
    })
}

fn setting(id: &str, workspace: &str, categories: &[&str]) -> Value {
    let logs: Vec<_> = categories.iter().map(|category| json!({ "category": category, "enabled": true })).collect();
    json!({ "id": id, "workspaceProperties": { "workspaceResourceId": workspace }, "logs": logs })
}

fn path(id: &str) -> String {
    format!("/tenants/{TENANT}/dataExportSettings/{id}")
}

#[test]
fn made_changed_drifted_and_removed() {
    let bench = Bench::new();
    let mut seen = String::new();
    for names in [&["DeviceInfo", "CloudAppEvents"][..], &["DeviceInfo", "DeviceEvents", "IdentityLogonEvents"]] {
        bench.configure(&tables(names));
        let changes = bench.plan().join("\n");
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "plan"]);
        seen += &format!("== {names:?}\n{changes}\n{}", bench.bodies(already));
        assert_eq!(bench.plan(), [""; 0]);
    }
    bench.configure(&tables(&["AdvancedHunting-DeviceInfo", "deviceevents", "IdentityLogonEvents"]));
    seen += &format!("== other spellings\n{}\n", bench.plan().join("\n"));
    let logs = json!([
        { "category": "AdvancedHunting-DeviceInfo", "enabled": true },
        { "category": "AdvancedHunting-IdentityLogonEvents", "enabled": true },
        { "category": "AdvancedHunting-AlertInfo", "enabled": true },
        { "category": "Alert", "enabled": true },
    ]);
    bench.portal("PATCH", &path("SentinelExportSettings-law-demo"), Some(&json!({ "logs": logs })));
    seen += &format!("== in the portal\n{}\n", bench.plan().join("\n"));
    let already = bench.emulator.exchanges().len();
    bench.ok(&["apply", "-no-color", "plan"]);
    seen += &bench.bodies(already);
    assert_eq!(bench.plan(), [""; 0]);
    let text = bench.destroy();
    seen += &format!("== destroyed\n{}\n", warning(&text));
    expect![[r#"
        == ["DeviceInfo", "CloudAppEvents"]
        defender_hunting_tables.it create
        POST {
          "designatedTenantId": null,
          "eventHubProperties": null,
          "id": "SentinelExportSettings-law-demo",
          "logs": [
            {
              "category": "CloudAppEvents",
              "enabled": true
            },
            {
              "category": "AdvancedHunting-DeviceInfo",
              "enabled": true
            }
          ],
          "storageAccountProperties": null,
          "workspaceProperties": {
            "name": "law-demo",
            "resourceGroup": "rg-sentinel",
            "subscriptionId": "22222222-2222-4222-8222-222222222222",
            "workspaceResourceId": "WORKSPACE"
          }
        }== ["DeviceInfo", "DeviceEvents", "IdentityLogonEvents"]
        defender_hunting_tables.it update
          tables: ["CloudAppEvents","DeviceInfo"] -> ["DeviceEvents","DeviceInfo","IdentityLogonEvents"]
        POST {
          "designatedTenantId": "TENANT",
          "eventHubProperties": null,
          "id": "SentinelExportSettings-law-demo",
          "logs": [
            {
              "category": "AdvancedHunting-DeviceEvents",
              "enabled": true
            },
            {
              "category": "AdvancedHunting-DeviceInfo",
              "enabled": true
            },
            {
              "category": "IdentityLogonEvents",
              "enabled": true
            }
          ],
          "storageAccountProperties": null,
          "workspaceProperties": {
            "name": "law-demo",
            "resourceGroup": "rg-sentinel",
            "subscriptionId": "22222222-2222-4222-8222-222222222222",
            "workspaceResourceId": "WORKSPACE"
          }
        }== other spellings

        == in the portal
        defender_hunting_tables.it update
          tables: ["AlertInfo","DeviceInfo","IdentityLogonEvents"] -> ["AdvancedHunting-DeviceInfo","IdentityLogonEvents","deviceevents"]
        POST {
          "designatedTenantId": "TENANT",
          "eventHubProperties": null,
          "id": "SentinelExportSettings-law-demo",
          "logs": [
            {
              "category": "AdvancedHunting-DeviceInfo",
              "enabled": true
            },
            {
              "category": "IdentityLogonEvents",
              "enabled": true
            },
            {
              "category": "AdvancedHunting-DeviceEvents",
              "enabled": true
            },
            {
              "category": "Alert",
              "enabled": true
            }
          ],
          "storageAccountProperties": null,
          "workspaceProperties": {
            "name": "law-demo",
            "resourceGroup": "rg-sentinel",
            "subscriptionId": "22222222-2222-4222-8222-222222222222",
            "workspaceResourceId": "WORKSPACE"
          }
        }== destroyed
        The export setting stays

        The tables managed here are switched off, but
        "SentinelExportSettings-law-demo" also has categories that were never managed
        here, so the setting itself is left:
          - Alert

        Destroy complete! Resources: 1 destroyed.
    "#]].assert_eq(&seen);
    assert_eq!(bench.left(), ["export_settings/SentinelExportSettings-law-demo"]);
}

#[test]
fn a_setting_that_streams_nothing_else_is_removed() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo"]));
    bench.apply();
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn what_the_portal_made_is_imported_or_adopted() {
    let made = setting(
        "SentinelExportSettings-law-demo",
        &WORKSPACE.to_uppercase(),
        &["AdvancedHunting-DeviceInfo", "AdvancedHunting-CloudAppEvents", "Alert"],
    );
    let bench = Bench::with(&tenant_with(&json!([made]), true));
    bench.configure(&tables(&["DeviceInfo", "CloudAppEvents"]));
    expect![[r#"
        Error: An export setting of the workspace exists already

          with defender_hunting_tables.it,
          on main.tf line 9, in resource "defender_hunting_tables" "it":
           9:   workspace_id = var.workspace_id

        The tenant's export setting "SentinelExportSettings-law-demo" streams to
        WORKSPACE;
        enabled are:
          - AdvancedHunting-DeviceInfo
          - AdvancedHunting-CloudAppEvents
          - Alert

        It could be anybody's: the portal makes one by the same name. To manage it
        here, import it:

          import {
            to = defender_hunting_tables.NAME
            id = "WORKSPACE|SentinelExportSettings-law-demo"
          }

        or set adopt_existing = true to take it over as it is planned.

        To leave it as it is and stream other tables, which it does not have on,
        through a second setting of the workspace, name that one:

          setting_id = "SentinelExportSettings-law-demo-Managed"

        A tenant holds five settings, whatever their targets.

        Where it is to be replaced with create_before_destroy, this is the old one:
        it has to be destroyed before.

        If all of it is to be destroyed: terraform destroy -refresh=false.
    "#]]
    .assert_eq(&bench.plan_errors());
    for id in [WORKSPACE.to_lowercase(), format!("{WORKSPACE}|sentinelexportsettings-LAW-DEMO")] {
        bench.ok(&["import", "-no-color", "defender_hunting_tables.it", &id]);
        assert_eq!(bench.plan(), [""; 0], "after import by {id}");
        assert_eq!(bench.state("defender_hunting_tables.it")["preserved_categories"], json!(["Alert"]));
        bench.ok(&["state", "rm", "defender_hunting_tables.it"]);
    }
    bench.configure(&tables(&["DeviceInfo", "DeviceEvents"]).replace("\n}", "\n  adopt_existing = true\n}"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    expect![[r#"
        POST {
          "designatedTenantId": null,
          "eventHubProperties": null,
          "id": "SentinelExportSettings-law-demo",
          "logs": [
            {
              "category": "AdvancedHunting-DeviceEvents",
              "enabled": true
            },
            {
              "category": "AdvancedHunting-DeviceInfo",
              "enabled": true
            },
            {
              "category": "Alert",
              "enabled": true
            }
          ],
          "storageAccountProperties": null,
          "workspaceProperties": {
            "name": "law-demo",
            "resourceGroup": "rg-sentinel",
            "subscriptionId": "22222222-2222-4222-8222-222222222222",
            "workspaceResourceId": "WORKSPACE"
          }
        }"#]]
    .assert_eq(&bench.bodies(0));
}

#[test]
fn the_tenants_limit_is_told_at_plan() {
    let others: Vec<_> = (1..=5)
        .map(|n| {
            setting(&format!("other-{n}"), &WORKSPACE.replace("law-demo", "law-2"), &["AdvancedHunting-DeviceInfo"])
        })
        .collect();
    let bench = Bench::with(&tenant_with(&json!(others), true));
    bench.configure(&tables(&["DeviceInfo"]));
    expect![[r#"
        Error: The tenant has no room for another export setting

          with defender_hunting_tables.it,
          on main.tf line 9, in resource "defender_hunting_tables" "it":
           9:   workspace_id = var.workspace_id

        A tenant holds five export settings, whatever their targets (reported by
        users, not documented), and has:
          - other-1 to /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2
          - other-2 to /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2
          - other-3 to /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2
          - other-4 to /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2
          - other-5 to /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2

        Remove one, or use one of these workspaces.
    "#]].assert_eq(&bench.plan_errors());
}

#[test]
fn a_table_that_is_refused_is_named_and_nothing_changes() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo", "EmailEvents", "UrlClickEvents"]));
    expect![[r#"
        Error: The Defender API refuses a hunting table

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "EmailEvents", "UrlClickEvents"]

        Refused: EmailEvents, UrlClickEvents, under both of their category names.

        The service said: 400 BadRequest: Categories EmailEvents, UrlClickEvents are
        not supported.
        Request: POST https://EMULATOR/api/dataExportSettings
        Request id: GUID

        Nothing was changed. The API is reported to refuse the mail and URL tables,
        which can be selected in the portal alone; take the refused ones out of
        tables. To stream them all the same, select them in the portal and leave its
        setting to it, while this block streams the other tables through a setting of
        its own name, setting_id.
    "#]]
    .assert_eq(&bench.apply_errors());
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn named_twice_or_unknown_is_told_before_anything_is_asked() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts"]));
    expect![[r#"
        Warning: A hunting table this version does not know

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts"]

        Found "DeviceEvnts", which is not among the tables Microsoft lists for
        streaming. It is asked for as written; if that is a slip, the Defender API
        will refuse it at apply.

        Error: A hunting table named twice

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts"]

        "AdvancedHunting-deviceinfo" and "DeviceInfo" are one table:
        "AdvancedHunting-X" and "X" are the same, in any casing. Keep one of them.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));
    assert_eq!(bench.requests(0), [""; 0]);
}

#[test]
fn a_service_principal_that_is_refused_is_told_of_user_tokens_which_work() {
    let mut bench = Bench::with(&tenant_with(&json!([]), false));
    bench.configure(&tables(&["DeviceInfo"]));
    expect![[r#"
        Error: Could not plan the selection of hunting tables

          with defender_hunting_tables.it,
          on main.tf line 9, in resource "defender_hunting_tables" "it":
           9:   workspace_id = var.workspace_id

        The Defender API refused the caller.
        Workspace:
        WORKSPACE

        The service said: 403 Forbidden: Application tokens are not accepted; sign in
        as a user with the Security Administrator role.
        Request: GET https://EMULATOR/api/dataExportSettings
        Request id: GUID

        The caller needs Security Administrator in the tenant. It is reported (not
        documented) that this API takes tokens of signed-in users only and refuses
        service principals: hand it a user's token with defender_api { access_token =
        ... } or DEFENDER_API_TOKEN, for example from
          az account get-access-token --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv
    "#]]
    .assert_eq(&bench.plan_errors());
    bench.set("DEFENDER_API_TOKEN", "a-user-of-the-tenant");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let log = serde_json::to_string(&bench.emulator.exchanges()).unwrap();
    assert!(!log.contains("a-user-of-the-tenant") && !log.contains(SECRET));
}

#[test]
fn what_was_stored_and_cannot_be_read_back_is_kept_and_not_waited_for() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo"]));
    bench.plan();
    // The apply's own look, what is there before the write by a list and by itself, and then what came of it.
    let unreadable =
        json!({ "match": { "method": "GET", "path": "dataExportSettings", "skip": 3 }, "action": { "status": 403 } });
    bench.faults(&json!([unreadable]));
    let text = bench.ok(&["apply", "-no-color", "plan"]);
    assert!(text.contains("Warning: "), "{text}");
    assert_eq!(bench.plan(), [""; 0]);
}
