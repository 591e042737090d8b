//! Secrets as Go and kubectl print them: `map[data:map[…] kind:Secret]`, `v1.Secret{StringData:map[string]string{…}}`.

use std::{cell::LazyCell, sync::LazyLock};

use regex::Regex;

use super::{MARK, mark};

/// Where the values of a Secret begin. An object of JSON that is whole was masked as such.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const BEGIN: &str = r#"\\*"?:\s*(?<json>\{)?(?:map(?:\[string\](?:string|interface ?\{\}|\[\]uint8)\{|\[))?"#;
    Regex::new(&format!(r#"\b(?:(?<sure>[sS]tringData)|[dD]ata){BEGIN}"#)).ok()
});
/// That there is a Secret.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i:kind)\\*"?[:=]\s*\\*"?Secret\b|\bSecret\{|\bSecret \\*""#).ok());

/// One mark for all values of a Secret, up to the bracket that closes them, or to the end of what was cut.
pub(super) fn mask(text: &str) -> String {
    let (Some(data), Some(secret)) = (&*DATA, &*SECRET) else { return mark(text) };
    if !text.contains("ata") || !text.contains(['[', '{']) {
        return text.to_owned();
    }
    let is_secret = LazyCell::new(|| secret.is_match(text));
    let (mut out, mut from) = (String::new(), 0);
    for found in data.captures_iter(text) {
        let Some(whole) = found.get(0).filter(|whole| whole.start() >= from) else { continue };
        if !whole.as_str().ends_with(['[', '{']) || !(found.name("sure").is_some() || *is_secret) {
            continue;
        }
        let rest = text.get(whole.end()..).unwrap_or_default();
        let end = closing(rest);
        let is_whole = found.name("json").is_some() && end.is_some();
        let end = end.unwrap_or(rest.len());
        let values = rest.get(..end).unwrap_or_default();
        if values.is_empty() || (is_whole && values.contains(MARK)) || values.starts_with(MARK) {
            continue;
        }
        out.push_str(text.get(from..whole.end()).unwrap_or_default());
        out.push_str(&mark(values));
        from = whole.end() + end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Where the bracket stands that closes what is open where a text begins.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '[' | '{' => open += 1,
            ']' | '}' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })
}
