//! `argocd-mcp call`: calls one tool from the shell, and aligns the columns of its answer.

use serde_json::{Map, Value};

use crate::{
    caller::Caller,
    error::{Error, Kind},
    server::{App, calls},
    suggest::did_you_mean,
    tools::{self, Row},
    transport::signal::asked_to_end,
    view::View,
};

/// Calls one tool and prints its answer.
///
/// # Errors
/// [`Kind::Arguments`]: there is no such tool, or an argument cannot be read. Errors of the call.
pub(super) async fn call(app: &App, tool: &str, arguments: &[String]) -> Result<(), Error> {
    let row = find(app, tool)?;
    let mut given = Map::new();
    for argument in arguments {
        let (key, value) = read_argument(argument)?;
        // A key that is given again adds to a list, as with flags.
        match given.get_mut(&key) {
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None => drop(given.insert(key, value)),
        }
    }
    let caller = Caller::process("command line");
    let interrupted = async {
        asked_to_end().await;
        "interrupted"
    };
    let answer = calls::run_until(app, row, given, &caller, interrupted).await?;
    // Manifests and logs have tabs of their own.
    let is_table = matches!(row.view(), Some(View::Table(_) | View::Record(_)));
    let text = if is_table { align(&answer.text) } else { answer.text };
    super::print(&format!("{text}\n"))
}

/// Finds a tool by its name.
///
/// # Errors
/// [`Kind::Arguments`]: there is no such tool. The message names a similar one.
pub(super) fn find(app: &App, tool: &str) -> Result<&'static Row, Error> {
    tools::find(tool).ok_or_else(|| {
        let hint = did_you_mean(tool, app.policy.visible().map(|row| row.name));
        Error::new(Kind::Arguments, format!("there is no tool `{tool}`{hint}")).hint("`argocd-mcp tools` lists them.")
    })
}

/// Reads an argument, `NAME=TEXT` or `NAME:=JSON`.
fn read_argument(argument: &str) -> Result<(String, Value), Error> {
    let wrong = |problem: String| {
        Err(Error::new(Kind::Arguments, problem).hint("Write NAME=TEXT or NAME:=JSON, such as prune:=true."))
    };
    let Some((key, value)) = argument.split_once('=') else { return wrong(format!("`{argument}` is not an argument")) };
    match key.strip_suffix(':') {
        None => Ok((key.to_owned(), Value::String(value.to_owned()))),
        Some(key) => match value.parse() {
            Ok(value) => Ok((key.to_owned(), value)),
            Err(error) => wrong(format!("`{key}` is not JSON: {error}")),
        },
    }
}

/// Replaces the tabs between the cells of a table by as many spaces as each column needs.
pub(super) fn align(text: &str) -> String {
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let width = |column: usize| {
        rows.iter()
            .filter(|row| row.len() > column + 1)
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    let line = |row: &Vec<&str>| {
        let cells = row.iter().enumerate().map(|(column, cell)| match widths.get(column) {
            Some(width) if column + 1 < row.len() => format!("{cell:<width$}"),
            _ => (*cell).to_owned(),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    let end = if text.ends_with('\n') { "\n" } else { "" };
    rows.iter().map(line).collect::<Vec<_>>().join("\n") + end
}
