//! Rows that SQL inserts: `INSERT INTO users (name, password) VALUES ('bob', '…')`.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    mark,
    names::{is_bare_key, is_sensitive},
    values::is_something_else,
};

/// The beginning of the statement, with the names of the columns.
static INSERT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\binsert\s+into\s+[^\s(]+\s*\((?<columns>[^()\n]{1,1000})\)\s*values\s*").ok());

/// The next value of a row, in quotes or not.
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"^(?<begin>[(,]\s*)(?:[EN]?'(?<value>(?:[^'\n]|'')*)'|\\+"(?<escaped>[^"\\\n]*)\\+"|"(?<quoted>(?:[^"\\\n]|\\.|"")*)"|[^',()\n]*(?:\([^()\n]*\))?)[^',()\n]*\s*"#,
    )
    .ok()
});

/// Masks the values of columns that are called credentials.
pub(super) fn mask(text: &str) -> String {
    let is_possible =
        ["insert into", "INSERT INTO", "Insert into", "Insert Into"].iter().any(|word| text.contains(word));
    let (Some(insert), Some(value)) = (INSERT.as_ref().filter(|_| is_possible), &*VALUE) else {
        return text.to_owned();
    };
    let (mut out, mut from) = (String::new(), 0);
    for found in insert.captures_iter(text) {
        let (Some(whole), Some(columns)) = (found.get(0), found.name("columns")) else { continue };
        let is_hidden = |column: &str| is_sensitive(column) && !is_bare_key(column);
        let hidden: Vec<bool> = columns
            .as_str()
            .split(',')
            .map(|column| is_hidden(column.trim().trim_matches(['"', '`', '[', ']'])))
            .collect();
        let (mut at, mut column) = (whole.end(), 0);
        while let Some(found) = text.get(at..).and_then(|rest| value.captures(rest)) {
            let begin = found.name("begin").map_or("", |begin| begin.as_str());
            column = if begin.starts_with('(') { 0 } else { column + 1 };
            let inner = ["value", "escaped", "quoted"].iter().find_map(|group| found.name(group));
            let inner = inner.filter(|value| value.len() > 2 && !is_something_else(value.as_str()));
            if let Some(inner) = inner.filter(|_| hidden.get(column) == Some(&true)) {
                out.push_str(text.get(from..at + inner.start()).unwrap_or_default());
                out.push_str(&mark(inner.as_str()));
                from = at + inner.end();
            }
            at += found.get(0).map_or(1, |whole| whole.len());
            // The next row.
            let rest = text.get(at..).unwrap_or_default();
            if let Some(next) = rest.strip_prefix(')') {
                at += 1 + next.len() - next.trim_start_matches([',', ' ', '\n', '\r', '\t']).len();
                if !text.get(at..).is_some_and(|rest| rest.starts_with('(')) {
                    break;
                }
            }
        }
    }
    out + text.get(from..).unwrap_or_default()
}
