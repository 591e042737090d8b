//! Names that say that their value is a credential.

use std::{collections::HashSet, sync::LazyLock};

type Words = LazyLock<HashSet<&'static str>>;

/// Words that name a credential.
static CREDENTIALS: Words = Words::new(|| {
    "accesskey apikey authorization cookie credential credentials encryptionkey key keys pass passphrase pat privatekey \
     pwd secretkey signingkey token tokens"
        .split_whitespace()
        .collect()
});

/// Ends of words that name one: `dbpassword`, `clientsecrets`.
const ENDS: &[&str] = &["passwd", "password", "passwords", "secret", "secrets", "token"];

/// Words that make of it a name of something about a credential, or of another kind of key.
static ABOUT: Words = Words::new(|| {
    "age algorithm audience cache class count data dir enabled endpoint existing expiration expires expiry file foreign \
     format from header host id issuer kind length limit max min mode mount name namespace namespaces partition path \
     policy port prefix primary public pull ref refs rotation routing size sort store timeout ttl type uri url usage \
     version"
        .split_whitespace()
        .collect()
});

/// Whether a name says that its value is a credential: `DB_PASSWORD`, `apiKey`, `github-token`; not `TOKEN_URL`,
/// `secretName`, `keyId`, which name something about one.
pub fn is_sensitive(name: &str) -> bool {
    let words = words(name);
    let among = |known: &Words| words.iter().any(|word| known.contains(word.as_str()));
    let ends = || words.iter().any(|word| ENDS.iter().any(|end| word.ends_with(end)));
    (among(&CREDENTIALS) || ends()) && !among(&ABOUT)
}

/// Whether a name is a word of prose as well: "invalid token: expired", "No such key: …".
pub(super) fn is_noun(name: &str) -> bool {
    const NOUNS: &[&str] =
        &["cookie", "credential", "credentials", "key", "keys", "secret", "secrets", "token", "tokens"];
    NOUNS.contains(&name.to_ascii_lowercase().as_str())
}

/// Values that nobody uses as a credential: switches, versions, the name of a scheme before the credential.
pub(super) fn is_harmless(value: &str) -> bool {
    const WORDS: &[&str] = &["", "true", "false", "null", "none", "enabled", "disabled", "bearer", "basic"];
    let value = value.trim().to_ascii_lowercase();
    let version = value.strip_prefix('v').unwrap_or(&value);
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() < 5 && part.bytes().all(|byte| byte.is_ascii_digit());
    WORDS.contains(&value.as_str()) || (numbers.len() > 1 && numbers.iter().all(is_number))
}

/// `dbPassword`, `DB_PASSWORD2` and `db-password` are `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        let boundary = !c.is_ascii_alphabetic() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
        if boundary {
            words.push(String::new());
        }
        if c.is_ascii_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}
