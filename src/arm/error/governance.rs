//! What those who govern a tenant forbid, which no retry and no role mends: locks, policies, deny assignments,
//! conditional access.

use azure_core::http::headers::{Headers, WWW_AUTHENTICATE};
use serde_json::Value;

use super::{Error, Kind};

/// The longest claims challenge that is passed on; those that exist have some hundred characters.
const CLAIMS_LIMIT: usize = 2000;

/// Entra's codes where the credentials would do if a policy of the tenant's did not ask for another factor.
const FACTOR_CODES: [&str; 3] = ["AADSTS50076", "AADSTS50079", "AADSTS50158"];
/// How Entra's codes begin where a policy refuses the device, the app or the place: 53000 and on, 530032 among them.
const BLOCKED: &str = "AADSTS530";

impl Error {
    /// A lock on the thing or on what it lies in keeps it as it is.
    pub fn is_scope_locked(&self) -> bool {
        self.has_code("ScopeLocked")
    }

    /// The scopes that are locked, as the refusal names them.
    pub fn locked_scopes(&self) -> Vec<&str> {
        // "The scope 'A' cannot perform write operation because following scope(s) are locked: 'B,C'. Please remove …"
        let named = self.is_scope_locked().then(|| self.message.split_once("are locked: '")).flatten();
        let named = named.and_then(|(_, rest)| rest.split_once('\'')).map_or("", |(scopes, _)| scopes);
        named.split(',').map(str::trim).filter(|scope| !scope.is_empty()).collect()
    }

    /// A policy of the subscription or of a group above it does not let it be made so.
    pub fn is_policy_denial(&self) -> bool {
        self.has_code("RequestDisallowedByPolicy")
    }

    /// The policy that denies, by the name that people know it by if the refusal has that.
    pub fn denying_policy(&self) -> Option<String> {
        if !self.is_policy_denial() {
            return None;
        }
        let detailed = self.besides.as_ref().and_then(|besides| besides.policy.clone());
        detailed.or_else(|| {
            // "… was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"A","id":"B"},…}]'."
            let (_, rest) = self.message.split_once("\"policyAssignment\"")?;
            let object = rest.find('{').and_then(|at| rest.get(at..))?;
            // The text goes on behind the object; what is wanted is its first value.
            let assignment = serde_json::Deserializer::from_str(object).into_iter::<Value>().next()?.ok()?;
            let mut names = ["displayName", "name", "id"].iter().filter_map(|field| assignment.get(*field)?.as_str());
            names.find(|name| !name.is_empty()).map(str::to_owned)
        })
    }

    /// A deny assignment forbids it, whatever roles the caller has.
    pub fn is_denied_by_assignment(&self) -> bool {
        self.has_code("DenyAssignmentAuthorizationFailed")
    }

    /// A policy of conditional access does not let the caller in as it is.
    pub fn is_conditional_access(&self) -> bool {
        self.claims_challenge().is_some()
            || self.kind == Kind::Token
                && (self.has_code("interaction_required")
                    || self.code.as_deref().is_some_and(|code| FACTOR_CODES.contains(&code) || is_blocked(code)))
    }

    /// The claims that a token would need, as the Azure CLI takes them.
    pub fn claims_challenge(&self) -> Option<&str> {
        self.besides.as_ref()?.claims.as_deref()
    }

    /// The same error with what the answer's headers say of the token that is wanted instead.
    pub(in crate::arm) fn challenged(mut self, headers: &Headers) -> Self {
        if self.status == Some(401)
            && let Some(claims) = headers.get_optional_str(&WWW_AUTHENTICATE).and_then(wanted_claims)
        {
            self.besides.get_or_insert_default().claims = Some(claims);
        }
        self
    }
}

fn is_blocked(code: &str) -> bool {
    code.strip_prefix(BLOCKED)
        .is_some_and(|rest| matches!(rest.len(), 2 | 3) && rest.bytes().all(|c| c.is_ascii_digit()))
}

/// The claims of `Bearer realm="", error="insufficient_claims", claims="…"`.
fn wanted_claims(challenge: &str) -> Option<String> {
    let (_, claims) = challenge.split_once("claims=\"")?;
    let (claims, _) = claims.split_once('"')?;
    let is_base64 = claims.chars().all(|c| c.is_ascii_alphanumeric() || "+/=-_".contains(c));
    // It becomes part of a command line that people copy, so that nothing else may be in it.
    (challenge.contains("insufficient_claims") && is_base64 && !claims.is_empty() && claims.len() <= CLAIMS_LIMIT)
        .then(|| claims.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Refusal;
    use super::*;

    #[test]
    fn the_locked_scopes_are_named() {
        let of = |message: &str| {
            let error = Error { code: Some("ScopeLocked".to_owned()), ..Error::new(Kind::Service, message) };
            error.locked_scopes().join(" ")
        };
        assert_eq!(
            of(
                "The scope '/a/b' cannot perform delete operation because following scope(s) are locked: '/a, /a/b'. Please remove the lock and try again."
            ),
            "/a /a/b"
        );
        assert_eq!(of("It is locked."), "");
        let other = Error::new(Kind::Service, "following scope(s) are locked: '/a'");
        assert!(other.locked_scopes().is_empty() && !other.is_scope_locked());
    }

    #[test]
    fn the_policy_is_named_by_details_or_message() {
        let of = |error: Value| {
            let body = serde_json::json!({ "error": error }).to_string();
            Error::refused(403, Refusal::read(body.as_bytes())).denying_policy()
        };
        let code = "RequestDisallowedByPolicy";
        let message = r#"Resource 'x' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Deny","id":"/p"},"policyDefinition":{"name":"d"}}]'."#;
        let detailed = |info: Value| {
            serde_json::json!({ "code": code, "message": message, "additionalInfo": [
                { "type": "Other" }, { "type": "PolicyViolation", "info": info }] })
        };
        let display =
            serde_json::json!({ "policyDefinitionDisplayName": "No\tconnectors", "policyAssignmentName": "Deny" });
        assert_eq!(of(detailed(display)).as_deref(), Some("No connectors"));
        assert_eq!(of(detailed(serde_json::json!({}))).as_deref(), Some("Deny"));
        assert_eq!(of(serde_json::json!({ "code": code, "message": message })).as_deref(), Some("Deny"));
        for message in ["no", "\"policyAssignment\"", "\"policyAssignment\":{", "\"policyAssignment\":{}"] {
            assert_eq!(of(serde_json::json!({ "code": code, "message": message })), None, "{message}");
        }
        assert_eq!(of(serde_json::json!({ "code": "AuthorizationFailed", "message": message })), None);
    }

    #[test]
    fn a_challenge_for_claims_is_conditional_access() {
        let of = |status: u16, challenge: &str| {
            let mut headers = Headers::new();
            headers.insert(WWW_AUTHENTICATE, challenge.to_owned());
            let error = Error { status: Some(status), ..Error::new(Kind::Service, "no") }.challenged(&headers);
            (error.is_conditional_access(), error.claims_challenge().map(str::to_owned))
        };
        let challenge = r#"Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ==""#;
        assert_eq!(of(401, challenge), (true, Some("eyJhIjoxfQ==".to_owned())));
        assert_eq!(of(403, challenge), (false, None));
        for other in [
            r#"Bearer error="invalid_token""#,
            r#"Bearer error="insufficient_claims", claims="$(rm -r ~)""#,
            r#"Bearer error="insufficient_claims", claims=""#,
            r#"Bearer error="insufficient_claims", claims="""#,
        ] {
            assert_eq!(of(401, other), (false, None), "{other}");
        }
    }

    #[test]
    fn entras_codes_of_conditional_access() {
        let of = |code: &str| {
            let error = Error { code: Some(code.to_owned()), ..Error::new(Kind::Token, "no") };
            error.is_conditional_access()
        };
        for code in ["AADSTS50076", "AADSTS50158", "AADSTS53000", "AADSTS53004", "AADSTS530032", "interaction_required"]
        {
            assert!(of(code), "{code}");
        }
        for code in ["AADSTS7000215", "AADSTS700016", "AADSTS530", "AADSTS53x00", "AADSTS5300321"] {
            assert!(!of(code), "{code}");
        }
    }
}
