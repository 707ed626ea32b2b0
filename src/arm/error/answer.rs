//! Reads the code and the message out of an answer that refuses. Services, gateways and proxies have many shapes for
//! it; whatever comes, a short line of text goes out.

use serde_json::{Map, Value};

/// The longest message that is passed on; the Defender API's names every category that it does not take.
const MESSAGE_LIMIT: usize = 2000;
/// The longest headline of a page.
const HEADLINE_LIMIT: usize = 200;
/// The longest code; those that exist have a few words.
const CODE_LIMIT: usize = 100;

/// The longest name of a policy.
const NAME_LIMIT: usize = 300;

/// What an answer gives as the reason.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::arm) struct Refusal {
    pub code: Option<String>,
    pub message: String,
    /// It was a page for people.
    pub is_page: bool,
    /// The policy that its details name.
    pub policy: Option<String>,
}

impl Refusal {
    /// Reads a body of any shape.
    pub fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(no_bom(body));
        let text = text.trim();
        if let Ok(value) = serde_json::from_str(text)
            && let Some((code, message)) = find(&value, 0)
        {
            let code = code.and_then(|code| word(&code));
            return Self { code, message: line(&message), is_page: false, policy: violated_policy(&value) };
        }
        if text.starts_with('<') {
            let message = format!("the answer is a page: {}", tidy(&headline(text), HEADLINE_LIMIT));
            return Self { code: None, message, is_page: true, policy: None };
        }
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Self { code: None, message: line(first), is_page: false, policy: None }
    }
}

/// What an error that came within an accepted answer says, on one line.
pub fn reason_of(error: &Value) -> String {
    line(&find(error, 0).map(|(_, message)| message).unwrap_or_default())
}

/// The name of the policy that a refusal's details tell of.
fn violated_policy(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    let inner = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let notes = std::iter::once(error).chain(inner).filter_map(|error| error.get("additionalInfo")?.as_array());
    let info = notes.flatten().find(|note| note["type"] == "PolicyViolation")?.get("info")?;
    let fields = ["policyAssignmentDisplayName", "policyDefinitionDisplayName", "policyAssignmentName"];
    let mut names = fields.iter().filter_map(|field| Some(tidy(info.get(*field)?.as_str()?, NAME_LIMIT)));
    names.find(|name| !name.is_empty())
}

/// A code or an id of a service on one line, or nothing.
pub(in crate::arm) fn word(text: &str) -> Option<String> {
    Some(tidy(text, CODE_LIMIT)).filter(|word| !word.is_empty())
}

/// A message on one line, or words for its absence.
pub(in crate::arm) fn line(message: &str) -> String {
    let line = tidy(message, MESSAGE_LIMIT);
    if line.is_empty() { "the answer gives no reason".to_owned() } else { line }
}

/// The body without the byte order mark that some gateways put before JSON.
pub(in crate::arm) fn no_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// One line of at most `limit` characters without control characters, which could steer the user's terminal.
pub(in crate::arm) fn tidy(text: &str, limit: usize) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(limit) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// The innermost code and message.
fn find(value: &Value, depth: usize) -> Option<(Option<String>, String)> {
    if depth > 8 {
        return None;
    }
    match value {
        Value::String(text) => Some(unwrap(text, depth)),
        Value::Object(object) => match field(object, "error") {
            Some(inner @ Value::Object(_)) => find(inner, depth + 1),
            Some(Value::String(code)) => {
                let message = text(object, "error_description").or_else(|| text(object, "message")).unwrap_or_default();
                Some((Some(code.clone()), message.to_owned()))
            }
            _ => plain(object, depth),
        },
        _ => None,
    }
}

/// An object with a code, a message and details of its own.
fn plain(object: &Map<String, Value>, depth: usize) -> Option<(Option<String>, String)> {
    let code = text(object, "code").map(str::to_owned);
    let message = text(object, "message");
    if code.is_none() && message.is_none() {
        return None;
    }
    let (inner, mut message) = unwrap(message.unwrap_or_default(), depth);
    let mut code = inner.or(code);
    let details = field(object, "details").and_then(Value::as_array).into_iter().flatten().take(5);
    // The query API tells what is wrong inside of that something is wrong.
    let details = details.chain(field(object, "innererror").filter(|inner| inner.is_object()));
    for (detail_code, detail) in details.filter_map(|detail| find(detail, depth + 1)) {
        if message.is_empty() {
            (code, message) = (detail_code.or(code), detail);
        } else if !message.contains(&detail) {
            message = format!("{message} {detail}");
        }
    }
    Some((code, message))
}

/// A message may itself be JSON that holds the real one.
fn unwrap(text: &str, depth: usize) -> (Option<String>, String) {
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
        && let Some(found) = find(&value, depth + 1)
    {
        return found;
    }
    (None, text.to_owned())
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    field(object, name).and_then(Value::as_str)
}

fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The title of a page, or its first words.
fn headline(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = lower.get(start..)?.find("</title>")?;
        page.get(start..start + end)
    });
    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
        return title.to_owned();
    }
    let mut words = String::new();
    let mut in_tag = false;
    for c in page.chars() {
        match c {
            '<' => {
                in_tag = true;
                words.push(' ');
            }
            '>' => in_tag = false,
            _ if !in_tag => words.push(c),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_body_becomes_a_short_line(body in any::<Vec<u8>>(), text in "\\PC{0,40}[{\"\\[]{0,9}.{0,20}") {
            for body in [body.as_slice(), text.as_bytes(), format!("<{text}").as_bytes()] {
                let Refusal { message, .. } = Refusal::read(body);
                prop_assert!(!message.is_empty() && message.chars().count() <= MESSAGE_LIMIT + 1);
                prop_assert!(!message.chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn a_code_cannot_steer_the_terminal() {
        let body = br#"{"error":{"code":"Bad\u001b[2J\nRequest","message":"no"}}"#;
        assert_eq!(Refusal::read(body).code.as_deref(), Some("Bad [2J Request"));
        let long = format!(r#"{{"error":{{"code":"{}","message":"no"}}}}"#, "x".repeat(5000));
        assert_eq!(Refusal::read(long.as_bytes()).code.map(|code| code.chars().count()), Some(CODE_LIMIT + 1));
        assert_eq!(Refusal::read(br#"{"error":{"code":" ","message":"no"}}"#).code, None);
    }

    #[test]
    fn json_within_json_has_an_end() {
        let mut body = r#"{"code":"A","message":"end"}"#.to_owned();
        for _ in 0..6 {
            body = serde_json::json!({"error": {"code": "B", "message": body}}).to_string();
        }
        let Refusal { code, message, .. } = Refusal::read(body.as_bytes());
        assert!(code.is_some() && !message.is_empty());
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(Refusal::read(deep.as_bytes()).code, None);
    }
}
