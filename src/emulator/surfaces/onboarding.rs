//! `onboardingStates/default`: whether Microsoft Sentinel is on in a workspace \[spec\]. Everything else asks here first.

use serde_json::{Value, json};

use super::arm_call::ArmCall;
use crate::emulator::collection::Resource;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/onboardingStates";
const DEFAULT: &str = "default";

/// Whether Sentinel is on; a fresh onboarding counts this as a read of its lag.
pub fn is_on(workspace: &mut Workspace) -> bool {
    workspace.onboarding.read(DEFAULT).is_some()
}

/// What a call to a workspace without Sentinel gets \[seen: beginning of the text\].
pub fn refusal(workspace: &Workspace) -> Reply {
    refusals::bad_request(format!(
        "Workspace '{}' is not onboarded to Microsoft Sentinel. Onboard the workspace and try again.",
        workspace.name
    ))
}

/// Answers a call on the onboarding states of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    let id = workspace.id();
    let Some(name) = arm.name else {
        super::arm_call::method_is(arm.call, "GET")?;
        let states = workspace.onboarding.read_all();
        let value: Vec<Value> = states.into_iter().map(|state| state.render(&id, TYPE)).collect();
        return Ok(Reply::json(200, json!({"value": value})));
    };
    if !name.eq_ignore_ascii_case(DEFAULT) {
        return Err(refusals::bad_request(format!("The onboarding state '{name}' is not supported; use 'default'.")));
    }
    match arm.call.method.as_str() {
        "GET" => {
            let state = workspace.onboarding.read(DEFAULT).ok_or_else(|| refusals::not_found(TYPE, name))?;
            Ok(Reply::json(200, state.render(&id, TYPE)))
        }
        "PUT" => {
            let customer_managed_key = customer_managed_key(arm)?;
            let properties = json!({"customerManagedKey": customer_managed_key});
            let state = Resource::new(DEFAULT, None, properties);
            let body = state.render(&id, TYPE);
            let created = workspace.onboarding.put(state, arm.behaviour.lag_reads);
            Ok(Reply::json(if created { 201 } else { 200 }, body))
        }
        "DELETE" => {
            if !workspace.onboarding.remove(DEFAULT, arm.behaviour.delete_lag_reads) {
                return Ok(Reply::empty(204));
            }
            // Offboarding removes Sentinel's configuration [doc]; at once here [inferred].
            workspace.connectors.clear();
            workspace.alert_rules.clear();
            workspace.settings.clear();
            workspace.content_packages.clear();
            Ok(Reply::empty(200))
        }
        method => Err(refusals::no_such_method(method)),
    }
}

/// The one property of the body; the body may be left out \[spec\].
fn customer_managed_key(arm: &ArmCall<'_>) -> Result<bool, Reply> {
    if arm.call.body.is_empty() {
        return Ok(false);
    }
    match arm.body()?.pointer("/properties/customerManagedKey") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(refusals::unparsable("Could not convert 'customerManagedKey' to boolean.")),
    }
}
