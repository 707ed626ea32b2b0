//! KQL that shows whether data comes in: the charts of the connector page, for incidents and for one hunting table.

use crate::catalog::HuntingTable;
use crate::terraform::{ArgumentError, Function, Parameter, Signature, Type, Value};

/// The names under which Sentinel has filed Defender XDR's incidents over the years.
const INCIDENT_PROVIDERS: &str = r#"ProviderName in ("Microsoft 365 Defender", "Microsoft XDR")"#;

/// How many incidents came in each day.
pub struct IncidentQuery;

/// How many events came into a table each day.
pub struct IngestionQuery;

/// Daily counts of the last 14 days, days without any included.
fn chart(source: &str) -> String {
    format!(
        "let Now = now();\n\
         (range TimeGenerated from ago(14d) to Now-1d step 1d\n\
         | extend Count = 0\n\
         | union isfuzzy=true (\n    {source}\n    | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)\n)\n\
         | summarize Count=max(Count) by bin_at(TimeGenerated, 1d, Now)\n\
         | sort by TimeGenerated\n\
         | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = \"Events\")\n\
         | render timechart\n"
    )
}

impl Function for IncidentQuery {
    fn name(&self) -> &str {
        "incident_query"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "KQL that charts incoming Defender XDR incidents".to_owned(),
            description: "Gives the KQL query that charts how many Defender XDR incidents came in on each of the last 14 days. It \
                counts incidents under both provider names that Sentinel has used: `Microsoft 365 Defender` and `Microsoft XDR`.\n\n\
                For the incidents themselves, in the workspace's query window:\n\n\
                ```kusto\nSecurityIncident\n| where ProviderName in (\"Microsoft 365 Defender\", \"Microsoft XDR\")\n```\n\n\
                Alerts are in the table `SecurityAlert`."
                .to_owned(),
            parameters: Vec::new(),
            returns: Type::String,
        }
    }

    fn call(&self, _arguments: &[Value]) -> Result<Value, ArgumentError> {
        Ok(chart(&format!("SecurityIncident\n    | where {INCIDENT_PROVIDERS}")).into())
    }
}

impl Function for IngestionQuery {
    fn name(&self) -> &str {
        "ingestion_query"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "KQL that charts incoming events of one table".to_owned(),
            description: "Gives the KQL query that charts how many events came into a table on each of the last 14 days. It also runs \
                before the table has any data."
                .to_owned(),
            parameters: vec![Parameter {
                name: "table",
                ty: Type::String,
                description: "Name of the table, such as `DeviceEvents`; a hunting table may carry the prefix `AdvancedHunting-`.".to_owned(),
            }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let table = HuntingTable::find(given).map_or_else(|| HuntingTable::bare_name(given), |row| row.name);
        let mut letters = table.chars();
        let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !starts || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            let message = format!(
                "{given:?} is not the name of a table: letters, digits and underscores, such as \"DeviceEvents\""
            );
            return Err(ArgumentError { argument: Some(0), message });
        }
        Ok(chart(table).into())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn queries_are_those_of_the_connector_page() {
        let incidents = IncidentQuery.call(&[]).map(|query| query.as_str().unwrap_or_default().to_owned());
        let table =
            IngestionQuery.call(&["deviceevents".into()]).map(|query| query.as_str().unwrap_or_default().to_owned());
        expect![[r#"
            let Now = now();
            (range TimeGenerated from ago(14d) to Now-1d step 1d
            | extend Count = 0
            | union isfuzzy=true (
                SecurityIncident
                | where ProviderName in ("Microsoft 365 Defender", "Microsoft XDR")
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            )
            | summarize Count=max(Count) by bin_at(TimeGenerated, 1d, Now)
            | sort by TimeGenerated
            | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = "Events")
            | render timechart
            ---
            let Now = now();
            (range TimeGenerated from ago(14d) to Now-1d step 1d
            | extend Count = 0
            | union isfuzzy=true (
                DeviceEvents
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            )
            | summarize Count=max(Count) by bin_at(TimeGenerated, 1d, Now)
            | sort by TimeGenerated
            | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = "Events")
            | render timechart
        "#]]
        .assert_eq(&format!("{}---\n{}", incidents.unwrap_or_default(), table.unwrap_or_default()));
    }

    #[test]
    fn a_table_name_brings_no_kql_of_its_own() {
        let refused: Vec<_> = ["", "A | take 1", "1st", "Tab\nle", "AdvancedHunting-"]
            .map(|table| IngestionQuery.call(&[table.into()]).err().and_then(|error| error.argument))
            .into();
        assert_eq!(refused, [Some(0); 5]);
    }
}
