//! A JSON-RPC message before rmcp reads it, whichever way the message came: its outer members (`envelope`), its allowed
//! size (`extent`), whether a session begins with it (`opening`), and the error for a message that goes no further
//! (`refusal`).

pub mod envelope;
mod extent;
pub mod opening;
pub mod refusal;

/// A mark that may stand before JSON and means nothing (RFC 8259 §8.1).
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
