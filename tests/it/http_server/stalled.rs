//! Lines that nobody takes, or that have no room: nothing waits for them, and what is missing is told.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::OpenOptionsExt,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use argocd_mcp::telemetry::{lines::Lines, metrics};
use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, free_port, wait_for},
    messages::initialize,
};
use crate::{
    stderr::Stderr,
    stdio_client::{command, run},
};

const ENVIRONMENT: (&str, &str) = ("MCP_AUTH_TOKEN", "0123456789abcdef-inbound");
/// More than a pipe takes of their lines.
const MANY: usize = 900;

/// Refusals, each with an audit line.
fn are_refused(port: u16, count: usize) {
    let mut connection = Connection::to(port);
    for _ in 0..count {
        assert_eq!(connection.post(&[], &initialize("2025-11-25")).status, 401);
    }
}

/// A server whose stderr nobody reads.
fn unread() -> (Child, u16) {
    let port = free_port();
    let child = command()
        .args(["http", "--demo", "--port", &port.to_string()])
        .envs([ENVIRONMENT])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (child, port)
}

#[test]
fn a_server_does_not_wait_for_who_reads_its_log() {
    let (mut child, port) = unread();
    are_refused(port, MANY);
    assert_eq!(Connection::to(port).send("GET", "/healthz", &[], "").status, 200);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.len() >= 60_000, "the pipe was full: {}", log.len());
}

#[test]
fn a_client_over_pipes_need_not_read_the_log() {
    let mut child = command()
        .args(["stdio", "--demo"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut line = String::new();
    for id in 0..MANY {
        let params = json!({ "name": "no_such_tool", "arguments": {} });
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        writeln!(input, "{}", if id == 0 { initialize("2025-11-25") } else { call }).unwrap();
        line.clear();
        output.read_line(&mut line).unwrap();
        assert!(line.contains("jsonrpc"), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_waits_for_who_reads_the_audit_lines() {
    const NONBLOCK: i32 = 0o4000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut reader = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&path).unwrap();
    let mut server = Serving::http(&["--audit-log", path.to_str().unwrap()], &[ENVIRONMENT]);
    are_refused(server.port, MANY);
    assert_eq!(server.send("GET", "/healthz", &[], "").status, 200);
    // Who reads again gets what has waited.
    let mut text = vec![];
    wait_for_all(&mut reader, &mut text);
    are_refused(server.port, MANY);
    server.terminate();
    assert!(server.wait().success());
}

/// Reads until all lines have come.
fn wait_for_all(reader: &mut fs::File, text: &mut Vec<u8>) {
    let came = crate::stderr::within_patience(|| {
        let _ = reader.read_to_end(text);
        (text.iter().filter(|byte| **byte == b'\n').count() == MANY).then_some(())
    });
    assert!(came.is_some(), "{}", String::from_utf8_lossy(text));
}

#[test]
fn what_finds_no_room_is_counted() {
    let (go, waits) = mpsc::channel::<()>();
    let (put, came) = mpsc::channel();
    let mut lines = Lines::new("test", "these", 1000, move |line| {
        let _ = waits.recv();
        put.send(line.to_vec()).map_err(std::io::Error::other)
    })
    .unwrap();
    for number in 0..100 {
        lines.write_all(format!("{number:035}\n").as_bytes()).unwrap();
    }
    drop(go);
    // Each counts for a hundred bytes; the first one that is too much is taken.
    let lost = "argocd_mcp_lost_lines_total{of=\"test\"} ";
    let lost = metrics::page().lines().find_map(|line| line.strip_prefix(lost)?.parse::<usize>().ok());
    let taken: Vec<Vec<u8>> = (0..11).map(|_| came.recv().unwrap()).collect();
    assert!(taken[10].ends_with(b"10\n"));
    assert_eq!(lost, Some(89));
}

#[cfg(target_os = "linux")]
#[test]
fn a_line_that_was_cut_short_spoils_no_other_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let port = free_port();
    // Under this limit files are as on a full disk, if its signal is ignored: what still fits is written.
    let (mut child, log) = Stderr::of(
        Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec prlimit --fsize=400:unlimited \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_argocd-mcp"))
            .args(["http", "--log-format", "json", "--port", &port.to_string(), "--audit-log", path.to_str().unwrap()])
            .envs([ENVIRONMENT]),
    );
    log.says("serving MCP at");
    are_refused(port, 4);
    log.says("cannot be written");
    let wider = ["--pid", &child.id().to_string(), "--fsize=unlimited"];
    assert!(Command::new("prlimit").args(wider).status().unwrap().success());
    are_refused(port, 1);
    log.says("are missing");
    child.kill().unwrap();
    child.wait().unwrap();
    log.ends();
    let text = fs::read_to_string(&path).unwrap();
    let is_whole = |line: &&str| serde_json::from_str::<Value>(line).is_ok();
    assert_eq!(text.lines().filter(|line| !is_whole(line)).count(), 1, "{text}");
    assert!(text.lines().last().is_some_and(|line| is_whole(&line)) && text.ends_with('\n'), "{text}");
    let log = log.text();
    assert!(log.lines().all(|line| is_whole(&line)) && log.contains("--audit-log `"), "{log}");
}

#[test]
fn what_another_process_left_cut_short_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let audit = ["call", "list_applications", "--audit-log", path.to_str().unwrap()];
    for (before, lines) in [("{\"cut\":", 2), ("{}\n", 2), ("", 1)] {
        fs::write(&path, before).unwrap();
        assert_eq!(run(&audit, &[("ARGOCD_BASE_URL", "http://127.0.0.1:1"), ("ARGOCD_API_TOKEN", "x")]).0, 1);
        let text = fs::read_to_string(&path).unwrap();
        let last = text.lines().last().unwrap();
        assert!(text.lines().count() == lines && serde_json::from_str::<Value>(last).is_ok(), "{text}");
    }
}
