//! Corrects rmcp's answers where MCP or its clients expect others: JSON-RPC errors instead of plain texts, and the
//! right status.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use http_body_util::{BodyExt, Limited};

use super::{JSON, is_of_type};
use crate::transport::{
    http::{gates::Asked, sessions::fault::FULL},
    message::refusal::{self, NO_MESSAGE, NO_SESSION, Refusal},
};

/// How many bytes of rmcp's plain text are read.
const TEXT: usize = 16 << 10;

/// Marks a response that answers the message itself, whatever its status.
#[derive(Clone, Debug)]
pub struct Answered;

/// The response as the client gets it.
pub async fn correct(mut response: Response<Body>, delete: bool, asked: &Asked, caller: &str) -> Response<Body> {
    let status = response.status();
    if status.is_success() {
        // The Python SDK logs a warning for any other status.
        if delete && status == StatusCode::ACCEPTED {
            *response.status_mut() = StatusCode::OK;
        }
        return response;
    }
    if is_of_type(response.headers(), JSON) {
        refusal::note("protocol", status, caller);
        response.extensions_mut().insert(Answered);
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let text = match Limited::new(response.into_body(), TEXT).collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Err(_) => String::new(),
    };
    let stateless = allow.as_ref().is_some_and(|allow| allow == "POST");
    let refusal = match status {
        StatusCode::BAD_REQUEST if text.contains("Session ID is required") => no_session(),
        _ => refusal(status, stateless, &text),
    };
    let mut response = refusal.to(&asked.id).respond(caller);
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// 404, which tells a client to initialise again.
pub fn unknown_session() -> Refusal {
    let message = "Invalid or expired session ID: begin again with initialize";
    Refusal::new(StatusCode::NOT_FOUND, "session", message).code(NO_SESSION)
}

/// The answer to GET if nothing will follow: 405, which clients take for the end (MCP 2025-11-25, streamable HTTP,
/// "Listening for Messages from the Server"). rmcp answers with an empty stream, for which clients come back for ever.
pub fn nothing_follows(caller: &str) -> Response<Body> {
    let message = "Nothing follows this Last-Event-ID: the request was answered or cancelled, or is not this caller's";
    let mut response = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "resume", message).respond(caller);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST, DELETE"));
    response
}

fn no_session() -> Refusal {
    Refusal::invalid(
        "Bad Request: Not an initialization request and no valid session ID provided. Send initialize first, and the Mcp-Session-Id header of its answer with every request after it.",
    )
}

fn refusal(status: StatusCode, stateless: bool, text: &str) -> Refusal {
    let said = |text: &str| text.split_once(": ").map_or(text, |(_, said)| said).to_owned();
    match status {
        StatusCode::NOT_FOUND if text.contains("Session not found") => unknown_session(),
        StatusCode::METHOD_NOT_ALLOWED if stateless => {
            Refusal::new(status, "method", "Method Not Allowed without sessions")
        }
        StatusCode::METHOD_NOT_ALLOWED => Refusal::new(status, "method", "Method Not Allowed"),
        // This is how rmcp refuses JSON that is not an MCP message.
        StatusCode::UNSUPPORTED_MEDIA_TYPE if text.starts_with("fail to deserialize") => Refusal::invalid(NO_MESSAGE),
        StatusCode::INTERNAL_SERVER_ERROR if text.contains(FULL) => {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "sessions", "Too many sessions are open; try again later")
        }
        // The session ended between the check and the message.
        StatusCode::INTERNAL_SERVER_ERROR if text.contains("Session") => unknown_session(),
        StatusCode::BAD_REQUEST => Refusal::invalid(said(text)),
        StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Refusal::new(status, "media_type", said(text))
        }
        _ => {
            let id = uuid::Uuid::new_v4();
            tracing::error!(%id, status = status.as_u16(), text, "an answer went wrong");
            Refusal::new(status, "internal", format!("internal error {id}"))
        }
    }
}
