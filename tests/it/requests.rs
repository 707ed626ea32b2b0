//! How many requests a run costs, over how many connections, and that it keeps to what the service allows.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::Bench;

/// Both connectors, six incident rules and the hunting tables of one workspace.
const EVERYTHING: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}

resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
}

resource "defender_incident_rule" "it" {
  for_each     = toset(["one", "two", "three", "four", "five", "six"])
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
  display_name = each.key
}

resource "defender_hunting_tables" "it" {
  workspace_id = var.workspace_id
  tables       = ["DeviceInfo"]
}
"#;

/// A scenario of so many workspaces, `law-0` to `law-N`.
fn workspaces(count: usize, behaviour: &Value) -> Value {
    let workspaces: Vec<_> = (0..count)
        .map(|number| {
            json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg", "name": format!("law-{number}"), "tenant_id": TENANT })
        })
        .collect();
    json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": workspaces,
        "behaviour": behaviour,
    })
}

/// Each sort of request since `already` with how often it was sent; names of objects are left out.
fn counted(bench: &Bench, already: usize) -> String {
    let mut counts = BTreeMap::new();
    for request in bench.requests(already) {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let what = match path.split_once('/') {
            Some(("dataConnectors" | "alertRules", _)) => format!("{}/NAME", path.split('/').next().unwrap()),
            _ => path.replace(TENANT, "TENANT"),
        };
        *counts.entry(format!("{method} {what}")).or_insert(0) += 1;
    }
    counts.iter().map(|(what, count)| format!("{count} {what}\n")).collect()
}

fn connections(bench: &Bench, already: usize) -> usize {
    let exchanges = bench.emulator.exchanges();
    exchanges[already..].iter().map(|exchange| exchange["connection"].as_u64()).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_run_lists_each_collection_once() {
    let bench = Bench::new();
    bench.configure(EVERYTHING);
    let mut seen = String::new();
    for (step, words) in [
        ("plan of creates", &["plan", "-out=plan", "-no-color"][..]),
        ("apply of creates", &["apply", "-no-color", "plan"]),
        ("plan of nothing", &["plan", "-no-color"]),
    ] {
        let already = bench.emulator.exchanges().len();
        bench.ok(words);
        seen += &format!("== {step}\n{}", counted(&bench, already));
        // Terraform asks for ten things at a time.
        let connections = connections(&bench, already);
        assert!(connections <= 12, "{step}: {connections} connections");
    }
    expect![[r#"
        == plan of creates
        1 GET /api/dataExportSettings
        1 GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo
        1 GET alertRules
        1 GET contentPackages
        1 GET dataConnectors
        2 POST /TENANT/oauth2/v2.0/token
        2 POST dataConnectorsCheckRequirements
        == apply of creates
        3 GET /api/dataExportSettings
        1 GET /api/dataExportSettings/SentinelExportSettings-law-demo
        1 GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo
        1 GET alertRules
        1 GET contentPackages
        1 GET dataConnectors
        2 POST /TENANT/oauth2/v2.0/token
        1 POST /api/dataExportSettings
        2 POST dataConnectorsCheckRequirements
        6 PUT alertRules/NAME
        2 PUT dataConnectors/NAME
        == plan of nothing
        1 GET /api/dataExportSettings
        1 GET alertRules
        1 GET dataConnectors
        2 POST /TENANT/oauth2/v2.0/token
    "#]]
    .assert_eq(&seen);
}

#[test]
fn every_workspace_is_listed_once() {
    let bench = Bench::with(&workspaces(20, &json!({})));
    let id = WORKSPACE.replace("rg-sentinel", "rg").replace("law-demo", "law-${count.index}");
    bench.configure(&format!(
        "resource \"defender_xdr_connector\" \"it\" {{\n  count = 20\n  workspace_id = \"{id}\"\n}}\n\nresource \
         \"defender_identity_connector\" \"it\" {{\n  count = 20\n  workspace_id = \"{id}\"\n}}\n"
    ));
    // A licence is the tenant's, and so asked for once for each product.
    bench.ok(&["plan", "-no-color", "-out=plan"]);
    let mut seen = format!("== plan of creates\n{}", counted(&bench, 0));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    seen += &format!("== plan of nothing\n{}", counted(&bench, already));
    assert!(connections(&bench, already) <= 12);
    let already = bench.emulator.exchanges().len();
    bench.destroy();
    seen += &format!("== destroy\n{}", counted(&bench, already));
    expect![[r#"
        == plan of creates
        20 GET alertRules
        20 GET contentPackages
        20 GET dataConnectors
        1 POST /TENANT/oauth2/v2.0/token
        2 POST dataConnectorsCheckRequirements
        == plan of nothing
        20 GET dataConnectors
        1 POST /TENANT/oauth2/v2.0/token
        == destroy
        40 DELETE dataConnectors/NAME
        20 GET dataConnectors
        2 POST /TENANT/oauth2/v2.0/token
    "#]]
    .assert_eq(&seen);
}

/// Resource Manager's own numbers, and 300 objects to create.
#[test]
fn a_large_run_keeps_to_the_services_limits() {
    let bench = Bench::with(&workspaces(1, &json!({ "throttle": true })));
    let id = WORKSPACE.replace("rg-sentinel", "rg").replace("law-demo", "law-0");
    bench.configure(&format!(
        "resource \"defender_incident_rule\" \"it\" {{\n  count = 300\n  workspace_id = \"{id}\"\n  product = \"Microsoft Defender for \
         Identity\"\n  display_name = \"rule ${{count.index}}\"\n}}\n"
    ));
    bench.apply();
    let exchanges = bench.emulator.exchanges();
    let refused = exchanges.iter().filter(|exchange| exchange["status"] == 429).count();
    assert!(refused <= 10, "{refused} of {} requests were refused", exchanges.len());
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 300);
}

#[test]
fn the_users_limit_is_checked() {
    let bench = Bench::new();
    bench.configure_all(&format!("provider \"defender\" {{\n  max_requests_per_second = 0\n}}\n{EVERYTHING}"));
    expect![[r#"
        Error: Not a number of requests

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 2, in provider "defender":
           2:   max_requests_per_second = 0

        Write a whole number of requests a second, from 1 on, or leave it out for no
        limit.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));
}
