//! Connections that bring no request: what they hold has a bound.

use std::io::{Read, Write};

use super::{
    client::{Connection, Serving, free_port, wait_for},
    messages::initialize,
};

#[test]
fn connections_without_a_request_make_room_the_oldest_first() {
    let ops = free_port();
    let server = Serving::of("http://127.0.0.1:1", &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let mut idle = server.connect();
    assert_eq!(idle.send("GET", "/healthz", &[], "").status, 200);
    let field = format!("x-padding: {}\r\n", "x".repeat(6000));
    let part = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}", field.repeat(8));
    let mut connections: Vec<Connection> = (0..500)
        .map(|_| {
            let mut connection = server.connect();
            // It may be sent away while it still writes.
            let _ = connection.stream.write_all(part.as_bytes());
            connection
        })
        .collect();
    assert!(idle.is_closed(), "it did nothing for longer than they");
    // Who brings a request is served meanwhile, and the newest of the heads may still be completed.
    assert_eq!(server.send("GET", "/healthz", &[], "").status, 200);
    let mut last = connections.pop().unwrap();
    last.write(b"\r\n");
    assert_eq!(last.answer().status, 200);
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    let line = page.lines().find_map(|line| line.strip_prefix("argocd_mcp_rejected_total{reason=\"connections\"} "));
    let sent_away: usize = line.unwrap_or_else(|| panic!("{page}")).parse().unwrap();
    // 32 MiB, of which each holds a hundred kilobytes.
    assert!((150..300).contains(&sent_away), "{sent_away}");
}

/// Sends a part of what is allowed of a head on so many connections that not all can stay.
fn crowd(server: &Serving, head: &str) -> Vec<Connection> {
    let field = format!("x-padding: {}\r\n", "x".repeat(6000));
    let part = head.replace("PADDING", &field.repeat(8));
    let connect = || {
        let mut connection = server.connect();
        // It may be sent away while it still writes.
        let _ = connection.stream.write_all(part.as_bytes());
        connection
    };
    (0..500).map(|_| connect()).collect()
}

const TOKEN: (&str, &str) = ("authorization", "Bearer first-token-0123456789");

#[test]
fn strangers_do_not_send_away_who_has_shown_a_token() {
    let (server, _folder) = Serving::with_callers("http", "http://127.0.0.1:1");
    let mut idle = server.connect();
    assert_eq!(idle.post(&[TOKEN], &initialize("2025-11-25")).status, 200);
    let mut stranger = server.connect();
    assert_eq!(stranger.post(&[], &initialize("2025-11-25")).status, 401);
    let connections = crowd(&server, "POST /mcp HTTP/1.1\r\nhost: localhost\r\nPADDING");
    assert!(stranger.is_closed(), "it did nothing for longer than they");
    assert_eq!(idle.post(&[TOKEN], &initialize("2025-11-25")).status, 200);
    drop(connections);
}

#[test]
fn who_sends_no_body_makes_room_too() {
    let ops = free_port();
    let server = Serving::of("http://127.0.0.1:1", &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\nPADDINGcontent-length: 100\r\n\r\n";
    let connections = crowd(&server, head);
    let page = || Connection::to(ops).send("GET", "/metrics", &[], "").body;
    wait_for("some make room", || page().contains("argocd_mcp_rejected_total{reason=\"connections\"}"));
    assert_eq!(server.post(&[], &initialize("2025-11-25")).status, 200);
    drop(connections);
}

#[cfg(target_os = "linux")]
#[test]
fn strangers_make_room_first_where_descriptors_are_scarce() {
    let ops = free_port();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    std::fs::write(&path, "first-token-0123456789\n").unwrap();
    let flags = ["--auth-token-file", path.to_str().unwrap(), "--ops-address", &format!("127.0.0.1:{ops}")];
    let server = Serving::of("http://127.0.0.1:1", &[&flags[..], &["--receive-timeout", "600"]].concat());
    let limit = ["--pid", &server.child.id().to_string(), "--nofile=80"];
    assert!(std::process::Command::new("prlimit").args(limit).status().unwrap().success());
    let mut idle = server.connect();
    assert_eq!(idle.post(&[TOKEN], &initialize("2025-11-25")).status, 200);
    let silent: Vec<Connection> = (0..200).map(|_| server.connect()).collect();
    assert_eq!(server.post(&[TOKEN], &initialize("2025-11-25")).status, 200, "behind all of them");
    assert_eq!(idle.post(&[TOKEN], &initialize("2025-11-25")).status, 200, "it was there before them");
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    assert!(page.contains("argocd_mcp_rejected_total{reason=\"connections\"}"), "{page}");
    drop(silent);
}

#[test]
fn who_has_most_connections_loses_the_oldest() {
    let (server, _folder) = Serving::with_callers("http", "http://127.0.0.1:1");
    let mut modest = server.connect();
    let other = ("authorization", "Bearer second-token-0123456789");
    assert_eq!(modest.post(&[other], &initialize("2025-11-25")).status, 200);
    // With a part of a head each holds a hundred kilobytes, and all together 32 MiB.
    let part = format!("GET /mcp HTTP/1.1\r\nhost: localhost\r\nx-padding: {}\r\n", "x".repeat(40_000));
    let mut many: Vec<Connection> = (0..500)
        .map(|_| {
            let mut connection = server.connect();
            assert_eq!(connection.post(&[TOKEN], &serde_json::json!({})).status, 400);
            let _ = connection.stream.write_all(part.as_bytes());
            connection
        })
        .collect();
    assert!(many[0].is_closed());
    assert_eq!(modest.post(&[other], &initialize("2025-11-25")).status, 200);
}

#[test]
fn a_large_head_ends_its_connection_and_counts_until_then() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let padding = ("x-padding", &*"x".repeat(50_000));
    let mut connection = server.connect();
    let answer = connection.post(&[padding], &initialize("2025-11-25"));
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(connection.is_closed());
    // Whatever it is that is long, and whatever comes with it.
    let long = server.send("GET", &format!("/healthz?{}", "x".repeat(50_000)), &[], "");
    assert_eq!((long.status, long.header("connection")), (200, Some("close")));
    let blanks = ("x-padding", &*format!("{}x", " ".repeat(50_000)));
    assert_eq!(server.post(&[blanks], &initialize("2025-11-25")).header("connection"), Some("close"));
    let small = ("x-padding", &*"x".repeat(7000));
    assert_eq!(server.post(&[small], &initialize("2025-11-25")).header("connection"), None);
    // Streams last; the oldest of those whose heads were large go.
    let sessions: Vec<String> = (0..100).map(|_| server.session()).collect();
    let listen = |session: &String, padding| {
        let mut stream = server.connect();
        stream.begin("GET", "/mcp", &[("mcp-session-id", session), padding, ("connection", "close")], "");
        assert_eq!(stream.head().status, 200);
        stream
    };
    let mut plain = listen(&sessions[0], small);
    let mut streams: Vec<Connection> =
        sessions.iter().flat_map(|session| [session; 3]).map(|session| listen(session, padding)).collect();
    assert!(streams[0].is_closed());
    assert_eq!(server.send("DELETE", "/mcp", &[("mcp-session-id", &sessions[0])], "").status, 200);
    let mut rest = vec![];
    plain.stream.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "it ends with its session, and not before");
}
