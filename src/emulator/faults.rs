//! Faults that wait for a request and then spoil its answer. Which request and how, as data; `server` plays them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::edits;
use super::exchange::{Call, Content, Reply};

/// One fault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The requests it waits for.
    #[serde(rename = "match", default)]
    pub pattern: Pattern,
    /// What happens to them.
    pub action: Action,
}

/// Which requests a fault waits for; what is left out matches all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pattern {
    /// The HTTP method.
    pub method: Option<String>,
    /// A part of the path and query, without regard to case; with a `$` behind it, their end.
    pub path: Option<String>,
    /// Matching requests to let through first.
    pub skip: u32,
    /// Matching requests to spoil after that.
    pub times: u32,
}

impl Default for Pattern {
    fn default() -> Self {
        Self { method: None, path: None, skip: 0, times: 1 }
    }
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Action {
    /// Answers this instead.
    Answer(Substitute),
    /// Closes the connection without an answer.
    Drop(DropAction),
    /// Waits, then goes on as usual.
    Delay(DelayAction),
    /// Does the work, declares the whole length, sends so many bytes and closes.
    Truncate(TruncateAction),
    /// Does the work, answers 200 with this text.
    RawBody(RawBodyAction),
    /// Answers 307 to another address, and changes nothing.
    Redirect(RedirectAction),
    /// Does the work, answers 200 with a body that never ends.
    Endless(EndlessAction),
    /// Leaves an item out of a list.
    Lose(LoseAction),
    /// Leaves a field out of the answer, or of each item of a list.
    Strip(StripAction),
    /// Answers from what there was when the fault was added.
    Stale(StaleAction),
}

/// A reply in place of the true one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// The HTTP status.
    pub status: u16,
    /// Headers, such as Retry-After.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON document, or text.
    #[serde(default)]
    pub body: Option<Value>,
    /// Whether the request has its effect nevertheless.
    #[serde(default)]
    pub after: bool,
}

/// A closed connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropAction {
    /// Before or after the change was committed.
    pub drop: Moment,
}

/// When a connection closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request has had no effect.
    Before,
    /// The request has had its effect.
    After,
}

/// A slow answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayAction {
    /// Milliseconds to wait before the work.
    pub delay_ms: u64,
    /// Whether the work is done even if the client is gone by then; else it is not.
    #[serde(default)]
    pub even_if_gone: bool,
}

/// A body cut short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruncateAction {
    /// Bytes that are sent.
    pub truncate: usize,
}

/// A body that is not what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBodyAction {
    /// The body.
    pub raw_body: String,
}

/// An answer that points elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedirectAction {
    /// The address.
    pub redirect: String,
}

/// A body without an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndlessAction {
    /// What the body repeats.
    pub endless: String,
}

/// An item that a list does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoseAction {
    /// Its name, or its id where it has none.
    pub lose: String,
}

/// A field that an answer does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripAction {
    /// A JSON pointer to it.
    pub strip: String,
}

/// An answer that is behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaleAction {
    /// Whether it is.
    pub stale: bool,
}

/// The faults that still wait.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    /// Adds faults behind those that wait.
    pub fn add(&mut self, faults: Vec<Fault>) {
        self.waiting.extend(faults);
    }

    /// Forgets every fault.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The faults that still wait, for the admin state.
    pub fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    /// The first fault that fits this request; every fitting fault before it counts the request as let through.
    pub fn take(&mut self, call: &Call) -> Option<Action> {
        let target = call.target.to_lowercase();
        let mut played = None;
        for fault in &mut self.waiting {
            let pattern = &mut fault.pattern;
            let method_fits = pattern.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&call.method));
            let path_fits = pattern.path.as_ref().map(|part| part.to_lowercase()).is_none_or(|part| {
                part.strip_suffix('$').map_or_else(|| target.contains(&part), |end| target.ends_with(end))
            });
            if !method_fits || !path_fits || pattern.times == 0 {
                continue;
            }
            if pattern.skip > 0 {
                pattern.skip -= 1;
                continue;
            }
            pattern.times -= 1;
            played = Some(fault.action.clone());
            break;
        }
        self.waiting.retain(|fault| fault.pattern.times > 0);
        played
    }
}

impl Action {
    /// Whether the request is kept from having its effect.
    pub fn prevents(&self) -> bool {
        match self {
            Self::Answer(substitute) => !substitute.after,
            Self::Drop(action) => action.drop == Moment::Before,
            Self::Redirect(_) => true,
            Self::Delay(_) | Self::Truncate(_) | Self::RawBody(_) | Self::Endless(_) => false,
            Self::Lose(_) | Self::Strip(_) | Self::Stale(_) => false,
        }
    }

    /// Whether the answer comes from the past.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale(StaleAction { stale: true }))
    }

    /// The true reply as the fault lets it be seen.
    pub fn edit(&self, mut reply: Reply) -> Reply {
        if let Content::Json(body) = &mut reply.content {
            match self {
                Self::Lose(action) => edits::lose(body, &action.lose),
                Self::Strip(action) => edits::strip(body, &action.strip),
                _ => {}
            }
        }
        reply
    }

    /// The reply that stands in for the true one.
    pub fn instead(&self) -> Option<Reply> {
        match self {
            Self::Answer(substitute) => {
                let reply = match &substitute.body {
                    None => Reply::empty(substitute.status),
                    Some(Value::String(text)) => Reply::text(substitute.status, text.clone()),
                    Some(body) => Reply::json(substitute.status, body.clone()),
                };
                let headers = substitute.headers.iter();
                Some(headers.fold(reply, |reply, (name, value)| reply.with_header(&name.to_lowercase(), value)))
            }
            Self::Redirect(action) => Some(Reply::empty(307).with_header("location", &action.redirect)),
            Self::RawBody(action) => Some(Reply::text(200, &action.raw_body)),
            Self::Endless(action) => Some(Reply::text(200, &action.endless)),
            Self::Drop(_) | Self::Delay(_) | Self::Truncate(_) => None,
            Self::Lose(_) | Self::Strip(_) | Self::Stale(_) => None,
        }
    }

    /// A few words for the exchange log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer(Substitute { after: false, .. }) => "status",
            Self::Answer(Substitute { after: true, .. }) => "status after",
            Self::Drop(DropAction { drop: Moment::Before }) => "drop before",
            Self::Drop(DropAction { drop: Moment::After }) => "drop after",
            Self::Delay(_) => "delay",
            Self::Truncate(_) => "truncate",
            Self::RawBody(_) => "raw_body",
            Self::Redirect(_) => "redirect",
            Self::Endless(_) => "endless",
            Self::Lose(_) => "lose",
            Self::Strip(_) => "strip",
            Self::Stale(_) => "stale",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, target: &str) -> Call {
        Call::new(method, target, Vec::new(), Vec::new(), "https://x")
    }

    #[test]
    fn a_fault_skips_then_plays_then_is_gone() -> Result<(), serde_json::Error> {
        let mut faults = Faults::default();
        faults.add(serde_json::from_str(
            r#"[{"match": {"method": "put", "path": "/DATACONNECTORS/", "skip": 1}, "action": {"status": 503}}]"#,
        )?);
        let put = call("PUT", "/x/dataConnectors/a?api-version=1");
        assert_eq!(faults.take(&call("GET", "/x/dataConnectors/a")), None);
        assert_eq!(faults.take(&put), None);
        assert!(faults.take(&put).is_some_and(|action| action.instead().is_some_and(|reply| reply.status == 503)));
        assert_eq!(faults.take(&put), None);
        assert!(faults.waiting().is_empty());
        Ok(())
    }

    #[test]
    fn every_action_has_its_own_shape() -> Result<(), serde_json::Error> {
        let name = |text| serde_json::from_str::<Action>(text).map(|action| action.name());
        assert_eq!(name(r#"{"drop": "after"}"#)?, "drop after");
        assert_eq!(name(r#"{"status": 500, "after": true}"#)?, "status after");
        assert_eq!(name(r#"{"delay_ms": 5}"#)?, "delay");
        assert_eq!(name(r#"{"truncate": 5}"#)?, "truncate");
        assert_eq!(name(r#"{"raw_body": "<"}"#)?, "raw_body");
        assert_eq!(name(r#"{"endless": " "}"#)?, "endless");
        assert_eq!(name(r#"{"redirect": "https://x"}"#)?, "redirect");
        assert_eq!(name(r#"{"lose": "a"}"#)?, "lose");
        assert_eq!(name(r#"{"strip": "/properties"}"#)?, "strip");
        assert_eq!(name(r#"{"stale": true}"#)?, "stale");
        assert!(name(r#"{"explode": true}"#).is_err());
        Ok(())
    }
}
