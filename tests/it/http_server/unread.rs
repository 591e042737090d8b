//! Clients that ask and never read: their connections are given up, and hold up nobody.
#![cfg(target_os = "linux")]

use std::{fs, io::Write, process::Command, time::Duration};

use serde_json::{Value, json};

use super::{
    client::{Answer, Connection, Serving, free_port, wait_for},
    messages::{call, initialize},
    upstream,
};

const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn descriptors(server: &Serving) -> usize {
    fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count()
}

/// A connection that has sent as many requests as the server takes, and read no answer.
fn unread(server: &Serving, request: &str) -> Connection {
    let mut connection = server.connect();
    connection.stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let requests = request.repeat((64 << 10) / request.len());
    while connection.stream.write_all(requests.as_bytes()).is_ok() {}
    connection
}

#[test]
fn who_reads_nothing_is_given_up() {
    let ops = free_port();
    let server = Serving::of("http://127.0.0.1:1", &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let before = descriptors(&server);
    let connections = [unread(&server, HEALTHZ), unread(&server, HEALTHZ)];
    assert!(descriptors(&server) > before);
    wait_for("their connections end", || descriptors(&server) <= before);
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    assert!(page.contains("argocd_mcp_rejected_total{reason=\"untaken\"} 2"), "{page}");
    drop(connections);
}

#[test]
fn who_reads_nothing_makes_room_where_descriptors_are_scarce() {
    let ops = free_port();
    let server = Serving::of("http://127.0.0.1:1", &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let limit = ["--pid", &server.child.id().to_string(), "--nofile=40"];
    assert!(Command::new("prlimit").args(limit).status().unwrap().success());
    let connections: Vec<Connection> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..60).map(|_| scope.spawn(|| unread(&server, HEALTHZ))).collect();
        let probe = Connection::to(ops).send("GET", "/healthz", &[], "");
        assert_eq!(probe.status, 200);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(Connection::to(ops).send("GET", "/healthz", &[], "").status, 200);
    assert_eq!(server.post(&[], &initialize("2025-11-25")).status, 200);
    drop(connections);
}

#[test]
fn who_reads_nothing_does_not_hold_up_the_end() {
    let mut server = Serving::of("http://127.0.0.1:1", &["--stateless", "--shutdown-grace", "3600"]);
    let list: Value = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let (length, head) = (list.to_string().len(), "POST /mcp HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n");
    let request = format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{list}");
    let connection = unread(&server, &request);
    server.terminate();
    assert!(server.wait().success());
    drop(connection);
}

/// An answer of some hundred kilobytes.
fn long(id: usize) -> Value {
    call(id, "list_applications", json!({ "output": "raw", "maxBytes": 400_000 }))
}

/// More than a connection holds that nobody reads.
const SEVERAL: usize = 4;

/// Asks over further connections without reading, until there is another refusal than that too much runs.
fn until_refused(server: &Serving, connections: &mut Vec<Connection>, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    for _ in 0..200 {
        let mut connection = server.connect();
        (0..SEVERAL).for_each(|id| connection.begin("POST", "/mcp", &all, &long(id).to_string()));
        connections.push(connection);
        let probe = server.post(headers, &json!({ "jsonrpc": "2.0", "id": 7, "method": "ping" }));
        if probe.status != 200 && !probe.error().contains("are running") {
            return probe;
        }
    }
    panic!("200 connections are not read, and none is refused")
}

#[test]
fn answers_that_nobody_reads_have_a_bound_for_a_caller_and_who_reads_gets_all_of_them() {
    let argocd = upstream::large();
    let ops = free_port();
    let flags = ["--stateless", "--json-response", "--ops-address", &format!("127.0.0.1:{ops}")];
    let server = Serving::of(&argocd.url, &flags);
    let size = server.post(&[], &long(1)).body.len();
    assert!(size > 200_000, "{size}");
    let mut connections = vec![];
    let refused = until_refused(&server, &mut connections, &[]);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")), "{}", refused.body);
    assert!(refused.error().contains("read them"), "{}", refused.body);
    assert!(connections.len() * size < 32 << 20, "{} connections", connections.len());
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    assert!(page.contains("argocd_mcp_rejected_total{reason=\"unread\"}"), "{page}");
    // Who takes up an answer again is told of it, be it that there is none.
    let resumed = server.send("GET", "/mcp", &[("accept", "text/event-stream"), ("last-event-id", "1/1")], "");
    assert_eq!(resumed.status, 405, "{}", resumed.body);
    // Another caller's answers are not theirs.
    let other = [("x-argocd-api-token", "other")];
    assert_eq!(server.post(&other, &long(1)).status, 200);
    for connection in &mut connections {
        let first = connection.answer();
        let whole = first.status == 200 && first.body.len() == size;
        assert!(whole || first.status == 429, "{} with {} bytes", first.status, first.body.len());
    }
    drop(connections);
    wait_for("there is room", || server.post(&[], &long(1)).status == 200);
}

#[test]
fn who_is_over_the_bound_waits_for_room() {
    let argocd = upstream::large();
    let server = Serving::of(&argocd.url, &["--stateless", "--json-response"]);
    let mut connections = vec![];
    assert_eq!(until_refused(&server, &mut connections, &[]).status, 429);
    let mut waits = server.connect();
    waits.begin("POST", "/mcp", &[("content-type", "application/json")], &long(1).to_string());
    drop(connections);
    let answer = waits.answer();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// A batch whose answers are as long as those of one may be.
fn longest() -> String {
    Value::from_iter((0..8).map(long)).to_string()
}

#[test]
fn one_token_that_reads_nothing_keeps_no_other_out() {
    let argocd = upstream::large();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    fs::write(&path, "first-token-0123456789\nsecond-token-0123456789\n").unwrap();
    let server = Serving::of(&argocd.url, &["--stateless", "--auth-token-file", path.to_str().unwrap()]);
    let first = [("authorization", "Bearer first-token-0123456789"), ("content-type", "application/json")];
    let second = [("authorization", "Bearer second-token-0123456789")];
    let connections: Vec<Connection> = (0..32)
        .map(|_| {
            let mut connection = server.connect();
            connection.begin("POST", "/mcp", &first, &longest());
            connection
        })
        .collect();
    let ping = json!({ "jsonrpc": "2.0", "id": 7, "method": "ping" });
    let is_over = || server.post(&first, &ping).body.contains("wait for you");
    wait_for("the first token is over its bound", is_over);
    for _ in 0..4 {
        let answer = server.post(&second, &long(1));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    drop(connections);
}

#[test]
fn answers_that_nobody_reads_have_a_bound_in_all() {
    let argocd = upstream::large();
    let ops = free_port();
    let server = Serving::of(&argocd.url, &["--stateless", "--ops-address", &format!("127.0.0.1:{ops}")]);
    let page = || Connection::to(ops).send("GET", "/metrics", &[], "").body;
    let ask = |caller: usize| {
        let mut connection = server.connect();
        let token = format!("agent-{caller}");
        let headers = [("x-argocd-api-token", token.as_str()), ("content-type", "application/json")];
        connection.begin("POST", "/mcp", &headers, &longest());
        connection
    };
    // Each has nothing waiting, and gets in.
    let connections: Vec<Connection> = (0..64).map(ask).collect();
    wait_for("some lose their connection", || page().contains("argocd_mcp_rejected_total{reason=\"unread\"}"));
    let answer = server.post(&[("x-argocd-api-token", "other")], &long(1));
    assert_eq!(answer.status, 200, "{}", answer.body);
    drop(connections);
}

#[test]
fn who_reads_nothing_makes_room_where_many_do() {
    let ops = free_port();
    let server = Serving::of("http://127.0.0.1:1", &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let page = || Connection::to(ops).send("GET", "/metrics", &[], "").body;
    let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let requests = request.repeat((48 << 10) / request.len());
    let connections: Vec<Connection> = (0..400)
        .map(|_| {
            let mut connection = Connection::to(ops);
            connection.write(requests.as_bytes());
            connection
        })
        .collect();
    wait_for("some make room", || page().contains("argocd_mcp_rejected_total{reason=\"connections\"}"));
    assert_eq!(server.post(&[], &initialize("2025-11-25")).status, 200);
    drop(connections);
}
