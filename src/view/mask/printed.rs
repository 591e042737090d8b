//! Secrets as Go and kubectl print them: `map[data:map[…] kind:Secret]`, `v1.Secret{StringData:map[string]string{…}}`.

use std::{cell::LazyCell, collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::{MARK, mark};

/// Where the values of a Secret begin. Complete JSON objects were masked before.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const BEGIN: &str = r#"\\*"?:\s*(?<json>\{)?(?:map(?:\[string\](?:string|interface ?\{\}|\[\]uint8)\{|\[))?"#;
    Regex::new(&format!(r#"\b(?:(?<sure>[sS]tringData)|[dD]ata){BEGIN}"#)).ok()
});
/// Tells that a text has a Secret in it.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i:kind)\\*"?[:=]\s*\\*"?Secret\b|\bSecret\{|\bSecret \\*""#).ok());

/// Puts one mark in the place of all values of a Secret, up to the closing bracket, or to the end if the text was cut.
pub(super) fn mask(text: &str) -> String {
    let (Some(data), Some(secret)) = (&*DATA, &*SECRET) else { return mark(text) };
    if !text.contains("ata") || !text.contains(['[', '{']) {
        return text.to_owned();
    }
    let is_secret = LazyCell::new(|| secret.is_match(text));
    // Secrets may be nested: brackets and marks are found once for all of them.
    let closings = LazyCell::new(|| closings(text));
    let marks = LazyCell::new(|| text.match_indices(MARK).map(|(at, _)| at).collect::<Vec<_>>());
    let has_mark =
        |from: usize, to: usize| marks.get(marks.partition_point(|at| *at < from)).is_some_and(|at| *at < to);
    let (mut out, mut from) = (String::new(), 0);
    for found in data.captures_iter(text) {
        let Some(whole) = found.get(0).filter(|whole| whole.start() >= from) else { continue };
        if !whole.as_str().ends_with(['[', '{']) || !(found.name("sure").is_some() || *is_secret) {
            continue;
        }
        let begin = whole.end();
        let end = closings.get(&(begin - 1)).copied();
        let is_whole = found.name("json").is_some() && end.is_some();
        let end = end.unwrap_or(text.len());
        let values = text.get(begin..end).unwrap_or_default();
        if values.is_empty() || (is_whole && has_mark(begin, end)) || values.starts_with(MARK) {
            continue;
        }
        out.push_str(text.get(from..begin).unwrap_or_default());
        out.push_str(&mark(values));
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// For each opening bracket, by its position, the position of the bracket that closes it.
fn closings(text: &str) -> HashMap<usize, usize> {
    let (mut open, mut closings) = (vec![], HashMap::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => open.push(at),
            b']' | b'}' => closings.extend(open.pop().map(|begin| (begin, at))),
            _ => {}
        }
    }
    closings
}
