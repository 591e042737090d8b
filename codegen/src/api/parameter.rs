//! Parameters of an operation, and the few types they have.

use serde_json::{Value, json};

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

    /// The schema of which progenitor makes exactly this type. A path holds texts and whole numbers.
    pub fn schema(self, in_path: bool) -> Value {
        match self {
            Self::Boolean if !in_path => json!({ "type": "boolean" }),
            Self::Int32 => json!({ "type": "integer", "format": "int32" }),
            Self::Int64 => json!({ "type": "integer", "format": "int64" }),
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Integers => json!({ "type": "array", "items": { "type": "integer", "format": "int64" } }),
            Self::Text | Self::Boolean => json!({ "type": "string" }),
        }
    }
}

impl Parameter {
    /// Reads a parameter of a converted document.
    pub fn read(parameter: &Value) -> Self {
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
