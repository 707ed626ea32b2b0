//! The state of `azapi`: a body in ARM's own words, which each schema version keeps in another wrapping.

use serde_json::{Map, Value as Json};

use super::{Managed, Object, managed};
use crate::catalog::Connector;
use crate::terraform::MoveSource;

/// The newest schema version whose wrapping is known: 0 has texts of JSON, 1 values of any type or such texts, 2 values of
/// any type.
pub const NEWEST: i64 = 2;

/// Its types whose state is of one object.
const TYPES: [&str; 2] = ["azapi_resource", "azapi_update_resource"];

/// The types that become a resource of ours, in words.
pub fn types_of(Managed { arm_type, kind, .. }: Managed) -> [String; 1] {
    [match kind {
        Some(kind) => format!("azapi_resource of type {arm_type}, kind {kind}"),
        None => format!("azapi_resource or azapi_update_resource of type {arm_type}"),
    }]
}

/// What a state tells, or why it tells nothing; nothing of a type that is not of one object.
pub fn object(connectors: &'static [Connector], source: &MoveSource<'_>) -> Option<Result<Object, String>> {
    TYPES.contains(&source.type_name).then(|| read(connectors, source))
}

fn read(connectors: &'static [Connector], source: &MoveSource<'_>) -> Result<Object, String> {
    let of_type = source.state["type"].as_str().ok_or("it has no type")?;
    let arm_type = of_type.split('@').next().unwrap_or(of_type);
    let mut item = item(&source.state)?;
    let kind = item["kind"].as_str().unwrap_or_default().to_owned();

    let of_this_type = || managed(connectors).filter(|what| what.arm_type.eq_ignore_ascii_case(arm_type));
    if kind.is_empty() && of_this_type().any(|what| what.kind.is_some()) {
        return Err("its body has no kind, by which objects of its type are told apart".to_owned());
    }
    let is_it = |what: &Managed| what.kind.is_none_or(|known| known.eq_ignore_ascii_case(&kind));
    let what = match kind.as_str() {
        "" => format!("{} of type {arm_type}", source.type_name),
        kind => format!("{} of type {arm_type}, kind {kind}", source.type_name),
    };
    let resource = of_this_type().find(is_it).map(|what| what.resource);
    match item["properties"].take() {
        Json::Null => Ok(Object { what, resource, properties: Json::Object(Map::new()) }),
        properties @ Json::Object(_) => Ok(Object { what, resource, properties }),
        _ => Err("what its body has as properties is no object".to_owned()),
    }
}

/// The object as the service would show it: what was asked for, over what was exported of the answer.
fn item(state: &Json) -> Result<Json, String> {
    let body = object_of(&state["body"]).map_err(|why| format!("its body is {why}"))?;
    // A map of export values gives what it exports names of its own.
    let has_own_names = inside(&state["response_export_values"]).is_object();
    let mut item = if has_own_names { Map::new() } else { object_of(&state["output"]).unwrap_or_default() };
    body.into_iter().for_each(|(name, value)| lay_over(item.entry(name).or_insert(Json::Null), value));
    Ok(Json::Object(item))
}

/// An object in any wrapping; an empty one where there is none.
fn object_of(wrapped: &Json) -> Result<Map<String, Json>, String> {
    let found = match inside(wrapped) {
        Json::String(text) => {
            serde_json::from_str(text).map_err(|error| format!("a text that is no JSON ({error})"))?
        }
        found => found.clone(),
    };
    match found {
        Json::Object(object) => Ok(object),
        Json::Null => Ok(Map::new()),
        _ => Err("no object".to_owned()),
    }
}

/// The value of an attribute that may be of any type, without that type.
fn inside(wrapped: &Json) -> &Json {
    match wrapped.as_object() {
        Some(fields) if fields.len() == 2 && ["type", "value"].iter().all(|name| fields.contains_key(*name)) => {
            &wrapped["value"]
        }
        _ => wrapped,
    }
}

/// Lays an object over another one, field by field at any depth.
fn lay_over(below: &mut Json, above: Json) {
    match (below, above) {
        (Json::Object(below), Json::Object(above)) => {
            above.into_iter().for_each(|(name, value)| lay_over(below.entry(name).or_insert(Json::Null), value));
        }
        (_, Json::Null) => {}
        (below, above) => *below = above,
    }
}
