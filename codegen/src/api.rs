//! The corrected interface description, asked the questions the table asks: operations, parameters, schemas, paths.

mod parameter;

pub use parameter::{Parameter, ParameterKind};

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    openapi3::LeftOut,
    path::{Path, Segment},
    release::Release,
    suggest::did_you_mean,
};

/// Argo CD's interface at one release, after all corrections.
#[derive(Debug)]
pub struct Api {
    /// The release described.
    pub release: Release,
    /// The newest release the table and the corrections were looked through for.
    pub reviewed: Release,
    /// The OpenAPI 3 document.
    pub document: Value,
    /// Operations by `operationId`.
    pub operations: BTreeMap<String, Operation>,
    /// What of the interface the document does not have.
    pub left_out: Vec<LeftOut>,
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
    /// Keys of the body that the server insists on, by the swagger or by the corrections.
    pub required_body: Vec<String>,
    /// Parameters and body keys that older releases accept and this one does not, as the corrections say.
    pub without: Vec<String>,
    /// Schema of the answer.
    pub response: Value,
    /// What the server makes of `fields` (server-side projection).
    pub projection: Projection,
}

impl Operation {
    /// Whether it answers one message after the other: gRPC's streams have a `result` or an `error` each.
    pub fn is_stream(&self) -> bool {
        let properties = self.response.get("properties").and_then(Value::as_object);
        properties.is_some_and(|keys| keys.len() == 2 && keys.contains_key("result") && keys.contains_key("error"))
    }
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

/// What is wrong with a path into a schema.
#[derive(Debug)]
pub struct BadPath {
    /// The part that is not there, such as `` no `helth` in v1alpha1ApplicationStatus ``.
    pub message: String,
}

impl Api {
    /// Reads the operations out of a converted and corrected document.
    pub fn new((document, left_out): (Value, Vec<LeftOut>), release: Release) -> Self {
        let mut operations = BTreeMap::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let read = Operation::read(path, method, operation);
                operations.insert(read.id.clone(), read);
            }
        }
        let mut api = Self { release, reviewed: release, document, operations: BTreeMap::new(), left_out };
        for operation in operations.values_mut() {
            let body = operation.body.as_ref().map(|body| api.properties(body));
            operation.body_keys = body.into_iter().flatten().map(|(key, _)| key.to_owned()).collect();
            let required = operation.body.as_ref().and_then(|body| api.resolve(body).get("required")?.as_array());
            let required = required.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            operation.required_body = required.filter(|key| operation.body_keys.contains(key)).collect();
        }
        api.operations = operations;
        api
    }

    /// The newest release that is known.
    pub fn newest(&self) -> Release {
        self.release.max(self.reviewed)
    }

    /// What is wrong with an operation that is not among [`Api::operations`], in the words of the interface.
    pub fn no_operation(&self, id: &str) -> String {
        let problems: Vec<String> = self.unusable(id).map(LeftOut::problem).collect();
        problems
            .into_iter()
            .next()
            .unwrap_or_else(|| format!("{} has no operation `{id}`{}", self.release, self.similar_operation(id)))
    }

    /// The operations of that name that no code can be made of.
    pub fn unusable(&self, id: &str) -> impl Iterator<Item = &LeftOut> {
        self.left_out.iter().filter(move |one| one.operation == id && one.parameter.is_none())
    }

    /// What is wrong with a parameter that an operation does not have.
    pub fn no_parameter(&self, operation: &Operation, name: &str) -> String {
        let unsendable = |one: &&LeftOut| one.operation == operation.id && one.parameter.as_deref() == Some(name);
        self.left_out.iter().find(unsendable).map_or_else(
            || {
                let hint = did_you_mean(name, operation.parameters.iter().map(|p| p.name.as_str()));
                format!("no parameter `{name}` in {}{hint}", operation.route())
            },
            LeftOut::problem,
        )
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
        self.type_name_within(schema, &[])
    }

    /// `around` are the names of the schemas it is in: a map may hold maps of its own kind.
    fn type_name_within(&self, schema: &Value, around: &[&str]) -> String {
        if let Some(name) = reference(schema) {
            let target = self.resolve(schema);
            let is_named = target.get("properties").is_some() || target.get("allOf").is_some();
            return if is_named || reference(target).is_some() || around.contains(&name) {
                name.to_owned()
            } else {
                self.type_name_within(target, &[around, &[name]].concat())
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => {
                format!(
                    "[]{}",
                    schema.get("items").map_or_else(|| "any".into(), |items| self.type_name_within(items, around))
                )
            }
            Some("object") | None => match schema.get("additionalProperties").filter(|values| values.is_object()) {
                Some(values) => format!("map of {}", self.type_name_within(values, around)),
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
        let responses = operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::values);
        let response = responses.filter_map(|one| one.pointer("/content/application~1json/schema")).next();
        Self {
            id: text("operationId"),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: parameters.into_iter().flatten().map(Parameter::read).collect(),
            body: operation.pointer("/requestBody/content/application~1json/schema").cloned(),
            body_keys: vec![],
            required_body: vec![],
            without: vec![],
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

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
