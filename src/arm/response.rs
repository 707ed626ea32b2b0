//! What an answer is: an accepted request, a refusal, a redirect or garbage, and where a list goes on.

use std::time::Duration;

use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};
use serde_json::Value;
use url::Url;

use super::error::{Error, Kind, Refusal, is_transient, no_bom, tidy};
use super::redaction::Redaction;
use super::request::address;
use super::retry::{Failure, retry_after};

/// What the service said to a request that it accepted.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Null when the answer has no body.
    pub body: Value,
    pub request_id: Option<String>,
    /// Bytes of the body.
    pub(super) size: usize,
    /// Where the service tells what becomes of it, if it is not done yet.
    pub(super) pending: Pending,
}

impl Answer {
    /// The body, if it is a resource as ARM describes every one of them: with an id, a name and properties.
    pub fn resource(self) -> Result<Value, Error> {
        match expect_resource(&self.body) {
            Ok(()) => Ok(self.body),
            Err(error) => Err(Error { status: Some(self.status), request_id: self.request_id, ..error }),
        }
    }
}

/// A text field of an answer; "" where there is none.
pub fn text<'a>(item: &'a Value, field: &str) -> &'a str {
    item.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a body has what ARM describes of every resource.
pub fn is_resource(body: &Value) -> bool {
    ["id", "name"].iter().all(|field| !text(body, field).is_empty()) && body["properties"].is_object()
}

/// An error unless a body, or an item of a list, is a resource.
pub fn expect_resource(body: &Value) -> Result<(), Error> {
    let message = "the answer is not a resource: it has no text 'id' or 'name', or no object 'properties'";
    if is_resource(body) { Ok(()) } else { Err(Error::new(Kind::Garbage, message)) }
}

/// Where a service tells what became of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// `Azure-AsyncOperation`: an address whose body has a `status`.
    pub status_at: Option<String>,
    /// `Location`: an address that answers 202 until the write is done.
    pub location: Option<String>,
    /// How long the service asks to wait first.
    pub retry_after: Option<Duration>,
}

/// Makes an answer or an error of a response; what it says for people is said without secrets.
pub(super) fn read(response: &RawResponse, is_write: bool, redaction: &Redaction) -> Result<Answer, Failure> {
    let status = u16::from(response.status());
    let request_id = request_id(response.headers(), redaction);
    let body = no_bom(response.body());
    if (200..300).contains(&status) {
        let body = if body.trim_ascii().is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
        return match body {
            Ok(body) => {
                let (size, pending) = (response.body().len(), pending(response.headers()));
                Ok(Answer { status, body, request_id, size, pending })
            }
            Err(why) => {
                let error = Error::new(Kind::Garbage, format!("the answer is not JSON: {why}"));
                let error = Error { status: Some(status), request_id, ..error };
                Err(Failure::last(error.in_doubt(is_write)))
            }
        };
    }
    if (300..400).contains(&status) {
        let to = header(response.headers(), "location");
        let to = to.and_then(|to| Url::parse(to).ok()).map_or("nowhere".to_owned(), |to| address(&to));
        let message = format!("the answer redirects to {}, which is not followed", tidy(&redaction.hide(&to), 300));
        let error = Error { status: Some(status), request_id, ..Error::new(Kind::Garbage, message) };
        return Err(Failure::last(error));
    }
    let again = is_transient(status).then(|| retry_after(response.headers()));
    // Before it is read: what is read of it is cut and brought into form.
    let body = String::from_utf8_lossy(body);
    let refusal = Refusal::read(redaction.hide(&body).as_bytes());
    let error = Error { request_id, ..Error::refused(status, refusal) }.challenged(response.headers());
    // A gateway that fails cannot say how far the request came.
    Err(Failure::new(error.in_doubt(is_write && (status >= 500 || status == 408)), again))
}

fn pending(headers: &Headers) -> Pending {
    Pending {
        status_at: header(headers, "azure-asyncoperation").map(str::to_owned),
        location: header(headers, "location").map(str::to_owned),
        retry_after: retry_after(headers),
    }
}

fn request_id(headers: &Headers, redaction: &Redaction) -> Option<String> {
    ["x-ms-request-id", "x-ms-correlation-request-id", "request-id"]
        .into_iter()
        .find_map(|name| header(headers, name))
        .map(|id| tidy(&redaction.hide(id), 100))
}

fn header<'a>(headers: &'a Headers, name: &'static str) -> Option<&'a str> {
    headers.get_optional_str(&HeaderName::from_static(name)).filter(|value| !value.is_empty())
}

/// Where a list goes on: only on the host that it came from, since the token goes along.
pub(super) fn next_page(current: &Url, link: &Value) -> Result<Option<Url>, String> {
    let link = match link {
        Value::Null => return Ok(None),
        Value::String(link) if link.is_empty() => return Ok(None),
        Value::String(link) => link,
        _ => return Err("the answer's nextLink is not a text".to_owned()),
    };
    let next = current.join(link).map_err(|why| format!("the answer's nextLink is not an address: {why}"))?;
    if next.origin() != current.origin() || !next.username().is_empty() || next.password().is_some() {
        let host = tidy(next.host_str().unwrap_or("nowhere"), 200);
        return Err(format!("the answer's nextLink leads to {}://{host}, which is not followed", next.scheme()));
    }
    Ok(Some(next))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fake::{Fake, call, get, put, reply};
    use super::*;

    #[test]
    fn a_next_page_stays_on_its_host() {
        let current = Url::parse("https://host:8443/a/list?api-version=1").unwrap();
        let next = |link: &str| next_page(&current, &Value::from(link));
        assert_eq!(next("https://host:8443/b?x=1").unwrap().unwrap().as_str(), "https://host:8443/b?x=1");
        assert_eq!(next("?skip=1").unwrap().unwrap().as_str(), "https://host:8443/a/list?skip=1");
        assert_eq!(next("").unwrap(), None);
        assert_eq!(next_page(&current, &Value::Null).unwrap(), None);
        for wrong in
            ["http://host:8443/b", "https://host/b", "https://evil:8443/b", "//evil/b", "https://me@host:8443/b"]
        {
            assert!(next(wrong).unwrap_err().contains("which is not followed"), "{wrong}");
        }
        assert!(next_page(&current, &Value::from(1)).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_redirect_is_not_followed() {
        let (client, fake) =
            Fake::new(|_| async { reply(302, &[("location", "https://me:pass@evil.example/x?token=y")], "") }).client();
        let error = client.send(&call(60), get()).await.unwrap_err();
        assert_eq!(error.message, "the answer redirects to https://evil.example/x, which is not followed");
        assert_eq!((error.kind, fake.count()), (Kind::Garbage, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_cannot_be_read_is_garbage() {
        for body in ["{\"a\":", "<html>", &"[".repeat(100_000)] {
            let body = body.to_owned();
            let (client, fake) = Fake::new(move |_| {
                let body = body.clone();
                async move { reply(200, &[("request-id", "rid")], &body) }
            })
            .client();
            let error = client.send(&call(60), put()).await.unwrap_err();
            assert_eq!((error.kind, error.request_id.as_deref()), (Kind::Garbage, Some("rid")));
            assert!(error.may_have_happened());
            assert_eq!(fake.count(), 1);
        }
    }
}
