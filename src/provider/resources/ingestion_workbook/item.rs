//! A workbook as state has it and as the service has it: either is made of the other here, and the two are compared.

use serde_json::{Map, Value as Json, json};

use super::block::{CATEGORY, CONTENT, DESCRIPTION, DISPLAY_NAME, LOCATION, SOURCE_ID, TABLES, TAGS, TITLE_TAG, block};
use super::content;
use crate::arm::text;
use crate::catalog::HuntingTable;
use crate::provider::engine::place;
use crate::terraform::{Object, Value, plan};

/// The category of the workbooks that Sentinel shows.
const SENTINEL: &str = "sentinel";

/// Fills in what follows from workspace and tables, as far as these are known.
pub fn derive(value: &mut Value) {
    let Some(workspace) = place::known_workspace(value) else { return };
    value.set(CATEGORY, SENTINEL);
    value.set(SOURCE_ID, workspace.key());
    let tables =
        value.get(TABLES).is_wholly_known().then(|| content::render(&workspace, &value.get(TABLES).known_strings()));
    value.set(CONTENT, tables.map_or_else(Value::unknown, Value::from));
}

/// The body of a PUT.
pub fn body(value: &Value) -> Json {
    let [display_name, description, location, serialized, category, source] =
        [DISPLAY_NAME, DESCRIPTION, LOCATION, CONTENT, CATEGORY, SOURCE_ID].map(|name| value.get(name).as_str());
    let mut properties = json!({
        "displayName": display_name,
        "serializedData": serialized,
        "version": content::VERSION,
        "category": category,
        "sourceId": source,
    });
    if let Some(description) = description {
        properties["description"] = description.into();
    }
    let tags = value.get(TAGS).as_object().into_iter().flatten();
    let tags: Map<String, Json> = tags.filter_map(|(name, tag)| Some((name.clone(), tag.as_str()?.into()))).collect();
    json!({ "location": location, "kind": "shared", "tags": tags, "properties": properties })
}

/// The part of it that Microsoft describes as always there and that an answer with its content lacks.
pub fn lacks(item: &Json) -> Option<&'static str> {
    if text(item, "location").is_empty() {
        return Some("location");
    }
    let always = ["displayName", "category", "serializedData"];
    always.into_iter().find(|name| !item["properties"][name].is_string())
}

/// Whether two texts name one region.
pub fn same_region(left: &str, right: &str) -> bool {
    let key = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    key(left) == key(right)
}

/// Whether two selections of tables are one, whatever the spelling.
pub fn same_tables(left: &Value, right: &Value) -> bool {
    let keys = |tables: &Value| {
        let mut keys: Vec<_> = tables.known_strings().into_iter().map(HuntingTable::key).collect();
        keys.sort_unstable();
        keys
    };
    left.is_null() == right.is_null() && keys(left) == keys(right)
}

/// Its attributes as the service shows them, in the spelling of `known` where that says the same.
fn read(known: &Value, item: &Json) -> Object {
    let properties = &item["properties"];
    let kept = |name: &str, found: &str, same: fn(&str, &str) -> bool| {
        let known = known.get(name).as_str().filter(|known| same(known, found));
        Value::from(known.unwrap_or(found))
    };
    let tags = item["tags"].as_object().into_iter().flatten();
    let tags = tags.filter(|(name, _)| !name.eq_ignore_ascii_case(TITLE_TAG));
    let tags: Object = tags.filter_map(|(name, tag)| Some((name.clone(), tag.as_str()?.into()))).collect();
    let tags = if tags.is_empty() && known.get(TAGS).is_null() { Value::Null } else { Value::Object(tags) };
    let description = Some(text(properties, "description"))
        .filter(|description| !description.is_empty() || known.get(DESCRIPTION).as_str() == Some(""));
    let attributes = [
        (DISPLAY_NAME, text(properties, "displayName").into()),
        (DESCRIPTION, description.into()),
        (LOCATION, kept(LOCATION, text(item, "location"), same_region)),
        (TAGS, tags),
        (CONTENT, kept(CONTENT, text(properties, "serializedData"), content::same)),
        (CATEGORY, kept(CATEGORY, text(properties, "category"), str::eq_ignore_ascii_case)),
        (SOURCE_ID, kept(SOURCE_ID, text(properties, "sourceId"), str::eq_ignore_ascii_case)),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Where the service's workbook differs from `value`, one line for each attribute.
pub fn differences(value: &Value, item: &Json) -> Vec<String> {
    compare(value, item, |name, wanted, found| format!("{name}: {wanted} here, {found} there"))
}

/// What of the service's workbook becomes another when it is written as `value`, one line for each attribute.
pub fn changes(value: &Value, item: &Json) -> Vec<String> {
    compare(value, item, |name, wanted, found| format!("{name}: {found} -> {wanted}"))
}

fn compare(value: &Value, item: &Json, line: impl Fn(&str, &str, &str) -> String) -> Vec<String> {
    let (found, block) = (read(value, item), block());
    let own = block.attributes.iter().filter_map(|attribute| Some((attribute, found.get(&attribute.name)?)));
    own.filter_map(|(attribute, found)| {
        let wanted = value.get(&attribute.name);
        let same = wanted.is_unknown() || plan::same(attribute, wanted, found);
        // Of a content nobody wants to read the whole in a message.
        let (here, there) = match attribute.name.as_str() {
            CONTENT => match (charts(wanted), charts(found)) {
                (here, there) if here == there => (here, format!("{there}, changed by hand")),
                charts => charts,
            },
            _ => (shown(wanted), shown(found)),
        };
        (!same).then(|| line(&attribute.name, &here, &there))
    })
    .collect()
}

/// A content as a message shows it.
fn charts(value: &Value) -> String {
    match value.as_str().and_then(content::tables) {
        Some(tables) if tables.is_empty() => "charts of no table".to_owned(),
        Some(tables) => format!("charts of {}", tables.join(", ")),
        None => "a content that was not made here".to_owned(),
    }
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Object(tags) => {
            let tags = tags.iter().map(|(name, tag)| format!("{name} = {}", shown(tag)));
            format!("{{{}}}", tags.collect::<Vec<_>>().join(", "))
        }
        _ => "nothing".to_owned(),
    }
}

/// State as the service shows the workbook, in the spelling that state has.
pub fn seen(state: &Value, item: &Json) -> Value {
    let mut answered = state.clone();
    for (name, value) in read(state, item) {
        answered.set(&name, value);
    }
    plan::keep_spellings(&block(), state, answered)
}

/// The tables that a content of our own making shows; null where it shows none or is somebody else's.
pub fn tables_of(item: &Json) -> Value {
    let tables = content::tables(text(&item["properties"], "serializedData"));
    tables.filter(|tables| !tables.is_empty()).map_or(Value::Null, Value::strings)
}
