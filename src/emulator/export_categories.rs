//! Which streaming categories an export setting may name on POST, as one community source reports them \[seen\]. Reading
//! shows more than writing takes.

use super::scenario::EmailCategories;

const PREFIX: &str = "AdvancedHunting-";

/// Taken with the prefix only.
const PREFIXED: [&str; 14] = [
    "DeviceInfo",
    "DeviceNetworkInfo",
    "DeviceProcessEvents",
    "DeviceNetworkEvents",
    "DeviceFileEvents",
    "DeviceRegistryEvents",
    "DeviceLogonEvents",
    "DeviceImageLoadEvents",
    "DeviceEvents",
    "DeviceFileCertificateInfo",
    // "Preserved" by the source, so the service must take them back; bare ones are refused here [inferred].
    "AlertInfo",
    "AlertEvidence",
    "BehaviorInfo",
    "BehaviorEntities",
];

/// Taken without the prefix only.
const BARE: [&str; 5] =
    ["CloudAppEvents", "IdentityDirectoryEvents", "IdentityLogonEvents", "IdentityQueryEvents", "Alert"];

/// Refused by one source, sent with success by another.
const EMAIL: [&str; 5] =
    ["EmailEvents", "EmailUrlInfo", "EmailAttachmentInfo", "EmailPostDeliveryEvents", "UrlClickEvents"];

/// Whether POST takes this category.
pub fn is_accepted(category: &str, email: EmailCategories) -> bool {
    let (table, prefixed) = match category.strip_prefix(PREFIX) {
        Some(table) => (table, true),
        None => (category, false),
    };
    let table_rule = if prefixed { PREFIXED.contains(&table) } else { BARE.contains(&table) };
    table_rule || (email == EmailCategories::Accepted && EMAIL.contains(&table))
}

/// What the service says about categories it does not take \[seen\].
pub fn refusal(refused: &[&str]) -> String {
    match refused {
        [one] => format!("Category '{one}' is not supported."),
        many => format!("Categories {} are not supported.", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_one_spelling() {
        let taken = |category| is_accepted(category, EmailCategories::Refused);
        assert!(taken("AdvancedHunting-DeviceInfo") && !taken("DeviceInfo"));
        assert!(taken("CloudAppEvents") && !taken("AdvancedHunting-CloudAppEvents"));
        assert!(taken("AdvancedHunting-AlertInfo"));
        assert!(!taken("EmailEvents") && !taken("AdvancedHunting-EmailEvents"));
        assert!(is_accepted("AdvancedHunting-EmailEvents", EmailCategories::Accepted));
        assert!(!is_accepted("AdvancedHunting-SentinelBehaviorInfo", EmailCategories::Accepted));
    }

    #[test]
    fn one_and_many_are_told_apart() {
        assert_eq!(refusal(&["A"]), "Category 'A' is not supported.");
        assert_eq!(refusal(&["A", "B"]), "Categories A, B are not supported.");
    }
}
