//! stdio: JSON-RPC on stdout and nothing else, every protocol version, and an end that is clean.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    http::{self, Server, Step},
    replay::Replay,
    stderr::within_patience,
    stdio_client::{Client, command, tool_text},
};

const MODERN: &str = "2026-07-28";

fn modern(id: u32, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[test]
fn every_version_with_a_handshake_is_agreed_to() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut client = Client::start(&[]);
        let answer = client.initialize(version);
        assert_eq!(answer["result"]["protocolVersion"], version);
        assert_eq!(answer["result"]["serverInfo"]["name"], "argocd-mcp");
        assert_eq!(answer["result"]["capabilities"], json!({ "tools": {} }));
        let tools = client.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
        assert_eq!(tools["result"]["tools"][0]["name"], "list_applications");
        assert!(client.wait().success());
    }
}

#[test]
fn the_version_without_a_handshake_works_on_the_same_pipe() {
    let mut client = Client::start(&[]);
    let discovered = client.ask(&modern(1, "server/discover", json!({})));
    assert!(discovered["result"]["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)), "{discovered}");
    let tools = client.ask(&modern(2, "tools/list", json!({})));
    assert_eq!(tools["result"]["tools"][0]["name"], "list_applications", "{tools}");
    assert_eq!(tools["result"]["cacheScope"], "private");
    let called = client.ask(&modern(3, "tools/call", json!({ "name": "list_applications", "arguments": {} })));
    assert_eq!(called["result"]["resultType"], "complete", "{called}");
    assert!(client.wait().success());
}

#[test]
fn a_discovering_client_may_still_shake_hands() {
    let mut client = Client::start(&[]);
    client.ask(&modern(1, "server/discover", json!({})));
    assert_eq!(client.initialize("2025-11-25")["result"]["protocolVersion"], "2025-11-25");
}

#[test]
fn a_call_answers_from_argo_cd() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let mut client = Client::connected(replay.url());
    client.call(7, "list_applications", json!({ "search": "checkout" }));
    let answer = client.receive();
    assert_eq!(answer["id"], 7);
    let (text, failed) = tool_text(&answer);
    assert!(!failed && text.contains("\ncheckout\tdefault\tHealthy\tSynced"), "{text}");
    assert!(answer["result"].get("structuredContent").is_none());
    client.call(8, "list_applications", json!({ "search": "checkout", "output": "json" }));
    assert_eq!(client.receive()["result"]["structuredContent"]["total"], 1);
    assert!(client.wait().success());
}

#[test]
fn the_order_of_tools_never_changes() {
    let lists: Vec<String> = (0..3)
        .map(|_| {
            let mut client = Client::start(&[]);
            client.initialize("2025-11-25");
            client.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }))["result"].to_string()
        })
        .collect();
    assert!(lists.iter().all(|list| *list == lists[0]));
}

#[test]
fn stdout_carries_nothing_but_json_rpc_even_at_trace() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let mut client =
        Client::start(&[("ARGOCD_BASE_URL", replay.url()), ("ARGOCD_API_TOKEN", "agent"), ("RUST_LOG", "trace")]);
    client.initialize("2025-11-25");
    client.call(1, "list_applications", json!({}));
    assert_eq!(client.receive()["id"], 1);
    client.send_line("this is not JSON");
    assert_eq!(client.receive()["error"]["code"], -32700);
    client.call(2, "get_application", json!({ "applicationName": ".." }));
    // `receive` insists on JSON, so anything else on stdout fails here.
    assert_eq!(client.receive()["id"], 2);
    assert!(client.wait().success());
    let log = client.stderr();
    assert!(log.contains("TRACE") && log.contains("a line on stdin is not JSON"), "{log}");
    assert!(!log.contains("Bearer agent"), "the token is in the log");
}

#[test]
fn unknown_tools_are_protocol_errors_and_bad_arguments_tool_errors() {
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    client.call(1, "list_aplications", json!({}));
    let error = client.receive()["error"].clone();
    let told = error["message"].as_str().unwrap();
    assert_eq!(error["code"], -32602);
    assert!(told.starts_with("Unknown tool: list_aplications (did you mean `list_applications`"), "{told}");
    client.call(2, "list_applications", json!({ "limit": 0, "healht": "x", "sync": "Sinced" }));
    let (text, failed) = tool_text(&client.receive());
    assert!(failed);
    assert_eq!(
        text,
        "list_applications: 3 problems with the arguments\n- `limit` is 0; it must be from 1 to 1000\n- `healht` is not an argument of this tool (did you mean `health`?)\n- `sync` is `Sinced`; it must be one of OutOfSync, Unknown, Synced (did you mean `Synced`?)"
    );
}

#[test]
fn without_credentials_the_server_starts_and_a_call_says_what_to_set() {
    let mut client = Client::start(&[]);
    client.initialize("2025-11-25");
    client.call(1, "list_applications", json!({}));
    let (text, failed) = tool_text(&client.receive());
    assert!(failed && text.starts_with("Missing required ArgoCD base URL: argocdBaseUrl."), "{text}");
}

#[test]
fn read_only_hides_writes_and_refuses_them() {
    for (value, on) in [
        ("true", true),
        ("1", true),
        ("yes", true),
        (" TRUE ", true),
        ("ture", true),
        ("", false),
        ("0", false),
        ("false", false),
        ("No", false),
        ("off", false),
    ] {
        let mut client = Client::start(&[("MCP_READ_ONLY", value)]);
        client.initialize("2025-11-25");
        let tools = client.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
        let names: Vec<&str> =
            tools["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names.contains(&"sync_application"), !on, "MCP_READ_ONLY={value:?}");
        client.call(2, "sync_application", json!({ "applicationName": "shop" }));
        let (text, failed) = tool_text(&client.receive());
        assert!(failed);
        assert_eq!(text.contains("this server is read-only"), on, "{text}");
    }
}

#[test]
fn cancelling_a_call_closes_its_connection() {
    let server = Server::start(|request| {
        if request.path() == "/api/version" {
            http::json(200, &json!({ "Version": "v3.5.1" }))
        } else {
            vec![Step::Hang]
        }
    });
    let mut client = Client::connected(&server.url);
    client.call(1, "list_applications", json!({}));
    wait_for(|| server.requests().len() == 2);
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1, "reason": "test" } }));
    wait_for(|| server.hung_up() == 1);
    assert!(client.is_silent(Duration::from_millis(300)), "a cancelled request is not answered");
    assert_eq!(client.ask(&json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" }))["id"], 2);
}

#[test]
fn the_end_of_stdin_ends_the_process_and_what_runs() {
    let server = Server::start(|_| vec![Step::Hang]);
    let mut client = Client::connected(&server.url);
    client.call(1, "list_applications", json!({}));
    wait_for(|| server.requests().len() == 1);
    let started = Instant::now();
    assert!(client.wait().success());
    assert!(started.elapsed() < Duration::from_secs(10));
    wait_for(|| server.hung_up() == 1);
}

#[test]
fn sigterm_ends_the_process_and_what_runs_and_is_told() {
    let terminate =
        |id: u32| assert!(Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap().success());
    let hint = "Argo CD may have done it nevertheless: look with get_application";
    let server = Server::start(|request| match request.method.as_str() {
        "GET" => http::json(200, &json!({ "metadata": { "name": "shop", "namespace": "argocd" }, "spec": {} })),
        _ => vec![Step::Hang],
    });
    let syncs = || server.requests().iter().filter(|request| request.method == "POST").count();
    let mut client = Client::connected(&server.url);
    client.call(1, "sync_application", json!({ "applicationName": "shop" }));
    wait_for(|| syncs() == 1);
    terminate(client.child.id());
    let (said, failed) = tool_text(&client.receive());
    assert!(
        failed && said.contains("the server is shutting down; the call was given up") && said.contains(hint),
        "{said}"
    );
    assert!(client.wait().success());
    assert!(client.stderr().contains("called") && client.stderr().contains("cancelled"), "{}", client.stderr());

    let mut child = command();
    child.args(["call", "sync_application", "applicationName=shop"]).stderr(Stdio::piped());
    child.envs([("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "agent")]);
    let child = child.spawn().unwrap();
    wait_for(|| syncs() == 2);
    terminate(child.id());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted") && said.contains(hint), "{said}");
}

#[test]
fn the_end_of_stdin_before_any_message_is_no_error() {
    let mut client = Client::start(&[]);
    assert!(client.wait().success());
    let mut client = Client::start(&[]);
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } }));
    assert!(client.wait().success());
}

#[test]
fn what_was_asked_before_the_end_is_still_answered() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let mut client = Client::connected(replay.url());
    // The first one connects, which may take a busy machine longer than the end waits.
    client.call(1, "list_applications", json!({}));
    assert!(!tool_text(&client.receive()).1);
    client.call(2, "list_applications", json!({}));
    client.close_stdin();
    assert!(!tool_text(&client.receive()).1);
    assert!(client.wait().success());
}

#[test]
fn one_audit_line_a_call() {
    let replay = Replay::of("v3.5.1", &["applications.get.checkout"]);
    let mut client = Client::start(&[
        ("ARGOCD_BASE_URL", replay.url()),
        ("ARGOCD_API_TOKEN", "agent"),
        ("ARGOCD_MCP_LOG_FORMAT", "json"),
    ]);
    client.initialize("2025-11-25");
    client.call(1, "get_application", json!({ "applicationName": "checkout" }));
    client.receive();
    client.call(2, "sync_application", json!({ "applicationName": "..", "revision": "SECRET-ARGUMENT" }));
    client.receive();
    client.call(3, "sync_application", json!({ "applicationName": "..", "prune": "true" }));
    client.receive();
    assert!(client.wait().success());
    let log = client.stderr();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["fields"]["message"] == "called")
        .collect();
    assert_eq!(lines.len(), 3, "{log}");
    assert_eq!(lines[2]["fields"]["effect"], "Destructive");
    assert_eq!(
        (&lines[0]["span"]["tool"], &lines[0]["span"]["application"], &lines[0]["fields"]["outcome"]),
        (&json!("get_application"), &json!("checkout"), &json!("ok"))
    );
    assert_eq!((&lines[1]["fields"]["outcome"], &lines[1]["fields"]["effect"]), (&json!("arguments"), &json!("Write")));
    assert!(!log.contains("SECRET-ARGUMENT"), "arguments beyond identifiers stay out of the log");
}

pub fn wait_for(mut condition: impl FnMut() -> bool) {
    within_patience(|| condition().then_some(())).expect("it happens");
}
