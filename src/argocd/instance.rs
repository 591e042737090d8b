//! An instance: a base URL with everything that belongs to it. Nothing of one instance is ever used for another.

use std::time::{Duration, Instant};

use reqwest::{header::HeaderValue, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use crate::{
    error::{Error, Kind},
    release::Release,
};

/// One Argo CD and the credential for it.
#[derive(Debug)]
pub struct Instance {
    /// Normalised: scheme, host and path, without a trailing slash.
    pub base_url: String,
    /// Where the credential came from, for messages: `ARGOCD_API_TOKEN`.
    pub origin: &'static str,
    /// The pooled client of this instance.
    pub http: reqwest::Client,
    pub(super) authorization: HeaderValue,
    /// What `/api/version` told, and when.
    pub(super) release: Mutex<Option<(Instant, Option<Release>)>>,
}

impl Instance {
    /// Makes an instance; connects to nothing.
    ///
    /// # Errors
    /// [`Kind::Configuration`] when the URL or the token cannot be used. The token is never quoted.
    pub fn new(base_url: &str, token: &SecretString, origin: &'static str) -> Result<Self, Error> {
        let base_url = normalise(base_url)?;
        let authorization =
            HeaderValue::try_from(format!("Bearer {}", bare(token.expose_secret()))).map(|mut value| {
                value.set_sensitive(true);
                value
            });
        let authorization = authorization.map_err(|_| {
            Error::new(Kind::Configuration, format!("the token in {origin} has characters that no token has"))
                .hint("Copy it again, without line breaks.")
        })?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("argocd-mcp/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Error::new(Kind::Configuration, "the HTTP client cannot be set up").because(error))?;
        Ok(Self { base_url, origin, http, authorization, release: Mutex::default() })
    }
}

/// A token without what is often copied along with it.
fn bare(token: &str) -> &str {
    let token = token.trim();
    token.strip_prefix("Bearer ").map_or(token, str::trim_start)
}

/// The form in which base URLs are compared and joined: `https://host[:port][/path]`.
///
/// # Errors
/// [`Kind::Configuration`] names the URL (without any password in it) and what to write instead.
pub fn normalise(base_url: &str) -> Result<String, Error> {
    let text = base_url.trim();
    let wrong = |problem: &str, hint: &str| {
        Err(Error::new(Kind::Configuration, format!("the base URL {problem}")).hint(hint.to_owned()))
    };
    // Somebody may have pasted a token here; a label of a host name is never as long (RFC 1035).
    let hostlike = |c: char| c.is_ascii_alphanumeric() || ".-:/".contains(c);
    let quotable = text.chars().all(hostlike) && text.split(['.', '/']).all(|label| label.len() <= 63);
    let quoted = if quotable { format!("`{text}` ") } else { String::new() };
    let Ok(url) = Url::parse(text) else {
        return wrong(&format!("{quoted}is not a URL"), "Write it with its scheme: https://argocd.example.com");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("contains a user name or a password", "Leave them out: the credential is the API token.");
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return wrong(&format!("{quoted}is not http or https"), "Write it with its scheme: https://argocd.example.com");
    }
    let origin = url.origin().ascii_serialization();
    Ok(format!("{origin}{}", url.path().trim_end_matches('/')))
}
