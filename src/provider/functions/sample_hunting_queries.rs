//! Sample hunting queries of a table, to try on data that has just begun to come in.

use std::fmt::Write as _;

use crate::catalog::{HUNTING_TABLES, HuntingQuery, HuntingTable};
use crate::terraform::{ArgumentError, Function, Object, Parameter, Signature, Type, Value};

/// The sample queries of a table.
pub struct SampleHuntingQueries;

/// The queries of every table, for the page.
fn shown() -> String {
    let mut text = String::new();
    for row in HUNTING_TABLES {
        let _ = write!(text, "\n\n### {}\n\n{}.", row.name, row.description);
        for query in HuntingQuery::of_table(row.name) {
            let _ = write!(text, "\n\n{}:\n\n```kusto\n{}\n```", query.title, query.query);
        }
    }
    text
}

impl Function for SampleHuntingQueries {
    fn name(&self) -> &str {
        "sample_hunting_queries"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Sample hunting queries of a table".to_owned(),
            description: format!(
                "Gives two or three KQL queries by which a hunter may begin with an advanced-hunting table, by their titles. Each reads that \
                 table alone. A workspace answers a query of a table that never had data with an error.\n\n**Known** (Microsoft's \
                 reference of each table): the columns that they read. **Reported by users**: those of `EmailAttachmentInfo` and \
                 `EmailPostDeliveryEvents`. **Not verified**: the queries on real data.\n\n## The queries{}\n\nThresholds and file names in them are a start, to be fitted \
                 to the tenant.",
                shown()
            ),
            parameters: vec![Parameter {
                name: "table",
                ty: Type::String,
                description: "Name of the hunting table, such as `DeviceEvents`, in any casing, with or without the prefix `AdvancedHunting-`."
                    .to_owned(),
            }],
            returns: Type::map(Type::String),
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let row = HuntingTable::find(given).ok_or_else(|| {
            let known: Vec<_> = HUNTING_TABLES.iter().map(|row| row.name).collect();
            let meant = HuntingTable::meant_by(given).map(|name| format!("; did you mean \"{name}\"?"));
            let message = format!("{given:?} is none of {}{}", known.join(", "), meant.unwrap_or_default());
            ArgumentError { argument: Some(0), message }
        })?;
        let queries = HuntingQuery::of_table(row.name);
        Ok(Value::Object(queries.map(|row| (row.title.to_owned(), row.query.into())).collect::<Object>()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn called(table: &str) -> String {
        match SampleHuntingQueries.call(&[table.into()]) {
            Ok(queries) => {
                format!("{table}: {}\n", queries.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(", "))
            }
            Err(error) => format!("{:?}: {}\n", error.argument, error.message),
        }
    }

    #[test]
    fn a_table_goes_by_any_of_its_spellings_and_others_are_refused() {
        let shown = ["advancedhunting-deviceevents", "UrlClickEvents", "DeviceEvnts", "SigninLogs", "\" | take 1"];
        expect![[r#"
            advancedhunting-deviceevents: Antivirus detections, Attack surface reduction rules that fired, Scheduled tasks created
            UrlClickEvents: Allowed clicks on what is phishing or malware, Clicks that went on past a warning
            Some(0): "DeviceEvnts" is none of DeviceInfo, DeviceNetworkInfo, DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents, DeviceRegistryEvents, DeviceLogonEvents, DeviceImageLoadEvents, DeviceEvents, DeviceFileCertificateInfo, EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents, UrlClickEvents, IdentityLogonEvents, IdentityQueryEvents, IdentityDirectoryEvents, CloudAppEvents, AlertInfo, AlertEvidence; did you mean "DeviceEvents"?
            Some(0): "SigninLogs" is none of DeviceInfo, DeviceNetworkInfo, DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents, DeviceRegistryEvents, DeviceLogonEvents, DeviceImageLoadEvents, DeviceEvents, DeviceFileCertificateInfo, EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents, UrlClickEvents, IdentityLogonEvents, IdentityQueryEvents, IdentityDirectoryEvents, CloudAppEvents, AlertInfo, AlertEvidence
            Some(0): "\" | take 1" is none of DeviceInfo, DeviceNetworkInfo, DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents, DeviceRegistryEvents, DeviceLogonEvents, DeviceImageLoadEvents, DeviceEvents, DeviceFileCertificateInfo, EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents, UrlClickEvents, IdentityLogonEvents, IdentityQueryEvents, IdentityDirectoryEvents, CloudAppEvents, AlertInfo, AlertEvidence
        "#]].assert_eq(&shown.map(called).concat());
    }
}
