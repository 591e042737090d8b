//! An instance: a base URL and everything that belongs to it. Nothing of one instance is used for another one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    Identity,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use rustls::{
    crypto::CryptoProvider,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject},
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::{
    fault,
    guard::Guard,
    proxies,
    token::{TokenSource, unquoted},
    trust,
};
use crate::{
    config::is_placeholder,
    error::{Error, Kind},
    release::Release,
};

/// The settings of an instance, without its credential.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Base URL, in the form that [`normalise`] gives.
    pub base_url: String,
    /// Extra headers for every request, such as a proxy's credential. Never printed.
    pub headers: Vec<(String, SecretString)>,
    /// Whether it is the demo, to which no proxy leads.
    pub in_process: bool,
    /// Certificates to trust besides the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// Client certificate and key, PEM.
    pub identity: Option<SecretString>,
    /// Whether any certificate is trusted.
    pub skip_verify: bool,
    /// Whether a caller chose the URL. Addresses of this machine and of its cloud are refused then.
    pub guarded: bool,
    /// What to ask the person when nothing answers at the base URL: `ARGOCD_BASE_URL right`. It completes `Is …`.
    pub doubt: Option<String>,
}

/// When a server was asked for its release, and its answer.
pub(super) type Told = (Instant, Option<Release>);

/// One Argo CD and the credential for it.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Scheme, host and path, without a trailing slash.
    pub base_url: String,
    /// The pooled client of this instance.
    pub http: reqwest::Client,
    /// The source of the credential; with `None` requests are sent without one.
    pub token: Option<Arc<dyn TokenSource>>,
    pub(super) headers: HeaderMap,
    pub(super) doubt: Option<String>,
    /// Whether the environment's proxy variables put a proxy in between.
    pub proxied: bool,
    /// The answer of `/api/version`, and when it was asked.
    pub(super) release: Arc<Mutex<Option<Told>>>,
}

impl Instance {
    /// Makes an instance; connects to nothing.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the URL, a header or a certificate cannot be used. No secret is quoted.
    pub fn new(profile: &Profile, token: Option<Arc<dyn TokenSource>>) -> Result<Self, Error> {
        let base_url = normalise(&profile.base_url)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("argocd-mcp/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .tls_info(true)
            .tls_danger_accept_invalid_certs(profile.skip_verify);
        let wrong = |what: &str, error: reqwest::Error| {
            let cause = fault::root_cause(&error);
            Error::new(Kind::Configuration, format!("{what} for {base_url} cannot be used: {cause}")).because(error)
        };
        let trusted = profile.ca.as_deref().map(CertificateDer::pem_slice_iter).map(Iterator::collect);
        let trusted: Option<Vec<_>> = trusted.transpose().map_err(|error: pem::Error| {
            Error::new(Kind::Configuration, format!("the CA certificates for {base_url} cannot be used: {error}"))
                .because(error)
        })?;
        match trusted {
            Some(trusted) if trusted.is_empty() => {
                let message = format!("the CA certificates for {base_url} are none: the file holds no PEM certificate");
                return Err(Error::new(Kind::Configuration, message));
            }
            Some(trusted) if !profile.skip_verify => {
                let provider = CryptoProvider::get_default().cloned();
                let provider = provider.unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
                let config = trust::config(provider, trusted, profile.identity.as_ref()).map_err(|error| {
                    let what = "the CA certificates, or the client certificate and key,";
                    Error::new(Kind::Configuration, format!("{what} for {base_url} cannot be used: {error}"))
                        .because(error)
                })?;
                builder = builder.tls_backend_preconfigured(config);
            }
            _ => {
                if let Some(pem) = &profile.identity {
                    let identity = Identity::from_pem(pem.expose_secret().as_bytes());
                    builder =
                        builder.identity(identity.map_err(|error| wrong("the client certificate and key", error))?);
                }
            }
        }
        if profile.guarded {
            Guard::check_literal(&base_url)?;
            builder = builder.dns_resolver(Arc::new(Guard));
        }
        // No proxy for a guarded URL: it would resolve the name itself, and connect to any address.
        let direct = profile.in_process || profile.guarded || proxies::excludes_all();
        if direct {
            builder = builder.no_proxy();
        }
        let proxied = !direct && proxies::has_proxy(&base_url)?;
        let what = if profile.identity.is_some() { "the client certificate with this key" } else { "the HTTP client" };
        let http = builder.build().map_err(|error| wrong(what, error))?;
        let (headers, doubt) = (headers(&profile.headers)?, profile.doubt.clone());
        Ok(Self { base_url, http, token, headers, doubt, proxied, release: Arc::default() })
    }

    /// This instance with another credential.
    #[must_use]
    pub fn with_token(&self, token: Option<Arc<dyn TokenSource>>) -> Self {
        Self { token, ..self.clone() }
    }

    /// What messages call the credential.
    pub fn origin(&self) -> String {
        self.token.as_ref().map_or_else(|| "no token".to_owned(), |token| token.origin())
    }
}

fn headers(given: &[(String, SecretString)]) -> Result<HeaderMap, Error> {
    /// Headers that no setting may choose: they carry the credential, or belong to the message.
    const OURS: &[&str] =
        &["authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"];
    let mut map = HeaderMap::new();
    for (name, value) in given {
        let wrong = |problem: &str| {
            Error::new(Kind::Configuration, format!("the extra header `{name}` {problem}"))
                .hint("Extra headers stand in ARGOCD_EXTRA_HEADERS, one `Name: value` a line, or in headers of a registry's entry.")
        };
        if OURS.contains(&name.to_lowercase().as_str()) {
            return Err(wrong("cannot be set: it is this server's own"));
        }
        let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong("is not a name of a header"))?;
        let mut value = HeaderValue::try_from(value.expose_secret().trim())
            .map_err(|_| wrong("has a value with characters that no header has"))?;
        value.set_sensitive(true);
        map.append(key, value);
    }
    Ok(map)
}

/// Brings a base URL into the form in which base URLs are compared and joined: `https://host[:port][/path]`.
///
/// # Errors
/// [`Kind::Configuration`]: the text is no base URL. The message says what to write, and quotes no password.
pub fn normalise(base_url: &str) -> Result<String, Error> {
    let text = unquoted(base_url.trim()).trim();
    let wrong = |problem: &str, hint: &str| {
        Err(Error::new(Kind::Configuration, format!("the base URL {problem}")).hint(hint.to_owned()))
    };
    if is_placeholder(text) {
        let quoted = if text.len() <= 63 { format!("{text} ") } else { String::new() };
        return wrong(
            &format!("{quoted}is a placeholder that was not filled in"),
            "Set its variable where this is started, or write the address.",
        );
    }
    if text.starts_with('<') {
        return wrong("is a placeholder that was not filled in", "Write the address: https://argocd.example.com");
    }
    // Somebody may have pasted a token here; a label of a host name is never as long (RFC 1035).
    let hostlike = |c: char| c.is_ascii_alphanumeric() || ".-:/".contains(c);
    let quotable = text.chars().all(hostlike) && text.split(['.', '/']).all(|label| label.len() <= 63);
    let quoted = if quotable { format!("`{text}` ") } else { String::new() };
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) if text.starts_with("http://") || text.starts_with("https://") => {
            return wrong(
                &format!("{quoted}is not a URL: {error}"),
                "Write https://host[:port][/path]; an IPv6 address stands in brackets: https://[::1]:8080",
            );
        }
        Err(_) => {
            return wrong(&format!("{quoted}is not a URL"), "Write it with its scheme: https://argocd.example.com");
        }
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
