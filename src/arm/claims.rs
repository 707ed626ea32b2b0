//! What a token says of itself. Its signature is the service's business: nothing that is read here grants anything.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims that matter to whoever sends a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The tenant that it is of.
    pub tenant: Option<String>,
    /// Whom it is made for.
    pub audiences: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub expires: Option<i64>,
    /// Whether it speaks for an application and not for a person, where it says so.
    pub is_application: Option<bool>,
    /// The template ids of the directory roles that its holder has, where it names any.
    pub directory_roles: Vec<String>,
}

impl Claims {
    /// Reads a JSON web token; there is nothing to read in one of another form.
    pub fn of(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?.trim_end_matches('=');
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts = |value: &Value| value.as_array().into_iter().flatten().filter_map(text).collect();
        let audiences = match claims.get("aud") {
            Some(several @ Value::Array(_)) => texts(several),
            other => other.and_then(text).into_iter().collect(),
        };
        let claims = claims.as_object()?;
        Some(Self {
            tenant: claims.get("tid").and_then(text),
            audiences,
            expires: claims.get("exp").and_then(|exp| exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64))),
            is_application: claims.get("idtyp").and_then(Value::as_str).map(|sort| sort == "app"),
            directory_roles: claims.get("wids").map(texts).unwrap_or_default(),
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
            ..Claims::default()
        };
        assert_eq!(of(r#"{"tid":"t","aud":"a","exp":5}"#), Some(claims(Some("t"), &["a"], Some(5))));
        assert_eq!(of(r#"{"tid":7,"aud":["a","b",1],"exp":5.9}"#), Some(claims(None, &["a", "b"], Some(5))));
        assert_eq!(of("{}"), Some(Claims::default()));
        let (app, user) = (of(r#"{"idtyp":"app","wids":7}"#), of(r#"{"idtyp":"user","wids":["a",1,"b"]}"#));
        assert_eq!(app, Some(Claims { is_application: Some(true), ..Claims::default() }));
        let directory_roles = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(user, Some(Claims { is_application: Some(false), directory_roles, ..Claims::default() }));
        assert_eq!([of("[]"), of("x"), Claims::of("opaque"), Claims::of("a.b.c"), Claims::of("")], [const { None }; 5]);
    }
}
