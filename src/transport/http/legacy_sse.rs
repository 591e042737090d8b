//! HTTP+SSE of protocol version 2024-11-05: answers come as events of GET /sse, messages go to POST /messages.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{Response, StatusCode, request::Parts},
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use futures_util::{SinkExt, StreamExt, stream};
use parking_lot::{Mutex, MutexGuard};
use rmcp::{
    ServiceExt,
    model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage},
    transport::sink_stream::SinkStreamTransport,
};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, PollSender};

use super::{
    asker::Asker,
    batch::Batch,
    gates::{Asked, Gates},
    response::{
        unread::{self, Backlog, Message, Unread},
        unsent::WholeSession,
    },
    sessions::session::{self, spare},
};
use crate::{
    server::Server,
    telemetry::metrics,
    transport::{
        message::{
            opening::{Opening, lighten},
            refusal::{NO_MESSAGE, NO_SESSION, Refusal},
        },
        requests::Watched,
    },
};

/// How often a comment is sent, which keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How many messages may wait for a client, besides those already on its stream.
const UNREAD: usize = 64;
/// How often the server looks for sessions whose token is not accepted any more.
const LOOK: Duration = Duration::from_secs(1);
/// Message for a client that sends a batch.
const BATCH: &str = "Invalid Request: HTTP+SSE (/messages) takes one message at a time, in all versions; /mcp takes \
batches in sessions of 2025-03-26";
/// The id of an `initialize` that the server sends on behalf of a client. No client uses this id.
static ON_BEHALF: LazyLock<String> = LazyLock::new(|| uuid::Uuid::new_v4().to_string());

/// All sessions of this transport.
#[derive(Clone, Debug)]
pub struct Sessions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    open: Mutex<HashMap<String, Session>>,
    server: Server,
    unread: Unread,
    most: usize,
    /// Where clients find POST /messages, as seen from outside.
    messages: String,
    stop: CancellationToken,
}

#[derive(Clone, Debug)]
struct Session {
    inbox: mpsc::Sender<ClientJsonRpcMessage>,
    /// Where the answers wait. The handle is weak because the stream ends when the task that answers ends.
    unread: mpsc::WeakSender<Message>,
    backlog: Backlog,
    /// The requests of the session, and who may send messages to it.
    of: Arc<session::Session>,
    /// Whether the client, or this server on its behalf, has initialised the session.
    begun: Arc<Mutex<bool>>,
    ended: CancellationToken,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.open.lock()
    }

    /// Adds a session, if needed by ending another one. Returns whether there was room.
    fn insert(&self, id: &str, session: &Session) -> bool {
        let mut open = self.open();
        if open.len() >= self.0.most {
            let all = open.iter().map(|(id, session)| (id, &session.of));
            // Every session has an open stream, so no session is idle.
            let spared = spare(all, &session.of.by, Duration::MAX).and_then(|id| open.remove(&id));
            spared.iter().for_each(Session::end);
        }
        let fits = open.len() < self.0.most;
        if fits {
            open.insert(id.to_owned(), session.clone());
            metrics::session_began();
        }
        fits
    }

    /// Ends the sessions whose token is not accepted any more, until `stop`.
    async fn watch(self, gates: Arc<Gates>) {
        let mut look = tokio::time::interval(LOOK);
        while self.0.stop.run_until_cancelled(look.tick()).await.is_some() {
            let owners = gates.owners();
            let gone = |session: &Session| session.of.by.is_gone(&owners);
            self.open().extract_if(|_, session| gone(session)).for_each(|(_, session)| session.end());
        }
    }
}

impl Session {
    /// Ends the session and its stream.
    fn end(&self) {
        self.ended.cancel();
        metrics::session_ended();
    }
}

/// Ends a session when its stream is dropped.
struct End(Sessions, String);

impl Drop for End {
    fn drop(&mut self) {
        let ended = self.0.open().remove(&self.1);
        ended.iter().for_each(Session::end);
    }
}

/// The routes GET /sse and POST /messages. `prefix` is the path that clients put before both; `stop` ends all sessions.
pub fn routes(server: Server, gates: &Arc<Gates>, most: usize, prefix: &str, stop: CancellationToken) -> Router {
    let messages = format!("{}/messages", prefix.trim_end_matches('/'));
    let unread = gates.unread.clone();
    let sessions = Sessions(Arc::new(Shared { open: Mutex::default(), server, unread, most, messages, stop }));
    tokio::spawn(sessions.clone().watch(Arc::clone(gates)));
    Router::new().route("/sse", get(open)).route("/messages", post(message)).with_state(sessions)
}

async fn open(State(sessions): State<Sessions>, request: Request) -> Response<Body> {
    let by: Asker = request.extensions().get().cloned().unwrap_or_default();
    let (id, caller) = (uuid::Uuid::new_v4().to_string(), by.shown().to_owned());
    let (inbox, incoming) = mpsc::channel(64);
    let (outgoing, mut outbox) = mpsc::channel(UNREAD);
    let peer = request.extensions().get().cloned().unwrap_or_default();
    let backlog = Backlog::new(sessions.0.unread.of(by.whose()), peer);
    let (ended, unread, of) =
        (sessions.0.stop.child_token(), outgoing.downgrade(), Arc::new(session::Session::new(by)));
    let session = Session { inbox, unread, backlog, of, begun: Arc::default(), ended };
    if !sessions.insert(&id, &session) {
        let why = "Too many sessions are open; try again later";
        return Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "sessions", why).respond(&caller);
    }
    tokio::spawn(serve(sessions.0.server.clone(), session, incoming, outgoing));
    let endpoint = Event::default().event("endpoint").data(format!("{}?sessionId={id}", sessions.0.messages));
    let end = End(sessions, id);
    let answers = stream::poll_fn(move |cx| outbox.poll_recv(cx)).map(move |message: Message| {
        let _ = &end;
        Event::default().event("message").data(&message.json)
    });
    let events = stream::once(async { endpoint }).chain(answers).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    // Its calls would end with the stream.
    response.extensions_mut().insert(WholeSession);
    response
}

async fn serve(
    server: Server,
    session: Session,
    incoming: mpsc::Receiver<ClientJsonRpcMessage>,
    outgoing: mpsc::Sender<Message>,
) {
    let mut incoming = incoming;
    let backlog = session.backlog;
    let sink = PollSender::new(outgoing).sink_map_err(|_| std::io::Error::other("the client is gone"));
    let sink = sink.with_flat_map(move |message: ServerJsonRpcMessage| {
        let json = || serde_json::to_string(&message).unwrap_or_default();
        let unread = (!is_on_behalf(&message)).then(|| Ok(backlog.add(json())));
        stream::iter(unread)
    });
    let stream = stream::poll_fn(move |cx| incoming.poll_recv(cx));
    let requests = Arc::clone(&session.of.requests);
    let transport = Watched { transport: SinkStreamTransport::new(sink, stream), requests };
    match server.serve_with_ct(transport, session.ended).await {
        Ok(running) => drop(running.waiting().await),
        Err(error) => tracing::debug!(%error, "a session did not begin"),
    }
}

#[derive(Deserialize)]
struct To {
    #[serde(rename = "sessionId")]
    session: String,
}

async fn message(
    State(sessions): State<Sessions>,
    to: Result<Query<To>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, &'static str), Response<Body>> {
    let (parts, body) = request.into_parts();
    let by: Asker = parts.extensions.get().cloned().unwrap_or_default();
    let id = parts.extensions.get::<Asked>().cloned().unwrap_or_default().id;
    let refuse = |refusal: Refusal| refusal.to(&id).respond(by.shown());
    let to = to.map(|Query(to)| to.session).unwrap_or_default();
    let known = sessions.open().get(&to).filter(|session| session.of.by.owner == by.owner).cloned();
    let gone = || {
        let shown: String = to.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
        let message = format!("No transport found for sessionId: {shown}");
        refuse(Refusal::new(StatusCode::NOT_FOUND, "session", message).code(NO_SESSION))
    };
    let Some(session) = known else { return Err(gone()) };
    if parts.extensions.get::<Batch>().is_some() {
        return Err(refuse(Refusal::invalid(BATCH)));
    }
    session.of.touch();
    let body = body_of(body).await;
    let Ok(mut message) = serde_json::from_slice::<ClientJsonRpcMessage>(&body) else {
        return Err(refuse(Refusal::invalid(NO_MESSAGE)));
    };
    if matches!(message, ClientJsonRpcMessage::Request(_)) {
        let many = session.unread.upgrade().is_some_and(|unread| unread.capacity() == 0);
        let checked = if many { Err(unread::full()) } else { session.backlog.room().await };
        checked.map_err(refuse)?;
    }
    // Places come first: if the client leaves while it waits for them, no id has been reserved yet.
    let places = session.inbox.reserve_many(3).await.map_err(|_| gone())?;
    // Locked until the message is sent, so that no message overtakes the handshake.
    let mut begun = session.begun.lock();
    let opening = Opening::of(&message);
    // There is nothing to cancel or to answer yet, and rmcp would end the session.
    if matches!(opening, Opening::NoRequest) && !*begun {
        return Ok((StatusCode::ACCEPTED, "Accepted"));
    }
    session.of.requests.admit(&mut message).map_err(|why| refuse(Refusal::invalid(why)))?;
    let mut first = vec![];
    if matches!(opening, Opening::Early) && !*begun {
        first.extend(handshake(&parts));
    }
    *begun |= matches!(opening, Opening::Begins(_) | Opening::Early);
    lighten(&mut message);
    message.insert_extension(parts);
    places.zip(first.into_iter().chain([message])).for_each(|(place, message)| place.send(message));
    Ok((StatusCode::ACCEPTED, "Accepted"))
}

/// The handshake that a client would send first. A client whose `EventSource` connected again, to this server or to its
/// successor, does not know that it has a new session, and never sends the handshake.
fn handshake(parts: &Parts) -> impl Iterator<Item = ClientJsonRpcMessage> {
    let client = json!({ "name": "unknown", "version": "0" });
    let params = json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client });
    let messages = [
        json!({ "jsonrpc": "2.0", "id": *ON_BEHALF, "method": "initialize", "params": params }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
    ];
    messages.into_iter().filter_map(|message| serde_json::from_value(message).ok()).map(|mut message| {
        ClientJsonRpcMessage::insert_extension(&mut message, parts.clone());
        message
    })
}

fn is_on_behalf(message: &ServerJsonRpcMessage) -> bool {
    let id = match message {
        ServerJsonRpcMessage::Response(response) => Some(&response.id),
        ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
        _ => None,
    };
    matches!(id, Some(RequestId::String(id)) if **id == *ON_BEHALF)
}

/// Collects the body, which the gates have already read.
async fn body_of(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}
