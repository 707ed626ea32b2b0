//! `dataConnectors`: what may be written, what is shown, and what Defender XDR does to its neighbours. Which kinds there
//! are is data in `connector_kinds`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::arm_call::ArmCall;
use super::content_packages;
use crate::emulator::api_version::ApiVersion;
use crate::emulator::collection::{Collection, Resource};
use crate::emulator::connector_kinds::{self, Kind, XDR, XDR_COMPONENTS};
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::scenario::{Licence, XdrComponents};
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/dataConnectors";

/// Answers a call on the data connectors of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    match (arm.call.method.as_str(), arm.name) {
        ("GET", None) => Ok(list(workspace, arm)),
        ("GET", Some(name)) => get(workspace, arm, name),
        ("PUT", Some(name)) => put(workspace, arm, name),
        ("DELETE", Some(name)) => delete(workspace, arm, name),
        (method, _) => Err(refusals::no_such_method(method)),
    }
}

/// LIST: a stable version leaves out the kinds it does not have \[inferred\].
fn list(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Reply {
    let id = workspace.id();
    let found = workspace.connectors.read_all();
    let mut value: Vec<Value> = found.into_iter().filter_map(|connector| show(connector, &id, &arm.version)).collect();
    if arm.behaviour.static_cards {
        value.extend(static_cards(&id, &content_packages::cards(workspace)));
    }
    arm.page(value)
}

/// GET: a version that does not have the connector's kind refuses it \[inferred from the refusal on PUT\].
fn get(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let id = workspace.id();
    let connector = workspace.connectors.read(name).ok_or_else(|| refusals::not_found(TYPE, name))?;
    match show(connector, &id, &arm.version) {
        Some(body) => Ok(Reply::json(200, body)),
        None => Err(unsupported_kind(connector.kind.as_deref().unwrap_or_default(), &arm.version)),
    }
}

fn put(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let kind = body.get("kind").and_then(Value::as_str).ok_or_else(|| refusals::missing_property("kind"))?;
    let kind = connector_kinds::find(kind)
        .filter(|kind| kind.is_in(&arm.version))
        .ok_or_else(|| unsupported_kind(kind, &arm.version))?;
    let mut properties = read_properties(kind, &body, &arm.version)?;
    check_tenant(workspace, arm, &properties)?;
    if workspace.portal_locked && kind.portal_locks {
        return Err(portal_lock());
    }
    check_licence(kind, arm)?;

    let known = workspace.connectors.get(name);
    if let Some(known) = known {
        check_replacement(known, kind, &body)?;
        keep_what_the_version_cannot_name(kind, known, &arm.version, &mut properties);
    }
    check_only_one(&workspace.connectors, name, kind, &properties)?;

    let connector = Resource::new(known.map_or(name, |known| &known.name), Some(kind.name), properties);
    let shown = show(&connector, &workspace.id(), &arm.version).unwrap_or(Value::Null);
    // The service does not keep a connector that connects nothing [seen for MCAS, inferred for the rest].
    if known.is_none() && !kind.data_types.is_empty() && !has_enabled(&connector.properties) {
        return Ok(Reply::json(200, shown));
    }
    let brings_components = arm.behaviour.xdr_components == XdrComponents::AppearLocked && is_xdr_on(&connector);
    let created = workspace.connectors.put(connector, arm.behaviour.lag_reads);
    if brings_components {
        connect_components(workspace);
    }
    Ok(Reply::json(if created { 201 } else { 200 }, shown))
}

fn delete(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let Some(connector) = workspace.connectors.get(name) else { return Ok(Reply::empty(204)) };
    let kind = connector.kind.as_deref().unwrap_or_default();
    if workspace.portal_locked && connector_kinds::find(kind).is_some_and(|kind| kind.portal_locks) {
        return Err(portal_lock());
    }
    if arm.behaviour.xdr_components == XdrComponents::AppearLocked
        && XDR_COMPONENTS.contains(&kind)
        && workspace.connectors.all().any(is_xdr_on)
    {
        let text = format!("The connector '{name}' cannot be disconnected while Microsoft Defender XDR is connected.");
        return Err(refusals::bad_request(text));
    }
    workspace.connectors.remove(name, arm.behaviour.delete_lag_reads);
    Ok(Reply::empty(200))
}

/// Reads the properties of a body: required ones must be there, unknown ones are dropped, states are spelt right.
/// Every version is held to what the previews require; older stable ones require nothing on paper \[spec\].
fn read_properties(kind: &Kind, body: &Value, version: &ApiVersion) -> Result<Value, Reply> {
    let sent = body.get("properties").and_then(Value::as_object);
    let sent = sent.ok_or_else(|| refusals::missing_property("properties"))?;
    let mut kept = Map::new();
    for name in kind.required {
        let value = sent.get(*name).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| refusals::missing_property(&format!("properties.{name}")))?;
        kept.insert((*name).to_owned(), value.clone());
    }
    for name in kind.optional.iter().filter(|name| kind.shows(name, version)) {
        if let Some(value) = sent.get(*name).filter(|value| !value.is_null()) {
            kept.insert((*name).to_owned(), value.clone());
        }
    }
    if let Some(filter) = kept.get("filteredProviders") {
        let names = filter.get("alerts").and_then(Value::as_array);
        let names = names.ok_or_else(|| refusals::missing_property("properties.filteredProviders.alerts"))?;
        if !names.iter().all(Value::is_string) {
            return Err(refusals::unparsable("Could not convert 'filteredProviders.alerts' to a list of strings."));
        }
    }
    if !kind.data_types.is_empty() {
        // "Optional" in some kinds of the specification, and yet refused when absent [seen].
        let sent = sent.get("dataTypes").and_then(Value::as_object);
        let sent = sent.ok_or_else(|| refusals::missing_property("properties.dataTypes"))?;
        kept.insert("dataTypes".to_owned(), Value::Object(read_data_types(kind, sent, version)?));
    }
    Ok(Value::Object(kept))
}

fn read_data_types(kind: &Kind, sent: &Map<String, Value>, version: &ApiVersion) -> Result<Map<String, Value>, Reply> {
    let mut kept = Map::new();
    for data_type in kind.data_types {
        let path = format!("properties.dataTypes.{}", data_type.name);
        let Some(value) = sent.get(data_type.name).filter(|value| !value.is_null()) else {
            if data_type.required {
                return Err(refusals::missing_property(&path));
            }
            continue;
        };
        if data_type.is_gone_in(version) {
            let text = format!("Could not find member '{}' on object of type '{}'.", data_type.name, kind.name);
            return Err(refusals::unparsable(&text));
        }
        if !data_type.is_in(version) {
            continue;
        }
        let mut value =
            value.as_object().cloned().ok_or_else(|| refusals::missing_property(&format!("{path}.state")))?;
        match value.get("state") {
            Some(Value::String(state)) => {
                let state = ["Enabled", "Disabled"].into_iter().find(|known| known.eq_ignore_ascii_case(state));
                let text = format!("Error converting value to type 'DataTypeState'. Path '{path}.state'.");
                value.insert("state".to_owned(), json!(state.ok_or_else(|| refusals::unparsable(&text))?));
            }
            // A data type on its way out is sent without its state by the azurerm provider [seen].
            None | Some(Value::Null) if data_type.gone_since.is_some() => {}
            _ => return Err(refusals::missing_property(&format!("{path}.state"))),
        }
        if data_type.lookback && !value.get("lookbackPeriod").is_some_and(Value::is_string) {
            return Err(refusals::missing_property(&format!("{path}.lookbackPeriod")));
        }
        kept.insert(data_type.name.to_owned(), Value::Object(value));
    }
    Ok(kept)
}

/// Data of another tenant cannot be connected \[doc: azurerm; status and text inferred\].
fn check_tenant(workspace: &Workspace, arm: &ArmCall<'_>, properties: &Value) -> Result<(), Reply> {
    let Some(tenant) = properties.get("tenantId") else { return Ok(()) };
    let tenant = tenant.as_str().unwrap_or_default();
    if tenant.eq_ignore_ascii_case(&arm.caller.tenant_id) && tenant.eq_ignore_ascii_case(&workspace.tenant_id) {
        return Ok(());
    }
    let text = format!(
        "The tenant '{tenant}' of the connector does not match the tenant '{}' of the request. Connecting across tenants \
         is not supported.",
        arm.caller.tenant_id
    );
    Err(refusals::bad_request(text))
}

/// 401 here is about licences, not about the token \[seen\].
fn check_licence(kind: &Kind, arm: &ArmCall<'_>) -> Result<(), Reply> {
    match licence(kind, arm) {
        Licence::Valid => Ok(()),
        Licence::MissingConsent => Err(Reply::error(401, "InvalidLicense", "Missing consent")),
        Licence::Invalid => Err(Reply::error(401, "InvalidLicense", "License is invalid")),
    }
}

/// The licence of a kind in the workspace's tenant.
pub fn licence(kind: &Kind, arm: &ArmCall<'_>) -> Licence {
    let named = arm.licences.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind.name));
    named.map_or(Licence::Valid, |(_, licence)| *licence)
}

/// A kind is for life \[inferred\], and an etag in the body must be the present one \[inferred\].
fn check_replacement(known: &Resource, kind: &Kind, body: &Value) -> Result<(), Reply> {
    let known_kind = known.kind.as_deref().unwrap_or_default();
    if !known_kind.eq_ignore_ascii_case(kind.name) {
        let text = format!(
            "The kind of the connector '{}' is '{known_kind}' and cannot be changed to '{}'.",
            known.name, kind.name
        );
        return Err(refusals::bad_request(text));
    }
    match body.get("etag").and_then(Value::as_str) {
        Some(etag) if etag != known.etag && etag != "*" => Err(refusals::stale_etag()),
        _ => Ok(()),
    }
}

/// One connector per kind and context id \[seen: the sentence; status inferred\].
fn check_only_one(connectors: &Collection, name: &str, kind: &Kind, properties: &Value) -> Result<(), Reply> {
    let Some(context) = context_id(kind, properties) else { return Ok(()) };
    let twin = connectors.all().find(|other| {
        !other.name.eq_ignore_ascii_case(name)
            && other.kind.as_deref() == Some(kind.name)
            && context_id(kind, &other.properties).is_some_and(|id| id == context)
    });
    if twin.is_none() {
        return Ok(());
    }
    let text = "Data connector validation failed: there cannot be two connectors with different names and the same kind and context id.";
    Err(refusals::bad_request(text))
}

fn context_id(kind: &Kind, properties: &Value) -> Option<String> {
    Some(properties.get(kind.context?)?.as_str()?.to_lowercase())
}

/// What an older version cannot name survives its PUT \[inferred\].
fn keep_what_the_version_cannot_name(kind: &Kind, known: &Resource, version: &ApiVersion, properties: &mut Value) {
    for name in kind.optional.iter().filter(|name| !kind.shows(name, version)) {
        if let Some(value) = known.properties.get(*name) {
            properties[*name] = value.clone();
        }
    }
    for data_type in kind.data_types.iter().filter(|data_type| !data_type.is_in(version)) {
        if let Some(value) = known.properties.pointer(&format!("/dataTypes/{}", data_type.name)) {
            properties["dataTypes"][data_type.name] = value.clone();
        }
    }
}

/// A connector as a version shows it; nothing when the version does not have its kind. Kinds no table knows are shown.
fn show(connector: &Resource, workspace_id: &str, version: &ApiVersion) -> Option<Value> {
    let mut body = connector.render(workspace_id, TYPE);
    let Some(kind) = connector.kind.as_deref().and_then(connector_kinds::find) else { return Some(body) };
    if !kind.is_in(version) {
        return None;
    }
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.retain(|name, _| kind.shows(name, version));
        if let Some(data_types) = properties.get_mut("dataTypes").and_then(Value::as_object_mut) {
            data_types.retain(|name, _| kind.data_type(name).is_none_or(|data_type| data_type.is_in(version)));
        }
    }
    let (pointer, form) = connector_kinds::RESHAPED_DATE;
    if let Some(date) = body["properties"].pointer_mut(pointer)
        && let Some(time) = date.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok())
    {
        *date = json!(time.strftime(form).to_string());
    }
    Some(body)
}

fn has_enabled(properties: &Value) -> bool {
    let data_types = properties.get("dataTypes").and_then(Value::as_object);
    data_types.is_some_and(|data_types| data_types.values().any(|value| value["state"] == "Enabled"))
}

fn is_xdr_on(connector: &Resource) -> bool {
    connector.kind.as_deref() == Some(XDR)
        && connector.properties.pointer("/dataTypes/incidents/state") == Some(&json!("Enabled"))
}

/// The 2021 behaviour: XDR brings the connectors of its components along \[doc\].
fn connect_components(workspace: &mut Workspace) {
    for kind in XDR_COMPONENTS {
        if workspace.connectors.all().any(|connector| connector.kind.as_deref() == Some(kind)) {
            continue;
        }
        let properties = json!({"tenantId": workspace.tenant_id, "dataTypes": {"alerts": {"state": "Enabled"}}});
        workspace.connectors.put(Resource::new(&Uuid::new_v4().to_string(), Some(kind), properties), 0);
    }
}

/// Cards that the portal keeps in the list and no client can write \[seen: that there are such; shape inferred\].
fn static_cards(workspace_id: &str, of_solutions: &[(&str, String)]) -> Vec<Value> {
    let card = |name: &str, kind: &str, title: &str| {
        let properties = json!({"connectorUiConfig": {"id": name, "title": title, "publisher": "Microsoft"}});
        Resource {
            name: name.to_owned(),
            kind: Some(kind.to_owned()),
            etag: "\"0\"".to_owned(),
            properties,
            tracked: Value::Null,
        }
        .render(workspace_id, TYPE)
    };
    let mut cards = vec![
        card("SecurityEvents", "StaticUI", "Security Events via Legacy Agent"),
        card("MicrosoftDefenderForCloudTenantBased", "GenericUI", "Tenant-based Microsoft Defender for Cloud"),
    ];
    // Its name is what content calls the connector by, which may be the name of a kind [seen].
    cards.extend(of_solutions.iter().map(|(name, title)| card(name, "StaticUI", title)));
    cards
}

fn unsupported_kind(kind: &str, version: &ApiVersion) -> Reply {
    refusals::bad_request(format!("Connector kind '{kind}' is not supported in api-version: '{version}'"))
}

/// The fixed words of a workspace that the Defender portal has taken over \[seen\].
fn portal_lock() -> Reply {
    refusals::bad_request(
        "The workspace is enabled through the Microsoft Threat Protection Portal. Changes to the connector in Microsoft \
         Sentinel are disabled.",
    )
}
