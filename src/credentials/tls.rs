//! Certificates of an instance, from files.

use std::{fs, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    argocd::Profile,
    config::Environment,
    error::{Error, Kind},
};

/// Files that belong to an instance's TLS.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Certificates to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

impl Files {
    /// Those of the environment, which belong to its base URL.
    pub fn of(environment: &Environment) -> Self {
        Self {
            ca: environment.ca_file.clone(),
            certificate: environment.client_cert_file.clone(),
            key: environment.client_key_file.clone(),
        }
    }

    /// Reads them into a profile.
    ///
    /// # Errors
    /// [`Kind::Configuration`] for a file that cannot be read, and for a certificate without its key.
    pub fn read_into(&self, profile: &mut Profile) -> Result<(), Error> {
        let read = |what: &str, path: &PathBuf| {
            fs::read(path).map_err(|error| {
                let message = format!("the {what} file {} cannot be read: {error}", path.display());
                Error::new(Kind::Configuration, message)
            })
        };
        profile.ca = self.ca.as_ref().map(|path| read("CA", path)).transpose()?;
        profile.identity = match (&self.certificate, &self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let key = SecretString::from(String::from_utf8_lossy(&read("client key", key)?).into_owned());
                let certificate = read("client certificate", certificate)?;
                let certificate = String::from_utf8_lossy(&certificate);
                Some(SecretString::from(format!("{}\n{certificate}", key.expose_secret())))
            }
            _ => {
                let message = "a client certificate and its key go together, but only one of the two files is set";
                return Err(Error::new(Kind::Configuration, message));
            }
        };
        Ok(())
    }
}

/// Says once, at start, what makes a connection less safe than it looks.
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
