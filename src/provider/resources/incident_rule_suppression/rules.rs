//! The incident-creation rules of a workspace: which are whose and on, and how one is switched.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::block::PRODUCTS;
use crate::arm::{Collection, Error, Request, expect_resource, text};
use crate::catalog::{INCIDENT_RULE_KIND, IncidentProduct, Line};
use crate::provider::engine::ledger::{Claim, Ledger};
use crate::provider::engine::place::Place;
use crate::provider::engine::settle::{COMES_RIGHT_WITHIN, End, Look, until};
use crate::provider::engine::store::{Store, Stored};
use crate::provider::messages;
use crate::provider::spelling::flag;
use crate::terraform::{Diagnostics, Value};

/// Whether a rule is an incident-creation rule.
fn is_incident_rule(item: &Json) -> bool {
    text(item, "kind").eq_ignore_ascii_case(INCIDENT_RULE_KIND)
}

/// Whether a rule is an incident-creation rule of one of the products.
pub fn is_of(item: &Json, products: &[&str]) -> bool {
    let filter = text(&item["properties"], "productFilter");
    is_incident_rule(item) && products.iter().any(|product| IncidentProduct::is_same(product, filter))
}

/// Whether a rule creates incidents.
pub fn is_on(item: &Json) -> bool {
    flag(&item["properties"]["enabled"])
}

/// Whether two ARM ids are one.
pub fn same_id(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Whether a rule is one of `ids`.
pub fn is_among(item: &Json, ids: &[&str]) -> bool {
    ids.iter().any(|id| same_id(id, text(item, "id")))
}

/// Ids in one order without doubles.
pub fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Value {
    let mut sorted: Vec<&str> = ids.into_iter().collect();
    sorted.sort_by_key(|id| id.to_lowercase());
    sorted.dedup_by(|left, right| same_id(left, right));
    Value::strings(sorted)
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

impl Switched {
    /// Whether a rule is switched, or may be.
    pub fn touched(&self, item: &Json) -> bool {
        self.done.iter().chain(&self.in_doubt).any(|id| same_id(id, text(item, "id")))
    }
}

/// The rules of a place's workspace, but for those that a block of this run has.
pub struct Rules<'a> {
    pub place: &'a Place<'a>,
    pub ledger: &'a Ledger,
}

impl Rules<'_> {
    /// The alert rules of every kind, and whichever of `asked` there is; one list serves all who ask at about the same time.
    pub async fn seen(&self, asked: &[&str]) -> Result<Vec<Json>, Error> {
        let items = self.place.client.list(&self.place.call, self.request()).await?;
        self.with_unlisted(&items, asked).await
    }

    /// The same as it is now, past what other reads share.
    pub async fn now(&self, asked: &[&str]) -> Result<Vec<Json>, Error> {
        self.place.client.forget(&self.place.call, &self.request());
        self.seen(asked).await
    }

    fn request(&self) -> Request {
        self.place.list_of(Collection::AlertRules)
    }

    /// The items with those of `asked` that they lack and that are there by themselves: a list may lag behind, or lose an
    /// item between two pages.
    async fn with_unlisted(&self, items: &[Json], asked: &[&str]) -> Result<Vec<Json>, Error> {
        for item in items.iter().filter(|item| text(item, "kind").is_empty() || is_incident_rule(item)) {
            // What cannot be read is not off.
            expect_resource(item)?;
        }
        let mut items = items.to_vec();
        for id in asked {
            let (there, name) = (items.iter().any(|item| same_id(text(item, "id"), id)), id.rsplit('/').next());
            if there || self.is_anothers(name.unwrap_or_default()) {
                continue;
            }
            items.extend(self.store(name.unwrap_or_default()).get().await?);
        }
        Ok(items)
    }

    fn store(&self, name: &str) -> Store<'_> {
        Store::of(self.place, Collection::AlertRules, Line::Preview, name)
    }

    /// Whether the rule of this name is another block's of this run, or was: its own block says whether it is on.
    fn is_anothers(&self, name: &str) -> bool {
        let id = self.store(name).id.to_string();
        self.ledger.is_known(&id) || self.ledger.has_left(&id)
    }

    /// Whether no block of this run has the rule, as far as is known by now.
    pub fn is_free(&self, item: &Json) -> bool {
        !self.is_anothers(text(item, "name"))
    }

    /// Those rules of `products` that are on and nobody else's.
    pub fn enabled<'i>(&self, items: &'i [Json], products: &[&str]) -> Vec<&'i Json> {
        items.iter().filter(|item| is_of(item, products) && is_on(item) && self.is_free(item)).collect()
    }

    /// Switches rules one after the other; a failure ends it, and what was done until then is told.
    pub async fn switch(&self, rules: &[&Json], on: bool) -> Switched {
        let (mut switched, subject) = (Switched::default(), self.place.subject);
        for rule in rules {
            let id = text(rule, "id");
            match self.switch_one(rule, on).await {
                // A rule that is to be given back stays in state until it is seen to be on.
                Ok(Some(Stored::NotReadable | Stored::Absent | Stored::Differently(_))) if on => {
                    let error = Error::still_changing(&self.place.call);
                    switched.diagnostics.push(messages::rule_not_switched(PRODUCTS, subject, id, on, &error));
                }
                Ok(Some(Stored::NotReadable | Stored::Absent)) => {
                    switched.in_doubt.push(id.to_owned());
                    switched.diagnostics.push(messages::not_readable_yet(subject));
                }
                Ok(Some(Stored::Differently(_))) => {
                    switched.in_doubt.push(id.to_owned());
                    let line = format!("{id}: enabled = {on} here, {} there", !on);
                    switched.diagnostics.push(messages::stored_differently(subject, &[line]));
                }
                Ok(Some(Stored::AsAsked(_))) => switched.done.push(id.to_owned()),
                // Deleted, switched by somebody else, or moved to another product meanwhile.
                Ok(None) => {}
                Err(error) => {
                    if error.may_have_happened() {
                        switched.in_doubt.push(id.to_owned());
                    }
                    switched.diagnostics.push(messages::rule_not_switched(PRODUCTS, subject, id, on, &error));
                    break;
                }
            }
        }
        switched
    }

    /// The rule by itself; it is gone when a list of this moment lacks it too.
    async fn still_there(&self, store: &Store<'_>) -> Result<Option<Json>, Error> {
        let id = store.id.to_string();
        let end = until(&self.place.call, || async {
            let found = store.get().await?;
            let is_listed = found.is_none() && self.now(&[]).await?.iter().any(|item| is_among(item, &[&id]));
            Ok::<_, Error>(if is_listed { Look::Unsettled(None, COMES_RIGHT_WITHIN) } else { Look::Settled(found) })
        });
        match end.await? {
            End::Settled(found) => Ok(found),
            End::Stayed(_) | End::Over(_) => {
                Err(Error::contradicted("the list of rules has it, and by itself it is not there"))
            }
        }
    }

    /// Puts one rule back as it is but for its switch, if it is there: a PUT would make one that is gone. A rule that
    /// changed since it was looked at is looked at again.
    async fn switch_one(&self, rule: &Json, on: bool) -> Result<Option<Stored>, Error> {
        let store = self.store(text(rule, "name"));
        let _turn = self.ledger.turn(&[Claim::object(&store.id.to_string())]).await;
        if !self.is_free(rule) {
            return Ok(None);
        }
        let product = text(&rule["properties"], "productFilter");
        let mut refused = None;
        loop {
            let rule = match self.still_there(&store).await? {
                Some(now) if is_of(&now, &[product]) && is_on(&now) != on => now,
                Some(_) | None => {
                    return match refused.filter(Error::may_have_happened) {
                        Some(error) => Err(error),
                        None => Ok(None),
                    };
                }
            };
            match store.put(switched_body(&rule, on), |item| is_on(item) == on).await {
                Ok(stored) => return Ok(Some(stored)),
                Err(error) if error.is_conflict() && refused.is_none() => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
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
