//! An object as state has it and as the service has it: either is made of the other here, and the two are compared.

use crate::provider::engine::attributes::{ID, NAME, WORKSPACE_ID};
use serde_json::Value as Json;

use super::WorkspaceObject;
use crate::arm::{Collection, text};
use crate::provider::engine::ledger::Memory;
use crate::provider::resources::shape::Shape;
use crate::terraform::{Value, plan};

impl<S: Shape> WorkspaceObject<S> {
    pub(super) fn body(&self, value: &Value, etag: Option<&str>) -> Json {
        let mut body = serde_json::json!({ "kind": self.shape.kind(), "properties": self.shape.properties(value) });
        if let (Some(etag), Json::Object(fields)) = (etag, &mut body) {
            fields.insert("etag".to_owned(), etag.into());
        }
        body
    }

    /// Where the service's object differs from `value`, one line for each attribute.
    pub(super) fn differences(&self, value: &Value, item: &Json) -> Vec<String> {
        self.compare(value, item, |name, wanted, found| format!("{name}: {wanted} here, {found} there"))
    }

    /// What of the service's object becomes another when it is written as `value`, one line for each attribute.
    pub(super) fn changes(&self, value: &Value, item: &Json) -> Vec<String> {
        self.compare(value, item, |name, wanted, found| format!("{name}: {found} -> {wanted}"))
    }

    fn compare(&self, value: &Value, item: &Json, line: impl Fn(&str, &str, &str) -> String) -> Vec<String> {
        let found = self.shape.read(value, item);
        let own = self.block.attributes.iter().filter(|attribute| found.contains_key(&attribute.name));
        own.filter_map(|attribute| {
            let (wanted, found) = (value.get(&attribute.name), &found[&attribute.name]);
            let same = plan::same(attribute, wanted, found) || wanted.is_unknown();
            (!same).then(|| line(&attribute.name, &shown(wanted), &shown(found)))
        })
        .collect()
    }

    /// The state of an object: what the service shows, in the spelling that `known` has.
    pub(super) fn state(&self, known: &Value, item: &Json) -> Value {
        let mut answered = known.clone();
        for (name, value) in self.shape.read(known, item) {
            answered.set(&name, value);
        }
        answered.set(NAME, text(item, "name"));
        let mut state = plan::keep_spellings(&self.block, known, answered);
        set_id(&mut state, self.shape.collection());
        state
    }
}

/// What is remembered of an object as the service shows it.
pub(super) fn remembered(item: &Json) -> Memory {
    Memory { etag: text_option(item, "etag").map(str::to_owned), ..Memory::default() }
}

pub(super) fn text_option<'a>(item: &'a Json, field: &str) -> Option<&'a str> {
    item.get(field).and_then(Json::as_str)
}

/// Puts `id` together from the workspace's id as the user spells it and the name.
pub(super) fn set_id(value: &mut Value, collection: Collection) {
    if let (Some(workspace), Some(name)) = (value.get(WORKSPACE_ID).as_str(), value.get(NAME).as_str()) {
        let workspace = workspace.trim_end_matches('/');
        let id = format!("{workspace}/providers/Microsoft.SecurityInsights/{}/{name}", collection.segment());
        value.set(ID, id);
    }
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Unknown(_) | Value::Number(_) | Value::Object(_) | Value::Dynamic(_) => "another value".to_owned(),
    }
}
