//! `settings`: entity behaviour analytics and its companions, in previews only \[spec\]. An update must say what it updates,
//! and what one setting needs of another holds in both directions.

use serde_json::{Value, json};

use super::arm_call::ArmCall;
use crate::emulator::collection::Resource;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/settings";

/// The kinds \[spec\], and the list that a body of the kind holds; the other two are on by being there.
const KINDS: [(&str, Option<&str>); 4] = [
    ("Anomalies", None),
    ("EntityAnalytics", Some("entityProviders")),
    ("EyesOn", None),
    ("Ueba", Some("dataSources")),
];

/// The setting that has to be on first \[seen: the order\], and the one that needs it.
const NEEDED: &str = "EntityAnalytics";
const NEEDS: &str = "Ueba";

/// Answers a call on the settings of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    if !arm.version.preview {
        return Err(refusals::no_such_path(arm.call.path()));
    }
    let id = workspace.id();
    match (arm.call.method.as_str(), arm.name) {
        ("GET", None) => {
            let settings = workspace.settings.read_all();
            Ok(Reply::json(
                200,
                json!({"value": settings.into_iter().map(|setting| setting.render(&id, TYPE)).collect::<Vec<_>>()}),
            ))
        }
        ("GET", Some(name)) => {
            let setting = workspace.settings.read(name).ok_or_else(|| refusals::not_found(TYPE, name))?;
            Ok(Reply::json(200, setting.render(&id, TYPE)))
        }
        ("PUT", Some(name)) => put(workspace, arm, name),
        ("DELETE", Some(name)) => {
            if name.eq_ignore_ascii_case(NEEDED) && workspace.settings.get(NEEDS).is_some() {
                // [inferred]
                let text = format!("Setting '{NEEDED}' cannot be removed while setting '{NEEDS}' is enabled.");
                return Err(refusals::bad_request(text));
            }
            let known = workspace.settings.remove(name, arm.behaviour.delete_lag_reads);
            Ok(Reply::empty(if known { 200 } else { 204 }))
        }
        (method, _) => Err(refusals::no_such_method(method)),
    }
}

fn put(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let sent = body.get("kind").and_then(Value::as_str).ok_or_else(|| refusals::missing_property("kind"))?;
    let known = KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(sent));
    let (kind, list) =
        known.ok_or_else(|| refusals::bad_request(format!("Setting kind '{sent}' is not supported.")))?;
    if !name.eq_ignore_ascii_case(kind) {
        // [seen]
        let text = format!("Setting name '{name}' should be identical to the setting kind '{kind}'");
        return Err(refusals::bad_request(text));
    }
    match (workspace.settings.get(name), body.get("etag").and_then(Value::as_str)) {
        // [seen]
        (Some(_), None) => return Err(refusals::bad_request("Update request should provide ETag")),
        // [inferred]; nor is any version known to do [seen: nobody got through with one].
        (Some(known), Some(etag)) if etag != known.etag => return Err(refusals::stale_etag()),
        _ => {}
    }
    if **kind == *NEEDS && workspace.settings.get(NEEDED).is_none() {
        // [inferred]
        let text = format!("Setting '{NEEDS}' cannot be enabled while setting '{NEEDED}' is not.");
        return Err(refusals::bad_request(text));
    }
    let properties = match list {
        Some(list) => {
            let items = body["properties"].get(list).filter(|items| items.is_array());
            json!({ *list: items.cloned().unwrap_or_else(|| json!([])) })
        }
        // Read-only: to be there is to be on [spec].
        None => json!({ "isEnabled": true }),
    };
    let setting = Resource::new(kind, Some(kind), properties);
    let shown = setting.render(&workspace.id(), TYPE);
    let created = workspace.settings.put(setting, arm.behaviour.lag_reads);
    Ok(Reply::json(if created { 201 } else { 200 }, shown))
}
