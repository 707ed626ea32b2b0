//! The ARM front door: token, api-version, subscription, request limit, role, and then the one line that hands a resource
//! type to its surface. What a resource type does lives in the surface.

use std::time::Instant;

use serde_json::Value;

use super::arm_call::{ArmCall, method_is};
use super::{
    alert_rule_templates, alert_rules, connector_requirements, content_packages, content_templates, data_connectors,
    onboarding, queries, resource_groups, settings, tables, workbooks, workspaces,
};
use crate::emulator::api_version::{self, ApiVersion};
use crate::emulator::exchange::{Answer, Call, Content, Reply};
use crate::emulator::refusals;
use crate::emulator::throttle::Verb;
use crate::emulator::tokens::{Caller, bearer, same_audience};
use crate::emulator::workspace::Workspace;
use crate::emulator::world::World;

/// Answers anything under `/subscriptions`.
pub fn answer(world: &mut World, call: &Call) -> Answer {
    let caller = authenticate(world, call)?;
    let version = call.query("api-version").ok_or_else(refusals::no_api_version)?;
    let version = ApiVersion::parse(version).ok_or_else(|| refusals::malformed_api_version(version))?;
    let Some(subscription) = call.segments.get(1) else {
        return method_is(call, "GET").map(|()| workspaces::subscriptions(world, call, &caller, &version));
    };
    let tenant = world.subscription_tenant(subscription).ok_or_else(|| refusals::no_subscription(subscription))?;
    if !tenant.eq_ignore_ascii_case(&caller.tenant_id) {
        return Err(refusals::wrong_tenant(&call.base, &caller, tenant));
    }

    let verb = Verb::of(&call.method);
    let principal = &caller.object_id;
    let throttle = world.behaviour.throttle;
    let left = world.buckets.take(throttle, subscription, principal, verb, Instant::now());
    let left = left.map_err(refusals::throttled)?;
    let count = |reply: Reply| reply.with_header(verb.header(), left.to_string());
    dispatch(world, call, &caller, version).map(count).map_err(count)
}

/// Who calls ARM, or why they may not.
fn authenticate(world: &World, call: &Call) -> Result<Caller, Reply> {
    let token = bearer(call.header("authorization")).ok_or_else(|| refusals::no_token(&call.base))?;
    let caller = world.tokens.holder(token).ok_or_else(|| refusals::unknown_token(&call.base))?;
    if caller.is_expired() {
        return Err(refusals::expired_token(&call.base, caller));
    }
    let allowed = world.arm_audiences();
    if !allowed.iter().any(|audience| same_audience(audience, &caller.audience)) {
        return Err(refusals::wrong_audience(&call.base, caller, &allowed));
    }
    Ok(caller.clone())
}

fn dispatch(world: &mut World, call: &Call, caller: &Caller, version: ApiVersion) -> Answer {
    let lower: Vec<String> = call.segments.iter().skip(2).map(|segment| segment.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let subscription = &call.segments[1];
    match lower.as_slice() {
        [] => method_is(call, "GET").map(|()| workspaces::subscription(world, subscription)),
        ["providers"] => method_is(call, "GET").map(|()| workspaces::providers(world, subscription)),
        ["providers", "microsoft.operationalinsights", "locations", _, "operationstatuses", id] => {
            method_is(call, "GET").and_then(|()| tables::operation(world, id))
        }
        ["providers", "microsoft.operationalinsights", "workspaces"] => {
            method_is(call, "GET").map(|()| workspaces::list(world, call, &version, None))
        }
        ["providers", "microsoft.insights", "workbooks"] => {
            may(world, call, caller, "Microsoft.Insights/workbooks/read")?;
            workbooks::answer(world, call, &version, None, None)
        }
        ["resourcegroups", _, "providers", "microsoft.insights", "workbooks", name @ ..] if name.len() <= 1 => {
            may(world, call, caller, &format!("Microsoft.Insights/workbooks/{}", verb(&call.method)))?;
            let name = call.segments.get(7).map(String::as_str);
            workbooks::answer(world, call, &version, Some(&call.segments[3]), name)
        }
        ["operationresults", id] => method_is(call, "GET").map(|()| resource_groups::operation(world, call, id)),
        ["providers", namespace] => {
            method_is(call, "GET").map(|()| workspaces::provider(world, subscription, namespace))
        }
        ["resourcegroups"] => method_is(call, "GET").map(|()| resource_groups::list(world, subscription)),
        ["resourcegroups", _] => {
            let action = format!("Microsoft.Resources/subscriptions/resourceGroups/{}", verb(&call.method));
            may(world, call, caller, &action)?;
            resource_groups::answer(world, call, subscription, &call.segments[3])
        }
        ["resourcegroups", _, "resources"] => {
            method_is(call, "GET")?;
            resource_groups::resources(world, call, subscription, &call.segments[3])
        }
        ["resourcegroups", group, "providers", "microsoft.authorization", "permissions"] => {
            if !world.groups.iter().any(|known| known.is(subscription, group)) {
                return Err(refusals::no_resource_group(&call.segments[3]));
            }
            let tenant = world.tenant(&caller.tenant_id);
            let client = tenant.and_then(|tenant| tenant.client(&caller.app_id));
            method_is(call, "GET").map(|()| workspaces::permissions(client))
        }
        ["resourcegroups", group, "providers", "microsoft.operationalinsights", "workspaces"] => {
            method_is(call, "GET").map(|()| workspaces::list(world, call, &version, Some(group)))
        }
        ["resourcegroups", _, "providers", "microsoft.operationalinsights", "workspaces", _, below @ ..] => {
            under_workspace(world, call, caller, version, below)
        }
        _ => Err(refusals::no_such_path(call.path())),
    }
}

/// Everything at and below one workspace.
fn under_workspace(world: &mut World, call: &Call, caller: &Caller, version: ApiVersion, below: &[&str]) -> Answer {
    let (subscription, group, name) = (&call.segments[1], &call.segments[3], &call.segments[7]);
    if !world.groups.iter().any(|known| known.is(subscription, group)) {
        return Err(refusals::no_resource_group(group));
    }
    let is_it = |known: &Workspace| known.is_in(subscription, group) && known.name.eq_ignore_ascii_case(name);
    let makes = below.is_empty() && ["PUT", "DELETE"].contains(&call.method.as_str());
    if !makes && !world.workspaces.iter().any(is_it) {
        return Err(refusals::no_workspace(name, group));
    }
    may(world, call, caller, &action(&call.method, below))?;
    if call.method != "GET" {
        resource_groups::may_be_written(world, subscription, group)?;
    }
    if below.is_empty() {
        let (stable, preview) = (&api_version::WORKSPACES_STABLE, &api_version::WORKSPACES_PREVIEW);
        if !version.is_one_of(stable, preview) {
            return Err(refusals::unknown_api_version(&version.to_string(), "workspaces", stable, preview));
        }
        return workspaces::answer(world, call, &version);
    }

    if let ["api", "query"] = below {
        let (stable, preview) = (&api_version::QUERIES_STABLE, &api_version::QUERIES_PREVIEW);
        if !version.is_one_of(stable, preview) {
            return Err(refusals::unknown_api_version(&version.to_string(), "workspaces/api", stable, preview));
        }
        method_is(call, "POST")?;
        let workspace = world.workspaces.iter().find(|known| is_it(known));
        return queries::answer(world, workspace.ok_or_else(|| refusals::no_workspace(name, group))?, call);
    }
    let World { tenants, workspaces, behaviour, .. } = world;
    let workspace = workspaces.iter_mut().find(|known| is_it(known));
    let workspace = workspace.ok_or_else(|| refusals::no_workspace(name, group))?;
    let tenant = tenants.iter().find(|tenant| tenant.tenant_id.eq_ignore_ascii_case(&workspace.tenant_id));
    let tenant = tenant.ok_or_else(|| refusals::no_subscription(subscription))?;

    let arm = |name| ArmCall { call, caller, version: version.clone(), behaviour, licences: &tenant.licences, name };
    match below {
        ["sharedkeys"] => {
            let (stable, preview) = (&api_version::SHARED_KEYS_STABLE, &api_version::SHARED_KEYS_PREVIEW);
            if !version.is_one_of(stable, preview) {
                return Err(refusals::unknown_api_version(
                    &version.to_string(),
                    "workspaces/sharedKeys",
                    stable,
                    preview,
                ));
            }
            method_is(call, "POST").map(|()| workspaces::shared_keys(workspace))
        }
        ["providers", "microsoft.authorization", "permissions"] => {
            let client = tenant.client(&caller.app_id);
            method_is(call, "GET").map(|()| workspaces::permissions(client))
        }
        ["providers", "microsoft.securityinsights", resource_type, rest @ ..] if rest.len() <= 1 => {
            let (stable, preview) = (&api_version::SECURITY_INSIGHTS_STABLE, &api_version::SECURITY_INSIGHTS_PREVIEW);
            if !version.is_one_of(stable, preview) {
                return Err(refusals::unknown_api_version(&version.to_string(), resource_type, stable, preview));
            }
            let arm = arm(call.segments.get(11).map(String::as_str));
            let answer = match *resource_type {
                "onboardingstates" => onboarding::answer(workspace, &arm),
                // Without onboarding every other call is refused, reads included [seen].
                _ if !onboarding::is_on(workspace) => Err(onboarding::refusal(workspace)),
                "dataconnectors" => data_connectors::answer(workspace, &arm),
                "dataconnectorscheckrequirements" => connector_requirements::answer(&arm),
                "alertrules" => alert_rules::answer(workspace, &arm),
                "alertruletemplates" => alert_rule_templates::answer(workspace, &arm),
                "contentpackages" => content_packages::installed(workspace, &arm),
                "contentproductpackages" => content_packages::catalogue(workspace, &arm),
                "contenttemplates" => content_templates::answer(workspace, &arm),
                "settings" => settings::answer(workspace, &arm),
                _ => Err(refusals::no_such_path(call.path())),
            };
            if behaviour.nested_errors { answer.map_err(nest) } else { answer }
        }
        ["tables", rest @ ..] if rest.len() <= 1 => {
            let (stable, preview) = (&api_version::TABLES_STABLE, &api_version::TABLES_PREVIEW);
            if !version.is_one_of(stable, preview) {
                return Err(refusals::unknown_api_version(&version.to_string(), "tables", stable, preview));
            }
            tables::answer(workspace, &arm(call.segments.get(9).map(String::as_str)))
        }
        _ => Err(refusals::no_such_path(call.path())),
    }
}

/// The ARM action of a call, as role definitions name it.
fn action(method: &str, below: &[&str]) -> String {
    let resource_type = match below {
        ["providers", "microsoft.securityinsights", resource_type, ..] => match *resource_type {
            "dataconnectors" => "Microsoft.SecurityInsights/dataConnectors".to_owned(),
            "alertrules" => "Microsoft.SecurityInsights/alertRules".to_owned(),
            "alertruletemplates" => "Microsoft.SecurityInsights/alertRuleTemplates".to_owned(),
            "contentpackages" => "Microsoft.SecurityInsights/contentPackages".to_owned(),
            "contentproductpackages" => "Microsoft.SecurityInsights/contentProductPackages".to_owned(),
            "contenttemplates" => "Microsoft.SecurityInsights/contentTemplates".to_owned(),
            "onboardingstates" => "Microsoft.SecurityInsights/onboardingStates".to_owned(),
            "dataconnectorscheckrequirements" => {
                "Microsoft.SecurityInsights/dataConnectorsCheckRequirements".to_owned()
            }
            other => format!("Microsoft.SecurityInsights/{other}"),
        },
        ["tables", ..] => "Microsoft.OperationalInsights/workspaces/tables".to_owned(),
        ["sharedkeys"] => "Microsoft.OperationalInsights/workspaces/sharedKeys".to_owned(),
        ["api", "query"] => return queries::ACTION.to_owned(),
        ["providers", namespace, resource_type, ..] => format!("{namespace}/{resource_type}"),
        _ => "Microsoft.OperationalInsights/workspaces".to_owned(),
    };
    format!("{resource_type}/{}", verb(method))
}

fn verb(method: &str) -> &'static str {
    match method {
        "GET" | "HEAD" => "read",
        "DELETE" => "delete",
        "POST" => "action",
        _ => "write",
    }
}

/// Whether the caller has a role for an action: every one that the scenario does not take from it.
fn may(world: &World, call: &Call, caller: &Caller, action: &str) -> Result<(), Reply> {
    let client = world.tenant(&caller.tenant_id).and_then(|tenant| tenant.client(&caller.app_id));
    if client.is_some_and(|client| client.deny.iter().any(|denied| denies(denied, action))) {
        return Err(refusals::not_allowed(caller, action, call.path()));
    }
    Ok(())
}

fn denies(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(start) => action.starts_with(start),
        None => pattern == action,
    }
}

/// Puts an error into the message of another one, as JSON text \[seen\].
fn nest(mut refusal: Reply) -> Reply {
    if let Content::Json(body) = &mut refusal.content {
        let inner = body.to_string();
        if let Some(message) = body.pointer_mut("/error/message") {
            *message = Value::String(inner);
        }
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_as_role_definitions_name_them() {
        let below = ["providers", "microsoft.securityinsights", "dataconnectors", "a"];
        assert_eq!(action("PUT", &below), "Microsoft.SecurityInsights/dataConnectors/write");
        assert_eq!(action("GET", &[]), "Microsoft.OperationalInsights/workspaces/read");
        assert_eq!(action("POST", &["sharedkeys"]), "Microsoft.OperationalInsights/workspaces/sharedKeys/action");
        assert!(denies("Microsoft.SecurityInsights/*", "Microsoft.SecurityInsights/dataConnectors/write"));
        assert!(!denies(
            "Microsoft.SecurityInsights/dataConnectors/read",
            "Microsoft.SecurityInsights/dataConnectors/write"
        ));
    }

    #[test]
    fn a_nested_error_holds_the_whole_error_as_text() {
        let Content::Json(body) = nest(refusals::bad_request("x")).content else { panic!("JSON expected") };
        let inner = body["error"]["message"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        assert_eq!(inner.map(|inner| inner["error"]["message"].clone()), Some(Value::from("x")));
    }
}
