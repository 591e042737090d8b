//! Credentials in what others wrote: replaced by a mark that tells equal values from different ones, nothing else.
//!
//! Two rules. A text that has the form of a credential (a known token format, a JWT, a private key, a password in a
//! URL) is masked wherever it stands. A value under a name that says so (`DB_PASSWORD`, `apiKey`) is masked where names
//! are chosen by people: Secrets, ConfigMaps, environment variables, helm values, annotations, `name=value` in texts.

mod assigned;
mod names;

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use regex::{Captures, Regex, RegexSet};
use serde_json::{Map, Value};

use names::is_harmless;
pub use names::is_sensitive;

/// Keyed anew in every process: a mark can be compared, not looked up.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Formats that are credentials whatever they are called; what is masked is the group `secret`, or all of it.
const FORMATS: &[&str] = &[
    // GitHub, GitLab, Slack (tokens and webhooks), Docker, npm, PyPI.
    r"\bgh[pousr]_[A-Za-z0-9]{20,}\b",
    r"\bgithub_pat_[A-Za-z0-9_]{20,}\b",
    r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_-]{16,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bhooks\.slack\.com/services/(?<secret>[A-Za-z0-9/]{20,})",
    r"\bdckr_pat_[A-Za-z0-9_-]{20,}",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-AgE[A-Za-z0-9_-]{20,}",
    // AWS, Google, Azure, DigitalOcean, Stripe, SendGrid, Vault, OpenAI and Anthropic, Hugging Face.
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_-]{20,}",
    r"\b[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    r"\bdo[opr]_v1_[a-f0-9]{64}\b",
    r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"\bhv[bsr]\.[A-Za-z0-9_-]{20,}",
    r"\bsk-[A-Za-z0-9_-]*[A-Z][A-Za-z0-9_-]{12,}",
    r"\bhf_[A-Za-z0-9]{30,}",
    // RFC 7519: three parts, the first a JSON object.
    r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    r#"[a-z][a-z0-9+.-]*://[^\s/:@"']*:(?<secret>[^\s/@"']+)@"#,
    r#"https?://(?<secret>[^\s/:@"']{16,})@"#,
    r"(?i)\b(?:bearer|basic)[ +](?<secret>[A-Za-z._~+/=-]*[0-9=][A-Za-z0-9._~+/=-]{7,})",
];

/// All formats at once, to pass most texts in one go, and each. A pattern that does not compile fails the tests.
static COMPILED: LazyLock<(RegexSet, Vec<Regex>)> = LazyLock::new(|| {
    let each = FORMATS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
    (RegexSet::new(FORMATS).unwrap_or_default(), each)
});

/// The mark for a value.
pub fn mark(value: &str) -> String {
    format!("\u{ab}masked {:04x}\u{bb}", KEY.hash_one(value) & 0xffff)
}

/// Whether a text holds a mark: such a text must not be written back.
pub fn has_mark(text: &str) -> bool {
    text.contains("\u{ab}masked ")
}

/// Masks what has the form of a credential.
pub fn formats(text: &str) -> String {
    let (all, each) = &*COMPILED;
    let mut masked = text.to_owned();
    for format in all.matches(text).into_iter().filter_map(|index| each.get(index)) {
        masked = format.replace_all(&masked, |found: &Captures<'_>| replace(found, "secret")).into_owned();
    }
    masked
}

/// Masks credentials in a text that others wrote: by form, and by name in `name=value`.
pub fn text(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { assigned::mask(&formats(text)) }
}

/// Most texts of an answer are names, kinds, labels and revisions, which are told from credentials without a regular
/// expression: too short for any, or of letters that only few formats are content with.
fn is_plain(text: &str) -> bool {
    /// Bytes of the shortest credential that stands without `:` and `=`: `basic 1234567x`, `eyJ…….….`.
    const SHORTEST: usize = 14;
    /// How those begin that may be all lower case.
    const LOWER: &[&str] = &["gl", "hv", "xox", "ya29."];
    let short = || text.len() < SHORTEST && !text.contains([':', '=']) && !text.contains("--");
    let lower = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    short() || (text.bytes().all(lower) && !LOWER.iter().any(|begin| text.contains(begin)))
}

fn replace(found: &Captures<'_>, group: &str) -> String {
    let Some(whole) = found.get(0) else { return String::new() };
    match found.name(group) {
        Some(secret) => {
            let (from, to) = (secret.start() - whole.start(), secret.end() - whole.start());
            let text = whole.as_str();
            let keep = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
            format!("{}{}{}", keep(0..from), mark(secret.as_str()), keep(to..text.len()))
        }
        None => mark(whole.as_str()),
    }
}

/// Masks credentials in a value: by form everywhere, by name where names are chosen by people.
pub fn value(at: &mut Value) {
    walk(at, false);
}

/// Keys below which names are chosen by people.
const CHOSEN: &[&str] = &["annotations", "binaryData", "data", "stringData", "values", "valuesObject"];

fn walk(at: &mut Value, chosen: bool) {
    match at {
        Value::String(string) => mask_string(string),
        Value::Array(list) => walk_list(list, chosen),
        Value::Object(map) => walk_map(map, chosen),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `["--password", "…"]` of a command names the next item.
fn walk_list(list: &mut [Value], chosen: bool) {
    let mut named = false;
    for item in list {
        if named && item.is_string() {
            mask_all(item);
        } else {
            walk(item, chosen);
        }
        let flag = item.as_str().and_then(|text| text.strip_prefix("--"));
        named = flag.is_some_and(|flag| !flag.contains('=') && is_sensitive(flag));
    }
}

fn walk_map(map: &mut Map<String, Value>, chosen: bool) {
    let secret = map.get("kind").and_then(Value::as_str) == Some("Secret");
    let named = map.get("name").and_then(Value::as_str).is_some_and(is_sensitive);
    for (key, child) in map.iter_mut() {
        let everything = (secret && matches!(key.as_str(), "data" | "stringData")) || (named && key == "value");
        if everything || (chosen && is_sensitive(key)) {
            mask_all(child);
        } else {
            walk(child, chosen || CHOSEN.contains(&key.as_str()));
        }
    }
}

/// Masks every scalar: what stands under a name that says so.
fn mask_all(at: &mut Value) {
    match at {
        Value::String(string) if is_harmless(string) || has_mark(string) => {}
        Value::String(string) => *string = mark(string),
        Value::Number(number) => *at = Value::String(mark(&number.to_string())),
        Value::Array(list) => list.iter_mut().for_each(mask_all),
        Value::Object(map) => map.values_mut().for_each(mask_all),
        Value::Null | Value::Bool(_) => {}
    }
}

/// JSON in a string (a manifest, an annotation with the last applied one) is masked as what it is.
fn mask_string(string: &mut String) {
    if string.starts_with('{')
        && let Ok(mut inner @ Value::Object(_)) = serde_json::from_str(string)
    {
        let before = inner.clone();
        walk(&mut inner, false);
        if inner != before {
            *string = inner.to_string();
        }
        return;
    }
    let masked = text(string);
    if masked != *string {
        *string = masked;
    }
}
