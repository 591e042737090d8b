//! All sessions, for the protocol versions that have them: rmcp's sessions, with a limit, with owners, and with an idle
//! time that does not end them during a call. A single session is in `session`.

pub mod fault;
pub mod session;

use std::{collections::HashMap, future::ready, sync::Arc, time::Duration};

use axum::http::StatusCode;
use futures_util::{Stream, StreamExt, stream};
use parking_lot::{Mutex, MutexGuard};
use rmcp::{
    ErrorData,
    model::{ClientJsonRpcMessage, ClientNotification, ServerJsonRpcMessage},
    transport::{
        streamable_http_server::{
            SessionId, SessionManager,
            session::{
                ServerSseMessage,
                local::{LocalSessionManager, LocalSessionManagerError, LocalSessionWorker},
            },
        },
        worker::WorkerTransport,
    },
};
use tokio_util::sync::CancellationToken;

use super::{
    asker::{Asker, asker},
    gates::Gates,
    response::immediate_errors::{is_call, unnumbered},
};
use crate::{
    telemetry::metrics,
    transport::{
        message::{opening::lighten, refusal},
        requests::{
            Watched,
            kept_answers::{Wire, stream_of},
            kept_total::KeptTotal,
            taken,
            waiting_in_batch::WaitingInBatch,
        },
    },
};
use fault::Fault;
use session::{RETRY, Session, spare};

/// Prefix of the key under which a session counts while it is being created.
const PLACE: &str = "place ";

/// How often the server looks for sessions that are over.
const LOOK: Duration = Duration::from_secs(1);

/// When all places are taken, a session may be ended after this part of the allowed idle time.
const SPARE: u32 = 30;

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    local: LocalSessionManager,
    most: usize,
    ttl: Duration,
    all: Mutex<HashMap<SessionId, Arc<Session>>>,
    kept_total: Arc<KeptTotal>,
}

impl Sessions {
    /// At most `most` sessions; each ends after it was idle for `ttl`.
    pub fn new(most: usize, ttl: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        // rmcp would take a session for idle while a call runs; `watch` does not.
        local.session_config.keep_alive = None;
        local.session_config.sse_retry = Some(RETRY);
        Self { local, most, ttl, all: Mutex::default(), kept_total: Arc::default() }
    }

    /// Until `stop`: ends sessions that are idle, ends sessions whose token is not accepted any more, and discards old
    /// answers.
    pub async fn watch(self: Arc<Self>, gates: Arc<Gates>, stop: CancellationToken) {
        let mut look = tokio::time::interval((self.ttl / 4).clamp(Duration::from_millis(100), LOOK));
        while stop.run_until_cancelled(look.tick()).await.is_some() {
            let owners = gates.owners();
            let over: Vec<SessionId> = {
                let all = self.all();
                all.values().for_each(|session| session.requests.forget());
                let over = |session: &Session| session.idle() >= self.ttl || session.by.is_gone(&owners);
                let begun = all.iter().filter(|(id, _)| !id.starts_with(PLACE));
                begun.filter(|(_, session)| over(session)).map(|(id, _)| id.clone()).collect()
            };
            for id in over {
                let _ = self.close_session(&id).await;
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Session>>> {
        self.all.lock()
    }

    /// The session with this id, if it belongs to `by`.
    pub fn of(&self, id: &str, by: &Asker) -> Option<Arc<Session>> {
        self.all().get(id).filter(|session| session.by.owner == by.owner).cloned()
    }

    /// Whether anything may follow an event, or `by` has no such session. An event id without a stream number is of a
    /// stream of GET, on which more may always follow.
    pub fn can_resume(&self, id: &str, last: &str, by: &Asker) -> bool {
        self.of(id, by).is_none_or(|session| match stream_of(last) {
            Some(stream) => session.requests.can_resume(stream, last, &by.caller),
            None => last.parse::<u64>().is_ok(),
        })
    }

    /// Reserves a place for a session that is being created.
    fn place(&self, session: &Arc<Session>) -> Result<NewSession<'_>, Fault> {
        let id: SessionId = format!("{PLACE}{:p}", Arc::as_ptr(session)).into();
        let mut all = self.all();
        if all.len() >= self.most {
            return Err(Fault::Full);
        }
        all.insert(id.clone(), Arc::clone(session));
        Ok(NewSession { sessions: self, id })
    }

    /// The session with this id, marked as used now.
    fn used(&self, id: &SessionId) -> Result<Arc<Session>, Fault> {
        let session = self.all().get(id).cloned();
        let session = session.ok_or_else(|| LocalSessionManagerError::SessionNotFound(id.clone()))?;
        session.touch();
        Ok(session)
    }
}

/// The place of a session that is being created. Dropping this value frees the place, also when the client leaves
/// meanwhile.
struct NewSession<'s> {
    sessions: &'s Sessions,
    id: SessionId,
}

impl Drop for NewSession<'_> {
    fn drop(&mut self) {
        self.sessions.all().remove(&self.id);
    }
}

impl SessionManager for Sessions {
    type Error = Fault;
    type Transport = Watched<WorkerTransport<LocalSessionWorker>>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Fault> {
        let spare = {
            let all = self.all();
            let begun = all.iter().filter(|(id, _)| !id.starts_with(PLACE));
            if all.len() < self.most { None } else { spare(begun, &asker(), self.ttl / SPARE) }
        };
        if let Some(id) = spare {
            self.close_session(&id).await?;
        }
        // The place is reserved before the session exists, so that many clients at once cannot pass the limit.
        let session = Arc::new(Session::new(asker()));
        let place = self.place(&session)?;
        let (id, transport) = self.local.create_session().await?;
        let requests = Arc::clone(&session.requests);
        {
            let mut all = self.all();
            all.remove(&place.id);
            all.insert(id.clone(), session);
        }
        metrics::session_began();
        Ok((id, Watched { transport, requests }))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Fault> {
        lighten(&mut message);
        self.used(id)?.begins_with(&message);
        Ok(self.local.initialize_session(id, message).await?)
    }

    /// Somebody else's session looks like one that does not exist.
    async fn has_session(&self, id: &SessionId) -> Result<bool, Fault> {
        Ok(self.of(id, &asker()).is_some() && self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Fault> {
        let ended = self.all().remove(id);
        if let Some(session) = ended {
            session.requests.gone.cancel();
            metrics::session_ended();
            session.requests.last_words().await;
        }
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        // A client may send `initialize` again.
        lighten(&mut message);
        let session = self.used(id)?;
        let handle = self.local.sessions.read().await.get(id).cloned();
        let handle = handle.ok_or_else(|| LocalSessionManagerError::SessionNotFound(id.clone()))?;
        let request_id = match &message {
            ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let _turn = session.turn.lock().await;
        if request_id
            .as_ref()
            .is_some_and(|id| WaitingInBatch::with(&message).is_some_and(|batch| batch.is_cancelled(id)))
        {
            return Ok(stream::iter(None).left_stream());
        }
        let running = request_id.as_ref().map(|id| session.requests.begin(id));
        if let (Some(request_id), Some(None)) = (&request_id, &running) {
            refusal::note("duplicate", StatusCode::OK, asker().shown());
            let why = ErrorData::invalid_request(taken(request_id), None);
            let answer = ServerJsonRpcMessage::error(why, Some(request_id.clone()));
            return Ok(stream::iter(Some(ServerSseMessage::from_message(answer))).left_stream());
        }
        let (begins, calls) = (session.begins_with(&message), is_call(&message));
        let mut receiver = handle.establish_request_wise_channel().await?;
        let number = receiver.http_request_id.unwrap_or_default();
        if let (Some(request_id), Some(Some(running))) = (request_id, running) {
            let (by, kept_total) = (asker(), Arc::clone(&self.kept_total));
            session
                .requests
                .answers_on(&request_id, Wire { number, whose: by.whose().to_owned(), caller: by.caller, kept_total });
            message.insert_extension(running);
            message.insert_extension(session.requests.gone.clone());
        }
        handle.push_message(message, receiver.http_request_id).await?;
        let events = stream::poll_fn(move |cx| receiver.inner.poll_recv(cx));
        let of = Arc::clone(&session);
        let events = events.filter(move |event| {
            of.requests.passes(number, event);
            ready(of.primes() && !begins || event.message.is_some())
        });
        Ok(unnumbered(events, calls).right_stream())
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Fault> {
        let session = self.used(id)?;
        let _turn = session.turn.lock().await;
        if let ClientJsonRpcMessage::Notification(notification) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &notification.notification
            && let Some(request_id) = &cancelled.params.request_id
        {
            session.requests.cancel(request_id);
        }
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        let open = self.used(id)?.hold_open(true);
        let events = self.local.create_standalone_stream(id).await?.take_until(open.ended());
        let priming = open.session().primes().then(|| ServerSseMessage::priming("0", RETRY));
        Ok(stream::iter(priming).chain(events).inspect(move |_| open.holds()))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        let number = stream_of(&last);
        let open = self.used(id)?.hold_open(number.is_none());
        let requests = Arc::clone(&open.session().requests);
        // Running requests first: an answer that comes between the two looks is kept by then.
        match (self.local.resume(id, last.clone()).await, number) {
            (Ok(events), number) => {
                let events = events.take_until(open.ended()).inspect(move |event| {
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
