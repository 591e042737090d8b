//! What happens to rmcp's responses on their way to the client: status and errors are corrected (`corrections`), a
//! stream becomes JSON (`as_json`), a stream begins in time (`early_stream`), and clients do not come back for
//! immediate errors (`immediate_errors`). Beside that: responses that are not sent yet (`unsent`) or not read yet
//! (`unread`).

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
