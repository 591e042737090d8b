//! Who asks: what one request brought along. Built by a transport, read by the resolver of instances and the audit line.

use secrecy::SecretString;

use crate::telemetry::trace::Parent;

/// Where a request came from, which decides what base URLs it may name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The user's own process: stdin or the command line.
    #[default]
    Process,
    /// A listener that only this machine can reach.
    Loopback,
    /// A listener that others can reach.
    Network,
}

impl Reach {
    /// The same for a request that a proxy has passed on: it comes from elsewhere than its connection.
    #[must_use]
    pub fn forwarded(self) -> Self {
        if self == Self::Loopback { Self::Network } else { self }
    }
}

/// One request's caller.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// For the audit line: a name, or a hash of the credentials it showed; never an address.
    pub id: String,
    /// Where the request came from.
    pub reach: Reach,
    /// `x-argocd-base-url` of this request.
    pub base_url: Option<String>,
    /// `x-argocd-api-token` of this request; belongs to `base_url`, or else to the default instance's URL.
    pub token: Option<SecretString>,
    /// The trace this request is part of.
    pub trace: Option<Parent>,
}

impl Caller {
    /// The user's own process, under a name.
    pub fn process(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}
