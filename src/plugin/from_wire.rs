//! From messages to the words of `terraform`.

use super::fault::Fault;
use super::offer::TypedSchema;
use super::{json, messages, msgpack, proto};
use crate::terraform::{Diagnostic, Type, Value};

/// A value of that type, whichever of the two encodings it came in; a value not sent is null.
pub fn value(sent: Option<&proto::DynamicValue>, ty: &Type, what: &str, of: &str) -> Result<Value, Diagnostic> {
    read(sent, ty).map_err(|fault| messages::unreadable(what, of, &fault))
}

/// What Terraform has of an object's identity; null where it has none.
pub fn identity(
    sent: Option<&proto::ResourceIdentityData>,
    typed: &TypedSchema,
    of: &str,
) -> Result<Value, Diagnostic> {
    match sent.and_then(|sent| sent.identity_data.as_ref()) {
        Some(sent) if !typed.identity.is_none() => value(Some(sent), &typed.identity_ty, "an identity", of),
        _ => Ok(Value::Null),
    }
}

/// The same, with the bare fault.
pub fn read(sent: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value, Fault> {
    match sent {
        None => Ok(Value::Null),
        Some(sent) if !sent.msgpack.is_empty() => msgpack::decode(&sent.msgpack, ty),
        Some(sent) if !sent.json.is_empty() => json::decode(&sent.json, ty),
        Some(_) => Err(Fault::here("neither msgpack nor JSON was sent")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_read() {
        let sent = |msgpack: &[u8], json: &[u8]| proto::DynamicValue { msgpack: msgpack.into(), json: json.into() };
        assert_eq!(read(Some(&sent(b"\xc3", b"")), &Type::Bool), Ok(Value::Bool(true)));
        assert_eq!(read(Some(&sent(b"", b"true")), &Type::Bool), Ok(Value::Bool(true)));
        assert_eq!(read(None, &Type::Bool), Ok(Value::Null));
        assert!(read(Some(&sent(b"", b"")), &Type::Bool).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_attribute() {
        let ty = Type::object([("alerts", Type::Bool)]);
        let sent = proto::DynamicValue { msgpack: b"\x81\xa6alerts\x05".into(), json: Vec::new() };
        let finding = value(Some(&sent), &ty, "a configuration", "defender_thing").unwrap_err();
        assert_eq!(finding.path.to_string(), "alerts");
        assert!(finding.detail.contains("a configuration for defender_thing"), "{}", finding.detail);
        assert!(finding.detail.contains("alerts: a bool expected"), "{}", finding.detail);
    }
}
