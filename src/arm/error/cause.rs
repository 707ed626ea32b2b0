//! Finds the one thing that matters in the chain of errors that the libraries build when no answer, or no token, came.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use azure_core::error::ErrorKind;
use serde::Deserialize;

use super::answer::{Refusal, line, no_bom, tidy, word};
use super::{Error, Kind};

/// Entra's refusal of a token.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(in crate::arm) struct EntraRefusal {
    pub status: u16,
    pub code: Option<String>,
    pub message: String,
    pub trace_id: Option<String>,
    pub retry_after: Option<Duration>,
}

/// A body that is larger than anything the service has to say.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the answer is larger than {0} bytes")]
pub(in crate::arm) struct TooLarge(pub usize);

/// What came instead of an answer.
pub(in crate::arm) struct Classified {
    pub error: Error,
    /// Whether another try may fare better, and how long Entra asked to wait first.
    pub again: Option<Option<Duration>>,
    /// Whether the request may have reached the service.
    pub sent: bool,
}

/// Sorts an error of the HTTP pipeline or of a credential.
pub(in crate::arm) fn classify(error: &(dyn StdError + 'static)) -> Classified {
    let chain = chain(error);
    let root = chain.last().map(|last| tidy(&last.to_string(), 500)).unwrap_or_default();
    let give_up = |kind, message: String| Classified { error: Error::new(kind, message), again: None, sent: false };

    if let Some(refusal) = first::<EntraRefusal>(&chain) {
        let EntraRefusal { status, code, message, trace_id, retry_after } = refusal.clone();
        let error = Error { status: Some(status), code, request_id: trace_id, ..Error::new(Kind::Token, message) };
        return Classified { error, again: is_transient(status).then_some(retry_after), sent: false };
    }
    if let Some(large) = first::<TooLarge>(&chain) {
        return Classified { sent: true, ..give_up(Kind::Garbage, large.to_string()) };
    }
    if let Some(rustls::Error::InvalidCertificate(why)) = first::<rustls::Error>(&chain) {
        return give_up(Kind::Certificate, format!("the server's certificate is not trusted: {}", distrust(why)));
    }
    if root.contains("invalid peer certificate") {
        // A verifier of the platform may wrap rustls' error in a text.
        return give_up(Kind::Certificate, format!("the server's certificate is not trusted: {root}"));
    }
    if first::<reqwest::Error>(&chain).is_some_and(reqwest::Error::is_builder) {
        return give_up(Kind::Settings, format!("the request cannot be made: {root}"));
    }
    let kinds: Vec<&ErrorKind> = chain
        .iter()
        .filter_map(|error| error.downcast_ref::<azure_core::Error>())
        .map(azure_core::Error::kind)
        .collect();
    if kinds.contains(&&ErrorKind::Connection) {
        let error = Error::new(Kind::Unreachable, format!("no connection: {root}"));
        return Classified { error, again: Some(None), sent: false };
    }
    if kinds.contains(&&ErrorKind::Io) && !kinds.contains(&&ErrorKind::Credential) || has::<reqwest::Error>(&chain) {
        let error = Error::new(Kind::Unreachable, format!("the connection was lost: {root}"));
        return Classified { error, again: Some(None), sent: true };
    }
    if let Some(why) = first::<serde_json::Error>(&chain) {
        // Of a value in the wrong place the parser quotes the value, and that may be the token.
        let why = if why.is_data() { "it is no answer of Entra's".to_owned() } else { root };
        return give_up(Kind::Garbage, format!("the answer to the request for a token cannot be read: {why}"));
    }
    if kinds.contains(&&ErrorKind::Credential) {
        let (code, message) = credential(&error.to_string());
        let error = Error { code, ..Error::new(Kind::Token, message) };
        return Classified { error, again: None, sent: false };
    }
    give_up(Kind::Settings, root)
}

/// rustls' word for what is wrong with a certificate, in words for people where it is a common one.
fn distrust(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Why;
    match why {
        // A root of the same name with another key is what an emulator leaves that made itself a new one.
        Why::UnknownIssuer | Why::BadSignature => "none of the trusted roots issued it".to_owned(),
        Why::Expired | Why::ExpiredContext { .. } => "it has expired".to_owned(),
        Why::NotValidYet | Why::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "it is made for another host".to_owned(),
        other => tidy(&other.to_string(), 300),
    }
}

/// Whether a status promises that the same request may be answered otherwise a little later.
pub(in crate::arm) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429) || ((500..600).contains(&status) && status != 501)
}

impl EntraRefusal {
    /// Reads the token service's answer. azure_identity cannot: it fails on a description with an escaped character,
    /// and Entra's have line breaks in them.
    pub fn read(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            error: String,
            #[serde(default)]
            error_description: String,
            trace_id: Option<String>,
        }
        let Ok(Body { error, error_description, trace_id }) = serde_json::from_slice::<Body>(no_bom(body)) else {
            let Refusal { code, message, .. } = Refusal::read(body);
            return Self { status, code, message, trace_id: None, retry_after };
        };
        let (code, message) = split_code(&tidy(&error_description, 2000));
        let code = word(code.as_deref().unwrap_or(&error));
        let message = if message.is_empty() { line(&error) } else { message };
        let trace_id = trace_id.as_deref().and_then(word);
        Self { status, code, message, trace_id, retry_after }
    }
}

/// What a command line's credential prints, without azure_identity's frame and Entra's identifiers.
fn credential(text: &str) -> (Option<String>, String) {
    let text = text.split_once("authentication failed.").map_or(text, |(_, rest)| rest);
    let text = text.split_once("To troubleshoot, visit").map_or(text, |(rest, _)| rest);
    let text = tidy(text, 500);
    match text.find("AADSTS") {
        Some(at) => split_code(text.get(at..).unwrap_or(&text)),
        None => (None, text),
    }
}

/// "AADSTS7000215: Invalid client secret provided. Ensure … Trace ID: …" as its code and first sentence.
fn split_code(text: &str) -> (Option<String>, String) {
    let (code, rest) = match text.split_once(':') {
        Some((code, rest)) if code.starts_with("AADSTS") => (Some(code.to_owned()), rest.trim()),
        _ => (None, text),
    };
    let rest = rest.split_once(" Trace ID:").map_or(rest, |(rest, _)| rest);
    let sentence = rest.split_once(". ").map_or_else(|| rest.to_owned(), |(first, _)| format!("{first}."));
    (code, sentence)
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut chain = vec![error];
    let mut next = Some(error);
    while let Some(current) = next.filter(|_| chain.len() < 32) {
        // An io::Error names the source of what it wraps as its own, so the wrapped error itself is fetched first.
        next = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => current.source(),
        };
        chain.extend(next);
    }
    chain
}

fn first<'a, T: StdError + 'static>(chain: &[&'a (dyn StdError + 'static)]) -> Option<&'a T> {
    chain.iter().find_map(|error| error.downcast_ref())
}

fn has<T: StdError + 'static>(chain: &[&(dyn StdError + 'static)]) -> bool {
    first::<T>(chain).is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn entras_words_are_cut_to_the_first_sentence() {
        let body = br#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret is the value.\r\nTrace ID: abc Correlation ID: def","error_codes":[7000215],"trace_id":"abc"}"#;
        let refusal = EntraRefusal::read(401, body, None);
        assert_eq!(refusal.code.as_deref(), Some("AADSTS7000215"));
        assert_eq!(refusal.message, "Invalid client secret provided.");
        assert_eq!(refusal.trace_id.as_deref(), Some("abc"));
        assert_eq!(EntraRefusal::read(502, b"<h1>Bad</h1>", None).message, "the answer is a page: Bad");
        assert_eq!(EntraRefusal::read(400, br#"{"error":"x"}"#, None).message, "x");
    }

    #[test]
    fn nothing_of_entras_answer_steers_the_terminal() {
        let refusal = EntraRefusal::read(400, br#"{"error":"a\u001b[2J","trace_id":"b\u0007\nc"}"#, None);
        assert_eq!(refusal.code.as_deref(), Some("a [2J"));
        assert_eq!(refusal.message, "a [2J");
        assert_eq!(refusal.trace_id.as_deref(), Some("b c"));
        assert_eq!(EntraRefusal::read(400, b"{}", None).message, "the answer gives no reason");
    }

    #[test]
    fn the_command_lines_words_lose_their_frame() {
        let (code, message) = credential(
            "AzureCliCredential authentication failed. ERROR: AADSTS700082: The refresh token has expired. More.\nTo \
             troubleshoot, visit https://aka.ms/x",
        );
        assert_eq!((code.as_deref(), message.as_str()), (Some("AADSTS700082"), "The refresh token has expired."));
        assert_eq!(credential("X authentication failed. Please run 'az login'.").1, "Please run 'az login'.");
    }

    #[test]
    fn an_untrusted_certificate_is_found_behind_io_errors() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let io = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        let error = azure_core::Error::with_error(ErrorKind::Connection, io, "failed to execute");
        let classified = classify(&error);
        assert_eq!(classified.error.kind, Kind::Certificate);
        assert!(classified.again.is_none() && !classified.sent);
    }

    #[test]
    fn a_lost_connection_may_have_delivered() {
        let io = io::Error::new(io::ErrorKind::ConnectionReset, "reset by peer");
        let classified = classify(&azure_core::Error::with_error(ErrorKind::Io, io, "failed"));
        assert_eq!(classified.error.message, "the connection was lost: reset by peer");
        assert!(classified.sent && classified.again.is_some());
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let classified = classify(&azure_core::Error::with_error(ErrorKind::Connection, refused, "failed"));
        assert!(!classified.sent && classified.again.is_some());
    }
}
