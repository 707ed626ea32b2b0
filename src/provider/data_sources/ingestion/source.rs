//! What a configuration asks to look for: incidents, the alerts of products, and tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::IncidentProduct;
use crate::provider::engine::attributes::TABLES;
use crate::provider::kql;
use crate::terraform::Value;

pub const ALERTS: &str = "alerts";
pub const INCIDENTS: &str = "incidents";

/// What records are looked for.
#[derive(Debug)]
pub struct Source {
    /// `incidents`, `alerts` or `table`.
    pub kind: &'static str,
    /// The table, or the product.
    pub name: String,
    /// The table that they are in.
    pub table: String,
    pub records: kql::Source,
}

impl Source {
    fn new(kind: &'static str, name: &str, records: kql::Source) -> Self {
        Self { kind, name: name.to_owned(), table: records.table_name().to_owned(), records }
    }

    /// Everything that a configuration asks for, in a stable order.
    pub fn all(config: &Value) -> Vec<Self> {
        let incidents = (config.get(INCIDENTS).as_bool() == Some(true))
            .then(|| Self::new("incidents", "Microsoft Defender XDR", kql::Source::incidents()));
        let products = config.get(ALERTS).known_strings().into_iter().filter_map(IncidentProduct::find);
        let products: BTreeMap<_, _> = products.map(|row| (row.name, row)).collect();
        let alerts = products.into_iter().map(|(name, row)| Self::new("alerts", name, kql::Source::alerts(row)));
        // Two spellings of a table are one.
        let tables: BTreeSet<_> =
            config.get(TABLES).known_strings().into_iter().filter_map(kql::Source::table).collect();
        let tables = tables.into_iter().map(|records| {
            let name = records.table_name().to_owned();
            Self::new("table", &name, records)
        });
        incidents.into_iter().chain(alerts).chain(tables).collect()
    }
}
