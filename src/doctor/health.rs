//! `argocd-mcp healthcheck`: asks the server of this machine, for images that have no other program to do it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use reqwest::redirect::Policy;

use crate::{
    config::listen::{address, port},
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
    /// Its certificate, if it serves https.
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

    /// Asks once.
    ///
    /// # Errors
    /// No answer, or another one than success.
    pub async fn check(&self) -> Result<(), Error> {
        let url = self.url();
        let ill = |what: String| Error::new(Kind::Unavailable, format!("{url} {what}"));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            // The certificate is for the name clients use. Nothing secret is sent.
            .tls_danger_accept_invalid_certs(self.url.is_none())
            .build()
            .map_err(|error| Error::new(Kind::Internal, "the HTTP client cannot be set up").because(error))?;
        let response = client.get(&url).send().await.map_err(|error| {
            let error = error.without_url();
            ill(format!("does not answer: {}", crate::argocd::fault::root_cause(&error)))
        })?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(ill(format!("answers {}", response.status().as_u16())))
        }
    }
}
