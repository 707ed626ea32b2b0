//! Any answer of the service, a gateway or a proxy: it becomes JSON or an error of one printable line, and a list never
//! goes on at another host.
#![no_main]

use defender_fuzz::Feed;
use libfuzzer_sys::fuzz_target;
use terraform_provider_defender::arm::Error;
use terraform_provider_defender::arm::fuzz::{answer, next, token_refusal};
use url::Url;

fn check(error: &Error) {
    let shown = error.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(!error.message.is_empty() && error.message.chars().count() < 2400, "{shown:?}");
    let asked = [
        error.is_not_found(),
        error.is_throttled(),
        error.is_portal_locked(),
        error.is_not_onboarded(),
        error.is_license_invalid(),
        error.is_missing_consent(),
        error.is_conflict(),
        error.is_duplicate_key(),
        error.is_subscription_not_found(),
        error.is_unauthorized(),
        error.is_forbidden(),
        error.is_wrong_tenant(),
        error.is_unsupported_kind(),
        error.is_provider_not_registered(),
    ];
    assert!(asked.iter().filter(|is| **is).count() < asked.len());
    let _ = error.tenant_of_subscription();
    assert!(error.unsupported_categories().iter().all(|category| !category.is_empty()));
}

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    const STATUSES: [u16; 16] = [200, 200, 204, 307, 400, 400, 401, 403, 404, 404, 408, 409, 412, 429, 500, 503];
    let status = STATUSES[feed.below(STATUSES.len())];
    let is_write = feed.byte().is_multiple_of(2);
    let mut headers = Vec::new();
    for name in ["x-ms-request-id", "retry-after", "location"] {
        let length = feed.below(24);
        let text: String = String::from_utf8_lossy(feed.bytes(length)).into_owned();
        if !text.is_empty() {
            headers.push((name, text));
        }
    }
    match answer(status, &headers, feed.rest(), is_write) {
        Ok(answer) => {
            assert!((200..300).contains(&status));
            let current = Url::parse("https://host:8443/a/list?api-version=1").expect("an address");
            if let Ok(Some(url)) = next(&current, &answer.body) {
                assert_eq!(url.origin(), current.origin());
                assert!(url.username().is_empty() && url.password().is_none());
            }
        }
        Err(error) => check(&error),
    }
    let told = token_refusal(status, feed.rest());
    assert!(!told.chars().any(char::is_control), "{told:?}");
});
