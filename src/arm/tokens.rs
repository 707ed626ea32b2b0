//! Entra's tokens: one per tenant and audience, fetched once for everyone who waits for it, renewed before it expires.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::AccessToken;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{ClientOptions, Context, HttpClient, Request, RetryOptions, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use super::claims::Claims;
use super::credential::{Credential, Proof};
use super::error::{EntraRefusal, Error, Kind, SignIn, classify};
use super::redaction::Redaction;
use super::request::Plane;
use super::retry::{Failure, retry_after};
use super::secret::Secret;
use super::settings::{Credentials, Endpoints, TenantCredentials};

/// How long before its end a token is renewed, unless that is more than half of its life.
const MARGIN: Duration = Duration::minutes(5);

/// How long a refusal stands for everybody who asks for the same token. Long enough for the resources of one tenant, which
/// Terraform comes to in any order; a consent that is given meanwhile counts in the next run at the latest.
const REFUSED_FOR: std::time::Duration = std::time::Duration::from_secs(300);

/// How many tokens are asked for ahead at a time, and how long one of them may take.
const AHEAD: usize = 32;
const AHEAD_FOR: std::time::Duration = std::time::Duration::from_secs(60);

/// The tokens of a client.
pub(super) struct Tokens {
    credentials: Credentials,
    endpoints: Endpoints,
    /// Where the tenants that are known by name stand in the credentials.
    tenants: HashMap<String, usize>,
    options: ClientOptions,
    redaction: Arc<Redaction>,
    entries: Mutex<HashMap<(String, Plane), Arc<Entry>>>,
    /// Whether the tokens of all tenants that are known by name were asked for.
    are_ahead: AtomicBool,
}

#[derive(Default)]
struct Entry {
    // Held while a token is fetched: whoever else wants it waits for the same one.
    slot: tokio::sync::Mutex<Slot>,
    tenant: OnceLock<String>,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    refused: Option<(Error, Instant)>,
}

struct Held {
    token: Secret,
    renew_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl Tokens {
    /// Keeps what tokens are asked with; `policies` see each request to Entra.
    pub fn new(
        credentials: Credentials,
        endpoints: Endpoints,
        transport: Arc<dyn HttpClient>,
        mut policies: Vec<Arc<dyn Policy>>,
        redaction: Arc<Redaction>,
    ) -> Result<Self, Error> {
        let own = credentials.credential.iter().chain(&credentials.defender.credential);
        for credential in own.chain(credentials.tenants.iter().flat_map(|tenant| &tenant.credential)) {
            if let Some(lack) = credential.lacks() {
                return Err(Error::new(Kind::Settings, lack));
            }
            for secret in credential.secrets() {
                redaction.add(secret);
            }
        }
        policies.push(Arc::new(Refusals(Arc::clone(&redaction))));
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = endpoints.active_directory.to_string();
        let options = ClientOptions {
            transport: Some(Transport::new(transport)),
            per_try_policies: policies,
            // One loop tries again, and it is the client's: it knows the call's deadline.
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        };
        let tenants = credentials.tenants.iter().enumerate().map(|(at, named)| (named.tenant_id.to_lowercase(), at));
        let tenants = tenants.collect();
        let (entries, are_ahead) = Default::default();
        Ok(Self { credentials, endpoints, tenants, options, redaction, entries, are_ahead })
    }

    /// The tenant that a call without one means, if it is known before asking.
    pub fn tenant<'a>(&'a self, tenant: Option<&'a str>) -> Option<&'a str> {
        tenant.or(self.credentials.tenant_id.as_deref())
    }

    /// What is known of a tenant by its name.
    pub fn named(&self, tenant: &str) -> Option<&TenantCredentials> {
        self.tenants.get(&tenant.to_lowercase()).and_then(|at| self.credentials.tenants.get(*at))
    }

    /// What proves who calls a service in a tenant.
    fn credential(&self, tenant: Option<&str>, plane: Plane) -> Option<&Arc<dyn Credential>> {
        let of_service = match plane {
            Plane::ResourceManager | Plane::LogAnalytics => None,
            Plane::Defender => self.credentials.defender.credential.as_ref(),
        };
        let of_tenant = || tenant.and_then(|tenant| self.named(tenant)).and_then(|named| named.credential.as_ref());
        of_service.or_else(of_tenant).or(self.credentials.credential.as_ref())
    }

    /// A token that is good for some minutes, and another one than the service `refused`.
    pub async fn get(
        self: &Arc<Self>,
        tenant: Option<&str>,
        plane: Plane,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let entry = self.entry(tenant, plane);
        self.think_ahead(self.tenant(tenant));
        let mut slot = entry.slot.lock().await;
        if refused.is_some() {
            // Whoever waited here while another caller renewed it takes that one.
            slot.held.take_if(|held| Some(&held.token) == refused);
        }
        let now = OffsetDateTime::now_utc();
        if let Some(good) = slot.held.as_ref().filter(|held| held.renew_at > now) {
            return Ok(good.token.clone());
        }
        if let Some((error, _)) = slot.refused.as_ref().filter(|(_, at)| at.elapsed() < REFUSED_FOR) {
            return Err(Failure::last(error.clone()).unsent(true));
        }
        match self.fetch(self.tenant(tenant), plane).await {
            Ok(token) => {
                let early = Ord::min(MARGIN, (token.expires_on - now) / 2);
                let secret = Secret::new(token.token.secret());
                self.redaction.add(&secret);
                let fresh = Held { token: secret, renew_at: token.expires_on - early, expires_at: token.expires_on };
                slot.refused = None;
                Ok(slot.held.insert(fresh).token.clone())
            }
            // Renewal is early: while the old token is good its failure does not matter yet.
            Err(failure) => match slot.held.as_ref().filter(|held| held.expires_at > now) {
                Some(old) => Ok(old.token.clone()),
                None => {
                    if failure.error.kind == Kind::Token && failure.is_last() {
                        slot.refused = Some((*failure.error.clone(), Instant::now()));
                    }
                    Err(failure)
                }
            },
        }
    }

    /// Asks for the tokens of all tenants that are known by name once a second tenant is asked for: a run that works in two
    /// works in most of them.
    fn think_ahead(self: &Arc<Self>, tenant: Option<&str>) {
        let tenant = tenant.unwrap_or_default();
        let is_other = |(other, _): &(String, Plane)| !other.eq_ignore_ascii_case(tenant);
        let is_due = self.tenants.len() > 1 && !self.are_ahead.load(Ordering::Relaxed);
        if is_due && lock(&self.entries).keys().any(is_other) && !self.are_ahead.swap(true, Ordering::Relaxed) {
            tokio::spawn(Arc::clone(self).ask_ahead());
        }
    }

    // Boxed, since what it asks is what asks for it.
    fn ask_ahead(self: Arc<Self>) -> BoxFuture<'static, ()> {
        let tenants = 0..self.credentials.tenants.len();
        let ask = move |at: usize| {
            let tokens = Arc::clone(&self);
            async move {
                let (tenant, plane) =
                    (tokens.credentials.tenants.get(at).map(|named| named.tenant_id.as_str()), Plane::ResourceManager);
                // The Azure CLI is a program to start, and not a small one.
                let is_cli = tokens.credential(tenant, plane).is_some_and(|found| found.proof() == Proof::AzureCli);
                if !is_cli {
                    // What fails here is asked for again by who needs it.
                    let _ = timeout(AHEAD_FOR, tokens.get(tenant, plane, None)).await;
                }
            }
        };
        futures_util::stream::iter(tenants).for_each_concurrent(AHEAD, ask).boxed()
    }

    /// The tenant that a token is made in. Only where its id was not given does it take a token to know.
    pub async fn tenant_id(self: &Arc<Self>, tenant: Option<&str>, plane: Plane) -> Result<String, Failure> {
        if let Some(given) = self.tenant(tenant).filter(|given| uuid::Uuid::try_parse(given).is_ok()) {
            return Ok(given.to_owned());
        }
        let entry = self.entry(tenant, plane);
        if let Some(tenant) = entry.tenant.get() {
            return Ok(tenant.clone());
        }
        let Some(found) = self.claims(tenant, plane).await?.tenant else {
            let error = Error::new(Kind::Token, "the token does not say which tenant it is of");
            return Err(Failure::last(error.at(&self.target(tenant, plane))));
        };
        Ok(entry.tenant.get_or_init(|| found).clone())
    }

    /// What the token says of itself; nothing where it is of a form that nobody reads.
    pub async fn claims(self: &Arc<Self>, tenant: Option<&str>, plane: Plane) -> Result<Claims, Failure> {
        let token = self.get(tenant, plane, None).await?;
        Ok(Claims::of(token.reveal()).unwrap_or_default())
    }

    /// The id of the tenant that a call is in, as far as it is known by now.
    pub fn known_tenant_id(&self, tenant: Option<&str>, plane: Plane) -> Option<String> {
        let given = self.tenant(tenant).filter(|given| uuid::Uuid::try_parse(given).is_ok()).map(str::to_owned);
        given.or_else(|| self.entry(tenant, plane).tenant.get().cloned())
    }

    /// How tokens are asked for, as an error names it.
    pub fn target(&self, tenant: Option<&str>, plane: Plane) -> String {
        let tenant = self.tenant(tenant);
        let credential = self.credential(tenant, plane);
        credential.map(|credential| credential.target(&self.endpoints.active_directory, tenant)).unwrap_or_default()
    }

    /// Takes the secrets out of what Entra said.
    fn hide(&self, error: Error) -> Error {
        error.hiding(|text| self.redaction.hide(text).into_owned())
    }

    /// What a token is asked for with, for whoever is told that there is none.
    fn sign_in(&self, tenant: Option<&str>, credential: &dyn Credential) -> SignIn {
        let client_id = credential.client_id().map(str::to_owned);
        let consent_at = tenant.zip(client_id.as_deref()).and_then(|(tenant, client_id)| {
            let mut url = self.endpoints.active_directory.join(&format!("/{tenant}/adminconsent")).ok()?;
            url.query_pairs_mut().append_pair("client_id", client_id);
            Some(url.to_string())
        });
        SignIn {
            tenant: tenant.map(str::to_owned),
            client_id,
            consent_at,
            proof: Some(credential.proof()),
            is_of_tenant: tenant.and_then(|tenant| self.named(tenant)).is_some_and(|named| named.credential.is_some()),
            passed_over: self.credentials.passed_over.clone(),
            found_tenant: None,
        }
    }

    async fn fetch(&self, tenant: Option<&str>, plane: Plane) -> Result<AccessToken, Failure> {
        let target = self.target(tenant, plane);
        let Some(credential) = self.credential(tenant, plane) else {
            let error = Error::new(Kind::Token, "the provider block holds nothing to sign in with here");
            let sign_in = SignIn { tenant: tenant.map(str::to_owned), ..SignIn::default() };
            return Err(Failure::last(Error { sign_in: Some(Box::new(sign_in)), ..error }));
        };
        let source = credential
            .of_tenant(tenant, &self.options)
            .map_err(|error| Failure::last(self.hide(Error::new(Kind::Settings, error.to_string()))))?;
        let scope = format!("{}/.default", self.endpoints.audience(plane));
        let token = source.get_token(&[&scope], None).await.map_err(|error| {
            let found = classify(&error);
            let mut error = self.hide(found.error).at(&target);
            if error.kind == Kind::Token {
                error.sign_in = Some(Box::new(self.sign_in(tenant, &**credential)));
            }
            Failure::new(error, found.again).unsent(!found.sent)
        })?;
        if token.token.secret().is_empty() {
            let error = Error::new(Kind::Garbage, "the answer to the request for a token holds none");
            return Err(Failure::last(error.at(&target)));
        }
        // Who is signed in somewhere else, or a managed identity, which is of one tenant whichever is asked for.
        let wanted = tenant.filter(|tenant| uuid::Uuid::try_parse(tenant).is_ok());
        let found = Claims::of(token.token.secret()).and_then(|claims| claims.tenant);
        if let (Some(wanted), Some(found)) = (wanted, found)
            && !found.eq_ignore_ascii_case(wanted)
        {
            let message = format!("the token is of tenant {found}, and one of tenant {wanted} was asked for");
            let sign_in = SignIn { found_tenant: Some(found), ..self.sign_in(tenant, &**credential) };
            let error = Error { sign_in: Some(Box::new(sign_in)), ..Error::new(Kind::Token, message) };
            return Err(Failure::last(error.at(&target)));
        }
        Ok(token)
    }

    fn entry(&self, tenant: Option<&str>, plane: Plane) -> Arc<Entry> {
        let key = (self.tenant(tenant).unwrap_or_default().to_lowercase(), plane);
        Arc::clone(lock(&self.entries).entry(key).or_default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Turns Entra's refusals into errors before azure_identity reads them; `EntraRefusal::read` says why.
struct Refusals(Arc<Redaction>);

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusals")
    }
}

#[async_trait]
impl Policy for Refusals {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((policy, rest)) = next.split_first() else {
            return Err(azure_core::error::ErrorKind::Other.into_error());
        };
        let response = policy.send(ctx, request, rest).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let response = response.try_into_raw_response().await?;
        let body = String::from_utf8_lossy(response.body());
        let body = self.0.hide(&body);
        let refusal =
            EntraRefusal::read(u16::from(response.status()), body.as_bytes(), retry_after(response.headers()));
        Err(azure_core::Error::new(azure_core::error::ErrorKind::Credential, refusal))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fake::{self, Fake, SECRET, Seen, TENANT, call, get, jwt, put, refusal, reply, settings};
    use std::sync::Arc;

    use super::super::{Kind, Request, Secret};
    use super::{Credential, TenantCredentials};

    const OTHER: &str = "33333333-3333-4333-8333-333333333333";

    #[tokio::test(start_paused = true)]
    async fn each_tenant_and_plane_has_its_token() {
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client();
        client.send(&call(60), get()).await.unwrap();
        client.send(&call(60).tenant(Some(OTHER)), get()).await.unwrap();
        client.send(&call(60), Request::export_settings()).await.unwrap();
        assert_eq!(fake.requests.lock().unwrap()[1].header("authorization"), format!("Bearer {}", jwt(OTHER, 1)));
        let tokens = fake.token_requests.lock().unwrap();
        assert_eq!(tokens.len(), 3);
        assert!(tokens[2].body.contains("scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_renewed_once() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            if seen.number == 0 { refusal(401, "ExpiredAuthenticationToken", "old") } else { reply(200, &[], "") }
        })
        .client();
        client.send(&call(60), get()).await.unwrap();
        assert_eq!(fake.requests.lock().unwrap()[1].header("authorization"), format!("Bearer {}", jwt(TENANT, 1)));

        for (code, requests, tokens) in [("InvalidAuthenticationToken", 2, 2), ("InvalidLicense", 1, 1)] {
            let (client, fake) = Fake::new(move |_| async move { refusal(401, code, "no") }).client();
            let error = client.send(&call(60), get()).await.unwrap_err();
            assert_eq!((error.status, error.code.as_deref()), (Some(401), Some(code)));
            assert_eq!((fake.count(), fake.token_requests.lock().unwrap().len()), (requests, tokens), "{code}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_given_defender_token_is_used_as_it_is() {
        let mut settings = settings();
        settings.credentials.defender.token = Some(Secret::new("given-by-the-user"));
        let (client, fake) =
            Fake::new(|_| async { refusal(401, "InvalidAuthenticationToken", "not given-by-the-user") })
                .client_of(settings);
        let error = client.send(&call(60), Request::export_settings()).await.unwrap_err();
        assert_eq!(error.message, "not [redacted]");
        assert_eq!(fake.requests.lock().unwrap()[0].header("authorization"), "Bearer given-by-the-user");
        assert_eq!((fake.count(), fake.token_requests.lock().unwrap().len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn entras_refusal_is_told_and_its_weakness_outlived() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret 'the-client-secret'. Ensure it is the value.\r\nTrace ID: t1","trace_id":"t1"}"#;
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "") }).entra(|_| reply(401, &[], body)).client();
        let error = client.send(&call(60), put()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "POST https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token: 401 AADSTS7000215: Invalid client \
                 secret '[redacted]'. (request id t1)"
            )
        );
        assert_eq!((error.kind, error.may_have_happened(), fake.count()), (Kind::Token, false, 0));
        assert_eq!(fake.token_requests.lock().unwrap().len(), 1);

        let (client, fake) = Fake::new(|_| async { reply(200, &[], "") })
            .entra(|seen| match seen.number {
                0 => reply(503, &[("retry-after", "3")], "busy"),
                1 => Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Connection, "refused")),
                _ => reply(200, &[], r#"{"token_type":"Bearer","expires_in":3600,"access_token":"opaque"}"#),
            })
            .client();
        client.send(&call(60), put()).await.unwrap();
        assert_eq!(fake.token_requests.lock().unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_tenant_without_id_takes_a_token_to_know() {
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client();
        assert_eq!(client.tenant_id(&call(60)).await.unwrap(), TENANT);
        assert_eq!(client.tenant_id(&call(60).tenant(Some(OTHER))).await.unwrap(), OTHER);
        assert_eq!(fake.token_requests.lock().unwrap().len(), 0);

        let mut settings = settings();
        settings.credentials.tenant_id = Some("contoso.example".into());
        for (token, expected) in [
            (jwt(TENANT, 0), Ok(TENANT.to_owned())),
            ("opaque".to_owned(), Err("the token does not say which tenant it is of".to_owned())),
        ] {
            let answer = format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{token}"}}"#);
            let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") })
                .entra(move |_| reply(200, &[], &answer))
                .client_of(settings.clone());
            assert_eq!(client.tenant_id(&call(60)).await.map_err(|error| error.message), expected);
            assert_eq!(fake.token_requests.lock().unwrap().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn secrets_are_never_shown() {
        let (client, _) = Fake::new(|_| async { refusal(400, "No", &format!("got {}", jwt(TENANT, 0))) }).client();
        let error = client.send(&call(60), get()).await.unwrap_err();
        assert_eq!(error.message, "got [redacted]");
        let mut settings = settings();
        settings.credentials.defender.token = Some(Secret::new("given-by-the-user"));
        let shown = format!("{settings:?} {:?} {client:?} {error:?}", settings.credentials);
        for secret in [SECRET, "given-by-the-user", "signature"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_secret_comes_back_in_whatever_a_service_says() {
        let mut settings = settings();
        settings.credentials.credential = Some(Arc::new(fake::client_secret("a  b&\"c. d")));
        settings.credentials.defender.token = Some(Secret::new("short"));
        for (body, id, expected) in [
            (
                r#"{"error":{"code":"No","message":"not 'a  b&\"c. d'"}}"#,
                "short",
                "400 No: not '[redacted]' (request id [redacted])",
            ),
            (
                "client_secret=a++b%26%22c.+d&token=short",
                "rid",
                "400 client_secret=[redacted]&token=[redacted] (request id rid)",
            ),
            (
                "<html><title>for a  b&amp;&quot;c. d</title>",
                "rid",
                "the answer is a page: for [redacted] (request id rid)",
            ),
            ("got eyJhbGciOiJub25lIn0.eyJ0aWQiOiJ0In0.c2ln", "rid", "400 got [redacted] (request id rid)"),
        ] {
            let fake = Fake::new(move |_| async move { reply(400, &[("x-ms-request-id", id)], body) });
            let (client, _) = fake.client_of(settings.clone());
            // The secrets are those of other requests than this one.
            let error = client.send(&call(60), get()).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("GET https://management.azure.com/subscriptions/s/things/x: {expected}")
            );
        }
        let entra =
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Wrong 'a  b&\"c. d' given. More."}"#;
        let (client, _) =
            Fake::new(|_| async { reply(200, &[], "") }).entra(|_| reply(401, &[], entra)).client_of(settings);
        assert_eq!(client.send(&call(60), get()).await.unwrap_err().message, "Wrong '[redacted]' given.");
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_token_is_kept_and_an_expired_one_is_not() {
        for (life, tokens) in [(60, 1), (0, 2)] {
            let (client, fake) = Fake::new(|_| async { reply(200, &[], "") })
                .entra(move |_| {
                    reply(200, &[], &format!(r#"{{"token_type":"Bearer","expires_in":{life},"access_token":"t"}}"#))
                })
                .client();
            client.send(&call(60), get()).await.unwrap();
            client.send(&call(60), get()).await.unwrap();
            assert_eq!(fake.token_requests.lock().unwrap().len(), tokens, "{life}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_a_token_is_garbage() {
        for answer in ["<html>", "{}", r#"{"token_type":"Bearer","expires_in":3600,"access_token":""}"#] {
            let (client, fake) =
                Fake::new(|_| async { reply(200, &[], "") }).entra(move |_| reply(200, &[], answer)).client();
            let error = client.send(&call(60), put()).await.unwrap_err();
            assert_eq!((error.kind, error.may_have_happened(), fake.count()), (Kind::Garbage, false, 0));
            assert!(error.target.starts_with("POST https://login.microsoftonline.com/"), "{error}");
        }
    }

    fn named(tenant: &str, credential: Option<&str>) -> TenantCredentials {
        let credential = credential.map(|secret| Arc::new(fake::client_secret(secret)) as Arc<dyn Credential>);
        TenantCredentials { tenant_id: tenant.to_owned(), credential, defender_token: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenants_own_credential_is_for_that_tenant_alone() {
        let mut settings = settings();
        settings.credentials.tenants = vec![named(&OTHER.to_uppercase(), Some("of-the-other"))];
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings.clone());
        client.send(&call(60), get()).await.unwrap();
        client.send(&call(60).tenant(Some(OTHER)), get()).await.unwrap();
        let asked: Vec<_> = fake.token_requests.lock().unwrap().iter().map(|seen| seen.body.clone()).collect();
        assert!(asked[0].contains(SECRET) && asked[1].contains("of-the-other"), "{asked:?}");
        assert_eq!(
            (asked.len(), client.has_own_credential(OTHER), client.has_own_credential(TENANT)),
            (2, true, false)
        );

        settings.credentials.credential = None;
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        client.send(&call(60).tenant(Some(OTHER)), get()).await.unwrap();
        let error = client.send(&call(60), get()).await.unwrap_err();
        assert_eq!((error.kind, error.sign_in.unwrap().proof, fake.count()), (Kind::Token, None, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_in_two_tenants_asks_ahead_for_those_that_are_named_once_each() {
        const MANY: usize = 200;
        let of = |number: usize| format!("{number:08}-0000-4000-8000-000000000000");
        let mut settings = settings();
        settings.credentials.tenants = (0..MANY).map(|number| named(&of(number), None)).collect();
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        client.send(&call(60).tenant(Some(&of(7))), get()).await.unwrap();
        client.send(&call(60).tenant(Some(&of(7))), get()).await.unwrap();
        assert_eq!(fake.token_requests.lock().unwrap().len(), 1, "one tenant is asked for alone");
        for number in 0..MANY {
            client.send(&call(60).tenant(Some(&of(number))), get()).await.unwrap();
        }
        let lines: std::collections::BTreeSet<_> =
            fake.token_requests.lock().unwrap().iter().map(|seen| seen.line.clone()).collect();
        assert_eq!((lines.len(), fake.token_requests.lock().unwrap().len()), (MANY, MANY), "one token a tenant");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_stands_for_all_who_ask_for_the_same_token_and_not_for_ever() {
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") })
            .entra(|_| {
                reply(400, &[], r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Unknown."}"#)
            })
            .client();
        for _ in 0..5 {
            let error = client.send(&call(60), put()).await.unwrap_err();
            assert!(error.is_unknown_application() && error.sign_in.is_some() && !error.may_have_happened());
        }
        assert_eq!(fake.token_requests.lock().unwrap().len(), 1);
        tokio::time::sleep(super::REFUSED_FOR).await;
        client.send(&call(60), get()).await.unwrap_err();
        assert_eq!(fake.token_requests.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_of_another_tenant_is_not_used() {
        let answer = format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{}"}}"#, jwt(OTHER, 0));
        let (client, fake) =
            Fake::new(|_| async { reply(200, &[], "{}") }).entra(move |_| reply(200, &[], &answer)).client();
        let error = client.send(&call(60), get()).await.unwrap_err();
        assert_eq!(error.message, format!("the token is of tenant {OTHER}, and one of tenant {TENANT} was asked for"));
        assert_eq!((error.sign_in.unwrap().found_tenant.as_deref(), fake.count()), (Some(OTHER), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn auxiliary_tokens_go_along_to_resource_manager_alone() {
        let mut settings = settings();
        settings.credentials.auxiliary_tenant_ids = vec![OTHER.to_owned(), TENANT.to_owned()];
        let (client, fake) = Fake::new(|_| async { reply(200, &[], r#"{"value":[]}"#) }).client_of(settings);
        client.send(&call(60), get()).await.unwrap();
        client.list(&call(60), Request::export_settings()).await.unwrap();
        let requests = fake.requests.lock().unwrap();
        let header = |at: usize| requests[at].header("x-ms-authorization-auxiliary").to_owned();
        let [other, own] = [jwt(OTHER, 1), jwt(TENANT, 0)];
        assert_eq!([header(0), header(1)], [format!("Bearer {other}, Bearer {own}"), String::new()]);
        assert_eq!(fake.token_requests.lock().unwrap().len(), 3);
    }
}
