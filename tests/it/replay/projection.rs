//! What a server makes of `fields`.

use serde_json::{Map, Value, json};

/// The general rule, of managed resources, logs and projects: a value stays when its path is asked for, or is on the
/// way to one that is; lists have no name of their own.
pub fn project_paths(value: &Value, fields: &str) -> Value {
    let wanted: Vec<&str> = fields.split(',').collect();
    project(value, "", &wanted).unwrap_or_else(|| json!({}))
}

fn project(value: &Value, path: &str, wanted: &[&str]) -> Option<Value> {
    if wanted.contains(&path) {
        return Some(value.clone());
    }
    if !path.is_empty() && !wanted.iter().any(|field| field.starts_with(&format!("{path}."))) {
        return None;
    }
    match value {
        Value::Object(map) => {
            let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let kept = map.iter().filter_map(|(key, child)| Some((key.clone(), project(child, &inner(key), wanted)?)));
            Some(Value::Object(kept.collect::<Map<_, _>>()))
        }
        Value::Array(list) => Some(list.iter().filter_map(|item| project(item, path, wanted)).collect()),
        scalar => Some(scalar.clone()),
    }
}

/// Paths an application list can be projected to, and what stands there when the application has nothing: `Some(null)`
/// for what is a nil pointer, map or list in Go, `None` where the key is left out.
const LISTED: &[(&str, &str, Option<&str>)] = &[
    ("2.0", "metadata.annotations", Some("null")),
    ("2.0", "metadata.creationTimestamp", Some("null")),
    ("2.0", "metadata.deletionTimestamp", Some("null")),
    ("2.0", "metadata.labels", Some("null")),
    ("2.0", "metadata.name", Some("\"\"")),
    ("2.0", "metadata.namespace", Some("\"\"")),
    ("2.0", "operation.sync", None),
    ("2.0", "spec", Some("{}")),
    ("3.5", "spec.destination", Some("{}")),
    ("3.5", "spec.project", Some("\"\"")),
    ("3.5", "spec.source", Some("null")),
    ("3.5", "spec.sourceHydrator", Some("null")),
    ("3.5", "spec.sources", Some("null")),
    ("3.5", "spec.syncPolicy", Some("null")),
    ("2.0", "status.health", Some("{}")),
    ("2.0", "status.operationState.finishedAt", None),
    ("2.0", "status.operationState.phase", None),
    ("2.0", "status.operationState.startedAt", None),
    ("2.0", "status.resources", None),
    ("3.2", "status.sourceHydrator", Some("{}")),
    ("2.0", "status.summary", Some("{}")),
    ("3.5", "status.sync.revision", Some("\"\"")),
    ("2.0", "status.sync.status", Some("\"\"")),
];

/// `fields` on the application list, as a server of that release applies it.
pub fn project_list(list: &Value, fields: &str, release: &str) -> (u16, Value) {
    let known = |since: &str| {
        let number = |text: &str| -> Vec<u32> {
            text.trim_start_matches('v').split('.').map(|part| part.parse().unwrap()).collect()
        };
        number(since) <= number(release)
    };
    let exclude = fields.starts_with('-');
    let named: Vec<&str> =
        fields.trim_start_matches('-').split(',').filter_map(|field| field.strip_prefix("items.")).collect();
    let chosen: Vec<_> =
        LISTED.iter().filter(|(since, path, _)| known(since) && named.contains(path) != exclude).collect();
    let overlaps = chosen.iter().any(|(_, path, _)| *path == "spec")
        && chosen.iter().any(|(_, path, _)| path.starts_with("spec."));
    if overlaps {
        return (500, json!({ "error": "failed to marshal error message" }));
    }
    let project = |item: &Value| {
        let mut projected = json!({});
        for (_, path, nothing) in &chosen {
            let pointer = format!("/{}", path.replace('.', "/"));
            let missing = || {
                if path.starts_with("status.operationState") && item.pointer("/status/operationState").is_none() {
                    None
                } else {
                    *nothing
                }
            };
            let value =
                item.pointer(&pointer).cloned().or_else(|| missing().map(|text| serde_json::from_str(text).unwrap()));
            if let Some(value) = value {
                let mut at = &mut projected;
                for key in path.split('.') {
                    at = at.as_object_mut().unwrap().entry(key).or_insert_with(|| json!({}));
                }
                *at = value;
            }
        }
        projected
    };
    let items: Vec<Value> = list["items"].as_array().into_iter().flatten().map(project).collect();
    let items = if items.is_empty() { Value::Null } else { Value::Array(items) };
    (200, json!({ "items": items, "metadata": list["metadata"] }))
}
