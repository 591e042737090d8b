//! Credentials in what others wrote are replaced by a mark. Equal values have equal marks; a mark tells nothing else.
//!
//! Two rules. A text that has the form of a credential (a known token format, a JWT, a private key, a password in a
//! URL) is masked wherever it stands. A value under a name that says so (`DB_PASSWORD`, `apiKey`) is masked where names
//! are chosen by people: Secrets, ConfigMaps, environment variables, helm values, annotations, `name=value` in texts.

mod assigned;
mod below;
mod embedded;
mod fields;
mod formats;
mod headers;
mod helm;
mod json;
mod lines;
mod names;
mod printed;
mod secrets;
mod sections;
mod sql;
mod values;

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use regex::Captures;
use serde_json::Value;

use lines::by_lines;
pub use lines::lines;
pub use names::is_sensitive;

/// A new key in every process: marks can be compared with each other, but not looked up in a list.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// How a mark begins.
const MARK: &str = "\u{ab}masked";
/// How a mark ends.
const MARK_END: char = '\u{bb}';

/// The mark for a value.
pub fn mark(value: &str) -> String {
    format!("{MARK} {:04x}\u{bb}", KEY.hash_one(value) & 0xffff)
}

/// Whether a text holds a mark: such a text must not be written back.
pub fn has_mark(text: &str) -> bool {
    text.contains("\u{ab}masked ")
}

/// Whether a text is a mark and nothing else.
fn is_mark(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(MARK) && text.find(MARK_END).is_some_and(|end| end + MARK_END.len_utf8() == text.len())
}

/// Masks credentials in a text that others wrote: by form, and by name in `name=value`. JSON is masked as such.
pub fn text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if let Some(masked) = json::inside(text, 0) {
        return if masked.changed { masked.text } else { text.to_owned() };
    }
    around(text, 0)
}

/// Masks a text that is not JSON as a whole. JSON inside it is masked as JSON.
fn around(text: &str, depth: u8) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    embedded::mask(text, depth).unwrap_or_else(|| named(text))
}

/// Masks a text that holds no JSON.
fn flat(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { named(text) }
}

/// Masks by form and by name.
fn named(text: &str) -> String {
    assigned::mask(&headers::mask(&formats::mask(&sections::mask(&sql::mask(&helm::mask(&printed::mask(text)))))))
}

/// Whether nothing in a text hints at a credential. So it is with most texts of an answer: names, kinds, labels,
/// revisions.
fn is_plain(text: &str) -> bool {
    /// Bytes of the shortest credential that stands without `:` and `=`: `passwd 1234`, `basic 1234567x`.
    const SHORTEST: usize = 11;
    let has_sign = assigned::has_sign(text);
    (text.len() < SHORTEST && !has_sign) || !(formats::possible(text) || (has_sign && assigned::has_name(text)))
}

/// The match as it is.
fn whole(found: &Captures<'_>) -> String {
    found.get(0).map_or("", |whole| whole.as_str()).to_owned()
}

fn replace(found: &Captures<'_>, group: &str) -> String {
    let Some(whole) = found.get(0) else { return String::new() };
    match found.name(group) {
        // A text may be masked twice.
        Some(secret) if secret.as_str().starts_with(MARK) => whole.as_str().to_owned(),
        Some(secret) => {
            let (from, to) = (secret.start() - whole.start(), secret.end() - whole.start());
            let text = whole.as_str();
            let keep = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
            format!("{}{}{}", keep(0..from), mark(secret.as_str()), keep(to..text.len()))
        }
        None => mark(whole.as_str()),
    }
}

/// Masks credentials in JSON, by form everywhere and by name where people choose the names, and removes invisible
/// characters. Everything else stays as it is, except for spaces between the parts.
///
/// # Errors
/// The text is not JSON, or breaks off.
pub fn json(text: &str) -> Result<String, serde_json::Error> {
    json::mask(text).map(|masked| masked.text)
}

/// Masks credentials in a value, as [`json`] does in a text.
pub fn value(at: &mut Value) {
    // This cannot fail: a value is always valid JSON, masked or not.
    *at = json(&at.to_string()).and_then(|masked| masked.parse()).unwrap_or_default();
}
