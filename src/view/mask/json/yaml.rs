//! YAML in a text: what a parser finds and lines do not tell, such as blocks, lists below a name, and Secrets.

use serde_json::Value;
use serde_saphyr::Options;

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
    let mut documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options()).map_err(|_| Unread)?;
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

/// Aliases make gigabytes of a few lines: who uses one is read line by line.
fn options() -> Options {
    let mut options = Options::default();
    if let Some(budget) = &mut options.budget {
        budget.max_aliases = 0;
    }
    options.alias_limits.max_total_replayed_events = 0;
    options
}
