//! `contentTemplates`: what installed solutions brought, as the scenario has it. It is read here alone; a
//! solution that is installed brings none.

use serde_json::Value;

use super::arm_call::{ArmCall, method_is};
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::refusals;
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/contentTemplates";

/// The members that an answer leaves out unless they are asked for \[spec: expandable\].
const EXPANDABLE: [&str; 2] = ["mainTemplate", "dependantTemplates"];

/// What a list takes besides \[spec\], and the emulator does not do.
const NOT_EMULATED: [&str; 5] = ["$orderby", "$search", "$count", "$top", "$skip"];

/// Answers a call on the content templates of a workspace.
pub fn answer(workspace: &Workspace, arm: &ArmCall<'_>) -> Answer {
    if matches!(arm.call.method.as_str(), "PUT" | "DELETE") {
        return Err(refusals::not_emulated("how to install or remove a content template"));
    }
    method_is(arm.call, "GET")?;
    let expanded = expanded(arm.call)?;
    let id = workspace.id();
    let mut shown = workspace.content_templates.all().map(|template| {
        let mut body = template.render(&id, TYPE);
        if let Some(properties) = body["properties"].as_object_mut() {
            properties.retain(|name, _| !EXPANDABLE.contains(&name.as_str()) || expanded.contains(&name.as_str()));
        }
        body
    });
    match arm.name {
        None => {
            if let Some(other) = NOT_EMULATED.iter().find(|name| arm.call.query(name).is_some()) {
                return Err(refusals::not_emulated(&format!("{other} of a list of content templates")));
            }
            let kind = kind(arm.call)?;
            let is_asked_for = |template: &Value| kind.is_none_or(|kind| template["properties"]["contentKind"] == kind);
            Ok(arm.page(shown.filter(is_asked_for).collect()))
        }
        Some(name) => {
            let is_it = |template: &Value| template["name"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(name));
            let template = shown.find(is_it).ok_or_else(|| refusals::not_found(TYPE, name))?;
            Ok(Reply::json(200, template))
        }
    }
}

/// What `$expand` asks for.
fn expanded(call: &Call) -> Result<Vec<&str>, Reply> {
    let asked = call.query("$expand").unwrap_or_default().split(',').map(str::trim).filter(|path| !path.is_empty());
    let member = |path: &str| EXPANDABLE.into_iter().find(|name| path.strip_prefix("properties/") == Some(*name));
    // How the service refuses another path was not seen; a client cannot do what OData cannot [inferred].
    let refused = |path: &str| refusals::bad_request(format!("Could not find a property named '{path}' to expand."));
    asked.map(|path| member(path).ok_or_else(|| refused(path))).collect()
}

/// The content kind that `$filter` asks for, in the one form that is seen in use.
fn kind(call: &Call) -> Result<Option<&str>, Reply> {
    let Some(filter) = call.query("$filter") else { return Ok(None) };
    let bare = filter.trim().trim_start_matches('(').trim_end_matches(')');
    let kind = bare.strip_prefix("properties/contentKind eq '").and_then(|rest| rest.strip_suffix('\''));
    match kind.filter(|kind| !kind.contains('\'')) {
        Some(kind) => Ok(Some(kind)),
        None => Err(refusals::not_emulated(&format!("the $filter \"{filter}\""))),
    }
}
