//! Room `server`: MCP in, a row of the table out, and its result turned into a tool result.

pub mod audit;
pub mod calls;
mod elicit;
#[cfg(feature = "conformance-fixtures")]
pub mod fixtures;
pub mod handler;
pub mod surface;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rmcp::model::Extensions;
use tokio_util::sync::CancellationToken;

use crate::{caller::Caller, config::Settings, credentials::Credentials, error::Error, policy::Policy};

/// What all sessions share.
#[derive(Debug)]
pub struct App {
    /// Which rows may be seen and run.
    pub policy: Policy,
    /// Whose Argo CD, and as whom.
    pub credentials: Credentials,
    /// How long a call may take.
    pub patience: Duration,
    /// A fixed time instead of the clock, for reproducible answers.
    pub now: Option<Timestamp>,
    /// Whether the Argo CD behind it is the demo.
    pub demo: bool,
    /// Cancelled when the process is to end; ends every call.
    pub shutdown: CancellationToken,
}

/// One value per session; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    app: Arc<App>,
    caller: CallerOf,
    /// Addresses that a person was asked to open.
    shown: Arc<elicit::Shown>,
}

/// How a transport tells who sent a request, from what it put into the request's extensions.
pub type CallerOf = fn(&Extensions) -> Option<Caller>;

impl App {
    /// Sets up everything that calls share. Connects to nothing.
    ///
    /// # Errors
    /// Settings that contradict each other or cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            policy: Policy { read_only: settings.read_only },
            credentials: Credentials::from_environment(&settings.environment)?,
            patience: settings.timeout,
            now: None,
            demo: settings.demo,
            shutdown: CancellationToken::new(),
        })
    }
}

impl Server {
    /// A server over shared state.
    pub fn new(app: Arc<App>) -> Self {
        Self { app, shown: Arc::default(), caller: |extensions| extensions.get().cloned() }
    }

    /// A server whose transport knows callers.
    pub fn with_callers(app: Arc<App>, caller: CallerOf) -> Self {
        Self { app, shown: Arc::default(), caller }
    }
}
