//! The requests of one session: each id in flight only once, and their answers kept for who lost the connection
//! (`kept_answers`, `kept_total`). Those of a batch may be cancelled before they begin (`waiting_in_batch`).

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
use waiting_in_batch::Waiting;

/// How long the calls of a session that ends may take to answer that it does.
const LAST_WORD: Duration = Duration::from_millis(250);

/// The requests of one session that run. An id is free again once its call ended and its answer was sent; after a
/// cancellation there is none to send.
#[derive(Debug, Default)]
pub struct Requests {
    running: Mutex<HashMap<RequestId, State>>,
    kept: Mutex<Kept>,
    batches: Mutex<Vec<Weak<Waiting>>>,
    /// Cancelled when the session ends; travels with its requests.
    pub gone: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    ended: bool,
    settled: bool,
    /// Where its answer goes, if that can be taken up again.
    wire: Option<Wire>,
}

impl Requests {
    /// Takes an id. `None` if it is taken.
    pub fn begin(self: &Arc<Self>, id: &RequestId) -> Option<Arc<Running>> {
        let mut all = self.running();
        if all.contains_key(id) {
            return None;
        }
        all.insert(id.clone(), State::default());
        Some(Arc::new(Running { requests: Arc::clone(self), id: id.clone() }))
    }

    /// Takes the id of a request for as long as it runs, and frees that of a cancelled one.
    ///
    /// # Errors
    /// What to tell the sender of an id that is taken.
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

    /// Its answer goes to this stream, and is kept.
    pub fn answers_on(&self, id: &RequestId, wire: Wire) {
        self.update(id, |state| state.wire = Some(wire));
    }

    /// Of these, which come one after the other, a cancellation counts before they begin, while the result is held.
    pub fn expect(&self, ids: impl Iterator<Item = RequestId>) -> Arc<Waiting> {
        let (waiting, mut batches) = (Arc::new(Waiting::new(ids)), self.batches());
        batches.retain(|batch| batch.strong_count() > 0);
        batches.push(Arc::downgrade(&waiting));
        waiting
    }

    /// Nobody waits for its answer any more, whether or not it has begun.
    pub fn cancel(&self, id: &RequestId) {
        self.batches().iter().filter_map(Weak::upgrade).for_each(|batch| batch.cancel(id));
        self.settle(id);
    }

    /// Its answer was sent, or nobody waits for it any more.
    fn settle(&self, id: &RequestId) {
        self.update(id, |state| state.settled = true);
    }

    /// Whether a call runs.
    pub fn are_running(&self) -> bool {
        self.running().values().any(|state| !state.ended)
    }

    /// Waits a moment until what runs has answered that the session ends.
    pub async fn last_words(&self) {
        let over = async {
            while self.are_running() {
                tokio::time::sleep(LAST_WORD / 25).await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORD, over).await;
    }

    /// Whose credentials the request on a stream showed, while it runs or its answer is kept.
    pub fn caller(&self, stream: u64) -> Option<String> {
        let running = self.running();
        let mut wires = running.values().filter_map(|state| state.wire.as_ref());
        let caller = wires.find(|wire| wire.number == stream).map(|wire| wire.caller.clone());
        caller.or_else(|| self.kept().caller(stream).map(str::to_owned))
    }

    /// What a client that lost the connection has not got yet, as [`Kept::after`].
    pub fn after(&self, stream: u64, last: &str) -> Option<Option<ServerSseMessage>> {
        self.kept().after(stream, last)
    }

    /// Whether somebody may still get something on a stream after an event: from a request that runs, or its answer.
    pub fn can_resume(&self, stream: u64, last: &str, caller: &str) -> bool {
        let runs = self.running().values().any(|state| state.wire.as_ref().is_some_and(|wire| wire.number == stream));
        self.caller(stream).is_some_and(|owner| owner == caller) && (runs || self.kept().has_after(stream, last))
    }

    /// An event goes into a response.
    pub fn passes(&self, stream: u64, event: &ServerSseMessage) {
        if matches!(event.message.as_deref(), Some(ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_)))
        {
            self.kept().passed(stream, event.event_id.as_deref());
        }
    }

    /// Gives up old answers.
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

    fn batches(&self) -> MutexGuard<'_, Vec<Weak<Waiting>>> {
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

/// Why a request is refused whose id is in flight.
pub fn taken(id: &RequestId) -> String {
    format!("Invalid Request: a request with id {id} is still running in this session")
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
