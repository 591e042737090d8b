//! What an operation must be so that code can be generated from it.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::Value;

/// Methods and items that the generated code has already, as names of operations and of parameters.
/// syn does not know `gen`, which is a keyword since the edition of 2024.
const TAKEN: (&[&str], &[&str]) = (
    &[
        "all",
        "byte_stream",
        "client",
        "client_hooks",
        "client_info",
        "error",
        "gen",
        "new",
        "new_with_client",
        "operation_info",
        "release",
        "response_value",
    ],
    &["gen", "header_map", "new", "send"],
);

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The `operationId`.
///
/// # Errors
/// Why no method can be called like that.
pub(super) fn name(operation: &Value) -> Result<&str, String> {
    let id = operation.get("operationId").and_then(Value::as_str).ok_or("it has no operationId")?;
    let named =
        id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !named {
        return Err(format!("the operationId `{id}` is not made of letters, digits and `_`"));
    }
    if TAKEN.0.contains(&id.to_snake_case().as_str()) {
        return Err(format!("the operationId `{id}` is a name that the generated code needs for itself"));
    }
    Ok(id)
}

/// The parameters of an operation: those of its path, replaced and followed by its own, references resolved.
///
/// # Errors
/// The reference that leads nowhere.
pub(super) fn parameters<'a>(
    swagger: &'a Value,
    item: &'a Value,
    operation: &'a Value,
) -> Result<Vec<&'a Value>, String> {
    let mut merged: Vec<&Value> = vec![];
    let list = |of: &'a Value| of.get("parameters").and_then(Value::as_array).into_iter().flatten();
    for mut parameter in list(item).chain(list(operation)) {
        if let Some(reference) = parameter.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix("#/parameters/").and_then(|name| swagger.get("parameters")?.get(name));
            parameter = target.ok_or_else(|| format!("it refers to `{reference}`, which is not there"))?;
        }
        let key = |parameter: &'a Value| (text(parameter, "in"), text(parameter, "name"));
        match merged.iter_mut().find(|known| key(known) == key(parameter)) {
            Some(known) => *known = parameter,
            None => merged.push(parameter),
        }
    }
    Ok(merged)
}

/// Checks place, name and type of one parameter.
///
/// # Errors
/// Why it cannot be sent, to be said after its name.
pub(super) fn parameter(parameter: &Value, name: &str, place: &str, has_body: bool) -> Result<(), String> {
    if !matches!(place, "path" | "query") {
        let place = if place.is_empty() { "no place" } else { place };
        return Err(format!("is in {place}, not in path, query or body"));
    }
    let snake = name.to_snake_case();
    if !snake.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.is_ascii() {
        return Err("has a name that does not begin with a letter, or has others than those of English".into());
    }
    if TAKEN.1.contains(&snake.as_str()) || (has_body && snake == "body") {
        return Err("has a name that the generated code needs for itself".into());
    }
    let kind = |value: &Value| match value.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "nothing".to_owned(),
    };
    match (kind(parameter).as_str(), parameter.get("items").map(kind).as_deref()) {
        ("string" | "boolean" | "integer", _) => Ok(()),
        ("array", _) if place == "path" => Err("is a list in the path".into()),
        ("array", Some("string" | "integer")) => match parameter.get("collectionFormat").and_then(Value::as_str) {
            Some("multi") => Ok(()),
            Some(other) => Err(format!("has the collectionFormat `{other}`, not `multi`")),
            None => Err("is a list without collectionFormat; only `multi` is supported".into()),
        },
        ("array", items) => Err(format!("is a list of {}, not of string or integer", items.unwrap_or("nothing"))),
        (other, _) => Err(format!("is of type {other}, not string, boolean, integer or array")),
    }
}

/// Checks the names of converted parameters against the path and against each other.
///
/// # Errors
/// A sentence about the first that does not fit.
pub(super) fn names(path: &str, parameters: &[Value]) -> Result<(), String> {
    let mut in_template = BTreeSet::new();
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("its path has a brace without its pair")?;
        if !in_template.insert(name) {
            return Err(format!("`{name}` is in its path twice"));
        }
        rest = after;
    }
    let in_path = parameters.iter().filter(|parameter| text(parameter, "in") == "path");
    let in_path: BTreeSet<&str> = in_path.map(|parameter| text(parameter, "name")).collect();
    if let Some(name) = in_path.symmetric_difference(&in_template).next() {
        return Err(format!("`{name}` is in the path or among the path parameters, but not in both"));
    }
    let mut names = BTreeMap::new();
    for name in parameters.iter().map(|parameter| text(parameter, "name")) {
        if let Some(other) = names.insert(name.to_snake_case(), name) {
            return Err(format!("its parameters `{other}` and `{name}` are both called `{}`", name.to_snake_case()));
        }
    }
    Ok(())
}
