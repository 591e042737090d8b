//! `--demo` and `argocd-mcp demo`: an Argo CD inside the process, and a conversation that shows it.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use ::demo::{Demo, conversation};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use tokio_util::sync::CancellationToken;

use super::{call::align, print};
use crate::{
    config::{Environment, Flags},
    error::{Error, Kind},
    telemetry::lines,
    transport::http::connection::listener::Listener,
};

/// A header that Argo CD's gateway adds to every success.
const GRPC: HeaderName = HeaderName::from_static("grpc-metadata-content-type");
/// How long a connection may take to bring its first request. All connections come from this process.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the demo on a port of this machine; it ends with the process. Returns an environment in which it is the only
/// Argo CD.
///
/// # Errors
/// [`Kind::Internal`]: there is no port, or no randomness for the token.
pub(super) fn start() -> Result<Environment, Error> {
    let failed = |error: std::io::Error| Error::new(Kind::Internal, "the demo cannot be started").because(error);
    let demo = Arc::new(::demo::new().map_err(failed)?);
    let token = demo.token.clone();
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), router(demo), None, PATIENCE, &Arc::default())?;
    let base_url = format!("http://{}", listener.address().map_err(failed)?);
    listener.spawn(CancellationToken::new(), CancellationToken::new());
    Ok(Environment { base_url: Some(base_url), token: Some(token), in_process: true, ..Environment::default() })
}

/// A router that answers as the demo.
pub fn router(demo: Arc<Demo>) -> Router {
    Router::new().fallback(move |request| {
        let answer = Arc::clone(&demo).answer(request);
        async move {
            let (status, content_type, body) = answer.await;
            let mut response = Response::new(body);
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            if status == 200 {
                response.headers_mut().insert(GRPC, HeaderValue::from_static("application/grpc"));
            }
            response
        }
    })
}

/// Refuses flags that would change the conversation, which is always the same.
///
/// # Errors
/// [`Kind::Configuration`]: there is such a flag. The message names it.
pub(super) fn takes(flags: &Flags) -> Result<(), Error> {
    const TAKEN: [&str; 3] = ["demo", "log-format", "log-level"];
    match flags.given.iter().find(|given| !TAKEN.contains(&given.as_str())) {
        None => Ok(()),
        Some(flag) => Err(Error::new(
            Kind::Configuration,
            format!("demo and --{flag} contradict each other: its conversation is always the same"),
        )
        .hint("Leave the flag out, or talk to the demo yourself: argocd-mcp --demo call list_applications.")),
    }
}

/// Runs `argocd-mcp demo`: this program starts itself as a server and is its client.
///
/// # Errors
/// [`Kind::Internal`]: the server does not answer as it should.
pub(super) fn converse() -> Result<(), Error> {
    // The log is written first, as the conversation may end the process.
    let tell = |text: &str| {
        lines::flush();
        print(&align(text)).map_err(std::io::Error::other)
    };
    let held = std::env::current_exe().and_then(|program| conversation::hold(&program, tell));
    held.map_err(|error| Error::new(Kind::Internal, "the conversation broke off").because(error))
}
