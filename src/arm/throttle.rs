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
use super::retry::retry_after;

/// How fast each of the three budgets of Resource Manager fills up again, as documented. Where that is wrong the
/// service's own numbers put it right.
const READS_PER_SECOND: f64 = 25.0;
const CHANGES_PER_SECOND: f64 = 10.0;

const STATUS_TOO_MANY: u16 = 429;

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
    /// When that was so; in the future while the service asks to wait.
    at: Instant,
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

    /// Waits until the request may go, as long as its call allows.
    pub async fn turn(&self, call: &Call, request: &Request, tenant: Option<&str>) -> Result<Turn<'_>, Error> {
        let scope = Scope::of(request, tenant);
        loop {
            let Err(until) = self.state().take(&scope, self.apart, Instant::now()) else {
                return Ok(Turn { throttle: self, scope });
            };
            tokio::select! {
                () = call.stop.cancelled() => return Err(Error::stopped()),
                () = sleep_until(call.deadline) => return Err(Error::deadline()),
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
    fn take(&mut self, scope: &Scope, apart: Duration, now: Instant) -> Result<(), Instant> {
        if let Some(next) = self.next.filter(|next| *next > now) {
            return Err(next);
        }
        let fresh = || Budget { left: f64::INFINITY, at: now, under_way: 0 };
        let budget = self.budgets.entry(scope.clone()).or_insert_with(fresh);
        if budget.at > now {
            return Err(budget.at);
        }
        budget.refill(scope.operation, now);
        if budget.left < 1.0 {
            let short = Duration::from_secs_f64((1.0 - budget.left) / scope.operation.per_second());
            // A moment more, so that what is left has surely grown to a whole request by then.
            return Err(budget.at + short + Duration::from_millis(1));
        }
        budget.left -= 1.0;
        budget.under_way += 1;
        self.next = Some(now + apart);
        Ok(())
    }
}

impl Budget {
    fn refill(&mut self, operation: Operation, now: Instant) {
        self.left += now.saturating_duration_since(self.at).as_secs_f64() * operation.per_second();
        self.at = now;
    }
}

impl Turn<'_> {
    /// Takes in what an answer says of the budget.
    pub fn answered(&self, status: u16, headers: &Headers) {
        let now = Instant::now();
        let mut state = self.throttle.state();
        let Some(budget) = state.budgets.get_mut(&self.scope) else { return };
        if status == STATUS_TOO_MANY {
            // One is told to wait, all wait: each of the others would be told the same.
            let wait = retry_after(headers).unwrap_or_default();
            let until = now.checked_add(wait).unwrap_or(now);
            (budget.left, budget.at) = (if wait.is_zero() { 0.0 } else { 1.0 }, budget.at.max(until));
        } else if let Some(left) = remaining(headers, self.scope.operation)
            && budget.at <= now
        {
            // Those under way besides this one may not be counted in it yet.
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
        assert!(error.is_timed_out() && !error.may_have_happened());
        assert_eq!((began.elapsed().as_secs(), fake.count()), (10, 2), "nothing was sent");
        let stop = CancellationToken::new();
        stop.cancel();
        assert!(client.send(&Call::new(&stop, Duration::from_secs(9)), put()).await.unwrap_err().is_stopped());
        let elsewhere = Request { path: "/subscriptions/other/x".into(), ..put() };
        assert!(client.send(&call(10), elsewhere).await.unwrap_err().is_throttled());
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_own_limit_holds_for_all_requests() {
        let mut settings = settings();
        settings.max_requests_per_second = Some(5);
        let (client, _) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        let took = reads(&client, 51).await;
        assert!((10.0..10.2).contains(&took), "{took}");
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
