//! The KQL that shows whether data comes in: for incidents, for a product's alerts, and for tables.

use crate::catalog::{HuntingTable, IncidentProduct};

/// Where what is counted comes from: a table, and what is counted of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(String);

impl Source {
    /// Defender XDR's incidents, under both names that Sentinel has filed them by over the years.
    pub fn incidents() -> Self {
        let providers = r#"ProviderName in ("Microsoft 365 Defender", "Microsoft XDR")"#;
        Self(format!("SecurityIncident\n    | where {providers}"))
    }

    /// A product's alerts, under its name of today and under the one that Sentinel files them by.
    pub fn alerts(product: &IncidentProduct) -> Self {
        let names = format!("ProductName in~ (\"{}\", \"{}\")", product.product_filter, product.name);
        let provider = product.alert_provider.map(|name| format!("ProviderName == \"{name}\" or "));
        Self(format!("SecurityAlert\n    | where {}{names}", provider.unwrap_or_default()))
    }

    /// Everything in a table; nothing for what is not the name of one, which would bring KQL of its own.
    pub fn table(given: &str) -> Option<Self> {
        let table = HuntingTable::find(given).map_or_else(|| HuntingTable::bare_name(given), |row| row.name);
        let mut letters = table.chars();
        let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        let is_name = starts && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        is_name.then(|| Self(table.to_owned()))
    }
}

/// A chart of one line: how much came in on each of the last 14 days, from all sources together, days without any included.
/// A source whose table is not there yet counts as empty.
pub fn daily_chart(sources: &[Source], legend: &str) -> String {
    let legs = sources.iter().map(|Source(source)| {
        format!("(\n    {source}\n    | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)\n)")
    });
    let legs = legs.collect::<Vec<_>>().join(", ");
    // Days of one source are told apart from days without any; those of several add up.
    let total = if sources.len() > 1 { "sum" } else { "max" };
    format!(
        "let Now = now();\n\
         (range TimeGenerated from ago(14d) to Now-1d step 1d\n\
         | extend Count = 0\n\
         | union isfuzzy=true {legs}\n\
         | summarize Count={total}(Count) by bin_at(TimeGenerated, 1d, Now)\n\
         | sort by TimeGenerated\n\
         | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = \"{legend}\")\n\
         | render timechart\n"
    )
}
