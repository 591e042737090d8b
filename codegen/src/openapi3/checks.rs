//! What an operation must be so that code can be generated from it.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value;

/// Checks name, path and parameters of an operation.
///
/// # Errors
/// A sentence about the first thing that has no counterpart in Rust.
pub(super) fn operation(path: &str, operation: &Value) -> Result<(), String> {
    let id = operation.get("operationId").and_then(Value::as_str).ok_or("the operation has no operationId")?;
    let named =
        id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !named {
        return Err(format!("the operationId `{id}` is not made of letters, digits and `_`"));
    }
    let parameters = || operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let text = |parameter: &Value, key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let in_path: BTreeSet<String> = parameters()
        .filter(|parameter| text(parameter, "in") == "path")
        .map(|parameter| text(parameter, "name"))
        .collect();
    let in_template: BTreeSet<String> = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.split('=').next().unwrap_or(name).to_owned())
        .collect();
    if let Some(name) = in_path.symmetric_difference(&in_template).next() {
        return Err(format!("`{name}` is in the path or among the path parameters, but not in both"));
    }
    let mut names = BTreeSet::new();
    for parameter in parameters().filter(|parameter| text(parameter, "in") != "body") {
        let name = text(parameter, "name");
        if !names.insert(name.to_snake_case()) {
            return Err(format!("two parameters are called `{}`", name.to_snake_case()));
        }
        check_type(parameter, &name)?;
    }
    Ok(())
}

fn check_type(parameter: &Value, name: &str) -> Result<(), String> {
    let kind = |value: &Value| value.get("type").and_then(Value::as_str).unwrap_or("nothing").to_owned();
    match (kind(parameter).as_str(), parameter.get("items").map(kind).as_deref()) {
        ("string" | "boolean" | "integer", _) => Ok(()),
        ("array", Some("string" | "integer")) => match parameter.get("collectionFormat") {
            Some(_) => Ok(()),
            None => {
                Err(format!("the parameter `{name}` is a list without collectionFormat; only `multi` is supported"))
            }
        },
        ("array", items) => {
            Err(format!("the parameter `{name}` is a list of {}, not of string or integer", items.unwrap_or("nothing")))
        }
        (other, _) => Err(format!("the parameter `{name}` is of type {other}, not string, boolean, integer or array")),
    }
}
