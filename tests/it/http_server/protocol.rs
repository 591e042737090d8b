//! Transports and eras on one path, and JSON-RPC where rmcp would answer something else.

use serde_json::{Value, json};

use super::{
    client::{Answer, Serving},
    messages::{MODERN, borrowed, call, initialize, modern},
    upstream,
};

const JSON: (&str, &str) = ("content-type", "application/json");
const NOWHERE: &str = "http://127.0.0.1:1";
const LEGACY: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

fn ask_modern(server: &Serving, id: u32, method: &str, params: Value) -> Answer {
    let (headers, message) = modern(id, method, params);
    server.post(&borrowed(&headers), &message)
}

#[test]
fn every_version_with_sessions_has_one() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &[]);
    for version in LEGACY {
        let (answer, session) = server.initialize(version);
        assert_eq!(answer["result"]["protocolVersion"], version);
        let session = session.unwrap();
        let headers = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", version)];
        let initialized = server.post(&headers, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        assert_eq!((initialized.status, initialized.body.as_str()), (202, ""));
        assert_eq!(
            server.post(&headers, &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).message()["result"],
            json!({})
        );
        let called = server.post(&headers, &call(2, "list_applications", json!({})));
        assert!(
            called.message()["result"]["content"][0]["text"].as_str().unwrap().contains("app-of-agent"),
            "{}",
            called.body
        );
        let mut stream = server.connect();
        stream.begin("GET", "/mcp", &[headers[0], headers[1], ("accept", "text/event-stream")], "");
        let head = stream.head();
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        assert_eq!(server.send("DELETE", "/mcp", &headers, "").status, 200);
        assert_eq!(stream.event(), None, "the session's stream ends with it");
        for (method, body) in [("POST", r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#), ("GET", ""), ("DELETE", "")] {
            let gone = server.send(
                method,
                "/mcp",
                &[headers[0], JSON, ("accept", "application/json, text/event-stream")],
                body,
            );
            assert_eq!(gone.status, 404, "{method}: clients then initialise again");
            assert!(gone.error().contains("Invalid or expired session ID"));
        }
    }
    let (answer, _) = server.initialize("2099-01-01");
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
}

#[test]
fn sessionless_requests_share_the_path() {
    let argocd = upstream::quick();
    for flags in [&[][..], &["--stateless"], &["--json-response"]] {
        let server = Serving::of(&argocd.url, flags);
        let discovered = ask_modern(&server, 1, "server/discover", json!({}));
        assert_eq!((discovered.status, discovered.header("mcp-session-id")), (200, None));
        assert!(
            discovered.message()["result"]["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)),
            "{}",
            discovered.body
        );
        let called = ask_modern(&server, 2, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
        assert!(called.body.contains("app-of-agent"), "{}", called.body);
        let json = called.header("content-type") == Some("application/json");
        assert_eq!(json, flags == ["--json-response"], "{called:?}");
        let (headers, _) = modern(3, "ping", json!({}));
        for method in ["GET", "DELETE"] {
            let answer =
                server.send(method, "/mcp", &[borrowed(&headers), vec![("accept", "text/event-stream")]].concat(), "");
            assert_eq!(answer.status, 405, "{method}");
        }
    }
}

#[test]
fn sessions_answer_with_json_when_asked_to() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--json-response"]);
    let (answer, session) = server.initialize("2025-11-25");
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    let session = [("mcp-session-id", session.as_deref().unwrap())];
    let called = server.post(&session, &call(7, "list_applications", json!({})));
    assert_eq!(called.header("content-type"), Some("application/json"));
    assert_eq!(serde_json::from_str::<Value>(&called.body).unwrap()["id"], 7, "{}", called.body);
    assert!(called.body.contains("app-of-agent"), "{}", called.body);
    let refused = server.post(&session, &call(8, "nonsense", json!({})));
    assert_eq!(serde_json::from_str::<Value>(&refused.body).unwrap()["error"]["code"], -32602, "{}", refused.body);
}

#[test]
fn stateless_keeps_nothing() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless", "--json-response"]);
    let (answer, session) = server.initialize("2025-06-18");
    assert_eq!((&answer["result"]["protocolVersion"], session), (&json!("2025-06-18"), None));
    let called = server.post(&[], &call(7, "list_applications", json!({})));
    assert_eq!((called.header("content-type"), called.message()["id"].clone()), (Some("application/json"), json!(7)));
    for method in ["GET", "DELETE"] {
        let answer = server.send(method, "/mcp", &[("accept", "text/event-stream"), ("mcp-session-id", "any")], "");
        assert_eq!((answer.status, answer.error().as_str()), (405, "Method Not Allowed without sessions"));
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[test]
fn any_accept_and_a_slash_at_the_end_are_fine() {
    let server = Serving::of(NOWHERE, &[]);
    let body = initialize("2025-11-25").to_string();
    let begun = server.send("POST", "/mcp/", &[JSON], &body);
    let session = ("mcp-session-id", begun.header("mcp-session-id").unwrap());
    for accept in [None, Some("*/*"), Some("text/event-stream")] {
        let accept: Vec<_> = accept.iter().map(|value| ("accept", *value)).collect();
        let mut stream = server.connect();
        stream.begin("GET", "/mcp", &[accept.clone(), vec![session]].concat(), "");
        assert_eq!(stream.head().status, 200, "{accept:?}");
        assert_eq!(server.send("GET", "/mcp", &accept, "").status, 400, "{accept:?}");
        let unknown = server.send("GET", "/mcp", &[accept, vec![("mcp-session-id", "unknown")]].concat(), "");
        assert_eq!(unknown.status, 404);
    }
}

#[test]
fn the_two_commands_that_people_copy_work() {
    let server = Serving::of(NOWHERE, &[]);
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("host", "localhost:3000"),
        ("user-agent", "curl/8.5.0"),
    ];
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"curl","version":"1.0"}}}"#;
    let first = server.send("POST", "/mcp", &headers, body);
    assert_eq!(first.message()["result"]["protocolVersion"], "2024-11-05");
    // No notifications/initialized in between.
    let session = first.header("mcp-session-id").unwrap();
    let body = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_applications","arguments":{"argocdBaseUrl":"https://argo-a.example.com"}}}"#;
    let second = server.send("POST", "/mcp", &[&headers[..], &[("mcp-session-id", session)]].concat(), body);
    assert_eq!(second.status, 200);
    let message = second.message();
    assert_eq!((&message["id"], &message["result"]["isError"]), (&json!(2), &json!(true)));
    assert!(message.to_string().contains("Missing required ArgoCD API token for base URL"), "{message}");
}

#[test]
fn mistakes_are_json_rpc_errors() {
    let server = Serving::of(NOWHERE, &[]);
    let session = server.session();
    let ask = |body: &str| server.send("POST", "/mcp", &[JSON, ("mcp-session-id", session.as_str())], body);
    for (body, status, code) in [
        (r#"{"jsonrpc":"#, 400, -32700),
        ("<html>", 400, -32700),
        ("", 400, -32700),
        ("[]", 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1}"#, 400, -32600),
        (r#"{"id":1,"method":"ping"}"#, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}"#, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, 400, -32600),
        ("5", 400, -32600),
        ("null", 400, -32600),
        (r#""x""#, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["list_applications"]}"#, 400, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#, 400, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"list_applications"}"#, 400, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}"#, 200, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#, 200, -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"nome":"x"}}"#, 200, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"no_such_tool"}}"#, 200, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}"#, 200, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":5}}"#, 400, -32602),
    ] {
        let answer = ask(body);
        assert_eq!((answer.status, answer.code()), (status, code), "{body}: {}", answer.body);
        for internal in ["struct", "expected", "Envelope"] {
            assert!(code == -32700 || !answer.body.contains(internal), "{body}: {}", answer.body);
        }
    }
    for (body, said) in [
        (r#"{"id":1,"method":"ping","params":{},"params":{}}"#, "Invalid Request: duplicate field `params` at line 1"),
        (r#"{"id":1,"method":"ping","method":"ping"}"#, "Invalid Request: duplicate field `method` at line 1"),
        (r#"{"id":1,"method":7}"#, "Invalid Request: `method` must be a text"),
        ("[]", "Invalid Request: a batch has 1 to 32 messages, not 0"),
    ] {
        assert!(ask(body).error().starts_with(said), "{}", ask(body).body);
    }
    let mut connection = server.connect();
    connection.write(
        b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 49\r\n\r\n",
    );
    connection.write(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":\"\xff\xfe\"}");
    let no_text = connection.answer();
    assert_eq!((no_text.status, no_text.code()), (400, -32700), "{}", no_text.body);
    let known = ask(r#"{"jsonrpc":"2.0","id":"abc","method":7}"#);
    assert_eq!((known.status, &known.message()["id"]), (400, &Value::Null), "{}", known.body);
    let kind = server.send("POST", "/mcp", &[("content-type", "text/plain")], &initialize("2025-11-25").to_string());
    assert_eq!((kind.status, kind.code()), (415, -32000), "{}", kind.body);
    let version = server.post(
        &[("mcp-session-id", &session), ("mcp-protocol-version", "1999-01-01")],
        &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }),
    );
    assert_eq!((version.status, version.code()), (400, -32600), "{}", version.body);
    let no_session = server.post(&[], &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
    assert_eq!((no_session.status, no_session.code()), (400, -32600), "{}", no_session.body);
    let way_out = "Bad Request: Not an initialization request and no valid session ID provided. Send initialize first";
    assert!(no_session.error().starts_with(way_out), "{}", no_session.body);
    for method in ["GET", "DELETE"] {
        let answer = server.send(method, "/mcp", &[], "");
        assert!(answer.status == 400 && answer.error().starts_with(way_out), "{method}: {}", answer.body);
    }
    for params in [json!({}), json!({ "protocolVersion": 5 }), json!([])] {
        let answer = server.post(&[], &json!({ "jsonrpc": "2.0", "id": 9, "method": "initialize", "params": params }));
        assert_eq!((answer.status, answer.code()), (400, -32602), "{}", answer.body);
        assert_eq!(answer.message()["id"], 9);
    }
    for (method, path, status) in
        [("PUT", "/mcp", 405), ("POST", "/healthz", 405), ("GET", "/", 404), ("GET", "/mcp/../etc/passwd", 404)]
    {
        assert_eq!(server.send(method, path, &[], "").status, status, "{method} {path}");
    }
}

#[test]
fn any_accept_that_means_both_is_served() {
    let server = Serving::of(NOWHERE, &[]);
    for accept in [
        &[][..],
        &[("accept", "*/*")],
        &[("accept", "text/html, */*;q=0.1")],
        &[("accept", "application/json, text/event-stream")],
        &[("accept", "application/json"), ("accept", "text/event-stream")],
    ] {
        let headers = [&[JSON][..], accept].concat();
        assert_eq!(
            server.send("POST", "/mcp", &headers, &initialize("2025-11-25").to_string()).status,
            200,
            "{accept:?}"
        );
    }
    let html = server.send("POST", "/mcp", &[JSON, ("accept", "text/html")], &initialize("2025-11-25").to_string());
    assert_eq!((html.status, html.code()), (406, -32000));
}

#[test]
fn nothing_tells_what_the_server_is_made_of() {
    let server = Serving::of(NOWHERE, &[]);
    let answers = [
        server.send("GET", "/healthz", &[], ""),
        server.send("GET", "/nothing", &[], ""),
        server.send("POST", "/mcp", &[JSON], "<"),
        server.send("POST", "/mcp", &[("host", "evil.example")], "{}"),
        server.post(&[], &initialize("2025-11-25")),
        server.post(&[], &call(1, "get_application", json!({ "applicationName": "x" }))),
    ];
    for answer in &answers {
        for name in ["server", "x-powered-by", "via", "x-runtime"] {
            assert_eq!(answer.header(name), None, "{answer:?}");
        }
        let kind = answer.header("content-type").unwrap();
        assert!(kind == "application/json" || kind == "text/event-stream", "{answer:?}");
        let lower = answer.body.to_lowercase();
        assert!(
            !["<html", ".rs:", "panicked", "rmcp", "hyper", "axum"].iter().any(|word| lower.contains(word)),
            "{answer:?}"
        );
    }
    let capabilities = server.initialize("2025-11-25").0["result"]["capabilities"].clone();
    assert_eq!(capabilities, json!({ "tools": {} }), "only what is real");
}

#[test]
fn who_is_refused_before_the_body_gets_to_read_why() {
    let server = Serving::http(&[], &[("MCP_AUTH_TOKEN", "0123456789abcdef-inbound")]);
    let body = " ".repeat(300_000);
    for (header, status) in [(("x", "y"), 401), (("host", "evil.example"), 403), (("content-encoding", "gzip"), 401)] {
        for _ in 0..5 {
            let mut connection = server.connect();
            let refused = connection.send("POST", "/mcp", &[header, ("content-type", "application/json")], &body);
            assert_eq!(refused.status, status, "{}", refused.body);
            assert_eq!(refused.header("connection"), Some("close"), "its buffers are large");
        }
        let mut connection = server.connect();
        for _ in 0..2 {
            let refused = connection.send("POST", "/mcp", &[header, ("content-type", "application/json")], "{}");
            assert_eq!((refused.status, refused.header("connection")), (status, None));
        }
    }
}
