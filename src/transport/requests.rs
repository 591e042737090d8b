//! The requests of one session. Each id may be in flight only once, and answers are kept for clients that lost the
//! connection (`kept_answers`, `kept_total`). A request in a batch may be cancelled before it begins
//! (`waiting_in_batch`).

pub mod kept_answers;
pub mod kept_total;
pub mod waiting_in_batch;

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use rmcp::{
    RoleServer,
    model::{ClientJsonRpcMessage, ClientNotification, RequestId, ServerJsonRpcMessage},
    transport::{Transport, streamable_http_server::session::ServerSseMessage},
};
use tokio_util::sync::CancellationToken;

use kept_answers::{Kept, Wire};
use waiting_in_batch::WaitingInBatch;

/// When a session ends: how long its calls may take to answer that they were given up.
const LAST_WORD: Duration = Duration::from_millis(250);

/// The running requests of one session. An id is free again once its call has ended and its answer was sent. A
/// cancelled call sends no answer.
#[derive(Debug, Default)]
pub struct Requests {
    running: Mutex<HashMap<RequestId, State>>,
    kept: Mutex<Kept>,
    batches: Mutex<Vec<Weak<WaitingInBatch>>>,
    /// Cancelled when the session ends. A clone travels with each request.
    pub gone: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    settled: bool,
    /// The stream the answer goes to, if a client can take that stream up again.
    wire: Option<Wire>,
}

impl Requests {
    /// Reserves an id. Returns `None` if a request with this id is running.
    pub fn begin(self: &Arc<Self>, id: &RequestId) -> Option<Arc<Running>> {
        let mut all = self.running();
        if all.contains_key(id) {
            return None;
        }
        all.insert(id.clone(), State::default());
        Some(Arc::new(Running { requests: Arc::clone(self), id: id.clone() }))
    }

    /// Reserves the id of a request for as long as the request runs. Frees the id that a cancellation names.
    ///
    /// # Errors
    /// The message for a client whose id is in use.
    pub fn admit(self: &Arc<Self>, message: &mut ClientJsonRpcMessage) -> Result<(), String> {
        match message {
            ClientJsonRpcMessage::Request(request) => {
                let running = self.begin(&request.id).ok_or_else(|| taken(&request.id))?;
                message.insert_extension(running);
            }
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification {
                    cancelled.params.request_id.iter().for_each(|id| self.cancel(id));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes the stream that the answer goes to, so that the answer is kept.
    pub fn answers_on(&self, id: &RequestId, wire: Wire) {
        self.update(id, |state| state.wire = Some(wire));
    }

    /// Announces the requests of a batch, which are served one after the other. While the caller holds the result, a
    /// cancellation counts even for a request that has not begun.
    pub fn expect(&self, ids: impl Iterator<Item = RequestId>) -> Arc<WaitingInBatch> {
        let (waiting, mut batches) = (Arc::new(WaitingInBatch::new(ids)), self.batches());
        batches.retain(|batch| batch.strong_count() > 0);
        batches.push(Arc::downgrade(&waiting));
        waiting
    }

    /// Cancels a request, whether or not it has begun: nobody waits for its answer any more.
    pub fn cancel(&self, id: &RequestId) {
        self.batches().iter().filter_map(Weak::upgrade).for_each(|batch| batch.cancel(id));
        self.settle(id);
    }

    /// Marks a request whose answer was sent, or is not wanted any more.
    fn settle(&self, id: &RequestId) {
        self.update(id, |state| state.settled = true);
    }

    /// Whether any call of the session is running.
    pub fn are_running(&self) -> bool {
        self.running().values().any(|state| !state.ended)
    }

    /// Waits briefly until the running calls have answered that the session ends.
    pub async fn last_words(&self) {
        let over = async {
            while self.are_running() {
                tokio::time::sleep(LAST_WORD / 25).await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORD, over).await;
    }

    /// The credentials (hashed) of the request on a stream, while the request runs or its answer is kept.
    pub fn caller(&self, stream: u64) -> Option<String> {
        let running = self.running();
        let mut wires = running.values().filter_map(|state| state.wire.as_ref());
        let caller = wires.find(|wire| wire.number == stream).map(|wire| wire.caller.clone());
        caller.or_else(|| self.kept().caller(stream).map(str::to_owned))
    }

    /// What a client that lost the connection has not received yet, as [`Kept::after`].
    pub fn after(&self, stream: u64, last: &str) -> Option<Option<ServerSseMessage>> {
        self.kept().after(stream, last)
    }

    /// Whether `caller` may still receive something on a stream after an event: the request is running, or its answer
    /// is kept.
    pub fn can_resume(&self, stream: u64, last: &str, caller: &str) -> bool {
        let runs = self.running().values().any(|state| state.wire.as_ref().is_some_and(|wire| wire.number == stream));
        self.caller(stream).is_some_and(|owner| owner == caller) && (runs || self.kept().has_after(stream, last))
    }

    /// Notes that an event was put into a response.
    pub fn passes(&self, stream: u64, event: &ServerSseMessage) {
        if matches!(event.message.as_deref(), Some(ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_)))
        {
            self.kept().passed(stream, event.event_id.as_deref());
        }
    }

    /// Discards old answers.
    pub fn forget(&self) {
        self.kept().forget();
    }

    fn answered(&self, id: &RequestId, message: &ServerJsonRpcMessage) {
        let wire = self.running().get(id).and_then(|state| state.wire.clone());
        if let Some(wire) = wire {
            self.kept().keep(wire, message);
        }
        self.settle(id);
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RequestId, State>> {
        self.running.lock()
    }

    fn batches(&self) -> MutexGuard<'_, Vec<Weak<WaitingInBatch>>> {
        self.batches.lock()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    fn update(&self, id: &RequestId, change: impl FnOnce(&mut State)) {
        let mut all = self.running();
        if let Some(state) = all.get_mut(id) {
            change(state);
            if state.ended && state.settled {
                all.remove(id);
            }
        }
    }
}

/// The message for a request whose id is in use.
pub fn taken(id: &RequestId) -> String {
    format!("Invalid Request: a request with id {id} is still running in this session")
}

/// A running call. This value travels with the request and is dropped when the call ends.
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

/// A transport that marks a request as answered when its answer is sent.
#[derive(Debug)]
pub struct Watched<T> {
    /// The transport.
    pub transport: T,
    /// The requests of the session that this transport belongs to.
    pub requests: Arc<Requests>,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Watched<T> {
    type Error = T::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        match &message {
            ServerJsonRpcMessage::Response(response) => self.requests.answered(&response.id, &message),
            ServerJsonRpcMessage::Error(error) => error.id.iter().for_each(|id| self.requests.answered(id, &message)),
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
