//! Generated documentation is current; `make docs` writes it.

use argocd_mcp::{
    cli, docs,
    tools::{Row, table::ROWS},
};

use crate::{
    harness::{call, text},
    replay::Replay,
    snapshots::{check_file, check_part, reviewed},
    stage::Stage,
};

/// Rows that are nothing but a row, in percent of all. May only rise.
const PURE_SHARE: usize = 56;

#[test]
fn generated_pages_are_current() {
    // The examples are of the reviewed release.
    if !reviewed() {
        return;
    }
    let replay = Replay::all("v3.5.1");
    let stage = Stage::start("v3.5.1");
    // What changes something needs a server that changes.
    let changing = ["delete_application", "run_resource_action", "update_application"];
    let answer = |row: &Row| {
        let server = if changing.contains(&row.name) { &stage.server.url } else { replay.url() };
        let answer = call(server, row.name, serde_json::from_str(row.example).unwrap());
        Some(text(Ok(answer.unwrap_or_else(|error| {
            panic!("{}: tests/recordings/v3.5.1 has no answer to its example: {error}", row.name)
        }))))
    };
    check_file("docs/tools.md", &docs::tools_page(&answer));
    check_file("docs/configuration.md", &docs::configuration_page(&cli::definition()));
    let rows = include_str!(concat!(env!("OUT_DIR"), "/rows.md"));
    assert!(!rows.contains("nothing reads it"), "codegen/src/keys.rs has keys that no reader asks for");
    check_file("docs/rows.md", rows);
    check_file("tests/snapshots/api_surface.txt", include_str!(concat!(env!("OUT_DIR"), "/surface.txt")));
}

#[test]
fn the_readmes_tool_table_is_current() {
    let marks = ("<!-- tools: written by `make docs` -->\n", "<!-- end of tools -->\n");
    check_part("README.md", marks, &docs::tool_table(ROWS.iter()));
}

#[test]
fn most_tools_are_nothing_but_a_row() {
    let (pure, all) = docs::pure_rows();
    assert!(!reviewed() || pure * 100 / all >= PURE_SHARE, "{pure} of {all} rows are pure");
}
