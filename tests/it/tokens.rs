//! What a token says about itself, sessions that are renewed, and secrets that nothing prints.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    harness::{app, call_app, text},
    http::{self, Server},
    stdio_client::{Client, run, tool_text},
};

/// A JWT that nobody signed, with a signature of the length of one.
fn jwt(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&json!({ "alg": "HS256" })), part(claims), "s".repeat(43))
}

fn in_seconds(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() + seconds
}

#[test]
fn a_401_says_what_is_wrong_with_the_token() {
    let server = Server::answering(
        401,
        "application/json",
        r#"{"error":"invalid session","code":16,"message":"invalid session"}"#,
    );
    let cases = [
        ("abc".to_owned(), "It is not a JWT"),
        (
            jwt(&json!({ "sub": "agent:apiKey", "exp": in_seconds(-3 * 3600) })),
            "The API key of account agent expired 3h ago: make a new one and set ARGOCD_API_TOKEN again.",
        ),
        (
            jwt(&json!({ "sub": "agent:apiKey" })),
            "The API key of account agent has not expired: it was revoked, or another Argo CD signed it.",
        ),
        (jwt(&json!({ "sub": "admin:login", "exp": in_seconds(500) })), "The login session of admin has not expired"),
        (
            jwt(&json!({ "sub": "proj:team-a:ci", "exp": in_seconds(-90) })),
            "The token of project role team-a:ci expired 9",
        ),
        (
            jwt(&json!({ "sub": "x", "iss": "https://sso.example.com", "exp": in_seconds(-90_000 * 3) })),
            "The sign-in through https://sso.example.com expired 3d ago",
        ),
    ];
    let whole = jwt(&json!({ "sub": "agent:apiKey" }));
    let damaged = [
        (format!("ARGOCD_API_TOKEN={whole}"), "its beginning is not that of a token. Copy it again"),
        (whole[..whole.len() - 5].to_owned(), "its last part has 38 characters, and HS256 makes 43. Copy it again"),
        (format!("{whole}x"), "its last part has 44 characters"),
        (whole[3..].to_owned(), "The API key of account agent is not whole: its beginning"),
    ];
    for (token, said) in cases.into_iter().chain(damaged) {
        let refused = text(call_app(&app(&server.url, &token), "list_applications", json!({})));
        assert!(
            refused.contains("does not accept the token in ARGOCD_API_TOKEN: it answered 401")
                && refused.contains(said),
            "{refused}"
        );
        assert!(!refused.contains(&token));
    }
}

#[test]
fn a_token_that_expires_soon_is_told_once_at_start() {
    for (seconds, since, said) in [
        (7300, 0, "expires in 2h"),
        (-7300, 0, "expired 2h ago"),
        (200_000, 0, ""),
        (61_200, -25_200, ""),
        (7300, -79_100, "expires in 2h"),
    ] {
        let issued = (since != 0).then(|| in_seconds(since));
        let token = jwt(&json!({ "sub": "agent:apiKey", "exp": in_seconds(seconds), "iat": issued }));
        let (_, _, stderr) =
            run(&["stdio"], &[("ARGOCD_BASE_URL", "https://argocd.example.com"), ("ARGOCD_API_TOKEN", &token)]);
        assert!(
            stderr.contains(said)
                && stderr.matches("The API key of account agent").count() == usize::from(!said.is_empty()),
            "{stderr}"
        );
    }
}

#[test]
fn a_password_becomes_a_session_that_is_renewed() {
    let sessions: std::sync::Mutex<Vec<String>> = Default::default();
    let server = Server::start(move |request| {
        let mut sessions = sessions.lock().unwrap();
        if request.path() == "/argocd/api/v1/session" {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body, json!({ "username": "admin", "password": "hunter2 hunter2" }));
            // The first session is about to expire, the second is revoked, the third lasts.
            let left = if sessions.is_empty() { 30 } else { 5000 };
            let token = jwt(&json!({ "sub": "admin:login", "jti": sessions.len(), "exp": in_seconds(left) }));
            sessions.push(token.clone());
            return http::json(200, &json!({ "token": token }));
        }
        if sessions.get(1).is_some_and(|second| second == request.token()) {
            return http::json(401, &json!({ "message": "invalid session" }));
        }
        http::json(200, &json!({ "Version": "v3.5.1", "items": null }))
    });
    let base_url = format!("{}/argocd", server.url);
    let mut client = Client::start(&[
        ("ARGOCD_BASE_URL", &base_url),
        ("ARGOCD_USERNAME", "admin"),
        ("ARGOCD_PASSWORD", "hunter2 hunter2"),
    ]);
    client.initialize("2025-11-25");
    for id in 1..4 {
        client.call(id, "list_applications", json!({}));
        let (said, failed) = tool_text(&client.receive());
        assert!(!failed, "{said}");
    }
    let signed_in = server.requests().iter().filter(|request| request.path().ends_with("/session")).count();
    assert_eq!(signed_in, 3);
    assert!(
        server
            .requests()
            .iter()
            .filter(|request| request.path().ends_with("/session"))
            .all(|request| request.token() == "none")
    );
    let refusing = Server::answering(401, "application/json", r#"{"message":"Invalid username or password"}"#);
    let (code, _, stderr) = run(
        &["call", "list_applications"],
        &[("ARGOCD_BASE_URL", &refusing.url), ("ARGOCD_USERNAME", "admin"), ("ARGOCD_PASSWORD", "CANARY")],
    );
    assert!(code == 1 && stderr.contains("does not let `admin` sign in") && !stderr.contains("CANARY"), "{stderr}");
    // A wrong password is sent once, whoever asks how often: Argo CD would lock the account.
    let asked = |server: &Server| server.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(asked(&refusing), 1);
    let refusing = Server::answering(401, "application/json", r#"{"message":"Invalid username or password"}"#);
    let environment =
        [("ARGOCD_BASE_URL", refusing.url.as_str()), ("ARGOCD_USERNAME", "admin"), ("ARGOCD_PASSWORD", "CANARY")];
    let mut client = Client::start(&environment);
    client.initialize("2025-11-25");
    for id in 1..4 {
        client.call(id, "list_applications", json!({}));
        let (said, failed) = tool_text(&client.receive());
        assert!(failed && said.contains("does not let `admin` sign in"), "{said}");
    }
    assert_eq!(asked(&refusing), 1);
    let (code, _, stderr) = run(&["tools"], &[("ARGOCD_BASE_URL", &refusing.url), ("ARGOCD_USERNAME", "admin")]);
    assert!(code == 64 && stderr.contains("go together"), "{stderr}");
}

#[test]
fn what_is_copied_along_with_a_token_is_taken_off() {
    let server = Server::answering(200, "application/json", r#"{"Version":"v3.5.1","items":null}"#);
    for token in ["\"a.b.c\"", "'a.b.c'", "Bearer a.b.c", " a.b.c\n"] {
        let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", token)];
        assert_eq!(run(&["call", "list_applications"], &environment).0, 0, "{token}");
    }
    for base_url in [format!("\"{}\"", server.url), format!("' {}/ '", server.url)] {
        let environment = [("ARGOCD_BASE_URL", base_url.as_str()), ("ARGOCD_API_TOKEN", "a.b.c")];
        assert_eq!(run(&["call", "list_applications"], &environment).0, 0, "{base_url}");
    }
    assert!(server.requests().iter().all(|request| request.token() == "a.b.c"));
}

#[test]
fn headers_with_semicolons_stand_on_lines_of_their_own() {
    let server = Server::answering(200, "application/json", r#"{"Version":"v3.5.1","items":null}"#);
    let headers = ("ARGOCD_EXTRA_HEADERS", "Cookie: a=1; b=2\n");
    let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "token"), headers];
    assert_eq!(run(&["call", "list_applications"], &environment).0, 0);
    assert!(server.requests().iter().all(|request| request.headers["cookie"] == "a=1; b=2"));
}

#[test]
fn a_credential_without_its_url_and_a_url_without_its_credential_are_told() {
    for name in ["ARGOCD_API_TOKEN", "ARGOCD_API_TOKEN_FILE", "ARGOCD_AUTH_TOKEN"] {
        let (code, _, stderr) = run(&["tools"], &[(name, "token")]);
        assert!(code == 0 && stderr.contains(&format!("{name} is not used: it belongs to")), "{stderr}");
    }
    let (code, _, stderr) = run(&["doctor"], &[("ARGOCD_BASE_URL", "https://argocd.example")]);
    assert!(code == 64 && stderr.contains("there is no credential for https://argocd.example"), "{stderr}");
}

#[test]
fn no_output_has_a_secret() {
    let canary = "CANARY-0b5d1c";
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let (token_file, registry) = (
        file("token", canary),
        file(
            "registry.json",
            &json!([{ "baseUrl": "http://127.0.0.1:9", "token": canary, "headers": { "X-Key": canary } }]).to_string(),
        ),
    );
    let echo = Server::start(|request| {
        http::json(400, &json!({ "message": format!("you sent {} {}", request.token(), request.body) }))
    });
    let sources: [&[(&str, &str)]; 5] = [
        &[
            ("ARGOCD_BASE_URL", &echo.url),
            ("ARGOCD_API_TOKEN", canary),
            ("ARGOCD_EXTRA_HEADERS", "X-Key: CANARY-0b5d1c"),
        ],
        &[("ARGOCD_BASE_URL", &echo.url), ("ARGOCD_API_TOKEN_FILE", &token_file)],
        &[("ARGOCD_SERVER", &echo.url), ("ARGOCD_AUTH_TOKEN", canary)],
        &[("ARGOCD_BASE_URL", &echo.url), ("ARGOCD_USERNAME", "admin"), ("ARGOCD_PASSWORD", canary)],
        &[("ARGOCD_TOKEN_REGISTRY_PATH", &registry)],
    ];
    for source in sources {
        let environment: Vec<(&str, &str)> = source.iter().copied().chain([("RUST_LOG", "trace")]).collect();
        for command in [
            &["doctor"] as &[&str],
            &["doctor", "--json"],
            &["doctor", "--policy"],
            &["tools"],
            &["call", "get_application", "applicationName=shop"],
        ] {
            let (_, stdout, stderr) = run(command, &environment);
            let out = format!("{stdout}{stderr}");
            assert!(
                !out.contains("CANARY"),
                "{command:?} with {source:?}: {}",
                &out[out.find("CANARY").unwrap().saturating_sub(200)..]
            );
        }
    }
}

#[test]
fn what_was_sent_does_not_come_back_in_answers() {
    const TOKEN: &str = "CANARY-0b5d1c";
    // Argo CD, or what stands before it, repeats the token and a header wherever texts go.
    let server = Server::start(|request| {
        let sent = format!("{} {}", request.token(), request.headers.get("x-key").map_or("", String::as_str));
        if request.path() == "/api/v1/session/userinfo" {
            return http::json(200, &json!({ "loggedIn": true, "username": sent, "groups": [sent] }));
        }
        http::json(
            200,
            &json!({ "Version": "v3.5.1", "items": [{ "metadata": { "name": sent }, "status": { "conditions": [{ "message": sent }] } }] }),
        )
    });
    let environment = [
        ("ARGOCD_BASE_URL", server.url.as_str()),
        ("ARGOCD_API_TOKEN", TOKEN),
        ("ARGOCD_EXTRA_HEADERS", "X-Key: Basic CANARY-of-the-proxy"),
    ];
    for command in [
        &["whoami"] as &[&str],
        &["doctor"],
        &["call", "list_applications"],
        &["call", "list_applications", "output=json"],
        &["call", "list_applications", "output=raw"],
    ] {
        let (_, stdout, stderr) = run(command, &environment);
        assert!(!stdout.contains("CANARY") && !stderr.contains("CANARY"), "{command:?}: {stdout}{stderr}");
        assert!(stdout.contains("\u{ab}masked "), "{command:?}: {stdout}{stderr}");
    }
    let mut client = Client::start(&environment);
    client.initialize("2025-11-25");
    client.call(1, "list_applications", json!({ "output": "json" }));
    let answer = client.receive().to_string();
    assert!(!answer.contains("CANARY") && answer.contains("structuredContent"), "{answer}");
}
