//! Credentials that go over several lines of a log: private keys, Secrets, and values below their names.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::{below, formats::may_be_key, json, mark, secrets};
use crate::view::text::{clean_block, is_clean};

/// The most lines that a key has: an RSA key of 16384 bits has about 200.
const LONGEST: usize = 200;

/// Masks credentials that go over several lines; the lines of several writers may be mixed. Credentials within one line
/// are not masked here.
pub fn lines<'l>(lines: impl Iterator<Item = (&'l str, &'l mut String)>) {
    let mut writers: HashMap<&str, Vec<&mut String>> = HashMap::new();
    for (writer, line) in lines {
        if !is_clean(line) {
            *line = clean_block(line);
        }
        writers.entry(writer).or_default().push(line);
    }
    for lines in writers.values_mut() {
        keys(lines);
        manifests(lines);
        below::mask(lines);
    }
}

/// Masks a text of several lines that cannot be parsed, such as a template: values in the lines below their names.
pub(super) fn by_lines(text: &str) -> String {
    let mut lines: Vec<String> = secrets::mask(text, false).split('\n').map(str::to_owned).collect();
    let mut all: Vec<&mut String> = lines.iter_mut().collect();
    below::mask(&mut all);
    lines.join("\n")
}

/// Secrets that were printed over several lines.
fn manifests(lines: &mut [&mut String]) {
    // A line that is complete JSON is masked as JSON.
    if !lines.iter().any(|line| secrets::may_begin(line) && json::length(line) != Some(line.len())) {
        return;
    }
    let text = lines.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
    for (line, masked) in lines.iter_mut().zip(secrets::mask(&text, true).split('\n')) {
        masked.clone_into(line);
    }
}

/// The column in which a line begins.
pub(super) fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where in a line a key begins that ends in another line, or where a key ends that began in another line.
enum Edge {
    Begin(usize),
    End(usize),
}

/// Whether a key really follows the BEGIN line, in the same line or in the next one. BEGIN may also only be mentioned,
/// as in `key must begin with -----BEGIN PRIVATE KEY-----`.
fn goes_on(behind: &str, next: Option<&str>, before: usize) -> bool {
    /// Letters of a word that is too long to be a line of its own in a log.
    const LONG: usize = 16;
    let behind = behind.rsplit("-----").next().unwrap_or_default().replace("\\n", " ");
    let is_sign = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '=');
    let is_of_it = |line: &str, before: usize| {
        let mut words = line.split(is_sign).filter(|word| !word.is_empty());
        may_be_of_key(line, before)
            && words.any(|word| word.len() >= LONG || word.bytes().any(|byte| !byte.is_ascii_lowercase()))
    };
    match behind.trim_matches(is_sign) {
        "" => next.is_some_and(|next| is_of_it(next, before)),
        behind => is_of_it(behind, 0),
    }
}

fn edge(line: &str) -> Option<Edge> {
    static EDGE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("-----(?<edge>BEGIN|END) [A-Z ]*PRIVATE KEY(?: BLOCK)?-----").ok());
    if !line.contains("PRIVATE KEY") {
        return None;
    }
    let edges = || EDGE.iter().flat_map(|edge| edge.find_iter(line));
    let (first, last) = (edges().next()?, edges().last()?);
    let begins = |found: &regex::Match<'_>| found.as_str().starts_with("-----BEGIN");
    if begins(&last) { Some(Edge::Begin(last.start())) } else { (!begins(&first)).then_some(Edge::End(first.end())) }
}

/// Puts one mark in the place of all lines of a key. The key ends with its END line, or without one with the last line
/// that may belong to it.
fn keys(lines: &mut [&mut String]) {
    let mut from = 0;
    let next = |lines: &[&mut String], from: usize| {
        lines.iter().enumerate().skip(from).find_map(|(at, line)| Some((at, edge(line)?)))
    };
    while let Some((at, edge)) = next(lines, from) {
        from = at + 1;
        match edge {
            Edge::Begin(start) => {
                let line = lines.get(at).map_or("", |line| line.as_str());
                let before = line.get(..start).map_or(0, words);
                let next_line = lines.iter().skip(from).find(|line| !line.trim().is_empty());
                let behind = line.get(start..).unwrap_or_default();
                let has_end = match next(lines, from) {
                    Some((last, Edge::End(_))) if last <= at + LONGEST => {
                        lines.iter().take(last).skip(from).any(|line| may_be_key(line))
                    }
                    _ => false,
                };
                if !has_end && !goes_on(behind, next_line.map(|line| line.as_str()), before) {
                    continue;
                }
                let may_be_of_it = |line: &&&mut String| may_be_of_key(line, before);
                let (last, end) = match next(lines, from) {
                    Some((last, Edge::End(end))) if last <= at + LONGEST => (last, end),
                    _ => {
                        let rest = lines.iter().skip(from).take(LONGEST);
                        (at + rest.take_while(may_be_of_it).count(), usize::MAX)
                    }
                };
                hide(lines, (at, start), (last, end));
            }
            // The first lines of this key were not sent.
            Edge::End(end) => {
                let before = lines.get(at).and_then(|line| line.split("-----").next()).map_or(0, words);
                let may_be_of_it = |line: &&&mut String| may_be_of_key(line, before);
                let rest = lines.iter().take(at).rev().take(LONGEST);
                let first = at - rest.take_while(may_be_of_it).count();
                // `key must end with -----END PRIVATE KEY-----`
                let own = lines.get(at).and_then(|line| line.split("-----").next()).unwrap_or_default().to_owned();
                let is_named = || own.trim().is_empty() || !may_be_of_key(&own, 0);
                if first < at || !is_named() {
                    hide(lines, (first, 0), (at, end));
                }
            }
        }
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Whether a line may belong to a key. `before` is how many words the logger puts in front of each line, such as a time
/// and a level.
fn may_be_of_key(line: &str, before: usize) -> bool {
    /// Letters of a run that is longer than any word and than the hash of a commit.
    const LONG: usize = 48;
    const HEADERS: &[&str] = &["Comment: ", "DEK-Info: ", "Proc-Type: ", "Version: "];
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    if HEADERS.iter().any(|header| line.contains(header)) || line.split(|c| !is_base64(c)).any(|run| run.len() >= LONG)
    {
        return true;
    }
    let line = line.trim_end_matches([' ', '"', '\'', ',', '+']);
    let line = line.strip_suffix("\\n").unwrap_or(line);
    let last = line.split_whitespace().next_back().unwrap_or_default().trim_start_matches(['"', '\'']);
    let count = words(line);
    (count <= 1 || count == before + 1) && last.chars().all(is_base64)
}

/// Puts a mark in the place of everything between two positions, in each line.
fn hide(lines: &mut [&mut String], (first, start): (usize, usize), (last, end): (usize, usize)) {
    let part = |at: usize, line: &str| {
        let from = if at == first { start } else { 0 };
        let to = if at == last { end.min(line.len()) } else { line.len() };
        (from, to)
    };
    let mut key = String::new();
    for (at, line) in lines.iter().enumerate().take(last + 1).skip(first) {
        let (from, to) = part(at, line);
        key.push_str(line.get(from..to).unwrap_or_default());
        key.push('\n');
    }
    let mark = mark(&key);
    for (at, line) in lines.iter_mut().enumerate().take(last + 1).skip(first) {
        let (from, to) = part(at, line);
        **line = format!("{}{mark}{}", line.get(..from).unwrap_or_default(), line.get(to..).unwrap_or_default());
    }
}
