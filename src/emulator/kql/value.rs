//! What a cell may hold.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// One value.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Cell {
    Null,
    Bool(bool),
    Long(i64),
    Real(f64),
    Text(String),
    Time(Timestamp),
    Span(SignedDuration),
}

impl Cell {
    /// As the service writes it.
    pub fn shown(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => json!(flag),
            Self::Long(number) => json!(number),
            Self::Real(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Time(time) => json!(time.strftime("%Y-%m-%dT%H:%M:%S.%fZ").to_string()),
            Self::Span(span) => json!(format!("{}s", span.as_secs())),
        }
    }

    /// What the service calls its type; nothing for null, which has none of its own.
    pub fn type_name(&self) -> Option<&'static str> {
        match self {
            Self::Null => None,
            Self::Bool(_) => Some("bool"),
            Self::Long(_) => Some("long"),
            Self::Real(_) => Some("real"),
            Self::Text(_) => Some("string"),
            Self::Time(_) => Some("datetime"),
            Self::Span(_) => Some("timespan"),
        }
    }

    /// A column of a record as a scenario writes it.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Long(whole),
                None => number.as_f64().map_or(Self::Null, Self::Real),
            },
            Value::String(text) => Self::Text(text.clone()),
            _ => Self::Null,
        }
    }
}

/// A span as KQL writes it: a whole number of days, hours, minutes or seconds.
pub fn span(text: &str) -> Option<SignedDuration> {
    let at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds).map(SignedDuration::from_secs)
}
