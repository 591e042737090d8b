//! Shapes of values: what the binder checks and the schema of a tool says.

use std::fmt;

use serde_json::Value;

use crate::api::{Api, ParameterKind};

/// Shape of a value, deep enough to tell a caller what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// true or false.
    Boolean,
    /// Any JSON.
    Any,
    /// A list of one shape.
    List(Box<Shape>),
    /// An object with keys of the caller's choice.
    Map(Box<Shape>),
    /// An object with known keys.
    Object(Vec<(String, Shape)>),
    /// An object with known keys, and the shape of what all other keys hold; these are kept as they are, nulls
    /// included.
    Open(Vec<(String, Shape)>, Box<Shape>),
    /// A resource of an application: kind and name, and what else is known of it.
    Resource,
}

impl Shape {
    /// This shape with all its objects open.
    pub fn opened(self) -> Self {
        match self {
            Self::Object(keys) => {
                Self::Open(keys.into_iter().map(|(key, child)| (key, child.opened())).collect(), Box::new(Self::Any))
            }
            Self::Map(values) => Self::Open(vec![], Box::new(values.opened())),
            Self::List(items) => Self::List(Box::new(items.opened())),
            // Elsewhere a resource is given by these keys; here it is an object like others.
            Self::Resource => Self::Open(vec![], Box::new(Self::Any)),
            other => other,
        }
    }

    /// Shape of a parameter.
    pub fn of_parameter(kind: ParameterKind) -> Self {
        match kind {
            ParameterKind::Text => Self::Text,
            ParameterKind::Boolean => Self::Boolean,
            ParameterKind::Int32 | ParameterKind::Int64 => Self::Integer,
            ParameterKind::Texts => Self::List(Box::new(Self::Text)),
            ParameterKind::Integers => Self::List(Box::new(Self::Integer)),
        }
    }

    /// Shape of a schema; objects below `depth` levels are left open.
    pub fn of_schema(api: &Api, schema: &Value, depth: u64) -> Self {
        let resolved = api.resolve(schema);
        let kind = resolved.get("type").and_then(Value::as_str);
        if let Some(items) = resolved.get("items") {
            return Self::List(Box::new(Self::of_schema(api, items, depth)));
        }
        let properties = api.properties(resolved);
        if !properties.is_empty() {
            let fields = ["group", "kind", "name", "namespace", "version", "uid"];
            let named = |key: &str| properties.iter().any(|(known, _)| *known == key);
            if named("kind") && named("name") && properties.iter().all(|(key, _)| fields.contains(key)) {
                return Self::Resource;
            }
            let keys = properties
                .into_iter()
                .map(|(key, child)| (key.to_owned(), Self::of_schema(api, child, depth.saturating_sub(1))));
            return if depth == 0 { Self::Map(Box::new(Self::Any)) } else { Self::Object(keys.collect()) };
        }
        match (kind, resolved.get("additionalProperties").filter(|values| values.is_object())) {
            (Some("string"), _) => Self::Text,
            (Some("integer"), _) => Self::Integer,
            (Some("number"), _) => Self::Number,
            (Some("boolean"), _) => Self::Boolean,
            // A map may hold maps of the same shape.
            (_, Some(_)) if depth == 0 => Self::Map(Box::new(Self::Any)),
            (_, Some(values)) => Self::Map(Box::new(Self::of_schema(api, values, depth - 1))),
            _ => Self::Any,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("string"),
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Boolean => f.write_str("boolean"),
            Self::Any => f.write_str("any"),
            Self::List(items) => write!(f, "[]{items}"),
            Self::Map(values) => write!(f, "map of {values}"),
            Self::Resource => f.write_str("resource"),
            Self::Open(..) => f.write_str("object"),
            Self::Object(keys) => {
                let keys: Vec<String> = keys.iter().map(|(key, shape)| format!("{key} {shape}")).collect();
                write!(f, "{{{}}}", keys.join(", "))
            }
        }
    }
}
