//! A service principal by a certificate: what a file of one holds, and the assertions that its key signs.

mod file;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientMethodOptions, ClientOptions, Url};
use azure_identity::{ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

use super::credential::{Credential, Proof, entra, needs_tenant, refuse, token_url};
use super::secret::Secret;
use file::{Contents, Key};

/// How long an assertion is good for; Entra advises five to ten minutes.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// The shortest key that is still taken for safe, and that the cryptography here signs with.
const SHORTEST_KEY: usize = 2048;

/// A service principal by a certificate and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    client_id: String,
    password: Option<Secret>,
    key: Arc<RsaKeyPair>,
    certificate: Certificate,
}

/// What assertions need of a certificate.
#[derive(Clone, Debug)]
struct Certificate {
    /// SHA-256 of the whole, as `x5t#S256` has it.
    thumbprint: String,
    valid_from: Timestamp,
    valid_until: Timestamp,
}

/// Why a certificate cannot be signed in with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It is locked, and there is no password.
    #[error("it is locked by a password, and none is given")]
    PasswordMissing,
    /// It is locked by another password.
    #[error("the password is not the one that it is locked by")]
    WrongPassword,
    #[error("it holds no private key")]
    NoKey,
    #[error("it holds no certificate")]
    NoCertificate,
    #[error("its private key belongs to none of its certificates")]
    Mismatch,
    /// Entra takes no other keys.
    #[error("its key is not an RSA key")]
    NotRsa,
    #[error("its RSA key has {bits} bits, which is less than {SHORTEST_KEY}")]
    TooSmall { bits: usize },
    #[error("it expired at {at}")]
    Expired { at: Timestamp },
    #[error("it is not valid before {from}")]
    NotYetValid { from: Timestamp },
    #[error("it cannot be read: {why}")]
    Unreadable { why: String },
}

impl ClientCertificate {
    /// Reads the file of a certificate and its private key: a PFX (PKCS#12), or both as PEM.
    pub fn read(client_id: String, bytes: &[u8], password: Option<&Secret>) -> Result<Self, CertificateFault> {
        let Contents { keys, certificates } = file::read(bytes, password)?;
        if keys.is_empty() {
            return Err(CertificateFault::NoKey);
        }
        if certificates.is_empty() {
            return Err(CertificateFault::NoCertificate);
        }
        let now = Timestamp::now();
        let mut fault = CertificateFault::Mismatch;
        for key in &keys {
            match signing(key, &certificates) {
                Err(why) => fault = why,
                Ok(key) => {
                    // A key that was certified anew may still have its old certificate beside it.
                    let of_key = belonging(&key, &certificates).into_iter();
                    let best = of_key.max_by_key(|found| (found.fault(now).is_none(), found.valid_until));
                    let Some(certificate) = best else { continue };
                    return match certificate.fault(now) {
                        Some(fault) => Err(fault),
                        None => Ok(Self { client_id, password: password.cloned(), key: Arc::new(key), certificate }),
                    };
                }
            }
        }
        Err(fault)
    }

    /// A statement of the key's owner, good for one exchange, in a form that the token endpoint `audience` takes.
    fn assertion(&self, audience: &Url, now: Timestamp) -> azure_core::Result<String> {
        if let Some(fault) = self.certificate.fault(now) {
            return Err(refuse(format!("the client certificate cannot be used: {fault}")));
        }
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.certificate.thumbprint});
        // It begins at once: Entra allows for clocks that differ, and a margin of our own would take from its life.
        let claims = json!({
            "aud": audience.as_str(),
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now.as_second(),
            "iat": now.as_second(),
            "exp": (now + LIFE).as_second(),
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| refuse("the key of the client certificate does not sign".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Shows whose it is and which certificate, never the key.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("client_id", &self.client_id)
            .field("thumbprint", &self.certificate.thumbprint)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// What keeps it from being used at a time.
    fn fault(&self, now: Timestamp) -> Option<CertificateFault> {
        if now < self.valid_from {
            return Some(CertificateFault::NotYetValid { from: self.valid_from });
        }
        (now > self.valid_until).then_some(CertificateFault::Expired { at: self.valid_until })
    }
}

/// A key as one that signs.
fn signing(key: &Key, certificates: &[Vec<u8>]) -> Result<RsaKeyPair, CertificateFault> {
    let pair = match key {
        Key::Pkcs8(der) => RsaKeyPair::from_pkcs8(der),
        Key::Pkcs1(der) => RsaKeyPair::from_der(der),
        Key::NotRsa => return Err(CertificateFault::NotRsa),
    };
    pair.map_err(|rejected| {
        // How small it is shows in its certificate alone: the cryptography gives no numbers of what it refuses.
        let smallest = certificates.iter().filter_map(|der| key_size(der)).filter(|bits| *bits < SHORTEST_KEY).min();
        match smallest.filter(|_| rejected.to_string() == "TooSmall") {
            Some(bits) => CertificateFault::TooSmall { bits },
            None => CertificateFault::Unreadable { why: format!("the private key is refused: {rejected}") },
        }
    })
}

/// The bits of a certificate's RSA key.
fn key_size(der: &[u8]) -> Option<usize> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    }
}

/// The certificates of a key.
fn belonging(key: &RsaKeyPair, certificates: &[Vec<u8>]) -> Vec<Certificate> {
    let read = certificates.iter().filter_map(|der| Some((der, X509Certificate::from_der(der).ok()?.1)));
    let of_key = read.filter(|(_, found)| *found.public_key().subject_public_key.data == *key.public_key().as_ref());
    let kept = of_key.map(|(der, found)| Certificate {
        thumbprint: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der)),
        valid_from: moment(found.validity().not_before),
        valid_until: moment(found.validity().not_after),
    });
    kept.collect()
}

/// A date of a certificate. The year 9999, which stands for "never", ends a day after the last moment that jiff has.
fn moment(time: ASN1Time) -> Timestamp {
    Timestamp::from_second(time.timestamp()).unwrap_or(Timestamp::MAX)
}

impl Credential for ClientCertificate {
    fn lacks(&self) -> Option<&'static str> {
        self.client_id.is_empty().then_some("a client certificate needs a client id")
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.password.iter().collect()
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }

    fn proof(&self) -> Proof {
        Proof::Certificate
    }

    fn target(&self, authority: &Url, tenant: Option<&str>) -> String {
        entra(authority, tenant)
    }

    fn of_tenant(&self, tenant: Option<&str>, options: &ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let Some(tenant) = tenant else { return Err(needs_tenant("a client certificate")) };
        let Some(CloudConfiguration::Custom(cloud)) = options.cloud.as_deref() else {
            return Err(refuse("a client certificate needs the address of Entra".to_owned()));
        };
        let audience = token_url(&Url::parse(&cloud.authority_host)?, tenant)?;
        let assertion = Assertion { certificate: self.clone(), audience };
        let options = ClientAssertionCredentialOptions { client_options: options.clone() };
        Ok(ClientAssertionCredential::new(tenant.to_owned(), self.client_id.clone(), assertion, Some(options))?)
    }
}

/// Makes an assertion for each exchange.
#[derive(Debug)]
struct Assertion {
    certificate: ClientCertificate,
    audience: Url,
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.certificate.assertion(&self.audience, Timestamp::now())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    use super::super::Kind;
    use super::super::fake::{Fake, TENANT, call, get, reply, settings};
    use super::*;

    const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

    fn fixtures() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certificates")
    }

    fn bytes(file: &str) -> Vec<u8> {
        std::fs::read(fixtures().join(file)).unwrap()
    }

    fn read(file: &str, password: Option<&str>) -> Result<ClientCertificate, CertificateFault> {
        ClientCertificate::read(CLIENT.to_owned(), &bytes(file), password.map(Secret::new).as_ref())
    }

    fn thumbprint() -> String {
        String::from_utf8(bytes("thumbprint")).unwrap().trim().to_owned()
    }

    #[test]
    fn every_file_is_read_or_told_why_not() {
        let mut files: Vec<_> =
            std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        let mut told = String::new();
        for file in files.iter().map(|file| file.to_str().unwrap()).filter(|file| file.contains(".p")) {
            let shown = [None, Some("c0rrect~horse"), Some("wrong")].map(|password| match read(file, password) {
                Ok(found) if found.certificate.thumbprint == thumbprint() => "good".to_owned(),
                Ok(found) => format!("until {}", found.certificate.valid_until),
                Err(fault) => fault.to_string(),
            });
            let [none, correct, wrong] = &shown;
            let line = if none == correct && correct == wrong { none.clone() } else { shown.join(" / ") };
            writeln!(told, "{file}: {line}").unwrap();
        }
        expect_test::expect![[r#"
            3des.pfx: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            aes.pfx: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            bag-attributes.pem: good
            chain.pfx: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            early.pem: it is not valid before 2119-01-01T00:00:00Z
            ec-sec1.pem: its key is not an RSA key
            ec.pem: its key is not an RSA key
            ec.pfx: it is locked by a password, and none is given / its key is not an RSA key / the password is not the one that it is locked by
            endless.pem: until 9999-12-30T22:00:00.999999999Z
            expired.pem: it expired at 2021-01-01T00:00:00Z
            locked-old.pem: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            locked-pbes1.pem: it is locked by a password, and none is given / it cannot be read: its private key is locked in a way that is not served (malformed ASN.1 DER value for OBJECT IDENTIFIER); `openssl pkcs8 -topk8` makes one that is / it cannot be read: its private key is locked in a way that is not served (malformed ASN.1 DER value for OBJECT IDENTIFIER); `openssl pkcs8 -topk8` makes one that is
            locked.pem: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            mismatch.pem: its private key belongs to none of its certificates
            no-certificate.pem: it holds no certificate
            no-certificate.pfx: it is locked by a password, and none is given / it holds no certificate / the password is not the one that it is locked by
            no-key.pem: it holds no private key
            no-key.pfx: it is locked by a password, and none is given / it holds no private key / the password is not the one that it is locked by
            no-mac.pfx: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            no-password.pfx: good / the password is not the one that it is locked by / the password is not the one that it is locked by
            open.pfx: good
            pkcs1.pem: good
            pkcs8.pem: good
            rc2.pfx: it is locked by a password, and none is given / good / the password is not the one that it is locked by
            renewed.pem: good
            several.pem: good
            small.pem: its RSA key has 1024 bits, which is less than 2048
            traditional.pem: it cannot be read: its private key is locked in a way that is not served (OpenSSL's traditional way); `openssl pkcs8 -topk8` makes one that is
        "#]].assert_eq(&told);
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        let read = |bytes: &[u8]| ClientCertificate::read(CLIENT.to_owned(), bytes, None).unwrap_err().to_string();
        let part = |tag| format!("-----BEGIN {tag}-----\nAAAA\n-----END {tag}-----\n");
        let cut = bytes("aes.pfx");
        let pem = String::from_utf8(bytes("pkcs8.pem")).unwrap();
        let mut told = String::new();
        for bytes in [
            b"".as_slice(),
            b"garbage",
            &cut[..cut.len() / 2],
            b"-----BEGIN CERTIFICATE-----\n",
            part("CERTIFICATE").as_bytes(),
            pem.replacen("MII", "***", 1).as_bytes(),
            // What says that it is a key and is none.
            part("PRIVATE KEY").as_bytes(),
            [part("RSA PRIVATE KEY"), part("CERTIFICATE")].concat().as_bytes(),
        ] {
            writeln!(told, "{}", read(bytes)).unwrap();
        }
        expect_test::expect![[r#"
            it cannot be read: it is neither PEM nor a whole PFX (ASN.1 DER message is incomplete: expected 1, actual 0 at DER byte 0)
            it cannot be read: it is neither PEM nor a whole PFX (unexpected ASN.1 DER tag: expected SEQUENCE, got APPLICATION [7] (constructed))
            it cannot be read: it is neither PEM nor a whole PFX (ASN.1 DER message is incomplete: expected 1218, actual 1217 at DER byte 1217)
            it holds no private key
            it holds no private key
            it cannot be read: invalid data: Invalid symbol 42, offset 0.
            it cannot be read: Invalid private key
            it cannot be read: the private key is refused: UnexpectedError
        "#]].assert_eq(&told);
    }

    #[test]
    fn a_damaged_file_is_told_in_a_line() {
        for file in ["open.pfx", "pkcs8.pem"] {
            let whole = bytes(file);
            let damaged = (0..whole.len()).step_by(3).map(|at| {
                let mut bytes = whole.clone();
                bytes[at] ^= 0x55;
                ClientCertificate::read(CLIENT.to_owned(), &bytes, None)
            });
            let faults: Vec<_> = damaged.filter_map(|read| read.err()).map(|fault| fault.to_string()).collect();
            assert!(faults.len() > whole.len() / 6, "{file}: {} of {}", faults.len(), whole.len());
            let bad = faults.iter().find(|fault| fault.len() > 400 || fault.contains(char::is_control));
            assert_eq!(bad, None, "{file}");
        }
    }

    #[test]
    fn whoever_shows_it_shows_no_secret() {
        let certificate = read("aes.pfx", Some("c0rrect~horse")).unwrap();
        let shown = format!("{certificate:?}");
        assert_eq!(shown, format!("ClientCertificate {{ client_id: {CLIENT:?}, thumbprint: {:?}, .. }}", thumbprint()));
        assert_eq!(certificate.secrets(), [&Secret::new("c0rrect~horse")]);
        assert!(read("pkcs8.pem", None).unwrap().secrets().is_empty());
    }

    #[test]
    fn a_certificate_that_ends_in_the_middle_of_a_run_signs_no_more() {
        let mut certificate = read("pkcs8.pem", None).unwrap();
        let url = Url::parse("https://login.example").unwrap();
        let now = Timestamp::now();
        assert!(certificate.assertion(&url, now).is_ok());
        certificate.certificate.valid_until = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(
            certificate.assertion(&url, "2026-01-02T03:04:06Z".parse().unwrap()).unwrap_err().to_string(),
            "the client certificate cannot be used: it expired at 2026-01-02T03:04:05Z"
        );
        let before = certificate.assertion(&url, "2019-01-01T00:00:00Z".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(before, "the client certificate cannot be used: it is not valid before 2020-01-01T00:00:00Z");
    }

    /// The assertions that Entra was shown.
    fn assertions(fake: &Fake) -> Vec<String> {
        let requests = fake.token_requests.lock().unwrap();
        let fields = requests.iter().map(|seen| url::form_urlencoded::parse(seen.body.as_bytes()).into_owned());
        fields.map(|mut fields| fields.find(|(name, _)| name == "client_assertion").unwrap().1).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn entra_is_shown_what_the_certificate_verifies() {
        let certificate = read("aes.pfx", Some("c0rrect~horse")).unwrap();
        let mut settings = settings();
        settings.credentials.credential = Some(Arc::new(certificate.clone()));
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") })
            .entra(|seen| match seen.number {
                0 => reply(503, &[], "busy"),
                _ => reply(200, &[], r#"{"token_type":"Bearer","expires_in":3600,"access_token":"opaque"}"#),
            })
            .client_of(settings);
        client.send(&call(60), get()).await.unwrap();

        let pem = pem::parse_many(bytes("no-key.pem")).unwrap();
        let (_, found) = X509Certificate::from_der(pem[0].contents()).unwrap();
        let key = DecodingKey::from_rsa_der(&found.public_key().subject_public_key.data);
        let mut validation = Validation::new(Algorithm::PS256);
        validation.set_audience(&[format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token")]);
        validation.set_issuer(&[CLIENT]);
        validation.set_required_spec_claims(&["aud", "iss", "sub", "exp", "nbf"]);
        validation.validate_nbf = true;
        let mut ids = Vec::new();
        for assertion in assertions(&fake) {
            let read = jsonwebtoken::decode::<Value>(&assertion, &key, &validation).unwrap();
            assert_eq!(read.header.x5t_s256, Some(thumbprint()));
            assert_eq!(read.header.typ.as_deref(), Some("JWT"));
            let claims = read.claims;
            assert_eq!(claims["sub"], CLIENT);
            assert_eq!(
                (claims["nbf"].as_i64(), claims["exp"].as_i64().unwrap() - 600),
                (claims["iat"].as_i64(), claims["iat"].as_i64().unwrap())
            );
            ids.push(uuid::Uuid::try_parse(claims["jti"].as_str().unwrap()).unwrap());
        }
        // Each try has an assertion of its own.
        assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
        let body = fake.token_requests.lock().unwrap()[0].body.clone();
        assert!(
            body.contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer")
        );
        assert!(body.contains(&format!("client_id={CLIENT}")), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_certificate_is_no_token_and_asks_nobody() {
        let mut certificate = read("pkcs8.pem", None).unwrap();
        certificate.certificate.valid_until = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut settings = settings();
        settings.credentials.credential = Some(Arc::new(certificate));
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        let error = client.send(&call(60), get()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Token);
        assert_eq!(error.message, "the client certificate cannot be used: it expired at 2026-01-02T03:04:05Z");
        assert_eq!(error.sign_in.unwrap().proof, Some(Proof::Certificate));
        assert_eq!((fake.count(), fake.token_requests.lock().unwrap().len()), (0, 0));
    }
}
