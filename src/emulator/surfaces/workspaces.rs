//! The plain ARM resources around Sentinel: subscriptions, to read, and workspaces, which are made, changed and removed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::arm_call::{location, page};

use crate::emulator::api_version::ApiVersion;
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::logs::Logs;
use crate::emulator::refusals;
use crate::emulator::scenario::{Client, Solutions, WorkspaceSeed};
use crate::emulator::tokens::Caller;
use crate::emulator::workspace::{Workspace, default_settings};
use crate::emulator::world::World;

const PROVIDERS: [&str; 4] =
    ["Microsoft.Authorization", "Microsoft.Insights", "Microsoft.OperationalInsights", "Microsoft.SecurityInsights"];

/// ARM's name of a workspace's type.
pub const TYPE: &str = "Microsoft.OperationalInsights/workspaces";

/// Days that a workspace keeps data of which nobody said more \[doc\].
const DEFAULT_RETENTION: u32 = 30;

/// \[spec: WorkspaceSkuNameEnum\]
const SKUS: [&str; 8] =
    ["Free", "Standard", "Premium", "PerNode", "PerGB2018", "Standalone", "CapacityReservation", "LACluster"];

/// `GET /subscriptions`: those of the caller's tenant.
pub fn subscriptions(world: &World, call: &Call, caller: &Caller, version: &ApiVersion) -> Reply {
    let mut ids: Vec<&str> = world
        .subscriptions
        .iter()
        .filter(|known| known.tenant_id.eq_ignore_ascii_case(&caller.tenant_id))
        .map(|known| known.id.as_str())
        .collect();
    ids.sort_unstable();
    let value: Vec<Value> = ids.iter().map(|id| describe_subscription(world, id)).collect();
    let count = json!({"type": "Total", "value": value.len()});
    let mut body = page(call, version, &world.behaviour, value);
    body["count"] = count;
    Reply::json(200, body)
}

/// `GET /subscriptions/{id}`.
pub fn subscription(world: &World, id: &str) -> Reply {
    Reply::json(200, describe_subscription(world, id))
}

fn describe_subscription(world: &World, id: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "displayName": "sentinel-emulator",
        "tenantId": world.subscription_tenant(id),
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
    })
}

/// `GET /subscriptions/{id}/providers`: the few that matter, registered unless the scenario says otherwise.
pub fn providers(world: &World, subscription_id: &str) -> Reply {
    let describe = |namespace: &&str| describe_provider(world, subscription_id, namespace);
    let value: Vec<Value> = PROVIDERS.iter().map(describe).collect();
    Reply::json(200, json!({"value": value}))
}

/// `GET /subscriptions/{id}/providers/{namespace}`.
pub fn provider(world: &World, subscription_id: &str, namespace: &str) -> Reply {
    match PROVIDERS.iter().find(|known| known.eq_ignore_ascii_case(namespace)) {
        Some(known) => Reply::json(200, describe_provider(world, subscription_id, known)),
        None => {
            let text = format!("The resource namespace '{namespace}' is invalid.");
            Reply::error(404, "InvalidResourceNamespace", text)
        }
    }
}

fn describe_provider(world: &World, subscription_id: &str, namespace: &str) -> Value {
    let lacks = |namespace: &str| {
        let known = world.subscriptions.iter().find(|known| known.id.eq_ignore_ascii_case(subscription_id));
        known.is_some_and(|known| known.unregistered.contains(&namespace.to_lowercase()))
    };
    json!({
        "id": format!("/subscriptions/{subscription_id}/providers/{namespace}"),
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": if lacks(namespace) { "NotRegistered" } else { "Registered" },
        "resourceTypes": [],
    })
}

/// Workspaces in a list, of a subscription or of one group in it.
pub fn list(world: &World, call: &Call, version: &ApiVersion, group: Option<&str>) -> Reply {
    let subscription_id = &call.segments[1];
    let inside = |workspace: &&Workspace| match group {
        Some(group) => workspace.is_in(subscription_id, group),
        None => workspace.subscription_id.eq_ignore_ascii_case(subscription_id),
    };
    let value: Vec<Value> = world.workspaces.iter().filter(inside).map(|found| render(found, version)).collect();
    Reply::json(200, page(call, version, &world.behaviour, value))
}

/// Answers a call on one workspace; its group is there.
pub fn answer(world: &mut World, call: &Call, version: &ApiVersion) -> Answer {
    let (subscription, group, name) = (&call.segments[1], &call.segments[3], &call.segments[7]);
    let is_it = |known: &Workspace| known.is_in(subscription, group) && known.name.eq_ignore_ascii_case(name);
    let at = world.workspaces.iter().position(is_it);
    let found = || at.ok_or_else(|| refusals::no_workspace(name, group));
    match call.method.as_str() {
        "GET" => {
            let workspace = &mut world.workspaces[found()?];
            let body = render(workspace, version);
            workspace.looks_left = workspace.looks_left.saturating_sub(1);
            Ok(Reply::json(200, body))
        }
        "PUT" => {
            let location = location(call)?;
            let at = match at {
                Some(at) => at,
                None => make(world, call, &location)?,
            };
            let workspace = &mut world.workspaces[at];
            if workspace.location != location {
                let text = format!(
                    "The resource '{name}' already exists in location '{}' in resource group '{group}'. A resource with the same name \
                     cannot be created in location '{location}'. Please select a new resource name.",
                    workspace.location
                );
                return Err(Reply::error(409, "InvalidResourceLocation", text));
            }
            set(workspace, call, default_settings())?;
            let status = if workspace.looks_left > 0 { 201 } else { 200 };
            Ok(Reply::json(status, render(workspace, version)))
        }
        "PATCH" => {
            let workspace = &mut world.workspaces[found()?];
            let own = workspace.own.clone();
            set(workspace, call, own)?;
            Ok(Reply::json(200, render(workspace, version)))
        }
        // The service can bring back what went without `force` for 14 days [doc]; here it is gone in any case.
        "DELETE" => match at {
            Some(at) => {
                world.workspaces.remove(at);
                Ok(Reply::empty(200))
            }
            None => Ok(Reply::empty(204)),
        },
        method => Err(refusals::no_such_method(method)),
    }
}

/// `POST .../sharedKeys` \[spec: SharedKeys\]: two keys of 64 bytes that follow from the workspace.
pub fn shared_keys(workspace: &Workspace) -> Reply {
    let key = |which: &str| {
        let part = |number: u8| {
            Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{which}{number}{}", workspace.customer_id).as_bytes())
        };
        STANDARD.encode((0..4).flat_map(|number| part(number).into_bytes()).collect::<Vec<u8>>())
    };
    Reply::json(200, json!({"primarySharedKey": key("primary"), "secondarySharedKey": key("secondary")}))
}

/// A new workspace without Sentinel; gives its place among the others.
fn make(world: &mut World, call: &Call, location: &str) -> Result<usize, Reply> {
    let (subscription, group, name) = (&call.segments[1], &call.segments[3], &call.segments[7]);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if !(4..=63).contains(&name.len()) || !name.chars().all(fits) || name.starts_with('-') || name.ends_with('-') {
        let text = "A workspace's name has 4 to 63 letters, digits and hyphens, and no hyphen at either end.";
        return Err(invalid(text));
    }
    let seed = WorkspaceSeed {
        subscription_id: subscription.clone(),
        resource_group: group.clone(),
        name: name.clone(),
        tenant_id: world.subscription_tenant(subscription).unwrap_or_default().to_owned(),
        location: location.to_owned(),
        customer_id: Some(Uuid::new_v4().to_string()),
        retention_in_days: DEFAULT_RETENTION,
        onboarded: false,
        portal_locked: false,
        connectors: Vec::new(),
        alert_rules: Vec::new(),
        workbooks: Vec::new(),
        solutions: Solutions::None,
        content_packages: Vec::new(),
        content_product_packages: Vec::new(),
        content_templates: Vec::new(),
        settings: Vec::new(),
        alert_rule_templates: Vec::new(),
        logs: Logs::new(),
        associations: Vec::new(),
        unregistered_providers: Vec::new(),
    };
    // What is wrong with the body must leave nothing behind.
    let mut draft = Workspace::new(seed).map_err(|error| invalid(&error))?;
    set(&mut draft, call, default_settings())?;
    draft.looks_left = world.behaviour.arm_operation_looks;
    world.workspaces.push(draft);
    Ok(world.workspaces.len() - 1)
}

/// Sets what the body says, on top of `own`.
fn set(workspace: &mut Workspace, call: &Call, mut own: Value) -> Result<(), Reply> {
    let body = call.json().filter(Value::is_object).ok_or_else(|| invalid("The request body is not a workspace."))?;
    if let Some(tags) = body.get("tags").filter(|tags| tags.is_object()) {
        own["tags"] = tags.clone();
    }
    let properties = &body["properties"];
    let sku = properties["sku"]["name"].as_str();
    if let Some(sku) = sku.filter(|sku| !SKUS.iter().any(|known| known.eq_ignore_ascii_case(sku))) {
        return Err(invalid(&format!("'{sku}' is not a valid value for 'sku.name'.")));
    }
    for name in ["sku", "features", "workspaceCapping"] {
        for (field, value) in properties[name].as_object().into_iter().flatten() {
            own["properties"][name][field] = value.clone();
        }
    }
    for name in ["publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"] {
        match &properties[name] {
            Value::Null => {}
            Value::String(access) if ["Enabled", "Disabled", "SecuredByPerimeter"].contains(&access.as_str()) => {
                own["properties"][name] = json!(access);
            }
            other => return Err(invalid(&format!("{other} is not a valid value for '{name}'."))),
        }
    }
    let days = match &properties["retentionInDays"] {
        // azurerm sends 0 for what is not configured [seen].
        Value::Null => {
            if call.method == "PATCH" {
                workspace.retention_in_days
            } else {
                DEFAULT_RETENTION
            }
        }
        days if days == 0 => DEFAULT_RETENTION,
        days => {
            let whole = days.as_u64().and_then(|days| u32::try_from(days).ok());
            let fits = whole.filter(|days| *days == 7 || (30..=730).contains(days));
            fits.ok_or_else(|| invalid(&format!("{days} is not a valid value for 'retentionInDays'.")))?
        }
    };
    (workspace.own, workspace.retention_in_days) = (own, days);
    Ok(())
}

fn invalid(text: &str) -> Reply {
    Reply::error(400, "InvalidParameter", text)
}

/// A workspace as the service shows it \[spec\].
fn render(workspace: &Workspace, version: &ApiVersion) -> Value {
    let mut body = workspace.own.clone();
    body["id"] = json!(workspace.id());
    body["name"] = json!(workspace.name);
    body["type"] = json!(TYPE);
    body["location"] = json!(workspace.location);
    let properties = &mut body["properties"];
    properties["customerId"] = json!(workspace.customer_id);
    properties["provisioningState"] = json!(workspace.provisioning_state());
    properties["retentionInDays"] = json!(workspace.retention_in_days);
    properties["workspaceCapping"]["dataIngestionStatus"] = json!("RespectQuota");
    properties["features"]["legacy"] = json!(0);
    properties["features"]["searchVersion"] = json!(1);
    // The newest versions alone name the experiences [spec].
    if !version.preview && version.date.as_str() >= "2025-07-01" {
        properties["features"]["associations"] = json!(workspace.associations);
    }
    body
}

/// `GET .../providers/Microsoft.Authorization/permissions` on a workspace or its group: everything but what the scenario
/// denies \[doc: as roles that are assigned there or above have it\].
pub fn permissions(client: Option<&Client>) -> Reply {
    let denied = client.map(|client| client.deny.clone()).unwrap_or_default();
    let value = json!([{"actions": ["*"], "notActions": denied, "dataActions": [], "notDataActions": []}]);
    Reply::json(200, json!({"value": value}))
}
