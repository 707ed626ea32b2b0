//! What goes wrong, and at which requests.

use serde_json::{Value as Json, json};

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The emulator plays this, once or from then on.
    Played { action: &'static str, times: u32 },
    /// The same, where a token is asked for.
    Token { action: &'static str, times: u32 },
    /// The service does not take the token, once or from then on.
    Unauthorized { times: u32 },
    /// The connection breaks, and every token that was given out by then is over.
    Expired,
    /// From then on reads show what there was before the operation.
    Stale,
    /// The answer lacks what the object is like, once or from then on.
    Stripped { times: u32 },
    /// The connection breaks, and from then on every new one is refused.
    Refused,
    /// The provider is killed, when the request has had its effect or not.
    Killed { action: &'static str },
    /// The provider is told to stop, when the request has had its effect or not.
    Stopped { action: &'static str },
}

const fn once(action: &'static str) -> Fault {
    Fault::Played { action, times: 1 }
}

const fn lasting(action: &'static str) -> Fault {
    Fault::Played { action, times: ALWAYS }
}

/// Times that outlast an operation.
const ALWAYS: u32 = 1000;

const DROP_BEFORE: &str = r#"{"drop": "before"}"#;
const DROP_AFTER: &str = r#"{"drop": "after"}"#;

const NOT_FOUND_BY_A_GATEWAY: &str = r#"{"status": 404, "body": "404 page not found"}"#;
const NOT_FOUND: &str =
    r#"{"status": 404, "body": {"error": {"code": "NotFound", "message": "Resource was not found."}}}"#;
const ANOTHER_NOT_FOUND: &str = r#"{"status": 404, "body": {"error": {"code": "ResourceNotFound", "message":
    "The Resource 'Microsoft.OperationalInsights/workspaces/another' under resource group 'rg-other' was not found."}}}"#;

const EXPIRED: &str =
    r#"{"status": 401, "body": {"error": {"code": "ExpiredAuthenticationToken", "message": "The token expired."}}}"#;
/// The same in the words of the Defender API.
const EXPIRED_SETTING: &str =
    r#"{"status": 401, "body": {"error": {"code": "Unauthorized", "message": "The token has expired."}}}"#;
/// A token that Entra gave out, and no service takes.
const STRANGE_TOKEN: &str =
    r#"{"raw_body": "{\"token_type\": \"Bearer\", \"expires_in\": 3599, \"access_token\": \"strange\"}"}"#;
const WRONG_SECRET: &str = r#"{"status": 401, "body": {"error": "invalid_client", "error_codes": [7000215],
    "error_description": "AADSTS7000215: Invalid client secret provided."}}"#;

pub const FAULT_LATE: &str = "no answer before the time limit, and the change is made after it";

pub const FAULTS: [(&str, Fault); 42] = [
    ("connection refused from then on", Fault::Refused),
    ("reset before the change, once", once(DROP_BEFORE)),
    ("reset before the change, every time", lasting(DROP_BEFORE)),
    ("reset after the change, once", once(DROP_AFTER)),
    ("reset after the change, every time", lasting(DROP_AFTER)),
    ("408, once", once(r#"{"status": 408}"#)),
    ("429, every time", lasting(r#"{"status": 429}"#)),
    ("429, Retry-After: 0", once(r#"{"status": 429, "headers": {"retry-after": "0"}}"#)),
    ("429, Retry-After: 1", once(r#"{"status": 429, "headers": {"retry-after": "1"}}"#)),
    (
        "429, Retry-After: a date that is over",
        once(r#"{"status": 429, "headers": {"retry-after": "Thu, 01 Jan 2015 00:00:00 GMT"}}"#),
    ),
    ("429, Retry-After: an hour", once(r#"{"status": 429, "headers": {"retry-after": "3600"}}"#)),
    ("429, Retry-After: not understood", once(r#"{"status": 429, "headers": {"retry-after": "soon"}}"#)),
    ("429, retry-after-ms", once(r#"{"status": 429, "headers": {"retry-after-ms": "20"}}"#)),
    ("429, x-ms-retry-after-ms", once(r#"{"status": 429, "headers": {"x-ms-retry-after-ms": "20"}}"#)),
    ("500, once", once(r#"{"status": 500}"#)),
    ("500 though the change is made, once", once(r#"{"status": 500, "after": true}"#)),
    ("500 though the change is made, every time", lasting(r#"{"status": 500, "after": true}"#)),
    ("503, every time", lasting(r#"{"status": 503, "headers": {"retry-after-ms": "50"}}"#)),
    ("no answer before the time limit", lasting(r#"{"delay_ms": 4000}"#)),
    (FAULT_LATE, once(r#"{"delay_ms": 3000, "even_if_gone": true}"#)),
    ("body cut short, once", once(r#"{"truncate": 1}"#)),
    ("body cut short, every time", lasting(r#"{"truncate": 1}"#)),
    ("a page in place of the answer", once(r#"{"raw_body": "<html><title>Sign in</title></html>"}"#)),
    ("404 that no service said, once", once(NOT_FOUND_BY_A_GATEWAY)),
    ("404 that no service said, every time", lasting(NOT_FOUND_BY_A_GATEWAY)),
    ("404 without a body, once", once(r#"{"status": 404}"#)),
    ("404 in the service's own words, once", once(NOT_FOUND)),
    ("404 in the service's own words, every time", lasting(NOT_FOUND)),
    ("404 that names another resource, once", once(ANOTHER_NOT_FOUND)),
    ("a read that shows what there was before, every time", Fault::Stale),
    ("a body without its properties, once", Fault::Stripped { times: 1 }),
    ("a body without its properties, every time", Fault::Stripped { times: ALWAYS }),
    ("401 that refuses the token, once", Fault::Unauthorized { times: 1 }),
    ("401 that refuses the token, every time", Fault::Unauthorized { times: ALWAYS }),
    ("reset before the change, and every token over", Fault::Expired),
    ("a token that no service takes, once", Fault::Token { action: STRANGE_TOKEN, times: 1 }),
    ("a token that no service takes, every time", Fault::Token { action: STRANGE_TOKEN, times: ALWAYS }),
    ("a secret that Entra refuses", Fault::Token { action: WRONG_SECRET, times: ALWAYS }),
    ("provider told to stop before the change", Fault::Stopped { action: DROP_BEFORE }),
    ("provider told to stop after the change", Fault::Stopped { action: DROP_AFTER }),
    ("provider killed before the change", Fault::Killed { action: DROP_BEFORE }),
    ("provider killed after the change", Fault::Killed { action: DROP_AFTER }),
];

/// The faults that leave the most in doubt.
pub const DOUBTFUL: [&str; 4] = [
    "reset after the change, every time",
    "500 though the change is made, every time",
    "no answer before the time limit",
    "provider killed after the change",
];

/// A request of an operation: the one of this method and path after so many others like it.
#[derive(Clone, Debug)]
pub struct Point {
    pub method: String,
    pub path: String,
    pub skip: usize,
}

impl Point {
    /// Whether it asks Entra for a token.
    fn is_token(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/token")
    }

    /// Whether it goes to the Defender API.
    fn is_setting(&self) -> bool {
        self.path.contains("dataExportSettings")
    }
}

impl Fault {
    /// What the emulator plays at a request, and how often; nothing where the fault makes no difference.
    pub fn at(self, point: &Point) -> Option<(Json, u32)> {
        let parsed = |action: &str| serde_json::from_str(action).unwrap();
        match self {
            Self::Played { action, times } => Some((parsed(action), times)),
            Self::Token { action, times } => point.is_token().then(|| (parsed(action), times)),
            Self::Unauthorized { .. } | Self::Expired if point.is_token() => None,
            Self::Unauthorized { times } => {
                Some((parsed(if point.is_setting() { EXPIRED_SETTING } else { EXPIRED }), times))
            }
            Self::Stale => (point.method == "GET").then(|| (json!({ "stale": true }), ALWAYS)),
            Self::Stripped { .. } if point.method == "DELETE" => None,
            Self::Stripped { times } => {
                let what = match point {
                    _ if point.is_token() => "/access_token",
                    _ if point.is_setting() => "/logs",
                    _ => "/properties",
                };
                Some((json!({ "strip": what }), times))
            }
            Self::Refused | Self::Expired => Some((parsed(DROP_BEFORE), 1)),
            // What changes nothing is the same before and after.
            Self::Stopped { action: DROP_BEFORE } if point.method == "GET" || point.is_token() => None,
            Self::Killed { action } | Self::Stopped { action } => Some((parsed(action), 1)),
        }
    }

    /// Whether it takes this side of the connection to play it.
    pub fn interrupts(self) -> bool {
        matches!(self, Self::Refused | Self::Expired | Self::Killed { .. } | Self::Stopped { .. })
    }

    /// Whether it ends the provider.
    pub fn ends(self) -> bool {
        matches!(self, Self::Killed { .. } | Self::Stopped { .. })
    }

    /// Whether it is over with a new token.
    pub fn wants_a_token(self) -> bool {
        matches!(self, Self::Expired | Self::Unauthorized { times: 1 } | Self::Token { times: 1, .. })
    }
}
