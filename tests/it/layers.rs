//! Imports point down: `main → transport → server → policy → tools → {argocd, view}`; leaves serve all.

use std::{fs, path::Path};

use crate::snapshots::root;

const ROOMS: &[&str] = &["transport", "server", "policy", "tools", "argocd", "view"];
/// Beside the rooms: what runs them, and what all may use.
const ABOVE: &[&str] = &["cli", "docs", "doctor", "install", "lib", "main"];
/// Stands for Argo CD, so it knows none of the rooms: a crate of its own cannot.
const OWN_CRATE: &str = "demo";
const LEAVES: &[&str] = &["caller", "config", "descriptors", "error", "files", "release", "suggest", "telemetry"];

/// Modules a module may use.
fn may_use(module: &str) -> Vec<&'static str> {
    let below = |from: usize| ROOMS[from..].to_vec();
    let mut allowed = match module {
        "argocd" | "view" => vec![],
        // Chooses among instances for the server; knows nothing else.
        "credentials" => vec!["argocd"],
        "server" => [below(2), vec!["credentials"]].concat(),
        _ => match ROOMS.iter().position(|room| *room == module) {
            Some(place) => below(place + 1),
            None if ABOVE.contains(&module) => {
                [below(0), vec!["cli", "credentials", "docs", "doctor", "install"]].concat()
            }
            None => vec![],
        },
    };
    allowed.extend(LEAVES);
    allowed.push(
        ROOMS.iter().chain(ABOVE).chain(&["credentials"]).find(|known| **known == module).copied().unwrap_or("error"),
    );
    allowed
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace(".rs", "");
            let name = name.trim_start_matches("src/").to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all() -> Vec<(String, String)> {
    let mut found = vec![];
    sources(&root().join("src"), &mut found);
    found.sort();
    found
}

/// First segments of every `crate::…` in a source, those of `crate::{…}` included.
fn uses(source: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut modules = vec![];
    for (at, found) in source.match_indices("crate::") {
        let rest = &source[at + found.len()..];
        match rest.strip_prefix('{') {
            None => modules.push(word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = 0;
                for (at, c) in group.char_indices() {
                    if (c == ',' || c == '}') && depth == 0 {
                        modules.push(word(&group[start..at]));
                        start = at + 1;
                    }
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    modules.retain(|module| module.chars().next().is_some_and(char::is_lowercase));
    modules
}

#[test]
fn imports_point_down() {
    for (name, source) in all() {
        let module = name.split('/').next().unwrap();
        assert!(
            module == "cli" || !source.contains("demo::"),
            "src/{name}.rs uses the demo; only the command line may"
        );
        if module == OWN_CRATE {
            continue;
        }
        let allowed = may_use(module);
        for used in uses(&source) {
            assert!(allowed.contains(&used.as_str()), "src/{name}.rs uses crate::{used}; {module} may use {allowed:?}");
        }
    }
}

#[test]
fn rooms_do_not_know_each_others_business() {
    for (name, source) in all() {
        let module = name.split('/').next().unwrap();
        let may_know_mcp = matches!(module, "transport" | "server");
        assert!(may_know_mcp || !source.contains("rmcp::"), "src/{name}.rs knows MCP");
        // What is wrong with a connection only the connection itself can tell.
        let may_connect = matches!(module, "argocd" | "doctor");
        assert!(may_connect || !source.contains("reqwest::"), "src/{name}.rs makes its own connections");
        assert!(module != "view" || !source.contains("tokio"), "src/{name}.rs: views are pure");
        let handler = name.starts_with("tools/") && source.contains("pub async fn run(calls: ");
        assert!(
            !handler || !(source.contains("Session") || source.contains("Wire")),
            "src/{name}.rs: a handler reaches Argo CD through its calls alone, and names nothing on the wire"
        );
        let names_generated = source.contains("client::Client") || source.contains("argocd::client");
        assert!(module == "argocd" || !names_generated, "src/{name}.rs names a generated type");
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut found = vec![];
    for folder in ["src", "codegen", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    for (name, source) in found {
        assert!(source.starts_with("//! "), "{name}.rs opens without a `//!` line");
        assert!(source.lines().count() <= 300, "{name}.rs has {} lines", source.lines().count());
    }
}
