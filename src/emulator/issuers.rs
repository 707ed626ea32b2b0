//! The OpenID Connect issuers that the emulator stands in for: CI systems, a cluster. They share one RSA key, made when
//! it is first needed; who trusts whose tokens lives in `assertions`.

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::json;
use uuid::Uuid;
use x509_parser::der_parser::der::parse_der;

/// The issuers, as far as they need to be remembered.
#[derive(Debug, Default)]
pub struct Issuers {
    key: Option<IssuerKey>,
}

/// The key that signs for all of them.
struct IssuerKey {
    encoding: EncodingKey,
    jwk: Jwk,
    id: String,
}

/// What a token is to say.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// Who says it.
    pub issuer: &'a str,
    /// Of whom.
    pub subject: &'a str,
    /// To whom.
    pub audience: &'a str,
    /// When it begins to hold, in seconds from now.
    pub starts_in: i64,
    /// For how many seconds.
    pub seconds: i64,
}

impl std::fmt::Debug for IssuerKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("IssuerKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where the issuer of this name is, at the address that a client uses.
pub fn address(base: &str, name: &str) -> String {
    format!("{base}/issuers/{name}")
}

/// The name of the issuer at this address, if it is one of the emulator's.
pub fn name_of<'a>(own_urls: &[String], address: &'a str) -> Option<&'a str> {
    let below = |url: &String| address.strip_prefix(url.as_str())?.strip_prefix("/issuers/");
    own_urls.iter().find_map(below).filter(|name| !name.is_empty() && !name.contains('/'))
}

impl Issuers {
    /// Signs a token.
    pub fn issue(&mut self, statement: Statement<'_>) -> Result<String, String> {
        let key = self.key()?;
        let begins = Timestamp::now().as_second().saturating_add(statement.starts_in);
        let claims = json!({
            "iss": statement.issuer,
            "sub": statement.subject,
            "aud": statement.audience,
            "jti": Uuid::new_v4().to_string(),
            "iat": begins,
            "nbf": begins,
            "exp": begins.saturating_add(statement.seconds),
        });
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(|error| error.to_string())
    }

    /// The public key, as an issuer publishes it.
    pub fn jwk(&mut self) -> Result<Jwk, String> {
        self.key().map(|key| key.jwk.clone())
    }

    /// Whether the key of this id is the issuers'.
    pub fn knows(&self, key_id: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.id == key_id)
    }

    /// Whether the issuers' key made this signature of the message.
    pub fn have_signed(&self, message: &str, signature: &str) -> bool {
        let Some(Ok(key)) = self.key.as_ref().map(|key| DecodingKey::from_jwk(&key.jwk)) else { return false };
        crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256).unwrap_or(false)
    }

    fn key(&mut self) -> Result<&IssuerKey, String> {
        // A key takes a while to make, and most who start an emulator never ask for one.
        match &mut self.key {
            Some(key) => Ok(key),
            none => Ok(none.insert(IssuerKey::generate()?)),
        }
    }
}

impl IssuerKey {
    fn generate() -> Result<Self, String> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(|error| error.to_string())?;
        // PKCS #8 wraps the key in an envelope that the signer does not open.
        let wrapped = pair.serialized_der();
        let (_, envelope) = parse_der(wrapped).map_err(|error| error.to_string())?;
        let parts = envelope.as_sequence().map_err(|error| error.to_string())?;
        let inner = parts.get(2).and_then(|part| part.as_slice().ok()).ok_or("the new key has no content")?;
        let encoding = EncodingKey::from_rsa_der(inner);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::RS256).map_err(|error| error.to_string())?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| error.to_string())?;
        jwk.common.key_id = Some(id.clone());
        Ok(Self { encoding, jwk, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_by_the_key_that_is_published() -> Result<(), String> {
        let mut issuers = Issuers::default();
        let statement = Statement { issuer: "i", subject: "s", audience: "a", starts_in: 0, seconds: 60 };
        let token = issuers.issue(statement)?;
        let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
        assert!(issuers.have_signed(message, signature));
        assert!(!issuers.have_signed("something else", signature));
        let published = issuers.jwk()?.common.key_id.ok_or("no key id")?;
        assert!(issuers.knows(&published) && !issuers.knows("another"));
        Ok(())
    }

    #[test]
    fn an_issuer_is_known_by_its_address() {
        let own = ["https://127.0.0.1:1".to_owned(), "https://localhost:1".to_owned()];
        assert_eq!(name_of(&own, &address("https://localhost:1", "github")), Some("github"));
        for other in ["https://localhost:1/issuers/", "https://localhost:1/issuers/a/b", "https://ci.example/issuers/a"]
        {
            assert_eq!(name_of(&own, other), None, "{other}");
        }
    }
}
