//! The record of what went over the wire, one JSON object a line, with secrets cut out. It never decides anything.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::exchange::{Call, Content, Reply};

const REDACTED: &str = "(redacted)";

/// An append-only file of exchanges.
#[derive(Debug)]
pub struct ExchangeLog {
    file: Mutex<File>,
}

/// How an exchange ended, for the log.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// What was sent, or nothing when the connection was dropped.
    pub reply: Option<&'a Reply>,
    /// The fault that was played, if one was.
    pub fault: Option<&'a str>,
}

impl ExchangeLog {
    /// Starts a new log at `path`, replacing what was there.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: Mutex::new(File::create(path)?) })
    }

    /// Writes one line; it is in the file when this returns.
    pub fn write(&self, connection: u64, took: Duration, call: &Call, ending: Ending<'_>) -> io::Result<()> {
        let mut line = line(connection, took, call, ending).to_string();
        line.push('\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}

fn line(connection: u64, took: Duration, call: &Call, ending: Ending<'_>) -> Value {
    let mut line = json!({
        "time": jiff::Timestamp::now().to_string(),
        "connection": connection,
        "method": call.method,
        "url": format!("{}{}", call.base, call.target),
        "requestHeaders": headers(&call.headers),
        "requestBody": request_body(call),
        "status": ending.reply.map(|reply| reply.status),
        "responseHeaders": ending.reply.map(|reply| headers(&reply.headers)),
        "responseBody": ending.reply.map_or(Value::Null, response_body),
        "durationMs": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    if let Some(fault) = ending.fault {
        line["fault"] = json!(fault);
    }
    line
}

fn headers(headers: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in headers {
        let value = match name.to_ascii_lowercase().as_str() {
            "authorization" | "x-ms-authorization-auxiliary" => match value.split_once(' ') {
                Some((scheme, _)) => format!("{scheme} {REDACTED}"),
                None => REDACTED.to_owned(),
            },
            "x-identity-header" | "secret" => REDACTED.to_owned(),
            _ => value.clone(),
        };
        object.insert(name.to_ascii_lowercase(), json!(value));
    }
    Value::Object(object)
}

fn request_body(call: &Call) -> Value {
    if call.body.is_empty() {
        return Value::Null;
    }
    if let Some(json) = call.json() {
        return redact(json);
    }
    let text = String::from_utf8_lossy(&call.body);
    if call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(&call.body) {
            form.append_pair(&name, if is_secret(&name) { REDACTED } else { &value });
        }
        return json!(form.finish());
    }
    json!(text)
}

fn response_body(reply: &Reply) -> Value {
    match &reply.content {
        Content::Empty => Value::Null,
        Content::Json(value) => redact(value.clone()),
        Content::Text(text) if is_token(text.trim()) => json!(REDACTED),
        Content::Text(text) => json!(text),
    }
}

fn redact(mut value: Value) -> Value {
    match &mut value {
        Value::String(text) if is_token(text) => return json!(REDACTED),
        Value::Object(object) => {
            for (name, inner) in object.iter_mut() {
                *inner = if is_secret(name) { json!(REDACTED) } else { redact(inner.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = redact(item.take())),
        _ => {}
    }
    value
}

/// Whether this is a JSON web token, whatever it is called: a CI system's comes as `value`.
fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3 && !text.contains(char::is_whitespace)
}

fn is_secret(name: &str) -> bool {
    const SECRETS: [&str; 9] = [
        "access_token",
        "client_assertion",
        "client_secret",
        "password",
        "refresh_token",
        "id_token",
        "oidcToken",
        "primarySharedKey",
        "secondarySharedKey",
    ];
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_secrets_stay_out_of_the_log() {
        let headers = vec![
            ("authorization".to_owned(), "Bearer very.secret.token".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        let body = b"client_id=app&client_secret=hush&client_assertion=hush".to_vec();
        let call = Call::new("POST", "/t/oauth2/v2.0/token", headers, body, "https://x");
        let reply = Reply::json(200, json!({"access_token": "very.secret.token", "expires_in": 10}));
        let line = line(1, Duration::ZERO, &call, Ending { reply: Some(&reply), fault: None });
        let text = line.to_string();
        assert!(!text.contains("hush") && !text.contains("very.secret"), "{text}");
        assert_eq!(line["requestHeaders"]["authorization"], "Bearer (redacted)");
        assert_eq!(line["responseBody"]["expires_in"], 10);
    }

    #[test]
    fn tokens_of_ci_systems_and_the_header_of_app_service_stay_out_too() {
        let headers = ["X-IDENTITY-HEADER", "secret"].map(|name| (name.to_owned(), "hush".to_owned())).to_vec();
        let call = Call::new("GET", "/ci/github/token", headers, Vec::new(), "https://x");
        let said =
            |reply: Reply| line(1, Duration::ZERO, &call, Ending { reply: Some(&reply), fault: None }).to_string();
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzIn0.hush";
        for reply in [
            Reply::json(200, json!({"count": 1, "value": token})),
            Reply::json(200, json!({"oidcToken": "hush"})),
            Reply::json(200, json!([token])),
            Reply::text(200, format!("{token}\n")),
        ] {
            let text = said(reply);
            assert!(!text.contains("hush") && text.contains(REDACTED), "{text}");
        }
        assert!(said(Reply::json(200, json!({"value": [{"name": "eyJ.a.b c"}]}))).contains("eyJ.a.b c"));
    }

    #[test]
    fn a_dropped_connection_has_no_status() {
        let call = Call::new("GET", "/", Vec::new(), Vec::new(), "https://x");
        let line = line(1, Duration::ZERO, &call, Ending { reply: None, fault: Some("drop before") });
        assert_eq!(line["status"], Value::Null);
        assert_eq!(line["fault"], "drop before");
    }
}
