//! Requests of a batch that wait for their turn and may be cancelled meanwhile.

use std::{collections::HashMap, sync::Arc};

use axum::http::request::Parts;
use parking_lot::Mutex;
use rmcp::model::{ClientJsonRpcMessage, GetExtensions, RequestId};

/// Their ids, each with whether it was cancelled; travels with every message of the batch.
#[derive(Debug)]
pub struct Waiting(Mutex<HashMap<RequestId, bool>>);

impl Waiting {
    /// None is cancelled yet.
    pub fn new(ids: impl Iterator<Item = RequestId>) -> Self {
        Self(Mutex::new(ids.map(|id| (id, false)).collect()))
    }

    /// What came with a message.
    pub fn with(message: &ClientJsonRpcMessage) -> Option<&Arc<Self>> {
        let ClientJsonRpcMessage::Request(request) = message else { return None };
        request.request.extensions().get::<Parts>()?.extensions.get()
    }

    /// One is not to begin any more.
    pub fn cancel(&self, id: &RequestId) {
        let mut all = self.0.lock();
        all.get_mut(id).into_iter().for_each(|cancelled| *cancelled = true);
    }

    /// Whether it is not to begin.
    pub fn is_cancelled(&self, id: &RequestId) -> bool {
        let all = self.0.lock();
        all.get(id).copied().unwrap_or_default()
    }
}
