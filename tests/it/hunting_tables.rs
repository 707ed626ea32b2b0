//! The selection of hunting tables under the real Terraform, against the Defender export settings.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::run::{Failed, Provider};
use crate::terraform::{Bench, warning};

pub fn tables(names: &[&str]) -> String {
    format!(
        "resource \"defender_hunting_tables\" \"it\" {{\n  workspace_id = var.workspace_id\n  tables = {names:?}\n}}\n"
    )
}

/// A scenario with the given export settings and no other difference from the built-in one.
pub fn tenant_with(settings: &Value, app_tokens: bool) -> Value {
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

pub fn setting(id: &str, workspace: &str, categories: &[&str]) -> Value {
    let logs: Vec<_> = categories.iter().map(|category| json!({ "category": category, "enabled": true })).collect();
    json!({ "id": id, "workspaceProperties": { "workspaceResourceId": workspace }, "logs": logs })
}

pub fn path(id: &str) -> String {
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
        Warning: An export setting of the workspace exists already

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

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
    "#]]
    .assert_eq(&bench.refused());
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
        Warning: The tenant has no room for another export setting

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

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
    "#]].assert_eq(&bench.refused());
}

#[test]
fn two_settings_where_one_has_room_are_told_at_plan() {
    let elsewhere = WORKSPACE.replace("law-demo", "law-2");
    let others: Vec<_> = (1..=4).map(|n| setting(&format!("other-{n}"), &elsewhere, &[])).collect();
    let bench = Bench::with(&tenant_with(&json!(others), true));
    let second =
        tables(&["DeviceEvents"]).replace("\"it\"", "\"second\"").replace("\n}", "\n  setting_id = \"second\"\n}");
    bench.configure(&format!("{}{second}", tables(&["DeviceInfo"])));
    for parallelism in ["-parallelism=1", "-parallelism=10"] {
        let told = bench.run(&["plan", "-no-color", parallelism]).text;
        assert_eq!(told.matches("Warning: The tenant has no room for another export setting").count(), 1, "{told}");
        assert_eq!(told.matches(", which this run makes").count(), 1, "{told}");
    }
    // One of the two is made, and the other one refused without having asked for it.
    let already = bench.emulator.exchanges().len();
    bench.apply_errors();
    assert_eq!(bench.bodies(already).matches("POST").count(), 1);
    assert_eq!(bench.left().len(), 5);
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
    bench.configure(&tables(&["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts", "DeviceTvmInfo"]));
    expect![[r#"
        Warning: A hunting table this version does not know

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts", "DeviceTvmInfo"]

        Found "DeviceEvnts", which is not among the tables Microsoft lists for
        streaming. Did you mean "DeviceEvents"? It is asked for as written; if that
        is a slip, the Defender API will refuse it at apply.

        Error: A hunting table named twice

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts", "DeviceTvmInfo"]

        "AdvancedHunting-deviceinfo" and "DeviceInfo" are one table:
        "AdvancedHunting-X" and "X" are the same, in any casing. Keep one of them.

        Error: A table that does not stream

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "AdvancedHunting-deviceinfo", "DeviceEvnts", "DeviceTvmInfo"]

        Found "DeviceTvmInfo": the tables of Microsoft Defender Vulnerability
        Management (DeviceTvm...) are in the Defender portal's advanced hunting and,
        as users report, cannot be streamed to Microsoft Sentinel.

        Take it out; advanced hunting in the Defender portal has what it holds.
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
        service principals. Let the account of the Azure CLI call it with
        defender_api { use_cli = true }, or hand it a user's token as
        defender_api.access_token, DEFENDER_API_TOKEN, or defender_api_token of the
        tenant block, for example from
          az account get-access-token --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv
        With on_forbidden = "warn" in defender_api everything else can be planned
        meanwhile.
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

const PORTALS: &str = "SentinelExportSettings-law-demo";

/// An empty list in place of the next one.
fn lost_in_the_list() -> Value {
    json!({ "match": { "method": "GET", "path": "dataExportSettings" }, "action": { "raw_body": "{\"value\": []}" } })
}

/// What the next `method` of the Defender API is answered with.
fn answers(method: &str, action: Value) -> Value {
    json!({ "match": { "method": method, "path": "dataExportSettings" }, "action": action })
}

/// The configuration with attributes, or blocks, besides.
fn with(body: &str, more: &str) -> String {
    body.replace("\n}", &format!("\n  {more}\n}}"))
}

#[test]
fn what_a_list_lacks_is_gone_only_when_the_service_says_so_of_it() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo"]));
    bench.apply();
    let not_there = json!({ "status": 404, "body": { "error": { "code": "NotFound", "message": "no" } } });
    let strange = |body: Value| json!({ "raw_body": body.to_string() });
    let on = json!([{ "category": "AdvancedHunting-DeviceInfo", "enabled": true }]);
    for (what, faults, expected) in [
        ("it is there", vec![], ""),
        ("no such call, and a second list has it", vec![json!({ "status": 405 })], ""),
        ("a 404 in no form of the service's", vec![json!({ "status": 404 })], "gives no reason"),
        ("forbidden", vec![json!({ "status": 403 })], "refused the caller"),
        ("another setting", vec![strange(json!({ "id": "other", "logs": on }))], "not as described"),
        ("no id", vec![strange(json!({ "logs": on }))], "not as described"),
        ("no logs", vec![strange(json!({ "id": PORTALS }))], "not as described"),
        (
            "logs that are none",
            vec![strange(json!({ "id": PORTALS, "logs": { "DeviceInfo": true } }))],
            "not as described",
        ),
    ] {
        let faults: Vec<_> =
            [lost_in_the_list()].into_iter().chain(faults.into_iter().map(|action| answers("GET", action))).collect();
        bench.admin("DELETE", "/faults", None);
        bench.faults(&json!(faults));
        let outcome = bench.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]);
        assert_eq!(outcome.code, i32::from(!expected.is_empty()), "{what}: {}", outcome.text);
        let told = outcome.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(expected), "{what}: {told}");
        assert!(bench.state("defender_hunting_tables.it").is_object(), "{what}");
    }
    // Nor does an import by its name fail.
    bench.ok(&["state", "rm", "defender_hunting_tables.it"]);
    bench.admin("DELETE", "/faults", None);
    bench.faults(&json!([lost_in_the_list()]));
    let id = format!("{WORKSPACE}|{PORTALS}");
    bench.ok(&["import", "-no-color", "defender_hunting_tables.it", &id]);
    // The list itself shows something else than a setting.
    bench.admin("DELETE", "/faults", None);
    bench.faults(&json!([answers("GET", strange(json!({ "value": [{ "id": PORTALS, "logs": null }] })))]));
    assert!(bench.plan_errors().contains("not as"));
    bench.admin("DELETE", "/faults", None);
    bench.faults(&json!([lost_in_the_list(), answers("GET", not_there)]));
    assert_eq!(bench.plan(), ["defender_hunting_tables.it create"], "both agree");
    bench.admin("DELETE", "/faults", None);
    bench.faults(&json!([lost_in_the_list(), answers("GET", json!({ "status": 405 })), lost_in_the_list()]));
    assert_eq!(bench.plan(), ["defender_hunting_tables.it create"], "two lists agree");
}

#[test]
fn a_destroy_is_complete_when_nothing_streams_any_more() {
    let brief = "timeouts {\n    delete = \"2s\"\n  }";
    let bench = Bench::new();
    bench.configure(&with(&tables(&["DeviceInfo"]), brief));
    bench.apply();
    let not_there = json!({ "status": 404, "body": { "error": { "code": "NotFound", "message": "no" } } });
    let stays = |what: &str, faults: &Value, expected: &str| {
        bench.admin("DELETE", "/faults", None);
        bench.faults(faults);
        let outcome = bench.run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"]);
        assert!(outcome.code != 0 && outcome.text.contains(expected), "{what}: {}", outcome.text);
        assert!(bench.state("defender_hunting_tables.it").is_object(), "{what}");
        assert_eq!(bench.left(), [format!("export_settings/{PORTALS}")], "{what}");
        bench.admin("DELETE", "/faults", None);
    };
    stays("404, and it is there", &json!([answers("DELETE", not_there.clone())]), "404 NotFound");
    stays("taken in, and it is there", &json!([answers("DELETE", json!({ "status": 204 }))]), "still there");
    stays("lost in the list", &json!([lost_in_the_list(), answers("GET", json!({ "status": 403 }))]), "refused");
    // What was never managed keeps the setting, so that a POST switches off the rest.
    bench.portal(
        "PATCH",
        &path(PORTALS),
        Some(&json!({ "logs": [
            { "category": "AdvancedHunting-DeviceInfo", "enabled": true }, { "category": "Alert", "enabled": true },
        ] })),
    );
    stays(
        "switched off without effect",
        &json!([answers("POST", json!({ "status": 200, "body": {} }))]),
        "still there",
    );
    let text = bench.destroy();
    assert!(text.contains("The export setting stays") && text.contains("- Alert"), "{text}");
    // And it is gone already, says a DELETE that a look agrees with.
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo"]));
    bench.apply();
    bench.faults(&json!([answers("DELETE", json!({ "status": 404, "after": true }))]));
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_table_that_the_portal_switches_on_after_the_plan_is_not_switched_off() {
    let bench = Bench::new();
    bench.configure(&tables(&["DeviceInfo"]));
    bench.apply();
    bench.configure(&tables(&["DeviceInfo", "CloudAppEvents"]));
    bench.plan();
    let on = |name: &str| json!({ "category": name, "enabled": true });
    let logs = json!({ "logs": [on("AdvancedHunting-DeviceInfo"), on("AdvancedHunting-DeviceEvents")] });
    bench.portal("PATCH", &path(PORTALS), Some(&logs));
    let already = bench.emulator.exchanges().len();
    expect![[r#"
        Error: The selection of hunting tables changed while it was being updated

          with defender_hunting_tables.it,
          on main.tf line 8, in resource "defender_hunting_tables" "it":
           8: resource "defender_hunting_tables" "it" {

        Since the plan was made, somebody changed it in
        WORKSPACE:
          - DeviceEvents: off here, on there

        Found: a write of the plan would switch off what neither it nor state has

        Nothing was overwritten. Run terraform plan to see the difference, then apply
        again.
    "#]]
    .assert_eq(&bench.errors(&["apply", "-no-color", "plan"]));
    assert_eq!(bench.bodies(already), "");
    // A destroy that was planned before it leaves it on.
    bench.configure(&tables(&["DeviceInfo"]));
    bench.ok(&["plan", "-no-color", "-destroy", "-refresh=false", "-out=plan"]);
    let text = bench.ok(&["apply", "-no-color", "plan"]);
    assert!(warning(&text).contains("- AdvancedHunting-DeviceEvents"), "{text}");
    let logs = &bench.admin("GET", "/state", None)["tenants"][0]["export_settings"][0]["logs"];
    assert_eq!(*logs, json!([on("AdvancedHunting-DeviceEvents")]));
}

#[test]
fn a_setting_that_moves_to_another_workspace_after_the_plan_is_not_written() {
    let bench = Bench::with(&tenant_with(&json!([]), true));
    bench.configure(&tables(&["DeviceInfo"]));
    bench.apply();
    bench.configure(&tables(&["DeviceInfo", "CloudAppEvents"]));
    bench.plan();
    let elsewhere = json!({ "workspaceProperties": { "workspaceResourceId": WORKSPACE.replace("law-demo", "law-2") } });
    bench.portal("PATCH", &path(PORTALS), Some(&elsewhere));
    let already = bench.emulator.exchanges().len();
    let told = bench.errors(&["apply", "-no-color", "plan"]);
    assert!(told.contains("belongs to another target"), "{told}");
    assert_eq!(bench.bodies(already), "");
}

#[test]
fn what_could_be_anybodys_is_taken_over_only_by_consent_and_as_it_was_shown() {
    let made = setting(PORTALS, WORKSPACE, &["AdvancedHunting-DeviceInfo", "CloudAppEvents"]);
    let bench = Bench::with(&tenant_with(&json!([]), true));
    let body = tables(&["DeviceInfo", "DeviceEvents"]);
    bench.configure(&body);
    bench.plan();
    // It turns up after the plan.
    bench.portal("PUT", &path(PORTALS), Some(&made));
    let told = bench.errors(&["apply", "-no-color", "plan"]);
    assert!(told.contains("exists already"), "{told}");
    assert!(bench.refused().contains("exists already"));
    bench.configure(&tables(&["DeviceInfo", "CloudAppEvents"]));
    assert!(bench.refused().contains("exists already"), "also where it is as planned");

    bench.configure(&with(&body, "adopt_existing = true"));
    let text = bench.ok(&["plan", "-no-color", "-out=plan"]);
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("+ "));
    let unknown: Vec<_> = lines.filter(|line| line.ends_with("(known after apply)")).collect();
    expect![[r#"
        + id                   = (known after apply)
        + preserved_categories = (known after apply)
        + setting_id           = (known after apply)
        The selection of hunting tables is there and is taken over

          with defender_hunting_tables.it,
          on main.tf line 11, in resource "defender_hunting_tables" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE|SentinelExportSettings-law-demo

        What changes of it:
          - tables to be switched off: CloudAppEvents
          - tables to be switched on: DeviceEvents

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more."#]]
    .assert_eq(&format!("{}\n{}", unknown.join("\n"), warning(&text)));
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state("defender_hunting_tables.it")["setting_id"], PORTALS);

    // Consent is given to what a plan shows, so Terraform holds what turns up after it for another plan.
    bench.destroy();
    bench.plan();
    bench.portal("PUT", &path(PORTALS), Some(&made));
    let already = bench.emulator.exchanges().len();
    let told = bench.run(&["apply", "-no-color", "plan"]).text;
    let told = told.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("Terraform calls the plan inconsistent and changes nothing: plan and apply once more."),
        "{told}"
    );
    assert_eq!(bench.bodies(already), "");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_up_between_plan_and_write_is_not_written_over() {
    let emulator = EmulatorProcess::start();
    let setting_of = |categories: &[&str]| setting(PORTALS, WORKSPACE, categories);
    let at = format!("/portal{}", path(PORTALS));
    for (what, adopt, before, after, expected) in [
        ("it turned up", false, None, Some(setting_of(&["AdvancedHunting-DeviceInfo"])), "exists already"),
        ("it turned up, and adopting was not planned", true, None, Some(setting_of(&[])), "exists already"),
        (
            "what is adopted has a table more",
            true,
            Some(setting_of(&["CloudAppEvents"])),
            Some(setting_of(&["CloudAppEvents", "AdvancedHunting-DeviceEvents"])),
            "DeviceEvents: off here, on there",
        ),
        ("what is adopted is gone", true, Some(setting_of(&["CloudAppEvents"])), None, ""),
        (
            "what is adopted is as it was",
            true,
            Some(setting_of(&["CloudAppEvents"])),
            Some(setting_of(&["CloudAppEvents"])),
            "",
        ),
    ] {
        let mut provider = Provider::start(&emulator, emulator.url()).await;
        let mut resource = provider.resource("defender_hunting_tables").await;
        let put = async |setting: Option<&Value>| {
            let method = if setting.is_some() { "PUT" } else { "DELETE" };
            let there = emulator.admin("GET", "/state", None).await["tenants"][0]["export_settings"][0].is_object();
            if setting.is_some() || there {
                emulator.admin(method, &at, setting).await;
            }
        };
        put(None).await;
        put(before.as_ref()).await;
        provider.configure().await.unwrap();
        let config = json!({ "workspace_id": WORKSPACE, "tables": ["DeviceInfo"], "adopt_existing": adopt });
        let plan = resource.plan(&mut provider, Some(&config)).await.unwrap();
        put(after.as_ref()).await;
        match resource.apply(&mut provider, plan).await {
            Err(Failed::Told(text)) => assert!(!expected.is_empty() && text.contains(expected), "{what}: {text}"),
            outcome => assert!(expected.is_empty() && outcome.is_ok(), "{what}: {outcome:?}"),
        }
        let logs = &emulator.admin("GET", "/state", None).await["tenants"][0]["export_settings"][0]["logs"];
        let is_written = *logs == setting_of(&["AdvancedHunting-DeviceInfo"])["logs"];
        assert_eq!(is_written, expected.is_empty() || what == "it turned up", "{what}: {logs}");
    }
}

#[test]
fn what_follows_from_what_is_known_is_planned() {
    let bench = Bench::new();
    let unknown = "resource \"terraform_data\" \"it\" {\n  input = \"DeviceInfo\"\n}\n";
    let body = tables(&["X"]).replace("[\"X\"]", "[terraform_data.it.output]");
    bench.configure(&format!("{unknown}{body}"));
    bench.plan();
    let planned = |bench: &Bench| {
        let text = bench.ok(&["show", "-json", "plan"]);
        let plan: Value = serde_json::from_str(&text).unwrap();
        let changes = plan["resource_changes"].as_array().unwrap().clone();
        let ours = changes.into_iter().find(|change| change["type"] == "defender_hunting_tables").unwrap();
        ["tenant_id", "setting_id", "id"].map(|name| bench.clean(ours["change"]["after"][name].as_str().unwrap_or("-")))
    };
    assert_eq!(planned(&bench), ["TENANT", PORTALS, &format!("WORKSPACE|{PORTALS}")]);
    // Whether what is there may be taken over is said later.
    let flag = with(&tables(&["DeviceInfo"]), "adopt_existing = terraform_data.it.output");
    bench.configure(&format!("{}{flag}", unknown.replace("\"DeviceInfo\"", "true")));
    bench.portal("PUT", &path(PORTALS), Some(&setting(PORTALS, WORKSPACE, &["CloudAppEvents"])));
    bench.plan();
    assert_eq!(planned(&bench), ["TENANT", "-", "-"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    // Of the workspace only the tenant does not depend.
    let body = tables(&["DeviceInfo"]).replace("var.workspace_id", "terraform_data.it.output");
    bench.configure(&format!("{}{body}", unknown.replace("\"DeviceInfo\"", "var.workspace_id")));
    bench.plan();
    assert_eq!(planned(&bench), ["TENANT", "-", "-"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}
