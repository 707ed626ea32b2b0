//! The state of `azurerm`: which of its types become which resources of ours, and where ARM has what they call otherwise.

use serde_json::{Map, Value as Json, json};

use super::Object;
use crate::terraform::MoveSource;

/// The newest schema version that a row of the table was written from.
pub const NEWEST: i64 = 0;

/// One of its resource types.
struct Source {
    type_name: &'static str,
    /// The resource of ours that it becomes.
    resource: &'static str,
    /// Its attributes, each with its path below ARM's `properties`. What is missing here follows from the id.
    attributes: &'static [(&'static str, &'static str)],
}

const TENANT: &[(&str, &str)] = &[("tenant_id", "tenantId")];
const SUBSCRIPTION: &[(&str, &str)] = &[("subscription_id", "subscriptionId")];

/// Every type of which a resource of ours takes over state. Most connectors of azurerm switch their data types on when
/// they are made and never look again, so that their state tells nothing of them.
const SOURCES: &[Source] = &[
    Source {
        type_name: "azurerm_sentinel_data_connector_microsoft_threat_protection",
        resource: "defender_xdr_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_azure_advanced_threat_protection",
        resource: "defender_identity_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_microsoft_defender_advanced_threat_protection",
        resource: "defender_endpoint_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_office_atp",
        resource: "defender_office365_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_microsoft_cloud_app_security",
        resource: "defender_cloud_apps_connector",
        attributes: &[
            ("tenant_id", "tenantId"),
            ("alerts_enabled", "dataTypes/alerts/state"),
            ("discovery_logs_enabled", "dataTypes/discoveryLogs/state"),
        ],
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_azure_security_center",
        resource: "defender_cloud_connector",
        attributes: SUBSCRIPTION,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_iot",
        resource: "defender_iot_connector",
        attributes: SUBSCRIPTION,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_azure_active_directory",
        resource: "defender_entra_id_protection_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_office_irm",
        resource: "defender_insider_risk_connector",
        attributes: TENANT,
    },
    Source {
        type_name: "azurerm_sentinel_data_connector_microsoft_threat_intelligence",
        resource: "defender_threat_intelligence_connector",
        attributes: &[
            ("tenant_id", "tenantId"),
            ("microsoft_emerging_threat_feed_lookback_date", "dataTypes/microsoftEmergingThreatFeed/lookbackPeriod"),
        ],
    },
    Source {
        type_name: "azurerm_sentinel_alert_rule_ms_security_incident",
        resource: "defender_incident_rule",
        attributes: &[
            ("product_filter", "productFilter"),
            ("display_name", "displayName"),
            ("description", "description"),
            ("enabled", "enabled"),
            ("severity_filter", "severitiesFilter"),
            ("display_name_filter", "displayNamesFilter"),
            ("display_name_exclude_filter", "displayNamesExcludeFilter"),
            ("alert_rule_template_guid", "alertRuleTemplateName"),
        ],
    },
    Source {
        type_name: "azurerm_sentinel_log_analytics_workspace_onboarding",
        resource: "defender_workspace_onboarding",
        attributes: &[("customer_managed_key_enabled", "customerManagedKey")],
    },
    Source {
        type_name: "azurerm_log_analytics_workspace_table",
        resource: "defender_table_retention",
        attributes: &[
            ("plan", "plan"),
            ("retention_in_days", "retentionInDays"),
            ("total_retention_in_days", "totalRetentionInDays"),
        ],
    },
];

/// The types that become a resource of ours.
pub fn types_of(resource: &str) -> impl Iterator<Item = &'static str> {
    SOURCES.iter().filter(move |row| row.resource == resource).map(|row| row.type_name)
}

/// The resources of ours that the table names.
#[cfg(test)]
pub fn resources() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|row| row.resource)
}

/// What a state tells, or why it tells nothing; nothing of a type that is not in the table.
pub fn object(source: &MoveSource<'_>) -> Option<Result<Object, String>> {
    let row = SOURCES.iter().find(|row| row.type_name == source.type_name)?;
    let properties = properties(row, &source.state);
    let object = |properties| Object { what: row.type_name.to_owned(), resource: Some(row.resource), properties };
    Some(properties.map(object))
}

fn properties(row: &Source, state: &Json) -> Result<Json, String> {
    let mut properties = json!({});
    for (attribute, path) in row.attributes {
        let value = &state[*attribute];
        match value {
            // A number that was not given is 0 there, and what is read of an empty text is up to the resource.
            Json::Null => {}
            Json::Number(number) if number.as_f64() == Some(0.0) => {}
            Json::Bool(is_on) if path.ends_with("/state") => {
                put(&mut properties, path, if *is_on { "Enabled" } else { "Disabled" }.into());
            }
            Json::Bool(_) | Json::Number(_) | Json::String(_) => put(&mut properties, path, value.clone()),
            Json::Array(items) if items.iter().all(Json::is_string) => put(&mut properties, path, value.clone()),
            Json::Array(_) | Json::Object(_) => return Err(format!("its attribute {attribute} has another form")),
        }
    }
    Ok(properties)
}

/// Puts a value at a path, with the objects that it leads through.
fn put(object: &mut Json, path: &str, value: Json) {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Json::Object(fields) = object else { return };
    match rest {
        None => drop(fields.insert(first.to_owned(), value)),
        Some(rest) => put(fields.entry(first).or_insert_with(|| Json::Object(Map::new())), rest, value),
    }
}
