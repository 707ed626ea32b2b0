//! `defenderctl report` over states and plans that the real Terraform made against the emulator, and over what nobody should
//! have made.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use expect_test::{expect, expect_file};
use serde_json::{Value, json};

use crate::content_solution::publish;
use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::made_up_fleet;
use crate::query::rule;
use crate::terraform::{Bench, sentinel, without_settings};

/// What the command did.
struct Reported {
    code: i32,
    out: String,
    told: String,
}

fn report(folder: &Path, words: &[&str]) -> Reported {
    report_of(folder, words, b"")
}

/// The same with something on stdin.
fn report_of(folder: &Path, words: &[&str], stdin: &[u8]) -> Reported {
    let mut command: Command = without_settings(env!("CARGO_BIN_EXE_defenderctl"));
    command.arg("report").args(words).current_dir(folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // What reads no stdin closes it, which is no failure.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Reported {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        told: String::from_utf8(output.stderr).unwrap().replace(&folder.display().to_string(), "FOLDER"),
    }
}

/// Leaves a page to tests/browser, which looks at it as a browser does.
fn keep(name: &str, page: &str) {
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html")), page).unwrap();
}

/// What a report says, with what differs from run to run put into words.
fn cleaned(bench: &Bench, mut report: Value) -> String {
    for file in report["files"].as_array_mut().unwrap() {
        if !file["time"].is_null() {
            file["time"] = "TIME".into();
        }
    }
    let tenants = report["tenants"].as_array_mut().unwrap().iter_mut();
    let workspaces = tenants.flat_map(|tenant| tenant["workspaces"].as_array_mut().unwrap());
    for source in workspaces.flat_map(|workspace| workspace["ingestion"].as_array_mut().unwrap()) {
        if !source["last_record_time"].is_null() {
            source["last_record_time"] = "TIME".into();
        }
        if let Some(days) = source["daily_counts"].as_object() {
            let sum: u64 = days.values().filter_map(Value::as_u64).sum();
            source["daily_counts"] = format!("{sum} on {} days", days.len()).into();
        }
    }
    bench.clean(&format!("{report:#}\n")) + "\n"
}

/// What a configuration or a state may hold and no report may.
const PLANTED: [&str; 3] = ["PLANTED-BY-VARIABLE", "PLANTED-IN-RESOURCE", "PLANTED-IN-OUTPUT"];

const HOSTILE: &str =
    "<script>alert(1)</script> @team | `code` [a](https://a.example) \\\"onmouseover=\\\"x \\u202eturned";

fn configuration(identity: bool, retention: u32) -> String {
    let identity = if identity {
        "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n"
    } else {
        ""
    };
    format!(
        r#"
provider "defender" {{
  endpoints {{
    resource_manager = var.url
    active_directory = var.url
    defender         = var.url
    log_analytics    = var.url
  }}
}}
variable "secret" {{
  type      = string
  sensitive = true
  default   = "{}"
}}
resource "terraform_data" "it" {{
  input = "{}"
}}
output "it" {{
  value     = "{}"
  sensitive = true
}}
resource "defender_xdr_connector" "it" {{
  workspace_id = var.workspace_id
}}
resource "defender_cloud_apps_connector" "it" {{
  for_each       = {{ key = "{HOSTILE}" }}
  workspace_id   = var.workspace_id
  discovery_logs = true
}}
resource "defender_incident_rule" "it" {{
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
  display_name = "{HOSTILE}"
  description  = var.secret
  enabled      = false
}}
resource "defender_incident_rule_suppression" "it" {{
  workspace_id = var.workspace_id
  products     = ["Microsoft Defender for Endpoint"]
}}
resource "defender_hunting_tables" "it" {{
  workspace_id = var.workspace_id
  tables       = ["DeviceEvents", "AdvancedHunting-DeviceInfo"]
}}
resource "defender_table_retention" "it" {{
  workspace_id            = var.workspace_id
  table                   = "DeviceEvents"
  retention_in_days       = {retention}
  total_retention_in_days = 730
}}
resource "defender_entity_analytics" "it" {{
  workspace_id = var.workspace_id
  providers    = ["AzureActiveDirectory"]
}}
resource "defender_ueba" "it" {{
  workspace_id = var.workspace_id
  data_sources = ["SigninLogs", "AuditLogs"]
  depends_on   = [defender_entity_analytics.it]
}}
resource "defender_content_solution" "it" {{
  workspace_id   = var.workspace_id
  product        = "Microsoft Defender for Identity"
  adopt_existing = true
}}
resource "defender_ingestion_workbook" "it" {{
  workspace_id = var.workspace_id
  tables       = ["DeviceEvents"]
}}
{identity}
data "defender_workspace" "it" {{
  workspace_id = var.workspace_id
}}
data "defender_ingestion" "it" {{
  workspace_id = var.workspace_id
  incidents    = true
  alerts       = ["Microsoft Defender for Cloud Apps"]
  tables       = ["DeviceEvents", "EmailEvents"]
}}
"#,
        PLANTED[0], PLANTED[1], PLANTED[2]
    )
}

fn bench() -> Bench {
    Bench::with(&json!({
        "tenants": [{
            "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }], "export_settings_accept_app_tokens": true,
        }],
        "workspaces": [{
            "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
            "alert_rules": [rule("by-hand", "By hand")],
            "logs": {
                "SecurityIncident": [{ "ago": "2h", "times": 3, "days": 4, "columns": { "ProviderName": "Microsoft XDR" } }],
                "SecurityAlert": [{ "ago": "3d", "times": 7, "columns": { "ProductName": "Microsoft Cloud App Security" } }],
                "DeviceEvents": [{ "ago": "10m", "times": 120_000, "days": 5 }],
            },
        }],
    }))
}

/// What Terraform prints of a state or plan, into a file beside the configuration.
fn show(bench: &Bench, words: &[&str], file: &str) {
    let output = bench.command(&[&["show", "-json"], words].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(bench.path(file), output.stdout).unwrap();
}

#[test]
fn states_and_plans_of_a_real_terraform_are_reported_and_no_secret() {
    let bench = bench();
    bench.configure_all(&configuration(false, 90));
    bench.apply();
    let here = bench.path("");
    show(&bench, &[], "state.json");
    // A state says nothing of drift, in either form.
    let [shown, stored] = ["state.json", "terraform.tfstate"].map(|file| report(&here, &["--format", "json", file]));
    assert_eq!((shown.code, stored.code), (0, 0), "{}{}", shown.told, stored.told);
    let parsed = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let [mut shown, mut stored] = [parsed(&shown.out), parsed(&stored.out)];
    assert_eq!(shown["summary"]["unplanned"], 1);
    for report in [&mut shown, &mut stored] {
        report["files"][0]["file"].take();
    }
    assert_eq!(shown, stored);
    // That Microsoft offers a newer solution is told, and is no drift of the workspace.
    publish(&bench, "3.1.0");
    assert_eq!(bench.plan(), [""; 0]);
    show(&bench, &["plan"], "same.json");
    let same = report(&here, &["--format", "json", "same.json"]);
    assert_eq!(same.code, 0, "{}", same.told);
    let solution = &parsed(&same.out)["tenants"][0]["workspaces"][0]["solutions"][0];
    assert_eq!((&solution["version"], &solution["update_available"]), (&json!("3.0.3"), &json!("3.1.0")));
    let drift = parsed(&fs::read_to_string(bench.path("same.json")).unwrap())["resource_drift"].clone();
    assert!(
        drift.as_array().unwrap().iter().any(|it| it["change"]["after"]["update_available"] == "3.1.0"),
        "Terraform calls it drift: {drift}"
    );

    let id = |address: &str| bench.state(address)["id"].as_str().unwrap().to_owned();
    bench.portal("PATCH", &id("defender_incident_rule.it"), Some(&json!({ "properties": { "enabled": true } })));
    bench.portal(
        "PATCH",
        &sentinel("alertRules/by-hand"),
        Some(&json!({ "properties": {
        "enabled": true, "productFilter": "Microsoft Defender Advanced Threat Protection",
    } })),
    );
    let logs = json!({ "properties": { "dataTypes": { "discoveryLogs": { "state": "Disabled" } } } });
    bench.portal("PATCH", &id("defender_cloud_apps_connector.it[\"key\"]"), Some(&logs));
    bench.configure_all(&configuration(true, 180));
    let changes = bench.plan();
    assert!(!changes.is_empty());
    show(&bench, &["plan"], "plan.json");
    // What is planned counts, whatever the state says besides.
    let json = report(&here, &["--format", "json", "state.json", "plan.json"]);
    assert_eq!(json.code, 4, "{}", json.told);
    expect_file!["../goldens/report.json"].assert_eq(&cleaned(&bench, parsed(&json.out)));
    let markdown = report(&here, &["plan.json"]);
    assert_eq!(markdown.code, 4);
    expect_file!["../goldens/report.md"].assert_eq(&bench.clean(&markdown.out));
    let page = report(&here, &["--out", "report.html", "plan.json"]);
    assert_eq!((page.code, page.out.as_str()), (4, ""));
    expect![[r#"
        workspaces            number
        drifted                    1
        to be changed              1
        with silent sources        1
        with incidents twice       1
        without a plan             0

        1 workspace in 1 tenant, of 1 file.
    "#]]
    .assert_eq(&page.told);
    let page = fs::read_to_string(bench.path("report.html")).unwrap();
    keep("one", &page);
    assert_eq!(page.matches("<script").count(), 1);
    for word in [
        "law-demo",
        ">twice<",
        ">drift<",
        ">plan<",
        ">stale<",
        "discovery logs off",
        "retention_in_days: 90 → 180",
        "3.0.3, newer: 3.1.0",
        "Ueba: on, AuditLogs, SigninLogs",
    ] {
        assert!(page.contains(word), "{word}");
    }
    let plan = fs::read_to_string(bench.path("plan.json")).unwrap();
    for planted in PLANTED {
        assert!(plan.contains(planted), "{planted} is to be where the report looks");
        for out in [&json.out, &markdown.out, &page, &json.told, &markdown.told] {
            assert!(!out.contains(planted), "{planted}");
        }
    }
}

/// A state of one connector, in a workspace of this name.
fn state(name: &str) -> Value {
    let workspace = WORKSPACE.replace("law-demo", name);
    json!({
        "format_version": "1.0",
        "values": { "root_module": { "resources": [{
            "address": "defender_xdr_connector.it", "mode": "managed", "type": "defender_xdr_connector", "name": "it",
            "provider_name": "registry.terraform.io/sentinel-iac/defender", "schema_version": 0,
            "values": { "id": format!("{workspace}/x"), "workspace_id": workspace, "tenant_id": TENANT, "incidents": true, "alerts": false },
        }] } },
    })
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, bytes: &[u8]| {
        let path = here.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let good = state("law-good").to_string();
    write("fleet/a/good.json", good.as_bytes());
    write("fleet/a/half.tfstate", &good.replace("format_version", "version").as_bytes()[..90]);
    write("fleet/b/terraform.tfvars.json", b"{\"customers\":[]}");
    write("fleet/b/no.json", b"not JSON \x1b[31m");
    write("fleet/.terraform/terraform.tfstate", b"{\"version\":3,\"modules\":[]}");
    write("fleet/b/notes.txt", b"no state");
    write("fleet/azurerm.tfstate", json!({ "version": 4, "resources": [{
        "mode": "managed", "type": "defender_xdr_connector", "name": "x", "provider": "provider[\"registry.terraform.io/other/azurerm\"]",
        "instances": [{ "attributes": { "id": "/x", "client_secret": "PLANTED" } }],
    }] }).to_string().as_bytes());
    write("empty/.hidden.json", b"{}");
    write("nothing/package.json", b"{\"version\":\"1.0.0\"}");
    write("saved", b"PK\x03\x04rest");
    write("sealed.tfstate", b"{\"meta\":{},\"encrypted_data\":\"eA==\",\"encryption_version\":\"v0\"}");
    let wide: Vec<u8> = format!("\u{feff}{}", state("law-wide")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    write("wide.json", &wide);
    let mut newer = state("law-newer");
    newer["values"]["root_module"]["resources"][0]["schema_version"] = 99.into();
    write("newer.json", newer.to_string().as_bytes());
    let mut sealed = state("law-sealed");
    sealed["values"]["root_module"]["resources"][0]["sensitive_values"] = json!({ "workspace_id": true });
    write("sensitive.json", sealed.to_string().as_bytes());
    let mut strange = state("law-strange");
    strange["values"]["root_module"]["resources"][0]["type"] = "defender_thing_to_come".into();
    write("strange.json", strange.to_string().as_bytes());
    let mut errored = json!({ "format_version": "1.2", "planned_values": {}, "errored": true, "prior_state": {} });
    errored["prior_state"]["values"] = state("law-errored")["values"].clone();
    write("errored.json", errored.to_string().as_bytes());
    #[cfg(unix)]
    std::os::unix::fs::symlink(here.join("fleet"), here.join("fleet/b/loop")).unwrap();

    let several = format!("{}\n{}\n{{\"half\":", state("law-one"), state("law-two"));
    let mut seen = String::new();
    for (words, stdin) in [
        (&["fleet"][..], ""),
        (&["fleet/azurerm.tfstate"], ""),
        (&["empty"], ""),
        (&["nothing"], ""),
        (&["missing.json", "saved", "sealed.tfstate"], ""),
        (&["wide.json"], ""),
        (&["newer.json", "sensitive.json", "strange.json", "errored.json"], ""),
        (&["-"], &several),
        (&["-"], ""),
        (&["wide.json", "--out", "wide.json"], ""),
        (&["wide.json", "--out", "new.md"], ""),
        (&["wide.json", "--out", "new.md", "--force"], ""),
        (&["wide.json", "--format", "yaml"], ""),
    ] {
        let reported = report_of(here, words, stdin.as_bytes());
        let rows: Vec<_> = reported.out.lines().filter(|line| line.starts_with("| `")).collect();
        seen +=
            &format!("==== {} ends with {}\n{}\n{}\n", words.join(" "), reported.code, rows.join("\n"), reported.told);
    }
    assert!(!seen.contains("PLANTED") && !seen.contains('\u{1b}'), "{seen}");
    expect_file!["../goldens/report-unread.txt"].assert_eq(&seen);
}

#[test]
fn nothing_of_a_name_is_markup_a_mention_or_obeyed() {
    let names = [
        "<script>document.title='owned'</script>",
        "\"onmouseover=\"document.title='owned'",
        "'><img src=x onerror=\"document.title='owned'\">",
        "</style></title><svg onload=document.title='owned'>",
        "\u{202e}turned \u{2066}\u{200b}\u{7}\u{1b}[31m",
        "{{ 7 * 7 }} {% raw %}",
        "a | b ` c \\| d [link](https://a.example) https://b.example @everyone #1",
        "line\nbreak\r\n| x | y |",
        &"x".repeat(10_000),
        "",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for name in names {
        let workspace = format!("/subscriptions/{name}/workspaces/{}", name.replace('/', "_"));
        let resource = |of: &str, values: Value| {
            let mut values = values;
            values["workspace_id"] = workspace.clone().into();
            values["tenant_id"] = name.into();
            values["id"] = format!("{workspace}{of}{name}").into();
            json!({
                "address": format!("module.x[\"{name}\"].{of}.{name}"), "mode": if of == "defender_ingestion" { "data" } else { "managed" },
                "type": of, "name": name, "provider_name": "x/y/defender", "values": values,
            })
        };
        let rule = json!({ "product": name, "display_name": name, "enabled": true });
        let xdr = json!({ "incidents": true, "alerts": name, "managed_by_portal": true });
        let tables = json!({ "tables": [name], "preserved_categories": [name] });
        let ueba = json!({ "data_sources": [name], "preserved_data_sources": [name] });
        let solution = json!({ "content_id": name, "display_name": name, "version": name, "update_available": name });
        let workbook = json!({ "display_name": name, "tables": [name] });
        let suppression = json!({ "products": [name, "Microsoft Defender for Cloud"], "enabled_rules": [name], "suppressed_rules": [name] });
        let retention = json!({ "table": name, "plan": name, "retention_in_days": name });
        let source = json!({ "kind": "table", "name": name, "state": name, "reason": name, "last_record_time": name, "daily_counts": { name: 1, "2026-11-28": 1 } });
        let resources = vec![
            resource("defender_xdr_connector", xdr),
            resource("defender_incident_rule", rule),
            resource("defender_hunting_tables", tables),
            resource("defender_incident_rule_suppression", suppression),
            resource("defender_table_retention", retention),
            resource("defender_ueba", ueba),
            resource("defender_content_solution", solution),
            resource("defender_ingestion_workbook", workbook),
            resource(&format!("defender_{name}"), json!({})),
            resource("defender_ingestion", json!({ "sources": [source, 7, { "kind": 7 }] })),
        ];
        let change = |resource: &Value| {
            let mut after = resource["values"].clone();
            after["display_name"] = format!("{name}2").into();
            json!({
                "address": resource["address"], "mode": "managed", "type": resource["type"], "provider_name": "x/y/defender",
                "change": { "actions": [name], "before": resource["values"], "after": after },
            })
        };
        let plan = json!({
            "format_version": "1.2", "timestamp": name, "planned_values": {},
            "prior_state": { "values": { "root_module": { "resources": resources } } },
            "resource_drift": [change(&resources[1])], "resource_changes": [change(&resources[0])],
        });
        text += &plan.to_string();
    }
    let [html, markdown, json] = ["html", "markdown", "json"]
        .map(|format| report_of(folder.path(), &["-", "--format", format], text.as_bytes()));
    for reported in [&html, &markdown, &json] {
        assert_eq!(reported.code, 4, "{}", reported.told);
        assert!(!reported.told.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{}", reported.told);
    }
    for out in [&html.out, &markdown.out] {
        let invisible =
            |letter: char| letter != '\n' && (letter.is_control() || "\u{202e}\u{2066}\u{200b}".contains(letter));
        assert!(!out.contains(invisible));
        assert!(!out.contains(&"x".repeat(400)), "a name is as long as there is room for");
    }
    assert_eq!(html.out.matches("<script").count(), 1);
    for element in ["<img", "<svg onload", "</style></title>", "\"onmouseover", "'owned'"] {
        assert!(!html.out.contains(element), "{element}");
    }
    keep("hostile", &html.out);
    expect_file!["../goldens/report-hostile.md"].assert_eq(&markdown.out.replace(&"x".repeat(300), "300 times x"));
    serde_json::from_str::<Value>(&json.out).unwrap();
}

#[test]
fn a_thousand_tenants_fit_on_a_page_and_in_a_comment() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1000 {
        fs::write(folder.path().join(format!("{number}.json")), made_up_fleet::plan(number).to_string()).unwrap();
    }
    for (format, most) in [("html", 3_000_000), ("markdown", 65_000)] {
        let began = Instant::now();
        let reported = report(folder.path(), &["--format", format]);
        println!("{format}: {} bytes in {:?}, a debug build", reported.out.len(), began.elapsed());
        assert_eq!(reported.code, 4, "{}", reported.told);
        if format == "html" {
            keep("thousand", &reported.out);
        }
        assert!(reported.out.len() <= most, "{format}: {} bytes", reported.out.len());
        if format == "markdown" {
            assert!(reported.out.contains("left out for want of room"));
        }
    }
}

#[test]
fn among_thousands_of_objects_of_others_those_of_this_provider_are_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("big.tfstate"), made_up_fleet::state(30_000, 100)).unwrap();
    let reported = report(folder.path(), &["--format", "json"]);
    assert_eq!(reported.code, 0, "{}", reported.told);
    let told: Value = serde_json::from_str(&reported.out).unwrap();
    assert_eq!((&told["summary"]["tenants"], &told["files"][0]["objects"]), (&json!(1), &json!(300)));
    assert_eq!(told["tenants"][0]["workspaces"].as_array().unwrap().len(), 300);
}

#[cfg(unix)]
#[test]
fn nothing_of_a_files_name_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.json"), state("law-good").to_string()).unwrap();
    fs::write(folder.path().join("\u{1b}[31m\u{202e}<script>alert(1)<_script> | `@team`\n.json"), "no JSON").unwrap();
    for format in ["html", "markdown", "json"] {
        let reported = report(folder.path(), &["--format", format]);
        assert_eq!(reported.code, 3, "{}", reported.told);
        for text in [&reported.out, &reported.told] {
            assert!(!text.contains('\u{1b}'), "{format}: {text}");
            assert!(text.contains("alert(1)") || text.contains("alert&#40;1&#41;"), "{format}: {text}");
        }
        assert!(!reported.told.contains('\u{202e}'), "{}", reported.told);
        // JSON is for programs, and says what there is.
        assert_eq!(reported.out.contains('\u{202e}'), format == "json");
        if format == "html" {
            assert_eq!(reported.out.matches("<script").count(), 1);
        } else if format == "markdown" {
            assert!(!reported.out.contains("<script>") && !reported.out.contains("@team"), "{}", reported.out);
        }
    }
}
