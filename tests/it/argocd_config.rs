//! The argocd command line's login: its server, TLS options and token, and never its refresh token.

use std::{path::PathBuf, thread, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    http::{self, Server},
    idp::Idp,
    stdio_client::{Client, run, tool_text},
    tls::Tls,
};

const REFRESH: &str = "CANARY-refresh";

/// A file of the argocd command line with two contexts.
struct Config {
    folder: tempfile::TempDir,
}

impl Config {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, current: &str, contexts: &[(&str, &str, &str, &str)]) {
        let mut text = format!(
            "contexts:\n{}current-context: {current}\nprompts-enabled: false\nservers:\n",
            contexts
                .iter()
                .map(|(name, server, ..)| format!("- name: {name}\n  server: {server}\n  user: {name}\n"))
                .collect::<String>()
        );
        for (_, server, options, _) in contexts {
            text += &format!("- grpc-web-root-path: \"\"\n  server: {server}\n{options}");
        }
        text += "users:\n";
        for (name, _, _, token) in contexts {
            text += &format!("- auth-token: {token}\n  name: {name}\n  refresh-token: {REFRESH}\n");
        }
        // The time of a file may be coarse.
        thread::sleep(Duration::from_millis(20));
        std::fs::write(self.file(), text).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn environment<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let folder = self.folder.path().to_str().unwrap();
        let mut environment =
            vec![("ARGOCD_CONFIG_DIR", folder), ("ARGOCD_MCP_USE_ARGOCD_CONFIG", "true"), ("RUST_LOG", "trace")];
        environment.extend_from_slice(more);
        environment
    }

    fn list(&self, more: &[(&str, &str)]) -> (i32, String) {
        let (code, stdout, stderr) = run(&["call", "list_applications"], &self.environment(more));
        (code, stdout + &stderr)
    }
}

fn argo_cd() -> Server {
    Server::start(|_| http::json(200, &json!({ "Version": "v3.5.1", "items": null })))
}

fn host(server: &Server) -> &str {
    server.url.strip_prefix("http://").unwrap()
}

fn tokens(server: &Server) -> Vec<String> {
    let mut tokens: Vec<String> = server.take_requests().iter().map(|request| request.token().to_owned()).collect();
    tokens.dedup();
    tokens
}

const PLAIN: &str = "  plain-text: true\n";

#[test]
fn a_context_is_an_instance() {
    let (config, one, two) = (Config::new(), argo_cd(), argo_cd());
    config.write("one", &[("one", host(&one), PLAIN, "of-one"), ("two", host(&two), PLAIN, "of-two")]);
    let (code, said) = config.list(&[]);
    assert!(code == 0 && said.contains("0 applications"), "{said}");
    assert_eq!((tokens(&one), tokens(&two).len()), (vec!["of-one".to_owned()], 0));
    let (code, said) = config.list(&[("ARGOCD_MCP_ARGOCD_CONTEXT", "two")]);
    assert_eq!(code, 0, "{said}");
    assert_eq!((tokens(&one).len(), tokens(&two)), (0, vec!["of-two".to_owned()]));
    let (code, said) = config.list(&[("ARGOCD_MCP_ARGOCD_CONTEXT", "three")]);
    assert!(
        code == 64 && said.contains("the argocd context `three` does not exist") && said.contains("has one, two"),
        "{said}"
    );
    // With a base URL both must mean the same; what is set for it goes along.
    let (code, said) = config.list(&[("ARGOCD_BASE_URL", &two.url)]);
    assert!(code == 64 && said.contains("name two instances"), "{said}");
    let headers = ("ARGOCD_EXTRA_HEADERS", "X-Of: base");
    assert_eq!(config.list(&[("ARGOCD_BASE_URL", &one.url), headers]).0, 0);
    assert!(one.take_requests().iter().all(|request| request.headers["x-of"] == "base"));
    let (code, said) = config.list(&[headers]);
    assert!(code == 0 && said.contains("extra headers and client certificate are not used"), "{said}");
    assert!(one.take_requests().iter().all(|request| !request.headers.contains_key("x-of")));
    let (code, said) = config.list(&[("ARGOCD_BASE_URL", &one.url), ("ARGOCD_API_TOKEN", "x")]);
    assert!(
        code == 64
            && said.contains("two credentials for the default instance: ARGOCD_API_TOKEN and --use-argocd-config"),
        "{said}"
    );
    for server in [&one, &two] {
        assert!(server.requests().iter().all(|request| !request.body.contains(REFRESH)));
    }
    assert!(!config.list(&[]).1.contains("CANARY"));
}

#[test]
fn the_path_of_a_server_is_kept() {
    let (config, server) = (Config::new(), argo_cd());
    let text = format!(
        "current-context: c\ncontexts:\n- {{name: c, server: '{0}', user: c}}\nservers:\n- {{server: '{0}', plain-text: true, grpc-web: true, grpc-web-root-path: argocd}}\nusers:\n- {{name: c, auth-token: t}}\n",
        host(&server)
    );
    std::fs::write(config.file(), text).unwrap();
    assert_eq!(config.list(&[]).0, 0);
    assert!(server.requests().iter().all(|request| request.path().starts_with("/argocd/api/")));
}

#[test]
fn tls_options_are_those_of_the_server() {
    let tls = Tls::start("127.0.0.1", true);
    let (config, host) = (Config::new(), tls.url.strip_prefix("https://").unwrap());
    let data = |name: &str| STANDARD.encode(std::fs::read(tls.file(name)).unwrap());
    let certificate = format!(
        "  client-certificate-data: {}\n  client-certificate-key-data: {}\n",
        data("client.pem"),
        data("client.key")
    );
    let ca = format!("  certificate-authority-data: {}\n", data("ca.pem"));
    config.write("c", &[("c", host, &certificate, "t")]);
    let (code, said) = config.list(&[]);
    assert!(code == 1 && said.contains("cannot be reached"), "{said}");
    config.write("c", &[("c", host, &(certificate.clone() + &ca), "t")]);
    assert_eq!(config.list(&[]).0, 0);
    config.write("c", &[("c", host, &(certificate + "  insecure: true\n"), "t")]);
    let (code, said) = config.list(&[]);
    assert!(code == 0 && said.contains("are NOT verified"), "{said}");
    assert!(tls.seen.lock().unwrap().iter().all(|request| *request == ("Bearer t".to_owned(), true)));
    config.write("c", &[("c", host, "  certificate-authority-data: '%'\n", "t")]);
    assert!(config.list(&[]).1.contains("has a certificate-authority-data that is not base64"));
}

#[test]
fn a_new_login_counts_at_once_and_another_current_context_does_not() {
    let (config, one, two) = (Config::new(), argo_cd(), argo_cd());
    let idp = Idp::new();
    idp.state().claims = json!({ "exp": 1_700_000_000 });
    let expired = idp.id_token("argo-cd-cli", None);
    config.write("one", &[("one", host(&one), PLAIN, &expired)]);
    let mut client = Client::start(&config.environment(&[]));
    client.initialize("2025-11-25");
    let mut ask = || {
        client.call(7, "list_applications", json!({}));
        tool_text(&client.receive())
    };
    let (said, failed) = ask();
    assert!(failed && said.starts_with(&format!("the argocd command line's login to {} expired ", one.url)), "{said}");
    assert!(said.contains("`argocd relogin`") && said.contains("`argocd-mcp login --sso --base-url http"), "{said}");
    assert!(tokens(&one).is_empty(), "it is not sent, and neither is its refresh token");
    // A local account of Argo CD has no single sign-on.
    idp.state().claims = json!({ "exp": 1_700_000_000, "iss": "argocd", "sub": "admin:login" });
    config.write("one", &[("one", host(&one), PLAIN, &idp.id_token("argo-cd-cli", None))]);
    let (said, _) = ask();
    assert!(said.contains("ARGOCD_USERNAME and ARGOCD_PASSWORD instead of") && !said.contains("--sso"), "{said}");
    config.write("two", &[("one", host(&one), PLAIN, "renewed"), ("two", host(&two), PLAIN, "of-two")]);
    assert!(!ask().1);
    assert_eq!((tokens(&one), tokens(&two).len()), (vec!["renewed".to_owned()], 0));
    std::fs::write(config.file(), "contexts: 7").unwrap();
    assert!(ask().0.contains("is not a configuration of the argocd command line"));
    // The context moved, and so does its token, nowhere else.
    config.write("one", &[("one", host(&two), PLAIN, "of-two")]);
    assert!(!ask().1);
    assert_eq!((tokens(&one).len(), tokens(&two)), (0, vec!["of-two".to_owned()]));
    config.write("one", &[("one", host(&two), PLAIN, "''")]);
    let (said, _) = ask();
    assert!(said.contains("is not signed in to"), "{said}");
}

#[test]
fn what_cannot_be_used_is_said_at_start() {
    let config = Config::new();
    let (code, said) = config.list(&[]);
    assert!(code == 64 && said.contains("cannot be read") && said.contains("`argocd login SERVER`"), "{said}");
    for (text, expected) in [
        ("{", "is not a configuration of the argocd command line"),
        ("contexts: null\nservers:\nusers: null\n", "has no current context"),
        ("current-context: k\ncontexts:\n", "does not exist"),
        ("contexts: 7\n", "is not a configuration of the argocd command line"),
        ("current-context: x\n", "the argocd context `x` does not exist"),
        (
            "current-context: k\ncontexts: [{name: k, server: kubernetes, user: k}]\nservers: [{server: kubernetes, core: true}]\n",
            "has no address: it is of `argocd login --core`",
        ),
        ("current-context: k\ncontexts: [{name: k, server: a, user: k}]\n", "has no server a"),
        (
            "current-context: k\ncontexts: [{name: k, server: 'a b', user: k}]\nservers: [{server: 'a b'}]\n",
            "cannot be used: the base URL",
        ),
    ] {
        std::fs::write(config.file(), text).unwrap();
        let (code, said) = config.list(&[]);
        assert!(code == 64 && said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn the_file_is_where_the_command_line_has_it() {
    let (home, server) = (tempfile::tempdir().unwrap(), argo_cd());
    let write = |folder: &str, token: &str| {
        let config = Config::new();
        config.write("c", &[("c", host(&server), PLAIN, token)]);
        let folder = home.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(config.file(), folder.join("config")).unwrap();
    };
    let (path, xdg) =
        (home.path().to_string_lossy().into_owned(), home.path().join("xdg").to_string_lossy().into_owned());
    let list = |more: &[(&str, &str)]| {
        let environment = [&[("HOME", path.as_str())], more].concat();
        let (code, _, stderr) = run(&["call", "list_applications", "--use-argocd-config"], &environment);
        assert_eq!(code, 0, "{stderr}");
        tokens(&server).pop().unwrap()
    };
    write(".config/argocd", "of-home");
    write("xdg/argocd", "of-xdg");
    assert_eq!(list(&[]), "of-home");
    assert_eq!(list(&[("XDG_CONFIG_HOME", &xdg)]), "of-xdg");
    write(".argocd", "of-legacy");
    assert_eq!(list(&[("XDG_CONFIG_HOME", &xdg)]), "of-legacy");
    let set = home.path().join("xdg/argocd").to_string_lossy().into_owned();
    assert_eq!(list(&[("ARGOCD_CONFIG_DIR", &set)]), "of-xdg");
}
