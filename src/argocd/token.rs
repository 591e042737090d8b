//! Sources of the credential of an instance, as calls see them.

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use super::claims::{Claims, coarse, damage};
use crate::{
    config::is_placeholder,
    error::{Error, Kind},
};

/// A source of tokens for one instance.
pub trait TokenSource: Debug + Send + Sync {
    /// The token to send now.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a setting has to change. [`Kind::SignIn`]: a person has to sign in.
    /// [`Kind::Unavailable`], [`Kind::Timeout`] and others: the token could not be fetched.
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>>;

    /// Told that Argo CD refused a token. Returns whether [`TokenSource::token`] would give another one now.
    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool>;

    /// What messages call the source: `ARGOCD_API_TOKEN`.
    fn origin(&self) -> String;

    /// Whether the source gets the next token by itself, so that nobody has to know when a token expires.
    fn renews(&self) -> bool {
        false
    }

    /// What to do about a token that is about to expire.
    fn renewal(&self) -> String {
        "Renew it soon.".into()
    }

    /// The error for a token that did not come in time.
    fn late(&self) -> Error {
        Error::new(Kind::Timeout, format!("{} gave no token in time", self.origin()))
    }

    /// What to do about a refused token, if that is something else than to make a new one.
    fn remedy(&self) -> Option<String> {
        None
    }

    /// What to do about a refused token.
    fn way_out(&self, token: &SecretString) -> String {
        self.remedy().unwrap_or_else(|| why_refused(token, &self.origin()))
    }

    /// Secrets of the source besides its tokens.
    fn secrets(&self) -> Vec<SecretString> {
        vec![]
    }

    /// Examines the source before a token is asked for, for `doctor`: what was found at each step, or what is wrong
    /// there.
    fn examine(&self) -> BoxFuture<'_, Vec<Result<String, Error>>> {
        Box::pin(async { vec![] })
    }
}

/// A token that never changes.
#[derive(Debug)]
pub struct Fixed {
    token: SecretString,
    origin: String,
}

impl Fixed {
    /// Takes a token and what messages call it.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the token is empty, or has characters that no token has. It is never quoted.
    pub fn new(token: &SecretString, origin: impl Into<String>) -> Result<Self, Error> {
        let origin = origin.into();
        Ok(Self { token: usable(token.expose_secret(), &origin)?, origin })
    }

    /// Takes a token of the configuration, and logs if it expires soon.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the token is empty, or has characters that no token has.
    pub fn configured(token: &SecretString, origin: impl Into<String>) -> Result<Self, Error> {
        let fixed = Self::new(token, origin)?;
        warn_of_expiry(&fixed.token, &fixed.origin);
        Ok(fixed)
    }
}

impl TokenSource for Fixed {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(async { Ok(self.token.clone()) })
    }

    fn refused<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(async { false })
    }

    fn origin(&self) -> String {
        self.origin.clone()
    }
}

/// A token without what is often copied along with it: blanks, quotes, `Bearer`.
///
/// # Errors
/// [`Kind::Configuration`]: the token is empty, a placeholder, or has characters that no token has.
pub fn usable(text: &str, origin: &str) -> Result<SecretString, Error> {
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").map_or(token, str::trim_start);
    let token = unquoted(token);
    let wrong = |problem: &str, hint: &str| {
        Err(Error::new(Kind::Configuration, format!("the token in {origin} {problem}")).hint(hint.to_owned()))
    };
    if token.is_empty() {
        return wrong("is empty", "Make one: argocd account generate-token --account NAME");
    }
    if is_placeholder(token) {
        return wrong("is a placeholder that was not filled in", "Set its variable where the IDE is started.");
    }
    if token.starts_with("<the ") {
        return wrong(
            "is a placeholder that was not filled in",
            "Put the token in its place, or name a file that holds it.",
        );
    }
    if !token.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'')) {
        return wrong("has characters that no token has", "Copy it again, without line breaks and quotes.");
    }
    Ok(SecretString::from(token.to_owned()))
}

/// A text without the quotes around it, which a shell would have removed.
pub fn unquoted(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// Logs that a token of the configuration expires soon, or has expired.
pub fn warn_of_expiry(token: &SecretString, origin: &str) {
    let Some(claims) = Claims::of(token) else { return };
    let kind = claims.kind();
    match claims.seconds_left() {
        Some(left @ ..0) => tracing::warn!("{kind} ({origin}) expired {} ago", coarse(left)),
        Some(left) if claims.ends_soon() => tracing::warn!("{kind} ({origin}) expires in {}", coarse(left)),
        _ => {}
    }
}

/// Why a token may have been refused, from what it says about itself, and what to do.
fn why_refused(token: &SecretString, origin: &str) -> String {
    match Claims::of(token) {
        None => format!(
            "It is not a JWT, which every token of Argo CD is (three parts with dots): copy it again and set {origin}."
        ),
        Some(claims) => match claims.expired_for() {
            Some(ago) => format!("{} expired {ago} ago: make a new one and set {origin} again.", claims.kind()),
            None => match damage(token) {
                Some(damage) => format!("{} is not whole: {damage}. Copy it again and set {origin}.", claims.kind()),
                None => format!(
                    "{} has not expired: it was revoked, or another Argo CD signed it. Make a new one and set {origin} again.",
                    claims.kind()
                ),
            },
        },
    }
}
