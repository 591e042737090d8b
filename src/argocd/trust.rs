//! The trust of an instance with certificates of its own: the system's certificates, those that its own ones issued,
//! and its own ones themselves.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;
use secrecy::{ExposeSecret, SecretString};
use x509_cert::{Certificate, der::Decode};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The TLS settings of an instance: `trusted` are certificates to trust besides the system's, `identity` is its client
/// certificate with the key.
///
/// # Errors
/// A certificate or a key cannot be used.
pub(super) fn config(
    provider: Arc<CryptoProvider>,
    trusted: Vec<CertificateDer<'static>>,
    identity: Option<&SecretString>,
) -> Result<ClientConfig, Failure> {
    let system = Verifier::new_with_extra_roots(trusted.iter().cloned(), Arc::clone(&provider))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OrItself { system, trusted }));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let pem = pem.expose_secret().as_bytes();
            let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(pem)?)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Accepts a server whose own certificate is among the trusted ones, as a self-signed one is: rustls refuses it if it
/// says that it is a CA's, as `openssl req -x509` writes it. Its name and its dates are checked as those of other
/// certificates.
#[derive(Debug)]
struct OrItself {
    system: Verifier,
    trusted: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for OrItself {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.trusted.iter().any(|trusted| trusted.as_ref() == end_entity.as_ref()) {
            return self.system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let validity = certificate.tbs_certificate().validity();
        let seconds = now.as_secs();
        if seconds < validity.not_before.to_unix_duration().as_secs() {
            return Err(CertificateError::NotValidYet.into());
        }
        if seconds > validity.not_after.to_unix_duration().as_secs() {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}
