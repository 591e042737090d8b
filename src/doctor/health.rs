//! `argocd-mcp healthcheck`: asks the server on this machine whether it is well, in images without another program.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;

use crate::{
    argocd::{Instance, Profile, fault, instance::normalise},
    config::{
        Flags,
        listen::{DEFAULT_ADDRESS, DEFAULT_PORT, address, port},
    },
    credentials::tls::Files,
    error::{Error, Kind},
};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the server is: as it was told itself.
#[derive(Args, Clone, Debug)]
pub struct Health {
    /// What to ask, where it is not /healthz of the server on this machine.
    #[arg(long)]
    url: Option<String>,
    /// Port of the server.
    #[arg(long, env = "ARGOCD_MCP_PORT", default_value_t = DEFAULT_PORT, value_parser = port)]
    port: u16,
    /// IP address it listens on, or localhost.
    #[arg(long, env = "MCP_BIND_ADDRESS", value_name = "ADDRESS", default_value = DEFAULT_ADDRESS, value_parser = address)]
    bind_address: IpAddr,
    /// Its certificate, if it serves https, which is then asked; on this machine that is not checked, at --url it is, as that of Argo CD: with --ca-file and --insecure-skip-verify.
    #[arg(long, env = "ARGOCD_MCP_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
}

impl Health {
    fn url(&self) -> String {
        // A server that listens on every address is asked at that of this machine.
        let host = match self.bind_address {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        self.url.clone().unwrap_or_else(|| format!("{scheme}://{}/healthz", SocketAddr::new(host, self.port)))
    }

    /// Asks once. For `--url` the certificates count that are trusted for Argo CD.
    ///
    /// # Errors
    /// [`Kind::Unavailable`]: there is no answer, or it is no success. [`Kind::Configuration`]: the address or a file
    /// cannot be used.
    pub async fn check(&self, flags: &Flags) -> Result<(), Error> {
        let url = self.url();
        let told = fault::told_address(&url);
        normalise(&url).map_err(|_| {
            Error::new(Kind::Configuration, format!("--url: `{told}` is not an http or https URL"))
                .hint("Write it whole, without a user name: https://mcp.example.com/healthz.")
        })?;
        let mut profile = Profile { base_url: url.clone(), in_process: true, ..Profile::default() };
        if self.url.is_some() {
            let (ca, skip_verify) = flags.trust()?;
            profile.skip_verify = skip_verify;
            Files { ca, ..Files::default() }.read_into(&mut profile)?;
        } else {
            // The certificate is for the name clients use. Nothing secret is sent.
            profile.skip_verify = true;
        }
        let client = Instance::new(&profile, None)?.http;
        let ill = |what: String| Error::new(Kind::Unavailable, format!("{told} {what}"));
        let response = client.get(&url).timeout(PATIENCE).send().await.map_err(|error| {
            let error = error.without_url();
            let cause = fault::root_cause(&error);
            let ill = ill(format!("does not answer: {cause}"));
            let is_tls = url.starts_with("https://");
            match fault::connection_hint(&cause) {
                _ if !error.is_connect() && self.url.is_none() && self.tls_cert.is_none() => {
                    ill.hint("A server with --tls-cert is asked with --tls-cert.")
                }
                // A client certificate belongs to Argo CD, and is not sent here.
                Some(hint) if is_tls && !hint.contains("ARGOCD_CLIENT_CERT_FILE") => ill.hint(hint),
                _ if self.url.is_none() => ill.hint(
                    "It is asked where --port, --bind-address and --tls-cert (or their variables) say; is it up there?",
                ),
                _ => ill.hint("Is a server up at that address? --url is the whole address of its /healthz."),
            }
        })?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(ill(format!("answers {}", response.status().as_u16())))
        }
    }
}
