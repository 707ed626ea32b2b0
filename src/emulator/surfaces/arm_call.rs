//! A call to ARM that has passed its front door, as the surfaces see it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::emulator::api_version::ApiVersion;
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::refusals;
use crate::emulator::scenario::{Behaviour, Licence};
use crate::emulator::tokens::Caller;

/// Where a list goes on.
const SKIP_TOKEN: &str = "$skipToken";

/// What a surface under a workspace gets to see of a request and its surroundings.
pub struct ArmCall<'a> {
    /// The request.
    pub call: &'a Call,
    /// Who asks.
    pub caller: &'a Caller,
    /// In which api-version.
    pub version: ApiVersion,
    /// How the service behaves.
    pub behaviour: &'a Behaviour,
    /// Licences of the workspace's tenant.
    pub licences: &'a BTreeMap<String, Licence>,
    /// The child resource's name, if the path has one.
    pub name: Option<&'a str>,
}

impl ArmCall<'_> {
    /// The request body as a JSON object.
    pub fn body(&self) -> Result<Value, Reply> {
        match self.call.json() {
            Some(body @ Value::Object(_)) => Ok(body),
            _ => Err(refusals::unparsable("Unexpected end or character when reading JSON. Path ''.")),
        }
    }

    /// One page of a LIST.
    pub fn page(&self, value: Vec<Value>) -> Reply {
        Reply::json(200, page(self.call, &self.version, self.behaviour, value))
    }
}

/// One page of a LIST, with a link to the next one \[spec: nextLink\]. The link remembers the last item by name and by
/// place, so that an item that appears between two pages makes no other come twice; or by place alone, as behaved.
pub fn page(call: &Call, version: &ApiVersion, behaviour: &Behaviour, value: Vec<Value>) -> Value {
    let start = page_start(call, behaviour, &value);
    let total = value.len();
    let length = if behaviour.page_size == 0 { total } else { behaviour.page_size };
    let page: Vec<Value> = value.into_iter().skip(start).take(length).collect();
    let end = start + page.len();
    let last = page.last().and_then(|item| item["name"].as_str()).unwrap_or_default().to_owned();
    let mut body = json!({"value": page});
    if end < total {
        let token = URL_SAFE_NO_PAD.encode(format!("{end} {last}"));
        let mut link = format!("{}{}?api-version={version}", call.base, call.path());
        // What was asked for besides holds for every page [spec: the link is the whole address].
        for (name, value) in call.query.iter().filter(|(name, _)| name.starts_with('$') && name != SKIP_TOKEN) {
            link += &format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        body["nextLink"] = json!(format!("{link}&{SKIP_TOKEN}={token}"));
    }
    body
}

fn page_start(call: &Call, behaviour: &Behaviour, value: &[Value]) -> usize {
    let token = call.query(SKIP_TOKEN).and_then(|token| URL_SAFE_NO_PAD.decode(token).ok());
    let token = token.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let Some((place, last)) = token.split_once(' ') else { return 0 };
    match value.iter().position(|item| item["name"] == last) {
        Some(at) if !behaviour.page_by_place => at + 1,
        _ => place.parse().unwrap_or(0),
    }
}

/// The body's `location`, which every resource of ARM's own keeping needs \[spec: TrackedResource\].
pub fn location(call: &Call) -> Result<String, Reply> {
    let body = call.json().filter(Value::is_object).ok_or_else(|| {
        let text = "The request content was invalid and could not be deserialized: 'Unexpected end of content'.";
        Reply::error(400, "InvalidRequestContent", text)
    })?;
    let location = body["location"].as_str().filter(|location| !location.is_empty());
    let missing = || Reply::error(400, "LocationRequired", "The location property is required for this definition.");
    // ARM shows a region by its short name, however it was written [seen].
    location.map(|location| location.to_lowercase().replace(' ', "")).ok_or_else(missing)
}

/// Refuses every other method.
pub fn method_is(call: &Call, method: &str) -> Result<(), Reply> {
    if call.method == method { Ok(()) } else { Err(refusals::no_such_method(&call.method)) }
}
