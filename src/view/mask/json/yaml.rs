//! YAML in a text, masked in place. A parser finds what single lines do not tell: blocks, lists below a name, Secrets.
//! Everything that is not a credential stays as it was written, comments included.

mod document;

use std::{collections::HashSet, sync::LazyLock};

use document::{Document, Scalar, documents};
use granit_parser::ScalarStyle;
use regex::Regex;

use super::{MARK, Masked, flat::strings, is_mark, mark};
use crate::view::mask::{assigned, flat};

/// The text looks like YAML with names in it, but it cannot be parsed.
pub(super) struct Unread;

/// Whether a text may be YAML with names in it that is not just JSON; `false` is certain.
pub(super) fn may_be(text: &str) -> bool {
    text.contains(':') && assigned::has_name(text) && may_have_parts(text)
}

/// The text with marks where `read` masks the JSON of a document in it; `None` where it masks nothing.
///
/// # Errors
/// [`Unread`]
pub(super) fn mask(text: &str, read: impl Fn(&str) -> Option<Masked>) -> Result<Option<String>, Unread> {
    let (mut out, mut from) = (String::new(), 0);
    for document in documents(text)? {
        for (scalar, shown) in hidden(&document, &read)? {
            out.push_str(text.get(from..scalar.place.start).unwrap_or_default());
            out.push_str(&written(scalar, &shown, text.get(scalar.place.clone()).unwrap_or_default()));
            from = scalar.place.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Ok((from > 0).then_some(out))
}

/// Whether parsing may find more than looking at one line after the other does. In a text of one line that takes a list
/// or an object, alone or after a name; any other single line is prose, such as `spec.env[0].name: Required value`.
fn may_have_parts(text: &str) -> bool {
    static BELOW: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"^(?:- +)*(?:["']?[A-Za-z0-9_./-]+["']?[ \t]*:[ \t]+)?(?:[&!]\S+[ \t]+)*[\[{]"#).ok()
    });
    let text = text.trim_ascii();
    text.contains('\n') || BELOW.as_ref().is_none_or(|below| below.is_match(text))
}

/// The texts of a document that must be changed, each with what is shown instead. Aliases are never changed: if an
/// alias stands where a credential would, the text at its anchor is hidden, whatever its name is there.
fn hidden(document: &Document, read: impl Fn(&str) -> Option<Masked>) -> Result<Vec<(&Scalar, String)>, Unread> {
    let masked = read(&document.json).ok_or(Unread)?;
    if !masked.masked {
        return Ok(vec![]);
    }
    let mut shown = strings(&masked.text).map_err(|_| Unread)?;
    if shown.len() != document.scalars.len() {
        return Err(Unread);
    }
    let is_hidden = |scalar: &Scalar, shown: &str| shown != scalar.text && shown.contains(MARK);
    let all = || document.scalars.iter().zip(&shown).filter(|(scalar, shown)| is_hidden(scalar, shown));
    let mut aliased: Vec<usize> = all().filter_map(|(scalar, _)| scalar.alias).collect();
    let mut seen = HashSet::new();
    while let Some(anchor) = aliased.pop() {
        let Some(inside) = document.anchors.get(&anchor).filter(|_| seen.insert(anchor)) else { continue };
        for at in inside.clone() {
            let (Some(scalar), Some(shown)) = (document.scalars.get(at), shown.get_mut(at)) else { continue };
            aliased.extend(scalar.alias);
            if !scalar.is_key && !shown.contains(MARK) {
                *shown = mark(&scalar.text);
            }
        }
    }
    let all = document.scalars.iter().zip(shown);
    Ok(all.filter(|(scalar, shown)| scalar.alias.is_none() && is_hidden(scalar, shown)).collect())
}

/// The text to be shown, in the YAML style of the text that it replaces, `before`.
fn written(scalar: &Scalar, shown: &str, before: &str) -> String {
    let quoted = || serde_json::Value::from(shown).to_string();
    // A plain text over several lines keeps its lines: often it is no YAML, but prose below a line that ends with a
    // `:`.
    let in_lines = || {
        let shown_marks = shown.matches(MARK).count();
        Some(flat(before)).filter(|lines| lines.matches(MARK).count() >= shown_marks)
    };
    match scalar.style {
        ScalarStyle::Plain
            if before.contains('\n')
                && !is_mark(shown)
                && let Some(lines) = in_lines() =>
        {
            lines
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let between = if scalar.style == ScalarStyle::Folded { "\n\n" } else { "\n" };
            let rest = before.get(before.trim_end().len()..).unwrap_or_default();
            let lines = shown.trim_end().split('\n');
            let indented = |(at, line): (usize, &str)| match at {
                0 => line.to_owned(),
                _ if line.is_empty() => String::new(),
                _ => format!("{}{line}", " ".repeat(scalar.column)),
            };
            lines.enumerate().map(indented).collect::<Vec<_>>().join(between) + rest
        }
        ScalarStyle::SingleQuoted if !shown.contains('\n') => format!("'{}'", shown.replace('\'', "''")),
        // A mark must not turn a `:` inside a word, `Password:…`, into YAML's sign between key and value.
        ScalarStyle::Plain
            if !shown.contains(['\n', '#', '"', '\'']) && before.contains(':') >= shown.contains(':') =>
        {
            shown.to_owned()
        }
        _ => quoted(),
    }
}
