//! What a client reads when a request does not reach a tool: a status, a JSON-RPC error, and nothing about the server.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value, json};

use crate::telemetry::{AUDIT, metrics};

/// JSON-RPC 2.0 §5.1: not JSON.
pub const PARSE_ERROR: i32 = -32700;
/// JSON-RPC 2.0 §5.1: JSON, but no request.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC 2.0 §5.1: parameters that the method does not have.
pub const INVALID_PARAMS: i32 = -32602;
/// A header that says something else than the body.
pub const HEADER_MISMATCH: i32 = -32020;
/// A refusal by this server.
pub const REFUSED: i32 = -32000;
/// A session that is not there.
pub const NO_SESSION: i32 = -32001;

/// What a client reads that sends a batch in a version that has none.
pub const BATCH: &str =
    "Invalid Request: this version of MCP has no batches (they ended with 2025-03-26); send the messages one by one";

/// What a client reads whose message rmcp cannot read.
pub const NO_MESSAGE: &str = "Invalid Request: not a JSON-RPC 2.0 message of MCP";

/// A request that is refused.
#[derive(Debug)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Code of the JSON-RPC error.
    pub code: i32,
    /// For metrics and audit lines; one of few.
    pub reason: &'static str,
    /// For the client.
    pub message: String,
    /// Id of the refused request, as far as it was read.
    pub id: Value,
    /// The connection ends with it (RFC 9110 §7.6.1).
    pub closes: bool,
    /// A token was shown, which does not count.
    pub shown: bool,
}

impl Refusal {
    /// A refusal before the body was read.
    pub fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: REFUSED, reason, message: message.into(), id: Value::Null, closes: false, shown: false }
    }

    /// A request that is none.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: INVALID_REQUEST, ..Self::new(StatusCode::BAD_REQUEST, "invalid", message) }
    }

    /// With another JSON-RPC code.
    #[must_use]
    pub fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// As the answer to a request with this id.
    #[must_use]
    pub fn to(self, id: &Value) -> Self {
        Self { id: id.clone(), ..self }
    }

    /// As a refusal of a batch because of one of its messages, counted from 1.
    #[must_use]
    pub fn of_part(self, number: usize) -> Self {
        Self { message: format!("{} (message {number} of the batch)", self.message), ..self }.to(&Value::Null)
    }

    /// The response; counted, and written to the audit log under `caller`.
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

/// What a request waits for; noted where its client leaves meanwhile, as a call that never was one.
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

/// A JSON-RPC error.
pub fn error(code: i32, message: &str, id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// A response with a JSON body.
pub fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
