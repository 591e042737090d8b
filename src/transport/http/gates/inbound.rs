//! Caller authentication by a shared bearer token. The token is compared in constant time, and removed before anything
//! else sees the request.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::{
    config::{is_placeholder, listen::Listen},
    error::{Error, Kind},
    files::{self, followed::Followed},
    transport::message::refusal::Refusal,
};

/// Least length of a token in characters: as many as `openssl rand -hex 8` makes, 64 bits that cannot be guessed over a
/// network.
const SHORTEST: usize = 16;

/// SHA-256 of a token.
pub type Hash = [u8; 32];

/// The tokens that callers may show. The list is empty where callers are not authenticated.
#[derive(Debug)]
pub enum Inbound {
    /// Of `MCP_AUTH_TOKEN`, or none.
    Fixed(Arc<[Hash]>),
    /// Of a file, which is followed.
    File(PathBuf, Followed<Arc<[Hash]>>),
}

impl Inbound {
    /// Reads `MCP_AUTH_TOKEN` or the file. Refuses settings that would let strangers in by mistake.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: an empty or short token, both sources at once, or a network address without either.
    pub fn new(listen: &Listen, token: Option<&SecretString>) -> Result<Self, Error> {
        let wrong = |message: String| Error::new(Kind::Configuration, message);
        let inbound = match (token, &listen.auth_token_file) {
            (Some(_), Some(_)) => {
                return Err(wrong("MCP_AUTH_TOKEN and --auth-token-file are both set".to_owned())
                    .hint("Keep one of them; the file can hold several tokens, one a line."));
            }
            (Some(token), None) => Self::Fixed([hash_of("MCP_AUTH_TOKEN", token.expose_secret())?].into()),
            (None, Some(path)) => {
                Self::File(path.clone(), Followed::new("--auth-token-file", [path.clone()], || read(path))?)
            }
            (None, None) => Self::Fixed([].into()),
        };
        let hashes = inbound.tokens();
        let address = listen.bind_address;
        if hashes.is_empty() && !listen.is_local() && !listen.allow_unauthenticated.0 {
            return Err(wrong(format!(
                "Refusing to bind to {address} without inbound authentication: anyone who reaches it could use its Argo CD credentials"
            ))
            .hint(
                "Set MCP_AUTH_TOKEN (or --auth-token-file) to what callers must show, or bind to 127.0.0.1 behind a proxy, or pass --allow-unauthenticated if something in front authenticates callers.",
            ));
        }
        if hashes.is_empty() && listen.public_url.is_some() && !listen.allow_unauthenticated.0 {
            tracing::warn!(
                "--public-url is for others, and nothing tells them from strangers: set MCP_AUTH_TOKEN or --auth-token-file, or pass --allow-unauthenticated if something in front authenticates callers"
            );
        }
        Ok(inbound)
    }

    /// Removes the credential from the headers. Returns the hash of the token, where callers are authenticated.
    ///
    /// # Errors
    /// 401, which tells only whether a token was shown.
    pub fn check(&self, headers: &mut HeaderMap) -> Result<Option<Hash>, Refusal> {
        let shown = headers.remove(header::AUTHORIZATION);
        for name in [header::PROXY_AUTHORIZATION, header::COOKIE, HeaderName::from_static("x-forwarded-authorization")]
        {
            headers.remove(name);
        }
        let hashes = self.tokens();
        if hashes.is_empty() {
            return Ok(None);
        }
        let shown = shown.as_ref().and_then(|value| value.to_str().ok()).and_then(bearer);
        let Some(text) = shown else { return Err(unauthorized(None)) };
        let shown = hash(text);
        let known = hashes.iter().fold(Choice::from(0), |known, hash| known | hash.ct_eq(&shown));
        if bool::from(known) { Ok(Some(shown)) } else { Err(unauthorized(Some(text))) }
    }

    /// Whether there are several tokens, which tell callers apart.
    pub fn are_several(&self) -> bool {
        self.tokens().len() > 1
    }

    /// The hashes of all tokens that are accepted now.
    pub fn hashes(&self) -> Vec<Hash> {
        self.tokens().to_vec()
    }

    /// The hashes of the tokens that count now. A file that cannot be used leaves the old tokens in force.
    fn tokens(&self) -> Arc<[Hash]> {
        match self {
            Self::Fixed(hashes) => Arc::clone(hashes),
            Self::File(path, followed) => {
                let load = || {
                    let hashes = read(path)?;
                    tracing::info!(tokens = hashes.len(), "the caller tokens were read again");
                    Ok(hashes)
                };
                followed.now(load, |error| tracing::warn!(%error, "the old caller tokens stay in force"))
            }
        }
    }
}

/// The refusal of a caller that showed no token, or an unknown one.
fn unauthorized(shown: Option<&str>) -> Refusal {
    let why = match shown {
        None => {
            "This server wants a bearer token, and none was shown: send `Authorization: Bearer TOKEN`, with the token of its MCP_AUTH_TOKEN or --auth-token-file; there is no OAuth here"
        }
        Some(text) if is_placeholder(text) => {
            "The bearer token in Authorization is a placeholder that the client did not fill in: set its variable where the client is started, or write the token in its place"
        }
        Some(_) => {
            "The bearer token in Authorization is not one that this server knows: show the one of its MCP_AUTH_TOKEN or --auth-token-file; there is no OAuth here"
        }
    };
    Refusal { shown: shown.is_some(), ..Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", why) }
}

/// The token of `Bearer <token>`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// SHA-256 of a token: hashes have equal lengths for the comparison, and the token itself is not kept in memory.
fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

fn wrong_token(message: String) -> Error {
    Error::new(Kind::Configuration, message).hint("Make one: openssl rand -hex 32")
}

fn hash_of(source: &str, token: &str) -> Result<Hash, Error> {
    let token = token.trim();
    let wrong = |message: String| Err(wrong_token(message));
    if token.is_empty() {
        return wrong(format!("{source} is set but empty"));
    }
    if is_placeholder(token) {
        return Err(Error::new(Kind::Configuration, format!("{source} is a placeholder that was not filled in"))
            .hint("Set its variable where this server is started."));
    }
    if token.contains(char::is_whitespace) || !token.is_ascii() {
        return wrong(format!("{source} contains a space or a character that no header may have"));
    }
    if token.len() < SHORTEST {
        return wrong(format!("{source} has {} characters; at least {SHORTEST} are needed", token.len()));
    }
    Ok(hash(token))
}

fn named(path: &Path) -> String {
    format!("--auth-token-file `{}`", path.display())
}

fn read(path: &Path) -> Result<Arc<[Hash]>, Error> {
    let name = named(path);
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::Configuration, format!("{name} cannot be read: {error}")).hint(
            "It (or ARGOCD_MCP_AUTH_TOKEN_FILE) names a file of the tokens that callers show, one a line; MCP_AUTH_TOKEN is the other way.",
        )
    };
    let text = files::text(path).map_err(unreadable)?;
    let lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
    let hashes = lines.map(|(number, line)| hash_of(&format!("line {number} of {name}"), line));
    let mut hashes = hashes.collect::<Result<Vec<_>, _>>()?;
    // A token that stands there twice is one: several are told apart, and share what one may have alone.
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.is_empty() {
        return Err(wrong_token(format!("{name} is set but empty")));
    }
    Ok(hashes.into())
}
