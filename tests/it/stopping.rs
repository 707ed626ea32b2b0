//! What a run that is interrupted leaves behind: by Ctrl-C under the real Terraform, and by Stop from a bare host.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::emulator_process::{EmulatorProcess, WORKSPACE};
use crate::run::{Failed, Provider, Resource};
use crate::terraform::Bench;

const TWO: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}

resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
  depends_on   = [defender_xdr_connector.it]
}
"#;

/// Ctrl-C, once, while the first connector is being written; what Terraform says.
fn interrupted(bench: &Bench, delay_ms: u32) -> String {
    bench.configure(TWO);
    bench.faults(&json!([{ "match": { "method": "PUT" }, "action": { "delay_ms": delay_ms } }]));
    let mut command = bench.command(&["apply", "-no-color", "-input=false", "-auto-approve"]);
    // A terminal sends the signal to all of the group: Terraform and the provider.
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while bench.admin("GET", "/state", None)["faults"] != json!([]) {}
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-s", "INT", "--", &group]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_write_that_is_answered_after_ctrl_c_is_in_state() {
    let bench = Bench::new();
    let text = interrupted(&bench, 1000);
    assert!(!text.contains("Error: Plugin") && !text.contains("panicked"), "{text}");
    assert_eq!(bench.left().len(), 1, "{text}");
    let name = bench.state("defender_xdr_connector.it")["name"].clone();
    assert_eq!(bench.left(), [format!("connectors/{}", name.as_str().unwrap())], "{text}");
    // It is there and good: nothing is made anew.
    assert_eq!(bench.plan(), ["defender_identity_connector.it create"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 2);
}

#[test]
fn a_write_that_is_not_answered_after_ctrl_c_does_not_hold_terraform_up() {
    let bench = Bench::new();
    let text = interrupted(&bench, 60_000);
    assert!(text.contains("The run was interrupted before the service answered"), "{text}");
    // Whether it has happened nobody knows, so it is in state.
    assert!(bench.state("defender_xdr_connector.it")["id"].is_string(), "{text}");
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 2);
}

/// Plays a fault at a create and says Stop as soon as it is played; what the create came to, and what is left.
async fn stopped(
    fault: &Json,
    behaviour: &Json,
    steps_to_come: usize,
) -> (Result<(), Failed>, Resource, EmulatorProcess) {
    let emulator = EmulatorProcess::start();
    emulator.admin("POST", "/behaviour", Some(behaviour)).await;
    emulator.admin("POST", "/faults", Some(&json!([fault]))).await;
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_xdr_connector").await;
    let config = json!({ "workspace_id": WORKSPACE });
    let mut client = provider.client.clone();
    let (outcome, ()) = tokio::join!(resource.run(&mut provider, Some(&config)), async {
        while emulator.admin("GET", "/state", None).await["faults"] != json!([]) {}
        while emulator.exchanges().len() < steps_to_come {
            tokio::task::yield_now().await;
        }
        client.stop(terraform_provider_defender::plugin::proto::stop::Request {}).await.unwrap();
    });
    (outcome, resource, emulator)
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_an_apply_and_loses_nothing() {
    let at = |method: &str, action: Json| json!({ "match": { "method": method }, "action": action });
    let wait = json!({ "status": 429, "headers": { "retry-after": "600" } });
    let none = json!({});
    for (what, fault, behaviour, steps, is_ok, is_kept) in [
        ("asked to wait, as it was not taken", at("PUT", wait), &none, 0, false, false),
        ("answered in time", at("PUT", json!({ "delay_ms": 1000 })), &none, 0, true, true),
        ("not answered in time", at("PUT", json!({ "delay_ms": 60_000 })), &none, 0, false, true),
        ("not answered, a read", at("GET", json!({ "delay_ms": 60_000 })), &none, 0, false, false),
        ("stored and not shown yet", at("PUT", json!({ "delay_ms": 1 })), &json!({ "lag_reads": 6 }), 5, true, true),
    ] {
        let (outcome, mut resource, emulator) = stopped(&fault, behaviour, steps).await;
        assert_eq!((outcome.is_ok(), resource.kept.state.is_some()), (is_ok, is_kept), "{what}: {outcome:?}");
        assert!(!matches!(outcome, Err(Failed::Gone)), "{what}");
        emulator.admin("POST", "/behaviour", Some(&json!({ "lag_reads": 0 }))).await;
        let mut provider = Provider::start(&emulator, emulator.url()).await;
        let config = json!({ "workspace_id": WORKSPACE });
        resource.run(&mut provider, Some(&config)).await.unwrap();
        assert!(resource.is_settled(&mut provider, Some(&config)).await.unwrap(), "{what}");
        let world = emulator.admin("GET", "/state", None).await;
        assert_eq!(world["workspaces"][0]["connectors"].as_array().map(Vec::len), Some(1), "{what}");
    }
}
