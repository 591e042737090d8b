//! Objects within a text: behind the time and the level of a log line, in the words of an error, in quotes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{flat, json, named};

/// How many times something may look like the beginning of an object without being one.
const MOST: usize = 64;
/// How deep texts may be quoted within texts.
const DEEPEST: u8 = 100;

/// A text with its JSON objects and lists masked as JSON, and the rest masked by form and by name; `None` if no JSON in
/// it needs masking.
pub(super) fn mask(text: &str, depth: u8) -> Option<String> {
    let (mut out, mut from, mut at, mut missed) = (String::new(), 0, 0, 0);
    while let Some(begin) = text.get(at..)?.find(['{', '[']).map(|begin| at + begin) {
        at = begin + 1;
        let rest = text.get(begin..)?;
        let Some(escapes) = escapes(rest) else { continue };
        if missed > MOST || depth > DEEPEST {
            break;
        }
        let masked = if escapes == 0 { object(rest, depth) } else { quoted(rest, depth) };
        let Some((masked, length)) = masked else {
            missed += 1;
            continue;
        };
        at = begin + length;
        if let Some(masked) = masked {
            out += &flat(text.get(from..begin)?);
            out += &masked;
            from = at;
        }
    }
    (from > 0).then(|| out + &flat(text.get(from..).unwrap_or_default()))
}

/// The number of backslashes in front of the first quote of what may be an object, or a list of objects or texts.
fn escapes(text: &str) -> Option<usize> {
    /// Bytes that are looked at for each possible beginning.
    const WINDOW: usize = 64;
    let text = text.get(..text.floor_char_boundary(WINDOW))?;
    let mut inner = text;
    loop {
        inner = inner.trim_start_matches(['{', '[', ' ', '\t', '\n', '\r']);
        let rest = inner.trim_start_matches('\\');
        let count = inner.len() - rest.len();
        // A line end is escaped as well.
        match rest.strip_prefix(['n', 'r', 't']).filter(|_| count > 0) {
            Some(next) => inner = next,
            None => return rest.starts_with('"').then_some(count),
        }
    }
}

/// The object at the beginning of a text, masked if there is something to mask, and its length.
fn object(text: &str, depth: u8) -> Option<(Option<String>, usize)> {
    let length = json::length(text)?;
    let masked = json::inside(text.get(..length)?, depth)?;
    Some((masked.changed.then_some(masked.text), length))
}

/// The same for an object inside quotes. The closing quote may be missing: `{\"a\":1}"`.
fn quoted(text: &str, depth: u8) -> Option<(Option<String>, usize)> {
    let length = quote(text).unwrap_or(text.len());
    let inner = text.get(..length)?;
    let said = unquoted(inner)?;
    let masked = mask(&said, depth + 1).unwrap_or_else(|| named(&said));
    if masked == said {
        return Some((None, length));
    }
    let written = serde_json::Value::from(masked).to_string();
    let written = written.strip_prefix('"')?.strip_suffix('"')?.to_owned();
    Some((Some(written), length))
}

/// The content of a quoted text, by the rules of JSON or of Go. Go has more escapes, and allows line ends.
fn unquoted(inner: &str) -> Option<String> {
    static ESCAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\\(?:x(?<hex>[0-9a-fA-F]{2})|(?<other>.))|(?<line>[\n\r\t])").ok());
    let read = |inner: &str| serde_json::from_str(&format!("\"{inner}\"")).ok();
    let of_json = |found: &Captures<'_>| {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        match (found.name("hex"), found.name("other"), found.name("line")) {
            (Some(hex), ..) => format!("\\u00{}", hex.as_str()),
            (_, Some(other), _) if other.as_str() == "a" => "\\u0007".into(),
            (_, Some(other), _) if other.as_str() == "v" => "\\u000b".into(),
            (.., Some(line)) => line.as_str().escape_default().to_string(),
            _ => whole.to_owned(),
        }
    };
    read(inner).or_else(|| read(&ESCAPE.as_ref()?.replace_all(inner, of_json)))
}

/// The position of the first quote that is not escaped.
fn quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}
