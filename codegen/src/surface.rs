//! The API surface: one line per operation, parameter and path in use, which is what a reviewer of a new release reads.

mod changes;

use std::collections::BTreeSet;

pub use changes::check;

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
        let operation = tool.calls.get(target.call).map_or("", |call| call.operation.as_str());
        let place = place(&target.place);
        format!("  sends {} to {operation} {place}: {}", arg.name, arg.shape)
    };
    arg.targets.iter().map(line).collect()
}

fn place(of: &Place) -> String {
    match of {
        Place::Parameter(name) => name.clone(),
        Place::Body(keys) if keys.is_empty() => "body .".into(),
        Place::Body(keys) => format!("body {}", keys.join(".")),
        Place::Resource(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(field, inner)| format!("{field}: {}", place(inner))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}
