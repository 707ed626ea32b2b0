//! Named resources that may lag: a new one can stay hidden from the next reads, a deleted one can linger. It knows
//! nothing of what the resources mean.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// One child resource of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its name as first written.
    pub name: String,
    /// Its kind, when the type has kinds.
    pub kind: Option<String>,
    /// Its etag, quotes included.
    pub etag: String,
    /// Its properties.
    pub properties: Value,
    /// What a resource that ARM tracks has besides: `location` and `tags`. Null for one that lies in another.
    pub tracked: Value,
}

impl Resource {
    /// A resource with a fresh etag.
    pub fn new(name: &str, kind: Option<&str>, properties: Value) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            etag: fresh_etag(),
            properties,
            tracked: Value::Null,
        }
    }

    /// Reads an ARM body such as a scenario or the portal writes.
    pub fn from_body(name: &str, body: &Value) -> Result<Self, String> {
        let Value::Object(body) = body else { return Err(format!("the resource '{name}' must be a JSON object")) };
        let kind = body.get("kind").and_then(Value::as_str);
        let properties = body.get("properties").cloned().unwrap_or_else(|| Value::Object(Map::new()));
        let mut resource = Self::new(name, kind, properties);
        if let Some(etag) = body.get("etag").and_then(Value::as_str) {
            resource.etag = etag.to_owned();
        }
        for name in ["location", "tags"] {
            if let Some(value) = body.get(name) {
                resource.tracked[name] = value.clone();
            }
        }
        Ok(resource)
    }

    /// The resource as ARM shows it.
    pub fn render(&self, parent: &str, resource_type: &str) -> Value {
        let mut body = json!({
            "id": format!("{parent}/providers/{resource_type}/{}", self.name),
            "name": self.name,
            "type": resource_type,
            "etag": self.etag,
            "properties": self.properties,
        });
        if let Some(kind) = &self.kind {
            body["kind"] = json!(kind);
        }
        self.track(&mut body);
        body
    }

    /// The resource as the admin state shows it.
    pub fn state(&self) -> Value {
        let mut body = json!({"name": self.name, "kind": self.kind, "etag": self.etag, "properties": self.properties});
        self.track(&mut body);
        body
    }

    fn track(&self, body: &mut Value) {
        for (name, value) in self.tracked.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
    }
}

/// A new etag, in the quoted form the service uses \[spec examples\].
pub fn fresh_etag() -> String {
    format!("\"{}\"", Uuid::new_v4())
}

#[derive(Debug, Clone)]
struct Entry {
    resource: Resource,
    hidden_reads: u32,
    /// Set once deleted: the reads that still find it.
    ghost_reads: Option<u32>,
}

impl Entry {
    /// Counts one read and tells whether it finds the resource.
    fn read(&mut self) -> bool {
        if self.hidden_reads > 0 {
            self.hidden_reads -= 1;
            return false;
        }
        match &mut self.ghost_reads {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// Resources of one type in one workspace, by name without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    entries: BTreeMap<String, Entry>,
}

impl Collection {
    /// A client's GET.
    pub fn read(&mut self, name: &str) -> Option<&Resource> {
        let entry = self.entries.get_mut(&name.to_lowercase())?;
        entry.read().then_some(&entry.resource)
    }

    /// A client's LIST.
    pub fn read_all(&mut self) -> Vec<&Resource> {
        self.entries.values_mut().filter_map(|entry| entry.read().then_some(&entry.resource)).collect()
    }

    /// The resource as it truly is, lag or not.
    pub fn get(&self, name: &str) -> Option<&Resource> {
        self.entries.get(&name.to_lowercase()).filter(|entry| entry.ghost_reads.is_none()).map(|entry| &entry.resource)
    }

    /// Everything that truly is there.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        self.entries.values().filter(|entry| entry.ghost_reads.is_none()).map(|entry| &entry.resource)
    }

    /// Writes a resource; a new one stays hidden for `lag_reads`. True when it is new.
    pub fn put(&mut self, resource: Resource, lag_reads: u32) -> bool {
        let key = resource.name.to_lowercase();
        let known = self.get(&resource.name).is_some();
        let hidden_reads = match self.entries.get(&key) {
            Some(entry) if known => entry.hidden_reads,
            _ => lag_reads,
        };
        self.entries.insert(key, Entry { resource, hidden_reads, ghost_reads: None });
        !known
    }

    /// Deletes a resource that lingers for `lag_reads`. True when there was one.
    pub fn remove(&mut self, name: &str, lag_reads: u32) -> bool {
        let key = name.to_lowercase();
        match self.entries.get_mut(&key) {
            Some(entry) if entry.ghost_reads.is_none() => {
                if lag_reads == 0 {
                    self.entries.remove(&key);
                } else {
                    entry.hidden_reads = 0;
                    entry.ghost_reads = Some(lag_reads);
                }
                true
            }
            _ => false,
        }
    }

    /// Deletes everything at once.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str) -> Resource {
        Resource::new(name, Some("IOT"), json!({}))
    }

    #[test]
    fn a_new_resource_hides_for_its_lag() {
        let mut collection = Collection::default();
        assert!(collection.put(resource("A"), 2));
        assert!(collection.read("a").is_none());
        assert!(collection.read_all().is_empty());
        assert!(collection.read("a").is_some());
        assert!(!collection.put(resource("a"), 2), "an update does not hide it again");
        assert!(collection.read("a").is_some());
    }

    #[test]
    fn a_deleted_resource_lingers_for_its_lag() {
        let mut collection = Collection::default();
        collection.put(resource("A"), 0);
        assert!(collection.remove("A", 1));
        assert!(!collection.remove("A", 1));
        assert!(collection.get("A").is_none());
        assert!(collection.read("A").is_some());
        assert!(collection.read("A").is_none());
    }
}
