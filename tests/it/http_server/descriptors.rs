//! Descriptors: the server takes as many as it may have, and where they run out the streams of GET make room.

use std::{fs, process::Command};

use serde_json::json;

use super::{
    client::{Connection, Serving, free_port},
    messages::{call, initialize},
};
use crate::stderr::{Stderr, within_patience};

const FIRST: (&str, &str) = ("authorization", "Bearer first-token-0123456789");
const SECOND: (&str, &str) = ("authorization", "Bearer second-token-0123456789");

#[test]
fn the_limit_is_raised_as_far_as_it_may_be() {
    let (mut child, log) = Stderr::of(Command::new("prlimit").args([
        "--nofile=256:512",
        env!("CARGO_BIN_EXE_argocd-mcp"),
        "http",
        "--port",
        &free_port().to_string(),
    ]));
    within_patience(|| (!log.text().is_empty()).then_some(())).expect("it says something");
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let limits = limits.unwrap_or_else(|error| panic!("{error}: {}", log.text()));
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(line.split_whitespace().skip(3).take(2).collect::<Vec<_>>(), ["512", "512"]);
}

#[test]
fn a_token_command_has_the_limit_that_the_server_was_started_with() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("registry.json");
    // It ends when it has that limit.
    let command = "until [ \"$(ulimit -Sn)\" = 256 ]; do sleep 0.01; done; echo a.b.c";
    let entries =
        serde_json::json!([{ "name": "lab", "baseUrl": "http://127.0.0.1:1", "tokenCommand": ["sh", "-c", command] }]);
    fs::write(&registry, entries.to_string()).unwrap();
    let port = free_port();
    let (mut child, log) = Stderr::of(Command::new("prlimit").args([
        "--nofile=256:512",
        env!("CARGO_BIN_EXE_argocd-mcp"),
        "http",
        "--stateless",
        "--port",
        &port.to_string(),
        "--token-registry",
        registry.to_str().unwrap(),
    ]));
    log.says("serving MCP at");
    let message = call(1, "list_clusters", serde_json::json!({ "argocdBaseUrl": "lab" }));
    let answer = Connection::to(port).post(&[], &message);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.body.contains("cannot be reached"), "{} {}", answer.body, log.text());
}

#[test]
fn streams_of_who_has_most_make_room_where_nothing_is_idle() {
    let ops = free_port();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    fs::write(&path, "first-token-0123456789\nsecond-token-0123456789\n").unwrap();
    let flags = ["--auth-token-file", path.to_str().unwrap(), "--ops-address", &format!("127.0.0.1:{ops}")];
    let server = Serving::of("http://127.0.0.1:1", &[&flags[..], &["--legacy-sse"]].concat());
    let limit = ["--pid", &server.child.id().to_string(), "--nofile=80"];
    assert!(Command::new("prlimit").args(limit).status().unwrap().success());
    let listen = |path: &str, headers: &[(&str, &str)]| {
        let mut stream = server.connect();
        stream.begin("GET", path, headers, "");
        assert_eq!(stream.head().status, 200);
        stream
    };
    let begin = |token| server.post(&[token], &initialize("2025-11-25")).header("mcp-session-id").unwrap().to_owned();
    let modest = begin(SECOND);
    let mut modest = listen("/mcp", &[SECOND, ("mcp-session-id", &modest)]);
    modest.chunk().unwrap();
    let sessions: Vec<String> = (0..20).map(|_| begin(FIRST)).collect();
    let many = sessions.iter().flat_map(|session| [session; 4]);
    let mut many: Vec<Connection> = many.map(|session| listen("/mcp", &[FIRST, ("mcp-session-id", session)])).collect();
    assert!(many[0].is_closed(), "80 streams have no room, and they are all of one");
    // One of the old transport is a session, whose calls would end with it: it stays.
    let mut old: Vec<Connection> = (0..20).map(|_| listen("/sse", &[FIRST])).collect();
    old[0].stream.set_nonblocking(true).unwrap();
    let read = std::io::Read::read(&mut old[0].stream, &mut [0; 1]);
    assert!(
        read.as_ref().map_or_else(|error| error.kind() == std::io::ErrorKind::WouldBlock, |read| *read > 0),
        "{read:?}"
    );
    for token in [FIRST, SECOND] {
        assert_eq!(server.post(&[token], &initialize("2025-11-25")).status, 200);
    }
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    assert!(page.contains("argocd_mcp_rejected_total{reason=\"streams\"}"), "{page}");
    server.says("nothing idle is left, so that the oldest streams end");
    modest.stream.set_nonblocking(true).unwrap();
    let read = std::io::Read::read(&mut modest.stream, &mut [0]).unwrap_err();
    assert_eq!(read.kind(), std::io::ErrorKind::WouldBlock, "who has few keeps them");
}

#[test]
fn the_log_says_whose_connections_make_room() {
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let limit = ["--pid", &server.child.id().to_string(), "--nofile=60"];
    assert!(Command::new("prlimit").args(limit).status().unwrap().success());
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let mut known = vec![];
    let closed = within_patience(|| {
        let mut connection = server.connect();
        connection.post(&[], &ping);
        known.push(connection);
        server.log().contains("idle ones of known clients are closed").then_some(())
    });
    closed.unwrap_or_else(|| panic!("{}", server.log()));
}
