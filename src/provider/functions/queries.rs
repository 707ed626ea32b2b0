//! KQL that shows whether data comes in: the charts of the connector page, for incidents, alerts and events.

use std::collections::BTreeSet;

use crate::catalog::{INCIDENT_PRODUCTS, IncidentProduct};
use crate::provider::kql::{Source, daily_chart};
use crate::terraform::{ArgumentError, Function, Parameter, Signature, Type, Value};

/// How many incidents came in each day.
pub struct IncidentQuery;

/// How many alerts of a product came in each day.
pub struct AlertQuery;

/// How many events came into a table each day.
pub struct IngestionQuery;

/// How many events came into all of some tables each day.
pub struct AllEventsQuery;

const TABLE: &str =
    "Name of the table, such as `DeviceEvents`; a hunting table may carry the prefix `AdvancedHunting-`.";

/// The table that an argument, or an element of one, names.
fn table(given: &str) -> Result<Source, ArgumentError> {
    Source::table(given).ok_or_else(|| {
        let message =
            format!("{given:?} is not the name of a table: letters, digits and underscores, such as \"DeviceEvents\"");
        ArgumentError { argument: Some(0), message }
    })
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
        Ok(daily_chart(&[Source::incidents()], "Events").into())
    }
}

impl Function for AlertQuery {
    fn name(&self) -> &str {
        "alert_query"
    }

    fn signature(&self) -> Signature {
        let products: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| row.name).collect();
        Signature {
            summary: "KQL that charts incoming alerts of one product".to_owned(),
            description: format!(
                "Gives the KQL query that charts how many alerts of a product came into the workspace on each of the last 14 days.\n\n\
                 The products: {}.\n\n**Known** (Microsoft's own connector pages): alerts are in `SecurityAlert`, under the product's \
                 former name, and those of Microsoft Defender for Office 365 under the provider `OATP`. The first alerts of Microsoft \
                 Defender for Identity can take a day.\n\n**Not verified**: whether alerts ever come under a product's name of today; \
                 they are counted if so.",
                products.join(", ")
            ),
            parameters: vec![Parameter {
                name: "product",
                ty: Type::String,
                description: "Today's name of the product, or ARM's, in any casing.".to_owned(),
            }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let product = IncidentProduct::find(given).ok_or_else(|| {
            let meant = IncidentProduct::meant_by(given).map(|name| format!("; did you mean \"{name}\"?"));
            let known: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| row.name).collect();
            let message = format!("{given:?} is none of {}{}", known.join(", "), meant.unwrap_or_default());
            ArgumentError { argument: Some(0), message }
        })?;
        Ok(daily_chart(&[Source::alerts(product)], "Alerts").into())
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
            parameters: vec![Parameter { name: "table", ty: Type::String, description: TABLE.to_owned() }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().and_then(Value::as_str).unwrap_or_default();
        Ok(daily_chart(&[table(given)?], "Events").into())
    }
}

impl Function for AllEventsQuery {
    fn name(&self) -> &str {
        "all_events_query"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "KQL that charts incoming events of several tables as one line".to_owned(),
            description: "Gives the KQL query that charts how many events came into all of some tables together on each of the last 14 \
                days: the line of events on the connector's page. It also runs before the tables have any data."
                .to_owned(),
            parameters: vec![Parameter {
                name: "tables",
                ty: Type::set(Type::String),
                description: "Names of the tables, such as those of a `defender_hunting_tables` block.".to_owned(),
            }],
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().map(Value::known_strings).unwrap_or_default();
        if given.is_empty() {
            let message = "it is empty; name at least one table, such as \"DeviceEvents\"".to_owned();
            return Err(ArgumentError { argument: Some(0), message });
        }
        // A table under two spellings would count twice.
        let tables = given.into_iter().map(table).collect::<Result<BTreeSet<_>, _>>()?;
        Ok(daily_chart(&Vec::from_iter(tables), "Events").into())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn called(function: &dyn Function, arguments: &[Value]) -> String {
        match function.call(arguments) {
            Ok(query) => query.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("{:?}: {}\n", error.argument, error.message),
        }
    }

    #[test]
    fn queries_are_those_of_the_connector_page() {
        let shown = [
            called(&IncidentQuery, &[]),
            called(&IngestionQuery, &["deviceevents".into()]),
            called(&AlertQuery, &["microsoft defender for identity".into()]),
            called(&AlertQuery, &["Office 365 Advanced Threat Protection".into()]),
            called(
                &AllEventsQuery,
                &[Value::strings(["AdvancedHunting-DeviceEvents", "CloudAppEvents", "My_CL", "deviceevents"])],
            ),
        ];
        expect![[r#"
            let Now = now();
            (range TimeGenerated from ago(14d) to Now-1d step 1d
            | extend Count = 0
            | union isfuzzy=true (
                SecurityIncident
                | where ProviderName in ("Microsoft 365 Defender", "Microsoft XDR")
                | where TimeGenerated > ago(14d)
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
                | where TimeGenerated > ago(14d)
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
                SecurityAlert
                | where ProductName in~ ("Azure Advanced Threat Protection", "Microsoft Defender for Identity")
                | where TimeGenerated > ago(14d)
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            )
            | summarize Count=max(Count) by bin_at(TimeGenerated, 1d, Now)
            | sort by TimeGenerated
            | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = "Alerts")
            | render timechart
            ---
            let Now = now();
            (range TimeGenerated from ago(14d) to Now-1d step 1d
            | extend Count = 0
            | union isfuzzy=true (
                SecurityAlert
                | where ProviderName == "OATP" or ProductName in~ ("Office 365 Advanced Threat Protection", "Microsoft Defender for Office 365")
                | where TimeGenerated > ago(14d)
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            )
            | summarize Count=max(Count) by bin_at(TimeGenerated, 1d, Now)
            | sort by TimeGenerated
            | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = "Alerts")
            | render timechart
            ---
            let Now = now();
            (range TimeGenerated from ago(14d) to Now-1d step 1d
            | extend Count = 0
            | union isfuzzy=true (
                CloudAppEvents
                | where TimeGenerated > ago(14d)
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            ), (
                DeviceEvents
                | where TimeGenerated > ago(14d)
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            ), (
                My_CL
                | where TimeGenerated > ago(14d)
                | summarize Count = count() by bin_at(TimeGenerated, 1d, Now)
            )
            | summarize Count=sum(Count) by bin_at(TimeGenerated, 1d, Now)
            | sort by TimeGenerated
            | project Value = iff(isnull(Count), 0, Count), Time = TimeGenerated, Legend = "Events")
            | render timechart
        "#]].assert_eq(&shown.join("---\n"));
    }

    #[test]
    fn what_is_no_table_and_no_product_is_refused() {
        let shown = [
            called(&AlertQuery, &["Defender for Identty".into()]),
            called(&AlertQuery, &["\" or true".into()]),
            called(&AllEventsQuery, &[Value::strings(["DeviceEvents", "A | take 1"])]),
            called(&AllEventsQuery, &[Value::List(Vec::new())]),
        ];
        expect![[r#"
            Some(0): "Defender for Identty" is none of Microsoft Defender for Identity, Microsoft Defender for Endpoint, Microsoft Defender for Office 365, Microsoft Defender for Cloud Apps, Microsoft Defender for Cloud, Microsoft Entra ID Protection, Microsoft Defender for IoT; did you mean "Microsoft Defender for Identity"?
            Some(0): "\" or true" is none of Microsoft Defender for Identity, Microsoft Defender for Endpoint, Microsoft Defender for Office 365, Microsoft Defender for Cloud Apps, Microsoft Defender for Cloud, Microsoft Entra ID Protection, Microsoft Defender for IoT
            Some(0): "A | take 1" is not the name of a table: letters, digits and underscores, such as "DeviceEvents"
            Some(0): it is empty; name at least one table, such as "DeviceEvents"
        "#]].assert_eq(&shown.concat());
    }

    #[test]
    fn a_table_name_brings_no_kql_of_its_own() {
        let refused: Vec<_> = ["", "A | take 1", "1st", "Tab\nle", "AdvancedHunting-"]
            .map(|table| IngestionQuery.call(&[table.into()]).err().and_then(|error| error.argument))
            .into();
        assert_eq!(refused, [Some(0); 5]);
    }
}
