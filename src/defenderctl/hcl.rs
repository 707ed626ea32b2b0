//! Terraform's configuration language, written as `terraform fmt` would leave it.
//!
//! It is a writer of our own because hcl-rs (0.20) lines nothing up, lets marks of direction and U+2028 through as they are,
//! and writes the text `$${` unchanged, which Terraform then reads as `${`.

use super::terminal::is_invisible;
use crate::terraform::{Block, Nesting, Number, Object, Value};

/// How wide a list may be before each of its elements gets a line.
const WIDEST_LIST: usize = 80;

/// One thing between two braces.
enum Item {
    Argument { name: String, expression: String },
    Block(String),
}

/// A block that stands by itself, with arguments whose expressions are written already.
pub fn block(head: &str, arguments: &[(&str, String)]) -> String {
    let items = arguments.iter().map(|(name, expression)| argument(name, expression.clone())).collect();
    braces(head, items, 0)
}

/// The block of a resource that is configured so; `meta` are arguments of Terraform's own.
pub fn resource(kind: &str, name: &str, meta: &[(&str, String)], block: &Block, config: &Value) -> String {
    let mut items: Vec<_> = meta.iter().map(|(name, expression)| argument(name, expression.clone())).collect();
    items.extend(inside(block, config, 1));
    braces(&format!("resource {} {}", quoted(kind), quoted(name)), items, 0)
}

fn argument(name: &str, expression: String) -> Item {
    Item::Argument { name: name.to_owned(), expression }
}

/// What a value has of a block, in the order of the schema.
fn inside(block: &Block, value: &Value, depth: usize) -> Vec<Item> {
    let arguments = block.attributes.iter().filter(|attribute| value.get(&attribute.name).is_known());
    let arguments = arguments.map(|known| argument(&known.name, expression(value.get(&known.name), depth)));
    let blocks = block.blocks.iter().flat_map(|nested| {
        let inner = value.get(nested.name);
        let values = match nested.nesting {
            Nesting::Single => std::slice::from_ref(inner),
            Nesting::List => inner.as_list().unwrap_or_default(),
        };
        let known = values.iter().filter(|value| value.is_known());
        known.map(|value| Item::Block(braces(nested.name, inside(&nested.block, value, depth + 1), depth)))
    });
    arguments.chain(blocks).collect()
}

fn braces(head: &str, items: Vec<Item>, depth: usize) -> String {
    let outer = indent(depth);
    let inner = indent(depth + 1);
    let mut text = format!("{outer}{head} {{\n");
    // Equals signs stand below each other in lines that follow each other, where the value is one line.
    let is_line = |item: &Item| matches!(item, Item::Argument { expression, .. } if !expression.contains('\n'));
    for group in items.chunk_by(|left, right| is_line(left) && is_line(right)) {
        let names = group.iter().filter_map(|item| match item {
            Item::Argument { name, .. } => Some(name.chars().count()),
            Item::Block(_) => None,
        });
        let width = names.max().unwrap_or_default();
        for item in group {
            match item {
                Item::Argument { name, expression } => text += &format!("{inner}{name:<width$} = {expression}\n"),
                Item::Block(block) if text.ends_with("{\n") => text += block,
                Item::Block(block) => text += &format!("\n{block}"),
            }
        }
    }
    text + &outer + "}\n"
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// A value as an expression; `depth` is how far the line it begins in is indented.
fn expression(value: &Value, depth: usize) -> String {
    match value {
        Value::Null | Value::Unknown(_) => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => digits(number),
        Value::String(text) => quoted(text),
        Value::List(items) => list(items, depth),
        Value::Object(fields) => map(fields, depth),
        Value::Dynamic(inner) => expression(&inner.1, depth),
    }
}

fn digits(number: &Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::Uint(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
        Number::Decimal(digits) => digits.clone(),
    }
}

fn list(items: &[Value], depth: usize) -> String {
    let items: Vec<_> = items.iter().map(|item| expression(item, depth + 1)).collect();
    let line = format!("[{}]", items.join(", "));
    if line.chars().count() <= WIDEST_LIST && !line.contains('\n') {
        return line;
    }
    let inner = indent(depth + 1);
    let lines: String = items.iter().map(|item| format!("{inner}{item},\n")).collect();
    format!("[\n{lines}{}]", indent(depth))
}

fn map(fields: &Object, depth: usize) -> String {
    if fields.is_empty() {
        return "{}".to_owned();
    }
    let items = fields.iter().map(|(key, value)| argument(&quoted(key), expression(value, depth + 1)));
    braces("", items.collect(), depth).trim().to_owned()
}

/// A text between quotes, of which nothing is evaluated and nothing hides.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            // A template begins with one of these before a brace; a second one makes it text, whatever stands before it.
            '$' | '%' if letters.peek() == Some(&'{') => quoted.extend([letter, letter]),
            letter if is_invisible(letter) => quoted += &escape(letter),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(letter: char) -> String {
    let code = u32::from(letter);
    if code <= 0xffff { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::{Attribute, Type};

    #[test]
    fn nothing_of_a_text_is_evaluated() {
        let seen: Vec<_> = [
            "plain é 😀",
            "${file(\"/etc/passwd\")}",
            "$${a} $$${b} %{if} %%{c} $ % {",
            "a\"b\\c\nd\re\tf",
            "\0\u{1}\u{7f}\u{85}\u{202e}\u{2028}\u{feff}\u{e0041}",
            "$",
        ]
        .map(quoted)
        .into();
        expect![[r#"
            "plain é 😀"
            "$${file(\"/etc/passwd\")}"
            "$$${a} $$$${b} %%{if} %%%{c} $ % {"
            "a\"b\\c\nd\re\tf"
            "\u0000\u0001\u007f\u0085\u202e\u2028\ufeff\U000e0041"
            "$""#]]
        .assert_eq(&seen.join("\n"));
    }

    #[test]
    fn a_resource_is_written_as_fmt_has_it() {
        let text = |name| Attribute::optional(name, Type::String, "");
        let step = Block::new("", vec![text("name"), text("longer_name")]);
        let schema = Block::new("", vec![text("id"), text("workspace_id"), text("all"), text("tags"), text("on")])
            .block("one", Nesting::Single, step.clone())
            .block("step", Nesting::List, step);
        let object = |fields: &[(&str, Value)]| {
            Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
        };
        let named = object(&[("name", "n".into()), ("longer_name", "l".into())]);
        let config = object(&[
            ("id", "a".into()),
            ("workspace_id", "/b".into()),
            ("all", Value::strings((0..12).map(|number| format!("a table {number}")))),
            ("tags", object(&[("a b", 1.into()), ("c", Value::strings(["d"]))])),
            ("on", true.into()),
            ("one", named.clone()),
            ("step", Value::List(vec![named.clone(), named])),
        ]);
        let meta = [("provider", "defender.x".to_owned())];
        let written = [
            block("import", &[("to", "a.b".to_owned()), ("provider", "x".to_owned())]),
            resource("a", "b", &meta, &schema, &config),
            resource("a", "c", &[], &schema, &object(&[("step", Value::List(vec![object(&[("name", "n".into())])]))])),
        ];
        expect![[r#"
            import {
              to       = a.b
              provider = x
            }

            resource "a" "b" {
              provider     = defender.x
              id           = "a"
              workspace_id = "/b"
              all = [
                "a table 0",
                "a table 1",
                "a table 2",
                "a table 3",
                "a table 4",
                "a table 5",
                "a table 6",
                "a table 7",
                "a table 8",
                "a table 9",
                "a table 10",
                "a table 11",
              ]
              tags = {
                "a b" = 1
                "c"   = ["d"]
              }
              on = true

              one {
                name        = "n"
                longer_name = "l"
              }

              step {
                name        = "n"
                longer_name = "l"
              }

              step {
                name        = "n"
                longer_name = "l"
              }
            }

            resource "a" "c" {
              step {
                name = "n"
              }
            }
        "#]]
        .assert_eq(&written.join("\n"));
    }
}
