//! What a file of a certificate holds, whether it is a PFX (PKCS#12) or PEM.

use p12_keystore::error::Error as PfxError;
use p12_keystore::{Pkcs12Archive, PrivateKey};
use pem::Pem;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;

use super::CertificateFault;
use crate::arm::error::tidy;
use crate::arm::secret::Secret;

/// What PKCS#8 calls RSA.
const RSA: &str = "1.2.840.113549.1.1.1";

/// The keys and certificates of a file, in the order they are in.
#[derive(Default)]
pub(super) struct Contents {
    pub keys: Vec<Key>,
    pub certificates: Vec<Vec<u8>>,
}

/// A private key as it was written.
pub(super) enum Key {
    Pkcs8(Vec<u8>),
    Pkcs1(Vec<u8>),
    NotRsa,
}

/// Reads a file of either form.
pub(super) fn read(bytes: &[u8], password: Option<&Secret>) -> Result<Contents, CertificateFault> {
    // "" is no password: a PFX without one is locked by the empty one, and that is what an unset variable gives.
    let password = password.map(Secret::reveal).filter(|password| !password.is_empty());
    let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    if is_pem { of_pem(bytes, password) } else { of_pfx(bytes, password) }
}

fn of_pfx(bytes: &[u8], password: Option<&str>) -> Result<Contents, CertificateFault> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password.unwrap_or_default()).map_err(|error| match error {
        // The last two are what another password makes of a file that has no checksum.
        PfxError::MacError(_) | PfxError::UnpadError | PfxError::InvalidPrivateKey => locked(password),
        PfxError::Pkcs5Error(why) if why == pkcs8::pkcs5::Error::DecryptFailed.to_string() => locked(password),
        PfxError::DerError(why) => unreadable(format!("it is neither PEM nor a whole PFX ({why})")),
        other => unreadable(other.to_string()),
    })?;
    let keys = archive.keys.into_iter().map(|bag| of_pkcs8(&bag.key)).collect();
    let certificates = archive.certs.into_iter().map(|bag| bag.cert.as_der().to_vec()).collect();
    Ok(Contents { keys, certificates })
}

fn of_pem(bytes: &[u8], password: Option<&str>) -> Result<Contents, CertificateFault> {
    let mut contents = Contents::default();
    for part in pem::parse_many(bytes).map_err(|why| unreadable(why.to_string()))? {
        match part.tag() {
            "CERTIFICATE" => contents.certificates.push(part.into_contents()),
            "PRIVATE KEY" => contents.keys.push(of_pkcs8_der(part.contents())?),
            "ENCRYPTED PRIVATE KEY" => contents.keys.push(unlock(&part, password)?),
            // OpenSSL's own way to lock a key, older than PKCS#8.
            "RSA PRIVATE KEY" if part.headers().get("DEK-Info").is_some() => {
                return Err(locked_otherwise("OpenSSL's traditional way"));
            }
            "RSA PRIVATE KEY" => contents.keys.push(Key::Pkcs1(part.into_contents())),
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => contents.keys.push(Key::NotRsa),
            // Parameters, requests, certificates of other kinds.
            _ => {}
        }
    }
    Ok(contents)
}

/// Unlocks a key of PKCS#8.
fn unlock(part: &Pem, password: Option<&str>) -> Result<Key, CertificateFault> {
    let Some(password) = password else { return Err(CertificateFault::PasswordMissing) };
    let locked =
        EncryptedPrivateKeyInfoRef::from_der(part.contents()).map_err(|why| locked_otherwise(&why.to_string()))?;
    match locked.decrypt(password) {
        Ok(key) => of_pkcs8_der(key.as_bytes()),
        // Another password may also come to an end without complaint, in a key that is none.
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) | pkcs8::Error::Asn1(_)) => {
            Err(CertificateFault::WrongPassword)
        }
        Err(why) => Err(locked_otherwise(&why.to_string())),
    }
}

fn of_pkcs8_der(der: &[u8]) -> Result<Key, CertificateFault> {
    PrivateKey::from_der(der).map(|key| of_pkcs8(&key)).map_err(|why| unreadable(why.to_string()))
}

fn of_pkcs8(key: &PrivateKey) -> Key {
    if key.oid().to_string() == RSA { Key::Pkcs8(key.as_der().to_vec()) } else { Key::NotRsa }
}

fn locked(password: Option<&str>) -> CertificateFault {
    password.map_or(CertificateFault::PasswordMissing, |_| CertificateFault::WrongPassword)
}

fn locked_otherwise(why: &str) -> CertificateFault {
    unreadable(format!(
        "its private key is locked in a way that is not served ({why}); `openssl pkcs8 -topk8` makes one that is"
    ))
}

fn unreadable(why: String) -> CertificateFault {
    CertificateFault::Unreadable { why: tidy(&why, 300) }
}
