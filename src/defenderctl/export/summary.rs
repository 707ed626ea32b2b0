//! What was found, in a table: by workspace and type, how much is managed already and how much was written.

use std::collections::BTreeMap;
use std::fmt;

use super::blocks::Written;
use crate::defenderctl::terminal;

/// The table, and a sentence under it.
pub struct Summary(BTreeMap<(String, String), Counted>);

#[derive(Clone, Copy, Default)]
struct Counted {
    found: usize,
    managed: usize,
}

impl Summary {
    pub fn of(written: &Written) -> Self {
        let mut rows = BTreeMap::<_, Counted>::new();
        for entry in &written.0 {
            let row = rows.entry((entry.place.clone(), entry.type_name.clone())).or_default();
            row.found += 1;
            row.managed += usize::from(entry.is_managed);
        }
        Self(rows)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = |counted: &Counted| {
            [counted.found, counted.managed, counted.found - counted.managed].map(|number| number.to_string())
        };
        let rows = self.0.iter().map(|((place, of), counted)| {
            let [found, managed, written] = numbers(counted);
            [place.clone(), of.clone(), found, managed, written]
        });
        let names = ["workspace", "type", "found", "managed already", "exported"];
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            writeln!(f, "{}", terminal::table(names, &rows))?;
        }
        let (found, managed) = self.0.values().fold((0, 0), |sum, row| (sum.0 + row.found, sum.1 + row.managed));
        write!(f, "{} exported, {managed} managed already.", found - managed)
    }
}
