//! What Argo CD, or something in its place, answers instead of what was asked for.

use std::time::Duration;

use serde_json::json;

use crate::{
    harness::{app, call, call_app, text},
    http::{self, Server, Step, answer, head},
};

const DENIED: &str = r#"{"error":"permission denied","code":7,"message":"permission denied"}"#;

#[test]
fn every_kind_of_refusal_is_an_error_that_says_what_happened() {
    let grpc = |message: &str, code: u16| format!(r#"{{"error":"{message}","code":{code},"message":"{message}"}}"#);
    let cases: Vec<(&str, u16, &str, String)> = vec![
        ("unary error", 400, "application/json", grpc("application spec is invalid", 3)),
        (
            "stream error",
            403,
            "application/json",
            r#"{"error":{"grpc_code":7,"http_code":403,"message":"denied in a stream","http_status":"Forbidden"}}"#
                .into(),
        ),
        ("marshalling failed", 500, "application/json", r#"{"error":"failed to marshal error message"}"#.into()),
        ("conflict", 409, "application/json", grpc("the object has been modified", 10)),
        ("content type", 415, "text/plain", "Invalid content type".into()),
        ("no such route", 404, "text/plain; charset=utf-8", "Not Found\n".into()),
        ("proxy's own 404", 404, "text/html", "<html><head><title>404 Not Found</title></head></html>".into()),
        ("login page", 401, "text/html", "<!DOCTYPE html><title>Sign in</title>".into()),
        ("no body", 500, "text/plain", String::new()),
        ("gateway", 504, "text/plain", "upstream request timeout".into()),
        (
            "web page instead of JSON",
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Argo CD</title></head></html>".into(),
        ),
        ("web page that claims to be JSON", 200, "application/json", "  <html></html>".into()),
        ("empty answer", 200, "application/json", String::new()),
        ("cut JSON", 200, "application/json", r#"{"metadata":{"name":"sh"#.into()),
        ("null", 200, "application/json", "null".into()),
        ("a list", 200, "application/json", "[]".into()),
        ("a number", 200, "application/json", "5".into()),
        ("another server's object", 200, "application/json", r#"{"status":"UP"}"#.into()),
        ("an error that says 200", 200, "application/json", r#"{"error":{"message":"it broke\u001b[2J"}}"#.into()),
        ("not modified", 304, "application/json", String::new()),
        ("not JSON", 200, "application/json", "nope".into()),
    ];
    let mut seen = vec![];
    for (name, status, content_type, body) in cases {
        let server = Server::answering(status, content_type, &body);
        let mut app = app(&server.url, "agent");
        app.patience = Duration::from_secs(5);
        for tool in ["get_application", "list_applications"] {
            let arguments = if tool == "get_application" {
                json!({ "applicationName": "shop", "project": "x" })
            } else {
                json!({})
            };
            let answer = text(call_app(&app, tool, arguments)).replace(&server.url, "http://argocd");
            assert!(answer.starts_with("[error: "), "{name}: {answer}");
            seen.push(format!("## {name}, {tool}\n{answer}"));
        }
    }
    crate::snapshots::check("client.refusals", &seen.join("\n\n"));
}

#[test]
fn a_bare_403_is_looked_into_even_when_that_fails_too() {
    let server = Server::answering(403, "application/json", DENIED);
    let refused = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    assert_eq!(
        refused,
        "[error: Forbidden]\nArgo CD answered 403: permission denied\nWhat is asked for does not exist, or the token's account lacks the right applications, get."
    );
    let lines: Vec<String> = server.requests().iter().map(http::Request::line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn a_bare_403_without_an_application_names_the_right() {
    let server = Server::answering(403, "application/json", DENIED);
    let refused = text(call(&server.url, "get_appproject", json!({ "projectName": "team" })));
    assert!(refused.ends_with("or the token's account lacks the right projects, get."), "{refused}");
}

#[test]
fn a_write_without_an_answer_may_have_been_done() {
    let timed_out = br#"{"error":"etcdserver: request timed out","code":2,"message":"etcdserver: request timed out"}"#;
    for steps in [
        vec![Step::Close],
        vec![Step::Hang],
        answer(504, "text/plain", b"upstream timeout"),
        answer(499, "application/json", br#"{"error":"context canceled","code":1,"message":"context canceled"}"#),
        answer(500, "application/json", timed_out),
        answer(500, "text/html", b"<html><title>Oops</title></html>"),
        answer(524, "text/html", b"<html><title>A timeout occurred</title></html>"),
        answer(200, "application/json", br#"{"error":"it broke"}"#),
    ] {
        let server = Server::start(move |request| match request.method.as_str() {
            "GET" => {
                http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "x" }, "status": {} }))
            }
            _ => steps.clone(),
        });
        let mut app = app(&server.url, "agent");
        app.patience = Duration::from_secs(2);
        for tool in ["sync_application", "create_application", "delete_application"] {
            let row = argocd_mcp::tools::table::ROWS.iter().find(|row| row.name == tool).unwrap();
            let before = server.requests().len();
            let refused = text(call_app(&app, tool, serde_json::from_str(row.example).unwrap()));
            assert!(
                refused.contains("\nArgo CD may have done it nevertheless: look with get_application"),
                "{refused}"
            );
            assert_eq!(server.requests().iter().skip(before).filter(|request| request.method != "GET").count(), 1);
        }
    }
    // The connection to the cluster was lost on the way back.
    let lost = json!({ "error": "Patch \"https://10.96.0.1/apis\": http2: client connection lost", "code": 2 });
    let server = Server::start(move |request| match request.method.as_str() {
        "GET" => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "x" }, "status": {} })),
        _ => http::json(500, &lost),
    });
    let refused = text(call(&server.url, "sync_application", json!({ "applicationName": "shop" })));
    assert!(refused.contains("may have done it nevertheless"), "{refused}");
    // What failed before the write was not done.
    let server = Server::answering(503, "text/plain", "upstream connect error");
    let arguments = json!({ "applicationName": "shop", "syncOptions": ["Replace=true"] });
    let refused = text(call(&server.url, "sync_application", arguments));
    assert!(!refused.contains("may have done it"), "{refused}");
    assert!(refused.contains("\nThe write was not sent to Argo CD: nothing was changed."), "{refused}");
}

#[test]
fn a_redirect_is_named_without_its_password() {
    let server = Server::start(|_| {
        vec![Step::Send(head(
            302,
            &[("location", "https://me:SECRET@sso.example.com/x?state=1"), ("content-length", "0")],
        ))]
    });
    let refused = text(call(&server.url, "list_applications", json!({})));
    assert!(refused.contains("redirect to …@sso.example.com/x, which") && !refused.contains("SECRET"), "{refused}");
}

#[test]
fn too_much_for_argo_cd_is_explained_and_not_repeated() {
    let server = Server::answering(
        429,
        "application/json",
        r#"{"error":"grpc: received message larger than max (1 vs. 2)","code":8,"message":"grpc: received message larger than max (1 vs. 2)"}"#,
    );
    let refused = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    assert_eq!(
        refused,
        "[error: TooLarge]\nArgo CD answered 429: grpc: received message larger than max (1 vs. 2)\nArgo CD answers so what is larger than 200 MiB: narrow it, a list by projects or a selector."
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn too_many_calls_are_told_apart_from_too_much() {
    for (kind, body, retry, said) in [
        ("application/json", r#"{"message":"slow"}"#, "7", "answered 429: slow\n"),
        ("text/html", "<html><title>Slow down</title></html>", "", "answered 429 with a web page (\"Slow down\")\n"),
    ] {
        let length = body.len().to_string();
        let mut sent = head(429, &[("content-type", kind), ("content-length", &length), ("retry-after", retry)]);
        sent.extend_from_slice(body.as_bytes());
        let server = Server::start(move |_| vec![Step::Send(sent.clone())]);
        let when = if retry.is_empty() { "later" } else { "after 7 s" };
        let hint = format!("Too many calls are made to it, or to a proxy in front of it: try again {when}.");
        for tool in ["get_application", "sync_application"] {
            let refused = text(call(&server.url, tool, json!({ "applicationName": "shop" })));
            assert_eq!(refused, format!("[error: Busy]\nArgo CD at {} {said}{hint}", server.url));
        }
        assert_eq!(server.requests().len(), 2, "more calls do not help");
    }
}

#[test]
fn redirects_are_refused_and_named() {
    let elsewhere = Server::answering(200, "application/json", "{}");
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/login?token=x", elsewhere.url);
        let server =
            Server::start(move |_| vec![Step::Send(head(status, &[("location", &target), ("content-length", "0")]))]);
        let refused = text(call(&server.url, "list_applications", json!({})));
        assert!(refused.contains(&format!("redirect to {}/login, which is not followed", elsewhere.url)), "{refused}");
    }
    assert_eq!(elsewhere.requests().len(), 0, "nobody followed");
}

#[test]
fn argo_cds_own_namespace_need_not_be_argocd() {
    let places = [("openshift-gitops", "checkout"), ("team-b", "tenant")];
    let items = places.map(
        |(namespace, name)| json!({ "metadata": { "name": name, "namespace": namespace }, "spec": { "project": "p" } }),
    );
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        "/api/v1/settings" => http::json(200, &json!({ "controllerNamespace": "openshift-gitops" })),
        "/api/v1/applications" => http::json(200, &json!({ "items": items })),
        _ => answer(403, "application/json", DENIED.as_bytes()),
    });
    let ask = |name: &str| text(call(&server.url, "sync_application", json!({ "applicationName": name })));
    let right = "It needs the right applications, sync on p/";
    for (name, object) in [
        ("checkout", "checkout"),
        ("openshift-gitops/checkout", "checkout"),
        // An application elsewhere has its namespace in policies.
        ("team-b/tenant", "team-b/tenant"),
    ] {
        let said = ask(name);
        assert!(
            said.starts_with("[error: Forbidden]") && said.ends_with(&format!("{right}{object}.")),
            "{name}: {said}"
        );
    }
    let said = ask("tenant");
    assert!(said.contains("Call again with applicationName=\"team-b/tenant\"."), "{said}");
    assert!(ask("chekout").ends_with("Did you mean checkout?"));
}

#[test]
fn an_error_of_grpc_with_200_is_no_success() {
    let application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let server = Server::start(move |request| match request.method.as_str() {
        "GET" => http::json(200, &application),
        _ => http::json(200, &json!({ "code": 16, "message": "please sign in" })),
    });
    let patch = json!({ "applicationName": "scratch", "application": { "spec": { "project": "p" } } });
    for (tool, arguments) in [
        ("delete_application", json!({ "applicationName": "scratch" })),
        ("sync_application", json!({ "applicationName": "scratch" })),
        ("update_application", patch),
    ] {
        let said = text(call(&server.url, tool, arguments));
        assert!(said.starts_with("[error: ") && said.contains("please sign in"), "{tool}: {said}");
    }
}

#[test]
fn what_a_chart_says_is_not_taken_for_what_argo_cd_says_of_arguments() {
    for said in ["values region and tier are required", "json: cannot unmarshal string into Go value", "unexpected EOF"]
    {
        let message = format!(
            "application spec for shop is invalid: InvalidSpecError: Unable to generate manifests in c: rpc error: code = Unknown desc = execution error at (c/templates/d.yaml:1:3): {said}"
        );
        let server = Server::start(move |request| match request.method.as_str() {
            "GET" => {
                http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "x" }, "status": {} }))
            }
            _ => http::json(400, &json!({ "error": message, "message": message, "code": 3 })),
        });
        let arguments = json!({ "applicationName": "shop", "application": { "spec": { "project": "y" } } });
        let refused = text(call(&server.url, "update_application", arguments));
        assert!(refused.ends_with("validate=false writes the rest nevertheless."), "{refused}");
        assert!(!refused.contains("may have done it"), "{refused}");
    }
}
