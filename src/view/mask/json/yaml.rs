//! YAML in a text: what a parser finds and lines do not tell, such as blocks, lists below a name, and Secrets.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;
use serde_json::Value;
use serde_saphyr::{MergeKeyPolicy, Options};

use crate::view::mask::assigned;

/// The text is YAML with names in it, but no parser reads it, or none should.
pub(super) struct Unread;

/// The text written anew where `mask` changes the JSON of a document in it; `None` where it changes none, or where the
/// text has no names in it.
///
/// # Errors
/// [`Unread`]
pub(super) fn mask(text: &str, mask: impl Fn(&str) -> Option<String>) -> Result<Option<String>, Unread> {
    // Nothing is below a name in a single line, and a Secret has a credential in its kind.
    if !text.trim_ascii_end().contains('\n') || !text.contains(':') || !assigned::has_name(text) {
        return Ok(None);
    }
    let read = |text: &str| serde_saphyr::from_multiple_with_options::<Value>(text, options());
    let mut documents = match read(text) {
        Err(_) if text.contains('*') => read(&without_aliases(text)),
        read => read,
    }
    .map_err(|_| Unread)?;
    let mut changed = false;
    for document in documents.iter_mut().filter(|document| document.is_array() || document.is_object()) {
        if let Some(masked) = mask(&document.to_string()) {
            *document = masked.parse().map_err(|_| Unread)?;
            changed = true;
        }
    }
    if !changed {
        return Ok(None);
    }
    let written: Result<Vec<String>, _> = documents.iter().map(serde_saphyr::to_string).collect();
    Ok(Some(written.map_err(|_| Unread)?.join("---\n")))
}

/// Aliases make gigabytes of a few lines: none is followed.
fn options() -> Options {
    let mut options = Options::default();
    if let Some(budget) = &mut options.budget {
        budget.max_aliases = 0;
    }
    options.alias_limits.max_total_replayed_events = 0;
    options.merge_keys = MergeKeyPolicy::AsOrdinary;
    options
}

/// The same with texts in the place of aliases: what they stand for is masked where it is defined.
fn without_aliases(text: &str) -> Cow<'_, str> {
    static ALIAS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)(?<before>^|[\s\[,:{-])\*(?<name>[A-Za-z0-9_-]+)").ok());
    ALIAS.as_ref().map_or(Cow::Borrowed(text), |alias| alias.replace_all(text, "$before\"*$name\""))
}
