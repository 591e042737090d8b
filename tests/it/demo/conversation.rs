//! `make demo` and `make test`, and what the README says they print.

use std::sync::OnceLock;

use regex::Regex;

use crate::{
    snapshots::{check_part, root},
    stdio_client::run,
};

/// The conversation with what differs from run to run made the same: the path of the program, and seconds.
fn conversation() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let (code, stdout, stderr) = run(&["demo"], &[]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
        let text = stdout.replace(env!("CARGO_BIN_EXE_argocd-mcp"), "/path/to/argocd-mcp");
        Regex::new(r"\b\d+s\b").unwrap().replace_all(&text, "5s").into_owned()
    })
}

/// What `make test` ends with, for every set of tests there is; how many they are and how long they take is left out.
fn tests() -> String {
    let mut sets = vec!["tests/it/main.rs".to_owned()];
    for entry in std::fs::read_dir(root().join("codegen/tests")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        sets.extend(Some(format!("codegen/tests/{name}")).filter(|name| name.ends_with(".rs")));
    }
    sets.sort();
    let result = "test result: ok. … passed; 0 failed";
    sets.iter().map(|set| format!("     Running {set}\n{result}\n")).collect()
}

#[test]
fn the_readme_shows_what_the_two_commands_print() {
    let marks = ("<!-- demo: written by `make docs` -->\n", "<!-- end of demo -->\n");
    let text = format!("```text\n$ make demo\n{}\n$ make test\n{}```\n", conversation(), tests());
    check_part("README.md", marks, &text);
}

#[test]
fn the_conversation_goes_from_unwell_to_well() {
    let text = conversation();
    for said in [
        "> tools/list",
        "ImagePullBackOff",
        "Sync of search started",
        "search in project shop: sync Synced, health Healthy",
        "\"mcpServers\"",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}
