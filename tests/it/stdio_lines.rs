//! stdio: what is no message, or none at this time, is refused, and the session goes on.

use serde_json::{Value, json};

use crate::{
    http::Server,
    http_server::upstream::{self, Gated},
    stdio::wait_for,
    stdio_client::{Client, tool_text},
};

#[test]
fn what_is_no_message_is_refused_and_the_session_goes_on() {
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    client.send_line("");
    let deep = "[".repeat(10_000);
    let half = r#"{"jsonrpc":"2.0","id":1,"method":"ping","x":"\ud800"}"#;
    for (line, id) in [("garbage", None), ("{", None), (r#"{"jsonrpc":"#, None), (&deep, None), (half, Some(1))] {
        client.send_line(line);
        let answer = client.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(-32700)), "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("Parse error: "), "{answer}");
    }
    assert_eq!(
        client.ask(&json!({ "id": 5, "method": "tools/list" })),
        json!({ "jsonrpc": "2.0", "id": 5, "error": { "code": -32600, "message": "Invalid Request: `jsonrpc` must be \"2.0\", and is missing" } })
    );
    for line in ["[]", "42", "{}", "\"x\"", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]"] {
        client.send_line(line);
        let answer = client.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32600)), "{line}: {answer}");
    }
    client.send_line("[]");
    assert!(client.receive()["error"]["message"].as_str().unwrap().contains("this version of MCP has no batches"));
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 6, "method": "nonsense/method" }))["error"]["code"], -32601);
    assert_eq!(
        client.ask(&json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "nome": "x" } }))["error"]["code"],
        -32602
    );
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 8, "method": "resources/list" }))["error"]["code"], -32601);
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 9, "method": "ping" }))["result"], json!({}));
    assert!(client.wait().success());
}

#[test]
fn a_request_before_the_session_is_told_what_comes_first() {
    let mut client = Client::start(&[]);
    let answer = client.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32600)), "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("Send initialize first"), "{answer}");
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" }))["result"], json!({}));
    client.initialize("2025-11-25");
    assert!(client.wait().success());
}

#[test]
fn the_version_that_has_batches_gets_an_answer_for_each_message() {
    let mut client = Client::start(&[]);
    client.initialize("2025-03-26");
    let ping = |id: u32| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    client.send_line(&json!([ping(1), { "jsonrpc": "2.0", "method": "no/such" }, [ping(2)], ping(3), 5]).to_string());
    let mut answers: Vec<Value> = (0..4).map(|_| client.receive()).collect();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    let short: Vec<_> =
        answers.iter().map(|answer| (answer["id"].as_u64(), answer["error"]["code"].as_i64())).collect();
    assert_eq!(short, [(None, Some(-32600)), (None, Some(-32600)), (Some(1), None), (Some(3), None)], "{answers:?}");
    client.send_line("[]");
    assert_eq!(client.receive()["error"]["code"], -32600);
    assert!(client.wait().success());
}

#[test]
fn a_line_that_is_too_long_is_dropped_as_a_whole() {
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    // What stands behind the cap is a message by itself, and must not be taken for one.
    let hidden = json!({ "jsonrpc": "2.0", "id": 66, "method": "tools/list" });
    client.send_line(&format!("{}{hidden}", " ".repeat(16 << 20)));
    let answer = client.receive();
    assert_eq!((answer.get("id"), &answer["error"]["code"]), (Some(&Value::Null), &json!(-32600)), "{answer}");
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" }))["id"], 2);
}

#[test]
fn an_opening_that_cannot_be_read_is_refused_and_may_be_repeated() {
    let mut client = Client::start(&[]);
    let broken = json!({ "jsonrpc": "2.0", "id": "first", "method": "initialize", "params": { "protocolVersion": 7 } });
    let answer = client.ask(&broken);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!("first"), &json!(-32602)), "{answer}");
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    assert_eq!(client.initialize("2025-11-25")["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" }))["id"], 2);
}

#[test]
fn an_id_in_flight_is_taken_and_the_first_call_unaffected() {
    let argocd = Gated::start();
    let mut client = Client::connected(&argocd.server.url);
    client.call(5, "list_applications", json!({}));
    wait_for(|| argocd.arrived() == 1);
    client.call(5, "list_clusters", json!({}));
    let error =
        json!({ "code": -32600, "message": "Invalid Request: a request with id 5 is still running in this session" });
    assert_eq!(client.receive(), json!({ "jsonrpc": "2.0", "id": 5, "error": error }));
    argocd.open();
    assert!(tool_text(&client.receive()).0.contains("app-of-agent"));
    assert_eq!(argocd.arrived(), 1, "the second one did not run");
    // An id is free again with its answer, that of `initialize` too, and with its cancellation.
    for id in [5, 5, 0, 0] {
        assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }))["result"], json!({}));
    }
    let hanging = upstream::hanging();
    let mut client = Client::connected(&hanging.url);
    client.call(5, "list_applications", json!({}));
    wait_for(|| upstream::lists(&hanging) == 1);
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 5 } }));
    wait_for(|| hanging.hung_up() == 1);
    // The call ends a moment after its connection.
    wait_for(|| client.ask(&json!({ "jsonrpc": "2.0", "id": 5, "method": "ping" }))["result"] == json!({}));
}

#[test]
fn no_log_level_tells_what_a_call_was_given() {
    let server = Server::answering(400, "application/json", r#"{"error":"no","code":3,"message":"no"}"#);
    let environment = [
        ("ARGOCD_BASE_URL", server.url.as_str()),
        ("ARGOCD_API_TOKEN", "agent"),
        ("ARGOCD_MCP_LOG_LEVEL", "trace,rmcp=trace"),
    ];
    let mut client = Client::start(&environment);
    client.initialize("2025-11-25");
    let application = json!({ "metadata": { "name": "x" }, "spec": { "project": "p", "source": { "repoURL": "r", "helm": { "values": "CANARY" } }, "destination": { "name": "c" } } });
    client.call(1, "create_application", json!({ "application": application }));
    assert!(client.receive()["result"]["isError"].as_bool().unwrap());
    client.wait();
    let said = client.stderr();
    assert!(said.contains("create_application") && said.contains("TRACE") && !said.contains("CANARY"), "{said}");
}

#[test]
fn what_is_wrong_with_a_message_is_named_and_over_http_too() {
    use crate::http_server::client::Serving;
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let id = "`id` must be a text or an integer from -2^63 to 2^63-1, not";
    for (line, code, said) in [
        (r#"{"jsonrpc":"1.0","id":8,"method":"ping"}"#, -32600, r#"`jsonrpc` must be "2.0", not "1.0""#.to_owned()),
        (r#"{"id":8,"method":"ping"}"#, -32600, r#"`jsonrpc` must be "2.0", and is missing"#.to_owned()),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, format!("{id} null")),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, format!("{id} 1.5")),
        (
            r#"{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}"#,
            -32600,
            format!("{id} 12345678901234567890"),
        ),
        (r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#, -32600, format!("{id} an array")),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, -32600, "duplicate field `id`".to_owned()),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, "`method` must be a text".to_owned()),
        (r#"{"jsonrpc":"2.0","id":1,"method":null}"#, -32600, "`method` is missing".to_owned()),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, -32600, "not both".to_owned()),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            -32602,
            "`params` must be a JSON object".to_owned(),
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":5}}"#,
            -32602,
            "`cursor` must be a text, not 5".to_owned(),
        ),
    ] {
        client.send_line(line);
        let over_stdio = client.receive();
        let message = over_stdio["error"]["message"].as_str().unwrap();
        assert!(over_stdio["error"]["code"] == code && message.contains(&said), "{line}: {over_stdio}");
        let headers = [("content-type", "application/json"), ("accept", "*/*")];
        let over_http = server.send("POST", "/mcp", &headers, line);
        assert_eq!((over_http.status, &over_http.message()["error"]), (400, &over_stdio["error"]), "{line}");
    }
    assert!(client.wait().success());
}

#[test]
fn ids_are_integers_however_they_are_written_and_notifications_are_not_answered() {
    use crate::http_server::client::Serving;
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let headers = [("content-type", "application/json"), ("accept", "*/*")];
    for (written, id) in [("1.0", 1), ("1e3", 1000), ("-0", 0), ("-2.0", -2)] {
        let ping = format!(r#"{{"jsonrpc":"2.0","id":{written},"method":"ping"}}"#);
        let wrong = format!(r#"{{"jsonrpc":"2.0","id":{written},"method":"tools/list","params":{{"cursor":5}}}}"#);
        // Neither of these is answered, so that what comes back belongs to the lines after them.
        client.send_line(r#"{"jsonrpc":"2.0","method":"tools/list","params":{"cursor":5}}"#);
        client.send_line(r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}"#);
        for line in [ping, wrong] {
            client.send_line(&line);
            let over_stdio = client.receive();
            let over_http = server.send("POST", "/mcp", &headers, &line).message();
            assert_eq!((&over_stdio["id"], &over_http["id"]), (&id.into(), &id.into()), "{line}");
            assert_eq!(over_stdio["error"], over_http["error"], "{line}");
        }
    }
    assert!(client.wait().success());
}
