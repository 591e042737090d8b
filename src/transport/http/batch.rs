//! Batches, which MCP has up to version 2025-03-26. The messages of a batch are served one after the other, share one
//! place of the concurrency limits, and are answered by one array (JSON-RPC 2.0 §6).

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use rmcp::model::{ClientJsonRpcMessage, RequestId};
use serde_json::{Value, value::RawValue};
use tokio_util::sync::CancellationToken;

use super::{
    gates::{Asked, draining},
    response::{JSON, as_json, corrections::Answered},
};
use crate::transport::{
    message::{
        envelope::{Envelope, no_json},
        refusal::{self, BATCH, NO_MESSAGE, Refusal},
    },
    requests::waiting_in_batch::WaitingInBatch,
};

/// The last version that has batches. Its clients do not send the version header, so a session remembers its version.
const LAST: &str = "2025-03-26";
/// How many messages a batch may have; each may ask for an answer of its own.
const MOST: usize = 32;

/// Once the answers have more bytes than this, no further message is served: each answer alone may have the full
/// length.
const BYTES: usize = 1 << 20;
/// Message for a client whose message was not served because of that.
const LONG: &str = "The answers of this batch are long already: send this one by itself";

/// The messages of a batch, each with its id.
#[derive(Clone, Debug)]
pub struct Batch(Vec<(Bytes, Asked)>);

/// The outer members of the messages in a body: of a single message, or of each message of a batch.
///
/// # Errors
/// 400 for a body that is not JSON, and for the first invalid message.
pub fn envelopes<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Vec<Envelope<'a>>, Refusal> {
    if !is_batch(body) {
        return Ok(vec![Envelope::checked(body)?]);
    }
    let messages: Vec<&RawValue> = serde_json::from_slice(body).map_err(no_json)?;
    if headers.get("mcp-protocol-version").is_some_and(|version| version.as_bytes() > LAST.as_bytes()) {
        return Err(Refusal::invalid(BATCH));
    }
    if messages.is_empty() || messages.len() > MOST {
        let why = format!("Invalid Request: a batch has 1 to {MOST} messages, not {}", messages.len());
        return Err(Refusal::invalid(why));
    }
    let envelope = |message: &&'a RawValue| {
        let envelope = Envelope::checked(message.get().as_bytes())?;
        if envelope.begins() {
            return Err(Refusal::invalid("Invalid Request: `initialize` must not be part of a batch"));
        }
        if serde_json::from_str::<ClientJsonRpcMessage>(message.get()).is_err() {
            return Err(Refusal::invalid(NO_MESSAGE));
        }
        Ok(envelope)
    };
    let number = |(index, read): (usize, Result<_, Refusal>)| read.map_err(|refusal| refusal.of_part(index + 1));
    messages.iter().map(envelope).enumerate().map(number).collect()
}

/// Whether a body is a JSON array.
pub fn is_batch(body: &[u8]) -> bool {
    body.trim_ascii().first() == Some(&b'[')
}

impl Batch {
    /// Takes the messages out of a body.
    pub fn of(envelopes: &[Envelope<'_>], body: &Bytes) -> Self {
        let message = |envelope: &Envelope<'_>| (body.slice_ref(envelope.message), Asked { id: envelope.id() });
        Self(envelopes.iter().map(message).collect())
    }

    /// The ids of the requests in this batch.
    pub fn ids(&self) -> impl Iterator<Item = RequestId> {
        self.0.iter().filter_map(|(_, asked)| serde_json::from_value(asked.id.clone()).ok())
    }

    /// Serves each message as a request with the head of this one. A request that is cancelled before its turn does not
    /// begin (`waiting`), and no request begins once the process is to end.
    pub async fn serve<F: Future<Output = Response<Body>>>(
        self,
        request: Request,
        waiting: Option<Arc<WaitingInBatch>>,
        ending: &CancellationToken,
        answer: impl Fn(Request) -> F,
        caller: &str,
    ) -> Response<Body> {
        let (mut head, _) = request.into_parts();
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers.remove(header::TRANSFER_ENCODING);
        waiting.and_then(|waiting| head.extensions.insert(waiting));
        let mut answers = Vec::new();
        for (body, asked) in self.0 {
            let is_long = || answers.iter().map(String::len).sum::<usize>() > BYTES;
            let refusal = match asked.id {
                Value::Null => None,
                _ if ending.is_cancelled() => Some(draining()),
                _ => is_long().then(|| Refusal::new(StatusCode::OK, "batch", LONG)),
            };
            if let Some(Refusal { code, message, reason, status, .. }) = refusal {
                refusal::note(reason, status, caller);
                answers.push(refusal::error(code, &message, &asked.id).to_string());
                continue;
            }
            let mut request = Request::from_parts(head.clone(), Body::from(body));
            request.extensions_mut().insert(asked);
            let response = answer(request).await;
            // A refusal of the first message that is no answer to it, such as an unknown session, holds for the whole
            // batch.
            let is_answer = response.status().is_success() || response.extensions().get::<Answered>().is_some();
            if answers.is_empty() && !is_answer {
                return response;
            }
            answers.extend(as_json::answer(response).await);
        }
        if answers.is_empty() {
            return StatusCode::ACCEPTED.into_response();
        }
        ([(header::CONTENT_TYPE, JSON)], format!("[{}]", answers.join(","))).into_response()
    }
}
