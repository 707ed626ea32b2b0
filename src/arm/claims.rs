//! What a token says of itself. Its signature is the service's business: nothing that is read here grants anything.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims that matter to whoever sends a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The tenant that it is of.
    pub tenant: Option<String>,
    /// Whom it is made for.
    pub audiences: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub expires: Option<i64>,
}

impl Claims {
    /// Reads a JSON web token; there is nothing to read in one of another form.
    pub fn of(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?.trim_end_matches('=');
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let audiences = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().filter_map(text).collect(),
            other => other.and_then(text).into_iter().collect(),
        };
        let claims = claims.as_object()?;
        Some(Self {
            tenant: claims.get("tid").and_then(text),
            audiences,
            expires: claims.get("exp").and_then(|exp| exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_whose_it_is() {
        let of = |claims: &str| Claims::of(&format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims)));
        let claims = |tenant: Option<&str>, audiences: &[&str], expires| Claims {
            tenant: tenant.map(str::to_owned),
            audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
            expires,
        };
        assert_eq!(of(r#"{"tid":"t","aud":"a","exp":5}"#), Some(claims(Some("t"), &["a"], Some(5))));
        assert_eq!(of(r#"{"tid":7,"aud":["a","b",1],"exp":5.9}"#), Some(claims(None, &["a", "b"], Some(5))));
        assert_eq!(of("{}"), Some(Claims::default()));
        assert_eq!([of("[]"), of("x"), Claims::of("opaque"), Claims::of("a.b.c"), Claims::of("")], [const { None }; 5]);
    }
}
