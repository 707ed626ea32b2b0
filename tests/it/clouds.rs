//! Other clouds than the public one: by name, by the host of their metadata, and without a Defender API.

use expect_test::expect;
use serde_json::json;

use crate::terraform::Bench;

const CONNECTOR: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";

const TABLES: &str = "resource \"defender_hunting_tables\" \"it\" {\n  workspace_id = var.workspace_id\n  tables = [\"DeviceInfo\"]\n}\n";

/// A provider block that says this of where the services are.
fn provider(says: &str) -> String {
    format!("provider \"defender\" {{\n{says}}}\n")
}

#[test]
fn a_cloud_is_known_by_its_name_or_refused() {
    let mut bench = Bench::new();
    let [manager, entra] =
        ["resource_manager", "active_directory"].map(|name| format!("  endpoints {{ {name} = var.url }}\n"));
    let impatient = CONNECTOR.replace("}\n", "  timeouts {\n    create = \"2s\"\n  }\n}\n");
    // Half of the addresses are the emulator's, and nobody is behind the proxy to the others.
    bench.configure_all(&format!("{}{impatient}", provider(&format!("  environment = \"USGovernment\"\n{manager}"))));
    bench.set("HTTPS_PROXY", "http://127.0.0.1:1").set("NO_PROXY", "127.0.0.1");
    let told = bench.plan_errors();
    assert!(told.contains("https://login.microsoftonline.us/TENANT/oauth2/v2.0/token"), "{told}");
    bench.configure_all(&format!("{}{impatient}", provider(&format!("  environment = \"china\"\n{entra}"))));
    let told = bench.plan_errors();
    // The emulator gives no token for the Resource Manager of that cloud.
    assert!(told.contains("AADSTS500011") && told.contains("https://management.chinacloudapi.cn"), "{told}");
    bench.configure_all(&format!("{}{CONNECTOR}", provider("  environment = \"german\"\n")));
    expect![[r#"
        Error: A cloud that is not known

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 2, in provider "defender":
           2:   environment = "german"

        environment is "german", which is none of: public, usgovernment, dod, china.

        For another Azure cloud set metadata_host in the provider block (or
        ARM_METADATA_HOSTNAME) to the host of its Resource Manager, or give the
        addresses in the endpoints block.
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn a_cloud_says_where_it_is() {
    let bench = Bench::new();
    let host = bench.emulator.url().trim_start_matches("https://").to_owned();
    let by_host = |host: &str| {
        provider(&format!("  metadata_host = \"{host}\"\n  endpoints {{\n    defender = var.url\n  }}\n"))
            + CONNECTOR
            + TABLES
    };
    bench.configure_all(&by_host(&host));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    for body in [json!({ "resourceManager": "http://127.0.0.1" }), json!("<html>")] {
        let answer =
            json!([{ "match": { "path": "/metadata/endpoints" }, "action": { "raw_body": body.to_string() } }]);
        bench.faults(&answer);
        let told = bench.plan_errors();
        assert!(told.contains("does not say where its services are") && told.contains("resourceManager"), "{told}");
    }
    bench.configure_all(&by_host("https://management.azure.com"));
    expect![[r#"
        Error: The cloud does not say where its services are

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        metadata_host is "https://management.azure.com", which is asked where the
        services of its cloud are.

        Found: "https://management.azure.com" is not the name of a host

        Correct the name: a host, and a port where it has one, without https://. Or
        give the addresses (resource_manager and active_directory) in the endpoints
        block.
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn where_no_defender_api_is_known_hunting_tables_are_refused_at_plan() {
    let mut bench = Bench::new();
    bench.set("ARM_ENVIRONMENT", "china");
    let addresses = "  endpoints {\n    resource_manager = var.url\n    active_directory = var.url\n  }\n";
    bench.configure_all(&format!("{}{CONNECTOR}", provider(addresses)));
    bench.apply();
    bench.configure_all(&format!("{}{CONNECTOR}{TABLES}", provider(addresses)));
    expect![[r#"
        Error: Could not plan the selection of hunting tables

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10: resource "defender_hunting_tables" "it" {

        The request could not be made.
        Workspace:
        WORKSPACE

        Found: no Defender API of this cloud is known, so there is nowhere to ask;
        nothing was sent. Where it has one, name it as endpoints.defender in the
        provider block

        Check the provider block.
    "#]]
    .assert_eq(&bench.plan_errors());
    bench.configure_all(&format!(
        "{}{CONNECTOR}{TABLES}",
        provider(&addresses.replace("  }\n", "    defender = var.url\n  }\n"))
    ));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
}
