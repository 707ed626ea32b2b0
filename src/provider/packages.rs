//! Packages of the Content hub as answers show them: those that a workspace has, and those that its catalogue offers.
//! Data in, data out.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::arm::text;

/// One package in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub content_id: String,
    /// Which package in which version; it cannot be computed.
    pub product_id: String,
    /// `Solution` or `Standalone`.
    pub kind: String,
    pub version: String,
    pub display_name: String,
    /// Where the service says none, none is sent back.
    pub schema_version: Option<String>,
}

impl Package {
    /// The package that the catalogue offers, which is the newest of its id; the error names the text that is not there.
    pub fn offered(item: &Json) -> Result<Self, &'static str> {
        Self::read(item, text(&item["properties"], "version"))
    }

    /// A package that is installed; the error names the text that is not there.
    pub fn installed(item: &Json) -> Result<Self, &'static str> {
        let properties = &item["properties"];
        // The one name is of every package's newest version, the other of what is there, where the service tells it.
        let version = [text(properties, "installedVersion"), text(properties, "version")];
        Self::read(item, version.into_iter().find(|version| !version.is_empty()).unwrap_or_default())
    }

    fn read(item: &Json, version: &str) -> Result<Self, &'static str> {
        let properties = &item["properties"];
        let some = |field: &str| Some(text(properties, field)).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            content_id: some("contentId").ok_or("contentId")?,
            product_id: some("contentProductId").ok_or("contentProductId")?,
            kind: some("contentKind").ok_or("contentKind")?,
            version: Some(version).filter(|version| !version.is_empty()).ok_or("version")?.to_owned(),
            display_name: some("displayName").ok_or("displayName")?,
            schema_version: some("contentSchemaVersion"),
        })
    }

    /// The body that installs it.
    pub fn body(&self) -> Json {
        let mut properties = json!({
            "contentId": self.content_id,
            "contentProductId": self.product_id,
            "contentKind": self.kind,
            "version": self.version,
            "displayName": self.display_name,
        });
        if let Some(version) = &self.schema_version {
            properties["contentSchemaVersion"] = version.as_str().into();
        }
        json!({ "properties": properties })
    }

    /// Whether it is the same package in the same version.
    pub fn is_as(&self, other: &Package) -> bool {
        self.content_id.eq_ignore_ascii_case(&other.content_id) && self.version == other.version
    }

    /// Whether an item is installed under the name that belongs to its content.
    pub fn is_under_its_name(item: &Json) -> bool {
        text(item, "name").eq_ignore_ascii_case(text(&item["properties"], "contentId"))
    }
}

/// Whether a version is newer than another one. What is not made of numbers is newer if it is another.
pub fn is_newer(version: &str, than: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.trim().parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    match (numbers(version), numbers(than)) {
        (Some(mut left), Some(mut right)) => {
            let length = left.len().max(right.len());
            left.resize(length, 0);
            right.resize(length, 0);
            left.cmp(&right) == Ordering::Greater
        }
        _ => version != than,
    }
}

/// The packages among `items` that may be meant by names of a product or content ids, as lines of a message.
pub fn near(items: &[Json], names: &[&str]) -> Vec<String> {
    // What every id begins with, and the words that every name has, tell nothing.
    let words = |text: &str| -> Vec<String> {
        let parts = text.rsplit('.').next().unwrap_or(text).split(|letter: char| !letter.is_alphanumeric());
        let common = ["azure", "sentinel", "solution", "microsoft", "for", "defender", "the"];
        parts.map(str::to_lowercase).filter(|word| word.len() > 2 && !common.contains(&word.as_str())).collect()
    };
    let wanted: Vec<_> = names.iter().flat_map(|name| words(name)).collect();
    let squeezed = |text: &str| text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "");
    let near = items.iter().filter(|item| {
        let properties = &item["properties"];
        let known = squeezed(text(properties, "contentId")) + &squeezed(text(properties, "displayName"));
        !wanted.is_empty() && wanted.iter().any(|word| known.contains(word.as_str()))
    });
    let shown = |item: &Json| {
        let properties = &item["properties"];
        format!("{} ({})", text(properties, "contentId"), text(properties, "displayName"))
    };
    let mut lines: Vec<_> = near.map(shown).collect();
    lines.sort();
    lines.truncate(10);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let newer = [("3.0.10", "3.0.9"), ("3.1", "3.0.9"), ("3.0.0.1", "3.0.0"), ("2025-b", "2025-a")];
        let not = [("3.0.9", "3.0.10"), ("3.0", "3.0.0"), ("3.0.0", "3.0"), ("x", "x")];
        assert!(newer.iter().all(|(left, right)| is_newer(left, right)));
        assert!(!not.iter().any(|(left, right)| is_newer(left, right)));
    }

    fn item(name: &str, properties: Json) -> Json {
        json!({ "id": name, "name": name, "properties": properties })
    }

    #[test]
    fn a_package_is_read_with_the_version_that_is_there_and_written_as_it_is_offered() {
        let properties = json!({
            "contentId": "a.b", "contentProductId": "a.b-sl-x", "contentKind": "Solution", "version": "3.0.1",
            "displayName": "B", "contentSchemaVersion": "3.0.0", "installedVersion": "3.0.0", "isNew": "false",
        });
        let item = item("A.B", properties);
        assert!(Package::is_under_its_name(&item));
        let (offered, installed) = (Package::offered(&item), Package::installed(&item));
        assert_eq!(installed.map(|package| package.version).as_deref(), Ok("3.0.0"));
        let body = offered.map(|package| package.body());
        let sent = json!({ "properties": {
            "contentId": "a.b", "contentProductId": "a.b-sl-x", "contentKind": "Solution", "version": "3.0.1",
            "displayName": "B", "contentSchemaVersion": "3.0.0",
        } });
        assert_eq!(body, Ok(sent));
    }

    #[test]
    fn what_is_missing_is_named() {
        let without = |field: &str| {
            let mut properties = json!({
                "contentId": "a", "contentProductId": "p", "contentKind": "Solution", "version": "1", "displayName": "A",
            });
            properties[field] = Json::Null;
            Package::offered(&item("a", properties)).map_err(str::to_owned).err()
        };
        for field in ["contentId", "contentProductId", "contentKind", "version", "displayName"] {
            assert_eq!(without(field).as_deref(), Some(field));
        }
        assert_eq!(without("contentSchemaVersion"), None);
    }

    #[test]
    fn what_is_near_shares_a_word_that_tells() {
        let of = |id: &str, name: &str| item(id, json!({ "contentId": id, "displayName": name }));
        let items = [
            of("azuresentinel.azure-sentinel-solution-mdefenderforidentity", "Microsoft Defender for Identity"),
            of("azuresentinel.azure-sentinel-solution-syslog", "Syslog"),
        ];
        let shown = "azuresentinel.azure-sentinel-solution-mdefenderforidentity (Microsoft Defender for Identity)";
        assert_eq!(near(&items, &["x", "Microsoft Defender for Identity"]), [shown]);
        assert_eq!(near(&items, &["azuresentinel.azure-sentinel-solution-identity"]), [shown]);
        assert!(near(&items, &["Microsoft Defender"]).is_empty());
    }
}
