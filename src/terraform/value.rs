//! Terraform's values: known, null or unknown, at any depth. How they travel is not said here.

use std::collections::BTreeMap;

use super::Type;

/// The attributes of an object, or the elements of a map, by name.
pub type Object = BTreeMap<String, Value>;

/// A value as Terraform sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not known before apply, with what is known of it already.
    Unknown(Refinement),
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    /// A list, set or tuple.
    List(Vec<Value>),
    /// A map, or an object, or a nested block.
    Object(Object),
    /// A value of an attribute whose type the schema leaves open, with the type it came with.
    Dynamic(Box<(Type, Value)>),
}

/// A number in the form it travelled in, so that it goes back digit for digit.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
    /// Decimal digits of a number that neither fits 64 bits nor is an exact binary fraction.
    Decimal(String),
}

/// What is known of an unknown value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// `Some(false)`: certainly not null. `Some(true)`: certainly null.
    pub null: Option<bool>,
    pub string_prefix: Option<String>,
    /// Lowest number, and whether it is itself allowed.
    pub number_min: Option<(Number, bool)>,
    /// Highest number, and whether it is itself allowed.
    pub number_max: Option<(Number, bool)>,
    pub length_min: Option<i64>,
    pub length_max: Option<i64>,
}

impl Value {
    /// An unknown of which nothing is known.
    pub fn unknown() -> Self {
        Value::Unknown(Refinement::default())
    }

    /// A set or list of strings.
    pub fn strings<I: IntoIterator<Item = S>, S: Into<String>>(items: I) -> Self {
        Value::List(items.into_iter().map(|item| Value::String(item.into())).collect())
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// Neither null nor unknown; says nothing of what lies inside.
    pub fn is_known(&self) -> bool {
        !self.is_null() && !self.is_unknown()
    }

    /// No unknown at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(items) => items.iter().all(Value::is_wholly_known),
            Value::Object(fields) => fields.values().all(Value::is_wholly_known),
            Value::Dynamic(inner) => inner.1.is_wholly_known(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The number, if it is a whole one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(Number::Int(number)) => Some(*number),
            Value::Number(Number::Uint(number)) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The attribute of that name; null where this is no object or has none such.
    pub fn get(&self, name: &str) -> &Value {
        self.as_object().and_then(|fields| fields.get(name)).unwrap_or(&Value::Null)
    }

    /// The known strings of a list or set, in its order.
    pub fn known_strings(&self) -> Vec<&str> {
        self.as_list().unwrap_or_default().iter().filter_map(Value::as_str).collect()
    }

    /// Sets an attribute; does nothing unless this is an object.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(fields) = self {
            fields.insert(name.to_owned(), value.into());
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Number::Int(number))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
