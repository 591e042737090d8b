//! What comes between requests, behind them, and ahead of an answer.

use std::io::Read;

use super::client::{Connection, Serving};
use super::messages::initialize;

const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[test]
fn line_ends_between_requests_are_kept_nowhere() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let mut connection = server.connect();
    for _ in 0..3 {
        assert_eq!(connection.send("GET", "/healthz", &[], "").status, 200);
        // More than a head may have.
        for _ in 0..64 {
            connection.write("\r\n".repeat(2048).as_bytes());
        }
    }
    assert_eq!(connection.post(&[], &initialize("2025-11-25")).status, 200);
    // Within a head they are what ends it.
    for part in ["\r\nGET /healthz HTTP/1.1\r\nhost: local", "host\r\n", "\r\n"] {
        connection.write(part.as_bytes());
    }
    assert_eq!(connection.answer().status, 200);
}

#[test]
fn a_head_that_began_before_the_answer_has_its_time() {
    let server = Serving::of("http://127.0.0.1:1", &["--receive-timeout", "1"]);
    let body = initialize("2025-11-25").to_string();
    let post = |rest: String| {
        format!(
            "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n{rest}"
        )
    };
    let whole = post(format!("content-length: {}\r\n\r\n{body}", body.len()));
    let chunked = post(format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    for request in [HEALTHZ, &whole, &chunked] {
        let part = |text: &str| {
            let mut connection = server.connect();
            connection.write(format!("{request}{text}").as_bytes());
            connection.answer();
            connection
        };
        let (mut begun, mut idle) = (part("POST /mcp HT"), part("\r\n"));
        assert!(begun.is_closed());
        assert_eq!(idle.send("GET", "/healthz", &[], "").status, 200, "it began none: {request}");
    }
}

#[test]
fn requests_that_come_together_are_all_answered() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let body = initialize("2025-11-25").to_string();
    let post = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let text = [HEALTHZ, &post, HEALTHZ, &post, &post, HEALTHZ].concat();
    let all = |connection: &mut Connection| {
        for number in 0..6 {
            assert_eq!(connection.answer().status, 200, "{number}");
        }
    };
    let mut connection = server.connect();
    connection.write(text.as_bytes());
    all(&mut connection);
    // In whatever pieces: the end of a head, or of its line, may come by itself.
    for size in [1, 2, 7, 61] {
        for piece in text.as_bytes().chunks(size) {
            connection.write(piece);
        }
        all(&mut connection);
    }
    connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(connection.stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn what_came_together_is_idle_once_it_is_answered() {
    let server = Serving::of("http://127.0.0.1:1", &["--receive-timeout", "1"]);
    let body = initialize("2025-11-25").to_string();
    let post = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for (first, second) in [(HEALTHZ, HEALTHZ), (&post, HEALTHZ)] {
        let mut connection = server.connect();
        connection.write([first, second].concat().as_bytes());
        for _ in 0..2 {
            assert_eq!(connection.answer().status, 200);
        }
        for _ in 0..2 {
            std::thread::sleep(std::time::Duration::from_millis(1500));
            assert_eq!(connection.post(&[], &initialize("2025-11-25")).status, 200, "{first}{second}");
        }
    }
}

#[test]
fn a_long_head_that_began_before_the_answer_closes_the_connection_whatever_ends_its_lines() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    for end in ["\n", "\r\n"] {
        let request = HEALTHZ.replace("\r\n", end);
        let mut connection = server.connect();
        connection.write(format!("{request}G").as_bytes());
        assert_eq!(connection.answer().header("connection"), None);
        // Blanks are none of the field, and part of the head.
        let padding = format!("x-padding: {}x{end}{end}", " ".repeat(9000));
        connection.write(format!("{}{padding}", request[1..].trim_end().to_owned() + end).as_bytes());
        let answer = connection.answer();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")), "{end:?}");
    }
}
