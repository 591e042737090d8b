//! The generated parts of the documentation, from the table and from the command line's definition.

use crate::{
    config::VARIABLES,
    tools::{Effect, Row, Run, table::ROWS},
};

/// A table of tools: what each does, and which right of Argo CD's RBAC it needs.
pub fn tool_table<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut text = String::from("| tool | does | effect | needs |\n|---|---|---|---|\n");
    for row in rows {
        let effect = match row.effect {
            Effect::Read => "reads".to_owned(),
            Effect::Write if row.destructive_when.is_empty() => "writes".to_owned(),
            Effect::Write => format!("writes; destructive with {}", row.destructive_when.join(", ")),
            Effect::Destructive => "destructive".to_owned(),
        };
        text += &format!("| `{}` | {} | {effect} | `{}` |\n", row.name, row.about, row.rbac.join("`, `"));
    }
    text
}

/// Rows that are nothing but a row, and all rows.
pub fn pure_rows() -> (usize, usize) {
    (ROWS.iter().filter(|row| matches!(row.run, Run::Pure(_))).count(), ROWS.len())
}

/// `docs/tools.md`.
pub fn tools_page() -> String {
    let (pure, all) = pure_rows();
    let mut text = format!(
        "# Tools\n\nGenerated from `src/tools/*.toml`; `make docs` writes this file.\n\n{all} tools: {pure} are nothing but a row of the table, {} have a handler.\n",
        all - pure
    );
    for row in ROWS {
        text += &format!("\n## {}\n\n{}\n\n", row.name, row.about);
        for call in row.calls {
            text += &format!("- calls `{} {}`\n", call.operation.method, call.operation.path);
        }
        let rights: Vec<String> = row.rbac.iter().map(|right| format!("`{right}`")).collect();
        text += &format!("- needs {}\n\n| argument | type | |\n|---|---|---|\n", rights.join(", "));
        text += &arguments(row);
    }
    text
}

fn arguments(row: &Row) -> String {
    let schema: serde_json::Value = serde_json::from_str(row.schema).unwrap_or_default();
    let properties = schema.get("properties").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
    let line = |(name, property): (&String, &serde_json::Value)| {
        let text = |key: &str| property.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let items = property.pointer("/items/type").and_then(serde_json::Value::as_str).map(|items| format!(" of {items}"));
        let words = property.get("enum").or_else(|| property.pointer("/items/enum")).and_then(serde_json::Value::as_array);
        let words = words.map(|words| words.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", "));
        let required = row.args.iter().any(|arg| arg.name == name && arg.required);
        let about = [required.then(|| "**required**".to_owned()), Some(text("description")).filter(|about| !about.is_empty()), words];
        let about: Vec<String> = about.into_iter().flatten().collect();
        format!("| `{name}` | {}{} | {} |\n", text("type"), items.unwrap_or_default(), about.join("; "))
    };
    properties.iter().map(line).collect()
}

/// `docs/configuration.md`.
pub fn configuration_page() -> String {
    let definition = crate::cli::definition();
    let mut text = String::from("# Configuration\n\nGenerated from the command line's definition; `make docs` writes this file.\n\n## Flags of every command\n\n| flag | variable | |\n|---|---|---|\n");
    for argument in definition.get_arguments().filter(|argument| argument.get_long().is_some()) {
        let variable = argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
        let about = argument.get_help().map(ToString::to_string).unwrap_or_default();
        text += &format!("| `--{}` | {variable} | {about} |\n", argument.get_long().unwrap_or_default());
    }
    text += "\n## Variables without a flag\n\n| variable | |\n|---|---|\n";
    for variable in VARIABLES {
        text += &format!("| `{}` | {} |\n", variable.name, variable.about);
    }
    text += "\n## Commands\n\n| command | |\n|---|---|\n";
    for command in definition.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        text += &format!("| `{}` | {about} |\n", command.get_name());
    }
    text
}
