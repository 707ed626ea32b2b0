//! `/_emulator`: what tests and demonstrations do behind the service's back. No token is asked for; the socket is on
//! loopback. Nothing here follows the service's rules, that is its point.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::export_settings::has_id;
use crate::emulator::collection::{Collection, Resource, fresh_etag};
use crate::emulator::connector_kinds;
use crate::emulator::cutover;
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::identities::EXCHANGE_AUDIENCE;
use crate::emulator::issuers::{Statement, address};
use crate::emulator::logs;
use crate::emulator::scenario::Tenant;
use crate::emulator::tokens::Caller;
use crate::emulator::workspace::Workspace;
use crate::emulator::world::World;

/// The application that the Azure CLI signs people in with \[doc\].
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Answers an admin call.
pub fn answer(world: &mut World, call: &Call) -> Answer {
    let below: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    match (call.method.as_str(), below.as_slice()) {
        ("GET", ["state"]) => Ok(state(world)),
        ("POST", ["workspaces"]) => {
            world.put_workspace(read(call)?).map_err(|error| refuse(&error))?;
            Ok(Reply::empty(204))
        }
        ("POST", ["tenants"]) => {
            world.put_tenant(read(call)?).map_err(|error| refuse(&error))?;
            Ok(Reply::empty(204))
        }
        ("POST", ["behaviour"]) => {
            let mut behaviour = serde_json::to_value(&world.behaviour).map_err(|error| refuse(&error.to_string()))?;
            merge(&mut behaviour, &read::<Value>(call)?);
            world.behaviour = serde_json::from_value(behaviour).map_err(|error| refuse(&error.to_string()))?;
            Ok(Reply::empty(204))
        }
        ("POST", ["faults"]) => {
            world.add_faults(read(call)?);
            Ok(Reply::empty(204))
        }
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            Ok(Reply::empty(204))
        }
        ("POST", ["cutover"]) => {
            cutover::run(world, &read(call)?).map_err(|error| refuse(&error))?;
            Ok(Reply::empty(204))
        }
        ("POST", ["user-token"]) => user_token(world, call),
        ("POST", ["issue"]) => issue(world, call),
        ("POST", ["expire-tokens"]) => {
            world.tokens.expire_all();
            Ok(Reply::empty(204))
        }
        (method @ ("PUT" | "PATCH" | "DELETE"), ["portal", path @ ..]) => portal(world, call, method, path),
        _ => Err(Reply::error(404, "NotFound", "The emulator has no such admin call; see sentinel-emulator --help.")),
    }
}

fn state(world: &World) -> Reply {
    let text = serde_json::to_string_pretty(&world.state()).unwrap_or_default();
    Reply::text(200, text + "\n").with_header("content-type", "application/json; charset=utf-8")
}

/// Somebody signs in, and gets a token for the Defender API, or for Resource Manager if that is asked for.
fn user_token(world: &mut World, call: &Call) -> Answer {
    let tenant = match call.query("tenant") {
        Some(id) => world.tenant(id),
        None => world.tenants.first(),
    };
    let tenant_id = tenant.ok_or_else(|| refuse("no such tenant"))?.tenant_id.clone();
    let audience = match call.query("for") {
        None | Some("defender") => world.behaviour.defender_audiences.first().cloned(),
        Some("resource_manager") => world.arm_audiences().first().cloned(),
        Some(other) => return Err(refuse(&format!("'for' is defender or resource_manager, not '{other}'"))),
    };
    let user = Caller {
        object_id: Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("user of {tenant_id}").as_bytes()).to_string(),
        app_id: AZURE_CLI.to_owned(),
        audience: audience.unwrap_or_default(),
        is_user: true,
        directory_roles: call
            .query("roles")
            .map(|roles| roles.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        expires: Timestamp::now().as_second() + world.behaviour.token_lifetime_seconds,
        tenant_id,
    };
    let issuer = format!("https://sts.windows.net/{}/", user.tenant_id);
    Ok(Reply::text(200, world.tokens.issue(user, &issuer)))
}

/// An issuer signs a token for a workload, such as the one that a cluster lays into a file.
fn issue(world: &mut World, call: &Call) -> Answer {
    let required = |name: &str| call.query(name).ok_or_else(|| refuse(&format!("'{name}' is missing in the query")));
    let number = |name: &str, otherwise: i64| match call.query(name) {
        Some(text) => text.parse().map_err(|_| refuse(&format!("'{name}' is no number of seconds"))),
        None => Ok(otherwise),
    };
    let issuer = required("issuer")?;
    let issuer = if issuer.contains("://") { issuer.to_owned() } else { address(&call.base, issuer) };
    let statement = Statement {
        issuer: &issuer,
        subject: required("subject")?,
        audience: call.query("audience").unwrap_or(EXCHANGE_AUDIENCE),
        starts_in: number("starts_in", 0)?,
        seconds: number("seconds", 600)?,
    };
    Ok(Reply::text(200, world.issuers.issue(statement).map_err(|error| refuse(&error))?))
}

/// Somebody in the portal changes a resource.
fn portal(world: &mut World, call: &Call, method: &str, path: &[&str]) -> Answer {
    let lower: Vec<String> = path.iter().map(|segment| segment.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower.as_slice() {
        ["tenants", tenant] if method == "PATCH" => {
            change_tenant(world.tenant_mut(tenant).ok_or_else(|| refuse("no such tenant"))?, &read(call)?)
        }
        ["tenants", tenant, "dataexportsettings", _] => {
            let tenant = world.tenant_mut(tenant).ok_or_else(|| refuse("no such tenant"))?;
            change_setting(&mut tenant.export_settings, call, method, path[3])
        }
        ["subscriptions", subscription, "resourcegroups", group, "providers", "microsoft.insights", "workbooks", _] => {
            let group = world.groups.iter_mut().find(|known| known.is(subscription, group));
            let group = group.ok_or_else(|| refuse("no such resource group"))?;
            change_resource(&mut group.workbooks, call, method, path[7])
        }
        ["subscriptions", subscription, "resourcegroups", group] if method == "DELETE" => {
            let before = world.groups.len();
            world.groups.retain(|known| !known.is(subscription, group));
            world.workspaces.retain(|workspace| !workspace.is_in(subscription, group));
            if world.groups.len() < before { Ok(Reply::empty(204)) } else { Err(refuse("no such resource group")) }
        }
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            "microsoft.operationalinsights",
            "workspaces",
            _,
            below @ ..,
        ] => {
            let id = format!("/{}", path[..8].join("/"));
            if below.is_empty() && method == "DELETE" {
                let is_gone = world.take_workspace(&id);
                return if is_gone { Ok(Reply::empty(204)) } else { Err(refuse("no such workspace")) };
            }
            let same = |workspace: &&mut Workspace| workspace.id().eq_ignore_ascii_case(&id);
            let workspace = world.workspaces.iter_mut().find(same).ok_or_else(|| refuse("no such workspace"))?;
            match below {
                [] if method == "PATCH" => change_workspace(workspace, &read(call)?),
                ["tables", name] if method == "PATCH" => {
                    let patch = read::<Value>(call)?;
                    workspace.tables.change(name, &patch["properties"]).map_err(|error| refuse(&error))?;
                    Ok(Reply::empty(204))
                }
                ["providers", "microsoft.securityinsights", "dataconnectors", _] => {
                    change_resource(&mut workspace.connectors, call, method, path[11])
                }
                ["providers", "microsoft.securityinsights", "alertrules", _] => {
                    change_resource(&mut workspace.alert_rules, call, method, path[11])
                }
                ["providers", "microsoft.securityinsights", "settings", _] => {
                    change_resource(&mut workspace.settings, call, method, path[11])
                }
                ["providers", "microsoft.securityinsights", "contentpackages", _] => {
                    change_resource(&mut workspace.content_packages, call, method, path[11])
                }
                ["providers", "microsoft.securityinsights", "contentproductpackages", _] => {
                    change_resource(&mut workspace.content_product_packages, call, method, path[11])
                }
                ["providers", "microsoft.securityinsights", "onboardingstates", "default"] => {
                    change_resource(&mut workspace.onboarding, call, method, "default")
                }
                _ => Err(refuse("no such resource below a workspace")),
            }
        }
        _ => {
            Err(refuse("the portal changes workspaces, what is below them, workbooks, and tenants' dataExportSettings"))
        }
    }
}

fn change_resource(collection: &mut Collection, call: &Call, method: &str, name: &str) -> Answer {
    let missing = || Reply::error(404, "NotFound", format!("There is no '{name}' to change."));
    match method {
        "DELETE" => {
            if collection.remove(name, 0) {
                Ok(Reply::empty(204))
            } else {
                Err(missing())
            }
        }
        "PATCH" => {
            let known = collection.get(name).ok_or_else(missing)?;
            let mut body = known.state();
            merge(&mut body, &read::<Value>(call)?);
            let mut changed = Resource::from_body(&known.name, &body).map_err(|error| refuse(&error))?;
            changed.etag = fresh_etag();
            collection.put(changed, 0);
            Ok(Reply::empty(204))
        }
        _ => {
            let resource = Resource::from_body(name, &read::<Value>(call)?).map_err(|error| refuse(&error))?;
            collection.put(resource, 0);
            Ok(Reply::empty(204))
        }
    }
}

fn change_setting(settings: &mut Vec<Value>, call: &Call, method: &str, id: &str) -> Answer {
    let known = settings.iter().position(|setting| has_id(setting, id));
    let missing = || Reply::error(404, "NotFound", format!("There is no '{id}' to change."));
    match method {
        "DELETE" => {
            settings.remove(known.ok_or_else(missing)?);
        }
        "PATCH" => merge(&mut settings[known.ok_or_else(missing)?], &read::<Value>(call)?),
        _ => {
            let mut setting = read::<Value>(call)?;
            if !setting.is_object() {
                return Err(refuse("a setting must be a JSON object"));
            }
            setting["id"] = json!(id);
            match known {
                Some(at) => settings[at] = setting,
                None => settings.push(setting),
            }
        }
    }
    Ok(Reply::empty(204))
}

fn change_tenant(tenant: &mut Tenant, patch: &Map<String, Value>) -> Answer {
    for (name, value) in patch {
        match (name.as_str(), value) {
            ("export_settings_accept_app_tokens", Value::Bool(accept)) => {
                tenant.export_settings_accept_app_tokens = *accept
            }
            ("licences", Value::Object(licences)) => {
                for (kind, licence) in licences {
                    let kind =
                        connector_kinds::find(kind).ok_or_else(|| refuse(&format!("no such kind as '{kind}'")))?;
                    let licence =
                        serde_json::from_value(licence.clone()).map_err(|error| refuse(&error.to_string()))?;
                    tenant.licences.retain(|known, _| !known.eq_ignore_ascii_case(kind.name));
                    tenant.licences.insert(kind.name.to_owned(), licence);
                }
            }
            _ => return Err(refuse(&format!("'{name}' of a tenant cannot be set to {value}"))),
        }
    }
    Ok(Reply::empty(204))
}

fn change_workspace(workspace: &mut Workspace, patch: &Map<String, Value>) -> Answer {
    for (name, value) in patch {
        match (name.as_str(), value) {
            ("portalLocked" | "portal_locked", Value::Bool(locked)) => workspace.portal_locked = *locked,
            ("retentionInDays", Value::Number(days)) => {
                let days = days.as_u64().and_then(|days| u32::try_from(days).ok());
                workspace.retention_in_days = days.ok_or_else(|| refuse("'retentionInDays' is out of range"))?;
            }
            ("logs", Value::Object(tables)) => {
                for (table, records) in tables {
                    let records =
                        serde_json::from_value(records.clone()).map_err(|error| refuse(&error.to_string()))?;
                    workspace.logs.insert(table.clone(), records);
                }
                logs::check(&workspace.logs).map_err(|error| refuse(&error))?;
            }
            _ => return Err(refuse(&format!("'{name}' of a workspace cannot be set to {value}"))),
        }
    }
    Ok(Reply::empty(204))
}

/// JSON merge patch, RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    serde_json::from_slice(&call.body).map_err(|error| refuse(&format!("the body does not fit: {error}")))
}

fn refuse(text: &str) -> Reply {
    Reply::error(400, "EmulatorAdmin", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_merges_replaces_and_removes() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut target, &json!({"a": {"b": null, "e": 3}, "d": [2]}));
        assert_eq!(target, json!({"a": {"c": 2, "e": 3}, "d": [2]}));
    }
}
