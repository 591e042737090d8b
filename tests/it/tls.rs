//! TLS to Argo CD: trust, names, client certificates; every switch belongs to its own instance.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};

use crate::stdio_client::run;

type Ca = CertifiedIssuer<'static, KeyPair>;

/// A CA, files with what it issued, and a server on 127.0.0.1 whose certificate is of that CA.
pub struct Tls {
    pub folder: tempfile::TempDir,
    pub url: String,
    /// One entry a request: its Authorization, and whether it came with a client certificate.
    pub seen: Arc<Mutex<Vec<(String, bool)>>>,
    /// The identity provider that the settings name.
    pub issuer: Arc<Mutex<String>>,
}

fn issue(ca: &Ca, names: &[&str], client: bool) -> (rcgen::Certificate, KeyPair) {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    if client {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, ca).unwrap(), key)
}

impl Tls {
    /// A server whose certificate is for `name`; with `client` it insists on a certificate of its CA.
    pub fn start(name: &str, client: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
        let (certificate, key) = issue(&ca, &["client"], true);
        std::fs::write(folder.path().join("client.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.path().join("client.key"), key.serialize_pem()).unwrap();
        let (certificate, key) = issue(&ca, &[name], false);
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots));
        let verifier = if client { verifier } else { verifier.allow_unauthenticated() };
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        Self::listen(folder, config)
    }

    /// A server whose certificate is its own CA's, as `openssl req -x509` makes it, valid for some days from today on.
    pub fn of_its_own(name: &str, days: i64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
        let date = |days: i64| {
            let date = today + jiff::SignedDuration::from_hours(24 * days);
            rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
        };
        (params.not_before, params.not_after) = (date(days.min(0) - 1), date(days));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        Self::listen(folder, config.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }

    fn listen(folder: tempfile::TempDir, config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let seen: Arc<Mutex<Vec<(String, bool)>>> = Arc::default();
        let issuer: Arc<Mutex<String>> = Arc::default();
        let (config, requests, provider) = (Arc::new(config), Arc::clone(&seen), Arc::clone(&issuer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, requests, issuer) = (Arc::clone(&config), Arc::clone(&requests), Arc::clone(&provider));
                thread::spawn(move || {
                    serve(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), &requests, &issuer)
                });
            }
        });
        Self { folder, url, seen, issuer }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }
}

fn serve(
    stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    requests: &Mutex<Vec<(String, bool)>>,
    issuer: &Mutex<String>,
) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut path, mut token, mut length) = (String::new(), String::new(), String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            let lower = line.to_lowercase();
            if path.is_empty() {
                path.clone_from(&line);
            } else if lower.starts_with("authorization: ") {
                token = line[15..].trim().to_owned();
            } else if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        if path.is_empty() {
            return;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let certified = reader.get_ref().conn.peer_certificates().is_some();
        requests.lock().unwrap().push((token, certified));
        let body = if path.contains("/api/version") {
            json!({ "Version": "v3.5.1" })
        } else if path.contains("userinfo") {
            json!({ "loggedIn": true, "username": "agent" })
        } else if path.contains("can-i") {
            json!({ "value": "yes" })
        } else if path.contains("settings") {
            json!({ "oidcConfig": { "issuer": *issuer.lock().unwrap(), "clientID": "argocd" } })
        } else {
            json!({ "items": null })
        }
        .to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if reader.get_mut().write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn list(environment: &[(&str, &str)]) -> (i32, String) {
    let (code, stdout, stderr) = run(&["call", "list_applications"], environment);
    (code, stdout + &stderr)
}

#[test]
fn a_ca_of_ones_own_is_trusted_when_it_is_given() {
    let tls = Tls::start("127.0.0.1", false);
    let base = [("ARGOCD_BASE_URL", tls.url.as_str()), ("ARGOCD_API_TOKEN", "token")];
    let (code, said) = list(&base);
    assert!(code == 1 && said.contains("cannot be reached") && said.contains("set ARGOCD_CA_FILE"), "{said}");
    let ca = tls.file("ca.pem");
    for name in ["ARGOCD_CA_FILE", "NODE_EXTRA_CA_CERTS"] {
        let (code, said) = list(&[base[0], base[1], (name, &ca)]);
        assert!(code == 0 && said.starts_with("0 applications"), "{name}: {said}");
    }
    for (name, value) in [("ARGOCD_INSECURE_SKIP_VERIFY", "true"), ("NODE_TLS_REJECT_UNAUTHORIZED", "0")] {
        let (code, said) = list(&[base[0], base[1], (name, value)]);
        assert!(code == 0 && said.contains("are NOT verified"), "{name}: {said}");
    }
    assert_eq!(list(&[base[0], base[1], ("ARGOCD_INSECURE_SKIP_VERIFY", "perhaps")]).0, 64);
    let (code, said) = list(&[base[0], base[1], ("ARGOCD_CA_FILE", "/nowhere/ca.pem")]);
    assert!(code == 64 && said.contains("the CA file /nowhere/ca.pem cannot be read"), "{said}");
    let (code, said) = list(&[base[0], base[1], ("ARGOCD_CA_FILE", &tls.file("client.key"))]);
    assert!(code == 64 && said.contains("client.key holds none in PEM"), "{said}");
}

#[test]
fn a_certificate_that_is_its_own_ca_is_trusted_when_it_is_given() {
    let tls = Tls::of_its_own("127.0.0.1", 90);
    let asked = |tls: &Tls, ca: &str| {
        list(&[("ARGOCD_BASE_URL", &tls.url), ("ARGOCD_API_TOKEN", "token"), ("ARGOCD_CA_FILE", ca)])
    };
    let (code, said) = asked(&tls, &tls.file("ca.pem"));
    assert!(code == 0 && said.starts_with("0 applications"), "{said}");
    // That of another server of the same name, another name, and a date that has passed are refused as ever.
    let other = Tls::of_its_own("127.0.0.1", 90);
    let (code, said) = asked(&tls, &other.file("ca.pem"));
    assert!(code == 1 && said.contains("set ARGOCD_CA_FILE"), "{said}");
    for (tls, hint) in [
        (Tls::of_its_own("argocd.example.com", 90), "issued for another name"),
        (Tls::of_its_own("127.0.0.1", -2), "has expired"),
    ] {
        let (code, said) = asked(&tls, &tls.file("ca.pem"));
        assert!(code == 1 && said.contains(hint), "{said}");
        assert!(tls.seen.lock().unwrap().is_empty());
    }
}

#[test]
fn a_certificate_for_another_name_is_refused_and_explained() {
    let tls = Tls::start("argocd.example.com", false);
    let (code, said) =
        list(&[("ARGOCD_BASE_URL", &tls.url), ("ARGOCD_API_TOKEN", "token"), ("ARGOCD_CA_FILE", &tls.file("ca.pem"))]);
    assert!(code == 1 && said.contains("issued for another name"), "{said}");
    assert!(tls.seen.lock().unwrap().is_empty());
}

#[test]
fn a_client_certificate_goes_to_its_own_instance_alone() {
    let (own, other) = (Tls::start("127.0.0.1", true), Tls::start("127.0.0.1", false));
    let registry = own.folder.path().join("registry.json");
    let entries =
        json!([{ "baseUrl": other.url, "name": "other", "token": "other-token", "caFile": other.file("ca.pem") }]);
    std::fs::write(&registry, entries.to_string()).unwrap();
    let registry: PathBuf = registry;
    let environment = [
        ("ARGOCD_BASE_URL", own.url.clone()),
        ("ARGOCD_API_TOKEN", "own-token".to_owned()),
        ("ARGOCD_CA_FILE", own.file("ca.pem")),
        ("ARGOCD_CLIENT_CERT_FILE", own.file("client.pem")),
        ("ARGOCD_CLIENT_KEY_FILE", own.file("client.key")),
        ("ARGOCD_TOKEN_REGISTRY_PATH", registry.to_string_lossy().into_owned()),
    ];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(list(&environment).0, 0);
    let (code, stdout, stderr) = run(&["call", "list_applications", "argocdBaseUrl=other"], &environment);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let seen = |tls: &Tls| tls.seen.lock().unwrap().clone();
    assert!(seen(&own).iter().all(|request| *request == ("Bearer own-token".to_owned(), true)), "{:?}", seen(&own));
    assert!(
        seen(&other).iter().all(|request| *request == ("Bearer other-token".to_owned(), false)),
        "{:?}",
        seen(&other)
    );
    assert!(!seen(&own).is_empty() && !seen(&other).is_empty());
    let without = &environment[..3];
    let (code, said) = list(without);
    assert!(code == 1 && said.contains("ARGOCD_CLIENT_CERT_FILE"), "{said}");
    let (code, said) = list(&environment[..4]);
    assert!(code == 64 && said.contains("go together"), "{said}");
}

#[test]
fn a_client_certificate_goes_to_no_provider_of_another_origin() {
    let (own, provider) = (Tls::start("127.0.0.1", true), Tls::start("127.0.0.1", false));
    let both = own.folder.path().join("both.pem");
    let pem = |tls: &Tls| std::fs::read_to_string(tls.file("ca.pem")).unwrap();
    std::fs::write(&both, pem(&own) + &pem(&provider)).unwrap();
    let environment = [
        ("ARGOCD_BASE_URL", own.url.clone()),
        ("ARGOCD_CA_FILE", both.to_string_lossy().into_owned()),
        ("ARGOCD_CLIENT_CERT_FILE", own.file("client.pem")),
        ("ARGOCD_CLIENT_KEY_FILE", own.file("client.key")),
        ("ARGOCD_MCP_SSO_CACHE", own.file("sso.json")),
    ];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (issuer, server, certified) in [(&provider.url, &provider, false), (&own.url, &own, true)] {
        own.issuer.lock().unwrap().clone_from(issuer);
        let (code, _, stderr) = run(&["login", "--sso"], &environment);
        assert!(code == 64 && stderr.contains("did not say what it offers"), "{stderr}");
        let seen = server.seen.lock().unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|request| *request == (String::new(), certified)), "{seen:?}");
    }
}

#[test]
fn the_doctor_reads_the_certificate() {
    let tls = Tls::start("127.0.0.1", false);
    let environment = [
        ("ARGOCD_BASE_URL", tls.url.as_str()),
        ("ARGOCD_API_TOKEN", "not-a-jwt"),
        ("ARGOCD_CA_FILE", &tls.file("ca.pem")),
    ];
    let (code, stdout, stderr) = run(&["doctor", "--json"], &environment);
    let reports: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0, "{stdout}{stderr}");
    let text = reports.to_string();
    assert!(text.contains("certificate of ") && text.contains(" left"), "{text}");
    let untrusted = &environment[..2];
    let (code, stdout, _) = run(&["doctor"], untrusted);
    assert!(code == 1 && stdout.contains("FAIL  tls") && stdout.contains("set ARGOCD_CA_FILE"), "{stdout}");
}
