//! What a write changed: one line a path, credentials masked.

use serde_json::{Map, Value, json};

use super::{
    mask,
    text::{clip, counted, shown},
};

/// Most lines that are listed.
const MOST: usize = 40;
/// Longest value that is shown, in characters.
const VALUE: usize = 120;
/// What an object is.
pub const TYPE: [&str; 2] = ["apiVersion", "kind"];
/// What a server writes by itself.
const BOOKKEEPING: &[&str] =
    &["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// The paths at which two versions of an object differ, each as `path: before → after`. A status is no change.
pub fn between(before: &Value, after: &Value) -> Vec<String> {
    let (mut before, mut after) = (before.clone(), after.clone());
    for object in [&mut before, &mut after] {
        object.as_object_mut().into_iter().for_each(|map| drop(map.remove("status")));
        let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
        metadata.into_iter().for_each(|map| map.retain(|key, _| !BOOKKEEPING.contains(&key.as_str())));
    }
    differences(before, after)
}

/// The same of the status alone.
pub fn of_status(before: &Value, after: &Value) -> Vec<String> {
    let status = |object: &Value| json!({ "status": object.get("status") });
    differences(status(before), status(after))
}

fn differences(mut before: Value, mut after: Value) -> Vec<String> {
    mask::value(&mut before);
    mask::value(&mut after);
    let mut lines = vec![];
    walk("", Some(&before), Some(&after), &mut lines);
    let more = lines.len().saturating_sub(MOST);
    if more > 0 {
        lines.truncate(MOST);
        lines.push(format!("and {}", counted(more, "more changes")));
    }
    lines
}

/// [`between`] what a server has and what it was sent, but for what is the same to it.
pub fn kept(object: &Value, sent: &Value) -> Vec<String> {
    let (mut object, mut sent) = (object.clone(), sent.clone());
    drop_empty(&mut object);
    drop_empty(&mut sent);
    between(&object, &sent)
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, child| !is_empty(child));
            map.values_mut().for_each(drop_empty);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// Places of `wanted` that `object` does not have: what a server did not take. Nulls want nothing. That an object says
/// of itself what it is, is not missed: Argo CD leaves it out of its answers.
pub fn not_taken(wanted: &Value, object: &Value) -> Vec<String> {
    let mut missing = vec![];
    absent("", wanted, Some(object), &mut missing);
    missing.retain(|path| !TYPE.contains(&path.as_str()));
    missing
}

/// How a model is told.
pub fn lost_names(lost: &[String]) -> String {
    let named: Vec<String> = lost.iter().take(MOST).map(|path| format!("`{}`", shown(path))).collect();
    format!("Argo CD did not take {}: check the names.", named.join(", "))
}

fn absent(path: &str, wanted: &Value, object: Option<&Value>, missing: &mut Vec<String>) {
    match (wanted, object) {
        (wanted, None) if !is_empty(wanted) || is_switch(path, wanted) || is_off(path, wanted) => {
            missing.push(path.to_owned())
        }
        (Value::Object(wanted), Some(Value::Object(object))) => {
            for (key, child) in wanted {
                absent(&below(path, key), child, object.get(key), missing);
            }
        }
        (Value::Object(wanted), None) => {
            for (key, child) in wanted {
                absent(&below(path, key), child, None, missing);
            }
        }
        (Value::Array(wanted), Some(Value::Array(object))) if wanted.len() == object.len() => {
            for (index, (wanted, object)) in wanted.iter().zip(object).enumerate() {
                absent(&format!("{path}[{index}]"), wanted, Some(object), missing);
            }
        }
        _ => {}
    }
}

/// `automated: {}` switches something on.
fn is_switch(path: &str, wanted: &Value) -> bool {
    let key = path.strip_prefix("spec.syncPolicy.");
    wanted.is_object() && key.is_some_and(|key| !key.contains('.'))
}

/// Automation is on unless this says otherwise; releases before 3.1 do not know it.
fn is_off(path: &str, wanted: &Value) -> bool {
    path == "spec.syncPolicy.automated.enabled" && *wanted == Value::Bool(false)
}

/// Missing, null, false, zero and empty are the same to Argo CD, which leaves all of them out of its answer.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
    }
}

fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, lines: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            keys.for_each(|key| walk(&below(path, key), old.get(key), new.get(key), lines));
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                walk(&format!("{path}[{index}]"), Some(old), Some(new), lines);
            }
        }
        (None | Some(Value::Null), None | Some(Value::Null)) => {}
        // A map that comes or goes is told by its keys, but for one that fits into a line: `automated`.
        (None, Some(new @ Value::Object(_))) if !is_short(new) => {
            walk(path, Some(&Value::Object(Map::new())), Some(new), lines);
        }
        (Some(old @ Value::Object(_)), None) if !is_short(old) => {
            walk(path, Some(old), Some(&Value::Object(Map::new())), lines);
        }
        (before, after) => lines.push(format!("{}: {} → {}", shown(path), value(before), value(after))),
    }
}

fn is_short(value: &Value) -> bool {
    let nested = |child: &Value| child.is_object() || child.is_array();
    !value.as_object().is_some_and(|map| map.values().any(nested)) && value.to_string().len() <= VALUE
}

fn value(of: Option<&Value>) -> String {
    match of {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
        Some(Value::String(text)) => clip(&shown(text), VALUE),
        Some(other) => clip(&shown(&other.to_string()), VALUE),
    }
}

fn below(path: &str, key: &str) -> String {
    match (path, key.contains(['.', '/'])) {
        ("", false) => key.to_owned(),
        (_, false) => format!("{path}.{key}"),
        (_, true) => format!("{path}[\"{key}\"]"),
    }
}
