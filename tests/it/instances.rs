//! The cardinal rule: no part of one instance ever reaches the host of another. Every pair of sources, through sockets.

use std::{net::UdpSocket, sync::Arc};

use argocd_mcp::{
    argocd::guard::Guard,
    caller::{Caller, Reach},
    config::Environment,
    credentials::Credentials,
    error::Kind,
    server::{App, calls, surface},
    tools,
};
use serde_json::{Value, json};

use crate::{
    harness::{app, block_on, text},
    http::{self, Server},
};

/// Sources of credentials that a server may have at once.
const SOURCES: &[&str] =
    &["argument", "headers", "environment", "token file", "registry", "server", "password", "sso", "argocd config"];
/// Of these only one can make the default instance.
const DEFAULTS: &[&str] = &["environment", "token file", "server", "password", "sso", "argocd config"];

struct World {
    folder: tempfile::TempDir,
    hosts: Vec<(&'static str, Server)>,
}

impl World {
    /// One host a source. Signing in gives a session to whoever asks.
    fn new() -> Self {
        let host = || {
            Server::start(|request| match request.path() {
                "/api/v1/session" => http::json(200, &json!({ "token": "of-password" })),
                _ => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "p" } })),
            })
        };
        let hosts = SOURCES.iter().map(|source| (*source, host())).collect();
        Self { folder: tempfile::tempdir().unwrap(), hosts }
    }

    fn host(&self, source: &str) -> &Server {
        &self.hosts.iter().find(|(name, _)| *name == source).unwrap().1
    }

    fn url(&self, source: &str) -> String {
        self.host(source).url.clone()
    }

    /// The settings of some sources, each for its own host with its own token.
    fn environment(&self, sources: &[&str]) -> Environment {
        let mut environment = Environment::default();
        let secret = |text: &str| Some(text.to_owned().into());
        for source in sources {
            let url = self.url(source);
            match *source {
                "environment" => {
                    environment.token = secret("of-environment");
                    environment.headers = vec![("X-Of".into(), "environment".to_owned().into())];
                }
                "token file" => {
                    let file = self.folder.path().join("token");
                    std::fs::write(&file, "of-token-file\n").unwrap();
                    environment.token_file = Some(file);
                }
                "password" => {
                    environment.username = Some("admin".into());
                    environment.password = secret("the-password");
                }
                "server" => {
                    environment.server = Some(url.clone());
                    environment.auth_token = secret("of-server");
                }
                "sso" => {
                    let file = self.folder.path().join("sso-tokens.json");
                    let hours = (jiff::Timestamp::now().as_second() + 7200) * 1000;
                    let kept = json!({ &url: { "idToken": "of-sso", "refreshToken": "r", "expiresAt": hours } });
                    std::fs::write(&file, kept.to_string()).unwrap();
                    environment.sign_in.sso = true;
                    environment.sign_in.cache = Some(file);
                }
                "argocd config" => {
                    let server = url.strip_prefix("http://").unwrap();
                    let file = format!(
                        "current-context: c\ncontexts:\n- {{name: c, server: '{server}', user: c}}\nservers:\n- {{server: '{server}', plain-text: true}}\nusers:\n- {{name: c, auth-token: of-argocd-config, refresh-token: r}}\n"
                    );
                    std::fs::write(self.folder.path().join("config"), file).unwrap();
                    environment.sign_in.argocd_config = true;
                    environment.sign_in.argocd_folder = Some(self.folder.path().into());
                }
                "registry" => {
                    let file = self.folder.path().join("registry.json");
                    let entry = json!([{ "baseUrl": url, "token": "of-registry", "headers": { "X-Of": "registry" } }]);
                    std::fs::write(&file, entry.to_string()).unwrap();
                    environment.registry = Some(file);
                }
                _ => {}
            }
            if matches!(*source, "environment" | "token file" | "password" | "sso") {
                environment.base_url = Some(url);
            }
        }
        environment
    }

    fn app(&self, environment: &Environment) -> App {
        App { credentials: Credentials::from_environment(environment).unwrap(), ..app("http://127.0.0.1:1", "unused") }
    }

    /// What every host saw: its own token and headers, or nothing.
    fn check(&self, what: &str) {
        for (source, host) in &self.hosts {
            let own = format!("of-{}", source.replace(' ', "-"));
            for request in host.requests() {
                let signing_in = request.path() == "/api/v1/session";
                let token = request.token();
                assert!(token == own || (signing_in && token == "none"), "{what}: {source} saw {token}");
                assert!(
                    !request.body.contains("the-password") || *source == "password",
                    "{what}: {source} saw the password"
                );
                let header = request.headers.get("x-of").map_or("", String::as_str);
                assert!(header.is_empty() || header == *source, "{what}: {source} saw the header of {header}");
            }
        }
    }
}

fn get(app: &App, argument: Option<&str>, caller: &Caller) -> String {
    let mut arguments = json!({ "applicationName": "shop" });
    if let Some(url) = argument {
        arguments["argocdBaseUrl"] = json!(url);
    }
    let Value::Object(arguments) = arguments else { unreachable!() };
    text(block_on(calls::run(app, tools::find("get_application").unwrap(), arguments, caller)))
}

#[test]
fn every_pair_of_sources_keeps_to_its_hosts() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (index, first) in SOURCES.iter().enumerate() {
        for second in &SOURCES[index..] {
            let world = World::new();
            let environment = world.environment(&[first, second]);
            let what = format!("{first} and {second}");
            if first != second && DEFAULTS.contains(first) && DEFAULTS.contains(second) {
                let error = Credentials::from_environment(&environment).unwrap_err();
                assert_eq!(error.kind, Kind::Configuration, "{what}");
                assert!(
                    error.message.starts_with("two credentials for the default instance: "),
                    "{what}: {}",
                    error.message
                );
                continue;
            }
            let app = world.app(&environment);
            let headers = [first, second].contains(&&"headers");
            let caller = |url: bool| Caller {
                base_url: (headers && url).then(|| world.url("headers")),
                token: headers.then(|| "of-headers".to_owned().into()),
                reach: Reach::Loopback,
                ..Caller::default()
            };
            let mut reached = vec![];
            // Every host is asked for by argument, with and without what the headers say, and by nothing.
            for argument in SOURCES.iter().map(|source| Some(world.url(source))).chain([None]) {
                let answer = get(&app, argument.as_deref(), &caller(true));
                if answer.starts_with("shop in project") {
                    reached.push(argument);
                }
            }
            world.check(&what);
            let has = |source: &str| *first == source || *second == source;
            for source in SOURCES {
                let usable = has(source) && *source != "argument";
                assert_eq!(reached.contains(&Some(world.url(source))), usable, "{what}: {source} by argument");
            }
            let default = headers || DEFAULTS.iter().any(|source| has(source));
            assert_eq!(reached.contains(&None), default, "{what}: without argument");
        }
    }
}

#[test]
fn a_header_token_without_a_url_is_for_the_default_instance() {
    let world = World::new();
    let app = world.app(&world.environment(&["environment"]));
    let caller = Caller { token: Some("of-headers".to_owned().into()), reach: Reach::Network, ..Caller::default() };
    assert!(get(&app, None, &caller).starts_with("shop in project"));
    assert!(get(&app, Some(&world.url("registry")), &caller).contains("Missing required ArgoCD API token"));
    assert_eq!(world.host("environment").requests()[0].token(), "of-headers");
    assert_eq!(world.host("environment").requests()[0].headers["x-of"], "environment");
    let only_url = Caller { base_url: Some(world.url("registry")), ..Caller::default() };
    assert!(get(&app, None, &only_url).contains("Missing required ArgoCD API token"));
    assert_eq!(world.host("registry").requests().len(), 0, "the environment's token never goes to a header's URL");
}

#[test]
fn callers_of_a_network_listener_may_only_choose_what_is_allowed() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::answering(200, "application/json", r#"{"metadata":{"name":"shop"},"spec":{"project":"p"}}"#);
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let ask = |allowed: &[&str], url: &str, reach: Reach| {
        let allowed_base_urls = allowed.iter().map(|pattern| (*pattern).to_owned()).collect();
        let environment = Environment { allowed_base_urls, ..Environment::default() };
        let app = App {
            credentials: Credentials::from_environment(&environment).unwrap(),
            ..app("http://127.0.0.1:1", "unused")
        };
        let caller =
            Caller { base_url: Some(url.into()), token: Some("token".to_owned().into()), reach, ..Caller::default() };
        get(&app, None, &caller)
    };
    let url = server.url.as_str();
    assert!(ask(&[], url, Reach::Loopback).starts_with("shop"));
    assert!(ask(&[], url, Reach::Network).contains("is not a base URL that this server allows"));
    assert!(ask(&["https://*.example.com"], url, Reach::Network).contains("is not a base URL that this server allows"));
    // Written out, it was meant, wherever it leads.
    assert!(ask(&[url], url, Reach::Network).starts_with("shop"));
    let named = format!("http://localhost:{port}");
    assert!(ask(&[&named], &named, Reach::Network).starts_with("shop"));
    // Under a wildcard a name must not lead here.
    let before = server.requests().len();
    for (pattern, url) in [
        (format!("http://local*:{port}"), named.clone()),
        (format!("http://127.0.0.*:{port}"), format!("http://127.0.0.1:{port}")),
        (format!("http://169.254.169.*:{port}"), format!("http://169.254.169.254:{port}")),
    ] {
        let said = ask(&[&pattern], &url, Reach::Network);
        assert!(said.contains("an address of this machine") || said.contains("cannot be reached"), "{url}: {said}");
    }
    assert_eq!(server.requests().len(), before, "nothing was sent");
    // A wildcard ends with its label, and no word stands for one.
    for (pattern, url) in [
        ("http://10.0.0.*", "http://10.0.0.1.evil.example"),
        ("https://argocd-*", "https://argocd-x.evil.example"),
        ("https://*.example.com", "https://a.b.example.com"),
        ("https://any-*.example.com", "https://evil-x.example.com"),
    ] {
        let said = ask(&[pattern], url, Reach::Network);
        assert!(said.contains("is not a base URL that this server allows"), "{pattern}: {said}");
    }
    for wrong in ["*", "https://*", "https://x/*", "ftp://*.x"] {
        let environment = Environment { allowed_base_urls: vec![wrong.into()], ..Environment::default() };
        assert!(Credentials::from_environment(&environment).is_err(), "{wrong}");
    }
}

#[test]
fn servers_without_a_default_say_so_in_the_schemas() {
    let world = World::new();
    let has = |sources: &[&str]| {
        let app = Arc::new(world.app(&world.environment(sources)));
        let told = surface::describe(&app).instructions.unwrap().contains("argocdBaseUrl");
        told && surface::tools(&app).iter().all(|it| it.input_schema["properties"].get("argocdBaseUrl").is_some())
    };
    assert!(!has(&["environment"]));
    assert!(has(&["environment", "registry"]));
    assert!(has(&["registry"]));
    assert!(has(&[]));
}

#[test]
fn addresses_of_this_machine_and_of_clouds_are_refused() {
    for address in [
        "127.1.2.3",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fec0::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[::ffff:0:a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[fd00:ec2::254]",
        "[fd00:ec2::23]",
        "[fd20:ce::254]",
        "[fd00:42::42]",
        "[fd00:c1::a9fe:a9fe]",
    ] {
        let refused = Guard::check_literal(&format!("http://{address}:1")).unwrap_err();
        assert!(refused.message.contains("an address of this machine or its surroundings"), "{refused}");
    }
    for address in ["192.0.2.10", "198.51.100.7", "[2001:db8::1]", "[64:ff9b::c000:20a]"] {
        Guard::check_literal(&format!("http://{address}:1")).unwrap();
    }
    // Whatever address this machine has in a network leads here, too.
    let own = UdpSocket::bind("0.0.0.0:0")
        .and_then(|socket| socket.connect("192.0.2.10:9").and_then(|()| socket.local_addr()));
    if let Ok(own) = own {
        Guard::check_literal(&format!("http://{}:1", own.ip())).unwrap_err();
    }
}
