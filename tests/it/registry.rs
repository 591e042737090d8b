//! The token registry: fails closed at start, follows its file, and prints no token.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use argocd_mcp::{caller::Caller, config::Environment, credentials::Credentials, server::App};
use serde_json::{Value, json};

use crate::{
    harness::{app, block_on, text},
    http::{self, Server},
    stdio_client::run,
};

const SECRET: &str = "CANARY-d41d8cd98f00b204";

#[test]
fn a_mistake_in_it_ends_the_start_and_names_the_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.json");
    let good = json!({ "baseUrl": "https://a.example.com", "token": SECRET });
    let cases: Vec<(String, &str)> = vec![
        ("{".into(), "is not JSON at line 1"),
        (json!({ "baseUrl": "x" }).to_string(), "is not a JSON array"),
        (json!([good, null]).to_string(), "entry 2: it is not an object"),
        (json!([{ "token": SECRET }]).to_string(), "entry 1: missing field `baseUrl`"),
        (json!([{ "baseUrl": "https://a" }]).to_string(), "entry 1: https://a has no token"),
        (json!([{ "baseUrl": "https://a", "token": "" }]).to_string(), "is empty"),
        (json!([{ "baseUrl": "https://a", "token": 7 }]).to_string(), "entry 1: `token` is not a text"),
        (json!([{ "baseUrl": "https://a", "tokenCommand": "cat x" }]).to_string(), "`tokenCommand` is not a list of texts"),
        (json!([{ "baseUrl": "https://a", "token": "x", "headers": { "X": 1 } }]).to_string(), "`headers` is not an object"),
        (json!([{ "baseUrl": "a", "token": SECRET }]).to_string(), "entry 1: the base URL `a` is not a URL"),
        (json!([{ "baseUrl": format!("https://u:{SECRET}@a"), "token": "x" }]).to_string(), "contains a user name or a password"),
        (json!([{ "baseUrl": "https://a", "tokn": SECRET }]).to_string(), "unknown field `tokn`"),
        (json!([{ "baseUrl": "https://a", "token": SECRET, "tokenFile": "x" }]).to_string(), "more than one of token"),
        (json!([{ "baseUrl": "https://a", "tokenFile": "/nowhere" }]).to_string(), "/nowhere, which cannot be read"),
        (json!([{ "baseUrl": "https://a", "tokenCommand": [] }]).to_string(), "tokenCommand is empty"),
        (json!([{ "baseUrl": "https://a", "token": SECRET, "name": "x" }, { "baseUrl": "https://b", "token": "t", "name": "x" }]).to_string(), "entry 2: the name `x` is taken"),
        (json!([{ "baseUrl": "https://a", "token": format!("{SECRET}\u{7f}") }]).to_string(), "has characters that no token has"),
        (json!([{ "baseUrl": "https://a", "token": "x", "headers": { "Authorization": SECRET } }]).to_string(), "cannot be set"),
    ];
    for (text, said) in cases {
        fs::write(&path, &text).unwrap();
        let (code, stdout, stderr) =
            run(&["stdio"], &[("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap()), ("RUST_LOG", "trace")]);
        assert_eq!((code, stdout.as_str()), (64, ""), "{text}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("registry.json"), "{text}: {stderr}");
        assert!(!stderr.contains("CANARY"), "{stderr}");
    }
    let (code, _, stderr) = run(&["stdio"], &[("ARGOCD_TOKEN_REGISTRY_PATH", "/nowhere/registry.json")]);
    assert!(code == 64 && stderr.contains("it cannot be read"), "{stderr}");
    fs::write(&path, "[]").unwrap();
    assert_eq!(run(&["stdio"], &[("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap())]).0, 0);
}

#[cfg(unix)]
#[test]
fn permissions_that_are_too_wide_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.json");
    fs::write(&path, "[]").unwrap();
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (_, _, stderr) = run(&["stdio"], &[("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap())]);
        assert_eq!(stderr.contains("chmod 600"), warned, "{mode:o}: {stderr}");
    }
}

/// Asks an instance of a registry by its name.
fn ask(app: &App, name: &str) -> String {
    let arguments = json!({ "applicationName": "shop", "argocdBaseUrl": name });
    let Value::Object(arguments) = arguments else { unreachable!() };
    let row = argocd_mcp::tools::find("get_application").unwrap();
    text(block_on(argocd_mcp::server::calls::run(app, row, arguments, &Caller::process("test"))))
}

#[test]
fn it_is_read_again_when_it_changes_and_a_broken_version_is_not_used() {
    let server = Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"},"spec":{"project":"p"}}"#);
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("registry.json"), folder.path().join("token"));
    let write = |entries: Value| {
        // The time of a file may be coarse.
        thread::sleep(Duration::from_millis(20));
        fs::write(&path, entries.to_string()).unwrap();
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    write(json!([{ "name": "prod", "baseUrl": server.url, "token": "first" }]));
    let environment = Environment { registry: Some(path.clone()), ..Environment::default() };
    let app = App {
        credentials: Credentials::from_environment(&environment).unwrap(),
        ..app("http://127.0.0.1:1", "unused")
    };
    assert!(ask(&app, "prod").starts_with("shop"));
    write(json!([{ "name": "prod", "baseUrl": server.url, "token": "second" }]));
    assert!(ask(&app, "prod").starts_with("shop"));
    write(json!([{ "name": "prod" }]));
    assert!(ask(&app, "prod").starts_with("shop"));
    fs::write(&token, "third").unwrap();
    write(json!([{ "name": "prod", "baseUrl": server.url, "tokenFile": token }]));
    assert!(ask(&app, "prod").starts_with("shop"));
    thread::sleep(Duration::from_millis(20));
    fs::write(&token, "fourth\n").unwrap();
    assert!(ask(&app, "prod").starts_with("shop"));
    let command =
        |script: &str| json!([{ "name": "prod", "baseUrl": server.url, "tokenCommand": ["sh", "-c", script] }]);
    let counted = folder.path().join("runs");
    write(command(&format!(
        "echo x >> {}; echo '{{\"token\":\"fifth\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}}'",
        counted.display()
    )));
    assert!(ask(&app, "prod").starts_with("shop"));
    assert!(ask(&app, "prod").starts_with("shop"));
    assert_eq!(fs::read_to_string(&counted).unwrap(), "x\n", "kept until it expires");
    write(command("echo sixth; echo first line >&2; echo 'no access: password=hunter2' >&2; exit 3"));
    let failed = ask(&app, "prod");
    assert!(
        failed.contains("the tokenCommand of prod failed: exit status: 3: no access: password=«masked")
            && ["sixth", "first line", "hunter2"].iter().all(|other| !failed.contains(other)),
        "{failed}"
    );
    write(command("echo '{\"token\":5}'"));
    let failed = ask(&app, "prod");
    assert!(failed.contains("the tokenCommand of prod printed JSON without a token that is a text"), "{failed}");
    write(json!([{ "name": "prod", "baseUrl": server.url, "tokenCommand": ["no-such-program"] }]));
    let failed = ask(&app, "prod");
    assert!(failed.contains("the tokenCommand of prod cannot be started: no-such-program: "), "{failed}");
    write(command("exec sleep 60"));
    let hurried = App { patience: Duration::from_secs(1), ..app };
    let (begun, late) = (Instant::now(), ask(&hurried, "prod"));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(
        late,
        "[error: Timeout]\nthe tokenCommand of prod gave no token in time\nThe call was given up; ARGOCD_MCP_TIMEOUT sets how many seconds it may take."
    );
    let app = hurried;
    let unknown = ask(&app, "staging");
    assert!(
        unknown.contains("argocdBaseUrl: there is no instance `staging`")
            && unknown.contains("This server knows prod."),
        "{unknown}"
    );
    let tokens: Vec<String> = server.requests().iter().map(|request| request.token().to_owned()).collect();
    assert_eq!(tokens, ["first", "second", "second", "third", "fourth", "fifth", "fifth"]);
}

#[test]
fn an_entry_that_is_named_is_the_one_that_is_asked_whatever_else_has_its_url() {
    let server = Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"},"spec":{"project":"p"}}"#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.json");
    let entries = json!([
        { "name": "ro", "baseUrl": server.url, "token": "viewer", "headers": { "X-Own": "ro" } },
        { "name": "rw", "baseUrl": server.url, "token": "editor" },
    ]);
    fs::write(&path, entries.to_string()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let app_of = |base_url: Option<&str>| {
        let environment = Environment {
            registry: Some(path.clone()),
            base_url: base_url.map(str::to_owned),
            token: base_url.map(|_| "admin".to_owned().into()),
            ..Environment::default()
        };
        App { credentials: Credentials::from_environment(&environment).unwrap(), ..app("http://127.0.0.1:1", "unused") }
    };
    let alone = app_of(None);
    let beside = app_of(Some(&server.url));
    for (app, name) in [(&alone, "ro"), (&alone, "rw"), (&alone, &server.url), (&beside, "ro"), (&beside, &server.url)]
    {
        assert!(ask(app, name).starts_with("shop"), "{name}");
    }
    let requests = server.requests();
    let asked: Vec<&str> = requests.iter().map(http::Request::token).collect();
    assert_eq!(asked, ["viewer", "editor", "editor", "viewer", "admin"]);
    let own: Vec<bool> =
        requests.iter().map(|request| request.headers.get("x-own").is_some_and(|value| value == "ro")).collect();
    assert_eq!(own, [true, false, false, true, false]);
    assert!(beside.credentials.is_choice(), "what can be named can be chosen");
}

#[test]
fn it_is_read_when_it_is_mended_whatever_its_time_says() {
    let server = Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"},"spec":{"project":"p"}}"#);
    let folder = tempfile::tempdir().unwrap();
    let (path, next) = (folder.path().join("registry.json"), folder.path().join("next"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    fs::write(&path, "[]").unwrap();
    let environment = Environment { registry: Some(path.clone()), ..Environment::default() };
    let app = App {
        credentials: Credentials::from_environment(&environment).unwrap(),
        ..app("http://127.0.0.1:1", "unused")
    };
    thread::sleep(Duration::from_millis(20));
    fs::write(&path, "[{").unwrap();
    assert!(!ask(&app, "prod").starts_with("shop"));
    let changed = path.metadata().unwrap().modified().unwrap();
    fs::write(&next, json!([{ "name": "prod", "baseUrl": server.url, "token": "first" }]).to_string()).unwrap();
    fs::File::options().write(true).open(&next).unwrap().set_modified(changed).unwrap();
    fs::rename(&next, &path).unwrap();
    let read = crate::stderr::within_patience(|| ask(&app, "prod").starts_with("shop").then_some(()));
    assert!(read.is_some());
}
