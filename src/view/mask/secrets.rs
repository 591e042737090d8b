//! Secrets in a text that no parser reads, such as a template: everything below `data` and `stringData` is masked.

use std::sync::LazyLock;

use regex::Regex;

use super::{is_mark, lines::depth, mark};

/// That there is a Secret, in YAML or JSON, and in which column.
static KIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const KEY: &str =
        r#"(?<key>["']?kind["']?)[ \t]*:[ \t]*(?:!!str[ \t]+|&\S+[ \t]+)?["']?Secret["']?[ \t]*(?:[,}#\r]|$)"#;
    Regex::new(&format!(r"(?m)(?:^[ \t]*(?:- )?|^[^#\n]*[{{,][ \t]*){KEY}")).ok()
});
/// Where its values begin: the key, and what stands in its line behind it.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const KEY: &str = r#"(?<key>["']?(?:data|stringData)["']?)[ \t]*:"#;
    Regex::new(&format!(r"^(?:[ \t]*(?:- )?|[^#]*?[{{,][ \t]*){KEY}(?<rest>.*)$")).ok()
});
/// A key, and its value behind it.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:- )?["']?[A-Za-z0-9._/-]+["']?[ \t]*:(?:[ \t]+(?<rest>\S.*))?[ \t\r]*$"#).ok()
});
/// An action of a template with nothing in it but names.
static ACTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\{\{-?(?:[ |().$_-]|[A-Za-z][A-Za-z0-9_]*|\b[0-9]{1,3}\b)*-?\}\}$").ok());

/// Masks the values of Secrets, document by document; what it does not know for something else it takes for a value.
pub(super) fn mask(text: &str) -> String {
    let documents: Vec<String> = text.split("\n---").map(document).collect();
    documents.join("\n---")
}

fn document(text: &str) -> String {
    let (Some(kind), Some(data), Some(key)) = (&*KIND, &*DATA, &*KEY) else { return mark(text) };
    // In JSON, whose columns say nothing, it may be anywhere.
    let column = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        let before = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        before.chars().all(|c| " \t-".contains(c)).then_some(before.len())
    };
    let secrets: Vec<Option<usize>> =
        kind.captures_iter(text).filter_map(|found| Some(column(found.name("key")?.start()))).collect();
    // Nothing but a Secret has the other one.
    if secrets.is_empty() && !text.contains("stringData") {
        return text.to_owned();
    }
    // The column of the key whose values are masked, and of the one whose text goes over lines.
    let (mut inside, mut block): (Option<usize>, Option<usize>) = (None, None);
    let mut line = |line: &str| {
        let (depth, trimmed) = (depth(line), line.trim());
        block = block.filter(|begin| trimmed.is_empty() || depth > *begin);
        let found = data.captures(line).filter(|_| block.is_none());
        if let Some((own, rest)) = found.and_then(|found| Some((found.name("key")?, found.name("rest")?)))
            && (own.as_str().contains("stringData")
                || secrets.iter().any(|column| column.is_none_or(|column| column == own.start())))
        {
            inside = Some(own.start());
            let behind = rest.as_str().trim();
            let opens = matches!(behind, "" | "{" | "!!map") || behind.starts_with('#');
            return if opens { line.to_owned() } else { beginning(line, rest.start(), rest.as_str()) };
        }
        let keyed = key.captures(line).filter(|_| block.is_none());
        if keyed.is_some() && inside.is_some_and(|begin| depth <= begin) {
            // JSON may have everything in one column.
            let is_json = trimmed.starts_with('"');
            inside = inside.filter(|_| is_json && !is_part(trimmed));
        }
        if inside.is_none() || trimmed.is_empty() || trimmed.chars().all(|c| "{}[],".contains(c)) {
            return line.to_owned();
        }
        match keyed.map(|found| found.name("rest")) {
            Some(None) => line.to_owned(),
            Some(Some(rest)) if rest.as_str().trim_end_matches(['|', '>', '-', '+', ' ', '\r']).is_empty() => {
                block = Some(depth);
                line.to_owned()
            }
            Some(Some(rest)) => beginning(line, rest.start(), rest.as_str()),
            None => beginning(line, depth, trimmed),
        }
    };
    text.split('\n').map(&mut line).collect::<Vec<_>>().join("\n")
}

/// Another part of a manifest in JSON.
fn is_part(line: &str) -> bool {
    ["apiVersion", "immutable", "kind", "metadata", "type"].iter().any(|part| {
        line.strip_prefix('"').and_then(|line| line.strip_prefix(part)).is_some_and(|rest| rest.starts_with('"'))
    })
}

/// A line up to a value, and the mark of that. An action of a template alone shows what it names.
fn beginning(line: &str, at: usize, value: &str) -> String {
    let value = value.trim();
    let is_shown = is_mark(value) || ACTION.as_ref().is_some_and(|action| action.is_match(value));
    let shown = if is_shown { value.to_owned() } else { mark(value) };
    let before = line.get(..at).unwrap_or_default();
    let space = if before.ends_with(':') { " " } else { "" };
    format!("{before}{space}{shown}")
}
