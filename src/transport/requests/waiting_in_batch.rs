//! Requests of a batch that wait for their turn, and may be cancelled before it.

use std::{collections::HashMap, sync::Arc};

use axum::http::request::Parts;
use parking_lot::Mutex;
use rmcp::model::{ClientJsonRpcMessage, GetExtensions, RequestId};

/// The ids of these requests, each with whether it was cancelled. A clone travels with every message of the batch.
#[derive(Debug)]
pub struct WaitingInBatch(Mutex<HashMap<RequestId, bool>>);

impl WaitingInBatch {
    /// Starts with no request cancelled.
    pub fn new(ids: impl Iterator<Item = RequestId>) -> Self {
        Self(Mutex::new(ids.map(|id| (id, false)).collect()))
    }

    /// The waiting requests of the batch that this message came in.
    pub fn with(message: &ClientJsonRpcMessage) -> Option<&Arc<Self>> {
        let ClientJsonRpcMessage::Request(request) = message else { return None };
        request.request.extensions().get::<Parts>()?.extensions.get()
    }

    /// Notes that a request must not begin any more.
    pub fn cancel(&self, id: &RequestId) {
        let mut all = self.0.lock();
        all.get_mut(id).into_iter().for_each(|cancelled| *cancelled = true);
    }

    /// Whether a request was cancelled before its turn.
    pub fn is_cancelled(&self, id: &RequestId) -> bool {
        let all = self.0.lock();
        all.get(id).copied().unwrap_or_default()
    }
}
