//! Schemas that consist of themselves: no value can have such a type, and nothing could read it to its end.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// One sentence per schema that reaches itself through `$ref`, `allOf` and `items` alone. Through `properties` it may:
/// those can be absent.
pub fn find(document: &Value) -> Vec<String> {
    let none = Map::new();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&none);
    let reaches_itself = |name: &&String| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<String> = schemas.get(*name).map(parts).unwrap_or_default();
        while let Some(part) = next.pop() {
            if part == **name {
                return true;
            }
            if seen.insert(part.clone()) {
                next.extend(schemas.get(&part).map(parts).unwrap_or_default());
            }
        }
        false
    };
    let say = |name: &String| format!("schema `{name}` consists of itself (by `$ref`, `allOf` or `items`)");
    schemas.keys().filter(reaches_itself).map(say).collect()
}

/// Names of the schemas without which a value of this one cannot be.
fn parts(schema: &Value) -> Vec<String> {
    let mut parts: Vec<String> = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.rsplit('/').next())
        .map(str::to_owned)
        .into_iter()
        .collect();
    parts.extend(schema.get("items").map(self::parts).unwrap_or_default());
    parts.extend(schema.get("allOf").and_then(Value::as_array).into_iter().flatten().flat_map(self::parts));
    parts
}
