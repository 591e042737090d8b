//! What the name of a field says about its value, for fields that a kind of resource defines, and for fields that hold
//! a user and a password in one value.

use super::{
    names::{is_annotation, is_sensitive, may_be_password},
    values::{is_encoded_pair, is_login, is_of_words, is_pair, looks_random},
};

/// What the name of a field says about its value. The field is defined by a kind of resource; people did not choose it.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Field {
    /// Nothing: there, `key` is the name of something else.
    #[default]
    Silent,
    /// The value is a credential if it is a user and a password in base64, or a user with a password that looks
    /// generated: `auth`.
    Login,
    /// The value is a credential if it is `user:password`, in base64 or not: `BASIC_AUTH`.
    Pair,
    /// The value is as often the name of a Secret, or of a key in a Secret: `secret`, `secretKey`, `credentials`. It is
    /// a credential if it looks generated and is not made of words.
    Doubtful,
    /// The value is a credential if it looks generated and is a single word, not a call, an address or a choice:
    /// `Authorization`, the item after a name in a list. A credential after a scheme is known by its form.
    Word,
    /// The value is a credential if it looks generated: `bearerToken`, `apiKey`, `clientSecret`.
    Perhaps,
    /// The value is a credential: `adminPassword`.
    Credential,
    /// The word after this one is a credential, unless it is itself a flag: `--password`.
    Argument,
}

impl Field {
    /// Whether a value under such a name is a credential.
    pub(super) fn hides(self, value: &str) -> bool {
        match self {
            Self::Silent => false,
            Self::Login => is_encoded_pair(value) || is_login(value),
            Self::Pair => is_pair(value) || is_encoded_pair(value),
            Self::Word => {
                let is_word = !value.contains(char::is_whitespace);
                let is_address = value.contains("://") || value.starts_with("urn:");
                looks_random(value) && is_word && !is_call(value) && !is_address && !is_of_words(value)
            }
            Self::Doubtful => looks_random(value) && !is_of_words(value),
            Self::Perhaps => looks_random(value),
            Self::Credential => true,
            Self::Argument => !value.starts_with('-'),
        }
    }
}

/// Whether a value is a call, a type or a list of rules, all of which begin with a word: `varchar(255)`,
/// `required|min:8`, `Str::random(40)`.
fn is_call(value: &str) -> bool {
    let word = value.split(['(', '|', ':']).next().unwrap_or_default();
    value.contains(['(', '|']) && word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// What a name says that may have a user and a password in one value: `auth` of a Docker configuration, `BASIC_AUTH`.
/// The value of `REDIS_AUTH` is just a password.
pub(super) fn pair(name: &str) -> Field {
    // Credentials of Vault's AppRole and of PagerDuty; elsewhere these names stand for something else.
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    // These name a Secret, resources from which an operator makes one, or a field in the lines of a log.
    let is_name = || {
        const NAMES: &[&str] = &[
            "callerkey",
            "eventkey",
            "externalsecret",
            "externalsecrets",
            "levelkey",
            "matchkey",
            "namekey",
            "sealedsecret",
            "sealedsecrets",
            "stacktracekey",
            "timekey",
        ];
        let is_of = |kind: &str| {
            name.len() > 5 && name.len() <= kind.len() + 2 && {
                let letters = name.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase());
                letters.eq(kind.bytes())
            }
        };
        NAMES.iter().any(|kind| is_of(kind))
    };
    if is_annotation(name) || is_name() {
        return Field::Doubtful;
    }
    if ends_with(name, &["secret_id", "secret-id", "secretid"])
        || is("routing_key")
        || is("routing-key")
        || may_be_password(name)
    {
        return Field::Doubtful;
    }
    let before = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    let Some((before, _)) = before.filter(|(_, last)| last.eq_ignore_ascii_case("auth")) else { return Field::Silent };
    let before = before.trim_end_matches(['_', '-', '.']).to_ascii_lowercase();
    match before.as_str() {
        _ if before.ends_with("redis") || before.ends_with("rediscli") => Field::Perhaps,
        _ if before.ends_with("basic") || before.ends_with("neo4j") => Field::Pair,
        _ => Field::Login,
    }
}

/// Whether a name has one of these endings, in upper or lower case. This runs for every key, so nothing is copied.
fn ends_with(name: &str, ends: &[&str]) -> bool {
    let tail = |length: usize| name.len().checked_sub(length).and_then(|from| name.get(from..));
    ends.iter().any(|end| tail(end.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(end)))
}

/// What a field's name says. The last two letters already rule out most names.
pub(super) fn field(name: &str) -> Field {
    let last = name.as_bytes().last_chunk::<2>().map(|last| last.map(|byte| byte.to_ascii_lowercase()));
    let ends = |ends: &[&str]| ends_with(name, ends);
    let says = match last.as_ref().map(<[u8; 2]>::as_slice) {
        Some(b"rd") if ends(&["password"]) => Field::Credential,
        Some(b"wd") if ends(&["passwd", "pwd"]) => Field::Credential,
        Some(b"se") if ends(&["passphrase"]) => Field::Credential,
        Some(b"en") if ends(&["token"]) => Field::Perhaps,
        Some(b"et") if ends(&["clientsecret", "client_secret", "sharedsecret", "shared_secret"]) => Field::Perhaps,
        Some(b"et") if ends(&["secret"]) => Field::Doubtful,
        Some(b"ey") if ends(API_KEYS) => Field::Perhaps,
        Some(b"ey") if ends(KEYS) => Field::Doubtful,
        Some(b"ey") if ends(&["routing_key", "routing-key"]) => return pair(name),
        Some(b"al" | b"ls") if ends(&["credential", "credentials"]) => Field::Doubtful,
        Some(b"ie") if ends(&["cookie"]) => Field::Perhaps,
        Some(b"on") if ends(&["authorization"]) => Field::Word,
        Some(b"ds") if ends(&["passwords"]) => Field::Credential,
        Some(b"de") if ends(&["passcode"]) => Field::Credential,
        Some(b"ys") if ends(&["apikeys", "api_keys", "api-keys"]) => Field::Perhaps,
        Some(b"pw") if ends(&["bindpw", "bind_pw"]) => Field::Perhaps,
        Some(b"pw") => Field::Credential,
        Some(b"sk") if ends(&["psk"]) => Field::Perhaps,
        Some(b"at") if ends(&["pat"]) => Field::Perhaps,
        // `pass` alone may also be the result of a test.
        Some(b"ss") if name.len() > "pass".len() && ends(&["pass"]) => Field::Credential,
        Some(b"ss") if ends(&["pass"]) => Field::Perhaps,
        Some(b"ta") if ends(&["keydata", "key_data", "key-data"]) => Field::Perhaps,
        Some(b"th" | b"id") => return pair(name),
        _ => return Field::Silent,
    };
    if is_sensitive(name) { says } else { Field::Silent }
}

/// Ends of fields that hold a key of an API.
const API_KEYS: &[&str] = &[
    "accesskey",
    "access_key",
    "access-key",
    "accountkey",
    "account_key",
    "account-key",
    "apikey",
    "api_key",
    "api-key",
    "auth-key",
    "subscription-key",
];

/// Ends of fields that hold a key, or the name of one.
const KEYS: &[&str] = &[
    "authkey",
    "auth_key",
    "encryptionkey",
    "encryption_key",
    "integrationkey",
    "integration_key",
    "licensekey",
    "license_key",
    "masterkey",
    "master_key",
    "privatekey",
    "private_key",
    "secretkey",
    "secret_key",
    "sessionkey",
    "session_key",
    "sharedkey",
    "shared_key",
    "signingkey",
    "signing_key",
];
