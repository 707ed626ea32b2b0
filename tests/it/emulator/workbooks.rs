//! Workbooks: what Microsoft describes of them, and what the service is seen to refuse.

use serde_json::{Value, json};

use super::{Session, names};
use crate::emulator_process::{EmulatorProcess, Received, SUBSCRIPTION, WORKSPACE};

const NAME: &str = "5a1f1c2e-0000-4000-8000-000000000001";

async fn send(session: &Session, method: &str, below: &str, body: Option<&Value>) -> Received {
    let mark = if below.contains('?') { '&' } else { '?' };
    let path = format!("/subscriptions/{SUBSCRIPTION}/{below}{mark}api-version=2023-06-01");
    session.emulator.send(method, &path, Some(&session.token), body).await
}

fn in_group(below: &str) -> String {
    format!("resourceGroups/RG-Sentinel/providers/Microsoft.Insights/workbooks{below}")
}

fn body(display_name: &str) -> Value {
    json!({ "location": "West Europe", "kind": "shared", "tags": { "a": "b" }, "properties": {
        "displayName": display_name, "serializedData": "{}", "category": "sentinel", "sourceId": WORKSPACE.to_lowercase() } })
}

#[tokio::test]
async fn a_workbook_is_made_shown_changed_and_removed() {
    let session = Session::new(EmulatorProcess::start()).await;
    let it = in_group(&format!("/{NAME}"));
    let made = send(&session, "PUT", &it, Some(&body("One"))).await;
    assert_eq!((made.status, &made.body["properties"]["serializedData"]), (201, &Value::Null));
    let bare = send(&session, "GET", &it, None).await.body;
    assert_eq!(bare["properties"]["serializedData"], Value::Null, "content is asked for");
    let whole = send(&session, "GET", &format!("{it}?canFetchContent=true"), None).await.body;
    assert_eq!(whole["properties"]["serializedData"], "{}");
    assert_eq!((&whole["location"], &whole["kind"]), (&json!("westeurope"), &json!("shared")));
    assert_eq!(whole["tags"], json!({ "a": "b", "hidden-title": "One" }));

    let changed = send(&session, "PATCH", &it, Some(&json!({ "properties": { "displayName": "Two" } }))).await;
    assert_eq!((changed.status, &changed.body["tags"]["hidden-title"]), (200, &json!("Two")));
    // A PUT replaces all of it.
    let mut again = body("Three");
    again["tags"] = Value::Null;
    let again = send(&session, "PUT", &it, Some(&again)).await;
    assert_eq!((again.status, &again.body["tags"]), (200, &json!({ "hidden-title": "Three" })));

    assert_eq!(send(&session, "DELETE", &it, None).await.status, 200);
    assert_eq!(send(&session, "DELETE", &it, None).await.status, 204);
    let gone = send(&session, "GET", &it, None).await;
    assert_eq!((gone.status, gone.code()), (404, "ResourceNotFound"));
    assert_eq!(send(&session, "PATCH", &it, Some(&json!({}))).await.status, 404);
}

#[tokio::test]
async fn lists_are_of_a_category_and_of_a_source() {
    let session = Session::new(EmulatorProcess::start()).await;
    let mut other = body("Other");
    other["properties"]["sourceId"] = "azure monitor".into();
    let mut plain = body("Plain");
    plain["properties"]["category"] = "workbook".into();
    for (number, body) in [body("One"), other, plain].iter().enumerate() {
        let it = in_group(&format!("/{}{number}", &NAME[..35]));
        assert_eq!(send(&session, "PUT", &it, Some(body)).await.status, 201);
    }
    let all = "providers/Microsoft.Insights/workbooks";
    let group = in_group("");
    let source = format!("sourceId={WORKSPACE}");
    for (below, expected) in [
        (format!("{all}?category=sentinel"), 2),
        (format!("{all}?category=workbook"), 1),
        (format!("{all}?category=sentinel&{source}"), 2),
        (format!("{group}?category=sentinel"), 2),
        (format!("{group}?category=sentinel&{source}"), 1),
        (format!("{group}?category=TSG"), 0),
    ] {
        let list = send(&session, "GET", &below, None).await;
        assert_eq!((list.status, names(&list).len()), (200, expected), "{below}");
    }
    let whole = send(&session, "GET", &format!("{all}?category=workbook&canFetchContent=true"), None).await.body;
    assert_eq!(whole["value"][0]["properties"]["serializedData"], "{}");
    assert_eq!(send(&session, "GET", all, None).await.status, 400, "a category is required");
    assert_eq!(send(&session, "POST", &format!("{all}?category=sentinel"), None).await.status, 405);
}

#[tokio::test]
async fn what_a_workbook_cannot_be_is_refused() {
    let session = Session::new(EmulatorProcess::start()).await;
    let it = in_group(&format!("/{NAME}"));
    let without = |pointer: &str| {
        let mut body = body("One");
        *body.pointer_mut(pointer).unwrap() = Value::Null;
        body
    };
    for (body, code, text) in [
        (without("/location"), "LocationRequired", ""),
        (without("/properties"), "BadRequest", "A payload is required"),
        (without("/properties/serializedData"), "BadRequest", "A payload is required"),
        (without("/properties/displayName"), "BadRequest", "displayName"),
        (without("/properties/category"), "BadRequest", "category"),
        (json!({ "location": "x", "kind": "user", "properties": body("One")["properties"] }), "BadRequest", "shared"),
        (json!({ "location": "x", "properties": { "displayName": 1 } }), "BadRequest", "displayName"),
        (json!({ "location": "x", "tags": { "a": 1 }, "properties": body("One")["properties"] }), "BadRequest", "tags"),
    ] {
        let refused = send(&session, "PUT", &it, Some(&body)).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{body}");
        assert!(refused.body["error"]["message"].as_str().unwrap().contains(text), "{}", refused.body);
    }
    assert_eq!(send(&session, "PUT", &in_group("/mine"), Some(&body("One"))).await.status, 400);
    assert_eq!(send(&session, "PUT", &it, Some(&body("One"))).await.status, 201);
    let mut elsewhere = body("One");
    elsewhere["location"] = "northeurope".into();
    let refused = send(&session, "PUT", &it, Some(&elsewhere)).await;
    assert_eq!((refused.status, refused.code()), (409, "InvalidResourceLocation"));
    let nowhere = it.replace("RG-Sentinel", "rg-none");
    let refused = send(&session, "GET", &nowhere, None).await;
    assert_eq!((refused.status, refused.code()), (404, "ResourceGroupNotFound"));
    let old = format!("/subscriptions/{SUBSCRIPTION}/{it}?api-version=2015-05-01");
    assert_eq!(session.emulator.send("GET", &old, Some(&session.token), None).await.status, 400);
}
