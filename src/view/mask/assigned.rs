//! Values that stand with their names in a text: `name=value`, `name: value`, `--name value`, `<name>value</name>`.

use std::{ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::{
    MARK, mark,
    names::{Field, is_bare_key, is_noun, is_sensitive, pair},
    values::{is_something_else, looks_random},
};

/// What stands before a value: its name, and a sign. Whether the value is a credential is decided by
/// [`said_by`] and [`is_credential`].
static HEADS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const NAME: &str = "(?<name>[A-Za-z][A-Za-z0-9_./-]*)";
    [
        // An element of XML: `name="db.password" value="value"`.
        format!(r#"\b(?:key|name)=["']{NAME}["']\s+value="#),
        // `name=value`, `name: value`, `"name": "value"`, also inside a JSON text.
        format!(r#"{NAME}(?<sign>\\*["']?[ \t]*(?:=>|:=|[:=]|%3[Dd])[ \t]*)"#),
        // A variable of a container in YAML, or in JSON over lines.
        format!(r#"name["']?:[ \t]*["']?{NAME}["']?,?[ \t]*\r?\n[ \t]*["']?value["']?:[ \t]*"#),
        // `<db.password>value</db.password>`.
        format!(r"<(?:[A-Za-z0-9_-]+:)?{NAME}(?:[ \t][^<>\n]*[^<>/\n])?>"),
        // A flag of a command.
        format!(r"--{NAME}[ \t]+"),
        r#"(?:^|[\s"'])-(?<name>[A-Za-z]*(?i:pass|passwd|password))[ \t]+"#.to_owned(),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// A value where it begins, in the quotes it may have.
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const INSIDE: &str = r#"\\+"(?<inside>[^"\\\n]{4,})"#;
    const DOUBLE: &str = r#""(?<double>(?:[^"\\\n]|\\[^\n]){4,})"#;
    const SINGLE: &str = r"'(?<single>(?:[^'\n]|''){4,})";
    const BARE: &str = r#"(?<bare>[^\s"'\\,;&(){}\[\]<>|]{4,})"#;
    Regex::new(&format!("^(?:{INSIDE}|{DOUBLE}|{SINGLE}|{BARE})")).ok()
});

/// What every name of a credential has a part of, in any case.
const PARTS: &[&str] = &["auth", "cookie", "cred", "key", "pass", "pat", "pw", "secret", "token"];

static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());

/// Whether there is what stands between a name and its value; `false` is certain.
pub(super) fn has_sign(text: &str) -> bool {
    let has = |sign: fn(&u8) -> bool| text.as_bytes().iter().fold(false, |any, byte| any | sign(byte));
    has(|byte| matches!(byte, b':' | b'=' | b'%' | b'<'))
        || (has(|byte| *byte == b'-') && has(|byte| matches!(byte, b' ' | b'\t')))
}

/// Whether there is a part of a name of a credential; `false` is certain.
pub(super) fn has_name(text: &str) -> bool {
    NAMES.as_ref().is_none_or(|names| names.is_match(text))
}

/// Masks the values whose names say that they are credentials.
pub(super) fn mask(text: &str) -> String {
    HEADS.iter().fold(text.to_owned(), |text, head| mask_after(head, &text))
}

/// What is no credential is looked at again: it may hold another name, as in `error: password=…` and `https://…?token=…`.
fn mask_after(head: &Regex, text: &str) -> String {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let has_lines = text.contains('\n');
    let mut masked = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = head.captures_at(text, at) {
        let (Some(whole), Some(name)) = (found.get(0), found.name("name")) else { break };
        at = whole.end();
        let sign = found.name("sign").map_or("", |sign| sign.as_str());
        let (before, name) = (part(0, name.start()), name.as_str());
        let says = said_by(before, name, sign);
        if says == Field::Silent {
            continue;
        }
        let rest = part(at, text.len());
        // `<key>` names an entry.
        let value = match whole.as_str().starts_with('<') {
            true if is_bare_key(name) => continue,
            true => content(rest),
            false => value(rest),
        };
        let Some(value) = value else { continue };
        let (begin, end) = (at + value.start, at + value.end);
        let value = part(begin, end);
        // A scheme before a credential that is masked already is shown.
        let is_masked = value.contains(MARK) || part(end, text.len()).trim_start_matches(' ').starts_with(MARK);
        let begins = || has_lines && begins_a_line(before);
        let names_another = || {
            let rest = part(end, text.len()).trim_start_matches(['"', '\'']).trim_start();
            is_bare_key(name) && rest.starts_with("value=")
        };
        let is_hidden = says.hides(value) && (says != Field::Credential || is_credential(name, sign, value, begins));
        if is_hidden && !is_something_else(value) && !is_masked && !names_another() {
            masked.push_str(part(kept, begin));
            masked.push_str(&mark(value));
            (kept, at) = (end, end);
        }
    }
    masked.push_str(part(kept, text.len()));
    masked
}

/// Where a value stands with which a text begins.
fn value(text: &str) -> Option<Range<usize>> {
    let found = VALUE.as_ref()?.captures(text)?;
    ["inside", "double", "single", "bare"].into_iter().find_map(|group| Some(found.name(group)?.range()))
}

/// What an element of XML has in its line. `<token>` without an end is where people write theirs.
fn content(text: &str) -> Option<Range<usize>> {
    let end = text.find(['<', '\n']).filter(|end| text.get(*end..).is_some_and(|rest| rest.starts_with("</")))?;
    (end >= 4).then_some(0..end)
}

/// What a name says; `registry/auth-token:1.2` is an image, `auth-token:apps/Deployment:…` and `/Secret:…` resources,
/// `--- PASS:` the result of a test, `redis key:` one that is looked up.
fn said_by(before: &str, name: &str, sign: &str) -> Field {
    const LOOKED_UP: &[&str] = &["cache", "kafka", "partition", "redis", "routing", "sort"];
    let is_reference = sign == ":" && (name.contains(['-', '/']) || before.ends_with('/'));
    let is_looked_up =
        || is_bare_key(name) && before.split_whitespace().next_back().is_some_and(|word| LOOKED_UP.contains(&word));
    if is_reference || (name == "PASS" && before.ends_with("--- ")) {
        Field::Silent
    } else if is_sensitive(name) && !is_looked_up() {
        Field::Credential
    } else {
        pair(name)
    }
}

/// Whether a name begins its line, as it does in YAML.
fn begins_a_line(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start_matches([' ', '\t', '-', '{', '"', '\'']).is_empty()
}

/// In prose a noun, or a resource, is followed by what is said about it; where a name begins its line, that is YAML.
fn is_credential(name: &str, sign: &str, value: &str, begins: impl FnOnce() -> bool) -> bool {
    let may_be_prose = sign != ":" && sign.trim() == ":" && (is_noun(name) || name.contains('-'));
    // `tokens=1532` of a language model.
    if name.ends_with("tokens")
        && !sign.is_empty()
        && value.len() < 6
        && value.bytes().all(|byte| byte.is_ascii_digit())
    {
        return false;
    }
    !may_be_prose || looks_random(value) || (!is_bare_key(name) && begins())
}
