//! Names that say that their value is a credential.

mod kinds;

use std::{collections::HashSet, sync::LazyLock};

use kinds::{is_another_kind, is_of_ingress};

use super::assigned::has_name;

type Words = LazyLock<HashSet<&'static str>>;

/// Words that name a credential.
static CREDENTIALS: Words = Words::new(|| {
    "accesskey accountkey aeskey apikey apikeys authkey authorization authtok consumerkey cookie credential credentials \
     contrasena creds deploykey encryptionkey encryptkey hmackey jwtkey kennwort key keys licensekey masterauth \
     masterkey passcode passphrase passwort pat presharedkey privatekey psk secretaccesskey secretkey secretkeybase senha sessionkey sharedkey \
     signingkey token tokens writekey"
        .split_whitespace()
        .collect()
});

/// Endings of words that name a credential: `dbpassword`, `clientsecrets`, `storepass`, `adminpw`.
const ENDS: &[&str] = &["pass", "passwd", "password", "passwords", "pw", "pwd", "secret", "secrets", "token"];

/// Words with such an ending that name something else.
const OTHERS: &[&str] = &[
    "bandpass",
    "bypass",
    "compass",
    "encompass",
    "firstpass",
    "highpass",
    "lowpass",
    "multipass",
    "oldpwd",
    "onepass",
    "proxypass",
    "renderpass",
    "singlepass",
    "surpass",
    "testpass",
    "trespass",
    "underpass",
];

/// Words that, after the name of a credential, make it the name of something about the credential.
static ABOUT: Words = Words::new(|| {
    "age alg algo algorithm alias annotation at audience backend bits bucket budget cache capacity changed \
     claim class consent converter count day delimiter deserializer dir domain enabled encoder encoding encryption \
     endpoint engine error exception expiration expire expires expiry file filename format from func generator hasher \
     header helper hint host hour id interval issuer kind label length lifespan lifetime limit \
     location manager max min minute mode mount mtime name namespace path pattern per policy port prefix profile \
     provider quota ref refresh regex region renew reqd request review ring rotation round rule samesite scope seconds \
     selector separator serializer site size skew source stdin store strategy strength threshold through timeout \
     ttl type uri url usage used validity vault version"
        .split_whitespace()
        .collect()
});

/// Whether a name says that its value is a credential: `DB_PASSWORD`, `apiKey`, `github-token`; not `TOKEN_URL`,
/// `secretName`, `keyId`, which name something about one. Of `example.com/token` the part after the `/` counts.
pub fn is_sensitive(name: &str) -> bool {
    // How Argo CD is told of a kind of resource, such as `….external-secrets.io_ExternalSecret`.
    let is_other = is_customization(name) || is_annotation(name);
    !is_other
        && parts(name).is_some_and(|Parts { before, word, after }| {
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            // `keys-to-sanitize`
            let is_list = word == "keys" && after.first().is_some_and(|word| word == "to");
            !is_list && !is_about(&after) && !is_digest(&word, &after) && !is_another_kind(&word, &before)
        })
}

/// `resource.customizations.health.external-secrets.io_ExternalSecret`
fn is_customization(name: &str) -> bool {
    const PARTS: &[&str] = &["actions", "health", "ignoreDifferences", "knownTypeFields", "useOpenLibs"];
    name.strip_prefix("resource.customizations.")
        .and_then(|rest| rest.split('.').next())
        .is_some_and(|part| PARTS.contains(&part))
}

/// Whether a name is that of an annotation of an Ingress, which names a Secret, a cookie or a variable. What is called
/// a password or a token may be one.
pub(super) fn is_annotation(name: &str) -> bool {
    name.rsplit_once('/').is_some_and(|(owner, own)| {
        let is_one = ["passwd", "password", "pass", "token"].iter().any(|end| own.ends_with(end));
        is_of_ingress(owner) && (own == "jwt-token" || !is_one)
    })
}

/// Whether everything below a name is a credential, whatever its own names are, as in Grafana's data sources.
pub(super) fn holds_credentials(name: &str) -> bool {
    name == "secureJsonData"
}

/// Whether the value is only the hash of a token, which gives nothing away. From the hash of a password the password
/// may be guessed.
fn is_digest(word: &str, after: &[String]) -> bool {
    let is_guessed = ["pass", "pw"].iter().any(|part| word.contains(part));
    !is_guessed && after.iter().any(|word| matches!(word.as_str(), "checksum" | "digest" | "hash" | "idhash" | "sha"))
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

/// Whether a name may be that of a password although it has a word such as `source` in it, because that is not the last
/// word: `DB_PASSWORD_SOURCE_DB`.
pub(super) fn may_be_password(name: &str) -> bool {
    has_name(name)
        && parts(name).is_some_and(|Parts { word, after, .. }| {
            word.contains("pass") && after.last().is_some_and(|last| !is_aspect(last))
        })
}

fn is_about(after: &[String]) -> bool {
    after.iter().any(|word| is_aspect(word))
}

/// Whether a word is one of [`ABOUT`], in the singular or the plural: `path`, `paths`.
fn is_aspect(word: &str) -> bool {
    ABOUT.contains(word) || word.strip_suffix('s').is_some_and(|word| ABOUT.contains(word))
}

/// Whether words follow the one that names a credential: `TokenCleaner`.
pub(super) fn is_about_one(name: &str) -> bool {
    parts(name).is_some_and(|Parts { after, .. }| !after.is_empty())
}

fn is_credential(word: &str) -> bool {
    CREDENTIALS.contains(word) || (ENDS.iter().any(|end| word.ends_with(end)) && !OTHERS.contains(&word))
}

/// Whether a name below the name of a credential stands for something beside the credential:
/// `secrets: [{ name, mountPath }]`, `secretKeys: { adminPasswordKey }`.
pub(super) fn is_beside(name: &str) -> bool {
    matches!(name, "name" | "namespace" | "mountPath" | "path" | "subPath")
        || parts(name).is_some_and(|Parts { before, word, after }| {
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            is_about(&after)
                || (word == "key" && before.last().is_some_and(|word| word.ends_with("password")))
                || (word.starts_with("secret") && is_another_kind(&word, &before))
        })
}

/// Whether a name below the name of credentials says whose they are: `credentials: { url, username, password }`. In a
/// map of passwords, it may be the name of a password.
pub(super) fn is_owner(name: &str) -> bool {
    matches!(name, "email" | "url" | "userID" | "userName" | "username")
}

/// Whether a name below the name of a credential is that of a setting: `privateKey: { algorithm, rotationPolicy }`. A
/// name such as `backend` may also say whose the credential is: `tokens: { backend: … }`.
pub(super) fn is_setting(name: &str) -> bool {
    /// Words that are as often the name of the component that the credential is for.
    const OWNERS: &[&str] = &[
        "backend",
        "bucket",
        "cache",
        "endpoint",
        "engine",
        "file",
        "generator",
        "helper",
        "host",
        "id",
        "manager",
        "profile",
        "refresh",
        "source",
        "store",
        "vault",
    ];
    let is_told = |last: &String| is_aspect(last) && !OWNERS.contains(&last.as_str());
    words(name).last().is_some_and(is_told)
}

/// Whether a name is that of a password. People make passwords of words, unlike tokens.
pub(super) fn is_of_password(name: &str) -> bool {
    parts(name).is_some_and(|Parts { word, .. }| word.contains("pass") || word.contains("pw"))
}

/// Whether a name is just `key`, which is more often the name of an entry in a map than a credential.
pub(super) fn is_bare_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || name.eq_ignore_ascii_case("keys")
}

/// Whether a name is also a word of prose: "invalid token: expired", "No such key: …", "list *v1.Secret: …".
pub(super) fn is_noun(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default();
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

/// The words of a name: `dbPassword`, `DB_PASSWORD2` and `db-password` all give `db`, `password`.
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
