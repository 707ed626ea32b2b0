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
