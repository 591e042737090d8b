//! Objects within a text: behind the time and the level of a log line, in the words of an error, in quotes.

use super::{flat, json, named};

/// Most objects that are looked for: what is no JSON may have many beginnings.
const MOST: usize = 64;
/// Texts within quotes within texts.
const DEEPEST: u8 = 100;

/// A text whose objects and lists of JSON are masked as such, and the rest of it by form and by name; `None` where there
/// is nothing to mask in any.
pub(super) fn mask(text: &str, depth: u8) -> Option<String> {
    let (mut out, mut from, mut at, mut seen) = (String::new(), 0, 0, 0);
    while let Some(begin) = text.get(at..)?.find(['{', '[']).map(|begin| at + begin) {
        at = begin + 1;
        let rest = text.get(begin..)?;
        let Some(escapes) = escapes(rest) else { continue };
        seen += 1;
        if seen > MOST || depth > DEEPEST {
            break;
        }
        let masked = if escapes == 0 { object(rest, depth) } else { quoted(rest, depth) };
        if let Some((masked, length)) = masked {
            at = begin + length;
            if let Some(masked) = masked {
                out += &flat(text.get(from..begin)?);
                out += &masked;
                from = at;
            }
        }
    }
    (from > 0).then(|| out + &flat(text.get(from..).unwrap_or_default()))
}

/// How many backslashes stand before the first quote of what may be an object, or a list of them or of texts.
fn escapes(text: &str) -> Option<usize> {
    /// Bytes that are looked at: each beginning is.
    const WINDOW: usize = 64;
    let text = text.get(..text.floor_char_boundary(WINDOW))?;
    let inner = text.trim_start_matches(['{', '[', ' ', '\t', '\n', '\r']);
    let quote = inner.trim_start_matches('\\');
    quote.starts_with('"').then_some(inner.len() - quote.len())
}

/// The object with which a text begins, masked if there is something to mask, and its length.
fn object(text: &str, depth: u8) -> Option<(Option<String>, usize)> {
    let length = json::length(text)?;
    let masked = json::inside(text.get(..length)?, depth)?;
    Some((masked.changed.then_some(masked.text), length))
}

/// What stands in quotes from within it on to its end, which may be missing: `{\"a\":1}"`.
fn quoted(text: &str, depth: u8) -> Option<(Option<String>, usize)> {
    let length = quote(text).unwrap_or(text.len());
    let inner = text.get(..length)?;
    let said: String = serde_json::from_str(&format!("\"{inner}\"")).ok()?;
    let masked = mask(&said, depth + 1).unwrap_or_else(|| named(&said));
    let written = (masked != said).then(|| serde_json::Value::from(masked).to_string());
    Some((written.map(|text| text.trim_matches('"').to_owned()), length))
}

/// Where the first quote stands that no backslash escapes.
fn quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}
