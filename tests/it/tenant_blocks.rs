//! `tenant` blocks: credentials of one tenant's own, beside the provider's.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, TENANT};
use crate::terraform::Bench;

const SECOND: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const THIRD: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
const OTHER_CLIENT: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";

/// Three tenants: one of the provider's application, one of an application of its own, and one that knows neither.
fn bench() -> Bench {
    let client = |id: &str, secret: &str| json!([{ "client_id": id, "client_secret": secret }]);
    let tenant = |id: &str, clients: Value| json!({ "tenant_id": id, "clients": clients, "export_settings_accept_app_tokens": true });
    let tenants = json!([
        tenant(TENANT, client(CLIENT, SECRET)),
        tenant(SECOND, client(OTHER_CLIENT, "of-the-second")),
        tenant(THIRD, json!([])),
    ]);
    let workspaces: Vec<_> = [TENANT, SECOND, THIRD]
        .iter()
        .map(|tenant| json!({ "subscription_id": subscription(tenant), "resource_group": "rg", "name": "law", "tenant_id": tenant }))
        .collect();
    Bench::with(&json!({ "tenants": tenants, "workspaces": workspaces }))
}

fn subscription(tenant: &str) -> String {
    tenant.replace("-4", "-5")
}

/// A connector and a selection of tables in a tenant.
fn everything_in(tenant: &str) -> String {
    let workspace = format!(
        "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
        subscription(tenant)
    );
    let label = &tenant[..4];
    let of = format!("  workspace_id = \"{workspace}\"\n  tenant_id = \"{tenant}\"\n");
    format!(
        "resource \"defender_identity_connector\" \"t{label}\" {{\n{of}}}\n\
         resource \"defender_hunting_tables\" \"t{label}\" {{\n{of}  tables = [\"DeviceInfo\"]\n}}\n"
    )
}

/// The provider block with these tenant blocks.
fn provider(tenants: &str) -> String {
    format!(
        "provider \"defender\" {{\n  endpoints {{\n    resource_manager = var.url\n    active_directory = var.url\n    defender = var.url\n  }}\n{tenants}}}\n"
    )
}

fn of_second(arguments: &str) -> String {
    format!("  tenant {{\n    tenant_id = \"{SECOND}\"\n{arguments}  }}\n")
}

/// Who asked for tokens where since `already`, sorted, with how often.
fn tokens(bench: &Bench, already: usize) -> String {
    let mut asked: Vec<_> = bench.requests(already).into_iter().filter(|line| line.contains("/token ")).collect();
    asked.sort();
    asked.join("\n")
}

#[test]
fn a_tenant_has_credentials_of_its_own() {
    let bench = bench();
    let own = of_second(&format!("    client_id = \"{OTHER_CLIENT}\"\n    client_secret = \"of-the-second\"\n"));
    let both = format!("{}{}", everything_in(TENANT), everything_in(SECOND));
    bench.configure_all(&format!("{}{both}", provider(&own)));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    expect![[r#"
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/oauth2/v2.0/token 200
        POST /aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/oauth2/v2.0/token 200"#]]
    .assert_eq(&tokens(&bench, already));
    let state = std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
    assert!(!state.contains("of-the-second") && !state.contains(SECRET));
    // Without its block the provider's application is asked for, which that tenant does not know.
    bench.configure_all(&format!("{}{both}", provider("")));
    let told = bench.plan_errors();
    assert!(told.contains(&format!("{SECOND}/adminconsent?client_id={CLIENT}")), "{told}");
    bench.configure_all(&format!("{}{both}", provider(&own)));
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn tenants_alone_are_enough_and_nobody_else_is_signed_in() {
    let mut bench = bench();
    bench.set("ARM_CLIENT_SECRET", "").set("ARM_TENANT_ID", "");
    let own = of_second(&format!("    client_id = \"{OTHER_CLIENT}\"\n    client_secret = \"of-the-second\"\n"));
    bench.configure_all(&format!("{}{}", provider(&own), everything_in(SECOND)));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure_all(&format!(
        "{}{}{}",
        provider(&own),
        everything_in(SECOND),
        everything_in(THIRD).split_inclusive("}\n").next().unwrap()
    ));
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.tbbbb,
          on main.tf line 24, in resource "defender_identity_connector" "tbbbb":
          24:   tenant_id = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

        There is nothing to sign in with in the tenant
        bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb.
        Workspace:
        /subscriptions/bbbbbbbb-bbbb-5bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        Found: the provider block holds nothing to sign in with here
        Request: GET
        https://EMULATOR/subscriptions/bbbbbbbb-bbbb-5bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/dataConnectors

        Give the tenant bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb a tenant block with
        credentials of its own, or give the provider block some that the tenant
        bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb knows.
    "#]].assert_eq(&bench.plan_errors());
}

#[test]
fn one_that_is_named_is_asked_ahead_and_one_that_refuses_fails_its_own_alone() {
    let bench = bench();
    let named: String =
        [SECOND, THIRD].iter().map(|tenant| format!("  tenant {{\n    tenant_id = \"{tenant}\"\n  }}\n")).collect();
    bench.configure_all(&format!("{}{}{}", provider(&named), everything_in(TENANT), everything_in(THIRD)));
    let text = bench.run(&["apply", "-no-color", "-auto-approve", "-input=false"]).text;
    assert!(text.contains(&format!("{THIRD}/adminconsent")), "{text}");
    // Terraform plans nothing where something cannot be planned; what is planned of the rest is applied on its own.
    bench.ok(&["apply", "-no-color", "-auto-approve", "-input=false", "-target=defender_identity_connector.t1111"]);
    assert_eq!(bench.left().len(), 1);
}

#[test]
fn what_is_wrong_with_a_block_is_told_at_its_place() {
    let bench = bench();
    let told = |tenants: &str| {
        bench.configure_all(&format!("{}{}", provider(tenants), everything_in(TENANT)));
        bench.plan_errors()
    };
    let mut seen = told(&format!("{}{}", of_second(""), of_second("").replace(SECOND, &SECOND.to_uppercase())));
    seen += &told(&of_second("    client_secret = \"s\"\n    client_id_file_path = \"/no/such/file\"\n"));
    seen += &told(&of_second("    client_certificate = \"?\"\n"));
    expect![[r#"
        Error: Two tenant blocks for one tenant

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 11, in provider "defender":
          11:     tenant_id = "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA"

        The tenant AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA has a block already, and it
        could not be known which of the two counts.

        Leave one of them.
        Error: A file of the credentials cannot be used

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 10, in provider "defender":
          10:     client_id_file_path = "/no/such/file"

        client_id_file_path names
          /no/such/file
        and No such file or directory (os error 2).

        Check the path and who may read it; Terraform reads it on the machine that it
        runs on.
        Error: A client certificate cannot be used

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 9, in provider "defender":
           9:     client_certificate = "?"

        What client_certificate gives cannot be used: it is not base64 text.

        It must hold an RSA certificate that the app registration knows and its
        private key: a PFX file (base64 text where it is given as
        client_certificate), or a PEM file with both. Its password, if it has one, is
        client_certificate_password (or ARM_CLIENT_CERTIFICATE_PASSWORD).
    "#]]
    .assert_eq(&seen);
}
