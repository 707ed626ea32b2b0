//! A certificate registered on an application: what of it Entra holds an assertion against. The private key is the
//! client's, and never here.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, Serialize};
use x509_parser::pem::Pem;
use x509_parser::public_key::PublicKey;

/// Base64 as clients write thumbprints: with padding or without it.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);

/// The smallest RSA key that the signature check takes, in bits.
const SMALLEST_KEY: usize = 2048;

/// A registered certificate. A scenario has it as PEM; the state shows its thumbprint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientCertificate {
    sha1: Vec<u8>,
    sha256: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// When it begins to be valid, in seconds since 1970.
    pub not_before: i64,
    /// When it ends, in seconds since 1970.
    pub not_after: i64,
}

/// How the header of an assertion names the certificate that signed it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Thumbprints {
    /// Names the key; shipped clients put the SHA-1 there.
    pub kid: Option<String>,
    /// The SHA-1 of the certificate.
    x5t: Option<String>,
    /// The SHA-256 of the certificate.
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
}

impl Thumbprints {
    /// Whether a certificate is named at all.
    pub fn is_empty(&self) -> bool {
        self.kid.is_none() && self.x5t.is_none() && self.x5t_s256.is_none()
    }

    /// What is named, as Entra repeats it: in hexadecimal digits where it can be read.
    pub fn as_hex(&self) -> String {
        let named = self.x5t_s256.as_ref().or(self.x5t.as_ref()).or(self.kid.as_ref()).map_or("", String::as_str);
        let bytes = BASE64URL.decode(named).or_else(|_| BASE64.decode(named));
        let is_digest = |bytes: &Vec<u8>| [20, 32].contains(&bytes.len());
        bytes.ok().filter(is_digest).map_or_else(|| named.to_ascii_uppercase(), |bytes| hex(&bytes))
    }
}

impl ClientCertificate {
    /// Whether this is the certificate that a header names: `kid` is the SHA-1 in base64url or hexadecimal digits,
    /// `x5t` the SHA-1 in base64url or base64 \[seen: all of them in shipped clients\], `x5t#S256` the SHA-256 in
    /// base64url \[doc\].
    pub fn is_named_by(&self, names: &Thumbprints) -> bool {
        let is = |text: &str, base64: &GeneralPurpose, bytes: &[u8]| base64.decode(text).is_ok_and(|it| it == bytes);
        let kid = |text: &String| is(text, &BASE64URL, &self.sha1) || text.eq_ignore_ascii_case(&self.thumbprint());
        let x5t = |text: &String| is(text, &BASE64URL, &self.sha1) || is(text, &BASE64, &self.sha1);
        let x5t_s256 = |text: &String| is(text, &BASE64URL, &self.sha256);
        !names.is_empty()
            && names.kid.as_ref().is_none_or(kid)
            && names.x5t.as_ref().is_none_or(x5t)
            && names.x5t_s256.as_ref().is_none_or(x5t_s256)
    }

    /// Whether its key made this signature of the message.
    pub fn has_signed(&self, message: &str, signature: &str, algorithm: Algorithm) -> bool {
        let key = DecodingKey::from_rsa_raw_components(&self.modulus, &self.exponent);
        crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap_or(false)
    }

    /// Its SHA-1, as the portal shows it.
    fn thumbprint(&self) -> String {
        hex(&self.sha1)
    }
}

impl TryFrom<String> for ClientCertificate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut blocks = Pem::iter_from_buffer(text.as_bytes()).filter_map(Result::ok);
        let pem = blocks.find(|block| block.label == "CERTIFICATE").ok_or("a certificate of a client is not PEM")?;
        let certificate =
            pem.parse_x509().map_err(|error| format!("a certificate of a client is no X.509 certificate: {error}"))?;
        let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else {
            return Err("a certificate of a client has no RSA key, which Entra asks for".to_owned());
        };
        if key.key_size() < SMALLEST_KEY {
            return Err(format!("a certificate of a client has an RSA key of less than {SMALLEST_KEY} bits"));
        }
        let bytes = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
        Ok(Self {
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, &pem.contents).as_ref().to_vec(),
            sha256: digest(&SHA256, &pem.contents).as_ref().to_vec(),
            modulus: bytes(key.modulus),
            exponent: bytes(key.exponent),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }
}

impl From<ClientCertificate> for String {
    fn from(certificate: ClientCertificate) -> Self {
        certificate.thumbprint()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn each_form_of_a_thumbprint_names_its_certificate() -> Outcome {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let made = CertificateParams::new(vec!["it".to_owned()])?.self_signed(&key)?;
        let certificate = ClientCertificate::try_from(format!("Bag Attributes\n{}", made.pem()))?;
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, made.der());
        let sha256 = digest(&SHA256, made.der());
        let hexadecimal = certificate.thumbprint().to_lowercase();
        let names = |name: &str, value: String| serde_json::from_value(serde_json::json!({ name: value }));
        for (name, value) in [
            ("kid", BASE64_URL_SAFE.encode(sha1)),
            ("kid", BASE64_URL_SAFE_NO_PAD.encode(sha1)),
            ("kid", hexadecimal.clone()),
            ("x5t", BASE64_URL_SAFE.encode(sha1)),
            ("x5t", BASE64_URL_SAFE_NO_PAD.encode(sha1)),
            ("x5t", BASE64_STANDARD.encode(sha1)),
            ("x5t#S256", BASE64_URL_SAFE_NO_PAD.encode(sha256)),
        ] {
            let named: Thumbprints = names(name, value.clone())?;
            assert!(certificate.is_named_by(&named), "{name}: {value}");
            let (own, other) = (certificate.thumbprint(), hex(sha256.as_ref()));
            assert!([own, other].contains(&named.as_hex()), "{name}: {value}");
        }
        for (name, value) in [
            ("kid", BASE64_URL_SAFE_NO_PAD.encode(sha256)),
            ("x5t", hexadecimal),
            ("x5t", BASE64_URL_SAFE_NO_PAD.encode(sha256)),
            ("x5t#S256", BASE64_URL_SAFE_NO_PAD.encode(sha1)),
            ("x5t#S256", String::new()),
        ] {
            let named: Thumbprints = names(name, value.clone())?;
            assert!(!certificate.is_named_by(&named), "{name}: {value}");
        }
        assert!(!certificate.is_named_by(&Thumbprints::default()));
        Ok(())
    }

    #[test]
    fn what_is_no_certificate_is_refused() -> Outcome {
        let elliptic = CertificateParams::new(vec!["it".to_owned()])?.self_signed(&KeyPair::generate()?)?;
        for (text, said) in [
            ("abc".to_owned(), "is not PEM"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(), "is no X.509 certificate"),
            (elliptic.pem(), "has no RSA key"),
        ] {
            let error = ClientCertificate::try_from(text).map(|_| ()).err().unwrap_or_default();
            assert!(error.contains(said), "{error}");
        }
        Ok(())
    }
}
