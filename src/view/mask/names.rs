//! Names that say that their value is a credential.

use std::{collections::HashSet, sync::LazyLock};

type Words = LazyLock<HashSet<&'static str>>;

/// Words that name a credential.
static CREDENTIALS: Words = Words::new(|| {
    "accesskey accountkey apikey apikeys authorization consumerkey cookie credential credentials creds dbpass \
     encryptionkey key keys pass passcode passphrase pat pgpass privatekey pw pwd requirepass rootpw secretkey \
     secretkeybase signingkey sshpass token tokens"
        .split_whitespace()
        .collect()
});

/// Ends of words that name one: `dbpassword`, `clientsecrets`.
const ENDS: &[&str] = &["passwd", "password", "passwords", "secret", "secrets", "token"];

/// Words that, after it, make of it the name of something about a credential.
static ABOUT: Words = Words::new(|| {
    "age algorithm audience cache class count deserializer dir domain enabled endpoint expiration expires expiry file \
     format from header host id issuer kind length limit max min mode mount name names namespace namespaces path per \
     policy port prefix provider ref refs rotation serializer size store timeout ttl type uri url usage version"
        .split_whitespace()
        .collect()
});

/// Whether a name says that its value is a credential: `DB_PASSWORD`, `apiKey`, `github-token`; not `TOKEN_URL`,
/// `secretName`, `keyId`, which name something about one. Of `example.com/token` the part after the `/` counts.
pub fn is_sensitive(name: &str) -> bool {
    let (owner, own) = name.rsplit_once('/').unwrap_or(("", name));
    let (owner, own) = (words(owner), words(own));
    let is_credential =
        |word: &String| CREDENTIALS.contains(word.as_str()) || ENDS.iter().any(|end| word.ends_with(end));
    let Some(last) = own.iter().rposition(is_credential) else { return false };
    let (before, after) = own.split_at(last);
    let Some((word, after)) = after.split_first() else { return false };
    let before: Vec<&str> = owner.iter().chain(before).map(String::as_str).collect();
    !after.iter().any(|word| ABOUT.contains(word.as_str())) && !is_another_kind(word, &before)
}

/// What the name of a field says that a kind of resource defines, as opposed to one that people chose.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Field {
    /// Nothing: `secret`, `secretKey` and `key` are names of something else there.
    Silent,
    /// A text under it is a credential if it looks like one: `bearerToken`, `apiKey`, `clientSecret`.
    Perhaps,
    /// A text under it is a credential: `adminPassword`.
    Credential,
}

/// What a field's name says. Most are told by their last letters.
pub(super) fn field(name: &str) -> Field {
    let last = name.as_bytes().last_chunk::<2>().map(|last| last.map(|byte| byte.to_ascii_lowercase()));
    let (says, ends): (Field, &[&str]) = match last.as_ref().map(<[u8; 2]>::as_slice) {
        Some(b"rd") => (Field::Credential, &["password"]),
        Some(b"wd") => (Field::Credential, &["passwd", "pwd"]),
        Some(b"se") => (Field::Credential, &["passphrase"]),
        Some(b"en") => (Field::Perhaps, &["token"]),
        Some(b"et") => (Field::Perhaps, &["clientsecret", "client_secret", "sharedsecret", "shared_secret"]),
        Some(b"ey") => (Field::Perhaps, &["apikey", "api_key", "accesskey", "access_key", "accountkey", "account_key"]),
        _ => return Field::Silent,
    };
    let tail = |length: usize| name.len().checked_sub(length).and_then(|from| name.get(from..));
    let ends_so = ends.iter().any(|end| tail(end.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(end)));
    if ends_so && is_sensitive(name) { says } else { Field::Silent }
}

/// Words before it that make of a key, a token or a secret another kind of thing, or the name of one.
fn is_another_kind(word: &str, before: &[&str]) -> bool {
    let any = |known: &[&str]| before.iter().any(|word| known.contains(word));
    let last = before.last().copied().unwrap_or_default();
    match word {
        "key" | "keys" => {
            const KINDS: &[&str] = &[
                "annotation",
                "foreign",
                "idempotency",
                "label",
                "partition",
                "public",
                "publishable",
                "routing",
                "sort",
                "topology",
            ];
            // A key in a database or a cache; `AZURE_STORAGE_PRIMARY_KEY` and `SSH_HOST_KEY` are others.
            let alone = matches!(before, ["primary" | "cache" | "host"]);
            // `auth.adminPasswordKey` of a chart: under which key a Secret has the password.
            let of_a_secret = last.ends_with("password") || any(&["existing"]);
            KINDS.contains(&last) || alone || of_a_secret
        }
        "token" => any(&["max", "min", "num", "total"]),
        "tokens" => any(&["completion", "input", "max", "min", "num", "number", "output", "prompt", "total", "used"]),
        "secret" | "secrets" => any(&["checksum", "existing", "inject", "pull"]),
        _ => false,
    }
}

/// Whether a name is no more than `key`, which names an entry of a map more often than a credential.
pub(super) fn is_bare_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || name.eq_ignore_ascii_case("keys")
}

/// At least eight characters, letters and digits.
pub(super) fn looks_random(value: &str) -> bool {
    let has = |class: fn(&u8) -> bool| value.bytes().any(|byte| class(&byte));
    value.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
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

/// Values that nobody uses as a credential: switches, versions, files, references, the name of a scheme before the
/// credential, and what Argo CD puts in the place of one.
pub(super) fn is_harmless(value: &str) -> bool {
    const WORDS: &[&str] = &["", "true", "false", "null", "none", "enabled", "disabled", "bearer", "basic"];
    let value = value.trim();
    if is_file(value) || is_reference(value) || value.bytes().all(|byte| byte == b'+') {
        return true;
    }
    let value = value.to_ascii_lowercase();
    let version = value.strip_prefix('v').unwrap_or(&value);
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() < 5 && part.bytes().all(|byte| byte.is_ascii_digit());
    WORDS.contains(&value.as_str()) || (numbers.len() > 1 && numbers.iter().all(is_number))
}

/// `/etc/tls/tls.key`; what begins with a `/` by chance hardly goes on with a word of small letters and another `/`.
fn is_file(value: &str) -> bool {
    let Some((folder, rest)) = value.strip_prefix('/').and_then(|path| path.split_once('/')) else { return false };
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    folder.len() >= 3
        && folder.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest.split('/').all(|name| name.len() <= 63 && name.chars().all(part))
}

/// `$(NAME)`, `${NAME}`: the credential stands elsewhere.
fn is_reference(value: &str) -> bool {
    let inner = |open, close| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    inner("$(", ")").or_else(|| inner("${", "}")).is_some_and(name)
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
