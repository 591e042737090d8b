//! Requests that wait for their turn: nobody's keep those of others out, and a cancellation does not wait.

use serde_json::json;

use super::{
    client::{Connection, Serving, wait_for},
    messages::call,
    upstream::{self, Gated},
};

const FIRST: (&str, &str) = ("authorization", "Bearer first-token-0123456789");
const SECOND: (&str, &str) = ("authorization", "Bearer second-token-0123456789");
const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

fn serving(argocd: &str, folder: &tempfile::TempDir, flags: &[&str]) -> Serving {
    let path = folder.path().join("tokens");
    std::fs::write(&path, "first-token-0123456789\nsecond-token-0123456789\nthird-token-0123456789\n").unwrap();
    let tokens = ["--stateless", "--auth-token-file", path.to_str().unwrap()];
    Serving::of(argocd, &[&tokens[..], flags].concat())
}

#[test]
fn one_token_does_not_fill_the_queue() {
    let (argocd, folder) = (Gated::start(), tempfile::tempdir().unwrap());
    let server = serving(&argocd.server.url, &folder, &["--max-concurrency", "4", "--max-caller-concurrency", "1"]);
    let begin = |caller, id: u32| {
        let mut connection = server.connect();
        let message = call(id, "list_applications", json!({})).to_string();
        connection.begin("POST", "/mcp", &[caller, JSON, BOTH], &message);
        connection
    };
    let mut mine = begin(SECOND, 1);
    wait_for("it runs", || argocd.arrived() == 1);
    let theirs: Vec<Connection> = (0..20).map(|id| begin(FIRST, id)).collect();
    server.says(r#"reason="busy""#);
    let mut waiting = begin(SECOND, 2);
    std::thread::sleep(std::time::Duration::from_millis(200));
    argocd.open();
    assert_eq!([mine.answer().status, waiting.answer().status], [200, 200]);
    drop(theirs);
}

#[test]
fn three_tokens_burst_at_once_and_none_is_refused() {
    let (argocd, folder) = (upstream::quick(), tempfile::tempdir().unwrap());
    let server = serving(&argocd.url, &folder, &[]);
    std::thread::scope(|scope| {
        for index in 0..120 {
            let token = ["first", "second", "third"][index % 3];
            let server = &server;
            std::thread::Builder::new()
                .stack_size(256 << 10)
                .spawn_scoped(scope, move || {
                    let bearer = format!("Bearer {token}-token-0123456789");
                    let message = call(index as u32, "list_applications", json!({}));
                    let answer = server.post(&[("authorization", &bearer)], &message);
                    assert_eq!(answer.status, 200, "{token}: {}", answer.body);
                })
                .unwrap();
        }
    });
}

#[test]
fn a_cancellation_needs_no_place_whether_or_not_it_has_a_length() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &["--max-caller-concurrency", "2"]);
    let session = server.session();
    let session = ("mcp-session-id", session.as_str());
    let running: Vec<Connection> = (1..=2)
        .map(|id| {
            let mut connection = server.connect();
            let message = call(id, "list_applications", json!({})).to_string();
            connection.begin("POST", "/mcp", &[session, JSON, BOTH], &message);
            connection
        })
        .collect();
    wait_for("both run", || upstream::lists(&argocd) == 2);
    let chunked = |body: &str| {
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &[session, JSON, BOTH, ("transfer-encoding", "chunked")], "");
        let (begin, end) = body.split_at(body.len() / 2);
        for piece in [begin, end, ""] {
            connection.write(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes());
        }
        connection.answer()
    };
    let ping = json!({ "jsonrpc": "2.0", "id": 3, "method": "ping" }).to_string();
    assert_eq!(chunked(&ping).status, 429);
    let mut cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    assert_eq!(chunked(&cancelled.to_string()).status, 202);
    wait_for("its request is given up", || argocd.hung_up() == 1);
    assert_eq!(chunked(&ping).status, 200);
    let _other = running;
    cancelled["params"]["reason"] = "x".repeat(5000).into();
    let mut third = server.connect();
    third.begin("POST", "/mcp", &[session, JSON, BOTH], &call(4, "list_applications", json!({})).to_string());
    wait_for("it runs", || upstream::lists(&argocd) == 3);
    assert_eq!(chunked(&cancelled.to_string()).status, 429, "what is not small waits for a place");
}
