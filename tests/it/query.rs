//! `terraform query`: what is there is found, written as configuration, imported, and planned empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use expect_test::{expect, expect_file};
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::Bench;

const NEWEST: &str = "1.15.5";
/// The first one that has queries.
const OLDEST: &str = "1.14.9";

/// Another subscription of the tenant.
const SECOND: &str = "77777777-7777-4777-8777-777777777777";
/// A tenant that knows nobody.
pub const STRANGE: &str = "99999999-9999-4999-8999-999999999999";

/// What a query brought.
#[derive(Debug, Default)]
struct Queried {
    /// "list.TYPE.NAME: what it is called: its id", in the order of each list block.
    found: Vec<String>,
    /// The state of what was found, by id, where that was asked for.
    objects: BTreeMap<String, Value>,
    /// "SEVERITY: summary" and the detail, in order.
    told: Vec<[String; 2]>,
    code: i32,
}

impl Queried {
    /// The summaries of what was told, in order.
    fn summaries(&self) -> Vec<&str> {
        self.told.iter().map(|[summary, _]| summary.as_str()).collect()
    }

    /// What was found, without regard to which list block was done first.
    fn sorted(mut self) -> Vec<String> {
        self.found.sort();
        self.found
    }
}

impl Bench {
    /// Makes `lists` what is searched for.
    fn search(&self, lists: &str) -> &Self {
        fs::write(self.path("main.tfquery.hcl"), lists).unwrap();
        self.configure("")
    }

    /// Runs the query.
    fn query(&self) -> Queried {
        let output = self.command(&["query", "-json"]).output().unwrap();
        let mut queried = Queried { code: output.status.code().unwrap(), ..Queried::default() };
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| self.clean(value.as_str().unwrap_or_default());
            match event["type"].as_str().unwrap() {
                "list_resource_found" => {
                    let found = &event["list_resource_found"];
                    let id = text(&found["identity"]["id"]);
                    let (address, name) = (text(&found["address"]), text(&found["display_name"]));
                    queried.found.push(format!("{address}: {name}: {id}"));
                    queried
                        .objects
                        .insert(format!("{} {id}", text(&found["resource_type"])), found["resource_object"].clone());
                }
                "diagnostic" => {
                    let told = &event["diagnostic"];
                    // That the provider under test is none of a registry's.
                    if told["summary"] != "Provider development overrides are in effect" {
                        let summary = format!("{}: {}", told["severity"].as_str().unwrap(), text(&told["summary"]));
                        queried.told.push([summary, text(&told["detail"])]);
                    }
                }
                _ => {}
            }
        }
        queried
    }

    /// Writes what the query finds as configuration, and gives it.
    fn generate(&self) -> String {
        let _ = fs::remove_file(self.path("generated.tf"));
        self.ok(&["query", "-no-color", "-generate-config-out=generated.tf"]);
        let generated = fs::read_to_string(self.path("generated.tf")).unwrap();
        fs::remove_file(self.path("main.tfquery.hcl")).unwrap();
        // Terraform works on the list blocks side by side, and writes each when it is done.
        let mut blocks: Vec<_> = generated.split("# __generated__ by Terraform\n").map(str::trim).collect();
        blocks.sort_unstable();
        blocks.join("\n\n")
    }

    /// Imports `count` objects as they were generated, which changes nothing, now and later.
    fn adopt(&self, count: usize) {
        let changes = self.plan();
        let others: Vec<_> = changes.iter().filter(|change| !change.ends_with(" import no-op")).collect();
        assert!(others.is_empty(), "{others:#?}");
        assert_eq!(changes.len(), count);
        self.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(self.plan(), [""; 0]);
    }

    /// How many requests since `already` have a path that ends so.
    fn count(&self, already: usize, end: &str) -> usize {
        let exchanges = &self.emulator.exchanges()[already..];
        let path = |exchange: &Value| exchange["url"].as_str().unwrap().split('?').next().unwrap().to_lowercase();
        exchanges.iter().filter(|exchange| path(exchange).ends_with(&end.to_lowercase())).count()
    }
}

/// A list block of a resource type, without frame; `config` may be empty.
fn list(name: &str, config: &str) -> String {
    block(name, "all", "", config)
}

fn block(name: &str, label: &str, arguments: &str, config: &str) -> String {
    format!(
        "list \"defender_{name}\" \"{label}\" {{\n  provider = defender\n  {arguments}\n  config {{\n    {config}\n  }}\n}}\n"
    )
}

const IN_WORKSPACE: &str = "workspace_id = var.workspace_id";

fn in_subscription(subscription: &str) -> String {
    format!("subscription_id = \"{subscription}\"")
}

/// The connector types, and a connector of each as the portal makes it.
fn connectors() -> [(&'static str, &'static str, Value); 11] {
    let on = json!({ "state": "Enabled" });
    let alerts = |context: &str, of: &str| json!({ context: of, "dataTypes": { "alerts": on } });
    [
        (
            "xdr_connector",
            "MicrosoftThreatProtection",
            json!({
                "tenantId": TENANT,
                "dataTypes": { "incidents": on, "alerts": { "state": "Disabled" } },
                "filteredProviders": { "alerts": ["microsoftDefenderForIdentity"] }
            }),
        ),
        ("identity_connector", "AzureAdvancedThreatProtection", alerts("tenantId", TENANT)),
        ("endpoint_connector", "MicrosoftDefenderAdvancedThreatProtection", alerts("tenantId", TENANT)),
        ("office365_connector", "OfficeATP", alerts("tenantId", TENANT)),
        (
            "cloud_apps_connector",
            "MicrosoftCloudAppSecurity",
            json!({ "tenantId": TENANT, "dataTypes": { "alerts": on, "discoveryLogs": on } }),
        ),
        ("cloud_connector", "AzureSecurityCenter", alerts("subscriptionId", SUBSCRIPTION)),
        ("iot_connector", "IOT", alerts("subscriptionId", SECOND)),
        ("entra_id_protection_connector", "AzureActiveDirectory", alerts("tenantId", TENANT)),
        ("insider_risk_connector", "OfficeIRM", alerts("tenantId", TENANT)),
        (
            "threat_intelligence_connector",
            "MicrosoftThreatIntelligence",
            json!({
                "tenantId": TENANT,
                "dataTypes": { "microsoftEmergingThreatFeed": { "state": "Enabled", "lookbackPeriod": "2025-01-01T00:00:00.000Z" } }
            }),
        ),
        (
            "premium_threat_intelligence_connector",
            "PremiumMicrosoftDefenderForThreatIntelligence",
            json!({ "tenantId": TENANT, "lookbackPeriod": "1970-01-01T00:00:00Z", "dataTypes": { "connector": on } }),
        ),
    ]
}

/// One connector of a type, under a name.
pub fn connector(of: &str, name: &str) -> Value {
    let (_, kind, properties) = connectors().into_iter().find(|(known, ..)| *known == of).unwrap();
    json!({ "name": name, "kind": kind, "properties": properties })
}

pub fn rule(name: &str, display_name: &str) -> Value {
    json!({
        "name": name,
        "kind": "MicrosoftSecurityIncidentCreation",
        "properties": { "displayName": display_name, "enabled": true, "productFilter": "Azure Advanced Threat Protection" }
    })
}

fn scheduled(name: &str) -> Value {
    json!({ "name": name, "kind": "Scheduled", "properties": { "displayName": "d", "enabled": true, "query": "T" } })
}

pub fn workspace(subscription: &str, name: &str, connectors: Vec<Value>, rules: Vec<Value>) -> Value {
    json!({
        "subscription_id": subscription, "resource_group": "rg-sentinel", "name": name, "tenant_id": TENANT,
        "connectors": connectors, "alert_rules": rules, "solutions": "none"
    })
}

pub fn world(workspaces: Vec<Value>) -> Value {
    json!({
        "tenants": [{
            "tenant_id": TENANT,
            "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
            "export_settings_accept_app_tokens": true
        }],
        "workspaces": workspaces,
        "behaviour": { "table_operation": "synchronous" }
    })
}

fn id(subscription: &str, workspace: &str) -> String {
    WORKSPACE.replace(SUBSCRIPTION, subscription).replace("law-demo", workspace)
}

fn on(version: &str, world: &Value) -> Bench {
    let mut bench = Bench::with(world);
    bench.on_terraform(version);
    bench
}

/// An export setting as the portal makes it.
pub fn setting(id: &str, workspace: &str, tables: &[&str]) -> Value {
    let logs: Vec<_> =
        tables.iter().map(|table| json!({ "category": format!("AdvancedHunting-{table}"), "enabled": true })).collect();
    let properties = (!workspace.is_empty()).then(|| {
        let parts: Vec<_> = workspace.split('/').collect();
        json!({ "workspaceResourceId": workspace, "subscriptionId": parts[2], "resourceGroup": parts[4], "name": parts[8] })
    });
    let hub = workspace.is_empty().then(|| json!({ "name": "hub", "eventHubResourceId": "/subscriptions/x/hub" }));
    json!({ "id": id, "designatedTenantId": TENANT, "workspaceProperties": properties, "eventHubProperties": hub, "logs": logs })
}

/// The workbook of a workspace as the provider made it.
pub fn workbook(workspace: &str, name: &str) -> Value {
    let (key, demo) = (workspace.to_lowercase(), WORKSPACE.to_lowercase());
    json!({ "name": name, "kind": "shared", "location": "westeurope", "tags": {}, "properties": {
        "displayName": "Microsoft Defender data ingestion", "category": "sentinel", "sourceId": key, "version": "Notebook/1.0",
        "serializedData": include_str!("../goldens/workbook.json").replace(&demo, &key) } })
}

/// A solution that somebody installed.
pub fn solution() -> Value {
    let content_id = "azuresentinel.azure-sentinel-solution-mdefenderforidentity";
    json!({ "name": content_id, "properties": {
        "contentId": content_id, "contentProductId": "azuresentinel.azure-sentinel-solution-mdefenderfori-sl-x",
        "contentKind": "Solution", "contentSchemaVersion": "3.0.0", "version": "3.0.3",
        "displayName": "Microsoft Defender for Identity" } })
}

/// A workspace with an object of every resource type that is searched for, made by others.
pub fn one_of_each() -> Value {
    let number = |number: usize| format!("0000000{number:x}-0000-4000-8000-000000000000");
    let all = connectors().iter().enumerate().map(|(at, (of, ..))| connector(of, &number(at))).collect();
    let rules = vec![rule("rule-of-the-portal", "All of it"), scheduled("s")];
    let mut world = world(vec![workspace(SUBSCRIPTION, "law-demo", all, rules)]);
    let mut by_hand = workbook(WORKSPACE, "00000000-0000-4000-8000-00000000000b");
    by_hand["properties"]["serializedData"] = "{\"version\":\"Notebook/1.0\",\"items\":[]}".into();
    let other = workbook(&id(SUBSCRIPTION, "law-other"), "00000000-0000-4000-8000-00000000000c");
    world["workspaces"][0]["content_packages"] = json!([solution()]);
    world["workspaces"][0]["workbooks"] =
        json!([workbook(WORKSPACE, "00000000-0000-4000-8000-00000000000a"), by_hand, other]);
    world["workspaces"][0]["settings"] = sentinel_settings();
    world["tenants"][0]["export_settings"] =
        json!([setting("SentinelExportSettings-law-demo", WORKSPACE, &["DeviceInfo", "DeviceEvents"])]);
    world
}

/// Every setting of a workspace, one of them with what the portal alone knows.
pub fn sentinel_settings() -> Value {
    json!([
        { "name": "Anomalies", "kind": "Anomalies", "properties": { "isEnabled": true } },
        { "name": "EntityAnalytics", "kind": "EntityAnalytics", "properties": { "entityProviders": ["AzureActiveDirectory"] } },
        { "name": "EyesOn", "kind": "EyesOn", "properties": { "isEnabled": true } },
        { "name": "Ueba", "kind": "Ueba", "properties": { "dataSources": ["Okta", "SigninLogs", "AuditLogs"] } },
    ])
}

fn list_all(config: &str) -> String {
    let others = [
        "incident_rule",
        "hunting_tables",
        "workspace_onboarding",
        "table_retention",
        "ingestion_workbook",
        "anomalies",
        "entity_analytics",
        "eyes_on",
        "ueba",
        "content_solution",
    ];
    let all = connectors().map(|(name, ..)| name).into_iter().chain(others);
    all.map(|name| block(name, "all", "include_resource = true", config)).collect()
}

fn every_object_is_found_and_taken_over(version: &str) -> String {
    let bench = on(version, &one_of_each());
    let change = json!({ "properties": { "retentionInDays": 180, "totalRetentionInDays": 365 } });
    let table = format!("{WORKSPACE}/tables/DeviceEvents?api-version=2023-09-01");
    assert_eq!(bench.service("PATCH", &table, Some(&change)), 200);
    bench.search(&list_all(IN_WORKSPACE));
    let already = bench.emulator.exchanges().len();
    let queried = bench.query();
    assert_eq!((queried.code, queried.summaries()), (0, vec![]));
    // One list of each collection serves all types, and nothing else is asked.
    for (what, count) in [
        ("/dataConnectors", 1),
        ("/alertRules", 1),
        ("/onboardingStates", 1),
        ("/tables", 1),
        ("/workbooks", 1),
        ("SecurityInsights/settings", 1),
        ("/contentPackages", 1),
        ("/token", 2),
        ("", 10),
    ] {
        assert_eq!(bench.count(already, what), count, "{what:?}: {:#?}", bench.requests(already));
    }
    let listed = queried.objects.clone();
    let found = queried.sorted();
    assert_eq!((found.len(), listed.len()), (21, 21));
    let generated = bench.generate();
    bench.adopt(21);
    for (key, object) in &listed {
        let (of, id) = key.split_once(' ').unwrap();
        let state = bench.state(&format!("{of}.all_0"));
        assert_eq!(*object, state, "{of}: what is listed is what an import gives");
        assert_eq!(bench.clean(state["id"].as_str().unwrap()), id);
    }
    format!("{}\n\n{}", found.join("\n"), bench.clean(&generated))
}

#[test]
fn every_object_is_found_and_taken_over_as_it_is() {
    expect_file!["../goldens/query.txt"].assert_eq(&every_object_is_found_and_taken_over(NEWEST));
}

#[test]
fn every_object_is_found_by_the_first_terraform_that_can_search() {
    every_object_is_found_and_taken_over(OLDEST);
}

/// Three workspaces in two subscriptions, one of them without Sentinel.
fn three_workspaces() -> Value {
    let mut bare = workspace(SUBSCRIPTION, "law-bare", vec![], vec![]);
    bare["onboarded"] = false.into();
    let mut world = world(vec![
        workspace(SECOND, "law-c", vec![connector("xdr_connector", "c")], vec![]),
        bare,
        workspace(SUBSCRIPTION, "law-demo", vec![connector("xdr_connector", "a")], vec![]),
        workspace(SUBSCRIPTION, "LAW-B", vec![connector("xdr_connector", "b")], vec![]),
    ]);
    world["behaviour"]["page_size"] = 1.into();
    world["tenants"][0]["export_settings"] = json!([
        setting("hub", "", &["DeviceInfo"]),
        setting("one", WORKSPACE, &["DeviceInfo"]),
        setting("two", &id(SECOND, "law-c"), &["DeviceEvents"]),
        setting("none", &id(SECOND, "law-c"), &[]),
    ]);
    world
}

#[test]
fn a_workspace_a_subscription_or_all_that_the_credential_sees() {
    let bench = on(NEWEST, &three_workspaces());
    let mut seen = String::new();
    let mut ask = |name: &str, config: &str| {
        bench.search(&list(name, config));
        let queried = bench.query();
        seen += &format!("{name} {config} ({})\n", queried.code);
        queried.found.iter().for_each(|found| seen += &format!("  {found}\n"));
        queried.told.iter().for_each(|[summary, detail]| seen += &format!("  {summary}\n{detail}\n"));
    };
    for name in ["xdr_connector", "hunting_tables", "workspace_onboarding"] {
        ask(name, IN_WORKSPACE);
        ask(name, &in_subscription(&SUBSCRIPTION.to_uppercase()));
        ask(name, "");
    }
    let bare = format!("workspace_id = \"{}\"", id(SUBSCRIPTION, "law-bare"));
    ask("xdr_connector", &bare);
    ask("workspace_onboarding", &bare);
    ask("table_retention", &bare);
    expect![[r#"
        xdr_connector workspace_id = var.workspace_id (0)
          list.defender_xdr_connector.all: Microsoft Defender XDR in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/a
        xdr_connector subscription_id = "22222222-2222-4222-8222-222222222222" (0)
          list.defender_xdr_connector.all: Microsoft Defender XDR in LAW-B: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/LAW-B/providers/Microsoft.SecurityInsights/dataConnectors/b
          list.defender_xdr_connector.all: Microsoft Defender XDR in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/a
        xdr_connector  (0)
          list.defender_xdr_connector.all: Microsoft Defender XDR in LAW-B: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/LAW-B/providers/Microsoft.SecurityInsights/dataConnectors/b
          list.defender_xdr_connector.all: Microsoft Defender XDR in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/a
          list.defender_xdr_connector.all: Microsoft Defender XDR in law-c: /subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-c/providers/Microsoft.SecurityInsights/dataConnectors/c
        hunting_tables workspace_id = var.workspace_id (0)
          list.defender_hunting_tables.all: one in law-demo: WORKSPACE|one
        hunting_tables subscription_id = "22222222-2222-4222-8222-222222222222" (0)
          list.defender_hunting_tables.all: one in law-demo: WORKSPACE|one
          warning: Export settings that this provider does not manage: 1
        These are there and in no list, since no resource of this provider is for them:
          - an event hub or a storage account: 1
              hub

        They stay as they are.
        hunting_tables  (0)
          list.defender_hunting_tables.all: one in law-demo: WORKSPACE|one
          list.defender_hunting_tables.all: two in law-c: /subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-c|two
          warning: Export settings that this provider does not manage: 1
        These are there and in no list, since no resource of this provider is for them:
          - an event hub or a storage account: 1
              hub

        They stay as they are.
          warning: Not listed as defender_hunting_tables
        These are there, and no configuration of defender_hunting_tables stands for what they are:
          - none: No hunting table at all

        Change them in the portal, or leave them out of Terraform.
        workspace_onboarding workspace_id = var.workspace_id (0)
          list.defender_workspace_onboarding.all: Microsoft Sentinel in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
        workspace_onboarding subscription_id = "22222222-2222-4222-8222-222222222222" (0)
          list.defender_workspace_onboarding.all: Microsoft Sentinel in LAW-B: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/LAW-B/providers/Microsoft.SecurityInsights/onboardingStates/default
          list.defender_workspace_onboarding.all: Microsoft Sentinel in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
        workspace_onboarding  (0)
          list.defender_workspace_onboarding.all: Microsoft Sentinel in LAW-B: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/LAW-B/providers/Microsoft.SecurityInsights/onboardingStates/default
          list.defender_workspace_onboarding.all: Microsoft Sentinel in law-demo: WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
          list.defender_workspace_onboarding.all: Microsoft Sentinel in law-c: /subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-c/providers/Microsoft.SecurityInsights/onboardingStates/default
        xdr_connector workspace_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare" (0)
          warning: No Microsoft Sentinel in law-bare
        /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare is not onboarded to Microsoft Sentinel, so there is nothing of it to list.
        workspace_onboarding workspace_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare" (0)
          warning: No Microsoft Sentinel in law-bare
        /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare is not onboarded to Microsoft Sentinel, so there is nothing of it to list.
        table_retention workspace_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare" (0)
    "#]].assert_eq(&seen);
}

#[test]
fn each_tenant_is_searched_with_a_token_of_its_own() {
    let tenants = [TENANT, "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"];
    let client = json!({ "client_id": CLIENT, "client_secret": SECRET });
    let there = tenants.map(|tenant| {
        let setting = setting("portal", &id(&tenant.replace("-4", "-5"), "law"), &["DeviceInfo"]);
        json!({
            "tenant_id": tenant, "clients": [client], "export_settings_accept_app_tokens": true, "export_settings": [setting]
        })
    });
    let workspaces = tenants.map(|tenant| {
        let mut identity = connector("identity_connector", "i");
        identity["properties"]["tenantId"] = tenant.into();
        json!({
            "subscription_id": tenant.replace("-4", "-5"), "resource_group": "rg-sentinel", "name": "law", "tenant_id": tenant,
            "connectors": [identity, connector("cloud_connector", "c")], "alert_rules": [rule("r", "R")]
        })
    });
    let bench = on(NEWEST, &json!({ "tenants": there, "workspaces": workspaces }));
    let each = format!("for_each = toset({})", json!(tenants));
    let names = ["identity_connector", "cloud_connector", "incident_rule", "hunting_tables", "workspace_onboarding"];
    let in_each = |name: &&str| block(name, "all", &each, "tenant_id = each.key");
    bench.search(&names.iter().map(in_each).collect::<String>());
    let queried = bench.query();
    assert_eq!((queried.code, queried.summaries()), (0, vec![]));
    let found = queried.sorted();
    assert_eq!(found.len(), 10, "{found:#?}");
    for (found, tenant) in found.chunks(2).flat_map(|both| both.iter().zip(["TENANT", tenants[1]])) {
        let subscription = tenant.replace("TENANT", TENANT).replace("-4", "-5");
        let is_its_own = found.contains(&format!("[\"{tenant}\"]")) && found.contains(&subscription);
        assert!(is_its_own, "{tenant}: {found}");
    }
    let generated = bench.generate();
    assert_eq!(generated.matches(&format!("tenant_id = \"{}\"", tenants[1])).count(), 5, "of the imports: {generated}");
    bench.adopt(10);
}

#[test]
fn what_cannot_be_searched_is_said_before() {
    let bench = on(NEWEST, &three_workspaces());
    for (config, summary) in [
        ("workspace_id = \"/subscriptions/x\"", "error: Not the id of a Log Analytics workspace"),
        ("subscription_id = \"all\"", "error: Not a subscription id"),
        ("tenant_id = \"contoso\"", "error: Not a tenant id"),
        (&format!("{IN_WORKSPACE}\n{}", in_subscription(SUBSCRIPTION)), "error: A workspace and a subscription"),
    ] {
        bench.search(&list("xdr_connector", config));
        let queried = bench.query();
        assert_eq!((queried.code, queried.summaries()), (1, vec![summary]), "{config}");
    }
    assert_eq!(bench.requests(0), [""; 0]);
    // Nor without a credential that works.
    let mut bench = on(NEWEST, &three_workspaces());
    bench.set("ARM_CLIENT_SECRET", "wrong");
    bench.search(&list("xdr_connector", ""));
    let queried = bench.query();
    assert_eq!((queried.code, queried.summaries()), (1, vec!["error: Could not list the subscriptions"]));
}

#[test]
fn what_refuses_is_told_once_and_the_rest_is_found() {
    let names = ["law-1", "law-2", "law-3"];
    let there = |name: &&str| {
        let connectors = vec![connector("xdr_connector", "x"), connector("identity_connector", "i")];
        workspace(SUBSCRIPTION, name, connectors, vec![])
    };
    let mut all: Vec<_> = names.iter().map(there).collect();
    all.push(workspace(SECOND, "law-4", vec![connector("xdr_connector", "x")], vec![]));
    let bench = on(NEWEST, &world(all));
    let refusal =
        |status: u16, code: &str| json!({ "status": status, "body": { "error": { "code": code, "message": "No." } } });
    bench.faults(&json!([
        { "match": { "path": "law-2/providers/Microsoft.SecurityInsights/dataConnectors", "times": 1000 }, "action": refusal(403, "AuthorizationFailed") },
        { "match": { "path": format!("{SECOND}/providers/Microsoft.OperationalInsights"), "times": 1000 }, "action": refusal(403, "AuthorizationFailed") },
    ]));
    let strange = format!("tenant_id = \"{STRANGE}\"");
    bench.search(&format!(
        "{}{}{}{}",
        list("xdr_connector", ""),
        list("identity_connector", ""),
        block("xdr_connector", "strange", "", &strange),
        block("hunting_tables", "strange", "", &strange)
    ));
    let queried = bench.query();
    let mut told: Vec<_> = queried.told.iter().map(|[summary, detail]| format!("{summary}\n{detail}\n\n")).collect();
    told.sort();
    let seen = format!("{}\n\n{}", queried.sorted().join("\n"), told.concat());
    expect![[r#"
        list.defender_identity_connector.all: Microsoft Defender for Identity in law-1: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/i
        list.defender_identity_connector.all: Microsoft Defender for Identity in law-3: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/i
        list.defender_xdr_connector.all: Microsoft Defender XDR in law-1: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/x
        list.defender_xdr_connector.all: Microsoft Defender XDR in law-3: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/x

        warning: Could not list the data connectors
        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2

        The service said: 403 AuthorizationFailed: No.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        warning: Could not list the export settings
        Microsoft Entra does not know the tenant 99999999-9999-4999-8999-999999999999.
        Workspace: all that the credential sees

        The service said: 400 AADSTS90002: Tenant '99999999-9999-4999-8999-999999999999' not found.
        Request: POST https://EMULATOR/99999999-9999-4999-8999-999999999999/oauth2/v2.0/token
        Request id: GUID

        Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID) where the resource names none, and check that the endpoints are of that tenant's cloud.

        Nothing of it is listed; the search goes on with the rest.

        warning: Could not list the subscriptions
        Microsoft Entra does not know the tenant 99999999-9999-4999-8999-999999999999.
        Workspace: all that the credential sees

        The service said: 400 AADSTS90002: Tenant '99999999-9999-4999-8999-999999999999' not found.
        Request: POST https://EMULATOR/99999999-9999-4999-8999-999999999999/oauth2/v2.0/token
        Request id: GUID

        Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID) where the resource names none, and check that the endpoints are of that tenant's cloud.

        Nothing of it is listed; the search goes on with the rest.

        warning: Could not list the workspaces
        The caller has no permission for this.
        Subscription: /subscriptions/77777777-7777-4777-8777-777777777777

        The service said: 403 AuthorizationFailed: No.
        Request: GET https://EMULATOR/subscriptions/77777777-7777-4777-8777-777777777777/providers/Microsoft.OperationalInsights/workspaces
        Request id: GUID

        Give it Reader on /subscriptions/77777777-7777-4777-8777-777777777777. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

    "#]].assert_eq(&seen);
}

#[test]
fn a_workspace_that_is_out_of_order_ends_nothing() {
    let names = ["law-1", "law-2", "law-3", "law-4"];
    let all = names.map(|name| workspace(SUBSCRIPTION, name, vec![connector("xdr_connector", "x")], vec![]));
    let bench = on(NEWEST, &world(all.into()));
    // None of these is worth another try.
    let unimplemented = json!({ "status": 501, "body": { "error": { "code": "NotImplemented", "message": "No." } } });
    let faults =
        [("law-1", unimplemented), ("law-2", json!({ "raw_body": "<html>" })), ("law-3", json!({ "raw_body": "{}" }))];
    let faults = faults.map(|(name, action)| {
        let path = format!("{name}/providers/Microsoft.SecurityInsights/dataConnectors");
        json!({ "match": { "path": path, "times": 1000 }, "action": action })
    });
    bench.faults(&json!(faults));
    bench.search(&list("xdr_connector", &in_subscription(SUBSCRIPTION)));
    let queried = bench.query();
    assert_eq!(queried.summaries(), ["warning: Could not list the data connectors"; 3]);
    assert_eq!((queried.code, queried.found.len()), (0, 1));
    assert!(queried.found[0].contains("law-4"), "{queried:?}");
}

#[test]
fn kinds_that_nothing_manages_are_told_once_for_all_lists() {
    let foreign = |name: &str| json!({ "name": name, "kind": "Office365", "properties": { "tenantId": TENANT, "dataTypes": { "exchange": { "state": "Enabled" } } } });
    let off = json!({ "name": "off", "kind": "AzureSecurityCenter", "properties": { "subscriptionId": SUBSCRIPTION, "dataTypes": { "alerts": { "state": "Disabled" } } } });
    let some = |name: &str| {
        workspace(
            SUBSCRIPTION,
            name,
            vec![connector("xdr_connector", "x"), foreign("o"), off.clone()],
            vec![scheduled("s")],
        )
    };
    let mut world = world((1..=4).map(|number| some(&format!("law-{number}"))).collect());
    world["behaviour"]["static_cards"] = true.into();
    let bench = on(NEWEST, &world);
    bench.search(&list_all(&in_subscription(SUBSCRIPTION)));
    let already = bench.emulator.exchanges().len();
    let queried = bench.query();
    assert_eq!(bench.count(already, "/dataConnectors"), 4);
    let mut told: Vec<_> = queried.told.iter().map(|[summary, detail]| format!("{summary}\n{detail}\n\n")).collect();
    told.sort();
    assert_eq!(queried.found.len(), 8, "{queried:#?}");
    expect![[r#"
        warning: Data connectors that this provider does not manage: 12
        These are there and in no list, since no resource of this provider is for them:
          - GenericUI: 4
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/MicrosoftDefenderForCloudTenantBased
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2/providers/Microsoft.SecurityInsights/dataConnectors/MicrosoftDefenderForCloudTenantBased
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/MicrosoftDefenderForCloudTenantBased
              and 1 more
          - Office365: 4
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/o
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2/providers/Microsoft.SecurityInsights/dataConnectors/o
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/o
              and 1 more
          - StaticUI: 4
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/SecurityEvents
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2/providers/Microsoft.SecurityInsights/dataConnectors/SecurityEvents
              /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/SecurityEvents
              and 1 more

        They stay as they are.

        warning: Not listed as defender_cloud_connector
        These are there, and no configuration of defender_cloud_connector stands for what they are:
          - /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-1/providers/Microsoft.SecurityInsights/dataConnectors/off: A connector with nothing to stream
          - /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-2/providers/Microsoft.SecurityInsights/dataConnectors/off: A connector with nothing to stream
          - /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-3/providers/Microsoft.SecurityInsights/dataConnectors/off: A connector with nothing to stream
          - /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-4/providers/Microsoft.SecurityInsights/dataConnectors/off: A connector with nothing to stream

        Change them in the portal, or leave them out of Terraform.

    "#]].assert_eq(&told.concat());
}

#[test]
fn names_of_others_are_never_evaluated() {
    let names = [
        "${file(\"/etc/passwd\")}",
        "%{ if true }yes%{ endif }",
        "a \"quoted\" \\ name\\n",
        "two\nlines\r\nand\ttabs",
        "caf\u{e9} \u{1f980}",
        "bell\u{7} escape\u{1b}[31m and \u{202e}turned",
        "EOT\nEOT\n}\nresource \"x\" \"y\" {}",
        // Terraform writes what is JSON as a call of jsonencode, which has no spaces.
        "[\"json\",{}]",
        "{\"a\":\"${b}\"}",
    ];
    let rules = names.iter().enumerate().map(|(number, name)| {
        let mut rule = rule(&format!("r{number}"), name);
        // Terraform composes what the service may show in parts.
        let name = name.replace('\u{e9}', "e\u{301}");
        rule["properties"]["displayName"] = name.as_str().into();
        rule["properties"]["displayNamesFilter"] = json!([name]);
        rule["properties"]["description"] = name.into();
        rule
    });
    let bench = on(NEWEST, &world(vec![workspace(SUBSCRIPTION, "law-demo", vec![], rules.collect())]));
    bench.search(&block("incident_rule", "all", "include_resource = true", IN_WORKSPACE));
    let queried = bench.query();
    assert_eq!(queried.summaries(), [""; 0]);
    for found in &queried.found {
        assert!(!found.contains(|letter: char| letter.is_control() || letter == '\u{202e}'), "{found:?}");
    }
    let listed: BTreeSet<_> = queried.objects.values().map(|object| object["display_name"].as_str().unwrap()).collect();
    assert_eq!(listed, BTreeSet::from(names));
    bench.generate();
    bench.adopt(names.len());
    let stored: BTreeSet<_> = (0..names.len())
        .map(|number| bench.state(&format!("defender_incident_rule.all_{number}")))
        .map(|state| {
            assert_eq!(state["display_name"], state["description"]);
            assert_eq!(state["display_name"], state["display_name_filter"][0]);
            state["display_name"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(stored, names.map(str::to_owned).into());
}

/// Workspaces of two subscriptions with what the portal made in them, and how many objects that are.
pub fn brownfield(count: usize) -> (Value, usize) {
    let mut objects = 0;
    let mut some = |number: usize| {
        let types = connectors().map(|(name, ..)| name);
        let connectors: Vec<_> = types
            .into_iter()
            .enumerate()
            .filter(|(at, _)| number.is_multiple_of(at + 1))
            .map(|(_, of)| connector(of, &format!("{of}-{number}").replace('_', "-")))
            .collect();
        let rules: Vec<_> = (0..number % 3).map(|at| rule(&format!("rule-{at}"), &format!("Rule {at}"))).collect();
        objects += connectors.len() + rules.len();
        let subscription = if number.is_multiple_of(2) { SUBSCRIPTION } else { SECOND };
        workspace(subscription, &format!("law-{number:03}"), connectors, [rules, vec![scheduled("s")]].concat())
    };
    let workspaces = (0..count).map(&mut some).collect();
    (world(workspaces), objects)
}

#[test]
fn a_brownfield_of_forty_workspaces_is_taken_over_with_one_list_of_each_collection() {
    let (world, objects) = brownfield(40);
    let bench = on(NEWEST, &world);
    let lists: String = connectors()
        .iter()
        .map(|(name, ..)| *name)
        .chain(["incident_rule"])
        .map(|name| block(name, "all", "limit = 1000", ""))
        .collect();
    bench.search(&lists);
    let already = bench.emulator.exchanges().len();
    bench.generate();
    let lists_of = |already: usize| {
        ["/subscriptions", "/providers/Microsoft.OperationalInsights/workspaces", "/dataConnectors", "/alertRules"]
            .map(|what| bench.count(already, what))
    };
    assert_eq!(lists_of(already), [1, 2, 40, 40]);
    assert_eq!(bench.count(already, ""), 83 + bench.count(already, "/token"), "{:#?}", bench.requests(already));
    let already = bench.emulator.exchanges().len();
    let changes = bench.plan();
    assert_eq!(changes.len(), objects);
    let with_connectors = 40;
    assert_eq!(lists_of(already)[2], with_connectors, "the plan that imports them");
    assert!(lists_of(already)[3] <= 40);
    bench.adopt(objects);
}

#[test]
fn a_limit_ends_the_search() {
    let (world, _) = brownfield(40);
    let bench = on(NEWEST, &world);
    bench.search(&block("xdr_connector", "all", "limit = 3", &in_subscription(SECOND)));
    let already = bench.emulator.exchanges().len();
    let queried = bench.query();
    assert_eq!((queried.code, queried.found.len()), (0, 3));
    let asked = bench.count(already, "/dataConnectors");
    // Some workspaces are asked side by side; no others once there is enough.
    assert!((3..=14).contains(&asked), "{asked}");
}

#[test]
fn every_example_of_a_list_runs() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/list-resources");
    let mut found: Vec<_> = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert_eq!(found.len(), 21);
    let bench = on(NEWEST, &one_of_each());
    for path in found {
        let text = fs::read_to_string(path.join("list-resource.tfquery.hcl")).unwrap();
        assert!(text.contains("limit ") && text.contains("stops at 100"), "{text}");
        bench.search(&text);
        let queried = bench.query();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // No table has a retention of its own here.
        let count = usize::from(name != "defender_table_retention");
        assert_eq!((queried.code, queried.found.len(), queried.summaries()), (0, count, vec![]), "{name}");
    }
}
