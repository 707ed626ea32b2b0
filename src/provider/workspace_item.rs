//! What the ARM resource of a workspace tells besides its settings: the experiences that it is tied to.

use serde_json::Value as Json;

/// The experiences that it is tied to; the newest api-versions alone tell them.
pub fn associations(item: &Json) -> Option<Vec<&str>> {
    let names = item["properties"]["features"]["associations"].as_array();
    names.map(|names| names.iter().filter_map(Json::as_str).collect())
}

/// Whether the Defender portal is among them.
pub fn names_portal(associations: &[&str]) -> bool {
    associations.iter().any(|name| {
        let name = name.to_lowercase();
        // Defender for Cloud is not the portal.
        ["defender", "xdr"].iter().any(|word| name.contains(word)) && !name.contains("cloud")
    })
}
