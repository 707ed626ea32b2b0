//! One provider block, several tenants: each resource is managed with a token of its own tenant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

        Microsoft Entra does not know the tenant
        bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb.
        Workspace:
        /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        The service said: 400 AADSTS90002: Tenant
        'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb' not found.
        Request: POST
        https://EMULATOR/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/oauth2/v2.0/token
        Request id: GUID

        Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID)
        where the resource names none, and check that the endpoints are of that
        tenant's cloud.
    "#]].assert_eq(&bench.plan_errors());
}

#[test]
fn an_application_that_is_not_consented_to_is_told_where() {
    let mut scenario = scenario();
    scenario["tenants"][1]["clients"] = json!([]);
    let bench = Bench::with(&scenario);
    bench.configure(everything_in(SECOND).split_inclusive("}\n").next().unwrap());
    expect![[r#"
        Error: Could not plan the Microsoft Defender XDR connector

          with defender_xdr_connector.taaaa,
          on main.tf line 10, in resource "defender_xdr_connector" "taaaa":
          10:   tenant_id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

        The application 33333333-3333-4333-8333-333333333333 is not known in the
        tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa.
        Workspace:
        /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        The service said: 400 AADSTS700016: Application with identifier
        '33333333-3333-4333-8333-333333333333' was not found in the directory
        'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'.
        Request: POST
        https://EMULATOR/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/oauth2/v2.0/token
        Request id: GUID

        An administrator of that tenant consents at
          https://EMULATOR/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/adminconsent?client_id=33333333-3333-4333-8333-333333333333

        The app registration must be for accounts in any directory if it is of
        another tenant. If the tenant is wrong, correct tenant_id of the resource, or
        of the provider block where the resource names none.
    "#]].assert_eq(&bench.plan_errors());
}

#[test]
fn a_workspace_of_another_tenant_wants_the_tenant_on_the_resource() {
    let bench = Bench::with(&scenario());
    let here = everything_in(SECOND).replace(&format!("  tenant_id = \"{SECOND}\"\n"), "");
    bench.configure(here.split_inclusive("}\n").next().unwrap());
    expect![[r#"
        Error: Could not plan the Microsoft Defender XDR connector

          with defender_xdr_connector.taaaa,
          on main.tf line 9, in resource "defender_xdr_connector" "taaaa":
           9:   workspace_id = "/subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"

        The workspace belongs to tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa, the
        token to a different one.
        Workspace:
        /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        The service said: 401 InvalidAuthenticationTokenTenant: The access token is
        from the wrong issuer
        'https://sts.windows.net/TENANT/'. It must
        match the tenant
        'https://sts.windows.net/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/' associated
        with this subscription. Please use the authority (URL)
        'https://login.windows.net/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa' to get the
        token. Note, if the subscription is transferred to another tenant there is no
        impact to the services, but information about new tenant could take time to
        propagate (up to an hour). If you just transferred your subscription and see
        this error message, please try back later.
        Request: GET
        https://EMULATOR/subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Set tenant_id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa" in this block: the
        provider's credentials are then used in that tenant, which must know them. On
        the provider it belongs only if everything is in that tenant. Or correct
        workspace_id.
    "#]].assert_eq(&bench.plan_errors());
}

/// A token of a signed-in user, as it stands in a shell.
fn user_token(claims: &Value) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn a_defender_token_is_sent_for_its_own_tenant_only() {
    let audience = "https://api.securitycenter.microsoft.com";
    let token = user_token(&json!({ "tid": TENANT, "aud": audience, "exp": 9_999_999_999_i64 }));
    let mut scenario = scenario();
    scenario["tenants"][0]["user_tokens"] = json!([{ "token": token }]);
    let mut bench = Bench::with(&scenario);
    bench.set("DEFENDER_API_TOKEN", &token);
    let tables = |tenant: &str| {
        let all = everything_in(tenant);
        all[all.find("resource \"defender_hunting_tables\"").unwrap()
            ..all.find("resource \"defender_table_retention\"").unwrap()]
            .to_owned()
    };
    let sent = |bench: &Bench| bench.requests(0).iter().filter(|line| line.contains("dataExportSettings")).count();

    bench.configure(&tables(SECOND));
    expect![[r#"
        Error: Could not plan the selection of hunting tables

          with defender_hunting_tables.taaaa,
          on main.tf line 10, in resource "defender_hunting_tables" "taaaa":
          10:   tenant_id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

        The token that is given for the Defender API (defender_api.access_token,
        DEFENDER_API_TOKEN, or defender_api_token of a tenant block) is not for this,
        and nothing was sent.
        Workspace:
        /subscriptions/aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        Found: it is of tenant TENANT, and this is of
        tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa

        A token is good in one tenant. Correct tenant_id, or give each tenant a
        tenant block with a token of its own as defender_api_token; this gets one:
          az account get-access-token --tenant TENANT_ID --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv
    "#]].assert_eq(&bench.plan_errors());
    bench.configure(&format!("data \"defender_export_settings\" \"it\" {{\n  tenant_id = \"{SECOND}\"\n}}\n"));
    let told = bench.plan_errors();
    assert!(told.contains("TENANT,") && told.contains(SECOND) && told.contains("nothing was sent"), "{told}");
    for (claims, expected) in [
        (
            json!({ "tid": TENANT, "aud": "https://management.core.windows.net/" }),
            "made for https://management.core.windows.net/",
        ),
        (json!({ "tid": TENANT, "aud": "00000003-0000-0000-c000-000000000000" }), "Microsoft Graph"),
        (json!({ "tid": TENANT, "aud": audience, "exp": 1_700_000_000 }), "it expired at 2023-11-14T22:13:20Z"),
    ] {
        bench.set("DEFENDER_API_TOKEN", &user_token(&claims));
        bench.configure("data \"defender_export_settings\" \"it\" {}\n");
        // Terraform breaks lines where it likes.
        let told = bench.plan_errors().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(expected) && !told.contains(".c2ln"), "{told}");
    }
    assert_eq!(sent(&bench), 0);

    bench.set("DEFENDER_API_TOKEN", &token);
    bench.configure(&tables(TENANT));
    let text = bench.apply();
    assert!(!text.contains("Warning"), "{text}");
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_defender_token_that_cannot_be_checked_is_sent_with_a_warning() {
    const OPAQUE: &str = "a-user-of-the-tenant";
    let mut scenario = scenario();
    scenario["tenants"][0]["user_tokens"] = json!([{ "token": OPAQUE }]);
    let bench = Bench::with(&scenario);
    let block = "provider \"defender\" {\n  endpoints {\n    resource_manager = var.url\n    active_directory = var.url\n    defender         = var.url\n  }\n  \
                 defender_api {\n    access_token = \"a-user-of-the-tenant\"\n  }\n}\n";
    bench.configure_all(&format!("{block}data \"defender_export_settings\" \"it\" {{}}\n"));
    let text = bench.ok(&["plan", "-no-color"]);
    assert!(!text.contains(OPAQUE), "{text}");
    assert_eq!(text.matches("Warning: ").count(), 1, "{text}");
    expect![[r#"
        A token for the Defender API that cannot be checked

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        A token that is given for the Defender API (defender_api.access_token,
        DEFENDER_API_TOKEN, or defender_api_token of a tenant block) is no JSON web
        token, so its tenant, its audience and its end are not known here. It is sent
        as it is.

        A token that can be checked comes from
          az account get-access-token --tenant TENANT_ID --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv"#]].assert_eq(crate::terraform::warning(&text));
}
