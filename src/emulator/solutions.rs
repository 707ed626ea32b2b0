//! The Content hub's catalogue as far as it is built in: Microsoft's solutions of the Defender products. Content ids are
//! \[seen\] in packages and other people's code; but for Defender XDR's, display names and versions are \[inferred\].

use serde_json::{Value, json};
use uuid::Uuid;

use super::collection::Resource;

/// What every package that can still be installed has \[seen\].
pub const SCHEMA_VERSION: &str = "3.0.0";

/// Letters of a content id that its product id begins with \[seen\].
const KEPT: usize = 50;

/// Letters of the hash at the end of a product id \[doc: uniqueString\].
const HASH: usize = 13;

/// One solution of the catalogue.
#[derive(Debug)]
pub struct Solution {
    /// Publisher and offer.
    pub content_id: &'static str,
    display_name: &'static str,
    version: &'static str,
    /// The cards that it brings into the list of connectors, by the connectors' content ids.
    pub cards: &'static [&'static str],
    is_of_defender: bool,
}

const fn of_defender(
    content_id: &'static str,
    display_name: &'static str,
    version: &'static str,
    cards: &'static [&'static str],
) -> Solution {
    Solution { content_id, display_name, version, cards, is_of_defender: true }
}

/// Everything that is built in.
pub const SOLUTIONS: [Solution; 12] = [
    of_defender(
        "azuresentinel.azure-sentinel-solution-microsoft365defender",
        "Microsoft Defender XDR",
        "3.0.13",
        &["MicrosoftThreatProtection"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-mdefenderforidentity",
        "Microsoft Defender for Identity",
        "3.0.3",
        &["AzureAdvancedThreatProtection"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint",
        "Microsoft Defender for Endpoint",
        "3.0.5",
        &["MicrosoftDefenderAdvancedThreatProtection"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-microsoftdefenderforo365",
        "Microsoft Defender for Office 365",
        "3.0.3",
        &["OfficeATP"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-microsoftdefendercloudapps",
        "Microsoft Defender for Cloud Apps",
        "3.0.2",
        &["MicrosoftCloudAppSecurity"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-microsoftdefenderforcloud",
        "Microsoft Defender for Cloud",
        "3.0.3",
        &["AzureSecurityCenter"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-unifiedmicrosoftsocforot",
        "IoT/OT Threat Monitoring with Defender for IoT",
        "3.0.4",
        &["IoT"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-azureactivedirectoryip",
        "Microsoft Entra ID Protection",
        "3.0.2",
        &["AzureActiveDirectoryIdentityProtection"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-insiderriskmanagement",
        "Microsoft Purview Insider Risk Management",
        "3.0.2",
        &["OfficeIRM"],
    ),
    of_defender(
        "azuresentinel.azure-sentinel-solution-threatintelligence-updated",
        "Threat Intelligence (NEW)",
        "3.0.8",
        &["MicrosoftDefenderThreatIntelligence", "PremiumMicrosoftDefenderForThreatIntelligence"],
    ),
    Solution {
        content_id: "azuresentinel.azure-sentinel-solution-microsoftdefenderthreatint",
        display_name: "Microsoft Defender Threat Intelligence",
        version: "3.0.1",
        cards: &[],
        is_of_defender: false,
    },
    Solution {
        content_id: "azuresentinel.azure-sentinel-solution-uebaessentials",
        display_name: "UEBA Essentials",
        version: "3.0.3",
        cards: &[],
        is_of_defender: false,
    },
];

/// The product id of a version: the content id's beginning, `sl` for a solution, and a hash \[seen: the form; the hash is
/// ARM's own, and another one here\].
pub fn product_id(content_id: &str, version: &str) -> String {
    let seed = format!("{content_id}-Solution-{content_id}-{version}");
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes()).simple().to_string();
    format!("{}-sl-{}", content_id.chars().take(KEPT).collect::<String>(), &hash[..HASH])
}

impl Solution {
    /// The package as the catalogue holds it.
    pub fn in_catalogue(&self) -> Resource {
        Resource::new(self.content_id, None, self.properties())
    }

    /// The package as it is once it is installed, where it is one of those that a workspace has unless a scenario says
    /// otherwise.
    pub fn installed(&self) -> Option<Resource> {
        let mut properties = self.properties();
        properties["installedVersion"] = json!(self.version);
        self.is_of_defender.then(|| Resource::new(self.content_id, None, properties))
    }

    fn properties(&self) -> Value {
        json!({
            "contentId": self.content_id,
            "contentProductId": product_id(self.content_id, self.version),
            "contentKind": "Solution",
            "contentSchemaVersion": SCHEMA_VERSION,
            "version": self.version,
            "displayName": self.display_name,
            "publisherDisplayName": "Microsoft Sentinel, Microsoft Corporation",
            "source": { "kind": "Solution", "name": self.display_name, "sourceId": self.content_id },
            "support": { "tier": "Microsoft", "name": "Microsoft Corporation" },
            "providers": ["Microsoft"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_id_is_of_one_version() {
        let id = product_id("azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint", "3.0.5");
        let (front, hash) = id.rsplit_once('-').unwrap_or_default();
        assert_eq!(front, "azuresentinel.azure-sentinel-solution-microsoftdef-sl");
        assert_eq!(hash.len(), HASH);
        assert_ne!(id, product_id("azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint", "3.0.6"));
    }
}
