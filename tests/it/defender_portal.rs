//! The move of workspaces to the Defender portal: with the sign of it, what the portal changes or takes away is told and is no
//! diff; without it, it is drift whose message names the sign.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, findings, sentinel};

const WORKSPACES: usize = 40;

/// What each workspace has: of every fate that the move has for a connector.
const CONNECTORS: [(&str, &str); 5] = [
    ("defender_xdr_connector", "MicrosoftThreatProtection"),
    ("defender_identity_connector", "AzureAdvancedThreatProtection"),
    ("defender_entra_id_protection_connector", "AzureActiveDirectory"),
    ("defender_cloud_connector", "AzureSecurityCenter"),
    ("defender_insider_risk_connector", "OfficeIRM"),
];

fn workspace(number: usize) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law-{number:02}"
    )
}

fn forty() -> Bench {
    let workspaces: Vec<_> = (0..WORKSPACES)
        .map(|number| {
            json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg", "name": format!("law-{number:02}"),
                    "tenant_id": TENANT })
        })
        .collect();
    Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": workspaces,
        "behaviour": { "throttle": false },
    }))
}

fn in_all(sign: &str) -> String {
    let blocks = CONNECTORS.map(|(resource, _)| {
        format!(
            "resource \"{resource}\" \"it\" {{\n  for_each     = local.workspaces\n  workspace_id = each.value\n  {sign}\n}}\n"
        )
    });
    let id = workspace(0).replace("law-00", "law-%02d");
    format!(
        "locals {{\n  workspaces = [for number in range({WORKSPACES}) : format(\"{id}\", number)]\n}}\n{}",
        blocks.concat()
    )
    .replace("local.workspaces\n", "toset(local.workspaces)\n")
}

/// What a plan says of each address: what it plans, and the summaries of its warnings.
fn plan(bench: &Bench) -> (BTreeMap<String, String>, BTreeMap<String, BTreeSet<String>>) {
    let output = bench.command(&["plan", "-json", "-input=false", "-parallelism=40"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let (mut changes, mut told) = (BTreeMap::new(), BTreeMap::<_, BTreeSet<_>>::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match line["type"].as_str() {
            Some("planned_change") => {
                let change = &line["change"];
                changes.insert(text(&change["resource"]["addr"]), text(&change["action"]));
            }
            Some("diagnostic") if !line["diagnostic"]["address"].is_null() => {
                let diagnostic = &line["diagnostic"];
                let words = format!("{} {}", text(&diagnostic["summary"]), text(&diagnostic["detail"]));
                told.entry(text(&diagnostic["address"])).or_default().insert(words);
            }
            _ => {}
        }
    }
    (changes, told)
}

/// The connectors of the service, as "kind in workspace" with their name and what is on.
fn connectors(bench: &Bench) -> BTreeMap<String, String> {
    let world = bench.admin("GET", "/state", None);
    let workspaces = world["workspaces"].as_array().unwrap();
    let all = workspaces.iter().flat_map(|workspace| {
        workspace["connectors"].as_array().unwrap().iter().map(move |connector| {
            let kind = connector["kind"].as_str().unwrap();
            let (_, resource) = CONNECTORS
                .map(|(resource, kind)| (kind, resource))
                .into_iter()
                .find(|(known, _)| *known == kind)
                .unwrap();
            let address = format!("{resource}.it[\"{}\"]", workspace["id"].as_str().unwrap());
            (address, format!("{} {}", connector["name"], connector["properties"]["dataTypes"]))
        })
    });
    all.collect()
}

/// What is another now than it was: the addresses of its blocks.
fn difference(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> BTreeSet<String> {
    before.iter().filter(|(address, was)| now.get(*address) != Some(was)).map(|(address, _)| address.clone()).collect()
}

fn cutover(bench: &Bench, primary: usize, disconnected: &str) {
    bench.let_time_pass();
    let body = json!({ "primary": workspace(primary), "disconnected": disconnected });
    bench.admin("POST", "/cutover", Some(&body));
}

#[test]
fn with_the_sign_forty_workspaces_move_without_a_diff() {
    let bench = forty();
    bench.configure(&in_all("managed_by_portal = true"));
    bench.ok(&["apply", "-no-color", "-auto-approve", "-parallelism=40"]);
    let before = connectors(&bench);
    assert_eq!(before.len(), WORKSPACES * CONNECTORS.len());
    assert_eq!(plan(&bench), Default::default(), "before the move nothing is planned and nothing is told");

    for (primary, disconnected) in [(0, "off"), (0, "absent"), (7, "absent")] {
        cutover(&bench, primary, disconnected);
        let now = connectors(&bench);
        let changed = difference(&before, &now);
        // XDR, Identity and Entra ID Protection of all, Insider Risk of all but the primary one.
        let stays = if primary == 0 { 1 } else { 0 };
        assert_eq!(changed.len(), 4 * WORKSPACES - stays, "primary {primary}, {disconnected}");
        let (planned, told) = plan(&bench);
        assert_eq!(planned, BTreeMap::new(), "primary {primary}, {disconnected}");
        assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), changed, "primary {primary}, {disconnected}");
        let applied = bench.ok(&["apply", "-no-color", "-auto-approve", "-parallelism=40"]);
        assert!(applied.contains("0 added, 0 changed, 0 destroyed"), "{applied}");
        assert_eq!(difference(&now, &connectors(&bench)), BTreeSet::new(), "nothing is written");
    }
}

#[test]
fn without_the_sign_the_drift_of_forty_workspaces_names_it() {
    let bench = forty();
    bench.configure(&in_all(""));
    bench.ok(&["apply", "-no-color", "-auto-approve", "-parallelism=40"]);
    let before = connectors(&bench);
    assert_eq!(plan(&bench), Default::default());
    cutover(&bench, 3, "absent");
    let changed = difference(&before, &connectors(&bench));
    let (planned, told) = plan(&bench);
    assert_eq!(planned.keys().cloned().collect::<BTreeSet<_>>(), changed);
    for address in &changed {
        let told = &told[address];
        assert!(told.iter().any(|words| words.contains("managed_by_portal = true")), "{address}: {told:?}");
    }

    // The sign heals it: one apply that changes nothing in the service, and then there is no diff.
    let now = connectors(&bench);
    bench.configure(&in_all("managed_by_portal = true"));
    bench.ok(&["apply", "-no-color", "-auto-approve", "-parallelism=40"]);
    // What ARM does take is written, as Insider Risk is reported to be.
    let is_taken = |address: &String| address.contains("insider_risk");
    assert!(difference(&now, &connectors(&bench)).iter().all(is_taken));
    let (planned, told) = plan(&bench);
    assert_eq!(planned, BTreeMap::new());
    let left = changed.into_iter().filter(|address| !is_taken(address)).collect();
    assert_eq!(told.into_keys().collect::<BTreeSet<_>>(), left);
}

fn one_workspace() -> Value {
    json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT }],
    })
}

const XDR: &str = "defender_xdr_connector.it";

fn xdr(more: &str) -> String {
    format!("resource \"defender_xdr_connector\" \"it\" {{\n  workspace_id = var.workspace_id\n  {more}\n}}\n")
}

fn identity(more: &str) -> String {
    xdr(more).replace("xdr", "identity")
}

/// The workspace moves to the portal as the primary one.
fn moves(bench: &Bench) {
    bench.let_time_pass();
    bench.admin("POST", "/cutover", Some(&json!({ "primary": WORKSPACE })));
}

#[test]
fn a_refused_write_is_the_sign() {
    let bench = Bench::new();
    bench.configure(&xdr(""));
    bench.apply();
    moves(&bench);
    assert_eq!(bench.plan(), [format!("{XDR} update"), "  incidents: false -> true".to_owned()]);
    let world = bench.admin("GET", "/state", None);
    let refused = bench.apply_errors();
    expect![[r#"
        Warning: The Microsoft Defender XDR connector was switched off (incidents) outside Terraform

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        Workspace:
        WORKSPACE

        The plan sets it back. If the workspace was moved to the Microsoft Defender
        portal, that was the portal's doing, and ARM will refuse to undo it: set
        managed_by_portal = true in this block, and what the portal changes is told
        and is no diff. If the portal does not manage it, managed_by_portal = false
        says so, and this is not asked again.

        Warning: Defender for Cloud incidents come without their alerts

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        Defender XDR brings the incidents of Defender for Cloud into
        WORKSPACE,
        but not their alerts (documented), and no defender_cloud_connector is there
        or was planned before this.

        If you use Defender for Cloud, add a defender_cloud_connector for each
        subscription, unless another block of this configuration is one; let this
        resource depend on it (depends_on), and it is taken into account whatever the
        order.

        (and one more similar warning elsewhere)

        Error: Could not update the Microsoft Defender XDR connector

          with defender_xdr_connector.it,
          on main.tf line 9, in resource "defender_xdr_connector" "it":
           9:   workspace_id = var.workspace_id

        The workspace is onboarded to the Microsoft Defender portal, which manages
        this connector now; ARM refuses changes to it.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98
        Request id: GUID

        The service changed nothing. Unless this block sets it to false,
        managed_by_portal is true in state from now on, and state is as it is
        configured: what the service has in its place is told by every plan, and is
        no diff. Change it in the Defender portal (Settings > Microsoft Sentinel >
        Workspaces).

        To stop managing it here without touching it, take the resource out of the
        configuration and leave in its place

          removed {
            from = defender_xdr_connector.NAME
            lifecycle {
              destroy = false
            }
          }
    "#]].assert_eq(&refused);
    assert_eq!(bench.state(XDR)["managed_by_portal"], true);
    assert_eq!(bench.state(XDR)["incidents"], true);
    let told = bench.ok(&["plan", "-no-color", "-detailed-exitcode"]);
    expect![[r#"
        Warning: The Microsoft Defender XDR connector is left to the Defender portal

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        managed_by_portal is true, and the service does not have it as state does:
          - incidents: true here, false there
        Workspace:
        WORKSPACE

        State keeps what is configured, and nothing is planned for this. If the
        portal does not manage it after all, set managed_by_portal = false: then it
        is drift, and an apply sets it back.
    "#]]
    .assert_eq(&findings(&told));
    bench.apply();
    assert_eq!(bench.admin("GET", "/state", None), world, "nothing was written");

    // What the user changes all the same is told before and after, and is no error.
    bench.configure(&xdr("alerts = true"));
    let applied = bench.apply();
    expect![[r#"
        Warning: The Microsoft Defender XDR connector is left to the Defender portal

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        managed_by_portal is true, and the service does not have it as state does:
          - incidents: true here, false there
        Workspace:
        WORKSPACE

        State keeps what is configured, and nothing is planned for this. If the
        portal does not manage it after all, set managed_by_portal = false: then it
        is drift, and an apply sets it back.

        Warning: The Defender portal manages the Microsoft Defender XDR connector

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        managed_by_portal is true in
        WORKSPACE.

        Where it refuses this, state takes the change all the same, and every plan
        tells what the service has in its place; the apply tells whether it did.

        (and one more similar warning elsewhere)

        Warning: The Defender portal keeps the Microsoft Defender XDR connector as it is

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        managed_by_portal is true, and the service did not update it in
        WORKSPACE.

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98
        Request id: GUID

        State has it as it is configured, and every plan tells what the service has
        in its place. Change it in the Defender portal (Settings > Microsoft Sentinel
        > Workspaces).

        Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
    "#]].assert_eq(&findings(&applied));
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.admin("GET", "/state", None), world, "nothing was written");

    // The portal lets go of it: the user says so, and it is drift again.
    bench.portal("PATCH", WORKSPACE, Some(&json!({ "portalLocked": false })));
    bench.configure(&xdr("alerts = true\n  managed_by_portal = false"));
    assert_eq!(bench.plan(), [format!("{XDR} update"), "  managed_by_portal: true -> false".to_owned()]);
    bench.apply();
    let [planned, incidents, alerts] = &bench.plan()[..] else { panic!("not three lines") };
    assert_eq!(
        [planned, alerts, incidents],
        [&format!("{XDR} update"), "  incidents: false -> true", "  alerts: false -> true"]
    );
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    // Without the word there is no sign left.
    bench.configure(&xdr("alerts = true"));
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.state(XDR)["managed_by_portal"], false);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn false_is_the_users_word_against_a_refusal() {
    let bench = Bench::new();
    bench.configure(&xdr("managed_by_portal = false"));
    bench.apply();
    moves(&bench);
    let told = bench.run(&["plan", "-no-color"]).text;
    assert!(!told.contains("managed_by_portal"), "nothing is suggested to who said no: {told}");
    for _ in 0..2 {
        let refused = bench.apply_errors();
        assert!(refused.contains("Error: Could not update") && refused.contains("removed {"), "{refused}");
        let state = bench.state(XDR);
        assert_eq!((&state["managed_by_portal"], &state["incidents"]), (&json!(false), &json!(false)));
        assert_eq!(bench.plan(), [format!("{XDR} update"), "  incidents: false -> true".to_owned()]);
    }
}

#[test]
fn what_the_portal_took_away_comes_into_state_by_the_users_word() {
    let bench = Bench::new();
    bench.configure(&identity(""));
    bench.apply();
    moves(&bench);
    let told = bench.run(&["plan", "-no-color"]).text;
    expect![[r#"
        Warning: The Microsoft Defender for Identity connector was removed outside Terraform

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        Workspace:
        WORKSPACE

        The plan sets it back. If the workspace was moved to the Microsoft Defender
        portal, that was the portal's doing, and ARM will refuse to undo it: set
        managed_by_portal = true in this block, and what the portal changes is told
        and is no diff. If the portal does not manage it, managed_by_portal = false
        says so, and this is not asked again.
    "#]]
    .assert_eq(&findings(&told));
    let refused = bench.apply_errors();
    expect![[r#"
        Warning: The Microsoft Defender for Identity connector was removed outside Terraform

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        Workspace:
        WORKSPACE

        The plan sets it back. If the workspace was moved to the Microsoft Defender
        portal, that was the portal's doing, and ARM will refuse to undo it: set
        managed_by_portal = true in this block, and what the portal changes is told
        and is no diff. If the portal does not manage it, managed_by_portal = false
        says so, and this is not asked again.

        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The workspace is onboarded to the Microsoft Defender portal, which manages
        this connector now; ARM refuses changes to it.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        The service changed nothing. Set managed_by_portal = true in this block: it
        then is in state as it is configured, what the service has in its place is
        told by every plan, and there is no diff. Change it in the Defender portal
        (Settings > Microsoft Sentinel > Workspaces).
    "#]].assert_eq(&refused);
    bench.configure(&identity("managed_by_portal = true"));
    let applied = bench.apply();
    expect![[r#"
        Warning: The Defender portal keeps the Microsoft Defender for Identity connector as it is

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   managed_by_portal = true

        managed_by_portal is true, and the service did not create it in
        WORKSPACE.

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        State has it as it is configured, and every plan tells what the service has
        in its place. Change it in the Defender portal (Settings > Microsoft Sentinel
        > Workspaces).

        Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
    "#]].assert_eq(&findings(&applied));
    let told = bench.ok(&["plan", "-no-color", "-detailed-exitcode"]);
    expect![[r#"
        Warning: The Microsoft Defender for Identity connector is left to the Defender portal

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   managed_by_portal = true

        managed_by_portal is true, and the service does not have it as state does:
          - it is not there
        Workspace:
        WORKSPACE

        State keeps what is configured, and nothing is planned for this. If the
        portal does not manage it after all, set managed_by_portal = false: then it
        is drift, and an apply sets it back.
    "#]]
    .assert_eq(&findings(&told));
    // Once the portal lets go of it, the word is taken back and the connector made.
    bench.portal("PATCH", WORKSPACE, Some(&json!({ "portalLocked": false })));
    bench.configure(&identity("managed_by_portal = false"));
    bench.apply();
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert!(bench.left().iter().any(|name| name.starts_with("connectors/")));
}

#[test]
fn what_the_portal_made_is_imported_as_it_has_it() {
    let bench = Bench::new();
    moves(&bench);
    let world = bench.admin("GET", "/state", None);
    let import = format!("import {{\n  to = {XDR}\n  id = \"{WORKSPACE}|MicrosoftThreatProtection\"\n}}\n");
    bench.configure(&format!("{}{import}", xdr("incidents = false")));
    let refused = bench.plan_errors();
    assert!(refused.contains("A connector with nothing to stream"), "{refused}");
    bench.configure(&format!("{}{import}", xdr("incidents = false\n  managed_by_portal = true")));
    let applied = bench.apply();
    assert!(applied.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{applied}");
    assert_eq!(bench.plan(), [""; 0]);

    // What is written for it says the same.
    bench.let_go();
    bench.configure(&import);
    bench.ok(&["plan", "-no-color", "-generate-config-out=it.tf"]);
    let written = std::fs::read_to_string(bench.path("it.tf")).unwrap();
    let is_sign = |line: &str| line.split_whitespace().eq(["managed_by_portal", "=", "true"]);
    assert!(written.lines().any(is_sign), "{written}");
    let applied = bench.apply();
    assert!(applied.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{applied}");
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.admin("GET", "/state", None), world, "nothing was written");
}

#[test]
fn a_destroy_leaves_to_the_portal_what_it_keeps() {
    let bench = Bench::new();
    bench.configure(&format!("{}{}", xdr(""), identity("managed_by_portal = true")));
    bench.apply();
    moves(&bench);
    let left = bench.left();
    // Made anew, each is let go and comes back as it is configured.
    let it = "defender_identity_connector.it";
    let anew = ["apply", "-no-color", "-auto-approve", &format!("-replace={it}"), &format!("-target={it}")];
    assert!(bench.ok(&anew).contains("1 added, 0 changed, 1 destroyed"));
    // Without the sign a refused destroy keeps it in state, and is the sign of the next one.
    let refused = bench.errors(&["destroy", "-no-color", "-auto-approve"]);
    assert!(refused.contains("Error: Could not delete the Microsoft Defender XDR connector"), "{refused}");
    assert_eq!(bench.state(XDR)["managed_by_portal"], true);
    let destroyed = bench.destroy();
    expect![[r#"
        Warning: The Microsoft Defender XDR connector stays with the Defender portal

        managed_by_portal is true, and the service did not delete it in
        WORKSPACE.

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: DELETE
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/71686878-1946-5df6-9bca-50ff98a04b98
        Request id: GUID

        It is out of state, and stays as the portal has it: disconnect it there
        (Settings > Microsoft Sentinel > Workspaces).

        Warning: The Defender portal manages the Microsoft Defender XDR connector

          with defender_xdr_connector.it,
          on main.tf line 8, in resource "defender_xdr_connector" "it":
           8: resource "defender_xdr_connector" "it" {

        managed_by_portal is true in
        WORKSPACE.

        Where it refuses this, the connector stays as it is there, and Terraform
        forgets it; the apply tells whether it did.

        Destroy complete! Resources: 1 destroyed.
    "#]].assert_eq(&findings(&destroyed));
    assert_eq!(bench.left(), left);
    assert_eq!(bench.state(XDR), Value::Null);
}

#[test]
fn the_sign_keeps_nothing_of_a_workspace_that_is_gone() {
    for offboard in [sentinel("onboardingStates/default"), WORKSPACE.to_owned()] {
        // A second one keeps the subscription.
        let mut world = one_workspace();
        world["workspaces"].as_array_mut().unwrap().push(
            json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "other", "tenant_id": TENANT }),
        );
        let bench = Bench::with(&world);
        bench.configure(&xdr("managed_by_portal = true"));
        bench.apply();
        bench.portal("DELETE", &offboard, None);
        assert_eq!(bench.plan(), [format!("{XDR} create")], "{offboard}");
    }
}

#[test]
fn under_the_sign_what_the_service_takes_is_written() {
    let bench = Bench::new();
    bench.configure(&xdr("managed_by_portal = true"));
    bench.apply();
    bench.configure(&xdr("managed_by_portal = true\n  alerts = true"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let world = bench.admin("GET", "/state", None);
    assert_eq!(world["workspaces"][0]["connectors"][0]["properties"]["dataTypes"]["alerts"]["state"], "Enabled");
    // Drift under the sign is told, and set back once the user says that it is none of the portal's.
    let id = bench.state(XDR)["id"].as_str().unwrap().to_owned();
    let off = json!({ "properties": { "dataTypes": { "alerts": { "state": "Disabled" } } } });
    bench.portal("PATCH", &id, Some(&off));
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(&xdr("managed_by_portal = false\n  alerts = true"));
    bench.apply();
    bench.apply();
    let world = bench.admin("GET", "/state", None);
    assert_eq!(world["workspaces"][0]["connectors"][0]["properties"]["dataTypes"]["alerts"]["state"], "Enabled");
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}
