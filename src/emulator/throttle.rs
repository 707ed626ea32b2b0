//! ARM's request limits: token buckets per subscription, principal and kind of verb \[doc\].

use std::collections::HashMap;
use std::time::Instant;

use super::scenario::{Limits, Throttle};

/// What is said to be left when nothing is counted.
const UNLIMITED: u32 = 11_999;

/// The buckets in use.
#[derive(Debug, Default)]
pub struct Buckets {
    levels: HashMap<(String, String, Verb), (f64, Instant)>,
}

/// The three kinds of verb that ARM counts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// GET and HEAD.
    Read,
    /// PUT, POST and PATCH.
    Write,
    /// DELETE.
    Delete,
}

impl Verb {
    /// The verb of an HTTP method.
    pub fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Self::Read,
            "DELETE" => Self::Delete,
            _ => Self::Write,
        }
    }

    /// The header that tells what is left.
    pub fn header(self) -> &'static str {
        match self {
            Self::Read => "x-ms-ratelimit-remaining-subscription-reads",
            Self::Write => "x-ms-ratelimit-remaining-subscription-writes",
            Self::Delete => "x-ms-ratelimit-remaining-subscription-deletes",
        }
    }
}

impl Buckets {
    /// Takes one request out of its bucket: what is left, or the seconds to wait.
    pub fn take(
        &mut self,
        throttle: Throttle,
        subscription: &str,
        principal: &str,
        verb: Verb,
        now: Instant,
    ) -> Result<u32, u32> {
        let limits = match throttle {
            Throttle::Switch(false) => return Ok(UNLIMITED),
            Throttle::Switch(true) => Limits::default(),
            Throttle::Limits(limits) => limits,
        };
        let bucket = match verb {
            Verb::Read => limits.reads,
            Verb::Write => limits.writes,
            Verb::Delete => limits.deletes,
        };
        let key = (subscription.to_lowercase(), principal.to_owned(), verb);
        let (level, since) = self.levels.entry(key).or_insert((f64::from(bucket.size), now));
        let refilled = *level + now.saturating_duration_since(*since).as_secs_f64() * bucket.per_second;
        *level = refilled.min(f64::from(bucket.size));
        *since = now;
        if *level < 1.0 {
            return Err(seconds_until_one(*level, bucket.per_second));
        }
        *level -= 1.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a u32 size")]
        Ok(*level as u32)
    }
}

/// Whole seconds until the bucket holds a request again, at least one.
fn seconds_until_one(level: f64, per_second: f64) -> u32 {
    const LONGEST: f64 = 3600.0;
    let seconds = if per_second > 0.0 { ((1.0 - level) / per_second).ceil() } else { LONGEST };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=3600")]
    {
        seconds.clamp(1.0, LONGEST) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::scenario::Bucket;
    use std::time::Duration;

    #[test]
    fn a_bucket_empties_and_refills() {
        let throttle = Throttle::Limits(Limits { reads: Bucket { size: 2, per_second: 0.5 }, ..Limits::default() });
        let mut buckets = Buckets::default();
        let start = Instant::now();
        let mut take = |seconds| buckets.take(throttle, "s", "p", Verb::Read, start + Duration::from_secs(seconds));
        assert_eq!(take(0), Ok(1));
        assert_eq!(take(0), Ok(0));
        assert_eq!(take(0), Err(2));
        assert_eq!(take(2), Ok(0));
    }

    #[test]
    fn principals_and_operations_are_counted_apart() {
        let throttle = Throttle::Limits(Limits { reads: Bucket { size: 1, per_second: 0.0 }, ..Limits::default() });
        let mut buckets = Buckets::default();
        let now = Instant::now();
        assert!(buckets.take(throttle, "s", "p", Verb::Read, now).is_ok());
        assert!(buckets.take(throttle, "S", "p", Verb::Read, now).is_err());
        assert!(buckets.take(throttle, "s", "q", Verb::Read, now).is_ok());
        assert!(buckets.take(throttle, "s", "p", Verb::Delete, now).is_ok());
    }
}
