//! A JSON-RPC message, whichever way it came, before rmcp reads it: what it says it is (`envelope`), how much it may
//! hold (`extent`), whether it begins a session (`opening`), and what its sender reads where it goes no further
//! (`refusal`).

pub mod envelope;
mod extent;
pub mod opening;
pub mod refusal;

/// What may stand before JSON and means nothing (RFC 8259 §8.1).
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
