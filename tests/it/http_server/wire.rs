//! What is around a request: TLS, and the trace it belongs to.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::CertificateDer};
use serde_json::json;

use super::{
    client::{Serving, wait_for},
    messages::{borrowed, call, initialize, modern},
    upstream,
};
use crate::stdio_client::run;

const OURS: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Writes a certificate for `localhost` and its key.
pub fn issue(folder: &std::path::Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    certificate.der().clone()
}

pub fn ask(port: u16, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(("127.0.0.1", port))?);
    let body = initialize("2025-11-25").to_string();
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: https://localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn tls_with_a_certificate_that_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let first = issue(folder.path());
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let server = Serving::of("http://127.0.0.1:1", &["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")]);
    assert!(server.log().contains("serving MCP at https://"));
    let answer = ask(server.port, &first).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("mcp-session-id"), "{answer}");
    let mut plain = server.connect();
    plain.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(plain.is_closed(), "no plain HTTP beside it");
    let second = issue(folder.path());
    wait_for("the new certificate is in use", || ask(server.port, &second).is_ok());
    assert!(ask(server.port, &first).is_err());
    std::fs::write(folder.path().join("cert.pem"), "no certificate").unwrap();
    wait_for("the mistake is told", || {
        ask(server.port, &second).is_ok() && server.log().contains("the old certificate stays in use")
    });
    let (code, _, stderr) = run(&["http", "--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")], &[]);
    assert_eq!(code, 64);
    assert!(stderr.contains("--tls-cert") && stderr.contains("cert.pem"), "{stderr}");
    issue(folder.path());
    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let (_, _, stderr) = run(&["http", "--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")], &[]);
    assert!(stderr.starts_with(&format!("the file `{}` cannot be used (--tls-key): ", file("key.pem"))), "{stderr}");
}

#[test]
fn a_callers_trace_goes_on_to_argocd() {
    let argocd = upstream::quick();
    let server = Serving::of(&argocd.url, &["--stateless"]);
    let message = call(1, "list_applications", json!({}));
    server.post(&[("traceparent", OURS), ("tracestate", "vendor=1")], &message);
    let (mut headers, mut sessionless) =
        modern(2, "tools/call", json!({ "name": "list_applications", "arguments": {} }));
    headers.push(("traceparent", "00-11111111111111111111111111111111-2222222222222222-00".to_owned()));
    sessionless["params"]["_meta"]["traceparent"] = OURS.into();
    server.post(&borrowed(&headers), &sessionless);
    let requests = argocd.take_requests();
    assert!(requests.len() >= 2);
    for request in requests {
        assert!(request.headers["traceparent"].contains(TRACE), "{request:?}");
    }
    for wrong in [
        "",
        "00-0af7651916cd43dd8448eb211c80319c",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "x\u{7f}",
    ] {
        server.post(&[("traceparent", wrong)], &message);
    }
    server.post(&[], &message);
    assert!(argocd.requests().iter().all(|request| !request.headers.contains_key("traceparent")));
}

#[test]
#[cfg(feature = "otel")]
fn spans_go_to_the_collector_of_the_environment() {
    let (argocd, collector) = (upstream::quick(), crate::http::Server::answering(200, "application/x-protobuf", ""));
    let environment = [
        ("ARGOCD_BASE_URL", argocd.url.as_str()),
        ("ARGOCD_API_TOKEN", "agent"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("OTEL_SERVICE_NAME", "mcp-under-test"),
    ];
    let mut server = Serving::http(&["--stateless"], &environment);
    server.post(&[("traceparent", OURS)], &call(1, "list_applications", json!({})));
    server.terminate();
    assert!(server.wait().success());
    let sent = collector.requests();
    assert!(sent.iter().all(|request| request.path() == "/v1/traces"), "{sent:?}");
    let spans: String = sent.iter().map(|request| request.body.as_str()).collect();
    for word in ["mcp-under-test", "list_applications", "application_service_list"] {
        assert!(spans.contains(word), "{word} is not in {spans:?}");
    }
    assert!(!spans.contains("agent\""));
    for request in argocd.requests() {
        let parent = &request.headers["traceparent"];
        assert!(parent.contains(TRACE) && parent != OURS, "a child of the caller's span: {parent}");
    }
    let (code, _, stderr) = run(
        &["http"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
    assert!(code == 64 && stderr.contains("http/protobuf"), "{stderr}");
}

#[test]
#[cfg(feature = "conformance-fixtures")]
fn a_panic_is_an_error_of_its_call_alone() {
    let server = Serving::of("http://127.0.0.1:1", &[]);
    let session = server.session();
    let headers = [("mcp-session-id", session.as_str())];
    let answer = server.post(&headers, &call(1, "test_panic", json!({})));
    let text = answer.message()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    let id = text.split_whitespace().nth(2).unwrap();
    assert!(text.starts_with("internal error ") && answer.message()["result"]["isError"] == true, "{text}");
    super::client::wait_for("the log has more", || server.log().contains(id));
    assert_eq!(server.post(&headers, &call(1, "test_simple_text", json!({}))).status, 200);
}

#[test]
fn a_panic_becomes_an_error_with_an_id() {
    use argocd_mcp::{error::Kind, server::calls};
    let panicking = async { panic!("secret words") };
    let result: Result<(), _> = crate::harness::block_on(calls::isolate(panicking));
    let error = result.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.message.starts_with("internal error ") && !error.to_string().contains("secret"));
}

#[test]
fn handshakes_that_are_not_completed_make_room_the_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = issue(folder.path());
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let files = [file("cert.pem"), file("key.pem")];
    let flags = ["--tls-cert", &files[0], "--tls-key", &files[1], "--receive-timeout", "600"];
    let server = Serving::of("http://127.0.0.1:1", &flags);
    // The most of a ClientHello of 60,000 bytes, in records of a thousand.
    let mut part = vec![];
    let hello = [&[1, 0, 0xea, 0x60, 3, 3][..], &[b'x'; 59_994 - 1000]].concat();
    for piece in hello.chunks(1000) {
        part.extend([0x16, 3, 1]);
        part.extend(u16::try_from(piece.len()).unwrap().to_be_bytes());
        part.extend(piece);
    }
    let mut connections: Vec<_> = (0..600)
        .map(|_| {
            let mut connection = server.connect();
            // It may be sent away while it still writes.
            let _ = connection.stream.write_all(&part);
            connection
        })
        .collect();
    // An end or a reset, as bytes were on their way; no timeout.
    let ended = connections[0].stream.read(&mut [0; 1]).map_or_else(|error| error.kind(), |_| ErrorKind::UnexpectedEof);
    assert!([ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&ended), "{ended}");
    assert!(ask(server.port, &trusted).unwrap().starts_with("HTTP/1.1 200"));
}
