//! What a bucket like Resource Manager's sees of this client, and what who is refused hears.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::arm::fake::{Fake, call, get, put, reply, settings};

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
async fn reads(client: &crate::arm::Client, count: usize) -> f64 {
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
    assert_eq!(after_an_hour(Verb::Read, 1.0, READS), 250.0);
    assert_eq!(after_an_hour(Verb::Write, 1.0, CHANGES), 200.0);
    assert_eq!(after_an_hour(Verb::Delete, 1.0, CHANGES), 200.0);
    assert_eq!(after_an_hour(Verb::Read, 1.0, 11999.0), 11999.0);
    assert_eq!(after_an_hour(Verb::Read, f64::INFINITY, READS), f64::INFINITY, "nothing was named yet");
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
    assert_eq!((of(Verb::Read), of(Verb::Write), of(Verb::Delete)), (Some(7), Some(3), None));
}
