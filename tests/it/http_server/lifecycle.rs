//! Operations: probes, metrics, audit lines, the end, replicas, and a long run.

use std::{fs, thread};

use serde_json::{Value, json};

use super::{
    client::{Connection, Serving, free_port, wait_for},
    messages::{borrowed, call, initialize, modern},
    upstream::{self, Gated},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

/// A number of `proc(5)`.
pub fn status(server: &Serving, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn metrics_are_for_operators() {
    let argocd = upstream::quick();
    let ops = free_port();
    let server = Serving::of(&argocd.url, &["--ops-address", &format!("127.0.0.1:{ops}")]);
    let session = server.session();
    server.post(&[("mcp-session-id", &session)], &call(1, "list_applications", json!({})));
    server.post(&[("mcp-session-id", &session)], &call(2, "get_application", json!({ "applicationName": ".." })));
    server.post(&[("mcp-session-id", &session)], &call(3, "no_such_tool", json!({})));
    server.send("POST", "/mcp", &[("host", "evil.example")], "{}");
    for path in ["/healthz", "/readyz"] {
        let answer = Connection::to(ops).send("GET", path, &[("host", "10.1.2.3:9090")], "");
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
        assert_eq!(
            server.send("GET", path, &[("host", "10.1.2.3:3000")], "").status,
            200,
            "kubelet calls the pod's address"
        );
    }
    let page = Connection::to(ops).send("GET", "/metrics", &[], "");
    for line in [
        r#"argocd_mcp_calls_total{tool="list_applications",outcome="ok"} 1"#,
        r#"argocd_mcp_calls_total{tool="get_application",outcome="arguments"} 1"#,
        r#"argocd_mcp_calls_total{tool="unknown",outcome="not_found"} 1"#,
        r#"argocd_mcp_call_seconds_count{tool="list_applications"} 1"#,
        r#"argocd_mcp_upstream_requests_total{operation="application_service_list",status="200"} 1"#,
        "argocd_mcp_sessions 1",
        "argocd_mcp_calls_in_flight 0",
        r#"argocd_mcp_rejected_total{reason="host"} 1"#,
    ] {
        assert!(page.body.contains(line), "{line} is not in\n{}", page.body);
    }
    assert_eq!(Connection::to(ops).post(&[], &initialize("2025-11-25")).status, 404, "no MCP here");
    assert_eq!(server.send("GET", "/metrics", &[], "").status, 404, "without authentication");
    let secret = "0123456789abcdef-inbound";
    let server = Serving::http(&[], &[("MCP_AUTH_TOKEN", secret)]);
    assert_eq!(server.send("GET", "/metrics", &[], "").status, 401);
    let shown = server.send("GET", "/metrics", &[("authorization", &format!("Bearer {secret}"))], "");
    assert!(shown.status == 200 && shown.body.contains("argocd_mcp_build_info"), "{}", shown.body);
}

#[test]
fn an_upstream_makes_no_labels() {
    let argocd = crate::http::Server::answering(799, "application/json", "{}");
    let ops = free_port();
    let server = Serving::of(&argocd.url, &["--stateless", "--ops-address", &format!("127.0.0.1:{ops}")]);
    server.post(&[], &call(1, "get_application", json!({ "applicationName": "checkout" })));
    let page = Connection::to(ops).send("GET", "/metrics", &[], "").body;
    assert!(page.contains(r#"status="7xx""#) && !page.contains(r#"="799""#), "{page}");
}

#[test]
fn calls_in_flight_are_answered_before_the_end() {
    for flags in [&[][..], &["--stateless"], &["--stateless", "--json-response"]] {
        let argocd = Gated::start();
        let mut server = Serving::of(&argocd.server.url, flags);
        let session = flags.is_empty().then(|| server.session());
        let headers: Vec<_> = session.iter().map(|id| ("mcp-session-id", id.as_str())).chain([JSON, BOTH]).collect();
        let mut standalone = server.connect();
        if session.is_some() {
            standalone.begin("GET", "/mcp", &headers, "");
            standalone.head();
        }
        let mut calls: Vec<Connection> = (1..=20)
            .map(|id| {
                let mut connection = server.connect();
                connection.begin("POST", "/mcp", &headers, &call(id, "list_applications", json!({})).to_string());
                connection
            })
            .collect();
        wait_for("all calls reach Argo CD", || argocd.arrived() == 20);
        server.terminate();
        wait_for("it is not ready any more", || server.send("GET", "/readyz", &[], "").status == 503);
        assert_eq!(server.send("GET", "/healthz", &[], "").status, 200, "but alive");
        let late = server.post(&headers[..headers.len() - 2], &call(99, "list_applications", json!({})));
        assert_eq!(
            (late.status, late.header("retry-after"), late.header("connection")),
            (503, Some("1"), Some("close"))
        );
        argocd.open();
        for connection in &mut calls {
            let answer = connection.answer();
            assert!(answer.body.contains("app-of-agent"), "{answer:?}\n{}", server.log());
        }
        assert!(server.wait().success(), "{}", server.log());
        if session.is_some() {
            assert!(standalone.is_closed());
        }
    }
}

#[test]
fn what_does_not_end_within_the_grace_is_told_so() {
    let argocd = upstream::hanging();
    for flags in [&["--shutdown-grace", "1"][..], &["--shutdown-grace", "1", "--stateless"]] {
        let mut server = Serving::of(&argocd.url, flags);
        let session = (flags.len() == 2).then(|| server.session());
        let headers: Vec<_> = session.iter().map(|id| ("mcp-session-id", id.as_str())).chain([JSON, BOTH]).collect();
        let seen = upstream::lists(&argocd);
        let mut connection = server.connect();
        connection.begin("POST", "/mcp", &headers, &call(1, "list_applications", json!({})).to_string());
        wait_for("the call reaches Argo CD", || upstream::lists(&argocd) > seen);
        server.terminate();
        let answer = connection.answer();
        assert!(answer.body.contains("the server is shutting down"), "{answer:?}");
        assert!(server.wait().success());
    }
}

#[test]
fn any_replica_answers_any_request() {
    let argocd = upstream::quick();
    let mut replicas = [Serving::of(&argocd.url, &["--stateless"]), Serving::of(&argocd.url, &["--stateless"])];
    for index in 0..20_u32 {
        let server = &replicas[index as usize % 2];
        let (headers, sessionless) =
            modern(index, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
        for answer in [
            server.post(&[], &call(index, "list_applications", json!({}))),
            server.post(&borrowed(&headers), &sessionless),
        ] {
            assert_eq!(answer.message()["id"], index);
            assert!(answer.body.contains("app-of-agent"), "{}", answer.body);
        }
    }
    replicas[0].terminate();
    assert!(replicas[0].wait().success());
    assert_eq!(replicas[1].post(&[], &call(1, "list_applications", json!({}))).status, 200);
}

#[test]
fn one_audit_line_a_call_denials_included() {
    let argocd = upstream::quick();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let secret = "0123456789abcdef-inbound";
    let environment =
        [("MCP_AUTH_TOKEN", secret), ("ARGOCD_BASE_URL", argocd.url.as_str()), ("ARGOCD_API_TOKEN", "agent")];
    let mut server = Serving::http(
        &[
            "--stateless",
            "--read-only",
            "--log-level",
            "argocd_mcp::transport=info",
            "--audit-log",
            path.to_str().unwrap(),
        ],
        &environment,
    );
    let bearer = format!("Bearer {secret}");
    let ask = |headers: &[(&str, &str)], message: &Value| {
        server.post(&[&[("authorization", bearer.as_str())], headers].concat(), message)
    };
    ask(&[], &call(1, "list_applications", json!({ "search": "PRIVATE-WORD" })));
    ask(
        &[("x-argocd-api-token", "another-credential")],
        &call(2, "get_application", json!({ "applicationName": "checkout" })),
    );
    ask(&[], &call(3, "sync_application", json!({ "applicationName": "checkout", "revision": "PRIVATE-WORD" })));
    ask(&[], &call(4, "no_such_tool", json!({})));
    server.post(&[("authorization", "Bearer guess-guess-guess")], &call(5, "list_applications", json!({})));
    let (headers, message) = modern(6, "tools/call", json!({ "name": "list_clusters", "arguments": {} }));
    let without_name: Vec<_> = borrowed(&headers).into_iter().filter(|(name, _)| *name != "mcp-name").collect();
    assert_eq!(ask(&without_name, &message).status, 400);
    server.terminate();
    assert!(server.wait().success());
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6, "{text}");
    let field = |index: usize, name: &str| {
        let line: &Value = &lines[index];
        let value = if line["fields"][name].is_null() { &line["span"][name] } else { &line["fields"][name] };
        value.as_str().unwrap_or_default().to_owned()
    };
    let read = |index| ["tool", "effect", "outcome", "application", "instance"].map(|name| field(index, name));
    assert_eq!(read(0), ["list_applications", "Read", "ok", "", &argocd.url]);
    assert_eq!(read(1)[..4], ["get_application", "Read", "ok", "checkout"].map(str::to_owned)[..]);
    assert_eq!(read(2)[..3], ["sync_application", "Write", "policy"].map(str::to_owned)[..], "{}", lines[2]);
    assert_eq!([field(3, "tool"), field(3, "outcome")], ["no_such_tool", "not_found"]);
    assert_eq!([field(4, "outcome"), field(4, "reason")], ["denied", "unauthorized"]);
    assert_eq!([field(5, "outcome"), field(5, "reason")], ["denied", "protocol"]);
    assert!(lines[..3].iter().all(|line| line["fields"]["milliseconds"].is_u64()));
    // Who showed the same credentials is the same caller; nobody reads which.
    assert_eq!(field(0, "caller"), field(2, "caller"));
    assert_ne!(field(0, "caller"), field(1, "caller"));
    for word in ["PRIVATE-WORD", secret, "another-credential", "guess-guess"] {
        assert!(!text.contains(word) && !server.log().contains(word), "{word}");
    }
    assert!(!server.log().contains("audit"), "not in the log as well");
}

#[test]
fn an_audit_line_says_whom_a_call_is_about() {
    let argocd = upstream::quick();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let server = Serving::of(&argocd.url, &["--stateless", "--read-only", "--audit-log", path.to_str().unwrap()]);
    let named = |name: &str, namespace: Value| json!({ "applicationName": name, "applicationNamespace": namespace });
    let application = json!({ "application": { "metadata": { "name": "new", "namespace": "argocd" } } });
    let long = "x".repeat(5000);
    let written = || fs::read_to_string(&path).unwrap_or_default();
    let lines = || written().matches('\n').count();
    for (tool, arguments, outcome, target) in [
        ("get_application", named("checkout", Value::Null), "ok", ("application", "checkout")),
        ("get_application", named("checkout", json!("team-a")), "ok", ("application", "team-a/checkout")),
        ("get_application", named("team-b/checkout", Value::Null), "ok", ("application", "team-b/checkout")),
        ("get_application", json!({ "applicationName": "a", "nonsense": 1 }), "arguments", ("application", "a")),
        ("get_application", named(&long, Value::Null), "ok", ("application", "xxx")),
        ("get_appproject", json!({ "project": "team-a" }), "ok", ("project", "team-a")),
        ("create_application", application, "policy", ("application", "argocd/new")),
        ("delete_application", named("checkout", json!("team-a")), "policy", ("application", "team-a/checkout")),
        ("no_such_tool", json!({}), "not_found", ("application", "")),
    ] {
        let before = lines();
        server.post(&[], &call(1, tool, arguments));
        wait_for("the line is written", || lines() > before);
        let line: Value = serde_json::from_str(written().lines().last().unwrap()).unwrap();
        let field = |name: &str| [&line["fields"][name], &line["span"][name]].into_iter().find(|it| !it.is_null());
        let text = |name: &str| field(name).and_then(Value::as_str).unwrap_or_default();
        assert_eq!((text("tool"), text("outcome")), (tool, outcome), "{line}");
        assert!(text(target.0).starts_with(target.1) && text(target.0).chars().count() < 600, "{line}");
        assert!(
            long.starts_with(text(target.0)) || text(target.0).ends_with('…') || text(target.0) == target.1,
            "{line}"
        );
        assert!(tool == "no_such_tool" || text("instance") == argocd.url, "{line}");
        assert!(line["fields"]["milliseconds"].is_u64() && field("effect").is_some() && field("caller").is_some());
    }
    server.post(&[], &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": 5 } }));
    wait_for("its line is written", || lines() == 10);
    let text = written();
    assert!(text.lines().last().unwrap().contains(r#""outcome":"arguments""#), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_mixed_calls_leave_nothing_behind() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--log-level", "argocd_mcp::transport=info"]);
    let descriptors = || fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count();
    let round = |calls: u32| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let session = server.session();
                    let mut connection = server.connect();
                    for index in 1..=calls / 4 {
                        let in_session = [("mcp-session-id", session.as_str())];
                        let (headers, sessionless) =
                            modern(index, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
                        let answer = match index % 5 {
                            0 => connection.post(&borrowed(&headers), &sessionless),
                            1 => connection
                                .post(&in_session, &call(index, "list_applications", json!({ "output": "json" }))),
                            2 => connection
                                .post(&in_session, &call(index, "get_application", json!({ "applicationName": "x" }))),
                            3 => connection
                                .post(&in_session, &json!({ "jsonrpc": "2.0", "id": index, "method": "tools/list" })),
                            _ => connection
                                .post(&in_session, &call(index, "list_applications", json!({ "limit": "many" }))),
                        };
                        assert_eq!(answer.message()["id"], index, "{answer:?}");
                    }
                    assert_eq!(connection.send("DELETE", "/mcp", &[("mcp-session-id", &session)], "").status, 200);
                });
            }
        });
    };
    round(2_000);
    let (resident, open) = (status(&server, "VmRSS:"), descriptors());
    round(8_000);
    let grown = status(&server, "VmRSS:").saturating_sub(resident);
    println!("{resident} KiB resident after 2,000 calls, {grown} KiB more after 8,000 further ones");
    assert!(grown < 4 << 10, "{grown} KiB more");
    wait_for("all connections are closed", || descriptors() <= open + 2);
}
