//! The kinds of data connector as one table: since when, keyed by what, with which required properties and data types.
//! Facts only \[spec, read at the previews\]; what is done with them lives in `data_connectors`.

use super::api_version::ApiVersion;

/// One kind.
#[derive(Debug)]
pub struct Kind {
    /// The ARM name.
    pub name: &'static str,
    /// The first stable version that has it.
    pub stable_since: Option<&'static str>,
    /// The first preview version that has it.
    pub preview_since: Option<&'static str>,
    /// The property that, with the kind, must be unique in a workspace.
    pub context: Option<&'static str>,
    /// Required properties beside data types.
    pub required: &'static [&'static str],
    /// Properties that are kept as sent.
    pub optional: &'static [&'static str],
    /// The data types.
    pub data_types: &'static [DataType],
    /// Whether the kind has a requirements check.
    pub check: bool,
    /// Whether writes are refused once the Defender portal has taken the workspace over \[seen; OfficeATP inferred\].
    pub portal_locks: bool,
}

/// One data type of a kind.
#[derive(Debug)]
pub struct DataType {
    /// Its name below `dataTypes`.
    pub name: &'static str,
    /// Whether a body must have it.
    pub required: bool,
    /// The first preview that knows it, when younger than the kind.
    pub preview_since: Option<&'static str>,
    /// The first version that refuses it.
    pub gone_since: Option<&'static str>,
    /// Whether `lookbackPeriod` is required in it.
    pub lookback: bool,
}

const fn required(name: &'static str) -> DataType {
    DataType { name, required: true, preview_since: None, gone_since: None, lookback: false }
}

const fn optional(name: &'static str) -> DataType {
    DataType { required: false, ..required(name) }
}

const ALERTS: &[DataType] = &[required("alerts")];
const LOGS: &[DataType] = &[required("logs")];

/// A kind of a Microsoft product, keyed by tenant.
const fn of_tenant(name: &'static str, preview_since: &'static str, data_types: &'static [DataType]) -> Kind {
    Kind {
        name,
        stable_since: None,
        preview_since: Some(preview_since),
        context: Some("tenantId"),
        required: &["tenantId"],
        optional: &[],
        data_types,
        check: true,
        portal_locks: false,
    }
}

const fn stable_since(kind: Kind, version: &'static str) -> Kind {
    Kind { stable_since: Some(version), ..kind }
}

const fn locked(kind: Kind) -> Kind {
    Kind { portal_locks: true, ..kind }
}

/// Every kind there is in preview 2025-10-01, which 2026-08-01 has as well, and the one that stable 2026-07-01 alone has.
pub const KINDS: &[Kind] = &[
    // The Defender family.
    locked(Kind {
        optional: &["filteredProviders"],
        ..of_tenant(
            "MicrosoftThreatProtection",
            "2021-03-01",
            &[required("incidents"), DataType { preview_since: Some("2023-02-01"), ..optional("alerts") }],
        )
    }),
    locked(stable_since(of_tenant("MicrosoftDefenderAdvancedThreatProtection", "2021-03-01", ALERTS), "2020-01-01")),
    locked(stable_since(of_tenant("AzureAdvancedThreatProtection", "2021-03-01", ALERTS), "2020-01-01")),
    locked(stable_since(
        of_tenant("MicrosoftCloudAppSecurity", "2021-03-01", &[required("alerts"), optional("discoveryLogs")]),
        "2020-01-01",
    )),
    locked(of_tenant("OfficeATP", "2021-03-01", ALERTS)),
    locked(stable_since(of_tenant("AzureActiveDirectory", "2021-03-01", ALERTS), "2020-01-01")),
    stable_since(
        Kind {
            context: Some("subscriptionId"),
            required: &[],
            optional: &["subscriptionId"],
            ..of_tenant("AzureSecurityCenter", "2021-03-01", ALERTS)
        },
        "2020-01-01",
    ),
    Kind {
        context: Some("subscriptionId"),
        required: &[],
        optional: &["subscriptionId"],
        ..of_tenant("IOT", "2022-01-01", ALERTS)
    },
    of_tenant("OfficeIRM", "2021-09-01", ALERTS),
    stable_since(
        of_tenant(
            "MicrosoftThreatIntelligence",
            "2021-03-01",
            &[
                DataType { lookback: true, ..required("microsoftEmergingThreatFeed") },
                DataType { gone_since: Some("2023-03-01"), ..optional("bingSafetyPhishingURL") },
            ],
        ),
        "2024-09-01",
    ),
    stable_since(
        Kind {
            required: &["tenantId", "lookbackPeriod"],
            optional: &["requiredSKUsPresent"],
            check: false,
            ..of_tenant("PremiumMicrosoftDefenderForThreatIntelligence", "2025-07-01", &[required("connector")])
        },
        "2024-09-01",
    ),
    // Other Microsoft products.
    stable_since(
        Kind {
            check: false,
            ..of_tenant("Office365", "2021-03-01", &[required("exchange"), required("sharePoint"), required("teams")])
        },
        "2020-01-01",
    ),
    of_tenant("Office365Project", "2021-10-01", LOGS),
    of_tenant("OfficePowerBI", "2021-10-01", LOGS),
    of_tenant("MicrosoftPurviewInformationProtection", "2023-02-01", LOGS),
    Kind {
        optional: &["connectorDefinitionName", "sourceType", "dcrConfig"],
        ..of_tenant("PurviewAudit", "2024-10-01", LOGS)
    },
    of_tenant("Dynamics365", "2021-03-01", &[required("dynamics365CdsActivities")]),
    stable_since(
        Kind {
            optional: &["tipLookbackPeriod"],
            ..of_tenant("ThreatIntelligence", "2021-03-01", &[required("indicators")])
        },
        "2020-01-01",
    ),
    Kind {
        required: &["tenantId", "pollingFrequency"],
        context: None,
        optional: &["workspaceId", "friendlyName", "taxiiServer", "collectionId", "userName", "taxiiLookbackPeriod"],
        ..of_tenant("ThreatIntelligenceTaxii", "2021-03-01", &[required("taxiiClient")])
    },
    // Other clouds and generic connectors.
    stable_since(
        Kind {
            context: Some("awsRoleArn"),
            required: &[],
            optional: &["awsRoleArn"],
            ..of_tenant("AmazonWebServicesCloudTrail", "2021-03-01", LOGS)
        },
        "2020-01-01",
    ),
    Kind {
        context: None,
        required: &["destinationTable", "sqsUrls", "roleArn"],
        ..of_tenant("AmazonWebServicesS3", "2021-09-01", LOGS)
    },
    Kind {
        context: None,
        required: &["connectorDefinitionName", "auth", "request"],
        optional: &["dcrConfig"],
        check: false,
        ..of_tenant("GCP", "2023-05-01", &[])
    },
    stable_since(
        Kind {
            context: None,
            required: &["connectorDefinitionName", "auth", "request"],
            optional: &["dcrConfig", "isActive", "dataType", "response", "paging", "addOnAttributes"],
            check: false,
            ..of_tenant("RestApiPoller", "2024-01-01", &[])
        },
        "2024-09-01",
    ),
    Kind {
        context: None,
        required: &[],
        optional: &["connectorUiConfig"],
        check: false,
        ..of_tenant("GenericUI", "2021-03-01", &[])
    },
    Kind {
        context: None,
        required: &[],
        optional: &["connectorUiConfig", "pollingConfig"],
        check: false,
        ..of_tenant("APIPolling", "2021-09-01", &[])
    },
    // The preview of the same summer does not name it [spec: the enums].
    Kind {
        stable_since: Some("2026-07-01"),
        preview_since: None,
        context: None,
        required: &["connectorDefinitionName", "dcrConfig"],
        check: false,
        ..of_tenant("Push", "", &[])
    },
];

/// Kinds whose connectors Defender XDR brings along \[doc\].
pub const XDR_COMPONENTS: [&str; 4] = [
    "AzureAdvancedThreatProtection",
    "MicrosoftCloudAppSecurity",
    "MicrosoftDefenderAdvancedThreatProtection",
    "OfficeATP",
];

/// The property whose date is shown in another form than it was sent in, and the form \[seen: the azurerm provider reads
/// both\].
pub const RESHAPED_DATE: (&str, &str) = ("/dataTypes/microsoftEmergingThreatFeed/lookbackPeriod", "%m/%d/%Y %H:%M:%S");

/// The Defender XDR connector itself.
pub const XDR: &str = "MicrosoftThreatProtection";

/// The kind of this name, whatever its case.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

impl Kind {
    /// Whether a version has this kind.
    pub fn is_in(&self, version: &ApiVersion) -> bool {
        let since = if version.preview { self.preview_since } else { self.stable_since };
        since.is_some_and(|since| version.date.as_str() >= since)
    }

    /// Whether a version shows this property; only `filteredProviders` is younger than its kind.
    pub fn shows(&self, property: &str, version: &ApiVersion) -> bool {
        property != "filteredProviders" || version.is_preview_since("2023-02-01")
    }

    /// The data type of this name.
    pub fn data_type(&self, name: &str) -> Option<&'static DataType> {
        self.data_types.iter().find(|data_type| data_type.name == name)
    }
}

impl DataType {
    /// Whether a version shows this data type.
    pub fn is_in(&self, version: &ApiVersion) -> bool {
        self.preview_since.is_none_or(|since| version.is_preview_since(since)) && !self.is_gone_in(version)
    }

    /// Whether a version refuses this data type, having dropped it.
    pub fn is_gone_in(&self, version: &ApiVersion) -> bool {
        self.gone_since.is_some_and(|since| version.date.as_str() >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_in(version: &str) -> Vec<&'static str> {
        let version = ApiVersion::parse(version);
        let mut names: Vec<&str> = KINDS
            .iter()
            .filter(|kind| version.as_ref().is_some_and(|version| kind.is_in(version)))
            .map(|kind| kind.name)
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_newest_preview_has_all_but_push_and_the_newest_stable_has_twelve() {
        assert_eq!(kinds_in("2026-08-01-preview"), kinds_in("2025-10-01-preview"));
        assert_eq!(kinds_in("2026-07-01").len(), 12);
        assert!(
            kinds_in("2026-07-01").contains(&"Push") && !kinds_in("2026-07-01").contains(&"MicrosoftThreatProtection")
        );
        assert_eq!(kinds_in("2025-10-01-preview").len(), 25);
        assert_eq!(kinds_in("2025-09-01").len(), 11);
        assert!(!kinds_in("2025-09-01").contains(&"OfficeATP"));
    }

    #[test]
    fn xdr_alerts_are_younger_than_xdr() {
        let alerts = find("microsoftthreatprotection").and_then(|kind| kind.data_type("alerts"));
        let shown = |version| {
            let version = ApiVersion::parse(version);
            alerts.is_some_and(|alerts| version.is_some_and(|version| alerts.is_in(&version)))
        };
        assert!(shown("2023-02-01-preview"));
        assert!(!shown("2022-10-01-preview"));
    }
}
