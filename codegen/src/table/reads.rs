//! What a handler reads of the answers to its calls: `reads = { get = ["spec.sources", "spec.sourceHydrator@2.14"] }`.

use super::Use;
use crate::{api::Api, reader::Reader, suggest::did_you_mean, template::Cell, view::Read};

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
        let cells = texts
            .into_iter()
            .filter_map(|text| Cell::parse(text).map_err(|problem| reader.error(format!("reads: {problem}"))).ok());
        for Cell { paths, since, .. } in cells {
            for read in paths.into_iter().map(|path| Read { path, since, until: None, whole: true, time: false }) {
                for (index, call) in calls().enumerate() {
                    match read.kind(api, &call.operation.response) {
                        Ok(kind) if index == 0 => surface.push((format!("{role}.{}", read.path), kind)),
                        Ok(_) => {}
                        Err(problem) => {
                            let (path, route) = (&read.path, call.operation.route());
                            reader.error(format!("reads: `{path}` of {route} (`{role}`): {}", problem.message));
                        }
                    }
                }
            }
        }
    }
    surface
}
