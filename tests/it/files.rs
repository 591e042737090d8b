//! Files that are named to the program: byte order marks, pipes, folders, pairs that are none; and who named them.

use std::{fs, process::Command, thread, time::Duration};

use argocd_mcp::config::file;
use serde_json::json;

use crate::{http::Server, stdio_client::run, tls::Tls};

fn list(environment: &[(&str, &str)]) -> (i32, String) {
    let (code, stdout, stderr) = run(&["call", "list_applications"], environment);
    (code, stdout + &stderr)
}

fn argo_cd() -> Server {
    Server::answering(200, "application/json", r#"{"Version":"v3.5.1","items":null}"#)
}

#[test]
fn files_of_a_registry_are_relative_to_its_folder() {
    let server = argo_cd();
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("registry.json");
    fs::write(folder.path().join("token"), "a.b.c").unwrap();
    fs::write(&registry, json!([{ "name": "a", "baseUrl": server.url, "tokenFile": "token" }]).to_string()).unwrap();
    let environment = [("ARGOCD_TOKEN_REGISTRY_PATH", registry.to_str().unwrap())];
    let (code, stdout, stderr) = run(&["whoami", "a"], &environment);
    assert!(!stderr.contains("cannot be read"), "{code} {stdout}{stderr}");
    assert!(server.requests().iter().all(|request| request.token() == "a.b.c") && !server.requests().is_empty());
    fs::write(&registry, json!([{ "name": "a", "baseUrl": server.url, "token": "t", "caFile": "ca" }]).to_string())
        .unwrap();
    let (code, _, stderr) = run(&["whoami", "a"], &environment);
    let ca = folder.path().join("ca");
    assert!(code == 64 && stderr.contains(&format!("the CA file {} cannot be read", ca.display())), "{stderr}");
}

#[test]
fn certificates_that_cannot_be_used_are_named_with_the_reason() {
    let (one, other) = (Tls::start("127.0.0.1", true), Tls::start("127.0.0.1", true));
    let (certificate, key) = (one.file("client.pem"), other.file("client.key"));
    let (code, said) = list(&[
        ("ARGOCD_BASE_URL", &one.url),
        ("ARGOCD_API_TOKEN", "t"),
        ("ARGOCD_CLIENT_CERT_FILE", &certificate),
        ("ARGOCD_CLIENT_KEY_FILE", &key),
    ]);
    assert!(code == 64 && said.contains(&certificate) && said.contains(&key) && said.contains("KeyMismatch"), "{said}");
    let whole = fs::read_to_string(one.file("ca.pem")).unwrap();
    let ca = one.file("cut.pem");
    fs::write(&ca, format!("{whole}{}", &whole[..whole.len() / 2])).unwrap();
    let (code, said) = list(&[("ARGOCD_BASE_URL", &one.url), ("ARGOCD_API_TOKEN", "t"), ("ARGOCD_CA_FILE", &ca)]);
    assert!(code == 64 && said.contains(&format!("the CA file {ca}: certificate 2 is broken: ")), "{said}");
}

#[test]
fn who_named_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("registry.json");
    fs::write(&registry, json!([{ "name": "old", "baseUrl": "https://127.0.0.1:1", "token": "t" }]).to_string())
        .unwrap();
    let registry = [("ARGOCD_TOKEN_REGISTRY_PATH", registry.to_str().unwrap())];
    let (code, _, stderr) = run(&["whoami", "--base-url", "old"], &registry);
    assert!(
        code == 64
            && stderr.contains("--base-url: the base URL `old` is not a URL")
            && stderr.contains("`call` takes it as argocdBaseUrl=old, and `whoami old`"),
        "{stderr}"
    );
    let (_, _, stderr) = run(&["whoami"], &registry);
    assert!(stderr.contains("`call TOOL argocdBaseUrl=NAME`") && stderr.contains("This server knows old."), "{stderr}");
    let (_, _, stderr) = run(&["whoami", "old"], &registry);
    assert!(stderr.contains("Is baseUrl of the registry's entry old right, and is Argo CD up"), "{stderr}");
    let other = [("ARGOCD_API_TOKEN_FILE", "/elsewhere")];
    let (code, _, stderr) = run(&["whoami", "--base-url=https://127.0.0.1:1", "--token-file", "/nowhere"], &other);
    assert!(code == 64 && stderr.contains("--token-file names /nowhere, which cannot be read"), "{stderr}");
    let server = [("ARGOCD_SERVER", "127.0.0.1:1"), ("ARGOCD_AUTH_TOKEN", "t")];
    let (_, _, stderr) = run(&["whoami"], &server);
    assert!(stderr.contains("Is ARGOCD_SERVER right (https, as it has no http:// in front), and is"), "{stderr}");
}
