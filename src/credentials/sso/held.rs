//! The sign-in that this process holds: its tokens, and how the last renewals went.

use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::{Tokens, cache::Cache};
use crate::{
    argocd::claims::Claims,
    error::{Error, Kind},
};

/// If Argo CD refuses a token that is newer than this, another token would not help.
const NEW: Duration = Duration::from_secs(60);
/// How long a token that is still valid is used after a failed renewal, before the next attempt.
const PAUSE: Duration = Duration::from_secs(20);

/// The sign-in of this process.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) tokens: Option<Tokens>,
    /// When the provider gave the tokens to this process.
    given: Option<Instant>,
    /// Whether the file has the tokens, too.
    pub(super) kept: bool,
    /// A token that Argo CD refused.
    pub(super) refused: Option<SecretString>,
    /// The last attempt, if it failed: when, and kind, message and hint of its error.
    failed: Option<(Instant, Kind, String, Option<String>)>,
    /// Why there will be no further renewal.
    pub(super) over: Option<String>,
}

impl Held {
    /// Holds tokens that the provider has just given.
    pub(super) fn new(tokens: Tokens, kept: bool) -> Self {
        Self { tokens: Some(tokens), given: Some(Instant::now()), kept, ..Self::default() }
    }

    /// Whether the token is so new that another one would be refused as well.
    pub(super) fn is_new(&self) -> bool {
        self.given.is_some_and(|given| given.elapsed() < NEW)
    }

    /// The token, if it is valid for more than `early` seconds.
    pub(super) fn fresh(&self, early: i64) -> Option<SecretString> {
        let tokens = self.tokens.as_ref().filter(|tokens| !self.is_refused(tokens))?;
        // A token that lives shorter than that is good for half of its life.
        let half = Claims::of(&tokens.id).and_then(|claims| claims.life()).map_or(early, |life| life / 2);
        (tokens.left() > early.min(half)).then(|| tokens.id.clone())
    }

    /// The token, if it is valid at all.
    pub(super) fn usable(&self) -> Option<SecretString> {
        let tokens = self.tokens.as_ref().filter(|tokens| tokens.left() > 0 && !self.is_refused(tokens))?;
        Some(tokens.id.clone())
    }

    fn is_refused(&self, tokens: &Tokens) -> bool {
        self.refused.as_ref().is_some_and(|refused| tokens.is(refused))
    }

    /// Whether there is a refresh token.
    pub(super) fn renewable(&self) -> bool {
        self.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some())
    }

    /// Takes over what another process did: it wrote a newer sign-in into the file, or removed the one that was there.
    pub(super) fn adopt_file(&mut self, cache: Option<&Cache>, base_url: &str) {
        let Some(cache) = cache else { return };
        let Some(tokens) = cache.read(base_url) else {
            if self.kept && cache.lacks(base_url) {
                *self = Self::default();
            }
            return;
        };
        let known = self.tokens.as_ref().is_some_and(|known| known.is(&tokens.id));
        let newer = self.tokens.as_ref().is_none_or(|held| !known && tokens.left() >= held.left());
        if (newer || self.kept) && !self.is_refused(&tokens) {
            let before = if known { std::mem::take(self) } else { Self::default() };
            *self = Self { tokens: Some(tokens), kept: true, refused: None, ..before };
        }
    }

    /// Remembers that an attempt failed.
    pub(super) fn fail(&mut self, error: &Error) {
        self.failed = Some((Instant::now(), error.kind, error.message.clone(), error.hint.clone()));
    }

    /// Whether the last attempt failed just now.
    pub(super) fn pauses(&self) -> bool {
        self.failed.as_ref().is_some_and(|(at, ..)| at.elapsed() < PAUSE)
    }

    /// The error of the last attempt, if it failed after this instant.
    pub(super) fn failed_since(&self, began: Instant) -> Option<Error> {
        let (_, kind, message, hint) = self.failed.clone().filter(|(at, ..)| *at >= began)?;
        Some(Error { hint, ..Error::new(kind, message) })
    }
}
