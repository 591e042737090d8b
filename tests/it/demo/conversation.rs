//! `make demo` and `make test`, and what the README says they print.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::OnceLock,
};

use regex::Regex;

use crate::{
    snapshots::{check_part, root},
    stdio_client::{command, run},
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
fn it_takes_no_flag_that_it_would_ignore() {
    for flags in
        [&["--read-only"] as &[&str], &["--base-url=https://argocd.example.com"], &["--audit-log", "/nowhere/a"]]
    {
        for arguments in [[flags, &["demo"]].concat(), [&["demo"], flags].concat()] {
            let (code, stdout, stderr) = run(&arguments, &[]);
            assert_eq!((code, stdout.as_str()), (64, ""), "{arguments:?}: {stderr}");
            assert!(
                stderr.contains(" contradict each other: ") && stderr.contains("argocd-mcp --demo call"),
                "{stderr}"
            );
        }
    }
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

#[test]
fn control_c_ends_it_with_its_server_and_without_a_word() {
    let mut demo = command().arg("demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(demo.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("> initialize") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it ended before it began");
    }
    let id = demo.id();
    let servers = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    let ended = demo.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(0), ""));
    for server in servers.split_whitespace() {
        let end = std::time::Instant::now() + super::PATIENCE;
        while std::path::Path::new(&format!("/proc/{server}")).exists() {
            assert!(std::time::Instant::now() < end, "its server {server} lives on");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

#[test]
fn no_proxy_leads_to_it() {
    let (code, stdout, stderr) = run(
        &["--demo", "call", "list_clusters"],
        &[("HTTP_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "http://127.0.0.1:1")],
    );
    assert!(code == 0 && stdout.starts_with("2 clusters"), "{stdout}{stderr}");
    assert!(!stderr.contains("unencrypted"), "{stderr}");
}
