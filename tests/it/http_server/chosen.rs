//! Base URLs that callers choose.

use serde_json::json;

use super::{client::Serving, messages::call, upstream};

#[test]
fn a_proxy_does_not_get_around_the_check_of_addresses() {
    let proxy = upstream::quick();
    let environment = [("HTTP_PROXY", proxy.url.as_str()), ("http_proxy", proxy.url.as_str()), ("NO_PROXY", "")];
    let flags = ["--stateless", "--public-url", "https://mcp.example.com"];
    let ask = |allowed: &str| {
        let server = Serving::http(&[&flags[..], &["--allowed-base-url", allowed]].concat(), &environment);
        let headers = [("x-argocd-base-url", "http://argocd.example.invalid"), ("x-argocd-api-token", "mine")];
        server.post(&headers, &call(1, "list_applications", json!({}))).message().to_string()
    };
    let guarded = ask("http://*.example.invalid");
    assert!(guarded.contains(r#""isError":true"#), "{guarded}");
    assert!(proxy.requests().is_empty(), "it would resolve the name itself");
    let written_out = ask("http://argocd.example.invalid");
    assert!(written_out.contains("app-of-mine"), "{written_out}");
}

#[test]
fn what_cannot_be_reached_is_said_to_come_from_the_caller() {
    let server = Serving::of("http://127.0.0.1:2", &["--stateless"]);
    let message = call(1, "list_applications", json!({}));
    let headers = [("x-argocd-base-url", "http://127.0.0.1:1"), ("x-argocd-api-token", "mine")];
    let chosen = server.post(&headers, &message).message().to_string();
    assert!(chosen.contains("x-argocd-base-url right") && !chosen.contains("ARGOCD_BASE_URL"), "{chosen}");
    let configured = server.post(&[], &message).message().to_string();
    assert!(configured.contains("Is ARGOCD_BASE_URL right"), "{configured}");
}

#[test]
fn what_a_caller_wanted_and_did_not_get_is_in_the_audit_line() {
    let server = Serving::of("http://127.0.0.1:2", &["--stateless", "--log-format", "json"]);
    let headers = [
        ("x-argocd-base-url", "http://me:hunter2@argocd.example.invalid"),
        ("x-argocd-api-token", "mine"),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    server.post(&headers, &call(1, "list_applications", json!({})));
    server.says("\"called\"");
    let log = server.log();
    assert!(log.contains("argocd.example.invalid") && !log.contains("hunter2"), "{log}");
}

#[test]
fn a_header_that_is_empty_chooses_nothing() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let message = call(1, "list_applications", json!({}));
    for header in ["x-argocd-base-url", "x-argocd-api-token"] {
        for value in ["", " "] {
            let answer = server.post(&[(header, value)], &message);
            assert_eq!(answer.status, 400, "{header}: {}", answer.body);
            assert!(answer.error().contains(&format!("the {header} header is there but empty")), "{}", answer.body);
        }
    }
    assert!(argocd.requests().is_empty());
}

#[test]
fn who_comes_through_a_proxy_chooses_nothing_of_this_machine() {
    let argocd = upstream::quick();
    let ask = |flags: &[&str], header: Option<&str>| {
        let server = Serving::of("http://127.0.0.1:2", &[&["--stateless"], flags].concat());
        let mut headers = vec![("x-argocd-base-url", argocd.url.as_str()), ("x-argocd-api-token", "mine")];
        headers.extend(header.map(|name| (name, "192.0.2.1")));
        server.post(&headers, &call(1, "list_applications", json!({}))).message().to_string()
    };
    assert!(ask(&[], None).contains("app-of-mine"), "a user of this machine");
    argocd.take_requests();
    for header in [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-server",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
        "x-envoy-external-address",
        "cf-connecting-ip",
        "true-client-ip",
        "fastly-client-ip",
    ] {
        let refused = ask(&[], Some(header));
        assert!(refused.contains(r#""isError":true"#), "{header}: {refused}");
    }
    let behind = ["--public-url", "https://mcp.example.com"];
    assert!(ask(&behind, None).contains(r#""isError":true"#), "behind a proxy that tells nothing");
    assert!(argocd.requests().is_empty());
}
