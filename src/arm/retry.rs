//! When a failed try is worth another one, and how long to wait for it. azure_core's own retries stop after a fixed
//! total, heed Retry-After for two statuses only and drop the last answer, so the client has a loop of its own.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS};
use azure_core::time::{OffsetDateTime, parse_rfc7231};
use tokio::time::{Instant, sleep_until};

use super::call::Call;
use super::error::Error;

const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that nobody asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How often in a row a connection is asked for. A name or port that is wrong stays so, and somebody is waiting.
const MOST_CONNECTS: u32 = 5;

const DATE: HeaderName = HeaderName::from_static("date");
const HEADERS: [HeaderName; 3] = [X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];

/// A failed try.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: Box<Error>,
    /// Whether another try may fare better, and after which time if the service named one.
    again: Option<Option<Duration>>,
    /// Whether there was no connection to send it over.
    unsent: bool,
}

impl Failure {
    /// A failure with what is known about another try.
    pub fn new(error: Error, again: Option<Option<Duration>>) -> Self {
        let error = match again.flatten() {
            Some(asked) => error.asking_to_wait(asked),
            None => error,
        };
        Self { error: Box::new(error), again, unsent: false }
    }

    /// The same failure, of a request that never left.
    pub fn unsent(self, unsent: bool) -> Self {
        Self { unsent, ..self }
    }

    /// Whether another try would only repeat it.
    pub fn is_last(&self) -> bool {
        self.again.is_none()
    }

    /// A failure that another try would only repeat.
    pub fn last(error: Error) -> Self {
        Self::new(error, None)
    }

    /// The same failure with more said about it.
    pub fn map(self, change: impl FnOnce(Error) -> Error) -> Self {
        Self { error: Box::new(change(*self.error)), ..self }
    }
}

/// The tries of one request.
pub(super) struct Tries<'a> {
    call: &'a Call,
    target: &'a str,
    max_retries: u32,
    done: u32,
    unsent: u32,
    in_doubt: bool,
    last: Option<Error>,
}

impl<'a> Tries<'a> {
    /// No try yet; `target` names the request in errors.
    pub fn new(call: &'a Call, target: &'a str, max_retries: u32) -> Self {
        Self { call, target, max_retries, done: 0, unsent: 0, in_doubt: false, last: None }
    }

    /// The number of the try that may begin now.
    pub fn begin(&mut self) -> Result<u32, Error> {
        let over = if self.call.stop.is_cancelled() {
            Error::stopped()
        } else if self.call.deadline <= Instant::now() {
            Error::deadline()
        } else {
            return Ok(self.done + 1);
        };
        Err(self.settle(over))
    }

    /// Waits until another try may begin, or gives the error that ends it all.
    pub async fn wait(&mut self, failure: Failure) -> Result<(), Error> {
        let until = self.next(failure, chance())?;
        tokio::select! {
            () = self.call.stop.cancelled() => {}
            () = sleep_until(until) => {}
        }
        Ok(())
    }

    /// When another try may begin, or the error that ends it all; `chance` is between 0 and 1.
    fn next(&mut self, failure: Failure, chance: f64) -> Result<Instant, Error> {
        let (error, again) = (*failure.error, failure.again);
        self.done += 1;
        self.unsent = if failure.unsent { self.unsent + 1 } else { 0 };
        self.in_doubt |= error.in_doubt;
        let Some(asked) = again.filter(|_| self.done <= self.max_retries && self.unsent < MOST_CONNECTS) else {
            return Err(self.settle(error));
        };
        let until = Instant::now().checked_add(pause(self.done, asked, chance));
        // Waiting past the deadline would only turn the service's answer into a timeout.
        let Some(until) = until.filter(|until| *until < self.call.deadline) else { return Err(self.settle(error)) };
        // An answer says more than a lost connection, so it is kept over one.
        if error.status.is_some() || self.last.as_ref().is_none_or(|last| last.status.is_none()) {
            self.last = Some(error);
        }
        Ok(until)
    }

    /// An error with what is known from all tries.
    fn settle(&mut self, error: Error) -> Error {
        let error = error.after(self.last.take()).at(self.target);
        Error { in_doubt: self.in_doubt, ..error }
    }
}

/// How long the service asks to wait: seconds, a date, or milliseconds in Azure's own headers.
pub(super) fn retry_after(headers: &Headers) -> Option<Duration> {
    HEADERS.iter().find_map(|name| {
        let value = headers.get_optional_str(name)?.trim();
        if name != &RETRY_AFTER {
            return number(value).map(Duration::from_millis);
        }
        number(value).map(Duration::from_secs).or_else(|| {
            let until = parse_rfc7231(value).ok()?;
            // The service's date is by its own clock, and the one here may be wrong.
            let now = headers.get_optional_str(&DATE).and_then(|date| parse_rfc7231(date.trim()).ok());
            let wait = until - now.unwrap_or_else(OffsetDateTime::now_utc);
            Some(wait.try_into().unwrap_or_default())
        })
    })
}

/// A number of digits, however long: what no clock can count is as good as the most that one can.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// How long to wait after the failed try number `tries`; `chance` is between 0 and 1.
fn pause(tries: u32, asked: Option<Duration>, chance: f64) -> Duration {
    match asked.filter(|asked| !asked.is_zero()) {
        // Those who were told the same moment should not all come at once.
        Some(asked) => asked.saturating_add(FIRST_WAIT.mul_f64(chance)),
        None => {
            let doubled = FIRST_WAIT.saturating_mul(1 << tries.saturating_sub(1).min(10));
            doubled.mul_f64(1.0 + chance / 2.0).min(LONGEST_WAIT)
        }
    }
}

/// A number between 0 and 1 that differs between processes and calls.
fn chance() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    f64::from((high >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
