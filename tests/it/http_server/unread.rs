//! Clients that ask and never read: their connections are given up, and hold up nobody.
#![cfg(target_os = "linux")]

use std::{fs, io::Write, process::Command, time::Duration};

use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, free_port, wait_for},
    messages::initialize,
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
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let before = descriptors(&server);
    let connections = [unread(&server, HEALTHZ), unread(&server, HEALTHZ)];
    assert!(descriptors(&server) > before);
    wait_for("their connections end", || descriptors(&server) <= before);
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
