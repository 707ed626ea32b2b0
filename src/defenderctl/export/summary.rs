//! What was found, in a table: by workspace and type, how much is managed already and how much was written; and what no
//! resource is for.

use std::collections::BTreeMap;
use std::fmt;

use super::blocks::Written;
use crate::defenderctl::terminal;

/// The table, and a sentence under it.
pub struct Summary {
    /// By place and type.
    rows: BTreeMap<(String, String), Counted>,
    /// How much could not be read.
    unread: usize,
}

#[derive(Clone, Copy, Default)]
struct Counted {
    exported: usize,
    managed: usize,
    unmanaged: usize,
}

impl Summary {
    /// `unmanaged` counts what no resource is for, by the places' ids in lower case and the kinds.
    pub fn of(written: &Written, unmanaged: &BTreeMap<(String, String), usize>, unread: usize) -> Self {
        let mut rows = BTreeMap::<_, Counted>::new();
        for entry in &written.entries {
            let row = rows.entry((entry.place.clone(), entry.type_name.clone())).or_default();
            *(if entry.is_managed { &mut row.managed } else { &mut row.exported }) += 1;
        }
        for ((place, kind), count) in unmanaged {
            let place = written.places.get(place).unwrap_or(place).clone();
            rows.entry((place, format!("(kind {kind})"))).or_default().unmanaged += count;
        }
        Self { rows, unread }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sum = Counted::default();
        let rows = self.rows.iter().map(|((place, of), counted)| {
            let Counted { exported, managed, unmanaged } = *counted;
            sum.exported += exported;
            sum.managed += managed;
            sum.unmanaged += unmanaged;
            let numbers = [exported + managed + unmanaged, managed, unmanaged, exported];
            let [found, managed, unmanaged, exported] = numbers.map(|number| number.to_string());
            [place.clone(), of.clone(), found, managed, unmanaged, exported]
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            let names = ["workspace", "type", "found", "managed already", "no resource", "exported"];
            writeln!(f, "{}", terminal::table(names, &rows))?;
        }
        let Counted { exported, managed, unmanaged } = sum;
        write!(f, "{exported} exported, {managed} managed already, {unmanaged} of kinds that no resource is for")?;
        match self.unread {
            0 => write!(f, "."),
            unread => write!(f, "; {unread} could not be read, as told above."),
        }
    }
}
