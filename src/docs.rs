//! The generated parts of the documentation, from the table and from the command line's definition.

use serde_json::Value;

use crate::{
    config::VARIABLES,
    server::App,
    tools::{Effect, Row, Run, bind::BASE_URL, table::ROWS},
};

/// A table of tools: what each one does, and which rights of Argo CD's RBAC it needs.
pub fn tool_table<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut text = String::from("| tool | does | effect | needs |\n|---|---|---|---|\n");
    for row in rows {
        text += &format!(
            "| `{}` | {} | {} | `{}` |\n",
            row.name,
            first_sentence(row.about),
            effect(row),
            row.rbac.join("`, `")
        );
    }
    text
}

fn effect(row: &Row) -> String {
    match row.effect {
        Effect::Read => "reads".to_owned(),
        Effect::Write if row.destructive_when.is_empty() => "writes".to_owned(),
        Effect::Write => format!("writes; destructive with {}", row.destructive_when.join(", ")),
        Effect::Destructive => "destructive".to_owned(),
    }
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

/// The number of rows without a handler, and of all rows.
pub fn pure_rows() -> (usize, usize) {
    (ROWS.iter().filter(|row| matches!(row.run, Run::Pure(_))).count(), ROWS.len())
}

/// The page `docs/tools.md`; `answer` gives the answer to the example of a row.
pub fn tools_page(answer: &dyn Fn(&Row) -> Option<String>) -> String {
    let (pure, all) = pure_rows();
    let mut text = format!(
        "# Tools\n\nGenerated from `src/tools/*.toml`; `make docs` writes this file. The examples are answers to recordings \
         of Argo CD.\n\nOf {all} tools, {pure} are nothing but a row of the table; {} with a handler. \
         Every one takes `{BASE_URL}`, the name or URL of an instance; clients are shown it where there are several.\n",
        all - pure
    );
    for row in ROWS {
        text += &format!("\n{}", tool_section(row));
        if let Some(answer) = answer(row) {
            text += &format!("\nExample: `{}` answers\n\n```text\n{answer}\n```\n", row.example);
        }
    }
    text
}

/// The section of one tool: what it does, what it calls, the rights that it needs, and its arguments.
pub fn tool_section(row: &Row) -> String {
    let mut text = format!("## {}\n\n{}\n\n- {}\n", row.name, row.about, effect(row));
    for call in row.calls {
        text += &format!("- calls `{} {}`\n", call.operation.method, call.operation.path);
    }
    let rights: Vec<String> = row.rbac.iter().map(|right| format!("`{right}`")).collect();
    text += &format!("- needs {}\n", if rights.is_empty() { "no right".to_owned() } else { rights.join(", ") });
    if let Some(since) = row.since {
        text += &format!("- since Argo CD {}.{}\n", since.major, since.minor);
    }
    text += &format!("\n| argument | type | |\n|---|---|---|\n{}", arguments(row));
    let schema: Value = row.schema.parse().unwrap_or_default();
    let is_shown = |name: &str| schema.get("properties").is_some_and(|properties| properties.get(name).is_some());
    let hidden = row.takes().map(|arg| arg.name).filter(|name| !is_shown(name));
    let hidden: Vec<String> = hidden.map(|name| format!("`{name}`")).collect();
    match hidden.as_slice() {
        [] => text,
        hidden => text + &format!("\nTaken, too, though clients are not shown them: {}.\n", hidden.join(", ")),
    }
}

/// The argument that every tool takes besides its own, where there is a choice of instances.
pub fn choice(app: &App) -> String {
    if !app.credentials.is_choice() {
        return String::new();
    }
    let names: Vec<String> = app.credentials.all().into_iter().map(|(name, _)| format!("`{name}`")).collect();
    let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    format!("\nEvery tool takes `{BASE_URL}`, too, the name or URL of an instance{names}.\n")
}

fn arguments(row: &Row) -> String {
    let schema: Value = row.schema.parse().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let line = |(name, property): (&String, &Value)| {
        let text = |pointer: &str| property.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| property.get(key).map(Value::to_string);
        let words = property.get("enum").or_else(|| property.pointer("/items/enum")).and_then(Value::as_array);
        let range = match (number("minimum"), number("maximum")) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("{low} or more")),
            _ => None,
        };
        let notes = [
            row.args.iter().any(|arg| arg.name == name && arg.required).then(|| "**required**".to_owned()),
            text("/description"),
            words.map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
            range,
            number("default").map(|default| format!("default {default}")),
            row.args
                .iter()
                .find(|arg| arg.name == name)
                .and_then(|arg| arg.since)
                .map(|since| format!("since Argo CD {}.{}", since.major, since.minor)),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let items = text("/items/type").map(|items| format!(" of {items}")).unwrap_or_default();
        format!("| `{name}` | {}{items} | {} |\n", text("/type").unwrap_or_default(), notes.join("; "))
    };
    properties.iter().map(line).collect()
}

/// The page `docs/configuration.md`, from the definition of the command line.
pub fn configuration_page(definition: &clap::Command) -> String {
    let mut text = String::from(
        "# Configuration\n\nGenerated from the command line's definition; `make docs` writes this file.\n\n## Flags of every command\n",
    );
    text += &flags(definition);
    for command in definition.get_subcommands().filter(|command| command.get_arguments().any(is_flag)) {
        text += &format!("\n## Flags of `{}`\n{}", command.get_name(), flags(command));
    }
    text += "\n## Variables without a flag\n\n| variable | |\n|---|---|\n";
    for variable in VARIABLES {
        text += &format!("| `{}` | {} |\n", variable.name, variable.about);
    }
    text += "\n## Commands\n\n| command | |\n|---|---|\n";
    for command in definition.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let given: String = command.get_positionals().map(|argument| format!(" {}", in_usage(argument))).collect();
        text += &format!("| `{}{given}` | {about} |\n", command.get_name());
    }
    text += "\n## Arguments of commands\n\n| command | argument | |\n|---|---|---|\n";
    for command in definition.get_subcommands() {
        for argument in command.get_positionals() {
            let about = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let values = argument.get_possible_values();
            let names: Vec<String> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
            let names = if names.is_empty() { String::new() } else { format!("; one of {}", names.join(", ")) };
            text += &format!("| `{}` | `{}` | {about}{names} |\n", command.get_name(), in_usage(argument));
        }
    }
    text
}

/// An argument as a line of usage has it: `<TOOL>`, `[KEY=VALUE]...`.
fn in_usage(argument: &clap::Arg) -> String {
    let names: Vec<String> = argument.get_value_names().into_iter().flatten().map(ToString::to_string).collect();
    let name = if names.is_empty() { argument.get_id().as_str().to_uppercase() } else { names.join(" ") };
    match (argument.is_required_set(), argument.get_action()) {
        (true, _) => format!("<{name}>"),
        (false, clap::ArgAction::Append) => format!("[{name}]..."),
        (false, _) => format!("[{name}]"),
    }
}

fn is_flag(argument: &clap::Arg) -> bool {
    argument.get_long().is_some() && !argument.is_hide_set()
}

fn flags(command: &clap::Command) -> String {
    let mut text = String::from("\n| flag | variable | default | |\n|---|---|---|---|\n");
    for argument in command.get_arguments().filter(|argument| is_flag(argument)) {
        let variable = argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
        let mut about = argument.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(delimiter) = argument.get_value_delimiter() {
            about += &format!(". Several are separated by `{delimiter}`");
        }
        let shown = argument.get_default_values().iter().filter(|_| !argument.is_hide_default_value_set());
        let default: Vec<_> = shown.map(|value| value.to_string_lossy()).collect();
        let flag = argument.get_long().unwrap_or_default();
        text += &format!("| `--{flag}` | {variable} | {} | {about} |\n", default.join(", "));
    }
    text
}
