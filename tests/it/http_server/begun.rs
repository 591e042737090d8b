//! Streams of 2026-07-28 begin before their answer is there.

use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, wait_for},
    messages::{borrowed, modern},
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
