//! What a fault takes out of a true answer: an item of a list, or a field. Data in, data out.

use serde_json::Value;

/// Takes the item of this name, or id, out of a list; anything else stays as it is.
pub fn lose(answer: &mut Value, name: &str) {
    let is_it = |item: &Value, field: &str| item[field].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    if let Some(items) = answer.get_mut("value").and_then(Value::as_array_mut) {
        items.retain(|item| !is_it(item, "name") && !is_it(item, "id"));
    }
}

/// Takes what a JSON pointer points at out of an answer and, where that is a list, out of each of its items.
pub fn strip(answer: &mut Value, pointer: &str) {
    if let Some(items) = answer.get_mut("value").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(|item| remove(item, pointer));
    }
    remove(answer, pointer);
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(last);
        }
        Some(Value::Array(items)) => {
            if let Some(at) = last.parse().ok().filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_is_lost_by_its_name_or_id() {
        let list = json!({"value": [{"name": "A", "id": "/x/a"}, {"id": "b"}, {"name": "c"}]});
        let without = |name| {
            let mut list = list.clone();
            lose(&mut list, name);
            list["value"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((without("a"), without("B"), without("d")), (2, 2, 3));
        let mut single = json!({"name": "a"});
        lose(&mut single, "a");
        assert_eq!(single, json!({"name": "a"}));
    }

    #[test]
    fn a_field_is_stripped_from_the_answer_and_from_each_item() {
        let stripped = |mut answer: Value, pointer| {
            strip(&mut answer, pointer);
            answer
        };
        let list = || json!({"value": [{"name": "a", "p": {"q": 1}}, {"name": "b"}], "nextLink": "x"});
        assert_eq!(
            stripped(list(), "/name"),
            json!({"value": [{"p": {"q": 1}}, {}], "nextLink": "x"}),
            "a field of every item"
        );
        assert_eq!(stripped(list(), "/p/q")["value"][0], json!({"name": "a", "p": {}}));
        assert_eq!(stripped(list(), "/value/0/name")["value"], json!([{"p": {"q": 1}}, {"name": "b"}]), "of one item");
        assert_eq!(stripped(list(), "/value/1")["value"].as_array().map_or(0, Vec::len), 1);
        assert_eq!(stripped(list(), "/value"), json!({"nextLink": "x"}));
        assert_eq!(stripped(list(), "/value/9"), list());
        assert_eq!(stripped(json!({"name": "a", "p": 1}), "/p"), json!({"name": "a"}));
    }
}
