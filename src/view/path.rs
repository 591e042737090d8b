//! Paths into an answer. Missing, `null` and empty are the same: nothing.

use serde_json::Value;

/// Steps from a value to what is inside of it.
pub type Path = &'static [Segment];

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Into the value of a key.
    Key(&'static str),
    /// Into every item of a list.
    Each,
    /// Into the JSON that a string holds.
    Json,
}

/// Calls `found` with every value at the path that is not missing, null or empty.
pub fn visit(value: &Value, path: &[Segment], found: &mut dyn FnMut(&Value)) {
    match (path.split_first(), value) {
        (None, value) if !is_absent(value) => found(value),
        (Some((Segment::Key(key), rest)), Value::Object(map)) => {
            map.get(*key).into_iter().for_each(|child| visit(child, rest, found));
        }
        (Some((Segment::Each, rest)), Value::Array(list)) => list.iter().for_each(|child| visit(child, rest, found)),
        (Some((Segment::Json, rest)), Value::String(text)) => {
            text.parse().iter().for_each(|inner| visit(inner, rest, found));
        }
        _ => {}
    }
}

/// Whether a value counts as missing. False and zero are values.
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The first text at a path.
pub fn text(value: &Value, path: &[Segment]) -> Option<String> {
    let mut first = None;
    visit(value, path, &mut |found| {
        first.get_or_insert_with(|| scalar(found));
    });
    first
}

/// The text at a path of keys alone, to be changed.
pub fn text_mut<'v>(value: &'v mut Value, path: &[Segment]) -> Option<&'v mut String> {
    match (path.split_first(), value) {
        (None, Value::String(text)) => Some(text),
        (Some((Segment::Key(key), rest)), Value::Object(map)) => text_mut(map.get_mut(*key)?, rest),
        _ => None,
    }
}

/// A scalar without quotes, anything else as compact JSON.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
