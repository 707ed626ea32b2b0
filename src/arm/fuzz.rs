//! Doors for `fuzz/`, built only under `--cfg fuzzing`: what a service answers, without a service, so that a fuzzer
//! reaches what is private to this room.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{RawResponse, StatusCode};
use url::Url;

use super::error::{EntraRefusal, Error};
use super::redaction::Redaction;
use super::response::{Answer, next_page, read};

/// What an answer of that status, headers and body is taken for.
pub fn answer(status: u16, headers: &[(&'static str, String)], body: &[u8], is_write: bool) -> Result<Answer, Error> {
    let mut carried = Headers::new();
    for (name, value) in headers {
        carried.insert(HeaderName::from_static(name), HeaderValue::from(value.clone()));
    }
    let response = RawResponse::from_bytes(StatusCode::from(status), carried, body.to_vec());
    read(&response, is_write, &Redaction::default()).map_err(|failure| *failure.error)
}

/// Where a list goes on after that answer, or why it does not.
pub fn next(current: &Url, answer: &serde_json::Value) -> Result<Option<Url>, String> {
    next_page(current, answer.get("nextLink").unwrap_or(&serde_json::Value::Null))
}

/// What a refusal of the token service says.
pub fn token_refusal(status: u16, body: &[u8]) -> String {
    EntraRefusal::read(status, body, Some(Duration::ZERO)).to_string()
}
