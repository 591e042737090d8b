//! Sessions of the protocol versions that have them: rmcp's, with a cap, an owner, and an end that no call sees.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use futures_util::{Stream, StreamExt, stream};
use rmcp::{
    ErrorData,
    model::{ClientJsonRpcMessage, ClientNotification, ServerJsonRpcMessage},
    transport::{
        streamable_http_server::{
            SessionId, SessionManager,
            session::{
                ServerSseMessage,
                local::{LocalSessionManager, LocalSessionManagerError, LocalSessionWorker, SessionError},
            },
        },
        worker::WorkerTransport,
    },
};
use tokio_util::sync::CancellationToken;

use super::{
    kept::{Wire, stream_of},
    refusal,
    requests::{Watched, taken},
    session::{Asker, RETRY, Session, asker, spare},
};
use crate::telemetry::metrics;

/// What a client reads that finds no room for its session.
pub const FULL: &str = "too many sessions are open";

/// Where all places are taken, a session gives its own up after this part of the time it may be idle.
const SPARE: u32 = 30;

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    local: LocalSessionManager,
    most: usize,
    ttl: Duration,
    all: Mutex<HashMap<SessionId, Arc<Session>>>,
}

/// Why a session cannot do something.
#[derive(Debug)]
pub enum Fault {
    /// The cap.
    Full,
    /// rmcp's own.
    Local(LocalSessionManagerError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str(FULL),
            Self::Local(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl From<LocalSessionManagerError> for Fault {
    fn from(error: LocalSessionManagerError) -> Self {
        Self::Local(error)
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        Self::Local(error.into())
    }
}

impl Sessions {
    /// At most `most` sessions, each until nothing happened in it for `ttl`.
    pub fn new(most: usize, ttl: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        // rmcp takes a session for idle while its call runs; `watch` does not.
        local.session_config.keep_alive = None;
        local.session_config.sse_retry = Some(RETRY);
        Self { local, most, ttl, all: Mutex::default() }
    }

    /// Ends idle sessions and gives up kept answers, until `stop`.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut look = tokio::time::interval((self.ttl / 4).clamp(Duration::from_millis(100), Duration::from_secs(5)));
        while stop.run_until_cancelled(look.tick()).await.is_some() {
            let idle: Vec<SessionId> = {
                let all = self.all();
                all.values().for_each(|session| session.requests.forget());
                all.iter().filter(|(_, session)| session.idle() >= self.ttl).map(|(id, _)| id.clone()).collect()
            };
            for id in idle {
                let _ = self.close_session(&id).await;
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Session>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether batches may come into it; no word of one that is not there, or not theirs.
    pub fn has_batches(&self, id: &str, by: &Asker) -> bool {
        let session = self.all().get(id).cloned();
        session.is_none_or(|session| session.by.owner != by.owner || session.has_batches())
    }

    /// Whether something may come after an event, or who asks has no such session. Events without a stream are those
    /// of GET, to which more may always come.
    pub fn can_resume(&self, id: &str, last: &str, by: &Asker) -> bool {
        let session = self.all().get(id).filter(|session| session.by.owner == by.owner).cloned();
        session.is_none_or(|session| match stream_of(last) {
            Some(stream) => session.requests.can_resume(stream, last, &by.caller),
            None => last.parse::<u64>().is_ok(),
        })
    }

    /// The session, which is not idle now.
    fn used(&self, id: &SessionId) -> Result<Arc<Session>, Fault> {
        let session = self.all().get(id).cloned();
        let session = session.ok_or_else(|| LocalSessionManagerError::SessionNotFound(id.clone()))?;
        session.touch();
        Ok(session)
    }
}

impl SessionManager for Sessions {
    type Error = Fault;
    type Transport = Watched<WorkerTransport<LocalSessionWorker>>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Fault> {
        let spare = {
            let all = self.all();
            if all.len() < self.most { None } else { spare(&all, self.ttl / SPARE) }
        };
        if let Some(id) = spare {
            self.close_session(&id).await?;
        }
        // A place is taken before the session exists, so that a rush cannot pass the cap.
        let session = Arc::new(Session::new(asker()));
        let place: SessionId = format!("place {:p}", Arc::as_ptr(&session)).into();
        {
            let mut all = self.all();
            if all.len() >= self.most {
                return Err(Fault::Full);
            }
            all.insert(place.clone(), Arc::clone(&session));
        }
        let created = self.local.create_session().await;
        let mut all = self.all();
        all.remove(&place);
        let (id, transport) = created?;
        let requests = Arc::clone(&session.requests);
        all.insert(id.clone(), session);
        metrics::session_began();
        Ok((id, Watched { transport, requests }))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Fault> {
        let answer = self.local.initialize_session(id, message).await?;
        self.used(id)?.begins_with(&answer);
        Ok(answer)
    }

    /// Somebody else's session is as unknown as one that is not there.
    async fn has_session(&self, id: &SessionId) -> Result<bool, Fault> {
        let theirs = self.all().get(id).is_some_and(|session| session.by.owner == asker().owner);
        Ok(theirs && self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Fault> {
        let ended = self.all().remove(id);
        if let Some(session) = ended {
            session.requests.gone.cancel();
            metrics::session_ended();
        }
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        let session = self.used(id)?;
        let handle = self.local.sessions.read().await.get(id).cloned();
        let handle = handle.ok_or_else(|| LocalSessionManagerError::SessionNotFound(id.clone()))?;
        let request_id = match &message {
            ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let running = request_id.as_ref().map(|id| session.requests.begin(id));
        if let (Some(request_id), Some(None)) = (&request_id, &running) {
            refusal::note("duplicate", StatusCode::OK, &asker().caller);
            let why = ErrorData::invalid_request(taken(request_id), None);
            let answer = ServerJsonRpcMessage::error(why, Some(request_id.clone()));
            return Ok(stream::iter([ServerSseMessage::from_message(answer)]).left_stream());
        }
        let mut receiver = handle.establish_request_wise_channel().await?;
        let number = receiver.http_request_id.unwrap_or_default();
        if let (Some(request_id), Some(Some(running))) = (request_id, running) {
            session.requests.answers_on(&request_id, Wire { number, caller: asker().caller });
            message.insert_extension(running);
            message.insert_extension(session.requests.gone.clone());
        }
        handle.push_message(message, receiver.http_request_id).await?;
        let events = stream::poll_fn(move |cx| receiver.inner.poll_recv(cx));
        let events = events.filter(move |event| {
            session.requests.passes(number, event);
            ready(session.primes() || event.message.is_some())
        });
        Ok(events.right_stream())
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Fault> {
        let session = self.used(id)?;
        if let ClientJsonRpcMessage::Notification(notification) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &notification.notification
            && let Some(request_id) = &cancelled.params.request_id
        {
            session.requests.settle(request_id);
        }
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        let open = self.used(id)?.hold_open();
        let events = self.local.create_standalone_stream(id).await?;
        let priming = open.session().primes().then(|| ServerSseMessage::priming("0", RETRY));
        Ok(stream::iter(priming).chain(events).inspect(move |_| open.holds()))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        let open = self.used(id)?.hold_open();
        let requests = Arc::clone(&open.session().requests);
        let number = stream_of(&last);
        // First what still runs: an answer that comes meanwhile is kept by then.
        match (self.local.resume(id, last.clone()).await, number) {
            (Ok(events), number) => {
                let events = events.inspect(move |event| {
                    open.holds();
                    number.iter().for_each(|number| requests.passes(*number, event));
                });
                Ok(events.left_stream())
            }
            (Err(error), number) => match number.and_then(|number| requests.after(number, &last)) {
                Some(answer) => Ok(stream::iter(answer).right_stream()),
                None => Err(error.into()),
            },
        }
    }
}
