//! Flags of the commands that listen: `http` and `sse`.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::Args;
use secrecy::SecretString;

use super::values::{Switch, strict_switch, within};
use crate::error::{Error, Kind};

/// The port of `http` and `sse`, unless `--port` names another.
pub const DEFAULT_PORT: u16 = 3000;
/// The address of `http` and `sse`, unless `--bind-address` names another.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1";

/// How to listen, and who may call. Each flag has an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Listen {
    /// Port to listen on.
    #[arg(long, env = "ARGOCD_MCP_PORT", default_value_t = DEFAULT_PORT, value_parser = port)]
    pub port: u16,

    /// IP address to listen on, or localhost. Any other than this machine's own needs caller authentication or --allow-unauthenticated.
    #[arg(long, env = "MCP_BIND_ADDRESS", value_name = "ADDRESS", default_value = DEFAULT_ADDRESS, value_parser = address)]
    pub bind_address: IpAddr,

    /// A Host header to accept, `name` or `name:port`; may be repeated. Checked on loopback addresses, and everywhere once this or --public-url is given.
    #[arg(long, env = "ARGOCD_MCP_ALLOWED_HOST_HEADER", value_name = "HOST", value_delimiter = ',')]
    pub allowed_host_header: Vec<String>,

    /// A browser origin that may call, such as `https://app.example.com` or `http://localhost:*`; may be repeated. Requests without an Origin header are no browser's and pass.
    #[arg(long, env = "ARGOCD_MCP_ALLOWED_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allowed_origin: Vec<String>,

    /// Listen on other addresses than this machine's own without authenticating callers.
    #[arg(long, env = "ARGOCD_MCP_ALLOW_UNAUTHENTICATED", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    pub allow_unauthenticated: Switch,

    /// File of the tokens callers may show as `Authorization: Bearer`, one a line; read again when it changes. `MCP_AUTH_TOKEN` is the other way.
    #[arg(long, env = "ARGOCD_MCP_AUTH_TOKEN_FILE", value_name = "FILE")]
    pub auth_token_file: Option<PathBuf>,

    /// Address clients use, such as `https://mcp.example.com/argocd`, where an ingress stands in front: its host and origin are accepted.
    #[arg(long, env = "ARGOCD_MCP_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Further address for /healthz, /readyz and /metrics alone, `IP:port`. Without it /metrics stands behind caller authentication.
    #[arg(long, env = "ARGOCD_MCP_OPS_ADDRESS", value_name = "IP:PORT", value_parser = socket)]
    pub ops_address: Option<SocketAddr>,

    /// Certificate chain (PEM); serves https. Read again when it changes.
    #[arg(long, env = "ARGOCD_MCP_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key (PEM) of --tls-cert.
    #[arg(long, env = "ARGOCD_MCP_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Longest request body, in bytes: 1024 to 67108864.
    #[arg(long, env = "ARGOCD_MCP_MAX_BODY", value_name = "BYTES", default_value_t = 1 << 20, value_parser = within::<u32>(1024..=64 << 20))]
    pub max_body: u32,

    /// Requests served at a time, 1 to 100000; more wait a moment, then get 429.
    #[arg(long, env = "ARGOCD_MCP_MAX_CONCURRENCY", value_name = "N", default_value_t = 128, value_parser = within::<u32>(1..=100_000))]
    pub max_concurrency: u32,

    /// Requests of one caller served at a time, 1 to 100000. A caller is who shows the same credentials, whatever the address.
    #[arg(long, env = "ARGOCD_MCP_MAX_CALLER_CONCURRENCY", value_name = "N", default_value_t = 32, value_parser = within::<u32>(1..=100_000))]
    pub max_caller_concurrency: u32,

    /// Sessions open at a time, 1 to 1000000; more are refused with 503.
    #[arg(long, env = "ARGOCD_MCP_MAX_SESSIONS", value_name = "N", default_value_t = 1000, value_parser = within::<u32>(1..=1_000_000))]
    pub max_sessions: u32,

    /// Seconds after which an idle session ends, 1 to 86400.
    #[arg(long, env = "ARGOCD_MCP_SESSION_TTL", value_name = "SECONDS", default_value_t = 1800, value_parser = within::<u64>(1..=86_400))]
    pub session_ttl: u64,

    /// Seconds a client may take to send the head of a request, and again for its body: 1 to 600.
    #[arg(long, env = "ARGOCD_MCP_RECEIVE_TIMEOUT", value_name = "SECONDS", default_value_t = 10, value_parser = within::<u64>(1..=600))]
    pub receive_timeout: u64,

    /// Seconds that calls in flight may still take after SIGTERM, 0 to 3600.
    #[arg(long, env = "ARGOCD_MCP_SHUTDOWN_GRACE", value_name = "SECONDS", default_value_t = 25, value_parser = within::<u64>(0..=3600))]
    pub shutdown_grace: u64,
}

/// Flags of `http` alone.
#[derive(Args, Clone, Debug)]
pub struct Streamable {
    /// Keep nothing between requests, so that any replica answers any request: no session ids, GET and DELETE are 405.
    #[arg(long, env = "ARGOCD_MCP_STATELESS", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    pub stateless: Switch,

    /// Answer with application/json instead of an event stream where no message precedes the answer.
    #[arg(long, env = "ARGOCD_MCP_JSON_RESPONSE", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    pub json_response: Switch,

    /// Also serve HTTP+SSE of protocol version 2024-11-05: GET /sse, POST /messages.
    #[arg(long, env = "ARGOCD_MCP_LEGACY_SSE", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    pub legacy_sse: Switch,
}

/// A port that can be listened on.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "expected an integer between 1 and 65535".to_owned())
}

impl Listen {
    /// Whether only this machine can reach the address.
    pub(crate) fn is_local(&self) -> bool {
        self.bind_address.to_canonical().is_loopback()
    }
}

/// An IP address, or `localhost`.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    text.parse().map_err(|_| "expected an IP address, such as 127.0.0.1, ::1 or 0.0.0.0".to_owned())
}

/// An IP address and a port.
fn socket(text: &str) -> Result<SocketAddr, String> {
    let wanted = || "expected an IP address and a port, such as 127.0.0.1:9090 or 0.0.0.0:9090".to_owned();
    let (host, number) = text.trim().rsplit_once(':').filter(|(host, _)| !host.is_empty()).ok_or_else(wanted)?;
    Ok(SocketAddr::new(address(host).map_err(|_| wanted())?, number.parse().map_err(|_| wanted())?))
}

/// The value of `MCP_AUTH_TOKEN`. An empty one is not taken for an unset one: the person who set it wanted callers to
/// be authenticated.
///
/// # Errors
/// [`Kind::Configuration`]: the value is not text.
pub fn auth_token() -> Result<Option<SecretString>, Error> {
    match std::env::var("MCP_AUTH_TOKEN") {
        Ok(token) => Ok(Some(token.into())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(Kind::Configuration, "MCP_AUTH_TOKEN is not UTF-8 text"))
        }
    }
}
