//! Calling Argo CD: each promise about requests and answers, through a real socket.

use std::time::{Duration, Instant};

use argocd_mcp::{
    argocd::{Session, Wire},
    error::{Error, Kind},
};
use serde_json::json;

use crate::{
    argocd::operations as all,
    harness::{app, block_on, call, call_app, client_has, instance, text},
    http::{self, Server, Step, answer, head},
};

fn session(base_url: &str, patience: Duration, writes: bool) -> Session {
    let instance = instance(base_url);
    Session::new(instance, patience, writes)
}

fn send(base_url: &str, operation: &'static argocd_mcp::argocd::Operation, wire: Wire) -> Result<bytes::Bytes, Error> {
    block_on(session(base_url, Duration::from_secs(20), operation.method != "GET").bytes(operation, wire))
}

fn wire(values: &[(&str, &str)]) -> Wire {
    let mut wire = Wire::default();
    values.iter().for_each(|(name, value)| wire.set(name, *value));
    wire
}

#[test]
fn a_base_path_is_kept() {
    let server = Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"}}"#);
    call(&format!("{}/argocd/", server.url), "get_application", json!({ "applicationName": "shop" })).unwrap();
    assert_eq!(server.requests()[0].line(), "GET /argocd/api/v1/applications/shop");
}

#[test]
fn the_headers_are_those_argo_cd_insists_on() {
    let server = Server::answering(200, "application/json", "{}");
    send(&server.url, &all::APPLICATION_SERVICE_LIST, Wire::default()).unwrap();
    send(&server.url, &all::APPLICATION_SERVICE_DELETE, wire(&[("name", "shop")])).unwrap();
    send(&server.url, &all::APPLICATION_SERVICE_TERMINATE_OPERATION, wire(&[("name", "shop")])).unwrap();
    send(&server.url, &all::CLUSTER_SERVICE_INVALIDATE_CACHE, wire(&[("id.value", "https://kubernetes.default.svc")]))
        .unwrap();
    send(&server.url, &all::APPLICATION_SERVICE_SYNC, wire(&[("name", "shop")])).unwrap();
    for request in server.requests() {
        let content_type = request.headers.get("content-type").map(String::as_str);
        assert_eq!(content_type, (request.method != "GET").then_some("application/json"), "{}", request.line());
        assert!(!request.headers.contains_key("api-version"));
        assert_eq!(request.headers["authorization"], "Bearer agent");
        assert!(request.headers["user-agent"].starts_with("argocd-mcp/"));
        assert!(request.headers["accept-encoding"].contains("gzip"));
    }
    let lines: Vec<String> = server.requests().iter().map(http::Request::line).collect();
    assert_eq!(lines[3], "POST /api/v1/clusters/https%3A%2F%2Fkubernetes.default.svc/invalidate-cache");
}

#[test]
fn empty_parameters_are_left_out_but_for_those_the_server_wants() {
    let server = Server::answering(200, "application/json", "{}");
    let mut list = wire(&[("refresh", ""), ("repo", "")]);
    list.set("projects", json!([]));
    send(&server.url, &all::APPLICATION_SERVICE_LIST, list).unwrap();
    send(
        &server.url,
        &all::APPLICATION_SERVICE_GET_RESOURCE,
        wire(&[("name", "shop"), ("resourceName", "web"), ("kind", "Service"), ("namespace", "")]),
    )
    .unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].line(), "GET /api/v1/applications");
    assert_eq!(
        requests[1].line(),
        "GET /api/v1/applications/shop/resource?group=&kind=Service&resourceName=web&version="
    );
}

#[test]
fn numbers_are_numbers_in_the_query() {
    let server = Server::answering(200, "application/json", "");
    let mut logs = wire(&[("name", "shop")]);
    logs.set("tailLines", 100);
    logs.set("follow", false);
    send(&server.url, &all::APPLICATION_SERVICE_POD_LOGS2, logs).unwrap();
    assert_eq!(server.requests()[0].line(), "GET /api/v1/applications/shop/logs?follow=false&tailLines=100");
}

#[test]
fn a_value_the_operation_does_not_know_is_a_mistake_here() {
    let server = Server::answering(200, "application/json", "{}");
    let error = send(&server.url, &all::APPLICATION_SERVICE_LIST, wire(&[("search", "x")])).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Internal, "the operation does not take search"));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn reads_are_repeated_when_a_proxy_says_so_writes_never() {
    let flaky = |good: &'static str| {
        let tries = std::sync::atomic::AtomicUsize::new(0);
        Server::start(move |_| match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => answer(503, "text/plain", b"no healthy upstream"),
            1 => answer(502, "text/html", b"<html>bad gateway</html>"),
            _ => answer(200, "application/json", good.as_bytes()),
        })
    };
    let server = flaky(r#"{"metadata":{"name":"shop"}}"#);
    call(&server.url, "get_application", json!({ "applicationName": "shop" })).unwrap();
    assert_eq!(server.requests().len(), 3);
    let server = flaky("{}");
    assert!(send(&server.url, &all::APPLICATION_SERVICE_DELETE, wire(&[("name", "shop")])).is_err());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_connection_that_is_refused_is_tried_three_times_and_named() {
    // Where nobody listens.
    let port = 1;
    let refused = text(call(&format!("http://127.0.0.1:{port}"), "list_applications", json!({})));
    assert!(
        refused.starts_with(&format!("[error: Unreachable]\nArgo CD at http://127.0.0.1:{port} cannot be reached: ")),
        "{refused}"
    );
}

#[test]
fn the_deadline_ends_a_call_wherever_it_hangs() {
    let hangs: [Vec<Step>; 3] = [
        vec![Step::Hang],
        vec![Step::Send(head(200, &[("content-type", "application/json"), ("content-length", "100")])), Step::Hang],
        vec![
            Step::Send(
                [
                    head(200, &[("content-type", "application/json"), ("content-length", "100")]),
                    b"{\"items\":[".to_vec(),
                ]
                .concat(),
            ),
            Step::Hang,
        ],
    ];
    for steps in hangs {
        let server = Server::start(move |_| steps.clone());
        let mut app = app(&server.url, "agent");
        app.patience = Duration::from_millis(600);
        let started = Instant::now();
        let refused = text(call_app(&app, "get_application", json!({ "applicationName": "shop" })));
        assert!(refused.starts_with("[error: Timeout]") && refused.contains("did not answer in time"), "{refused}");
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(server.hung_up(), 1, "the connection is closed");
    }
}

#[test]
fn an_endless_answer_ends_at_the_cap() {
    let server = Server::start(|_| {
        let chunk = vec![b' '; 1 << 20];
        let mut steps = vec![Step::Send(head(200, &[("content-type", "application/json")]))];
        steps.extend(std::iter::repeat_n(Step::Send(chunk), 64));
        steps
    });
    let refused = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    assert!(refused.starts_with("[error: TooLarge]\nArgo CD's answer is larger than 8 MiB"), "{refused}");
}

#[test]
fn the_release_is_asked_once_by_calls_at_the_same_time() {
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "nobody knows" })),
        _ => http::json(200, &json!({ "items": null })),
    });
    let session = session(&server.url, Duration::from_secs(20), false);
    let releases = block_on(async {
        let asked = (0..8).map(|_| session.release());
        futures_util::future::join_all(asked).await
    });
    assert!(releases.iter().all(|release| matches!(release, Ok(None))), "{releases:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_token_copied_with_its_scheme_is_sent_once() {
    let server = Server::answering(200, "application/json", r#"{"items":null}"#);
    call_app(&app(&server.url, " Bearer agent\n"), "list_applications", json!({})).unwrap();
    assert!(server.requests().iter().all(|request| request.token() == "agent"));
}

#[test]
fn a_server_that_is_too_old_for_an_argument_is_told_before_the_call() {
    if !client_has("2.11") {
        return;
    }
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v2.10.3" })),
        _ => http::json(200, &json!({})),
    });
    let arguments = json!({ "applicationName": "shop", "revisions": ["main"], "sourcePositions": [1] });
    let refused = text(call(&server.url, "sync_application", arguments));
    assert_eq!(refused, "[error: Refused]\n`revisions` of sync_application needs Argo CD 2.11, this is v2.10.3");
    assert_eq!(server.requests().len(), 1);
}
