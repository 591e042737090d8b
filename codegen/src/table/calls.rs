//! The operations a row calls, and what it always sends to them.

use serde_json::Value;

use super::also;
use crate::{
    api::{Api, Operation},
    args,
    reader::{self, Reader},
    release::Release,
    suggest::did_you_mean,
};

/// An operation a row calls.
#[derive(Clone, Debug)]
pub struct Use<'a> {
    /// What the row calls it: `main`, or a key of `uses`.
    pub role: String,
    /// First release of a server that has it, where the row has an alternative for older ones.
    pub since: Release,
    /// The operation.
    pub operation: &'a Operation,
}

/// `operation` of a pure row, `uses` of a handled one.
pub(super) fn read<'a>(reader: &Reader<'_>, handled: bool, api: &'a Api) -> Vec<Use<'a>> {
    let mut wanted = vec![];
    if handled {
        for (role, ids) in reader.table("uses").into_iter().flatten() {
            let list: Option<Vec<String>> = match ids {
                toml::Value::String(one) => Some(vec![one.clone()]),
                toml::Value::Array(list) => list.iter().map(|id| Some(id.as_str()?.to_owned())).collect(),
                _ => None,
            };
            if list.as_ref().is_none_or(Vec::is_empty) {
                reader.error(format!("uses: `{role}` must be an operation, or a list of alternatives"));
            }
            if !is_identifier(role) {
                reader.error(format!("uses: `{role}` is not a name of lower case letters, digits and `_`"));
            }
            wanted.push((role.clone(), list.unwrap_or_default()));
        }
        if wanted.is_empty() {
            reader
                .error("`uses` is missing: the operations the handler calls, as { get = \"ApplicationService_Get\" }");
        }
    } else {
        let ids = reader.texts("operation");
        if ids.is_empty() {
            reader.error("`operation` is missing (or a `handler` with `uses`)");
        } else {
            wanted.push(("main".to_owned(), ids));
            wanted.extend(
                Some(also::operation(reader)).filter(|ids| !ids.is_empty()).map(|ids| (also::ROLE.to_owned(), ids)),
            );
        }
        // Where a view cannot tell from its answer what is so, this one does.
        wanted.extend(reader.text("doubt").map(|id| ("doubt".to_owned(), vec![id])));
    }
    wanted.into_iter().flat_map(|(role, ids)| alternatives(&role, &ids, reader, api)).collect()
}

/// Whether a name can stand in generated code as it is.
pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The operations of one role, the newest first; each but the last says since which release a server has it.
fn alternatives<'a>(role: &str, ids: &[String], reader: &Reader<'_>, api: &'a Api) -> Vec<Use<'a>> {
    let (mut found, mut missing) = (vec![], vec![]);
    for (index, text) in ids.iter().enumerate() {
        let (id, since) = match text.split_once('@') {
            Some((id, since)) => (id, Release::parse(since)),
            None => (text.as_str(), Some(Release::new(0, 0, 0))),
        };
        let Some(since) = since else {
            reader.error(format!("`{text}`: not a release after `@`; written as {id}@3.1"));
            continue;
        };
        if index + 1 < ids.len() && !text.contains('@') {
            reader.error(format!("`{id}` has an alternative: say since which release servers have it, as {id}@3.1"));
        }
        match api.operations.get(id) {
            Some(operation) => found.push(Use { role: role.to_owned(), since, operation }),
            None if since > api.newest() => reader.warning(format!(
                "`{text}` is for releases newer than {}, the newest one known here: whether there is such an operation is not checked",
                api.newest()
            )),
            None if api.release < since => {}
            None => missing.push(api.no_operation(id)),
        }
    }
    for problem in missing {
        // Up to the reviewed release it is a typing mistake.
        if let Some(other) = found.first().filter(|_| api.release > api.reviewed) {
            reader.warning(format!("{problem}; `{}` is called instead", other.operation.id));
        } else {
            reader.error(problem);
        }
    }
    found
}

/// A row with a resource may have to look in the tree for what the caller leaves out.
pub(super) fn add_tree<'a>(reader: &Reader<'_>, calls: &mut Vec<Use<'a>>, api: &'a Api) {
    let kind = |entry: &toml::Value| entry.get("kind").and_then(toml::Value::as_str) == Some("resource");
    let wanted = reader.table("args").into_iter().flatten().any(|(_, entry)| kind(entry));
    let there = calls.iter().any(|call| call.role == args::TREE);
    if let Some(tree) = api.operations.get("ApplicationService_ResourceTree").filter(|_| wanted && !there) {
        calls.push(Use { role: args::TREE.to_owned(), since: Release::new(0, 0, 0), operation: tree });
    }
}

pub(super) fn constants(reader: &Reader<'_>, calls: &[Use<'_>]) -> Vec<(String, Value)> {
    let mut constants = vec![];
    for (name, value) in reader.table("constants").into_iter().flatten() {
        if calls.iter().all(|call| call.operation.parameter(name).is_none()) {
            let names = calls.iter().flat_map(|call| call.operation.parameters.iter().map(|p| p.name.as_str()));
            reader.error(format!(
                "constants: no parameter `{name}` in the operations of the tool{}",
                did_you_mean(name, names)
            ));
        }
        constants.push((name.clone(), reader::to_json(value)));
    }
    constants
}
