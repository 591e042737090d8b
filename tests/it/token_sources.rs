//! Where tokens come from while a server runs: files that become something else, commands that fail.

use std::{fs, path::Path, process::Command};

use serde_json::json;

use crate::{
    http::Server,
    stdio_client::{Client, run, tool_text},
};

fn argo_cd() -> Server {
    Server::answering(200, "application/json", r#"{"Version":"v3.5.1","items":null}"#)
}

fn list(client: &mut Client, more: serde_json::Value) -> (String, bool) {
    client.call(1, "list_applications", more);
    tool_text(&client.receive())
}

/// Puts a pipe that nobody writes into in the place of a file.
fn becomes_a_pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_token_file_that_becomes_a_pipe_is_not_waited_for() {
    let (server, folder) = (argo_cd(), tempfile::tempdir().unwrap());
    let path = folder.path().join("token");
    fs::write(&path, "first").unwrap();
    let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN_FILE", path.to_str().unwrap())];
    let mut client = Client::start(&environment);
    client.initialize("2025-11-25");
    assert!(!list(&mut client, json!({})).1);
    becomes_a_pipe(&path);
    let (said, failed) = list(&mut client, json!({}));
    let expected = format!("ARGOCD_API_TOKEN_FILE names {}, which is no file any more", path.display());
    assert!(failed && said.contains(&expected), "{said}");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "second").unwrap();
    assert!(!list(&mut client, json!({})).1);
    assert_eq!(server.requests().last().unwrap().token(), "second");
}

#[cfg(unix)]
#[test]
fn a_registry_that_becomes_a_pipe_stays_in_force() {
    let (server, folder) = (argo_cd(), tempfile::tempdir().unwrap());
    let path = folder.path().join("registry.json");
    let entries = json!([{ "name": "prod", "baseUrl": server.url, "token": "first" }]);
    fs::write(&path, entries.to_string()).unwrap();
    let mut client = Client::start(&[("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap())]);
    client.initialize("2025-11-25");
    becomes_a_pipe(&path);
    for _ in 0..3 {
        let (said, failed) = list(&mut client, json!({ "argocdBaseUrl": "prod" }));
        assert!(!failed, "{said}");
    }
    client.says("is no file any more");
    client.says("the old token registry stays in force");
}

#[test]
fn a_command_that_fails_is_no_mistake_in_the_settings() {
    let (server, folder) = (argo_cd(), tempfile::tempdir().unwrap());
    let path = folder.path().join("registry.json");
    for (command, expected) in [
        (json!(["sh", "-c", "echo the store is down >&2; exit 1"]), 1),
        (json!(["sh", "-c", "echo '{}'"]), 64),
        (json!(["/nowhere/command"]), 64),
    ] {
        let entries = json!([{ "name": "prod", "baseUrl": server.url, "tokenCommand": command }]);
        fs::write(&path, entries.to_string()).unwrap();
        let (code, _, stderr) = run(&["whoami", "prod"], &[("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap())]);
        assert!(code == expected && stderr.contains("the tokenCommand of prod"), "{command}: {code} {stderr}");
    }
}

#[test]
fn a_name_that_no_instance_has_is_called_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.json");
    fs::write(&path, json!([{ "name": "prod", "baseUrl": "https://a.example.com", "token": "t" }]).to_string())
        .unwrap();
    let registry = ("ARGOCD_TOKEN_REGISTRY_PATH", path.to_str().unwrap());
    let (code, _, stderr) = run(&["call", "list_clusters", "argocdBaseUrl=nope"], &[registry]);
    assert!(
        code == 64
            && stderr.contains("\nargocdBaseUrl: there is no instance `nope`\n")
            && stderr.contains("This server knows prod."),
        "{stderr}"
    );
    let (_, _, stderr) = run(&["call", "list_clusters", "argocdBaseUrl=argocd.example.com"], &[registry]);
    assert!(stderr.contains("the base URL `argocd.example.com` is not a URL"), "{stderr}");
    for arguments in [&["tools", "list_clusters"] as &[&str], &["tools"]] {
        let (_, several, _) = run(arguments, &[registry]);
        assert!(several.contains("`argocdBaseUrl`") && several.contains("`prod`"), "{several}");
        let one = [("ARGOCD_BASE_URL", "https://a.example.com"), ("ARGOCD_API_TOKEN", "t")];
        assert!(!run(arguments, &one).1.contains("argocdBaseUrl"));
    }
}
