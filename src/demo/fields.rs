//! What a server of Argo CD 3.5 makes of `fields`: one rule for the list of applications, another everywhere else.

use serde_json::Value;

use super::{gather::Gather, json::set};

/// The general rule: a value stays when its path, or the beginning of it, is asked for; lists have no name of their own.
/// `-` takes away instead.
pub(super) fn project(value: &Value, fields: &str) -> Value {
    let exclude = fields.starts_with('-');
    let named: Vec<&str> = fields.trim_start_matches('-').split(',').gather();
    let kept = if exclude { without(value, "", &named) } else { only(value, "", &named) };
    kept.unwrap_or_else(|| json!({}))
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn only(value: &Value, path: &str, named: &[&str]) -> Option<Value> {
    if named.contains(&path) {
        return Some(value.clone());
    }
    if !path.is_empty() && !named.iter().any(|field| field.starts_with(&format!("{path}."))) {
        return None;
    }
    match value {
        Value::Object(map) => {
            let kept =
                map.iter().filter_map(|(key, child)| Some((key.clone(), only(child, &below(path, key), named)?)));
            Some(kept.object())
        }
        Value::Array(items) => Some(items.iter().filter_map(|item| only(item, path, named)).gather().into()),
        scalar => Some(scalar.clone()),
    }
}

fn without(value: &Value, path: &str, named: &[&str]) -> Option<Value> {
    if named.contains(&path) {
        return None;
    }
    match value {
        Value::Object(map) => {
            let kept =
                map.iter().filter_map(|(key, child)| Some((key.clone(), without(child, &below(path, key), named)?)));
            Some(kept.object())
        }
        Value::Array(items) => Some(items.iter().filter_map(|item| without(item, path, named)).gather().into()),
        scalar => Some(scalar.clone()),
    }
}

/// Paths a list of applications can be projected to, and what stands there when an application has nothing; where
/// there is no such thing, the key is left out. One text, because each text of a list takes 40 bytes of its own.
const LISTED: &str = r#"
metadata.annotations null
metadata.creationTimestamp null
metadata.deletionTimestamp null
metadata.labels null
metadata.name ""
metadata.namespace ""
operation.sync
spec {}
spec.destination {}
spec.project ""
spec.source null
spec.sourceHydrator null
spec.sources null
spec.syncPolicy null
status.health {}
status.operationState.finishedAt
status.operationState.phase
status.operationState.startedAt
status.resources
status.sourceHydrator {}
status.summary {}
status.sync.revision ""
status.sync.status ""
"#;

/// `fields` on a list of applications; `None` where a server of this release fails.
pub(super) fn project_list(list: &Value, fields: &str) -> Option<Value> {
    let exclude = fields.starts_with('-');
    let named: Vec<&str> =
        fields.trim_start_matches('-').split(',').filter_map(|field| field.strip_prefix("items.")).gather();
    let listed = LISTED.trim().lines().map(|line| line.split_once(' ').unwrap_or((line, "")));
    let chosen: Vec<_> = listed.filter(|(path, _)| named.contains(path) != exclude).gather();
    let overlaps =
        chosen.iter().any(|(path, _)| *path == "spec") && chosen.iter().any(|(path, _)| path.starts_with("spec."));
    if overlaps {
        return None;
    }
    let project = |item: &Value| {
        let mut projected = json!({});
        for (path, nothing) in &chosen {
            let pointer = format!("/{}", path.replace('.', "/"));
            let value = item.pointer(&pointer).cloned();
            if let Some(value) = value.or_else(|| nothing.parse().ok()) {
                set(&mut projected, &pointer, &value);
            }
        }
        projected
    };
    let items: Vec<Value> = super::json::list(list, "/items").iter().map(project).gather();
    let items = if items.is_empty() { Value::Null } else { Value::Array(items) };
    Some(json!({ "items": items, "metadata": list.get("metadata") }))
}
