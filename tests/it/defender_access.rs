//! Who calls the Defender API: the provider, a user's token, the Azure CLI, or nobody.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{CLIENT, SECRET, TENANT};
use crate::terraform::{Bench, findings};

const SECOND: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

/// A token of a signed-in user of a tenant, good until then.
fn user_token(tenant: &str, expires: i64) -> String {
    let claims = json!({ "tid": tenant, "aud": "https://api.securitycenter.microsoft.com", "exp": expires });
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

const LONG: i64 = 9_999_999_999;

/// Two tenants whose Defender API takes users' tokens alone.
fn bench() -> Bench {
    let tenants = [TENANT, SECOND].map(|tenant| {
        json!({
            "tenant_id": tenant,
            "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
            "user_tokens": [{ "token": user_token(tenant, LONG) }]
        })
    });
    let workspaces = [TENANT, SECOND].map(|tenant| {
        json!({ "subscription_id": tenant.replace("-4", "-5"), "resource_group": "rg", "name": "law", "tenant_id": tenant })
    });
    Bench::with(&json!({ "tenants": tenants, "workspaces": workspaces }))
}

fn everything_in(tenant: &str) -> String {
    let workspace = format!(
        "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
        tenant.replace("-4", "-5")
    );
    let label = &tenant[..4];
    let of = format!("  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n");
    format!(
        "resource \"defender_xdr_connector\" \"t{label}\" {{\n{of}}}\n\
         resource \"defender_hunting_tables\" \"t{label}\" {{\n{of}  tables = [\"DeviceInfo\"]\n}}\n\
         data \"defender_export_settings\" \"t{label}\" {{\n  tenant_id = \"{tenant}\"\n}}\n"
    )
}

fn provider(besides: &str) -> String {
    format!(
        "provider \"defender\" {{\n  endpoints {{\n    resource_manager = var.url\n    active_directory = var.url\n    defender = var.url\n  }}\n{besides}}}\n"
    )
}

fn tenant_block(tenant: &str) -> String {
    format!(
        "  tenant {{\n    tenant_id = \"{tenant}\"\n    defender_api_token = \"{}\"\n  }}\n",
        user_token(tenant, LONG)
    )
}

#[test]
fn each_tenant_has_a_users_token_of_its_own() {
    let bench = bench();
    let tokens = [TENANT, SECOND].map(tenant_block).concat();
    bench.configure_all(&format!("{}{}{}", provider(&tokens), everything_in(TENANT), everything_in(SECOND)));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    let state = std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
    assert!(!state.contains(".c2ln"));
    bench.destroy();
}

#[test]
fn where_nobody_may_read_everything_else_is_planned() {
    let mut bench = bench();
    bench.set("DEFENDER_API_TOKEN", &user_token(TENANT, LONG));
    let warn = provider("  defender_api {\n    on_forbidden = \"warn\"\n  }\n");
    bench.configure_all(&format!("{warn}{}", everything_in(TENANT)));
    bench.apply();
    let id = bench.state("defender_xdr_connector.t1111")["id"].as_str().unwrap().to_owned();
    bench.portal("PATCH", &id, Some(&json!({ "properties": { "dataTypes": { "alerts": { "state": "Enabled" } } } })));
    let mut seen = String::new();
    for (what, token) in [("no user", String::new()), ("an expired token", user_token(TENANT, 1_700_000_000))] {
        bench.set("DEFENDER_API_TOKEN", &token);
        bench.configure_all(&format!("{}{}", provider(""), everything_in(TENANT)));
        assert!(bench.plan_errors().contains("Could not read"), "{what}");
        bench.configure_all(&format!("{warn}{}", everything_in(TENANT)));
        let plan = bench.run(&["plan", "-no-color", "-input=false", "-out=plan"]);
        assert_eq!(plan.code, 0, "{}", plan.text);
        seen += &format!("== {what}: {}\n", bench.changes().join(", "));
        seen += &findings(&plan.text);
    }
    // What is to be changed there cannot be, and nothing is lost.
    let state = bench.state("defender_hunting_tables.t1111");
    bench.configure_all(&format!(
        "{warn}{}",
        everything_in(TENANT).replace("[\"DeviceInfo\"]", "[\"DeviceInfo\", \"DeviceEvents\"]")
    ));
    let told = bench.apply_errors();
    assert!(
        told.contains("Could not update the selection of hunting tables") && told.contains("it expired at"),
        "{told}"
    );
    assert_eq!(bench.state("defender_hunting_tables.t1111"), state);
    expect![[r#"
        == no user: defender_xdr_connector.t1111 update,   alerts: true -> false
        Warning: The export settings could not be read

          with defender_hunting_tables.t1111,
          on main.tf line 16, in resource "defender_hunting_tables" "t1111":
          16:   workspace_id = "/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"

        defender_api.on_forbidden is "warn", so what was last known stands: what has
        changed there since is not seen, and what is to be changed there is an error
        at apply.

        The Defender API refused the caller.
        Workspace:
        /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

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

        (and one more similar warning elsewhere)
        == an expired token: defender_xdr_connector.t1111 update,   alerts: true -> false
        Warning: The export settings could not be read

          with defender_hunting_tables.t1111,
          on main.tf line 15, in resource "defender_hunting_tables" "t1111":
          15: resource "defender_hunting_tables" "t1111" {

        defender_api.on_forbidden is "warn", so what was last known stands: what has
        changed there since is not seen, and what is to be changed there is an error
        at apply.

        The token that is given for the Defender API (defender_api.access_token,
        DEFENDER_API_TOKEN, or defender_api_token of a tenant block) is not for this,
        and nothing was sent.
        Workspace:
        /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        Found: it expired at 2023-11-14T22:13:20Z

        Get a new one:
          az account get-access-token --tenant TENANT_ID --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv

        (and one more similar warning elsewhere)
    "#]].assert_eq(&seen);
}

#[test]
fn a_new_selection_is_planned_where_nobody_may_read_and_refused_at_apply() {
    let bench = bench();
    let warn = provider("  defender_api {\n    on_forbidden = \"warn\"\n  }\n");
    bench.configure_all(&format!("{warn}{}", everything_in(TENANT)));
    let planned = bench.plan();
    assert!(planned.contains(&"defender_hunting_tables.t1111 create".to_owned()), "{planned:?}");
    let told = bench.apply_errors();
    assert!(told.contains("Could not create the selection of hunting tables"), "{told}");
}

/// An Azure CLI that writes down what it is asked and answers with a token.
#[cfg(unix)]
fn azure_cli(bench: &mut Bench, token: &str) -> std::path::PathBuf {
    let log = bench.path("asked");
    let answer = json!({ "accessToken": token, "expires_on": LONG, "tokenType": "Bearer" });
    bench.stand_in("az", &format!("echo \"$@\" >> {}\ncat <<'END'\n{answer}\nEND", log.display()));
    log
}

#[cfg(unix)]
#[test]
fn the_azure_cli_is_asked_for_the_defender_api_alone() {
    let mut bench = bench();
    let log = azure_cli(&mut bench, &user_token(TENANT, LONG));
    bench.configure_all(&format!(
        "{}{}",
        provider("  defender_api {\n    use_cli = true\n  }\n"),
        everything_in(TENANT)
    ));
    bench.apply();
    let asked = std::fs::read_to_string(&log).unwrap();
    let expected = format!(
        "account get-access-token -o json --scope https://api.securitycenter.microsoft.com/.default --tenant {TENANT}"
    );
    assert!(asked.lines().all(|line| line == expected), "{asked}");
    assert_eq!(bench.plan(), [""; 0]);
    // Whoever is signed in is of another tenant.
    azure_cli(&mut bench, &user_token(SECOND, LONG));
    let told = bench.plan_errors();
    assert!(told.contains("it was not\nused") && told.contains("az login --tenant"), "{told}");
}
