//! One request and one reply as plain data, between the socket and the surfaces. No routing and no I/O here.

use serde_json::Value;
use uuid::Uuid;

/// One request, read completely.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The method in capitals.
    pub method: String,
    /// The path as sent, percent-decoded segment by segment.
    pub segments: Vec<String>,
    /// The path and query as sent.
    pub target: String,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body bytes.
    pub body: Vec<u8>,
    /// The scheme and authority that the client used, e.g. `https://localhost:8443`.
    pub base: String,
}

impl Call {
    /// Takes a request apart: `target` is the path with its query.
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>, fallback_base: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let base = headers
            .iter()
            .find(|(name, _)| name == "host")
            .map_or_else(|| fallback_base.to_owned(), |(_, host)| format!("https://{host}"));
        Self {
            method: method.to_ascii_uppercase(),
            segments: path.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect(),
            target: target.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body,
            base,
        }
    }

    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name; ARM does not look at its case.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The path without its query, as sent.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The body as JSON; `None` when it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What a reply carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// No bytes at all.
    Empty,
    /// A JSON document.
    Json(Value),
    /// Text that is not JSON, or must not be touched.
    Text(String),
}

/// One reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those every reply carries.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub content: Content,
}

/// What a surface hands back: both sides are replies, `Err` lets it refuse with `?`.
pub type Answer = Result<Reply, Reply>;

impl Reply {
    /// A reply with a JSON body.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(body) }
    }

    /// A reply without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Empty }
    }

    /// A reply with a plain text body.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), content: Content::Text(body.into()) }
    }

    /// An ARM error body \[spec: CloudError\].
    pub fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::json(status, serde_json::json!({"error": {"code": code, "message": message.into()}}))
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.content {
            Content::Empty => Vec::new(),
            Content::Json(value) => value.to_string().into_bytes(),
            Content::Text(text) => text.clone().into_bytes(),
        }
    }

    /// Adds what every reply of the service carries: type, date and request ids.
    pub fn complete(mut self, call: &Call) -> Self {
        let request_id = Uuid::new_v4().to_string();
        let correlation = call.header("x-ms-correlation-request-id").unwrap_or(&request_id).to_owned();
        let content_type = match self.content {
            Content::Empty => None,
            Content::Json(_) => Some("application/json; charset=utf-8"),
            Content::Text(_) => Some("text/plain; charset=utf-8"),
        };
        let mut add = |name: &str, value: String| {
            if !self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name)) {
                self.headers.push((name.to_owned(), value));
            }
        };
        if let Some(content_type) = content_type {
            add("content-type", content_type.to_owned());
        }
        if let Ok(date) =
            jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now())
        {
            add("date", date);
        }
        add("x-ms-request-id", request_id);
        add("x-ms-correlation-request-id", correlation);
        self
    }
}

/// Undoes percent-encoding; a stray `%` stays as it is.
fn percent_decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_apart() {
        let headers = vec![("host".to_owned(), "localhost:1".to_owned())];
        let call = Call::new("get", "/a/b%2Fc%zz?Api-Version=1&x=%20", headers, Vec::new(), "https://x");
        assert_eq!(call.segments, ["a", "b/c%zz"]);
        assert_eq!(call.query("api-version"), Some("1"));
        assert_eq!(call.query("x"), Some(" "));
        assert_eq!(call.base, "https://localhost:1");
        assert_eq!(call.path(), "/a/b%2Fc%zz");
    }

    #[test]
    fn every_reply_carries_a_date_and_echoes_the_correlation_id() {
        let headers = vec![("x-ms-correlation-request-id".to_owned(), "c".to_owned())];
        let call = Call::new("GET", "/", headers, Vec::new(), "https://x");
        let reply = Reply::empty(204).complete(&call);
        assert!(reply.headers.contains(&("x-ms-correlation-request-id".to_owned(), "c".to_owned())));
        assert!(reply.headers.iter().any(|(name, value)| name == "date" && value.ends_with("GMT")));
        assert!(!reply.headers.iter().any(|(name, _)| name == "content-type"));
    }
}
