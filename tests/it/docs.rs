//! Generated documentation is current; `make docs` writes it.

use argocd_mcp::{cli, docs, tools::table::ROWS};

use crate::snapshots::{check_file, reviewed, root};

/// Rows that are nothing but a row, in percent of all. May only rise.
const PURE_SHARE: usize = 66;

#[test]
fn generated_pages_are_current() {
    check_file("docs/tools.md", &docs::tools_page());
    check_file("docs/configuration.md", &docs::configuration_page(&cli::definition()));
    check_file("tests/snapshots/api_surface.txt", include_str!(concat!(env!("OUT_DIR"), "/surface.txt")));
}

#[test]
fn the_readmes_tool_table_is_current() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (begin, end) = ("<!-- tools: written by `make docs` -->\n", "<!-- end of tools -->\n");
    let (before, rest) = readme.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    check_file("README.md", &format!("{before}{begin}{}{end}{after}", docs::tool_table(ROWS.iter())));
}

#[test]
fn most_tools_are_nothing_but_a_row() {
    let (pure, all) = docs::pure_rows();
    assert!(!reviewed() || pure * 100 / all >= PURE_SHARE, "{pure} of {all} rows are pure");
}
