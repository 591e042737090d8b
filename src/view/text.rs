//! Text from outside made safe to print: control, bidirectional and invisible characters go, lines stay lines.

use serde::de::IgnoredAny;

use super::mask;
use crate::error::{Error, Kind};

/// Most values that are told of what there is instead.
const TOLD: usize = 12;

/// `web, api, 3 more`
pub fn listed(values: impl IntoIterator<Item = String>) -> String {
    let mut values = values.into_iter();
    let told: Vec<String> = values.by_ref().take(TOLD).collect();
    match values.count() {
        0 => told.join(", "),
        more => format!("{}, {more} more", told.join(", ")),
    }
}

/// `web, api and 3 more`, the first `most` of them.
pub fn first_of(values: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let more = values.len().saturating_sub(most);
    let first = values.take(most).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

/// Where filters leave nothing only together.
pub fn none_fits_all(filters: &[&str]) -> String {
    format!("There are some for each of {}, but none that fits all of them.", filters.join(", "))
}

/// Text from outside as it may be shown: cleaned, and without credentials.
pub fn shown(text: &str) -> String {
    mask::text(&clean(text))
}

/// The same for a line of a log, which may be indented.
pub fn shown_line(line: &str) -> String {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.get(..line.len() - text.len()).unwrap_or_default();
    clean_line(indent) + &shown(text)
}

/// As [`clean`], but lines and tabs stay: for texts of several lines such as a value of a ConfigMap, a Makefile perhaps.
pub fn clean_block(text: &str) -> String {
    let line = |line: &str| line.split('\t').map(clean_line).collect::<Vec<String>>().join("\t");
    text.split('\n').map(line).collect::<Vec<String>>().join("\n")
}

/// Removes what [`clean`] removes from one line; spaces stay as they are.
fn clean_line(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let mut kept = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => skip_escape(&mut characters),
            '\t' => kept.push_str("  "),
            // What a terminal would write over; line and paragraph separators.
            '\r' | '\u{2028}' | '\u{2029}' => kept.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            // It makes an emoji, of an emoji.
            '\u{fe0f}' if kept.ends_with(|last: char| last.is_ascii_alphanumeric()) => {}
            c => kept.push(c),
        }
    }
    kept
}

/// Removes ANSI escapes, control characters, and characters that reorder or hide text; line ends and tabs become
/// single spaces.
pub fn clean(text: &str) -> String {
    if is_clean(text) && !text.contains(['\n', '\t']) {
        return text.trim_end().to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    for piece in text.split(['\n', '\r', '\t']) {
        let piece = clean_line(piece);
        if !kept.is_empty() && !kept.ends_with(' ') && !piece.is_empty() {
            kept.push(' ');
        }
        kept.push_str(&piece);
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// `ESC [ … letter`, and nothing of other escapes but the ESC itself.
fn skip_escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    if characters.next_if_eq(&'[').is_some() {
        for c in characters.by_ref() {
            if ('@'..='~').contains(&c) {
                break;
            }
        }
    }
}

/// Bidirectional controls, zero-width characters, fillers, and what hides ASCII: the tag block and variation selectors,
/// but for the one that makes an emoji.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2028}' | '\u{2029}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e01ef}')
}

/// As [`clean`], but what would go stands there as `\u{200b}`.
pub fn escaped(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) { kept.extend(c.escape_unicode()) } else { kept.push(c) }
    }
    kept
}

/// Whether there is nothing in a text that [`clean_block`] has to remove.
pub fn is_clean(text: &str) -> bool {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    // Without a branch a byte, so that many are looked at in one step.
    let all_plain = |part: &[u8]| part.iter().fold(true, |all, byte| all & plain(byte));
    text.as_bytes().chunks(64).all(all_plain)
        || !text.contains(|c: char| is_invisible(c) || c == '\u{fe0f}' || (c.is_control() && !matches!(c, '\n' | '\t')))
}

/// `1 event`, `2 events`, of a noun in the plural.
pub fn counted(count: usize, plural: &str) -> String {
    let noun = match plural.strip_suffix("ies") {
        Some(stem) if count == 1 => format!("{stem}y"),
        None if count == 1 => plural.trim_end_matches('s').to_owned(),
        _ => plural.to_owned(),
    };
    format!("{count} {noun}")
}

/// Cuts at a character boundary and says so with `…`.
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// The beginning and the end of a message, around `…`: what a chain of errors ends in is the cause. A command that it
/// quotes, such as the one Argo CD runs Helm by, is cut to its name first: why it failed comes after it.
pub fn condense(text: &str, most: usize) -> String {
    let length = |text: &str| text.chars().count();
    if length(text) <= most {
        return text.to_owned();
    }
    // Of a pod that cannot be scheduled: that nothing could be evicted for it is no cause.
    let text = text.split_once(" preemption: ").map_or(text, |(cause, _)| cause);
    // `pods "a-long-name" is forbidden: exceeded quota: …`
    let text = match text.split_once(" is forbidden: ") {
        Some((subject, why)) if is_subject(subject) => format!("forbidden: {why}"),
        _ => text.to_owned(),
    };
    let text = without_objects(&without_commands(without_layers(&text)));
    let all = length(&text);
    if all <= most {
        return text;
    }
    let begins = most / 3;
    let head: String = text.chars().take(begins).collect();
    let tail: String = text.chars().skip(all - (most - begins - 3)).collect();
    format!("{} … {}", head.trim_end(), tail.trim_start())
}

/// Without what Argo CD and gRPC put before every cause.
fn without_layers(text: &str) -> &str {
    const LAYERS: [&str; 4] = [
        "Failed to load target state: ",
        "Manifest generation error (cached): ",
        "failed to generate manifest for source 1 of 1: ",
        "rpc error: code = Unknown desc = ",
    ];
    LAYERS.iter().find_map(|layer| text.strip_prefix(layer)).map_or(text, without_layers)
}

/// `pods "web-1"`: a resource that was refused, and nothing else.
fn is_subject(text: &str) -> bool {
    let parts: Vec<&str> = text.split('"').collect();
    matches!(parts.as_slice(), [kind, _, ""] if !kind.trim().contains(' '))
}

/// Without the objects that Kubernetes repeats when it refuses them: `Invalid value: {…}: field is immutable`.
pub fn without_objects(text: &str) -> String {
    const BEFORE: &str = "Invalid value: ";
    const LONG: usize = 60;
    let mut parts = text.split(BEFORE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut values = serde_json::Deserializer::from_str(part).into_iter::<IgnoredAny>();
        let length = values.next().and_then(Result::ok).map_or(0, |_| values.byte_offset());
        let shown = match part.as_bytes() {
            _ if length <= LONG => None,
            [b'{', ..] => Some("{…}"),
            [b'[', ..] => Some("[…]"),
            [b'"', b'{' | b'[', ..] => Some("\"…\""),
            text if text.starts_with(b"\"map[") => Some("\"…\""),
            _ => None,
        };
        let (shown, rest) = shown.map_or(("", part), |shown| (shown, part.get(length..).unwrap_or_default()));
        out.extend([BEFORE, shown, rest]);
    }
    out
}

/// Long texts between backticks by their first two words.
fn without_commands(text: &str) -> String {
    const LONG: usize = 60;
    let pieces: Vec<&str> = text.split('`').collect();
    let quoted = |index: usize| index % 2 == 1 && index + 1 < pieces.len();
    let cut = |(index, piece): (usize, &&str)| match piece.len() > LONG && quoted(index) {
        true => format!("{} …", piece.split_whitespace().take(2).collect::<Vec<_>>().join(" ")),
        false => (*piece).to_owned(),
    };
    pieces.iter().enumerate().map(cut).collect::<Vec<_>>().join("`")
}

/// [`clip`] for a length in bytes.
pub fn clip_bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most.saturating_sub('…'.len_utf8()));
    format!("{}…", text.get(..end).unwrap_or_default().trim_end())
}

/// An error as it may be told: cleaned, without credentials, and no longer than a reader wants.
pub fn told(error: Error) -> Error {
    const LONGEST: usize = 4000;
    let tell = |text: &str| clip(&without_objects(&mask::text(&clean_block(text))), LONGEST);
    let hint = error.hint.as_deref().map(tell);
    // An address with parts masked or cut leads nowhere; it is made here, of nothing secret.
    let message = if error.kind == Kind::SignIn { clean_block(&error.message) } else { tell(&error.message) };
    Error { message, hint, ..error }
}

/// Head lines, rows and foot lines under a byte cap: rows go first, from the end.
#[derive(Debug, Default)]
pub struct Lines {
    /// Stay whatever happens.
    pub head: Vec<String>,
    /// Dropped from the end until the text fits.
    pub rows: Vec<String>,
}

impl Lines {
    /// Joins the lines; `foot` is told how many rows are left and makes the last lines.
    /// A line may be a fifth of it: one endless cell does not cost the others.
    pub fn fit(mut self, max_bytes: usize, foot: impl Fn(usize) -> Option<String>) -> String {
        for line in self.head.iter_mut().chain(&mut self.rows).filter(|line| line.len() > max_bytes / 5) {
            *line = clip_bytes(line, max_bytes / 5);
        }
        loop {
            let tail = foot(self.rows.len());
            let all: Vec<&str> = self.head.iter().chain(&self.rows).chain(&tail).map(String::as_str).collect();
            let text = all.join("\n");
            if text.len() <= max_bytes || self.rows.is_empty() {
                return text;
            }
            // Drop about as much as is over, at least one row.
            let mut over = text.len() - max_bytes;
            while let Some(row) = self.rows.pop() {
                if row.len() + 1 >= over {
                    break;
                }
                over -= row.len() + 1;
            }
        }
    }
}
