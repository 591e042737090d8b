//! `healthcheck`: 0 for a server that is well, 1 for any other, told as the server itself is.

use crate::{
    http::Server,
    http_server::client::{Serving, free_port},
    stdio_client::run,
    tls::Tls,
};

#[test]
fn a_server_that_is_well_exits_with_0() {
    let serving = Serving::http(&[], &[]);
    let port = serving.port.to_string();
    assert_eq!(run(&["healthcheck", "--port", &port], &[]), (0, String::new(), String::new()));
    // As the image has it; everywhere includes this machine. Proxies are not asked.
    let environment =
        [("ARGOCD_MCP_PORT", port.as_str()), ("MCP_BIND_ADDRESS", "0.0.0.0"), ("HTTP_PROXY", "http://127.0.0.1:1")];
    assert_eq!(run(&["healthcheck"], &environment).0, 0);
    let url = format!("http://127.0.0.1:{port}/healthz");
    assert_eq!(run(&["healthcheck", "--url", &url], &[]).0, 0);
}

#[test]
fn it_needs_no_settings_of_argo_cd() {
    let serving = Serving::http(&[], &[]);
    let port = serving.port.to_string();
    let (code, _, stderr) =
        run(&["healthcheck", "--port", &port], &[("ARGOCD_TOKEN_REGISTRY_PATH", "/nowhere/registry.json")]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn anything_else_exits_with_1() {
    let port = free_port().to_string();
    let (code, _, stderr) = run(&["healthcheck", "--port", &port], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains(&format!("http://127.0.0.1:{port}/healthz does not answer")), "{stderr}");
    let ill = Server::answering(503, "application/json", "{}");
    let (code, _, stderr) = run(&["healthcheck", "--url", &ill.url], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("answers 503"), "{stderr}");
}

#[test]
fn a_server_with_a_certificate_is_asked_over_tls() {
    let made = rcgen::generate_simple_self_signed(vec!["mcp.example.com".to_owned()]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (directory.path().join("tls.crt"), directory.path().join("tls.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let serving = Serving::http(&["--tls-cert", certificate, "--tls-key", key], &[]);
    let port = serving.port.to_string();
    let (code, _, stderr) = run(&["healthcheck"], &[("ARGOCD_MCP_PORT", &port), ("ARGOCD_MCP_TLS_CERT", certificate)]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(run(&["healthcheck", "--port", &port], &[]).0, 1);
}

#[test]
fn a_service_of_the_same_name_sets_no_port() {
    // Where a pod has service links, a Service called argocd-mcp makes this variable.
    let link = [("ARGOCD_MCP_PORT", "tcp://10.96.0.17:80"), ("MCP_BIND_ADDRESS", "127.0.0.1")];
    let (code, _, stderr) = run(&["healthcheck", "--url", "http://127.0.0.1:1/healthz"], &link);
    assert!(code == 1 && !stderr.contains("ARGOCD_MCP_PORT"), "{stderr}");
    let (code, _, stderr) = run(&["http"], &[link[0], ("MCP_BIND_ADDRESS", "0.0.0.0")]);
    assert!(code == 64 && stderr.contains("MCP_AUTH_TOKEN"), "the port is not to blame: {stderr}");
    let (code, _, stderr) = run(&["http"], &[("ARGOCD_MCP_PORT", "udp"), link[1]]);
    assert!(code == 64 && stderr.contains("an integer between 1 and 65535"), "{stderr}");
}

#[test]
fn a_server_that_is_asked_for_its_health_is_trusted_as_argo_cd_is() {
    let (tls, other) = (Tls::of_its_own("127.0.0.1", 90), Tls::of_its_own("127.0.0.1", 90));
    let asked = |flags: &[&str], variables: &[(&str, &str)]| {
        let (code, _, stderr) = run(&[&["healthcheck", "--url", &tls.url], flags].concat(), variables);
        (code, stderr)
    };
    let (own, foreign) = (tls.file("ca.pem"), other.file("ca.pem"));
    for (flags, variables) in [
        (vec!["--ca-file", own.as_str()], vec![]),
        (vec![], vec![("ARGOCD_CA_FILE", own.as_str())]),
        (vec![], vec![("NODE_EXTRA_CA_CERTS", own.as_str())]),
        (vec!["--insecure-skip-verify"], vec![]),
        (vec![], vec![("NODE_TLS_REJECT_UNAUTHORIZED", "0")]),
    ] {
        assert_eq!(asked(&flags, &variables), (0, String::new()), "{flags:?} {variables:?}");
    }
    for flags in [vec![], vec!["--ca-file", foreign.as_str()]] {
        let (code, said) = asked(&flags, &[]);
        assert!(code == 1 && said.contains("set ARGOCD_CA_FILE"), "{said}");
    }
}
