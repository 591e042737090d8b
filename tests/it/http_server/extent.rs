//! Messages that take far more memory than they have bytes.

use serde_json::json;

use super::{client::Serving, messages::call, upstream::Gated};
#[cfg(target_os = "linux")]
use super::{client::wait_for, upstream};

const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

#[test]
fn a_message_of_a_million_small_values_is_not_read() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &["--legacy-sse"]);
    let session = server.session();
    let values = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    let body = |place: &str, values: &str| {
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
            "name": "list_applications", "arguments": { "a": "ARGUMENT" }, "_meta": { "x": "META" } } });
        body.to_string().replace(&format!("{place:?}"), values)
    };
    let post = |body: &str| server.send("POST", "/mcp", &[JSON, BOTH, ("mcp-session-id", &session)], body);
    for place in ["ARGUMENT", "META"] {
        for many in [values(20_001), format!("[{}[]]", "[],".repeat(10_000)), values(500_000)] {
            let answer = post(&body(place, &many));
            assert_eq!((answer.status, answer.code()), (413, -32000), "{}", answer.body);
            assert!(answer.error().contains("more than 20000 values"), "{}", answer.body);
        }
    }
    let batch = format!("[{}]", body("META", &values(20_001)));
    assert_eq!(server.send("POST", "/mcp", &[JSON, BOTH, ("mcp-session-id", &session)], &batch).status, 413);
    assert_eq!(argocd.arrived(), 0);
    argocd.open();
    // As many as an honest call may have, and commas within a text of any length.
    assert_eq!(post(&body("META", &values(19_000))).status, 200);
    assert_eq!(post(&body("META", &json!(",[{".repeat(300_000)).to_string())).status, 200);
    server.says(r#"reason="body""#);
}

#[cfg(target_os = "linux")]
#[test]
fn calls_in_flight_hold_little_whatever_they_bring() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &[]);
    let session = server.session();
    let before = super::lifecycle::status(&server, "VmRSS:");
    let mut body = call(1, "list_applications", json!({}));
    body["params"]["_meta"] = json!({ "x": vec![json!([0]); 9_900] });
    let connections: Vec<_> = (0..16)
        .map(|id| {
            body["id"] = id.into();
            let mut connection = server.connect();
            connection.begin("POST", "/mcp", &[JSON, BOTH, ("mcp-session-id", &session)], &body.to_string());
            connection
        })
        .collect();
    wait_for("all run", || upstream::lists(&argocd) == 16);
    let held = super::lifecycle::status(&server, "VmRSS:").saturating_sub(before);
    assert!(held < 96 << 10, "{held} KiB");
    drop(connections);
}
