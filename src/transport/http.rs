//! MCP over HTTP: streamable HTTP for all protocol versions on one path, behind the gates.
//!
//! A request arrives on a `connection` and passes the `gates`, which find out its `asker`. `mcp` (or `legacy_sse`)
//! hands it to rmcp, message by message if it is a `batch`; rmcp serves it, in one of the `sessions` or without one,
//! and the `response` goes back. Beside that: `ops` (probes and metrics), `public_url`, `shutdown`.

pub mod asker;
pub mod batch;
pub mod connection;
pub mod gates;
pub mod legacy_sse;
pub mod mcp;
pub mod ops;
pub mod public_url;
pub mod response;
pub mod sessions;
pub mod shutdown;

use std::{fmt::Display, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, StatusCode, Uri, header, request::Parts},
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get},
};
use rmcp::model::Extensions;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::info;
use url::Url;

use self::{
    connection::{idle::IdleLists, listener::Listener, tls::Tls},
    gates::{Gates, concurrency::Limits, front, hosts::Hosts, inbound::Inbound},
    mcp::Mcp,
    response::{unread::Unread, unsent::Unsent},
};
use crate::{
    caller::{Caller, Reach},
    config::listen::{self, Listen, Streamable},
    descriptors,
    error::Error,
    server::{App, Server},
    transport::message::refusal::Refusal,
};

/// What `argocd-mcp http` and `argocd-mcp sse` serve.
#[derive(Clone, Debug)]
pub enum Serve {
    /// `/mcp`
    Streamable(Streamable),
    /// `/sse` and `/messages` only.
    LegacySse,
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Flags that contradict each other or would let strangers in, files that cannot be read, an address that is in use.
pub async fn serve(app: Arc<App>, listen: &Listen, serve: &Serve) -> Result<(), Error> {
    descriptors::raise();
    let public_url = listen.public_url.as_deref().map(public_url::parse).transpose()?;
    let prefix = public_url.as_ref().map(public_url::prefix).unwrap_or_default();
    let stop = CancellationToken::new();
    let patience = Duration::from_secs(listen.receive_timeout);
    let gates = Arc::new(gates(Arc::clone(&app), listen, public_url.as_ref())?);
    let tls = match (&listen.tls_cert, &listen.tls_key) {
        (Some(certificate), Some(key)) => Some(Arc::new(Tls::new(certificate, key)?)),
        _ => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };

    let mut routes = Router::new();
    let mut paths = vec![];
    let legacy = |prefix: &str| {
        let server = Server::with_callers(Arc::clone(&app), caller_of);
        legacy_sse::routes(server, &gates, listen.max_sessions as usize, prefix, stop.child_token())
    };
    match serve {
        Serve::Streamable(flags) => {
            let mcp = Arc::new(Mcp::new(&gates, listen, flags, stop.child_token()));
            for path in ["/mcp", "/mcp/"] {
                routes = routes.route(path, any(mcp::serve).with_state(Arc::clone(&mcp)));
            }
            paths.push("/mcp");
            if flags.legacy_sse.0 {
                routes = routes.merge(legacy(prefix));
                paths.push("/sse");
            }
        }
        Serve::LegacySse => {
            routes = routes.merge(legacy(prefix));
            paths.push("/sse");
        }
    }
    let address = SocketAddr::new(listen.bind_address, listen.port);
    let idle_lists = Arc::new(IdleLists::default());
    let served = paths.first().copied().unwrap_or_default();
    let main = Listener::bind(address, router(&gates, routes, prefix, served), tls, patience, &idle_lists)?;
    let ops = match listen.ops_address {
        None => None,
        Some(address) => {
            let router = ops::probes(&gates)
                .route("/metrics", get(ops::page))
                .fallback(|| not_found("this address has /healthz, /readyz and /metrics"));
            let bound = Listener::bind(address, router, None, patience, &idle_lists);
            Some(bound.map_err(|error| error.hint("Choose another address or port with --ops-address."))?.first())
        }
    };
    for path in paths {
        info!("serving MCP at {scheme}://{address}{path}");
    }
    if let Some(address) = ops.as_ref().and_then(|ops| ops.address().ok()) {
        info!("serving /healthz, /readyz and /metrics at http://{address}");
    }
    let grace = Duration::from_secs(listen.shutdown_grace);
    let ended = shutdown::signalled(Arc::clone(&gates), grace, stop.clone());
    let spawn = |listener: Listener| listener.spawn(gates.draining.clone(), stop.clone());
    let serving = [Some(main), ops].into_iter().flatten().map(spawn);
    let serving: Vec<_> = serving.collect();
    ended.await;
    for listener in serving {
        let _ = listener.await;
    }
    Ok(())
}

fn gates(app: Arc<App>, listen: &Listen, public_url: Option<&Url>) -> Result<Gates, Error> {
    let local = listen.is_local() && public_url.is_none() && listen.allowed_host_header.is_empty();
    let draining = CancellationToken::new();
    let (most, each) = (listen.max_concurrency as usize, listen.max_caller_concurrency as usize);
    Ok(Gates {
        app,
        hosts: Hosts::new(listen, public_url)?,
        inbound: Inbound::new(listen, listen::auth_token()?.as_ref())?,
        limits: Limits::new(most, each, draining.clone()),
        unsent: Unsent::default(),
        unread: Unread::default(),
        draining,
        max_body: listen.max_body as usize,
        patience: Duration::from_secs(listen.receive_timeout),
        reach: if local { Reach::Loopback } else { Reach::Network },
    })
}

/// MCP behind the gates, with and without the path of the public URL, and the probes outside the gates. The answer for
/// any other path names `served`.
fn router(gates: &Arc<Gates>, routes: Router, prefix: &str, served: &'static str) -> Router {
    let metrics = Router::new()
        .route("/metrics", get(ops::page))
        .route_layer(from_fn_with_state(Arc::clone(gates), gates::authenticated));
    // axum runs the last layer first.
    let gated = routes
        .route_layer(from_fn_with_state(Arc::clone(gates), gates::gate))
        .merge(metrics)
        .route_layer(front::cors(gates))
        .route_layer(from_fn_with_state(Arc::clone(gates), front::front));
    let all = if prefix.is_empty() { gated } else { gated.clone().nest(prefix, gated) };
    let at = format!("{}{served}", prefix.trim_end_matches('/'));
    all.merge(ops::probes(gates))
        .fallback(async move |uri: Uri| {
            let oauth = if is_oauth(uri.path()) { NO_OAUTH } else { "" };
            not_found(format!("{oauth}MCP is served at {at}")).await
        })
        .layer(from_fn(plain_errors))
        .layer(CatchPanicLayer::custom(panicked))
}

/// Told to clients that look for a way to sign in after a 401.
const NO_OAUTH: &str = "there is no OAuth, and nobody to register with: where a token is wanted, send `Authorization: Bearer TOKEN`, which whoever runs this server gives out; ";

/// Whether MCP's authorization uses this path: metadata (RFC 8414, RFC 9728), or an endpoint that clients try where
/// there is no metadata.
fn is_oauth(path: &str) -> bool {
    ["/.well-known/oauth-", "/.well-known/openid-configuration"].iter().any(|known| path.contains(known))
        || ["/register", "/authorize", "/token"].iter().any(|end| path.ends_with(end))
}

async fn not_found(what_is: impl Display) -> Response<Body> {
    let message = format!("There is nothing here; {what_is}");
    Refusal::new(StatusCode::NOT_FOUND, "path", message).respond("unknown")
}

/// Gives axum's own refusals (of a method that a path does not have) a body, which they lack.
async fn plain_errors(request: Request, next: axum::middleware::Next) -> Response<Body> {
    let response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !response.headers().contains_key(header::CONTENT_TYPE) {
        let allow = response.headers().get(header::ALLOW).cloned();
        let mut response = Refusal::new(response.status(), "method", "Method Not Allowed").respond("unknown");
        allow.and_then(|allow| response.headers_mut().insert(header::ALLOW, allow));
        return response;
    }
    response
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let id = uuid::Uuid::new_v4();
    tracing::error!(%id, "a request panicked");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", format!("internal error {id}")).respond("unknown")
}

/// Finds the caller: the gates put it among the extensions of the HTTP request, and rmcp puts those among its own.
fn caller_of(extensions: &Extensions) -> Option<Caller> {
    extensions.get::<Parts>()?.extensions.get().cloned()
}
