//! The demo says that it is one, wherever one might think otherwise, and never stands in for a real Argo CD.

use argocd_mcp::{caller::Caller, server::calls, tools};
use serde_json::json;

use super::Fixture;
use crate::{
    harness,
    replay::{project_list, project_paths},
    stdio_client::{Client, run, tool_text},
};

#[test]
fn what_it_does_not_have_says_so() {
    let fixture = Fixture::start();
    for (method, path) in [
        ("GET", "/api/v1/certificates"),
        ("POST", "/api/v1/applications/cart/teleport"),
        ("GET", "/api/v1/settings/plugins"),
    ] {
        let (status, body) = fixture.send(method, path, None);
        assert_eq!((status, &body["code"]), (501, &json!(12)), "{method} {path}");
        let said = body["message"].as_str().unwrap();
        assert!(said.contains("--demo") && said.contains(&format!("{method} {path}")), "{said}");
    }
    let version = fixture.get("/api/version");
    assert!(version["Version"].as_str().unwrap().ends_with("+demo"), "{version}");
}

#[test]
fn it_is_said_to_clients_to_models_and_to_people() {
    let mut client = Client::start(&[("ARGOCD_MCP_DEMO", "true")]);
    let hello = client.initialize("2025-11-25");
    assert!(hello["result"]["serverInfo"]["title"].as_str().unwrap().contains("demo"), "{hello}");
    assert!(hello["result"]["instructions"].as_str().unwrap().starts_with("This is a demo"), "{hello}");
    client.call(1, "list_applications", json!({}));
    let (text, failed) = tool_text(&client.receive());
    assert!(!failed && text.starts_with("12 applications; "), "{text}");
    client.says("This is a demo");
}

#[test]
fn without_the_switch_nothing_is_a_demo() {
    let mut client = Client::start(&[("ARGOCD_MCP_DEMO", "off")]);
    let hello = client.initialize("2025-11-25");
    assert!(!hello.to_string().contains("demo"), "{hello}");
}

#[test]
fn it_is_no_second_argo_cd() {
    for arguments in
        [&["stdio", "--demo"] as &[&str], &["call", "list_applications", "--demo"], &["--demo=yes", "tools"]]
    {
        let (code, stdout, stderr) = run(arguments, &[("ARGOCD_BASE_URL", "https://argocd.example.com")]);
        assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
        assert!(stderr.contains("--demo contradicts ARGOCD_BASE_URL"), "{stderr}");
    }
    for flag in ["--sso", "--base-url=https://x", "--token-registry=x", "--use-argocd-config", "--argocd-context=x"] {
        let (_, _, stderr) = run(&["--demo", flag, "tools"], &[]);
        let name = flag.split('=').next().unwrap();
        assert!(stderr.starts_with(&format!("--demo contradicts {name}\nLeave {name} out")), "{stderr}");
    }
    for other in ["ARGOCD_SERVER", "ARGOCD_TOKEN_REGISTRY_PATH"] {
        let (code, _, stderr) = run(&["--demo", "tools"], &[(other, "argocd.example.com")]);
        assert_eq!(code, 64, "{other}: {stderr}");
    }
    // A token alone belongs to nothing, and the demo has its own.
    let (code, _, stderr) = run(&["--demo", "call", "list_clusters"], &[("ARGOCD_API_TOKEN", "somebody's")]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = run(&["--demo", "call", "list_clusters", "argocdBaseUrl=https://argocd.example.com"], &[]);
    assert!(code != 0 && stderr.contains("Missing required ArgoCD API token"), "{stderr}");
}

#[test]
fn nobody_gets_through_it_to_a_real_argo_cd() {
    let fixture = Fixture::start();
    let mut app = harness::app(&fixture.base_url, fixture.token());
    app.demo = true;
    let (url, token) = (Some("https://argocd.example.com".to_owned()), Some("theirs".to_owned().into()));
    let caller = Caller { base_url: url, token, ..Caller::process("test") };
    let row = tools::find("list_applications").unwrap();
    let answer = fixture.block_on(calls::run(&app, row, serde_json::Map::new(), &caller));
    assert!(answer.unwrap().text.starts_with("12 applications; "));
}

#[test]
fn each_process_has_its_own_token_and_listens_to_this_machine_alone() {
    use secrecy::ExposeSecret;
    let (one, other) = (Fixture::start(), Fixture::start());
    assert_ne!(one.token(), other.token());
    assert!(one.base_url.starts_with("http://127.0.0.1:"), "{}", one.base_url);
    let demo = argocd_mcp::demo::new().unwrap();
    assert!(!format!("{demo:?}").contains(demo.token.expose_secret()));
}

#[test]
fn nothing_recorded_is_in_it() {
    let story = include_str!("../../../src/demo/story.json");
    for recorded in ["lab.example", "127.0.0.1", "kwok", "2026-11"] {
        assert!(!story.contains(recorded), "{recorded}");
    }
}

#[test]
fn fields_choose_as_on_a_real_server() {
    let fixture = Fixture::start();
    let whole = fixture.get("/api/v1/applications");
    for fields in [
        "items.metadata.name,items.status.health,items.status.operationState.phase",
        "items.spec.project,items.spec.source,items.spec.sources,items.spec.syncPolicy,items.status.sync.revision",
        "items.spec",
        "items.status.health.status,items.spec.source.repoURL",
        "items.metadata.labels,items.metadata.annotations,items.status.summary,items.status.resources,items.operation.sync",
    ] {
        let (status, expected) = project_list(&whole, fields, "v3.5.1");
        let (served_status, mut served) = fixture.send("GET", &format!("/api/v1/applications?fields={fields}"), None);
        served["metadata"] = expected["metadata"].clone();
        assert_eq!((served_status, &served), (status, &expected), "{fields}");
    }
    let path = "/api/v1/applications/catalog/managed-resources";
    let fields = "items.kind,items.name,items.modified";
    assert_eq!(fixture.get(&format!("{path}?fields={fields}")), project_paths(&fixture.get(path), fields));
    assert!(fixture.get("/api/v1/applications?projects=")["items"].is_null());
    assert!(fixture.get("/api/v1/applications?name=nope")["items"].is_null());
    let count =
        |query: &str| fixture.get(&format!("/api/v1/applications?{query}"))["items"].as_array().map_or(0, Vec::len);
    assert_eq!(
        (count("search=cart&limit=1"), count("projects=finance&projects=data")),
        (12, 3),
        "what a server does not know it ignores"
    );
    assert_eq!(
        (
            count("selector=tier%3Dweb"),
            count("selector=tier%20in%20(core,edge),team!%3Dfinance"),
            count("selector=!tier")
        ),
        (3, 3, 3)
    );
    assert_eq!((count("appNamespace=team-data"), count("name=cart")), (1, 1));
}
