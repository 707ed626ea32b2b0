//! Values and types in JSON: what Terraform keeps in state files, and how types are named on the wire.
//!
//! Stored state may come from another version of the provider, so reading is tolerant: attributes that the schema
//! does not know are left out, those that it lacks are null.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::decimal;
use super::fault::{Fault, MAX_DEPTH};
use crate::terraform::{Step, Type, Value};

/// Reads a whole value of that type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Fault> {
    value(parsed(bytes, "JSON")?, ty, 0)
}

/// Piece by piece as raw text, so that numbers keep their digits.
fn value(raw: &RawValue, ty: &Type, depth: usize) -> Result<Value, Fault> {
    let text = raw.get();
    if depth > MAX_DEPTH {
        return Err(Fault::too_deep());
    }
    if text == "null" {
        return Ok(Value::Null);
    }
    match ty {
        Type::Bool => match text {
            "true" | "\"true\"" => Ok(Value::Bool(true)),
            "false" | "\"false\"" => Ok(Value::Bool(false)),
            _ => Err(Fault::here("a bool expected")),
        },
        Type::Number => {
            let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            decimal::parse(digits).map(Value::Number).ok_or_else(|| Fault::here("a number expected"))
        }
        Type::String if text.starts_with('"') => parsed(text.as_bytes(), "a string").map(Value::String),
        // The schema may have made a string of what was a number or a bool.
        Type::String if !text.starts_with(['[', '{']) => Ok(Value::String(text.to_owned())),
        Type::String => Err(Fault::here("a string expected")),
        Type::List(element) | Type::Set(element) => {
            let items: Vec<&RawValue> = parsed(text.as_bytes(), "an array")?;
            let items = items.into_iter().map(|item| (item, &**element));
            elements(items, depth)
        }
        Type::Tuple(types) => {
            let items: Vec<&RawValue> = parsed(text.as_bytes(), "an array")?;
            if items.len() != types.len() {
                return Err(Fault::here(format!("{} elements expected, found {}", types.len(), items.len())));
            }
            elements(items.into_iter().zip(types), depth)
        }
        Type::Map(element) => {
            let entries: BTreeMap<String, &RawValue> = parsed(text.as_bytes(), "an object")?;
            let entries = entries.into_iter().map(|(key, item)| {
                let read = value(item, element, depth + 1).map_err(|fault| fault.under(Step::Key(key.clone())))?;
                Ok((key, read))
            });
            entries.collect::<Result<_, _>>().map(Value::Object)
        }
        Type::Object(types) => {
            let fields: BTreeMap<String, &RawValue> = parsed(text.as_bytes(), "an object")?;
            let fields = types.iter().map(|(name, ty)| {
                let Some(field) = fields.get(name) else { return Ok((name.clone(), Value::Null)) };
                let read = value(field, ty, depth + 1).map_err(|fault| fault.under(Step::Attribute(name.clone())))?;
                Ok((name.clone(), read))
            });
            fields.collect::<Result<_, _>>().map(Value::Object)
        }
        Type::Dynamic => {
            let fields: BTreeMap<String, &RawValue> = parsed(text.as_bytes(), "an object with type and value")?;
            let (Some(ty), Some(inner)) = (fields.get("type"), fields.get("value")) else {
                return Err(Fault::here("an object with type and value expected"));
            };
            let ty = type_from(ty.get().as_bytes())?;
            let inner = value(inner, &ty, depth + 1)?;
            Ok(Value::Dynamic(Box::new((ty, inner))))
        }
    }
}

fn elements<'a>(items: impl Iterator<Item = (&'a RawValue, &'a Type)>, depth: usize) -> Result<Value, Fault> {
    let items = items.enumerate().map(|(position, (item, ty))| {
        let step = Step::Index(i64::try_from(position).unwrap_or(i64::MAX));
        value(item, ty, depth + 1).map_err(|fault| fault.under(step))
    });
    items.collect::<Result<_, _>>().map(Value::List)
}

fn parsed<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8], wanted: &str) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::here(format!("{wanted} expected: {error}")))
}

/// The type's name on the wire: compact JSON such as `["list","string"]`.
pub fn type_to(ty: &Type) -> Vec<u8> {
    type_json(ty).to_string().into_bytes()
}

fn type_json(ty: &Type) -> serde_json::Value {
    use serde_json::json;
    match ty {
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::String => json!("string"),
        Type::Dynamic => json!("dynamic"),
        Type::List(element) => json!(["list", type_json(element)]),
        Type::Set(element) => json!(["set", type_json(element)]),
        Type::Map(element) => json!(["map", type_json(element)]),
        Type::Tuple(types) => json!(["tuple", types.iter().map(type_json).collect::<Vec<_>>()]),
        Type::Object(types) => {
            let types: serde_json::Map<_, _> = types.iter().map(|(name, ty)| (name.clone(), type_json(ty))).collect();
            json!(["object", types])
        }
    }
}

/// Reads a type's name; serde_json bounds the depth.
pub fn type_from(bytes: &[u8]) -> Result<Type, Fault> {
    typed(&parsed(bytes, "a type")?)
}

fn typed(json: &serde_json::Value) -> Result<Type, Fault> {
    let boxed = |json| typed(json).map(Box::new);
    let parts = json.as_array().map(Vec::as_slice).unwrap_or_default();
    match (json.as_str(), parts) {
        (Some("bool"), _) => Ok(Type::Bool),
        (Some("number"), _) => Ok(Type::Number),
        (Some("string"), _) => Ok(Type::String),
        (Some("dynamic"), _) => Ok(Type::Dynamic),
        (None, [name, inner, ..]) => match (name.as_str(), inner) {
            (Some("list"), inner) => boxed(inner).map(Type::List),
            (Some("set"), inner) => boxed(inner).map(Type::Set),
            (Some("map"), inner) => boxed(inner).map(Type::Map),
            (Some("tuple"), serde_json::Value::Array(types)) => {
                types.iter().map(typed).collect::<Result<_, _>>().map(Type::Tuple)
            }
            // A third part lists optional attributes, which only matter to conversions.
            (Some("object"), serde_json::Value::Object(types)) => {
                let types = types.iter().map(|(name, ty)| Ok((name.clone(), typed(ty)?)));
                types.collect::<Result<_, _>>().map(Type::Object)
            }
            _ => Err(Fault::here("not a type that Terraform has")),
        },
        _ => Err(Fault::here("not a type that Terraform has")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::Number;

    fn state() -> Type {
        Type::object([
            ("id", Type::String),
            ("count", Type::Number),
            ("tags", Type::map(Type::String)),
            ("kinds", Type::set(Type::String)),
            ("open", Type::Dynamic),
            ("later", Type::Bool),
        ])
    }

    #[test]
    fn stored_state_is_read_whatever_its_age() {
        let json = r#"{"id":"a","count":1.10,"tags":{"k":"v"},"kinds":["x"],"gone":[1,{"a":2}],
            "open":{"type":["list","number"],"value":[12345678901234567890123]}}"#;
        let value = decode(json.as_bytes(), &state()).unwrap();
        assert_eq!(value.get("count"), &Value::Number(Number::Decimal("1.10".to_owned())));
        assert_eq!(value.get("tags").get("k").as_str(), Some("v"));
        assert!(value.get("later").is_null());
        assert_eq!(value.as_object().unwrap().len(), 6);
        let Value::Dynamic(open) = value.get("open") else { panic!() };
        let digits = Number::Decimal("12345678901234567890123".to_owned());
        assert_eq!(**open, (Type::list(Type::Number), Value::List(vec![Value::Number(digits)])));
    }

    #[test]
    fn simple_types_may_have_changed() {
        let ty = Type::object([("id", Type::String), ("count", Type::Number), ("later", Type::Bool)]);
        let value = decode(br#"{"id":5,"count":"7","later":"true"}"#, &ty).unwrap();
        assert_eq!(value.get("id").as_str(), Some("5"));
        assert_eq!(value.get("count").as_i64(), Some(7));
        assert_eq!(value.get("later").as_bool(), Some(true));
    }

    #[test]
    fn faults_say_where() {
        let fault = |json: &str| decode(json.as_bytes(), &state()).unwrap_err().to_string();
        let told = [
            fault("{"),
            fault("[]"),
            fault(r#"{"count":true}"#),
            fault(r#"{"kinds":["a",[]]}"#),
            fault(r#"{"tags":{"a b":{}}}"#),
            fault(r#"{"open":{"type":"text","value":1}}"#),
        ]
        .join("\n");
        expect![[r#"
            JSON expected: EOF while parsing an object at line 1 column 1
            an object expected: invalid type: sequence, expected a map at line 1 column 0
            count: a number expected
            kinds[1]: a string expected
            tags["a b"]: a string expected
            open: not a type that Terraform has"#]]
        .assert_eq(&told);
    }

    #[test]
    fn types_go_both_ways() {
        let ty = Type::object([
            ("a", Type::list(Type::Bool)),
            ("b", Type::Tuple(vec![Type::Number, Type::Dynamic])),
            ("c", state()),
        ]);
        let json = type_to(&ty);
        assert!(json.starts_with(br#"["object",{"a":["list","bool"],"b":["tuple",["number","dynamic"]],"#));
        assert_eq!(type_from(&json).unwrap(), ty);
        assert_eq!(type_from(br#"["object",{"a":"string"},["a"]]"#).unwrap(), Type::object([("a", Type::String)]));
        let deep = format!("{}\"string\"{}", r#"["list","#.repeat(5000), "]".repeat(5000));
        assert!(type_from(deep.as_bytes()).is_err());
    }
}
