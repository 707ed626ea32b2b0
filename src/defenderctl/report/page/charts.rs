//! Charts of what comes in a day: one path of bars each, drawn here, since a library would bring a script or far more markup. The
//! same figures stand beside them in a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::defenderctl::report::model::{Report, SourceKind, Workspace};

/// What is counted together.
const SERIES: [(SourceKind, &str); 3] =
    [(SourceKind::Incidents, "Incidents"), (SourceKind::Alerts, "Alerts"), (SourceKind::Table, "Events in tables")];

/// The height of a chart, and the width of a day, of which the style draws a line in the middle.
const HEIGHT: u64 = 32;
const DAY: usize = 7;
/// A day is not drawn wider than if there were as many.
const FEWEST_DAYS: usize = 14;

/// A chart of one series.
pub struct Chart {
    pub title: String,
    pub name: &'static str,
    pub width: usize,
    pub path: String,
    /// The first day and the last.
    pub span: String,
    /// The figures of the series by itself.
    pub days: Vec<(String, String)>,
}

/// The records of each day, by series.
#[derive(Default)]
pub struct Figures(BTreeMap<usize, BTreeMap<String, u64>>);

impl Figures {
    pub fn of<'a>(workspaces: impl Iterator<Item = &'a Workspace>) -> Self {
        let mut figures = Self::default();
        for source in workspaces.flat_map(|workspace| &workspace.ingestion) {
            let Some(at) = SERIES.iter().position(|(kind, _)| *kind == source.kind) else { continue };
            for (day, count) in source.daily_counts.iter().flatten() {
                let sum = figures.0.entry(at).or_default().entry(day.clone()).or_default();
                *sum = sum.saturating_add(*count);
            }
        }
        figures
    }

    fn dates(&self) -> BTreeSet<&String> {
        self.0.values().flat_map(BTreeMap::keys).collect()
    }

    pub fn charts(&self) -> Vec<Chart> {
        let dates: Vec<_> = self.dates().into_iter().collect();
        let chart = |(at, counts): (&usize, &BTreeMap<String, u64>)| {
            let most = counts.values().copied().max().unwrap_or_default();
            let mut path = String::new();
            for (number, date) in dates.iter().enumerate() {
                let count = counts.get(*date).copied().unwrap_or_default();
                if count > 0 {
                    // What is there is seen, however little of the most it is.
                    let height = (u128::from(count) * u128::from(HEIGHT) / u128::from(most.max(1))).max(1);
                    let _ = write!(path, "M{} 0v-{height}", number * DAY + DAY / 2);
                }
            }
            let (first, last) = (dates.first().map_or("", |date| date), dates.last().map_or("", |date| date));
            let name = SERIES[*at].1;
            Chart {
                title: format!("{name} a day, {} at most", grouped(most)),
                span: format!("{first} to {last}"),
                name,
                width: dates.len().max(FEWEST_DAYS) * DAY,
                path,
                days: counts.iter().map(|(day, count)| (day.clone(), grouped(*count))).collect(),
            }
        };
        self.0.iter().map(chart).collect()
    }

    pub fn heads(&self) -> Vec<&'static str> {
        self.0.keys().map(|at| SERIES[*at].1).collect()
    }

    /// A line for each day, with a figure for each series.
    pub fn days(&self) -> Vec<(String, Vec<String>)> {
        let figure = |counts: &BTreeMap<String, u64>, date: &String| {
            counts.get(date).map_or_else(|| "–".to_owned(), |count| grouped(*count))
        };
        let day = |date: &String| (date.clone(), self.0.values().map(|counts| figure(counts, date)).collect());
        self.dates().into_iter().map(day).collect()
    }
}

/// All workspaces together.
pub fn of_fleet(report: &Report) -> Vec<Chart> {
    Figures::of(report.workspaces().map(|(_, workspace)| workspace)).charts()
}

/// 1,234,567
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::defenderctl::report::model::{Flow, Source};

    fn source(kind: SourceKind, counts: &[(&str, u64)]) -> Source {
        let daily_counts = Some(counts.iter().map(|(day, count)| ((*day).to_owned(), *count)).collect());
        let name = "x".to_owned();
        Source { kind, name, state: Flow::Flowing, reason: None, last_record_time: None, daily_counts, volume_mb: None }
    }

    #[test]
    fn what_comes_in_is_drawn_by_day_and_told_in_numbers() {
        let ingestion = vec![
            source(SourceKind::Incidents, &[("2026-11-26", 1), ("2026-11-28", 3)]),
            source(SourceKind::Table, &[("2026-11-26", 1_000_000), ("2026-11-27", 0), ("2026-11-28", u64::MAX)]),
            source(SourceKind::Table, &[("2026-11-28", 7)]),
        ];
        let workspace = Workspace { ingestion, ..Workspace::default() };
        let figures = Figures::of([&workspace].into_iter());
        let mut text = String::new();
        for chart in figures.charts() {
            text += &format!("{}, {} ({}): {}\n", chart.title, chart.span, chart.width, chart.path);
        }
        text += &format!("{:?} {:?}\n", figures.heads(), figures.days());
        expect![[r#"
            Incidents a day, 3 at most, 2026-11-26 to 2026-11-28 (98): M3 0v-10M17 0v-32
            Events in tables a day, 18,446,744,073,709,551,615 at most, 2026-11-26 to 2026-11-28 (98): M3 0v-1M17 0v-32
            ["Incidents", "Events in tables"] [("2026-11-26", ["1", "1,000,000"]), ("2026-11-27", ["–", "0"]), ("2026-11-28", ["3", "18,446,744,073,709,551,615"])]
        "#]].assert_eq(&text);
        assert!(Figures::of([&Workspace::default()].into_iter()).charts().is_empty());
    }
}
