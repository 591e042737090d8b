//! Why a session cannot be created or used.

use std::fmt;

use rmcp::transport::streamable_http_server::session::local::{LocalSessionManagerError, SessionError};

/// Message for a client when there is no room for its session.
pub const FULL: &str = "too many sessions are open";

/// An error of the session manager.
#[derive(Debug)]
pub enum Fault {
    /// There are too many sessions.
    Full,
    /// An error of rmcp's own session manager.
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
