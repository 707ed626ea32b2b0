//! From msgpack to a value.

use std::collections::BTreeMap;

use rmp::Marker;

use super::{REFINED_UNKNOWN, refinement};
use crate::plugin::decimal;
use crate::plugin::fault::{Fault, MAX_DEPTH};
use crate::plugin::json;
use crate::terraform::{Number, Object, Refinement, Step, Type, Value};

/// Reads a whole value of that type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Fault> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, 0)?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(Fault::here(format!("{} bytes follow the value", reader.rest.len())))
    }
}

/// The bytes not read yet. Nothing is allocated by a declared length: what is read is borrowed, and lists grow as
/// their elements arrive.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep());
        }
        let marker = self.peek()?;
        if marker == Marker::Null {
            self.marker()?;
            return Ok(Value::Null);
        }
        if let Some((code, payload)) = self.extension()? {
            return if code == REFINED_UNKNOWN { unknown(payload, depth) } else { Ok(Value::unknown()) };
        }
        match ty {
            Type::Bool => match self.marker()? {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                other => Err(unexpected("a bool", other)),
            },
            Type::Number => self.number().map(Value::Number),
            Type::String => self.text().map(|text| Value::String(text.to_owned())),
            Type::List(element) | Type::Set(element) => {
                let length = self.array_length()?;
                self.elements(length, |_| Some(element), depth)
            }
            Type::Tuple(types) => {
                let length = self.array_length()?;
                if length != types.len() {
                    return Err(Fault::here(format!("{} elements expected, found {length}", types.len())));
                }
                self.elements(length, |position| types.get(position), depth)
            }
            Type::Map(element) => self.entries(|_| Some(element), depth).map(Value::Object),
            Type::Object(types) => self.object(types, depth),
            Type::Dynamic => {
                let length = self.array_length()?;
                if length != 2 {
                    return Err(Fault::here(format!("a type and a value expected, found {length} elements")));
                }
                let ty = json::type_from(self.bytes()?)?;
                let value = self.value(&ty, depth + 1)?;
                Ok(Value::Dynamic(Box::new((ty, value))))
            }
        }
    }

    fn elements<'t>(
        &mut self,
        length: usize,
        ty: impl Fn(usize) -> Option<&'t Type>,
        depth: usize,
    ) -> Result<Value, Fault> {
        let mut items = Vec::new();
        for position in 0..length {
            let step = || Step::Index(i64::try_from(position).unwrap_or(i64::MAX));
            let ty = ty(position).ok_or_else(|| Fault::here("has no such element").under(step()))?;
            items.push(self.value(ty, depth + 1).map_err(|fault| fault.under(step()))?);
        }
        Ok(Value::List(items))
    }

    fn object(&mut self, types: &BTreeMap<String, Type>, depth: usize) -> Result<Value, Fault> {
        let fields = self.entries(|name| types.get(name), depth).map_err(named_as_attribute)?;
        match types.keys().find(|name| !fields.contains_key(*name)) {
            Some(missing) => Err(Fault::here("missing").under(Step::Attribute(missing.clone()))),
            None => Ok(Value::Object(fields)),
        }
    }

    fn entries<'t>(&mut self, ty: impl Fn(&str) -> Option<&'t Type>, depth: usize) -> Result<Object, Fault> {
        let mut entries = Object::new();
        for _ in 0..self.map_length()? {
            let name = self.text()?;
            let here = |fault: Fault| fault.under(Step::Key(name.to_owned()));
            let ty = ty(name).ok_or_else(|| here(Fault::here("the schema has no such attribute")))?;
            let value = self.value(ty, depth + 1).map_err(here)?;
            if entries.insert(name.to_owned(), value).is_some() {
                return Err(here(Fault::here("given twice")));
            }
        }
        Ok(entries)
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let marker = self.peek()?;
        if let Some(number) = self.integer()? {
            return Ok(number);
        }
        let float = match marker {
            Marker::F64 => {
                self.marker()?;
                f64::from_be_bytes(self.array()?)
            }
            Marker::F32 => {
                self.marker()?;
                f64::from(f32::from_be_bytes(self.array()?))
            }
            _ => {
                let text = self.text().map_err(|_| unexpected("a number", marker))?;
                return decimal::parse(text)
                    .ok_or_else(|| Fault::here(format!("{:?} is no decimal number", shortened(text))));
            }
        };
        if float.is_nan() { Err(Fault::here("a number expected, found NaN")) } else { Ok(Number::Float(float)) }
    }

    /// The integer that comes next, if one does.
    fn integer(&mut self) -> Result<Option<Number>, Fault> {
        let marker = self.peek()?;
        if let Marker::FixPos(number) = marker {
            self.marker()?;
            return Ok(Some(Number::Int(i64::from(number))));
        }
        if let Marker::FixNeg(number) = marker {
            self.marker()?;
            return Ok(Some(Number::Int(i64::from(number))));
        }
        let signed = matches!(marker, Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64);
        let unsigned = matches!(marker, Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64);
        if !signed && !unsigned {
            return Ok(None);
        }
        self.marker()?;
        Ok(Some(match marker {
            Marker::I8 => Number::Int(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Number::Int(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Number::Int(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Number::Int(i64::from_be_bytes(self.array()?)),
            Marker::U8 => Number::Int(i64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Number::Int(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Number::Int(i64::from(u32::from_be_bytes(self.array()?))),
            // What fits i64 is an Int whatever its marker, so that equal numbers are equal values.
            _ => {
                let number = u64::from_be_bytes(self.array()?);
                i64::try_from(number).map_or(Number::Uint(number), Number::Int)
            }
        }))
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        let length = match self.marker()? {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 => self.length8()?,
            Marker::Str16 => self.length16()?,
            Marker::Str32 => self.length32()?,
            other => return Err(unexpected("a string", other)),
        };
        std::str::from_utf8(self.take(length)?).map_err(|_| Fault::here("the string is not UTF-8"))
    }

    /// Binary data, or text where a sender made no difference between the two.
    fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = match self.peek()? {
            Marker::Bin8 => self.marker().and_then(|_| self.length8())?,
            Marker::Bin16 => self.marker().and_then(|_| self.length16())?,
            Marker::Bin32 => self.marker().and_then(|_| self.length32())?,
            other => return self.text().map(str::as_bytes).map_err(|_| unexpected("a type", other)),
        };
        self.take(length)
    }

    fn array_length(&mut self) -> Result<usize, Fault> {
        match self.marker()? {
            Marker::FixArray(length) => Ok(usize::from(length)),
            Marker::Array16 => self.length16(),
            Marker::Array32 => self.length32(),
            other => Err(unexpected("an array", other)),
        }
    }

    fn map_length(&mut self) -> Result<usize, Fault> {
        match self.marker()? {
            Marker::FixMap(length) => Ok(usize::from(length)),
            Marker::Map16 => self.length16(),
            Marker::Map32 => self.length32(),
            other => Err(unexpected("a map", other)),
        }
    }

    /// The extension that comes next, if one does: its code and payload.
    fn extension(&mut self) -> Result<Option<(i8, &'a [u8])>, Fault> {
        let fixed = match self.peek()? {
            Marker::FixExt1 => Some(1),
            Marker::FixExt2 => Some(2),
            Marker::FixExt4 => Some(4),
            Marker::FixExt8 => Some(8),
            Marker::FixExt16 => Some(16),
            Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => None,
            _ => return Ok(None),
        };
        let length = match (self.marker()?, fixed) {
            (_, Some(length)) => length,
            (Marker::Ext8, _) => self.length8()?,
            (Marker::Ext16, _) => self.length16()?,
            _ => self.length32()?,
        };
        let [code] = self.array()?;
        Ok(Some((i8::from_be_bytes([code]), self.take(length)?)))
    }

    fn length8(&mut self) -> Result<usize, Fault> {
        Ok(usize::from(u8::from_be_bytes(self.array()?)))
    }

    fn length16(&mut self) -> Result<usize, Fault> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn length32(&mut self) -> Result<usize, Fault> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| Fault::here("longer than memory"))
    }

    fn peek(&self) -> Result<Marker, Fault> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(cut_off)
    }

    fn marker(&mut self) -> Result<Marker, Fault> {
        let [byte] = self.array()?;
        Ok(Marker::from_u8(byte))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(*head)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(head)
    }
}

/// What a refined unknown says of itself. Its parts could be such unknowns again, so depth counts here too.
fn unknown(payload: &[u8], depth: usize) -> Result<Value, Fault> {
    let mut reader = Reader { rest: payload };
    let mut known = Refinement::default();
    for _ in 0..reader.map_length()? {
        let key = match reader.integer()? {
            Some(Number::Int(key)) => u64::try_from(key).unwrap_or(u64::MAX),
            _ => return Err(Fault::here("a refinement has no number")),
        };
        match key {
            refinement::NULL => known.null = reader.value(&Type::Bool, depth + 1)?.as_bool(),
            refinement::STRING_PREFIX => known.string_prefix = Some(reader.text()?.to_owned()),
            refinement::NUMBER_MIN => known.number_min = reader.bound(depth)?,
            refinement::NUMBER_MAX => known.number_max = reader.bound(depth)?,
            refinement::LENGTH_MIN => known.length_min = reader.value(&Type::Number, depth + 1)?.as_i64(),
            refinement::LENGTH_MAX => known.length_max = reader.value(&Type::Number, depth + 1)?.as_i64(),
            // A later Terraform may know more kinds; their length is not known here, and what was read still holds.
            _ => break,
        }
    }
    Ok(Value::Unknown(known))
}

impl Reader<'_> {
    fn bound(&mut self, depth: usize) -> Result<Option<(Number, bool)>, Fault> {
        if self.array_length()? != 2 {
            return Err(Fault::here("a bound has a number and whether it is included"));
        }
        let number = self.number()?;
        let included = self.value(&Type::Bool, depth + 1)?.as_bool().unwrap_or(true);
        Ok(Some((number, included)))
    }
}

/// Objects and maps are read alike; an object's entries are called attributes.
fn named_as_attribute(mut fault: Fault) -> Fault {
    if let Some(first) = fault.path.0.first_mut()
        && let Step::Key(name) = first
    {
        *first = Step::Attribute(std::mem::take(name));
    }
    fault
}

fn cut_off() -> Fault {
    Fault::here("the value ends too early")
}

fn unexpected(wanted: &str, found: Marker) -> Fault {
    let found = match found {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "binary data",
        Marker::Reserved => "a byte that msgpack does not use",
        Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 | Marker::FixExt16 => "an unknown value",
        Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => "an unknown value",
        _ => "a number",
    };
    Fault::here(format!("{wanted} expected, found {found}"))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
