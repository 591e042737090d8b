//! The answer to a request that does not reach a tool: a status and a JSON-RPC error, which tell nothing about the
//! server.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

use crate::telemetry::{AUDIT, metrics};

/// JSON-RPC 2.0 §5.1: the message is not JSON.
pub const PARSE_ERROR: i32 = -32700;
/// JSON-RPC 2.0 §5.1: the message is JSON, but not a request.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC 2.0 §5.1: the method does not take these parameters.
pub const INVALID_PARAMS: i32 = -32602;
/// A header contradicts the body.
pub const HEADER_MISMATCH: i32 = -32020;
/// This server refused the request.
pub const REFUSED: i32 = -32000;
/// There is no such session.
pub const NO_SESSION: i32 = -32001;

/// Message for a client that sends a batch in a protocol version without batches.
pub const BATCH: &str =
    "Invalid Request: this version of MCP has no batches (they ended with 2025-03-26); send the messages one by one";

/// Message for a client whose message rmcp cannot read.
pub const NO_MESSAGE: &str = "Invalid Request: not a JSON-RPC 2.0 message of MCP";

/// A request that is refused.
#[derive(Debug)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Code of the JSON-RPC error.
    pub code: i32,
    /// One word for metrics and audit lines, from a small set.
    pub reason: &'static str,
    /// Message for the client.
    pub message: String,
    /// Id of the refused request, or `null` where no id was read.
    pub id: Value,
    /// Whether the connection is closed after the answer (RFC 9110 §7.6.1).
    pub closes: bool,
    /// Whether the client showed a token, but not a valid one.
    pub shown: bool,
}

impl Refusal {
    /// A refusal before the body was read.
    pub fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: REFUSED, reason, message: message.into(), id: Value::Null, closes: false, shown: false }
    }

    /// A refusal of a message that is not a valid request.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: INVALID_REQUEST, ..Self::new(StatusCode::BAD_REQUEST, "invalid", message) }
    }

    /// Sets another JSON-RPC code.
    #[must_use]
    pub fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// Sets the id of the refused request.
    #[must_use]
    pub fn to(self, id: &Value) -> Self {
        Self { id: id.clone(), ..self }
    }

    /// Makes this a refusal of a whole batch because of its message `number`, counted from 1.
    #[must_use]
    pub fn of_part(self, number: usize) -> Self {
        Self { message: format!("{} (message {number} of the batch)", self.message), ..self }.to(&Value::Null)
    }

    /// Makes the response. Counts the refusal, and writes it to the audit log under `caller`.
    pub fn respond(self, caller: &str) -> Response<Body> {
        note(self.reason, self.status, caller);
        let mut response = json_response(self.status, &error(self.code, &self.message, &self.id));
        let headers = response.headers_mut();
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3.1.
            let challenge = if self.shown { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.closes || self.reason == "draining" {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Counts a refusal, and writes it to the audit log.
pub fn note(reason: &'static str, status: StatusCode, caller: &str) {
    metrics::rejected(reason);
    tracing::info!(target: AUDIT, caller, outcome = "denied", reason, status = status.as_u16(), "refused");
}

/// Runs `waits`. If the client leaves meanwhile, the audit log says that its call was cancelled before it began.
pub async fn unless_left<T>(caller: &str, waits: impl Future<Output = T>) -> T {
    let mut left = Left(Some(caller));
    let result = waits.await;
    left.0 = None;
    result
}

struct Left<'a>(Option<&'a str>);

impl Drop for Left<'_> {
    fn drop(&mut self) {
        if let Some(caller) = self.0 {
            metrics::rejected("left");
            tracing::info!(target: AUDIT, caller, outcome = "cancelled", reason = "left", "gave up");
        }
    }
}

/// Builds a JSON-RPC error.
pub fn error(code: i32, message: &str, id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// Builds a response with a JSON body.
pub fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
