//! A table as state has it and as the service has it: either is made of the other here, and the two are compared.

use super::block::{PLAN, TABLE};
use serde_json::{Map, Value as Json, json};

use super::block::{FOR_GOOD, PLANS, RETENTION, TOTAL, block, spelled};
use crate::arm::text;
use crate::provider::messages;
use crate::provider::spelling::{flag, number};
use crate::terraform::{Diagnostic, Object, Value, plan};
use jiff::{SignedDuration, Timestamp};

/// The service's own word for "as the workspace", and for "as the retention".
pub const DEFAULT: i64 = -1;

/// The number that Microsoft describes as always there and that an answer lacks.
pub fn lacks(item: &Json) -> Option<&'static str> {
    let numbers = ["retentionInDays", "totalRetentionInDays"];
    numbers.into_iter().find(|name| number(&item["properties"][name]).is_none())
}

/// The attributes that an item says nothing of, where it is of somebody's making and not the service's.
pub fn unsaid(item: &Json) -> Vec<&'static str> {
    let days = [(RETENTION, "retentionInDays"), (TOTAL, "totalRetentionInDays")];
    days.into_iter().filter(|(_, arm)| item["properties"][arm].is_null()).map(|(attribute, _)| attribute).collect()
}

/// The days that a value says of one of the two retentions.
pub fn days(value: &Value, name: &str) -> i64 {
    value.get(name).as_i64().unwrap_or(DEFAULT)
}

/// Whether a value is of a plan with a fixed retention.
pub fn is_basic(value: &Value) -> bool {
    value.get(PLAN).as_str().is_some_and(|plan| !plan.is_empty() && !plan.eq_ignore_ascii_case(PLANS[0]))
}

/// Whether nobody has set anything of a table.
pub fn is_default(item: &Json) -> bool {
    let found = Value::Object(read(&Value::Null, item));
    [RETENTION, TOTAL].into_iter().all(|name| days(&found, name) == DEFAULT) && !is_basic(&found)
}

/// Whether a change of the table is under way.
pub fn is_busy(item: &Json) -> bool {
    !["", "succeeded"].contains(&text(&item["properties"], "provisioningState").to_lowercase().as_str())
}

/// The plan of a table in the spelling of Microsoft's description; "" where the service shows none.
pub fn plan_of(item: &Json) -> &str {
    spelled(text(&item["properties"], "plan"))
}

/// What is wrong with a retention for a table that is of another plan than the one it can be set for.
pub fn basic_table(value: &Value) -> Option<Diagnostic> {
    let (table, plan) = (value.get(TABLE).as_str().unwrap_or_default(), value.get(PLAN).as_str());
    let days = days(value, RETENTION);
    let plan = plan.filter(|_| is_basic(value) && days != DEFAULT)?;
    Some(messages::basic_table(RETENTION, table, plan, days))
}

/// What is wrong with a change of plan that no table can make, `there` being the plan that it has.
pub fn one_way(wanted: &Value, there: &str) -> Option<Diagnostic> {
    let plan = wanted.get(PLAN).as_str().map(spelled).filter(|plan| !plan.is_empty() && !there.is_empty())?;
    let (is_other, is_for_good) = (plan != there, [plan, there].contains(&FOR_GOOD));
    let table = wanted.get(TABLE).as_str().unwrap_or_default();
    (is_other && is_for_good).then(|| messages::plan_for_good(PLAN, table, there, plan))
}

/// What is wrong with a change of the plan that state has.
pub fn refused_change(prior: &Value, planned: &Value) -> Option<Diagnostic> {
    one_way(planned, spelled(prior.get(PLAN).as_str().unwrap_or_default()))
}

/// What there is to say of a change of plan within a week of the last one, which the service counts.
pub fn too_soon(wanted: &Value, item: &Json, now: Timestamp) -> Option<Diagnostic> {
    let (plan, there) = (wanted.get(PLAN).as_str().map(spelled).unwrap_or_default(), plan_of(item));
    // What never changes does not change later either.
    if plan.is_empty() || plan == there || [plan, there].contains(&FOR_GOOD) {
        return None;
    }
    let last: Timestamp = text(&item["properties"], "lastPlanModifiedDate").parse().ok()?;
    let again = last.checked_add(SignedDuration::from_hours(24 * 7)).ok().filter(|again| *again > now)?;
    let table = wanted.get(TABLE).as_str().unwrap_or_default();
    let [last, again] = [last, again].map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string());
    Some(messages::plan_changed_lately(PLAN, table, plan, &last, &again))
}

/// The change that makes a table what `value` says.
pub fn body(value: &Value) -> Json {
    let mut properties = Map::new();
    // A plan that a table has for good is not asked for again: the api-version in use does not name it.
    let plan = value.get(PLAN).as_str().map(spelled).filter(|plan| !["", FOR_GOOD].contains(plan));
    if let Some(plan) = plan {
        properties.insert("plan".to_owned(), json!(plan));
    }
    // Only a table of the Analytics plan has a retention that can be set.
    if !is_basic(value) {
        properties.insert("retentionInDays".to_owned(), json!(days(value, RETENTION)));
    }
    properties.insert("totalRetentionInDays".to_owned(), json!(days(value, TOTAL)));
    json!({ "properties": properties })
}

/// Its attributes as the service shows them.
fn read(known: &Value, item: &Json) -> Object {
    let properties = &item["properties"];
    let plan = plan_of(item);
    let basic = !plan.is_empty() && !plan.eq_ignore_ascii_case(PLANS[0]);
    let shown = |name: &str, arm: &str, as_default: &str| {
        let days = number(&properties[arm]).unwrap_or(DEFAULT);
        // A number that equals the default may be shown as the default, which is the same retention.
        let is_default = flag(&properties[as_default]) && known.get(name).as_i64() != Some(days);
        Value::from(if is_default { DEFAULT } else { days })
    };
    let retention =
        if basic { DEFAULT.into() } else { shown(RETENTION, "retentionInDays", "retentionInDaysAsDefault") };
    Object::from([
        (RETENTION.to_owned(), retention),
        (TOTAL.to_owned(), shown(TOTAL, "totalRetentionInDays", "totalRetentionInDaysAsDefault")),
        ("plan".to_owned(), Value::from(Some(plan).filter(|plan| !plan.is_empty()))),
    ])
}

/// Where the table differs from `wanted`.
pub fn differences(wanted: &Value, item: &Json) -> Vec<String> {
    let found = read(wanted, item);
    let there = |name: &str| found.get(name).and_then(Value::as_i64).unwrap_or(DEFAULT);
    let mut lines: Vec<_> = [RETENTION, TOTAL]
        .into_iter()
        .map(|name| (name, days(wanted, name), there(name)))
        .filter(|(_, wanted, found)| wanted != found)
        .map(|(name, wanted, found)| format!("{name}: {wanted} here, {found} there"))
        .collect();
    let (plan, there) = (wanted.get(PLAN).as_str().unwrap_or_default(), text(&item["properties"], "plan"));
    if !plan.is_empty() && !plan.eq_ignore_ascii_case(there) {
        lines.push(format!("plan: {plan:?} here, {there:?} there"));
    }
    lines
}

/// Where a table has a retention or a plan of its own that `planned` changes, one line each.
pub fn own_retention(planned: &Value, item: &Json) -> Vec<String> {
    let has = read(&Value::Null, item);
    let own = |name: &str| has.get(name).and_then(Value::as_i64).filter(|own| *own != DEFAULT);
    let changed = |name: &str| {
        let (has, wanted) = (own(name)?, days(planned, name));
        (has != wanted).then(|| format!("{name}: {has} -> {wanted}"))
    };
    let (there, wanted) = (plan_of(item), planned.get(PLAN).as_str().map(spelled));
    let is_own = !["", PLANS[0]].contains(&there);
    let moved = wanted.filter(|wanted| is_own && *wanted != there);
    let moved = moved.map(|wanted| format!("{PLAN}: {there:?} -> {wanted:?}"));
    [RETENTION, TOTAL].into_iter().filter_map(changed).chain(moved).collect()
}

/// State as the service shows the table, in the spelling that state has.
pub fn seen(state: &Value, item: &Json) -> Value {
    let mut answered = state.clone();
    for (name, value) in read(state, item) {
        answered.set(&name, value);
    }
    plan::keep_spellings(&block(), state, answered)
}
