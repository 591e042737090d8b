//! The token goes to the base URL it belongs to, and a base URL without a token sees no connection.

use std::sync::Arc;

use argocd_mcp::{argocd::instance::normalise, config::Environment, credentials::Credentials, server::App};
use serde_json::{Value, json};

use crate::{
    harness::{app, call_app, text},
    http::Server,
};

fn application() -> Server {
    Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"}}"#)
}

fn get(app: &App, base_url: Option<&str>) -> String {
    let mut arguments = json!({ "applicationName": "shop" });
    if let Some(base_url) = base_url {
        arguments["argocdBaseUrl"] = Value::String(base_url.into());
    }
    text(call_app(app, "get_application", arguments))
}

#[test]
fn the_default_instance_is_the_one_of_the_environment_however_it_is_spelt() {
    let server = application();
    let app = app(&format!("{}/", server.url), "token");
    let upper = server.url.replace("http", "HTTP");
    for spelling in
        [None, Some(server.url.as_str()), Some(upper.as_str()), Some(&format!(" {}// ", server.url)), Some("")]
    {
        assert!(get(&app, spelling).starts_with("shop in project"), "{spelling:?}");
    }
    assert!(server.requests().iter().all(|request| request.token() == "token"));
}

#[test]
fn another_base_url_gets_no_connection() {
    let (server, other) = (application(), application());
    let app = app(&server.url, "token");
    let below = format!("{}/argocd", server.url);
    for base_url in [other.url.as_str(), below.as_str()] {
        let refused = get(&app, Some(base_url));
        assert!(
            refused.contains(&format!("Missing required ArgoCD API token for base URL \"{base_url}\".")),
            "{refused}"
        );
    }
    assert!(
        get(&app, Some("file:///etc/passwd"))
            .contains("argocdBaseUrl: the base URL `file:///etc/passwd` is not http or https")
    );
    assert!(
        get(&app, Some("http://x:SECRET@h")).contains("argocdBaseUrl: the base URL contains a user name or a password")
    );
    assert_eq!((server.requests().len(), other.requests().len()), (0, 0));
}

#[test]
fn half_a_setting_makes_no_request() {
    let server = application();
    let with = |base_url: Option<&str>, token: Option<&str>| {
        let environment = Environment {
            base_url: base_url.map(str::to_owned),
            token: token.map(|token| token.to_owned().into()),
            ..Default::default()
        };
        Arc::new(App {
            credentials: Credentials::from_environment(&environment).unwrap(),
            ..app(&server.url, "unused")
        })
    };
    assert!(get(&with(Some(&server.url), None), None).contains("Missing required ArgoCD API token for base URL"));
    assert!(get(&with(None, Some("token")), None).contains("Missing required ArgoCD base URL"));
    assert!(
        get(&with(None, Some("token")), Some(&server.url)).contains("Missing required ArgoCD API token for base URL")
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn base_urls_are_compared_in_one_form() {
    for (given, normal) in [
        ("https://ArgoCD.Example.com", "https://argocd.example.com"),
        ("https://argocd.example.com:443/", "https://argocd.example.com"),
        (" http://argocd.example.com:80/argocd// ", "http://argocd.example.com/argocd"),
        ("https://argocd.example.com/ArgoCD?x=1#y", "https://argocd.example.com/ArgoCD"),
        ("http://[::1]:8080/a/b", "http://[::1]:8080/a/b"),
    ] {
        assert_eq!(normalise(given).unwrap(), normal);
    }
}

#[test]
fn no_token_in_debug_output() {
    let app = app("http://127.0.0.1:1", "eyJhbGciOi-THE-TOKEN");
    assert!(!format!("{app:?}").contains("THE-TOKEN"));
}
