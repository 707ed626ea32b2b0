//! What can go wrong, as one type that is asked by predicate. This module and its children are the only place where
//! the words of a service are searched.

mod answer;
mod cause;
mod entra;
mod governance;
mod sentinel;

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::call::Call;

pub use answer::reason_of;
pub(super) use answer::{Refusal, no_bom, tidy};
pub(super) use cause::{EntraRefusal, TooLarge, classify, is_transient};
pub use entra::SignIn;

/// Which sort of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The service answered and refused.
    Service,
    /// There is no token: Entra's AADSTS code is the error's code.
    Token,
    /// No connection, or one that was lost.
    Unreachable,
    /// The other side's certificate is not trusted.
    Certificate,
    /// No answer within the time that the call or one try had.
    TimedOut,
    /// The user stopped Terraform.
    Stopped,
    /// An answer that is not what the API promises.
    Garbage,
    /// The client cannot work with what it was given.
    Settings,
    /// The user's own token for the Defender API is not for this call, which was not sent.
    GivenToken(Misfit),
}

/// Why a token that the user gave is not for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is of another tenant.
    Tenant,
    /// It is made for another service.
    Audience,
    /// It has expired.
    Expired,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    /// The status of the last answer, if there was one.
    pub status: Option<u16>,
    /// The service's word for the error.
    pub code: Option<String>,
    pub message: String,
    /// What the service's support asks for.
    pub request_id: Option<String>,
    /// The method and address without its query, e.g. "PUT https://host/path".
    pub target: String,
    /// What a token was asked for with, where there is none.
    pub sign_in: Option<Box<SignIn>>,
    /// A write may have had its effect.
    pub(super) in_doubt: bool,
    /// What the answer says besides code and message. Apart, since hardly any error has it and every result has room for it.
    pub(super) besides: Option<Box<Besides>>,
}

/// What some answers say besides their code and message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Besides {
    /// How long to wait before anything is sent again.
    asked_wait: Option<Duration>,
    /// The claims that a token would need, as the answer's header has them.
    claims: Option<String>,
    /// The policy that its details name.
    policy: Option<String>,
}

impl Error {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            status: None,
            code: None,
            message,
            request_id: None,
            target: String::new(),
            sign_in: None,
            in_doubt: false,
            besides: None,
        }
    }

    /// The same error of an answer whose header asks for claims.
    #[cfg(test)]
    pub(crate) fn asking_for_claims(mut self, claims: &str) -> Self {
        self.besides.get_or_insert_default().claims = Some(claims.to_owned());
        self
    }

    /// An error as a service could have given it, to show what becomes of it.
    #[cfg(test)]
    pub(crate) fn sample(kind: Kind, status: Option<u16>, code: Option<&str>, message: &str) -> Self {
        let code = code.map(str::to_owned);
        let request_id = status.map(|_| "0a1b2c3d-0000-4000-8000-000000000000".to_owned());
        let target = "PUT https://management.azure.com/subscriptions/...".to_owned();
        Self { status, code, request_id, target, ..Self::new(kind, message) }
    }

    pub(super) fn stopped() -> Self {
        Self::new(Kind::Stopped, "stopped before the service answered")
    }

    pub(super) fn timed_out(within: Duration) -> Self {
        let seconds = within.as_secs_f64().max(0.001);
        let text = format!("{seconds:.3}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        Self::new(Kind::TimedOut, format!("no answer within {text} s"))
    }

    /// The service took a request in, and what it was to take away is there at the end.
    pub fn still_there(call: &Call) -> Self {
        if call.stop.is_cancelled() {
            return Self::stopped();
        }
        Self::new(Kind::TimedOut, "the request was taken in, and it was still there when the time was over")
    }

    /// A change of the service's went on when the time was over.
    pub fn still_changing(call: &Call) -> Self {
        if call.stop.is_cancelled() {
            return Self::stopped();
        }
        Self::new(Kind::TimedOut, "the request was taken in, and the change went on when the time was over")
    }

    /// Two answers of the service that cannot both be true.
    pub fn contradicted(message: &str) -> Self {
        Self::new(Kind::Garbage, message)
    }

    /// It was over before its turn to be sent came.
    pub(super) fn held_back() -> Self {
        let why = "other requests went first, as many as the service and the provider's own limit let go";
        Self::new(Kind::TimedOut, format!("not sent before the time limit: {why}"))
    }

    /// An answer that says something else than what was asked for.
    pub fn undescribed(message: &str) -> Self {
        Self::new(Kind::Garbage, message)
    }

    pub(super) fn deadline() -> Self {
        Self::new(Kind::TimedOut, "no answer before the time limit")
    }

    pub(super) fn refused(status: u16, refusal: Refusal) -> Self {
        let Refusal { code, message, is_page, policy } = refusal;
        // What has no code was not said by the service, and a 404 of a proxy must not make anyone forget a resource.
        let is_strange = is_page && status < 500 || status == 404 && code.is_none();
        let kind = if is_strange { Kind::Garbage } else { Kind::Service };
        let besides = policy.map(|policy| Box::new(Besides { policy: Some(policy), ..Besides::default() }));
        Self { status: Some(status), code, besides, ..Self::new(kind, message) }
    }

    pub(super) fn at(mut self, target: &str) -> Self {
        if self.target.is_empty() {
            self.target = target.to_owned();
        }
        self
    }

    pub(crate) fn in_doubt(mut self, in_doubt: bool) -> Self {
        self.in_doubt = in_doubt;
        self
    }

    /// The same error of an answer that asks to wait.
    pub(crate) fn asking_to_wait(mut self, wait: Duration) -> Self {
        self.besides.get_or_insert_default().asked_wait = Some(wait);
        self
    }

    /// Adds what the service said last to an error that came without an answer.
    pub(super) fn after(mut self, last: Option<Error>) -> Self {
        if self.status.is_some() {
            return self;
        }
        let Some(last) = last else { return self };
        let Some(status) = last.status else {
            if last.message != self.message {
                self.message = format!("{}; before that: {}", self.message, last.message);
            }
            return self;
        };
        let code = last.code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
        self.message = format!("{}; the last answer was {status}{code}: {}", self.message, last.message);
        self.status = last.status;
        self.code = last.code;
        self.request_id = last.request_id;
        self.besides = last.besides;
        self
    }

    /// The same error with every text that came from outside put through `hide`.
    pub(super) fn hiding(mut self, hide: impl Fn(&str) -> String) -> Self {
        for text in [&mut self.message, &mut self.target].into_iter().chain(&mut self.code).chain(&mut self.request_id)
        {
            *text = hide(text);
        }
        self
    }

    /// The service says in its own form that what was asked for does not exist. One answer alone is no proof of it.
    pub fn is_not_found(&self) -> bool {
        // A subscription that cannot be seen says nothing of what lies in it.
        let says_so = self.code.as_deref().is_some_and(|code| {
            code.len() >= 8
                && code.is_char_boundary(code.len() - 8)
                && code[code.len() - 8..].eq_ignore_ascii_case("notfound")
        });
        self.kind == Kind::Service
            && self.status == Some(404)
            && says_so
            && !self.has_code("SubscriptionNotFound")
            && !self.names_another()
    }

    /// Whatever answered, it said 404: the thing may be gone, or the way to it is wrong.
    pub fn is_any_404(&self) -> bool {
        self.status == Some(404) && matches!(self.kind, Kind::Service | Kind::Garbage)
    }

    /// The service does not have this call at all, which says nothing of the thing it was made for.
    pub fn is_no_such_call(&self) -> bool {
        self.status == Some(405) && matches!(self.kind, Kind::Service | Kind::Garbage)
    }

    /// Whether the message quotes names, and none of them is in the address that was asked.
    fn names_another(&self) -> bool {
        let asked: Vec<_> = self.target.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
        let quoted = self.message.split('\'').skip(1).step_by(2).filter(|quoted| !quoted.contains(' '));
        let mut names = quoted.filter_map(|quoted| quoted.rsplit('/').next()).peekable();
        let is_asked = |name: &str| asked.iter().any(|part| part.eq_ignore_ascii_case(name));
        names.peek().is_some() && !self.target.is_empty() && !names.any(is_asked)
    }

    /// The service asked to slow down until the end.
    pub fn is_throttled(&self) -> bool {
        self.status == Some(429)
    }

    /// How long the service asked to wait.
    pub fn asked_wait(&self) -> Option<Duration> {
        self.besides.as_ref()?.asked_wait
    }

    /// What answers is broken or overloaded, so that nothing was judged.
    pub fn is_out_of_order(&self) -> bool {
        self.kind == Kind::Service && self.status.is_some_and(is_transient) && !self.is_throttled()
    }

    /// The workspace is managed in the Defender portal, which alone may change this connector.
    pub fn is_portal_locked(&self) -> bool {
        self.says("enabled through the microsoft threat protection portal")
            || self.says("changes to the connector in microsoft sentinel are disabled")
    }

    /// The workspace does not have Sentinel.
    pub fn is_not_onboarded(&self) -> bool {
        self.says("is not onboarded to microsoft sentinel") || self.says("is not onboarded to azure sentinel")
    }

    /// What answered is not in the form that the service describes.
    pub fn is_garbage(&self) -> bool {
        self.kind == Kind::Garbage
    }

    /// The service cannot do what the request asks for as it asks for it.
    pub fn is_bad_request(&self) -> bool {
        self.kind == Kind::Service && self.status == Some(400) && !self.is_not_onboarded()
    }

    /// The tenant has no licence for the product, or the service thinks so.
    pub fn is_license_invalid(&self) -> bool {
        self.has_code("InvalidLicense") && !self.is_missing_consent()
    }

    /// The tenant never consented to the product's connection.
    pub fn is_missing_consent(&self) -> bool {
        self.has_code("InvalidLicense") && self.says("missing consent")
    }

    /// Somebody else changed it, or is changing it.
    pub fn is_conflict(&self) -> bool {
        self.kind == Kind::Service
            && matches!(self.status, Some(409 | 412))
            && !self.is_duplicate_key()
            && !self.is_provider_not_registered()
            && !self.is_scope_locked()
    }

    /// Another connector has the same kind and tenant or subscription.
    pub fn is_duplicate_key(&self) -> bool {
        self.says("same kind and context id")
    }

    /// The subscription does not exist, or not for this caller; nothing follows for what lies in it.
    pub fn is_subscription_not_found(&self) -> bool {
        self.has_code("SubscriptionNotFound")
    }

    /// The service does not take the caller's token.
    pub fn is_unauthorized(&self) -> bool {
        self.kind == Kind::Service && self.status == Some(401) && !self.is_conditional_access()
    }

    /// The caller is known but may not.
    pub fn is_forbidden(&self) -> bool {
        self.kind == Kind::Service
            && self.status == Some(403)
            && !self.is_policy_denial()
            && !self.is_denied_by_assignment()
    }

    /// Nobody who may call is there: the service refuses the caller, or there is no token for it. A service that is out of
    /// order says nothing of that.
    pub fn is_without_access(&self) -> bool {
        match self.kind {
            Kind::GivenToken(_) => true,
            Kind::Token => !self.status.is_some_and(is_transient),
            _ => self.is_forbidden() || self.is_unauthorized(),
        }
    }

    /// The token is of another tenant than the subscription.
    pub fn is_wrong_tenant(&self) -> bool {
        self.has_code("InvalidAuthenticationTokenTenant")
    }

    /// The subscription's tenant as the refusal of a wrong tenant's token names it.
    pub fn tenant_of_subscription(&self) -> Option<String> {
        if !self.is_wrong_tenant() {
            return None;
        }
        // "…from the wrong issuer 'https://sts.windows.net/A/'. It must match the tenant 'https://sts.windows.net/B/'…"
        let (_, second) = self.message.match_indices("https://sts.").nth(1).map(|(at, _)| self.message.split_at(at))?;
        let tenant: String = second.split('/').nth(3)?.chars().take(36).collect();
        uuid::Uuid::try_parse(&tenant).ok().map(|_| tenant)
    }

    /// This api-version does not know the connector's kind, or is none.
    pub fn is_unsupported_kind(&self) -> bool {
        self.has_code("NoRegisteredProviderFound")
            || self.says("connector kind") && self.says("is not supported in api-version")
    }

    /// The service does not take the product that a rule is to be of.
    pub fn is_unsupported_product(&self) -> bool {
        self.status == Some(400) && self.says("productfilter")
    }

    /// The resource type does not have this api-version, here or anywhere.
    pub fn is_unknown_api_version(&self) -> bool {
        ["NoRegisteredProviderFound", "InvalidApiVersionParameter", "InvalidResourceType"]
            .iter()
            .any(|code| self.has_code(code))
    }

    /// The subscription has not registered a resource provider.
    pub fn is_provider_not_registered(&self) -> bool {
        self.has_code("MissingSubscriptionRegistration")
            || self.has_code("SubscriptionNotRegistered")
            || self.says("is not registered to use namespace")
    }

    /// It was the Azure CLI that gave no token.
    pub fn is_of_azure_cli(&self) -> bool {
        self.kind == Kind::Token && self.target.starts_with("az ")
    }

    /// The user stopped Terraform.
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Stopped
    }

    /// The service cannot make sense of a query, or not with these tables.
    pub fn is_bad_query(&self) -> bool {
        self.kind == Kind::Service && self.status == Some(400)
    }

    /// The service itself gave up waiting for the answer.
    pub fn is_gateway_timeout(&self) -> bool {
        self.status == Some(504)
    }

    /// No answer came in time.
    pub fn is_timed_out(&self) -> bool {
        self.kind == Kind::TimedOut
    }

    /// A write whose outcome is unknown: it was sent, and what became of it was not heard.
    pub fn may_have_happened(&self) -> bool {
        self.in_doubt
    }

    /// The export categories that the Defender API does not take, as it names them.
    pub fn unsupported_categories(&self) -> Vec<String> {
        let lower = self.message.to_ascii_lowercase();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(start) = lower.get(from..).and_then(|rest| rest.find("categor")).map(|at| from + at) {
            // "Category 'X' is not supported." or "Categories A, B are not supported."
            let rest = lower.get(start..).unwrap_or_default();
            let Some(word) = ["category ", "categories "].into_iter().find(|word| rest.starts_with(word)) else {
                from = start + "categor".len();
                continue;
            };
            let end = [" is not supported", " are not supported"].iter().filter_map(|tail| rest.find(tail)).min();
            let Some(end) = end else { break };
            let names = self.message.get(start + word.len()..start + end).unwrap_or_default();
            let names = names.replace(" and ", ",");
            found.extend(
                names
                    .split(',')
                    .map(|name| name.trim_matches(|c: char| c.is_whitespace() || "'\"[]".contains(c)).to_owned())
                    .filter(|name| !name.is_empty()),
            );
            from = start + end;
        }
        found
    }

    /// Whether the token itself was refused, so that a new one may help.
    pub(super) fn is_token_refused(&self) -> bool {
        self.status == Some(401)
            && (self.has_code("ExpiredAuthenticationToken")
                || self.has_code("InvalidAuthenticationToken")
                || self.claims_challenge().is_some())
    }

    fn has_code(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(code))
    }

    /// Whether the service's message holds `words`, which are in lower case.
    fn says(&self, words: &str) -> bool {
        self.status.is_some_and(|status| status >= 400) && self.message.to_ascii_lowercase().contains(words)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.target.is_empty() {
            write!(f, "{}: ", self.target)?;
        }
        if let (Kind::Service | Kind::Token, Some(status)) = (self.kind, self.status) {
            write!(f, "{status} ")?;
            if let Some(code) = &self.code {
                write!(f, "{code}: ")?;
            }
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
