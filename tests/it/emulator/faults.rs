//! What goes wrong on purpose, and the record of it: faults, lag, request limits, the exchange log.

use serde_json::{Value, json};

use super::{PREVIEW, STABLE, Session, connector, names, path, scenario};
use crate::emulator_process::{EmulatorProcess, SECRET, WORKSPACE};

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
async fn lists_that_lose_strip_and_lag_behind_and_bodies_of_any_shape() {
    let session = Session::new(EmulatorProcess::start()).await;
    let body = connector("AzureAdvancedThreatProtection", &["alerts"]);
    session.put("dataConnectors/mdi", PREVIEW, &body).await;
    session.put("dataConnectors/xdr", PREVIEW, &connector("MicrosoftThreatProtection", &["incidents"])).await;
    let list = json!({"method": "GET", "path": "dataConnectors?"});
    let one = json!({"method": "GET", "path": "dataConnectors/mdi"});
    let faults = json!([
        {"match": list, "action": {"lose": "MDI"}},
        {"match": list, "action": {"strip": "/properties"}},
        {"match": list, "action": {"strip": "/value/0/name"}},
        {"match": list, "action": {"stale": true}},
        {"match": one, "action": {"strip": "/properties/dataTypes"}},
        {"match": one, "action": {"stale": true}},
        {"match": one, "action": {"status": 404, "body": "404 page not found"}},
        {"match": one, "action": {"status": 200}},
        {"match": one, "action": {"status": 200, "body": "null", "headers": {"content-type": "application/json"}}},
    ]);
    session.emulator.admin("POST", "/faults", Some(&faults)).await;
    session.delete("dataConnectors/mdi", PREVIEW).await;
    session.put("dataConnectors/mdo", PREVIEW, &connector("OfficeATP", &["alerts"])).await;

    assert_eq!(names(&session.get("dataConnectors", PREVIEW).await), ["mdo", "xdr"]);
    let stripped = session.get("dataConnectors", PREVIEW).await.body;
    assert_eq!((&stripped["value"][0]["name"], stripped["value"][1].get("properties")), (&json!("mdo"), None));
    let stripped = session.get("dataConnectors", PREVIEW).await.body;
    assert_eq!((stripped["value"][0].get("name"), &stripped["value"][1]["name"]), (None, &json!("xdr")));
    assert_eq!(names(&session.get("dataConnectors", PREVIEW).await), ["mdi", "xdr"], "before the writes");
    assert_eq!(names(&session.get("dataConnectors", PREVIEW).await), ["mdo", "xdr"], "after them");

    session.put("dataConnectors/mdi", PREVIEW, &body).await;
    let get = || session.get("dataConnectors/mdi", PREVIEW);
    let stripped = get().await.body;
    assert!(stripped["properties"].is_object() && stripped["properties"].get("dataTypes").is_none(), "{stripped}");
    assert_eq!(get().await.status, 200);
    let page = get().await;
    assert_eq!((page.status, &page.body), (404, &json!("404 page not found")));
    assert_eq!(get().await.body, json!(""));
    assert_eq!(get().await.body, Value::Null);
    assert_eq!(get().await.body["kind"], "AzureAdvancedThreatProtection");
}

#[tokio::test]
async fn a_page_by_place_skips_an_item_once_another_is_deleted() {
    for (by_place, second) in [(false, ["xdr"].as_slice()), (true, &[])] {
        let behaviour = json!({"page_size": 2, "page_by_place": by_place});
        let session = Session::new(EmulatorProcess::start_with(&scenario(&behaviour))).await;
        session.put("dataConnectors/mdi", PREVIEW, &connector("AzureAdvancedThreatProtection", &["alerts"])).await;
        session.put("dataConnectors/mdo", PREVIEW, &connector("OfficeATP", &["alerts"])).await;
        session.put("dataConnectors/xdr", PREVIEW, &connector("MicrosoftThreatProtection", &["incidents"])).await;
        let first = session.get("dataConnectors", PREVIEW).await;
        assert_eq!(names(&first), ["mdi", "mdo"]);
        session.delete("dataConnectors/mdi", PREVIEW).await;
        let next = first.body["nextLink"].as_str().expect("a next page");
        let next = session.emulator.send("GET", next, Some(&session.token), None).await;
        assert_eq!(names(&next), second);
    }
}

#[tokio::test]
async fn a_workspace_is_deleted_in_the_portal() {
    let mut world = scenario(&json!({}));
    let mut other = world["workspaces"][0].clone();
    other["name"] = json!("law-2");
    world["workspaces"].as_array_mut().expect("workspaces").push(other);
    let session = Session::new(EmulatorProcess::start_with(&world)).await;
    session.emulator.admin("DELETE", &format!("/portal{WORKSPACE}"), None).await;
    let gone = session.get("dataConnectors", PREVIEW).await;
    assert_eq!((gone.status, gone.code()), (404, "ResourceNotFound"));
    assert!(gone.message().contains("workspaces/law-demo"), "{}", gone.message());
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
