//! The fleet under `examples/fleet`: its own tests, and what Terraform's tests do not see, which is whose tenant a change
//! is sent to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use serde_json::{Value, json};

use crate::terraform::Bench;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fleet")
}

fn read(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(example().join(name)).unwrap()).unwrap()
}

/// The customers as they are shipped.
fn shipped() -> Value {
    read("customers.auto.tfvars.json")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // What is left of somebody's own run stays out.
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".terraform") || name.starts_with("terraform.tfstate") {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(name)),
            false => drop(fs::copy(entry.path(), to.join(name)).unwrap()),
        }
    }
}

/// The example in a bench, with an emulator that has its tenants.
fn bench() -> Bench {
    let mut bench = Bench::with(&read("scenario.json"));
    copy(&example(), &bench.path(""));
    let url = bench.emulator.url().to_owned();
    bench.set("TF_VAR_service_url", &url);
    bench.set("ARM_TENANT_ID", shipped()["customers"]["adatum"]["tenant_id"].as_str().unwrap());
    // Modules only: an init would look for the provider in the registry.
    bench.ok(&["get", "-no-color"]);
    bench
}

fn ask_for(bench: &Bench, customers: &Value) {
    fs::write(bench.path("customers.auto.tfvars.json"), customers.to_string()).unwrap();
}

/// The customers whose tenant or subscription something was changed in since `already`.
fn touched(bench: &Bench, already: usize) -> BTreeSet<String> {
    let customers = shipped();
    let exchanges = bench.emulator.exchanges();
    let is_asking = |url: &str| url.contains("/oauth2/") || url.contains("/dataConnectorsCheckRequirements");
    let writes = exchanges[already..]
        .iter()
        .filter(|exchange| exchange["method"] != "GET" && !is_asking(exchange["url"].as_str().unwrap()));
    let whose = |exchange: &Value| {
        // A request to the Defender API names the workspace in its body, or in the setting's name.
        let text = exchange.to_string().to_lowercase();
        let mut names = customers["customers"].as_object().unwrap().keys();
        names.find(|name| text.contains(&format!("law-{name}"))).expect("a customer's request").clone()
    };
    writes.map(whose).collect()
}

#[test]
fn the_examples_own_tests_pass() {
    let bench = bench();
    let told = bench.ok(&["test", "-no-color"]);
    assert!(told.contains("Success! 12 passed, 0 failed."), "{told}");
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn who_comes_goes_or_has_ways_of_their_own_is_no_matter_of_the_others() {
    let bench = bench();
    let mut customers = shipped();
    let tailspin = customers["customers"].as_object_mut().unwrap().remove("tailspin").unwrap();
    ask_for(&bench, &customers);
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);

    let already = bench.emulator.exchanges().len();
    customers["customers"]["tailspin"] = tailspin;
    customers["customers"].as_object_mut().unwrap().remove("contoso").unwrap();
    customers["customers"]["litware"]["severities"] = json!(["High"]);
    customers["customers"]["northwind"]["retention"]["DeviceEvents"]["retention_in_days"] = 365.into();
    ask_for(&bench, &customers);
    expect![[r#"
        module.customer["contoso"].defender_cloud_connector.this[0] delete
        module.customer["contoso"].defender_hunting_tables.this[0] delete
        module.customer["contoso"].defender_incident_rule_suppression.this[0] delete
        module.customer["contoso"].defender_table_retention.this["DeviceEvents"] delete
        module.customer["contoso"].defender_xdr_connector.this[0] delete
        module.customer["litware"].defender_incident_rule.this["endpoint"] update
          severities: ["High","Medium"] -> ["High"]
        module.customer["litware"].defender_incident_rule.this["identity"] update
          severities: ["High","Medium"] -> ["High"]
        module.customer["northwind"].defender_table_retention.this["DeviceEvents"] update
          retention_in_days: 180 -> 365
        module.customer["tailspin"].defender_cloud_connector.this[0] create
        module.customer["tailspin"].defender_incident_rule_suppression.this[0] create
        module.customer["tailspin"].defender_table_retention.this["DeviceEvents"] create
        module.customer["tailspin"].defender_xdr_connector.this[0] create
    "#]]
    .assert_eq(&(bench.plan().join("\n") + "\n"));
    bench.ok(&["apply", "-no-color", "plan"]);
    let expected = ["contoso", "litware", "northwind", "tailspin"].map(str::to_owned);
    assert_eq!(touched(&bench, already), BTreeSet::from(expected));
    assert_eq!(bench.plan(), [""; 0]);

    // What Terraform's own tests do not see of a module: the service has it so.
    let world = bench.admin("GET", "/state", None);
    let workspaces = world["workspaces"].as_array().unwrap();
    let of = |name: &str| workspaces.iter().find(|workspace| workspace["name"] == format!("law-{name}")).unwrap();
    let rules = of("litware")["alert_rules"].as_array().unwrap();
    let severities: Vec<_> = rules.iter().map(|rule| &rule["properties"]["severitiesFilter"]).collect();
    assert_eq!(severities, [&json!(["High"]), &json!(["High"])]);
    assert_eq!(of("northwind")["tables"]["DeviceEvents"]["retentionInDays"], 365);
    assert_eq!(of("adatum")["tables"]["DeviceEvents"]["retentionInDays"], 90);
    assert_eq!(of("fabrikam")["onboarded"], true);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_state_of_one_customer_asks_nothing_of_the_others() {
    let mut bench = bench();
    bench.set("TF_VAR_only", "[\"northwind\"]");
    bench.apply();
    assert_eq!(touched(&bench, 0), BTreeSet::from(["northwind".to_owned()]));
    let tenant = shipped()["customers"]["northwind"]["tenant_id"].as_str().unwrap().to_owned();
    let tokens: Vec<_> = bench.requests(0).into_iter().filter(|line| line.contains("/oauth2/")).collect();
    assert!(!tokens.is_empty() && tokens.iter().all(|line| line.contains(&tenant)), "{tokens:?}");

    // A name that is no customer's is no plan that takes everything away.
    bench.set("TF_VAR_only", "[\"northwinds\"]");
    let refused = bench.plan_errors();
    assert!(refused.contains("The given key does not identify an element in this collection"), "{refused}");
}

#[test]
fn a_tenant_that_refuses_the_application_has_its_tables_selected_by_a_user() {
    let mut bench = bench();
    let tenant = shipped()["customers"]["northwind"]["tenant_id"].as_str().unwrap().to_owned();
    let closed = json!({ "export_settings_accept_app_tokens": false });
    bench.admin("PATCH", &format!("/portal/tenants/{tenant}"), Some(&closed));
    bench.set("TF_VAR_only", "[\"contoso\",\"northwind\"]");
    let refused = bench.plan_errors();
    assert!(refused.contains("module.customer[\"northwind\"].defender_hunting_tables.this[0]"), "{refused}");

    let token = bench.admin("POST", &format!("/user-token?tenant={tenant}"), None).as_str().unwrap().to_owned();
    bench.set("TF_VAR_defender_api_tokens", &json!({ &tenant: token }).to_string());
    let applied = bench.apply();
    assert!(!applied.contains(&token), "{applied}");
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn the_guide_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/guides/many-tenants.md")).unwrap();
    assert!(guide.starts_with("---\npage_title: \"Many tenants\"\nsubcategory: "), "the registry reads this head");
    let links: Vec<_> = guide.split(concat!(env!("CARGO_PKG_REPOSITORY"), "/")).skip(1).collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        let link = link.split([')', '#']).next().unwrap();
        let path = link.splitn(3, '/').nth(2).unwrap();
        assert!(root.join(path).exists(), "{link} leads nowhere");
    }
    let names = guide.split("`defender_").skip(1).map(|rest| rest.split('`').next().unwrap());
    for name in names.filter(|name| !name.contains(' ')) {
        let page = |folder: &str| root.join(format!("docs/{folder}/{name}.md")).exists();
        assert!(page("resources") || page("data-sources") || name.starts_with("api"), "defender_{name} has no page");
    }
}
