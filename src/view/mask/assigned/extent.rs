//! How far a value goes that stands behind its name in a text.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::has_name;
use crate::view::mask::{
    MARK, MARK_END,
    names::is_noun,
    values::{is_of_words, is_something_else, looks_random},
};

/// A value in quotes, where it begins.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const INSIDE: &str = r#"\\+"([^"\\\n]{4,})"#;
    const TRIPLE: &str = r#""""\r?\n?([^"\\]{4,})"#;
    const APOSTROPHES: &str = r"'''\r?\n?([^']{4,})";
    // Python writes bytes as `b'…'`, SQL texts as `N'…'`.
    const DOUBLE: &str = r#"[bBfFNrRuU]{0,2}"((?:[^"\\\n]|\\[^\n]){4,})"#;
    const SINGLE: &str = r"[bBfFNrRuU]{0,2}'((?:[^'\n]|''){4,})";
    // `["…"]` and `Some("…")`.
    const LIST: &str = r#"(?:[A-Za-z]{2,12})?[\[(]\s*(["'][^\[\]()]{4,}["'])[,\s]*[\])]"#;
    // Go's and Java's headers, `X-Api-Key:[…]` and `[]string{"…"}`; `SecretString { inner: "…" }` of Rust; `PWD={…}`.
    const HEADER: &str = r#"\[([^\[\]{}\n"',]{4,})\]|\[\]string\{"([^"\n]{4,})""#;
    const TYPED: &str = r#"[A-Z][A-Za-z:]{2,40} ?[{(] ?(?:[a-z0-9_]+: )?"([^"\n]{4,})""#;
    const BRACES: &str = r"\{([^{}\n]*[0-9][^{}\n]*)\}(?:;|$)";
    // Its end is cut off.
    const CUT: &str = r#"\\*["']([^"'\\\s]{4,}?)(?:\u{2026}|\.\.\.|$)"#;
    Regex::new(&format!(
        "^(?:{INSIDE}|{TRIPLE}|{APOSTROPHES}|{DOUBLE}|{SINGLE}|{LIST}|{HEADER}|{TYPED}|{BRACES}|{CUT})"
    ))
    .ok()
});

/// What may stand before a value in YAML: `&anchor !!tag value`.
static PROPERTIES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?:(?:&[^\s"',;&=]+|!![a-z]+)[ \t]+){1,2}"#).ok());

/// A value without quotes. `{SSHA}…` and `{noop}…` say how a password is stored.
static BARE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?:\{[A-Za-z0-9-]{2,12}\})?[^\s"'\\,;&(){}\[\]<>|][^\s"'\\<>|]*"#).ok());

/// What may end a value that has no quotes: `password=a,b;user=c` has two.
static NEXT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[,;&][A-Za-z_][A-Za-z0-9_.-]*[=:]").ok());

/// What more may stand in the line of a value.
const MORE: [char; 8] = ['=', '#', ';', '&', '|', '"', '\'', '\u{ab}'];

/// Characters of the shortest credential.
const SHORTEST: usize = 4;
/// Bytes in which a value without quotes is looked for its end, so that many of them take no longer than their text.
const WINDOW: usize = 512;

/// Where a value stands with which a text begins; `whole_line` if its line may be all of it. Of one that is longer than
/// what is looked at only the beginning, which tells what it is; [`end`] finds the rest.
pub(super) fn value(text: &str, name: &str, whole_line: bool) -> Option<Range<usize>> {
    let begin = PROPERTIES.as_ref()?.find(text).map_or(0, |properties| properties.end());
    let behind = value_alone(text.get(begin..)?, name, whole_line);
    behind.map(|value| begin + value.start..begin + value.end).or_else(|| value_alone(text, name, whole_line))
}

fn value_alone(text: &str, name: &str, whole_line: bool) -> Option<Range<usize>> {
    if let Some(quoted) = QUOTED.as_ref()?.captures(text) {
        return quoted.iter().skip(1).flatten().next().map(|inner| inner.range());
    }
    let window = text.get(..text.floor_char_boundary(WINDOW)).unwrap_or_default();
    let line = window.lines().next().unwrap_or_default();
    let found = BARE.as_ref()?.find(window)?;
    // `os.getenv("TOKEN")` is code.
    if found.as_str().ends_with('(') && found.as_str().contains('.') {
        return None;
    }
    let is_cut = |end: usize| end == window.len() && end < text.len();
    let end = match bare_end(found.as_str(), name) {
        _ if whole_line && !is_cut(line.len()) && !line.contains(MORE) && !is_prose(line) => line.trim_end().len(),
        end => end,
    };
    (end >= SHORTEST).then_some(0..end)
}

/// How long a value is that begins with a mark, if more of it stands behind that: a key and its secret, of which only the
/// key has a form.
pub(super) fn behind_mark(text: &str) -> Option<usize> {
    /// Bytes in which a mark ends.
    const LONGEST: usize = 32;
    let mark = text.get(..text.floor_char_boundary(LONGEST))?.find(MARK_END)? + MARK_END.len_utf8();
    let rest = text.get(mark..)?;
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '+' | '=' | '.' | '_' | '-');
    let more = rest.find(|c| !is_of_it(c)).unwrap_or(rest.len());
    (more >= SHORTEST).then_some(mark + more)
}

/// Where a value without quotes ends that was found to end at `end`: further on, if that is as far as was looked, but for
/// what may follow a value. What is masked is not looked at again, so that this takes no longer than the text.
pub(super) fn end(text: &str, end: usize) -> usize {
    let window = text.floor_char_boundary(WINDOW);
    let is_cut = window < text.len() && text.get(end..window).is_some_and(|rest| rest.chars().all(may_follow));
    let whole = BARE.as_ref().filter(|_| is_cut).and_then(|bare| bare.find(text));
    whole.map_or(end, |whole| whole.end().max(end))
}

/// A line for people to read: a sentence, or words about credentials.
fn is_prose(line: &str) -> bool {
    let line = line.trim_end();
    line.contains(' ') && (line.ends_with(['.', '!', '?']) || line.contains("? ") || has_name(line))
}

/// What an element of XML has in its line. `<token>` without an end is where people write theirs.
pub(super) fn content(text: &str) -> Option<Range<usize>> {
    const RAW: &str = "<![CDATA[";
    if let Some(raw) = text.strip_prefix(RAW) {
        let end = raw.find("]]>").unwrap_or(raw.len());
        return (end >= SHORTEST).then_some(RAW.len()..RAW.len() + end);
    }
    let end = text.find(['<', '\n']).filter(|end| text.get(*end..).is_some_and(|rest| rest.starts_with("</")))?;
    (end >= SHORTEST).then_some(0..end)
}

/// Where a value without quotes ends. Separators and brackets may be part of it.
fn bare_end(value: &str, name: &str) -> usize {
    const SEPARATORS: [char; 3] = [',', ';', '&'];
    let first = value.find(SEPARATORS).unwrap_or(value.len());
    let parts = || value.split(SEPARATORS).filter(|part| !part.is_empty());
    let is_list = is_noun(name) && parts().all(is_of_words);
    let is_first =
        || value.get(..first).is_some_and(is_something_else) && !value.get(first..).is_some_and(looks_random);
    if is_list || is_first() {
        return closed(value.get(..first).unwrap_or_default());
    }
    let next = NEXT.as_ref().and_then(|next| next.find(value)).map_or(value.len(), |next| next.start());
    let mark = value.find(MARK).filter(|at| *at > 0).unwrap_or(value.len());
    let value = value.get(..next.min(mark)).unwrap_or_default();
    closed(value.trim_end_matches([',', ';', '&', ':']))
}

/// What may stand behind a value without being of it.
fn may_follow(c: char) -> bool {
    ")]},;:.&".contains(c)
}

/// Without the bracket that closes what the value stands in, and what follows it: `(password=abcd).`
fn closed(value: &str) -> usize {
    let mut open = 0_usize;
    let last = value.trim_end_matches(may_follow).len();
    for (at, c) in value.char_indices() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' if open > 0 => open -= 1,
            ')' | ']' | '}' if at >= last => return at,
            _ => {}
        }
    }
    value.len()
}
