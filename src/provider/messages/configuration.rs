//! What can be told from the configuration alone.

use super::{bullets, did_you_mean};
use crate::arm::IdError;
use crate::terraform::{AttributePath, Diagnostic};

pub fn bad_workspace_id(path: impl Into<AttributePath>, error: &IdError) -> Diagnostic {
    let IdError { found, expected, reason } = error;
    let (reason, whereabouts) = if uuid::Uuid::try_parse(found).is_ok() {
        (
            "it is a GUID, such as the workspace's customer id, which the portal calls Workspace ID",
            format!(
                " and not .workspace_id. The portal has the ARM id as Resource ID under JSON View on the workspace's Overview page, the \
                 Azure CLI under\n  az monitor log-analytics workspace list --query \"[?customerId=='{found}'].id\" --output tsv\nin the \
                 workspace's subscription."
            ),
        )
    } else {
        (reason.as_str(), ".".to_owned())
    };
    Diagnostic::error(
        "Not the id of a Log Analytics workspace",
        format!(
            "Found {found:?}: {reason}.\n\nGive the workspace's ARM id, in any casing:\n  {expected}\n\nWith the azurerm provider that is \
             azurerm_log_analytics_workspace.NAME.id{whereabouts}"
        ),
    )
    .at(path)
}

pub fn not_a_guid(path: impl Into<AttributePath>, what: &str, found: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Not a {what}"),
        format!("Found {found:?}; a {what} is a GUID such as 11111111-1111-4111-8111-111111111111."),
    )
    .at(path)
}

pub fn bad_name(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a resource name",
        format!("Found {found:?}; an ARM resource name is not empty, not '.' or '..', and has no '/', '\\\\', '?', '#' or '%' in it. Leave the attribute out to have one made."),
    )
    .at(path)
}

pub fn bad_duration(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a duration",
        format!("Found {found:?}; write a positive duration such as \"30m\", \"90s\" or \"1h30m\"."),
    )
    .at(path)
}

pub fn no_data_type_on(path: impl Into<AttributePath>, attributes: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "A connector with nothing to stream",
        format!(
            "Every data type is off ({}); the service keeps no such connector.\n\nSwitch at least one on, or remove the resource \
             to disconnect the product.",
            attributes.join(", ")
        ),
    )
    .at(path)
}

pub fn bad_date(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a date",
        format!(
            "Found {found:?}; write RFC 3339 with its offset, such as \"2025-01-01T00:00:00Z\", or \"1970-01-01T00:00:00Z\" for all \
             there is."
        ),
    )
    .at(path)
}

pub fn tenant_as_subscription(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "A tenant in place of a subscription",
        format!(
            "Found {found:?}, which is given as tenant_id too. The connector is of a subscription; tenant_id only says under whose \
             credentials it is managed.\n\nGive the subscription's id, or leave subscription_id out for the workspace's own."
        ),
    )
    .at(path)
}

pub fn unknown_alert_provider(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::warning(
        "An alert provider this version does not know",
        format!(
            "Found {found:?}; known are \"microsoftDefenderForCloudApps\" and \"microsoftDefenderForIdentity\". It is sent as \
             written; if that is a slip, the service will refuse it at apply."
        ),
    )
    .at(path)
}

pub fn unknown_product(path: impl Into<AttributePath>, found: &str, meant: Option<&str>, known: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        "A product this version does not know",
        format!(
            "Found {found:?}; known are:\n{}\n\n{}It is sent as the rule's product filter as written; if that is a slip, the service \
             will refuse it at apply, or the rule will match no alert.",
            bullets(known),
            did_you_mean(meant)
        ),
    )
    .at(path)
}

pub fn unknown_severity(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an alert severity",
        format!("Found {found:?}; write \"High\", \"Medium\", \"Low\" or \"Informational\", or leave the attribute out for all of them."),
    )
    .at(path)
}

pub fn empty_text(path: impl Into<AttributePath>, what: &str) -> Diagnostic {
    Diagnostic::error(format!("An empty {what}"), format!("Found \"\"; the service keeps no empty {what}.")).at(path)
}

pub fn empty_set(path: impl Into<AttributePath>, what: &str, way_out: &str) -> Diagnostic {
    Diagnostic::error(format!("No {what} at all"), format!("The set is empty. {way_out}")).at(path)
}

pub fn unknown_table(path: impl Into<AttributePath>, found: &str, meant: Option<&str>) -> Diagnostic {
    Diagnostic::warning(
        "A hunting table this version does not know",
        format!(
            "Found {found:?}, which is not among the tables Microsoft lists for streaming. {}It is asked for as written; if that is a \
             slip, the Defender API will refuse it at apply.",
            did_you_mean(meant)
        ),
    )
    .at(path)
}

pub fn table_not_streamed(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "A table that does not stream",
        format!(
            "Found {found:?}: the tables of Microsoft Defender Vulnerability Management (DeviceTvm...) are in the Defender portal's advanced \
             hunting and, as users report, cannot be streamed to Microsoft Sentinel.\n\nTake it out; advanced hunting in the Defender portal \
             has what it holds."
        ),
    )
    .at(path)
}

pub fn table_twice(path: impl Into<AttributePath>, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(
        "A hunting table named twice",
        format!("{first:?} and {second:?} are one table: \"AdvancedHunting-X\" and \"X\" are the same, in any casing. Keep one of them."),
    )
    .at(path)
}
