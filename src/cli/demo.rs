//! `--demo` and `argocd-mcp demo`: the Argo CD inside the process, and the conversation that shows it.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use ::demo::conversation;
use axum::Router;
use tokio_util::sync::CancellationToken;

use super::{call::align, print};
use crate::{
    config::Environment,
    error::{Error, Kind},
    transport::http::listener::Listener,
};

/// How long a connection may take to bring its first request; all of them come from this process.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the demo on a port of this machine, with which it ends; the environment in which it is the only Argo CD.
///
/// # Errors
/// No port, or no randomness for its token.
pub(super) fn start() -> Result<Environment, Error> {
    let failed = |error: std::io::Error| Error::new(Kind::Internal, "the demo cannot be started").because(error);
    let demo = Arc::new(::demo::new().map_err(failed)?);
    let token = demo.token.clone();
    let router = Router::new().fallback(move |request| {
        let demo = Arc::clone(&demo);
        async move { demo.answer(request).await }
    });
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), router, None, PATIENCE)?;
    let base_url = format!("http://{}", listener.address().map_err(failed)?);
    listener.spawn(CancellationToken::new());
    Ok(Environment { base_url: Some(base_url), token: Some(token), in_process: true, ..Environment::default() })
}

/// `argocd-mcp demo`: this program is the client of itself. It ends with the conversation, or when somebody ends it.
///
/// # Errors
/// The server it starts does not answer as it should.
pub(super) async fn converse() -> Result<(), Error> {
    let broken = |error| Error::new(Kind::Internal, "the conversation broke off").because(error);
    let program = std::env::current_exe().map_err(broken)?;
    let tell = |text: &str| print(&align(text)).map_err(std::io::Error::other);
    conversation::hold(program, tell).await.map_err(broken)
}
