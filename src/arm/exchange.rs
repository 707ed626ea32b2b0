//! How a request travels: with a token, through Azure's pipeline, again if that may help, page after page; never longer
//! than its call allows.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use azure_core::http::policies::Policy;
use azure_core::http::{ClientOptions, Context, HttpClient, Pipeline, PipelineSendOptions, RetryOptions, Transport};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::call::Call;
use super::claims::Claims;
use super::error::{Error, Kind, classify};
use super::given_token::{GivenToken, GivenTokens};
use super::redaction::Redaction;
use super::request::{Plane, Request, address};
use super::response::{Answer, next_page, read};
use super::retry::{Failure, Tries};
use super::secret::Secret;
use super::settings::{Endpoints, Settings};
use super::slim;
use super::throttle::Throttle;
use super::tokens::Tokens;
use super::transport::Identify;

/// How long a write that was sent may still be answered after the user stopped Terraform.
const GRACE: Duration = Duration::from_secs(5);
const MAX_PAGES: usize = 1000;
/// Bytes of what is kept of all pages of a list together.
const LIST_LIMIT: usize = 32 << 20;

/// The way to the services.
pub(super) struct Exchange {
    endpoints: Endpoints,
    given_tokens: GivenTokens,
    tokens: Arc<Tokens>,
    auxiliary_tenant_ids: Vec<String>,
    throttle: Throttle,
    pipeline: Pipeline,
    redaction: Arc<Redaction>,
    request_timeout: Duration,
    max_retries: u32,
}

/// Why waiting for a try ended without an outcome.
enum Cut {
    Stopped,
    Deadline,
    Slow,
}

impl Exchange {
    pub fn new(settings: Settings, transport: Arc<dyn HttpClient>) -> Result<Self, Error> {
        let Settings { endpoints, mut credentials, user_agent, request_timeout, max_retries, max_requests_per_second } =
            settings;
        let throttle = Throttle::new(max_requests_per_second);
        let policies: Vec<Arc<dyn Policy>> = vec![Arc::new(Identify { user_agent })];
        let redaction = Arc::<Redaction>::default();
        let given_tokens = GivenTokens::take(&mut credentials, &endpoints, &redaction);
        let auxiliary_tenant_ids = std::mem::take(&mut credentials.auxiliary_tenant_ids);
        let (its_endpoints, its_transport) = (endpoints.clone(), Arc::clone(&transport));
        let tokens = Tokens::new(credentials, its_endpoints, its_transport, policies.clone(), Arc::clone(&redaction))?;
        let tokens = Arc::new(tokens);
        let options = ClientOptions {
            transport: Some(Transport::new(transport)),
            per_try_policies: policies,
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let (name, version) = (Some(env!("CARGO_PKG_NAME")), Some(env!("CARGO_PKG_VERSION")));
        let pipeline = Pipeline::new(name, version, options, Vec::new(), Vec::new(), None);
        Ok(Self {
            endpoints,
            given_tokens,
            tokens,
            auxiliary_tenant_ids,
            throttle,
            pipeline,
            redaction,
            request_timeout,
            max_retries,
        })
    }

    /// Where the requests of a plane go.
    pub fn endpoint(&self, plane: Plane) -> Result<&Url, Error> {
        self.endpoints.of(plane)
    }

    /// Whether a tenant has credentials of its own.
    pub fn has_own_credential(&self, tenant: &str) -> bool {
        self.tokens.named(tenant).is_some_and(|named| named.credential.is_some())
    }

    /// The tenant that a call is in, if it is known before asking.
    pub fn tenant<'a>(&'a self, call: &'a Call) -> Option<&'a str> {
        self.tokens.tenant(call.tenant.as_deref())
    }

    /// The tenant that the call's Resource Manager token is of.
    pub async fn tenant_id(&self, call: &Call) -> Result<String, Error> {
        self.told_by_token(call, |tenant, plane| self.tokens.tenant_id(tenant, plane)).await
    }

    /// What the call's Resource Manager token says of itself.
    pub async fn claims(&self, call: &Call) -> Result<Claims, Error> {
        self.told_by_token(call, |tenant, plane| self.tokens.claims(tenant, plane)).await
    }

    /// Asks the call's Resource Manager token, again where that may help.
    async fn told_by_token<'a, T, F>(
        &self,
        call: &'a Call,
        ask: impl Fn(Option<&'a str>, Plane) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let (tenant, plane) = (call.tenant.as_deref(), Plane::ResourceManager);
        let target = self.tokens.target(tenant, plane);
        let mut tries = Tries::new(call, &target, self.max_retries);
        loop {
            tries.begin()?;
            let told = self.bounded(call, false, ask(tenant, plane)).await;
            match told.unwrap_or_else(|cut| Err(self.cut(cut, false))) {
                Ok(told) => return Ok(told),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// Sends a request to an address, again where that may help.
    pub async fn send(&self, call: &Call, request: &Request, url: &Url) -> Result<Answer, Error> {
        let target = target(request, url);
        let mut tries = Tries::new(call, &target, self.max_retries);
        loop {
            let number = tries.begin()?;
            match self.authorized(call, request, url, number).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// Everything that a list holds on all of its pages.
    pub async fn pages(&self, call: &Call, request: &Request) -> Result<Vec<Value>, Error> {
        self.followed(call, request).await.map_err(|error| self.hide(error))
    }

    async fn followed(&self, call: &Call, request: &Request) -> Result<Vec<Value>, Error> {
        let mut url = request.url(self.endpoint(request.plane)?);
        let target = target(request, &url);
        let mut seen = HashSet::new();
        let (mut items, mut size) = (Vec::new(), 0);
        while seen.insert(url.clone()) {
            if seen.len() > MAX_PAGES {
                return Err(Error::new(Kind::Garbage, format!("the list has over {MAX_PAGES} pages")).at(&target));
            }
            let mut answer = self.send(call, request, &url).await?;
            let [page, next] =
                ["value", "nextLink"].map(|name| answer.body.get_mut(name).map(Value::take).unwrap_or_default());
            let garbage = |message: String| {
                let request_id = answer.request_id.clone();
                Error { request_id, status: Some(answer.status), ..Error::new(Kind::Garbage, message) }.at(&target)
            };
            let Value::Array(mut page) = page else {
                return Err(garbage("the answer is not a list: it has no array 'value'".to_owned()));
            };
            size += match request.kept {
                Some(kept) => {
                    slim::slim(kept, &mut page);
                    slim::size(&page)
                }
                None => answer.size,
            };
            if size > LIST_LIMIT {
                return Err(garbage(format!("the list is larger than {LIST_LIMIT} bytes")));
            }
            // One page is nearly always all there is.
            if items.is_empty() {
                items = page;
            } else {
                items.append(&mut page);
            }
            match next_page(&url, &next).map_err(garbage)? {
                Some(next) => url = next,
                None => return Ok(items),
            }
        }
        Err(Error::new(Kind::Garbage, "the list's pages lead back to one that was read").at(&target))
    }

    /// One try, with a new token if the service refuses the old one.
    async fn authorized(&self, call: &Call, request: &Request, url: &Url, number: u32) -> Result<Answer, Failure> {
        let token = self.token(call, request.plane, None).await?;
        let auxiliary = self.auxiliary(call, request.plane).await?;
        let answer = self.attempt(call, request, url, (&token, &auxiliary), number).await;
        // The Defender API has one word for a token that is wrong and one that is over.
        let has_one_word = request.plane == Plane::Defender;
        let is_refused = matches!(&answer, Err(failure) if failure.error.is_token_refused()
            || has_one_word && failure.error.is_unauthorized());
        if !is_refused || self.given_token(call, request.plane).is_some() {
            return answer;
        }
        // The service knows better than the token's own dates. Once: a second refusal means something else.
        let token = self.token(call, request.plane, Some(&token)).await?;
        self.attempt(call, request, url, (&token, &auxiliary), number).await
    }

    /// One try: a request with a token of its own tenant and those of the tenants beside it, and what came of it.
    async fn attempt(
        &self,
        call: &Call,
        request: &Request,
        url: &Url,
        (token, auxiliary): (&Secret, &[Secret]),
        number: u32,
    ) -> Result<Answer, Failure> {
        let mut message = azure_core::http::Request::new(url.clone(), request.method);
        message.insert_header("authorization", format!("Bearer {}", token.reveal()));
        message.insert_header("accept", "application/json");
        if !auxiliary.is_empty() {
            let tokens: Vec<_> = auxiliary.iter().map(|token| format!("Bearer {}", token.reveal())).collect();
            message.insert_header("x-ms-authorization-auxiliary", tokens.join(", "));
        }
        if let Some(prefer) = request.prefer {
            message.insert_header("prefer", prefer);
        }
        if let Some(body) = &request.body {
            message.insert_header("content-type", "application/json; charset=utf-8");
            message.set_body(body.to_string());
        }
        let turn = self.throttle.turn(call, request, self.tenant(call)).await.map_err(Failure::last)?;
        if call.stop.is_cancelled() {
            return Err(Failure::last(Error::stopped()));
        }
        let is_write = request.is_write();
        let began = Instant::now();
        let context = Context::new();
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let sent = self.pipeline.send(&context, &mut message, Some(options));
        let outcome = self.bounded(call, is_write, sent).await;
        let outcome = match outcome {
            Err(cut) => Err(self.cut(cut, is_write)),
            Ok(Err(error)) => {
                let found = classify(&error);
                Err(Failure::new(found.error.in_doubt(is_write && found.sent), found.again).unsent(!found.sent))
            }
            Ok(Ok(response)) => {
                let hide = |error: Error| self.hide(error).at(&target(request, url));
                let outcome = read(&response, is_write, &self.redaction).map_err(|failure| failure.map(hide));
                // A query that took too long takes as long again.
                let outcome = outcome.map_err(|failure| match failure.error.status {
                    Some(504) if request.is_query() => Failure::last(*failure.error),
                    _ => failure,
                });
                turn.answered(response.headers(), outcome.as_ref().err().map(|failure| &*failure.error));
                outcome
            }
        };
        let outcome = outcome.map_err(|failure| failure.map(|error| self.hide(error)));
        let (status, request_id) = match &outcome {
            Ok(answer) => (Some(answer.status), answer.request_id.as_deref()),
            Err(failure) => (failure.error.status, failure.error.request_id.as_deref()),
        };
        tracing::debug!(
            method = request.method.as_str(),
            url = %self.redaction.hide(&address(url)),
            status,
            request_id,
            duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "try" = number,
            "request"
        );
        outcome
    }

    /// The error without any secret that a service may have repeated.
    pub fn hide(&self, error: Error) -> Error {
        error.hiding(|text| self.redaction.hide(text).into_owned())
    }

    async fn token(&self, call: &Call, plane: Plane, refused: Option<&Secret>) -> Result<Secret, Failure> {
        let tenant = call.tenant.as_deref();
        if let Some(given) = self.given_token(call, plane) {
            let known = self.tokens.known_tenant_id(tenant, Plane::ResourceManager);
            return given.of(known.as_deref()).map_err(Failure::last);
        }
        self.token_of(call, tenant, plane, refused).await
    }

    async fn token_of(
        &self,
        call: &Call,
        tenant: Option<&str>,
        plane: Plane,
        refused: Option<&Secret>,
    ) -> Result<Secret, Failure> {
        let token = self.bounded(call, false, self.tokens.get(tenant, plane, refused)).await;
        token.map_err(|cut| {
            let target = self.tokens.target(tenant, plane);
            self.cut(cut, false).map(|error| error.at(&target))
        })?
    }

    /// The tokens of the tenants whose own go along with each request to Resource Manager.
    async fn auxiliary(&self, call: &Call, plane: Plane) -> Result<Vec<Secret>, Failure> {
        let tenants = self.auxiliary_tenant_ids.iter().filter(|_| plane == Plane::ResourceManager);
        try_join_all(tenants.map(|tenant| self.token_of(call, Some(tenant), plane, None))).await
    }

    /// Whether the user gave a token that says nothing of itself, so that only the service can judge it.
    pub fn has_opaque_token(&self) -> bool {
        self.given_tokens.all().any(GivenToken::is_opaque)
    }

    /// The token that the user gave for a call as it is, so that no other can be had.
    fn given_token(&self, call: &Call, plane: Plane) -> Option<&GivenToken> {
        let given = (plane == Plane::Defender).then_some(&self.given_tokens);
        given.and_then(|given| given.of(self.tenant(call)))
    }

    /// Waits as long as the call and the bound of one try allow. A write that was begun gets some time after a stop:
    /// its answer decides whether Terraform knows about what it made.
    async fn bounded<T>(&self, call: &Call, is_write: bool, work: impl Future<Output = T>) -> Result<T, Cut> {
        tokio::pin!(work);
        let end = Instant::now().checked_add(self.request_timeout).map_or(call.deadline, |end| end.min(call.deadline));
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = call.stop.cancelled() => {}
            () = sleep_until(end) => return Err(if end == call.deadline { Cut::Deadline } else { Cut::Slow }),
        }
        if !is_write {
            return Err(Cut::Stopped);
        }
        timeout_at(end.min(Instant::now() + GRACE), work).await.map_err(|_| Cut::Stopped)
    }

    fn cut(&self, cut: Cut, is_write: bool) -> Failure {
        let (error, again) = match cut {
            Cut::Stopped => (Error::stopped(), None),
            Cut::Deadline => (Error::deadline(), None),
            Cut::Slow => (Error::timed_out(self.request_timeout), Some(None)),
        };
        Failure::new(error.in_doubt(is_write), again)
    }
}

/// Names a request in errors, without the query.
pub(super) fn target(request: &Request, url: &Url) -> String {
    format!("{} {}", request.method.as_str(), address(url))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::super::fake::{Fake, Seen, TENANT, call, client_secret, get, jwt, lost, put, refusal, reply, settings};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_says_who_calls_and_what_it_wants() {
        let (client, fake) =
            Fake::new(|_| async { reply(201, &[("x-ms-request-id", "rid")], "\u{feff}{\"a\":1}") }).client();
        let answer = client.send(&call(60), put()).await.unwrap();
        assert_eq!((answer.status, answer.request_id.as_deref()), (201, Some("rid")));
        assert_eq!(answer.body, serde_json::json!({"a": 1}));
        client.send(&call(60), get()).await.unwrap();
        let seen = fake.requests.lock().unwrap();
        assert_eq!(seen[0].line, "PUT https://management.azure.com/subscriptions/s/things/x?api-version=v1");
        assert_eq!(seen[0].header("authorization"), format!("Bearer {}", jwt(TENANT, 0)));
        assert_eq!(seen[0].header("user-agent"), "provider/1.0 terraform/1.11");
        assert_eq!(seen[0].header("accept"), "application/json");
        assert_eq!(seen[0].body, r#"{"kind":"K"}"#);
        assert_eq!(seen[1].body, "");
        let correlation = seen[0].header("x-ms-correlation-request-id");
        assert_eq!(correlation.len(), 36);
        assert_eq!(correlation, seen[1].header("x-ms-correlation-request-id"));
        let tokens = fake.token_requests.lock().unwrap();
        assert_eq!(tokens.len(), 1, "one token serves both");
        assert_eq!(tokens[0].line, format!("POST https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"));
        assert!(tokens[0].body.contains("scope=https%3A%2F%2Fmanagement.azure.com%2F.default"), "{}", tokens[0].body);
        assert_eq!(tokens[0].header("user-agent"), "provider/1.0 terraform/1.11");
    }

    #[tokio::test(start_paused = true)]
    async fn one_try_is_bounded() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            if seen.number == 0 { std::future::pending().await } else { reply(200, &[], "") }
        })
        .client();
        client.send(&call(600), get()).await.unwrap();
        assert_eq!(fake.count(), 2);
        let (client, fake) = Fake::new(|_| std::future::pending()).client();
        let error = client.send(&call(6000), get()).await.unwrap_err();
        assert_eq!((error.message.as_str(), fake.count()), ("no answer within 60 s", 4));
        assert!(error.is_timed_out() && !error.may_have_happened());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_write_is_in_doubt_and_a_refused_connection_is_not() {
        let (client, fake) = Fake::new(|_| async { lost() }).client();
        let error = client.send(&call(600), put()).await.unwrap_err();
        assert_eq!((error.kind, error.may_have_happened(), fake.count()), (Kind::Unreachable, true, 4));
        assert!(!client.send(&call(600), get()).await.unwrap_err().may_have_happened());

        let refused = || azure_core::Error::with_message(azure_core::error::ErrorKind::Connection, "refused");
        let (client, _) = Fake::new(move |_| async move { Err(refused()) }).client();
        let error = client.send(&call(600), put()).await.unwrap_err();
        assert_eq!((error.kind, error.may_have_happened()), (Kind::Unreachable, false));
        assert_eq!(error.message, "no connection: refused");

        // What a later try says does not undo an earlier one.
        let (client, _) = Fake::new(move |seen: Seen| async move {
            if seen.number == 0 { lost() } else { refusal(403, "AuthorizationFailed", "no") }
        })
        .client();
        let error = client.send(&call(600), put()).await.unwrap_err();
        assert!(error.is_forbidden() && error.may_have_happened());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_reads_at_once_and_gives_writes_a_moment() {
        async fn stopped(request: Request, answer_after: u64) -> (Result<Answer, Error>, Duration) {
            let (client, _) = Fake::new(move |_| async move {
                tokio::time::sleep(Duration::from_secs(answer_after)).await;
                reply(200, &[], "")
            })
            .client();
            let stop = CancellationToken::new();
            let call = Call::new(&stop, Duration::from_secs(600));
            let began = Instant::now();
            let (outcome, ()) = tokio::join!(client.send(&call, request), async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stop.cancel();
            });
            (outcome, began.elapsed())
        }
        let (outcome, took) = stopped(get(), 4).await;
        let error = outcome.unwrap_err();
        assert!(error.is_stopped() && !error.may_have_happened());
        assert_eq!(took.as_secs(), 1);
        let (outcome, took) = stopped(put(), 4).await;
        assert_eq!((outcome.unwrap().status, took.as_secs()), (200, 4));
        let (outcome, took) = stopped(put(), 40).await;
        let error = outcome.unwrap_err();
        assert!(error.is_stopped() && error.may_have_happened());
        assert_eq!(took.as_secs(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_challenge_for_claims_is_worth_one_new_token() {
        let challenge = r#"Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ==""#;
        let refuse =
            move || reply(401, &[("www-authenticate", challenge)], r#"{"error":{"code":"Policy","message":"no"}}"#);
        let (client, fake) = Fake::new(move |_| async move { refuse() }).client();
        let error = client.send(&call(600), put()).await.unwrap_err();
        assert!(error.is_conditional_access() && !error.is_unauthorized() && !error.may_have_happened());
        assert_eq!(error.claims_challenge(), Some("eyJhIjoxfQ=="));
        assert_eq!((fake.count(), fake.token_requests.lock().unwrap().len()), (2, 2));
        let (client, _) =
            Fake::new(move |seen: Seen| async move { if seen.number == 0 { refuse() } else { reply(200, &[], "") } })
                .client();
        client.send(&call(600), put()).await.unwrap();
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let with = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            super::super::Client::new(settings).unwrap_err()
        };
        let error = with(|settings| settings.endpoints.active_directory = Url::parse("http://localhost").unwrap());
        assert_eq!(error.kind, Kind::Settings);
        assert!(error.message.starts_with("the active_directory endpoint 'http://localhost/'"), "{error}");
        let error = with(|settings| settings.credentials.credential = Some(Arc::new(client_secret(""))));
        assert_eq!(error.message, "the client secret is empty");
        super::super::Client::new(settings()).unwrap();
    }
}
