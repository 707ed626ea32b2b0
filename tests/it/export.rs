//! `defenderctl export` and the real Terraform: what is there is written, imported, and planned empty, without a query.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use expect_test::{expect, expect_file};
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::query::{STRANGE, brownfield, connector, one_of_each, rule, setting, workspace, world};
use crate::terraform::{Bench, without_settings};

/// Another tenant that knows the application.
const OTHER: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

/// What the command did.
pub struct Exported {
    pub code: i32,
    pub out: String,
    /// What a person reads, cleaned for comparison.
    pub told: String,
}

/// Runs the command in the folder of the configuration, with what Terraform is given for the provider.
fn export(bench: &Bench, words: &[&str]) -> Exported {
    with_provider(bench, &[&["export"], words].concat(), json!({}))
}

/// Runs a subcommand with a provider block that has these arguments besides the emulator's endpoints.
pub fn with_provider(bench: &Bench, words: &[&str], mut block: Value) -> Exported {
    let url = bench.emulator.url();
    block["endpoints"] = json!({ "resource_manager": url, "active_directory": url, "defender": url });
    let file = bench.emulator.folder().join("provider.json");
    fs::write(&file, block.to_string()).unwrap();
    defenderctl(bench, &[words, &["--provider-config", file.to_str().unwrap()]].concat())
}

fn run(bench: &Bench, words: &[&str]) -> Exported {
    defenderctl(bench, &[&["export"], words].concat())
}

/// Runs a subcommand in the folder of the configuration, with the variables that Terraform is given.
pub fn defenderctl(bench: &Bench, words: &[&str]) -> Exported {
    let mut command = without_settings(env!("CARGO_BIN_EXE_defenderctl"));
    let terraform = bench.command(&[]);
    command.envs(terraform.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(terraform.get_current_dir().unwrap());
    let output = command.args(words).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    Exported {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        told: bench.clean(&told).replace(&bench.emulator.folder().display().to_string(), "FOLDER"),
    }
}

/// The files of the configuration's folder that an export could have written, in order.
fn files(bench: &Bench) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(bench.path("").join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if bench.path("").join(&path).is_dir() {
                folders.push(path);
            } else {
                names.push(path.display().to_string());
            }
        }
    }
    names.retain(|name| !["main.tf", "preamble.tf"].contains(&name.as_str()) && !name.contains("terraform"));
    names.sort();
    names
}

/// Imports `count` objects as they were exported, which changes nothing, now and later.
fn adopt(bench: &Bench, count: usize) {
    bench.ok(&["fmt", "-check", "-recursive"]);
    let changes = bench.plan();
    let others: Vec<_> = changes.iter().filter(|change| !change.ends_with(" import no-op")).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(changes.len(), count);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
}

/// How many requests since `already` have a path that ends so.
fn count(bench: &Bench, already: usize, end: &str) -> usize {
    let exchanges = &bench.emulator.exchanges()[already..];
    let path = |exchange: &Value| exchange["url"].as_str().unwrap().split('?').next().unwrap().to_lowercase();
    exchanges.iter().filter(|exchange| path(exchange).ends_with(&end.to_lowercase())).count()
}

/// A workspace with an object of every type that can be listed, a table's retention among them.
fn everything() -> Bench {
    let bench = Bench::with(&one_of_each());
    let change = json!({ "properties": { "retentionInDays": 180, "totalRetentionInDays": 365 } });
    let table = format!("{WORKSPACE}/tables/DeviceEvents?api-version=2023-09-01");
    assert_eq!(bench.service("PATCH", &table, Some(&change)), 200);
    bench.configure("");
    bench
}

/// How many objects that are.
const EVERYTHING: usize = 21;

fn everything_is_taken_over(version: Option<&str>) -> String {
    let mut bench = everything();
    version.map(|version| bench.on_terraform(version));
    let already = bench.emulator.exchanges().len();
    let exported = export(&bench, &["--workspace", WORKSPACE, "--out", "exported.tf"]);
    assert_eq!((exported.code, exported.out.as_str()), (0, ""), "{}", exported.told);
    // One list of each collection serves all types, and nothing else is asked.
    let ends = [
        "/dataConnectors",
        "/alertRules",
        "/onboardingStates",
        "/tables",
        "/workbooks",
        "/settings",
        "/contentPackages",
        "/dataExportSettings",
        "/token",
        "",
    ];
    assert_eq!(
        ends.map(|end| count(&bench, already, end)),
        [1, 1, 1, 1, 1, 1, 1, 1, 2, 10],
        "{:#?}",
        bench.requests(already)
    );
    let text = fs::read_to_string(bench.path("exported.tf")).unwrap();
    adopt(&bench, EVERYTHING);
    bench.clean(&format!("{text}\n{}", exported.told))
}

#[test]
fn everything_is_exported_and_taken_over_as_it_is() {
    expect_file!["../goldens/export.txt"].assert_eq(&everything_is_taken_over(None));
}

#[test]
fn a_terraform_without_queries_takes_it_over() {
    everything_is_taken_over(Some("1.8.4"));
}

#[test]
fn so_does_the_oldest_terraform() {
    everything_is_taken_over(Some("1.6.6"));
}

#[test]
fn types_a_limit_and_an_alias() {
    let bench = everything();
    let exported = export(
        &bench,
        &[
            "--subscription",
            SUBSCRIPTION,
            "--type",
            "defender_xdr_connector",
            "--type",
            "defender_workspace_onboarding",
            "--provider-alias",
            "west",
        ],
    );
    assert_eq!(exported.code, 0, "{}", exported.told);
    expect![[r##"
        # Written by defenderctl export: read it, and the terraform plan of it.

        import {
          to       = defender_xdr_connector.law_demo
          id       = "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/00000000-0000-4000-8000-000000000000"
          provider = defender.west
        }

        resource "defender_xdr_connector" "law_demo" {
          provider                 = defender.west
          workspace_id             = "WORKSPACE"
          tenant_id                = "TENANT"
          name                     = "00000000-0000-4000-8000-000000000000"
          incidents                = true
          alerts                   = false
          filtered_alert_providers = ["microsoftDefenderForIdentity"]
        }

        import {
          to       = defender_workspace_onboarding.law_demo
          id       = "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default"
          provider = defender.west
        }

        resource "defender_workspace_onboarding" "law_demo" {
          provider             = defender.west
          workspace_id         = "WORKSPACE"
          customer_managed_key = false
          tenant_id            = "TENANT"
        }"##]].assert_eq(&bench.clean(&exported.out));
    // The block of the alias beside the usual one, which is for the bench's.
    fs::write(bench.path("exported.tf"), &exported.out).unwrap();
    let block = fs::read_to_string(bench.path("main.tf")).unwrap();
    fs::write(bench.path("alias.tf"), block.replace("{\n  endpoints", "{\n  alias = \"west\"\n  endpoints")).unwrap();
    adopt(&bench, 2);

    let rules = (1..=4).map(|number| rule(&format!("r{number}"), &format!("Rule {number}")));
    let bench = Bench::with(&world(vec![workspace(SUBSCRIPTION, "law-demo", vec![], rules.collect())]));
    bench.configure("");
    let exported = export(&bench, &["--workspace", WORKSPACE, "--limit", "2"]);
    let to: Vec<_> = exported.out.lines().filter(|line| line.contains("to = ")).collect();
    assert_eq!(
        to,
        [
            "  to = defender_incident_rule.law_demo_rule_1",
            "  to = defender_incident_rule.law_demo_rule_2",
            "  to = defender_workspace_onboarding.law_demo",
        ]
    );
}

#[test]
fn nothing_of_a_name_is_evaluated_obeyed_or_a_path() {
    let names = [
        "${file(\"/etc/passwd\")}",
        "$${a} $$${b}",
        "%{ if true }yes%{ endif } %%{c}",
        "a \"quoted\" \\ name\\n",
        "two\nlines\r\nand\ttabs",
        "\u{7}\u{1b}[31m\u{1b}]0;title\u{7} \u{202e}turned \u{2028} \u{85}",
        "EOT\nEOT\n}\nresource \"x\" \"y\" {}",
        "# /* */ ../../../etc",
        "[\"json\",{}]",
        "名前",
    ];
    let rules = names.iter().enumerate().map(|(number, name)| {
        let mut rule = rule(&format!("r{number}"), name);
        rule["properties"]["description"] = (*name).into();
        rule["properties"]["displayNamesFilter"] = json!([name]);
        rule
    });
    let rules: Vec<_> = rules.collect();
    let kind = "\u{1b}[31mKind\n${x}";
    let foreign = json!({ "name": "f", "kind": kind, "properties": {} });
    let there = |name: &str| {
        workspace(SUBSCRIPTION, name, vec![connector("identity_connector", "i"), foreign.clone()], rules.clone())
    };
    // Names of files are made of these too, and of what systems and Terraform take for more than a name.
    let hostile = ["con", "main", "x_override", "a ${x} \"b\"", "..a", "law.x", "law x", "名前"];
    let bench = Bench::with(&world(hostile.map(there).into()));
    bench.configure("");

    let mut outputs = Vec::new();
    let exported = export(&bench, &["--subscription", SUBSCRIPTION]);
    outputs.push(exported.out.clone());
    outputs.push(exported.told);
    let exported = export(&bench, &["--subscription", SUBSCRIPTION, "--out-dir", "out"]);
    assert_eq!((exported.code, exported.out.as_str()), (0, ""), "{}", exported.told);
    let written = files(&bench);
    for file in &written {
        outputs.push(fs::read_to_string(bench.path(file)).unwrap());
    }
    for output in outputs {
        let seen = |letter: char| letter != '\n' && (letter.is_control() || "\u{202e}\u{2028}".contains(letter));
        assert!(!output.contains(seen), "{output:?}");
    }
    expect![[r#"
        out/a_workspace.tf
        out/a_x_b_workspace.tf
        out/con_workspace.tf
        out/law_x_b6e13c38_workspace.tf
        out/law_x_dc4bb3df_workspace.tf
        out/main_workspace.tf
        out/rg_sentinel_workspace.tf
        out/x_override_workspace.tf"#]]
    .assert_eq(&written.join("\n"));

    fs::rename(bench.path("out"), bench.path("../apart")).unwrap();
    fs::write(bench.path("exported.tf"), exported_of(&bench, &["--workspace", &within("con")])).unwrap();
    adopt(&bench, names.len() + 2);
    let state: Value = serde_json::from_slice(&fs::read(bench.path("terraform.tfstate")).unwrap()).unwrap();
    let stored = |number: usize, name: &str| {
        let attributes = state["resources"].as_array().unwrap().iter().map(|it| &it["instances"][0]["attributes"]);
        let rule = attributes.into_iter().find(|rule| rule["name"] == format!("r{number}")).unwrap();
        [&rule["display_name"], &rule["description"], &rule["display_name_filter"][0]].iter().all(|text| *text == name)
    };
    assert!(names.iter().enumerate().all(|(number, name)| stored(number, name)), "{state:#}");
}

/// What an export that must end well writes.
fn exported_of(bench: &Bench, words: &[&str]) -> String {
    let exported = export(bench, words);
    assert_eq!(exported.code, 0, "{}", exported.told);
    exported.out
}

/// A workspace of the bench's resource group.
fn within(name: &str) -> String {
    WORKSPACE.replace("law-demo", name)
}

/// Two workspaces with a connector each.
fn two() -> Bench {
    let there = |name| workspace(SUBSCRIPTION, name, vec![connector("xdr_connector", name)], vec![]);
    let bench = Bench::with(&world(["law-a", "law-b"].map(there).into()));
    bench.configure("");
    bench
}

#[test]
fn no_file_is_replaced_unasked_and_none_is_half_written() {
    let bench = two();
    let words = ["--subscription", SUBSCRIPTION, "--out-dir", "a/b"];
    assert_eq!(export(&bench, &words).code, 0);
    assert_eq!(files(&bench), ["a/b/law_a_workspace.tf", "a/b/law_b_workspace.tf"]);
    let read = |name: &str| fs::read_to_string(bench.path(name)).unwrap();
    let before = read("a/b/law_a_workspace.tf");
    assert!(before.contains("law-a") && !before.contains("law-b"), "{before}");

    // One that is in the way keeps all others from being written.
    fs::write(bench.path("a/b/law_b_workspace.tf"), "mine").unwrap();
    fs::remove_file(bench.path("a/b/law_a_workspace.tf")).unwrap();
    let mut told = Vec::new();
    let mut refused = |words: &[&str]| {
        let exported = export(&bench, words);
        assert_eq!((exported.code, exported.out.as_str()), (1, ""));
        told.push(exported.told.split("workspace  ").next().unwrap().to_owned());
    };
    refused(&words);
    assert_eq!(files(&bench), ["a/b/law_b_workspace.tf"]);
    assert_eq!(read("a/b/law_b_workspace.tf"), "mine");
    // So does a link that leads nowhere, before anything is asked.
    let already = bench.emulator.exchanges().len();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.tf", bench.path("link.tf")).unwrap();
    refused(&["--subscription", SUBSCRIPTION, "--out", "link.tf"]);
    assert_eq!(bench.requests(already), [""; 0]);
    refused(&["--subscription", SUBSCRIPTION, "--out", "a"]);
    refused(&["--subscription", SUBSCRIPTION, "--out", "a", "--force"]);
    refused(&["--subscription", SUBSCRIPTION, "--out-dir", "main.tf"]);
    expect![[r#"
        Error: A file is there already

        a/b/law_b_workspace.tf was not touched, and nothing was written. Name another place, or give --force to have it replaced.
        Error: A file is there already

        link.tf was not touched, and nothing was written. Name another place, or give --force to have it replaced.
        Error: A file is there already

        a was not touched, and nothing was written. Name another place, or give --force to have it replaced.
        Error: A file cannot be written

        a: Is a directory (os error 21). What was there before is as it was.
        Error: A file cannot be written

        main.tf/law_a_workspace.tf: File exists (os error 17). What was there before is as it was.
    "#]].assert_eq(&told.concat());

    assert_eq!(export(&bench, &[&words[..], &["--force"]].concat()).code, 0);
    assert_eq!(read("a/b/law_a_workspace.tf"), before);
    assert!(read("a/b/law_b_workspace.tf").contains("law-b"));
    assert_eq!(export(&bench, &["--subscription", SUBSCRIPTION, "--out", "link.tf", "--force"]).code, 0);
    assert!(read("link.tf").contains("law-a"));
    assert_eq!(files(&bench), ["a/b/law_a_workspace.tf", "a/b/law_b_workspace.tf", "link.tf"]);
}

#[test]
fn what_a_state_manages_is_left_out() {
    let bench = everything();
    let all = exported_of(&bench, &["--workspace", WORKSPACE]);
    fs::write(
        bench.path("exported.tf"),
        exported_of(&bench, &["--workspace", WORKSPACE, "--type", "defender_xdr_connector"]),
    )
    .unwrap();
    adopt(&bench, 1);
    let shown = bench.command(&["show", "-json"]).output().unwrap().stdout;
    fs::write(bench.path("shown.json"), shown).unwrap();
    let with_state = |state: &str| export(&bench, &["--workspace", &WORKSPACE.to_uppercase(), "--state", state]);
    let rest = with_state("terraform.tfstate");
    assert_eq!((rest.code, rest.out.matches("import {").count()), (0, EVERYTHING - 1), "{}", rest.told);
    assert!(rest.told.contains("20 exported, 1 managed already"), "{}", rest.told);
    // The names of the others are as they were.
    let to =
        |text: &str| text.lines().filter(|line| line.starts_with("  to = ")).map(str::to_owned).collect::<Vec<_>>();
    let mut expected = to(&all);
    expected.retain(|line| !line.contains("defender_xdr_connector"));
    assert_eq!(to(&rest.out), expected);
    assert_eq!(with_state("shown.json").out, rest.out);
    fs::remove_file(bench.path("exported.tf")).unwrap();

    // Another provider's is managed as well.
    let azurerm = json!({ "version": 4, "resources": [{
        "mode": "managed", "type": "azurerm_sentinel_data_connector_iot", "name": "x",
        "instances": [{ "attributes": { "id": connector_id(&bench, "defender_iot_connector", &all) } }],
    }] });
    fs::write(bench.path("azurerm.json"), azurerm.to_string()).unwrap();
    let rest = with_state("azurerm.json");
    assert_eq!((rest.code, rest.out.contains("defender_iot_connector")), (0, false));

    // Half of one counts for nothing, a newer one by its ids; both are told, and the rest goes on.
    let text = fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
    // Up to here every version of Terraform writes the same.
    let half = text.split("\"attributes\"").next().unwrap();
    fs::write(bench.path("half.json"), half).unwrap();
    let newer = text.replace("\"schema_version\": 0", "\"schema_version\": 7");
    fs::write(bench.path("newer.json"), newer).unwrap();
    let mut told = String::new();
    for (state, left) in [("half.json", EVERYTHING), ("newer.json", EVERYTHING - 1), ("absent.json", EVERYTHING)] {
        let exported = with_state(state);
        assert_eq!((exported.code, exported.out.matches("import {").count()), (3, left), "{state}: {}", exported.told);
        told += exported.told.split("workspace  ").next().unwrap();
    }
    expect![[r#"
        Warning: A state that cannot be read

        --state half.json: EOF while parsing an object at line 16 column 10.

        It counts for nothing, so what it manages is exported as if nothing did. Give a whole state file of Terraform 0.12 or later (terraform state pull > FILE), or what terraform show -json prints of a state, and export again.

        Warning: A state that a newer provider wrote

        defender_xdr_connector.law_demo of newer.json is of schema version 7; this version knows 0. Its object is left out of the export by its id:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/00000000-0000-4000-8000-000000000000

        Use a defenderctl of the provider's own version, for what newer states hold besides.

        Warning: A state that cannot be read

        --state absent.json: No such file or directory (os error 2).

        It counts for nothing, so what it manages is exported as if nothing did. Give a whole state file of Terraform 0.12 or later (terraform state pull > FILE), or what terraform show -json prints of a state, and export again.

    "#]].assert_eq(&told);
}

/// The id that an object is imported by.
fn connector_id(bench: &Bench, of: &str, exported: &str) -> String {
    let after = exported.split(&format!("to = {of}.")).nth(1).unwrap_or_else(|| panic!("{}", bench.clean(exported)));
    after.split("id = \"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn what_refuses_is_told_and_the_rest_is_exported() {
    let there = |name: &&str| workspace(SUBSCRIPTION, name, vec![connector("xdr_connector", name)], vec![]);
    let mut all: Vec<_> = ["law-a", "law-b", "law-c"].iter().map(there).collect();
    let mut bare = workspace(SUBSCRIPTION, "law-bare", vec![], vec![]);
    bare["onboarded"] = false.into();
    all.push(bare);
    let bench = Bench::with(&world(all));
    bench.configure("");
    let refusal =
        json!({ "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "No \u{1b}[31m." } } });
    bench.faults(&json!([{ "match": { "path": "law-b/providers/Microsoft.SecurityInsights", "times": 1000 }, "action": refusal }]));
    let exported = export(
        &bench,
        &[
            "--subscription",
            SUBSCRIPTION,
            "--tenant",
            STRANGE,
            "--workspace",
            "/subscriptions/x",
            "--workspace",
            &within("law-bare"),
        ],
    );
    assert_eq!(exported.code, 3, "{}", exported.told);
    fs::write(bench.path("exported.tf"), &exported.out).unwrap();
    adopt(&bench, 4);
    expect![[r#"
        Warning: Could not list the alert rules

        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b

        The service said: 403 AuthorizationFailed: No [31m.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b/providers/Microsoft.SecurityInsights/alertRules
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the data connectors

        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b

        The service said: 403 AuthorizationFailed: No [31m.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the export settings

        Microsoft Entra does not know the tenant 99999999-9999-4999-8999-999999999999.
        Workspace: all that the credential sees

        The service said: 400 AADSTS90002: Tenant '99999999-9999-4999-8999-999999999999' not found.
        Request: POST https://EMULATOR/99999999-9999-4999-8999-999999999999/oauth2/v2.0/token
        Request id: GUID

        Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID) where the resource names none, and check that the endpoints are of that tenant's cloud.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the installed content packages

        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b

        The service said: 403 AuthorizationFailed: No [31m.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b/providers/Microsoft.SecurityInsights/contentPackages
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the onboarding to Microsoft Sentinel

        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b

        The service said: 403 AuthorizationFailed: No [31m.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b/providers/Microsoft.SecurityInsights/onboardingStates
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the settings

        The caller has no permission for this.
        Workspace: /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b

        The service said: 403 AuthorizationFailed: No [31m.
        Request: GET https://EMULATOR/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b/providers/Microsoft.SecurityInsights/settings
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-b. A new role assignment can take some minutes to count.

        Nothing of it is listed; the search goes on with the rest.

        Warning: Could not list the subscriptions

        Microsoft Entra does not know the tenant 99999999-9999-4999-8999-999999999999.
        Workspace: all that the credential sees

        The service said: 400 AADSTS90002: Tenant '99999999-9999-4999-8999-999999999999' not found.
        Request: POST https://EMULATOR/99999999-9999-4999-8999-999999999999/oauth2/v2.0/token
        Request id: GUID

        Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID) where the resource names none, and check that the endpoints are of that tenant's cloud.

        Nothing of it is listed; the search goes on with the rest.

        Warning: No Microsoft Sentinel in law-bare

        /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-bare is not onboarded to Microsoft Sentinel, so there is nothing of it to list.

        Error: Not the id of a Log Analytics workspace

          at workspace_id

        Found "/subscriptions/x": it ends after segment 2.

        Give the workspace's ARM id, in any casing:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace

        With the azurerm provider that is azurerm_log_analytics_workspace.NAME.id.

        workspace  type                           found  managed already  no resource  exported
        law_a      defender_workspace_onboarding      1                0            0         1
        law_a      defender_xdr_connector             1                0            0         1
        law_c      defender_workspace_onboarding      1                0            0         1
        law_c      defender_xdr_connector             1                0            0         1

        4 exported, 0 managed already, 0 of kinds that no resource is for; 8 could not be read, as told above."#]].assert_eq(&exported.told);
    // Nothing at all is another code.
    let exported = export(&bench, &["--tenant", STRANGE]);
    assert_eq!((exported.code, exported.out.as_str()), (1, ""), "{}", exported.told);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_asked() {
    let mut bench = two();
    let own = ["--workspace", WORKSPACE];
    fs::write(bench.path("bad.json"), r#"{ "client_sercet": "hunter2", "use_cli": "hunter2" }"#).unwrap();
    let mut told = String::new();
    for (code, words) in [
        (2, vec!["--out", "x"]),
        (2, vec![own[0], own[1], "--out", "x", "--out-dir", "y"]),
        (2, vec![own[0], own[1], "--client-secret", "x"]),
        (2, vec![own[0], own[1], "--limit", "0"]),
        (1, vec![own[0], own[1], "--type", "defender_xdr_conector", "--provider-alias", "a.b"]),
        (1, vec![own[0], own[1], "--provider-config", "absent.json"]),
        (1, vec![own[0], own[1], "--provider-config", "bad.json"]),
    ] {
        let exported = run(&bench, &words);
        assert_eq!((exported.code, exported.out.as_str()), (code, ""), "{words:?}: {}", exported.told);
        told += &format!("== {}\n{}\n", bench.clean(&words.join(" ")), exported.told);
    }
    assert_eq!(bench.requests(0), [""; 0]);
    bench.set("ARM_CLIENT_SECRET", "wrong-hunter2");
    let exported = export(&bench, &own);
    assert_eq!((exported.code, exported.out.as_str()), (1, ""));
    told += &exported.told;
    assert!(!told.contains("hunter2"), "{told}");
    expect![[r#"
        == --out x
        error: the following required arguments were not provided:
          <--workspace <ID>|--subscription <ID>|--tenant <GUID>>

        Usage: defenderctl export --out <FILE> <--workspace <ID>|--subscription <ID>|--tenant <GUID>>

        For more information, try '--help'.
        == --workspace WORKSPACE --out x --out-dir y
        error: the argument '--out <FILE>' cannot be used with '--out-dir <DIR>'

        Usage: defenderctl export --out <FILE> <--workspace <ID>|--subscription <ID>|--tenant <GUID>>

        For more information, try '--help'.
        == --workspace WORKSPACE --client-secret x
        error: unexpected argument '--client-secret' found

        Usage: defenderctl export <--workspace <ID>|--subscription <ID>|--tenant <GUID>>

        For more information, try '--help'.
        == --workspace WORKSPACE --limit 0
        error: invalid value '0' for '--limit <NUMBER>': 0 is not in 1..18446744073709551615

        For more information, try '--help'.
        == --workspace WORKSPACE --type defender_xdr_conector --provider-alias a.b
        Error: No such type

        Found "defender_xdr_conector" as --type. Did you mean "defender_xdr_connector"? The types are:
          - defender_xdr_connector
          - defender_identity_connector
          - defender_endpoint_connector
          - defender_office365_connector
          - defender_cloud_apps_connector
          - defender_cloud_connector
          - defender_iot_connector
          - defender_entra_id_protection_connector
          - defender_insider_risk_connector
          - defender_threat_intelligence_connector
          - defender_premium_threat_intelligence_connector
          - defender_incident_rule
          - defender_hunting_tables
          - defender_workspace_onboarding
          - defender_table_retention
          - defender_ingestion_workbook
          - defender_content_solution
          - defender_anomalies
          - defender_entity_analytics
          - defender_eyes_on
          - defender_ueba

        Error: Not an alias of a provider block

        Found "a.b" as --provider-alias; write the alias alone: letters, digits, _ and -, with a letter or _ first.

        == --workspace WORKSPACE --provider-config absent.json
        Error: The provider's configuration cannot be read

        --provider-config absent.json: No such file or directory (os error 2).

        Give a file of JSON with the arguments of the provider block under their own names, such as {"tenant_id": "...", "endpoints": {"resource_manager": "https://..."}}, or leave the option out where variables (ARM_TENANT_ID and so on) say it all.

        == --workspace WORKSPACE --provider-config bad.json
        Error: The provider block has no such argument

          at client_sercet

        Did you mean "client_secret"? The provider's page has them all; take it out or write it as there.

        Error: An argument of another type

          at use_cli

        Write true or false there, as the provider block takes it.

        Error: Could not list the alert rules
        Error: Could not list the data connectors
        Error: Could not list the installed content packages
        Error: Could not list the onboarding to Microsoft Sentinel
        Error: Could not list the settings
        Error: Could not list the tables
        Error: Could not list the workbooks

          at tenant_id

        The client secret is not one of the application 33333333-3333-4333-8333-333333333333.
        Workspace: WORKSPACE

        The service said: 401 AADSTS7000215: Invalid client secret provided.
        Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token
        Request id: GUID

        Check client_secret (or ARM_CLIENT_SECRET): the secret's value, not its id, of the app registration that client_id (or ARM_CLIENT_ID) names.

        Error: Could not list the export settings

          at tenant_id

        The client secret is not one of the application 33333333-3333-4333-8333-333333333333.
        Workspace: WORKSPACE

        The service said: 401 AADSTS7000215: Invalid client secret provided.
        Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token
        Request id: GUID

        Check client_secret (or ARM_CLIENT_SECRET): the secret's value, not its id, of the app registration that client_id (or ARM_CLIENT_ID) names.

        0 exported, 0 managed already, 0 of kinds that no resource is for; 8 could not be read, as told above."#]].assert_eq(&told);
}

#[test]
fn a_workspace_of_another_tenant_is_imported_from_there() {
    let other = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
    let mut world = world(vec![
        workspace(SUBSCRIPTION, "law", vec![connector("xdr_connector", "x")], vec![]),
        workspace(other, "law", vec![], vec![rule("r", "Rule")]),
    ]);
    world["workspaces"][1]["tenant_id"] = OTHER.into();
    let theirs = WORKSPACE.replace(SUBSCRIPTION, other).replace("law-demo", "law");
    let settings = json!([{
        "tenant_id": OTHER, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
        "export_settings_accept_app_tokens": true, "export_settings": [setting("s", &theirs, &["DeviceInfo"])],
    }]);
    world["tenants"].as_array_mut().unwrap().extend(settings.as_array().unwrap().clone());
    world["tenants"][1]["export_settings"][0]["designatedTenantId"] = OTHER.into();
    let bench = Bench::with(&world);
    bench.configure("");
    let scopes = [
        vec!["--tenant", TENANT, "--tenant", OTHER],
        vec!["--workspace", Box::leak(within("law").into_boxed_str()), "--subscription"],
    ];
    let by_tenant = exported_of(&bench, &scopes[0]);
    let of_other = format!("{OTHER}|{other}");
    let by_id = exported_of(&bench, &[&scopes[1][..], &[of_other.as_str()]].concat());
    assert_eq!(by_tenant, by_id);
    let ids = by_tenant.lines().map(str::trim).filter(|line| line.starts_with("id = ") || line.starts_with("to = "));
    let ids: Vec<_> = ids.collect();
    expect![[r#"
        to = defender_xdr_connector.law_22222222
        id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/dataConnectors/x"
        to = defender_workspace_onboarding.law_22222222
        id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/onboardingStates/default"
        to = defender_incident_rule.law_bbbbbbbb_rule
        id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|/subscriptions/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/alertRules/r"
        to = defender_hunting_tables.law_bbbbbbbb
        id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|/subscriptions/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law|s"
        to = defender_workspace_onboarding.law_bbbbbbbb
        id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|/subscriptions/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/onboardingStates/default""#]].assert_eq(&bench.clean(&ids.join("\n")));
    fs::write(bench.path("exported.tf"), &by_tenant).unwrap();
    adopt(&bench, 5);
}

#[test]
fn a_brownfield_of_forty_workspaces_is_exported_with_one_list_of_each_collection() {
    let (world, objects) = brownfield(40);
    let objects = objects + 40;
    let bench = Bench::with(&world);
    bench.configure("");
    let already = bench.emulator.exchanges().len();
    let exported = export(&bench, &["--tenant", TENANT, "--out-dir", "."]);
    assert_eq!(exported.code, 0, "{}", exported.told);
    let ends =
        ["/subscriptions", "/providers/Microsoft.OperationalInsights/workspaces", "/dataConnectors", "/alertRules"];
    let more = [
        "/onboardingStates",
        "/tables",
        "/workbooks",
        "/settings",
        "/contentPackages",
        "/dataExportSettings",
        "/token",
        "",
    ];
    let asked = |already| ends.iter().chain(&more).map(|end| count(&bench, already, end)).collect::<Vec<_>>();
    assert_eq!(asked(already), [1, 2, 40, 40, 40, 40, 2, 40, 40, 1, 2, 248]);
    assert_eq!(files(&bench).len(), 40);
    // The same again, to the letter.
    let again = export(&bench, &["--tenant", TENANT, "--out-dir", "again"]);
    assert_eq!((again.code, &again.told), (0, &exported.told));
    for file in files(&bench).iter().filter(|file| !file.starts_with("again/")) {
        assert_eq!(fs::read(bench.path(file)).unwrap(), fs::read(bench.path("again").join(file)).unwrap());
    }
    fs::remove_dir_all(bench.path("again")).unwrap();
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan().len(), objects);
    // The plan that imports them.
    assert_eq!(asked(already)[2], 40);
    adopt(&bench, objects);
}

/// A file of the example under `examples/brownfield`.
fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brownfield").join(name)).unwrap()
}

#[test]
fn the_example_takes_a_tenant_over_both_ways() {
    let (world, objects) = brownfield(3);
    for is_query in [false, true] {
        let mut bench = Bench::with(&world);
        let url = bench.emulator.url().to_owned();
        bench.set("TF_VAR_service_url", &url);
        fs::write(bench.path("main.tf"), example("main.tf")).unwrap();
        fs::write(bench.path("everything.tfquery.hcl"), example("everything.tfquery.hcl")).unwrap();
        match is_query {
            false => assert_eq!(export(&bench, &["--tenant", TENANT, "--out-dir", "."]).code, 0),
            true => drop(bench.on_terraform("1.15.5").ok(&["query", "-no-color", "-generate-config-out=found.tf"])),
        }
        adopt(&bench, objects + 3);
        // The second time, only what was made since is found.
        let made = format!("{}/providers/Microsoft.SecurityInsights/dataConnectors/since", within("law-002"));
        let irm = connector("insider_risk_connector", "since");
        bench.portal("PUT", &made, Some(&json!({ "kind": irm["kind"], "properties": irm["properties"] })));
        let words = ["--tenant", TENANT, "--state", "terraform.tfstate", "--out", "since.tf"];
        let again = export(&bench, &words);
        assert_eq!(again.code, 0, "{}", again.told);
        adopt(&bench, 1);
    }
}
