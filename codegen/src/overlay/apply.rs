//! Corrections applied: to the document, and to the operations read out of it.

use serde_json::{Map, Value, json};

use super::{Change, Correction, Place};
use crate::{
    api::{Api, Operation, Parameter, ParameterKind, Projection},
    openapi3::walk,
    path::Path,
    suggest::did_you_mean,
};

impl Correction {
    /// Returns what is not there, to be said after the release: `has no schema …`.
    pub(super) fn apply_to_schemas(&self, document: &mut Value) -> Vec<String> {
        if let Place::Every(wanted) = &self.at {
            let mut applied = false;
            walk(document, &mut |node| {
                if wanted.iter().all(|(key, value)| node.get(key) == Some(value)) && node.is_object() {
                    applied |= self.change.iter().fold(false, |done, change| change.to_part(node) | done);
                }
            });
            return if applied { vec![] } else { vec!["has nothing it applies to".into()] };
        }
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
        let (found, mut stale) = self.find(&schemas);
        for name in found {
            if let Some(target) = document.pointer_mut(&format!("/components/schemas/{name}")) {
                let missing = self.change.iter().flat_map(|change| change.to_schema(target, &schemas));
                stale.extend(missing.map(|what| format!("has no {what} in schema `{name}`")));
            }
        }
        stale
    }

    /// The schemas it is about, and what is missing of them.
    fn find(&self, schemas: &Map<String, Value>) -> (Vec<String>, Vec<String>) {
        let keys = |schema: &Value| -> Vec<String> {
            let properties = schema.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        match &self.at {
            Place::Schemas(names) => {
                let missing = names.iter().filter(|name| !schemas.contains_key(*name));
                let say = |name: &String| {
                    format!("has no schema `{name}`{}", did_you_mean(name, schemas.keys().map(String::as_str)))
                };
                (names.iter().filter(|name| schemas.contains_key(*name)).cloned().collect(), missing.map(say).collect())
            }
            Place::Shape(shape) => {
                let same = |schema: &Value| {
                    let keys = keys(schema);
                    keys.len() == shape.len() && shape.iter().all(|key| keys.contains(key))
                };
                let found: Vec<String> =
                    schemas.iter().filter(|(_, schema)| same(schema)).map(|(name, _)| name.clone()).collect();
                let stale = if found.is_empty() { vec!["has no schema of this shape".into()] } else { vec![] };
                (found, stale)
            }
            Place::Every(_) | Place::Operations(_) => (vec![], vec![]),
        }
    }

    /// Returns what is not there, as [`Correction::apply_to_schemas`].
    pub(super) fn apply_to_operation(&self, api: &mut Api, id: &str) -> Vec<String> {
        let Some(mut operation) = api.operations.get(id).cloned() else {
            // It is there, but left out, and that is told on its own.
            if api.unusable(id).next().is_some() {
                return vec![];
            }
            return vec![format!("has no operation `{id}`{}", api.similar_operation(id))];
        };
        let mut stale = vec![];
        let missing = |operation: &Operation, name: &str| {
            let names = operation.parameters.iter().map(|parameter| parameter.name.as_str());
            let names = names.chain(operation.body_keys.iter().map(String::as_str));
            format!("has no parameter or body key `{name}` in {}{}", operation.route(), did_you_mean(name, names))
        };
        for change in &self.change {
            match change {
                Change::Require(names) => {
                    for name in names {
                        if let Some(parameter) = operation.parameter_mut(name) {
                            parameter.required = true;
                        } else if operation.required_body.contains(name) {
                            // The swagger says so by now.
                        } else if operation.body_keys.contains(name) {
                            operation.required_body.push(name.clone());
                        } else {
                            stale.push(missing(&operation, name));
                        }
                    }
                }
                Change::SendEmpty(names) => {
                    for name in names {
                        if let Some(parameter) = operation.parameter_mut(name) {
                            parameter.send_empty = true;
                        } else if operation.body_keys.contains(name) {
                            let route = operation.route();
                            stale.push(format!("has `{name}` in the body of {route}, not as a parameter"));
                        } else {
                            stale.push(missing(&operation, name));
                        }
                    }
                }
                Change::Without(names) => {
                    let still =
                        |name: &&String| operation.parameter(name).is_some() || operation.body_keys.contains(name);
                    for name in names.iter().filter(still) {
                        stale.push(format!("still takes `{name}` in {}, which `without` denies", operation.route()));
                    }
                    operation.without.extend(names.iter().cloned());
                }
                Change::Fields(projection) => {
                    stale.extend(unknown_fields(projection, &operation, api));
                    if operation.parameter("fields").is_some() {
                        stale.push(format!(
                            "describes `fields` of {} itself, or another correction does",
                            operation.route()
                        ));
                        continue;
                    }
                    operation.projection = projection.clone();
                    operation.parameters.push(Parameter {
                        name: "fields".into(),
                        in_path: false,
                        required: false,
                        send_empty: false,
                        kind: ParameterKind::Text,
                    });
                    add_query_parameter(&mut api.document, &operation.path, &operation.method, "fields");
                }
                Change::Becomes(_) | Change::Inline(_) | Change::Rename(_) => {}
            }
        }
        api.operations.insert(id.to_owned(), operation);
        stale
    }
}

/// Paths of a projection that the answer does not have; lists of newer releases are theirs to check.
fn unknown_fields(projection: &Projection, operation: &Operation, api: &Api) -> Vec<String> {
    let Projection::Listed(lists) = projection else { return vec![] };
    let newest = lists.iter().rev().find(|(since, _)| *since <= api.release);
    let unknown = |field: &String| {
        let text = field.replacen("items.", "items[].", 1);
        let path = Path::parse(&text).ok()?;
        let problem = api.schema_at(&operation.response, &path).err()?;
        Some(format!("has no field `{field}` in the answer of {}: {}", operation.route(), problem.message))
    };
    newest.into_iter().flat_map(|(_, fields)| fields).filter_map(unknown).collect()
}

fn add_query_parameter(document: &mut Value, path: &str, method: &str, name: &str) {
    let operation = document
        .get_mut("paths")
        .and_then(|paths| paths.get_mut(path))
        .and_then(|item| item.get_mut(method.to_lowercase()));
    let Some(operation) = operation.and_then(Value::as_object_mut) else { return };
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(list) = parameters.as_array_mut() {
        list.push(json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    }
}

impl Change {
    /// For `every`: the entries of `becomes` replace those of the schema, the rest of it stays.
    fn to_part(&self, schema: &mut Value) -> bool {
        let (Self::Becomes(Value::Object(entries)), Some(map)) = (self, schema.as_object_mut()) else { return false };
        entries.iter().for_each(|(key, value)| drop(map.insert(key.clone(), value.clone())));
        true
    }

    /// Returns what is not there.
    fn to_schema(&self, schema: &mut Value, all: &Map<String, Value>) -> Vec<String> {
        if let Self::Becomes(other) = self {
            *schema = other.clone();
            let target = other.get("$ref").and_then(Value::as_str).and_then(|target| target.rsplit('/').next());
            let gone = target.filter(|name| !all.contains_key(*name));
            return gone
                .map(|name| format!("schema `{name}`, which `becomes` names, and so no meaning"))
                .into_iter()
                .collect();
        }
        let mut nothing = Map::new();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut).unwrap_or(&mut nothing);
        let missing = |properties: &Map<String, Value>, name: &str| {
            format!("property `{name}`{}", did_you_mean(name, properties.keys().map(String::as_str)))
        };
        let mut stale = vec![];
        match self {
            Self::Inline(names) => {
                for name in names {
                    let Some(property) = properties.shift_remove(name) else {
                        stale.push(missing(properties, name));
                        continue;
                    };
                    let target =
                        property.get("$ref").and_then(Value::as_str).and_then(|target| target.rsplit('/').next());
                    let inner = target.and_then(|target| all.get(target)?.get("properties")?.as_object());
                    match inner {
                        Some(inner) => properties.extend(inner.clone()),
                        None => stale.push(format!("properties to inline behind `{name}`")),
                    }
                }
            }
            Self::Rename(pairs) => {
                for (from, to) in pairs {
                    match properties.shift_remove(from) {
                        Some(property) => drop(properties.insert(to.clone(), property)),
                        None => stale.push(missing(properties, from)),
                    }
                }
            }
            _ => {}
        }
        stale
    }
}
