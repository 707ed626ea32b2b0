//! Texts of others as they are shown: short, and with nothing in them that is not seen as it stands.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::model::Difference;
use crate::defenderctl::terminal::is_invisible;

/// How long a text may be; ARM ids are shorter.
const LONGEST: usize = 300;

/// How long a line may be that says more: an address, and what the service said of it, are shorter.
const LONGEST_LINE: usize = 1000;

/// A text of others, in one line.
pub fn shown(text: &str) -> String {
    let out = cut(text, LONGEST);
    if out.trim().is_empty() { "(empty)".to_owned() } else { out }
}

/// One that may be longer, in one line.
pub fn line(text: &str) -> String {
    cut(text, LONGEST_LINE)
}

fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == most {
            out.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            letter if is_invisible(letter) => drop(write!(out, "{}", letter.escape_unicode())),
            letter => out.push(letter),
        }
    }
    out
}

/// A value of an attribute, in one line.
pub fn value(value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

/// What an attribute is to be.
pub fn after(difference: &Difference) -> String {
    if difference.known_after_apply { "known after apply".to_owned() } else { value(&difference.after) }
}

/// A product's name as there is room for in a head of a column.
pub fn short(product: &str) -> &str {
    product.strip_prefix("Microsoft ").unwrap_or(product)
}

/// "1 workspace", "2 workspaces".
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_others_is_short_and_seen_as_it_stands() {
        assert_eq!(shown(" \n"), "(empty)");
        assert_eq!(shown("a\nb\u{202e}c<b>\u{7}"), "a b\\u{202e}c<b>\\u{7}");
        assert_eq!(shown(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
        assert_eq!((line(""), line(&"x".repeat(10_000)).chars().count()), (String::new(), LONGEST_LINE + 1));
    }
}
