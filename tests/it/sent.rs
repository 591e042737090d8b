//! What was sent to Argo CD and comes back: whatever is secret of it is hidden, and nothing else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    http::{self, Server},
    stdio_client::{Client, run},
};

/// An Argo CD with one application, whose names are these.
fn named(name: &'static str, project: &'static str) -> Server {
    Server::start(move |request| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.{}", part(&json!({ "alg": "HS256" })), part(&json!({})), "s".repeat(43));
        let item = json!({ "metadata": { "name": name }, "spec": { "project": project } });
        match request.path() {
            "/api/v1/session" => http::json(200, &json!({ "token": token })),
            "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
            _ => http::json(200, &json!({ "items": [item] })),
        }
    })
}

#[test]
fn a_secret_that_ends_with_a_quote_leaves_the_answer_whole() {
    const PASSWORD: &str = "hunter2222\"";
    let server = named(PASSWORD, "team-a");
    let mut client =
        Client::start(&[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_USERNAME", "admin"), ("ARGOCD_PASSWORD", PASSWORD)]);
    client.initialize("2025-11-25");
    for output in ["json", "raw", "text"] {
        client.call(1, "list_applications", json!({ "output": output }));
        let answer = client.receive();
        assert!(!answer.to_string().contains("hunter2222") && answer.to_string().contains("team-a"), "{answer}");
        assert_eq!(answer["result"]["structuredContent"].is_object(), output == "json", "{answer}");
    }
}

#[test]
fn a_header_made_of_words_is_no_secret_unless_its_name_says_so() {
    const WORDS: &str = "production";
    const RANDOM: &str = "kTzQbWnEpLrM";
    for (header, shown, hidden) in [
        ("X-Env: production", true, false),
        ("X-Passphrase: production", false, false),
        ("X-Of: someone:production", true, false),
        ("X-Api-Key: production", false, false),
        ("Cookie: production", false, false),
        ("X-Of: kTzQbWnEpLrM", true, true),
        ("X-Of: eu-west-1", true, false),
    ] {
        let server = named(WORDS, RANDOM);
        let environment =
            [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "agent"), ("ARGOCD_EXTRA_HEADERS", header)];
        for output in ["output=json", "output=text"] {
            let (_, stdout, stderr) = run(&["call", "list_applications", output], &environment);
            assert_eq!(
                (stdout.contains(WORDS), !stdout.contains(RANDOM)),
                (shown, hidden),
                "{header} {output}: {stdout}{stderr}"
            );
        }
    }
}
