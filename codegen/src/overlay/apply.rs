//! Corrections applied: to the document, and to the operations read out of it.

use serde_json::{Map, Value, json};

use super::{Change, Correction, Place};
use crate::{
    api::{Api, Parameter, ParameterKind},
    openapi3::walk,
};

impl Correction {
    pub(super) fn apply_to_schemas(&self, document: &mut Value) -> bool {
        let mut applied = false;
        if let Place::Every(wanted) = &self.at {
            walk(document, &mut |node| {
                if wanted.iter().all(|(key, value)| node.get(key) == Some(value)) && node.is_object() {
                    applied |= self.change.iter().fold(false, |done, change| change.to_part(node) | done);
                }
            });
            return applied;
        }
        let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object).cloned() else {
            return false;
        };
        for (name, schema) in &schemas {
            let keys: Vec<&str> = schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect();
            let here = match &self.at {
                Place::Schemas(names) => names.contains(name),
                Place::Shape(shape) => {
                    keys.len() == shape.len() && shape.iter().all(|key| keys.contains(&key.as_str()))
                }
                Place::Every(_) | Place::Operations(_) => false,
            };
            if let Some(target) = document.pointer_mut(&format!("/components/schemas/{name}")).filter(|_| here) {
                applied |= self.change.iter().fold(false, |done, change| change.to_schema(target, &schemas) | done);
            }
        }
        applied
    }

    pub(super) fn apply_to_operation(&self, api: &mut Api, id: &str) -> bool {
        let Some(mut operation) = api.operations.get(id).cloned() else { return false };
        let mut applied = true;
        for change in &self.change {
            match change {
                Change::Require(names) => {
                    for name in names {
                        if let Some(parameter) =
                            operation.parameters.iter_mut().find(|parameter| parameter.name == *name)
                        {
                            parameter.required = true;
                        } else if operation.body_keys.contains(name) {
                            operation.required_body.push(name.clone());
                        } else {
                            applied = false;
                        }
                    }
                }
                Change::SendEmpty(names) => {
                    for name in names {
                        let parameter = operation.parameters.iter_mut().find(|parameter| parameter.name == *name);
                        applied &= parameter.is_some();
                        parameter.into_iter().for_each(|parameter| parameter.send_empty = true);
                    }
                }
                Change::Fields(projection) => {
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
        applied
    }
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

    fn to_schema(&self, schema: &mut Value, all: &Map<String, Value>) -> bool {
        if let Self::Becomes(other) = self {
            *schema = other.clone();
            return true;
        }
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return false };
        match self {
            Self::Inline(names) => names.iter().all(|name| {
                let embedded = properties
                    .shift_remove(name)
                    .and_then(|property| property.get("$ref")?.as_str().map(str::to_owned));
                let target = embedded.as_deref().and_then(|reference| all.get(reference.rsplit('/').next()?));
                let inner = target.and_then(|target| target.get("properties")?.as_object());
                inner
                    .into_iter()
                    .flatten()
                    .for_each(|(key, value)| drop(properties.insert(key.clone(), value.clone())));
                inner.is_some()
            }),
            Self::Rename(pairs) => pairs.iter().all(|(from, to)| {
                let property = properties.shift_remove(from);
                let found = property.is_some();
                property.into_iter().for_each(|property| drop(properties.insert(to.clone(), property)));
                found
            }),
            _ => false,
        }
    }
}
