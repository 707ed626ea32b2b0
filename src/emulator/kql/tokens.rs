//! Cuts a query into words, texts, numbers and signs.

use super::Refusal;

/// One piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or a keyword.
    Word(String),
    /// A whole number, or a span such as `14d`.
    Number(String),
    Text(String),
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 14] = ["==", ">=", "<=", "!=", ">", "<", "=", "(", ")", "|", ",", ";", "-", "~"];

/// The pieces of a query.
pub fn of(query: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let word_end = |rest: &str| {
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len())
        };
        let taken = if first.is_ascii_alphabetic() || first == '_' {
            let end = word_end(rest);
            tokens.push(Token::Word(rest[..end].to_owned()));
            end
        } else if first.is_ascii_digit() {
            let end = word_end(rest);
            tokens.push(Token::Number(rest[..end].to_owned()));
            end
        } else if first == '"' {
            let end = rest[1..].find('"').ok_or_else(|| Refusal::Wrong("a text has no end".to_owned()))?;
            let text = &rest[1..=end];
            if text.contains('\\') {
                return Err(Refusal::NotKnown("a text with '\\' in it".to_owned()));
            }
            tokens.push(Token::Text(text.to_owned()));
            end + 2
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            sign.len()
        } else {
            return Err(Refusal::NotKnown(format!("the sign '{first}'")));
        };
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
}
