//! ARM api-versions: their order, and which ones the emulated resource types exist in \[spec\].

use std::fmt;

/// One api-version, e.g. `2025-10-01-preview`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersion {
    /// The date part, `YYYY-MM-DD`.
    pub date: String,
    /// Whether it is a preview.
    pub preview: bool,
}

impl ApiVersion {
    /// Reads an api-version; `None` when it does not look like one.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (date, preview) = match lower.strip_suffix("-preview") {
            Some(date) => (date, true),
            None => (lower.as_str(), false),
        };
        let shape_fits = date.len() == 10
            && date.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        shape_fits.then(|| Self { date: date.to_owned(), preview })
    }

    /// Whether this version is among the published ones of a table below.
    pub fn is_one_of(&self, stable: &[&str], preview: &[&str]) -> bool {
        let published = if self.preview { preview } else { stable };
        published.contains(&self.date.as_str())
    }

    /// Whether this is a preview of `date` or later.
    pub fn is_preview_since(&self, date: &str) -> bool {
        self.preview && self.date.as_str() >= date
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.date, if self.preview { "-preview" } else { "" })
    }
}

/// Stable versions of Microsoft.SecurityInsights that carry data connectors, alert rules and onboarding states.
pub const SECURITY_INSIGHTS_STABLE: [&str; 12] = [
    "2020-01-01",
    "2021-10-01",
    "2022-08-01",
    "2022-11-01",
    "2023-02-01",
    "2023-11-01",
    "2024-03-01",
    "2024-09-01",
    "2025-03-01",
    "2025-06-01",
    "2025-09-01",
    "2026-07-01",
];

/// Preview versions of Microsoft.SecurityInsights, without their suffix.
pub const SECURITY_INSIGHTS_PREVIEW: [&str; 32] = [
    "2019-01-01",
    "2021-03-01",
    "2021-09-01",
    "2021-10-01",
    "2022-01-01",
    "2022-04-01",
    "2022-05-01",
    "2022-06-01",
    "2022-07-01",
    "2022-08-01",
    "2022-09-01",
    "2022-10-01",
    "2022-11-01",
    "2022-12-01",
    "2023-02-01",
    "2023-03-01",
    "2023-04-01",
    "2023-05-01",
    "2023-06-01",
    "2023-07-01",
    "2023-08-01",
    "2023-09-01",
    "2023-10-01",
    "2023-12-01",
    "2024-01-01",
    "2024-04-01",
    "2024-10-01",
    "2025-01-01",
    "2025-04-01",
    "2025-07-01",
    "2025-10-01",
    "2026-08-01",
];

/// Stable versions of Microsoft.OperationalInsights/workspaces.
pub const WORKSPACES_STABLE: [&str; 8] =
    ["2020-08-01", "2020-10-01", "2021-06-01", "2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01", "2026-03-01"];

/// Preview versions of Microsoft.OperationalInsights/workspaces.
pub const WORKSPACES_PREVIEW: [&str; 3] = ["2015-11-01", "2020-03-01", "2021-12-01"];

/// Stable versions of the workspaces' `sharedKeys`, which some versions of the workspaces lack.
pub const SHARED_KEYS_STABLE: [&str; 4] = ["2020-08-01", "2025-02-01", "2025-07-01", "2026-03-01"];

/// Preview versions of the workspaces' `sharedKeys`.
pub const SHARED_KEYS_PREVIEW: [&str; 1] = ["2020-03-01"];

/// Stable versions of Microsoft.OperationalInsights/workspaces/tables.
pub const TABLES_STABLE: [&str; 5] = ["2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01", "2026-03-01"];

/// Preview versions of Microsoft.OperationalInsights/workspaces/tables.
pub const TABLES_PREVIEW: [&str; 1] = ["2021-12-01"];

/// Stable versions of Microsoft.Insights/workbooks whose body is the same.
pub const WORKBOOKS_STABLE: [&str; 2] = ["2022-04-01", "2023-06-01"];

/// Stable versions of Resource Manager's form of the query API.
pub const QUERIES_STABLE: [&str; 0] = [];

/// Its one version, out of support since March 2026 \[doc\].
pub const QUERIES_PREVIEW: [&str; 1] = ["2017-01-01"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_whatever_their_case() {
        let version = ApiVersion::parse("2025-10-01-Preview");
        assert_eq!(version.as_ref().map(ToString::to_string).as_deref(), Some("2025-10-01-preview"));
        assert!(version.is_some_and(|version| version.is_preview_since("2023-02-01")));
        assert_eq!(ApiVersion::parse("latest"), None);
        assert_eq!(ApiVersion::parse("2025-1-01"), None);
    }
}
