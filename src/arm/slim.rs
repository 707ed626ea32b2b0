//! What is kept of a list's items while its pages are read: whole those that somebody reads, of all others who they are.
//! A workspace's scheduled rules, the cards of its connectors and the columns of its tables are many and long, and nobody
//! here looks into them.

use serde_json::{Map, Value};

use super::id::Collection;

/// The one kind of rules and templates that is read whole.
const INCIDENT_RULE_KIND: &str = "MicrosoftSecurityIncidentCreation";

/// The kinds of rules and templates that search by a query.
const QUERY_KINDS: [&str; 2] = ["Scheduled", "NRT"];

/// What a template of an analytics rule deploys, besides its own metadata.
const RULE_TEMPLATE: &str = "Microsoft.SecurityInsights/AlertRuleTemplates";

/// Says who an object is, and which state of it.
const IDENTITY: [&str; 5] = ["id", "name", "type", "kind", "etag"];

/// The two properties of a connector that are no plain values and are read.
const READ_OF_CONNECTORS: [&str; 2] = ["dataTypes", "filteredProviders"];

const MAIN_TEMPLATE: &str = "mainTemplate";

/// What is kept of the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kept {
    /// What is read of the objects of a collection.
    Of(Collection),
    /// Of workbooks, those whose content holds a mark, and those without a content, of which nobody can say.
    Marked(&'static str),
    /// All of the templates that search by a query, of others who they are.
    QueryTemplates,
    /// Who they are, and their properties that are plain values.
    PlainProperties,
    /// Who they are.
    Identity,
}

/// Drops what nobody reads of some items.
pub(super) fn slim(kept: Kept, items: &mut Vec<Value>) {
    // A number takes many times the room of its digit, and is nobody's connector.
    items.retain(|item| match (item, kept) {
        (Value::Object(item), Kept::Marked(mark)) => content(item).is_none_or(|content| content.contains(mark)),
        (item, _) => item.is_object(),
    });
    items.shrink_to_fit();
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        match kept {
            Kept::Identity => keep(item, is_identity),
            Kept::Of(Collection::AlertRules | Collection::AlertRuleTemplates)
                if !is_of(item, &[INCIDENT_RULE_KIND]) =>
            {
                keep(item, is_identity)
            }
            Kept::Marked(_) => {}
            Kept::QueryTemplates if !is_of(item, &QUERY_KINDS) => keep(item, is_identity),
            Kept::PlainProperties => keep_properties(item, &[]),
            Kept::Of(Collection::DataConnectors) => keep_properties(item, &READ_OF_CONNECTORS),
            Kept::Of(Collection::ContentTemplates) => {
                keep_properties(item, &[MAIN_TEMPLATE]);
                keep_rule_templates(item);
            }
            // The catalogue has hundreds of packages, and whole templates with them where a service sends these unasked.
            Kept::Of(Collection::ContentPackages | Collection::ContentProductPackages) => keep_properties(item, &[]),
            Kept::QueryTemplates
            | Kept::Of(
                Collection::AlertRules
                | Collection::AlertRuleTemplates
                | Collection::OnboardingStates
                | Collection::Settings,
            ) => {}
        }
    }
}

/// Keeps who an object is and its properties that are plain values, with `others` whatever these are.
fn keep_properties(item: &mut Map<String, Value>, others: &[&str]) {
    keep(item, |name, _| is_identity(name, &Value::Null) || name == "properties");
    if let Some(properties) = item.get_mut("properties").and_then(Value::as_object_mut) {
        keep(properties, |name, value| is_plain(value) || others.contains(&name));
    }
}

/// Keeps of what a content template deploys the templates of rules alone.
fn keep_rule_templates(item: &mut Map<String, Value>) {
    let main = item.get_mut("properties").and_then(|properties| properties.get_mut(MAIN_TEMPLATE));
    let Some(main) = main.and_then(Value::as_object_mut) else { return };
    keep(main, |name, _| name == "resources");
    if let Some(resources) = main.get_mut("resources").and_then(Value::as_array_mut) {
        let is_rule = |of_type: &str| of_type.eq_ignore_ascii_case(RULE_TEMPLATE);
        resources.retain(|resource| resource.get("type").and_then(Value::as_str).is_some_and(is_rule));
        resources.shrink_to_fit();
    }
}

/// The bytes that some items take, not counting what allocators and maps add.
pub(super) fn size(items: &[Value]) -> usize {
    items.iter().map(weight).sum()
}

fn weight(value: &Value) -> usize {
    let within = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => size(items),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| size_of::<String>() + name.len() + weight(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}

fn is_of(item: &Map<String, Value>, kinds: &[&str]) -> bool {
    let kind = item.get("kind").and_then(Value::as_str).unwrap_or_default();
    kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

fn content(workbook: &Map<String, Value>) -> Option<&str> {
    workbook.get("properties")?.get("serializedData")?.as_str()
}

fn is_identity(name: &str, _: &Value) -> bool {
    IDENTITY.contains(&name)
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// Makes the object anew of what is kept, since a map that only loses fields keeps their room.
fn keep(object: &mut Map<String, Value>, wanted: impl Fn(&str, &Value) -> bool) {
    *object = std::mem::take(object).into_iter().filter(|(name, value)| wanted(name, value)).collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slimmed(collection: Collection, item: Value) -> Value {
        slimmed_to(Kept::Of(collection), item)
    }

    fn slimmed_to(kept: Kept, item: Value) -> Value {
        let mut items = vec![item];
        slim(kept, &mut items);
        items.pop().unwrap_or_default()
    }

    #[test]
    fn of_rules_the_incident_rules_stay_whole() {
        let incident = json!({ "id": "i", "kind": "microsoftSecurityIncidentCreation", "properties": { "productFilter": "p", "severitiesFilter": ["High"] } });
        let scheduled = json!({ "id": "i", "name": "n", "kind": "Scheduled", "etag": "e", "properties": { "query": "Q", "enabled": true } });
        for collection in [Collection::AlertRules, Collection::AlertRuleTemplates] {
            assert_eq!(slimmed(collection, incident.clone()), incident);
            let left = json!({ "id": "i", "name": "n", "kind": "Scheduled", "etag": "e" });
            assert_eq!(slimmed(collection, scheduled.clone()), left);
        }
    }

    #[test]
    fn connectors_lose_their_cards_and_keep_what_is_read() {
        let read = json!({
            "id": "i", "name": "n", "kind": "K", "etag": "e", "type": "t",
            "properties": {
                "tenantId": "t", "subscriptionId": "s", "lookbackPeriod": "2025-01-01T00:00:00Z",
                "dataTypes": { "microsoftEmergingThreatFeed": { "state": "Enabled", "lookbackPeriod": "d" } },
                "filteredProviders": { "alerts": ["a"] }
            }
        });
        let mut whole = read.clone();
        whole["properties"]["connectorUiConfig"] = json!({ "title": "T" });
        whole["properties"]["pollingConfig"] = json!([1]);
        whole["systemData"] = json!({ "createdBy": "x" });
        assert_eq!(slimmed(Collection::DataConnectors, whole), read);
    }

    #[test]
    fn of_the_gallery_the_templates_with_a_query_stay_whole() {
        let query = json!({ "id": "i", "name": "n", "kind": "nrt", "properties": { "query": "Q", "tactics": ["T"] } });
        assert_eq!(slimmed_to(Kept::QueryTemplates, query.clone()), query);
        let fusion = json!({ "id": "i", "name": "n", "kind": "Fusion", "properties": { "tactics": ["T"] } });
        assert_eq!(slimmed_to(Kept::QueryTemplates, fusion), json!({ "id": "i", "name": "n", "kind": "Fusion" }));
    }

    #[test]
    fn content_templates_keep_their_rules_and_lose_what_they_deploy_besides() {
        let rule = json!({ "type": "microsoft.securityinsights/alertRuleTemplates", "properties": { "query": "Q" } });
        let mut whole = json!({
            "id": "i", "name": "n",
            "properties": { "contentKind": "AnalyticsRule", "version": "1.0.0", "mainTemplate": { "resources": [rule] } }
        });
        let left = whole.clone();
        whole["properties"]["support"] = json!({ "tier": "Microsoft" });
        whole["properties"]["mainTemplate"]["parameters"] = json!({ "location": {} });
        let metadata = json!({ "type": "Microsoft.OperationalInsights/workspaces/providers/metadata" });
        whole["properties"]["mainTemplate"]["resources"] = json!([metadata, rule, 5]);
        assert_eq!(slimmed(Collection::ContentTemplates, whole), left);
        for odd in [json!(5), json!({ "mainTemplate": [] }), json!({ "mainTemplate": { "resources": {} } })] {
            let odd = json!({ "id": "i", "properties": odd });
            assert_eq!(slimmed(Collection::ContentTemplates, odd.clone()), odd);
        }
    }

    #[test]
    fn tables_lose_their_columns_and_workspaces_all_but_their_ids() {
        let table = json!({
            "id": "i", "name": "n",
            "properties": { "retentionInDays": 90, "plan": "Analytics", "schema": { "columns": [{ "name": "c" }] } }
        });
        let left = json!({ "id": "i", "name": "n", "properties": { "retentionInDays": 90, "plan": "Analytics" } });
        assert_eq!(slimmed_to(Kept::PlainProperties, table.clone()), left);
        assert_eq!(slimmed_to(Kept::Identity, table), json!({ "id": "i", "name": "n" }));
    }

    #[test]
    fn of_workbooks_the_marked_ones_stay_and_those_that_do_not_tell() {
        let workbook =
            |content: Value| json!({ "id": "i", "location": "l", "properties": { "serializedData": content } });
        let marked = workbook(json!("{\"fromTemplateId\":\"mark\"}"));
        for stays in [marked, workbook(json!(null)), json!({ "id": "i", "properties": 5 }), json!({ "id": "i" })] {
            assert_eq!(slimmed_to(Kept::Marked("mark"), stays.clone()), stays);
        }
        assert_eq!(slimmed_to(Kept::Marked("mark"), workbook(json!("{}"))), json!(null));
        assert_eq!(slimmed_to(Kept::Marked("mark"), json!(5)), json!(null));
    }

    #[test]
    fn what_is_no_item_goes_and_odd_items_stay() {
        let mut items = vec![json!(1), json!(null), json!([{ "a": 1 }]), json!("x"), json!({})];
        slim(Kept::Of(Collection::OnboardingStates), &mut items);
        assert_eq!(items, [json!({})]);
        assert_eq!(slimmed(Collection::DataConnectors, json!({ "properties": 5 })), json!({ "properties": 5 }));
        assert_eq!(slimmed(Collection::AlertRules, json!({ "kind": 5, "x": 1 })), json!({ "kind": 5 }));
    }

    #[test]
    fn a_value_weighs_more_than_its_digits() {
        let numbers = json!({ "a": vec![0; 1000] });
        assert!(size(&[numbers]) > 1000 * size_of::<Value>());
        assert!(size(&[json!("x".repeat(1000))]) >= 1000);
    }
}
