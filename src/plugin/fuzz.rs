//! Doors for `fuzz/`, built only under `--cfg fuzzing`: the wire as a host sees it, without a socket in between, so
//! that a fuzzer reaches what is private to this room.

use std::sync::Arc;

use super::lifetime::Lifetime;
use super::proto::provider_server::Provider;
use super::service::Service;
use super::{json, msgpack};
use crate::terraform::{self, Type, Value};

/// What a host talks to, serving that provider.
pub fn service(provider: Arc<dyn terraform::Provider>) -> impl Provider {
    Service::new(provider, Arc::new(Lifetime::of_one_host()))
}

/// Reads msgpack, or says what is wrong with it.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    msgpack::decode(bytes, ty).map_err(|fault| fault.to_string())
}

/// Writes msgpack, and what did not fit its type.
pub fn encode(value: &Value, ty: &Type) -> (Vec<u8>, Vec<String>) {
    let msgpack::Encoded { bytes, faults } = msgpack::encode(value, ty);
    (bytes, faults.iter().map(ToString::to_string).collect())
}

/// Reads stored state, or says what is wrong with it.
pub fn decode_stored(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    json::decode(bytes, ty).map_err(|fault| fault.to_string())
}

/// Reads a type's name.
pub fn read_type(bytes: &[u8]) -> Option<Type> {
    json::type_from(bytes).ok()
}

/// Writes a type's name.
pub fn write_type(ty: &Type) -> Vec<u8> {
    json::type_to(ty)
}
