//! Resource groups and the subscriptions they are in, as data.

use serde_json::{Value, json};

use super::collection::Collection;

/// One resource group.
#[derive(Debug, Clone)]
pub struct ResourceGroup {
    /// The subscription it is in.
    pub subscription_id: String,
    /// Its name.
    pub name: String,
    /// Where its own record is kept; what it holds may be elsewhere.
    pub location: String,
    /// What a client may set besides: `tags`, and `managedBy` if it is set.
    pub own: Value,
    /// The workbooks in it.
    pub workbooks: Collection,
    /// Its removal, while that is under way.
    pub removal: Option<Removal>,
}

/// A removal that was taken in and is not done yet.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The id of its operation.
    pub id: String,
    /// Looks at it until it is done.
    pub looks_left: u32,
}

/// One subscription.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant_id: String,
    /// The resource providers that it lacks, in lower case.
    pub unregistered: Vec<String>,
}

impl ResourceGroup {
    /// A group that nobody said more of than where it is.
    pub fn new(subscription_id: &str, name: &str, location: &str) -> Self {
        let (subscription_id, name, location) = (subscription_id.to_owned(), name.to_owned(), location.to_owned());
        Self {
            subscription_id,
            name,
            location,
            own: json!({"tags": {}}),
            workbooks: Collection::default(),
            removal: None,
        }
    }

    /// Whether it is the one of these names, in any casing.
    pub fn is(&self, subscription_id: &str, name: &str) -> bool {
        self.subscription_id.eq_ignore_ascii_case(subscription_id) && self.name.eq_ignore_ascii_case(name)
    }

    /// Its ARM id.
    pub fn id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription_id, self.name)
    }

    /// The group as the service shows it \[spec: ResourceGroup\].
    pub fn render(&self) -> Value {
        let mut body = self.own.clone();
        body["id"] = json!(self.id());
        body["name"] = json!(self.name);
        body["type"] = json!("Microsoft.Resources/resourceGroups");
        body["location"] = json!(self.location);
        let state = if self.removal.is_some() { "Deleting" } else { "Succeeded" };
        body["properties"] = json!({"provisioningState": state});
        body
    }
}
