//! The corrected interface description, asked the questions the table asks: operations, parameters, schemas, paths.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    path::{Path, Segment},
    release::Release,
    suggest::did_you_mean,
};

/// Argo CD's interface at one release, after all corrections.
#[derive(Debug)]
pub struct Api {
    /// The release described.
    pub release: Release,
    /// The OpenAPI 3 document.
    pub document: Value,
    /// Operations by `operationId`.
    pub operations: BTreeMap<String, Operation>,
}

/// One operation of the interface.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// Upper case: `GET`.
    pub method: String,
    /// Path template: `/api/v1/applications/{name}`.
    pub path: String,
    /// Path and query parameters in the order of the document.
    pub parameters: Vec<Parameter>,
    /// Schema of the JSON body, where there is one.
    pub body: Option<Value>,
    /// Top-level properties of the body.
    pub body_keys: Vec<String>,
    /// Those the server insists on although the swagger does not say so.
    pub required_body: Vec<String>,
    /// Schema of the answer.
    pub response: Value,
    /// What the server makes of `fields` (server-side projection).
    pub projection: Projection,
}

/// Which `fields` a server honours for an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Projection {
    /// `fields` is ignored.
    None,
    /// Any path of the answer.
    Any,
    /// Only listed paths, and the list grew: for each release the first with that list.
    Listed(Vec<(Release, Vec<String>)>),
}

/// A path or query parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Wire name, such as `appNamespace` or `id.value`.
    pub name: String,
    /// True for a path parameter.
    pub in_path: bool,
    /// True for path parameters and for what the server insists on.
    pub required: bool,
    /// True when the parameter is sent even when it is empty.
    pub send_empty: bool,
    /// Its type.
    pub kind: ParameterKind,
}

/// Types of parameters, as progenitor generates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `String`
    Text,
    /// `bool`
    Boolean,
    /// `i32`
    Int32,
    /// `i64`
    Int64,
    /// `Vec<String>`, sent as `k=a&k=b`
    Texts,
    /// `Vec<i64>`, sent as `k=1&k=2`
    Integers,
}

impl ParameterKind {
    /// The type in the words of the interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Boolean => "boolean",
            Self::Int32 => "integer(int32)",
            Self::Int64 => "integer(int64)",
            Self::Texts => "[]string",
            Self::Integers => "[]integer(int64)",
        }
    }
}

/// What is wrong with a path into a schema.
#[derive(Debug)]
pub struct BadPath {
    /// The part that is not there, such as `` no `helth` in v1alpha1ApplicationStatus ``.
    pub message: String,
}

impl Api {
    /// Reads the operations out of a converted and corrected document.
    pub fn new(document: Value, release: Release) -> Self {
        let mut operations = BTreeMap::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let read = Operation::read(path, method, operation);
                operations.insert(read.id.clone(), read);
            }
        }
        let mut api = Self { release, document, operations: BTreeMap::new() };
        for operation in operations.values_mut() {
            let body = operation.body.as_ref().map(|body| api.properties(body));
            operation.body_keys = body.into_iter().flatten().map(|(key, _)| key.to_owned()).collect();
        }
        api.operations = operations;
        api
    }

    /// ` (did you mean …?)` for an operation that does not exist.
    pub fn similar_operation(&self, id: &str) -> String {
        did_you_mean(id, self.operations.keys().map(String::as_str))
    }

    /// Follows `$ref` until there is none.
    pub fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        while let Some(name) = reference(schema) {
            match self.document.pointer(&format!("/components/schemas/{name}")) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// The properties of an object schema, those of `allOf` parts included.
    pub fn properties<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolve(schema);
        let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut all: Vec<(&str, &Value)> = own.map(|(name, child)| (name.as_str(), child)).collect();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            all.extend(self.properties(part));
        }
        all
    }

    /// The schema that a path leads to; `None` where the interface leaves the content open.
    ///
    /// # Errors
    /// [`BadPath`] names the first key that does not exist, where, and what is similar.
    pub fn schema_at<'a>(&'a self, schema: &'a Value, path: &Path) -> Result<Option<&'a Value>, BadPath> {
        let mut at = schema;
        for segment in &path.segments {
            if self.is_free(at) {
                return Ok(None);
            }
            at = match segment {
                Segment::Key(key) => self.child(at, key)?,
                Segment::Each => match self.resolve(at).get("items") {
                    Some(items) => items,
                    None => return Err(BadPath { message: format!("{} is not a list", self.type_name(at)) }),
                },
                Segment::Json => match self.type_name(at).as_str() {
                    "string" => return Ok(None),
                    other => return Err(BadPath { message: format!("`|json` needs a string, not {other}") }),
                },
            };
        }
        Ok(Some(at))
    }

    /// The type that a path leads to, for the API surface: `string`, `[]v1alpha1Info`, `any`.
    ///
    /// # Errors
    /// As [`Api::schema_at`].
    pub fn type_at(&self, schema: &Value, path: &Path) -> Result<String, BadPath> {
        Ok(self.schema_at(schema, path)?.map_or_else(|| "any".into(), |schema| self.type_name(schema)))
    }

    fn child<'a>(&'a self, schema: &'a Value, key: &str) -> Result<&'a Value, BadPath> {
        let properties = self.properties(schema);
        if let Some((_, child)) = properties.iter().find(|(name, _)| *name == key) {
            return Ok(child);
        }
        let resolved = self.resolve(schema);
        if let Some(values) = resolved.get("additionalProperties").filter(|values| values.is_object()) {
            return Ok(values);
        }
        let list = if resolved.get("items").is_some() { ", which is a list: write `[]` after it" } else { "" };
        let hint = did_you_mean(key, properties.iter().map(|(name, _)| *name));
        Err(BadPath { message: format!("no `{key}` in {}{list}{hint}", self.type_name(schema)) })
    }

    /// True for a schema that says nothing about its content: any JSON.
    pub fn is_free(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        let says = |key: &str| schema.get(key).is_some();
        let typed = schema.get("type").is_some_and(|kind| kind != "object");
        let map = schema.get("additionalProperties").is_some_and(Value::is_object);
        !(typed || map || says("properties") || says("items") || says("allOf"))
    }

    /// How messages and the API surface call a schema.
    pub fn type_name(&self, schema: &Value) -> String {
        if let Some(name) = reference(schema) {
            let target = self.resolve(schema);
            return if target.get("properties").is_some() || target.get("allOf").is_some() {
                name.to_owned()
            } else {
                self.type_name(target)
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => {
                format!("[]{}", schema.get("items").map_or_else(|| "any".into(), |items| self.type_name(items)))
            }
            Some("object") | None => match schema.get("additionalProperties").filter(|values| values.is_object()) {
                Some(values) => format!("map of {}", self.type_name(values)),
                None if schema.get("properties").is_some() => "object".into(),
                None => "any".into(),
            },
            Some(scalar) => match schema.get("format").and_then(Value::as_str) {
                Some(format) => format!("{scalar}({format})"),
                None => scalar.into(),
            },
        }
    }
}

impl Operation {
    fn read(path: &str, method: &str, operation: &Value) -> Self {
        let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let response = operation.pointer("/responses/200/content/application~1json/schema");
        Self {
            id: text("operationId"),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: parameters.into_iter().flatten().map(Parameter::read).collect(),
            body: operation.pointer("/requestBody/content/application~1json/schema").cloned(),
            body_keys: vec![],
            required_body: vec![],
            response: response.cloned().unwrap_or_else(|| Value::Object(Map::new())),
            projection: Projection::None,
        }
    }

    /// A parameter by its wire name, to be corrected.
    pub fn parameter_mut(&mut self, name: &str) -> Option<&mut Parameter> {
        self.parameters.iter_mut().find(|parameter| parameter.name == name)
    }

    /// The parameter of that wire name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// `GET /api/v1/applications`.
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Parameter {
    fn read(parameter: &Value) -> Self {
        let flag = |key: &str| parameter.get(key).and_then(Value::as_bool) == Some(true);
        let schema = |key: &str| parameter.pointer(&format!("/schema/{key}")).and_then(Value::as_str);
        let kind = match (schema("type"), schema("format"), schema("items/type")) {
            (Some("array"), _, Some("integer")) => ParameterKind::Integers,
            (Some("array"), ..) => ParameterKind::Texts,
            (Some("boolean"), ..) => ParameterKind::Boolean,
            (Some("integer"), Some("int32"), _) => ParameterKind::Int32,
            (Some("integer"), ..) => ParameterKind::Int64,
            _ => ParameterKind::Text,
        };
        Self {
            name: parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            in_path: parameter.get("in").and_then(Value::as_str) == Some("path"),
            required: flag("required"),
            send_empty: false,
            kind,
        }
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
