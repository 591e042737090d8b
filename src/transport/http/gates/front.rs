//! The first gates: `Host`, `Origin`, headers that contradict themselves, and CORS.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Response, header, request::Parts},
    middleware::Next,
};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{Gates, body, headers::plainly_sent};
use crate::transport::message::refusal::Refusal;

/// Headers with a single meaning. If one were sent twice, a proxy could read one value and this server the other.
const SINGLE: [&str; 11] = [
    "authorization",
    "content-type",
    "host",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
    "origin",
    "x-argocd-api-token",
    "x-argocd-base-url",
];

/// How long a browser may remember that it is allowed to call. This is the longest time that every browser accepts:
/// Safari cuts longer times to this one (`maxPreflightCacheTimeout` of its engine), Chromium to two hours.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// First gate: Host and Origin, and headers that contradict themselves.
pub async fn front(State(gates): State<Arc<Gates>>, request: Request, next: Next) -> Response<Body> {
    let (uri, headers) = (request.uri(), request.headers());
    let twice = SINGLE.iter().find(|name| headers.get_all(**name).iter().nth(1).is_some());
    let checked = match twice {
        Some(name) => Err(Refusal::invalid(format!("the {name} header is there more than once"))),
        None if !plainly_sent(headers) => {
            Err(Refusal::invalid("Transfer-Encoding must be chunked, once and with nothing else"))
        }
        None => gates.hosts.check_host(uri, headers).and_then(|()| gates.hosts.check_origin(headers)),
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            let (parts, body) = request.into_parts();
            body::refuse(refusal, &parts.headers, body, gates.max_body).await.respond("unknown")
        }
    }
}

/// Second gate: answers OPTIONS, and lets pages of allowed origins read the answers.
pub fn cors(gates: &Arc<Gates>) -> CorsLayer {
    let of = Arc::clone(gates);
    let allowed = move |origin: &HeaderValue, _: &Parts| origin.to_str().is_ok_and(|origin| of.hosts.allows(origin));
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([HeaderName::from_static("mcp-session-id"), header::WWW_AUTHENTICATE, header::RETRY_AFTER])
        .max_age(PREFLIGHT)
}
