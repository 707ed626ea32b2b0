//! Whether data flows: a state and its reason from what came in, held against how fresh it has to be. No I/O.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::figures::{Figure, Figures};
use super::source::Source;
use crate::provider::messages;
use crate::terraform::{Number, Object, Value};

/// How a source does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Flowing,
    Stale,
    Never,
    Unknown,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Flowing => "flowing",
            Self::Stale => "stale",
            Self::Never => "never",
            Self::Unknown => "unknown",
        }
    }
}

/// What is asked of the figures.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub days: i64,
    pub look_back: i64,
    pub fresh_hours: i64,
}

/// What is known of the table that a source reads, where no record of it was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Table {
    /// There is none of that name.
    Missing,
    /// It is there, with this plan.
    Plan(String),
    /// It could not be asked for.
    Unseen(String),
}

/// A source, and what was found of it.
#[derive(Debug)]
pub struct Verdict<'a> {
    pub source: &'a Source,
    pub state: State,
    pub reason: Option<String>,
    figure: Figure,
    /// Records of each day; nothing where they are not known.
    counts: Option<BTreeMap<Date, i64>>,
}

impl<'a> Verdict<'a> {
    /// Nothing is known of it.
    pub fn unknown(source: &'a Source, reason: String) -> Self {
        Self { source, state: State::Unknown, reason: Some(reason), figure: Figure::default(), counts: None }
    }

    /// By the figures of an answer, and what is known of the table where they are silent.
    pub fn of(source: &'a Source, figures: &Figures, table: Option<&Table>, measure: Measure) -> Self {
        let mut figure = figures.get(&source.name);
        let now = figures.now.unwrap_or(Timestamp::UNIX_EPOCH);
        let fresh = |last: Timestamp| now.duration_since(last).as_hours() < measure.fresh_hours;
        if let Some(lacks) = &figures.lacks {
            // A record that is there is there; how many there are nobody knows.
            let last = figure.last.filter(|last| figures.now.is_some() && fresh(*last));
            let state = if last.is_some() { State::Flowing } else { State::Unknown };
            figure = Figure { last, ..Figure::default() };
            return Self { source, state, reason: Some(messages::partial_answer(lacks)), figure, counts: None };
        }
        let (state, reason) = match (figure.last, figures.now, table) {
            (Some(last), _, _) if fresh(last) => (State::Flowing, None),
            (Some(_), _, _) => (State::Stale, Some(messages::no_fresh_record(measure.fresh_hours))),
            (None, None, _) => (State::Never, Some(messages::workspace_without_data())),
            (None, Some(_), Some(Table::Missing)) => (State::Never, Some(messages::table_missing(&source.table))),
            (None, Some(_), Some(Table::Unseen(why))) => {
                (State::Unknown, Some(messages::table_unseen(&source.table, why)))
            }
            (None, Some(_), Some(Table::Plan(plan))) if !plan.eq_ignore_ascii_case("Analytics") => {
                (State::Unknown, Some(messages::table_out_of_reach(&source.table, plan)))
            }
            (None, Some(_), _) => (State::Never, Some(messages::no_record(measure.look_back, &source.name))),
        };
        // Days are counted back from the service's clock, which a workspace without data does not tell.
        let is_counted = state != State::Unknown && figures.now.is_some();
        let counts = is_counted.then(|| days(now, measure.days, &figure.counts));
        Self { source, state, reason, figure, counts }
    }

    /// As the data source shows it.
    pub fn shown(&self) -> Value {
        let time =
            |time: Option<Timestamp>| Value::from(time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        let counts = self.counts.as_ref().map(|counts| {
            Value::Object(counts.iter().map(|(day, count)| (day.to_string(), Value::from(*count))).collect())
        });
        let megabytes = self.figure.megabytes.filter(|megabytes| megabytes.is_finite());
        Value::Object(Object::from([
            ("kind".to_owned(), Value::from(self.source.kind)),
            ("name".to_owned(), Value::from(self.source.name.as_str())),
            ("state".to_owned(), Value::from(self.state.name())),
            ("reason".to_owned(), Value::from(self.reason.as_deref())),
            ("first_record_time".to_owned(), time(self.figure.first)),
            ("last_record_time".to_owned(), time(self.figure.last)),
            ("daily_counts".to_owned(), counts.unwrap_or_default()),
            (
                "volume_mb".to_owned(),
                megabytes.map_or(Value::Null, |megabytes| Value::Number(Number::Float(megabytes))),
            ),
        ]))
    }

    /// A line for people.
    pub fn line(&self) -> String {
        let last = self.figure.last.map(|last| format!(", last record at {}", last.strftime("%Y-%m-%d %H:%M UTC")));
        let reason = self.reason.as_deref().map(|reason| format!(": {reason}"));
        let what = match self.source.kind {
            "table" => self.source.name.clone(),
            kind => format!("{kind} of {}", self.source.name),
        };
        format!("{what} is {}{}{}", self.state.name(), last.unwrap_or_default(), reason.unwrap_or_default())
    }
}

/// The records of each of the last days in UTC, today included, days without any as well.
fn days(now: Timestamp, days: i64, counts: &BTreeMap<Date, i64>) -> BTreeMap<Date, i64> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let back = |days: i64| -> Span { days.days() };
    let dates = (0..days).filter_map(|days| today.checked_sub(back(days)).ok());
    dates.map(|date| (date, counts.get(&date).copied().unwrap_or_default())).collect()
}
