//! `argocd-mcp healthcheck`: asks the server of this machine, for images that have no other program to do it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use reqwest::{Certificate, redirect::Policy};

use crate::{
    argocd::fault,
    config::{
        file,
        listen::{address, port},
    },
    error::{Error, Kind},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Where the server is: as it was told itself.
#[derive(Args, Clone, Debug)]
pub struct Health {
    /// What to ask, where it is not /healthz of the server on this machine.
    #[arg(long)]
    url: Option<String>,
    /// Port of the server.
    #[arg(long, env = "ARGOCD_MCP_PORT", default_value_t = 3000, value_parser = port)]
    port: u16,
    /// IP address it listens on.
    #[arg(long, env = "MCP_BIND_ADDRESS", value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = address)]
    bind_address: IpAddr,
    /// Its certificate, if it serves https, which is then asked; on this machine that is not checked, at --url it is, with --ca-file.
    #[arg(long, env = "ARGOCD_MCP_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
}

impl Health {
    fn url(&self) -> String {
        // One that listens everywhere is asked where nothing lies in between.
        let host = match self.bind_address {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        self.url.clone().unwrap_or_else(|| format!("{scheme}://{}/healthz", SocketAddr::new(host, self.port)))
    }

    /// Asks once; `ca` has more certificates to trust at `--url`.
    ///
    /// # Errors
    /// No answer, or another one than success; a file that cannot be read.
    pub async fn check(&self, ca: Option<&Path>) -> Result<(), Error> {
        let url = self.url();
        let roots = match ca.filter(|_| self.url.is_some()) {
            None => vec![],
            Some(path) => {
                let wrong = |what: &dyn std::fmt::Display| {
                    Error::new(Kind::Configuration, format!("--ca-file {}: {what}", path.display()))
                };
                let pem = file::bytes(path).map_err(|error| wrong(&error))?;
                Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?
            }
        };
        let ill = |what: String| Error::new(Kind::Unavailable, format!("{url} {what}"));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            // The certificate is for the name clients use. Nothing secret is sent.
            .tls_danger_accept_invalid_certs(self.url.is_none())
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| Error::new(Kind::Internal, "the HTTP client cannot be set up").because(error))?;
        let response = client.get(&url).send().await.map_err(|error| {
            let error = error.without_url();
            let ill = ill(format!("does not answer: {}", fault::root_cause(&error)));
            match !error.is_connect() && self.url.is_none() && self.tls_cert.is_none() {
                true => ill.hint("A server with --tls-cert is asked with --tls-cert."),
                false => ill,
            }
        })?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(ill(format!("answers {}", response.status().as_u16())))
        }
    }
}
