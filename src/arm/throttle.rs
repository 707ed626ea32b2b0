//! When a request may go: the service counts requests for each subscription and kind of operation, says with every
//! answer how many are left, and refuses what comes too fast. All requests of the process keep one count of the same.
//!
//! Nothing is guessed before the service has spoken: a service that says nothing is not waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use azure_core::http::headers::Headers;
use tokio::time::{Instant, sleep_until};

use super::call::Call;
use super::error::Error;
use super::request::{Method, Plane, Request};

/// How much each of the three budgets of Resource Manager holds and how fast it fills up again, as documented. Where that
/// is wrong the service's own numbers put it right.
const READS: f64 = 250.0;
const READS_PER_SECOND: f64 = 25.0;
const CHANGES: f64 = 200.0;
const CHANGES_PER_SECOND: f64 = 10.0;

/// Longer than any process lives, and short enough for every clock.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The requests that the service counts together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scope {
    plane: Plane,
    /// The subscription, or the tenant of a request outside of any.
    of: String,
    operation: Operation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Read,
    Write,
    Delete,
}

impl Operation {
    fn of(method: Method) -> Self {
        match method {
            Method::Get | Method::Head => Self::Read,
            Method::Delete => Self::Delete,
            _ => Self::Write,
        }
    }

    /// The last word of the headers that say how many are left.
    fn word(self) -> &'static str {
        match self {
            Self::Read => "-reads",
            Self::Write => "-writes",
            Self::Delete => "-deletes",
        }
    }

    fn most(self) -> f64 {
        match self {
            Self::Read => READS,
            Self::Write | Self::Delete => CHANGES,
        }
    }

    fn per_second(self) -> f64 {
        match self {
            Self::Read => READS_PER_SECOND,
            Self::Write | Self::Delete => CHANGES_PER_SECOND,
        }
    }
}

impl Scope {
    fn of(request: &Request, tenant: Option<&str>) -> Self {
        let subscription = request.path.strip_prefix("/subscriptions/").and_then(|rest| rest.split('/').next());
        let of = subscription.or(tenant).unwrap_or_default().to_lowercase();
        Self { plane: request.plane, of, operation: Operation::of(request.method) }
    }
}

/// What is left of a scope, as far as the service said.
#[derive(Debug)]
struct Budget {
    /// Requests that may go now; without bound until the service named one.
    left: f64,
    /// As many as it holds however long nothing is sent.
    most: f64,
    /// When that was so; in the future while the service asks to wait.
    at: Instant,
    /// The refusal that asks to wait.
    refusal: Option<Box<Error>>,
    /// Requests whose answers may not count each other yet.
    under_way: u32,
}

/// Lets requests go as fast as the service takes them.
pub(super) struct Throttle {
    /// The least time between any two requests, by the user's wish.
    apart: Duration,
    state: Mutex<State>,
}

struct State {
    /// When the user's wish lets the next request go.
    next: Option<Instant>,
    budgets: HashMap<Scope, Budget>,
}

/// What keeps a request from going now.
struct Wait {
    until: Instant,
    /// The service's answer that asks all to wait.
    refusal: Option<Box<Error>>,
}

/// The right to send one request, held until its answer is there.
pub(super) struct Turn<'a> {
    throttle: &'a Throttle,
    scope: Scope,
}

impl Throttle {
    /// At most so many requests a second, or as many as the service takes.
    pub fn new(most_per_second: Option<u32>) -> Self {
        let apart =
            most_per_second.filter(|most| *most > 0).map_or(Duration::ZERO, |most| Duration::from_secs(1) / most);
        Self { apart, state: Mutex::new(State { next: None, budgets: HashMap::new() }) }
    }

    /// Waits until the request may go, as long as its call allows. A call that is over before the service lets anyone go
    /// gets the service's refusal at once, as the first one did.
    pub async fn turn(&self, call: &Call, request: &Request, tenant: Option<&str>) -> Result<Turn<'_>, Error> {
        let scope = Scope::of(request, tenant);
        loop {
            let Err(Wait { until, refusal }) = self.state().take(&scope, self.apart, Instant::now()) else {
                return Ok(Turn { throttle: self, scope });
            };
            if let Some(refusal) = refusal.filter(|_| until >= call.deadline && !call.is_over()) {
                return Err(*refusal);
            }
            tokio::select! {
                () = call.stop.cancelled() => return Err(Error::stopped()),
                () = sleep_until(call.deadline) => return Err(Error::held_back()),
                () = sleep_until(until) => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes one request out of its budget, or says when to ask again.
    fn take(&mut self, scope: &Scope, apart: Duration, now: Instant) -> Result<(), Wait> {
        let fresh = || {
            let most = scope.operation.most();
            Budget { left: f64::INFINITY, most, at: now, refusal: None, under_way: 0 }
        };
        let budget = self.budgets.entry(scope.clone()).or_insert_with(fresh);
        if budget.at > now {
            return Err(Wait { until: budget.at, refusal: budget.refusal.clone() });
        }
        if let Some(until) = self.next.filter(|next| *next > now) {
            return Err(Wait { until, refusal: None });
        }
        budget.refill(scope.operation, now);
        if budget.left < 1.0 {
            let short = Duration::from_secs_f64((1.0 - budget.left) / scope.operation.per_second());
            // A moment more, so that what is left has surely grown to a whole request by then.
            return Err(Wait { until: budget.at + short + Duration::from_millis(1), refusal: None });
        }
        budget.left -= 1.0;
        budget.under_way += 1;
        self.next = Some(now + apart);
        Ok(())
    }
}

impl Budget {
    fn refill(&mut self, operation: Operation, now: Instant) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        // Until the service has named a number there is nothing to fill up to.
        if self.left.is_finite() {
            self.left = (self.left + since * operation.per_second()).min(self.most);
        }
        self.at = now;
    }
}

impl Turn<'_> {
    /// Takes in what an answer says of the budget; `refused` is what it came to if the service did not do it.
    pub fn answered(&self, headers: &Headers, refused: Option<&Error>) {
        let now = Instant::now();
        let mut state = self.throttle.state();
        let Some(budget) = state.budgets.get_mut(&self.scope) else { return };
        if let Some(refusal) = refused.filter(|error| error.is_throttled()) {
            // One is told to wait, all wait: each of the others would be told the same.
            let wait = refusal.asked_wait().unwrap_or_default();
            let until = now.checked_add(wait).unwrap_or_else(|| now + FOREVER);
            budget.left = if wait.is_zero() { 0.0 } else { 1.0 };
            if until > budget.at {
                (budget.at, budget.refusal) = (until, Some(Box::new(refusal.clone())));
            }
        } else if let Some(left) = remaining(headers, self.scope.operation)
            && budget.at <= now
        {
            // Those under way besides this one may not be counted in it yet.
            budget.most = budget.most.max(f64::from(left));
            (budget.left, budget.at) = (f64::from(left) - f64::from(budget.under_way.saturating_sub(1)), now);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(budget) = self.throttle.state().budgets.get_mut(&self.scope) {
            budget.under_way = budget.under_way.saturating_sub(1);
        }
    }
}

/// How many more requests of this kind the service would take now: the least of what it says of subscription and tenant.
fn remaining(headers: &Headers, operation: Operation) -> Option<u32> {
    let counts = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let counts = name.starts_with("x-ms-ratelimit-remaining-") && name.ends_with(operation.word());
        if counts { value.as_str().trim().parse().ok() } else { None }
    });
    counts.min()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::future::join_all;
    use tokio_util::sync::CancellationToken;

    use super::super::fake::{Fake, call, get, put, reply, settings};
    use super::*;

    /// A service that holds `size` requests and gets `per_second` back, as Resource Manager does.
    fn bucket(size: f64, per_second: f64, told: bool) -> (Fake, Arc<Mutex<u32>>) {
        let refused = Arc::new(Mutex::new(0));
        let (level, counted) = (Arc::new(Mutex::new((size, None))), Arc::clone(&refused));
        let fake = Fake::new(move |_| {
            let (level, counted) = (Arc::clone(&level), Arc::clone(&counted));
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let now = Instant::now();
                let mut level = level.lock().unwrap();
                let since = level.1.unwrap_or(now);
                level.0 = (level.0 + now.duration_since(since).as_secs_f64() * per_second).min(size);
                level.1 = Some(now);
                if level.0 < 1.0 {
                    *counted.lock().unwrap() += 1;
                    return reply(429, &[("retry-after", "1")], "slow down");
                }
                level.0 -= 1.0;
                let left = level.0.floor().to_string();
                let headers: &[(&str, &str)] =
                    if told { &[("x-ms-ratelimit-remaining-subscription-reads", &left)] } else { &[] };
                reply(200, headers, "{}")
            }
        });
        (fake, refused)
    }

    /// Sends `count` reads, ten at a time as Terraform does, and says how many seconds that took.
    async fn reads(client: &super::super::Client, count: usize) -> f64 {
        let began = Instant::now();
        let workers = (0..10).map(|worker| async move {
            for _ in (worker..count).step_by(10) {
                client.send(&call(600), get()).await.unwrap();
            }
        });
        join_all(workers).await;
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_service_counts_is_used_up_and_not_overrun() {
        let (fake, refused) = bucket(100.0, 25.0, true);
        let (client, fake) = fake.client();
        let took = reads(&client, 400).await;
        // 300 more than the bucket holds, at 25 a second.
        assert!((11.5..13.0).contains(&took), "{took}");
        assert_eq!((fake.count(), *refused.lock().unwrap()), (400, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_service_does_not_count_one_refusal_is_told_to_all() {
        let (fake, refused) = bucket(100.0, 25.0, false);
        let (client, _) = fake.client();
        let took = reads(&client, 400).await;
        let refused = *refused.lock().unwrap();
        assert!((11.5..16.0).contains(&took) && refused <= 30, "{took} s, {refused} refused");
    }

    #[tokio::test(start_paused = true)]
    async fn budgets_are_apart() {
        let (client, fake) = Fake::new(|seen| async move {
            if seen.line.starts_with("PUT") { reply(429, &[("retry-after", "100")], "") } else { reply(200, &[], "") }
        })
        .client();
        client.send(&call(10), put()).await.unwrap_err();
        let began = Instant::now();
        client.send(&call(10), get()).await.unwrap();
        assert_eq!((began.elapsed(), fake.count()), (Duration::ZERO, 2), "reads are not writes");
        let error = client.send(&call(10), put()).await.unwrap_err();
        assert!(error.is_throttled() && !error.may_have_happened());
        assert_eq!((began.elapsed().as_secs(), fake.count()), (0, 2), "nothing was sent");
        let stop = CancellationToken::new();
        stop.cancel();
        assert!(client.send(&Call::new(&stop, Duration::from_secs(9)), put()).await.unwrap_err().is_stopped());
        let elsewhere = Request { path: "/subscriptions/other/x".into(), ..put() };
        assert!(client.send(&call(10), elsewhere).await.unwrap_err().is_throttled());
    }

    #[tokio::test(start_paused = true)]
    async fn who_cannot_wait_as_long_as_the_service_asks_hears_its_answer_at_once() {
        for (asked, seconds) in [("3600", 3600), ("18446744073709551615", u64::MAX)] {
            let (client, fake) = Fake::new(move |_| async move {
                reply(429, &[("retry-after", asked)], r#"{"error":{"code":"TooManyRequests","message":"slow down"}}"#)
            })
            .client();
            let began = Instant::now();
            let elsewhere = Request { path: "/subscriptions/s/things/y".into(), ..put() };
            let first = client.send(&call(600), put()).await.unwrap_err();
            let second = client.send(&call(600), elsewhere).await.unwrap_err();
            for error in [&first, &second] {
                assert!(error.is_throttled() && !error.may_have_happened() && !error.is_timed_out(), "{error:?}");
                assert_eq!(error.asked_wait(), Some(Duration::from_secs(seconds)));
                assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("TooManyRequests"), "slow down"));
                assert!(error.target.ends_with("/things/x"), "the request that was answered so: {error}");
            }
            assert_eq!((began.elapsed(), fake.count()), (Duration::ZERO, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_the_time_waits_as_long_as_the_service_asks() {
        let (client, fake) = Fake::new(|seen| async move {
            if seen.number == 0 { reply(429, &[("retry-after", "60")], "") } else { reply(200, &[], "{}") }
        })
        .client();
        let began = Instant::now();
        client.send(&call(10), put()).await.unwrap_err();
        client.send(&call(90), put()).await.unwrap();
        assert_eq!((began.elapsed().as_secs(), fake.count()), (60, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_one_cannot_wait_for_is_there_for_who_can() {
        let (client, fake) = Fake::new(|seen| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if seen.number == 0 { reply(429, &[("retry-after", "60")], "") } else { reply(200, &[], r#"{"value":[]}"#) }
        })
        .client();
        let (hasty, patient) = (call(10), call(90));
        let (first, second) = tokio::join!(client.list(&hasty, get()), client.list(&patient, get()));
        assert!(first.unwrap_err().is_throttled());
        second.unwrap();
        assert_eq!(fake.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_service_forgave_is_forgotten() {
        let (client, _) = Fake::new(|seen| async move {
            if seen.number == 0 { reply(429, &[("retry-after", "60")], "") } else { reply(200, &[], "{}") }
        })
        .client();
        client.send(&call(10), put()).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(61)).await;
        client.send(&call(10), put()).await.unwrap();
    }

    #[test]
    fn an_idle_budget_holds_no_more_than_the_service_would() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3600);
        let after_an_hour = |operation, left, most| {
            let mut budget = Budget { left, most, at: now, refusal: None, under_way: 0 };
            budget.refill(operation, later);
            budget.left
        };
        assert_eq!(after_an_hour(Operation::Read, 1.0, READS), 250.0);
        assert_eq!(after_an_hour(Operation::Write, 1.0, CHANGES), 200.0);
        assert_eq!(after_an_hour(Operation::Delete, 1.0, CHANGES), 200.0);
        assert_eq!(after_an_hour(Operation::Read, 1.0, 11999.0), 11999.0);
        assert_eq!(after_an_hour(Operation::Read, f64::INFINITY, READS), f64::INFINITY, "nothing was named yet");
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_of_idling_lets_no_thousands_go_at_once() {
        let (client, fake) = Fake::new(|seen| async move {
            let headers: &[_] =
                if seen.number == 0 { &[("x-ms-ratelimit-remaining-subscription-reads", "100")] } else { &[] };
            reply(200, headers, "{}")
        })
        .client();
        client.send(&call(10), get()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let many = join_all((0..1000).map(|_| {
            let client = client.clone();
            async move { client.send(&call(600), get()).await.unwrap() }
        }));
        assert!(tokio::time::timeout(Duration::from_secs(2), many).await.is_err());
        assert!((250..=301).contains(&fake.count()), "{}", fake.count());
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_own_limit_holds_for_all_requests() {
        let mut settings = settings();
        settings.max_requests_per_second = Some(5);
        let (client, _) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        let took = reads(&client, 51).await;
        assert!((10.0..10.2).contains(&took), "{took}");
        let outcomes = join_all((0..10).map(|_| {
            let client = client.clone();
            async move { client.send(&call(1), get()).await }
        }))
        .await;
        let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        assert!(!refused.is_empty());
        for error in refused {
            assert!(error.is_timed_out() && error.message.starts_with("not sent before the time limit: "), "{error}");
        }
    }

    #[test]
    fn the_least_count_of_the_right_kind_is_read() {
        let mut headers = Headers::new();
        for (name, value) in [
            ("x-ms-ratelimit-remaining-subscription-reads", "11999"),
            ("x-ms-ratelimit-remaining-tenant-reads", "7"),
            ("x-ms-ratelimit-remaining-subscription-writes", "3"),
            ("x-ms-ratelimit-remaining-subscription-resource-requests", "1"),
            ("x-ms-ratelimit-remaining-subscription-global-deletes", "many"),
        ] {
            headers.insert(name, value);
        }
        let of = |operation| remaining(&headers, operation);
        assert_eq!((of(Operation::Read), of(Operation::Write), of(Operation::Delete)), (Some(7), Some(3), None));
    }
}
