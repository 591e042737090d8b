//! Streams of 2026-07-28 begin before their answer is there.

use std::time::Duration;

use argocd_mcp::transport::http::response::early_stream;
use axum::{body::Body, http::Response};
use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, wait_for},
    messages::{borrowed, call, modern},
    upstream::{self, Gated},
};

fn list(server: &Serving) -> Connection {
    let (headers, message) = modern(1, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
    let mut headers = borrowed(&headers);
    headers.extend([("content-type", "application/json"), ("accept", "application/json, text/event-stream")]);
    let mut connection = server.connect();
    connection.begin("POST", "/mcp", &headers, &message.to_string());
    connection
}

#[test]
fn a_proxy_sees_a_response_before_a_long_call_ends() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let mut connection = list(&server);
    let head = connection.head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(connection.chunk().unwrap(), b":\n\n");
    argocd.open();
    let (_, data) = connection.event().unwrap();
    let message: Value = serde_json::from_str(&data).unwrap();
    assert!(message["id"] == 1 && message["result"]["isError"] != true, "{message}");
}

#[test]
fn a_client_that_leaves_such_a_stream_cancels_the_call() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &[]);
    let mut connection = list(&server);
    connection.head();
    drop(connection);
    wait_for("the request to Argo CD ends", || argocd.hung_up() == 1);
}

#[test]
fn a_batch_begins_like_a_call_and_goes_on_when_its_client_leaves() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let batch: Vec<Value> = (1..4).map(|id| call(id, "list_applications", json!({}))).collect();
    let begin = || {
        let (_, session) = server.initialize("2025-03-26");
        let headers = [
            ("mcp-session-id", session.as_deref().unwrap()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &headers, &json!(batch).to_string());
        connection
    };
    let (mut stays, mut leaves) = (begin(), begin());
    for connection in [&mut stays, &mut leaves] {
        let head = connection.head();
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        assert_eq!(connection.chunk().unwrap(), b":\n\n");
    }
    assert_eq!(argocd.arrived(), 2, "the first message of each");
    drop(leaves);
    argocd.open();
    let text = String::from_utf8(stays.chunk().unwrap()).unwrap();
    let answers: Vec<Value> =
        text.split_terminator("\n\n").map(|event| serde_json::from_str(&event["data: ".len()..]).unwrap()).collect();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(json!(ids), json!([1, 2, 3]), "each by itself");
    wait_for("all of the other one are served", || argocd.arrived() == 6);
}

#[tokio::test]
async fn where_there_is_no_message_there_is_no_event() {
    let accepted = async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        Response::new(Body::empty())
    };
    let body = early_stream::begun(accepted).await.into_body();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    assert!(body.starts_with(b":\n\n") && !body.windows(5).any(|text| text == b"data:"), "{body:?}");
}
