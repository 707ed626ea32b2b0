//! What a resource remembers between runs beside its state, as JSON that Terraform keeps and never shows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::provider::packages::Package;

/// The memory of one object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Tells this entry of a state from every other one, also from one that names the same object. The ledger gives it
    /// and keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The version of the object that was last seen, sent back with an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether the plan told that it takes away more than the object, so that the plan of what replaces it need not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Whether plan has looked for an object that stands in the way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub looked: bool,
    /// Whether plan found nothing that a create would write over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
    /// When the service took a new object in, in seconds since 1970; forgotten once a refresh has shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<i64>,
    /// The connectors of the workspace that streamed the incidents of Defender XDR when this one was last read, by their
    /// ids; nothing where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incidents: Option<Vec<String>>,
    /// Whether the Defender portal refused a write of the object; false where the user says that it does not manage it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal: Option<bool>,
    /// The object that a planned create takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopts: Option<String>,
    /// The package of the Content hub that a plan installs, all out of one answer of the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// The hunting tables that what is taken over had on when the plan was made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub had: Vec<String>,
    /// Hunting tables that the service took in a write although it is reported to refuse them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub writable: Vec<String>,
}

impl Memory {
    /// Reads memory; what cannot be read is forgotten, since nothing in it is needed to go on.
    pub fn decode(private: &[u8]) -> Self {
        serde_json::from_slice(private).unwrap_or_default()
    }

    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The same memory under the name of an entry.
    pub fn of_entry(private: &[u8], entry: &str) -> Vec<u8> {
        Self { entry: Some(entry.to_owned()), ..Self::decode(private) }.encode()
    }
}

/// A name for an entry that has none yet.
pub fn new_entry() -> String {
    Uuid::new_v4().to_string()
}
