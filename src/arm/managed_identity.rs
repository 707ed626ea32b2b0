//! The identity that Azure gives a machine, a container or an app: its tokens come from an endpoint beside it, and
//! there is no secret to keep.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::HeaderName;
use azure_core::http::{ClientOptions, Method, Pipeline, RawResponse, Request, Url};
use azure_core::time::{Duration as Span, OffsetDateTime};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::beside_entra::{pipeline, send, with_query};
use super::credential::{Credential, Proof, refuse};
use super::error::{EntraRefusal, Kind, Refusal, classify, no_bom};
use super::request::address;
use super::retry::retry_after;
use super::secret::Secret;
use super::transport::is_local;

/// How long an endpoint has for a token, with all tries.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before the second and the third try of what may be an endpoint that is being updated.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// The identity of what this process runs on.
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    /// Which of several identities; without one the machine's own, or its only one.
    pub client_id: Option<String>,
    pub endpoint: IdentityEndpoint,
}

/// Who gives its tokens.
#[derive(Clone, Debug)]
pub enum IdentityEndpoint {
    /// Azure's instance metadata service, or what takes its place.
    Imds { url: Url, api_version: String },
    /// App Service, Functions and Container Apps, which give the process an address and a secret.
    AppService { url: Url, header: Secret },
}

impl IdentityEndpoint {
    /// The metadata service of every virtual machine in Azure.
    pub fn imds(api_version: Option<String>) -> Self {
        // The address is a constant of this file, so that a test covers it; there is no fallback worth having.
        #[allow(clippy::expect_used)]
        let url = Url::parse("http://169.254.169.254/metadata/identity/oauth2/token").expect("a constant address");
        Self::at(url, api_version)
    }

    /// What takes its place at another address.
    pub fn at(url: Url, api_version: Option<String>) -> Self {
        Self::Imds { url, api_version: api_version.unwrap_or_else(|| "2018-02-01".to_owned()) }
    }

    /// Refuses an address that would send a secret, or bring a token, through a network in the clear.
    pub fn check(&self) -> Result<(), &'static str> {
        let url = self.url();
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address of the managed identity must not hold a user name");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_local(url) => Ok(()),
            "http" => Err(
                "the address of the managed identity may begin with http:// only for localhost and for addresses of \
                           this machine or its link (127.0.0.0/8, 169.254.0.0/16, [::1], [fe80::]/10)",
            ),
            _ => Err("the address of the managed identity must begin with http:// or https://"),
        }
    }

    fn url(&self) -> &Url {
        match self {
            Self::Imds { url, .. } | Self::AppService { url, .. } => url,
        }
    }
}

impl ManagedIdentity {
    /// The request for a token for a resource.
    fn request(&self, resource: &str) -> Request {
        let (url, api_version, name, value) = match &self.endpoint {
            IdentityEndpoint::Imds { url, api_version } => (url, api_version.as_str(), "metadata", "true"),
            IdentityEndpoint::AppService { url, header } => (url, "2019-08-01", "x-identity-header", header.reveal()),
        };
        let mut query = vec![("api-version", api_version), ("resource", resource)];
        query.extend(self.client_id.as_deref().map(|client_id| ("client_id", client_id)));
        let mut request = Request::new(with_query(url, &query), Method::Get);
        request.insert_header("accept", "application/json");
        request.insert_header(HeaderName::from_static(name), value.to_owned());
        request
    }

    /// Who was asked for, in the words of an error.
    fn whom(&self) -> String {
        match &self.client_id {
            Some(client_id) => format!("the identity with the client id {client_id}"),
            None => "the machine's own identity, or its only one".to_owned(),
        }
    }

    /// What the endpoint says where it gives no token.
    fn refusal(&self, response: &RawResponse) -> azure_core::Error {
        let (status, wait) = (u16::from(response.status()), retry_after(response.headers()));
        let found = Refusal::read(response.body());
        // The metadata service passes on what Entra says in Entra's form; App Service has one of its own.
        let refusal = match found.code {
            Some(_) => EntraRefusal::read(status, response.body(), wait),
            None => EntraRefusal { status, code: None, message: found.message, trace_id: None, retry_after: wait },
        };
        let message = format!("{} (asked for {})", refusal.message.trim_end_matches('.'), self.whom());
        azure_core::Error::new(ErrorKind::Credential, EntraRefusal { message, ..refusal })
    }
}

impl Credential for ManagedIdentity {
    fn lacks(&self) -> Option<&'static str> {
        self.endpoint.check().err()
    }

    fn secrets(&self) -> Vec<&Secret> {
        match &self.endpoint {
            IdentityEndpoint::Imds { .. } => Vec::new(),
            IdentityEndpoint::AppService { header, .. } => vec![header],
        }
    }

    // `client_id` stays unknown: what a tenant gives its consent to is an application, and this is none.

    fn proof(&self) -> Proof {
        Proof::ManagedIdentity
    }

    fn target(&self, _authority: &Url, _tenant: Option<&str>) -> String {
        format!("GET {}", address(self.endpoint.url()))
    }

    fn of_tenant(
        &self,
        _tenant: Option<&str>,
        options: &ClientOptions,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        Ok(Arc::new(Asked { identity: self.clone(), pipeline: pipeline(options) }))
    }
}

/// An endpoint that is asked for one token.
#[derive(Debug)]
struct Asked {
    identity: ManagedIdentity,
    pipeline: Pipeline,
}

#[async_trait]
impl TokenCredential for Asked {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let [scope] = scopes else {
            return Err(refuse("a managed identity gives a token for one scope at a time".to_owned()));
        };
        let place = address(self.identity.endpoint.url());
        let absent = |why: &str| {
            refuse(format!(
                "no managed identity answers at {place}: this machine has none, or something keeps it from being \
                 asked ({why})"
            ))
        };
        let response = match timeout(PATIENCE, self.ask(scope.strip_suffix("/.default").unwrap_or(scope))).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let found = classify(&error);
                // What was not reached is not there; what was lost on the way may be asked again.
                let is_absent = found.error.kind == Kind::Unreachable && !found.sent;
                return Err(if is_absent { absent(&found.error.message) } else { error });
            }
            Err(_) => return Err(absent(&format!("no answer within {} s", PATIENCE.as_secs()))),
        };
        if !response.status().is_success() {
            return Err(self.identity.refusal(&response));
        }
        token(response.body(), OffsetDateTime::now_utc())
            .ok_or_else(|| refuse("the answer is not that of a managed identity's endpoint".to_owned()))
    }
}

impl Asked {
    /// The endpoint's answer. One that is being updated says 404 or 410 for a moment; all else that passes is for the
    /// client, which tries again as often as its call allows.
    async fn ask(&self, resource: &str) -> azure_core::Result<RawResponse> {
        for wait in WAITS {
            let response = send(&self.pipeline, &mut self.identity.request(resource)).await?;
            if !matches!(u16::from(response.status()), 404 | 410) {
                return Ok(response);
            }
            sleep(wait).await;
        }
        send(&self.pipeline, &mut self.identity.request(resource)).await
    }
}

/// The token in an answer, and when it ends.
fn token(body: &[u8], now: OffsetDateTime) -> Option<AccessToken> {
    let answer: Value = serde_json::from_slice(no_bom(body)).ok()?;
    let seconds = |field: &str| match &answer[field] {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    // The endpoint keeps tokens, and `expires_in` is documented to count from when one was made.
    let at = seconds("expires_on").and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    let at = at.or_else(|| now.checked_add(Span::seconds(seconds("expires_in")?)))?;
    let token = answer["access_token"].as_str().filter(|token| !token.is_empty())?;
    Some(AccessToken::new(token.to_owned(), at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fmt::Write as _;

    use azure_core::Error;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::fake::{Fake, Reply, Seen, TENANT, call, get, jwt, reply, settings};
    use super::super::{Client, Error as ArmError, Settings};
    use super::*;

    fn own() -> ManagedIdentity {
        ManagedIdentity { client_id: None, endpoint: IdentityEndpoint::imds(None) }
    }

    fn app_service() -> ManagedIdentity {
        let url = Url::parse("http://localhost:4141/msi/token").unwrap();
        let endpoint = IdentityEndpoint::AppService { url, header: Secret::new("the-header") };
        ManagedIdentity { client_id: Some("the-identity".to_owned()), endpoint }
    }

    fn with(identity: ManagedIdentity) -> Settings {
        let mut settings = settings();
        settings.credentials.credential = Some(Arc::new(identity));
        settings
    }

    /// What came of a request with an identity whose endpoint answers so, and what its endpoint was asked how often.
    async fn told(identity: ManagedIdentity, answer: impl Fn(usize) -> Reply + Send + Sync + 'static) -> String {
        let (client, fake) = Fake::new(move |seen: Seen| {
            let reply =
                if seen.line.contains("management.azure.com/") { reply(200, &[], "{}") } else { answer(seen.number) };
            async move { reply }
        })
        .client_of(with(identity));
        let mut told = String::new();
        match client.send(&call(600), get()).await {
            Ok(_) => writeln!(told, "sent").unwrap(),
            Err(error) => writeln!(told, "{:?}: {error}", error.kind).unwrap(),
        }
        let seen = fake.requests.lock().unwrap();
        let asked: Vec<_> = seen.iter().filter(|seen| !seen.line.contains("/subscriptions/")).collect();
        let headers = ["metadata", "x-identity-header", "accept", "authorization"];
        for asked in asked.chunk_by(|one, other| one.line == other.line) {
            let headers = headers.map(|name| (name, asked[0].header(name)));
            let headers =
                headers.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}"));
            writeln!(told, "  {} x {} [{}]", asked.len(), asked[0].line, headers.collect::<Vec<_>>().join(", "))
                .unwrap();
        }
        let sent = seen.iter().find(|seen| seen.line.contains("/subscriptions/"));
        told + &sent.map(|sent| format!("  {}\n", sent.header("authorization"))).unwrap_or_default()
    }

    #[tokio::test(start_paused = true)]
    async fn each_endpoint_is_asked_in_its_own_way() {
        let never = 4_102_444_800_i64;
        let mut seen =
            told(own(), |_| reply(200, &[], r#"{"access_token":"a.machines.token","expires_in":"3599"}"#)).await;
        let one = ManagedIdentity { client_id: Some("the-identity".to_owned()), ..own() };
        seen += &told(one, move |_| {
            reply(200, &[], &format!(r#"{{"access_token":"an.identitys.token","expires_on":"{never}"}}"#))
        })
        .await;
        seen += &told(app_service(), move |_| {
            reply(200, &[], &format!(r#"{{"access_token":"an.apps.token","expires_on":{never}}}"#))
        })
        .await;
        let url = Url::parse("https://identity.example/token?api-version=2020-01-01").unwrap();
        let endpoint = IdentityEndpoint::Imds { url, api_version: "2018-02-01".to_owned() };
        seen += &told(ManagedIdentity { endpoint, ..own() }, |_| {
            reply(200, &[], r#"{"access_token":"t","expires_in":60}"#)
        })
        .await;
        expect_test::expect![[r#"
            sent
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
              Bearer a.machines.token
            sent
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com&client_id=the-identity [metadata: true, accept: application/json]
              Bearer an.identitys.token
            sent
              1 x GET http://localhost:4141/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com&client_id=the-identity [x-identity-header: the-header, accept: application/json]
              Bearer an.apps.token
            sent
              1 x GET https://identity.example/token?api-version=2020-01-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
              Bearer t
        "#]].assert_eq(&seen);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_token_is_told_and_tried_again_where_that_may_help() {
        let not_found = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
        let entra = r#"{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal named X was not found. More.\r\nTrace ID: t1","trace_id":"t1"}"#;
        let app = r#"{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found.","correlationId":"c1"}"#;
        let token = r#"{"access_token":"t","expires_in":3600}"#;
        let mut seen = told(own(), move |_| reply(400, &[], not_found)).await;
        seen += &told(own(), move |_| reply(400, &[], entra)).await;
        seen += &told(app_service(), move |_| reply(400, &[], app)).await;
        seen += &told(app_service(), move |_| reply(403, &[], "not here with the-header")).await;
        seen += &told(own(), |_| reply(404, &[], "<html><title>Not Found</title>")).await;
        seen += &told(own(), move |number| if number < 2 { reply(410, &[], "") } else { reply(200, &[], token) }).await;
        seen += &told(own(), move |number| match number {
            0 => reply(
                429,
                &[("retry-after", "3")],
                r#"{"error":"too_many_requests","error_description":"Temporarily throttled"}"#,
            ),
            1 => reply(500, &[], r#"{"error":"unknown_error","error_description":"Failed to retrieve token"}"#),
            2 => Err(Error::with_message(ErrorKind::Io, "reset by peer")),
            _ => reply(200, &[], token),
        })
        .await;
        for garbage in [
            "<html>",
            "{}",
            r#"{"access_token":"","expires_in":1}"#,
            r#"{"access_token":"a-token","expires_on":"soon"}"#,
            r#"{"access_token":{"of":"a-token"},"expires_in":1}"#,
        ] {
            seen += &told(own(), move |_| reply(200, &[], garbage)).await;
        }
        seen += &told(own(), |_| Err(Error::with_message(ErrorKind::Connection, "refused"))).await;
        expect_test::expect![[r#"
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: 400 invalid_request: Identity not found (asked for the machine's own identity, or its only one)
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: 400 AADSTS500011: The resource principal named X was not found (asked for the machine's own identity, or its only one) (request id t1)
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://localhost:4141/msi/token: 400 No User Assigned or Delegated Managed Identity found (asked for the identity with the client id the-identity)
              1 x GET http://localhost:4141/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com&client_id=the-identity [x-identity-header: the-header, accept: application/json]
            Token: GET http://localhost:4141/msi/token: 403 not here with [redacted] (asked for the identity with the client id the-identity)
              1 x GET http://localhost:4141/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com&client_id=the-identity [x-identity-header: the-header, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: 404 the answer is a page: Not Found (asked for the machine's own identity, or its only one)
              3 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            sent
              3 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
              Bearer t
            sent
              4 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
              Bearer t
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: the answer is not that of a managed identity's endpoint
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: the answer is not that of a managed identity's endpoint
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: the answer is not that of a managed identity's endpoint
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: the answer is not that of a managed identity's endpoint
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: the answer is not that of a managed identity's endpoint
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
            Token: GET http://169.254.169.254/metadata/identity/oauth2/token: no managed identity answers at http://169.254.169.254/metadata/identity/oauth2/token: this machine has none, or something keeps it from being asked (no connection: refused)
              1 x GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com [metadata: true, accept: application/json]
        "#]].assert_eq(&seen);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_says_nothing_is_not_waited_for() {
        let (client, fake) = Fake::new(|_| std::future::pending()).client_of(with(own()));
        let error = client.send(&call(600), get()).await.unwrap_err();
        assert!(error.message.ends_with("(no answer within 10 s)"), "{error}");
        assert_eq!((error.kind, fake.count()), (Kind::Token, 1));
        assert_eq!(error.sign_in.unwrap().proof, Some(Proof::ManagedIdentity));
    }

    #[test]
    fn the_end_of_a_token_is_read_in_every_form() {
        let now = OffsetDateTime::from_unix_timestamp(1000).unwrap();
        let end = |fields: &str| {
            let body = format!(r#"{{"access_token":"t"{fields}}}"#);
            token(body.as_bytes(), now).map(|token| token.expires_on.unix_timestamp())
        };
        assert_eq!(end(r#","expires_in":"60""#), Some(1060));
        assert_eq!(end(r#","expires_in":60,"expires_on":"1030""#), Some(1030));
        assert_eq!(end(r#","expires_in":"60","expires_on":"11/05/2021 15:18:31 +00:00""#), Some(1060));
        assert_eq!(end(r#","expires_on":1030"#), Some(1030));
        assert_eq!(end(r#","expires_in":9223372036854775807"#), None);
        assert_eq!(end(""), None);
    }

    #[test]
    fn plain_http_is_for_local_addresses_alone() {
        assert!(IdentityEndpoint::imds(None).check().is_ok());
        let check = |url: &str| {
            IdentityEndpoint::AppService { url: Url::parse(url).unwrap(), header: Secret::new("h") }.check()
        };
        for good in [
            "https://anywhere.example/token",
            "http://localhost:42/msi/token",
            "http://127.0.0.1/",
            "http://127.8.8.8/",
            "http://169.254.129.4:8081/msi/token",
            "http://[::1]:42/",
            "http://[fe80::1]/",
            // The standard spells such hosts out before anybody compares them.
            "http://0x7f.1/",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "http://identity.example/token",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://10.0.0.1/",
            "http://168.63.129.16/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fd00::1]/",
            "http://me:pass@localhost/",
            "https://me:pass@anywhere.example/",
            "ftp://localhost/",
            "unix:/run/socket",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        let url = Url::parse("http://10.0.0.1/").unwrap();
        let endpoint = IdentityEndpoint::Imds { url, api_version: "v".to_owned() };
        let lacking = ManagedIdentity { client_id: None, endpoint };
        let error = Client::new(with(lacking)).unwrap_err();
        assert_eq!(error.kind, Kind::Settings);
        assert!(error.message.contains("only for localhost"), "{error}");
    }

    #[test]
    fn whoever_shows_it_shows_no_secret() {
        let identity = app_service();
        assert!(!format!("{identity:?}").contains("the-header"), "{identity:?}");
        assert_eq!(identity.secrets(), [&Secret::new("the-header")]);
    }

    /// The tenant of the token that the endpoint at `url` gives, over the provider's own transport.
    async fn tenant_of(url: &str) -> Result<String, ArmError> {
        let endpoint = IdentityEndpoint::Imds { url: Url::parse(url).unwrap(), api_version: "v1".to_owned() };
        let mut settings = with(ManagedIdentity { client_id: None, endpoint });
        settings.credentials.tenant_id = None;
        Client::new(settings).unwrap().tenant_id(&call(600)).await
    }

    #[tokio::test]
    async fn the_transport_itself_takes_http_to_a_local_endpoint() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let serve = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            let body = format!(r#"{{"access_token":"{}","expires_in":"3600"}}"#, jwt(TENANT, 0));
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        });
        assert_eq!(tenant_of(&url).await.unwrap(), TENANT);
        let asked = serve.await.unwrap();
        assert!(
            asked.starts_with("GET /token?api-version=v1&resource=https%3A%2F%2Fmanagement.azure.com HTTP/1.1"),
            "{asked}"
        );
        assert!(asked.contains("\r\nmetadata: true\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_is_told() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{unused}/token");
        let error = tenant_of(&url).await.unwrap_err();
        assert_eq!((error.kind, error.target.as_str()), (Kind::Token, format!("GET {url}").as_str()));
        assert!(
            error.message.starts_with(&format!("no managed identity answers at {url}: this machine has none, or")),
            "{error}"
        );
        assert!(error.message.contains("refused"), "{error}");
    }
}
