//! The data source, the functions, and the examples and docs as they are shipped.

use std::path::Path;

use expect_test::expect;
use serde_json::json;

use crate::emulator_process::WORKSPACE;
use crate::terraform::{Bench, NEWEST, PROVIDER, sentinel};

#[test]
fn every_connector_is_listed_whatever_its_kind() {
    let mut scenario: serde_json::Value =
        serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap();
    scenario["workspaces"][0]["solutions"] = "none".into();
    let bench = Bench::with(&scenario);
    let id = sentinel("dataConnectors/office");
    let office = json!({ "kind": "Office365", "properties": { "tenantId": crate::emulator_process::TENANT, "dataTypes": {
        "exchange": { "state": "enabled" }, "sharePoint": { "state": "Disabled" }, "teams": { "state": "Enabled" }
    } } });
    bench.portal("PUT", &id, Some(&office));
    bench.admin("POST", "/behaviour", Some(&json!({ "static_cards": true })));
    bench.configure(
        "data \"defender_connectors\" \"it\" {\n  workspace_id = lower(var.workspace_id)\n}\n\noutput \"found\" {\n  value = \
         [for c in data.defender_connectors.it.connectors : {kind = c.kind, type = c.resource_type, on = c.data_types}]\n}\n",
    );
    bench.apply();
    expect![[r#"
        [
          {
            "kind" = "GenericUI"
            "on" = tomap({})
            "type" = tostring(null)
          },
          {
            "kind" = "StaticUI"
            "on" = tomap({})
            "type" = tostring(null)
          },
          {
            "kind" = "Office365"
            "on" = tomap({
              "exchange" = true
              "sharePoint" = false
              "teams" = true
            })
            "type" = tostring(null)
          },
        ]"#]]
    .assert_eq(&bench.ok(&["output", "-no-color", "found"]));
}

#[test]
fn functions_need_no_credentials() {
    let mut bench = Bench::new();
    for name in ["ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"] {
        bench.set(name, "");
    }
    bench.configure_all("output \"q\" {\n  value = provider::defender::ingestion_query(\"AdvancedHunting-DeviceEvents\")\n}\noutput \"i\" {\n  value = provider::defender::incident_query()\n}\n");
    let text = bench.apply();
    assert!(text.contains("DeviceEvents") && text.contains("Microsoft XDR"), "{text}");
    bench
        .configure_all("output \"q\" {\n  value = provider::defender::ingestion_query(\"DeviceEvents | take 1\")\n}\n");
    expect![[r#"
        Error: Invalid function argument

          on main.tf line 2, in output "q":
           2:   value = provider::defender::ingestion_query("DeviceEvents | take 1")
            ├────────────────
            │ while calling provider::defender::ingestion_query(table)

        Invalid value for "table" parameter: "DeviceEvents | take 1" is not the name
        of a table: letters, digits and underscores, such as "DeviceEvents".
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn the_docs_are_as_the_schema_and_the_examples_make_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_terraform-provider-defender"));
    let output = command.args(["docs", "--check"]).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(elsewhere.path().join("resources")).unwrap();
    std::fs::write(elsewhere.path().join("resources/gone.md"), "").unwrap();
    let output = command.arg("--docs").arg(elsewhere.path()).output().unwrap();
    let findings = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(findings.contains("resources/gone.md is not a page of this provider"), "{findings}");
    assert!(findings.contains("index.md is missing"), "{findings}");
}

/// Every example is applied, planned empty and destroyed, and its import id is of the right form.
#[test]
fn every_example_works() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = Vec::new();
    for (folder, file) in
        [("resources", "resource.tf"), ("data-sources", "data-source.tf"), ("functions", "function.tf")]
    {
        for entry in std::fs::read_dir(examples.join(folder)).unwrap() {
            found.push((folder, entry.unwrap().path(), file));
        }
    }
    assert!(found.len() >= 17, "only {} examples were found", found.len());
    // Most of the time goes into waiting for Terraform.
    for some in found.chunks(4) {
        std::thread::scope(|scope| {
            for (folder, path, file) in some {
                scope.spawn(move || example_works(folder, path, file));
            }
        });
    }
}

fn example_works(folder: &str, path: &Path, file: &str) {
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let mut bench = Bench::new();
    let text = read(file);
    // The bench declares the variable itself, so that it can give its value.
    let body = text
        .split_once("\n}\n")
        .filter(|_| text.starts_with("variable \"workspace_id\""))
        .map_or(text.as_str(), |(_, body)| body);
    bench.configure(body);
    if name == "defender_ingestion" {
        let endpoint = "    defender         = var.url\n";
        bench.configure_all(&format!(
            "{}{body}",
            PROVIDER.replace(endpoint, &format!("{endpoint}    log_analytics = var.url\n"))
        ));
        let records = json!([{ "ago": "1h", "days": 3 }]);
        let logs = json!({ "DeviceEvents": records, "DeviceProcessEvents": records });
        bench.portal("PATCH", WORKSPACE, Some(&json!({ "logs": logs })));
    }
    if name == "defender_workspace_onboarding" {
        // The built-in workspace has Sentinel already.
        let onboarding = sentinel("onboardingStates/default");
        bench.portal("DELETE", &onboarding, None);
    }
    if name == "defender_content_solution" {
        // And this solution.
        let solution = sentinel("contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity");
        bench.portal("DELETE", &solution, None);
    }
    bench.apply();
    assert_eq!(bench.plan(), [""; 0], "{name}");
    if folder == "resources" {
        import_example(&bench, &name, body, &read("import-by-string-id.tf"));
        let by_identity = read("import-by-identity.tf");
        imports_as_shown(bench.on_terraform(NEWEST), &name, body, &by_identity);
        let command = read("import.sh");
        bench.ok(&["state", "rm", &format!("{name}.example")]);
        bench.ok(&["import", "-no-color", &format!("{name}.example"), command.split('"').nth(1).unwrap()]);
        assert!(command.contains(&format!("terraform import {name}.example ")), "{command}");
        assert_eq!(bench.plan(), [""; 0], "{name} after the command");
    }
    bench.destroy();
    assert_eq!(bench.left(), [""; 0], "{name}");
}

/// Imports by the example's block, with the name that the service has in place of the example's.
fn import_example(bench: &Bench, name: &str, body: &str, block: &str) {
    let id = bench.state(&format!("{name}.example"))["id"].as_str().unwrap().to_owned();
    let shown = block.split('"').nth(1).unwrap();
    let prefix = shown.rsplit_once(['/', '|']).unwrap().0;
    assert!(id.starts_with(prefix), "{name}: the example imports {shown}, the id is {id}");
    bench.ok(&["state", "rm", &format!("{name}.example")]);
    bench.configure(&format!("{body}\n{}", block.replace(shown, &id)));
    assert_eq!(bench.plan(), [format!("{name}.example import no-op")]);
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(body);
    assert_eq!(bench.plan(), [""; 0], "{name} after import");
}

/// Imports by the example's block as it is: what it names is what the service has.
fn imports_as_shown(bench: &Bench, name: &str, body: &str, block: &str) {
    bench.ok(&["state", "rm", &format!("{name}.example")]);
    bench.configure(&format!("{body}\n{block}"));
    assert_eq!(bench.plan(), [format!("{name}.example import no-op")]);
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(body);
    assert_eq!(bench.plan(), [""; 0], "{name} after import by identity");
}
