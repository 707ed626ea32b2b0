//! `defenderctl doctor` against the emulator: everything that stands in the way of an apply is found by reads, and named.

use std::fs;
use std::path::Path;

use expect_test::{expect, expect_file};
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::export::{Exported, with_provider};
use crate::query::{connector, rule, setting, workspace, world};
use crate::terraform::Bench;

/// How many tenants are looked at.
const FLEET: usize = 200;

const PROVIDER: &str = "registry.terraform.io/sentinel-iac/defender";

fn doctor(bench: &Bench, words: &[&str]) -> Exported {
    with_provider(bench, &[&["doctor"], words].concat(), json!({}))
}

/// What was asked since `already`, tokens left out, sorted. None of it is a write.
fn reads(bench: &Bench, already: usize) -> Vec<String> {
    let mut asked = bench.asked(already);
    let is_read = |line: &String| line.starts_with("GET ") || line.starts_with("POST dataConnectorsCheckRequirements ");
    assert!(asked.iter().all(is_read), "{asked:#?}");
    asked.sort();
    asked
}

fn id(number: usize, part: usize) -> String {
    format!(
        "{number:08x}-{part}{part}{part}{part}-4{part}{part}{part}-8{part}{part}{part}-{}",
        part.to_string().repeat(12)
    )
}

fn tenant_id(number: usize) -> String {
    id(number, 1)
}

fn workspace_id(number: usize) -> String {
    WORKSPACE.replace(SUBSCRIPTION, &id(number, 2)).replace("law-demo", &format!("law-{number:03}"))
}

/// A plan that makes something of everything in a customer's workspace; what is there already stands as before.
fn plan(number: usize) -> Value {
    let within = |mut values: Value| {
        values["workspace_id"] = workspace_id(number).into();
        values["tenant_id"] = tenant_id(number).into();
        values
    };
    let of = |kind: &str| {
        json!({
            "address": format!("module.customer[{number}].{kind}.this"), "mode": "managed", "type": kind, "name": "this",
            "provider_name": PROVIDER, "schema_version": 0,
        })
    };
    let make = |kind: &str, after: Value| {
        let mut change = of(kind);
        change["change"] = json!({
            "actions": ["create"], "before": null, "after": within(after), "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
        });
        change
    };
    let mut xdr = of("defender_xdr_connector");
    let id = format!("{}/providers/Microsoft.SecurityInsights/dataConnectors/x", workspace_id(number));
    xdr["values"] = within(json!({ "id": id, "incidents": true, "managed_by_portal": true }));
    let is_there = number == PORTAL;
    let mut changes = vec![
        make("defender_identity_connector", json!({ "alerts": true })),
        make("defender_hunting_tables", json!({ "tables": ["DeviceEvents"] })),
        make("defender_table_retention", json!({ "table": "DeviceEvents" })),
        make("defender_ingestion_workbook", json!({})),
    ];
    if !is_there {
        changes.push(make("defender_xdr_connector", json!({ "incidents": true, "alerts": false })));
    }
    let there = if is_there { json!([xdr]) } else { json!([]) };
    json!({
        "format_version": "1.2", "planned_values": {}, "resource_changes": changes,
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": there } } },
    })
}

// Whose tenant has which defect.
const UNKNOWN_TENANT: usize = 1;
const NO_CONSENT: usize = 2;
const WRONG_SECRET: usize = 3;
const NO_WORKSPACE: usize = 4;
const NO_ACCESS: usize = 5;
const NOT_ONBOARDED: usize = 6;
const NO_WRITE: usize = 7;
const NO_WORKBOOK: usize = 8;
const NO_LICENCE: usize = 9;
const NO_TENANT_CONSENT: usize = 10;
const NO_PROVIDER: usize = 11;
const PORTAL: usize = 12;
const NO_SLOT: usize = 13;
const NO_DEFENDER_API: usize = 14;
const NO_SOLUTION: usize = 15;
const TWICE: usize = 16;
const THERE: usize = 17;
const TIED: usize = 18;

fn fleet() -> Value {
    let tenants = (0..FLEET).filter(|number| *number != UNKNOWN_TENANT).map(|number| {
        let deny: &[&str] = match number {
            NO_ACCESS => &["*"],
            NO_WRITE => &["Microsoft.SecurityInsights/dataConnectors/write"],
            NO_WORKBOOK => &["Microsoft.Insights/*"],
            _ => &[],
        };
        let secret = if number == WRONG_SECRET { "another" } else { SECRET };
        let client = json!({ "client_id": CLIENT, "client_secret": secret, "deny": deny });
        let settings = if number == NO_SLOT { 5 } else { 1 };
        let settings: Vec<_> = (0..settings).map(|at| setting(&format!("s{at}"), WORKSPACE, &["DeviceInfo"])).collect();
        let licences = match number {
            NO_LICENCE => json!({ "AzureAdvancedThreatProtection": "invalid" }),
            NO_TENANT_CONSENT => json!({ "MicrosoftThreatProtection": "missing_consent" }),
            _ => json!({}),
        };
        json!({
            "tenant_id": tenant_id(number), "clients": if number == NO_CONSENT { json!([]) } else { json!([client]) },
            "export_settings": settings, "export_settings_accept_app_tokens": number != NO_DEFENDER_API, "licences": licences,
        })
    });
    let workspaces = (0..FLEET).filter(|number| *number != UNKNOWN_TENANT).map(|number| {
        let name = if number == NO_WORKSPACE { "law-other".to_owned() } else { format!("law-{number:03}") };
        let mut connectors = Vec::new();
        if number == THERE {
            let mut there = connector("identity_connector", "by-hand");
            there["properties"]["tenantId"] = tenant_id(number).into();
            connectors.push(there);
        }
        let rules = if number == TWICE { vec![rule("by-hand", "By hand")] } else { Vec::new() };
        let mut seed = workspace(&id(number, 2), &name, connectors, rules);
        seed["tenant_id"] = tenant_id(number).into();
        seed["onboarded"] = (number != NOT_ONBOARDED).into();
        seed["solutions"] = if number == NO_SOLUTION { "none" } else { "installed" }.into();
        if number == NO_PROVIDER {
            seed["unregistered_providers"] = json!(["Microsoft.SecurityInsights"]);
        }
        if number == TIED {
            seed["associations"] = json!(["Sentinel", "MicrosoftDefenderXDR"]);
        }
        seed
    });
    let (tenants, workspaces): (Vec<_>, Vec<_>) = (tenants.collect(), workspaces.collect());
    json!({ "tenants": tenants, "workspaces": workspaces })
}

/// What a fleet's findings say, for who is not well: tenant, check, verdict and the first line.
fn told(outcome: &Value) -> String {
    let mut told = String::new();
    for tenant in outcome["tenants"].as_array().unwrap() {
        let of_tenant = tenant["findings"].as_array().unwrap();
        let of_workspaces =
            tenant["workspaces"].as_array().unwrap().iter().flat_map(|of| of["findings"].as_array().unwrap());
        for finding in of_tenant.iter().chain(of_workspaces) {
            let [check, verdict, summary] = ["check", "verdict", "summary"].map(|name| finding[name].as_str().unwrap());
            // What nobody can know is the same for all.
            let is_usual = verdict == "unknown" && ["entra_role", "defender_portal"].contains(&check);
            if verdict != "well" && !is_usual {
                let number = usize::from_str_radix(&tenant["tenant_id"].as_str().unwrap()[..8], 16).unwrap();
                told += &format!("{number} {verdict} {check}: {summary}\n");
            }
        }
    }
    told
}

#[test]
fn every_defect_of_a_fleet_is_found_and_named_in_one_run() {
    let bench = Bench::with(&fleet());
    let folder = bench.path("plans");
    fs::create_dir(&folder).unwrap();
    for number in 0..FLEET {
        fs::write(folder.join(format!("{number:03}.json")), plan(number).to_string()).unwrap();
    }
    let already = bench.emulator.exchanges().len();
    let words = ["doctor", "plans", "--format", "json"];
    let found = with_provider(&bench, &words, json!({}));
    assert_eq!(found.code, 4, "{}", found.told);
    let outcome: Value = serde_json::from_str(&found.out).unwrap();
    expect![[r#"
        1 problem sign_in: Could not sign in to tenant 00000001-1111-4111-8111-111111111111
        2 problem sign_in: Could not sign in to tenant 00000002-1111-4111-8111-111111111111
        3 problem sign_in: Could not sign in to tenant 00000003-1111-4111-8111-111111111111
        4 problem workspace: Could not read the workspace
        5 problem workspace: Could not read the workspace
        6 problem onboarding: Microsoft Sentinel is off in the workspace
        6 unknown requirements: Not known, because Microsoft Sentinel is off in the workspace
        6 unknown content_solutions: Not known, because Microsoft Sentinel is off in the workspace
        6 unknown existing_objects: Not known, because Microsoft Sentinel is off in the workspace
        7 problem permissions: The caller lacks actions of Azure roles
        8 problem permissions: The caller lacks actions of Azure roles
        9 problem requirements: The Microsoft Defender for Identity connector has no valid licence
        10 problem requirements: The Microsoft Defender XDR connector will not be permitted
        11 problem resource_providers: A resource provider is not registered
        12 notice defender_portal: The Defender portal manages connectors
        13 problem export_settings: The tenant has no room for another export setting
        14 problem export_settings: Could not read the export settings
        15 notice content_solutions: Connectors without their Content hub solution
        16 notice incident_rules: Incidents would arrive twice
        17 problem existing_objects: What is to be made is there already
        18 notice defender_portal: The workspace is tied to the Defender portal
    "#]]
    .assert_eq(&told(&outcome));
    expect![[r#"
        looked at              problems  notices  not known  well
        Sign-in                       3        0          0   197
        Entra role                    0        0        197     0
        Resource providers            1        0          0   196
        Export settings               2        0          0   195
        Workspace                     2        0          0   195
        Onboarding                    1        0          0   194
        Azure permissions             2        0          0   388
        Licence and consent           2        0          1   194
        Content hub solutions         0        1          1   193
        Existing objects              1        0          1   193
        Incidents twice               0        1          0   193
        Defender portal               0        2        193     0

        200 workspaces in 200 tenants."#]]
    .assert_eq(&found.told);
    let asked = reads(&bench, already);
    let tokens = bench.requests(already).len() - asked.len();
    expect![[r#"
        2546 requests and 397 for tokens, of 200 tenants
    "#]]
    .assert_eq(&format!("{} requests and {tokens} for tokens, of {FLEET} tenants\n", asked.len()));
}

#[test]
fn a_tenant_that_does_not_answer_holds_up_nobody_else() {
    let mut fleet = fleet();
    let silence = format!("/{}/oauth2/v2.0/token", tenant_id(NO_SLOT));
    fleet["faults"] = json!([{ "match": { "path": silence, "times": 1000 }, "action": { "drop": "before" } }]);
    let mut bench = Bench::with(&fleet);
    bench.set("ARM_TENANT_ID", &tenant_id(0));
    let line = [0, NO_SLOT, NO_PROVIDER].map(|number| format!("{}|{}", tenant_id(number), workspace_id(number)));
    let mut words = vec!["--type", "defender_eyes_on", "--format", "json", "--timeout", "15"];
    line.iter().for_each(|workspace| words.extend(["--workspace", workspace]));
    let found = doctor(&bench, &words);
    assert_eq!(found.code, 4, "{}", found.told);
    expect![[r#"
         11 problem resource_providers: A resource provider is not registered
         13 problem sign_in: Could not sign in to tenant 0000000d-1111-4111-8111-111111111111
    "#]]
    .assert_eq(&told(&serde_json::from_str(&found.out).unwrap()));
}

#[test]
fn tables_may_stream_into_a_workspace_of_another_tenant() {
    let bench = Bench::with(&fleet());
    let mut streams = plan(0);
    streams["resource_changes"].as_array_mut().unwrap().retain(|change| change["type"] == "defender_hunting_tables");
    streams["resource_changes"][0]["change"]["after"]["workspace_id"] = workspace_id(NO_SLOT).into();
    fs::write(bench.path("plan.json"), streams.to_string()).unwrap();
    let found = doctor(&bench, &["plan.json", "--format", "json"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.told);
    expect![[r#"
        0 unknown resource_providers: Not known, because the service did not tell whether subscription 0000000d-2222-4222-8222-222222222222 has Microsoft.OperationalInsights
        0 unknown resource_providers: Not known, because the service did not tell whether subscription 0000000d-2222-4222-8222-222222222222 has Microsoft.SecurityInsights
        0 unknown workspace: Not known, because it is of another tenant than the one whose tables are to stream into it
    "#]].assert_eq(&told(&serde_json::from_str(&found.out).unwrap()));
}

#[test]
fn what_is_replaced_or_goes_is_in_nobodys_way() {
    let bench = Bench::with(&fleet());
    for (number, actions) in
        [(THERE, ["delete", "create"].as_slice()), (NO_SOLUTION, &["delete"]), (NO_LICENCE, &["delete"])]
    {
        let mut plan = plan(number);
        plan["resource_changes"].as_array_mut().unwrap().retain(|of| of["type"] == "defender_identity_connector");
        let change = &mut plan["resource_changes"][0]["change"];
        change["before"] = change["after"].clone();
        let id = format!("{}/providers/Microsoft.SecurityInsights/dataConnectors/by-hand", workspace_id(number));
        change["before"]["id"] = id.into();
        change["actions"] = json!(actions);
        if actions.len() == 1 {
            change["after"] = Value::Null;
        }
        fs::write(bench.path("plan.json"), plan.to_string()).unwrap();
        let found = doctor(&bench, &["plan.json", "--format", "json"]);
        assert_eq!((found.code, told(&serde_json::from_str(&found.out).unwrap()).as_str()), (0, ""), "{number}");
    }
}

/// A workspace in which nothing stands in the way but what nobody can know.
fn well() -> Bench {
    let mut seed = workspace(SUBSCRIPTION, "law-demo", Vec::new(), Vec::new());
    seed["solutions"] = "installed".into();
    let bench = Bench::with(&world(vec![seed]));
    bench.configure(
        "resource \"defender_xdr_connector\" \"soc\" {\n  workspace_id = var.workspace_id\n}\n\
         resource \"defender_hunting_tables\" \"soc\" {\n  workspace_id = var.workspace_id\n  tables = [\"DeviceEvents\"]\n}\n",
    );
    bench
}

/// The plan of the configuration as `terraform show -json` prints it.
fn shown(bench: &Bench) {
    bench.ok(&["plan", "-no-color", "-out=plan"]);
    fs::write(bench.path("plan.json"), bench.command(&["show", "-json", "plan"]).output().unwrap().stdout).unwrap();
}

#[test]
fn where_all_is_well_it_says_so_and_what_nobody_can_know() {
    let bench = well();
    shown(&bench);
    let already = bench.emulator.exchanges().len();
    let found = doctor(&bench, &["plan.json", "--all"]);
    let asked = reads(&bench, already).join("\n");
    assert_eq!(found.code, 0, "{}{}", found.out, found.told);
    expect![[r#"
        Tenant TENANT
            well: Sign-in: There is a token for Azure Resource Manager
            not known: Entra role: because the token of an application does not name its roles in Entra; the service's check of each connector tells whether its authorization is valid
            well: Resource providers: Registered: Microsoft.OperationalInsights, Microsoft.SecurityInsights
            well: Export settings: 5 of 5 export settings are free, 1 to be made

          Workspace WORKSPACE
            well: Workspace: It is there and can be read
            well: Onboarding: Microsoft Sentinel is on
            well: Azure permissions: The caller's roles have every action that is needed for the workspace
            well: Licence and consent: Licence and authorization are valid: Microsoft Defender XDR
            well: Content hub solutions: The solutions of all connectors are installed or to be installed
            well: Existing objects: No connector that is to be made is there already
            well: Incidents twice: No incident rule makes what Defender XDR brings
            not known: Defender portal: because no read tells whether the Defender portal manages the connectors; a state in which it refused a write does
    "#]].assert_eq(&bench.clean(&found.out));
    expect![[r#"
        GET /api/dataExportSettings 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/providers/Microsoft.OperationalInsights 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/providers/Microsoft.SecurityInsights 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.Authorization/permissions 200
        GET alertRules 200
        GET contentPackages 200
        GET dataConnectors 200
        GET onboardingStates/default 200
        POST dataConnectorsCheckRequirements 200"#]].assert_eq(&asked);
    // What it says holds: the apply comes through.
    bench.apply();
}

#[test]
fn what_stands_in_the_way_is_told_with_the_way_out() {
    let mut bench = Bench::with(&fleet());
    bench.set("ARM_TENANT_ID", &tenant_id(0));
    let line = [NO_WRITE, NO_LICENCE, NO_SOLUTION, THERE, NO_CONSENT];
    let line: Vec<_> = line.map(|number| format!("{}|{}", tenant_id(number), workspace_id(number))).into();
    let mut words = vec!["--type", "defender_xdr_connector", "--type", "defender_identity_connector"];
    line.iter().for_each(|workspace| words.extend(["--workspace", workspace]));
    let found = doctor(&bench, &words);
    assert_eq!(found.code, 4, "{}", found.told);
    expect_file!["../goldens/doctor.txt"].assert_eq(&format!("{}----\n{}\n", bench.clean(&found.out), found.told));
}

#[test]
fn the_role_of_a_user_is_what_the_token_says() {
    let mut bench = well();
    let user = |roles: &str| {
        let path = format!("/user-token?for=resource_manager&roles={roles}");
        bench.admin("POST", &path, None).as_str().unwrap().to_owned()
    };
    let tokens = [user("194ae4cb-b126-40b2-bd5b-6091b380977d"), user("b79fbf4d-3ef9-4689-8143-76b194e85509"), user("")];
    for name in ["ARM_CLIENT_ID", "ARM_CLIENT_SECRET"] {
        bench.set(name, "");
    }
    bench.set("ARM_USE_CLI", "true");
    let mut told = String::new();
    for token in tokens {
        let answer =
            json!({ "accessToken": token, "expires_on": 4_102_444_800_i64, "tenant": TENANT, "tokenType": "Bearer" });
        bench.stand_in("az", &format!("cat <<'END'\n{answer}\nEND"));
        let words = ["--workspace", WORKSPACE, "--type", "defender_xdr_connector", "--format", "json"];
        let found = doctor(&bench, &words);
        let outcome: Value = serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}", found.told));
        for finding in outcome["tenants"][0]["findings"].as_array().unwrap() {
            if finding["check"] == "entra_role" {
                told += &format!("{} {finding:#}\n", found.code);
            }
        }
    }
    expect![[r#"
        0 {
          "check": "entra_role",
          "concerns": [],
          "detail": "",
          "summary": "The token names Security Administrator or Global Administrator",
          "verdict": "well"
        }
        4 {
          "check": "entra_role",
          "concerns": [
            "defender_xdr_connector"
          ],
          "detail": "The token is of a user, and the roles in its claims are others (by template id):\n  - b79fbf4d-3ef9-4689-8143-76b194e85509\n\nGive the user Security Administrator in the tenant, or activate it where it is only eligible, and sign in again: a token names the roles of its hour.",
          "summary": "The caller is no Security Administrator in Entra",
          "verdict": "problem"
        }
        4 {
          "check": "entra_role",
          "concerns": [
            "defender_xdr_connector"
          ],
          "detail": "The token is of a user, and the roles in its claims are others (by template id):\n  - \n\nGive the user Security Administrator in the tenant, or activate it where it is only eligible, and sign in again: a token names the roles of its hour.",
          "summary": "The caller is no Security Administrator in Entra",
          "verdict": "problem"
        }
    "#]].assert_eq(&told);
}

#[test]
fn what_cannot_be_examined_is_told() {
    let bench = well();
    let mut told = String::new();
    let other = json!({ "format_version": "1.0", "values": { "root_module": { "resources": [] } } });
    fs::write(bench.path("empty.json"), other.to_string()).unwrap();
    fs::write(bench.path("half.json"), "{\"format_version\": \"1.2\", \"planned").unwrap();
    for words in [
        &["absent.json"][..],
        &["empty.json"],
        &["half.json", "--workspace", WORKSPACE, "--type", "defender_eyes_on"],
        &["--workspace", "not an id", "--type", "defender_eyes_on"],
        &["--workspace", WORKSPACE, "--type", "defender_xdr"],
        &["--workspace", WORKSPACE, "--timeout", "0"],
        &[],
    ] {
        let found = doctor(&bench, words);
        told += &format!("== {}\n{}\n{}{}\n", words.join(" "), found.code, found.out, found.told);
    }
    expect_file!["../goldens/doctor-bad-input.txt"]
        .assert_eq(&bench.clean(&told).replace("defenderctl.exe", "defenderctl"));
}

#[test]
fn a_name_of_others_does_nothing_to_who_reads_it() {
    let bench = well();
    let mut hostile = plan(0);
    let name = "x\u{1b}[2J\u{202e}<script>alert(1)</script>|@all\n# head".repeat(200);
    for change in hostile["resource_changes"].as_array_mut().unwrap() {
        change["address"] = format!("defender_xdr_connector.soc[\"{name}\"]").into();
        change["change"]["after"]["tenant_id"] = TENANT.into();
        change["change"]["after"]["workspace_id"] = WORKSPACE.into();
    }
    let second = hostile["resource_changes"].as_array_mut().unwrap();
    second[1]["change"]["after"]["workspace_id"] = name.as_str().into();
    fs::write(bench.path("hostile.json"), hostile.to_string()).unwrap();
    let text = doctor(&bench, &["hostile.json", "--all"]);
    let odd = |text: &str| text.chars().find(|letter| letter.is_control() && *letter != '\n' || *letter == '\u{202e}');
    assert_eq!((text.code, odd(&text.out), odd(&text.told)), (4, None, None), "{}", text.told);
    let page = doctor(&bench, &["hostile.json", "--format", "html"]);
    assert_eq!(page.code, 4, "{}", page.told);
    assert_eq!(page.out.matches("<script").count(), 1, "the page's own");
    assert!(page.out.contains("Not the id of a Log Analytics workspace"), "what was found");
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-doctor.html"), page.out).unwrap();
}

/// What the findings of the only tenant say, a line each.
fn lines(outcome: &Value) -> Vec<String> {
    let tenant = &outcome["tenants"][0];
    let findings = [&tenant["findings"], &tenant["workspaces"][0]["findings"]];
    let findings = findings.into_iter().flat_map(|of| of.as_array().unwrap());
    let line = |of: &Value| {
        format!(
            "{} {}: {}",
            of["verdict"].as_str().unwrap(),
            of["check"].as_str().unwrap(),
            of["summary"].as_str().unwrap()
        )
    };
    findings.map(line).collect()
}

#[test]
fn what_an_answer_does_not_tell_is_never_called_well() {
    let bench = well();
    shown(&bench);
    let already = bench.emulator.exchanges().len();
    let examine = || {
        let found = doctor(&bench, &["plan.json", "--format", "json"]);
        let outcome: Value = serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}", found.told));
        lines(&outcome)
    };
    let usual = examine();
    let mut points: Vec<_> = bench.emulator.exchanges()[already..]
        .iter()
        .map(|exchange| {
            let url = exchange["url"].as_str().unwrap();
            let path = url.strip_prefix(bench.emulator.url()).unwrap_or(url).to_owned();
            (path, exchange["method"].as_str().unwrap().to_owned())
        })
        .filter(|(path, _)| !path.contains("/token"))
        .collect();
    points.sort();
    points.dedup();
    let mut told = String::new();
    for (path, method) in points {
        for (name, action) in [
            (
                "403",
                json!({ "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "No such right." } } }),
            ),
            ("nothing in it", json!({ "raw_body": "{}" })),
            (
                "404",
                json!({ "status": 404, "body": { "error": { "code": "ResourceNotFound", "message": "It is not there." } } }),
            ),
        ] {
            bench.faults(&json!([{ "match": { "method": method, "path": path, "times": 1000 }, "action": action }]));
            let lines = examine();
            bench.admin("DELETE", "/faults", None);
            told += &format!("== {method} {path}: {name}\n");
            let news: Vec<_> = lines.iter().filter(|line| !usual.contains(line)).collect();
            assert!(!news.is_empty(), "{told}nothing was told");
            news.iter().for_each(|line| told += &format!("{line}\n"));
            let untold = usual.iter().filter(|line| line.starts_with("well ") && !lines.contains(line)).count();
            told += &format!("{untold} not called well\n");
        }
    }
    expect_file!["../goldens/doctor-faults.txt"].assert_eq(&bench.clean(&told));
}
