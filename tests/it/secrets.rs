//! Secrets and tokens are nowhere that anybody looks: not in logs at any level, messages, plans or state.

use serde_json::json;

use crate::emulator_process::SECRET;
use crate::terraform::Bench;

const EVERYTHING: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}

resource "defender_hunting_tables" "it" {
  workspace_id = var.workspace_id
  tables       = ["DeviceInfo"]
}
"#;

/// A secret that Entra does not know.
const WRONG: &str = "wr0ng~secret.of-the~user";

/// Panics if a text holds what it must not.
fn assert_clean(what: &str, text: &str) {
    // Tokens are JWTs, whose second part begins so, and in the header they follow "Bearer".
    for secret in [SECRET, WRONG, ".eyJ", "Bearer ", "client_secret=", "access_token\":\""] {
        let at = text.find(secret);
        let around = at.map(|at| &text[at.saturating_sub(200)..(at + 100).min(text.len())]);
        assert!(at.is_none(), "{what} holds {secret:?}: {around:?}");
    }
}

#[test]
fn no_log_message_plan_or_state_holds_a_secret() {
    for level in ["trace", "json"] {
        let mut bench = Bench::new();
        bench.set("TF_LOG", level);
        let log = bench.path("log");
        bench.set("TF_LOG_PATH", log.to_str().unwrap());
        bench.configure(EVERYTHING);
        bench.apply();
        let drift = json!({ "properties": { "dataTypes": { "incidents": { "state": "Disabled" } } } });
        let id = bench.state("defender_xdr_connector.it")["id"].as_str().unwrap().to_owned();
        bench.portal("PATCH", &id, Some(&drift));
        bench.ok(&["plan", "-no-color", "-out=plan"]);
        assert_clean("plan as JSON", &bench.ok(&["show", "-json", "plan"]));
        // A token that the service refuses, a service that fails, an answer that repeats what it was sent.
        bench.admin("POST", "/expire-tokens", None);
        bench.faults(&json!([
            { "match": { "method": "GET", "path": "dataConnectors" }, "action": { "status": 500, "body": "Bearer?" } },
            { "match": { "method": "GET", "path": "dataConnectors" }, "action": { "drop": "before" } },
        ]));
        bench.ok(&["apply", "-no-color", "-auto-approve"]);
        bench.set("ARM_CLIENT_SECRET", WRONG);
        assert_clean("message", &bench.errors(&["plan", "-no-color"]));
        let log = std::fs::read_to_string(log).unwrap();
        assert!(
            log.contains("dataConnectors?") || log.contains("SecurityInsights/dataConnectors"),
            "the log has no requests"
        );
        assert_clean("log", &log);
        assert_clean("state", &std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap());
    }
}

#[test]
fn no_header_of_an_answer_is_logged() {
    let mut bench = Bench::new();
    bench.set("TF_LOG_PROVIDER", "trace");
    let log = bench.path("log");
    bench.set("TF_LOG_PATH", log.to_str().unwrap());
    bench.configure(EVERYTHING);
    let headers = json!({ "set-cookie": "session=c00kie", "www-authenticate": format!("Bearer error=\"{SECRET}\""), "x-echo": SECRET });
    let refused =
        json!({ "status": 403, "headers": headers, "body": { "error": { "code": SECRET, "message": SECRET } } });
    bench.faults(&json!([{ "match": { "path": "dataConnectors", "times": 9 }, "action": refused }]));
    assert_clean("message", &bench.plan_errors());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("dataConnectors"), "the log has no requests: {log}");
    assert!(!log.contains("c00kie") && !log.contains("www-authenticate"), "{log}");
    assert_clean("log", &log);
}
