//! Hostile input: it is refused cheaply, and others notice nothing.

use std::{
    io::{Read, Write},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    client::{Serving, wait_for},
    messages::{MODERN, call, initialize, modern},
    upstream::{self, Gated},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");
const NOWHERE: &str = "http://127.0.0.1:1";

/// Largest resident size so far, in KiB.
#[cfg(target_os = "linux")]
fn peak(server: &Serving) -> u64 {
    super::lifecycle::status(server, "VmHWM:")
}

#[test]
fn a_body_beyond_the_cap_is_refused_while_it_streams() {
    let server = Serving::of(NOWHERE, &[]);
    server.session();
    #[cfg(target_os = "linux")]
    let before = peak(&server);
    for _ in 0..20 {
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &[JSON, BOTH, ("transfer-encoding", "chunked")], "");
        let chunk = vec![b' '; 64 << 10];
        for _ in 0..32 {
            connection.write(format!("{:x}\r\n", chunk.len()).as_bytes());
            connection.write(&chunk);
            connection.write(b"\r\n");
        }
        connection.write(b"0\r\n\r\n");
        let answer = connection.answer();
        assert_eq!(answer.status, 413);
        assert!(answer.error().contains("--max-body"));
    }
    #[cfg(target_os = "linux")]
    assert!(peak(&server) < before + (8 << 10), "{} KiB, then {}", before, peak(&server));
    let announced = server.send("POST", "/mcp", &[JSON], &" ".repeat((1 << 20) + 1));
    assert_eq!(announced.status, 413);
    let mut connection = server.connect();
    connection
        .write(b"POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999999999\r\nexpect: 100-continue\r\n\r\n");
    assert_eq!(connection.answer().status, 413, "without reading any of it");
    let fits =
        server.send("POST", "/mcp", &[JSON], &format!("{}{}", " ".repeat((1 << 20) - 400), initialize("2025-11-25")));
    assert_eq!(fits.status, 200);
}

#[test]
fn a_body_beyond_the_cap_is_not_waited_for() {
    let server = Serving::of(NOWHERE, &["--receive-timeout", "30", "--max-body", "2000"]);
    let chunk = format!("{:x}\r\n{}\r\n", 3000, " ".repeat(3000));
    for (length, sent) in
        [("content-length: 16001", " "), ("content-length: 16000", " "), ("transfer-encoding: chunked", &chunk)]
    {
        let begun = Instant::now();
        let mut connection = server.connect();
        connection.write(format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\n{length}\r\n\r\n{sent}").as_bytes());
        let answer = connection.answer();
        assert_eq!(answer.status, 413, "{length}: {}", answer.body);
        assert!(begun.elapsed() < Duration::from_secs(20), "{length}: {:?}", begun.elapsed());
    }
}

#[test]
fn an_encoded_body_is_not_taken_for_a_plain_one() {
    let server = Serving::of(NOWHERE, &[]);
    let send = |codings: &[&str]| {
        let headers: Vec<_> = codings.iter().map(|coding| ("content-encoding", *coding)).collect();
        server.post(&headers, &initialize("2025-11-25"))
    };
    for codings in [&["gzip"][..], &["identity, br"], &["identity", "deflate"], &["nonsense"]] {
        let answer = send(codings);
        assert_eq!((answer.status, answer.code()), (415, -32000), "{codings:?} {}", answer.body);
        assert!(answer.error().contains("Content-Encoding"), "{}", answer.body);
    }
    assert_eq!((send(&["Identity"]).status, send(&[]).status), (200, 200));
    server.says(r#"reason="encoding""#);
}

#[test]
fn ten_thousand_nested_arrays_are_no_json() {
    let server = Serving::of(NOWHERE, &["--stateless"]);
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = format!("{}0{}", open.repeat(10_000), close.repeat(10_000));
        let argument = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "list_applications", "arguments": { "x": "NESTED" } } });
        for body in [nested.clone(), argument.to_string().replace("\"NESTED\"", &nested)] {
            let answer = server.send("POST", "/mcp", &[JSON], &body);
            assert_eq!((answer.status, answer.code()), (400, -32700));
        }
    }
    let brackets = call(1, "list_applications", json!({ "search": "[".repeat(500) + "\\\"{" }));
    assert_eq!(server.post(&[], &brackets).status, 200, "brackets in a text nest nothing");
}

#[test]
fn smuggled_requests_are_not_served() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let inner = call(2, "list_applications", json!({})).to_string();
    let inner = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{inner}",
        inner.len()
    );
    // Both lengths: the chunked one counts, and what follows is not read as another request.
    let mut connection = server.connect();
    connection.write(format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{inner}").as_bytes());
    assert_eq!(connection.head().status, 400);
    let mut rest = vec![];
    let _ = connection.stream.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("app-of"), "the connection ends");
    assert!(argocd.requests().is_empty());
    for head in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: -1\r\n",
        "content-length: 5, 5\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked, chunked\r\n",
        "transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "x: a\r\n b: folded\r\n",
        "bad name: x\r\n",
        "x\0: y\r\n",
        "x-argocd-api-token: one\r\nx-argocd-api-token: two\r\n",
        "mcp-session-id: one\r\nmcp-session-id: two\r\n",
        "authorization: Bearer one\r\nauthorization: Bearer two\r\n",
    ] {
        let mut connection = server.connect();
        connection.write(
            format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{head}\r\n0\r\n\r\n")
                .as_bytes(),
        );
        assert_eq!(connection.head().status, 400, "{head:?}");
    }
    let mut connection = server.connect();
    connection.write(b"POST /mcp HTTP/1.1\r\nhost: localhost\r\n");
    for index in 0..200 {
        let _ = connection.stream.write_all(format!("x-{index}: {}\r\n", "y".repeat(1000)).as_bytes());
    }
    assert!([400, 431].contains(&connection.head().status), "a head without end");
}

#[test]
fn headers_that_disagree_with_the_body_are_refused() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let (_, message) =
        modern(1, "tools/call", json!({ "name": "sync_application", "arguments": { "applicationName": "x" } }));
    for headers in [
        &[("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "list_applications")][..],
        &[("mcp-protocol-version", MODERN), ("mcp-method", "tools/list"), ("mcp-name", "sync_application")],
        &[("mcp-protocol-version", MODERN), ("mcp-method", "tools/call")],
        &[("mcp-protocol-version", MODERN), ("mcp-name", "sync_application")],
        &[("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/call"), ("mcp-name", "sync_application")],
        &[("mcp-method", "tools/call"), ("mcp-name", "sync_application")],
    ] {
        let answer = server.post(headers, &message);
        assert_eq!((answer.status, answer.code()), (400, -32020), "{headers:?} {}", answer.body);
    }
    // The same in versions that do not know these headers.
    let legacy = call(1, "sync_application", json!({ "applicationName": "x" }));
    for (name, value) in [
        ("mcp-method", "tools/list"),
        ("mcp-name", "list_applications"),
        ("mcp-name", "=?base64?bGlzdF9hcHBsaWNhdGlvbnM=?="),
        ("mcp-name", "=?base64?no base64?="),
        ("mcp-name", "=?"),
    ] {
        let answer = server.post(&[(name, value)], &legacy);
        assert_eq!((answer.status, answer.code()), (400, -32020), "{name}: {value}");
    }
    let initialize = server.post(&[("mcp-protocol-version", "2025-03-26")], &initialize("2025-11-25"));
    assert_eq!(initialize.status, 400);
    // Neither what stands around the name hides it, nor how it is written.
    for written in [r#""uri":5,"name":"#, r#""n\u0061me":"#] {
        let body = legacy.to_string().replacen(r#""name":"#, written, 1);
        let headers = [("content-type", "application/json"), ("mcp-name", "list_applications")];
        let answer = server.send("POST", "/mcp", &headers, &body);
        assert_eq!((answer.status, answer.code()), (400, -32020), "{body}");
    }
    assert!(argocd.requests().is_empty());
    assert_eq!(server.post(&[("mcp-name", "=?base64?c3luY19hcHBsaWNhdGlvbg==?=")], &legacy).status, 200);
}

#[test]
fn slow_heads_and_slow_bodies_are_given_up() {
    let server = Serving::of(NOWHERE, &["--receive-timeout", "1"]);
    let mut silent = server.connect();
    let mut head = server.connect();
    head.write(b"POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-slow: ");
    let mut body = server.connect();
    body.write(
        b"POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    assert_eq!(body.answer().status, 408);
    assert!(head.is_closed() && silent.is_closed());
    assert_eq!(server.post(&[], &initialize("2025-11-25")).status, 200);
}

#[test]
fn the_head_of_a_later_request_has_no_more_time_than_the_first() {
    let server = Serving::of(NOWHERE, &["--receive-timeout", "1"]);
    let mut kept = server.connect();
    assert_eq!(kept.post(&[], &initialize("2025-11-25")).status, 200);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(kept.post(&[], &initialize("2025-11-25")).status, 200, "between requests it may be idle");
    let begun = Instant::now();
    kept.write(b"POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-slow: ");
    assert!(kept.is_closed());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn five_hundred_parallel_calls_leave_room_for_others() {
    let argocd = Gated::start();
    let server = Serving::http(
        &["--stateless", "--max-concurrency", "40", "--max-caller-concurrency", "20"],
        &[("ARGOCD_BASE_URL", &argocd.server.url)],
    );
    let (done, busy) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for index in 0..500 {
            let (server, done, busy) = (&server, &done, &busy);
            let one = move || {
                let answer =
                    server.post(&[("x-argocd-api-token", "greedy")], &call(index, "list_applications", json!({})));
                match answer.status {
                    200 => assert!(answer.body.contains("app-of-greedy"), "{}", answer.body),
                    429 => assert_eq!(
                        (answer.header("retry-after"), busy.fetch_add(1, Ordering::SeqCst) < 500),
                        (Some("1"), true)
                    ),
                    status => panic!("{status} {}", answer.body),
                }
                done.fetch_add(1, Ordering::SeqCst);
            };
            thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, one).unwrap();
        }
        // Twenty run, the others were refused or wait a moment: another caller comes through all the same.
        wait_for("most are refused", || busy.load(Ordering::SeqCst) >= 450);
        let other =
            server.post(&[("x-argocd-api-token", "modest")], &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
        assert_eq!(other.status, 200, "{}", other.body);
        assert!(argocd.arrived() <= 20, "{} at a time", argocd.arrived());
        argocd.open();
    });
    assert_eq!(done.load(Ordering::SeqCst), 500);
    assert!(busy.load(Ordering::SeqCst) <= 480, "those that ran were answered");
    server.says(r#"reason="busy""#);
    assert!(!server.log().contains("greedy"), "denials are in the audit log, credentials are not");
}

#[cfg(target_os = "linux")]
#[test]
fn idle_connections_make_room_where_descriptors_are_scarce() {
    let server = Serving::of(NOWHERE, &[]);
    let limit = ["--pid", &server.child.id().to_string(), "--nofile=48"];
    assert!(std::process::Command::new("prlimit").args(limit).status().unwrap().success());
    let mut connections = vec![];
    for _ in 0..100 {
        let mut connection = server.connect();
        assert_eq!(connection.send("GET", "/healthz", &[], "").status, 200);
        connections.push(connection);
    }
}

#[test]
fn half_a_request_does_not_hold_up_the_end() {
    let mut server = Serving::of("http://127.0.0.1:1", &["--receive-timeout", "60"]);
    let mut connection = server.connect();
    // A connection that waits to be accepted when the process ends is reset.
    assert_eq!(connection.send("GET", "/healthz", &[], "").status, 200);
    connection.write(b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{");
    thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    server.terminate();
    let refused = connection.answer();
    assert_eq!((refused.status, refused.error().as_str()), (503, "The server is shutting down; try again"));
    assert!(server.wait().success() && begun.elapsed() < Duration::from_secs(20));
}
