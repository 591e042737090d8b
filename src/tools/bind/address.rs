//! Arguments that become part of the address of a request: what cannot.

use serde_json::Value;

use crate::{
    argocd::path,
    tools::{Arg, Call, Place},
    view::text::clip,
};

/// Longest argument that an address has room for, in bytes; a request's whole address has 65,534.
const LONGEST: usize = 16 << 10;

/// Adds what is wrong with a value as a part of an address.
pub(super) fn check(calls: &[Call], arg: &Arg, value: &Value, problems: &mut Vec<String>) {
    let places = || arg.targets.iter().filter(|target| !matches!(target.place, Place::Body(_)));
    if places().next().is_none() {
        return;
    }
    let length = length(value);
    if length > LONGEST {
        problems
            .push(format!("`{}` is {length} bytes long; the address of a request has room for {LONGEST}", arg.name));
        return;
    }
    let in_path = places().any(|target| target.is_in_path(calls));
    if let (true, Value::String(text)) = (in_path, value) {
        // These are names, which have no `/`; the address of a repository, or `*/*`, may.
        let is_name = places().any(|target| match target.place {
            Place::Parameter(name) => matches!(name.rsplit('.').next(), Some("name" | "project" | "applicationName")),
            Place::Body(_) | Place::Resource(_) => false,
        });
        match path::check(arg.name, text) {
            Err(error) => problems.push(error.message),
            Ok(()) if text.contains('/') && is_name => {
                problems.push(format!("`{}` is a path, not a name: {:?}", arg.name, clip(text, 80)));
            }
            Ok(()) => {}
        }
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(length).sum(),
        Value::Object(map) => map.values().map(length).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
