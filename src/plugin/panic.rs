//! A panic becomes a finding of the one call it happened in. It never ends the process, and its backtrace never
//! reaches a user's terminal.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;

thread_local! {
    /// Where this thread's latest panic was, which the caught payload does not tell.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sends panics to the log instead of the terminal.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref(), panic = text_of(info.payload()), "panic");
        PLACE.with(|latest| *latest.borrow_mut() = place);
    }));
}

/// Runs a call; a panic inside comes back as its text and place.
pub async fn guard<T>(call: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(call).catch_unwind().await.map_err(|payload| told(&*payload))
}

/// The same for what does not wait.
pub fn guard_now<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| told(&*payload))
}

/// The text and place of a panic that was caught.
pub fn told(payload: &(dyn Any + Send)) -> String {
    let text = text_of(payload);
    // Catching runs on the thread that panicked, so this place is the right one.
    match PLACE.with(|latest| latest.borrow_mut().take()) {
        Some(place) => format!("{text} (at {place})"),
        None => text.to_owned(),
    }
}

/// The first line of what the source says of a panic. A text made at run time may quote a configuration and the secrets
/// in it, and is left out: the place tells a developer enough.
fn text_of(payload: &(dyn Any + Send)) -> &'static str {
    let written = payload.downcast_ref::<&'static str>().copied();
    written.and_then(|text| text.lines().next()).unwrap_or("its text is left out, as it may quote a secret")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_in_one_line_and_quotes_nothing() {
        let told = guard_now(|| panic!("first\nsecond")).unwrap_err();
        assert!(told.starts_with("first"), "{told}");
        assert!(!told.contains("second"));
        let secret = std::hint::black_box("s3cret");
        let told = guard_now(|| panic!("in {secret}")).unwrap_err();
        assert!(told.starts_with("its text is left out"), "{told}");
        let refused: Result<(), &str> = std::hint::black_box(Err(secret));
        let told = guard_now(|| refused.unwrap()).unwrap_err();
        assert!(!told.contains(secret), "{told}");
    }

    #[tokio::test]
    async fn calls_that_wait_are_guarded_too() {
        let told = guard(async {
            tokio::task::yield_now().await;
            if true {
                panic!("late");
            }
        });
        assert!(told.await.unwrap_err().starts_with("late"));
        assert_eq!(guard(async { 1 }).await, Ok(1));
    }
}
