//! Secrets taken out of what a service says, however it writes them: with blanks run together, percent-encoded, escaped
//! as in JSON or HTML, or cut short.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use super::secret::Secret;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";
/// A shorter secret is also a part of ordinary words, so it is one only where it stands alone.
const SHORT: usize = 4;
/// So much of a secret at the end of a text is the beginning of one that was cut.
const CUT: usize = 8;

/// Every secret of a client that may be repeated to it.
#[derive(Default)]
pub(super) struct Redaction(Mutex<Vec<Box<str>>>);

impl Redaction {
    /// Takes note of a secret. JSON web tokens need not be known: they are found by their form.
    pub fn add(&self, secret: &Secret) {
        let secret = secret.reveal().trim();
        if secret.is_empty() || jwt(secret, None) == Some(secret.len()) {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A secret that is a part of another must not break the other up.
        let place = known.partition_point(|other| other.len() > secret.len());
        let mut alike = known.iter().skip(place).take_while(|other| other.len() == secret.len());
        if alike.all(|other| **other != *secret) {
            known.insert(place, secret.into());
        }
    }

    /// The text without any secret.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let letters = Letters::of(text);
        let text = known
            .iter()
            .filter(|secret| letters.may_begin(secret))
            .fold(Cow::Borrowed(text), |text, secret| replace(text, |rest, before| found(rest, before, secret)));
        // A token that is not known here, such as one that Entra gave and something refused to read.
        replace(text, jwt)
    }
}

/// The letters of a text, to see at a glance that most of many secrets are not in it.
struct Letters {
    /// Whether each of ASCII's is there.
    seen: u128,
    /// Whether a letter may stand there in another writing than its own.
    is_spelled: bool,
}

impl Letters {
    fn of(text: &str) -> Self {
        let seen = text.bytes().filter(u8::is_ascii).fold(0, |seen, letter| seen | 1 << letter);
        Self { seen, is_spelled: text.contains(['%', '\\', '&', '+']) }
    }

    /// Whether a secret, or as much of it as a cut one has, may begin somewhere.
    fn may_begin(&self, secret: &str) -> bool {
        let is_there = |letter: u8| !letter.is_ascii_graphic() || self.seen & (1 << letter) != 0;
        self.is_spelled || secret.bytes().take(CUT).all(is_there)
    }
}

/// Puts [`REDACTED`] where `find`, given what follows a place and the letter before it, tells how long a secret is.
fn replace(text: Cow<'_, str>, find: impl Fn(&str, Option<char>) -> Option<usize>) -> Cow<'_, str> {
    let (mut clean, mut kept, mut before) = (String::new(), 0, None);
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if let Some(length) = find(&text[at..], before) {
            clean.push_str(&text[kept..at]);
            clean.push_str(REDACTED);
            kept = at + length;
            // What the secret covers is not looked at again.
            while letters.offset() < kept && letters.next().is_some() {}
        }
        before = Some(letter);
    }
    if kept == 0 {
        return text;
    }
    clean.push_str(&text[kept..]);
    Cow::Owned(clean)
}

/// How many bytes of `text` from its start on are the secret.
fn found(text: &str, before: Option<char>, secret: &str) -> Option<usize> {
    // Every place that some way of writing the letters so far leads to.
    let mut places = vec![0];
    let mut previous_blank = false;
    for (done, letter) in secret.chars().enumerate() {
        let blank = letter.is_whitespace() || letter.is_control();
        if blank && previous_blank {
            continue;
        }
        let mut next = Vec::new();
        for place in places {
            let rest = &text[place..];
            if done >= CUT && (rest.is_empty() || rest == "…") {
                return Some(text.len());
            }
            if blank { blanks(rest, place, &mut next) } else { spellings(rest, letter, place, &mut next) }
        }
        if next.is_empty() {
            return None;
        }
        next.sort_unstable();
        next.dedup();
        (places, previous_blank) = (next, blank);
    }
    let end = places.into_iter().max()?;
    let alone = || {
        let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !is_word(before) && !is_word(text[end..].chars().next())
    };
    (secret.chars().nth(SHORT - 1).is_some() || alone()).then_some(end)
}

/// Adds where one letter may end that begins `rest`.
fn spellings(rest: &str, letter: char, place: usize, next: &mut Vec<usize>) {
    let Some(first) = rest.chars().next() else { return };
    if first == letter {
        next.push(place + letter.len_utf8());
    }
    let mut add = |spelling: &str| {
        if rest.get(..spelling.len()).is_some_and(|start| start.eq_ignore_ascii_case(spelling)) {
            next.push(place + spelling.len());
        }
    };
    match first {
        '%' => add(&letter.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02x}")).collect::<String>()),
        '\\' => {
            add(&letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>());
            if letter.is_ascii_punctuation() {
                add(&format!("\\{letter}"));
            }
        }
        '&' => {
            for spelling in [format!("&#{};", u32::from(letter)), format!("&#x{:x};", u32::from(letter))] {
                add(&spelling);
            }
            let names = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")];
            names.iter().filter(|(named, _)| *named == letter).for_each(|(_, spelling)| add(spelling));
        }
        _ => {}
    }
}

/// Adds where a run of blanks may end that begins `rest`, in any number and writing.
fn blanks(rest: &str, place: usize, next: &mut Vec<usize>) {
    let mut length = 0;
    loop {
        let rest = &rest[length..];
        let one = [
            "+", "%20", "%09", "%0a", "%0d", "\\n", "\\r", "\\t", "\\u0020", "\\u0009", "\\u000a", "\\u000d", "&nbsp;",
        ]
        .into_iter()
        .find(|blank| rest.get(..blank.len()).is_some_and(|start| start.eq_ignore_ascii_case(blank)))
        .map(str::len)
        .or_else(|| rest.chars().next().filter(|c| c.is_whitespace() || c.is_control()).map(char::len_utf8));
        let Some(one) = one else { return };
        length += one;
        next.push(place + length);
    }
}

/// How many bytes of `text` from its start on are a JSON web token, or the beginning of one.
fn jwt(text: &str, before: Option<char>) -> Option<usize> {
    // "eyJ" is what every JSON object begins with in base64.
    if !text.starts_with("eyJ") || before.is_some_and(|letter| letter.is_ascii_alphanumeric()) {
        return None;
    }
    let end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter)).unwrap_or(text.len());
    let is_cut = end >= CUT && matches!(&text[end..], "" | "…");
    (is_cut || text[..end].contains(".eyJ")).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secret: &str, text: &str) -> String {
        let redaction = Redaction::default();
        redaction.add(&Secret::new(secret));
        redaction.hide(text).into_owned()
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "p+w  \"ö/&";
        for written in [
            secret,
            "p+w \"ö/&",
            "p%2Bw%20%20%22%C3%B6%2F%26",
            "p%2bw++%22%c3%b6%2f%26",
            "p+w  \\\"ö\\/&",
            "p\\u002Bw  \\u0022\\u00f6/\\u0026",
            "p&#43;w &quot;&#xF6;/&amp;",
        ] {
            assert_eq!(hidden(secret, &format!("got '{written}', no")), "got '[redacted]', no", "{written}");
        }
        assert_eq!(hidden(secret, "p+w  \"ö/ no"), "p+w  \"ö/ no");
        assert_eq!(hidden("100%41", "a=100%2541&b=100%41"), "a=[redacted]&b=[redacted]");
    }

    #[test]
    fn one_of_very_many_is_found_and_each_is_known_once() {
        let redaction = Redaction::default();
        for number in (0..5000).chain(0..5000) {
            redaction.add(&Secret::new(format!("s3cret~{number:05}")));
        }
        redaction.add(&Secret::new("eyJhbGci.eyJ0aWQi.c2ln"));
        assert_eq!(redaction.0.lock().unwrap_or_else(PoisonError::into_inner).len(), 5000);
        assert_eq!(redaction.hide("told s3cret~04711, and s3cret~%300042"), "told [redacted], and [redacted]");
        assert_eq!(redaction.hide("0a1b2c3d-0000-4000-8000-000000000000"), "0a1b2c3d-0000-4000-8000-000000000000");
    }

    #[test]
    fn a_short_secret_is_one_where_it_stands_alone() {
        assert_eq!(
            hidden("x", "the secret 'x' of axe x=1 x"),
            "the secret '[redacted]' of axe [redacted]=1 [redacted]"
        );
        assert_eq!(hidden("s3cr", "s3cr as3crb"), "[redacted] a[redacted]b");
        assert_eq!(hidden("  ", "a  b"), "a  b");
    }

    #[test]
    fn a_secret_that_was_cut_is_still_one() {
        assert_eq!(hidden("0123456789", "told 01234567…"), "told [redacted]");
        assert_eq!(hidden("0123456789", "told 01234567"), "told [redacted]");
        assert_eq!(hidden("0123456789", "told 0123456"), "told 0123456");
    }

    #[test]
    fn the_longer_of_two_goes_first_and_unknown_tokens_too() {
        let redaction = Redaction::default();
        redaction.add(&Secret::new("abcd"));
        redaction.add(&Secret::new("abcdefgh\n"));
        assert_eq!(redaction.hide("abcdefgh abcd"), "[redacted] [redacted]");
        assert_eq!(redaction.hide("\"eyJhbGci.eyJ0aWQi.c2ln\""), "\"[redacted]\"");
        assert_eq!(redaction.hide("eyJust a word, keyJ.eyJ"), "eyJust a word, keyJ.eyJ");
        assert_eq!(redaction.hide("told eyJhbGci…"), "told [redacted]…");
    }
}
