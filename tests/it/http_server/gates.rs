//! The gates: who may come in, one test for each promise.

use serde_json::json;

use super::{
    client::Serving,
    messages::{call, initialize},
    upstream,
};
use crate::stdio_client::run;

const JSON: (&str, &str) = ("content-type", "application/json");
const SECRET: &str = "0123456789abcdef-inbound";

#[test]
fn a_wrong_host_is_named_together_with_the_flag() {
    let server =
        Serving::of("http://127.0.0.1:1", &["--allowed-host-header", "mcp.example.com,other.example.com:8443"]);
    for path in ["/mcp", "/metrics"] {
        let answer = server.send("POST", path, &[JSON, ("host", "evil.example:80")], "{}");
        assert_eq!(answer.status, 403, "{path}");
        let error = answer.error();
        assert!(
            error.starts_with("Invalid Host: evil.example:80") && error.contains("--allowed-host-header"),
            "{error}"
        );
    }
    let status = |host: &str| server.post(&[("host", host)], &initialize("2025-11-25")).status;
    for host in [
        "localhost",
        "LOCALHOST:1",
        "localhost:",
        "127.0.0.1:99",
        "[::1]:3000",
        "mcp.example.com",
        "mcp.example.com:443",
        "other.example.com:8443",
    ] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in
        ["other.example.com", "mcp.example.com.evil.example", "127.0.0.1.evil.example", "evil@localhost", "0.0.0.0"]
    {
        assert_eq!(status(host), 403, "{host}");
    }
    let absolute = server.send("POST", "http://evil.example/mcp", &[JSON, ("host", "localhost")], "{}");
    assert_eq!(absolute.status, 400, "the target and Host differ");
    let twice = server.send("POST", "/mcp", &[JSON, ("host", "localhost"), ("host", "evil.example")], "{}");
    assert_eq!(twice.status, 400);
}

#[test]
fn an_origin_must_be_allowed_and_need_not_be_there() {
    let flags = [
        "--allowed-origin",
        "https://app.example.com",
        "--allowed-origin",
        "http://dev.example.com:*",
        "--public-url",
        "https://mcp.example.com/argocd",
    ];
    let server = Serving::of("http://127.0.0.1:1", &flags);
    let status = |origin: &str| server.post(&[("origin", origin)], &initialize("2025-11-25")).status;
    for origin in [
        "https://app.example.com",
        "https://app.example.com:443",
        "http://dev.example.com:5173",
        "http://localhost:6274",
        "https://mcp.example.com",
    ] {
        assert_eq!(status(origin), 200, "{origin}");
    }
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "null",
        "",
        "file://",
        "https://localhost",
    ] {
        assert_eq!(status(origin), 403, "{origin}");
    }
    let evil = server.post(&[("origin", "https://evil.example")], &initialize("2025-11-25"));
    assert!(
        evil.error().starts_with("Invalid Origin: https://evil.example") && evil.error().contains("--allowed-origin")
    );
    assert_eq!(evil.header("access-control-allow-origin"), None);
    // The public URL's path reaches MCP whether or not the ingress takes it off.
    let prefixed =
        server.send("POST", "/argocd/mcp", &[JSON, ("host", "mcp.example.com")], &initialize("2025-11-25").to_string());
    assert_eq!(prefixed.status, 200);
}

#[test]
fn options_are_answered_before_authentication_for_allowed_origins() {
    let server = Serving::http(&["--allowed-origin", "https://app.example.com,"], &[("MCP_AUTH_TOKEN", SECRET)]);
    let ask = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,mcp-session-id,x-argocd-api-token"),
        ];
        server.send("OPTIONS", "/mcp", &headers, "")
    };
    let answer = ask("https://app.example.com");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.example.com")));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("x-argocd-api-token"));
    assert_eq!(ask("https://evil.example").status, 403);
    // A page can read why it was refused.
    let refused = server.post(&[("origin", "https://app.example.com")], &initialize("2025-11-25"));
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some("https://app.example.com")));
}

#[test]
fn gates_come_in_their_order() {
    let argocd = upstream::Gated::start();
    let flags =
        ["--stateless", "--max-concurrency", "1", "--max-body", "8192", "--allowed-origin", "https://app.example.com"];
    let server = Serving::http(&flags, &[("MCP_AUTH_TOKEN", SECRET), ("ARGOCD_BASE_URL", &argocd.server.url)]);
    let bearer = format!("Bearer {SECRET}");
    let mut running = server.connect();
    let headers = [JSON, ("authorization", bearer.as_str()), ("x-argocd-api-token", "agent")];
    running.begin("POST", "/mcp", &headers, &call(1, "list_applications", json!({})).to_string());
    super::client::wait_for("the only place is taken", || argocd.arrived() == 1);

    // Wrong in every way; what the first gate finds wrong is mended before the next attempt.
    let body = "[".repeat(10_000);
    let mut headers = vec![JSON, ("host", "evil.example"), ("origin", "https://evil.example")];
    let post = |headers: &[(&str, &str)], body: &str| {
        let answer = server.send("POST", "/mcp", headers, body);
        (answer.status, answer.error())
    };
    let (status, error) = post(&headers, &body);
    assert!(status == 403 && error.starts_with("Invalid Host"), "{error}");
    headers[1] = ("host", "localhost");
    let (status, error) = post(&headers, &body);
    assert!(status == 403 && error.starts_with("Invalid Origin"), "{error}");
    headers[2] = ("origin", "https://app.example.com");
    let asked = [("host", "localhost"), headers[2], ("access-control-request-method", "POST")];
    assert_eq!(server.send("OPTIONS", "/mcp", &asked, "").status, 200);
    assert_eq!(post(&headers, &body).0, 401);
    headers.push(("authorization", &bearer));
    // A short one is read, as it may be a cancellation; what is none gets no further.
    for body in [&body, "{", &call(2, "list_applications", json!({})).to_string()] {
        assert_eq!(post(&headers, body).0, 429, "{body:.20}");
    }
    argocd.open();
    assert_eq!(running.answer().status, 200);
    assert_eq!(post(&headers, &body).0, 413);
    let body = "{";
    let (status, error) = post(&headers, body);
    assert!(status == 400 && error.starts_with("x-argocd-api-token must be provided"), "{error}");
    headers.push(("x-argocd-api-token", "agent"));
    let answer = server.send("POST", "/mcp", &headers, body);
    assert_eq!((answer.status, &answer.message()["error"]["code"]), (400, &json!(-32700)));
}

#[test]
fn callers_show_a_bearer_token_that_goes_no_further() {
    let argocd = upstream::quick();
    let environment = [("MCP_AUTH_TOKEN", SECRET), ("ARGOCD_BASE_URL", &argocd.url), ("ARGOCD_API_TOKEN", "agent")];
    let server = Serving::http(&["--stateless"], &environment);
    let message = call(1, "list_applications", json!({}));
    let almost = &SECRET[..SECRET.len() - 1];
    for header in [
        None,
        Some(String::new()),
        Some("Bearer".into()),
        Some(format!("Bearer {almost}")),
        Some(format!("Bearer {SECRET}x")),
        Some(format!("Basic {SECRET}")),
        Some(SECRET.to_owned()),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = server.post(&headers, &message);
        assert_eq!(answer.status, 401, "{header:?}");
        assert!(answer.error().contains("bearer token"), "{}", answer.body);
        let shown = header.is_some_and(|value| value.starts_with("Bearer "));
        let challenge = if shown { r#"Bearer error="invalid_token""# } else { "Bearer" };
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
    }
    assert!(argocd.requests().is_empty());
    let good = format!("bearer {SECRET}");
    let answer = server.post(&[("authorization", &good), ("cookie", "session=1")], &message);
    assert_eq!(answer.status, 200, "{}", answer.body);
    for request in argocd.requests() {
        assert_eq!(request.token(), "agent");
        assert!(!format!("{request:?}").contains(SECRET) && !request.headers.contains_key("cookie"));
    }
    assert!(!server.log().contains(SECRET) && !server.log().contains(almost));
}

#[test]
fn a_file_holds_several_tokens_and_is_read_again() {
    let (server, folder) = Serving::with_callers("http", "http://127.0.0.1:1");
    let path = folder.path().join("tokens");
    let status =
        |token: &str| server.post(&[("authorization", &format!("Bearer {token}"))], &initialize("2025-11-25")).status;
    assert_eq!(
        (status("first-token-0123456789"), status("second-token-0123456789"), status("third-token-0123456789")),
        (200, 200, 401)
    );
    std::fs::write(&path, "third-token-0123456789\n").unwrap();
    super::client::wait_for("the new token counts", || status("third-token-0123456789") == 200);
    assert_eq!(status("first-token-0123456789"), 401);
    std::fs::write(&path, "short\n").unwrap();
    super::client::wait_for("the mistake is told", || {
        status("third-token-0123456789") == 200 && server.log().contains("the old caller tokens stay in force")
    });
}

#[test]
fn an_address_for_others_needs_authentication() {
    let refused = |flags: &[&str], environment: &[(&str, &str)]| {
        let (code, stdout, stderr) = run(&[&["http"], flags].concat(), environment);
        assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
        stderr
    };
    for address in ["0.0.0.0", "::", "192.0.2.1"] {
        let told = refused(&["--bind-address", address], &[]);
        assert!(told.starts_with(&format!("Refusing to bind to {address} without inbound authentication")), "{told}");
        assert!(
            ["MCP_AUTH_TOKEN", "127.0.0.1", "--allow-unauthenticated"].iter().all(|way| told.contains(way)),
            "{told}"
        );
    }
    assert!(refused(&[], &[("MCP_BIND_ADDRESS", "0.0.0.0")]).contains("Refusing to bind"));
    let (code, _, _) = run(&["sse", "--bind-address", "0.0.0.0"], &[]);
    assert_eq!(code, 64, "sse has the same gates");
    assert!(refused(&[], &[("MCP_AUTH_TOKEN", "")]).contains("MCP_AUTH_TOKEN is set but empty"));
    assert!(refused(&[], &[("MCP_AUTH_TOKEN", "fifteen-letters")]).contains("at least 16"));
    assert!(refused(&[], &[("MCP_AUTH_TOKEN", "sixteen letters or more")]).contains("space"));
    assert!(refused(&["--auth-token-file", "/nowhere/at/all"], &[]).contains("/nowhere/at/all"));
    assert!(refused(&["--auth-token-file", "/nowhere"], &[("MCP_AUTH_TOKEN", SECRET)]).contains("both set"));
    assert!(refused(&["--port", "0"], &[]).contains("expected an integer between 1 and 65535"));
    assert!(refused(&["--port", "65536"], &[]).contains("expected an integer between 1 and 65535"));
    let refuses = |flag, text| assert!(refused(&[flag, text], &[]).contains(&format!("{flag}: `{text}`")));
    ["app.example.com", "https://a:99999"].iter().for_each(|text| refuses("--allowed-origin", text));
    ["https://x", "a:99999"].iter().for_each(|text| refuses("--allowed-host-header", text));
    for (url, complaint) in [
        ("mcp.example.com", "`mcp.example.com` is not an http or https URL"),
        ("https://mcp.example.com/:tenant", "begins with `:` or `*`"),
        ("https://mcp.example.com/a/*rest/mcp", "begins with `:` or `*`"),
        ("https://mcp.example.com/mcp?tenant=a", "has a query or a fragment"),
        ("https://anna:hunter2hunter2@mcp.example.com", "a user name or a password"),
    ] {
        let said = refused(&["--public-url", url], &[]);
        assert!(said.contains("--public-url") && said.contains(complaint), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert!(refused(&["--tls-cert", "a.pem"], &[]).contains("--tls-key"));
}

#[test]
fn a_public_url_may_name_the_endpoint() {
    for (url, paths) in [
        ("https://mcp.example.com/mcp", ["/mcp", "/mcp/"]),
        ("https://mcp.example.com/argocd/mcp/", ["/mcp", "/argocd/mcp"]),
        ("https://mcp.example.com/argocd", ["/mcp", "/argocd/mcp"]),
    ] {
        let server = Serving::of("http://127.0.0.1:1", &["--stateless", "--public-url", url]);
        for path in paths {
            let headers = [JSON, ("accept", "*/*"), ("host", "mcp.example.com")];
            let answer = server.send("POST", path, &headers, &initialize("2025-11-25").to_string());
            assert_eq!(answer.status, 200, "{url} at {path}: {}", answer.body);
        }
    }
}

#[test]
fn without_any_argocd_credential_there_is_nothing_to_serve() {
    let argocd = upstream::quick();
    let server = Serving::http(&["--stateless"], &[("ARGOCD_BASE_URL", &argocd.url)]);
    let message = call(1, "list_applications", json!({}));
    let answer = server.post(&[], &message);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.error(),
        "x-argocd-api-token must be provided in the request header (or the ARGOCD_API_TOKEN env var), or a token registry must be configured via ARGOCD_TOKEN_REGISTRY_PATH."
    );
    let answer = server.post(&[("x-argocd-api-token", "mine")], &message);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(argocd.requests().iter().all(|request| request.token() == "mine"));
    assert_eq!(server.send("GET", "/healthz", &[], "").status, 200, "probes need none");
}

#[test]
fn a_header_url_never_gets_the_tokens_of_the_environment() {
    let (ours, theirs) = (upstream::quick(), upstream::quick());
    let server = Serving::of(&ours.url, &["--stateless"]);
    let message = call(1, "list_applications", json!({}));
    let answer = server.post(&[("x-argocd-base-url", &theirs.url)], &message);
    assert!(answer.message().to_string().contains("Missing required ArgoCD API token"), "{}", answer.body);
    assert!(theirs.requests().is_empty());
    let answer = server.post(&[("x-argocd-base-url", &theirs.url), ("x-argocd-api-token", "theirs")], &message);
    assert!(answer.message().to_string().contains("app-of-theirs"), "{}", answer.body);
    assert!(ours.requests().is_empty());
}
