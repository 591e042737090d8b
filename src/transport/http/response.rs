//! What is done to rmcp's responses on their way to the client: the right status and error (`corrections`), JSON instead
//! of a stream (`as_json`), a stream that begins in time (`early_stream`), errors nobody comes back for
//! (`immediate_errors`); and what is not yet sent (`unsent`) or not yet read (`unread`).

pub mod as_json;
pub mod corrections;
pub mod early_stream;
pub mod immediate_errors;
pub mod unread;
pub mod unsent;

use axum::http::{HeaderMap, header};

/// The media type of an event stream.
pub const EVENTS: &str = "text/event-stream";
/// The media type of a single message, and of a batch.
pub const JSON: &str = "application/json";

/// Whether a response has this media type, whatever its parameters.
pub fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with(media_type))
}
