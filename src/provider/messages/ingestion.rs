//! Why it is not known whether data flows, or what is amiss with it. Half sentences: each stands as the `reason` of a source.

use super::{bullets, did_you_mean};
use crate::arm;
use crate::catalog::HuntingTable;
use crate::terraform::{AttributePath, Diagnostic};

pub fn nothing_to_look_for() -> Diagnostic {
    Diagnostic::error(
        "Nothing to look for",
        "Neither tables nor alerts are named, and incidents is not true.\n\nName at least one table, such as tables = [\"DeviceEvents\"], \
         or set incidents = true.",
    )
}

pub fn unknown_alert_product(
    path: impl Into<AttributePath>,
    found: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let known = bullets(known);
    Diagnostic::error(
        "Not a product with alerts",
        format!("Found {found:?}; known are:\n{known}\n\n{}", did_you_mean(meant)).trim_end(),
    )
    .at(path)
}

pub fn out_of_range(path: impl Into<AttributePath>, what: &str, least: i64, most: i64) -> Diagnostic {
    Diagnostic::error("Out of range", format!("Write a whole number of {what} from {least} to {most}.")).at(path)
}

/// The whole query came to nothing.
pub fn query_failed(error: &arm::Error) -> String {
    let way_out = if error.is_forbidden() || error.is_unauthorized() {
        "; the caller needs to read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader, which can take an hour to \
         count), and an application besides the permission Data.Read of the Log Analytics API, or query_api = \"resource_manager\" in the \
         provider block"
    } else if error.is_timed_out() || error.is_gateway_timeout() {
        "; ask for fewer tables, or for a shorter look_back_days"
    } else {
        ""
    };
    format!("the workspace's logs could not be asked: {error}{way_out}")
}

/// What came back is no answer to the query.
pub fn answer_not_understood(why: &str) -> String {
    format!("the workspace's logs could not be read: {why}")
}

/// The workspace could not be asked for the id that queries know it by.
pub fn workspace_unseen(error: &arm::Error) -> String {
    format!("the workspace could not be read: {error}")
}

pub fn partial_answer(lacks: &str) -> String {
    format!("the answer is not whole, so that nothing can be counted: {lacks}")
}

pub fn no_fresh_record(hours: i64) -> String {
    format!("no record in the last {hours} hours")
}

pub fn workspace_without_data() -> String {
    "the workspace has never held any data".to_owned()
}

pub fn table_missing(table: &str) -> String {
    let meant = HuntingTable::find(table).is_none().then(|| HuntingTable::meant_by(table)).flatten();
    let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    format!("the workspace has no table {table} yet, which the first record brings{meant}")
}

pub fn no_record(days: i64, name: &str) -> String {
    let caveat = if name == "Microsoft Defender for Identity" {
        "; the first alerts of Microsoft Defender for Identity can take a day"
    } else {
        ""
    };
    format!("no record in the last {days} days{caveat}")
}

pub fn table_out_of_reach(table: &str, plan: &str) -> String {
    let place = if plan.eq_ignore_ascii_case("Auxiliary") { ", which lives in the data lake" } else { "" };
    format!("{table} is a table of the {plan} plan{place}, and this query reads tables of the Analytics plan alone")
}

pub fn table_unseen(table: &str, why: &str) -> String {
    format!("no record was found, and whether this query can read {table} at all could not be seen: {why}")
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::arm::Kind;

    /// Every message of this file. A reason is no diagnostic of its own, and is shown as if it were.
    pub fn all() -> Vec<(&'static str, Diagnostic)> {
        let refused = |status, code, message| arm::Error::sample(Kind::Service, Some(status), Some(code), message);
        let no_right = refused(403, "InsufficientAccessError", "The provided credentials have insufficient access");
        let product = unknown_alert_product("alerts", "Defender", None, &["Microsoft Defender for Identity"]);
        let reasons = [
            ("query_failed", query_failed(&no_right)),
            ("query_failed", query_failed(&refused(504, "GatewayTimeout", "Request timed out"))),
            ("query_failed", query_failed(&refused(400, "BadArgumentError", "A semantic error occurred."))),
            ("answer_not_understood", answer_not_understood("the answer holds no tables")),
            ("workspace_unseen", workspace_unseen(&no_right)),
            ("partial_answer", partial_answer("The results of this query exceed the set limit.")),
            ("no_fresh_record", no_fresh_record(24)),
            ("workspace_without_data", workspace_without_data()),
            ("table_missing", table_missing("My_CL")),
            ("table_missing", table_missing("DeviceEvnts")),
            ("no_record", no_record(30, "Microsoft Defender for Identity")),
            ("table_out_of_reach", table_out_of_reach("DeviceEvents", "Auxiliary")),
            ("table_unseen", table_unseen("DeviceEvents", "403 Forbidden")),
        ];
        let reason = |(name, reason)| (name, Diagnostic::warning("As the reason of a source", reason));
        let told = [
            ("nothing_to_look_for", nothing_to_look_for()),
            ("unknown_alert_product", product),
            ("out_of_range", out_of_range("days", "days", 1, 90)),
        ];
        told.into_iter().chain(reasons.into_iter().map(reason)).collect()
    }
}
