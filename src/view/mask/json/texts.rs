//! Texts inside of JSON: what is JSON or YAML in them is masked as such.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use super::{Masked, Place, mask_at, yaml};
use crate::view::{
    mask::{self, is_plain},
    text::{clean_block, is_clean},
};

/// Whether a key is a short name, as nearly all are: no credential is one.
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

/// What a manifest says first of itself.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "apiVersion")]
    _version: String,
    #[serde(rename = "kind")]
    _kind: String,
}

/// What a line of a log says of itself.
#[derive(Deserialize)]
struct Logged {
    #[serde(rename = "msg", alias = "message")]
    _said: String,
    #[serde(rename = "level", alias = "severity", alias = "lvl")]
    _level: IgnoredAny,
}

/// How long the JSON is with which a text begins.
pub(in crate::view::mask) fn length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok().map(|_| values.byte_offset())
}

/// JSON in a text, masked; `None` where the text is something else.
pub(in crate::view::mask) fn inside(text: &str, depth: u8) -> Option<Masked> {
    if !is_json(text) {
        return None;
    }
    // Texts within texts, too, end somewhere.
    let depth = depth.saturating_add(16);
    let chosen = serde_json::from_str::<Manifest>(text).is_err();
    let logged = chosen && serde_json::from_str::<Logged>(text).is_ok();
    mask_at(text, Place { depth, chosen, logged, counts: chosen, ..Place::default() }).ok()
}

/// A text without credentials. JSON and YAML in it are masked as what they are: a manifest, an annotation with the last
/// applied one, or something whose names people chose.
pub(super) fn text(text: &str, depth: u8) -> Cow<'_, str> {
    match inside(text, depth) {
        Some(masked) if masked.changed => masked.text.into(),
        Some(_) => text.into(),
        None => {
            // What is invisible may hide a name.
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
