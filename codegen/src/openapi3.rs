//! Swagger 2.0 to OpenAPI 3.0.3, as far as Argo CD's swagger needs it.

mod checks;
mod left_out;

pub use left_out::LeftOut;

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::{Map, Value, json};

use crate::release::Release;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];

/// An operation that code can be made of, where it stands.
struct Converted {
    id: String,
    path: String,
    method: String,
    operation: Value,
}

impl Converted {
    fn route(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

/// Converts a checked Swagger 2.0 document. What has no counterpart here (`formData`, a `collectionFormat` other than
/// `multi`, a name that two operations have) is left out and told: a release whose odd parts nobody uses still builds.
pub fn convert(swagger: &Value, release: Release) -> (Value, Vec<LeftOut>) {
    let (mut found, mut left_out) = (vec![], vec![]);
    let items = swagger.get("paths").and_then(Value::as_object).into_iter().flatten();
    for (path, item) in items.filter(|(path, _)| path.starts_with('/')) {
        for (method, operation) in
            item.as_object().into_iter().flatten().filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            let route = format!("{} {path}", method.to_uppercase());
            match convert_operation(swagger, path, item, operation) {
                Ok((operation, parameters)) => {
                    let parameter = |(name, reason): (String, String)| LeftOut::new(id, &route, Some(name), reason);
                    left_out.extend(parameters.into_iter().map(parameter));
                    found.push(Converted { id: id.into(), path: path.clone(), method: method.clone(), operation });
                }
                Err(reason) => left_out.push(LeftOut::new(id, &route, None, reason)),
            }
        }
    }
    let mut names = BTreeMap::<String, Vec<String>>::new();
    for one in &found {
        names.entry(one.id.to_snake_case()).or_default().push(one.route());
    }
    let mut paths = Map::new();
    for one in found {
        let route = one.route();
        let same = names.get(&one.id.to_snake_case()).into_iter().flatten();
        let others: Vec<&str> = same.filter(|other| **other != route).map(String::as_str).collect();
        if !others.is_empty() {
            left_out.push(LeftOut::new(&one.id, &route, None, format!("{} has the same name", others.join(" and "))));
        } else if let Some(item) = paths.entry(one.path).or_insert_with(|| json!({})).as_object_mut() {
            item.insert(one.method, one.operation);
        }
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
        // Of a value that may be null the type is that of the others.
        if let Some(Value::Array(kinds)) = value.get("type") {
            let mut kinds = kinds.iter().filter(|kind| **kind != "null");
            if let (Some(kind), None) = (kinds.next().cloned(), kinds.next()) {
                value["type"] = kind;
            }
        }
    });
    (document, left_out)
}

/// The operation, and which of its parameters are left out and why.
fn convert_operation(
    swagger: &Value,
    path: &str,
    item: &Value,
    operation: &Value,
) -> Result<(Value, Vec<(String, String)>), String> {
    let id = checks::name(operation)?;
    let mut converted = Map::from_iter([("operationId".to_owned(), json!(id))]);
    let (mut parameters, mut left_out) = (vec![], vec![]);
    let all = checks::parameters(swagger, item, operation)?;
    let has_body = all.iter().any(|parameter| parameter.get("in").and_then(Value::as_str) == Some("body"));
    for parameter in all {
        let name = parameter.get("name").and_then(Value::as_str).ok_or("a parameter has no name")?;
        let place = parameter.get("in").and_then(Value::as_str).unwrap_or_default();
        if place == "body" {
            let schema = parameter.get("schema").cloned().unwrap_or_else(|| json!({}));
            let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
            converted.insert("requestBody".into(), body);
            continue;
        }
        let required = place == "path" || parameter.get("required").and_then(Value::as_bool) == Some(true);
        match checks::parameter(parameter, name, place, has_body) {
            Ok(()) => parameters.push(convert_parameter(parameter, name, place, required)),
            Err(reason) if required || place == "formData" => return Err(format!("the parameter `{name}` {reason}")),
            Err(reason) => left_out.push((name.to_owned(), reason)),
        }
    }
    checks::names(path, &parameters)?;
    if !parameters.is_empty() {
        converted.insert("parameters".into(), Value::Array(parameters));
    }
    // Everything but success surfaces as progenitor's `UnexpectedResponse`, with the response in hand.
    let mut responses = Map::new();
    for (code, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        if code.starts_with('2') {
            let response = shared(swagger, "#/responses/", response);
            let schema = response.get("schema").map(|schema| shared(swagger, "#/x-stream-definitions/", schema));
            let schema = schema.cloned().unwrap_or_else(|| json!({}));
            let content = json!({ "application/json": { "schema": schema } });
            responses.insert(code.clone(), json!({ "description": "", "content": content }));
        }
    }
    if responses.is_empty() {
        let content = json!({ "application/json": { "schema": {} } });
        responses.insert("2XX".into(), json!({ "description": "", "content": content }));
    }
    converted.insert("responses".into(), Value::Object(responses));
    Ok((Value::Object(converted), left_out))
}

/// What stands once for several operations, below a key of the document's own.
fn shared<'a>(swagger: &'a Value, below: &str, value: &'a Value) -> &'a Value {
    let name = value.get("$ref").and_then(Value::as_str).filter(|name| name.starts_with(below));
    name.and_then(|name| swagger.pointer(name.trim_start_matches('#'))).unwrap_or(value)
}

fn convert_parameter(parameter: &Value, name: &str, place: &str, required: bool) -> Value {
    let mut schema = Map::new();
    for key in ["type", "format", "items"] {
        if let Some(value) = parameter.get(key) {
            schema.insert(key.into(), value.clone());
        }
    }
    let mut converted = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let Some(map) = converted.as_object_mut().filter(|_| parameter.get("collectionFormat").is_some()) {
        map.insert("style".into(), json!("form"));
        map.insert("explode".into(), json!(true));
    }
    converted
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
