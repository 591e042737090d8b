//! Texts inside JSON. If such a text is itself JSON or YAML, it is masked as JSON or YAML.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use super::{Masked, Place, mask_at, yaml};
use crate::view::{
    mask::{self, is_plain},
    text::{clean_block, is_clean},
};

/// Whether a key is a short name, as nearly all keys are; such a key is never a credential.
pub(super) fn is_name(key: &str) -> bool {
    const SHORT: usize = 16;
    key.len() < SHORT
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

pub(super) fn needs_work(text: &str) -> bool {
    is_json(text) || !is_plain(text) || !is_clean(text)
}

/// Whether a text may be JSON with something in it; `false` is certain.
fn is_json(text: &str) -> bool {
    let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

/// The fields that tell a manifest from other JSON.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "apiVersion")]
    _version: String,
    #[serde(rename = "kind")]
    _kind: String,
}

/// The length of the JSON at the beginning of a text.
pub(in crate::view::mask) fn length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok().map(|_| values.byte_offset())
}

/// JSON in a text, masked; `None` where the text is something else.
pub(in crate::view::mask) fn inside(text: &str, depth: u8) -> Option<Masked> {
    if !is_json(text) {
        return None;
    }
    // Texts nested within texts count towards the depth limit.
    let depth = depth.saturating_add(16);
    let chosen = serde_json::from_str::<Manifest>(text).is_err();
    mask_at(text, Place { depth, chosen, counts: chosen, ..Place::default() }).ok()
}

/// A text with its credentials masked. JSON and YAML are masked as what they are: a manifest, an annotation that holds
/// the last applied manifest, or a file with names that people chose.
pub(super) fn text(text: &str, depth: u8) -> Cow<'_, str> {
    match inside(text, depth) {
        Some(masked) if masked.changed => masked.text.into(),
        Some(_) => text.into(),
        None => {
            // Invisible characters could hide a name.
            let clean = if is_clean(text) { Cow::Borrowed(text) } else { clean_block(text).into() };
            if !yaml::may_be(&clean) {
                return mask::around(&clean, depth).into();
            }
            match yaml::mask(&clean, |json| inside(json, depth)) {
                Ok(masked) => mask::flat(masked.as_deref().unwrap_or(&clean)).into(),
                Err(yaml::Unread) => mask::by_lines(&mask::around(&clean, depth)).into(),
            }
        }
    }
}
