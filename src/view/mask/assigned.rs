//! Values that stand beside their names in a text: `name=value`, `name: value`, `--name value`, `<name>value</name>`.

mod extent;
mod head;
mod heads;
mod prose;
mod quotes;
mod value;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use head::Head;
use heads::HEADS;
use quotes::Quotes;
use regex::Regex;
use value::Value;
pub(super) use value::is_marked;

use super::{
    fields::Field,
    mark,
    names::{is_bare_key, is_sensitive},
    values::{is_elsewhere, is_something_else},
};

/// Every name of a credential contains one of these, in upper or lower case. The sections in brackets list users and
/// their passwords.
const PARTS: &[&str] = &[
    "[admins]",
    "[users]",
    "auth",
    "contrasena",
    "cookie",
    "cred",
    "kennwort",
    "key",
    "pass",
    "pat",
    "psk",
    "pw",
    "secret",
    "securejson",
    "senha",
    "stringdata",
    "token",
];

static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());

/// Whether a text has any sign that may separate a name from its value; `false` is certain.
pub(super) fn has_sign(text: &str) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b':' | b'=' | b'%' | b'<' | b',' | b' ' | b'\t');
    text.as_bytes().iter().fold(false, |any, byte| any | is_sign(byte))
}

/// Whether a text has any part of a name of a credential; `false` is certain.
pub(super) fn has_name(text: &str) -> bool {
    NAMES.as_ref().is_none_or(|names| names.is_match(text))
}

/// Masks the values whose names say that they are credentials.
pub(super) fn mask(text: &str) -> String {
    HEADS.iter().fold(text.to_owned(), |text, head| mask_after(head, &text))
}

/// Where the value begins in a word of a command that consists of a name and its value: `--db-password=…`,
/// `DB_PASSWORD=…`.
pub(super) fn argument(word: &str) -> Option<usize> {
    let (name, value) = word.split_once('=')?;
    let flag = name.trim_start_matches('-');
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_name = flag.bytes().all(is_known) && (flag.len() < name.len() || flag == flag.to_ascii_uppercase());
    // Only values with unusual characters need this; any other value is found, with its end, as in all texts.
    let is_odd = value.contains([' ', '|', '\\', ',', ';', '&']) && !value.contains(['\n', '\u{ab}']);
    let is_value = is_odd && !value.starts_with(['"', '\'', '`']) && !is_elsewhere(value) && !is_something_else(value);
    (is_name && is_value && is_sensitive(flag) && !is_bare_key(flag)).then_some(name.len() + 1)
}

/// Masks the values after one kind of head. A value that is not a credential is searched again, as it may hold another
/// name: `error: password=…`, `https://…?token=…`.
fn mask_after(head: &Regex, text: &str) -> String {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let has_lines = text.contains('\n');
    let mut masked = String::with_capacity(text.len());
    let (mut kept, mut at, mut quotes) = (0, 0, Quotes::default());
    while let Some(head) = head.captures_at(text, at).and_then(|found| Head::new(text, &found)) {
        at = head.end;
        if head.says == Field::Silent || head.has_no_value() {
            continue;
        }
        quotes.go_on(text, at);
        if let Some(credential) = Value::after(&head, &head.before(has_lines, &quotes)).and_then(Value::credential) {
            masked.push_str(part(kept, credential.start));
            masked.push_str(&mark(part(credential.start, credential.end)));
            (kept, at) = (credential.end, credential.end);
        }
    }
    masked.push_str(part(kept, text.len()));
    masked
}
