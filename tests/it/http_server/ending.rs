//! What asks the process to end, and what waits by then.

use std::process::Command;

use serde_json::json;

use super::{
    client::{Answer, Connection, Serving, free_port, wait_for},
    messages::{call, initialize},
    resume,
    upstream::{self, Gated},
};
use crate::stderr::Stderr;

const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

/// A call whose answer is not waited for.
fn begin(server: &Serving, headers: &[(&str, &str)], id: u32) -> Connection {
    let mut connection = server.connect();
    let message = call(id, "list_applications", json!({})).to_string();
    connection.begin("POST", "/mcp", &[&[JSON, BOTH], headers].concat(), &message);
    connection
}

fn hang_up(pid: u32) {
    assert!(Command::new("kill").args(["-HUP", &pid.to_string()]).status().unwrap().success());
}

#[cfg(target_os = "linux")]
fn is_under_nohup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 == 1
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_is_closed_is_no_worse_than_sigterm() {
    let argocd = Gated::start();
    let mut server = Serving::of(&argocd.server.url, &["--stateless"]);
    let mut running = begin(&server, &[], 1);
    wait_for("it runs", || argocd.arrived() == 1);
    hang_up(server.child.id());
    // Where these tests run under nohup, so does the server, as the next test has it.
    if is_under_nohup() {
        server.terminate();
    }
    server.says("shutting down");
    // A terminal may send it more than once, which does not cut the grace.
    hang_up(server.child.id());
    assert_eq!(server.connect().send("GET", "/healthz", &[], "").status, 200);
    argocd.open();
    assert!(running.answer().body.contains("app-of-agent"));
    assert!(server.wait().success());
}

#[cfg(target_os = "linux")]
#[test]
fn nohup_counts() {
    let port = free_port();
    let (mut child, log) =
        Stderr::of(Command::new("nohup").args([env!("CARGO_BIN_EXE_argocd-mcp"), "http", "--port", &port.to_string()]));
    log.says("serving MCP at");
    hang_up(child.id());
    assert_eq!(Connection::to(port).send("GET", "/healthz", &[], "").status, 200);
    assert!(child.try_wait().unwrap().is_none() && !log.text().contains("shutting down"), "{}", log.text());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn calls_that_wait_are_told_that_the_server_ends() {
    let argocd = Gated::start();
    let mut server = Serving::of(&argocd.server.url, &["--stateless", "--max-concurrency", "1"]);
    let mut running = begin(&server, &[], 1);
    wait_for("it runs", || argocd.arrived() == 1);
    let mut waiting: Vec<Connection> = (2..4).map(|id| begin(&server, &[], id)).collect();
    // One of them has no place in the queue, by when the other one has it.
    server.says("reason=\"busy\"");
    server.terminate();
    let told: Vec<Answer> = waiting.iter_mut().map(Connection::answer).collect();
    let of = |status: u16| told.iter().find(|answer| answer.status == status);
    assert!(of(429).is_some() && of(503).is_some_and(|it| it.body.contains("shutting down")), "{told:?}");
    assert_eq!(of(503).unwrap().header("retry-after"), Some("1"));
    argocd.open();
    assert_eq!(running.answer().status, 200);
    assert!(server.wait().success());
}

#[test]
fn a_call_whose_client_left_the_queue_has_its_line() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &["--max-concurrency", "1"]);
    let begun = server.post(&[], &initialize("2025-11-25"));
    let session = [("mcp-session-id", begun.header("mcp-session-id").unwrap())];
    let _running = begin(&server, &session, 1);
    wait_for("it runs", || upstream::lists(&argocd) == 1);
    let mut waiting: Vec<Connection> = (2..4).map(|id| begin(&server, &session, id)).collect();
    server.says("reason=\"busy\"");
    waiting.clear();
    server.says("outcome=\"cancelled\" reason=\"left\"");
}

#[test]
fn the_port_that_the_system_chose_is_told() {
    let server = Serving::http(&["--ops-address", "127.0.0.1:0"], &[]);
    server.says("/metrics at http://127.0.0.1:");
    let log = server.log();
    let port = log.split_once("/metrics at http://127.0.0.1:").unwrap().1.split_whitespace().next().unwrap();
    assert_eq!(Connection::to(port.parse().unwrap()).send("GET", "/healthz", &[], "").status, 200);
}

#[test]
fn while_the_process_is_to_end_answers_are_taken_up_and_sessions_end() {
    let argocd = Gated::start();
    let mut server = Serving::of(&argocd.server.url, &[]);
    let (session, other) = (server.session(), server.session());
    let headers = [("mcp-session-id", session.as_str())];
    let (lost, first) = resume::begin(&server, &headers, 1);
    wait_for("the call reaches Argo CD", || argocd.arrived() == 1);
    drop(lost);
    server.terminate();
    wait_for("it is not ready any more", || server.send("GET", "/readyz", &[], "").status == 503);
    for new in ["", "0"] {
        let headers = [&headers[..], &[("last-event-id", new)]].concat();
        assert_eq!(server.send("GET", "/mcp", &headers, "").status, 503, "a stream of what the server says");
    }
    assert_eq!(server.send("DELETE", "/mcp", &[("mcp-session-id", &other)], "").status, 200);
    let mut late = resume::resume(&server, &headers, &first);
    argocd.open();
    assert!(resume::answer(&mut late, 1).1.contains("app-of-agent"));
    assert!(server.wait().success(), "{}", server.log());
}
