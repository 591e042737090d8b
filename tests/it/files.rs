//! Files that are named to the program: byte order marks, pipes, folders, pairs that are none; and who named them.

use std::{fs, process::Command, thread, time::Duration};

use argocd_mcp::files;
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
fn a_byte_order_mark_is_no_part_of_a_file() {
    let (server, tls) = (argo_cd(), Tls::start("127.0.0.1", false));
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let marked = |name: &str, text: &str| put(name, format!("\u{feff}{text}").as_bytes());
    let token = marked("token", "a.b.c\r\n");
    let registry = marked("registry", &json!([{ "name": "a", "baseUrl": server.url, "token": "a.b.c" }]).to_string());
    let ca = marked("ca.pem", &fs::read_to_string(tls.file("ca.pem")).unwrap());
    for environment in [
        [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN_FILE", &token), ("A", "")],
        [("ARGOCD_BASE_URL", &server.url), ("ARGOCD_TOKEN_REGISTRY_PATH", &registry), ("A", "")],
        [("ARGOCD_BASE_URL", &tls.url), ("ARGOCD_API_TOKEN", "a.b.c"), ("ARGOCD_CA_FILE", &ca)],
    ] {
        let (code, said) = list(&environment);
        assert_eq!(code, 0, "{environment:?}: {said}");
    }
    assert!(server.requests().iter().all(|request| request.token() == "a.b.c"));
    let wide = put("wide", b"\xff\xfea\0.\0b\0");
    let (code, said) = list(&[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_API_TOKEN_FILE", &wide)]);
    assert!(code == 64 && said.contains("it is not UTF-8 text, but UTF-16"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_while_somebody_writes_into_it() {
    let server = argo_cd();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let silent = files::whole(&pipe, Duration::from_millis(1)).unwrap_err().to_string();
    assert!(silent.starts_with("it is a pipe, and nobody wrote all of it within"), "{silent}");
    // Another one: what gave up may open the first as late as it likes, and read it.
    let pipe = folder.path().join("written");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, "a.b.c")
    });
    let (code, said) = list(&[("ARGOCD_BASE_URL", &server.url), ("ARGOCD_API_TOKEN_FILE", pipe.to_str().unwrap())]);
    assert_eq!(code, 0, "{said}");
    writer.join().unwrap().unwrap();
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
