//! The client that the provider holds: what it may be asked for, and lists shared between those who ask at once. How a
//! request travels is in `exchange`.

use std::fmt;
use std::sync::Arc;

use azure_core::http::HttpClient;
use futures_util::FutureExt;
use serde_json::Value;
use tokio::time::sleep_until;
use url::Url;

use super::call::Call;
use super::claims::Claims;
use super::error::{Error, Kind};
use super::exchange::Exchange;
use super::lists::{FetchError, Freshness, Key, Lists};
use super::request::{Plane, Request};
use super::response::Answer;
use super::settings::Settings;
use super::transport;

/// Sends requests; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    exchange: Arc<Exchange>,
    lists: Lists,
}

impl Client {
    /// Makes a client; nothing is sent and no token asked for yet.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        settings.endpoints.check()?;
        let transport = transport::build(settings.endpoints.are_loopback())?;
        Self::assemble(settings, transport)
    }

    /// A client over another transport, for tests.
    #[cfg(test)]
    pub(crate) fn over(settings: Settings, transport: Arc<dyn HttpClient>) -> Result<Self, Error> {
        settings.endpoints.check()?;
        Self::assemble(settings, transport::bounded(transport))
    }

    fn assemble(settings: Settings, transport: Arc<dyn HttpClient>) -> Result<Self, Error> {
        let exchange = Arc::new(Exchange::new(settings, transport)?);
        Ok(Self(Arc::new(Inner { exchange, lists: Lists::default() })))
    }

    /// Whether the user gave a token that says nothing of itself, so that only the service can judge it.
    pub fn has_opaque_token(&self) -> bool {
        self.0.exchange.has_opaque_token()
    }

    /// Whether a tenant has credentials of its own, whatever the provider's are.
    pub fn has_own_credential(&self, tenant: &str) -> bool {
        self.0.exchange.has_own_credential(tenant)
    }

    /// The tenant that the call's Resource Manager token is of.
    pub async fn tenant_id(&self, call: &Call) -> Result<String, Error> {
        self.0.exchange.tenant_id(call).await
    }

    /// What the call's Resource Manager token says of itself; nothing where it is of a form that nobody can read.
    pub async fn claims(&self, call: &Call) -> Result<Claims, Error> {
        self.0.exchange.claims(call).await
    }

    /// Sends one request and waits for its answer, through whatever retries that takes.
    pub async fn send(&self, call: &Call, request: Request) -> Result<Answer, Error> {
        let _outdates = request.is_write().then(|| self.0.lists.during_write(self.key(call, &request)));
        let url = request.url(self.endpoint(request.plane)?);
        if !request.means_what_it_says(&url) {
            return Err(Error::new(Kind::Settings, format!("the address {} leads elsewhere", request.path)));
        }
        self.0.exchange.send(call, &request, &url).await
    }

    /// The thing at a request's address, or nothing where the service says that it is not there.
    pub async fn find(&self, call: &Call, request: Request) -> Result<Option<Value>, Error> {
        let target = super::exchange::target(&request, &request.url(self.endpoint(request.plane)?));
        match self.send(call, request).await {
            Ok(answer) => answer.resource().map(Some).map_err(|error| error.at(&target)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request to an address that the service gave.
    pub(super) async fn send_to(&self, call: &Call, request: &Request, url: &Url) -> Result<Answer, Error> {
        self.0.exchange.send(call, request, url).await
    }

    /// Where the requests of a plane go.
    pub(super) fn endpoint(&self, plane: Plane) -> Result<&Url, Error> {
        self.0.exchange.endpoint(plane)
    }

    /// The error without any secret that a service may have repeated.
    pub(super) fn hide(&self, error: Error) -> Error {
        self.0.exchange.hide(error)
    }

    /// Everything in a collection. One fetch serves all who ask, until a write to the collection outdates it.
    pub async fn list(&self, call: &Call, request: Request) -> Result<Arc<Vec<Value>>, Error> {
        self.list_of(Freshness::Now, call, request).await
    }

    /// Everything in a collection but what this client may have written meanwhile: for who looks for what others made,
    /// so that many creates in one collection share one fetch.
    pub async fn list_as_of_start(&self, call: &Call, request: Request) -> Result<Arc<Vec<Value>>, Error> {
        self.list_of(Freshness::AsOfStart, call, request).await
    }

    /// Everything in a collection, for who alone reads it: it is neither shared nor kept.
    pub async fn list_once(&self, call: &Call, request: Request) -> Result<Vec<Value>, Error> {
        self.0.exchange.pages(call, &request).await
    }

    async fn list_of(&self, freshness: Freshness, call: &Call, request: Request) -> Result<Arc<Vec<Value>>, Error> {
        let key = self.key(call, &request);
        let mut before = None;
        loop {
            let (fetch, turn, is_ours) = self.0.lists.join(&key, freshness, || {
                let (exchange, call, request) = (Arc::clone(&self.0.exchange), call.clone(), request.clone());
                async move {
                    let pages = exchange.pages(&call, &request).await;
                    pages.map(Arc::new).map_err(|error| {
                        // Nor does a wait that only this call has no time for.
                        let was_over = call.is_over() || error.asked_wait().is_some_and(|wait| call.is_shorter(wait));
                        FetchError { error, was_over }
                    })
                }
                .boxed()
            });
            let outcome = tokio::select! {
                biased;
                outcome = fetch => outcome,
                () = call.stop.cancelled() => Err(FetchError { error: Error::stopped(), was_over: true }),
                () = sleep_until(call.deadline) => Err(FetchError { error: Error::deadline(), was_over: true }),
            };
            let FetchError { error, was_over } = match outcome {
                Ok(items) => return Ok(items),
                Err(failed) => failed,
            };
            self.0.lists.forget(&key, turn);
            // The fetch ran within the bounds of whoever began it; those who still have time begin their own.
            if was_over && !is_ours && !call.is_over() {
                before = Some(error);
                continue;
            }
            // Whoever has hardly any time left hears what the others waited for, not only that there was none.
            let error = before.filter(|_| error.is_timed_out()).unwrap_or(error);
            let url = request.url(self.endpoint(request.plane)?);
            return Err(error.at(&super::exchange::target(&request, &url)));
        }
    }

    /// Makes the next `list` of this request a fresh one.
    pub fn forget(&self, call: &Call, request: &Request) {
        drop(self.0.lists.during_write(self.key(call, request)));
    }

    fn key(&self, call: &Call, request: &Request) -> Key {
        Key::new(request, self.0.exchange.tenant(call))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchange = &self.0.exchange;
        f.debug_struct("Client")
            .field("resource_manager", &exchange.endpoint(Plane::ResourceManager).map_or("none", Url::as_str))
            .field("defender", &exchange.endpoint(Plane::Defender).map_or("none", Url::as_str))
            .field("log_analytics", &exchange.endpoint(Plane::LogAnalytics).map_or("none", Url::as_str))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::sleep;
    use tokio_util::sync::CancellationToken;

    use super::super::fake::{Fake, Reply, Seen, refusal, reply};
    use super::super::{Collection, ResourceId, WorkspaceId};
    use super::*;

    const WORKSPACE: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/Rg/providers/\
                             Microsoft.OperationalInsights/workspaces/law";

    fn list() -> Request {
        Request::list(&WorkspaceId::parse(WORKSPACE).unwrap(), Collection::DataConnectors, "v1")
    }

    fn put() -> Request {
        // Another casing, as another user may write the same workspace.
        let id = format!("{}/providers/Microsoft.SecurityInsights/dataConnectors/x", WORKSPACE.replace("Rg", "rG"));
        Request::put(&ResourceId::parse(&id, Collection::DataConnectors).unwrap(), "v1").with_body(json!({}))
    }

    fn call(seconds: u64) -> Call {
        Call::new(&CancellationToken::new(), Duration::from_secs(seconds))
    }

    fn page(names: &[u32], next: Option<&str>) -> Reply {
        let items: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        reply(200, &[], &json!({"value": items, "nextLink": next}).to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn all_pages_are_read() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            match seen.number {
                0 => page(&[1, 2], Some("https://management.azure.com/next?page=2")),
                1 => page(&[], Some("?page=3")),
                _ => page(&[3], None),
            }
        })
        .client();
        assert_eq!(*client.list(&call(60), list()).await.unwrap(), [1, 2, 3].map(|name| json!({ "name": name })));
        assert_eq!(fake.requests.lock().unwrap()[2].line, "GET https://management.azure.com/next?page=3");
    }

    #[tokio::test(start_paused = true)]
    async fn pages_that_lead_astray_are_garbage() {
        for (next, why) in [
            ("https://management.azure.com/next", "lead back to one that was read"),
            ("https://evil.example/next", "nextLink leads to https://evil.example, which is not followed"),
        ] {
            let (client, _) = Fake::new(move |_| async move { page(&[1], Some(next)) }).client();
            let error = client.list(&call(60), list()).await.unwrap_err();
            assert_eq!(error.kind, Kind::Garbage);
            assert!(error.message.contains(why), "{error}");
        }
        let (client, fake) =
            Fake::new(|seen: Seen| async move { page(&[1], Some(&format!("?page={}", seen.number))) }).client();
        let error = client.list(&call(6000), list()).await.unwrap_err();
        assert_eq!((error.message.as_str(), fake.count()), ("the list has over 1000 pages", 1000));
        let (client, fake) = Fake::new(|seen: Seen| async move {
            let next = format!("?page={}", seen.number);
            reply(200, &[], &json!({"value": [{"name": " ".repeat(10 << 20)}], "nextLink": next}).to_string())
        })
        .client();
        let error = client.list(&call(60), list()).await.unwrap_err();
        assert_eq!((error.message.as_str(), fake.count()), ("the list is larger than 33554432 bytes", 4));
        let (client, _) = Fake::new(|_| async { reply(200, &[], "{}") }).client();
        let error = client.list(&call(60), list()).await.unwrap_err();
        assert_eq!(error.message, "the answer is not a list: it has no array 'value'");
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_leads_out_of_its_collection_is_never_sent() {
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client();
        for name in ["", ".", ".."] {
            let Request { path, .. } = put();
            let request = Request { path: path.replace("/x", &format!("/{name}")), ..put() };
            let error = client.send(&call(60), request).await.unwrap_err();
            assert_eq!((error.kind, fake.count()), (Kind::Settings, 0), "{name:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_reads_of_a_list_does_not_count() {
        let rules = |padded: &'static str| {
            let text = Arc::new("x".repeat(12 << 20));
            Fake::new(move |seen: Seen| {
                let text = Arc::clone(&text);
                async move {
                    let ours =
                        r#"{"name":"ours","kind":"MicrosoftSecurityIncidentCreation","properties":{"enabled":true}}"#;
                    let others =
                        format!(r#"{{"name":"other-{}","kind":"Scheduled","{padded}":"{text}"}}"#, seen.number);
                    let next = if seen.number < 8 { format!("?page={}", seen.number) } else { String::new() };
                    reply(200, &[], &format!(r#"{{"value":[{others},{ours}],"nextLink":"{next}"}}"#))
                }
            })
            .client()
        };
        let list = Request::list(&WorkspaceId::parse(WORKSPACE).unwrap(), Collection::AlertRules, "v1");
        let (client, fake) = rules("properties");
        let items = client.list(&call(60), list.clone()).await.unwrap();
        assert_eq!((items.len(), fake.count()), (18, 9), "108 MiB");
        assert_eq!(items[16], json!({ "name": "other-8", "kind": "Scheduled" }));
        assert_eq!(items[17]["properties"]["enabled"], true);
        let (client, fake) = rules("id");
        let error = client.list(&call(60), list).await.unwrap_err();
        assert_eq!((error.message.as_str(), fake.count()), ("the list is larger than 33554432 bytes", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn one_fetch_serves_all_until_a_write() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            sleep(Duration::from_secs(1)).await;
            if seen.line.starts_with("PUT") { reply(200, &[], "{}") } else { page(&[1], None) }
        })
        .client();
        let lists = (0..20).map(|_| {
            let client = client.clone();
            async move { client.list(&call(60), list()).await.unwrap() }
        });
        futures_util::future::join_all(lists).await;
        client.list(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 1);
        let other = Request { api_version: Some("v2".into()), ..list() };
        client.list(&call(60), other).await.unwrap();
        assert_eq!(fake.count(), 2, "another version is another list");
        client.send(&call(60), put()).await.unwrap();
        client.list(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 4, "a write, and the list again");
    }

    #[tokio::test(start_paused = true)]
    async fn who_looks_for_what_others_made_needs_no_new_list_after_a_write() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            if seen.line.starts_with("PUT") { reply(200, &[], "{}") } else { page(&[1], None) }
        })
        .client();
        for _ in 0..5 {
            client.list_as_of_start(&call(60), list()).await.unwrap();
            client.send(&call(60), put()).await.unwrap();
        }
        assert_eq!(fake.count(), 6, "one list and five writes");
        client.list(&call(60), list()).await.unwrap();
        client.list_as_of_start(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 7, "a newer list serves both");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_saw_half_a_write_is_not_kept() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            if seen.line.starts_with("PUT") {
                sleep(Duration::from_secs(10)).await;
                return reply(200, &[], "{}");
            }
            page(&[1], None)
        })
        .client();
        client.list(&call(60), list()).await.unwrap();
        let bounds = call(60);
        let (_, ()) = tokio::join!(client.send(&bounds, put()), async {
            sleep(Duration::from_secs(1)).await;
            client.list(&call(60), list()).await.unwrap();
            client.list(&call(60), list()).await.unwrap();
        });
        assert_eq!(fake.count(), 3, "one list before, the write, one list meanwhile");
        client.list(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 4);

        // A write that is given up outdates the list as well.
        let given_up = tokio::time::timeout(Duration::from_secs(1), client.send(&call(60), put())).await;
        assert!(given_up.is_err());
        client.list(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_and_not_kept() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            sleep(Duration::from_secs(1)).await;
            if seen.number == 0 { refusal(403, "AuthorizationFailed", "no") } else { page(&[1], None) }
        })
        .client();
        let lists = (0..5).map(|_| {
            let client = client.clone();
            async move { client.list(&call(60), list()).await }
        });
        let outcomes = futures_util::future::join_all(lists).await;
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(Error::is_forbidden)));
        assert_eq!(fake.count(), 1);
        client.list(&call(60), list()).await.unwrap();
        assert_eq!(fake.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_answers_is_waited_for_once() {
        let (client, fake) = Fake::new(|_| std::future::pending()).client();
        let lists = (0..5).map(|_| {
            let client = client.clone();
            async move { client.list(&call(6000), list()).await }
        });
        let outcomes = futures_util::future::join_all(lists).await;
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(Error::is_timed_out)));
        assert_eq!(fake.count(), 4, "a try and three retries for all five");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_does_not_take_the_others_along() {
        let (client, fake) = Fake::new(|_| async {
            sleep(Duration::from_secs(10)).await;
            page(&[1], None)
        })
        .client();
        let stop = CancellationToken::new();
        let stoppable = Call::new(&stop, Duration::from_secs(60));
        let (long, short) = (call(60), call(5));
        let (first, second, third, ()) = tokio::join!(
            client.list(&short, list()),
            client.list(&stoppable, list()),
            client.list(&long, list()),
            async {
                sleep(Duration::from_secs(1)).await;
                stop.cancel();
            }
        );
        assert!(first.unwrap_err().is_timed_out());
        assert!(second.unwrap_err().is_stopped());
        assert_eq!(third.unwrap().len(), 1);
        assert_eq!(fake.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_hears_why_the_others_waited() {
        let (client, _) = Fake::new(|seen: Seen| async move {
            if seen.number == 0 { refusal(503, "Busy", "later") } else { std::future::pending().await }
        })
        .client();
        let (stop, within) = (CancellationToken::new(), Duration::from_secs(20));
        let calls = [Call::new(&stop, within), Call::new(&stop, within + Duration::from_millis(5))];
        let (first, second) = tokio::join!(client.list(&calls[0], list()), client.list(&calls[1], list()));
        let message = "no answer before the time limit; the last answer was 503 Busy: later";
        assert_eq!(first.unwrap_err().message, message);
        assert_eq!(second.unwrap_err().message, message);
    }
}
