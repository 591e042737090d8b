//! What a handler reads of the answers to its calls: `reads = { get = ["spec.sources", "spec.sourceHydrator@2.14"] }`.

use super::Use;
use crate::{api::Api, own_calls, reader::Reader, suggest::did_you_mean};

/// Checks every path against each operation of its role; returns them with their types, for the API surface.
pub(super) fn check(uses: &[Use<'_>], api: &Api, reader: &Reader<'_>) -> Vec<(String, String)> {
    let mut surface = vec![];
    let Some(table) = reader.table("reads") else {
        reader.error("`reads` is missing: what the handler reads of each answer, as { get = [\"metadata.name\"] }");
        return surface;
    };
    for (role, paths) in table {
        let calls = || uses.iter().filter(|call| call.role == *role);
        if calls().next().is_none() {
            // A role whose operation does not exist has been reported as that.
            if !reader.table("uses").is_some_and(|uses| uses.contains_key(role)) {
                let hint = did_you_mean(role, uses.iter().map(|call| call.role.as_str()));
                reader.error(format!("reads: `{role}` is not in `uses`{hint}"));
            }
            continue;
        }
        let texts = paths.as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<&str> = texts.iter().filter_map(toml::Value::as_str).collect();
        if texts.is_empty() || paths.as_array().is_none_or(|paths| paths.len() != texts.len()) {
            reader.error(format!("reads: `{role}` must be a list of paths"));
        }
        for text in texts {
            let (path, since) = match own_calls::read(text) {
                Ok(read) => read,
                Err(problem) => {
                    reader.error(format!("reads: {problem}"));
                    continue;
                }
            };
            for (index, call) in calls().enumerate() {
                let kind = match api.type_at(&call.operation.response, &path) {
                    Ok(kind) => kind,
                    Err(_) if since.is_some_and(|since| api.release < since) => format!("not in {}", api.release),
                    Err(problem) => {
                        let route = call.operation.route();
                        reader.error(format!("reads: `{path}` of {route} (`{role}`): {}", problem.message));
                        continue;
                    }
                };
                if index == 0 {
                    surface.push((format!("{role}.{path}"), kind));
                }
            }
        }
    }
    surface
}
