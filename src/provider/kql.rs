//! The KQL that shows whether data comes in: for incidents, for a product's alerts, and for tables.

use crate::catalog::{HuntingTable, INCIDENT_PRODUCTS, IncidentProduct};

/// What alerts of Defender XDR's own go by, today and before.
const XDR: [&str; 2] = ["Microsoft Defender XDR", "Microsoft 365 Defender"];

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
        Self::alerts_of(&[product], &[])
    }

    /// The alerts of all products that Defender XDR makes incidents of, and its own.
    pub fn xdr_alerts() -> Self {
        let products: Vec<_> = INCIDENT_PRODUCTS.iter().filter(|product| product.in_xdr).collect();
        Self::alerts_of(&products, &XDR)
    }

    fn alerts_of(products: &[&IncidentProduct], others: &[&str]) -> Self {
        let names = products.iter().flat_map(|product| [product.product_filter, product.name]);
        let names =
            names.chain(others.iter().copied()).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let providers = products.iter().filter_map(|product| product.alert_provider);
        let providers: String = providers.map(|name| format!("ProviderName == \"{name}\" or ")).collect();
        Self(format!("SecurityAlert\n    | where {providers}ProductName in~ ({names})"))
    }

    /// Everything in a table; nothing for what is not the name of one, which would bring KQL of its own.
    pub fn table(given: &str) -> Option<Self> {
        let table = HuntingTable::find(given).map_or_else(|| HuntingTable::bare_name(given), |row| row.name);
        let mut letters = table.chars();
        let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        let is_name = starts && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        is_name.then(|| Self(table.to_owned()))
    }

    /// The name of the table, where it is everything in one.
    pub fn name(&self) -> &str {
        self.0.split('\n').next().unwrap_or_default()
    }
}

/// A chart of one line: how much came in on each of the last 14 days, from all sources together, days without any included.
/// A source whose table is not there yet counts as empty.
pub fn daily_chart(sources: &[Source], legend: &str) -> String {
    format!("let Now = now();\n{}\n| render timechart\n", line(sources, legend))
}

/// A chart of several lines, each as [`daily_chart`] has it, over the same days.
pub fn daily_charts(lines: &[(&str, &[Source])]) -> String {
    let lines = lines.iter().map(|(legend, sources)| line(sources, legend)).collect::<Vec<_>>().join(",\n");
    format!("let Now = now();\nunion\n{lines}\n| render timechart\n")
}

fn line(sources: &[Source], legend: &str) -> String {
    let legs = sources.iter().map(|Source(source)| {
        format!("(\n    {source}\n    | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)\n)")
    });
    let legs = legs.collect::<Vec<_>>().join(", ");
    // Days of one source are told apart from days without any; those of several add up.
    let total = if sources.len() > 1 { "sum" } else { "max" };
    format!(
        "(range TimeGenerated from ago(14d) to Now-1d step 1d\n\
         | extend Count = 0\n\
         | union isfuzzy=true {legs}\n\
         | summarize Count={total}(Count) by bin_at(TimeGenerated, 1d, Now)\n\
         | sort by TimeGenerated\n\
         | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = \"{legend}\")"
    )
}
