//! What is done to rmcp's responses on their way to the client: the right status and error (`corrections`), JSON instead
//! of a stream (`as_json`), a stream that begins in time (`early_stream`), errors nobody comes back for
//! (`immediate_errors`); and what is not yet sent (`unsent`) or not yet read (`unread`).

pub mod as_json;
pub mod corrections;
pub mod early_stream;
pub mod immediate_errors;
pub mod unread;
pub mod unsent;
