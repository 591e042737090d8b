//! Why a session cannot be had or used.

use std::fmt;

use rmcp::transport::streamable_http_server::session::local::{LocalSessionManagerError, SessionError};

/// What a client reads that finds no room for its session.
pub const FULL: &str = "too many sessions are open";

/// Why a session cannot do something.
#[derive(Debug)]
pub enum Fault {
    /// The cap.
    Full,
    /// rmcp's own.
    Local(LocalSessionManagerError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str(FULL),
            Self::Local(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl From<LocalSessionManagerError> for Fault {
    fn from(error: LocalSessionManagerError) -> Self {
        Self::Local(error)
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        Self::Local(error.into())
    }
}
