//! Log Analytics tables: what can be set, what is refused, and how a change comes to its end.

use serde_json::{Value, json};

use super::Session;
use crate::emulator_process::{EmulatorProcess, Received, WORKSPACE};

const VERSION: &str = "2023-09-01";

async fn send(session: &Session, method: &str, name: &str, body: Option<&Value>) -> Received {
    let path = format!("{WORKSPACE}/tables/{name}?api-version={VERSION}");
    session.emulator.send(method, &path, Some(&session.token), body).await
}

fn days(retention: i64, total: i64) -> Value {
    json!({"properties": {"retentionInDays": retention, "totalRetentionInDays": total}})
}

#[tokio::test]
async fn a_change_is_taken_in_and_done_later() {
    let session = Session::new(EmulatorProcess::start()).await;
    let before = send(&session, "GET", "deviceinfo", None).await.body;
    assert_eq!(before["name"], "DeviceInfo");
    assert_eq!(before["properties"]["retentionInDaysAsDefault"], true);
    assert_eq!(before["properties"]["retentionInDays"], 90, "the workspace's own");

    let taken = send(&session, "PATCH", "DeviceInfo", Some(&days(180, 365))).await;
    assert_eq!((taken.status, &taken.body), (202, &json!("")));
    let busy = send(&session, "PUT", "DeviceInfo", Some(&days(30, 30))).await;
    assert_eq!((busy.status, busy.code()), (409, "Conflict"));
    let operation = taken.headers["azure-asyncoperation"].to_str().expect("an address").to_owned();
    let look =
        async || session.emulator.send("GET", &operation, Some(&session.token), None).await.body["status"].clone();
    assert_eq!(look().await, "InProgress");
    assert_eq!(look().await, "Succeeded");
    let after = send(&session, "GET", "DeviceInfo", None).await.body["properties"].clone();
    let shown = ["retentionInDays", "totalRetentionInDays", "archiveRetentionInDays"].map(|name| after[name].as_i64());
    assert_eq!(shown, [Some(180), Some(365), Some(185)]);
    assert_eq!(after["provisioningState"], "Succeeded");
    assert_eq!(after["retentionInDaysAsDefault"], false);
}

#[tokio::test]
async fn what_a_table_cannot_be_is_refused() {
    let session = Session::new(EmulatorProcess::start()).await;
    for (retention, total) in [(0, 90), (3, 90), (731, 1095), (90, 30), (90, 0), (90, 1000), (90, 4384), (-1, 30)] {
        let refused = send(&session, "PATCH", "DeviceInfo", Some(&days(retention, total))).await;
        assert_eq!((refused.status, refused.code()), (400, "InvalidParameter"), "{retention} {total}");
    }
    let basic = json!({"properties": {"plan": "Basic", "retentionInDays": 30}});
    assert_eq!(send(&session, "PUT", "DeviceInfo", Some(&basic)).await.status, 400);
    let plan = json!({"properties": {"plan": "Cheap"}});
    assert_eq!(send(&session, "PUT", "DeviceInfo", Some(&plan)).await.status, 400);
    assert_eq!(send(&session, "DELETE", "DeviceInfo", None).await.status, 400);
    assert_eq!(send(&session, "GET", "DeviceInf", None).await.status, 404);
    let list = format!("{WORKSPACE}/tables?api-version={VERSION}");
    let list = session.emulator.send("GET", &list, Some(&session.token), None).await;
    assert!(super::names(&list).contains(&"SecurityIncident"));
    let old = format!("{WORKSPACE}/tables?api-version=2020-08-01");
    let old = session.emulator.send("GET", &old, Some(&session.token), None).await;
    assert_eq!(old.code(), "NoRegisteredProviderFound");
}
