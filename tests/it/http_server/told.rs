//! What a client reads that has no token, the wrong one, or looks for a way to sign in.

use serde_json::json;

use super::{
    client::{Serving, wait_for},
    messages::call,
};
use crate::stdio_client::{Client, run, tool_text};

const SECRET: &str = "0123456789abcdef-inbound";

#[test]
fn a_401_says_what_to_show_and_where_it_comes_from() {
    let server = Serving::http(&["--stateless"], &[("MCP_AUTH_TOKEN", SECRET)]);
    for (header, said) in [
        (None, "none was shown: send `Authorization: Bearer TOKEN`, with the token of its MCP_AUTH_TOKEN"),
        (Some("Basic eDp5"), "none was shown"),
        (Some("Bearer another-token-than-that"), "is not one that this server knows"),
        (Some("Bearer ${env:MCP_AUTH_TOKEN}"), "is a placeholder that the client did not fill in"),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("authorization", *value)).collect();
        let answer = server.post(&headers, &call(1, "list_applications", json!({})));
        assert!(answer.status == 401 && answer.error().contains(said), "{header:?}: {}", answer.body);
    }
}

#[test]
fn who_looks_for_oauth_reads_that_there_is_none() {
    let server = Serving::http(&[], &[("MCP_AUTH_TOKEN", SECRET)]);
    for path in [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/register",
        "/authorize",
        "/token",
    ] {
        let answer = server.send("GET", path, &[], "");
        assert_eq!(answer.status, 404, "{path}");
        let said = answer.error();
        assert!(said.contains("there is no OAuth") && said.contains("Authorization: Bearer TOKEN"), "{said}");
        assert!(said.ends_with("MCP is served at /mcp"), "{said}");
    }
    assert_eq!(server.send("GET", "/elsewhere", &[], "").error(), "There is nothing here; MCP is served at /mcp");
}

#[test]
fn a_placeholder_guards_nothing() {
    for token in ["${env:MCP_AUTH_TOKEN}", "${MCP_AUTH_TOKEN_OF_ALL}", "$MCP_AUTH_TOKEN_OF_ALL"] {
        let (code, _, stderr) = run(&["http"], &[("MCP_AUTH_TOKEN", token)]);
        assert!(code == 64 && stderr.contains("MCP_AUTH_TOKEN is a placeholder that was not filled in"), "{stderr}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{SECRET}\n# of the second team\n")).unwrap();
    let (code, _, stderr) = run(&["http", "--auth-token-file", file.path().to_str().unwrap()], &[]);
    assert!(code == 64 && stderr.contains("line 2 of --auth-token-file"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn audit_lines_find_their_way_when_no_descriptor_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("audit"), folder.path().join("moved"));
    let environment = [
        ("ARGOCD_BASE_URL", "http://127.0.0.1:1"),
        ("ARGOCD_API_TOKEN", "t"),
        ("ARGOCD_MCP_AUDIT_LOG", path.to_str().unwrap()),
    ];
    let mut client = Client::start(&environment);
    client.initialize("2025-11-25");
    let lines = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default().lines().count();
    let pid = client.child.id().to_string();
    let mut call = |limit: &str, said: &str, path: &std::path::Path, count: usize| {
        let limited = std::process::Command::new("prlimit").args(["--pid", &pid, limit]).status().unwrap();
        assert!(limited.success());
        client.call(1, "list_clusters", json!({}));
        let (text, _) = tool_text(&client.receive());
        assert!(text.contains(said), "{text}");
        wait_for("the line is written", || lines(path) == count);
    };
    call("--nofile=200:", "cannot be reached", &path, 1);
    call("--nofile=3:", "was not asked: this process has no file descriptor left", &path, 2);
    std::fs::rename(&path, &moved).unwrap();
    // No new file can be had now.
    call("--nofile=3:", "LimitNOFILE", &moved, 3);
    call("--nofile=200:", "cannot be reached", &path, 1);
    assert_eq!(lines(&moved), 3);
}

#[cfg(unix)]
#[test]
fn a_pipe_for_audit_lines_must_be_read_by_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let flags = ["--stateless", "--demo", "--audit-log", path.to_str().unwrap()];
    let (code, _, stderr) = run(&[&["http"], &flags[..]].concat(), &[]);
    assert!(code == 64 && stderr.contains("It is a named pipe: start what reads it first"), "{stderr}");
    let read = path.clone();
    let lines = std::thread::spawn(move || std::fs::read_to_string(read).unwrap());
    // The reader may be about to come.
    let serves = crate::stderr::within_patience(|| {
        let (code, _, stderr) = run(&[&["call", "list_clusters"], &flags[1..]].concat(), &[]);
        assert!(code == 0 || stderr.contains("named pipe"), "{stderr}");
        (code == 0).then_some(())
    });
    assert!(serves.is_some());
    assert!(lines.join().unwrap().contains("list_clusters"));
}
