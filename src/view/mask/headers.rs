//! Headers of HTTP in a text: what follows the scheme of an `Authorization`, and the pairs of a `Cookie`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{MARK, mark, replace, values::looks_random, whole};

/// What may stand between the name of a header and its value.
const SIGN: &str = r#"\\?["']?[ \t]*[:=][ \t]*\\?["']?"#;

static AUTHORIZATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const VALUE: &str = r"(?<scheme>[A-Za-z][A-Za-z0-9_-]*)[ +]+(?<secret>[A-Za-z0-9._~+/=:-]{4,})";
    // In nginx a space separates name and value: `proxy_set_header Authorization "Basic …"`.
    Regex::new(&format!(r#"(?i)\bauthorization(?:{SIGN}|[ \t]+["']){VALUE}"#)).ok()
});

static COOKIE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const PAIR: &str = r#"[A-Za-z0-9_.-]+=[^;\s"'\\]*"#;
    Regex::new(&format!(r"(?i)\b(?:set-)?cookie{SIGN}(?<pairs>{PAIR}(?:;[ ]*{PAIR})*)")).ok()
});

/// Schemes that are followed by a credential, whatever it looks like.
const SCHEMES: &[&str] = &["apikey", "basic", "bearer", "negotiate", "token"];

/// Whether a word is the scheme of a credential that follows it.
pub(super) fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// Words that follow a scheme in prose: "authorization: basic authentication failed".
const PROSE: &[&str] =
    &["auth", "authentication", "authorization", "credential", "credentials", "header", "realm", "scheme", "token"];

/// Attributes that a server sets for a cookie; they are not part of its value.
const ATTRIBUTES: &[&str] = &["domain", "expires", "max-age", "path", "samesite"];

/// Masks the credentials of headers.
pub(super) fn mask(text: &str) -> String {
    let authorization = |found: &Captures<'_>| {
        let part = |group: &str| found.name(group).map_or("", |part| part.as_str());
        let (scheme, secret) = (part("scheme").to_ascii_lowercase(), part("secret"));
        let known = SCHEMES.contains(&scheme.as_str()) && !PROSE.contains(&secret.to_ascii_lowercase().as_str());
        if known || looks_random(secret) { replace(found, "secret") } else { whole(found) }
    };
    let cookie = |found: &Captures<'_>| {
        let pairs = found.name("pairs").map_or("", |pairs| pairs.as_str());
        let head = whole(found);
        let head = head.strip_suffix(pairs).unwrap_or_default();
        let pairs: Vec<String> = pairs.split(';').map(pair).collect();
        format!("{head}{}", pairs.join(";"))
    };
    let (Some(first), Some(second)) = (&*AUTHORIZATION, &*COOKIE) else { return mark(text) };
    second.replace_all(&first.replace_all(text, authorization), cookie).into_owned()
}

fn pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.contains(MARK) && !is_attribute(name) => format!("{name}={}", mark(value)),
        _ => pair.to_owned(),
    }
}

fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.contains(&name.trim().to_ascii_lowercase().as_str())
}
