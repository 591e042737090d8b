//! TLS, with a certificate that may be renewed while the server runs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    error::{Error, Kind},
    files::{self, followed::Followed},
};

/// A certificate and its key.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Followed<Arc<ServerConfig>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// From two PEM files.
    ///
    /// # Errors
    /// [`Kind::Configuration`] names the file that cannot be used.
    pub fn new(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let config =
            Followed::new("--tls-cert or --tls-key", [certificate.clone(), key.clone()], || load(&certificate, &key))?;
        Ok(Self { certificate, key, config })
    }

    /// The handshake.
    ///
    /// # Errors
    /// What the client did wrong.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> std::io::Result<TlsStream<S>> {
        let acceptor = TlsAcceptor::from(self.config());
        acceptor.accept(stream).await
    }

    fn config(&self) -> Arc<ServerConfig> {
        let load = || {
            let config = load(&self.certificate, &self.key)?;
            tracing::info!("the certificate was read again");
            Ok(config)
        };
        // One of the files may be renewed before the other.
        self.config.now(load, |error| tracing::warn!(%error, "the old certificate stays in use"))
    }
}

fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Error> {
    let wrong = |flag: &str, path: &Path, why: &dyn std::fmt::Display| {
        Error::new(Kind::Configuration, format!("the file `{}` cannot be used ({flag}): {why}", path.display()))
            .hint("Both files are PEM, as cert-manager and certbot write them.")
    };
    let read = |flag: &str, path: &Path| files::bytes(path).map_err(|error| wrong(flag, path, &error));
    let chain = CertificateDer::pem_slice_iter(&read("--tls-cert", certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong("--tls-cert", certificate, &error))?;
    if chain.is_empty() {
        return Err(wrong("--tls-cert", certificate, &"it holds no certificate"));
    }
    let secret =
        PrivateKeyDer::from_pem_slice(&read("--tls-key", key)?).map_err(|error| wrong("--tls-key", key, &error))?;
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(chain, secret).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => Error::new(
                Kind::Configuration,
                format!(
                    "the certificate `{}` (--tls-cert) and the key `{}` (--tls-key) do not belong together",
                    certificate.display(),
                    key.display()
                ),
            )
            .hint("The first certificate of the file must be the one that was issued for this key."),
            error => wrong("--tls-cert", certificate, &error),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
