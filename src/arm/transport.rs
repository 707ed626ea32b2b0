//! The one HTTP client under both Azure's pipeline and Entra's credentials: which roots it trusts, how connections are
//! kept, how much it reads.

use std::ffi::OsStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::AUTHORIZATION;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, HttpClient, Request, Url};
use futures_util::StreamExt;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Host;

use super::error::{Error, Kind, TooLarge};

/// Far above any page of a list, far below what hurts. It counts after decompression.
const BODY_LIMIT: usize = 16 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Who is on this machine or its link answers at once. Outside of Azure its metadata service's address leads nowhere.
const LOCAL_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Builds the client. `only_loopback` says that no request leaves this machine, so that no proxy can be meant.
pub(super) fn build(only_loopback: bool) -> Result<Arc<dyn HttpClient>, Error> {
    // Linux' verifier reads the variable by itself, those of Windows and macOS do not.
    let roots = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty());
    let secure = Arc::new(connector(roots.as_deref(), only_loopback)?);
    Ok(bounded(Arc::new(Local { secure })))
}

fn connector(trusted: Option<&OsStr>, only_loopback: bool) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_rustls()
        .https_only(true)
        // A redirect would carry the token to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .gzip(true);
    if only_loopback {
        builder = builder.no_proxy();
    }
    if let Some(file) = trusted {
        builder = builder.tls_certs_only(roots(file)?);
    }
    builder.build().map_err(|error| {
        let root = super::error::classify(&error).error.message;
        Error::new(Kind::Settings, format!("no HTTP client can be made: {root}"))
    })
}

/// Whether plain http to a host never leaves this machine and its own link. Managed identities are asked there, without
/// TLS. A name may lead anywhere, so of names this is true of localhost alone.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unicast_link_local(),
        None => false,
    }
}

/// Sends plain http to local hosts, if it carries no token, and leaves the rest to a transport that refuses http.
#[derive(Debug)]
struct Local {
    secure: Arc<dyn HttpClient>,
}

#[async_trait]
impl HttpClient for Local {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let is_bare = request.headers().get_optional_str(&AUTHORIZATION).is_none();
        if request.url().scheme() == "http" && is_local(request.url()) && is_bare {
            // A managed identity is asked once an hour, so nothing is kept of the way there.
            return plain()?.execute_request(request).await;
        }
        self.secure.execute_request(request).await
    }
}

/// A client for plain http to local hosts.
fn plain() -> azure_core::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        // It speaks no TLS, so the system's roots need not be read.
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(LOCAL_CONNECT_TIMEOUT)
        .no_proxy();
    builder.build().map_err(|error| azure_core::Error::new(azure_core::error::ErrorKind::Other, error))
}

/// A transport that reads whole bodies, up to the limit.
pub(super) fn bounded(inner: Arc<dyn HttpClient>) -> Arc<dyn HttpClient> {
    Arc::new(Bounded { inner, limit: BODY_LIMIT })
}

#[derive(Debug)]
struct Bounded {
    inner: Arc<dyn HttpClient>,
    limit: usize,
}

#[async_trait]
impl HttpClient for Bounded {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let (status, headers, mut body) = self.inner.execute_request(request).await?.deconstruct();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            if bytes.len() + chunk.len() > self.limit {
                return Err(azure_core::Error::new(azure_core::error::ErrorKind::DataConversion, TooLarge(self.limit)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}

/// Says who calls: the user agent as it was given, and one correlation id for all that a process does.
#[derive(Debug)]
pub(super) struct Identify {
    pub user_agent: String,
}

#[async_trait]
impl Policy for Identify {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        static CORRELATION: OnceLock<String> = OnceLock::new();
        let Some((policy, rest)) = next.split_first() else {
            return Err(azure_core::error::ErrorKind::Other.into_error());
        };
        let correlation = CORRELATION.get_or_init(|| uuid::Uuid::new_v4().to_string());
        request.insert_header("user-agent", self.user_agent.clone());
        request.insert_header("x-ms-correlation-request-id", correlation.clone());
        policy.send(ctx, request, rest).await
    }
}

/// The certificates in the file that SSL_CERT_FILE names.
fn roots(file: &OsStr) -> Result<Vec<reqwest::Certificate>, Error> {
    let refuse =
        |why: String| Error::new(Kind::Settings, format!("SSL_CERT_FILE names '{}', {why}", file.to_string_lossy()));
    let pem = std::fs::read(file).map_err(|error| refuse(format!("which cannot be read: {error}")))?;
    let mut store = RootCertStore::empty();
    // A system's bundle may hold a certificate that rustls does not take; the others are still good.
    let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .filter(|certificate| store.add(certificate.clone()).is_ok())
        .filter_map(|certificate| reqwest::Certificate::from_der(&certificate).ok())
        .collect();
    if roots.is_empty() { Err(refuse("which holds no certificate in PEM form".to_owned())) } else { Ok(roots) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use azure_core::http::headers::Headers;
    use azure_core::http::{Method, StatusCode};

    use super::*;

    #[test]
    fn a_bad_certificate_file_is_named() {
        let missing = roots(OsStr::new("/no/such/file")).unwrap_err();
        assert_eq!(missing.kind, Kind::Settings);
        assert!(missing.message.starts_with("SSL_CERT_FILE names '/no/such/file', which cannot be read"), "{missing}");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"garbage").unwrap();
        let garbage = roots(file.path().as_os_str()).unwrap_err();
        assert!(garbage.message.ends_with("which holds no certificate in PEM form"), "{garbage}");
    }

    #[test]
    fn a_certificate_among_garbage_is_found() {
        let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        file.write_all(format!("# a comment\n{broken}{pem}").as_bytes()).unwrap();
        assert_eq!(roots(file.path().as_os_str()).unwrap().len(), 1);
    }

    /// Serves one connection: reads a request and writes `answer`, which may be nothing at all.
    async fn serve(answer: &'static [u8]) -> (Url, tempfile::NamedTempFile) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(made.cert.pem().as_bytes()).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("https://localhost:{}/", listener.local_addr().unwrap().port())).unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        });
        (url, file)
    }

    async fn put(url: Url, trusted: &OsStr, limit: usize) -> azure_core::Result<Vec<u8>> {
        let client = Bounded { inner: Arc::new(connector(Some(trusted), true).unwrap()), limit };
        let mut request = Request::new(url, Method::Put);
        request.set_body("{}");
        Ok(client.execute_request(&request).await?.into_body().collect().await?.to_vec())
    }

    #[tokio::test]
    async fn the_named_roots_are_trusted_and_no_others() {
        let (url, file) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        assert_eq!(put(url, file.path().as_os_str(), 100).await.unwrap(), b"{}");
        let (_, other) = serve(b"").await;
        let (url, _file) = serve(b"").await;
        let found = super::super::error::classify(&put(url, other.path().as_os_str(), 100).await.unwrap_err());
        assert_eq!(found.error.kind, Kind::Certificate);
        assert_eq!(found.error.message, "the server's certificate is not trusted: none of the trusted roots issued it");
        assert!(found.again.is_none() && !found.sent, "{:?}", found.error);
    }

    #[tokio::test]
    async fn real_failures_are_told_apart() {
        let classified = async |answer, limit| {
            let (url, file) = serve(answer).await;
            super::super::error::classify(&put(url, file.path().as_os_str(), limit).await.unwrap_err())
        };
        let lost = classified(b"", 100).await;
        assert_eq!(lost.error.kind, Kind::Unreachable);
        assert!(lost.sent && lost.again.is_some(), "{:?}", lost.error);
        assert!(lost.error.message.starts_with("the connection was lost: "), "{}", lost.error);
        let cut = classified(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}", 100).await;
        assert_eq!((cut.error.kind, cut.sent, cut.again.is_some()), (Kind::Unreachable, true, true));
        let bomb = classified(BOMB, 100).await;
        assert_eq!(bomb.error.message, "the answer is larger than 100 bytes");

        let client = connector(None, true).unwrap();
        let mut request = Request::new(Url::parse("https://localhost").unwrap(), Method::Get);
        request.insert_header("authorization", "Bearer a secret\nof two lines");
        let found = super::super::error::classify(&client.execute_request(&request).await.unwrap_err());
        assert_eq!((found.error.kind, found.again.is_some(), found.sent), (Kind::Settings, false, false));
        assert!(!found.error.message.contains("secret"), "{}", found.error);

        let (_, file) = serve(b"").await;
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = Url::parse(&format!("https://localhost:{unused}/")).unwrap();
        let refused = super::super::error::classify(&put(url, file.path().as_os_str(), 100).await.unwrap_err());
        assert_eq!((refused.error.kind, refused.sent), (Kind::Unreachable, false));
        assert!(refused.error.message.contains("refused"), "{}", refused.error);
    }

    /// Says "taken" instead of sending.
    #[derive(Debug)]
    struct Secure;

    #[async_trait]
    impl HttpClient for Secure {
        async fn execute_request(&self, _: &Request) -> azure_core::Result<AsyncRawResponse> {
            Ok(AsyncRawResponse::from_bytes(StatusCode::ImATeapot, Headers::new(), b"taken".to_vec()))
        }
    }

    #[tokio::test]
    async fn plain_http_carries_no_token_and_goes_nowhere_else() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let send = async |url: &str, token: Option<&'static str>| {
            let mut request = Request::new(Url::parse(url).unwrap(), Method::Get);
            token.into_iter().for_each(|token| request.insert_header("authorization", token));
            Local { secure: Arc::new(Secure) }.execute_request(&request).await.is_ok()
        };
        let local = format!("http://{unused}/");
        assert!(!send(&local, None).await, "sent, and nobody is there");
        assert!(send(&local, Some("Bearer t")).await);
        assert!(send(&format!("https://{unused}/"), None).await);
        assert!(send("http://host.example/", None).await);
    }

    #[tokio::test]
    async fn what_is_not_local_is_refused_before_anything_is_sent() {
        let client = Local { secure: Arc::new(connector(None, true).unwrap()) };
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (url, token) in [("http://host.example/".to_owned(), None), (format!("http://{unused}/"), Some("Bearer t"))]
        {
            let mut request = Request::new(Url::parse(&url).unwrap(), Method::Get);
            token.into_iter().for_each(|token| request.insert_header("authorization", token));
            let found = super::super::error::classify(&client.execute_request(&request).await.unwrap_err());
            assert_eq!((found.error.kind, found.sent), (Kind::Settings, false), "{url}: {}", found.error);
        }
    }

    /// A thousand spaces in 29 bytes.
    const BOMB: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 29\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x53\x50\x18\x05\xa3\x60\x14\x0c\x77\x00\x00\x82\xe3\x93\xcd\xe8\x03\x00\x00";

    #[derive(Debug)]
    struct Body(usize);

    #[async_trait]
    impl HttpClient for Body {
        async fn execute_request(&self, _: &Request) -> azure_core::Result<AsyncRawResponse> {
            let chunks = (0..self.0).map(|_| Ok(vec![b' '; 10].into()));
            let stream = Box::pin(futures_util::stream::iter(chunks.collect::<Vec<_>>()));
            Ok(AsyncRawResponse::new(StatusCode::Ok, Headers::new(), stream))
        }
    }

    #[tokio::test]
    async fn bodies_are_read_up_to_the_limit() {
        let request = Request::new(Url::parse("https://host").unwrap(), Method::Get);
        let read = |chunks| {
            let client = Bounded { inner: Arc::new(Body(chunks)), limit: 100 };
            let request = &request;
            async move { client.execute_request(request).await.map(|response| response.into_body()) }
        };
        assert_eq!(read(10).await.unwrap().collect().await.unwrap().len(), 100);
        let error = read(11).await.unwrap_err();
        assert_eq!(super::super::error::classify(&error).error.kind, Kind::Garbage);
    }
}
