//! The sign-in as this process knows it: its tokens, and how its renewals went.

use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::{Tokens, cache::Cache};
use crate::{
    argocd::claims::Claims,
    error::{Error, Kind},
};

/// A token that was refused so soon after it was given is not the reason.
const NEW: Duration = Duration::from_secs(60);
/// How long a token that still holds is used after a renewal failed, before the next.
const PAUSE: Duration = Duration::from_secs(20);

/// The sign-in of this process.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) tokens: Option<Tokens>,
    /// When the provider gave it to this process.
    given: Option<Instant>,
    /// Whether the file has it, too.
    pub(super) kept: bool,
    /// A token that Argo CD refused.
    pub(super) refused: Option<SecretString>,
    /// The last renewal, which failed and may not the next time.
    failed: Option<(Instant, Kind, String, Option<String>)>,
    /// Why there will be no further one.
    pub(super) over: Option<String>,
}

impl Held {
    /// What was just given.
    pub(super) fn new(tokens: Tokens, kept: bool) -> Self {
        Self { tokens: Some(tokens), given: Some(Instant::now()), kept, ..Self::default() }
    }

    /// Whether a token of its own is so new that it is not the reason for a refusal.
    pub(super) fn is_new(&self) -> bool {
        self.given.is_some_and(|given| given.elapsed() < NEW)
    }

    /// The token, if it will do for a while; `early` is in seconds.
    pub(super) fn fresh(&self, early: i64) -> Option<SecretString> {
        let tokens = self.tokens.as_ref().filter(|tokens| !self.is_refused(tokens))?;
        // One that lives for a minute is good for half of it.
        let half = Claims::of(&tokens.id).and_then(|claims| claims.life()).map_or(early, |life| life / 2);
        (tokens.left() > early.min(half)).then(|| tokens.id.clone())
    }

    /// The token, if it is good for anything.
    pub(super) fn usable(&self) -> Option<SecretString> {
        let tokens = self.tokens.as_ref().filter(|tokens| tokens.left() > 0 && !self.is_refused(tokens))?;
        Some(tokens.id.clone())
    }

    fn is_refused(&self, tokens: &Tokens) -> bool {
        self.refused.as_ref().is_some_and(|refused| tokens.is(refused))
    }

    /// Whether there is something to renew it with.
    pub(super) fn renewable(&self) -> bool {
        self.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some())
    }

    /// Takes what another process, or the command line, put into the file, or that somebody signed out.
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

    /// Remembers that a renewal failed.
    pub(super) fn fail(&mut self, error: &Error) {
        self.failed = Some((Instant::now(), error.kind, error.message.clone(), error.hint.clone()));
    }

    /// Whether that was just now.
    pub(super) fn pauses(&self) -> bool {
        self.failed.as_ref().is_some_and(|(at, ..)| at.elapsed() < PAUSE)
    }

    /// Why a renewal failed after some instant.
    pub(super) fn failed_since(&self, began: Instant) -> Option<Error> {
        let (_, kind, message, hint) = self.failed.clone().filter(|(at, ..)| *at >= began)?;
        Some(Error { hint, ..Error::new(kind, message) })
    }
}
