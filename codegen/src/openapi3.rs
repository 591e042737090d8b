//! Swagger 2.0 to OpenAPI 3.0.3, as far as Argo CD's swagger needs it.

mod checks;

use serde_json::{Map, Value, json};

use crate::release::Release;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];

/// Converts a checked Swagger 2.0 document.
///
/// # Errors
/// A sentence naming the operation and the construct that has no counterpart here (`formData`, a
/// `collectionFormat` other than `multi`, a type of a parameter, a path that does not fit its parameters).
pub fn convert(swagger: &Value, release: Release) -> Result<Value, String> {
    let mut paths = Map::new();
    for (path, item) in swagger.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let mut converted = Map::new();
        for (method, operation) in
            item.as_object().into_iter().flatten().filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            let place = format!("{} {path}", method.to_uppercase());
            let operation = checks::operation(path, operation)
                .and_then(|()| convert_operation(operation))
                .map_err(|problem| format!("{place}: {problem}"))?;
            converted.insert(method.clone(), operation);
        }
        paths.insert(path.clone(), Value::Object(converted));
    }
    let mut document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Argo CD", "version": release.to_string() },
        "paths": paths,
        "components": { "schemas": swagger.get("definitions").cloned().unwrap_or_else(|| json!({})) },
    });
    walk(&mut document, &mut |value| {
        if let Some(Value::String(reference)) = value.get_mut("$ref")
            && let Some(name) = reference.strip_prefix("#/definitions/")
        {
            *reference = format!("#/components/schemas/{name}");
        }
    });
    Ok(document)
}

fn convert_operation(operation: &Value) -> Result<Value, String> {
    let id = operation.get("operationId").and_then(Value::as_str).ok_or("the operation has no operationId")?;
    let mut converted = Map::from_iter([("operationId".to_owned(), json!(id))]);
    let mut parameters = vec![];
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str).ok_or("a parameter has no name")?;
        match parameter.get("in").and_then(Value::as_str) {
            Some("body") => {
                let schema = parameter.get("schema").cloned().unwrap_or_else(|| json!({}));
                let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
                converted.insert("requestBody".into(), body);
            }
            Some(place @ ("path" | "query")) => parameters.push(convert_parameter(parameter, name, place)?),
            place => {
                let place = place.unwrap_or("no place");
                return Err(format!("the parameter `{name}` is in {place}, not in path, query or body"));
            }
        }
    }
    if !parameters.is_empty() {
        converted.insert("parameters".into(), Value::Array(parameters));
    }
    // Everything but success surfaces as progenitor's `UnexpectedResponse`, with the response in hand.
    let mut responses = Map::new();
    for (code, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        if code.starts_with('2') {
            let schema = response.get("schema").cloned().unwrap_or_else(|| json!({}));
            let content = json!({ "application/json": { "schema": schema } });
            responses.insert(code.clone(), json!({ "description": "", "content": content }));
        }
    }
    converted.insert("responses".into(), Value::Object(responses));
    Ok(Value::Object(converted))
}

fn convert_parameter(parameter: &Value, name: &str, place: &str) -> Result<Value, String> {
    let mut schema = Map::new();
    for key in ["type", "format", "items", "enum"] {
        if let Some(value) = parameter.get(key) {
            schema.insert(key.into(), value.clone());
        }
    }
    let required = place == "path" || parameter.get("required").and_then(Value::as_bool) == Some(true);
    let mut converted = json!({ "name": name, "in": place, "required": required, "schema": schema });
    match parameter.get("collectionFormat").and_then(Value::as_str) {
        None => {}
        Some("multi") => {
            if let Some(map) = converted.as_object_mut() {
                map.insert("style".into(), json!("form"));
                map.insert("explode".into(), json!(true));
            }
        }
        Some(other) => return Err(format!("the parameter `{name}` has the collectionFormat `{other}`, not `multi`")),
    }
    Ok(converted)
}

/// Calls `visit` on every node of a document, parents first.
pub fn walk(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    visit(value);
    match value {
        Value::Object(map) => map.values_mut().for_each(|child| walk(child, visit)),
        Value::Array(list) => list.iter_mut().for_each(|child| walk(child, visit)),
        _ => {}
    }
}
