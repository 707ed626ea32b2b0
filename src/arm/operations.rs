//! Long-running operations: what a write that was taken in but not done yet came to, asked where the service says.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::call::Call;
use super::client::Client;
use super::error::{Error, Kind, Refusal, tidy};
use super::request::{Method, Request};
use super::response::Answer;

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What one look at an operation shows.
enum Progress {
    Running,
    Done,
    Failed(Box<Error>),
}

impl Client {
    /// Sends a write, and where the service takes it in without having done it, waits until it has. A service that names
    /// no address to ask at is asked about the thing itself, by whoever wanted it changed.
    pub async fn run(&self, call: &Call, request: Request) -> Result<Answer, Error> {
        self.followed(call, request).await.map_err(|error| self.hide(error))
    }

    async fn followed(&self, call: &Call, request: Request) -> Result<Answer, Error> {
        let (plane, target) = (request.plane, request.method.as_str().to_owned() + " " + &request.path);
        let started_at = request.url(self.endpoint(plane)?);
        let begun = self.send(call, request).await?;
        let Some(text) = begun.pending.status_at.as_ref().or(begun.pending.location.as_ref()) else {
            return Ok(begun);
        };
        if !matches!(begun.status, 201 | 202) {
            return Ok(begun);
        }
        let by_status = begun.pending.status_at.is_some();
        let unknown = |error: Error| error.at(&target).in_doubt(true);
        let url = follow(&started_at, text).map_err(|why| unknown(Error::new(Kind::Garbage, why)))?;
        let look = Request::of(plane, Method::Get, url.path().to_owned());
        let (mut pause, mut asked) = (FIRST_WAIT, begun.pending.retry_after);
        loop {
            // A service may ask for more than a clock can count.
            let until = Instant::now().checked_add(asked.take().unwrap_or(pause)).unwrap_or(call.deadline);
            pause = (pause * 2).min(LONGEST_WAIT);
            tokio::select! {
                () = call.stop.cancelled() => return Err(unknown(Error::stopped())),
                () = sleep_until(call.deadline) => return Err(unknown(Error::deadline())),
                () = sleep_until(until) => {}
            }
            let answer = self.send_to(call, &look, &url).await.map_err(unknown)?;
            match progress(&answer, by_status) {
                Progress::Running => asked = answer.pending.retry_after,
                Progress::Done => return Ok(answer),
                Progress::Failed(error) => {
                    return Err(Error { request_id: answer.request_id, ..error.at(&target) });
                }
            }
        }
    }
}

/// The address of an operation: only on the host that the write went to, since the token goes along.
fn follow(from: &Url, to: &str) -> Result<Url, String> {
    let url = from.join(to).map_err(|why| format!("the answer's operation is no address: {why}"))?;
    if url.origin() != from.origin() || !url.username().is_empty() || url.password().is_some() {
        let host = tidy(url.host_str().unwrap_or("nowhere"), 200);
        return Err(format!("the answer's operation leads to {}://{host}, which is not followed", url.scheme()));
    }
    Ok(url)
}

fn progress(answer: &Answer, by_status: bool) -> Progress {
    if !by_status {
        return if answer.status == 202 { Progress::Running } else { Progress::Done };
    }
    let status = answer.body.get("status").and_then(Value::as_str).unwrap_or_default();
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Progress::Done,
        // ARM names two ends besides success; every other word means that it goes on.
        "failed" | "canceled" | "cancelled" => {
            let refusal = Refusal::read(answer.body.to_string().as_bytes());
            let message = format!("the operation ended as {status}: {}", refusal.message);
            let error = Error { code: refusal.code, ..Error::new(Kind::Service, message) };
            Progress::Failed(Box::new(error))
        }
        "" => {
            let message = "the answer about the operation has no status";
            Progress::Failed(Box::new(Error::new(Kind::Garbage, message).in_doubt(true)))
        }
        _ => Progress::Running,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fake::{Fake, Seen, call, put, reply};
    use super::*;

    const STATUS: (&str, &str) = ("azure-asyncoperation", "https://management.azure.com/operations/1?api-version=1");

    #[tokio::test(start_paused = true)]
    async fn an_operation_is_asked_until_it_ends() {
        for (end, expected) in [
            (r#"{"status":"Succeeded"}"#, "done"),
            (
                r#"{"status":"Failed","error":{"code":"Locked","message":"busy"}}"#,
                "Service Some(\"Locked\") the operation ended as Failed: busy, in doubt: false",
            ),
            ("{}", "Garbage None the answer about the operation has no status, in doubt: true"),
        ] {
            let (client, fake) = Fake::new(move |seen: Seen| async move {
                match seen.number {
                    0 => reply(202, &[STATUS], ""),
                    1 => reply(202, &[("retry-after", "7")], r#"{"status":"InProgress"}"#),
                    _ => reply(200, &[], end),
                }
            })
            .client();
            let began = Instant::now();
            let said = match client.run(&call(60), put()).await {
                Ok(_) => "done".to_owned(),
                Err(error) => format!(
                    "{:?} {:?} {}, in doubt: {}",
                    error.kind,
                    error.code,
                    error.message,
                    error.may_have_happened()
                ),
            };
            assert_eq!(said, expected);
            assert!(began.elapsed() >= Duration::from_secs(7), "Retry-After is heeded");
            assert_eq!(fake.requests.lock().unwrap()[2].line, format!("GET {}", STATUS.1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_without_end_lasts_until_the_deadline() {
        for (number, huge) in [(0, "18446744073709551615"), (1, "9223372036854775807")] {
            let (client, _) = Fake::new(move |seen: Seen| async move {
                let wait = if seen.number == number { huge } else { "1" };
                reply(202, &[STATUS, ("retry-after", wait)], r#"{"status":"InProgress"}"#)
            })
            .client();
            let began = Instant::now();
            let error = client.run(&call(60), put()).await.unwrap_err();
            assert!(error.is_timed_out() && error.may_have_happened(), "{error:?}");
            assert_eq!(began.elapsed().as_secs(), 60);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_location_answers_202_until_it_is_done() {
        let (client, fake) = Fake::new(|seen: Seen| async move {
            match seen.number {
                0 => reply(202, &[("location", "/operations/1")], ""),
                1 => reply(202, &[], ""),
                _ => reply(204, &[], ""),
            }
        })
        .client();
        client.run(&call(60), put()).await.unwrap();
        assert_eq!(fake.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_elsewhere_is_not_followed_and_one_without_end_is_in_doubt() {
        let (client, _) = Fake::new(|_| async { reply(202, &[("location", "https://evil.example/x")], "") }).client();
        let error = client.run(&call(60), put()).await.unwrap_err();
        assert_eq!(error.message, "the answer's operation leads to https://evil.example, which is not followed");
        let (client, _) = Fake::new(|_| async { reply(202, &[STATUS], r#"{"status":"Running"}"#) }).client();
        let error = client.run(&call(60), put()).await.unwrap_err();
        assert!(error.is_timed_out() && error.may_have_happened());
    }
}
