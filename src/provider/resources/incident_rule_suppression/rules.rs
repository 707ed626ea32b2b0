//! The incident-creation rules of a workspace: which are whose and on, and how one is switched.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::block::PRODUCTS;
use crate::arm::{Collection, Error, Request, text};
use crate::catalog::{INCIDENT_RULE_KIND, IncidentProduct, Line};
use crate::provider::messages;
use crate::provider::place::Place;
use crate::provider::spelling::flag;
use crate::provider::store::{Store, Stored};
use crate::terraform::{Diagnostics, Value};

/// Whether a rule is an incident-creation rule of one of the products.
pub fn is_of(item: &Json, products: &[&str]) -> bool {
    let filter = text(&item["properties"], "productFilter");
    text(item, "kind").eq_ignore_ascii_case(INCIDENT_RULE_KIND)
        && products.iter().any(|product| IncidentProduct::is_same(product, filter))
}

/// Whether a rule creates incidents.
pub fn is_on(item: &Json) -> bool {
    flag(&item["properties"]["enabled"])
}

/// Whether two ARM ids are one.
pub fn same_id(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Ids in one order without doubles.
pub fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Value {
    let mut sorted: Vec<&str> = ids.into_iter().collect();
    sorted.sort_by_key(|id| id.to_lowercase());
    sorted.dedup_by(|left, right| same_id(left, right));
    Value::strings(sorted)
}

/// The ids of the rules of `products` that are on.
pub fn enabled<'a>(items: &'a [Json], products: &[&str]) -> Vec<&'a str> {
    items.iter().filter(|item| is_of(item, products) && is_on(item)).map(|item| text(item, "id")).collect()
}

/// Whether two sets of names are the same products.
pub fn same_products(left: &[&str], right: &[&str]) -> bool {
    let [left, right] =
        [left, right].map(|names| names.iter().map(|name| IncidentProduct::key(name)).collect::<HashSet<_>>());
    left == right
}

/// What came of switching some rules.
#[derive(Default)]
pub struct Switched {
    /// Ids that are switched now.
    pub done: Vec<String>,
    /// Ids that may be: the service was asked, and what came of it is not known.
    pub in_doubt: Vec<String>,
    pub diagnostics: Diagnostics,
}

impl Place<'_> {
    /// The alert rules of every kind; one request serves all who ask at about the same time.
    pub async fn rules(&self) -> Result<Arc<Vec<Json>>, Error> {
        let request = Request::list(&self.workspace, Collection::AlertRules, self.version(Line::Preview));
        self.client.list(&self.call, request).await
    }

    /// The rules as they are now, past what other reads share.
    pub async fn rules_now(&self) -> Result<Arc<Vec<Json>>, Error> {
        let request = Request::list(&self.workspace, Collection::AlertRules, self.version(Line::Preview));
        self.client.forget(&self.call, &request);
        self.client.list(&self.call, request).await
    }

    /// Switches rules one after the other; a failure ends it, and what was done until then is told.
    pub async fn switch(&self, rules: &[&Json], on: bool) -> Switched {
        let mut switched = Switched::default();
        for rule in rules {
            let id = text(rule, "id");
            match self.switch_one(rule, on).await {
                Ok(Some(Stored::NotReadable | Stored::Absent)) => {
                    switched.in_doubt.push(id.to_owned());
                    switched.diagnostics.push(messages::not_readable_yet(self.subject));
                }
                Ok(Some(Stored::Differently(_))) => {
                    switched.in_doubt.push(id.to_owned());
                    let line = format!("{id}: enabled = {on} here, {} there", !on);
                    switched.diagnostics.push(messages::stored_differently(self.subject, &[line]));
                }
                Ok(Some(Stored::AsAsked(_))) => switched.done.push(id.to_owned()),
                // Deleted, or moved to another product, meanwhile.
                Ok(None) => {}
                Err(error) => {
                    if error.may_have_happened() {
                        switched.in_doubt.push(id.to_owned());
                    }
                    switched.diagnostics.push(messages::rule_not_switched(PRODUCTS, self.subject, id, on, &error));
                    break;
                }
            }
        }
        switched
    }

    /// Puts one rule back as it is but for its switch. A rule that changed since it was read is read again.
    async fn switch_one(&self, rule: &Json, on: bool) -> Result<Option<Stored>, Error> {
        let store = Store::of(self, Collection::AlertRules, Line::Preview, text(rule, "name"));
        let mut rule = rule.clone();
        for last in [false, true] {
            let outcome = store.put(switched_body(&rule, on), |item| is_on(item) == on).await;
            let error = match outcome {
                Ok(stored) => return Ok(Some(stored)),
                Err(error) if error.is_conflict() && !last => error,
                Err(error) => return Err(error),
            };
            let product = text(&rule["properties"], "productFilter");
            match store.get().await? {
                Some(now) if is_of(&now, &[product]) && is_on(&now) != on => rule = now,
                Some(_) | None if !error.may_have_happened() => return Ok(None),
                Some(_) | None => return Err(error),
            }
        }
        Ok(None)
    }
}

/// The rule with its switch turned, and without what the service alone may write.
fn switched_body(rule: &Json, on: bool) -> Json {
    let mut properties = rule["properties"].clone();
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("lastModifiedUtc");
        fields.insert("enabled".to_owned(), on.into());
    }
    let mut body = json!({ "kind": text(rule, "kind"), "properties": properties });
    if let Some(etag) = rule["etag"].as_str() {
        body["etag"] = etag.into();
    }
    body
}
