//! From a value to msgpack.

use std::borrow::Cow;

use rmp::encode;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{PLAIN_UNKNOWN, REFINED_UNKNOWN, refinement};
use crate::plugin::fault::{Fault, MAX_DEPTH};
use crate::plugin::json;
use crate::terraform::{Number, Refinement, Step, Type, Value};

/// A value written as a type, and what of it did not fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    /// Where null stands in place of a value of another type: a bug of the provider, yet no reason to lose the rest.
    pub faults: Vec<Fault>,
}

/// Terraform cuts longer prefixes itself.
const MAX_PREFIX: usize = 255;

/// Writes a value as that type says. Attributes that the value lacks are null.
pub fn encode(value: &Value, ty: &Type) -> Encoded {
    let mut encoded = Encoded::default();
    encoded.value(value, ty, 0);
    encoded
}

impl Encoded {
    fn value(&mut self, value: &Value, ty: &Type, depth: usize) {
        if depth > MAX_DEPTH {
            self.misfit(Fault::too_deep());
            return;
        }
        match (ty, value) {
            (_, Value::Null) => self.null(),
            (_, Value::Unknown(known)) => self.unknown(known),
            (Type::Dynamic, Value::Dynamic(inner)) => self.dynamic(&inner.1, &inner.0, depth),
            (Type::Dynamic, open) => self.dynamic(open, &type_of(open), depth),
            (ty, Value::Dynamic(inner)) => self.value(&inner.1, ty, depth + 1),
            (Type::Bool, Value::Bool(flag)) => ok(encode::write_bool(&mut self.bytes, *flag)),
            (Type::Number, Value::Number(number)) => self.number(number),
            (Type::String, Value::String(text)) => self.text(text),
            (Type::List(element) | Type::Set(element), Value::List(items)) => {
                ok(encode::write_array_len(&mut self.bytes, length(items.len())));
                for (position, item) in items.iter().enumerate() {
                    self.at(index(position), |encoded| encoded.value(item, element, depth + 1));
                }
            }
            (Type::Tuple(types), Value::List(items)) if types.len() == items.len() => {
                ok(encode::write_array_len(&mut self.bytes, length(items.len())));
                for (position, (item, ty)) in items.iter().zip(types).enumerate() {
                    self.at(index(position), |encoded| encoded.value(item, ty, depth + 1));
                }
            }
            (Type::Map(element), Value::Object(entries)) => {
                ok(encode::write_map_len(&mut self.bytes, length(entries.len())));
                for (key, item) in entries {
                    self.text(key);
                    self.at(Step::Key(key.clone()), |encoded| encoded.value(item, element, depth + 1));
                }
            }
            (Type::Object(types), Value::Object(fields)) => {
                ok(encode::write_map_len(&mut self.bytes, length(types.len())));
                for (name, ty) in types {
                    self.text(name);
                    let field = fields.get(name).unwrap_or(&Value::Null);
                    self.at(Step::Attribute(name.clone()), |encoded| encoded.value(field, ty, depth + 1));
                }
                for name in fields.keys().filter(|name| !types.contains_key(*name)) {
                    let fault = Fault::here("the schema has no such attribute");
                    self.faults.push(fault.under(Step::Attribute(name.clone())));
                }
            }
            (ty, value) => {
                let wanted = String::from_utf8_lossy(&json::type_to(ty)).into_owned();
                self.misfit(Fault::here(format!("{wanted} expected, found {}", kind(value))));
            }
        }
    }

    /// Writes what stands at that step; its faults are seen from here.
    fn at(&mut self, step: Step, write: impl FnOnce(&mut Self)) {
        let outside = std::mem::take(&mut self.faults);
        write(self);
        let inside = std::mem::replace(&mut self.faults, outside);
        self.faults.extend(inside.into_iter().map(|fault| fault.under(step.clone())));
    }

    fn misfit(&mut self, fault: Fault) {
        self.faults.push(fault);
        self.null();
    }

    fn null(&mut self) {
        ok(encode::write_nil(&mut self.bytes));
    }

    fn dynamic(&mut self, value: &Value, ty: &Type, depth: usize) {
        ok(encode::write_array_len(&mut self.bytes, 2));
        ok(encode::write_bin(&mut self.bytes, &json::type_to(ty)));
        self.value(value, ty, depth + 1);
    }

    fn number(&mut self, number: &Number) {
        match number {
            Number::Int(number) => {
                ok(encode::write_sint(&mut self.bytes, *number));
            }
            Number::Uint(number) => {
                ok(encode::write_uint(&mut self.bytes, *number));
            }
            Number::Float(number) => ok(encode::write_f64(&mut self.bytes, *number)),
            Number::Decimal(digits) => ok(encode::write_str(&mut self.bytes, digits)),
        }
    }

    fn text(&mut self, text: &str) {
        ok(encode::write_str(&mut self.bytes, &normal_form(text)));
    }

    fn unknown(&mut self, known: &Refinement) {
        if *known == Refinement::default() {
            // One byte of payload is what Terraform itself sends.
            ok(encode::write_ext_meta(&mut self.bytes, 1, PLAIN_UNKNOWN));
            self.bytes.push(0);
            return;
        }
        if known.null == Some(true) {
            return self.null();
        }
        let payload = refined(known);
        ok(encode::write_ext_meta(&mut self.bytes, length(payload.len()), REFINED_UNKNOWN));
        self.bytes.extend_from_slice(&payload);
    }
}

fn refined(known: &Refinement) -> Vec<u8> {
    let mut entries = Encoded::default();
    let mut count = 0;
    let mut entry = |key: u64, write: &mut dyn FnMut(&mut Encoded)| {
        ok(encode::write_uint(&mut entries.bytes, key));
        write(&mut entries);
        count += 1;
    };
    if let Some(null) = known.null {
        entry(refinement::NULL, &mut |out| ok(encode::write_bool(&mut out.bytes, null)));
    }
    if let Some(prefix) = &known.string_prefix {
        let normal = normal_form(prefix);
        let end = (0..=MAX_PREFIX.min(normal.len())).rev().find(|end| normal.is_char_boundary(*end)).unwrap_or(0);
        entry(refinement::STRING_PREFIX, &mut |out| ok(encode::write_str(&mut out.bytes, &normal[..end])));
    }
    for (key, bound) in [(refinement::NUMBER_MIN, &known.number_min), (refinement::NUMBER_MAX, &known.number_max)] {
        if let Some((number, included)) = bound {
            entry(key, &mut |out| {
                ok(encode::write_array_len(&mut out.bytes, 2));
                out.number(number);
                ok(encode::write_bool(&mut out.bytes, *included));
            });
        }
    }
    for (key, bound) in [(refinement::LENGTH_MIN, known.length_min), (refinement::LENGTH_MAX, known.length_max)] {
        if let Some(bound) = bound {
            entry(key, &mut |out| out.number(&Number::Int(bound)));
        }
    }
    let mut payload = Vec::new();
    ok(encode::write_map_len(&mut payload, count));
    payload.append(&mut entries.bytes);
    payload
}

/// Terraform holds every string in Unicode's composed form and takes another form for another value.
fn normal_form(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

/// The type that a value shows by itself, for attributes whose type is open.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::List(items) => Type::Tuple(items.iter().map(type_of).collect()),
        Value::Object(fields) => {
            Type::Object(fields.iter().map(|(name, field)| (name.clone(), type_of(field))).collect())
        }
        Value::Null | Value::Unknown(_) | Value::Dynamic(_) => Type::Dynamic,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Unknown(_) => "an unknown value",
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
        Value::Dynamic(_) => "a value with its own type",
    }
}

fn index(position: usize) -> Step {
    Step::Index(i64::try_from(position).unwrap_or(i64::MAX))
}

fn length(length: usize) -> u32 {
    // Messages end at 256 MiB, long before this limit.
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Writing into a `Vec` cannot fail.
fn ok<T, E>(result: Result<T, E>) {
    drop(result);
}
