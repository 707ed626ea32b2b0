//! The attributes that are kept of an object. The list is closed, so that whatever else a state holds, secrets among it, is
//! never in memory.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::catalog::CONNECTORS;

/// What is asked for besides the data types of connectors. Nothing here is sensitive by the provider's schema, and what a
/// configuration makes sensitive is dropped again.
pub const NAMES: &[&str] = &[
    "adopt_existing",
    "content_id",
    "customer_managed_key",
    "data_sources",
    "description",
    "display_name",
    "display_name_exclude_filter",
    "display_name_filter",
    "enabled",
    "enabled_rules",
    "filtered_alert_providers",
    "id",
    "in_defender_portal",
    "lookback_date",
    "managed_by_portal",
    "onboarded",
    "plan",
    "preserved_categories",
    "preserved_data_sources",
    "preserved_providers",
    "product",
    "products",
    "providers",
    "restore_on_destroy",
    "retention_in_days",
    "setting_id",
    "severities",
    "sources",
    "subscription_id",
    "suppressed_rules",
    "table",
    "tables",
    "template_name",
    "tenant_id",
    "total_retention_in_days",
    "update_available",
    "version",
    "workspace_id",
];

/// Attributes by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picked(BTreeMap<String, Json>);

impl Picked {
    /// An attribute's value, or null.
    pub fn get(&self, name: &str) -> &Json {
        self.0.get(name).unwrap_or(&Json::Null)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_str()
    }

    /// The texts of a list or set.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).as_array().into_iter().flatten().filter_map(Json::as_str)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes out what a configuration made sensitive.
    pub fn without(mut self, names: &[String]) -> Self {
        self.0.retain(|name, _| !names.contains(name));
        self
    }
}

/// Whether an attribute is kept.
pub fn is_asked_for(name: &str) -> bool {
    let is_data_type = || CONNECTORS.iter().flat_map(|row| row.data_types).any(|of| of.attribute == name);
    NAMES.binary_search(&name).is_ok() || is_data_type()
}

impl<'de> Deserialize<'de> for Picked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Attributes;

        impl<'de> Visitor<'de> for Attributes {
            type Value = Picked;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Picked, A::Error> {
                let mut picked = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if is_asked_for(&name) {
                        picked.insert(name, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Picked(picked))
            }

            fn visit_unit<E>(self) -> Result<Picked, E> {
                Ok(Picked::default())
            }
        }

        from.deserialize_any(Attributes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::provider::DefenderProvider;
    use crate::terraform::Provider;

    #[test]
    fn what_is_asked_for_is_an_attribute_and_never_a_sensitive_one() {
        assert!(NAMES.is_sorted(), "a search by halves needs it");
        let provider = DefenderProvider::default();
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        let resources = provider.resources().iter().map(|resource| resource.schema());
        let sources = provider.data_sources().iter().map(|source| source.schema());
        for attribute in resources.chain(sources).flat_map(|schema| schema.block.attributes) {
            *known.entry(attribute.name.to_string()).or_default() |= attribute.sensitive;
        }
        let wrong: Vec<_> = NAMES.iter().filter(|name| known.get(**name) != Some(&false)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(is_asked_for("discovery_logs") && !is_asked_for("name") && !is_asked_for("client_secret"));
    }
}
