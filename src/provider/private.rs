//! What a resource remembers between runs beside its state, as JSON that Terraform keeps and never shows.

use serde::{Deserialize, Serialize};

/// The memory of an object of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The object's ARM id; on the plan that replaces it, this tells it apart from somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The version of it that was last seen, sent back with an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether plan has looked for an object that stands in the way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub looked: bool,
    /// Whether its create ended in an error: Terraform holds it as tainted then, and plans a new one in its place without
    /// saying that there is an old one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
}

impl Memory {
    /// Reads memory; what cannot be read is forgotten, since nothing in it is needed to go on.
    pub fn decode(private: &[u8]) -> Self {
        serde_json::from_slice(private).unwrap_or_default()
    }

    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
