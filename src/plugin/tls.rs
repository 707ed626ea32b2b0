//! Mutual TLS with a host that is known by its very certificate.
//!
//! Terraform makes a P-521 certificate for every start and calls it a certificate authority, which rustls' own
//! verifier refuses as a client's. Here that one certificate is accepted and no other, and its key must be proven.

use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, ServerConfig};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// Why there is no TLS, in words.
pub type Failure = String;

/// How to accept connections, and the certificate that the host is told to expect.
pub struct Tls {
    pub config: Arc<ServerConfig>,
    pub certificate: CertificateDer<'static>,
}

/// Makes a fresh key and certificate, for a host that holds the key of that certificate.
pub fn for_host(certificate_pem: &str) -> Result<Tls, Failure> {
    let host = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|error| error.to_string())?;
    ParsedCertificate::try_from(&host).map_err(|error| error.to_string())?;
    // Named, not taken from the process: other crates may bring a second provider along.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let (certificate, key) = own_certificate().map_err(|error| error.to_string())?;
    let verifier = Pinned { host, algorithms: provider.signature_verification_algorithms };
    let config = configured(provider, verifier, certificate.clone(), key).map_err(|error| error.to_string())?;
    Ok(Tls { config: Arc::new(config), certificate })
}

fn configured(
    provider: Arc<CryptoProvider>,
    verifier: Pinned,
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![certificate], key.into())?;
    // Newer hosts hang up without it.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn own_certificate() -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = CertificateParams::new(["localhost".to_owned()])?;
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.der().clone(), key.serialize_der().into()))
}

/// Accepts one certificate, byte for byte.
#[derive(Debug)]
struct Pinned {
    host: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if intermediates.is_empty() && *end_entity == self.host {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for pem in ["", "x", garbage, key] {
            assert!(for_host(pem).is_err(), "{pem}");
        }
    }

    #[test]
    fn the_hosts_curve_can_be_verified() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let pem = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
        assert!(for_host(&pem).is_ok());
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        assert!(algorithms.supported_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }
}
