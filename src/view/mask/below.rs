//! Values in the lines below their names, in logs and in texts that cannot be parsed, such as templates.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    assigned,
    fields::Field,
    lines::depth,
    names::{is_bare_key, is_beside, is_noun, is_sensitive, is_setting},
    secrets::beginning,
    values::{is_something_else, looks_random},
};

/// A key with nothing after it, or only a sign of how its value is written: `password:`, `- token: |-  # of the bot`.
static OPEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"^[ \t]*(?:- +)*(?<key>["']?(?<name>[A-Za-z0-9_.-]+)["']?)[ \t]*:[ \t]*(?<how>[|>][-+0-9]*|&\S+|!\S+|[{\[])?[ \t\r]*(?:#.*)?$"#,
    )
    .ok()
});
/// A key and its value.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"^[ \t]*(?:- +)*(?<key>["']?(?<name>[A-Za-z0-9_./-]+)["']?)[ \t]*:(?:[ \t]+(?<value>\S.*?))?[ \t\r]*$"#,
    )
    .ok()
});

/// A name below which values are credentials.
struct Open {
    column: usize,
    /// The name is also a word of prose, so only values that look generated are hidden.
    is_noun: bool,
    /// All lines below the name are its value.
    is_text: bool,
}

/// Masks values in the lines below their names.
pub(super) fn mask(lines: &mut [&mut String]) {
    let mut open: Option<Open> = None;
    let mut is_announced = false;
    for at in 0..lines.len() {
        let (before, after) = lines.split_at_mut(at);
        let Some(line) = after.first_mut() else { continue };
        if line.trim().is_empty() {
            continue;
        }
        if is_announced && let Some(masked) = announced(line) {
            **line = masked;
        }
        is_announced = announces(line);
        open = open.filter(|open| is_below(line, open.column));
        if let Some(open) = &open {
            line_below(open, line);
            continue;
        }
        open = opened(line);
        if let Some((last, rest)) = before.split_last_mut() {
            let other = if is_value(last) { rest.last().filter(|line| !is_value(line)) } else { None };
            let name = other.map_or(last.as_str(), |name| name);
            if let Some(masked) = variable(name, line).or_else(|| argument(last, line)) {
                **line = masked;
            } else if let Some(masked) = variable_above(last, line) {
                **last = masked;
            } else if named(last).is_some_and(|(name, _)| is_sensitive(&name)) {
                let is_value = |open: &Open| line.get(open.column..).is_some_and(|rest| rest.starts_with("value"));
                open = opening(line, |name| name == "value").filter(|open| open.is_text && is_value(open)).or(open);
            }
        }
        if let Some(masked) = templated(line) {
            **line = masked;
        }
    }
}

/// Whether a line says that a password follows: `Please use the following password to proceed:`, `Password for the
/// [elastic] user successfully reset.`
fn announces(line: &str) -> bool {
    const WORDS: &[&str] = &["api key", "password", "passphrase", "token"];
    /// Bytes of the longest line that is looked at.
    const LONGEST: usize = 200;
    let line = line.trim_end();
    let ends = || line.ends_with(':') || line.ends_with("reset.");
    line.len() <= LONGEST && ends() && WORDS.iter().any(|word| line.to_ascii_lowercase().contains(word))
}

/// A line of one word, or `New value: …`, with that word masked if it looks generated.
fn announced(line: &str) -> Option<String> {
    let text = line.trim();
    let word = text.strip_prefix("New value: ").unwrap_or(text);
    let is_one = !word.contains(char::is_whitespace) && !word.contains(['=', ':', '{', '[', '(', '<', '«']);
    (is_one && Field::Doubtful.hides(word)).then(|| hidden(line, line.find(word).unwrap_or_default(), word))
}

/// Whether a line belongs to the value of a key in this column. The items of a list may begin in the column of the key.
fn is_below(line: &str, column: usize) -> bool {
    let own = depth(line);
    own > column || (own == column && line.trim_start().starts_with("- "))
}

fn opened(line: &str) -> Option<Open> {
    opening(line, |name| is_sensitive(name) && !is_bare_key(name))
}

fn opening(line: &str, is_wanted: impl Fn(&str) -> bool) -> Option<Open> {
    let found = OPEN.as_ref()?.captures(line)?;
    let name = found.name("name").filter(|name| is_wanted(name.as_str()))?;
    let is_text = found.name("how").is_some_and(|how| how.as_str().starts_with(['|', '>']));
    Some(Open { column: found.name("key")?.start(), is_noun: is_noun(name.as_str()), is_text })
}

fn line_below(open: &Open, line: &mut String) {
    let own = depth(line);
    let (begin, value) = match PAIR.as_ref().and_then(|pair| pair.captures(line)).filter(|_| !open.is_text) {
        Some(found) => match (found.name("name"), found.name("value")) {
            (Some(name), Some(value)) if !is_beside(name.as_str()) => {
                let is_doubtful = is_setting(name.as_str()) || is_bare_key(name.as_str());
                if is_doubtful && !Field::Doubtful.hides(bare(value.as_str())) {
                    return;
                }
                (value.start(), value.as_str())
            }
            _ => return,
        },
        None if !open.is_text && line.trim_start().starts_with('#') => return,
        None => {
            let text = line.get(own..).unwrap_or_default();
            let item = text.strip_prefix("- ").filter(|_| !open.is_text).map_or(text, str::trim_start);
            (line.len() - item.len(), item)
        }
    };
    let is_style = value.starts_with(['|', '>']) && value.len() <= 3;
    if !is_style && hides(value, open.is_noun) {
        *line = hidden(line, begin, value);
    }
}

/// A line with a mark in the place of the value that begins in it. Quotes and a comma around the value stay.
fn hidden(line: &str, at: usize, value: &str) -> String {
    let word = bare(value);
    let at = at + value.find(word).unwrap_or_default();
    beginning(line, at, word) + line.get(at + word.len()..).unwrap_or_default()
}

fn bare(value: &str) -> &str {
    value.trim().trim_matches(['"', '\'', ','])
}

/// Whether a value under a name is a credential.
fn hides(value: &str, is_noun: bool) -> bool {
    let word = bare(value);
    let is_bracket = word.chars().all(|c| "{}[],".contains(c));
    !is_bracket && !is_something_else(word) && (!is_noun || looks_random(word))
}

/// The name of a variable, `- name: DB_PASSWORD`, and the column of its key.
fn named(line: &str) -> Option<(String, usize)> {
    let found =
        PAIR.as_ref()?.captures(line).filter(|found| found.name("name").is_some_and(|key| key.as_str() == "name"))?;
    let name = found.name("value")?.as_str();
    Some((bare(name).to_owned(), found.name("key")?.start()))
}

/// Whether a line is the value of a variable; it may be one side of a diff: `-     "Value": "…"`.
fn is_value(line: &str) -> bool {
    const KEY: &str = "value";
    let key = line.trim_start_matches([' ', '\t', '"', '\'', '-', '+', '<']).get(..KEY.len());
    key.is_some_and(|key| key.eq_ignore_ascii_case(KEY))
}

/// `- name: DB_PASSWORD` above `  value: …`, and an error of pydantic: `db_password` above `… input_value='…'`.
fn variable(name: &str, value: &str) -> Option<String> {
    /// Bytes of the longest line in which a name is looked for.
    const LONGEST: usize = 1024;
    let is_variable = is_value(value) && (name.contains("name") || name.contains("Name"));
    if name.len() > LONGEST || !(is_variable || value.contains(", input_value=")) {
        return None;
    }
    let both = format!("{name}\n{value}");
    let masked = assigned::mask(&both);
    masked.rsplit_once('\n').filter(|_| masked != both).map(|(_, masked)| masked.to_owned())
}

/// `- value: …` above `  name: DB_PASSWORD`.
fn variable_above(value: &str, name: &str) -> Option<String> {
    let (_, column) = named(name).filter(|(name, _)| is_sensitive(name))?;
    let found = PAIR.as_ref()?.captures(value)?;
    let is_value = found.name("name")?.as_str() == "value" && found.name("key")?.start() == column;
    let at = found.name("value").filter(|_| is_value)?;
    hides(at.as_str(), false).then(|| hidden(value, at.start(), at.as_str()))
}

/// `- --password` above `- …`, also as items of JSON.
fn argument(flag: &str, value: &str) -> Option<String> {
    let item = |line: &str| {
        let text = line.trim();
        let is_json = || text.starts_with('"') && text.trim_end_matches(',').ends_with('"');
        text.strip_prefix("- ").or_else(|| is_json().then_some(text)).map(|text| bare(text).to_owned())
    };
    let name = item(flag)?.strip_prefix('-')?.trim_start_matches('-').to_owned();
    if name.contains(['=', ' ']) || !is_sensitive(&name) || depth(flag) != depth(value) {
        return None;
    }
    let word = item(value).filter(|word| hides(word, false))?;
    Some(hidden(value, value.find(&word)?, &word))
}

/// A name in front of a template's action that holds more than names: `password: {{ .x | default "…" }}`.
fn templated(line: &str) -> Option<String> {
    let found = PAIR.as_ref().filter(|_| line.contains("{{"))?.captures(line)?;
    let (name, value) = (found.name("name")?.as_str(), found.name("value")?);
    let is_named = is_sensitive(name) && !is_bare_key(name);
    (is_named && hides(value.as_str(), is_noun(name))).then(|| hidden(line, value.start(), value.as_str()))
}
