//! Reads the certificates and keys of an instance from files.

use std::path::PathBuf;

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    argocd::Profile,
    config::Environment,
    error::{Error, Kind},
    files,
};

const CA: &str = "ARGOCD_CA_FILE, or NODE_EXTRA_CA_CERTS, or caFile in the registry,";
const CERTIFICATE: &str = "ARGOCD_CLIENT_CERT_FILE, or clientCertFile in the registry,";
const KEY: &str = "ARGOCD_CLIENT_KEY_FILE, or clientKeyFile in the registry,";

/// Files that belong to an instance's TLS.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Certificates to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate.
    pub certificate: Option<PathBuf>,
    /// Key of the client certificate.
    pub key: Option<PathBuf>,
}

impl Files {
    /// The files that the environment names, which belong to its base URL.
    pub fn of(environment: &Environment) -> Self {
        Self {
            ca: environment.ca_file.clone(),
            certificate: environment.client_cert_file.clone(),
            key: environment.client_key_file.clone(),
        }
    }

    /// Reads the files into a profile.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a file cannot be read or used, or a client certificate has no key.
    pub fn read_into(&self, profile: &mut Profile) -> Result<(), Error> {
        let read = |what: &str, path: &PathBuf, settings: &str| {
            files::bytes(path).map_err(|error| {
                let message = format!("the {what} file {} cannot be read: {error}", path.display());
                Error::new(Kind::Configuration, message).hint(format!("{settings} names it."))
            })
        };
        let no_pem = |what: &str, path: &PathBuf, settings: &str| {
            let message = format!("the {what} file {} holds none in PEM", path.display());
            Error::new(Kind::Configuration, message).hint(format!(
                "{settings} names it. A certificate in PEM begins with a line -----BEGIN CERTIFICATE-----."
            ))
        };
        profile.ca = self.ca.as_ref().map(|path| read("CA", path, CA)).transpose()?;
        if let (Some(path), Some(pem)) = (&self.ca, &profile.ca) {
            let mut certificates = (1..).zip(CertificateDer::pem_slice_iter(pem)).peekable();
            if certificates.peek().is_none() {
                return Err(no_pem("CA certificate", path, CA));
            }
            if let Some((number, Err(error))) = certificates.find(|(_, certificate)| certificate.is_err()) {
                let message = format!("the CA file {}: certificate {number} is broken: {error}", path.display());
                return Err(Error::new(Kind::Configuration, message).hint(format!("{CA} names it.")));
            }
        }
        profile.identity = match (&self.certificate, &self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let (key_path, key) = (key, read("client key", key, KEY)?);
                let secret = PrivateKeyDer::from_pem_slice(&key).map_err(|_| {
                    let message = format!("the client key file {} holds none that can be used", key_path.display());
                    Error::new(Kind::Configuration, message)
                        .hint(format!("{KEY} names it. It is PEM, without a password: its first line says PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY."))
                })?;
                let key = SecretString::from(String::from_utf8_lossy(&key).into_owned());
                let (path, certificate) = (certificate, read("client certificate", certificate, CERTIFICATE)?);
                let chain: Vec<_> =
                    CertificateDer::pem_slice_iter(&certificate).collect::<Result<_, _>>().unwrap_or_default();
                if chain.is_empty() {
                    return Err(no_pem("client certificate", path, CERTIFICATE));
                }
                CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|error| {
                    let (certificate, key) = (path.display(), key_path.display());
                    let message =
                        format!("the client certificate {certificate} cannot be used with the key {key}: {error}");
                    Error::new(Kind::Configuration, message)
                        .hint(format!("{CERTIFICATE} and {KEY} name them: are they of one pair?"))
                })?;
                let certificate = String::from_utf8_lossy(&certificate);
                Some(SecretString::from(format!("{}\n{certificate}", key.expose_secret())))
            }
            _ => {
                let message = "a client certificate and its key go together, but only one of the two files is set";
                return Err(Error::new(Kind::Configuration, message).hint(
                    "Set both: ARGOCD_CLIENT_CERT_FILE and ARGOCD_CLIENT_KEY_FILE (clientCertFile and clientKeyFile in the registry).",
                ));
            }
        };
        Ok(())
    }
}

/// Logs what makes connections to an instance less safe than they look.
pub fn warn(profile: &Profile) {
    if profile.skip_verify {
        tracing::warn!(
            "certificates of {} are NOT verified: anybody between here and there can read the token; trust its CA instead",
            profile.base_url
        );
    }
    if profile.base_url.starts_with("http://") && !profile.in_process {
        tracing::warn!("{} is http: the token travels unencrypted", profile.base_url);
    }
}
