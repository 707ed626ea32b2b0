//! The connector kinds. A new kind is a row here, an example and a sample for the emulator.

use super::connector::{Connector, DataType, Line, Portal, Scope, Solution, XdrPart};

/// The usual row: a kind of the stable line that streams the alerts of one product for a tenant, beside Defender XDR.
const TENANT_ALERTS: Connector = Connector {
    resource: "",
    product: "",
    kind: "",
    content_ids: &[],
    solution: None,
    line: Line::Stable,
    scope: Scope::Tenant,
    data_types: &[],
    lookback: None,
    filters_alert_providers: false,
    has_check: true,
    xdr: XdrPart::Apart,
    portal: Portal::Leaves,
    formerly: "",
    licence: "",
    role: SECURITY_ADMINISTRATOR,
    needs_known: DOCUMENTED,
    remarks: "",
};

/// What most connectors ask the caller to be in Entra.
pub const SECURITY_ADMINISTRATOR: &str =
    "the Entra role Security Administrator (or Global Administrator) in the tenant";

/// How needs are known that Microsoft's pages of the connector name.
const DOCUMENTED: &str = "**Known** (Microsoft's documentation)";

/// How needs are known that people met who called the service.
const REPORTED: &str = "**Reported by users**";

/// How needs are known that no page and nobody named.
const UNVERIFIED: &str = "**Not verified**";

/// How solutions are known whose package names the connector.
const PACKAGED: &str = "**Known** (Microsoft's package)";

/// How solutions are known by the repository that packages are made from: the two are seen to differ.
const IN_REPOSITORY: &str =
    "**Known** (the metadata in Microsoft's repository of solutions, from which a package may differ)";

/// How solutions are known whose connector is named by nothing but likeness.
const BY_LIKENESS: &str =
    "**Not verified** (the id is that of Microsoft's package; that it is this connector's is inferred)";

const fn of_microsoft(content_id: &'static str, known: &'static str) -> Option<Solution> {
    Some(Solution { content_id, known })
}

const fn alerts(description: &'static str) -> DataType {
    DataType { attribute: "alerts", arm: "alerts", default: true, description }
}

/// Every connector kind that has a resource.
pub const CONNECTORS: &[Connector] = &[
    Connector {
        resource: "defender_xdr_connector",
        product: "Microsoft Defender XDR",
        formerly: "Microsoft 365 Defender, and Microsoft Threat Protection (MTP) before that",
        kind: "MicrosoftThreatProtection",
        content_ids: &["MicrosoftThreatProtection"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-microsoft365defender", PACKAGED),
        line: Line::Preview,
        data_types: &[
            DataType {
                attribute: "incidents",
                arm: "incidents",
                default: true,
                description: "Streams Defender XDR incidents into the workspace and keeps them in step between the two portals.",
            },
            DataType {
                attribute: "alerts",
                arm: "alerts",
                default: false,
                description: "Streams the alerts of the Defender products through the XDR connector.",
            },
        ],
        filters_alert_providers: true,
        xdr: XdrPart::Itself,
        portal: Portal::Manages,
        licence: "a Microsoft Defender XDR licence",
        remarks: "**Known** (Microsoft's API description): the kind exists in preview api-versions only.\n\
            **Known** (Microsoft's documentation): since 2025, switching incidents on disconnects the component connectors \
            (Endpoint, Identity, Office 365, Cloud Apps), which stay listed but carry no data; until 2023 it connected them instead. \
            Incidents of Defender for Cloud come along, their alerts need `defender_cloud_connector`.\n\
            **Reported by users**: some tenants answer `InvalidLicense` until somebody has opened the connector page in the portal \
            once as Security Administrator.\n\
            **Not verified**: whether a service principal can create this connector in every tenant.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_identity_connector",
        product: "Microsoft Defender for Identity",
        formerly: "Azure Advanced Threat Protection (Azure ATP, AATP)",
        kind: "AzureAdvancedThreatProtection",
        content_ids: &["AzureAdvancedThreatProtection"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-mdefenderforidentity", PACKAGED),
        data_types: &[alerts(
            "Streams Defender for Identity alerts into the workspace's SecurityAlert table. First alerts can take 24 hours.",
        )],
        xdr: XdrPart::Component,
        portal: Portal::Disconnects,
        licence: "a Microsoft Defender for Identity licence, with its integration with Defender for Cloud Apps switched on",
        remarks: "**Known** (Microsoft's documentation of 2021): Defender for Identity must be deployed and take in data, and its integration \
            with Defender for Cloud Apps comes first. Health alerts do not come by this connector: they leave Defender for Identity by \
            syslog only.\n\
            **Known** (Microsoft's documentation): alerts over 30 KB arrive without their entities. While the Defender XDR \
            connector streams incidents, this connector may be listed yet carry no data.\n\
            **Reported by users**: on a workspace that is onboarded to the Defender portal, ARM refuses changes to this connector.\n\
            **Not verified**: what the service answers to a change of this connector while the XDR connector is on.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_endpoint_connector",
        product: "Microsoft Defender for Endpoint",
        formerly: "Microsoft Defender Advanced Threat Protection (MDATP)",
        kind: "MicrosoftDefenderAdvancedThreatProtection",
        // Inferred from the name of the connector's card; no template that names it was seen.
        content_ids: &["MicrosoftDefenderAdvancedThreatProtection"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint", IN_REPOSITORY),
        data_types: &[alerts("Streams Defender for Endpoint alerts into the workspace's SecurityAlert table.")],
        xdr: XdrPart::Component,
        portal: Portal::Disconnects,
        licence: "a Microsoft Defender for Endpoint licence",
        remarks: "**Known** (Microsoft's documentation): while the Defender XDR connector streams incidents, this connector may be \
            listed yet carry no data.\n\
            **Reported by users**: `InvalidLicense` with `Missing consent` for callers that succeed in the portal; and on a workspace \
            that is onboarded to the Defender portal, ARM refuses changes to this connector.\n\
            **Not verified**: what the service answers to a change of this connector while the XDR connector is on.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_office365_connector",
        product: "Microsoft Defender for Office 365",
        formerly: "Office 365 Advanced Threat Protection (Office 365 ATP)",
        kind: "OfficeATP",
        content_ids: &["OfficeATP"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-microsoftdefenderforo365", PACKAGED),
        line: Line::Preview,
        data_types: &[alerts("Streams Defender for Office 365 alerts into the workspace's SecurityAlert table.")],
        xdr: XdrPart::Component,
        portal: Portal::Disconnects,
        licence: "a Microsoft Defender for Office 365 licence",
        remarks: "**Known** (Microsoft's API description): the kind exists in preview api-versions only.\n\
            **Known** (Microsoft's documentation): while the Defender XDR connector streams incidents, this connector may be listed \
            yet carry no data.\n\
            **Not verified**: that ARM refuses changes to it on a workspace that is onboarded to the Defender portal, as it does for \
            the other component connectors.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_cloud_apps_connector",
        product: "Microsoft Defender for Cloud Apps",
        formerly: "Microsoft Cloud App Security (MCAS)",
        kind: "MicrosoftCloudAppSecurity",
        content_ids: &["MicrosoftCloudAppSecurity"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-microsoftdefendercloudapps", PACKAGED),
        data_types: &[
            alerts("Streams Defender for Cloud Apps alerts into the workspace's SecurityAlert table."),
            DataType {
                attribute: "discovery_logs",
                arm: "discoveryLogs",
                default: false,
                description: "Streams Cloud Discovery logs into the workspace's McasShadowItReporting table, which is billed as ingestion.",
            },
        ],
        xdr: XdrPart::Component,
        portal: Portal::Disconnects,
        licence: "a Microsoft Defender for Cloud Apps licence",
        remarks: "**Known** (Microsoft's documentation): while the Defender XDR connector streams incidents, the alerts of this \
            connector may be listed yet carry no data.\n\
            **Reported by users** (the azurerm provider): a connector with every data type off is not kept by the service. On a \
            workspace that is onboarded to the Defender portal, ARM refuses changes to this connector.\n\
            **Not verified**: whether discovery logs go on while the Defender XDR connector is on.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_cloud_connector",
        product: "Microsoft Defender for Cloud",
        formerly: "Azure Security Center (ASC) and Azure Defender",
        kind: "AzureSecurityCenter",
        // Inferred from the names of the cards: the second is the tenant-based connector, whose alerts are the same.
        content_ids: &["AzureSecurityCenter", "MicrosoftDefenderForCloudTenantBased"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-microsoftdefenderforcloud", REPORTED),
        scope: Scope::Subscription,
        data_types: &[alerts(
            "Streams the Defender for Cloud alerts of the subscription into the workspace's SecurityAlert table.",
        )],
        xdr: XdrPart::AlertsOfIncidents,
        licence: "a Microsoft Defender for Cloud plan on the connected subscription",
        role: "Security Reader on the connected subscription",
        needs_known: REPORTED,
        remarks: "**Known** (Microsoft's documentation): the Defender XDR connector brings Defender for Cloud incidents; their alerts \
            need this connector too.\n\
            **Reported by users**: a subscription without a plan is refused with `License is invalid`. Writes stay possible on a \
            workspace that is onboarded to the Defender portal. \
            The newer tenant-based Defender for Cloud connector has no kind in the API, so it cannot be managed here.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_iot_connector",
        product: "Microsoft Defender for IoT",
        formerly: "Azure Security Center for IoT",
        kind: "IOT",
        content_ids: &["IoT"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-unifiedmicrosoftsocforot", IN_REPOSITORY),
        line: Line::Preview,
        scope: Scope::Subscription,
        data_types: &[alerts(
            "Streams the Defender for IoT alerts of the subscription into the workspace's SecurityAlert table.",
        )],
        licence: "Microsoft Defender for IoT on the connected subscription",
        role: "Security Reader on the connected subscription",
        needs_known: UNVERIFIED,
        remarks: "**Known** (Microsoft's API description): the kind exists in preview api-versions only.\n\
            **Not verified**: which role on the subscription the service asks for; it is given here by likeness to Defender for Cloud.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_entra_id_protection_connector",
        product: "Microsoft Entra ID Protection",
        formerly: "Azure Active Directory Identity Protection",
        kind: "AzureActiveDirectory",
        // Its kind is the content id of another connector, the sign-in and audit logs of Entra ID.
        content_ids: &["AzureActiveDirectoryIdentityProtection"],
        portal: Portal::Disconnects,
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-azureactivedirectoryip", PACKAGED),
        data_types: &[alerts("Streams Entra ID Protection alerts into the workspace's SecurityAlert table.")],
        licence: "a Microsoft Entra ID P2 licence",
        remarks: "**Known** (Microsoft's documentation): onboarding the workspace to the Defender portal disconnects this connector, as \
            Defender XDR brings its alerts then.\n\
            **Reported by users**: on such a workspace ARM refuses changes to it; and it may not be readable right after it was made.\n\
            **Not verified**: whether the Defender XDR connector silences it on a workspace that is not onboarded to the Defender portal.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_insider_risk_connector",
        product: "Microsoft Purview Insider Risk Management",
        kind: "OfficeIRM",
        // Inferred from the name of the connector's card; no template that names it was seen.
        content_ids: &["OfficeIRM"],
        portal: Portal::LeavesPrimary,
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-insiderriskmanagement", IN_REPOSITORY),
        line: Line::Preview,
        data_types: &[alerts("Streams Insider Risk Management alerts into the workspace's SecurityAlert table.")],
        licence: "a licence with Microsoft Purview Insider Risk Management, and alert export switched on in its settings",
        needs_known: UNVERIFIED,
        remarks: "**Known** (Microsoft's API description): the kind exists in preview api-versions only.\n\
            **Reported by users**: writes stay possible on a workspace that is onboarded to the Defender portal.\n\
            **Not verified**: whether a role in Purview is needed besides Security Administrator.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_threat_intelligence_connector",
        product: "Microsoft Defender Threat Intelligence",
        kind: "MicrosoftThreatIntelligence",
        // Inferred from the name of the connector's card; no template that names it was seen.
        content_ids: &["MicrosoftDefenderThreatIntelligence"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-threatintelligence-updated", BY_LIKENESS),
        data_types: &[DataType {
            attribute: "emerging_threat_feed",
            arm: "microsoftEmergingThreatFeed",
            default: true,
            description: "Imports the indicators of Microsoft's emerging threat feed.",
        }],
        lookback: Some("/dataTypes/microsoftEmergingThreatFeed/lookbackPeriod"),
        licence: "no licence of its own",
        needs_known: UNVERIFIED,
        remarks: "**Known** (Microsoft's API description): the stable api-versions have the kind since 2024-09-01; the Bing Safety \
            phishing feed that it once had is gone.\n\
            **Reported by users**: some tenants answer 403 `tenant is not approved for MicrosoftTi connector onboarding`; the service \
            shows the date in a form other than it was sent in, which is no drift here.\n\
            **Not verified**: whether the caller must be Security Administrator; what a later change of the date does to indicators \
            that are there already.",
        ..TENANT_ALERTS
    },
    Connector {
        resource: "defender_premium_threat_intelligence_connector",
        product: "Premium Microsoft Defender Threat Intelligence",
        kind: "PremiumMicrosoftDefenderForThreatIntelligence",
        // Inferred from the name of the connector's card; no template that names it was seen.
        content_ids: &["PremiumMicrosoftDefenderForThreatIntelligence"],
        solution: of_microsoft("azuresentinel.azure-sentinel-solution-threatintelligence-updated", BY_LIKENESS),
        data_types: &[DataType {
            attribute: "indicators",
            arm: "connector",
            default: true,
            description: "Imports Microsoft's premium indicators. A connector has nothing else, so off is for drift alone.",
        }],
        lookback: Some("/lookbackPeriod"),
        has_check: false,
        licence: "a Microsoft Defender Threat Intelligence premium licence",
        needs_known: UNVERIFIED,
        remarks: "**Known** (Microsoft's API description): the stable api-versions have the kind since 2024-09-01; the service offers no \
            check of its requirements.\n\
            **Reported by users**: some tenants answer 403 `tenant is not approved for MicrosoftTi connector onboarding`.\n\
            **Not verified**: everything else; nobody is known to manage this kind by API.",
        ..TENANT_ALERTS
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn content_goes_by_ids_of_its_own() {
        let ids = |name| Connector::content_ids_of(CONNECTORS, name);
        assert_eq!(ids("microsoft entra id protection"), Some(&["AzureActiveDirectoryIdentityProtection"][..]));
        assert_eq!(ids("defender_cloud_connector").map(<[_]>::len), Some(2));
        assert_eq!(ids("azuresecuritycenter"), Some(&["AzureSecurityCenter"][..]));
        // A kind is no content id.
        assert_eq!(ids("AzureActiveDirectory"), None);
    }

    #[test]
    fn every_row_is_whole_and_says_how_it_is_known() {
        let sources = ["**Known** (", "**Reported by users**", "**Not verified**"];
        let (mut resources, mut kinds, mut content_ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for row in CONNECTORS {
            assert!(resources.insert(row.resource) && kinds.insert(row.kind.to_lowercase()), "{row:?}");
            assert!(row.resource.starts_with("defender_") && row.resource.ends_with("_connector"), "{row:?}");
            assert!(row.content_ids.iter().all(|id| content_ids.insert(id.to_lowercase())), "{row:?}");
            assert!(
                !row.content_ids.is_empty()
                    && !row.product.is_empty()
                    && !row.licence.is_empty()
                    && !row.role.is_empty(),
                "{row:?}"
            );
            assert!(
                row.solution.is_some_and(|solution| {
                    sources.iter().any(|source| solution.known.starts_with(source))
                        && solution.content_id.starts_with("azuresentinel.")
                }),
                "{row:?}"
            );
            // Of a connector in a list, plain properties and those of its data types are kept.
            let is_kept = |pointer: &str| pointer.starts_with("/dataTypes/") || pointer.rfind('/') == Some(0);
            assert!(sources.iter().any(|source| row.needs_known.starts_with(source)), "{row:?}");
            assert!(!row.data_types.is_empty() && row.lookback.is_none_or(is_kept), "{row:?}");
            for line in row.remarks.lines() {
                assert!(sources.iter().any(|source| line.starts_with(source)), "{}: {line}", row.resource);
            }
        }
    }
}
