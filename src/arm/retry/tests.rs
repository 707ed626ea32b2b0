//! What comes of failures, one by one and in a row; the clock is a paused one.

use expect_test::expect;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::super::error::Kind;
use super::super::fake::{Fake, Seen, call, get, put, refusal, reply};
use super::*;

/// The headers of an answer, from a line of them.
fn headers(line: &str) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in line.split(" | ").filter_map(|header| header.split_once(':')) {
        headers.insert(HeaderName::from(name.to_owned()), value.to_owned());
    }
    headers
}

#[test]
fn every_form_of_retry_after_is_read() {
    let answers = [
        "other: 3",
        "retry-after: 7",
        "retry-after: 0",
        "retry-after:",
        "retry-after: -3",
        "retry-after: 1.5",
        "retry-after: soon",
        "retry-after-ms: 20",
        "x-ms-retry-after-ms: 1500",
        "retry-after: 7 | retry-after-ms: 20 | x-ms-retry-after-ms: 1500",
        "retry-after: 7 | retry-after-ms: 20 | x-ms-retry-after-ms: soon",
        // What no clock can count is the longest.
        "retry-after: 18446744073709551615",
        "retry-after: 99999999999999999999999999",
        "retry-after-ms: 99999999999999999999999999",
        // A date counts from the service's own clock, whichever way the one here is wrong.
        "retry-after: Thu, 01 Jan 2015 00:00:30 GMT | date: Thu, 01 Jan 2015 00:00:00 GMT",
        "retry-after: Tue, 01 Jan 2115 00:00:30 GMT | date: Tue, 01 Jan 2115 00:00:00 GMT",
        "retry-after: Thu, 01 Jan 2015 00:00:00 GMT | date: Thu, 01 Jan 2015 00:00:30 GMT",
        "retry-after: 7 | date: Thu, 01 Jan 2015 00:00:30 GMT",
        "retry-after: Thu, 01 Jan 2015 00:00:00 GMT | date: some day",
        "retry-after: Thu, 01 Jan 2015 00:00:00 GMT",
    ];
    let read = answers.map(|line| match retry_after(&headers(line)) {
        Some(wait) => format!("{line} => {wait:?}\n"),
        None => format!("{line} => nothing\n"),
    });
    expect![[r#"
        other: 3 => nothing
        retry-after: 7 => 7s
        retry-after: 0 => 0ns
        retry-after: => nothing
        retry-after: -3 => nothing
        retry-after: 1.5 => nothing
        retry-after: soon => nothing
        retry-after-ms: 20 => 20ms
        x-ms-retry-after-ms: 1500 => 1.5s
        retry-after: 7 | retry-after-ms: 20 | x-ms-retry-after-ms: 1500 => 1.5s
        retry-after: 7 | retry-after-ms: 20 | x-ms-retry-after-ms: soon => 20ms
        retry-after: 18446744073709551615 => 18446744073709551615s
        retry-after: 99999999999999999999999999 => 18446744073709551615s
        retry-after-ms: 99999999999999999999999999 => 18446744073709551.615s
        retry-after: Thu, 01 Jan 2015 00:00:30 GMT | date: Thu, 01 Jan 2015 00:00:00 GMT => 30s
        retry-after: Tue, 01 Jan 2115 00:00:30 GMT | date: Tue, 01 Jan 2115 00:00:00 GMT => 30s
        retry-after: Thu, 01 Jan 2015 00:00:00 GMT | date: Thu, 01 Jan 2015 00:00:30 GMT => 0ns
        retry-after: 7 | date: Thu, 01 Jan 2015 00:00:30 GMT => 7s
        retry-after: Thu, 01 Jan 2015 00:00:00 GMT | date: some day => 0ns
        retry-after: Thu, 01 Jan 2015 00:00:00 GMT => 0ns
    "#]]
    .assert_eq(&read.concat());
    let soon = azure_core::time::to_rfc7231(&(OffsetDateTime::now_utc() + Duration::from_secs(100)));
    for line in [format!("retry-after: {soon}"), format!("retry-after: {soon} | date: some day")] {
        let wait = retry_after(&headers(&line)).unwrap();
        assert!((90..=100).contains(&wait.as_secs()), "without a date, the clock here has to do: {wait:?}");
    }
}

#[test]
fn waits_double_up_to_half_a_minute_and_differ_by_chance() {
    let waits = |asked: Option<u64>, tries: u32| {
        let [least, middle, most] = [0.0, 0.5, 1.0].map(|chance| pause(tries, asked.map(Duration::from_secs), chance));
        format!("{tries}: {least:?} {middle:?} {most:?}\n")
    };
    let seen = [
        "nobody asked\n".to_owned(),
        [1, 2, 3, 6, 7, 8, u32::MAX].map(|tries| waits(None, tries)).concat(),
        "no time at all was asked for\n".to_owned(),
        [1, 2].map(|tries| waits(Some(0), tries)).concat(),
        "100 s were asked for\n".to_owned(),
        [1, 2, 7].map(|tries| waits(Some(100), tries)).concat(),
        "no clock can count it\n".to_owned(),
        waits(Some(u64::MAX), 1),
    ];
    expect![[r#"
        nobody asked
        1: 500ms 625ms 750ms
        2: 1s 1.25s 1.5s
        3: 2s 2.5s 3s
        6: 16s 20s 24s
        7: 30s 30s 30s
        8: 30s 30s 30s
        4294967295: 30s 30s 30s
        no time at all was asked for
        1: 500ms 625ms 750ms
        2: 1s 1.25s 1.5s
        100 s were asked for
        1: 100s 100.25s 100.5s
        2: 100s 100.25s 100.5s
        7: 100s 100.25s 100.5s
        no clock can count it
        1: 18446744073709551615s 18446744073709551615.25s 18446744073709551615.5s
    "#]]
    .assert_eq(&seen.concat());
}

#[test]
fn chance_is_a_fraction_and_not_always_the_same() {
    let chances: Vec<f64> = std::iter::repeat_with(chance).take(200).collect();
    assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)), "{chances:?}");
    assert!(chances.iter().any(|chance| *chance < 0.5) && chances.iter().any(|chance| *chance > 0.5), "{chances:?}");
}

/// A failure from a word: a status and the seconds it asks to wait, or what befell the request.
fn failure(word: &str) -> Failure {
    let (what, asked) = word.split_once('+').unwrap_or((word, ""));
    let Ok(status) = what.parse() else {
        let failure = Failure::new(Error::new(Kind::Unreachable, what), Some(None)).unsent(what == "unsent");
        return failure.map(|error| error.in_doubt(what == "in-doubt"));
    };
    let error = Error { status: Some(status), ..Error::new(Kind::Service, "no") };
    if status == 403 {
        return Failure::last(error);
    }
    Failure::new(error, Some(asked.parse().ok().map(Duration::from_secs)))
}

/// How the tries of a request go that fail in these ways: the wait after each, and what is next or ends them.
async fn told((max_retries, within, failures): (u32, u64, &str)) -> String {
    let call = call(within);
    let mut tries = Tries::new(&call, "GET x", max_retries);
    let mut waits = String::new();
    let mut next = tries.begin();
    for failure in failures.split_whitespace().map(failure) {
        if next.is_err() {
            break;
        }
        next = match tries.next(failure, 0.0) {
            Ok(until) => {
                waits += &format!("{:?} ", until - Instant::now());
                sleep_until(until).await;
                tries.begin()
            }
            Err(error) => Err(error),
        };
    }
    let end = match next {
        Ok(number) => format!("try {number}"),
        Err(error) => {
            let doubt = if error.may_have_happened() { " (it may have happened)" } else { "" };
            let asked = error.asked_wait().map(|wait| format!(" (asks for {wait:?})")).unwrap_or_default();
            format!("{error}{doubt}{asked}")
        }
    };
    format!("{max_retries} retries in {within} s [{failures}] {waits}=> {end}\n")
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_failures_in_a_row() {
    let mut seen = String::new();
    for story in [
        (3, 60, ""),
        (3, 0, ""),
        (3, 60, "403"),
        (0, 60, "503"),
        (3, 60, "503 503 503"),
        (3, 60, "503 503 503 503"),
        // The time is as much a bound as the number, to the moment.
        (3, 7, "503+6"),
        (3, 7, "503+7"),
        (3, 7, "503+8"),
        (3, 60, "503+18446744073709551615"),
        // A connection that never stands is not asked for as often as one that breaks.
        (9, 600, "unsent unsent unsent unsent"),
        (9, 600, "unsent unsent unsent unsent unsent"),
        (9, 600, "unsent unsent unsent unsent lost unsent unsent"),
        (9, 600, "lost lost lost lost lost lost"),
        // One try that may have had its effect is enough, whatever follows.
        (3, 60, "in-doubt 403"),
        (3, 60, "in-doubt in-doubt 403"),
        (3, 60, "lost 403"),
        // Of all that was said, the last answer is told, else the last of the others.
        (2, 60, "503 429+2 lost"),
        (2, 60, "503 lost unsent"),
        (2, 60, "lost 503 unsent"),
        (2, 60, "lost unsent 503"),
        (1, 60, "lost unsent"),
        (2, 60, "lost unsent unsent"),
        (2, 60, "lost lost lost"),
    ] {
        seen += &told(story).await;
    }
    expect![[r#"
        3 retries in 60 s [] => try 1
        3 retries in 0 s [] => GET x: no answer before the time limit
        3 retries in 60 s [403] => GET x: 403 no
        0 retries in 60 s [503] => GET x: 503 no
        3 retries in 60 s [503 503 503] 500ms 1s 2s => try 4
        3 retries in 60 s [503 503 503 503] 500ms 1s 2s => GET x: 503 no
        3 retries in 7 s [503+6] 6s => try 2
        3 retries in 7 s [503+7] => GET x: 503 no (asks for 7s)
        3 retries in 7 s [503+8] => GET x: 503 no (asks for 8s)
        3 retries in 60 s [503+18446744073709551615] => GET x: 503 no (asks for 18446744073709551615s)
        9 retries in 600 s [unsent unsent unsent unsent] 500ms 1s 2s 4s => try 5
        9 retries in 600 s [unsent unsent unsent unsent unsent] 500ms 1s 2s 4s => GET x: unsent
        9 retries in 600 s [unsent unsent unsent unsent lost unsent unsent] 500ms 1s 2s 4s 8s 16s 30s => try 8
        9 retries in 600 s [lost lost lost lost lost lost] 500ms 1s 2s 4s 8s 16s => try 7
        3 retries in 60 s [in-doubt 403] 500ms => GET x: 403 no (it may have happened)
        3 retries in 60 s [in-doubt in-doubt 403] 500ms 1s => GET x: 403 no (it may have happened)
        3 retries in 60 s [lost 403] 500ms => GET x: 403 no
        2 retries in 60 s [503 429+2 lost] 500ms 2s => GET x: lost; the last answer was 429: no (asks for 2s)
        2 retries in 60 s [503 lost unsent] 500ms 1s => GET x: unsent; the last answer was 503: no
        2 retries in 60 s [lost 503 unsent] 500ms 1s => GET x: unsent; the last answer was 503: no
        2 retries in 60 s [lost unsent 503] 500ms 1s => GET x: 503 no
        1 retries in 60 s [lost unsent] 500ms => GET x: unsent; before that: lost
        2 retries in 60 s [lost unsent unsent] 500ms 1s => GET x: unsent
        2 retries in 60 s [lost lost lost] 500ms 1s => GET x: lost
    "#]]
    .assert_eq(&seen);
}

#[tokio::test(start_paused = true)]
async fn a_wait_takes_its_time_and_a_stop_ends_it() {
    let stop = CancellationToken::new();
    let call = Call::new(&stop, Duration::from_secs(60));
    let mut tries = Tries::new(&call, "GET x", 3);
    let began = Instant::now();
    tries.wait(failure("503+7")).await.unwrap();
    assert_eq!((began.elapsed().as_secs(), tries.begin().unwrap()), (7, 2));
    stop.cancel();
    tries.wait(failure("503+7")).await.unwrap();
    let error = tries.begin().unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 7);
    assert_eq!(error.to_string(), "GET x: stopped before the service answered; the last answer was 503: no");
}

#[tokio::test(start_paused = true)]
async fn tries_wait_as_long_as_the_service_says() {
    let date = azure_core::time::to_rfc7231(&(azure_core::time::OffsetDateTime::now_utc() + Duration::from_secs(50)));
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
