//! The one way to wait for the service: looks again and again until what is seen is settled, for as long as what is seen
//! deserves.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use crate::arm::Call;

/// How long something that reads back differently is given to come right, as a cache of the service may be behind.
pub const COMES_RIGHT_WITHIN: Duration = Duration::from_secs(20);

/// How long something that the service took in may stay unseen. Reads are reported to lag by up to two minutes.
pub const SHOWS_WITHIN: Duration = Duration::from_secs(3 * 60);

/// The time of day as memory keeps it: seconds since 1970.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// How long something may still stay unseen that the service took in at a time, as [`now`] counts it.
pub fn may_lag_for(stored: i64) -> Option<Duration> {
    let since = Duration::from_secs(now().saturating_sub(stored).unsigned_abs());
    SHOWS_WITHIN.checked_sub(since).filter(|rest| !rest.is_zero())
}

/// How often a service that is busy is looked at, as long as the call may last.
pub const AS_LONG_AS_IT_TAKES: Duration = Duration::MAX;

/// What one look shows.
#[derive(Debug)]
pub enum Look<T> {
    Settled(T),
    /// Not yet; from the beginning of the wait it may stay so for this long.
    Unsettled(T, Duration),
}

/// How a wait ended.
#[derive(Debug, PartialEq)]
pub enum End<T> {
    Settled(T),
    /// The last thing seen had stayed for as long as it may.
    Stayed(T),
    /// The call's time was over, or Terraform asked to stop.
    Over(T),
}

/// Looks until it is settled; a look that fails ends it.
pub async fn until<T, E, L>(call: &Call, mut look: impl FnMut() -> L) -> Result<End<T>, E>
where
    L: Future<Output = Result<Look<T>, E>>,
{
    let began = Instant::now();
    let mut pause = Duration::from_millis(250);
    loop {
        let (seen, within) = match look().await? {
            Look::Settled(seen) => return Ok(End::Settled(seen)),
            Look::Unsettled(seen, within) => (seen, within),
        };
        if began.elapsed() >= within {
            return Ok(End::Stayed(seen));
        }
        tokio::select! {
            () = call.stop.cancelled() => return Ok(End::Over(seen)),
            () = sleep_until(call.deadline) => return Ok(End::Over(seen)),
            () = sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio_util::sync::CancellationToken;

    use super::*;

    async fn waited(within: u64, stays: u64, settles_after: u32) -> (u64, End<u32>) {
        let (began, mut looks) = (Instant::now(), 0);
        let call = Call::new(&CancellationToken::new(), Duration::from_secs(within));
        let end = until(&call, || {
            looks += 1;
            let seen = looks;
            async move {
                Ok::<_, Infallible>(if seen > settles_after {
                    Look::Settled(seen)
                } else {
                    Look::Unsettled(seen, Duration::from_secs(stays))
                })
            }
        });
        let Ok(end) = end.await;
        (began.elapsed().as_secs(), end)
    }

    #[test]
    fn what_was_taken_in_may_lag_for_minutes() {
        let seconds = |ago: i64| may_lag_for(now() - ago).map(|rest| rest.as_secs().div_ceil(10) * 10);
        assert_eq!([0, 60, 175, 181, 90_000].map(seconds), [Some(180), Some(120), Some(10), None, None]);
        // A clock that was set back says nothing of when it was.
        assert_eq!(seconds(-90_000), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_it_is_settled_or_has_lasted() {
        assert_eq!(waited(600, 20, 0).await, (0, End::Settled(1)));
        assert_eq!(waited(600, 20, 3).await, (1, End::Settled(4)));
        assert_eq!(waited(600, 20, 99).await, (22, End::Stayed(9)));
        assert_eq!(waited(10, 20, 99).await, (10, End::Over(6)));
        assert_eq!(waited(600, 0, 99).await, (0, End::Stayed(1)));
    }
}
