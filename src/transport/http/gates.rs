//! The gates that every MCP request passes, in this order: Host, Origin (`hosts`) and CORS (`front`), caller
//! authentication (`inbound`), concurrency, body, presence of an Argo CD credential. Other rules about headers are in
//! `headers`.

mod body;
pub mod concurrency;
pub mod front;
mod headers;
pub mod hosts;
pub mod inbound;

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, Response, StatusCode, request::Parts},
    middleware::Next,
};
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    asker::{Asker, identity},
    batch::{self, Batch},
    connection::idle::Peer,
    response::{
        unread::Unread,
        unsent::{self, Unsent},
    },
};
use crate::{
    caller::{Caller, Reach},
    server::App,
    telemetry::trace::Parent,
    transport::{
        message::{
            envelope::Envelope,
            refusal::{Refusal, unless_left},
        },
        requests::kept_answers::stream_of,
    },
};
use concurrency::Limits;
use headers::{is_forwarded, spell_accepted_out};
use hosts::Hosts;
use inbound::Inbound;

/// Message for a caller for which there is no Argo CD credential at all.
const NO_CREDENTIAL: &str = "x-argocd-api-token must be provided in the request header (or the ARGOCD_API_TOKEN env var), or a token registry must be configured via ARGOCD_TOKEN_REGISTRY_PATH.";
/// How long a body may still take once the process is about to end.
const LATE: Duration = Duration::from_secs(1);

/// What the gates need to decide.
#[derive(Debug)]
pub struct Gates {
    /// Shared with the calls.
    pub app: Arc<App>,
    /// The check of `Host` and `Origin`.
    pub hosts: Hosts,
    /// Caller authentication.
    pub inbound: Inbound,
    /// The concurrency limits.
    pub limits: Limits,
    /// Answers that are not yet sent.
    pub unsent: Unsent,
    /// The parts of responses that clients have not read yet.
    pub unread: Unread,
    /// Cancelled when the process is about to end.
    pub draining: CancellationToken,
    /// Longest body, in bytes.
    pub max_body: usize,
    /// How long a body may take to arrive.
    pub patience: Duration,
    /// From where clients can reach the listener.
    pub reach: Reach,
}

/// The id of the request in the body, so that later refusals can name it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The id, or `null`.
    pub id: Value,
}

/// The gates after `front` and CORS.
pub async fn gate(State(gates): State<Arc<Gates>>, request: Request, next: Next) -> Response<Body> {
    let mut who = "unknown".to_owned();
    let answers = request.method() == Method::POST || resumes(request.method(), request.headers());
    match gates.admit(request, &mut who).await {
        Ok(request) => {
            let expected = answers.then(|| gates.unsent.expect());
            let unread = gates.unread.of(request.extensions().get::<Asker>().map_or("", Asker::whose));
            let peer = request.extensions().get::<Peer>().cloned().unwrap_or_default();
            unsent::hold(unread.counted(next.run(request).await, peer), expected)
        }
        Err(refusal) => refusal.respond(&who),
    }
}

/// Caller authentication alone, for /metrics. Where callers are not authenticated, /metrics is not served here.
pub async fn authenticated(State(gates): State<Arc<Gates>>, mut request: Request, next: Next) -> Response<Body> {
    match gates.inbound.check(request.headers_mut()) {
        Ok(Some(_)) => next.run(request).await,
        Ok(None) => Refusal::new(
            StatusCode::NOT_FOUND,
            "metrics",
            "Metrics are served on --ops-address, or to authenticated callers",
        )
        .respond("unknown"),
        Err(refusal) => refusal.respond("unknown"),
    }
}

impl Gates {
    async fn admit(&self, request: Request, who: &mut String) -> Result<Request, Refusal> {
        let (mut parts, body) = request.into_parts();
        let caller = match self.asker(&mut parts, who) {
            Ok(caller) => caller,
            Err(refusal) => return Err(body::refuse(refusal, &parts.headers, body, self.max_body).await),
        };
        let asker = parts.extensions.get::<Asker>().cloned().unwrap_or_default();
        if let Some(peer) = parts.extensions.get::<Peer>() {
            peer.let_in(asker.whose());
        }
        let unread = self.unread.of(asker.whose());
        if parts.method != Method::POST {
            // A client that takes up an answer again cannot read what waits on the connection it lost.
            if parts.method != Method::DELETE && !parts.headers.contains_key("last-event-id") {
                unread.room().await?;
            }
            self.credential(&caller)?;
            // A call may go on to its end, so its answer may be fetched; and a client that ends a session ends its
            // calls.
            if parts.method != Method::DELETE && !resumes(&parts.method, &parts.headers) {
                self.still_serving()?;
            }
            spell_accepted_out(&mut parts.headers);
            parts.extensions.insert(caller);
            return Ok(Request::from_parts(parts, Body::empty()));
        }
        let mut permit = self.limits.try_enter(&asker);
        let place = async {
            if permit.is_none() {
                permit = Some(unless_left(&caller.id, self.limits.enter(&asker)).await?);
            }
            Ok(())
        };
        let body = tokio::select! {
            read = body::read(&parts.headers, body, self.max_body, self.patience, place) => read?,
            refusal = self.late() => return Err(refusal),
        };
        let envelopes = batch::envelopes(&parts.headers, &body);
        let id = match envelopes.as_deref() {
            Ok([alone]) => alone.id(),
            _ => Value::Null,
        };
        let notifies = envelopes.as_ref().is_ok_and(|envelopes| !envelopes.iter().any(Envelope::is_request));
        if !notifies {
            let waits = async {
                if permit.is_none() {
                    self.still_serving()?;
                    permit = Some(self.limits.enter(&asker).await?);
                }
                unread.room().await
            };
            unless_left(&caller.id, waits).await.map_err(|refusal| refusal.to(&id))?;
        }
        self.credential(&caller).map_err(|refusal| refusal.to(&id))?;
        let envelopes = envelopes?;
        for envelope in &envelopes {
            envelope.agrees_with(&parts.headers).map_err(|refusal| refusal.to(&id))?;
            envelope.check_kept()?;
        }
        if !notifies {
            self.still_serving().map_err(|refusal| refusal.to(&id))?;
        }
        spell_accepted_out(&mut parts.headers);
        parts.extensions.insert(caller);
        parts.extensions.insert(Asked { id });
        if batch::is_batch(&body) {
            parts.extensions.insert(Batch::of(&envelopes, &body));
        }
        if let Some(permit) = permit {
            parts.extensions.insert(Arc::new(permit));
        }
        Ok(Request::from_parts(parts, Body::from(body)))
    }

    /// Finds out the sender of the request.
    fn asker(&self, parts: &mut Parts, who: &mut String) -> Result<Caller, Refusal> {
        let inbound = self.inbound.check(&mut parts.headers)?;
        let mut caller = self.caller(&mut parts.headers)?;
        let owner = inbound.map(|inbound| identity(Some(inbound), None));
        let several = self.inbound.are_several();
        let asker = Asker { owner, caller: identity(inbound, caller.token.as_ref()), several };
        asker.shown().clone_into(&mut caller.id);
        who.clone_from(&caller.id);
        parts.extensions.insert(asker);
        Ok(caller)
    }

    /// The inbound tokens that are accepted now, as hashes.
    pub fn owners(&self) -> HashSet<String> {
        self.inbound.hashes().into_iter().map(|hash| identity(Some(hash), None)).collect()
    }

    /// Takes what the request says about Argo CD out of its headers.
    fn caller(&self, headers: &mut HeaderMap) -> Result<Caller, Refusal> {
        let mut take = |name: &'static str| {
            let Some(value) = headers.remove(name) else { return Ok(None) };
            let text = value.to_str().map_err(|_| Refusal::invalid(format!("the {name} header is not plain text")))?;
            Ok(Some(text.trim().to_owned()))
        };
        let mut take = |name: &'static str| match take(name)? {
            // An empty header comes from a variable that is not set where the client runs. Its user does not mean to
            // use the server's own credential or instance.
            Some(text) if text.is_empty() => {
                Err(Refusal::invalid(format!("the {name} header is there but empty: set it, or leave it out")))
            }
            text => Ok(text),
        };
        let base_url = take("x-argocd-base-url")?;
        let token = take("x-argocd-api-token")?.map(SecretString::from);
        // A request that came through a proxy comes from another machine, even if the connection does not.
        let reach = if is_forwarded(headers) { self.reach.forwarded() } else { self.reach };
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let trace = text("traceparent").and_then(|parent| Parent::new(parent, text("tracestate")));
        Ok(Caller { id: String::new(), reach, base_url, token, trace })
    }

    fn credential(&self, caller: &Caller) -> Result<(), Refusal> {
        if self.app.credentials.can_supply(caller) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::BAD_REQUEST, "credential", NO_CREDENTIAL))
    }

    fn still_serving(&self) -> Result<(), Refusal> {
        if self.draining.is_cancelled() { Err(draining()) } else { Ok(()) }
    }

    async fn late(&self) -> Refusal {
        self.draining.cancelled().await;
        tokio::time::sleep(LATE).await;
        draining()
    }
}

/// Whether a request takes up the answer to an earlier one, as opposed to listening to whatever the server says.
fn resumes(method: &Method, headers: &HeaderMap) -> bool {
    let last = headers.get("last-event-id").filter(|_| method == Method::GET);
    last.is_some_and(|last| last.to_str().is_ok_and(|last| stream_of(last).is_some()))
}

/// The refusal of a request that would begin when the process is about to end.
pub fn draining() -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "The server is shutting down; try again")
}
