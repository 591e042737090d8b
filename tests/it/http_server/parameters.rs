//! Parameters that rmcp cannot read: the answer names them, has the id, and is the same on stdin.

use serde_json::{Value, json};

use super::{client::Serving, messages::initialize};
use crate::stdio_client::Client;

/// What is sent as it is, and what is said of it.
fn broken() -> Vec<(String, &'static str)> {
    let call = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":44,"method":"tools/call","params":{{{params}}}}}"#);
    let mut opening = initialize("2025-11-25");
    opening["id"] = json!(44);
    opening["params"].as_object_mut().unwrap().remove("clientInfo");
    let mut nameless = initialize("2025-11-25");
    nameless["id"] = json!(44);
    nameless["params"]["clientInfo"].as_object_mut().unwrap().remove("version");
    vec![
        (nameless.to_string(), "`clientInfo`: missing field `version`"),
        (r#"{"jsonrpc":"2.0","id":44,"method":"initialize"}"#.to_owned(), "missing field `protocolVersion`"),
        (call(r#""name":"get_application","arguments":{"applicationName":"\ud800"}"#), "half of a surrogate pair"),
        (call(r#""name":"a","name":"b","arguments":{}"#), "duplicate field `name`"),
        (call(r#""name":"list_applications","_meta":5"#), "`_meta` must be a JSON object, not 5"),
        (opening.to_string(), "missing field `clientInfo`"),
    ]
}

fn is_said(answer: &Value, said: &str) {
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(44), &json!(-32602)), "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid params: ") && message.contains(said), "{message}");
}

#[test]
fn a_parameter_that_cannot_be_read_is_named() {
    let json = ("content-type", "application/json");
    for flags in [&[][..], &["--stateless"]] {
        let server = Serving::of("http://127.0.0.1:1", flags);
        for (message, said) in broken() {
            let answer = server.send("POST", "/mcp", &[json], &message);
            assert_eq!(answer.status, 400, "{}", answer.body);
            is_said(&answer.message(), said);
        }
    }
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    for (message, said) in broken() {
        client.send_line(&message);
        is_said(&client.receive(), said);
    }
    assert!(client.wait().success());
    // A refusal has its line there, too.
    assert_eq!(client.stderr().matches("outcome=\"denied\"").count(), broken().len(), "{}", client.stderr());
}

#[test]
fn an_initialize_of_the_version_that_has_none_begins_nothing() {
    let modern = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    let mut client = Client::start(&[]);
    let params = json!({ "_meta": modern });
    let refused = client.ask(&json!({ "jsonrpc": "2.0", "id": 44, "method": "initialize", "params": params }));
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(44), &json!(-32600)), "{refused}");
    client.initialize("2025-06-18");
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 8, "method": "ping" }))["result"], json!({}));
}

#[test]
fn what_a_second_initialize_agrees_on_holds() {
    let asked = |version: &str| {
        let mut asked = initialize(version);
        asked["id"] = json!(7);
        asked
    };
    let ping = json!({ "jsonrpc": "2.0", "id": 8, "method": "ping" });
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let mut client = Client::start(&[]);
    client.initialize("2025-06-18");
    for version in ["2026-07-28", "2099-01-01", "2025-06-18", "x"] {
        let agreed = if version == "2025-06-18" { version } else { "2025-11-25" };
        for answer in [server.post(&headers, &asked(version)).message(), client.ask(&asked(version))] {
            assert_eq!(answer["result"]["protocolVersion"], agreed, "{answer}");
        }
        for answer in [server.post(&headers, &ping).message(), client.ask(&ping)] {
            assert_eq!(answer["result"], json!({}), "{version}: {answer}");
        }
    }
}

#[test]
fn batches_and_events_without_data_are_those_of_the_last_initialize() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let ping = json!({ "jsonrpc": "2.0", "id": 8, "method": "ping" });
    let empty = |body: &str| body.lines().any(|line| line.trim_end() == "data:");
    for (version, old) in [("2025-03-26", true), ("2025-11-25", false), ("2024-11-05", true)] {
        let begun = server.post(&headers, &initialize(version));
        assert_eq!(begun.message()["result"]["protocolVersion"], version);
        assert!(!empty(&begun.body), "{version}: {}", begun.body);
        assert_eq!(empty(&server.post(&headers, &ping).body), !old, "{version}");
        let batch = server.post(&headers, &json!([ping]));
        assert_eq!(batch.status, if old { 200 } else { 400 }, "{version}: {}", batch.body);
        let mut named = headers.to_vec();
        named.push(("mcp-protocol-version", version));
        assert_eq!(server.post(&named, &json!([ping])).status, batch.status, "{version}");
    }
}

#[test]
fn who_asks_too_much_is_told_by_its_id() {
    let many = vec![0; 20_001];
    let message = json!({ "jsonrpc": "2.0", "id": 44, "method": "ping", "params": { "_meta": { "x": many } } });
    let deep = format!(r#"{{"jsonrpc":"2.0","id":44,"method":"ping","params":{}1{}}}"#, "[".repeat(70), "]".repeat(70));
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    for (message, status) in [(message.to_string(), 413), (deep, 400)] {
        let answer = server.send("POST", "/mcp", &[("content-type", "application/json")], &message);
        client.send_line(&message);
        let over_stdio = client.receive();
        assert_eq!((answer.status, &answer.message()["id"], &over_stdio["id"]), (status, &json!(44), &json!(44)));
        assert_eq!(answer.message()["error"], over_stdio["error"]);
    }
}
