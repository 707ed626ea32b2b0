//! One provider block, several tenants: each resource is managed with a token of its own tenant.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, TENANT};
use crate::terraform::Bench;

const SECOND: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const THIRD: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

/// A multi-tenant app registration, and a workspace in each tenant.
fn scenario() -> Value {
    let tenants = [TENANT, SECOND].map(|tenant| {
        json!({
            "tenant_id": tenant,
            "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
            "export_settings_accept_app_tokens": true
        })
    });
    let workspaces = [TENANT, SECOND].map(|tenant| {
        json!({ "subscription_id": tenant.replace("-4", "-5"), "resource_group": "rg", "name": "law", "tenant_id": tenant })
    });
    json!({ "tenants": tenants, "workspaces": workspaces })
}

fn everything_in(tenant: &str) -> String {
    let workspace = format!(
        "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
        tenant.replace("-4", "-5")
    );
    let label = &tenant[..4];
    format!(
        "resource \"defender_xdr_connector\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n}}\n\
         resource \"defender_incident_rule\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n  \
         product = \"Microsoft Defender for Cloud\"\n}}\n\
         resource \"defender_hunting_tables\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n  \
         tables = [\"DeviceInfo\"]\n}}\n\
         resource \"defender_table_retention\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n  \
         table = \"DeviceInfo\"\n  retention_in_days = 90\n}}\n\
         resource \"defender_incident_rule_suppression\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \
         \"{tenant}\"\n  products = [\"Microsoft Defender for Identity\"]\n}}\n\
         resource \"defender_workspace_onboarding\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \
         \"{tenant}\"\n  adopt_existing = true\n}}\n\
         data \"defender_connectors\" \"t{label}\" {{\n  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n  depends_on = \
         [defender_xdr_connector.t{label}]\n}}\n"
    )
}

#[test]
fn one_provider_block_serves_them_all_with_a_token_for_each() {
    let bench = Bench::with(&scenario());
    bench.configure(&format!("{}{}", everything_in(TENANT), everything_in(SECOND)));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    let mut requests = bench.requests(already);
    requests.sort();
    expect![[r#"
        GET /api/dataExportSettings 200
        GET /api/dataExportSettings 200
        GET /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/tables/DeviceInfo 200
        GET /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/tables/DeviceInfo 200
        GET alertRules 200
        GET alertRules 200
        GET dataConnectors 200
        GET dataConnectors 200
        GET onboardingStates/default 200
        GET onboardingStates/default 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/oauth2/v2.0/token 200
        POST /aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/oauth2/v2.0/token 200"#]]
    .assert_eq(&requests.join("\n"));
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn what_another_tenant_has_is_imported_with_that_tenant_before_its_id() {
    let bench = Bench::with(&scenario());
    bench.configure(&everything_in(SECOND));
    bench.apply();
    let left = bench.left();
    for resource in [
        "defender_xdr_connector",
        "defender_incident_rule",
        "defender_hunting_tables",
        "defender_table_retention",
        "defender_incident_rule_suppression",
        "defender_workspace_onboarding",
    ] {
        let address = format!("{resource}.t{}", &SECOND[..4]);
        let id = bench.state(&address)["id"].as_str().unwrap().to_owned();
        bench.ok(&["state", "rm", &address]);
        bench.errors(&["import", "-no-color", &address, &id]);
        bench.ok(&["import", "-no-color", &address, &format!("{SECOND}|{id}")]);
        assert_eq!(bench.state(&address)["tenant_id"], SECOND);
        assert_eq!(bench.plan(), [""; 0], "after import of {address}");
    }
    assert_eq!(bench.left(), left);
}

#[test]
fn a_tenant_that_does_not_know_the_application_is_named() {
    let bench = Bench::with(&scenario());
    bench.configure(everything_in(SECOND).replace(SECOND, THIRD).split_inclusive("}\n").next().unwrap());
    expect![[r#"
        Error: Could not plan the Microsoft Defender XDR connector

          with defender_xdr_connector.taaaa,
          on main.tf line 10, in resource "defender_xdr_connector" "taaaa":
          10:   tenant_id = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

        Microsoft Entra gave no token for the credentials of the provider block.
        Workspace:
        /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        The service said: 400 AADSTS90002: Tenant
        'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb' not found.
        Request: POST
        https://EMULATOR/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/oauth2/v2.0/token
        Request id: GUID

        Check tenant_id, client_id and client_secret (or ARM_TENANT_ID,
        ARM_CLIENT_ID, ARM_CLIENT_SECRET): the secret's value, not its id, not
        expired, and of an app registration in that tenant; and that the endpoints
        are of that tenant's cloud.
    "#]].assert_eq(&bench.plan_errors());
}
