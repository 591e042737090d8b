//! The secrets of an instance, taken out of what comes back from it: the far side may repeat what it was sent.

use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};

use super::Instance;
use crate::error::Error;

/// What stands in place of a secret; it is a mark as all others, so it is never written back.
const MARK: &str = "\u{ab}masked credential\u{bb}";
/// What is shorter is a word that stands in names, and no credential that Argo CD gives out.
const SHORTEST: usize = 8;

/// The values that went out to one instance. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<SecretString>>>);

impl Secrets {
    /// Those of an instance that are known before anything is sent.
    pub(super) fn of(instance: &Instance) -> Self {
        let secrets = Self::default();
        for value in instance.headers.values().filter_map(|value| value.to_str().ok()) {
            secrets.add(value);
            // `Basic …`, `Bearer …`: the scheme is often left out.
            value.rsplit(' ').next().into_iter().for_each(|value| secrets.add(value));
        }
        for secret in instance.token.iter().flat_map(|source| source.secrets()) {
            secrets.add(secret.expose_secret());
        }
        secrets
    }

    /// One more.
    pub(super) fn add(&self, secret: &str) {
        let mut known = self.0.lock();
        // As it is, and as it stands in JSON.
        let quoted = serde_json::Value::from(secret).to_string();
        for form in [secret, quoted.trim_matches('"')] {
            if form.len() >= SHORTEST && known.iter().all(|known| known.expose_secret() != form) {
                known.push(form.to_owned().into());
            }
        }
        // A secret may be part of another.
        known.sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
    }

    /// The text without them; `None` where it holds none.
    pub(super) fn hidden(&self, text: &str) -> Option<String> {
        let known = self.0.lock();
        let mut hidden = None;
        for secret in known.iter() {
            let secret = secret.expose_secret();
            let now = hidden.as_deref().unwrap_or(text);
            if now.contains(secret) {
                hidden = Some(now.replace(secret, MARK));
            }
        }
        hidden
    }

    /// The error without them.
    pub(super) fn hidden_in(&self, mut error: Error) -> Error {
        let cause = error.source.as_ref().map(ToString::to_string);
        if cause.is_some_and(|cause| self.hidden(&cause).is_some()) {
            error.source = None;
        }
        error.message = self.hidden(&error.message).unwrap_or(error.message);
        error.hint = error.hint.map(|hint| self.hidden(&hint).unwrap_or(hint));
        error
    }
}
