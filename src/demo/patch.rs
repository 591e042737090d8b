//! Merge patches (RFC 7386) and JSON patches (RFC 6902), as far as a server takes them.

use serde_json::{Map, Value};

use super::json::{list, text, unescaped};

/// Puts a merge patch into a value: null takes a member away.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Does the operations of a JSON patch in their order.
///
/// # Errors
/// The first that cannot be done; then the value is to be thrown away.
pub(super) fn apply(document: &mut Value, patch: &Value) -> Result<(), String> {
    if !patch.is_array() {
        return Err("a JSON patch is a list of operations".into());
    }
    list(patch, "").iter().try_for_each(|operation| one(document, operation))
}

fn one(document: &mut Value, operation: &Value) -> Result<(), String> {
    let (name, path, from) = (text(operation, "/op"), text(operation, "/path"), text(operation, "/from"));
    let missing = |path: &str| format!("{name} operation does not apply: doc is missing path: {path}: missing value");
    let there = |document: &Value, path: &str| document.pointer(path).cloned().ok_or_else(|| missing(path));
    let value = || operation.get("value").cloned().unwrap_or_default();
    let put = |document: &mut Value, value: Value| add(document, path, value).ok_or_else(|| missing(path));
    match name {
        "add" => put(document, value()),
        "replace" => {
            there(document, path)?;
            document.pointer_mut(path).map(|place| *place = value()).ok_or_else(|| missing(path))
        }
        "remove" => take(document, path).map(drop).ok_or_else(|| missing(path)),
        "copy" => {
            let copied = there(document, from)?;
            put(document, copied)
        }
        "move" => {
            let moved = take(document, from).ok_or_else(|| missing(from))?;
            put(document, moved)
        }
        "test" if there(document, path)? == value() => Ok(()),
        "test" => Err(format!("testing value {path} failed")),
        _ => Err(format!("unexpected kind: {name}")),
    }
}

/// The parent of a path and the name in it.
fn split(path: &str) -> Option<(&str, String)> {
    let (parent, name) = path.rsplit_once('/')?;
    Some((parent, unescaped(name)))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, name) = split(path)?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => drop(map.insert(name, value)),
        Value::Array(items) if name == "-" => items.push(value),
        Value::Array(items) => {
            let at = name.parse::<usize>().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, name) = split(path)?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => map.shift_remove(&name),
        Value::Array(items) => {
            let at = name.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}
