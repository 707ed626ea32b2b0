//! What tells one object of a resource from all others, by attributes that its state has.

use super::{Block, Object, Type, Value};

/// The attributes of state that name an object; none where a resource has no identity. The version counts changes that a
/// stored identity must be upgraded for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    pub version: i64,
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity; its type is the one that it has in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityAttribute {
    pub name: &'static str,
    /// Whether an import can do without it.
    pub optional: bool,
    pub description: &'static str,
}

impl Identity {
    pub fn is_none(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The type of the identities of objects that `block` describes.
    pub fn value_type(&self, block: &Block) -> Type {
        let typed = self.attributes.iter().map(|attribute| {
            let ty = block.attribute(attribute.name).map_or(Type::String, |found| found.ty.clone());
            (attribute.name.to_owned(), ty)
        });
        Type::Object(typed.collect())
    }

    /// The identity of an object as its state has it, in the spelling of `known` where that is the same but for casing.
    /// There is none while one of its attributes is not there yet.
    pub fn of(&self, state: &Value, known: &Value) -> Option<Value> {
        let mut identity = Object::new();
        for attribute in &self.attributes {
            let value = state.get(attribute.name);
            if !value.is_wholly_known() || value.is_null() {
                return None;
            }
            identity.insert(attribute.name.to_owned(), value.clone());
        }
        let identity = (!identity.is_empty()).then_some(Value::Object(identity))?;
        Some(if is_same(&identity, known) { known.clone() } else { identity })
    }
}

/// Whether two identities name one object: ARM's ids and GUIDs know no case.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|((name, left), (other, right))| name == other && is_same(left, right))
        }
        (Value::String(left), Value::String(right)) => left.eq_ignore_ascii_case(right),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn an_identity_is_what_its_state_says() {
        let attribute = |name, optional| IdentityAttribute { name, optional, description: "" };
        let identity = Identity { version: 0, attributes: vec![attribute("id", false), attribute("tenant", true)] };
        let state = |id: Value| object(&[("id", id), ("tenant", "t".into()), ("on", true.into())]);
        let named = |id: &str| object(&[("id", id.into()), ("tenant", "t".into())]);
        assert_eq!(identity.of(&state("/a".into()), &Value::Null), Some(named("/a")));
        // The spelling that is known stays, but an import that named no tenant learns of it.
        assert_eq!(identity.of(&state("/a".into()), &named("/A")), Some(named("/A")));
        assert_eq!(identity.of(&state("/a".into()), &named("/b")), Some(named("/a")));
        let without = object(&[("id", "/A".into()), ("tenant", Value::Null)]);
        assert_eq!(identity.of(&state("/a".into()), &without), Some(named("/a")));
        assert_eq!(identity.of(&state(Value::unknown()), &named("/a")), None);
        assert_eq!(identity.of(&state(Value::Null), &named("/a")), None);
        assert_eq!(Identity::default().of(&state("/a".into()), &Value::Null), None);
    }
}
