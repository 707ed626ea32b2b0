//! What a workspace's tables hold, as a scenario loads it: records by how old they are, so that a file never grows stale.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kql::{Cell, Row, span};

/// The records of each table.
pub type Logs = BTreeMap<String, Vec<Records>>;

/// Records that are alike but for their time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// How old the youngest is: `3h`, `2d`, `10m`.
    pub ago: String,
    /// How many there are at a time.
    #[serde(default = "one")]
    pub times: i64,
    /// On how many days there are so many, the youngest's and those before it.
    #[serde(default = "one")]
    pub days: i64,
    /// What they hold besides their time.
    #[serde(default)]
    pub columns: Map<String, Value>,
}

fn one() -> i64 {
    1
}

/// Whether the ages of records can be read; the error names the one that cannot.
pub fn check(logs: &Logs) -> Result<(), String> {
    let mut records = logs.iter().flat_map(|(table, records)| records.iter().map(move |records| (table, records)));
    match records.find(|(_, records)| span(&records.ago).is_none()) {
        Some((table, records)) => {
            Err(format!("records of '{table}' are '{}' old, which is not an age such as '3h' or '2d'", records.ago))
        }
        None => Ok(()),
    }
}

/// The rows of a table as they are at a time.
pub fn rows(records: &[Records], now: Timestamp) -> Vec<Row> {
    let days =
        |records: &Records| (0..records.days).map(|day| SignedDuration::from_hours(24 * day)).collect::<Vec<_>>();
    let row = |records: &Records, earlier: SignedDuration| {
        let mut cells: BTreeMap<_, _> =
            records.columns.iter().map(|(name, value)| (name.clone(), Cell::of(value))).collect();
        let age = span(&records.ago).unwrap_or_default() + earlier;
        cells.insert("TimeGenerated".to_owned(), Cell::Time(now - age));
        Row { cells, times: records.times }
    };
    records.iter().flat_map(|records| days(records).into_iter().map(move |earlier| row(records, earlier))).collect()
}
