//! A transport for tests: Entra answers by itself, everything else by the test's own function. Nothing is connected.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use tokio_util::sync::CancellationToken;

use super::{Call, Client, ClientSecret, Cloud, Credentials, Endpoints, Method, Plane, Request, Secret, Settings};

pub(super) const TENANT: &str = "11111111-1111-4111-8111-111111111111";
pub(super) const SECRET: &str = "the-client-secret";

pub(super) type Reply = azure_core::Result<AsyncRawResponse>;

/// A request as it reached the transport.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The method and the whole address.
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// How many requests to the same service came before.
    pub number: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// The transport; it remembers what it saw.
pub(super) struct Fake {
    pub requests: Mutex<Vec<Seen>>,
    pub token_requests: Mutex<Vec<Seen>>,
    answer: Box<dyn Fn(Seen) -> BoxFuture<'static, Reply> + Send + Sync>,
    entra: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
}

impl Fake {
    pub fn new<F: Future<Output = Reply> + Send + 'static>(answer: impl Fn(Seen) -> F + Send + Sync + 'static) -> Self {
        Self {
            requests: Mutex::default(),
            token_requests: Mutex::default(),
            answer: Box::new(move |seen| answer(seen).boxed()),
            entra: Box::new(token),
        }
    }

    /// Lets a test answer the requests for tokens too.
    pub fn entra(mut self, entra: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        self.entra = Box::new(entra);
        self
    }

    pub fn client(self) -> (Client, Arc<Self>) {
        self.client_of(settings())
    }

    pub fn client_of(self, settings: Settings) -> (Client, Arc<Self>) {
        let fake = Arc::new(self);
        (Client::over(settings, Arc::clone(&fake) as Arc<dyn HttpClient>).unwrap(), fake)
    }

    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

#[async_trait]
impl HttpClient for Fake {
    async fn execute_request(&self, request: &azure_core::http::Request) -> Reply {
        let Body::Bytes(body) = request.body() else { unreachable!("bodies are bytes") };
        let mut seen = Seen {
            line: format!("{} {}", request.method().as_str(), request.url()),
            headers: request.headers().iter().map(|(k, v)| (k.as_str().into(), v.as_str().into())).collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            number: 0,
        };
        let is_token = request.url().host_str() == Some("login.microsoftonline.com");
        {
            let mut log = if is_token { &self.token_requests } else { &self.requests }.lock().unwrap();
            seen.number = log.len();
            log.push(seen.clone());
        }
        if is_token { (self.entra)(&seen) } else { (self.answer)(seen).await }
    }
}

/// A service principal of this secret.
pub(super) fn client_secret(secret: &str) -> ClientSecret {
    ClientSecret { client_id: "22222222-2222-4222-8222-222222222222".into(), secret: Secret::new(secret) }
}

/// Settings with a client secret in the public cloud.
pub(super) fn settings() -> Settings {
    Settings {
        endpoints: Endpoints::of_cloud(&Cloud::public()),
        credentials: Credentials {
            tenant_id: Some(TENANT.into()),
            credential: Some(Arc::new(client_secret(SECRET))),
            ..Credentials::default()
        },
        user_agent: "provider/1.0 terraform/1.11".into(),
        request_timeout: Duration::from_secs(60),
        max_retries: 3,
        max_requests_per_second: None,
    }
}

/// An answer with headers.
pub(super) fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    let mut map = Headers::new();
    for (name, value) in headers {
        map.insert(*name, (*value).to_owned());
    }
    Ok(AsyncRawResponse::from_bytes(status.into(), map, body.as_bytes().to_vec()))
}

/// An answer in the form of ARM's errors.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    reply(
        status,
        &[("x-ms-request-id", "rid")],
        &serde_json::json!({"error": {"code": code, "message": message}}).to_string(),
    )
}

/// A connection that breaks after the request was sent.
pub(super) fn lost() -> Reply {
    Err(azure_core::Error::with_message(ErrorKind::Io, "reset by peer"))
}

/// The token that the fake Entra gives as its answer number `number` in a tenant.
pub(super) fn jwt(tenant: &str, number: usize) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"tid":"{tenant}","n":{number}}}"#));
    format!("header.{claims}.signature")
}

fn token(seen: &Seen) -> Reply {
    let tenant = seen.line.split('/').nth(3).unwrap();
    let token = jwt(tenant, seen.number);
    reply(200, &[], &format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{token}"}}"#))
}

/// Bounds that nobody stops.
pub(super) fn call(seconds: u64) -> Call {
    Call::new(&CancellationToken::new(), Duration::from_secs(seconds))
}

fn request(method: Method) -> Request {
    let is_write = method != Method::Get;
    Request {
        method,
        plane: Plane::ResourceManager,
        path: "/subscriptions/s/things/x".into(),
        api_version: Some("v1".into()),
        query: Vec::new(),
        body: is_write.then(|| serde_json::json!({"kind": "K"})),
        prefer: None,
        kept: None,
    }
}

/// A read.
pub(super) fn get() -> Request {
    request(Method::Get)
}

/// A write.
pub(super) fn put() -> Request {
    request(Method::Put)
}
