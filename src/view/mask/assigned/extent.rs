//! How far a value reaches in a text after its name.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{has_name, quotes::Quotes};
use crate::view::mask::{
    MARK, MARK_END,
    names::is_noun,
    values::{is_mixed, is_of_words, is_something_else},
};

/// A value in quotes, where it begins.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const INSIDE: &str = r#"\\+"([^"\\\n]{4,})"#;
    const TRIPLE: &str = r#""""\r?\n?([^"\\]{4,})"#;
    const APOSTROPHES: &str = r"'''\r?\n?([^']{4,})";
    // Actions of a template have quotes of their own.
    const ACTIONS: &str = r#""((?:\{\{[^{}\n]*\}\}[^"{}\n]*)+)""#;
    // Python writes bytes as `b'…'`, SQL texts as `N'…'`.
    const DOUBLE: &str = r#"[bBfFNrRuU]{0,2}"((?:[^"\\\n]|\\[^\n]){4,})"#;
    const SINGLE: &str = r"[bBfFNrRuU]{0,2}'((?:\\'|[^'\n]|''){4,})";
    // `["…"]` and `Some("…")`.
    const LIST: &str = r#"(?:[A-Za-z]{2,12})?[\[(]\s*(["'][^\[\]()]{4,}["'])[,\s]*[\])]"#;
    // Go's and Java's headers, `X-Api-Key:[…]` and `[]string{"…"}`; `SecretString { inner: "…" }` of Rust; `PWD={…}`.
    const HEADER: &str = r#"\[([^\[\]{}\n"',]{4,})\]|\[\]string\{"([^"\n]{4,})""#;
    const TYPED: &str = r#"[A-Z][A-Za-z:]{2,40} ?[{(] ?(?:[a-z0-9_]+: )?"([^"\n]{4,})""#;
    const BRACES: &str = r"\{([^{}\n]*[0-9][^{}\n]*)\}(?:;|$)";
    // The closing quote is missing, as the text was cut.
    const CUT: &str = r#"\\*["']([^"'\\\s]{4,}?)(?:\u{2026}|\.\.\.|$)"#;
    Regex::new(&format!(
        "^(?:{INSIDE}|{TRIPLE}|{APOSTROPHES}|{ACTIONS}|{DOUBLE}|{SINGLE}|{LIST}|{HEADER}|{TYPED}|{BRACES}|{CUT})"
    ))
    .ok()
});

/// What may stand before a value: `&anchor !!tag` in YAML, `string(9)` in what PHP prints.
static PROPERTIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:(?:(?:&[^\s"',;&=]+|!![a-z]+|!(?:encrypted|unsafe|vault))[ \t]+){1,2}|string\([0-9]+\) )"#).ok()
});

/// How most values without quotes begin. A prefix such as `{SSHA}` or `{noop}` says how the password is stored.
static EVEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?:\{[A-Za-z0-9-]{2,12}\})?[^"'\\,;&(){}\[\]<>|]"#).ok());

/// The beginning of an object or a pointer with another name in it; among other words this is not a value.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:[\[{<&]+\\*["']?[A-Za-z_][A-Za-z0-9_.-]{2,}\\*["']?[:=]|\([A-Za-z_][A-Za-z0-9_.-]{2,}=)"#).ok()
});

/// The beginning of something that is never a value: a list, a pointer, an action of a template, a call of a function,
/// a comparison.
static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^(?:&[a-z0-9]+\.[A-Z][A-Za-z]*\{|\(\*|\[\]|\{[{%]|[\[{(]+\\*["']"#,
        r#"|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+\(\\*["']|(?:[A-Za-z_][A-Za-z0-9_.-]{2,})?=\\*(?:"[^"]*"|'[^']*'))"#
    ))
    .ok()
});

/// What ends a value without quotes among other words: an escaped line end, or the end of an XML element.
static END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\\+[nrt]|</[A-Za-z]|<br").ok());

/// The next name in a list such as `password=a,b;user=c`.
static NEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const QUERY: &str = r"(?:&|\\+u0026)[A-Za-z_][A-Za-z0-9_.-]*=";
    Regex::new(&format!(r#"{QUERY}|[\\"']*[)\]}}]*[,;|][\\"'{{\[]*[A-Za-z_][A-Za-z0-9_.-]{{2,}}[\\"']*[=:]"#)).ok()
});

/// The rest of a value that is longer than the window in which its end is looked for.
static REST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^[^\s"'\\<>|]*"#).ok());

/// Characters that tell that a line holds more than the value.
const MORE: [char; 8] = ['=', '#', ';', '&', '|', '"', '\'', '\u{ab}'];

/// Characters of the shortest credential.
const SHORTEST: usize = 4;
/// The window in bytes in which the end of a value without quotes is looked for. It is limited, as a text may have many
/// values.
const WINDOW: usize = 512;

/// What stands before a value.
pub(super) struct Before<'t> {
    pub(super) text: &'t str,
    pub(super) name: &'t str,
    pub(super) sign: &'t str,
    /// The text has lines.
    pub(super) has_lines: bool,
    /// The quotes that are open where the value begins.
    pub(super) quotes: &'t Quotes,
}

impl Before<'_> {
    /// Whether the value may be the whole rest of the line.
    fn is_whole_line(&self) -> bool {
        matches!(self.sign.trim(), "=" | ":") && !is_noun(self.name) && self.begins()
    }

    /// Whether the name begins its line, as it does in YAML.
    pub(super) fn begins(&self) -> bool {
        let line = self.text.trim_end_matches([' ', '\t', '-', '{', '"', '\'']);
        self.has_lines && (line.is_empty() || line.ends_with('\n'))
    }

    /// Whether a name in quotes is the key of an object. In prose a word in quotes may be followed by a message about
    /// it: `open "/etc/secret": permission denied`.
    pub(super) fn is_key(&self) -> bool {
        if !(self.sign.starts_with(['\\', '"', '\'', ']']) && self.sign.trim_end().ends_with(':')) {
            return true;
        }
        let behind = self.text.trim_end_matches(['"', '\'', '\\']);
        // The line may end with an escaped line end.
        let line = behind.trim_end_matches(['n', 'r', 't']);
        let line = if line.ends_with('\\') { "" } else { behind.trim_end_matches([' ', '\t']) };
        behind.len() < self.text.len() && (line.is_empty() || line.ends_with(['{', '[', '(', ',', '-', '\n']))
    }

    /// Whether the line or the argument holds only the name and the value: `NAME=…`, `--name=…`.
    fn is_alone(&self) -> bool {
        let line = self.text.strip_suffix("export ").unwrap_or(self.text).trim_end_matches([' ', '\t', '-']);
        self.sign.trim() == "=" && (line.is_empty() || line.ends_with('\n'))
    }
}

/// Where the value is at the beginning of a text. If it is longer than the window, this is only its first part, which
/// is enough to judge it; [`end`] finds the rest.
pub(super) fn value(text: &str, before: &Before<'_>) -> Option<Range<usize>> {
    let properties = PROPERTIES.as_ref()?.find(text).filter(|_| before.sign.ends_with([' ', '>']));
    let begin = properties.map_or(0, |properties| properties.end());
    let behind = value_alone(text.get(begin..)?, before);
    behind.map(|value| begin + value.start..begin + value.end).or_else(|| value_alone(text, before))
}

fn value_alone(text: &str, before: &Before<'_>) -> Option<Range<usize>> {
    if let Some(quoted) = QUOTED.as_ref()?.captures(text) {
        return quoted.iter().skip(1).flatten().next().map(|inner| inner.range());
    }
    let window = text.get(..text.floor_char_boundary(WINDOW)).unwrap_or_default();
    let line = window.lines().next().unwrap_or_default();
    // In `'NAME=…'` the quotes hold one word.
    let word = before.quotes.word(before.text, line).filter(|_| before.sign == "=");
    if let Some(word) = word.and_then(|end| line.get(..end)).filter(|word| word.contains(' ') && !word.contains(MORE)) {
        return (word.len() >= SHORTEST).then_some(0..word.len());
    }
    let run = line.split([' ', '\t']).next().unwrap_or_default();
    let is_free = before.has_lines && before.is_alone();
    let ends = [END.as_ref()?.find(run).map(|end| end.start()), before.quotes.closed(run)];
    let end = ends.into_iter().flatten().min().filter(|_| !is_free).unwrap_or(run.len());
    let run = run.get(..end).unwrap_or_default();
    if !may_begin(run, before) {
        return None;
    }
    let is_cut = |end: usize| end == window.len() && end < text.len();
    let is_line = before.is_whole_line() && !is_cut(line.len()) && !line.contains(MORE) && !is_prose(line);
    let end = if is_line { line.trim_end().len() } else { bare_end(run, before, is_free) };
    (end >= SHORTEST).then_some(0..end)
}

/// Whether a run without quotes may be a value. If it begins with a bracket or a separator, it is often something else.
fn may_begin(run: &str, before: &Before<'_>) -> bool {
    let is = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_none_or(|pattern| pattern.is_match(run));
    let is_even = is(&EVEN);
    // In `PASSWORD=,HOST=…` the password is empty.
    let is_next = || NEXT.as_ref().and_then(|next| next.find(run)).is_some_and(|next| next.start() == 0);
    if (!is_even && is_next()) || is(&OTHER) || (is(&NAMED) && !before.is_alone()) {
        return false;
    }
    // `<none>`, `(none)`, `[]`.
    let is_plain = |c: char| c.is_ascii_alphabetic() || "\"'\\,;&(){}[]<>|-_.".contains(c);
    let is_another = || ['"', '\''].iter().any(|quote| run.starts_with(*quote) && run.matches(*quote).count() > 1);
    is_even || (!is_another() && (is_mixed(run) || (before.is_alone() && !run.chars().all(is_plain))))
}

/// The length of a value that begins with a mark and goes on after it: an access key, masked by its form, followed by
/// its secret.
pub(super) fn behind_mark(text: &str) -> Option<usize> {
    /// Bytes of the longest mark.
    const LONGEST: usize = 32;
    let mark = text.get(..text.floor_char_boundary(LONGEST))?.find(MARK_END)? + MARK_END.len_utf8();
    let rest = text.get(mark..)?;
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '+' | '=' | '.' | '_' | '-');
    let more = rest.find(|c| !is_of_it(c)).unwrap_or(rest.len());
    (more >= SHORTEST).then_some(mark + more)
}

/// Where a value without quotes really ends. If its end was found at the edge of the window, apart from signs that may
/// follow a value, it goes on. Masked text is not searched again, so the work stays in proportion to the text.
pub(super) fn end(text: &str, end: usize) -> usize {
    let window = text.floor_char_boundary(WINDOW);
    let is_cut = window < text.len() && text.get(end..window).is_some_and(|rest| rest.chars().all(may_follow));
    let rest = REST.as_ref().filter(|_| is_cut).and_then(|rest| rest.find(text.get(end..)?));
    rest.map_or(end, |rest| end + rest.end())
}

/// Whether a line is written for people: a sentence, or words about credentials.
fn is_prose(line: &str) -> bool {
    let line = line.trim_end();
    line.contains(' ') && (line.ends_with(['.', '!', '?']) || line.contains("? ") || has_name(line))
}

/// The content of an XML element, up to the end of its line. `<token>` without a closing tag is a placeholder.
pub(super) fn content(text: &str) -> Option<Range<usize>> {
    const RAW: &str = "<![CDATA[";
    if let Some(raw) = text.strip_prefix(RAW) {
        let end = raw.find("]]>").unwrap_or(raw.len());
        return (end >= SHORTEST).then_some(RAW.len()..RAW.len() + end);
    }
    let end = text.find(['<', '\n']).filter(|end| text.get(*end..).is_some_and(|rest| rest.starts_with("</")))?;
    (end >= SHORTEST).then_some(0..end)
}

/// Where a value without quotes ends. Separators, brackets and quotes may be part of it.
fn bare_end(value: &str, before: &Before<'_>, is_free: bool) -> usize {
    const SEPARATORS: [char; 3] = [',', ';', '&'];
    let first = value.find(SEPARATORS).unwrap_or(value.len());
    let parts = || value.split(SEPARATORS).filter(|part| !part.is_empty());
    let is_list = is_noun(before.name) && parts().all(is_of_words);
    let is_first = || value.get(..first).is_some_and(is_something_else) && !value.get(first..).is_some_and(is_mixed);
    if is_list || is_first() {
        return closed(value.get(..first).unwrap_or_default());
    }
    // The next name has the same sign, or stands in quotes.
    let sign = if before.sign.contains(':') { [':', '"', '\''] } else { ['=', '"', '\''] };
    let mut next = NEXT.iter().filter(|_| !is_free).flat_map(|next| next.find_iter(value));
    let next = next.find(|next| next.as_str().contains(sign) || next.as_str().ends_with('='));
    let next = next.map_or(value.len(), |next| next.start());
    let mark = value.find(MARK).filter(|at| *at > 0).unwrap_or(value.len());
    let value = value.get(..next.min(mark)).unwrap_or_default();
    closed(value.trim_end_matches([',', ';', '&', ':']))
}

/// Whether a sign may follow a value without being part of it.
fn may_follow(c: char) -> bool {
    ")]},;:.&".contains(c)
}

/// Where the value ends before a bracket or a quote that closes what surrounds the value: `(password=abcd).`
fn closed(value: &str) -> usize {
    let mut open = 0_usize;
    let last = value.trim_end_matches(|c| may_follow(c) || "\"'\\>".contains(c)).len();
    for (at, c) in value.char_indices() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' if open > 0 => open -= 1,
            ')' | ']' | '}' | '"' | '\'' | '\\' | '>' if at >= last => return at,
            _ => {}
        }
    }
    value.len()
}
