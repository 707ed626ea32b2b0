//! What the services answer: each surface is a file that turns one call into one reply on plain data. Here stands which
//! surface answers which path.

mod admin;
mod alert_rule_templates;
mod alert_rules;
mod arm;
mod arm_call;
mod connector_requirements;
mod content_packages;
mod content_templates;
mod data_connectors;
mod entra;
mod export_settings;
mod issuers;
mod machine;
mod onboarding;
mod queries;
mod resource_groups;
mod settings;
mod tables;
mod workbooks;
mod workspaces;

use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::refusals;
use crate::emulator::world::World;

/// Whether this is a call to the emulator itself, which no fault touches and no log records.
pub fn is_admin(call: &Call) -> bool {
    call.segments.first().is_some_and(|first| first == "_emulator")
}

/// Whether this is asked for over plain http on real machines, and so may be here.
pub fn is_plain(call: &Call) -> bool {
    let lower: Vec<String> = call.segments.iter().map(|segment| segment.to_lowercase()).collect();
    machine::is_here(&lower.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Answers one call; what it changes is committed when it returns.
pub fn answer(world: &mut World, call: &Call) -> Reply {
    route(world, call).unwrap_or_else(|refusal| refusal).complete(call)
}

fn route(world: &mut World, call: &Call) -> Answer {
    let lower: Vec<String> = call.segments.iter().map(|segment| segment.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match (call.method.as_str(), lower.as_slice()) {
        (_, ["_emulator", ..]) => admin::answer(world, call),
        ("GET", ["metadata", "endpoints"]) => Ok(entra::cloud_metadata(call)),
        ("GET", ["common", "discovery", "instance"]) => Ok(entra::instance_discovery(call)),
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            Ok(entra::openid_configuration(call, tenant))
        }
        ("POST", [_, "oauth2", "v2.0", "token"]) => entra::token(world, call, &call.segments[0]),
        ("GET", ["issuers", _, ".well-known", "openid-configuration"]) => {
            Ok(issuers::configuration(call, &call.segments[1]))
        }
        ("GET", ["issuers", _, ".well-known", "jwks"]) => issuers::keys(world),
        ("GET", ["ci", "github", "token"]) => issuers::github(world, call),
        ("POST", ["ci", "devops", "oidctoken"]) => issuers::devops(world, call),
        ("GET", ["ci", "devops", "_signin"]) => Ok(issuers::devops_sign_in_page()),
        ("GET", ["metadata", "identity", "oauth2", "token"]) => machine::instance_metadata(world, call),
        ("GET", ["msi", "token"]) => machine::app_service(world, call),
        ("POST", ["v1", "workspaces", id, "query"]) => queries::direct(world, call, id),
        (_, ["api", "dataexportsettings", ..]) => export_settings::answer(world, call, &call.segments[2..]),
        (_, ["subscriptions", ..]) => arm::answer(world, call),
        _ => Err(refusals::no_such_path(call.path())),
    }
}
