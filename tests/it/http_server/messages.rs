//! Messages of both eras.

use serde_json::{Value, json};

pub const MODERN: &str = "2026-07-28";

pub fn initialize(version: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } })
}

pub fn call(id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

/// Headers and body of a request of 2026-07-28.
pub fn modern(id: u32, method: &str, mut params: Value) -> (Vec<(&'static str, String)>, Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut headers = vec![("mcp-protocol-version", MODERN.to_owned()), ("mcp-method", method.to_owned())];
    if let Some(name) = params["name"].as_str() {
        headers.push(("mcp-name", name.to_owned()));
    }
    (headers, json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
}

pub fn borrowed<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn what_is_kept_with_a_session_has_a_length() {
    use super::client::Serving;
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let mut opening = initialize("2025-11-25");
    opening["params"]["capabilities"] = json!({ "experimental": { "x": { "pad": "x".repeat(200_000) } } });
    let refused = server.post(&[], &opening);
    assert!(
        refused.status == 400 && refused.body.contains("an initialize of more than 131072 bytes"),
        "{}",
        refused.body
    );
    let ping = |id: usize| json!({ "jsonrpc": "2.0", "id": "x".repeat(id), "method": "ping" });
    let (_, session) = server.initialize("2025-11-25");
    let session = session.unwrap();
    let headers = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", "2025-11-25")];
    assert_eq!(server.post(&headers, &ping(256)).status, 200);
    let refused = server.post(&headers, &ping(257));
    assert!(refused.status == 400 && refused.body.contains("the id is longer than 256 bytes"), "{}", refused.body);
    assert_eq!(refused.message()["id"], Value::Null);
}

#[test]
fn little_is_kept_of_what_a_client_says_of_itself() {
    let long = "x".repeat(20_000);
    let mut opening = initialize(&long);
    let keys: Value = (0..1000).map(|number| (number.to_string(), json!(0))).collect::<serde_json::Map<_, _>>().into();
    opening["params"]["clientInfo"] = json!({
        "name": long, "version": long, "title": long, "description": long, "websiteUrl": long,
        "icons": [{ "src": long }],
    });
    opening["params"]["capabilities"] =
        json!({ "sampling": { "tools": keys, "context": keys }, "experimental": { "x": { "pad": long } } });
    let mut message = serde_json::from_value(opening).unwrap();
    argocd_mcp::transport::message::opening::lighten(&mut message);
    let kept = serde_json::to_string(&message).unwrap();
    assert!(kept.len() < 1024 && kept.contains(r#""sampling":{}"#), "{kept}");
}
