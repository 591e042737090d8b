//! Sessions: how they end, what they do not keep, and what cancels a call.

use std::{task::Poll, time::Duration};

use argocd_mcp::transport::http::sessions::Sessions;
use futures_util::{FutureExt, poll};
use rmcp::transport::streamable_http_server::SessionManager;
use serde_json::json;

use super::{
    client::{Connection, Serving, free_port, wait_for},
    messages::{borrowed, call, initialize, modern},
    upstream::{self, Gated},
};

const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

fn ping(id: u32) -> serde_json::Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "ping" })
}

#[test]
fn an_idle_session_ends() {
    let server = Serving::of("http://127.0.0.1:1", &["--session-ttl", "1"]);
    let session = server.session();
    // Each look would keep it alive.
    wait_for("the session ends", || {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        server.post(&[("mcp-session-id", &session)], &ping(1)).status == 404
    });
    assert!(server.initialize("2025-11-25").1.is_some());
}

#[test]
fn sessions_have_a_cap_and_free_places_are_used_again() {
    let server = Serving::of("http://127.0.0.1:1", &["--max-sessions", "3", "--legacy-sse"]);
    let sessions = [server.session(), server.session(), server.session()];
    let full = server.post(&[], &initialize("2025-11-25"));
    assert_eq!((full.status, full.header("retry-after")), (503, Some("1")));
    assert!(full.error().contains("Too many sessions"));
    let mut connection = server.connect();
    connection.begin("DELETE", "/mcp", &[("mcp-session-id", &sessions[0])], "");
    assert_eq!(connection.answer().status, 200);
    assert_eq!(server.post(&[], &initialize("2025-11-25")).status, 200);
    let (headers, message) = modern(1, "tools/list", json!({}));
    assert_eq!(server.post(&borrowed(&headers), &message).status, 200, "needs no session");
}

/// tokio interrupts a task that has done much at once, which is one way to wait while a session is made.
#[tokio::test]
async fn who_leaves_before_the_session_is_there_takes_no_place() {
    let sessions = Sessions::new(1, Duration::from_secs(60));
    while tokio::task::coop::has_budget_remaining() {
        tokio::task::coop::consume_budget().await;
    }
    let mut leaves = Box::pin(sessions.create_session());
    assert!(matches!(poll!(&mut leaves), Poll::Pending), "it waits");
    assert!(sessions.create_session().now_or_never().unwrap().is_err(), "its place is taken");
    drop(leaves);
    assert!(sessions.create_session().await.is_ok());
}

#[test]
fn an_error_known_at_once_has_no_number_to_come_back_with() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let answer = |message: &serde_json::Value| server.post(&[("mcp-session-id", &session), BOTH], message).body;
    let refused = answer(&json!({ "jsonrpc": "2.0", "id": 2, "method": "prompts/list" }));
    assert!(refused.contains("-32601") && !refused.contains("id: "), "{refused}");
    let call = answer(&json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": { "name": "nope" } }));
    for numbered in [call, answer(&ping(4))] {
        assert!(numbered.contains("retry: ") && numbered.matches("id: ").count() == 2, "{numbered}");
    }
}

#[test]
fn who_has_most_sessions_makes_room_for_others() {
    // A thirtieth of the time to live: one second.
    let server = Serving::of("http://127.0.0.1:1", &["--max-sessions", "3", "--session-ttl", "30"]);
    let other = ("x-argocd-api-token", "other");
    let theirs = server.post(&[other], &initialize("2025-11-25"));
    let (first, second) = (server.session(), server.session());
    assert_eq!(server.post(&[other], &initialize("2025-11-25")).status, 503, "none was idle for long");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let status = |session: &str| server.post(&[("mcp-session-id", session)], &ping(1)).status;
    assert_eq!(status(&second), 200);
    assert_eq!(server.post(&[other], &initialize("2025-11-25")).status, 200);
    assert_eq!((status(&first), status(&second)), (404, 200), "the one that was idle for longest");
    assert_eq!(status(theirs.header("mcp-session-id").unwrap()), 200);
}

#[test]
fn no_credential_is_kept_in_a_session() {
    let argocd = upstream::quick();
    let server = Serving::http(&[], &[("ARGOCD_BASE_URL", &argocd.url)]);
    let begun = server.post(&[("x-argocd-api-token", "first")], &initialize("2025-11-25"));
    let session = begun.header("mcp-session-id").unwrap();
    for token in ["first", "second", "third"] {
        let answer = server.post(
            &[("mcp-session-id", session), ("x-argocd-api-token", token)],
            &call(1, "list_applications", json!({})),
        );
        assert!(answer.body.contains(&format!("app-of-{token}")), "{}", answer.body);
    }
    let without = server.post(&[("mcp-session-id", session)], &call(1, "list_applications", json!({})));
    assert_eq!(without.status, 400, "whoever knows the id has no credential yet");
}

#[test]
fn an_id_in_flight_is_taken_and_the_first_call_unaffected() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str()), ("content-type", "application/json"), BOTH];
    let mut first = server.connect();
    first.begin("POST", "/mcp", &headers, &call(5, "list_applications", json!({})).to_string());
    wait_for("the first call reaches Argo CD", || argocd.arrived() == 1);
    for _ in 0..3 {
        let second = server.post(&headers[..1], &call(5, "list_applications", json!({})));
        assert_eq!(second.code(), -32600, "{}", second.body);
    }
    server.says("duplicate");
    assert_eq!(server.post(&headers[..1], &ping(6)).message()["result"], json!({}));
    assert_eq!(
        server.post(&headers[..1], &json!({ "jsonrpc": "2.0", "id": "5", "method": "ping" })).message()["id"],
        "5",
        "a text is another id"
    );
    argocd.open();
    assert!(first.answer().message()["result"]["content"][0]["text"].as_str().unwrap().contains("app-of-agent"));
    for _ in 0..3 {
        let again = server.post(&headers[..1], &call(5, "list_applications", json!({})));
        assert!(again.message()["result"].is_object(), "the id is free again: {}", again.body);
    }
    assert_eq!(argocd.arrived(), 4, "a refused call reaches nothing");
}

#[test]
fn a_dropped_connection_cancels_what_has_no_session() {
    for flags in [&["--stateless"][..], &["--stateless", "--json-response"], &["--json-response"]] {
        let argocd = upstream::hanging();
        let server = Serving::of(&argocd.url, flags);
        let legacy_is_stateless = flags.contains(&"--stateless");
        let (headers, modern) = modern(1, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
        let legacy = call(1, "list_applications", json!({}));
        let next = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
        let mut astray = borrowed(&headers);
        astray.push(("mcp-session-id", "of-another-version"));
        let calls = [
            (astray, &modern, ""),
            (vec![], &legacy, ""),
            (borrowed(&headers), &modern, ""),
            (vec![], &legacy, "\r\n"),
            (vec![], &legacy, next),
        ];
        let calls = calls.into_iter().filter(|(_, message, _)| legacy_is_stateless || *message == &modern);
        for (index, (headers, message, after)) in calls.enumerate() {
            let mut connection = server.connect();
            let headers = [headers, vec![("content-type", "application/json"), BOTH]].concat();
            connection.begin("POST", "/mcp", &headers, &message.to_string());
            connection.write(after.as_bytes());
            wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == index + 1);
            drop(connection);
            wait_for("its request is given up", || argocd.hung_up() == index + 1);
        }
    }
}

#[test]
fn in_a_session_only_a_cancellation_or_the_end_cancels() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str()), ("content-type", "application/json"), BOTH];
    for id in [1, 2] {
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &headers, &call(id, "list_applications", json!({})).to_string());
        assert_eq!(connection.head().status, 200);
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == id);
        drop(connection);
    }
    // Something else passes through the session meanwhile; both calls still run.
    assert_eq!(server.post(&headers[..1], &ping(9)).status, 200);
    assert_eq!(argocd.hung_up(), 0);
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    assert_eq!(server.post(&headers[..1], &cancelled).status, 202);
    wait_for("the first request is given up", || argocd.hung_up() == 1);
    assert_eq!(server.send("DELETE", "/mcp", &headers[..1], "").status, 200);
    wait_for("the second request is given up", || argocd.hung_up() == 2);
}

#[test]
fn a_call_in_a_session_counts_although_its_client_leaves_at_once() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str()), ("content-type", "application/json"), BOTH];
    for id in 1..=20 {
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &headers, &call(id, "list_applications", json!({})).to_string());
        drop(connection);
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == id);
    }
}

#[test]
fn all_that_a_client_sent_before_it_left_counts() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str()), ("content-type", "application/json"), BOTH];
    let mut connection = server.connect();
    for id in 1..=8 {
        connection.begin("POST", "/mcp", &headers, &ping(id).to_string());
    }
    connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
    for id in 1..=8 {
        assert_eq!(connection.answer().message()["id"], id);
    }
}

#[test]
fn a_call_can_be_cancelled_when_its_caller_may_not_begin_another() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &["--max-concurrency", "1"]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str()), ("content-type", "application/json"), BOTH];
    let mut connection = server.connect();
    connection.begin("POST", "/mcp", &headers, &call(1, "list_applications", json!({})).to_string());
    wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == 1);
    let busy = server.post(&headers[..1], &ping(2));
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("1")));
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    assert_eq!(server.post(&headers[..1], &cancelled).status, 202);
    wait_for("the request is given up", || argocd.hung_up() == 1);
    wait_for("there is room again", || server.post(&headers[..1], &ping(3)).status == 200);
}

#[test]
fn a_request_to_argocd_that_is_cancelled_is_counted() {
    let argocd = upstream::hanging();
    let ops = free_port();
    let server = Serving::of(&argocd.url, &["--stateless", "--ops-address", &format!("127.0.0.1:{ops}")]);
    let mut connection = server.connect();
    let message = call(1, "list_applications", json!({})).to_string();
    connection.begin("POST", "/mcp", &[("content-type", "application/json"), BOTH], &message);
    wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == 1);
    drop(connection);
    let counted = r#"argocd_mcp_upstream_requests_total{operation="application_service_list",status="0"} 1"#;
    wait_for("it is counted", || Connection::to(ops).send("GET", "/metrics", &[], "").body.contains(counted));
}
