//! The API surface: one line per operation, parameter and path in use, which is what a reviewer of a new release reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{Api, Operation},
    args::{Arg, Place},
    table::Tool,
};

/// The text of `tests/snapshots/api_surface.txt`.
pub fn write(api: &Api, used: &BTreeSet<String>, tools: &[Tool]) -> String {
    let mut lines = vec![format!("Argo CD {}", api.release)];
    for operation in api.operations.values().filter(|operation| used.contains(&operation.id)) {
        lines.extend(operation_lines(api, operation));
    }
    for tool in tools {
        lines.push(format!("\ntool {}", tool.name));
        lines.extend(tool.args.iter().flat_map(|arg| arg_lines(tool, arg)));
        lines.extend(tool.surface.iter().map(|(path, kind)| format!("  reads {path}: {kind}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn operation_lines(api: &Api, operation: &Operation) -> Vec<String> {
    let mut lines = vec![format!("\n{} {}", operation.id, operation.route())];
    for parameter in &operation.parameters {
        let mark = match (parameter.in_path, parameter.required) {
            (true, _) => ", in path",
            (false, true) => ", required",
            (false, false) => "",
        };
        lines.push(format!("  {}: {}{mark}", parameter.name, parameter.kind.name()));
    }
    if let Some(body) = &operation.body {
        lines.push(format!("  body {}", api.type_name(body)));
    }
    lines.push(format!("  answers {}", api.type_name(&operation.response)));
    lines
}

/// Where each argument goes, and of what type the interface says it is.
fn arg_lines(tool: &Tool, arg: &Arg) -> Vec<String> {
    let line = |target: &crate::args::Target| {
        let role = tool.calls.get(target.call).map_or("", |call| call.role.as_str());
        let place = place(&target.place);
        format!("  sends {} as {role} {place}: {}", arg.name, arg.shape)
    };
    arg.targets.iter().map(line).collect()
}

fn place(of: &Place) -> String {
    match of {
        Place::Parameter(name) => name.clone(),
        Place::Body(keys) => format!("body {}", keys.join(".")),
        Place::Resource(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(field, inner)| format!("{field}: {}", place(inner))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// What an argument sends or a view reads that is of another type than in a surface `before`, and what is not sent any
/// more: the tool would take, show or ask for something else without anybody having said so.
pub fn retyped(before: &str, now: &str, tools: &[Tool]) -> Vec<String> {
    let (before, now) = (types(before), types(now));
    let line = |(place, old): (&(String, String), &String)| {
        let (tool, what) = place;
        let row = format!("{}.toml: tool `{tool}`", tools.iter().find(|known| known.name == *tool)?.toolset);
        match now.get(place) {
            Some(kind) if kind == old => None,
            Some(kind) => {
                Some(format!("{row}: what it {what} is {kind}; it was {old} when the interface was reviewed"))
            }
            // What is read and not there is an error of its own.
            None => what.starts_with("sends ").then(|| format!("{row}: it {what} no more; `make docs` takes note")),
        }
    };
    before.iter().filter_map(line).collect()
}

/// Type of everything a tool sends or reads: (tool, `sends prune as sync body prune`) → `boolean`.
fn types(surface: &str) -> BTreeMap<(String, String), String> {
    let mut tool = None;
    let mut found = BTreeMap::new();
    for line in surface.lines() {
        match (line.strip_prefix("tool "), line.strip_prefix("  ").and_then(|line| line.rsplit_once(": "))) {
            (Some(name), _) => tool = Some(name.to_owned()),
            (None, Some((what, kind))) => {
                if let Some(tool) = &tool {
                    found.insert((tool.clone(), what.to_owned()), kind.to_owned());
                }
            }
            (None, None) => {}
        }
    }
    found
}
