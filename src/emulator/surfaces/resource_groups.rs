//! `/subscriptions/{id}/resourceGroups` \[spec: Microsoft.Resources\]: groups are made, changed, listed and removed with all
//! that is in them. A removal is taken in with 202 and done after some looks at it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::arm_call::location;
use super::workspaces;
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::refusals;
use crate::emulator::resource_group::{Removal, ResourceGroup};
use crate::emulator::world::World;

/// `GET .../resourceGroups`.
pub fn list(world: &World, subscription_id: &str) -> Reply {
    let inside = |group: &&ResourceGroup| group.subscription_id.eq_ignore_ascii_case(subscription_id);
    let value: Vec<Value> = world.groups.iter().filter(inside).map(ResourceGroup::render).collect();
    Reply::json(200, json!({"value": value}))
}

/// Answers a call on one group.
pub fn answer(world: &mut World, call: &Call, subscription_id: &str, name: &str) -> Answer {
    match call.method.as_str() {
        "GET" => {
            let group = look(world, subscription_id, name).ok_or_else(|| refusals::no_resource_group(name))?;
            Ok(Reply::json(200, group.render()))
        }
        "HEAD" => Ok(Reply::empty(if look(world, subscription_id, name).is_some() { 204 } else { 404 })),
        "PUT" => put(world, call, subscription_id, name),
        "PATCH" => {
            let (own, group) = (read(call)?, find(world, subscription_id, name)?);
            merge(&mut group.own, &own);
            Ok(Reply::json(200, group.render()))
        }
        "DELETE" => delete(world, call, subscription_id, name),
        method => Err(refusals::no_such_method(method)),
    }
}

/// `GET .../resourceGroups/{name}/resources`, with which clients see whether a group is empty.
pub fn resources(world: &World, call: &Call, subscription_id: &str, name: &str) -> Answer {
    if !world.groups.iter().any(|group| group.is(subscription_id, name)) {
        return Err(refusals::no_resource_group(name));
    }
    let with_state = call.query("$expand").is_some_and(|expand| expand.contains("provisioningState"));
    let inside = world.workspaces.iter().filter(|workspace| workspace.is_in(subscription_id, name));
    let value: Vec<Value> = inside
        .map(|workspace| {
            let mut item = json!({
                "id": workspace.id(),
                "name": workspace.name,
                "type": workspaces::TYPE,
                "location": workspace.location,
                "tags": workspace.own["tags"],
            });
            if with_state {
                item["provisioningState"] = json!(workspace.provisioning_state());
            }
            item
        })
        .collect();
    Ok(Reply::json(200, json!({"value": value})))
}

/// `GET .../operationresults/{id}`: 202 while a removal is under way, 200 when it is done \[doc\].
pub fn operation(world: &mut World, call: &Call, id: &str) -> Reply {
    let running = |group: &&ResourceGroup| group.removal.as_ref().is_some_and(|removal| removal.id == id);
    match world.groups.iter().find(running).map(|group| (group.subscription_id.clone(), group.name.clone())) {
        Some((subscription_id, name)) if look(world, &subscription_id, &name).is_some() => {
            accepted(call, &subscription_id, id)
        }
        _ => Reply::empty(200),
    }
}

/// What a write in a group meets whose removal is under way \[doc: code\].
pub fn may_be_written(world: &World, subscription_id: &str, name: &str) -> Result<(), Reply> {
    let going = world.groups.iter().find(|group| group.is(subscription_id, name) && group.removal.is_some());
    going.map_or(Ok(()), |group| {
        let text = format!(
            "The resource group '{}' is in deprovisioning state and cannot perform this operation.",
            group.name
        );
        Err(Reply::error(409, "ResourceGroupBeingDeleted", text))
    })
}

fn put(world: &mut World, call: &Call, subscription_id: &str, name: &str) -> Answer {
    may_be_written(world, subscription_id, name)?;
    let location = location(call)?;
    let mut own = json!({"tags": {}});
    merge(&mut own, &read(call)?);
    if let Some(group) = world.groups.iter_mut().find(|group| group.is(subscription_id, name)) {
        if group.location != location {
            let text = format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                group.location
            );
            return Err(Reply::error(409, "InvalidResourceGroupLocation", text));
        }
        group.own = own;
        return Ok(Reply::json(200, group.render()));
    }
    let group = ResourceGroup { own, ..ResourceGroup::new(subscription_id, name, &location) };
    let body = group.render();
    world.groups.push(group);
    Ok(Reply::json(201, body))
}

fn delete(world: &mut World, call: &Call, subscription_id: &str, name: &str) -> Answer {
    let looks_left = world.behaviour.arm_operation_looks;
    let group = find(world, subscription_id, name)?;
    let new = || Removal { id: Uuid::new_v4().to_string(), looks_left };
    let id = group.removal.get_or_insert_with(new).id.clone();
    Ok(accepted(call, subscription_id, &id))
}

fn accepted(call: &Call, subscription_id: &str, id: &str) -> Reply {
    let version = call.query("api-version").unwrap_or_default();
    let address = format!("{}/subscriptions/{subscription_id}/operationresults/{id}?api-version={version}", call.base);
    Reply::empty(202).with_header("location", address).with_header("retry-after", "1")
}

/// A look at a group, which a removal that is due takes away.
fn look<'a>(world: &'a mut World, subscription_id: &str, name: &str) -> Option<&'a ResourceGroup> {
    let at = world.groups.iter().position(|group| group.is(subscription_id, name))?;
    match &mut world.groups[at].removal {
        Some(removal) if removal.looks_left == 0 => {
            world.groups.remove(at);
            world.workspaces.retain(|workspace| !workspace.is_in(subscription_id, name));
            return None;
        }
        Some(removal) => removal.looks_left -= 1,
        None => {}
    }
    Some(&world.groups[at])
}

fn find<'a>(world: &'a mut World, subscription_id: &str, name: &str) -> Result<&'a mut ResourceGroup, Reply> {
    let found = world.groups.iter_mut().find(|group| group.is(subscription_id, name));
    found.ok_or_else(|| refusals::no_resource_group(name))
}

/// What a client may set of a group besides its location.
fn read(call: &Call) -> Result<Value, Reply> {
    let mut own = json!({});
    for (name, fits) in [("tags", Value::is_object as fn(&Value) -> bool), ("managedBy", Value::is_string)] {
        match call.json().map(|mut body| body[name].take()) {
            None | Some(Value::Null) => {}
            Some(value) if fits(&value) => own[name] = value,
            Some(_) => {
                let text = format!("The request content was invalid: '{name}' is of another type.");
                return Err(Reply::error(400, "InvalidRequestContent", text));
            }
        }
    }
    Ok(own)
}

/// What is sent takes the place of what was.
fn merge(own: &mut Value, sent: &Value) {
    for (name, value) in sent.as_object().into_iter().flatten() {
        own[name] = value.clone();
    }
}
