//! Headers that mean the same, and what is said of those that are refused.

use serde_json::json;

use super::{client::Serving, messages::initialize};

#[test]
fn no_flag_is_named_that_would_not_take_the_value() {
    let server = Serving::of("http://127.0.0.1:1", &["--public-url", "https://mcp.example.com/argocd"]);
    let message = initialize("2025-11-25");
    for (header, value) in [
        ("host", "evil@127.0.0.1"),
        ("host", "127.0.0.1:0"),
        ("host", "127.0.0.1:65536"),
        ("host", ""),
        ("origin", ""),
        ("origin", "file://"),
    ] {
        let refused = server.post(&[(header, value)], &message);
        assert!(refused.status == 403 && !refused.body.contains("--allowed"), "{header} {value}: {}", refused.body);
    }
    let elsewhere = server.send("GET", "/elsewhere", &[], "").error();
    assert!(elsewhere.ends_with("MCP is served at /argocd/mcp"), "{elsewhere}");
}

#[test]
fn what_means_the_same_is_taken_as_the_same() {
    let server = Serving::of("http://127.0.0.1:1", &["--stateless"]);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    for (accept, status) in [
        ("*/*", 200),
        ("application/*, text/*", 200),
        ("application/json, text/*;q=0.5", 200),
        ("application/*", 406),
        ("text/html", 406),
    ] {
        assert_eq!(server.post(&[("accept", accept)], &list).status, status, "{accept}");
    }
    let headers = [("content-type", "application/json"), ("accept", "*/*")];
    assert_eq!(server.send("POST", "/mcp", &headers, &format!("\u{feff}{list}")).status, 200, "a byte order mark");
    let twice = server.post(&[("last-event-id", "1/1"), ("last-event-id", "2/1")], &list);
    assert!(twice.status == 400 && twice.error().contains("more than once"), "{}", twice.body);
}
