//! What the query API answers, read into figures: which records of a source came in when.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use crate::arm::text;

/// What came in, as far as an answer tells.
#[derive(Debug, Default, PartialEq)]
pub struct Figures {
    /// What the service's clock showed; nothing where the workspace holds no data at all, which the service says in another way.
    pub now: Option<Timestamp>,
    /// Why the answer is not whole, if it is not.
    pub lacks: Option<String>,
    of: HashMap<String, Figure>,
}

/// What came in of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Records by their day in UTC.
    pub counts: BTreeMap<Date, i64>,
    /// Megabytes that were billed.
    pub megabytes: Option<f64>,
}

impl Figures {
    /// Reads an answer to the query of `kql::figures`; the error says what is not as it should be.
    pub fn of(status: u16, body: &Json) -> Result<Self, String> {
        // So the service says that a workspace never had any data.
        if status == 204 {
            return Ok(Self::default());
        }
        let tables = body["tables"].as_array().ok_or("the answer holds no tables")?;
        let primary = tables.iter().find(|table| text(table, "name") == "PrimaryResult").or_else(|| tables.first());
        let primary = primary.ok_or("the answer holds no table")?;
        let columns = primary["columns"].as_array().ok_or("the answer's table has no columns")?;
        let at = |name: &str| columns.iter().position(|column| text(column, "name") == name);
        let [source, day, count, first, last, megabytes] =
            ["Source", "Day", "Count", "First", "Last", "Megabytes"].map(at);
        let mut figures = Self { lacks: lacks(&body["error"]), ..Self::default() };
        for row in primary["rows"].as_array().ok_or("the answer's table has no rows")? {
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or(&Json::Null);
            let time = |at| moment(cell(at));
            let name = cell(source).as_str().ok_or("a row of the answer names no source")?;
            if name.is_empty() {
                figures.now = time(last)?;
                continue;
            }
            let figure = figures.of.entry(name.to_owned()).or_default();
            if let Some(megabytes) = cell(megabytes).as_f64() {
                figure.megabytes = Some(megabytes);
            }
            let Some(day) = time(day)? else { continue };
            let count = cell(count).as_i64().ok_or("a row of the answer has no count")?;
            let count_of_day = figure.counts.entry(day.to_zoned(TimeZone::UTC).date()).or_default();
            *count_of_day = count_of_day.saturating_add(count);
            figure.first = figure.first.into_iter().chain(time(first)?).min();
            figure.last = figure.last.into_iter().chain(time(last)?).max();
        }
        // The clock's row is of the query itself: without it something else was answered.
        if figures.now.is_none() && figures.lacks.is_none() {
            return Err(
                "the answer is not one to the query that was sent: the row of the service's clock is not in it".into(),
            );
        }
        Ok(figures)
    }

    /// What came in of a source.
    pub fn get(&self, source: &str) -> Figure {
        self.of.get(source).cloned().unwrap_or_default()
    }
}

/// What an answer says of its own wholeness.
fn lacks(error: &Json) -> Option<String> {
    if error.is_null() {
        return None;
    }
    Some(crate::arm::reason_of(error))
}

fn moment(cell: &Json) -> Result<Option<Timestamp>, String> {
    let Some(text) = cell.as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("a time of the answer is none: {text:?}"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn answered(rows: Json) -> Result<Figures, String> {
        let columns = ["Source", "Last", "Day", "Count", "First", "Megabytes"]
            .map(|name| json!({ "name": name, "type": "string" }));
        Figures::of(200, &json!({ "tables": [{ "name": "PrimaryResult", "columns": columns, "rows": rows }] }))
    }

    #[test]
    fn rows_are_read_into_figures() {
        let figures = answered(json!([
            ["", "2026-11-28T12:00:00Z", null, null, null, null],
            ["DeviceEvents", "2026-11-28T11:59:59.1234567Z", "2026-11-28T00:00:00Z", 7, "2026-11-28T00:00:01Z", null],
            [
                "DeviceEvents",
                "2026-11-27T23:00:00Z",
                "2026-11-27T00:00:00Z",
                9_000_000_000_i64,
                "2026-11-27T01:00:00Z",
                null
            ],
            ["DeviceEvents", null, null, null, null, 12.5],
            ["Unasked", null, null, null, null, "NaN"],
        ]));
        let figures = figures.unwrap_or_default();
        let of = |name| format!("{:?}\n", figures.get(name));
        expect![[r#"
            Figure { first: Some(2026-11-27T01:00:00Z), last: Some(2026-11-28T11:59:59.1234567Z), counts: {2026-11-27: 9000000000, 2026-11-28: 7}, megabytes: Some(12.5) }
            Figure { first: None, last: None, counts: {}, megabytes: None }
            Figure { first: None, last: None, counts: {}, megabytes: None }
        "#]]
        .assert_eq(&(of("DeviceEvents") + &of("Unasked") + &of("None")));
    }

    #[test]
    fn what_is_no_answer_is_told_from_one() {
        let told = |figures: Result<Figures, String>| figures.map_or_else(|why| why, |figures| format!("{figures:?}"));
        let clock = json!(["", "2026-11-28T12:00:00Z", null, null, null, null]);
        let seen = [
            told(Figures::of(204, &Json::Null)),
            told(Figures::of(200, &Json::Null)),
            told(Figures::of(200, &json!({ "tables": [] }))),
            told(Figures::of(200, &json!({ "tables": [{ "name": "PrimaryResult" }] }))),
            told(answered(json!([]))),
            told(answered(json!([[7]]))),
            told(answered(json!([clock, ["X", "yesterday", "2026-11-28T00:00:00Z", 1, null, null]]))),
            told(answered(json!([clock, ["X", null, "2026-11-28T00:00:00Z", "many", null, null]]))),
        ];
        expect![[r#"
            Figures { now: None, lacks: None, of: {} }
            the answer holds no tables
            the answer holds no table
            the answer's table has no columns
            the answer is not one to the query that was sent: the row of the service's clock is not in it
            a row of the answer names no source
            a time of the answer is none: "yesterday"
            a row of the answer has no count
        "#]]
        .assert_eq(&(seen.join("\n") + "\n"));
    }
}
