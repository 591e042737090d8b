//! Signing in through a provider, without a browser: the flow on stdio, and whatever may come in its way.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};

use crate::{
    http::Server,
    idp::{self, Idp, browse, exchange, free_port, sign_in},
    stdio_client::{Client, tool_text},
};

/// A provider, an Argo CD that trusts it, and a person's files.
pub struct World {
    pub idp: Arc<Idp>,
    pub provider: Option<Server>,
    pub argo_cd: Server,
    pub folder: tempfile::TempDir,
    pub port: u16,
}

impl World {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    pub fn with(oidc: Value) -> Self {
        let idp = Idp::new();
        let provider = Some(idp.serve());
        let argo_cd = idp::argo_cd(&idp, oidc);
        Self { idp, provider, argo_cd, folder: tempfile::tempdir().unwrap(), port: free_port() }
    }

    pub fn dex() -> Self {
        let idp = Idp::new();
        let argo_cd = idp::argo_cd_with_dex(&idp);
        Self { idp, provider: None, argo_cd, folder: tempfile::tempdir().unwrap(), port: free_port() }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("config/argocd-mcp/sso-tokens.json")
    }

    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ARGOCD_BASE_URL", self.argo_cd.url.clone()),
            ("ARGOCD_AUTH_METHOD", "sso".into()),
            ("ARGOCD_MCP_SSO_PORT", self.port.to_string()),
            ("XDG_CONFIG_HOME", self.folder.path().join("config").to_string_lossy().into_owned()),
            ("RUST_LOG", "trace".into()),
        ]
    }

    pub fn client(&self, more: &[(&'static str, String)]) -> Client {
        let mut environment = self.environment();
        environment.extend_from_slice(more);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut client = Client::start(&environment);
        client.initialize("2025-11-25");
        client
    }

    /// What the file has for this Argo CD.
    pub fn kept(&self) -> Value {
        let text = std::fs::read_to_string(self.file()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()[&self.argo_cd.url].clone()
    }

    /// Writes what the file has for this Argo CD.
    pub fn keep(&self, id: &str, refresh: Option<&str>) {
        std::fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        let mut entry = json!({ "idToken": id, "refreshToken": refresh, "expiresAt": 0 });
        entry.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let other = json!({ "idToken": "other", "refreshToken": "other", "expiresAt": 1 });
        let all = json!({ "https://other.example.com": other, &self.argo_cd.url: entry });
        std::fs::write(self.file(), all.to_string()).unwrap();
    }

    /// Grants of the token requests so far.
    pub fn grants(&self) -> Vec<String> {
        let server = self.provider.as_ref().unwrap_or(&self.argo_cd);
        let grant = |body: &str| {
            let mut pairs = url::form_urlencoded::parse(body.as_bytes());
            pairs.find(|(name, _)| name == "grant_type").unwrap().1.into_owned()
        };
        server
            .requests()
            .iter()
            .filter(|request| request.path().ends_with("/token"))
            .map(|request| grant(&request.body))
            .collect()
    }
}

pub fn ask(client: &mut Client) -> (String, bool) {
    client.call(7, "get_application", json!({ "applicationName": "shop" }));
    tool_text(&client.receive())
}

/// The address in an answer.
pub fn address(answer: &(String, bool)) -> String {
    let text = answer.0.strip_prefix("Sign in here, then ask again: ").unwrap_or_else(|| panic!("{answer:?}"));
    assert!(answer.1);
    text.lines().next().unwrap().to_owned()
}

pub fn signed_in(client: &mut Client) {
    let answer = ask(client);
    assert!(answer.0.starts_with("shop in project") && !answer.1, "{answer:?}; {}", client.stderr());
}

fn query(address: &str) -> std::collections::BTreeMap<String, String> {
    url::Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn a_person_signs_in_between_two_calls() {
    let world = World::with(json!({
        "scopes": ["openid", "profile", "groups"],
        "idTokenClaims": { "groups": { "essential": true } },
    }));
    let mut client = world.client(&[("ARGOCD_EXTRA_HEADERS", "X-Of: argo-cd".into())]);
    let address = address(&ask(&mut client));
    assert_eq!(self::address(&ask(&mut client)), address, "calls meanwhile get the same");
    client.says(&address);
    let asked = query(&address);
    assert_eq!(asked["client_id"], "argocd-cli");
    assert_eq!(asked["scope"], "openid profile groups offline_access");
    assert_eq!(asked["claims"], json!({ "id_token": { "groups": { "essential": true } } }).to_string());
    assert_eq!(asked["redirect_uri"], format!("http://localhost:{}/auth/callback", world.port));
    let callback = sign_in(&address);
    let (status, _, page) = browse(&callback).unwrap();
    assert!(status == 200 && page.contains("Signed in"), "{page}");
    signed_in(&mut client);
    assert!(browse(&callback).is_none(), "the port is closed, and an answer counts once");
    // What came of it.
    let kept = world.kept();
    let id = kept["idToken"].as_str().unwrap();
    assert!(world.argo_cd.requests().iter().any(|request| request.token() == id));
    assert!(kept["refreshToken"].as_str().unwrap().starts_with("CANARY-refresh-"));
    assert!(kept["expiresAt"].as_i64().unwrap() > 1_700_000_000_000);
    for request in world.provider.as_ref().unwrap().requests() {
        assert_eq!((request.token(), request.headers.get("x-of")), ("none", None), "{}", request.line());
    }
    assert!(world.argo_cd.requests().iter().all(|request| request.headers["x-of"] == "argo-cd"));
    // Another process has it at once.
    signed_in(&mut world.client(&[]));
    assert_eq!(world.grants(), ["authorization_code"]);
    assert!(client.wait().success());
    let log = client.stderr();
    assert!(!log.contains("CANARY") && !log.contains(id), "{log}");
}

#[cfg(unix)]
#[test]
fn the_file_and_its_folder_are_for_their_person_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    std::fs::create_dir_all(world.file().parent().unwrap()).unwrap();
    std::fs::write(world.file(), "{}").unwrap();
    std::fs::set_permissions(world.file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut client = world.client(&[]);
    browse(&sign_in(&address(&ask(&mut client)))).unwrap();
    assert_eq!((mode(&world.file()), mode(world.file().parent().unwrap())), (0o600, 0o700));
    let names: Vec<_> =
        std::fs::read_dir(world.file().parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing but the file and its lock: {names:?}");
}

#[test]
fn dex_is_asked_as_the_argocd_command_line_does() {
    let world = World::dex();
    world.idp.state().discovery = json!({ "scopes_supported": ["openid", "email", "groups", "profile"] });
    let mut client = world.client(&[("ARGOCD_EXTRA_HEADERS", "X-Of: argo-cd".into())]);
    let address = address(&ask(&mut client));
    let asked = query(&address);
    assert!(address.starts_with(&format!("{}/api/dex/auth?", world.argo_cd.url)), "{address}");
    assert_eq!(asked["client_id"], "argo-cd-cli");
    assert_eq!(asked["scope"], "openid profile email groups federated:id");
    assert!(!asked.contains_key("claims"));
    browse(&sign_in(&address)).unwrap();
    signed_in(&mut client);
    // It is Argo CD's own origin, behind the same proxy.
    let own = |path: &str| world.argo_cd.requests().into_iter().find(|request| request.path() == path).unwrap();
    assert_eq!(own("/api/dex/token").headers["x-of"], "argo-cd");
    assert_eq!(own("/api/dex/token").token(), "none");
}

#[test]
fn a_provider_that_lists_no_scopes_is_asked_for_a_refresh_token() {
    let world = World::dex();
    world.idp.state().discovery = json!({ "scopes_supported": null });
    let address = address(&ask(&mut world.client(&[])));
    assert!(query(&address)["scope"].ends_with(" offline_access"), "{address}");
}

#[test]
fn what_is_not_the_answer_does_not_end_the_sign_in() {
    let world = World::new();
    let mut client = world.client(&[]);
    let address = address(&ask(&mut client));
    let callback = sign_in(&address);
    let at = |path: &str| format!("http://localhost:{}{path}", world.port);
    let state = &query(&callback)["state"];
    for (target, status) in [
        (at("/auth/callback?error=evil"), 400),
        (at("/auth/callback?code=stolen&state=forged"), 400),
        (at(&format!("/auth/callback?state={state}")), 400),
        (at("/auth/callback"), 400),
        (at("/favicon.ico"), 404),
        (at("//evil.example.com/auth/callback"), 404),
        (at(&format!("/?code=x&state={state}")), 404),
    ] {
        assert_eq!(browse(&target).unwrap().0, status, "{target}");
    }
    for (request, status) in [
        (format!("POST /auth/callback?state={state}&code=x HTTP/1.1\r\n\r\n"), 405),
        ("\u{16}\u{3}\u{1} nonsense\r\n\r\n".to_owned(), 405),
        ("GET nowhere HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000)), 431),
    ] {
        assert_eq!(exchange(world.port, &request).unwrap().0, status, "{request:.40}");
    }
    let (_, _, page) = browse(&at("/auth/callback?error=<script>&state=x")).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(self::address(&ask(&mut client)), address);
    browse(&callback).unwrap();
    signed_in(&mut client);
    assert_eq!(world.grants(), ["authorization_code"], "nothing but the code with the right state was used");
}

#[test]
fn a_refusal_is_told_with_the_next_address() {
    let world = World::new();
    let mut client = world.client(&[]);
    let first = address(&ask(&mut client));
    let callback = format!(
        "http://localhost:{}/auth/callback?error=access_denied&error_description=not%20%3Cyou%3E&state={}",
        world.port,
        query(&first)["state"]
    );
    let (status, _, page) = browse(&callback).unwrap();
    assert!(status == 400 && page.contains("access_denied: not &lt;you&gt;"), "{page}");
    let answer = ask(&mut client);
    assert!(
        answer.0.contains("\nThe last sign-in failed: the identity provider refused: access_denied: not <you>"),
        "{answer:?}"
    );
    let second = address(&answer);
    assert_ne!(first, second);
    browse(&sign_in(&second)).unwrap();
    signed_in(&mut client);
}

#[test]
fn an_id_token_that_does_not_hold_signs_nobody_in() {
    let now = jiff::Timestamp::now().as_second();
    for (claims, said) in [
        (json!({ "exp": now - 5 }), "does not hold: Expired: ID token expired"),
        (json!({ "iss": "https://evil.example.com" }), "does not hold"),
        (json!({ "aud": "somebody-else" }), "does not hold"),
        (json!({ "nonce": "replayed" }), "nonce mismatch"),
        (json!({ "nonce": null }), "missing nonce"),
    ] {
        let world = World::new();
        world.idp.state().claims = claims.clone();
        let mut client = world.client(&[]);
        let (status, _, page) = browse(&sign_in(&address(&ask(&mut client)))).unwrap();
        assert_eq!(status, 400, "{claims}: {page}");
        let answer = ask(&mut client);
        assert!(answer.0.contains(said), "{claims}: {answer:?}");
        assert!(!world.file().exists());
        assert!(world.argo_cd.requests().iter().all(|request| request.token() == "none"));
    }
    // Among several audiences this one is enough, as it is for Argo CD.
    let world = World::new();
    world.idp.state().claims = json!({ "aud": ["argocd-web", "argocd-cli"] });
    let mut client = world.client(&[]);
    browse(&sign_in(&address(&ask(&mut client)))).unwrap();
    signed_in(&mut client);
}

#[test]
fn a_signature_of_somebody_else_signs_nobody_in() {
    let (world, other) = (World::new(), Idp::new());
    let provider = world.provider.as_ref().unwrap().url.clone();
    // The keys are those of another provider.
    let keys = other.serve();
    world.idp.state().discovery = json!({ "jwks_uri": format!("{}/keys", keys.url), "issuer": provider });
    let mut client = world.client(&[]);
    assert_eq!(browse(&sign_in(&address(&ask(&mut client)))).unwrap().0, 400);
    let answer = ask(&mut client);
    assert!(answer.0.contains("does not hold: Signature verification failed"), "{answer:?} {}", client.stderr());
    assert!(answer.0.contains("The keys it publishes") && !answer.0.contains("clock"), "{answer:?}");
}
