//! Sessions of the protocol versions that have them: rmcp's, with a cap, and with a request id in flight only once.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream};
use rmcp::{
    ErrorData, RoleServer,
    model::{ClientJsonRpcMessage, ClientNotification, RequestId, ServerJsonRpcMessage},
    transport::{
        Transport,
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

use crate::telemetry::metrics;

/// What a client reads that finds no room for its session.
pub const FULL: &str = "too many sessions are open";

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    local: LocalSessionManager,
    most: usize,
    requests: Mutex<HashMap<SessionId, Arc<Requests>>>,
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

impl Sessions {
    /// At most `most` sessions, each until it was idle for `ttl`.
    pub fn new(most: usize, ttl: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(ttl);
        Self { local, most, requests: Mutex::default() }
    }

    fn requests(&self, id: &SessionId) -> Option<Arc<Requests>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl SessionManager for Sessions {
    type Error = Fault;
    type Transport = Watched<WorkerTransport<LocalSessionWorker>>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Fault> {
        // A place is taken before the session exists, so that a rush cannot pass the cap.
        let requests = Arc::new(Requests::default());
        let place: SessionId = format!("place {:p}", Arc::as_ptr(&requests)).into();
        {
            let mut all = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= self.most {
                return Err(Fault::Full);
            }
            all.insert(place.clone(), Arc::clone(&requests));
        }
        let created = self.local.create_session().await;
        let mut all = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&place);
        let (id, transport) = created?;
        all.insert(id.clone(), Arc::clone(&requests));
        metrics::session_began();
        Ok((id, Watched { transport, requests }))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Fault> {
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Fault> {
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Fault> {
        let ended = self.requests.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(requests) = ended {
            requests.gone.cancel();
            metrics::session_ended();
        }
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        if let (ClientJsonRpcMessage::Request(request), Some(requests)) = (&message, self.requests(id)) {
            let request_id = request.id.clone();
            match requests.begin(&request_id) {
                Some(running) => {
                    message.insert_extension(running);
                    message.insert_extension(requests.gone.clone());
                }
                None => {
                    let why =
                        format!("Invalid Request: a request with id {request_id} is still running in this session");
                    let answer = ServerJsonRpcMessage::error(ErrorData::invalid_request(why, None), Some(request_id));
                    return Ok(stream::iter([ServerSseMessage::from_message(answer)]).left_stream());
                }
            }
        }
        Ok(self.local.create_stream(id, message).await?.right_stream())
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Fault> {
        if let ClientJsonRpcMessage::Notification(notification) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &notification.notification
            && let (Some(request_id), Some(requests)) = (&cancelled.params.request_id, self.requests(id))
        {
            requests.settle(request_id);
        }
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Fault> {
        Ok(self.local.resume(id, last_event_id).await?)
    }
}

/// The requests of one session that run. An id is free again once its call ended and its answer was sent; after a
/// cancellation there is none to send.
#[derive(Debug, Default)]
pub struct Requests {
    running: Mutex<HashMap<RequestId, State>>,
    /// Cancelled when the session ends; travels with its requests.
    gone: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    settled: bool,
}

impl Requests {
    /// Takes an id. `None` if it is taken.
    pub fn begin(self: &Arc<Self>, id: &RequestId) -> Option<Arc<Running>> {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(id) {
            return None;
        }
        all.insert(id.clone(), State::default());
        Some(Arc::new(Running { requests: Arc::clone(self), id: id.clone() }))
    }

    /// Its answer was sent, or nobody waits for it any more.
    pub fn settle(&self, id: &RequestId) {
        self.update(id, |state| state.settled = true);
    }

    fn update(&self, id: &RequestId, change: impl FnOnce(&mut State)) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = all.get_mut(id) {
            change(state);
            if state.ended && state.settled {
                all.remove(id);
            }
        }
    }
}

/// A call that runs: travels with the request, and ends with it.
#[derive(Debug)]
pub struct Running {
    requests: Arc<Requests>,
    id: RequestId,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.requests.update(&self.id, |state| state.ended = true);
    }
}

/// A transport whose answers settle requests.
#[derive(Debug)]
pub struct Watched<T> {
    /// The transport.
    pub transport: T,
    /// The requests of its session.
    pub requests: Arc<Requests>,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Watched<T> {
    type Error = T::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        match &message {
            ServerJsonRpcMessage::Response(response) => self.requests.settle(&response.id),
            ServerJsonRpcMessage::Error(error) => error.id.iter().for_each(|id| self.requests.settle(id)),
            _ => {}
        }
        self.transport.send(message)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.transport.receive().await
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.transport.close().await
    }
}
