//! `dataConnectorsCheckRequirements`: may this tenant connect this kind? Previews only \[spec\].

use serde_json::{Value, json};

use super::arm_call::{ArmCall, method_is};
use super::data_connectors::licence;
use crate::emulator::connector_kinds;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::scenario::Licence;

/// Answers a check. Which of the two states a missing consent turns is \[inferred\].
pub fn answer(arm: &ArmCall<'_>) -> Answer {
    if !arm.version.preview || arm.name.is_some() {
        return Err(refusals::no_such_path(arm.call.path()));
    }
    method_is(arm.call, "POST")?;
    let body = arm.body()?;
    let name = body.get("kind").and_then(Value::as_str).ok_or_else(|| refusals::missing_property("kind"))?;
    let kind = connector_kinds::find(name).filter(|kind| kind.check && kind.is_in(&arm.version)).ok_or_else(|| {
        let text = format!("Connector kind '{name}' is not supported in api-version: '{}'", arm.version);
        refusals::bad_request(text)
    })?;
    if let Some(context @ ("tenantId" | "subscriptionId")) = kind.context {
        let path = format!("properties.{context}");
        let value = body.pointer(&format!("/properties/{context}")).and_then(Value::as_str);
        value.ok_or_else(|| refusals::missing_property(&path))?;
    }
    let (authorization, license) = match licence(kind, arm) {
        Licence::Valid => ("Valid", "Valid"),
        Licence::MissingConsent => ("Invalid", "Valid"),
        Licence::Invalid => ("Valid", "Invalid"),
    };
    Ok(Reply::json(200, json!({"authorizationState": authorization, "licenseState": license})))
}
