//! The token goes to the base URL it belongs to, and a base URL without a token sees no connection.

use std::sync::Arc;

use argocd_mcp::{
    argocd::instance::normalise,
    caller::{Caller, Reach},
    config::Environment,
    credentials::Credentials,
    server::App,
};
use serde_json::{Value, json};

use crate::{
    harness::{app, call_app, text},
    http::Server,
    stdio_client::run,
    tls::Tls,
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

#[test]
fn a_missing_token_is_told_with_a_way_that_leads_out() {
    let (ours, theirs) = ("http://127.0.0.1:1", "http://127.0.0.1:2");
    let of_default = [("ARGOCD_BASE_URL", ours), ("ARGOCD_API_TOKEN", "ours")];
    let message = format!("Missing required ArgoCD API token for base URL \"{theirs}\".\n");
    let argument = format!("argocdBaseUrl={theirs}");
    let call = ["call", "list_applications"];
    for (arguments, variables, way) in [
        (
            vec!["--base-url", theirs],
            of_default.as_slice(),
            "The token of the environment belongs to ARGOCD_BASE_URL, and --base-url is another one: give the token of that one with --token-file FILE",
        ),
        (vec!["--base-url", theirs], &[], "Set ARGOCD_API_TOKEN or ARGOCD_API_TOKEN_FILE (--token-file FILE)"),
        (vec![argument.as_str()], &of_default, "A token goes to the base URL it belongs to alone: register one"),
        (vec!["--demo", &argument], &[], "The demo is the only Argo CD here"),
    ] {
        let (code, _, stderr) = run(&[call.as_slice(), &arguments].concat(), variables);
        assert!(code == 64 && stderr.contains(&(message.clone() + way)), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("header"), "{arguments:?}: {stderr}");
    }
    let app = app(ours, "ours");
    let of_http = |base_url: Option<&str>, token: Option<&str>| Caller {
        base_url: base_url.map(str::to_owned),
        token: token.map(|token| token.to_owned().into()),
        reach: Reach::Loopback,
        ..Caller::default()
    };
    let third = "http://127.0.0.1:3";
    for (caller, way) in [
        (of_http(None, None), format!("Send it in the x-argocd-api-token header, with x-argocd-base-url: {theirs};")),
        (
            of_http(None, Some("mine")),
            format!("as no x-argocd-base-url came with it: send x-argocd-base-url: {theirs} "),
        ),
        (
            of_http(Some(third), Some("mine")),
            format!("came with it: send x-argocd-base-url: {theirs} with a token of that one;"),
        ),
    ] {
        let error = app.credentials.resolve(Some(theirs), &caller).unwrap_err().to_string();
        assert!(error.starts_with(&message) && error.contains(&way) && !error.contains("--token-file"), "{error}");
    }
    let nowhere = Credentials::from_environment(&Environment::default()).unwrap();
    let way = |caller: &Caller| nowhere.resolve(None, caller).unwrap_err().hint;
    assert!(way(&Caller::process("test")).unwrap().starts_with("On the command line: --base-url"));
    assert_eq!(way(&of_http(None, Some("mine"))), None);
}

#[test]
fn mistakes_of_settings_name_the_setting_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let entry = r#"[{ "name": "lab", "baseUrl": "http://127.0.0.1:3", "tokenFile": "/nowhere/token" }]"#;
    let lab = r#"[{ "name": "lab", "baseUrl": "http://127.0.0.1:3", "token": "of-lab" }]"#;
    let (broken, registry) = (file("broken.json", entry), file("registry.json", lab));
    let base = ("ARGOCD_BASE_URL", "https://127.0.0.1:1");
    let whoami = ["whoami"].as_slice();
    for (arguments, variables, said) in [
        (
            whoami,
            vec![base, ("ARGOCD_USERNAME", "me")],
            vec!["go together, but only ARGOCD_USERNAME is set", "\nSet ARGOCD_PASSWORD"],
        ),
        (
            whoami,
            vec![base, ("ARGOCD_PASSWORD", "pw")],
            vec!["go together, but only ARGOCD_PASSWORD is set", "\nSet ARGOCD_USERNAME"],
        ),
        (
            whoami,
            vec![base, ("ARGOCD_API_TOKEN", "agent"), ("ARGOCD_CA_FILE", registry.as_str())],
            vec!["holds none in PEM\nARGOCD_CA_FILE, or NODE_EXTRA_CA_CERTS, or caFile in the registry, names it."],
        ),
        (
            whoami,
            vec![("ARGOCD_TOKEN_REGISTRY_PATH", broken.as_str())],
            vec!["entry 1: tokenFile of ", "lab names /nowhere/token", "\nIt is a file with the token"],
        ),
        (
            &["whoami", "nolab"],
            vec![("ARGOCD_TOKEN_REGISTRY_PATH", registry.as_str())],
            vec!["INSTANCE: there is no instance `nolab`", "\nThis server knows lab."],
        ),
        (
            &["whoami", "--audit-log", "/nowhere/audit"],
            vec![],
            vec!["`/nowhere/audit` cannot be written", "\nName a file (ARGOCD_MCP_AUDIT_LOG)"],
        ),
        (
            &["http", "--auth-token-file", "/nowhere/tokens"],
            vec![],
            vec!["`/nowhere/tokens` cannot be read", "MCP_AUTH_TOKEN is the other way"],
        ),
        (&["healthcheck", "--url", "foo"], vec![], vec!["--url: `foo` is not an http or https URL\nWrite it whole"]),
    ] {
        let (code, _, stderr) = run(arguments, &variables);
        assert_eq!(code, 64, "{arguments:?}: {stderr}");
        assert!(said.iter().all(|said| stderr.contains(said)), "{arguments:?}: {stderr}");
    }
}

#[test]
fn trust_in_any_certificate_goes_with_its_own_base_url() {
    let tls = Tls::start("127.0.0.1", false);
    std::fs::write(tls.file("token"), "lab").unwrap();
    let token = tls.file("token");
    let flags = ["call", "list_applications", "--base-url", &tls.url, "--token-file", &token];
    for variable in [("ARGOCD_INSECURE_SKIP_VERIFY", "true"), ("NODE_TLS_REJECT_UNAUTHORIZED", "0")] {
        let environment = [("ARGOCD_BASE_URL", "https://argocd.example.com"), variable];
        let (code, _, stderr) = run(&flags, &environment);
        assert!(code == 1 && stderr.contains(&format!("not used: {}", variable.0)), "{stderr}");
        assert!(stderr.contains("set ARGOCD_CA_FILE") && tls.seen.lock().unwrap().is_empty(), "{stderr}");
        let (code, _, stderr) = run(&[&flags[..], &["--insecure-skip-verify"]].concat(), &environment);
        assert_eq!(code, 0, "{stderr}");
        tls.seen.lock().unwrap().clear();
    }
}
