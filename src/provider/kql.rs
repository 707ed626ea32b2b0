//! The KQL that shows whether data comes in: for incidents, for a product's alerts, and for tables.

use crate::catalog::{HuntingTable, IncidentProduct};

/// Where what is counted comes from: a table, and what is counted of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The table that it reads.
    pub fn table_name(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }
}

/// One query for what came in of each of the named sources on each day of the last `look_back` days, and for the volume that was
/// billed of the `tables` in the last `days`. A source whose table is not there yet has no rows; the row without a source says
/// what the service's clock shows, and that the query ran.
///
/// Columns: `Source`, `Day`, `Count`, `First` and `Last` (the day's first and last record), `Megabytes`.
pub fn figures(sources: &[(&str, &Source)], tables: &[&str], look_back: i64, days: i64) -> String {
    let clock = "(print Source = \"\", Last = now())".to_owned();
    let legs = sources.iter().map(|(name, Source(source))| {
        format!(
            "(\n    {source}\n    | where TimeGenerated > ago({look_back}d)\n    \
             | summarize Count = count(), First = min(TimeGenerated), Last = max(TimeGenerated) by Day = bin(TimeGenerated, 1d)\n    \
             | extend Source = \"{name}\"\n)"
        )
    });
    let names = tables.iter().map(|table| format!("\"{table}\"")).collect::<Vec<_>>().join(", ");
    let volume = (!tables.is_empty()).then(|| {
        format!(
            "(\n    Usage\n    | where TimeGenerated > ago({days}d)\n    | where DataType in ({names})\n    \
             | summarize Megabytes = sum(Quantity) by Source = DataType\n)"
        )
    });
    let legs = std::iter::once(clock).chain(legs).chain(volume).collect::<Vec<_>>().join(", ");
    format!("union isfuzzy=true {legs}\n")
}

/// A chart of one line: how much came in on each of the last 14 days, from all sources together, days without any included.
/// A source whose table is not there yet counts as empty. It bounds the time itself: the query window sets the bounds of one that
/// does not, by default to a day.
pub fn daily_chart(sources: &[Source], legend: &str) -> String {
    let legs = sources.iter().map(|Source(source)| {
        format!(
            "(\n    {source}\n    | where TimeGenerated > ago(14d)\n    \
             | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)\n)"
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_query_asks_for_all_figures() {
        // Microsoft's own parser reads this file as well.
        let products = ["Microsoft Defender for Identity", "Microsoft Defender for Office 365"];
        let products = products.into_iter().filter_map(IncidentProduct::find);
        let mut sources = vec![("Microsoft Defender XDR", Source::incidents())];
        sources.extend(products.map(|product| (product.name, Source::alerts(product))));
        let tables = ["DeviceEvents", "EmailEvents"];
        sources.extend(tables.into_iter().filter_map(|table| Some((table, Source::table(table)?))));
        let sources: Vec<_> = sources.iter().map(|(name, source)| (*name, source)).collect();
        expect_test::expect_file!["../../tests/goldens/ingestion.kql"].assert_eq(&figures(&sources, &tables, 30, 14));
    }
}
