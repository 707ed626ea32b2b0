//! The advanced-hunting tables that Defender can stream into a workspace, and what the export API calls them.

use super::nearest::nearest;

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct HuntingTable {
    pub name: &'static str,
    /// The product that fills it.
    pub product: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// The form of its category that the export API takes; the other form is tried if it refuses.
    pub category: Category,
    /// Whether the export API takes it at all.
    pub acceptance: Acceptance,
}

/// The two forms in which the export API names a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// `AdvancedHunting-DeviceInfo`
    Prefixed,
    /// `CloudAppEvents`
    Bare,
}

/// What is reported of writing a table through the export API. None of it is documented by Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    Accepted,
    /// One source saw it refused, another sent it as if accepted; until it is tried it counts as refused.
    Disputed,
    /// Seen in settings that the portal made.
    Unclear,
}

/// Categories that are no tables for streaming, are seen in settings that the portal made, and are reported as refused.
const REFUSED: [&str; 2] = ["SentinelBehaviorInfo", "SentinelBehaviorEntities"];

/// What the tables of Microsoft Defender Vulnerability Management begin with, which advanced hunting has and which, as users
/// report, do not stream to Sentinel.
const NOT_STREAMED: &str = "DeviceTvm";

/// What every prefixed category begins with.
const PREFIX: &str = "AdvancedHunting-";

const ENDPOINT: &str = "Microsoft Defender for Endpoint";
const OFFICE: &str = "Microsoft Defender for Office 365";
const IDENTITY: &str = "Microsoft Defender for Identity";
const CLOUD_APPS: &str = "Microsoft Defender for Cloud Apps";
const XDR: &str = "Microsoft Defender XDR";

const fn endpoint(name: &'static str, description: &'static str) -> HuntingTable {
    let (category, acceptance) = (Category::Prefixed, Acceptance::Accepted);
    HuntingTable { name, product: ENDPOINT, description, category, acceptance }
}

const fn office(name: &'static str, description: &'static str) -> HuntingTable {
    let (category, acceptance) = (Category::Prefixed, Acceptance::Disputed);
    HuntingTable { name, product: OFFICE, description, category, acceptance }
}

const fn bare(name: &'static str, product: &'static str, description: &'static str) -> HuntingTable {
    HuntingTable { name, product, description, category: Category::Bare, acceptance: Acceptance::Accepted }
}

const fn alerts(name: &'static str, description: &'static str) -> HuntingTable {
    let (category, acceptance) = (Category::Prefixed, Acceptance::Unclear);
    HuntingTable { name, product: XDR, description, category, acceptance }
}

/// The tables Microsoft lists as available for streaming.
pub const HUNTING_TABLES: &[HuntingTable] = &[
    endpoint("DeviceInfo", "Machines, with their operating system"),
    endpoint("DeviceNetworkInfo", "Network properties of machines"),
    endpoint("DeviceProcessEvents", "Process creation and related events"),
    endpoint("DeviceNetworkEvents", "Network connections and related events"),
    endpoint("DeviceFileEvents", "Creation and change of files, and other file-system events"),
    endpoint("DeviceRegistryEvents", "Creation and change of registry entries"),
    endpoint("DeviceLogonEvents", "Sign-ins and other authentication events"),
    endpoint("DeviceImageLoadEvents", "DLL loading"),
    endpoint("DeviceEvents", "Further event types"),
    endpoint("DeviceFileCertificateInfo", "Certificates of signed files"),
    office("EmailEvents", "Mail delivery and blocking"),
    office("EmailUrlInfo", "URLs in mail"),
    office("EmailAttachmentInfo", "Files attached to mail"),
    office("EmailPostDeliveryEvents", "What happened to mail after delivery"),
    office("UrlClickEvents", "Clicks on Safe Links"),
    bare("IdentityLogonEvents", IDENTITY, "Sign-ins on premises and in Microsoft online services"),
    bare("IdentityQueryEvents", IDENTITY, "Queries for directory objects"),
    bare("IdentityDirectoryEvents", IDENTITY, "Events of an on-premises domain controller"),
    bare("CloudAppEvents", CLOUD_APPS, "Activities in cloud apps and services"),
    alerts("AlertInfo", "Alerts, with their severity and product"),
    alerts("AlertEvidence", "Files, addresses, users and devices of alerts"),
];

impl HuntingTable {
    /// The row of a table or category name, in any casing and with or without prefix.
    pub fn find(name: &str) -> Option<&'static HuntingTable> {
        let table = Self::bare_name(name);
        HUNTING_TABLES.iter().find(|row| row.name.eq_ignore_ascii_case(table))
    }

    /// The table that somebody may have meant by a name that is none.
    pub fn meant_by(name: &str) -> Option<&'static str> {
        nearest(Self::bare_name(name).trim(), HUNTING_TABLES.iter().map(|row| row.name))
    }

    /// A table's or category's name without prefix.
    pub fn bare_name(name: &str) -> &str {
        match name.get(..PREFIX.len()) {
            Some(start) if start.eq_ignore_ascii_case(PREFIX) => &name[PREFIX.len()..],
            _ => name,
        }
    }

    /// What a table goes by, however it is written: with or without prefix, in any casing.
    pub fn key(name: &str) -> String {
        Self::bare_name(name).to_ascii_lowercase()
    }

    /// Whether the export API is reported to refuse a table or category in a write, so that the portal alone selects it.
    pub fn is_refused(name: &str) -> bool {
        let is_listed = REFUSED.iter().any(|refused| refused.eq_ignore_ascii_case(Self::bare_name(name)));
        is_listed || Self::find(name).is_some_and(|row| row.acceptance == Acceptance::Disputed)
    }

    /// Whether a table is of a family that is reported not to stream at all.
    pub fn is_not_streamed(name: &str) -> bool {
        let start = Self::bare_name(name.trim()).get(..NOT_STREAMED.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(NOT_STREAMED))
    }

    /// The categories to try for a table name, first choice first; a table we do not know goes by the general rule.
    pub fn categories(name: &str) -> [String; 2] {
        let row = Self::find(name);
        let table = row.map_or(Self::bare_name(name), |row| row.name);
        let (bare, prefixed) = (table.to_owned(), format!("{PREFIX}{table}"));
        match row.map_or(Category::Prefixed, |row| row.category) {
            Category::Prefixed => [prefixed, bare],
            Category::Bare => [bare, prefixed],
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_table_is_one_table_however_it_is_spelled() {
        let names = [
            "DeviceInfo",
            "AdvancedHunting-DeviceInfo",
            "advancedhunting-deviceinfo",
            "CloudAppEvents",
            "Advanced",
            "New",
        ];
        let seen: Vec<String> = names
            .iter()
            .map(|name| {
                let row = HuntingTable::find(name).map_or("-", |row| row.name);
                format!("{name} -> {row} {:?}", HuntingTable::categories(name))
            })
            .collect();
        expect![[r#"
            DeviceInfo -> DeviceInfo ["AdvancedHunting-DeviceInfo", "DeviceInfo"]
            AdvancedHunting-DeviceInfo -> DeviceInfo ["AdvancedHunting-DeviceInfo", "DeviceInfo"]
            advancedhunting-deviceinfo -> DeviceInfo ["AdvancedHunting-DeviceInfo", "DeviceInfo"]
            CloudAppEvents -> CloudAppEvents ["CloudAppEvents", "AdvancedHunting-CloudAppEvents"]
            Advanced -> - ["AdvancedHunting-Advanced", "Advanced"]
            New -> - ["AdvancedHunting-New", "New"]"#]]
        .assert_eq(&seen.join("\n"));
    }

    #[test]
    fn the_table_that_was_meant_is_told_from_a_new_one() {
        let names =
            ["DeviceEvnts", "AdvancedHunting-deviceinf", "AlertInof", "DeviceTvmInfo", "CloudAuditEvents", "X", ""];
        let seen: Vec<_> =
            names.iter().map(|name| format!("{name} -> {}", HuntingTable::meant_by(name).unwrap_or("-"))).collect();
        expect![[r#"
            DeviceEvnts -> DeviceEvents
            AdvancedHunting-deviceinf -> DeviceInfo
            AlertInof -> AlertInfo
            DeviceTvmInfo -> -
            CloudAuditEvents -> -
            X -> -
             -> -"#]]
        .assert_eq(&seen.join("\n"));
    }

    #[test]
    fn what_a_write_is_refused_for_is_known_in_any_spelling() {
        let refused = ["EmailEvents", "AdvancedHunting-urlclickevents", "sentinelbehaviorinfo"];
        let taken = ["DeviceInfo", "AlertInfo", "CloudAppEvents", "Alert", "New"];
        assert!(refused.iter().all(|name| HuntingTable::is_refused(name)));
        assert!(!taken.iter().any(|name| HuntingTable::is_refused(name)));
    }

    #[test]
    fn a_family_that_does_not_stream_is_known_in_any_spelling() {
        let not = ["DeviceTvmSoftwareInventory", "AdvancedHunting-devicetvminfo", " DeviceTvmX"];
        let others = ["DeviceTv", "DeviceInfo", "TvmDevice", "", "é"];
        assert!(not.iter().all(|name| HuntingTable::is_not_streamed(name)));
        assert!(!others.iter().any(|name| HuntingTable::is_not_streamed(name)));
        assert!(!HUNTING_TABLES.iter().any(|row| HuntingTable::is_not_streamed(row.name)));
    }
}
