//! Access tokens: made here, remembered here, checked here. They are JWTs whose signature is noise; the emulator trusts
//! its memory, and clients only read the claims.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant that issued the token.
    pub tenant_id: String,
    /// The object id of the principal.
    pub object_id: String,
    /// The application's id.
    pub app_id: String,
    /// The audience.
    pub audience: String,
    /// Whether a person is behind it.
    pub is_user: bool,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// The template ids of the holder's roles in Entra, which tokens of users name \[doc: claim `wids`\].
    pub directory_roles: Vec<String>,
}

/// The tokens that were issued.
#[derive(Debug, Default)]
pub struct TokenStore {
    issued: HashMap<String, Caller>,
}

impl TokenStore {
    /// Issues a token.
    pub fn issue(&mut self, caller: Caller, issuer: &str) -> String {
        let now = Timestamp::now().as_second();
        let mut claims = json!({
            "aud": caller.audience,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": caller.expires,
            "appid": caller.app_id,
            "azp": caller.app_id,
            "idtyp": if caller.is_user { "user" } else { "app" },
            "oid": caller.object_id,
            "sub": caller.object_id,
            "tid": caller.tenant_id,
            "uti": Uuid::new_v4().to_string(),
            "ver": "1.0",
        });
        if !caller.directory_roles.is_empty() {
            claims["wids"] = json!(caller.directory_roles);
        }
        let header = json!({"typ": "JWT", "alg": "none"});
        let token = format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string()),
            URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes()),
        );
        self.issued.insert(token.clone(), caller);
        token
    }

    /// Who holds this token, expired or not.
    pub fn holder(&self, token: &str) -> Option<&Caller> {
        self.issued.get(token)
    }

    /// Ends every token now.
    pub fn expire_all(&mut self) {
        for caller in self.issued.values_mut() {
            caller.expires = 0;
        }
    }
}

impl Caller {
    /// Whether the token has ended.
    pub fn is_expired(&self) -> bool {
        self.expires <= Timestamp::now().as_second()
    }
}

/// The bearer token of an Authorization header.
pub fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether two audiences are the same; a trailing slash does not count.
pub fn same_audience(left: &str, right: &str) -> bool {
    left.trim_end_matches('/').eq_ignore_ascii_case(right.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_parts_and_readable_claims() {
        let mut store = TokenStore::default();
        let caller = Caller {
            tenant_id: "t".to_owned(),
            object_id: "o".to_owned(),
            app_id: "a".to_owned(),
            audience: "https://x/".to_owned(),
            is_user: false,
            expires: Timestamp::now().as_second() + 60,
            directory_roles: Vec::new(),
        };
        let token = store.issue(caller, "https://sts.windows.net/t/");
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let claims = URL_SAFE_NO_PAD.decode(parts[1]).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        assert!(claims.is_some_and(|text| text.contains(r#""oid":"o""#) && text.contains(r#""idtyp":"app""#)));
        assert!(store.holder(&token).is_some_and(|caller| !caller.is_expired()));
        store.expire_all();
        assert!(store.holder(&token).is_some_and(Caller::is_expired));
        assert_eq!(bearer(Some(&format!("bearer {token}"))), Some(token.as_str()));
    }
}
