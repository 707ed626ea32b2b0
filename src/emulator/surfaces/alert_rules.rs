//! `alertRules`: incident-creation rules in full, Fusion and the other kinds as far as a list must carry them.

use serde_json::{Value, json};

use super::arm_call::ArmCall;
use crate::emulator::collection::Resource;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/alertRules";
const INCIDENT_CREATION: &str = "MicrosoftSecurityIncidentCreation";

/// Kinds in every version \[spec\].
const STABLE_KINDS: [&str; 3] = ["Fusion", INCIDENT_CREATION, "Scheduled"];
/// Kinds in previews only \[spec\].
const PREVIEW_KINDS: [&str; 3] = ["MLBehaviorAnalytics", "NRT", "ThreatIntelligence"];
/// The products \[spec; the last two in stable versions inferred\].
const PRODUCTS: [&str; 7] = [
    "Azure Active Directory Identity Protection",
    "Azure Advanced Threat Protection",
    "Azure Security Center",
    "Azure Security Center for IoT",
    "Microsoft Cloud App Security",
    "Microsoft Defender Advanced Threat Protection",
    "Office 365 Advanced Threat Protection",
];
const SEVERITIES: [&str; 4] = ["High", "Medium", "Low", "Informational"];

/// Answers a call on the alert rules of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    let id = workspace.id();
    match (arm.call.method.as_str(), arm.name) {
        ("GET", None) => {
            let rules = workspace.alert_rules.read_all();
            Ok(arm.page(rules.into_iter().map(|rule| rule.render(&id, TYPE)).collect()))
        }
        ("GET", Some(name)) => {
            let rule = workspace.alert_rules.read(name).ok_or_else(|| refusals::not_found(TYPE, name))?;
            Ok(Reply::json(200, rule.render(&id, TYPE)))
        }
        ("PUT", Some(name)) => put(workspace, arm, name),
        ("DELETE", Some(name)) => {
            let known = workspace.alert_rules.remove(name, arm.behaviour.delete_lag_reads);
            Ok(Reply::empty(if known { 200 } else { 204 }))
        }
        (method, _) => Err(refusals::no_such_method(method)),
    }
}

fn put(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let sent = body.get("kind").and_then(Value::as_str).ok_or_else(|| refusals::missing_property("kind"))?;
    let previews = PREVIEW_KINDS.iter().filter(|_| arm.version.preview);
    let kind =
        *STABLE_KINDS.iter().chain(previews).find(|known| known.eq_ignore_ascii_case(sent)).ok_or_else(|| {
            refusals::bad_request(format!(
                "Alert rule kind '{sent}' is not supported in api-version: '{}'",
                arm.version
            ))
        })?;
    let mut properties = body.get("properties").cloned().unwrap_or(Value::Null);
    if !properties.is_object() {
        return Err(refusals::missing_property("properties"));
    }
    match kind {
        INCIDENT_CREATION => check_incident_creation(&properties)?,
        "Fusion" => check_fusion(workspace, name, &properties)?,
        _ => required(&properties, "displayName", Value::is_string)?,
    }

    let known = workspace.alert_rules.get(name);
    if let Some(known) = known {
        if known.kind.as_deref() != Some(kind) {
            let text = format!("The kind of the alert rule '{name}' cannot be changed.");
            return Err(refusals::bad_request(text));
        }
        match body.get("etag").and_then(Value::as_str) {
            Some(etag) if etag != known.etag && etag != "*" => return Err(refusals::stale_etag()),
            // The oldest version refuses an update that does not say what it updates [seen].
            None | Some("") if arm.version.date == "2020-01-01" => return Err(refusals::stale_etag()),
            _ => {}
        }
    }
    properties["lastModifiedUtc"] = json!(jiff::Timestamp::now().to_string());
    let rule = Resource::new(known.map_or(name, |known| &known.name), Some(kind), properties);
    let shown = rule.render(&workspace.id(), TYPE);
    let created = workspace.alert_rules.put(rule, arm.behaviour.lag_reads);
    Ok(Reply::json(if created { 201 } else { 200 }, shown))
}

fn check_incident_creation(properties: &Value) -> Result<(), Reply> {
    required(properties, "displayName", Value::is_string)?;
    required(properties, "enabled", Value::is_boolean)?;
    required(properties, "productFilter", Value::is_string)?;
    // An open enum on paper; the service is taken to know its products [inferred].
    let product = properties["productFilter"].as_str().unwrap_or_default();
    if !PRODUCTS.contains(&product) {
        return Err(refusals::bad_request(format!("The product '{product}' is not supported in 'productFilter'.")));
    }
    for name in ["displayNamesFilter", "displayNamesExcludeFilter", "severitiesFilter"] {
        let items = match properties.get(name) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(items)) => items,
            Some(_) => return Err(refusals::unparsable(&format!("Could not convert '{name}' to a list."))),
        };
        let is_wrong = |item: &&Value| match item.as_str() {
            None => true,
            Some(text) => name == "severitiesFilter" && !SEVERITIES.contains(&text),
        };
        if let Some(wrong) = items.iter().find(is_wrong) {
            return Err(refusals::bad_request(format!("The value {wrong} is not supported in '{name}'.")));
        }
    }
    Ok(())
}

/// There is one Fusion rule in a workspace \[seen\]; the refusal's words are \[inferred\].
fn check_fusion(workspace: &Workspace, name: &str, properties: &Value) -> Result<(), Reply> {
    required(properties, "enabled", Value::is_boolean)?;
    required(properties, "alertRuleTemplateName", Value::is_string)?;
    let is_other = |rule: &Resource| rule.kind.as_deref() == Some("Fusion") && !rule.name.eq_ignore_ascii_case(name);
    if workspace.alert_rules.all().any(is_other) {
        return Err(refusals::bad_request("A workspace can have only one Fusion alert rule."));
    }
    Ok(())
}

fn required(properties: &Value, name: &str, fits: fn(&Value) -> bool) -> Result<(), Reply> {
    match properties.get(name) {
        None | Some(Value::Null) => Err(refusals::missing_property(&format!("properties.{name}"))),
        Some(value) if fits(value) => Ok(()),
        Some(_) => Err(refusals::unparsable(&format!("Could not convert the value of '{name}'."))),
    }
}
