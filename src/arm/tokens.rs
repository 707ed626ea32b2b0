//! Entra's tokens: one per tenant and audience, fetched once for everyone who waits for it, renewed before it expires.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::AccessToken;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{ClientOptions, Context, HttpClient, Request, RetryOptions, Transport, Url};
use azure_core::time::{Duration, OffsetDateTime};

use super::claims::Claims;
use super::error::{EntraRefusal, Error, Kind, SignIn, classify};
use super::redaction::Redaction;
use super::retry::{Failure, retry_after};
use super::secret::Secret;
use super::settings::Credentials;

/// How long before its end a token is renewed, unless that is more than half of its life.
const MARGIN: Duration = Duration::minutes(5);

/// The tokens of a client.
pub(super) struct Tokens {
    credentials: Credentials,
    authority: Url,
    options: ClientOptions,
    redaction: Arc<Redaction>,
    entries: Mutex<HashMap<(String, String), Arc<Entry>>>,
}

#[derive(Default)]
struct Entry {
    // Held while a token is fetched: whoever else wants it waits for the same one.
    token: tokio::sync::Mutex<Option<Held>>,
    tenant: OnceLock<String>,
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
        authority: Url,
        transport: Arc<dyn HttpClient>,
        mut policies: Vec<Arc<dyn Policy>>,
        redaction: Arc<Redaction>,
    ) -> Result<Self, Error> {
        if let Some(lack) = credentials.credential.lacks() {
            return Err(Error::new(Kind::Settings, lack));
        }
        for secret in credentials.credential.secrets() {
            redaction.add(secret);
        }
        policies.push(Arc::new(Refusals(Arc::clone(&redaction))));
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = authority.to_string();
        let options = ClientOptions {
            transport: Some(Transport::new(transport)),
            per_try_policies: policies,
            // One loop tries again, and it is the client's: it knows the call's deadline.
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        };
        Ok(Self { credentials, authority, options, redaction, entries: Mutex::default() })
    }

    /// The tenant that a call without one means, if it is known before asking.
    pub fn tenant<'a>(&'a self, tenant: Option<&'a str>) -> Option<&'a str> {
        tenant.or(self.credentials.tenant_id.as_deref())
    }

    /// A token that is good for some minutes, and another one than the service `refused`.
    pub async fn get(&self, tenant: Option<&str>, audience: &str, refused: Option<&Secret>) -> Result<Secret, Failure> {
        let entry = self.entry(tenant, audience);
        let mut held = entry.token.lock().await;
        if refused.is_some() {
            // Whoever waited here while another caller renewed it takes that one.
            held.take_if(|held| Some(&held.token) == refused);
        }
        let now = OffsetDateTime::now_utc();
        if let Some(good) = held.as_ref().filter(|held| held.renew_at > now) {
            return Ok(good.token.clone());
        }
        match self.fetch(self.tenant(tenant), audience).await {
            Ok(token) => {
                let early = Ord::min(MARGIN, (token.expires_on - now) / 2);
                let secret = Secret::new(token.token.secret());
                self.redaction.add(&secret);
                let fresh = Held { token: secret, renew_at: token.expires_on - early, expires_at: token.expires_on };
                Ok(held.insert(fresh).token.clone())
            }
            // Renewal is early: while the old token is good its failure does not matter yet.
            Err(failure) => match held.as_ref().filter(|held| held.expires_at > now) {
                Some(old) => Ok(old.token.clone()),
                None => Err(failure),
            },
        }
    }

    /// The tenant that a token is made in. Only where its id was not given does it take a token to know.
    pub async fn tenant_id(&self, tenant: Option<&str>, audience: &str) -> Result<String, Failure> {
        if let Some(given) = self.tenant(tenant).filter(|given| uuid::Uuid::try_parse(given).is_ok()) {
            return Ok(given.to_owned());
        }
        let entry = self.entry(tenant, audience);
        if let Some(tenant) = entry.tenant.get() {
            return Ok(tenant.clone());
        }
        let token = self.get(tenant, audience, None).await?;
        let Some(found) = Claims::of(token.reveal()).and_then(|claims| claims.tenant) else {
            let error = Error::new(Kind::Token, "the token does not say which tenant it is of");
            return Err(Failure::last(error.at(&self.target(tenant))));
        };
        Ok(entry.tenant.get_or_init(|| found).clone())
    }

    /// The id of the tenant that a call is in, as far as it is known by now.
    pub fn known_tenant_id(&self, tenant: Option<&str>, audience: &str) -> Option<String> {
        let given = self.tenant(tenant).filter(|given| uuid::Uuid::try_parse(given).is_ok()).map(str::to_owned);
        given.or_else(|| self.entry(tenant, audience).tenant.get().cloned())
    }

    /// How tokens are asked for, as an error names it.
    pub fn target(&self, tenant: Option<&str>) -> String {
        self.credentials.credential.target(&self.authority, self.tenant(tenant))
    }

    /// Takes the secrets out of what Entra said.
    fn hide(&self, error: Error) -> Error {
        error.hiding(|text| self.redaction.hide(text).into_owned())
    }

    /// What a token is asked for with, for whoever is told that there is none.
    fn sign_in(&self, tenant: Option<&str>) -> SignIn {
        let client_id = self.credentials.credential.client_id().map(str::to_owned);
        let consent_at = tenant.zip(client_id.as_deref()).and_then(|(tenant, client_id)| {
            let mut url = self.authority.join(&format!("/{tenant}/adminconsent")).ok()?;
            url.query_pairs_mut().append_pair("client_id", client_id);
            Some(url.to_string())
        });
        let passed_over = self.credentials.passed_over.clone();
        let proof = Some(self.credentials.credential.proof());
        SignIn { tenant: tenant.map(str::to_owned), client_id, consent_at, proof, passed_over }
    }

    async fn fetch(&self, tenant: Option<&str>, audience: &str) -> Result<AccessToken, Failure> {
        let credential = self
            .credentials
            .credential
            .of_tenant(tenant, &self.options)
            .map_err(|error| Failure::last(self.hide(Error::new(Kind::Settings, error.to_string()))))?;
        let scope = format!("{audience}/.default");
        let token = credential.get_token(&[&scope], None).await.map_err(|error| {
            let found = classify(&error);
            let mut error = self.hide(found.error).at(&self.target(tenant));
            if error.kind == Kind::Token {
                error.sign_in = Some(Box::new(self.sign_in(tenant)));
            }
            Failure::new(error, found.again).unsent(!found.sent)
        })?;
        if token.token.secret().is_empty() {
            let error = Error::new(Kind::Garbage, "the answer to the request for a token holds none");
            return Err(Failure::last(error.at(&self.target(tenant))));
        }
        Ok(token)
    }

    fn entry(&self, tenant: Option<&str>, audience: &str) -> Arc<Entry> {
        let key = (self.tenant(tenant).unwrap_or_default().to_lowercase(), audience.to_owned());
        Arc::clone(self.entries.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
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
        settings.credentials.defender_token = Some(Secret::new("given-by-the-user"));
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
        settings.credentials.defender_token = Some(Secret::new("given-by-the-user"));
        let shown = format!("{settings:?} {:?} {client:?} {error:?}", settings.credentials);
        for secret in [SECRET, "given-by-the-user", "signature"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_secret_comes_back_in_whatever_a_service_says() {
        let mut settings = settings();
        settings.credentials.credential = Arc::new(fake::client_secret("a  b&\"c. d"));
        settings.credentials.defender_token = Some(Secret::new("short"));
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
}
