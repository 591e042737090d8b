//! Hides the secrets of an instance in its answers: the far side may repeat what it was sent.

use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::Instance;
use crate::error::Error;

/// What stands in place of a secret. It has the quotes of every mask, so it is never written back.
const MASK: &str = "\u{ab}masked credential\u{bb}";
/// Shortest secret that is hidden, in bytes. A shorter one may be a word in names, and Argo CD gives out none.
const SHORTEST: usize = 8;
/// Ends of the words in the name of a header that carries a credential.
const ENDS: [&str; 27] = [
    "assertion",
    "auth",
    "authentication",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "creds",
    "jwt",
    "key",
    "login",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "secrets",
    "session",
    "sessionid",
    "sid",
    "signature",
    "token",
    "tokens",
];

/// The secrets that were sent to one instance. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<SecretString>>>);

impl Secrets {
    /// The secrets of an instance that are known before anything is sent.
    pub(super) fn of(instance: &Instance) -> Self {
        let secrets = Self::default();
        let headers = instance.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        for (_, value) in headers.filter(|(name, value)| is_of_credential(name) || !is_of_words(value)) {
            secrets.add(value);
            // `Basic …`, `Bearer …`: the scheme is often left out.
            value.rsplit(' ').next().into_iter().for_each(|value| secrets.add(value));
        }
        for secret in instance.token.iter().flat_map(|source| source.secrets()) {
            secrets.add(secret.expose_secret());
        }
        secrets
    }

    /// Adds a secret.
    pub(super) fn add(&self, secret: &str) {
        let mut known = self.0.lock();
        // As it is, and as it stands in JSON.
        let quoted = Value::from(secret).to_string();
        let inner = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        for form in [secret, inner.unwrap_or(secret)] {
            if form.len() >= SHORTEST && known.iter().all(|known| known.expose_secret() != form) {
                known.push(form.to_owned().into());
            }
        }
        // A secret may be part of another.
        known.sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
    }

    /// The text with its secrets hidden; `None` if it has none.
    pub(super) fn hidden(&self, text: &str) -> Option<String> {
        let known = self.0.lock();
        let mut hidden = None;
        for secret in known.iter() {
            let secret = secret.expose_secret();
            let now = hidden.as_deref().unwrap_or(text);
            if now.contains(secret) {
                hidden = Some(now.replace(secret, MASK));
            }
        }
        hidden
    }

    /// JSON with its secrets hidden, in keys and in values.
    pub(super) fn hidden_value(&self, value: Value) -> Value {
        let text = |text: String| self.hidden(&text).unwrap_or(text);
        match value {
            Value::String(plain) => Value::String(text(plain)),
            Value::Array(list) => list.into_iter().map(|value| self.hidden_value(value)).collect(),
            Value::Object(map) => {
                let members = map.into_iter().map(|(key, value)| (text(key), self.hidden_value(value)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Value::Number(number) => match self.hidden(&number.to_string()) {
                Some(hidden) => Value::String(hidden),
                None => Value::Number(number),
            },
            Value::Bool(_) | Value::Null => value,
        }
    }

    /// The error with its secrets hidden.
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

/// Whether the name of a header says that it carries a credential: `X-Api-Key`, `CF-Access-Client-Secret`.
fn is_of_credential(name: &str) -> bool {
    name.to_lowercase().split(['-', '_']).any(|word| ENDS.iter().any(|end| word.ends_with(end)))
}

/// Whether a value is made of words and small numbers, as names, addresses and times are: `production`, `eu-west-1`,
/// `https://team.example.com`. Such a value stands in answers for other reasons. What was generated has digits between
/// letters, or capitals where no word has them.
fn is_of_words(value: &str) -> bool {
    // `user:password`, but no address.
    let is_pair = value.contains(':') && !value.contains("://");
    let is_word = |part: &str| {
        let start = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
        let (letters, number) = part.split_at(start);
        (is_in_capitals(letters) || is_camel_case(letters)) && is_small_number(number)
    };
    !is_pair && value.split(|c: char| !c.is_ascii_alphanumeric()).all(is_word)
}

/// `1`, `2026`, or nothing.
fn is_small_number(digits: &str) -> bool {
    digits.len() < 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `PRODUCTION`, `eU`: nothing but capitals after the first letter, and no more of them than words have.
fn is_in_capitals(letters: &str) -> bool {
    letters.len() <= 12 && letters.bytes().skip(1).all(|byte| byte.is_ascii_uppercase())
}

/// `team`, `payTeam`, `PayTeam`: two letters or more from each capital on that is not the first letter.
fn is_camel_case(letters: &str) -> bool {
    let after_first = letters.get(1..).unwrap_or_default();
    after_first.split(|c: char| c.is_ascii_uppercase()).skip(1).all(|rest| rest.len() > 1)
}
