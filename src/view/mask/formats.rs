//! Texts that are credentials whatever they are called: known token formats, JWTs, private keys, passwords in URLs.

mod keys;
mod known;
mod said;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::{Captures, Regex};

pub(super) use keys::may_be_key;
use known::{FORMATS, Format, WORD};
use said::SAID;

use super::{
    replace,
    values::{
        is_error_code, is_hidden, is_image, is_name_of_object, is_of_words, is_reference, is_something_else,
        looks_random,
    },
    whole,
};

// Each format is one bit of a `u128`.
const _: () = assert!(FORMATS.len() + SAID.len() <= u128::BITS as usize);

/// One pass over a text finds the parts of formats in it. Most texts hold none; in the others only the formats with a
/// part in the text are tried.
struct Compiled {
    parts: AhoCorasick,
    /// The formats that each part belongs to, as bits.
    formats: Vec<u128>,
    patterns: Vec<Regex>,
}

/// A pattern that does not compile fails the tests.
static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let parts: Vec<(u128, &str)> = (0_u32..)
        .zip(FORMATS.iter().chain(SAID))
        .flat_map(|(index, (parts, _))| parts.iter().map(move |part| (1_u128 << index, *part)))
        .collect();
    // For this many parts the builder would choose a slower kind by itself, and every text goes through this.
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(parts.iter().map(|(_, part)| part));
    let pattern = |(_, pattern): &Format| Regex::new(&pattern.replace("%WORD%", WORD));
    Some(Compiled {
        parts: automaton.ok()?,
        formats: parts.iter().map(|(format, _)| *format).collect(),
        patterns: FORMATS.iter().chain(SAID).map(pattern).collect::<Result<_, _>>().ok()?,
    })
});

impl Compiled {
    /// The formats that a text may have, as bits.
    fn possible(&self, text: &str) -> u128 {
        self.parts
            .find_overlapping_iter(text)
            .filter_map(|found| self.formats.get(found.pattern().as_usize()))
            .fold(0, |all, one| all | one)
    }
}

/// Whether a text may hold a credential by its form; `false` is certain.
pub(super) fn possible(text: &str) -> bool {
    COMPILED.as_ref().is_none_or(|compiled| compiled.parts.is_match(text))
}

/// Masks what has the form of a credential.
pub(super) fn mask(text: &str) -> String {
    // If a pattern is broken, everything is masked rather than shown.
    let Some(compiled) = &*COMPILED else { return super::mark(text) };
    let possible = compiled.possible(text);
    let mut masked = keys::mask(text);
    for (index, pattern) in compiled.patterns.iter().enumerate() {
        if possible & (1_u128 << index) != 0 {
            masked = pattern.replace_all(&masked, |found: &Captures<'_>| replaced(found)).into_owned();
        }
    }
    masked
}

fn replaced(found: &Captures<'_>) -> String {
    /// Groups that [`is_shown`] looks at once more. At most one of them takes part in a match.
    const GROUPS: [&str; 9] = ["user", "slashed", "parsed", "port", "said", "told", "single", "double", "escaped"];
    let group = GROUPS.into_iter().find(|group| found.name(group).is_some()).unwrap_or("secret");
    let text = found.name(group).map_or("", |text| text.as_str());
    if is_shown(text, group) {
        return whole(found);
    }
    replace(found, group)
}

/// Whether a match is no credential after all: a user made of words, as in Azure's repository URLs; a port in front of
/// another host, as in URLs of databases; words after `password is`; a variable in quotes.
fn is_shown(text: &str, group: &str) -> bool {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match group {
        _ if is_hidden(text) || is_whole_variable(text) || matches!(text, "%s" | "%v" | "<password>") => true,
        // `root:${PASSWORD}`, piped into chpasswd.
        _ if text.split_once(':').is_some_and(|(_, password)| is_whole_variable(password)) => true,
        // What SQL makes of it by itself.
        _ if matches!(text, "RANDOM" | "VALUES") => true,
        // The URL has no password.
        "parsed" => true,
        "user" => text.contains(['-', '_', '.']) && is_of_words(text),
        "slashed" => !text.ends_with('=') && text.split_once([',', '/']).is_some_and(|(port, _)| is_port(port)),
        // `8080a`, `80:80`, `metrics`
        "port" => {
            let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let has_digits = (2..=5).contains(&(text.len() - digits.len()));
            is_told(text)
                || is_of_words(text)
                || text.ends_with(':')
                || text.contains(['{', '%'])
                || (has_digits && (digits.len() < 4 || digits.starts_with([',', ':', '-', ';'])))
        }
        "said" => !looks_random(text) || is_told(text) || is_image(text) || is_date(text) || is_path(text),
        // A lowercase word or a URL is what the program failed to read; the rest of a password has digits or signs.
        "told" => {
            text.contains("://") || text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        }
        "single" => text.starts_with('$') && is_something_else(text),
        // Docker's `-p 80:80` and flags such as `-print` look like MySQL's `-p` with its password.
        _ if matches!(text, "assword" | "ods" | "ort" | "revious" | "rint") || text.starts_with("ort=") => true,
        _ => text.split_once(':').is_some_and(|(from, to)| is_port(from) && is_port(to)),
    }
}

/// `$(NAME)`, `${NAME}`, `$NAME`
fn is_whole_variable(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    is_reference(text) || text.strip_prefix('$').is_some_and(|name| name.len() > 1 && name.bytes().all(is_known))
}

/// `2026-11-30T19:00:00Z`
fn is_date(text: &str) -> bool {
    let (day, _) = text.split_once('T').unwrap_or((text, ""));
    day.starts_with("20")
        && day.len() == "2026-11-30".len()
        && day.split('-').filter(|part| part.parse::<u16>().is_ok()).count() == 3
}

/// `/api/v1/users`
fn is_path(text: &str) -> bool {
    text.starts_with('/') && is_of_words(text)
}

/// What may follow `token is` or `password is` without being the credential: words, names, variables, error codes.
fn is_told(text: &str) -> bool {
    text.starts_with(['$', '<', '['])
        || text.contains('(')
        || is_error_code(text.trim_end_matches(':'))
        || (text.contains(['-', '_', '.']) && is_of_words(text))
        || (text.contains('.') && is_name_of_object(text))
}
