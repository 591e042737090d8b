//! Batches, which MCP has in version 2025-03-26 alone.

use serde_json::{Value, json};

use super::{
    client::{Serving, wait_for},
    messages::{call, initialize},
    upstream::{self, Gated},
};

fn ask(id: impl Into<Value>, method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": method })
}

#[test]
fn a_batch_is_answered_by_one_array() {
    let argocd = upstream::quick();
    let mode = [&[][..], &["--json-response"], &["--stateless"], &["--stateless", "--json-response"]];
    for flags in mode {
        let server = Serving::of(&argocd.url, flags);
        let (_, session) = server.initialize("2025-03-26");
        let session: Vec<(&str, &str)> = session.iter().map(|id| ("mcp-session-id", id.as_str())).collect();
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let batch = json!([
            initialized,
            call(1, "list_applications", json!({})),
            ask("two", "ping"),
            ask(3, "no/such"),
            call(4, "list_applications", json!({ "limit": "x" })),
            ask(1, "ping"),
        ]);
        let answer = server.post(&session, &batch);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{flags:?}");
        let answers: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
        let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(json!(ids), json!([1, "two", 3, 4, 1]), "{flags:?}");
        assert!(answers[0]["result"]["content"][0]["text"].as_str().unwrap().contains("app-of-agent"));
        assert_eq!((&answers[1]["result"], &answers[2]["error"]["code"]), (&json!({}), &json!(-32601)));
        let silent = server.post(&session, &json!([initialized]));
        assert_eq!((silent.status, silent.body.as_str()), (202, ""), "{flags:?}");
    }
}

#[test]
fn a_batch_of_a_session_is_served_to_its_end_whoever_listens() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let (_, session) = server.initialize("2025-03-26");
    let batch: Vec<Value> = (1..4).map(|id| call(id, "list_applications", json!({}))).collect();
    let headers = [("mcp-session-id", session.as_deref().unwrap()), ("content-type", "application/json")];
    let mut connection = server.connect();
    connection.begin("POST", "/mcp", &headers, &json!(batch).to_string());
    wait_for("the first call reaches Argo CD", || argocd.arrived() == 1);
    drop(connection);
    argocd.open();
    wait_for("the others follow", || argocd.arrived() == 3);
}

#[test]
fn what_is_cancelled_before_its_turn_does_not_begin() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let (_, session) = server.initialize("2025-03-26");
    let headers = [("mcp-session-id", session.as_deref().unwrap()), ("content-type", "application/json")];
    let batch: Vec<Value> = (1..4).map(|id| call(id, "list_applications", json!({}))).collect();
    let mut connection = server.connect();
    connection.begin("POST", "/mcp", &headers, &json!(batch).to_string());
    wait_for("the first call reaches Argo CD", || argocd.arrived() == 1);
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    assert_eq!(server.post(&headers[..1], &cancelled).status, 202);
    argocd.open();
    let answers: Vec<Value> = serde_json::from_str(&connection.answer().body).unwrap();
    assert_eq!(answers.iter().map(|answer| &answer["id"]).collect::<Vec<_>>(), [&json!(1), &json!(3)]);
    assert_eq!(argocd.arrived(), 2);
    let again = server.post(&headers[..1], &call(2, "list_applications", json!({})));
    assert!(again.body.contains("app-of-agent"), "the id is free: {}", again.body);
}

#[test]
fn nothing_of_a_batch_begins_once_the_process_is_to_end() {
    for flags in [&[][..], &["--stateless"]] {
        let argocd = Gated::start();
        let mut server = Serving::of(&argocd.server.url, flags);
        let (_, session) = server.initialize("2025-03-26");
        let headers = session.iter().map(|id| ("mcp-session-id", id.as_str()));
        let headers: Vec<_> = headers.chain([("content-type", "application/json")]).collect();
        let batch = json!([call(1, "list_applications", json!({})), call(2, "list_applications", json!({}))]);
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &headers, &batch.to_string());
        wait_for("the first call reaches Argo CD", || argocd.arrived() == 1);
        server.terminate();
        server.says("shutting down");
        argocd.open();
        let answers: Vec<Value> = serde_json::from_str(&connection.answer().body).unwrap();
        assert!(answers[0]["result"].to_string().contains("app-of-agent"), "{answers:?}");
        assert_eq!(answers[1]["error"]["message"], "The server is shutting down; try again", "{answers:?}");
        assert!(server.wait().success());
        assert_eq!(argocd.arrived(), 1);
    }
}

#[test]
fn a_batch_is_refused_as_a_whole() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let list = call(1, "list_applications", json!({}));
    let many = Value::from(vec![ask(1, "ping"); 33]);
    let version = "this version of MCP has no batches (they ended with 2025-03-26); send the messages one by one";
    let version_of_json_rpc = "Invalid Request: `jsonrpc` must be \"2.0\", not \"1.0\"";
    for (headers, batch, said) in [
        (&[][..], json!([]), "Invalid Request: a batch has 1 to 32 messages, not 0"),
        (&[], many, "Invalid Request: a batch has 1 to 32 messages, not 33"),
        (&[], json!([list, 5]), "Invalid Request: a message is a JSON object (message 2 of the batch)"),
        (&[], json!([list, [list]]), "Invalid Request: a message is a JSON object (message 2 of the batch)"),
        (
            &[],
            json!([initialize("2025-03-26"), list]),
            "Invalid Request: `initialize` must not be part of a batch (message 1 of the batch)",
        ),
        // Wherever it stands.
        (
            &[],
            json!([{ "jsonrpc": "1.0", "id": 8, "method": "ping" }, list]),
            &format!("{version_of_json_rpc} (message 1 of the batch)"),
        ),
        (
            &[],
            json!([list, { "jsonrpc": "1.0", "id": 8, "method": "ping" }]),
            &format!("{version_of_json_rpc} (message 2 of the batch)"),
        ),
        (
            &[],
            json!([list, { "jsonrpc": "2.0", "error": 5 }]),
            "Invalid Request: not a JSON-RPC 2.0 message of MCP (message 2 of the batch)",
        ),
        (&[("mcp-method", "ping")], json!([list]), "The mcp-method header does not match the body"),
        (&[("mcp-protocol-version", "2025-06-18")], json!([list]), &format!("Invalid Request: {version}")),
        (&[("mcp-protocol-version", "2026-07-28")], json!([list]), &format!("Invalid Request: {version}")),
    ] {
        let answer = server.post(headers, &batch);
        assert_eq!((answer.status, answer.error().as_str()), (400, said), "{batch}");
    }
    let sessions = Serving::of(&argocd.url, &[]);
    for later in ["2025-06-18", "2025-11-25"] {
        let (_, session) = sessions.initialize(later);
        let answer = sessions.post(&[("mcp-session-id", session.as_deref().unwrap())], &json!([list]));
        assert_eq!((answer.status, answer.error()), (400, format!("Invalid Request: {version}")), "{later}");
    }
    let gone = sessions.post(&[("mcp-session-id", "gone")], &json!([ask(1, "ping"), list]));
    assert_eq!((gone.status, gone.code()), (404, -32001), "{}", gone.body);
    assert_eq!(upstream::lists(&argocd), 0, "nothing of them ran");
}

#[test]
fn what_is_wrong_with_one_message_is_said_of_that_one() {
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "1999-01-01" });
    let odd = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": { "_meta": meta } });
    for batch in [json!([odd, ask(3, "ping")]), json!([ask(3, "ping"), odd])] {
        let answer = server.post(&[], &batch);
        let answers: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
        let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
        assert_eq!((answer.status, &of(3)["result"]), (200, &json!({})), "{}", answer.body);
        assert!(of(2)["error"]["code"].is_number(), "{}", answer.body);
    }
}

#[test]
fn no_further_message_is_served_once_the_answers_are_long() {
    let argocd = upstream::large();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let list = |id: u32| call(id, "list_applications", json!({ "output": "raw", "maxBytes": 400_000 }));
    let answers = server.post(&[], &(1..=10).map(list).collect()).message();
    let (served, refused): (Vec<&Value>, Vec<&Value>) =
        answers.as_array().unwrap().iter().partition(|answer| answer["error"].is_null());
    assert_eq!(served.len() + refused.len(), 10);
    assert!(served.len() < 6 && refused[0].to_string().contains("by itself"), "{}", refused[0]);
    let told = || server.log().lines().filter(|line| line.contains("denied") && line.contains("batch")).count();
    wait_for("each has its line", || told() == refused.len());
    assert_eq!(upstream::lists(&argocd), served.len());
}
