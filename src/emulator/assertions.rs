//! Client assertions: the JSON web tokens that an application signs in with in place of a secret. It signs them itself
//! with a registered certificate, or brings one of an issuer that it trusts. Here they are held against what the
//! application has; what is said when they do not fit stands in `entra_refusals`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client_certificate::Thumbprints;
use super::entra_refusals::{self, Unmatched};
use super::exchange::Reply;
use super::identities::{FederatedCredential, Federation};
use super::issuers::{self, Issuers};
use super::scenario::Client;

/// Seconds by which a client's clock may be wrong \[inferred: the default of Microsoft's token library\].
const SKEW: i64 = 300;

/// What an assertion is held against beside the application.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The tenant that is signed in to.
    pub tenant_id: &'a str,
    /// The addresses of the emulator.
    pub own_urls: &'a [String],
    /// The issuers that the emulator stands in for.
    pub issuers: &'a Issuers,
}

/// An assertion taken apart.
struct Assertion<'a> {
    header: Header,
    claims: Claims,
    /// What is signed.
    message: &'a str,
    signature: &'a str,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    alg: String,
    #[serde(flatten)]
    names: Thumbprints,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

/// One audience, or a list of them, as clusters write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Whether the application may sign in with this assertion.
pub fn check(client: &Client, text: &str, around: Surroundings<'_>) -> Result<(), Reply> {
    let assertion = Assertion::parse(text).ok_or_else(entra_refusals::malformed_assertion)?;
    let issuer = assertion.claims.iss.as_deref();
    let is_own = issuer.is_some_and(|issuer| issuer.eq_ignore_ascii_case(&client.client_id));
    // What an application signs itself is checked once it has a certificate, whatever else it takes.
    let is_checked = is_own && !client.certificates.is_empty();
    if !is_checked && matches!(client.federated, Federation::Any(true)) {
        return Ok(());
    }
    // An issuer of OpenID Connect is an address; whoever signs with a certificate is an application.
    match issuer.ok_or_else(|| entra_refusals::missing_claim("iss"))? {
        issuer if issuer.contains("://") => check_federated(client, &assertion, issuer, around),
        issuer => check_own(client, &assertion, issuer, around),
    }
}

/// An assertion that the application signed itself.
fn check_own(client: &Client, assertion: &Assertion<'_>, issuer: &str, around: Surroundings<'_>) -> Result<(), Reply> {
    let Assertion { header, claims, message, signature } = assertion;
    let algorithm = match header.alg.as_str() {
        "PS256" => Algorithm::PS256,
        "RS256" => Algorithm::RS256,
        other => return Err(entra_refusals::unsupported_algorithm(other, "RS256,PS256")),
    };
    let names = &header.names;
    if names.is_empty() {
        return Err(entra_refusals::no_thumbprint());
    }
    let audience = claims.aud.as_ref().ok_or_else(|| entra_refusals::missing_claim("aud"))?;
    let (app, thumbprint) = (&client.client_id, names.as_hex());
    let named = client.certificates.iter().find(|certificate| certificate.is_named_by(names));
    let certificate = named.ok_or_else(|| entra_refusals::unknown_certificate(app, &thumbprint))?;
    let validity = (certificate.not_before, certificate.not_after);
    let now = Timestamp::now().as_second();
    if now < validity.0 || now > validity.1 {
        return Err(entra_refusals::expired_certificate(app, &thumbprint, validity));
    }
    if !certificate.has_signed(message, signature, algorithm) {
        return Err(entra_refusals::wrong_signature(app, &thumbprint, validity));
    }
    claims.check_times(now)?;
    let is_app = |id: &str| id.eq_ignore_ascii_case(app);
    if !is_app(issuer) || !claims.sub.as_deref().is_some_and(is_app) {
        return Err(entra_refusals::wrong_application());
    }
    let endpoint = |url: &String| format!("{url}/{}/oauth2/v2.0/token", around.tenant_id);
    let is_here = |audience: &String| around.own_urls.iter().any(|url| audience.eq_ignore_ascii_case(&endpoint(url)));
    if audience.all().iter().any(is_here) { Ok(()) } else { Err(entra_refusals::wrong_audience()) }
}

/// A token of an issuer that the application may trust; what is compared is compared letter by letter \[doc\].
fn check_federated(
    client: &Client,
    assertion: &Assertion<'_>,
    issuer: &str,
    around: Surroundings<'_>,
) -> Result<(), Reply> {
    let Assertion { header, claims, message, signature } = assertion;
    let credentials: &[FederatedCredential] = match &client.federated {
        Federation::Listed(credentials) => credentials,
        Federation::Any(_) => &[],
    };
    if credentials.is_empty() {
        return Err(entra_refusals::no_federation(&client.client_id));
    }
    // Entra takes nothing else from issuers \[doc\].
    if header.alg != "RS256" {
        return Err(entra_refusals::unsupported_algorithm(&header.alg, "RS256"));
    }
    let subject = claims.sub.as_deref().ok_or_else(|| entra_refusals::missing_claim("sub"))?;
    let audience = claims.aud.as_ref().ok_or_else(|| entra_refusals::missing_claim("aud"))?;
    let own_name = issuers::name_of(around.own_urls, issuer);
    let by_issuer = |it: &&FederatedCredential| it.issuer == issuer || Some(it.issuer.as_str()) == own_name;
    let trusted: Vec<_> = credentials.iter().filter(by_issuer).collect();
    if trusted.is_empty() {
        return Err(entra_refusals::no_match(Unmatched::Issuer(issuer)));
    }
    let trusted: Vec<_> = trusted.into_iter().filter(|it| it.subject == subject).collect();
    if trusted.is_empty() {
        return Err(entra_refusals::no_match(Unmatched::Subject(subject)));
    }
    if !trusted.iter().any(|it| audience.all().contains(&it.audience)) {
        return Err(entra_refusals::no_match(Unmatched::Audience(&audience.all().join(","))));
    }
    if own_name.is_none() {
        return Err(entra_refusals::unreachable_issuer());
    }
    let key_id = header.names.kid.as_deref().unwrap_or_default();
    if !around.issuers.knows(key_id) {
        return Err(entra_refusals::unpublished_key(key_id, issuer));
    }
    if !around.issuers.have_signed(message, signature) {
        return Err(entra_refusals::wrong_issuer_signature(key_id));
    }
    claims.check_times(Timestamp::now().as_second())
}

impl<'a> Assertion<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self { header: decode(header)?, claims: decode(claims)?, message, signature })
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl Claims {
    /// Whether it is the time of the token; one that does not say when it ends has ended \[seen\].
    fn check_times(&self, now: i64) -> Result<(), Reply> {
        let second = |time: Option<f64>| time.map_or(0, |time| time as i64);
        let (not_before, expires) = (second(self.nbf), second(self.exp));
        let is_time = now.saturating_add(SKEW) >= not_before && now < expires.saturating_add(SKEW);
        if is_time { Ok(()) } else { Err(entra_refusals::untimely(not_before, expires)) }
    }
}

impl Audience {
    fn all(&self) -> &[String] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Many(audiences) => audiences,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::emulator::exchange::Content;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2lnbmVk", part(header), part(claims))
    }

    /// Entra's code, or 0 where it has no objection.
    fn code(client: &Value, assertion: &str) -> u64 {
        let Ok(client) = serde_json::from_value::<Client>(client.clone()) else { return u64::MAX };
        let own_urls = ["https://127.0.0.1:1".to_owned()];
        let around = Surroundings { tenant_id: "t", own_urls: &own_urls, issuers: &Issuers::default() };
        match check(&client, assertion, around).map_err(|reply| reply.content) {
            Ok(()) => 0,
            Err(Content::Json(body)) => body["error_codes"][0].as_u64().unwrap_or(u64::MAX),
            Err(_) => u64::MAX,
        }
    }

    #[test]
    fn what_cannot_be_read_is_malformed_even_where_anything_is_taken() {
        let anybody = json!({"client_id": "app", "federated": true});
        assert_eq!(code(&anybody, &token(&json!({"alg": "RS256"}), &json!({"sub": "s"}))), 0);
        let numbered = token(&json!({"alg": "RS256", "kid": 1}), &json!({}));
        for text in ["abc", "a.b", "a.b.c", "e30.e30", numbered.as_str()] {
            assert_eq!(code(&anybody, text), 50_027, "{text}");
        }
    }

    #[test]
    fn each_refusal_has_its_code() {
        let github = json!({"issuer": "github", "subject": "s"});
        let far = json!({"issuer": "https://ci.example", "subject": "s"});
        let app = json!({"client_id": "app", "federated": [github, far]});
        let header = json!({"alg": "RS256", "kid": "k"});
        let own = "https://127.0.0.1:1/issuers/github";
        let exchange = "api://AzureADTokenExchange";
        for (header, claims, expected) in [
            (&header, json!({"sub": "s"}), 90_014),
            (&json!({"alg": "HS256"}), json!({"iss": "app"}), 5_002_738),
            (&json!({"alg": "PS256"}), json!({"iss": "app"}), 5_002_723),
            (&header, json!({"iss": "app"}), 90_014),
            (&header, json!({"iss": "app", "aud": "x"}), 700_027),
            (&json!({"alg": "PS256"}), json!({"iss": own}), 5_002_738),
            (&header, json!({"iss": own, "aud": exchange}), 90_014),
            (&header, json!({"iss": own, "sub": "s"}), 90_014),
            (&header, json!({"iss": "https://127.0.0.1:1/issuers/gitlab", "sub": "s", "aud": exchange}), 700_211),
            (&header, json!({"iss": own, "sub": "S", "aud": exchange}), 700_213),
            (&header, json!({"iss": own, "sub": "s", "aud": ["x"]}), 700_212),
            (&header, json!({"iss": "https://ci.example", "sub": "s", "aud": [exchange]}), 50_166),
            (&header, json!({"iss": own, "sub": "s", "aud": [exchange]}), 7_000_272),
        ] {
            assert_eq!(code(&app, &token(header, &claims)), expected, "{header} {claims}");
        }
        let alone = json!({"client_id": "app"});
        assert_eq!(code(&alone, &token(&header, &json!({"iss": own, "sub": "s", "aud": exchange}))), 70_025);
    }

    #[test]
    fn a_clock_may_be_wrong_by_five_minutes() {
        let claims = |nbf: Option<f64>, exp: Option<f64>| Claims { iss: None, sub: None, aud: None, exp, nbf };
        let now = 1_000_000;
        for (nbf, exp, is_time) in [
            (Some(1_000_300.0), Some(1_000_900.0), true),
            (Some(1_000_301.0), Some(1_000_900.0), false),
            (Some(0.0), Some(999_701.0), true),
            (Some(0.0), Some(999_700.0), false),
            (None, Some(1_000_001.0), true),
            (Some(0.0), None, false),
        ] {
            assert_eq!(claims(nbf, exp).check_times(now).is_ok(), is_time, "{nbf:?} {exp:?}");
        }
    }
}
