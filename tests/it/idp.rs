//! A stand-in for an identity provider: discovery, authorization code with PKCE, refresh tokens that rotate; signs with
//! ES256. And an Argo CD that takes its id tokens, below which it may stand as Dex does.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU16, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use crate::{
    http::{self, Request, Server, Step, head},
    recordings,
};

/// What the provider does, and what it has seen.
pub struct Idp {
    key: EcdsaKeyPair,
    pub state: Mutex<State>,
}

pub struct State {
    pub issuer: String,
    /// Changes the discovery document.
    pub discovery: Value,
    /// Changes the claims of id tokens.
    pub claims: Value,
    /// Seconds an id token lives.
    pub life: i64,
    pub refreshes: bool,
    /// Answers every token request so.
    pub broken: Option<(u16, Value)>,
    /// Answers no token request.
    pub hangs: bool,
    /// Challenge and nonce by code.
    codes: BTreeMap<String, (String, String)>,
    refresh_tokens: BTreeSet<String>,
    given: usize,
}

impl Idp {
    pub fn new() -> Arc<Self> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let state = State {
            issuer: String::new(),
            discovery: json!({}),
            claims: json!({}),
            life: 3600,
            refreshes: true,
            broken: None,
            hangs: false,
            codes: BTreeMap::new(),
            refresh_tokens: BTreeSet::new(),
            given: 0,
        };
        Arc::new(Self { key, state: Mutex::new(state) })
    }

    /// At an origin of its own.
    pub fn serve(self: &Arc<Self>) -> Server {
        let idp = Arc::clone(self);
        let server = Server::start(move |request| idp.answer(request, ""));
        self.state().issuer.clone_from(&server.url);
        server
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// An id token for a client, and whether it should be told a nonce.
    pub fn id_token(&self, client: &str, nonce: Option<&str>) -> String {
        let mut state = self.state();
        state.given += 1;
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({ "iss": state.issuer, "sub": "CgNmb28", "aud": client, "iat": now, "exp": now + state.life, "email": "kilgore@kilgore.trout", "jti": state.given.to_string() });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        merge(&mut claims, &state.claims);
        drop(state);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "ES256", "kid": "1", "typ": "JWT" })), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A refresh token that is good once.
    pub fn refresh_token(&self) -> String {
        let mut state = self.state();
        state.given += 1;
        let token = format!("CANARY-refresh-{}", state.given);
        state.refresh_tokens.insert(token.clone());
        token
    }

    pub fn answer(&self, request: &Request, prefix: &str) -> Vec<Step> {
        match request.path().strip_prefix(prefix).unwrap() {
            "/.well-known/openid-configuration" => {
                let state = self.state();
                let issuer = &state.issuer;
                let mut document = recordings::load("v3.5.1/oidc.discovery").response.json.unwrap();
                let addresses = json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"), "userinfo_endpoint": null, "id_token_signing_alg_values_supported": ["RS256", "ES256"] });
                merge(&mut document, &addresses);
                merge(&mut document, &state.discovery);
                http::json(200, &document)
            }
            "/keys" => {
                let public = self.key.public_key().as_ref();
                let (x, y) = (URL_SAFE_NO_PAD.encode(&public[1..33]), URL_SAFE_NO_PAD.encode(&public[33..65]));
                http::json(
                    200,
                    &json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1", "x": x, "y": y }] }),
                )
            }
            "/auth" => self.authorize(request),
            "/token" => self.token(request),
            other => panic!("the provider has no {other}"),
        }
    }

    /// Everybody is signed in at once.
    fn authorize(&self, request: &Request) -> Vec<Step> {
        let query: BTreeMap<String, String> = request.query().into_iter().collect();
        assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!(query["access_type"], "offline");
        assert!(
            query["redirect_uri"].starts_with("http://localhost:") && query["redirect_uri"].ends_with("/auth/callback")
        );
        assert!(query["state"].len() >= 32 && query["code_challenge"].len() == 43, "{query:?}");
        let mut state = self.state();
        let code = format!("CANARY-code-{}", state.codes.len());
        state.codes.insert(code.clone(), (query["code_challenge"].clone(), query["nonce"].clone()));
        let back =
            url::Url::parse_with_params(&query["redirect_uri"], [("code", code.as_str()), ("state", &query["state"])])
                .unwrap();
        vec![Step::Send(head(302, &[("location", back.as_str()), ("content-length", "0")]))]
    }

    fn token(&self, request: &Request) -> Vec<Step> {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
        let refused =
            |what: &str| http::json(400, &json!({ "error": what, "error_description": format!("{what} it is") }));
        let mut state = self.state();
        if state.hangs {
            return vec![Step::Hang];
        }
        if let Some((status, body)) = &state.broken {
            return http::json(*status, body);
        }
        let nonce = match form["grant_type"].as_str() {
            "authorization_code" => {
                let Some((challenge, nonce)) = state.codes.remove(&form["code"]) else {
                    return refused("invalid_grant");
                };
                assert!(form["redirect_uri"].starts_with("http://localhost:"));
                if URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes())) != challenge {
                    return refused("invalid_grant");
                }
                Some(nonce)
            }
            "refresh_token" if state.refresh_tokens.remove(&form["refresh_token"]) => None,
            "refresh_token" => return refused("invalid_request"),
            other => panic!("{other}"),
        };
        let refreshes = state.refreshes;
        drop(state);
        let mut answer = json!({ "access_token": "CANARY-access", "token_type": "bearer", "expires_in": 86400, "id_token": self.id_token(&form["client_id"], nonce.as_deref()) });
        if refreshes {
            answer["refresh_token"] = json!(self.refresh_token());
        }
        http::json(200, &answer)
    }
}

/// An Argo CD that takes the tokens of a provider at an origin of its own, as client `argocd-cli`.
pub fn argo_cd(idp: &Arc<Idp>, oidc: Value) -> Server {
    let issuer = idp.state().issuer.clone();
    Server::start(move |request| {
        let mut settings = json!({ "url": "https://argocd.example.com", "oidcConfig": { "name": "Provider", "issuer": issuer, "clientID": "argocd-web", "cliClientID": "argocd-cli" } });
        merge(&mut settings["oidcConfig"], &oidc);
        api(request, &settings)
    })
}

/// The same, but for one token.
pub fn argo_cd_that_refuses(idp: &Arc<Idp>, token: &str) -> Server {
    let (issuer, token) = (idp.state().issuer.clone(), token.to_owned());
    Server::start(move |request| {
        if request.token() == token {
            return http::json(401, &json!({ "message": "invalid session" }));
        }
        api(request, &json!({ "oidcConfig": { "issuer": issuer, "cliClientID": "argocd-cli" } }))
    })
}

/// An Argo CD with Dex below it.
pub fn argo_cd_with_dex(idp: &Arc<Idp>) -> Server {
    let dex = Arc::clone(idp);
    let server = Server::start(move |request| {
        if request.path().starts_with("/api/dex") {
            return dex.answer(request, "/api/dex");
        }
        let mut settings = recordings::load("v3.5.1/settings.dex-connector").response.json.unwrap();
        settings["url"] = json!(dex.state().issuer.trim_end_matches("/api/dex"));
        api(request, &settings)
    });
    idp.state().issuer = format!("{}/api/dex", server.url);
    server
}

fn api(request: &Request, settings: &Value) -> Vec<Step> {
    match request.path() {
        "/api/v1/settings" => {
            assert_eq!(request.token(), "none", "everybody may read the settings");
            http::json(200, settings)
        }
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        "/api/v1/session/userinfo" => {
            http::json(200, &recordings::load("v3.5.1/session.userinfo.sso").response.json.unwrap())
        }
        path if path.starts_with("/api/v1/account/can-i/") => http::json(200, &json!({ "value": "yes" })),
        _ => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": { "project": "p" }, "items": null })),
    }
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().unwrap() {
        into[key] = value.clone();
    }
    into.as_object_mut().unwrap().retain(|_, value| !value.is_null());
}

/// A GET of a browser that follows nothing by itself: status, Location, page.
pub fn browse(address: &str) -> Option<(u16, String, String)> {
    let url = url::Url::parse(address).unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {target} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\n\r\n", url.authority());
    exchange(url.port().unwrap(), &request)
}

/// Sends text to a port of this machine and reads the answer to its end.
pub fn exchange(port: u16, request: &str) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = vec![];
    let mut part = [0; 4096];
    let text = loop {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break String::from_utf8(bytes).unwrap(),
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
        // The provider of the tests keeps connections open.
        if bytes.ends_with(b"content-length: 0\r\n\r\n") {
            break String::from_utf8(bytes).unwrap();
        }
    };
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let location = text.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().to_owned();
    let page = text.split_once("\r\n\r\n").map_or("", |(_, page)| page).to_owned();
    Some((status, location, page))
}

/// Signs in at an address: where the provider sends the browser.
pub fn sign_in(address: &str) -> String {
    let (status, location, _) = browse(address).unwrap();
    assert_eq!(status, 302);
    location
}

/// A port that nobody has right now, and that the system gives to nobody by itself.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Runs at the same time begin far from each other.
    let first = u16::try_from(std::process::id().wrapping_mul(7919) % 18_000).unwrap();
    loop {
        let port = 12_000 + (first + NEXT.fetch_add(1, Ordering::SeqCst)) % 18_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
