//! The plan rules that hold for every resource: defaults, equal spellings, what becomes unknown, what replaces.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Attribute, AttributePath, Block, Equality, Mode, Nesting, Planned, Type, Value};

/// Plans a create (no `prior`) or an update by the schema alone.
///
/// `proposed` is Terraform's own merge of configuration and prior state. What comes out obeys Terraform's contract:
/// a configured attribute is planned as configured, or as it stands in state if the two spellings are one value.
pub fn plan(block: &Block, config: &Value, prior: Option<&Value>, proposed: Value) -> Planned {
    let mut value = merge(block, config, prior.unwrap_or(&Value::Null), proposed);
    let changed = prior.is_none_or(|prior| *prior != value);
    let mut requires_replace = Vec::new();
    for attribute in &block.attributes {
        if changed && attribute.is_computed() && config.get(&attribute.name).is_null() && attribute.default.is_none() {
            let keeps = attribute.stable && prior.is_some_and(|prior| prior.get(&attribute.name).is_known());
            if !keeps {
                value.set(&attribute.name, Value::unknown());
            }
        }
        // What the provider itself gives is only missing in state that does not tell yet, as after a move from another one.
        let is_untold = |was: &Value| was.is_null() && (attribute.is_computed() || attribute.default.is_some());
        if let Some(was) = prior.map(|prior| prior.get(&attribute.name))
            && attribute.replaces
            && was != value.get(&attribute.name)
            && !is_untold(was)
        {
            requires_replace.push(AttributePath::from(attribute.name.as_str()));
        }
    }
    Planned { value, requires_replace, ..Planned::default() }
}

/// Applies defaults and equal spellings, block by block.
fn merge(block: &Block, config: &Value, prior: &Value, mut proposed: Value) -> Value {
    for attribute in &block.attributes {
        let name = attribute.name.as_str();
        if config.get(name).is_null()
            && let Some(default) = &attribute.default
        {
            proposed.set(name, default.clone());
        }
        let settled = attribute.creation_only && prior.get(name).is_known();
        if settled || same(attribute, prior.get(name), proposed.get(name)) {
            proposed.set(name, prior.get(name).clone());
        }
    }
    for nested in &block.blocks {
        // What is no object stays as it is: a block that is left out, and those of which there may be many.
        let inner = proposed.get(nested.name).clone();
        let merged = merge(&nested.block, config.get(nested.name), prior.get(nested.name), inner);
        proposed.set(nested.name, merged);
    }
    proposed
}

/// Whether two values of an attribute are one value, whatever their spelling and, in a set, their order.
pub fn same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match (&attribute.ty, left, right) {
        (Type::Set(_), Value::List(left), Value::List(right)) => {
            left.len() == right.len() && same_elements(attribute.equality, left, right)
        }
        (_, Value::String(left), Value::String(right)) => {
            left == right || key(attribute.equality, left) == key(attribute.equality, right)
        }
        _ => left == right,
    }
}

/// Whether each element of one set is in the other, looked up by what it goes by: sets may be long.
fn same_elements(equality: Equality, left: &[Value], right: &[Value]) -> bool {
    let texts = |these| -> HashSet<Key<'_>> {
        <[Value]>::iter(these).filter_map(Value::as_str).map(|text| key(equality, text)).collect()
    };
    // What is no text has no key; there are few such elements, if any.
    let others = |these| -> Vec<&Value> { <[Value]>::iter(these).filter(|this| this.as_str().is_none()).collect() };
    let (others_left, others_right) = (others(left), others(right));
    others_left.iter().all(|this| others_right.contains(this))
        && others_right.iter().all(|this| others_left.contains(this))
        && texts(left) == texts(right)
}

/// What a text goes by: two texts with one key are one value.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Text(Cow<'a, str>),
    Second(i64),
}

fn key(equality: Equality, text: &str) -> Key<'_> {
    match equality {
        Equality::Exact => Key::Text(text.into()),
        Equality::IgnoreCase => Key::Text(text.to_ascii_lowercase().into()),
        Equality::SameInstant => second(text).map_or(Key::Text(text.into()), Key::Second),
    }
}

/// The second that an RFC 3339 date names.
fn second(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// Takes what the service answered into state: an attribute keeps the spelling that `known` has for the same value.
pub fn keep_spellings(block: &Block, known: &Value, mut answered: Value) -> Value {
    for attribute in &block.attributes {
        let name = attribute.name.as_str();
        if attribute.mode != Mode::Computed && same(attribute, known.get(name), answered.get(name)) {
            answered.set(name, known.get(name).clone());
        }
    }
    answered
}

/// What a user would write to have this state: what the provider alone gives is left out, and what matters to a create
/// alone.
pub fn config_of(block: &Block, state: &Value) -> Value {
    let mut config = state.clone();
    for attribute in &block.attributes {
        let value = state.get(&attribute.name);
        let is_left_out = attribute.mode == Mode::Computed || attribute.creation_only || attribute.deprecated.is_some();
        // A text that nobody gave may stand in state as an empty one.
        let is_empty = attribute.mode != Mode::Required && value.as_str() == Some("");
        if is_left_out || is_empty || !value.is_wholly_known() {
            config.set(&attribute.name, Value::Null);
        }
    }
    for nested in &block.blocks {
        let none = match nested.nesting {
            Nesting::Single => Value::Null,
            Nesting::List => Value::List(Vec::new()),
        };
        config.set(nested.name, none);
    }
    config
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::Object;

    fn block() -> Block {
        let inner = || Block::new("", vec![Attribute::optional("create", Type::String, "").default("30m")]);
        Block::new(
            "",
            vec![
                Attribute::required("workspace", Type::String, "").replaces().ignore_case(),
                Attribute::optional_computed("name", Type::String, "").replaces().stable(),
                Attribute::optional("on", Type::Bool, "").default(true),
                Attribute::optional("tables", Type::set(Type::String), "").ignore_case(),
                Attribute::computed("id", Type::String, "").stable(),
                Attribute::optional("adopt", Type::Bool, "").default(false).creation_only(),
                Attribute::computed("counted", Type::Number, ""),
            ],
        )
        .block("timeouts", Nesting::Single, inner())
        .block("steps", Nesting::List, inner())
    }

    fn object(fields: &[(&str, Value)]) -> Value {
        let mut all: Object =
            block().attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null)).collect();
        all.insert("timeouts".to_owned(), Value::Null);
        all.insert("steps".to_owned(), Value::List(Vec::new()));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(all)
    }

    fn state() -> Value {
        object(&[
            ("workspace", "/A".into()),
            ("name", "n".into()),
            ("on", true.into()),
            ("adopt", false.into()),
            ("tables", Value::strings(["B", "A"])),
            ("id", "/A/n".into()),
            ("counted", 2.into()),
        ])
    }

    /// Terraform's own merge: what is configured, else what an attribute that may be computed has in state.
    fn proposed(config: &Value, prior: Option<&Value>) -> Value {
        let mut proposed = config.clone();
        for attribute in block().attributes.iter().filter(|attribute| attribute.is_computed()) {
            if config.get(&attribute.name).is_null() {
                proposed.set(&attribute.name, prior.map_or(Value::Null, |prior| prior.get(&attribute.name).clone()));
            }
        }
        proposed
    }

    fn told(what: &str, config: &[(&str, Value)], prior: Option<&Value>) -> String {
        let config = object(config);
        let planned = plan(&block(), &config, prior, proposed(&config, prior));
        let shown = |value: &Value| match value {
            Value::Unknown(_) => "?".to_owned(),
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            other => other.as_i64().map_or_else(|| other.known_strings().join("+"), |number| number.to_string()),
        };
        let names = ["workspace", "name", "on", "adopt", "tables", "id", "counted"];
        let values: Vec<_> = names.iter().map(|name| format!("{name}={}", shown(planned.value.get(name)))).collect();
        let replaces: Vec<_> = planned.requires_replace.iter().map(ToString::to_string).collect();
        let [timeouts, steps] = ["timeouts", "steps"].map(|name| planned.value.get(name));
        let inner: Vec<_> = std::iter::once(timeouts).chain(steps.as_list().unwrap_or_default()).collect();
        let blocks: Vec<_> = inner.into_iter().map(|block| shown(block.get("create"))).collect();
        format!("{what}: {} blocks={} replaces {replaces:?}\n", values.join(" "), blocks.join(","))
    }

    #[test]
    fn what_state_does_not_tell_yet_replaces_nothing() {
        let mut untold = state();
        untold.set("name", Value::Null);
        let workspace = || ("workspace", Value::from("/A"));
        let seen = [
            told("given", &[workspace(), ("name", "n".into())], Some(&untold)),
            told("left out", &[workspace()], Some(&untold)),
            told("changed", &[workspace(), ("name", "m".into())], Some(&state())),
        ];
        expect![[r#"
            given: workspace=/A name=n on=true adopt=false tables=- id=/A/n counted=? blocks=- replaces []

            left out: workspace=/A name=? on=true adopt=false tables=- id=/A/n counted=? blocks=- replaces []

            changed: workspace=/A name=m on=true adopt=false tables=- id=/A/n counted=? blocks=- replaces ["name"]
        "#]]
        .assert_eq(&seen.join("\n"));
    }

    #[test]
    fn the_rules() {
        let state = state();
        let mut without_id = state.clone();
        without_id.set("id", Value::Null);
        let same = [("workspace", Value::from("/a")), ("tables", Value::strings(["a", "b"]))];
        let with = |more: (&'static str, Value)| [&same[..], &[more]].concat();
        let seen = [
            told("a create", &[("workspace", "/A".into())], None),
            told("a create with a name", &[("workspace", "/A".into()), ("name", "n".into())], None),
            told(
                "a create with blocks",
                &[
                    ("workspace", "/A".into()),
                    ("timeouts", Value::Object(Object::from([("create".to_owned(), Value::Null)]))),
                    ("steps", Value::List(vec![Value::Object(Object::from([("create".to_owned(), Value::Null)]))])),
                ],
                None,
            ),
            told("other spellings", &same, Some(&state)),
            told("adopted too late", &with(("adopt", true.into())), Some(&state)),
            told("switched off", &with(("on", false.into())), Some(&state)),
            told("renamed", &with(("name", "m".into())), Some(&state)),
            told("elsewhere", &[("workspace", "/B".into())], Some(&state)),
            told("not known yet", &[("workspace", Value::unknown())], Some(&state)),
            told("never had an id", &with(("on", false.into())), Some(&without_id)),
            told("fewer tables", &[("workspace", "/A".into()), ("tables", Value::strings(["A", "A"]))], Some(&state)),
        ];
        expect![[r#"
            a create: workspace=/A name=? on=true adopt=false tables=- id=? counted=? blocks=- replaces []
            a create with a name: workspace=/A name=n on=true adopt=false tables=- id=? counted=? blocks=- replaces []
            a create with blocks: workspace=/A name=? on=true adopt=false tables=- id=? counted=? blocks=30m,- replaces []
            other spellings: workspace=/A name=n on=true adopt=false tables=B+A id=/A/n counted=2 blocks=- replaces []
            adopted too late: workspace=/A name=n on=true adopt=false tables=B+A id=/A/n counted=2 blocks=- replaces []
            switched off: workspace=/A name=n on=false adopt=false tables=B+A id=/A/n counted=? blocks=- replaces []
            renamed: workspace=/A name=m on=true adopt=false tables=B+A id=/A/n counted=? blocks=- replaces ["name"]
            elsewhere: workspace=/B name=n on=true adopt=false tables=- id=/A/n counted=? blocks=- replaces ["workspace"]
            not known yet: workspace=? name=n on=true adopt=false tables=- id=/A/n counted=? blocks=- replaces ["workspace"]
            never had an id: workspace=/A name=n on=false adopt=false tables=B+A id=? counted=? blocks=- replaces []
            fewer tables: workspace=/A name=n on=true adopt=false tables=A+A id=/A/n counted=? blocks=- replaces []
        "#]]
        .assert_eq(&seen.concat());
    }

    /// A value from its text: in sets and lists the elements that stand apart, numbers and texts.
    fn value(ty: &Type, text: &str) -> Value {
        match (text, ty) {
            ("null", _) => Value::Null,
            ("unknown", _) => Value::unknown(),
            (_, Type::String) => text.into(),
            _ => Value::List(
                text.split(' ').map(|item| item.parse::<i64>().map_or_else(|_| item.into(), Value::from)).collect(),
            ),
        }
    }

    #[test]
    fn what_is_one_value_and_what_is_two() {
        let seen = [
            "text exact: A = A",
            "text exact: A = a",
            "text any-case: A = a",
            "text any-case: A = b",
            "text any-case: A = null",
            "text any-case: null = null",
            "text any-case: unknown = a",
            // Dates are one to the second.
            "text instant: 2026-01-01T00:00:00Z = 2026-01-01T01:00:00+01:00",
            "text instant: 2026-01-01T00:00:00Z = 2026-01-01T00:00:00.9Z",
            "text instant: 2026-01-01T00:00:00Z = 2026-01-01T00:00:01Z",
            "text instant: 1970-01-01T00:00:00Z = 0",
            "text instant: some day = some day",
            "text instant: some day = Some day",
            "text any-case: 2026-01-01T00:00:00Z = 2026-01-01T01:00:00+01:00",
            // A list has its order, a set has none.
            "list exact: a b = b a",
            "set exact: a b = b a",
            "set exact: a b = b A",
            "set any-case: a B = b A",
            "set any-case: a a = a b",
            "set any-case: a A = a",
            "set any-case: a = null",
            "set instant: 2026-01-01T00:00:00Z x = x 2026-01-01T01:00:00+01:00",
            "set instant: 2026-01-01T00:00:00Z x = X 2026-01-01T01:00:00+01:00",
            // What is no text is compared as it is.
            "set any-case: 1 2 a = 2 1 A",
            "set any-case: 1 a = 2 A",
            "set any-case: 1 a = 1 b",
            "set any-case: 1 a A = 1 2 a",
            "set any-case: 1 2 a = 1 a A",
        ]
        .map(|line| {
            let (kind, values) = line.split_once(": ").unwrap();
            let (ty, equality) = kind.split_once(' ').unwrap();
            let ty = match ty {
                "set" => Type::set(Type::String),
                "list" => Type::list(Type::String),
                _ => Type::String,
            };
            let (left, right) = values.split_once(" = ").unwrap();
            let [left, right] = [left, right].map(|text| value(&ty, text));
            let attribute = Attribute::optional("x", ty, "");
            let attribute = match equality {
                "any-case" => attribute.ignore_case(),
                "instant" => attribute.same_instant(),
                _ => attribute,
            };
            format!("{line}: {}\n", if same(&attribute, &left, &right) { "one" } else { "two" })
        });
        expect![[r#"
            text exact: A = A: one
            text exact: A = a: two
            text any-case: A = a: one
            text any-case: A = b: two
            text any-case: A = null: two
            text any-case: null = null: one
            text any-case: unknown = a: two
            text instant: 2026-01-01T00:00:00Z = 2026-01-01T01:00:00+01:00: one
            text instant: 2026-01-01T00:00:00Z = 2026-01-01T00:00:00.9Z: one
            text instant: 2026-01-01T00:00:00Z = 2026-01-01T00:00:01Z: two
            text instant: 1970-01-01T00:00:00Z = 0: two
            text instant: some day = some day: one
            text instant: some day = Some day: two
            text any-case: 2026-01-01T00:00:00Z = 2026-01-01T01:00:00+01:00: two
            list exact: a b = b a: two
            set exact: a b = b a: one
            set exact: a b = b A: two
            set any-case: a B = b A: one
            set any-case: a a = a b: two
            set any-case: a A = a: two
            set any-case: a = null: two
            set instant: 2026-01-01T00:00:00Z x = x 2026-01-01T01:00:00+01:00: one
            set instant: 2026-01-01T00:00:00Z x = X 2026-01-01T01:00:00+01:00: two
            set any-case: 1 2 a = 2 1 A: one
            set any-case: 1 a = 2 A: two
            set any-case: 1 a = 1 b: two
            set any-case: 1 a A = 1 2 a: two
            set any-case: 1 2 a = 1 a A: two
        "#]]
        .assert_eq(&seen.concat());
    }

    #[test]
    fn sets_may_be_long() {
        let ids = Attribute::optional("x", Type::set(Type::String), "").ignore_case();
        let all = |name: fn(usize) -> String| Value::strings((0..100_000).map(name));
        assert!(same(&ids, &all(|number| format!("t{number}")), &all(|number| format!("T{}", 99_999 - number))));
    }

    #[test]
    fn answers_keep_the_spelling_of_state() {
        let seen =
            [("/a", ["a", "b"], true, "/a/N"), ("/b", ["a", "c"], false, "/A/n")].map(|(workspace, tables, on, id)| {
                let answered = object(&[
                    ("workspace", workspace.into()),
                    ("tables", Value::strings(tables)),
                    ("on", on.into()),
                    ("id", id.into()),
                ]);
                let kept = keep_spellings(&block(), &state(), answered);
                let [workspace, id] = ["workspace", "id"].map(|name| kept.get(name).as_str());
                format!(
                    "{workspace:?} {:?} {:?} {id:?}\n",
                    kept.get("tables").known_strings(),
                    kept.get("on").as_bool()
                )
            });
        expect![[r#"
            Some("/A") ["B", "A"] Some(true) Some("/a/N")
            Some("/b") ["a", "c"] Some(false) Some("/A/n")
        "#]]
        .assert_eq(&seen.concat());
    }

    #[test]
    fn a_configuration_leaves_out_what_the_provider_gives() {
        let state = object(&[
            ("workspace", "/w".into()),
            ("name", "n".into()),
            ("on", false.into()),
            ("tables", Value::strings(["a"])),
            ("id", "/w/n".into()),
            ("adopt", false.into()),
            ("counted", 3.into()),
            ("timeouts", object(&[])),
        ]);
        let wanted = object(&[
            ("workspace", "/w".into()),
            ("name", "n".into()),
            ("on", false.into()),
            ("tables", Value::strings(["a"])),
            ("steps", Value::List(Vec::new())),
        ]);
        assert_eq!(config_of(&block(), &state), wanted);
        // An empty text that an optional attribute has in state was given by nobody.
        let config = config_of(&block(), &object(&[("workspace", "".into()), ("name", "".into())]));
        assert_eq!((config.get("workspace").as_str(), config.get("name")), (Some(""), &Value::Null));
    }
}
