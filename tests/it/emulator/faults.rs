//! What goes wrong on purpose, and the record of it: faults, lag, request limits, the exchange log.

use serde_json::{Value, json};

use super::{PREVIEW, STABLE, Session, connector, names, path, scenario};
use crate::emulator_process::{EmulatorProcess, SECRET};

#[tokio::test]
async fn reads_lag_behind_writes() {
    let session =
        Session::new(EmulatorProcess::start_with(&scenario(&json!({"lag_reads": 2, "delete_lag_reads": 1})))).await;
    let body = connector("AzureAdvancedThreatProtection", &["alerts"]);
    session.put("dataConnectors/mdi", PREVIEW, &body).await;
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 404);
    assert_eq!(names(&session.get("dataConnectors", PREVIEW).await), Vec::<&str>::new());
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 200);
    session.delete("dataConnectors/mdi", PREVIEW).await;
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 200);
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 404);
}

#[tokio::test]
async fn faults_spoil_the_requests_they_wait_for() {
    let session = Session::new(EmulatorProcess::start()).await;
    let put = path("dataConnectors/mdi", PREVIEW);
    let body = connector("AzureAdvancedThreatProtection", &["alerts"]);
    let faults = json!([
        {"match": {"method": "PUT", "path": "/dataconnectors/"},
         "action": {"status": 429, "headers": {"Retry-After": "1"}, "body": {"error": {"code": "TooManyRequests"}}}},
        {"match": {"method": "PUT"}, "action": {"drop": "before"}},
        {"match": {"method": "PUT"}, "action": {"drop": "after"}},
        {"match": {"method": "GET", "skip": 1}, "action": {"truncate": 20}},
        {"match": {"method": "GET"}, "action": {"raw_body": "<html>"}},
        {"match": {"method": "GET"}, "action": {"redirect": "https://localhost/"}},
    ]);
    session.emulator.admin("POST", "/faults", Some(&faults)).await;

    let throttled = session.emulator.send("PUT", &put, Some(&session.token), Some(&body)).await;
    assert_eq!((throttled.status, &throttled.headers["retry-after"]), (429, &"1".parse().expect("a header")));
    let connectors = || async {
        session.emulator.admin("GET", "/state", None).await["workspaces"][0]["connectors"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert!(session.emulator.try_send("PUT", &put, Some(&session.token), Some(&body)).await.is_err());
    assert_eq!(connectors().await, 0, "dropped before the change");
    assert!(session.emulator.try_send("PUT", &put, Some(&session.token), Some(&body)).await.is_err());
    assert_eq!(connectors().await, 1, "dropped after the change");

    let garbage = session.get("dataConnectors/mdi", PREVIEW).await;
    assert_eq!((garbage.status, &garbage.body), (200, &json!("<html>")));
    assert!(session.emulator.try_send("GET", &put, Some(&session.token), None).await.is_err(), "cut short");
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 307);
    assert_eq!(session.get("dataConnectors/mdi", PREVIEW).await.status, 200);

    let log = session.emulator.exchanges();
    let seen: Vec<&str> = log.iter().filter_map(|line| line["fault"].as_str()).collect();
    assert_eq!(seen, ["status", "drop before", "drop after", "raw_body", "truncate", "redirect"]);
    assert!(log.iter().any(|line| line["fault"] == "drop after" && line["status"].is_null()));
}

#[tokio::test]
async fn request_limits_are_kept() {
    let limits = json!({"throttle": {"reads": {"size": 1, "per_second": 0.001}}});
    let session = Session::new(EmulatorProcess::start_with(&scenario(&limits))).await;
    assert_eq!(session.get("dataConnectors", PREVIEW).await.status, 200);
    let throttled = session.get("dataConnectors", PREVIEW).await;
    assert_eq!(throttled.status, 429);
    assert!(throttled.headers.contains_key("retry-after"));
    session.emulator.admin("POST", "/behaviour", Some(&json!({"throttle": false}))).await;
    assert_eq!(session.get("dataConnectors", PREVIEW).await.status, 200);
}

#[tokio::test]
async fn the_exchange_log_has_everything_but_secrets() {
    let session = Session::new(EmulatorProcess::start()).await;
    session.put("dataConnectors/mdi", STABLE, &connector("AzureAdvancedThreatProtection", &["alerts"])).await;
    let log = session.emulator.exchanges();
    assert_eq!(log.len(), 2);
    let text = log.iter().map(Value::to_string).collect::<String>();
    assert!(!text.contains(SECRET) && !text.contains(&session.token));
    assert_eq!((&log[1]["method"], &log[1]["status"]), (&json!("PUT"), &json!(201)));
    assert_eq!(log[1]["requestBody"]["kind"], "AzureAdvancedThreatProtection");
    assert_eq!(log[1]["connection"], log[0]["connection"], "one client keeps its connection");
}
