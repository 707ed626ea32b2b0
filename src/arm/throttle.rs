//! When a request may go: the service counts requests for each subscription and kind of verb, says with every
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
    verb: Verb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Verb {
    Read,
    Write,
    Delete,
}

impl Verb {
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
        Self { plane: request.plane, of, verb: Verb::of(request.method) }
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
            let most = scope.verb.most();
            Budget { left: f64::INFINITY, most, at: now, refusal: None, under_way: 0 }
        };
        let budget = self.budgets.entry(scope.clone()).or_insert_with(fresh);
        if budget.at > now {
            return Err(Wait { until: budget.at, refusal: budget.refusal.clone() });
        }
        if let Some(until) = self.next.filter(|next| *next > now) {
            return Err(Wait { until, refusal: None });
        }
        budget.refill(scope.verb, now);
        if budget.left < 1.0 {
            let short = Duration::from_secs_f64((1.0 - budget.left) / scope.verb.per_second());
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
    fn refill(&mut self, verb: Verb, now: Instant) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        // Until the service has named a number there is nothing to fill up to.
        if self.left.is_finite() {
            self.left = (self.left + since * verb.per_second()).min(self.most);
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
        } else if let Some(left) = remaining(headers, self.scope.verb)
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
fn remaining(headers: &Headers, verb: Verb) -> Option<u32> {
    let counts = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let counts = name.starts_with("x-ms-ratelimit-remaining-") && name.ends_with(verb.word());
        if counts { value.as_str().trim().parse().ok() } else { None }
    });
    counts.min()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
