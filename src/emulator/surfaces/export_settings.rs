//! `/api/dataExportSettings` of the Defender API: which hunting tables flow into which workspace, per tenant. Undocumented
//! by Microsoft; everything here is \[seen\] by community tools or marked \[inferred\].

use serde_json::{Value, json};

use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::export_categories;
use crate::emulator::tokens::{Caller, bearer, same_audience};
use crate::emulator::world::World;

/// Settings a tenant can have, for all targets together.
const LIMIT: usize = 5;

/// Answers a call; `below` is what follows `/api/dataExportSettings`.
pub fn answer(world: &mut World, call: &Call, below: &[String]) -> Answer {
    let tenant_id = authenticate(world, call)?;
    match (call.method.as_str(), below) {
        ("GET", []) => Ok(Reply::json(200, json!({"value": settings(world, &tenant_id)}))),
        ("GET", [id]) => {
            let found = settings(world, &tenant_id).iter().find(|setting| has_id(setting, id));
            found.map(|setting| Reply::json(200, setting.clone())).ok_or_else(|| no_setting(id))
        }
        ("POST", []) => post(world, call, &tenant_id),
        ("DELETE", [id]) => {
            let tenant = world.tenant_mut(&tenant_id).ok_or_else(|| no_setting(id))?;
            let before = tenant.export_settings.len();
            tenant.export_settings.retain(|setting| !has_id(setting, id));
            if tenant.export_settings.len() == before { Err(no_setting(id)) } else { Ok(Reply::empty(204)) }
        }
        _ => Err(Reply::error(405, "MethodNotAllowed", "The method is not allowed on this resource.")),
    }
}

/// The tenant whose settings the token opens. App-only tokens are refused unless the tenant says otherwise.
fn authenticate(world: &World, call: &Call) -> Result<String, Reply> {
    let unauthorized = |text: &str| Reply::error(401, "Unauthorized", text).with_header("www-authenticate", "Bearer");
    let token = bearer(call.header("authorization")).ok_or_else(|| unauthorized("A bearer token is required."))?;
    for tenant in &world.tenants {
        if let Some(user) = tenant.user_tokens.iter().find(|user| user.token == token) {
            return Ok(user.tenant_id.clone().unwrap_or_else(|| tenant.tenant_id.clone()));
        }
    }
    let caller: &Caller = world.tokens.holder(token).ok_or_else(|| unauthorized("The token is not valid."))?;
    if caller.is_expired() {
        return Err(unauthorized("The token has expired."));
    }
    if !world.defender_audiences().iter().any(|audience| same_audience(audience, &caller.audience)) {
        return Err(unauthorized("The token was issued for another audience."));
    }
    let open = world.tenant(&caller.tenant_id).is_some_and(|tenant| tenant.export_settings_accept_app_tokens);
    if !caller.is_user && !open {
        let text = "Application tokens are not accepted; sign in as a user with the Security Administrator role.";
        return Err(Reply::error(403, "Forbidden", text));
    }
    Ok(caller.tenant_id.clone())
}

/// Creates or replaces the setting of the body's id; categories left out are gone.
fn post(world: &mut World, call: &Call, tenant_id: &str) -> Answer {
    let setting = call.json().and_then(|body| body.as_object().cloned());
    let setting = setting.ok_or_else(|| refuse("The body is not a data export setting."))?;
    let id = setting.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| refuse("The setting needs an 'id'."))?;
    let logs = read_logs(world, setting.get("logs"))?;
    let workspace = read_workspace(world, setting.get("workspaceProperties"), tenant_id)?;
    let other = |name: &str| setting.get(name).cloned().unwrap_or(Value::Null);
    let (event_hub, storage) = (other("eventHubProperties"), other("storageAccountProperties"));
    if workspace.is_null() && event_hub.is_null() && storage.is_null() {
        return Err(refuse("The setting needs a target."));
    }
    let stored = json!({
        "id": id,
        "designatedTenantId": tenant_id,
        "eventHubProperties": event_hub,
        "storageAccountProperties": storage,
        "workspaceProperties": workspace,
        "logs": logs,
    });

    let answers_body = world.behaviour.export_post_answers_body;
    let tenant = world.tenant_mut(tenant_id).ok_or_else(|| no_setting(id))?;
    match tenant.export_settings.iter().position(|known| has_id(known, id)) {
        Some(at) => tenant.export_settings[at] = stored.clone(),
        None if tenant.export_settings.len() >= LIMIT => {
            return Err(refuse(&format!("The tenant already has the maximum of {LIMIT} data export settings.")));
        }
        None => tenant.export_settings.push(stored.clone()),
    }
    Ok(if answers_body { Reply::json(200, stored) } else { Reply::empty(200) })
}

fn read_logs(world: &World, logs: Option<&Value>) -> Result<Vec<Value>, Reply> {
    let logs = logs.and_then(Value::as_array).ok_or_else(|| refuse("The setting needs 'logs'."))?;
    let mut kept = Vec::new();
    let mut refused = Vec::new();
    for log in logs {
        let (category, enabled) = (log["category"].as_str(), log["enabled"].as_bool());
        let (Some(category), Some(enabled)) = (category, enabled) else {
            return Err(refuse("Each log needs a 'category' and 'enabled'."));
        };
        if !export_categories::is_accepted(category, world.behaviour.email_categories) {
            refused.push(category);
        }
        kept.push(json!({"category": category, "enabled": enabled}));
    }
    if refused.is_empty() { Ok(kept) } else { Err(refuse(&export_categories::refusal(&refused))) }
}

/// The target workspace with every field filled in; it must exist in the tenant \[inferred\].
fn read_workspace(world: &World, sent: Option<&Value>, tenant_id: &str) -> Result<Value, Reply> {
    let Some(sent) = sent.filter(|sent| !sent.is_null()) else { return Ok(Value::Null) };
    let id = sent.get("workspaceResourceId").and_then(Value::as_str);
    let id = id.ok_or_else(|| refuse("'workspaceProperties' needs a 'workspaceResourceId'."))?;
    let workspace = world.workspace(id).filter(|workspace| workspace.tenant_id.eq_ignore_ascii_case(tenant_id));
    let workspace = workspace.ok_or_else(|| refuse(&format!("The workspace '{id}' was not found in the tenant.")))?;
    Ok(json!({
        "workspaceResourceId": id,
        "subscriptionId": workspace.subscription_id,
        "resourceGroup": workspace.resource_group,
        "name": workspace.name,
    }))
}

fn settings<'a>(world: &'a World, tenant_id: &str) -> &'a [Value] {
    world.tenant(tenant_id).map(|tenant| tenant.export_settings.as_slice()).unwrap_or_default()
}

/// Whether a setting has this id, whatever its case.
pub fn has_id(setting: &Value, id: &str) -> bool {
    setting["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id))
}

fn no_setting(id: &str) -> Reply {
    Reply::error(404, "NotFound", format!("Data export setting '{id}' was not found."))
}

fn refuse(text: &str) -> Reply {
    Reply::error(400, "BadRequest", text)
}
