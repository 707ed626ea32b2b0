//! Dates of the service: it is given RFC 3339 and shows what it likes.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The forms besides ISO 8601 that are reported, all in UTC.
const FORMS: [&str; 3] = ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y"];

/// Whether a text is an RFC 3339 date with its offset.
pub fn is_rfc3339(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

/// A date in any form that the service is known to show, as RFC 3339 in UTC to the second; any other text as it is.
pub fn rfc3339(text: &str) -> String {
    match timestamp(text.trim()) {
        Some(found) => found.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => text.to_owned(),
    }
}

fn timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(found) = text.parse() {
        return Some(found);
    }
    let date = text.parse::<DateTime>().ok().or_else(|| {
        FORMS.iter().find_map(|form| {
            let broken_down = jiff::fmt::strtime::parse(form, text).ok()?;
            broken_down.to_datetime().ok().or_else(|| broken_down.to_date().ok().map(DateTime::from))
        })
    });
    date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_date() {
        for text in [
            "2024-02-01T13:30:00Z",
            "2024-02-01T13:30:00.000Z",
            "2024-02-01T13:30:00.1234567Z",
            "2024-02-01T15:30:00+02:00",
            "2024-02-01 13:30:00",
            "2024-02-01T13:30:00",
            "02/01/2024 13:30:00",
            "2/1/2024 1:30:00 PM",
        ] {
            assert_eq!(rfc3339(text), "2024-02-01T13:30:00Z", "{text}");
        }
        assert_eq!(rfc3339("02/01/2024"), "2024-02-01T00:00:00Z");
        assert_eq!(rfc3339("the other day"), "the other day");
        assert!(is_rfc3339("2024-02-01T15:30:00+02:00"));
        assert!(!is_rfc3339("2024-02-01T15:30:00") && !is_rfc3339("2024-02-01"));
    }
}
