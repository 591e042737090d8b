//! YAML in a text: what a parser finds and lines do not tell, such as blocks, lists below a name, and Secrets.

use serde_json::Value;

use crate::view::mask::assigned;

/// The text written anew where `mask` changes the JSON of a document in it; `None` where it changes none, or where the
/// text is not YAML with names in it.
pub(super) fn mask(text: &str, mask: impl Fn(&str) -> Option<String>) -> Option<String> {
    // Nothing is below a name in a single line, and a Secret has a credential in its kind.
    if !text.trim_ascii_end().contains('\n') || !text.contains(':') || !assigned::has_name(text) {
        return None;
    }
    let mut documents: Vec<Value> = serde_saphyr::from_multiple(text).ok()?;
    let mut changed = false;
    for document in documents.iter_mut().filter(|document| document.is_array() || document.is_object()) {
        if let Some(masked) = mask(&document.to_string()) {
            *document = masked.parse().ok()?;
            changed = true;
        }
    }
    if !changed {
        return None;
    }
    let written: Result<Vec<String>, _> = documents.iter().map(serde_saphyr::to_string).collect();
    Some(written.ok()?.join("---\n"))
}
