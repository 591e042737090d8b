//! HTTP+SSE of 2024-11-05, as a command and beside /mcp.

use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, wait_for},
    messages::{call, initialize},
    upstream::{self, Gated},
};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Opens a stream; the path to send messages to.
fn open(server: &Serving, headers: &[(&str, &str)]) -> (Connection, String) {
    let mut stream = server.connect();
    stream.begin("GET", "/sse", headers, "");
    let head = stream.head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    let (kind, messages) = stream.event().unwrap();
    assert_eq!(kind, "endpoint");
    (stream, messages)
}

fn answer(stream: &mut Connection) -> Value {
    let (kind, data) = stream.event().unwrap();
    assert_eq!(kind, "message");
    serde_json::from_str(&data).unwrap()
}

fn talk(server: &Serving, headers: &[(&str, &str)], expected: &str) {
    let (mut stream, messages) = open(server, headers);
    let send = |message: &Value| server.send("POST", &messages, &[headers, &[JSON]].concat(), &message.to_string());
    assert_eq!(send(&initialize("2024-11-05")).status, 202);
    assert_eq!(answer(&mut stream)["result"]["protocolVersion"], "2024-11-05");
    assert_eq!(send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).status, 202);
    assert_eq!(send(&call(1, "list_applications", json!({}))).status, 202);
    let answer = answer(&mut stream);
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains(expected), "{answer}");
}

#[test]
fn credentials_of_the_environment_and_of_headers_work() {
    let argocd = upstream::quick();
    let environment = [("ARGOCD_BASE_URL", argocd.url.as_str()), ("ARGOCD_API_TOKEN", "agent")];
    for server in [
        Serving::start("sse", &[], &environment),
        Serving::http(&["--legacy-sse"], &environment),
        Serving::http(&["--legacy-sse", "--stateless"], &environment),
    ] {
        talk(&server, &[], "app-of-agent");
        talk(&server, &[("x-argocd-base-url", &argocd.url), ("x-argocd-api-token", "mine")], "app-of-mine");
        assert_eq!(server.send("GET", "/healthz", &[], "").body, r#"{"status":"ok"}"#);
    }
    let server = Serving::start("sse", &[], &environment);
    let elsewhere = server.post(&[], &initialize("2025-11-25"));
    assert_eq!((elsewhere.status, elsewhere.error().ends_with(" served at /sse")), (404, true), "{}", elsewhere.body);
    let server = Serving::http(&[], &environment);
    let elsewhere = server.send("GET", "/sse", &[], "");
    assert_eq!((elsewhere.status, elsewhere.error().ends_with(" served at /mcp")), (404, true), "only where asked for");
}

#[test]
fn all_gates_apply() {
    let secret = "0123456789abcdef-inbound";
    let bearer = format!("Bearer {secret}");
    let argocd = upstream::quick();
    let server = Serving::start(
        "sse",
        &["--max-sessions", "1", "--max-body", "2000"],
        &[("MCP_AUTH_TOKEN", secret), ("ARGOCD_BASE_URL", &argocd.url)],
    );
    let with = |headers: &[(&str, &str)]| server.send("GET", "/sse", headers, "").status;
    assert_eq!(with(&[("host", "evil.example")]), 403);
    assert_eq!(with(&[("origin", "https://evil.example")]), 403);
    assert_eq!(with(&[]), 401);
    assert_eq!(with(&[("authorization", &bearer)]), 400, "no Argo CD credential");
    let headers = [("authorization", bearer.as_str()), ("x-argocd-api-token", "mine")];
    let (stream, messages) = open(&server, &headers);
    assert_eq!(with(&headers), 503, "the cap");
    let status = |headers: &[(&str, &str)], body: &str| server.send("POST", &messages, headers, body).status;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(status(&[], ping), 401, "the id of a session is no credential");
    assert_eq!(status(&[headers[0]], ping), 400);
    assert_eq!(status(&headers, "{"), 400);
    assert_eq!(status(&headers, &" ".repeat(3000)), 413);
    let unknown = server.send("POST", "/messages?sessionId=zzz", &headers, ping);
    assert_eq!((unknown.status, unknown.error().as_str()), (404, "No transport found for sessionId: zzz"));
    assert_eq!(server.send("POST", "/messages", &headers, ping).status, 404);
    drop(stream);
    wait_for("the place is free again", || {
        let mut stream = server.connect();
        stream.begin("GET", "/sse", &headers, "");
        stream.head().status == 200
    });
}

#[test]
fn a_session_is_unknown_to_other_callers() {
    let (server, _folder) = Serving::with_callers("sse", "http://127.0.0.1:1");
    let first = ("authorization", "Bearer first-token-0123456789");
    let second = ("authorization", "Bearer second-token-0123456789");
    let (_stream, messages) = open(&server, &[first]);
    let status = |caller| server.send("POST", &messages, &[caller, JSON], &initialize("2024-11-05").to_string()).status;
    assert_eq!((status(second), status(first)), (404, 202));
}

#[test]
fn ids_in_flight_and_the_end_of_the_stream() {
    let argocd = Gated::start();
    let server = Serving::start(
        "sse",
        &["--public-url", "https://mcp.example.com/argocd/"],
        &[("ARGOCD_BASE_URL", &argocd.server.url), ("ARGOCD_API_TOKEN", "agent")],
    );
    let (mut stream, messages) = open(&server, &[]);
    assert!(messages.starts_with("/argocd/messages?sessionId="), "clients find it behind the ingress: {messages}");
    let send = |message: &Value| server.send("POST", &messages, &[JSON], &message.to_string());
    send(&initialize("2024-11-05"));
    answer(&mut stream);
    assert_eq!(send(&call(5, "list_applications", json!({}))).status, 202);
    wait_for("the call reaches Argo CD", || argocd.arrived() == 1);
    let again = send(&call(5, "list_applications", json!({})));
    assert_eq!((again.status, again.code()), (400, -32600));
    argocd.open();
    assert_eq!(answer(&mut stream)["id"], 5);

    let hanging = upstream::hanging();
    let server = Serving::start("sse", &[], &[("ARGOCD_BASE_URL", &hanging.url), ("ARGOCD_API_TOKEN", "agent")]);
    let (mut stream, messages) = open(&server, &[]);
    server.send("POST", &messages, &[JSON], &initialize("2024-11-05").to_string());
    answer(&mut stream);
    server.send("POST", &messages, &[JSON], &call(5, "list_applications", json!({})).to_string());
    wait_for("the call reaches Argo CD", || upstream::lists(&hanging) == 1);
    drop(stream);
    wait_for("its request is given up", || hanging.hung_up() == 1);
}

#[test]
fn who_does_not_read_is_not_answered_without_end() {
    let server =
        Serving::start("sse", &[], &[("ARGOCD_BASE_URL", "http://127.0.0.1:1"), ("ARGOCD_API_TOKEN", "agent")]);
    let (mut stream, messages) = open(&server, &[]);
    let mut sender = server.connect();
    let mut send = |message: &Value| sender.send("POST", &messages, &[JSON], &message.to_string());
    assert_eq!(send(&initialize("2024-11-05")).status, 202);
    assert_eq!(send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).status, 202);
    let list = |id: usize| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
    // What the sockets hold is some megabytes.
    let mut taken = 0;
    let refused = (1..5000).map(|id| send(&list(id))).find(|answer| {
        taken += usize::from(answer.status == 202);
        answer.status != 202
    });
    let refused = refused.expect("somewhere it ends");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")), "{}", refused.body);
    assert!(refused.error().contains("read them"), "{}", refused.body);
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 9 } });
    assert_eq!(send(&notification).status, 202);
    (0..=taken).for_each(|_| drop(answer(&mut stream)));
    assert_eq!(send(&list(5001)).status, 202);
    assert_eq!(answer(&mut stream)["id"], 5001);
}

#[test]
fn a_client_that_does_not_know_of_its_new_session_goes_on() {
    let argocd = upstream::quick();
    let server = Serving::start("sse", &[], &[("ARGOCD_BASE_URL", &argocd.url), ("ARGOCD_API_TOKEN", "agent")]);
    let (mut stream, messages) = open(&server, &[]);
    let send = |message: &Value| server.send("POST", &messages, &[JSON], &message.to_string()).status;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 9 } });
    assert_eq!(send(&cancelled), 202);
    for id in [10, 11] {
        assert_eq!(send(&call(id, "list_applications", json!({}))), 202);
        let answer = answer(&mut stream);
        assert_eq!(answer["id"], id, "{answer}");
        assert!(answer.to_string().contains("app-of-agent"), "{answer}");
    }
}

#[test]
fn what_nobody_reads_has_a_bound_in_bytes() {
    let argocd = upstream::large();
    let server = Serving::start(
        "sse",
        &["--max-caller-concurrency", "1"],
        &[("ARGOCD_BASE_URL", &argocd.url), ("ARGOCD_API_TOKEN", "agent")],
    );
    let (mut stream, messages) = open(&server, &[]);
    let mut sender = server.connect();
    let mut send = |message: &Value| sender.send("POST", &messages, &[JSON], &message.to_string());
    assert_eq!(send(&initialize("2024-11-05")).status, 202);
    answer(&mut stream);
    let list = |id: i32| call(id, "list_applications", json!({ "output": "raw", "maxBytes": 400_000 }));
    assert_eq!(send(&list(1)).status, 202);
    let size = answer(&mut stream).to_string().len();
    assert!(size > 200_000, "{size}");
    // What the sockets hold is some megabytes.
    let (taken, refused) =
        (2..400).map(|id| send(&list(id))).enumerate().find(|(_, answer)| answer.status != 202).unwrap();
    assert!(refused.error().contains("read them"), "{}", refused.body);
    assert!(taken * size < 16 << 20, "{taken} answers of {size} bytes");
}

#[test]
fn what_nobody_reads_has_a_bound_for_all_sessions_of_a_caller() {
    let argocd = upstream::large();
    let environment = [("ARGOCD_BASE_URL", argocd.url.as_str()), ("ARGOCD_API_TOKEN", "agent")];
    let server = Serving::start("sse", &["--max-caller-concurrency", "1"], &environment);
    let mut sender = server.connect();
    let mut send = |messages: &str, message: &Value| sender.send("POST", messages, &[JSON], &message.to_string());
    let list = |id: i32| call(id, "list_applications", json!({ "output": "raw", "maxBytes": 400_000 }));
    let mut streams = vec![];
    // Each for itself has room: the bound of one stream is a megabyte.
    let refused = (0..100).find_map(|_| {
        let (mut stream, messages) = open(&server, &[]);
        assert_eq!(send(&messages, &initialize("2024-11-05")).status, 202);
        answer(&mut stream);
        streams.push(stream);
        // The last waits for those before it.
        let ping = json!({ "jsonrpc": "2.0", "id": 4, "method": "ping" });
        [list(1), list(2), list(3), ping]
            .iter()
            .map(|message| send(&messages, message))
            .find(|answer| answer.status != 202)
    });
    let refused = refused.unwrap();
    assert_eq!(refused.status, 429);
    assert!(refused.error().contains("wait for you"), "{}", refused.body);
}

#[test]
fn batches_are_refused_and_it_says_why() {
    let server =
        Serving::start("sse", &[], &[("ARGOCD_BASE_URL", "http://127.0.0.1:1"), ("ARGOCD_API_TOKEN", "agent")]);
    let (mut stream, messages) = open(&server, &[]);
    let send = |message: &Value| server.send("POST", &messages, &[JSON], &message.to_string());
    assert_eq!(send(&initialize("2025-03-26")).status, 202);
    answer(&mut stream);
    let refused = send(&json!([{ "jsonrpc": "2.0", "id": 2, "method": "ping" }]));
    assert_eq!((refused.status, refused.code()), (400, -32600));
    assert!(refused.error().contains("takes one message at a time"), "{}", refused.body);
}
