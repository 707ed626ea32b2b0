//! `Microsoft.Insights/workbooks` \[spec: workbooks_API.json\]: JSON that the portal draws, in a resource group and about
//! some other resource. What is in the JSON means nothing here.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::arm_call::{location, page};
use super::resource_groups;
use crate::emulator::api_version::{self, ApiVersion};
use crate::emulator::collection::Resource;
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::refusals;
use crate::emulator::resource_group::ResourceGroup;
use crate::emulator::world::World;

const TYPE: &str = "Microsoft.Insights/workbooks";

/// What a client may say of a workbook \[spec: WorkbookProperties\].
const SETTABLE: [&str; 8] =
    ["displayName", "serializedData", "version", "category", "tags", "sourceId", "storageUri", "description"];

/// A workbook as the service shows it: with its content if that was asked for \[spec\], and with its display name in a tag
/// \[seen in other providers\].
fn render(workbook: &Resource, group: &ResourceGroup, with_content: bool) -> Value {
    let mut body = workbook.render(&group.id(), TYPE);
    if !with_content && let Some(properties) = body["properties"].as_object_mut() {
        properties.remove("serializedData");
    }
    if !body["tags"].is_object() {
        body["tags"] = json!({});
    }
    body["tags"]["hidden-title"] = workbook.properties["displayName"].clone();
    body
}

/// Answers a call on the workbooks of a subscription, or of a group in it, or on one of them.
pub fn answer(world: &mut World, call: &Call, version: &ApiVersion, group: Option<&str>, name: Option<&str>) -> Answer {
    let stable = &api_version::WORKBOOKS_STABLE;
    if !version.is_one_of(stable, &[]) {
        return Err(refusals::unknown_api_version(&version.to_string(), "workbooks", stable, &[]));
    }
    let subscription = &call.segments[1];
    let is_it = |known: &ResourceGroup| group.is_some_and(|group| known.is(subscription, group));
    if let Some(group) = group.filter(|_| !world.groups.iter().any(is_it)) {
        return Err(refusals::no_resource_group(group));
    }
    let (Some(group), Some(name)) = (group, name) else {
        return if call.method == "GET" {
            list(world, call, version, group)
        } else {
            Err(refusals::no_such_method(&call.method))
        };
    };
    if call.method != "GET" {
        resource_groups::may_be_written(world, subscription, group)?;
    }
    let World { groups, behaviour, .. } = world;
    let known = groups.iter_mut().find(|known| is_it(known)).ok_or_else(|| refusals::no_resource_group(group))?;
    match call.method.as_str() {
        "GET" => {
            let found = known.workbooks.read(name).cloned().ok_or_else(|| no_workbook(name, group))?;
            Ok(Reply::json(200, render(&found, known, wants_content(call))))
        }
        "PUT" => put(known, call, name, behaviour.lag_reads),
        "PATCH" => patch(known, call, name),
        "DELETE" => {
            let was_there = known.workbooks.remove(name, behaviour.delete_lag_reads);
            Ok(Reply::empty(if was_there { 200 } else { 204 }))
        }
        method => Err(refusals::no_such_method(method)),
    }
}

fn list(world: &mut World, call: &Call, version: &ApiVersion, group: Option<&str>) -> Answer {
    // Required [spec]; what the service says without it is [inferred].
    let category = call.query("category").filter(|category| !category.is_empty());
    let category = category.ok_or_else(|| refusals::bad_request("The parameter 'category' is required."))?;
    // A list of a whole subscription has no such filter [spec].
    let source = call.query("sourceId").filter(|_| group.is_some());
    let (subscription, with_content) = (&call.segments[1], wants_content(call));
    let is_listed = |known: &&mut ResourceGroup| match group {
        Some(group) => known.is(subscription, group),
        None => known.subscription_id.eq_ignore_ascii_case(subscription),
    };
    let is_asked_for = |workbook: &&Resource| {
        let has = |field: &str, value: &str| {
            workbook.properties[field].as_str().is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        has("category", category) && source.is_none_or(|source| has("sourceId", source))
    };
    let mut value = Vec::new();
    for group in world.groups.iter_mut().filter(is_listed) {
        let found: Vec<_> = group.workbooks.read_all().into_iter().filter(is_asked_for).cloned().collect();
        value.extend(found.iter().map(|workbook| render(workbook, group, with_content)));
    }
    Ok(Reply::json(200, page(call, version, &world.behaviour, value)))
}

fn put(group: &mut ResourceGroup, call: &Call, name: &str, lag_reads: u32) -> Answer {
    // [spec: the name must be a UUID; code and text inferred]
    if name.len() != 36 || Uuid::try_parse(name).is_err() {
        return Err(refusals::bad_request(format!("The workbook name '{name}' is not a UUID.")));
    }
    let location = location(call)?;
    let body = call.json().unwrap_or_default();
    if body.get("kind").is_some_and(|kind| kind.as_str().is_none_or(|kind| !kind.eq_ignore_ascii_case("shared"))) {
        return Err(refusals::bad_request("The kind of a workbook can be 'shared' alone."));
    }
    let known = group.workbooks.get(name).cloned();
    if let Some(text) = known.as_ref().and_then(|known| known.tracked["location"].as_str()).filter(|at| *at != location)
    {
        let text = format!(
            "The resource '{name}' already exists in location '{text}' in resource group '{}'. A resource with the same name cannot be \
             created in location '{location}'. Please select a new resource name.",
            group.name
        );
        return Err(Reply::error(409, "InvalidResourceLocation", text));
    }
    let mut properties = json!({});
    set(&mut properties, &body["properties"])?;
    check(&properties)?;
    properties["timeModified"] = json!(jiff::Timestamp::now().to_string());
    let mut workbook = Resource::new(known.as_ref().map_or(name, |known| &known.name), Some("shared"), properties);
    workbook.tracked = json!({"location": location, "tags": tags(&body)?});
    let shown = render(&workbook, group, false);
    let created = group.workbooks.put(workbook, lag_reads);
    Ok(Reply::json(if created { 201 } else { 200 }, shown))
}

fn patch(group: &mut ResourceGroup, call: &Call, name: &str) -> Answer {
    let body = call.json().filter(Value::is_object);
    let body = body.ok_or_else(|| refusals::unparsable("Unexpected end or character when reading JSON. Path ''."))?;
    let mut workbook = group.workbooks.get(name).cloned().ok_or_else(|| no_workbook(name, &group.name))?;
    set(&mut workbook.properties, &body["properties"])?;
    check(&workbook.properties)?;
    if body.get("tags").is_some() {
        workbook.tracked["tags"] = tags(&body)?;
    }
    workbook.properties["timeModified"] = json!(jiff::Timestamp::now().to_string());
    let shown = render(&workbook, group, false);
    group.workbooks.put(workbook, 0);
    Ok(Reply::json(200, shown))
}

/// Sets what is sent of the properties; what is null goes.
fn set(properties: &mut Value, sent: &Value) -> Result<(), Reply> {
    for (name, value) in sent.as_object().into_iter().flatten().filter(|(name, _)| SETTABLE.contains(&name.as_str())) {
        let fits = if name == "tags" { value.is_array() } else { value.is_string() };
        match (properties.as_object_mut(), value) {
            (Some(properties), Value::Null) => drop(properties.remove(name)),
            (Some(properties), _) if fits => drop(properties.insert(name.clone(), value.clone())),
            _ => return Err(refusals::bad_request(format!("'{name}' of a workbook is of another type."))),
        }
    }
    Ok(())
}

/// What no workbook goes without \[spec; the text for a missing content is seen\].
fn check(properties: &Value) -> Result<(), Reply> {
    let has = |name: &str| properties[name].as_str().is_some_and(|text| !text.is_empty());
    if !has("serializedData") {
        return Err(refusals::bad_request("A payload is required"));
    }
    match ["displayName", "category"].into_iter().find(|name| !has(name)) {
        Some(name) => Err(refusals::missing_property(name)),
        None => Ok(()),
    }
}

fn tags(body: &Value) -> Result<Value, Reply> {
    match body.get("tags") {
        None | Some(Value::Null) => Ok(Value::Object(Map::new())),
        Some(tags) if tags.as_object().is_some_and(|tags| tags.values().all(Value::is_string)) => Ok(tags.clone()),
        Some(_) => Err(refusals::bad_request("'tags' of a workbook is no object of texts.")),
    }
}

fn wants_content(call: &Call) -> bool {
    call.query("canFetchContent").is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
}

fn no_workbook(name: &str, group: &str) -> Reply {
    let text = format!(
        "The Resource '{TYPE}/{name}' under resource group '{group}' was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix"
    );
    Reply::error(404, "ResourceNotFound", text)
}
