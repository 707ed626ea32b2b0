//! The plain ARM resources around Sentinel: subscriptions, resource groups, the workspace itself. Read only.

use serde_json::{Value, json};

use crate::emulator::api_version::ApiVersion;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::scenario::Client;
use crate::emulator::tokens::Caller;
use crate::emulator::world::{Workspace, World};

const PROVIDERS: [&str; 4] =
    ["Microsoft.Authorization", "Microsoft.Insights", "Microsoft.OperationalInsights", "Microsoft.SecurityInsights"];

/// `GET /subscriptions`: those of the caller's tenant.
pub fn subscriptions(world: &World, caller: &Caller) -> Reply {
    let mut ids: Vec<&str> = world
        .workspaces
        .iter()
        .filter(|workspace| workspace.tenant_id.eq_ignore_ascii_case(&caller.tenant_id))
        .map(|workspace| workspace.subscription_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let value: Vec<Value> = ids.iter().map(|id| describe_subscription(world, id)).collect();
    Reply::json(200, json!({"value": value, "count": {"type": "Total", "value": value.len()}}))
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

/// `GET /subscriptions/{id}/providers`: the few that matter, all registered.
pub fn providers(subscription_id: &str) -> Reply {
    let value: Vec<Value> = PROVIDERS.iter().map(|namespace| describe_provider(subscription_id, namespace)).collect();
    Reply::json(200, json!({"value": value}))
}

/// `GET /subscriptions/{id}/providers/{namespace}`.
pub fn provider(subscription_id: &str, namespace: &str) -> Reply {
    match PROVIDERS.iter().find(|known| known.eq_ignore_ascii_case(namespace)) {
        Some(known) => Reply::json(200, describe_provider(subscription_id, known)),
        None => {
            let text = format!("The resource namespace '{namespace}' is invalid.");
            Reply::error(404, "InvalidResourceNamespace", text)
        }
    }
}

fn describe_provider(subscription_id: &str, namespace: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription_id}/providers/{namespace}"),
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": "Registered",
        "resourceTypes": [],
    })
}

/// `GET .../resourceGroups/{name}`; a group exists as far as workspaces name it.
pub fn resource_group(world: &World, subscription_id: &str, name: &str) -> Answer {
    let inside = world.workspaces.iter().find(|workspace| {
        workspace.subscription_id.eq_ignore_ascii_case(subscription_id)
            && workspace.resource_group.eq_ignore_ascii_case(name)
    });
    let workspace = inside.ok_or_else(|| refusals::no_resource_group(name))?;
    let body = json!({
        "id": format!("/subscriptions/{}/resourceGroups/{}", workspace.subscription_id, workspace.resource_group),
        "name": workspace.resource_group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": workspace.location,
        "properties": {"provisioningState": "Succeeded"},
    });
    Ok(Reply::json(200, body))
}

/// `GET .../workspaces/{name}` \[spec\].
pub fn workspace(workspace: &Workspace, version: &ApiVersion) -> Reply {
    let mut body = json!({
        "id": workspace.id(),
        "name": workspace.name,
        "type": "Microsoft.OperationalInsights/workspaces",
        "location": workspace.location,
        "tags": {},
        "properties": {
            "customerId": workspace.customer_id,
            "provisioningState": "Succeeded",
            "sku": {"name": "pergb2018"},
            "retentionInDays": workspace.retention_in_days,
            "features": {
                "legacy": 0,
                "searchVersion": 1,
                "enableLogAccessUsingOnlyResourcePermissions": true,
            },
            "workspaceCapping": {"dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota"},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
        },
    });
    // The newest versions alone name the experiences [spec].
    if !version.preview && version.date.as_str() >= "2025-07-01" {
        body["properties"]["features"]["associations"] = json!(workspace.associations);
    }
    Reply::json(200, body)
}

/// `GET .../providers/Microsoft.Authorization/permissions` on a workspace: everything but what the scenario denies.
pub fn permissions(client: Option<&Client>) -> Reply {
    let denied = client.map(|client| client.deny.clone()).unwrap_or_default();
    let value = json!([{"actions": ["*"], "notActions": denied, "dataActions": [], "notDataActions": []}]);
    Reply::json(200, json!({"value": value}))
}
