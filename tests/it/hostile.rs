//! Answers that no service should give: each is an error that says so, or is outlived, and state stays.

use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::emulator_process::{EmulatorProcess, WORKSPACE};
use crate::run::{Failed, Provider};

/// What the provider says to an action at a request of an object that is in state, and what is in state then.
async fn said(emulator: &EmulatorProcess, method: &str, path: &str, action: &Json) -> String {
    emulator.admin("DELETE", "/faults", None).await;
    let id = format!("/portal{WORKSPACE}/providers/Microsoft.SecurityInsights/alertRules");
    for rule in emulator.admin("GET", "/state", None).await["workspaces"][0]["alert_rules"].as_array().unwrap() {
        emulator.admin("DELETE", &format!("{id}/{}", rule["name"].as_str().unwrap()), None).await;
    }
    let mut provider = Provider::start(emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_incident_rule").await;
    // Retries begin at most 11.25 s and at least 15.5 s after the first try, so none is cut short by the limit.
    let config = |enabled: bool| {
        json!({
            "workspace_id": WORKSPACE, "product": "Microsoft Defender for Identity", "enabled": enabled,
            "timeouts": { "read": "15s", "update": "15s" }
        })
    };
    resource.run(&mut provider, Some(&config(true))).await.unwrap();
    resource.refresh(&mut provider).await.unwrap();
    let before = resource.kept.clone();
    let pattern = json!({ "method": method, "path": path, "times": 2000 });
    emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
    let outcome = resource.run(&mut provider, Some(&config(false))).await;
    let kept = match &resource.kept {
        kept if *kept == before => "as it was",
        kept if kept.state.is_some() => "changed",
        _ => "gone",
    };
    let said = match outcome {
        Ok(()) => "nothing".to_owned(),
        Err(Failed::Gone) => panic!("the provider ended"),
        Err(Failed::Told(text)) => {
            assert!(!text.contains("panicked"), "{text}");
            let line = text.lines().find(|line| line.starts_with("Found: ") || line.starts_with("The service said: "));
            line.unwrap_or(&text).replace(emulator.url(), "EMULATOR").chars().take(160).collect()
        }
    };
    format!("{said}; state is {kept}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_makes_the_provider_panic_or_forget() {
    let emulator = EmulatorProcess::start();
    emulator.admin("POST", "/behaviour", Some(&json!({ "throttle": false }))).await;
    let raw = |body: &str| json!({ "raw_body": body });
    let list = format!(
        "{}{WORKSPACE}/providers/Microsoft.SecurityInsights/alertRules?api-version=2025-10-01-preview",
        emulator.url()
    );
    let items = r#"{"value": [1, null, "x", [], {}, {"name": 5, "kind": {}, "properties": []}, {"name": null, "properties": {"enabled": "yes"}}]}"#;
    let answers = [
        ("nothing", raw("")),
        ("null", raw("null")),
        ("a number", raw("1e999")),
        ("an array", raw("[1]")),
        ("another type", raw(r#"{"value": {"value": []}}"#)),
        ("items of other types", raw(items)),
        ("cut short", json!({ "truncate": 20 })),
        ("deep", raw(&"[".repeat(200_000))),
        ("deep inside", raw(&format!(r#"{{"value": [{}{}]}}"#, "[".repeat(100), "]".repeat(100)))),
        ("large", raw(&format!(r#"{{"value": [{}1]}}"#, "0,".repeat(2_000_000)))),
        ("a page", raw("<html><head><title>Sign in</title></head></html>")),
        ("pages in a circle", raw(&format!(r#"{{"value": [], "nextLink": "{list}"}}"#))),
        ("pages elsewhere", raw(r#"{"value": [], "nextLink": "https://evil.example/x"}"#)),
        ("pages unencrypted", raw(r#"{"value": [], "nextLink": "http://127.0.0.1/x"}"#)),
        ("a link that is none", raw(r#"{"value": [], "nextLink": {"a": 1}}"#)),
        ("a redirect", json!({ "redirect": "https://evil.example/x" })),
        ("an error without words", json!({ "status": 400 })),
        ("an error of another shape", json!({ "status": 400, "body": { "error": [1, { "code": {} }] } })),
        ("a long error", json!({ "status": 400, "body": "x".repeat(3000) })),
        ("an unknown status", json!({ "status": 299, "body": {} })),
    ];
    let mut text = String::new();
    for (where_, method, path) in [
        ("the list", "GET", "alertRules?"),
        ("the answer to a write", "PUT", "alertRules/"),
        ("a token", "POST", "oauth2"),
    ] {
        text += &format!("== {where_}\n");
        for (what, action) in &answers {
            text += &format!("{what}: {}", said(&emulator, method, path, action).await);
        }
    }
    expect![[r#"
        == the list
        nothing: The service said: 200 the answer is not a list: it has no array 'value'; state is as it was
        null: The service said: 200 the answer is not a list: it has no array 'value'; state is as it was
        a number: The service said: 200 the answer is not JSON: number out of range at line 1 column 5; state is as it was
        an array: The service said: 200 the answer is not a list: it has no array 'value'; state is as it was
        another type: The service said: 200 the answer is not a list: it has no array 'value'; state is as it was
        items of other types: nothing; state is changed
        cut short: Found: the connection was lost: peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpe; state is as it was
        deep: The service said: 200 the answer is not JSON: recursion limit exceeded at line 1 column 128; state is as it was
        deep inside: nothing; state is changed
        large: nothing; state is changed
        a page: The service said: 200 the answer is not JSON: expected value at line 1 column 1; state is as it was
        pages in a circle: Found: the list's pages lead back to one that was read; state is as it was
        pages elsewhere: The service said: 200 the answer's nextLink leads to https://evil.example, which is not followed; state is as it was
        pages unencrypted: The service said: 200 the answer's nextLink leads to http://127.0.0.1, which is not followed; state is as it was
        a link that is none: The service said: 200 the answer's nextLink is not a text; state is as it was
        a redirect: The service said: 307 the answer redirects to https://evil.example/x, which is not followed; state is as it was
        an error without words: The service said: 400 the answer gives no reason; state is as it was
        an error of another shape: The service said: 400 {"error":[1,{"code":{}}]}; state is as it was
        a long error: The service said: 400 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; state is as it was
        an unknown status: The service said: 299 the answer is not a list: it has no array 'value'; state is as it was
        == the answer to a write
        nothing: nothing; state is changed
        null: nothing; state is changed
        a number: nothing; state is changed
        an array: nothing; state is changed
        another type: nothing; state is changed
        items of other types: nothing; state is changed
        cut short: nothing; state is changed
        deep: nothing; state is changed
        deep inside: nothing; state is changed
        large: nothing; state is changed
        a page: nothing; state is changed
        pages in a circle: nothing; state is changed
        pages elsewhere: nothing; state is changed
        pages unencrypted: nothing; state is changed
        a link that is none: nothing; state is changed
        a redirect: The service said: 307 the answer redirects to https://evil.example/x, which is not followed; state is as it was
        an error without words: The service said: 400 the answer gives no reason; state is as it was
        an error of another shape: The service said: 400 {"error":[1,{"code":{}}]}; state is as it was
        a long error: The service said: 400 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; state is as it was
        an unknown status: nothing; state is changed
        == a token
        nothing: Found: the answer to the request for a token cannot be read: EOF while parsing a value at line 1 column 0; state is as it was
        null: Found: the answer to the request for a token cannot be read: it is no answer of Entra's; state is as it was
        a number: Found: the answer to the request for a token cannot be read: number out of range at line 1 column 5; state is as it was
        an array: Found: the answer to the request for a token cannot be read: it is no answer of Entra's; state is as it was
        another type: Found: the answer to the request for a token holds none; state is as it was
        items of other types: Found: the answer to the request for a token holds none; state is as it was
        cut short: Found: the connection was lost: peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpe; state is as it was
        deep: Found: the answer to the request for a token cannot be read: it is no answer of Entra's; state is as it was
        deep inside: Found: the answer to the request for a token holds none; state is as it was
        large: Found: the answer to the request for a token holds none; state is as it was
        a page: Found: the answer to the request for a token cannot be read: expected value at line 1 column 1; state is as it was
        pages in a circle: Found: the answer to the request for a token holds none; state is as it was
        pages elsewhere: Found: the answer to the request for a token holds none; state is as it was
        pages unencrypted: Found: the answer to the request for a token holds none; state is as it was
        a link that is none: Found: the answer to the request for a token holds none; state is as it was
        a redirect: The service said: 307 the answer gives no reason; state is as it was
        an error without words: The service said: 400 the answer gives no reason; state is as it was
        an error of another shape: The service said: 400 {"error":[1,{"code":{}}]}; state is as it was
        a long error: The service said: 400 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; state is as it was
        an unknown status: Found: the answer to the request for a token holds none; state is as it was
    "#]].assert_eq(&text);
}

/// The largest resident set that a process had, in MiB.
#[cfg(target_os = "linux")]
fn most_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn no_answer_takes_all_memory() {
    let emulator = EmulatorProcess::start();
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resource = provider.resource("defender_identity_connector").await;
    let config = json!({ "workspace_id": WORKSPACE });
    resource.run(&mut provider, Some(&config)).await.unwrap();
    resource.refresh(&mut provider).await.unwrap();
    let before = resource.kept.clone();
    // What is parsed takes more room than its bytes: "0," makes a value of two.
    let numbers = json!({ "raw_body": format!(r#"{{"value": [{}0]}}"#, "0,".repeat(7 << 20)) });
    let read = format!(r#"{{"value": [{{"properties": {{"dataTypes": [{}0]}}}}]}}"#, "0,".repeat(7 << 20));
    let read = json!({ "raw_body": read });
    let page = |number: u32| {
        let text = "x".repeat(12 << 20);
        json!({ "raw_body": format!(r#"{{"value": [{{"name": "{text}"}}], "nextLink": "?api-version=1&page={number}"}}"#) })
    };
    // What nobody reads of a list is not kept, however much it is.
    let card = |number: u32| {
        let next = if number < 3 { format!("?api-version=1&page={number}") } else { String::new() };
        let text = "x".repeat(12 << 20);
        let item = format!(
            r#"{{"name": "{number}", "kind": "StaticUI", "properties": {{"connectorUiConfig": {{"a": "{text}"}}}}}}"#
        );
        json!({ "raw_body": format!(r#"{{"value": [{item}], "nextLink": "{next}"}}"#) })
    };
    let mut said = String::new();
    for (what, actions) in [
        ("spaces without end", vec![json!({ "endless": " " })]),
        ("numbers without end", vec![json!({ "endless": "[0,0,0,0" })]),
        ("many numbers", vec![numbers]),
        ("numbers where they are read", vec![read]),
        ("large pages", (0..4).map(page).collect()),
        ("large pages of cards", (0..4).map(card).collect()),
    ] {
        emulator.admin("DELETE", "/faults", None).await;
        for action in actions {
            let pattern = json!({ "method": "GET", "path": "dataConnectors?" });
            emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
        }
        provider.configure().await.unwrap();
        let outcome = match resource.refresh(&mut provider).await {
            Ok(()) => "nothing".to_owned(),
            Err(Failed::Gone) => panic!("the provider ended"),
            Err(Failed::Told(text)) => {
                let line =
                    text.lines().find(|line| line.starts_with("Found: ") || line.starts_with("The service said: "));
                line.unwrap_or(&text).to_owned()
            }
        };
        assert_eq!(resource.kept, before);
        said += &format!("{what}: {outcome}\n");
    }
    expect![[r#"
        spaces without end: Found: the answer is larger than 16777216 bytes
        numbers without end: Found: the answer is larger than 16777216 bytes
        many numbers: nothing
        numbers where they are read: The service said: 200 the list is larger than 33554432 bytes
        large pages: The service said: 200 the list is larger than 33554432 bytes
        large pages of cards: nothing
    "#]]
    .assert_eq(&said);
    let most = most_memory(provider.plugin.pid());
    assert!(most < 400, "{most} MiB");
}
