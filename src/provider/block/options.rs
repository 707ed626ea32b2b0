//! What the provider block says of how connectors are planned and written: the preflight and the api-versions.

use crate::catalog::Line;
use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Block, Diagnostics, Type, Value};

/// The options in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub preflight: Preflight,
    pub on_forbidden: OnForbidden,
    pub query_api: QueryApi,
    stable: Option<String>,
    preview: Option<String>,
}

/// What becomes of a requirement that a planned connector does not meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preflight {
    /// The service is not asked.
    Off,
    #[default]
    Warn,
    Error,
}

/// What becomes of a selection of hunting tables that the Defender API does not let anybody read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnForbidden {
    #[default]
    Error,
    /// What was last known of it is kept.
    Warn,
}

/// Which API the queries of what a workspace holds go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryApi {
    #[default]
    LogAnalytics,
    ResourceManager,
}

const QUERY_API: &str = "query_api";

const ON_FORBIDDEN: &str = "on_forbidden";

const PREFLIGHTS: [(&str, Preflight); 3] =
    [("off", Preflight::Off), ("warn", Preflight::Warn), ("error", Preflight::Error)];

const LINES: [(&str, Line); 2] = [("stable", Line::Stable), ("preview", Line::Preview)];

impl Options {
    /// The options of a wholly known provider block that was found valid.
    pub fn of(config: &Value) -> Self {
        let version = |name| config.get("api_versions").get(name).as_str().map(str::to_owned);
        Self {
            preflight: config.get("preflight").as_str().and_then(preflight).unwrap_or_default(),
            on_forbidden: match config.get("defender_api").get(ON_FORBIDDEN).as_str() {
                Some("warn") => OnForbidden::Warn,
                _ => OnForbidden::Error,
            },
            query_api: match config.get(QUERY_API).as_str() {
                Some("resource_manager") => QueryApi::ResourceManager,
                _ => QueryApi::LogAnalytics,
            },
            stable: version("stable"),
            preview: version("preview"),
        }
    }

    /// The version to use of a line.
    pub fn version(&self, line: Line) -> &str {
        let given = match line {
            Line::Stable => &self.stable,
            Line::Preview => &self.preview,
        };
        given.as_deref().unwrap_or_else(|| line.default_version())
    }
}

fn preflight(text: &str) -> Option<Preflight> {
    PREFLIGHTS.iter().find(|(name, _)| *name == text).map(|(_, preflight)| *preflight)
}

/// `preflight`
pub fn preflight_attribute() -> Attribute {
    let description = "Whether to ask the service, when a connector is planned to be made, if licence and permissions are there: \
        `off`, `warn` or `error`. Unless it is `off`, a warning tells too if the connector's Content hub solution is not installed. Defaults to \
        `warn`.";
    Attribute::optional("preflight", Type::String, description)
}

/// `query_api`
pub fn query_api_attribute() -> Attribute {
    let description = "Which API the queries of `defender_ingestion` go to: `log_analytics`, which Microsoft supports and which wants a token \
        of its own (`endpoints.log_analytics`), or `resource_manager`, which takes Resource Manager's tokens and is out of support since 31 March \
        2026. Defaults to `log_analytics`.";
    Attribute::optional(QUERY_API, Type::String, description)
}

/// `on_forbidden` of `defender_api`
pub fn on_forbidden_attribute() -> Attribute {
    let description = "What becomes of selections of hunting tables where the Defender API lets nobody read, because it refuses the caller or there is no \
        token for it: `error`, or `warn`, which keeps what was last known and lets everything else be planned; what would have to be \
        changed there is an error at apply all the same. Defaults to `error`.";
    Attribute::optional(ON_FORBIDDEN, Type::String, description)
}

/// `api_versions`
pub fn api_versions_block() -> Block {
    let attributes = LINES.map(|(name, line)| {
        let what = match line {
            Line::Stable => "For the connector kinds that a stable version has.",
            Line::Preview => "For all others, for lists and for incident rules.",
        };
        Attribute::optional(name, Type::String, format!("{what} Defaults to `{}`.", line.default_version()))
    });
    let description = "Versions of the Microsoft.SecurityInsights API, for a cloud that lags behind or a version that came after this release.";
    Block::new(description, attributes.into())
}

/// Checks what is known of the options.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(text) = config.get("preflight").as_str().filter(|text| preflight(text).is_none()) {
        diagnostics.push(messages::bad_preflight("preflight", text));
    }
    let query_api = config.get(QUERY_API).as_str();
    if let Some(text) = query_api.filter(|text| !matches!(*text, "log_analytics" | "resource_manager")) {
        diagnostics.push(messages::bad_query_api(QUERY_API, text));
    }
    let on_forbidden = config.get("defender_api").get(ON_FORBIDDEN);
    if let Some(text) = on_forbidden.as_str().filter(|text| !matches!(*text, "error" | "warn")) {
        diagnostics.push(messages::bad_on_forbidden(AttributePath::from("defender_api").attribute(ON_FORBIDDEN), text));
    }
    for (name, line) in LINES {
        if let Some(text) = config.get("api_versions").get(name).as_str().filter(|text| !is_version(text)) {
            let path = AttributePath::from("api_versions").attribute(name);
            diagnostics.push(messages::bad_api_version(path, text, line.default_version()));
        }
    }
    diagnostics
}

/// Whether a text is a date, with or without `-preview`.
fn is_version(text: &str) -> bool {
    text.strip_suffix("-preview").unwrap_or(text).parse::<jiff::civil::Date>().is_ok_and(|_| {
        // jiff reads more forms of a date than ARM does.
        text.len() == 10 || text.len() == 18
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date() {
        let seen: Vec<_> =
            ["2025-09-01", "2025-10-01-preview", "2025-13-01", "20250901", "latest", "", "2025-09-01-beta"]
                .map(is_version)
                .into();
        assert_eq!(seen, [true, true, false, false, false, false, false]);
    }
}
