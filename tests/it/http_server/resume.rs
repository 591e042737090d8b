//! Sessions whose connections break: answers are kept, for their own caller alone, and nothing expires under a call.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, wait_for},
    messages::{call, initialize},
    upstream::{self, Gated},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": "ping", "method": "ping" })
}

/// The id and the data of the next event, primings included.
fn event(connection: &mut Connection) -> Option<(String, String)> {
    loop {
        let text = String::from_utf8(connection.chunk()?).unwrap();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|it| it.trim().to_owned());
        if let Some(data) = field("data:") {
            return Some((field("id:").unwrap_or_default(), data));
        }
    }
}

/// Sends a call; the connection, and the id of the event its stream begins with.
pub fn begin(server: &Serving, headers: &[(&str, &str)], id: u32) -> (Connection, String) {
    let mut connection = server.connect();
    let headers = [headers, &[JSON, BOTH]].concat();
    connection.begin("POST", "/mcp", &headers, &call(id, "list_applications", json!({})).to_string());
    assert_eq!(connection.head().status, 200);
    let (first, data) = event(&mut connection).unwrap();
    assert_eq!(data, "", "a priming event");
    (connection, first)
}

/// GET with Last-Event-ID.
pub fn resume(server: &Serving, headers: &[(&str, &str)], last: &str) -> Connection {
    let mut connection = server.connect();
    connection.begin("GET", "/mcp", &[headers, &[("last-event-id", last)]].concat(), "");
    assert_eq!(connection.head().status, 200);
    connection
}

/// GET with Last-Event-ID where nothing is to come: clients do not come back after 405, as they do after an empty stream.
fn assert_nothing_follows(server: &Serving, headers: &[(&str, &str)], last: &str) {
    let ask = || server.send("GET", "/mcp", &[headers, &[("last-event-id", last)]].concat(), "");
    // A call that was just cancelled may be on its way out; until then an empty stream ends at once.
    wait_for("the call is over", || ask().status != 200);
    let answer = ask();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST, DELETE")), "{last}: {}", answer.body);
    assert!(answer.error().starts_with("Nothing follows this Last-Event-ID"), "{}", answer.body);
}

/// The event with the answer to a request.
pub fn answer(connection: &mut Connection, id: u32) -> (String, String) {
    loop {
        let (event, data) = event(connection).expect("no answer");
        if !data.is_empty() {
            assert_eq!(serde_json::from_str::<Value>(&data).unwrap()["id"], id);
            return (event, data);
        }
    }
}

#[test]
fn an_answer_waits_for_who_lost_the_connection() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let (lost, first) = begin(&server, &headers, 1);
    let (early, second) = begin(&server, &headers, 2);
    wait_for("both calls reach Argo CD", || argocd.arrived() == 2);
    drop((lost, early));
    let mut early = resume(&server, &headers, &second);
    argocd.open();
    assert!(answer(&mut early, 2).1.contains("app-of-agent"), "came back while the call ran");
    wait_for("both calls end", || server.log().matches("outcome=\"ok\"").count() == 2);
    for _ in 0..2 {
        let mut late = resume(&server, &headers, &first);
        let (event_id, data) = answer(&mut late, 1);
        assert!(data.contains("app-of-agent"), "came back when the call had ended: {data}");
        assert_ne!(event_id, first);
        assert_eq!(event(&mut late), None, "the stream ends with its answer");
        assert_nothing_follows(&server, &headers, &event_id);
    }
    for unknown in ["0/99", "nonsense", "7/", ""] {
        assert_nothing_follows(&server, &headers, unknown);
    }
    // A bounded number of answers is kept; of some more it is known that there were.
    let ask = |ids: std::ops::Range<i32>| {
        for id in ids {
            assert_eq!(server.post(&headers, &call(id, "list_applications", json!({}))).status, 200);
        }
    };
    ask(10..40);
    let (_, data) = answer(&mut resume(&server, &headers, &first), 1);
    let given_up: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(given_up["result"]["isError"], true, "{data}");
    assert!(data.contains("The answer was given up"), "{data}");
    ask(100..120);
    assert_nothing_follows(&server, &headers, &first);
}

#[test]
fn nobody_is_called_back_for_a_call_that_was_cancelled_or_refused() {
    for flags in [&[][..], &["--json-response"]] {
        let argocd = upstream::hanging();
        let server = Serving::of(&argocd.url, flags);
        let session = server.session();
        let headers = [("mcp-session-id", session.as_str())];
        let mut running = server.connect();
        let message = call(1, "list_applications", json!({})).to_string();
        running.begin("POST", "/mcp", &[&headers[..], &[JSON, BOTH]].concat(), &message);
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == 1);
        let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
        assert_eq!(server.post(&headers, &cancelled).status, 202);
        wait_for("its request is given up", || argocd.hung_up() == 1);
        assert_eq!(running.head().status, 200);
        let (first, data) = event(&mut running).unwrap();
        assert_eq!((data.as_str(), event(&mut running)), ("", None), "a priming event and no answer");
        assert_nothing_follows(&server, &headers, &first);
    }
    let server = Serving::of(&upstream::quick().url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let mut connection = server.connect();
    connection.begin(
        "POST",
        "/mcp",
        &[&headers[..], &[JSON, BOTH]].concat(),
        &call(1, "no_tool", json!({})).to_string(),
    );
    assert_eq!(connection.head().status, 200);
    let (last, data) = answer(&mut connection, 1);
    assert!(data.contains("-32602"), "{data}");
    assert_nothing_follows(&server, &headers, &last);
}

#[test]
fn a_session_is_unknown_to_other_callers() {
    let argocd = Gated::start();
    let (server, _folder) = Serving::with_callers("http", &argocd.server.url);
    let first = ("authorization", "Bearer first-token-0123456789");
    let second = ("authorization", "Bearer second-token-0123456789");
    let begun = server.post(&[first], &initialize("2025-11-25"));
    let session = ("mcp-session-id", begun.header("mcp-session-id").unwrap());
    let (lost, last) = begin(&server, &[first, session], 1);
    drop(lost);
    argocd.open();
    wait_for("the call ends", || server.log().contains("outcome=\"ok\""));
    let last = ("last-event-id", last.as_str());
    for (method, headers, body) in [
        ("GET", vec![last], String::new()),
        ("GET", vec![], String::new()),
        ("DELETE", vec![], String::new()),
        ("POST", vec![JSON], ping().to_string()),
    ] {
        let answer = server.send(method, "/mcp", &[headers, vec![second, session]].concat(), &body);
        assert_eq!((answer.status, answer.code()), (404, -32001), "{method}");
        assert!(answer.error().contains("Invalid or expired session ID"));
    }
    // The owner may bring another Argo CD credential with each request.
    let other =
        server.post(&[first, session, ("x-argocd-api-token", "other")], &call(2, "list_applications", json!({})));
    assert!(other.body.contains("app-of-other"), "{}", other.body);
    assert!(answer(&mut resume(&server, &[first, session], last.1), 1).1.contains("app-of-agent"));
    assert_eq!(server.send("DELETE", "/mcp", &[first, session], "").status, 200);
}

#[test]
fn an_answer_is_for_the_credentials_it_was_asked_with() {
    let argocd = Gated::start();
    let server = Serving::http(&[], &[("ARGOCD_BASE_URL", &argocd.server.url)]);
    let (mine, other) = (("x-argocd-api-token", "mine"), ("x-argocd-api-token", "other"));
    let begun = server.post(&[mine], &initialize("2025-11-25"));
    let session = ("mcp-session-id", begun.header("mcp-session-id").unwrap());
    let (lost, last) = begin(&server, &[mine, session], 1);
    drop(lost);
    assert_nothing_follows(&server, &[other, session], &last);
    argocd.open();
    wait_for("the call ends", || server.log().contains("outcome=\"ok\""));
    assert_nothing_follows(&server, &[other, session], &last);
    assert!(answer(&mut resume(&server, &[mine, session], &last), 1).1.contains("app-of-mine"));
}

#[test]
fn a_session_does_not_expire_under_a_call_or_a_stream() {
    let argocd = Gated::start();
    let server = Serving::of(&argocd.server.url, &["--session-ttl", "1"]);
    let (calling, listening) = (server.session(), server.session());
    let of = |session: &str| server.post(&[("mcp-session-id", session)], &ping()).status;
    let (mut running, _) = begin(&server, &[("mcp-session-id", &calling)], 1);
    let mut stream = server.connect();
    stream.begin("GET", "/mcp", &[("mcp-session-id", &listening)], "");
    assert_eq!(stream.head().status, 200);
    thread::sleep(Duration::from_secs(3));
    argocd.open();
    assert!(answer(&mut running, 1).1.contains("app-of-agent"));
    assert_eq!((of(&calling), of(&listening)), (200, 200));
    drop(stream);
    thread::sleep(Duration::from_secs(3));
    assert_eq!((of(&calling), of(&listening)), (404, 404));
}

#[test]
fn the_end_of_a_session_ends_its_calls_and_streams() {
    let argocd = upstream::hanging();
    let server = Serving::of(&argocd.url, &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let (mut running, last) = begin(&server, &headers, 1);
    wait_for("the call reaches Argo CD", || upstream::lists(&argocd) == 1);
    assert_eq!(server.send("DELETE", "/mcp", &headers, "").status, 200);
    wait_for("its request is given up", || argocd.hung_up() == 1);
    while event(&mut running).is_some() {}
    let gone = server.send("GET", "/mcp", &[headers[0], ("last-event-id", &last)], "");
    assert_eq!(gone.status, 404);
}

#[test]
fn only_versions_that_know_them_get_events_without_data() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &[]);
    for (version, primes) in [("2024-11-05", false), ("2025-03-26", false), ("2025-06-18", false), ("2025-11-25", true)]
    {
        let begun = server.post(&[], &initialize(version));
        let session = begun.header("mcp-session-id").unwrap();
        let called = server.post(&[("mcp-session-id", session)], &call(1, "list_applications", json!({})));
        let empty = |body: &str| body.lines().any(|line| line.trim_end() == "data:");
        assert!(called.body.contains("app-of-agent"), "{}", called.body);
        assert_eq!(empty(&called.body), primes, "{version}: {}", called.body);
        assert!(!empty(&begun.body), "{version}: {}", begun.body);
        let mut stream = server.connect();
        stream.begin("GET", "/mcp", &[("mcp-session-id", session)], "");
        assert_eq!(stream.head().status, 200);
        assert!(!primes || event(&mut stream).is_some_and(|(id, data)| (id, data) == ("0".to_owned(), String::new())));
        assert_eq!(server.send("DELETE", "/mcp", &[("mcp-session-id", session)], "").status, 200);
        assert_eq!(event(&mut stream), None, "{version}");
    }
}

#[test]
fn a_session_has_few_streams_that_listen() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let listen = || {
        let mut stream = server.connect();
        stream.begin("GET", "/mcp", &headers, "");
        assert_eq!(stream.head().status, 200);
        assert!(event(&mut stream).is_some());
        stream
    };
    let mut streams: Vec<Connection> = (0..5).map(|_| listen()).collect();
    assert_eq!(event(&mut streams[0]), None, "the oldest ends");
    assert_eq!(server.send("DELETE", "/mcp", &headers, "").status, 200);
    streams[1..].iter_mut().for_each(|stream| assert_eq!(event(stream), None));
}

#[test]
fn what_is_kept_has_a_bound_for_all_sessions_of_a_caller() {
    let argocd = upstream::large();
    let server = Serving::of(&argocd.url, &[]);
    let list = call(1, "list_applications", json!({ "output": "raw", "maxBytes": 400_000 }));
    let mut size = 0;
    let mut ask = || {
        let session = server.session();
        let answered = server.post(&[("mcp-session-id", &session)], &list);
        size += answered.body.len();
        let first = answered.body.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
        (session, first, size)
    };
    let again = |(session, first, _): &(String, String, usize)| {
        answer(&mut resume(&server, &[("mcp-session-id", session)], first), 1).1
    };
    let oldest = ask();
    assert!(again(&oldest).contains("app-1"));
    let newest = (0..1000).map(|_| ask()).find(|(.., size)| *size > 20 << 20).unwrap();
    assert!(again(&oldest).contains("The answer was given up"));
    assert!(again(&newest).contains("app-1"));
}
