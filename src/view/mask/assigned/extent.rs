//! How far a value goes that stands behind its name in a text.

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
    // Its end is cut off.
    const CUT: &str = r#"\\*["']([^"'\\\s]{4,}?)(?:\u{2026}|\.\.\.|$)"#;
    Regex::new(&format!(
        "^(?:{INSIDE}|{TRIPLE}|{APOSTROPHES}|{ACTIONS}|{DOUBLE}|{SINGLE}|{LIST}|{HEADER}|{TYPED}|{BRACES}|{CUT})"
    ))
    .ok()
});

/// What may stand before a value in YAML, `&anchor !!tag value`, and as PHP prints one.
static PROPERTIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:(?:(?:&[^\s"',;&=]+|!![a-z]+|!(?:encrypted|unsafe|vault))[ \t]+){1,2}|string\([0-9]+\) )"#).ok()
});

/// How most values without quotes begin. `{SSHA}…` and `{noop}…` say how a password is stored.
static EVEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?:\{[A-Za-z0-9-]{2,12}\})?[^"'\\,;&(){}\[\]<>|]"#).ok());

/// What begins like none where other words stand around it: an object or a pointer with another name in it.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:[\[{<&]+\\*["']?[A-Za-z_][A-Za-z0-9_.-]{2,}\\*["']?[:=]|\([A-Za-z_][A-Za-z0-9_.-]{2,}=)"#).ok()
});

/// What begins like none anywhere: a list, a pointer, an action of a template, what a function makes of something, what is
/// compared.
static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^(?:&[a-z0-9]+\.[A-Z][A-Za-z]*\{|\(\*|\[\]|\{[{%]|[\[{(]+\\*["']"#,
        r#"|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+\(\\*["']|(?:[A-Za-z_][A-Za-z0-9_.-]{2,})?=\\*(?:"[^"]*"|'[^']*'))"#
    ))
    .ok()
});

/// What ends a value that has no quotes, in the midst of other words: the end of a line that is escaped, or of an element.
static END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\\+[nrt]|</[A-Za-z]|<br").ok());

/// The next name: `password=a,b;user=c` has two.
static NEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const QUERY: &str = r"(?:&|\\+u0026)[A-Za-z_][A-Za-z0-9_.-]*=";
    Regex::new(&format!(r#"{QUERY}|[\\"']*[)\]}}]*[,;|][\\"'{{\[]*[A-Za-z_][A-Za-z0-9_.-]{{2,}}[\\"']*[=:]"#)).ok()
});

/// The rest of a value that is longer than what is looked at.
static REST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^[^\s"'\\<>|]*"#).ok());

/// What more may stand in the line of a value.
const MORE: [char; 8] = ['=', '#', ';', '&', '|', '"', '\'', '\u{ab}'];

/// Characters of the shortest credential.
const SHORTEST: usize = 4;
/// Bytes in which a value without quotes is looked for its end, so that many of them take no longer than their text.
const WINDOW: usize = 512;

/// What stands before a value.
pub(super) struct Before<'t> {
    pub(super) text: &'t str,
    pub(super) name: &'t str,
    pub(super) sign: &'t str,
    /// The text has lines.
    pub(super) has_lines: bool,
    /// What is open where the value begins.
    pub(super) quotes: &'t Quotes,
}

impl Before<'_> {
    /// Whether its line may be all of a value.
    fn is_whole_line(&self) -> bool {
        matches!(self.sign.trim(), "=" | ":") && !is_noun(self.name) && self.begins()
    }

    /// Whether the name begins its line, as it does in YAML.
    pub(super) fn begins(&self) -> bool {
        let line = self.text.trim_end_matches([' ', '\t', '-', '{', '"', '\'']);
        self.has_lines && (line.is_empty() || line.ends_with('\n'))
    }

    /// Whether what stands behind the name, a quote or a bracket in its sign, makes of it the key of an object, and no word
    /// of prose in quotes, which is followed by what is said of it: `open "/etc/secret": permission denied`.
    pub(super) fn is_key(&self) -> bool {
        if !(self.sign.starts_with(['\\', '"', '\'', ']']) && self.sign.trim_end().ends_with(':')) {
            return true;
        }
        let behind = self.text.trim_end_matches(['"', '\'', '\\']);
        // A line may have its end escaped.
        let line = behind.trim_end_matches(['n', 'r', 't']);
        let line = if line.ends_with('\\') { "" } else { behind.trim_end_matches([' ', '\t']) };
        behind.len() < self.text.len() && (line.is_empty() || line.ends_with(['{', '[', '(', ',', '-', '\n']))
    }

    /// Whether nothing but the value is in its line or argument: `NAME=…`, `--name=…`.
    fn is_alone(&self) -> bool {
        let line = self.text.strip_suffix("export ").unwrap_or(self.text).trim_end_matches([' ', '\t', '-']);
        self.sign.trim() == "=" && (line.is_empty() || line.ends_with('\n'))
    }
}

/// Where a value stands with which a text begins. Of one that is longer than what is looked at only the beginning, which
/// tells what it is; [`end`] finds the rest.
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
    // `'NAME=…'` is one word.
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

/// Whether what has no quotes may be a value: what begins with a bracket or a separator is often something else.
fn may_begin(run: &str, before: &Before<'_>) -> bool {
    let is = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_none_or(|pattern| pattern.is_match(run));
    let is_even = is(&EVEN);
    // `PASSWORD=,HOST=…` has none.
    let is_next = || NEXT.as_ref().and_then(|next| next.find(run)).is_some_and(|next| next.start() == 0);
    if (!is_even && is_next()) || is(&OTHER) || (is(&NAMED) && !before.is_alone()) {
        return false;
    }
    // `<none>`, `(none)`, `[]`.
    let is_plain = |c: char| c.is_ascii_alphabetic() || "\"'\\,;&(){}[]<>|-_.".contains(c);
    let is_another = || ['"', '\''].iter().any(|quote| run.starts_with(*quote) && run.matches(*quote).count() > 1);
    is_even || (!is_another() && (is_mixed(run) || (before.is_alone() && !run.chars().all(is_plain))))
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
    let rest = REST.as_ref().filter(|_| is_cut).and_then(|rest| rest.find(text.get(end..)?));
    rest.map_or(end, |rest| end + rest.end())
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
    // It has the same sign, or stands in quotes.
    let sign = if before.sign.contains(':') { [':', '"', '\''] } else { ['=', '"', '\''] };
    let mut next = NEXT.iter().filter(|_| !is_free).flat_map(|next| next.find_iter(value));
    let next = next.find(|next| next.as_str().contains(sign) || next.as_str().ends_with('='));
    let next = next.map_or(value.len(), |next| next.start());
    let mark = value.find(MARK).filter(|at| *at > 0).unwrap_or(value.len());
    let value = value.get(..next.min(mark)).unwrap_or_default();
    closed(value.trim_end_matches([',', ';', '&', ':']))
}

/// What may stand behind a value without being of it.
fn may_follow(c: char) -> bool {
    ")]},;:.&".contains(c)
}

/// Without the bracket or the quote that closes what the value stands in, and what follows it: `(password=abcd).`
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
