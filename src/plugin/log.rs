//! Logs as Terraform reads them: one JSON object per line on stderr, in the form of its own logger.
//!
//! Terraform inherits its logging variables to plugins and shows whatever comes, so the level is obeyed here. A line
//! that is off in form makes Terraform print it raw, or worse.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Terraform splits lines of more than 64 KiB.
const MAX_LINE: usize = 60_000;
/// Room for a text whose every character must be escaped, and for others beside it.
const MAX_TEXT: usize = 8_000;

/// Turns logging on if the environment asks for it.
pub fn install() {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let Some(level) = level(variable("TF_LOG_PROVIDER").or_else(|| variable("TF_LOG")).as_deref()) else { return };
    let wanted =
        FilterFn::new(move |metadata| is_wanted(metadata, level)).with_max_level_hint(LevelFilter::from(level));
    let subscriber = tracing_subscriber::registry().with(Lines.with_filter(wanted));
    // Refused only if there is one already, which then does this work.
    drop(tracing::subscriber::set_global_default(subscriber));
}

/// Terraform takes an unknown level for the most talkative one, and JSON for a wish of form.
fn level(wish: Option<&str>) -> Option<Level> {
    match wish?.to_ascii_uppercase().as_str() {
        "OFF" => None,
        "ERROR" => Some(Level::ERROR),
        "WARN" => Some(Level::WARN),
        "INFO" => Some(Level::INFO),
        "DEBUG" => Some(Level::DEBUG),
        _ => Some(Level::TRACE),
    }
}

/// The libraries underneath never speak: what they log of a request holds headers as they are, and who sees to it that
/// none of those is a secret, in every release?
fn is_wanted(metadata: &Metadata<'_>, level: Level) -> bool {
    *metadata.level() <= level && own(metadata.target()).is_some()
}

/// The path inside this crate, if the target is one.
fn own(target: &str) -> Option<&str> {
    is_in(env!("CARGO_CRATE_NAME"), target)
}

/// The path inside a crate, if the target lies there.
fn is_in<'a>(name: &str, target: &'a str) -> Option<&'a str> {
    let rest = target.strip_prefix(name)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix("::") }
}

/// Writes every event as a line.
struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = line(metadata.level(), metadata.target(), fields, jiff::Timestamp::now());
        // One write, so that lines of several threads stay whole. There is nowhere left to tell of a failure.
        drop(std::io::stderr().lock().write_all(&line));
    }
}

fn line(level: &Level, target: &str, fields: Fields, now: jiff::Timestamp) -> Vec<u8> {
    let level = match *level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let module = match own(target) {
        Some("") => "provider".to_owned(),
        Some(path) => path.replace("::", "."),
        None => target.replace("::", "."),
    };
    let mut object = fields.others;
    // Fixed keys come last: no field may take their place.
    object.insert("@level".to_owned(), level.into());
    object.insert("@message".to_owned(), fields.message.into());
    object.insert("@module".to_owned(), module.into());
    object.insert("@timestamp".to_owned(), format!("{now:.6}").into());
    let mut line = to_bytes(&object);
    if line.len() > MAX_LINE {
        object.retain(|key, _| key.starts_with('@'));
        line = to_bytes(&object);
    }
    line.push(b'\n');
    line
}

fn to_bytes(object: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(object).unwrap_or_default()
}

/// What an event carries.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        if field.name() == "message" {
            self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        } else {
            // Keys with @ are the logger's own.
            self.others.insert(field.name().trim_start_matches('@').to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = Bounded::default();
        // An error only says that the text was cut.
        let _ = write!(text, "{value:?}");
        self.put(field, text.0.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let mut text = Bounded::default();
        let _ = text.write_str(value);
        self.put(field, text.0.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}

/// Text up to [`MAX_TEXT`] bytes; what is written beyond is never even formatted.
#[derive(Default)]
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_TEXT.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        self.0.push_str(&text[..end]);
        self.0.push('…');
        Err(fmt::Error)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use expect_test::expect;

    use super::*;

    /// Keeps lines instead of writing them.
    struct Kept(Arc<Mutex<String>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            let mut fields = Fields::default();
            event.record(&mut fields);
            let now = jiff::Timestamp::UNIX_EPOCH;
            let line = line(event.metadata().level(), event.metadata().target(), fields, now);
            self.0.lock().unwrap().push_str(std::str::from_utf8(&line).unwrap());
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let kept = Arc::new(Mutex::new(String::new()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Kept(kept.clone())), log);
        let lines = kept.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn a_line_is_what_terraform_reads() {
        let lines = logged(|| {
            tracing::info!(count = 3, ok = true, name = "a\nb", error = %"bad", "did {}", 1);
            tracing::warn!(target: "h2::codec", message = 5);
            tracing::error!({ "@level" = 7, "@x" = ?Some(1) }, "fixed");
        });
        expect![[r#"
            {"@level":"info","@message":"did 1","@module":"plugin.log.tests","@timestamp":"1970-01-01T00:00:00.000000Z","count":3,"error":"bad","name":"a\nb","ok":true}
            {"@level":"warn","@message":"5","@module":"h2.codec","@timestamp":"1970-01-01T00:00:00.000000Z"}
            {"@level":"error","@message":"fixed","@module":"plugin.log.tests","@timestamp":"1970-01-01T00:00:00.000000Z","level":7,"x":"Some(1)"}
        "#]].assert_eq(&lines);
    }

    #[test]
    fn no_line_is_too_long() {
        let nasty = "\u{1}".repeat(100_000);
        let lines = logged(|| {
            tracing::info!(a = nasty, b = nasty, c = nasty, "{nasty}");
            tracing::info!(a = "x".repeat(100_000));
        });
        assert!(lines.lines().all(|line| line.len() < 64 * 1024), "{:?}", lines.lines().map(str::len).max());
        for line in lines.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }

    #[test]
    fn levels_are_read_as_terraform_reads_them() {
        assert_eq!(level(None), None);
        assert_eq!(level(Some("off")), None);
        assert_eq!(level(Some("warn")), Some(Level::WARN));
        assert_eq!(level(Some("JSON")), Some(Level::TRACE));
        assert_eq!(level(Some("1")), Some(Level::TRACE));
    }

    #[test]
    fn a_neighbours_target_is_not_our_own() {
        assert_eq!(own(env!("CARGO_CRATE_NAME")), Some(""));
        assert_eq!(own(concat!(env!("CARGO_CRATE_NAME"), "::arm::client")), Some("arm::client"));
        assert_eq!(own(concat!(env!("CARGO_CRATE_NAME"), "x")), None);
        assert_eq!(own("azure_core::http"), None);
    }
}
