//! The JSON Schema of a tool's arguments: inlined and portable, made from what the binder checks.

use serde_json::{Map, Value, json};

use crate::{args::Arg, shape::Shape};

/// An object schema without `anyOf`, `oneOf`, `allOf`, `$ref` or type unions: several clients drop every tool of a
/// server that has one of these. Unknown names are left to the binder, whose errors suggest the right one.
pub fn of(args: &[Arg]) -> Value {
    let properties: Map<String, Value> =
        args.iter().filter(|arg| !arg.hidden).map(|arg| (arg.name.clone(), property(arg))).collect();
    let required: Vec<&str> = args.iter().filter(|arg| arg.required).map(|arg| arg.name.as_str()).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if let Some(map) = schema.as_object_mut().filter(|_| !required.is_empty()) {
        map.insert("required".into(), json!(required));
    }
    schema
}

fn property(arg: &Arg) -> Value {
    let mut schema = if arg.brief { type_of(&arg.shape) } else { shape(&arg.shape) };
    let list = matches!(arg.shape, Shape::List(_));
    let Some(map) = schema.as_object_mut() else { return schema };
    if !arg.about.is_empty() {
        map.insert("description".into(), json!(arg.about));
    }
    if !arg.choices.is_empty() {
        match map.get_mut("items").and_then(Value::as_object_mut).filter(|_| list) {
            Some(items) => items.insert("enum".into(), json!(arg.choices)),
            None => map.insert("enum".into(), json!(arg.choices)),
        };
    }
    if let Some((low, high)) = arg.range.filter(|_| !arg.brief) {
        let (least, most) = if list { ("minItems", "maxItems") } else { ("minimum", "maximum") };
        map.insert(least.into(), json!(low));
        if high != i64::MAX {
            map.insert(most.into(), json!(high));
        }
    }
    if let Some(default) = arg.default.as_ref().filter(|_| !arg.brief) {
        map.insert("default".into(), default.clone());
    }
    schema
}

/// The type alone.
fn type_of(of: &Shape) -> Value {
    match of {
        Shape::Object(_) | Shape::Map(_) | Shape::Open(..) | Shape::Resource => json!({ "type": "object" }),
        other => shape(other),
    }
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Text => json!({ "type": "string" }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Any => json!({}),
        Shape::List(items) => json!({ "type": "array", "items": shape(items) }),
        Shape::Open(..) => json!({ "type": "object" }),
        Shape::Map(values) if **values == Shape::Any => json!({ "type": "object" }),
        Shape::Map(values) => json!({ "type": "object", "additionalProperties": shape(values) }),
        // `version` and `uid` are accepted, but nobody needs to know.
        Shape::Resource => {
            let properties: Map<String, Value> = ["kind", "name", "namespace", "group"]
                .iter()
                .map(|key| ((*key).to_owned(), shape(&Shape::Text)))
                .collect();
            json!({ "type": "object", "properties": properties, "required": ["kind", "name"] })
        }
        Shape::Object(keys) => {
            let properties: Map<String, Value> = keys.iter().map(|(key, child)| (key.clone(), shape(child))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}
