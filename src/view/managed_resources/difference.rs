//! How the two states of a resource differ: fields with their values, or lines.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use similar::TextDiff;

use super::Item;
use crate::view::{path, text::shown, yaml};

/// Lines around a change.
const AROUND: usize = 3;
/// Longest value that stands with its field, in bytes.
const SHORT: usize = 72;

/// The fields that a sync would change; none of what it would create or prune.
pub(super) fn differing(item: &Item<'_>) -> Vec<String> {
    let [Some(live), Some(desired)] = ["live", "desired"].map(|side| item.compared(side)) else { return vec![] };
    let (mut found, mut all) = (vec![], vec![]);
    let [shown_live, shown_desired] = yaml::compared(&live, &desired);
    compare(&shown_live, &shown_desired, "", &mut found);
    let [live, desired] = yaml::uncleaned(&live, &desired);
    compare(&live, &desired, "", &mut all);
    all.retain(|(path, _)| !found.iter().any(|(shown, _)| shown == path));
    let hidden = all.into_iter().map(|(path, _)| path + ", in characters that are not shown");
    let shown: Vec<String> = found.iter().map(|(path, values)| format!("{path}{values}")).collect();
    shown.into_iter().chain(hidden).collect()
}

/// The live state, and what a sync would make of it, as they are compared; null for one that is not there.
pub(super) fn states(item: &Item<'_>) -> [Value; 2] {
    match ["live", "desired"].map(|side| item.compared(side)) {
        [Some(live), Some(desired)] => yaml::compared(&live, &desired),
        one => one.map(|state| state.map(|state| yaml::masked(&state)).unwrap_or_default()),
    }
}

/// Paths at which two states differ, with the values where they are short.
fn compare(live: &Value, desired: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            let keys: BTreeSet<&String> = live.keys().chain(desired.keys()).collect();
            for key in keys {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let side = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&side(live), &side(desired), &inner, found);
            }
        }
        (Value::Array(live), Value::Array(desired)) if live.len() == desired.len() => {
            for (index, (live, desired)) in live.iter().zip(desired).enumerate() {
                compare(live, desired, &format!("{path}[{index}]"), found);
            }
        }
        (live, desired) if live == desired => {}
        (live, desired) => {
            // A text and what it looks like are different values.
            let word = |value: &Value| if value.is_null() { "none".to_owned() } else { shown(&path::scalar(value)) };
            let alike = word(live) == word(desired) || [live, desired].iter().any(|value| word(value).is_empty());
            let short = |value: &Value| {
                let text = match value {
                    Value::Null => "none".into(),
                    Value::String(text) if alike => format!("\"{text}\""),
                    value => path::scalar(value),
                };
                Some(shown(&text)).filter(|text| text.len() <= SHORT && !value.is_object() && !value.is_array())
            };
            let values = match (short(live), short(desired)) {
                (Some(live), Some(desired)) => format!(" {live} \u{2192} {desired}"),
                _ => String::new(),
            };
            found.push((shown(path), values));
        }
    }
}

/// How the states of a resource differ, line by line; by its fields where the lines do not tell.
pub(super) fn diff(item: &Item<'_>) -> String {
    let text = |state: &Value| if state.is_null() { String::new() } else { yaml::write(state) + "\n" };
    let [live, desired] = states(item).each_ref().map(text);
    let diff = TextDiff::from_lines(&live, &desired);
    let lines = diff.unified_diff().context_radius(AROUND).to_string();
    match lines.trim_end() {
        "" => {
            let fields = differing(item);
            if fields.is_empty() { "only fields that Argo CD manages itself".to_owned() } else { fields.join("\n") }
        }
        lines => lines.to_owned(),
    }
}
