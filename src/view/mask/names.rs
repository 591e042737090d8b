//! Names that say that their value is a credential.

use std::{collections::HashSet, sync::LazyLock};

use super::values::{is_encoded_pair, is_of_words, is_pair, looks_random};

type Words = LazyLock<HashSet<&'static str>>;

/// Words that name a credential.
static CREDENTIALS: Words = Words::new(|| {
    "accesskey accountkey apikey apikeys authorization consumerkey cookie credential credentials creds dbpass \
     encryptionkey key keys masterauth pass passcode passphrase pat pgpass privatekey pw pwd requirepass rootpw secretkey \
     secretkeybase signingkey sshpass token tokens"
        .split_whitespace()
        .collect()
});

/// Ends of words that name one: `dbpassword`, `clientsecrets`.
const ENDS: &[&str] = &["passwd", "password", "passwords", "secret", "secrets", "token"];

/// Words that, after it, make of it the name of something about a credential.
static ABOUT: Words = Words::new(|| {
    "age algorithm at audience cache class converter count deserializer dir domain enabled endpoint \
     expiration expires expiry file format from header host id issuer kind length limit max min mode mount mounts name \
     names namespace namespaces path per policy port prefix provider ref refs region rotation serializer size \
     store timeout ttl type uri url usage version"
        .split_whitespace()
        .collect()
});

/// Whether a name says that its value is a credential: `DB_PASSWORD`, `apiKey`, `github-token`; not `TOKEN_URL`,
/// `secretName`, `keyId`, which name something about one. Of `example.com/token` the part after the `/` counts.
pub fn is_sensitive(name: &str) -> bool {
    parts(name).is_some_and(|Parts { before, word, after }| {
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        !is_about(&after) && !is_digest(&word, &after) && !is_another_kind(&word, &before)
    })
}

/// The hash of a token tells nothing; that of a password can be guessed at.
fn is_digest(word: &str, after: &[String]) -> bool {
    let is_guessed = ["pass", "pw"].iter().any(|part| word.contains(part));
    !is_guessed && after.iter().any(|word| matches!(word.as_str(), "checksum" | "digest" | "hash" | "sha"))
}

/// The words of a name around the last one that names a credential.
struct Parts {
    before: Vec<String>,
    word: String,
    after: Vec<String>,
}

fn parts(name: &str) -> Option<Parts> {
    let (owner, own) = name.rsplit_once('/').unwrap_or(("", name));
    let mut before = words(own);
    let mut after = before.split_off(before.iter().rposition(|word| is_credential(word))?);
    let word = after.remove(0);
    if !owner.is_empty() {
        before.splice(0..0, words(owner));
    }
    Some(Parts { before, word, after })
}

fn is_about(after: &[String]) -> bool {
    after.iter().any(|word| ABOUT.contains(word.as_str()))
}

fn is_credential(word: &str) -> bool {
    CREDENTIALS.contains(word) || ENDS.iter().any(|end| word.ends_with(end))
}

/// Whether a name, below one of a credential, is that of something beside it: `secrets: [{ name, mountPath }]`,
/// `secretKeys: { adminPasswordKey }`.
pub(super) fn is_beside(name: &str) -> bool {
    matches!(name, "name" | "namespace" | "mountPath" | "path" | "subPath")
        || parts(name).is_some_and(|Parts { before, word, after }| {
            is_about(&after) || (word == "key" && before.last().is_some_and(|word| word.ends_with("password")))
        })
}

/// What the name of a field says that a kind of resource defines, as opposed to one that people chose.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Field {
    /// Nothing: `key` is the name of something else there.
    #[default]
    Silent,
    /// A text under it is a credential if it is a user and a password in base64: `auth`.
    Encoded,
    /// A text under it is a credential if it is `user:password`, in base64 or not: `BASIC_AUTH`.
    Pair,
    /// A text under it is as often the name of a Secret, or of a key in one: `secret`, `secretKey`, `credentials`. It is
    /// a credential if it looks like one and is not made of words.
    Doubtful,
    /// A text under it is a credential if it looks like one: `bearerToken`, `apiKey`, `clientSecret`.
    Perhaps,
    /// A text under it is a credential: `adminPassword`.
    Credential,
}

impl Field {
    /// Whether a text under it is a credential.
    pub(super) fn hides(self, value: &str) -> bool {
        match self {
            Self::Silent => false,
            Self::Encoded => is_encoded_pair(value),
            Self::Pair => is_pair(value) || is_encoded_pair(value),
            Self::Doubtful => looks_random(value) && !is_of_words(value),
            Self::Perhaps => looks_random(value),
            Self::Credential => true,
        }
    }
}

/// What a name says of a user and a password in one value: `auth` of a Docker configuration, `BASIC_AUTH`. Redis
/// has a password alone, `REDIS_AUTH`.
pub(super) fn pair(name: &str) -> Field {
    let before = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    let Some((before, _)) = before.filter(|(_, last)| last.eq_ignore_ascii_case("auth")) else { return Field::Silent };
    let before = before.trim_end_matches(['_', '-', '.']).to_ascii_lowercase();
    match before.as_str() {
        _ if before.ends_with("redis") => Field::Perhaps,
        _ if before.ends_with("basic") => Field::Pair,
        _ => Field::Encoded,
    }
}

/// What a field's name says. Most are told by their last letters.
pub(super) fn field(name: &str) -> Field {
    let last = name.as_bytes().last_chunk::<2>().map(|last| last.map(|byte| byte.to_ascii_lowercase()));
    let ends = |ends: &[&str]| {
        let tail = |length: usize| name.len().checked_sub(length).and_then(|from| name.get(from..));
        ends.iter().any(|end| tail(end.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(end)))
    };
    let says = match last.as_ref().map(<[u8; 2]>::as_slice) {
        Some(b"rd") if ends(&["password"]) => Field::Credential,
        Some(b"wd") if ends(&["passwd", "pwd"]) => Field::Credential,
        Some(b"se") if ends(&["passphrase"]) => Field::Credential,
        Some(b"en") if ends(&["token"]) => Field::Perhaps,
        Some(b"et") if ends(&["clientsecret", "client_secret", "sharedsecret", "shared_secret"]) => Field::Perhaps,
        Some(b"et") if ends(&["secret"]) => Field::Doubtful,
        Some(b"ey") if ends(&["apikey", "api_key", "accesskey", "access_key", "accountkey", "account_key"]) => {
            Field::Perhaps
        }
        Some(b"ey") if ends(KEYS) => Field::Doubtful,
        Some(b"ls") if ends(&["credentials"]) => Field::Doubtful,
        Some(b"ss") if ends(&["pass"]) => Field::Perhaps,
        Some(b"ta") if ends(&["keydata", "key_data", "key-data"]) => Field::Perhaps,
        Some(b"th") => return pair(name),
        _ => return Field::Silent,
    };
    if is_sensitive(name) { says } else { Field::Silent }
}

/// Ends of fields that hold a key, or the name of one.
const KEYS: &[&str] = &[
    "encryptionkey",
    "encryption_key",
    "masterkey",
    "master_key",
    "privatekey",
    "private_key",
    "secretkey",
    "secret_key",
    "sharedkey",
    "shared_key",
    "signingkey",
    "signing_key",
];

/// Words before it that make of a key, a token or a secret another kind of thing, or the name of one.
fn is_another_kind(word: &str, before: &[&str]) -> bool {
    let any = |known: &[&str]| before.iter().any(|word| known.contains(word));
    let last = before.last().copied().unwrap_or_default();
    match word {
        "key" | "keys" => {
            const KINDS: &[&str] = &[
                "annotation",
                "feature",
                "foreign",
                "idempotency",
                "label",
                "object",
                "partition",
                "public",
                "publishable",
                "routing",
                "sort",
                "topology",
                "translation",
            ];
            // A key in a database or a cache; `AZURE_STORAGE_PRIMARY_KEY` and `SSH_HOST_KEY` are others.
            let alone = matches!(before, ["primary" | "cache" | "host"]);
            // `auth.adminPasswordKey` of a chart: under which key a Secret has the password.
            let of_a_secret = last.ends_with("password") || any(&["existing"]);
            KINDS.contains(&last) || alone || of_a_secret
        }
        "token" => any(&["max", "min", "num", "total"]),
        "tokens" => any(&[
            "cached",
            "completion",
            "input",
            "max",
            "min",
            "num",
            "number",
            "output",
            "prompt",
            "reasoning",
            "total",
            "used",
        ]),
        "secret" | "secrets" => {
            // Annotations of an Ingress, such as `auth-tls-secret`, name Secrets.
            any(&["checksum", "existing", "inject", "pull"]) || (any(&["ingress"]) && any(&["kubernetes"]))
        }
        _ => false,
    }
}

/// Whether a name is no more than `key`, which names an entry of a map more often than a credential.
pub(super) fn is_bare_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || name.eq_ignore_ascii_case("keys")
}

/// Whether a name is a word of prose as well: "invalid token: expired", "No such key: …".
pub(super) fn is_noun(name: &str) -> bool {
    const NOUNS: &[&str] = &[
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "key",
        "keys",
        "secret",
        "secrets",
        "token",
        "tokens",
    ];
    NOUNS.contains(&name.to_ascii_lowercase().as_str())
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
