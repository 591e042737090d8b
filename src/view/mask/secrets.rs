//! Secrets in a text that cannot be parsed, such as a template: everything below `data` and `stringData` is masked.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{is_mark, lines::depth, mark};

/// Tells that there is a Secret, in YAML or JSON.
static KIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const KEY: &str =
        r#"["']?kind["']?[ \t]*:[ \t]*(?:!!str[ \t]+|&\S+[ \t]+)?["']?Secret(?:List)?["']?[ \t]*(?:[,}#\r]|\{\{|$)"#;
    Regex::new(&format!(r"(?m)(?:^[ \t]*(?:-[ \t]+)*|^[^#\n]*[{{,][ \t]*){KEY}")).ok()
});
/// Where the values of a Secret begin: the key, and the rest of its line.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const KEY: &str = r#"(?<key>["']?(?:data|stringData)["']?)[ \t]*:"#;
    Regex::new(&format!(r"^(?:[ \t]*(?:-[ \t]+)*|[^#]*?[{{,][ \t]*){KEY}(?<rest>.*)$")).ok()
});
/// A key, and its value behind it.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:-[ \t]+)*["']?[A-Za-z0-9._/-]+["']?[ \t]*:(?:[ \t]+(?<rest>\S.*))?[ \t\r]*$"#).ok()
});
/// Where another document begins.
static NEXT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^---(?:[ \t\r]|$)").ok());
/// An action of a template that holds nothing but names.
static ACTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const NAMES: &str = r"[ |().$_-]|[A-Za-z][A-Za-z0-9_]*|\b[0-9]{1,3}\b";
    Regex::new(&format!(r#"^\{{\{{-?(?:{NAMES}|\bindex [$.][A-Za-z0-9_.]* "[A-Za-z_.-]+")*-?\}}\}}$"#)).ok()
});

/// Whether a line may belong to a Secret; `false` is certain.
pub(super) fn may_begin(line: &str) -> bool {
    line.contains("Secret") || line.contains("stringData")
}

/// Masks the values of Secrets, document by document. Everything that is not known to be something else is taken for a
/// value. In a log, a line without indentation no longer belongs to the Secret.
pub(super) fn mask(text: &str, is_log: bool) -> String {
    let Some(next) = &*NEXT else { return mark(text) };
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for at in next.find_iter(text).map(|found| found.start()).chain([text.len()]) {
        out.push_str(&document(text.get(from..at).unwrap_or_default(), is_log));
        from = at;
    }
    out
}

fn document(text: &str, is_log: bool) -> String {
    let (Some(kind), Some(data), Some(key)) = (&*KIND, &*DATA, &*KEY) else { return mark(text) };
    let has_secret = kind.find_iter(text).any(|found| !is_named(text, found.range()));
    // Only a Secret has `stringData`.
    if !has_secret && !text.contains("stringData") {
        return text.to_owned();
    }
    // The column of the key whose values are masked, and the column of a key whose text goes over several lines.
    let (mut inside, mut block): (Option<usize>, Option<usize>) = (None, None);
    let mut line = |line: &str| {
        let (depth, trimmed) = (depth(line), line.trim());
        block = block.filter(|begin| trimmed.is_empty() || depth > *begin);
        let found = data.captures(line).filter(|_| block.is_none());
        // Nobody knows how far a template indents its lines, so any `data` near a Secret is taken for the Secret's.
        if let Some((own, rest)) = found.and_then(|found| Some((found.name("key")?, found.name("rest")?)))
            && (own.as_str().contains("stringData") || has_secret)
        {
            inside = Some(own.start());
            let behind = rest.as_str().trim();
            let opens = matches!(behind, "" | "{" | "!!map") || behind.starts_with('#');
            return if opens { line.to_owned() } else { beginning(line, rest.start(), rest.as_str()) };
        }
        let keyed = key.captures(line).filter(|_| block.is_none());
        if (keyed.is_some() || is_log) && inside.is_some_and(|begin| depth <= begin) {
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

/// Whether a `kind` belongs to a reference, which has a name beside it: `valuesFrom: [{ kind: Secret, name: x }]`.
fn is_named(text: &str, kind: Range<usize>) -> bool {
    let begin = text.get(..kind.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let own = text.get(begin..).unwrap_or_default().lines().next().unwrap_or_default();
    let column = |line: &str| line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let is_name = |line: &str| {
        let key = line.trim_start_matches([' ', '\t', '-', '"', '\'']);
        key.strip_prefix("name").is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    let before = text.get(..begin.saturating_sub(1)).and_then(|before| before.rsplit('\n').next());
    let after = text.get(begin + own.len()..).and_then(|after| after.lines().nth(1));
    let beside = [before, after].into_iter().flatten().any(|line| is_name(line) && column(line) == column(own));
    beside || (own.contains(['{', ',']) && own.contains("name") && !own.to_ascii_lowercase().contains("data"))
}

/// Whether a line begins another part of a manifest in JSON.
fn is_part(line: &str) -> bool {
    ["apiVersion", "kind", "metadata"].iter().any(|part| {
        line.strip_prefix('"').and_then(|line| line.strip_prefix(part)).is_some_and(|rest| rest.starts_with('"'))
    })
}

/// Whether a text is an action of a template that holds only names.
pub(super) fn is_action(text: &str) -> bool {
    ACTION.as_ref().is_some_and(|action| action.is_match(text))
}

/// A line up to a value, followed by the value's mark. An action of a template that holds only names is shown.
pub(super) fn beginning(line: &str, at: usize, value: &str) -> String {
    let value = value.trim();
    let shown = if is_mark(value) || is_action(value) { value.to_owned() } else { mark(value) };
    let before = line.get(..at).unwrap_or_default();
    let space = if before.ends_with(':') { " " } else { "" };
    format!("{before}{space}{shown}")
}
