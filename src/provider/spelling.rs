//! Fields of an answer in the spellings that the service may give them: a flag or a number as text, a number with a
//! fraction of nothing.

use serde_json::Value as Json;

/// Whether a flag is on.
pub fn flag(field: &Json) -> bool {
    field == true || field.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// A whole number.
pub fn number(field: &Json) -> Option<i64> {
    let text = match field {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse().ok().filter(|_| fraction.bytes().all(|digit| digit == b'0'))
}

/// A text from the service on one line: what a terminal would act on in place of showing it becomes a space.
pub fn one_line(text: &str) -> String {
    // Beside control characters: what ends a line or turns the direction of text.
    let acts =
        |letter: char| letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if acts(letter) { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flags_and_numbers_in_any_spelling() {
        let flags = [json!(true), json!("True"), json!(false), json!("false"), json!(1), json!(null)];
        assert_eq!(flags.each_ref().map(flag), [true, true, false, false, false, false]);
        let numbers = [json!(180), json!("180"), json!(180.0), json!("180.00"), json!(-1), json!("-1")];
        let read = numbers.each_ref().map(number);
        assert_eq!(read, [Some(180), Some(180), Some(180), Some(180), Some(-1), Some(-1)]);
        let others = [json!(180.5), json!("many"), json!(""), json!(null), json!(true), json!([180])];
        assert_eq!(others.each_ref().map(number), [None; 6]);
    }

    #[test]
    fn a_name_is_one_line_of_what_can_be_seen() {
        assert_eq!(one_line("a\nb\r\u{1b}[31mc\u{7f}\u{85}d\u{202e}e\u{2028}f ${x} é"), "a b  [31mc  d e f ${x} é");
    }
}
