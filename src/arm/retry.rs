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
        let (error, again) = (*failure.error, failure.again);
        self.done += 1;
        self.unsent = if failure.unsent { self.unsent + 1 } else { 0 };
        self.in_doubt |= error.in_doubt;
        let Some(asked) = again.filter(|_| self.done <= self.max_retries && self.unsent < MOST_CONNECTS) else {
            return Err(self.settle(error));
        };
        let until = Instant::now().checked_add(pause(self.done, asked, chance()));
        // Waiting past the deadline would only turn the service's answer into a timeout.
        let Some(until) = until.filter(|until| *until < self.call.deadline) else { return Err(self.settle(error)) };
        // An answer says more than a lost connection, so it is kept over one.
        if error.status.is_some() || self.last.as_ref().is_none_or(|last| last.status.is_none()) {
            self.last = Some(error);
        }
        tokio::select! {
            () = self.call.stop.cancelled() => {}
            () = sleep_until(until) => {}
        }
        Ok(())
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
mod tests {
    use serde_json::Value;
    use tokio_util::sync::CancellationToken;

    use super::super::fake::{Fake, Seen, call, get, put, refusal, reply};
    use super::*;

    fn asked(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = Headers::new();
        headers.insert(HeaderName::from_static(name), value.to_owned());
        retry_after(&headers)
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        assert_eq!(asked("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("x-ms-retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(asked("retry-after-ms", "20"), Some(Duration::from_millis(20)));
        assert_eq!(asked("retry-after", "Thu, 01 Jan 2015 00:00:00 GMT"), Some(Duration::ZERO));
        let soon = OffsetDateTime::now_utc() + Duration::from_secs(100);
        let wait = asked("retry-after", &azure_core::time::to_rfc7231(&soon)).unwrap();
        assert!((90..=100).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(asked("retry-after", "-3"), None);
        assert_eq!(asked("retry-after", "soon"), None);
        assert_eq!(asked("other", "3"), None);
    }

    #[test]
    fn a_date_counts_from_the_services_own_clock() {
        let of = |until: &str, date: &str| {
            let mut headers = Headers::new();
            headers.insert(RETRY_AFTER, until.to_owned());
            headers.insert(DATE, date.to_owned());
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        // Whichever way the clock here is wrong: the service's is years behind it, or ahead.
        assert_eq!(of("Thu, 01 Jan 2015 00:00:30 GMT", "Thu, 01 Jan 2015 00:00:00 GMT"), Some(30));
        assert_eq!(of("Thu, 01 Jan 2115 00:00:30 GMT", "Tue, 01 Jan 2115 00:00:00 GMT"), Some(30));
        assert_eq!(of("Thu, 01 Jan 2015 00:00:00 GMT", "Thu, 01 Jan 2015 00:00:30 GMT"), Some(0));
        assert_eq!(of("7", "Thu, 01 Jan 2015 00:00:30 GMT"), Some(7));
        let soon = azure_core::time::to_rfc7231(&(OffsetDateTime::now_utc() + Duration::from_secs(100)));
        assert!((90..=100).contains(&of(&soon, "some day").unwrap()), "without a date, the clock here has to do");
    }

    #[test]
    fn a_wait_that_no_clock_can_count_is_the_longest() {
        for huge in ["18446744073709551615", "9223372036854775807", "99999999999999999999999999"] {
            assert!(asked("retry-after", huge) >= Some(Duration::from_secs(i64::MAX as u64)), "{huge}");
            assert!(asked("retry-after-ms", huge) >= Some(Duration::from_millis(i64::MAX as u64)), "{huge}");
        }
    }

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let seconds: Vec<f64> = (1..=9).map(|tries| pause(tries, None, 0.0).as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        assert_eq!(pause(u32::MAX, None, 1.0), LONGEST_WAIT);
        assert_eq!(pause(1, Some(Duration::ZERO), 0.0), FIRST_WAIT);
        assert_eq!(pause(1, Some(Duration::from_secs(100)), 0.0), Duration::from_secs(100));
    }

    #[test]
    fn chance_is_a_fraction() {
        assert!((0..100).all(|_| (0.0..=1.0).contains(&chance())));
    }
    #[tokio::test(start_paused = true)]
    async fn tries_wait_as_long_as_the_service_says() {
        let date =
            azure_core::time::to_rfc7231(&(azure_core::time::OffsetDateTime::now_utc() + Duration::from_secs(50)));
        let (client, fake) = Fake::new(move |seen: Seen| {
            let date = date.clone();
            async move {
                match seen.number {
                    0 => reply(429, &[("retry-after", "7")], ""),
                    1 => reply(500, &[("x-ms-retry-after-ms", "2500")], ""),
                    2 => reply(503, &[("retry-after", &date)], ""),
                    _ => reply(200, &[], ""),
                }
            }
        })
        .client();
        let began = Instant::now();
        assert_eq!(client.send(&call(600), put()).await.unwrap().body, Value::Null);
        let waited = began.elapsed().as_secs_f64();
        assert!((57.0..62.0).contains(&waited), "{waited}");
        assert_eq!(fake.count(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_wrong_makes_no_wait_longer_or_shorter() {
        for ahead in [-1200, 0, 1200] {
            let (client, _) = Fake::new(move |seen: Seen| async move {
                let there = OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(ahead);
                let [date, until] =
                    [0, 30].map(|later| azure_core::time::to_rfc7231(&(there + Duration::from_secs(later))));
                if seen.number > 0 {
                    return reply(200, &[], "");
                }
                reply(429, &[("retry-after", &until), ("date", &date)], "")
            })
            .client();
            let began = Instant::now();
            client.send(&call(600), put()).await.unwrap();
            let waited = began.elapsed().as_secs_f64();
            assert!((30.0..31.0).contains(&waited), "{waited}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_answer_is_what_fails() {
        let (client, fake) = Fake::new(|_| async { refusal(503, "Busy", "later") }).client();
        let error = client.send(&call(600), get()).await.unwrap_err();
        assert_eq!(fake.count(), 4);
        let target = "GET https://management.azure.com/subscriptions/s/things/x";
        assert_eq!(error.to_string(), format!("{target}: 503 Busy: later (request id rid)"));

        let (client, fake) = Fake::new(|_| async { reply(429, &[("retry-after", "100")], "slow down") }).client();
        let began = Instant::now();
        let error = client.send(&call(10), get()).await.unwrap_err();
        assert!(error.is_throttled() && began.elapsed() < Duration::from_secs(1), "{error}");
        assert_eq!(fake.count(), 1);

        let (client, _) = Fake::new(|seen: Seen| async move {
            if seen.number == 0 { refusal(503, "Busy", "later") } else { std::future::pending().await }
        })
        .client();
        let error = client.send(&call(30), put()).await.unwrap_err();
        assert!(error.is_timed_out() && error.may_have_happened(), "{error:?}");
        assert_eq!(error.message, "no answer before the time limit; the last answer was 503 Busy: later");

        for status in [400, 403, 404, 409, 501] {
            let (client, fake) = Fake::new(move |_| async move { refusal(status, "No", "no") }).client();
            client.send(&call(600), get()).await.unwrap_err();
            assert_eq!(fake.count(), 1, "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_after_a_stop() {
        let (client, fake) = Fake::new(|_| async { refusal(503, "Busy", "later") }).client();
        let stop = CancellationToken::new();
        let call = Call::new(&stop, Duration::from_secs(600));
        let (outcome, ()) = tokio::join!(client.send(&call, put()), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stop.cancel();
        });
        let error = outcome.unwrap_err();
        assert!(error.is_stopped());
        assert_eq!((error.code.as_deref(), fake.count()), (Some("Busy"), 1));
        let error = client.send(&call, put()).await.unwrap_err();
        assert!(error.is_stopped() && !error.may_have_happened());
        assert_eq!((fake.count(), fake.token_requests.lock().unwrap().len()), (1, 1));
    }
}
