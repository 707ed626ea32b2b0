//! One template of an analytics rule, out of what the gallery or a solution has of it. No I/O.

use std::cmp::Ordering;

use serde_json::Value as Json;
use uuid::Uuid;

use crate::arm::{check_name, text};
use crate::provider::engine::attributes::NAME;
use crate::terraform::{Object, Type, Value};

const DISPLAY_NAME: &str = "display_name";

/// The kinds that search by a query.
const KINDS: [&str; 2] = ["Scheduled", "NRT"];

/// The type of what a solution's template deploys.
const RULE_TEMPLATE: &str = "Microsoft.SecurityInsights/AlertRuleTemplates";

/// Letters that a message shows of a name.
const LONGEST_NAME: usize = 100;

/// One template.
pub struct Template {
    pub name: Uuid,
    pub display_name: String,
    /// The ids of the connectors that it needs, each once.
    pub connectors: Vec<String>,
    version: String,
    /// Whether a solution brought it.
    is_of_solution: bool,
    value: Value,
}

/// What is there of a template that cannot be read, and why it cannot.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub name: String,
    pub why: &'static str,
}

/// The type of a template in a schema.
pub fn template_type() -> Type {
    let texts = Type::list(Type::String);
    let pairs = |first, second| Type::list(Type::object([(first, Type::String), (second, Type::String)]));
    let mapping = Type::object([("entity_type", Type::String), ("field_mappings", pairs("identifier", "column_name"))]);
    let overrides = Type::object([
        ("description_format", Type::String),
        ("display_name_format", Type::String),
        ("severity_column_name", Type::String),
        ("tactics_column_name", Type::String),
        ("dynamic_properties", pairs("name", "value")),
    ]);
    Type::object([
        (NAME, Type::String),
        (DISPLAY_NAME, Type::String),
        ("description", Type::String),
        ("kind", Type::String),
        ("severity", Type::String),
        ("query", Type::String),
        ("query_frequency", Type::String),
        ("query_period", Type::String),
        ("trigger_operator", Type::String),
        ("trigger_threshold", Type::Number),
        ("event_grouping", Type::String),
        ("tactics", texts.clone()),
        ("techniques", texts.clone()),
        ("custom_details", Type::map(Type::String)),
        ("entity_mappings", Type::list(mapping)),
        ("alert_details_override", overrides),
        ("version", Type::String),
        ("status", Type::String),
        ("connectors", texts.clone()),
        ("data_types", texts),
        ("solution_id", Type::String),
        ("solution_name", Type::String),
    ])
}

impl Template {
    /// What the gallery has; nothing for a template of another kind.
    pub fn of_gallery(item: &Json) -> Option<Result<Self, Unreadable>> {
        let kind = known_kind(item)?;
        let properties = &item["properties"];
        let version = text(properties, "version");
        Some(
            Self::read(kind, text(item, "name"), version, properties, &Json::Null).map_err(|why| unreadable(item, why)),
        )
    }

    /// What a solution brought; nothing for a template of something else than a rule.
    pub fn of_solution(item: &Json) -> Option<Result<Self, Unreadable>> {
        let content = &item["properties"];
        let kind = text(content, "contentKind");
        // A template that does not say what it is of is no reason to leave others out.
        (kind.is_empty() || kind.eq_ignore_ascii_case("AnalyticsRule"))
            .then(|| Self::of_content(content).transpose())?
            .map(|read| read.map_err(|why| unreadable(item, why)))
    }

    /// A solution's template that a list has and that is not found by itself.
    pub fn not_found(item: &Json) -> Unreadable {
        unreadable(item, "the list has it, but the service does not find it by itself")
    }

    /// Whether a solution's template comes with what it deploys.
    pub fn is_whole(item: &Json) -> bool {
        item["properties"]["mainTemplate"].is_object()
    }

    fn of_content(content: &Json) -> Result<Option<Self>, &'static str> {
        if !content.is_object() {
            return Err("it has no properties");
        }
        let main = &content["mainTemplate"];
        if !main.is_object() {
            return Err("the service does not show what it deploys (mainTemplate)");
        }
        let resources = main["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut rules = resources.iter().filter(|resource| text(resource, "type").eq_ignore_ascii_case(RULE_TEMPLATE));
        let (Some(rule), None) = (rules.next(), rules.next()) else {
            return Err("it does not deploy one template of a rule");
        };
        let Some(kind) = known_kind(rule) else { return Ok(None) };
        // A package may name the rule by an expression; the content's own id is the same.
        let names = [text(rule, "name"), text(content, "contentId")];
        let name = names.into_iter().find(|name| Uuid::try_parse(name).is_ok()).unwrap_or_default();
        let own = text(content, "version");
        let version = if own.is_empty() { text(&rule["properties"], "version") } else { own };
        Self::read(kind, name, version, &rule["properties"], content).map(Some)
    }

    fn read(kind: &str, name: &str, version: &str, properties: &Json, content: &Json) -> Result<Self, &'static str> {
        let name = Uuid::try_parse(name).map_err(|_| "its name is no GUID")?;
        let query = literal(&properties["query"]).filter(|query| !query.trim().is_empty());
        let query = query.ok_or("it has no query, or an expression in its place")?;
        let display_name = [&properties["displayName"], &content["displayName"]].into_iter().find_map(literal);
        let display_name = display_name.ok_or("it has no display name")?.to_owned();
        let severity = literal(&properties["severity"]).ok_or("it has no severity")?;
        let of_connectors = &properties["requiredDataConnectors"];
        let ids = items(of_connectors).iter().filter_map(|needed| literal(&needed["connectorId"]));
        let connectors = once(ids.filter(|id| check_name(id).is_ok()));
        let data_types = once(items(of_connectors).iter().flat_map(|needed| strings(&needed["dataTypes"])));
        let optional = |field: &str| Value::from(told(&properties[field]));
        let of_content = |field: &str| Value::from(told(&content[field]));
        let value = Object::from(
            [
                (NAME, name.to_string().into()),
                (DISPLAY_NAME, display_name.as_str().into()),
                ("description", optional("description")),
                ("kind", kind.into()),
                ("severity", severity.into()),
                ("query", query.into()),
                ("query_frequency", optional("queryFrequency")),
                ("query_period", optional("queryPeriod")),
                ("trigger_operator", optional("triggerOperator")),
                ("trigger_threshold", properties["triggerThreshold"].as_i64().into()),
                ("event_grouping", literal(&properties["eventGroupingSettings"]["aggregationKind"]).into()),
                ("tactics", Value::strings(strings(&properties["tactics"]))),
                ("techniques", Value::strings(strings(&properties["techniques"]))),
                ("custom_details", custom_details(&properties["customDetails"])),
                ("entity_mappings", entity_mappings(&properties["entityMappings"])),
                ("alert_details_override", alert_details_override(&properties["alertDetailsOverride"])),
                ("version", Some(version).filter(|version| !version.is_empty()).into()),
                ("status", optional("status")),
                ("connectors", Value::strings(connectors.clone())),
                ("data_types", Value::strings(data_types)),
                ("solution_id", of_content("packageId")),
                ("solution_name", of_content("packageName")),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let is_of_solution = !content.is_null();
        let (version, value) = (version.to_owned(), Value::Object(value));
        Ok(Self { name, display_name, connectors, version, is_of_solution, value })
    }

    /// Whether it needs one of some connectors.
    pub fn needs_any(&self, connectors: &[&str]) -> bool {
        self.connectors.iter().any(|needed| connectors.iter().any(|wanted| wanted.eq_ignore_ascii_case(needed)))
    }

    /// Whether this is to be shown rather than another of the same name: a solution's, of the higher version.
    pub fn is_newer(&self, other: &Self) -> bool {
        let by_version = || compare_versions(&self.version, &other.version);
        self.is_of_solution.cmp(&other.is_of_solution).then_with(by_version).is_gt()
    }

    /// As the schema has it.
    pub fn into_value(self) -> Value {
        self.value
    }
}

fn unreadable(item: &Json, why: &'static str) -> Unreadable {
    let display_name = text(&item["properties"], "displayName");
    let name = if display_name.is_empty() { text(item, "name") } else { display_name };
    Unreadable { name: name.chars().take(LONGEST_NAME).collect(), why }
}

/// The kind of an item as ARM spells it, if it is one with a query.
fn known_kind(item: &Json) -> Option<&'static str> {
    let kind = text(item, "kind");
    KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(kind))
}

/// A text that stands for itself; an expression of an ARM template stands for something that is not known here.
fn literal(value: &Json) -> Option<&str> {
    let text = value.as_str()?;
    match text.strip_prefix('[').filter(|rest| rest.ends_with(']')) {
        // A doubled bracket is how ARM writes a text that begins with one.
        Some(rest) if rest.starts_with('[') => Some(rest),
        Some(_) => None,
        None => Some(text),
    }
}

/// A text that says something; an empty one is as good as none.
fn told(value: &Json) -> Option<&str> {
    literal(value).filter(|text| !text.is_empty())
}

fn items(value: &Json) -> &[Json] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn strings(value: &Json) -> impl Iterator<Item = &str> {
    items(value).iter().filter_map(literal)
}

/// Each name once, in whatever casing, in the order in which they come.
fn once<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.fold(Vec::new(), |mut seen: Vec<String>, name| {
        if !seen.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            seen.push(name.to_owned());
        }
        seen
    })
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

fn custom_details(details: &Json) -> Value {
    let details = details.as_object().into_iter().flatten();
    Value::Object(details.filter_map(|(name, column)| Some((name.clone(), literal(column)?.into()))).collect())
}

/// A list of pairs; what is not a pair of two texts is none.
fn pairs(list: &Json, arm: [&str; 2], ours: [&str; 2]) -> Value {
    let pair = |item: &Json| {
        Some(object([(ours[0], literal(&item[arm[0]])?.into()), (ours[1], literal(&item[arm[1]])?.into())]))
    };
    Value::List(items(list).iter().filter_map(pair).collect())
}

fn entity_mappings(mappings: &Json) -> Value {
    let mapping = |item: &Json| {
        let fields = pairs(&item["fieldMappings"], ["identifier", "columnName"], ["identifier", "column_name"]);
        Some(object([("entity_type", literal(&item["entityType"])?.into()), ("field_mappings", fields)]))
    };
    Value::List(items(mappings).iter().filter_map(mapping).collect())
}

fn alert_details_override(overrides: &Json) -> Value {
    if !overrides.is_object() {
        return Value::Null;
    }
    let optional = |field: &str| Value::from(told(&overrides[field]));
    object([
        ("description_format", optional("alertDescriptionFormat")),
        ("display_name_format", optional("alertDisplayNameFormat")),
        ("severity_column_name", optional("alertSeverityColumnName")),
        ("tactics_column_name", optional("alertTacticsColumnName")),
        (
            "dynamic_properties",
            pairs(&overrides["alertDynamicProperties"], ["alertProperty", "value"], ["name", "value"]),
        ),
    ])
}

/// By numbers as far as both have them, so that 1.0.10 is above 1.0.9.
fn compare_versions(left: &str, right: &str) -> Ordering {
    let numbers = |version: &str| version.split('.').map(|part| part.trim().parse::<u64>().ok()).collect::<Vec<_>>();
    numbers(left).cmp(&numbers(right)).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_go_by_their_numbers() {
        let sorted = ["1.0.9", "1.0.10", "1.1", "1.1.0", "2"];
        assert!(sorted.windows(2).all(|pair| compare_versions(pair[0], pair[1]).is_lt()));
        assert_eq!(compare_versions("", ""), Ordering::Equal);
        // What is no number is below every number.
        assert!(compare_versions("beta", "1").is_lt());
    }

    #[test]
    fn an_expression_stands_for_nothing_and_a_doubled_bracket_for_one() {
        let seen = ["T | take 1", "[variables('x')]", "[['T'] | project ['a']", "[0] + 1", "[", "[]"]
            .map(|text| literal(&json!(text)).map(str::to_owned));
        let left = [Some("T | take 1"), None, Some("['T'] | project ['a']"), Some("[0] + 1"), Some("["), None];
        assert_eq!(seen, left.map(|text| text.map(str::to_owned)));
        assert_eq!(literal(&json!(5)), None);
    }

    #[test]
    fn a_list_without_what_is_deployed_says_so_whatever_else_is_odd() {
        for odd in [json!(null), json!(5), json!({ "properties": 5 }), json!({ "properties": { "mainTemplate": 5 } })] {
            assert!(!Template::is_whole(&odd) && matches!(Template::of_solution(&odd), Some(Err(_))), "{odd}");
        }
        assert!(Template::of_gallery(&json!({ "kind": 5 })).is_none());
    }
}
