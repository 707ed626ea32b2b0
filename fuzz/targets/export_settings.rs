//! Any export settings and any refusals: what is not ours stays as it was in every body that is sent, what is managed is
//! asked for, and it ends.
#![no_main]

use defender_fuzz::Feed;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value as Json, json};
use terraform_provider_defender::arm::Error;
use terraform_provider_defender::arm::fuzz::answer;
use terraform_provider_defender::provider::fuzz::write;

const NAMES: [&str; 12] = [
    "DeviceInfo",
    "AdvancedHunting-DeviceInfo",
    "deviceinfo",
    "DeviceEvents",
    "AdvancedHunting-DeviceEvents",
    "EmailEvents",
    "AdvancedHunting-EmailEvents",
    "Alert",
    "Incident",
    "AdvancedHunting-NewTable",
    "NewTable",
    "",
];

fn names(feed: &mut Feed<'_>) -> Vec<&'static str> {
    (0..feed.below(5)).map(|_| NAMES[feed.below(NAMES.len())]).collect()
}

/// A setting as the service has it, or nearly.
fn setting(feed: &mut Feed<'_>) -> Json {
    let logs: Vec<Json> =
        names(feed).iter().map(|name| json!({"category": name, "enabled": !feed.byte().is_multiple_of(3)})).collect();
    let mut setting = json!({"id": "s", "workspaceProperties": {"workspaceResourceId": feed.text()}, "logs": logs});
    match feed.below(8) {
        0 => setting["logs"] = json!({}),
        1 => setting["workspaceProperties"] = json!([1]),
        2 => setting["id"] = json!(7),
        _ => {}
    }
    setting
}

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    let (made, id) = (feed.byte().is_multiple_of(2), if feed.byte() == 0 { "" } else { "s" });
    let (tables, before) = (names(&mut feed), names(&mut feed));
    let refusals: Vec<Error> = (0..feed.below(5))
        .filter_map(|_| {
            let message = format!("Categories {} are not supported.", names(&mut feed).join(", "));
            let body = json!({"error": {"code": "BadRequest", "message": message}}).to_string();
            answer(400, &[], body.as_bytes(), true).err()
        })
        .collect();
    let settings = if made {
        (0..feed.below(3)).map(|_| setting(&mut feed)).collect()
    } else {
        match serde_json::from_slice(feed.rest()) {
            Ok(Json::Array(settings)) => settings,
            Ok(setting) => vec![setting],
            Err(_) => return,
        }
    };
    let written = write(&settings, id, &tables, &before, &refusals).expect("a workspace");
    assert!(written.bodies.len() <= refusals.len() + 1);
    for body in &written.bodies {
        let logs = body["logs"].as_array().expect("logs");
        assert!(logs.iter().all(|log| log["category"].is_string() && log["enabled"].is_boolean()), "{body}");
        assert_eq!(body["id"], id);
    }
    // What is on and nobody's table stays on, whatever is written.
    let current = settings.iter().find(|setting| setting["id"].as_str().unwrap_or_default().eq_ignore_ascii_case(id));
    let logs = current.and_then(|setting| setting["logs"].as_array()).into_iter().flatten();
    let mut last = std::collections::BTreeMap::new();
    for log in logs {
        last.insert(log["category"].as_str().unwrap_or_default(), log["enabled"] == true);
    }
    if last.get("Alert") == Some(&true) && !tables.contains(&"Alert") && !before.contains(&"Alert") {
        for body in &written.bodies {
            let on = json!({"category": "Alert", "enabled": true});
            assert!(body["logs"].as_array().is_some_and(|logs| logs.contains(&on)), "{body}");
        }
    }
});
