//! What `/mcp` serves behind the gates: rmcp, with our own session manager.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, Response},
    response::IntoResponse,
};
use futures_util::future::BoxFuture;
use rmcp::{
    model::ProtocolVersion,
    transport::streamable_http_server::{SessionManager, StreamableHttpServerConfig, StreamableHttpService},
};
use tokio_util::sync::CancellationToken;

use super::{
    asker::{Asker, asked_by},
    batch::Batch,
    caller_of,
    gates::{Asked, Gates},
    response::{as_json, corrections, early_stream},
    sessions::Sessions,
};
use crate::{
    config::listen::{Listen, Streamable},
    server::Server,
    transport::message::refusal::{BATCH, Refusal},
};

/// rmcp's streamable HTTP service with our sessions.
pub struct Mcp {
    service: StreamableHttpService<Server, Sessions>,
    sessions: Arc<Sessions>,
    json: bool,
    draining: CancellationToken,
}

impl Mcp {
    /// A service as the flags ask for, with sessions until `stop`.
    pub fn new(gates: &Arc<Gates>, listen: &Listen, flags: &Streamable, stop: CancellationToken) -> Self {
        let ttl = Duration::from_secs(listen.session_ttl);
        let sessions = Arc::new(Sessions::new(listen.max_sessions as usize, ttl));
        tokio::spawn(Arc::clone(&sessions).watch(Arc::clone(gates), stop.clone()));
        // The gates check Host, Origin and body; the sessions send priming events.
        let config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            .disable_allowed_origins()
            .with_max_request_body_bytes(usize::MAX)
            .with_legacy_session_mode(!flags.stateless.0)
            .with_json_response(flags.json_response.0)
            .with_sse_retry(None)
            .with_cancellation_token(stop);
        let app = Arc::clone(&gates.app);
        let server = move || Ok(Server::with_callers(Arc::clone(&app), caller_of));
        let service = StreamableHttpService::new(server, Arc::clone(&sessions), config);
        Self { service, sessions, json: flags.json_response.0, draining: gates.draining.clone() }
    }

    /// Whether the caller has this session. rmcp would end anybody's session, and reports no error for an unknown one.
    async fn knows(&self, session: Option<String>) -> bool {
        match session.filter(|_| self.service.config.legacy_session_mode) {
            Some(id) => self.sessions.has_session(&id.into()).await.unwrap_or(false),
            None => true,
        }
    }
}

/// Answers a request that has passed the gates.
pub async fn serve(State(mcp): State<Arc<Mcp>>, mut request: Request) -> Response<Body> {
    let post = request.method() == Method::POST;
    let streams = post && !mcp.json;
    let in_session = post && mcp.service.config.legacy_session_mode;
    let session = session_of(&request).filter(|_| in_session && !is_modern(&request)).map(str::to_owned);
    let served: BoxFuture<'static, Response<Body>> = match request.extensions_mut().remove::<Batch>() {
        Some(batch) => {
            let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
            // Of a session that is unknown, or somebody else's, nothing is told.
            let of = session.as_ref().and_then(|id| mcp.sessions.of(id, &asker));
            if of.as_ref().is_some_and(|session| !session.has_batches()) {
                return Refusal::invalid(BATCH).respond(asker.shown());
            }
            let waiting = of.map(|session| session.requests.expect(batch.ids()));
            Box::pin(async move {
                let answer = |request| answer(&mcp, request);
                batch.serve(request, waiting, &mcp.draining, answer, asker.shown()).await
            })
        }
        None => Box::pin(async move { answer(&mcp, request).await }),
    };
    // In a session a lost connection cancels nothing, even before rmcp has the message.
    let served = if session.is_some() { spawned(served) } else { served };
    if streams { early_stream::begun(served).await } else { served.await }
}

/// Runs the future to its end, even if nobody waits for it any more.
fn spawned(served: BoxFuture<'static, Response<Body>>) -> BoxFuture<'static, Response<Body>> {
    let task = tokio::spawn(served);
    Box::pin(async { task.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) })
}

async fn answer(mcp: &Mcp, request: Request) -> Response<Body> {
    let (post, delete) = (request.method() == Method::POST, request.method() == Method::DELETE);
    let asked = request.extensions().get::<Asked>().cloned().unwrap_or_default();
    let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
    let caller = asker.shown().to_owned();
    let session = session_of(&request).map(str::to_owned);
    if let Some((id, last)) = session.as_ref().zip(last_event(&request))
        && mcp.service.config.legacy_session_mode
        && request.method() == Method::GET
        && !mcp.sessions.can_resume(id, last, &asker)
    {
        return corrections::nothing_follows(&caller);
    }
    let serve = async {
        if delete && !mcp.knows(session).await {
            return None;
        }
        Some(mcp.service.handle(request).await.into_response())
    };
    let Some(mut response) = asked_by(asker, serve).await else {
        return corrections::unknown_session().respond(&caller);
    };
    if mcp.json && post {
        response = as_json::whole(response).await;
    }
    corrections::correct(response, delete, &asked, &caller).await
}

/// Whether the request is of a version without sessions. Such versions name themselves in the header, and ignore a
/// session id.
fn is_modern(request: &Request) -> bool {
    let version = request.headers().get("mcp-protocol-version");
    version.is_some_and(|version| version.as_bytes() >= ProtocolVersion::V_2026_07_28.as_str().as_bytes())
}

fn session_of(request: &Request) -> Option<&str> {
    request.headers().get("mcp-session-id").map(|id| id.to_str().unwrap_or_default())
}

fn last_event(request: &Request) -> Option<&str> {
    request.headers().get("last-event-id").map(|id| id.to_str().unwrap_or_default())
}
