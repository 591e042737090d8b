//! Names of credentials in messages of programs, where the words after such a name are not its value.

use super::extent::Before;
use crate::view::mask::{
    names::{is_about_one, is_sensitive},
    values::looks_random,
};

/// Bytes of a sentence that are looked at. A text may have many names, so how far each looks back is limited.
const LONGEST: usize = 160;

/// Whether a value is part of a message about a credential: of a logger's message, of an inner error, of an error about
/// a file. The text before the name and after the value tells. A value that looks generated is never taken for a
/// message.
pub(super) fn is_said_of(before: &Before<'_>, value: &str, after: &str) -> bool {
    let Before { text, name, sign, .. } = *before;
    let word = value.trim_matches(['"', '\'', '(', '[', '`']);
    if sign.trim() != ":" || before.begins() || (looks_random(word) && !is_package(word, after)) {
        return false;
    }
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let is_word = !has_digit || is_package(word, after);
    let near = text.get(text.ceil_char_boundary(text.len().saturating_sub(LONGEST))..).unwrap_or_default();
    let line = near.rsplit('\n').next().unwrap_or_default();
    let is_sentence = is_word && goes_on(after);
    let is_error = word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && ["Error", "Exception"].iter().any(|end| word.len() > end.len() && word.ends_with(end));
    let is_logged = is_of_python(line, name, sign) || (sign.ends_with(' ') && is_logger(name, sign));
    (is_logged && (is_sentence || is_error))
        || (is_sentence && sign.ends_with(' ') && (is_file(name) || is_class(name) || fails(line)))
        || (sign.ends_with(' ') && is_of_shell(name, word, after))
}

/// Whether the message goes on after a word: with an inner error, or with another word that has no value of its own.
fn goes_on(after: &str) -> bool {
    /// Words that follow a value about which something is said: `hunter is too weak`.
    const JUDGED: &[&str] = &[
        "does",
        "expired",
        "expires",
        "failed",
        "for",
        "has",
        "incorrect",
        "invalid",
        "is",
        "to",
        "too",
        "was",
        "wrong",
    ];
    let (inner, more) = after.strip_prefix(':').map_or((false, after), |more| (true, more));
    let word = more.split_whitespace().next().unwrap_or_default();
    let is_word = |word: &str| word.starts_with(|c: char| c.is_alphanumeric() || "\"'`(/[<-".contains(c));
    let is_pair = word.contains('=') || (word.ends_with(':') && word.starts_with(|c: char| c.is_ascii_uppercase()));
    let is_judged = !inner && JUDGED.contains(&word.trim_end_matches([',', '.', ';']).to_ascii_lowercase().as_str());
    more.starts_with(' ') && !is_judged && (inner || (is_word(word) && !is_pair))
}

/// Whether a word is a package with a digit in its name, at the beginning of an error: `x509: certificate signed by …`.
fn is_package(word: &str, after: &str) -> bool {
    const PACKAGES: &[&str] =
        &["asn1", "base32", "base64", "ed25519", "http2", "k8s", "oauth2", "pkcs12", "pkcs8", "s3", "x509"];
    after.starts_with(':') && PACKAGES.contains(&word)
}

/// `WARNING:shop.auth.password:`, as Python's loggers write it.
fn is_of_python(line: &str, name: &str, sign: &str) -> bool {
    const LEVELS: &[&str] = &["CRITICAL", "DEBUG", "ERROR", "INFO", "WARNING"];
    let level = line.strip_suffix(':').and_then(|line| line.rsplit([' ', '\t']).next());
    sign == ":" && name.contains('.') && level.is_some_and(|level| LEVELS.contains(&level))
}

/// `c.s.u.service.ApiKeyService        : `, `Shop.Auth.PasswordHasher: `.
fn is_logger(name: &str, sign: &str) -> bool {
    is_class(name) && (name.contains('.') || sign.starts_with(' '))
}

/// Whether the last part of a name is a class, `TokenCleaner`, or a method, `GetSecret`. It is in camel case, and
/// either another word follows the credential, or the first word is a verb.
fn is_class(name: &str) -> bool {
    const VERBS: &[&str] =
        &["create", "delete", "fetch", "find", "get", "list", "load", "parse", "read", "update", "validate", "verify"];
    let last = name.rsplit(['.', '/', '#']).next().unwrap_or_default();
    let is_camel = last.bytes().all(|byte| byte.is_ascii_alphabetic())
        && last.get(1..).is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_uppercase()))
        && last.bytes().any(|byte| byte.is_ascii_lowercase());
    let first = last.find(|c: char| c.is_ascii_uppercase()).filter(|at| *at > 0).unwrap_or_else(|| {
        last.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase()).map_or(last.len(), |(at, _)| at)
    });
    let verb = last.get(..first).unwrap_or_default().to_ascii_lowercase();
    // Classes and fields that hold a value: `SecretString`, `PasswordPlaintext`.
    const HOLDERS: &[&str] = &["Current", "Field", "Plain", "Plaintext", "Raw", "String", "Text", "Value"];
    let is_holder = HOLDERS.iter().any(|end| last.ends_with(end));
    is_camel && !is_holder && (is_about_one(last) || VERBS.contains(&verb.as_str()))
}

/// `error loading /app/config/secrets.yaml: `
fn is_file(name: &str) -> bool {
    const ENDINGS: &[&str] = &[".conf", ".env", ".json", ".properties", ".tf", ".toml", ".tpl", ".yaml", ".yml"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether the words before a name say that the credential could not be fetched: `failed to get`, `Error retrieving`,
/// `could not load db`. After other verbs, as in `failed to validate`, the credential itself may follow.
fn fails(line: &str) -> bool {
    const FAILING: &[&str] =
        &["can't", "cannot", "could not", "couldn't", "error", "failed to", "failure", "unable to"];
    const FETCHING: &[&str] = &[
        "fetch",
        "fetching",
        "find",
        "finding",
        "get",
        "getting",
        "list",
        "listing",
        "load",
        "loading",
        "read",
        "reading",
        "retrieve",
        "retrieving",
    ];
    const OTHERS: &[&str] =
        &["as", "bad", "by", "incorrect", "invalid", "is", "temporary", "using", "was", "with", "wrong", "your"];
    const MOST: usize = 4;
    let clause = line.rsplit([':', ';', '=', ',', '{', '[', '(', '|']).next().unwrap_or_default().to_ascii_lowercase();
    let begin = FAILING.iter().filter_map(|words| clause.find(words).map(|at| at + words.len())).max();
    let rest = begin.and_then(|begin| clause.get(begin..)).filter(|rest| rest.starts_with(' ')).unwrap_or_default();
    let words: Vec<&str> = rest.split_whitespace().collect();
    words.first().is_some_and(|verb| FETCHING.contains(verb))
        && words.len() <= MOST
        && !words.iter().any(|word| OTHERS.contains(word))
}

/// Whether a shell reports a variable that is not set: `/entrypoint.sh: line 12: DB_PASSWORD: Please set DB_PASSWORD`.
/// The message repeats the name of the variable, or says that it is not set.
fn is_of_shell(name: &str, word: &str, after: &str) -> bool {
    let sentence =
        after.get(..after.floor_char_boundary(LONGEST)).unwrap_or_default().lines().next().unwrap_or_default();
    let is_repeated = sentence.split([' ', '"', '\'', '`', '.', '$']).any(|word| word == name);
    let is_unset = match word {
        "parameter" => sentence.starts_with(" null or not set") || sentence.starts_with(" not set"),
        "unbound" => sentence.starts_with(" variable"),
        "variable" => sentence.starts_with(" not set"),
        _ => false,
    };
    let is_word = !word.bytes().any(|byte| byte.is_ascii_digit());
    is_sensitive(name) && (is_unset || (is_word && goes_on(after) && is_repeated))
}
