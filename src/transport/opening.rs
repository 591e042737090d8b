//! How a session begins, where messages come one after the other on the same way.

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion};

/// What a message is to a session that has not begun.
#[derive(Debug)]
pub enum Opening {
    /// `initialize` of a version, or a request of the one that has no handshake: from now on messages may come in any
    /// order.
    Begins(Option<ProtocolVersion>),
    /// `ping` or `server/discover`, which need no session.
    Asks,
    /// A request that needs one.
    Early,
    /// An `initialize` that cannot be read.
    Broken,
    /// A notification or a response.
    NoRequest,
}

impl Opening {
    /// What this one is.
    pub fn of(message: &ClientJsonRpcMessage) -> Self {
        let ClientJsonRpcMessage::Request(request) = message else { return Self::NoRequest };
        match &request.request {
            ClientRequest::InitializeRequest(request) => Self::Begins(Some(request.params.protocol_version.clone())),
            ClientRequest::CustomRequest(custom) if custom.method == "initialize" => Self::Broken,
            ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => Self::Asks,
            other if other.get_meta().protocol_version().is_some() => Self::Begins(None),
            _ => Self::Early,
        }
    }
}

/// Takes out of an `initialize` what nobody here reads: it is kept for as long as its session, and a picture of a client
/// is larger than all else of one.
pub fn lighten(message: &mut ClientJsonRpcMessage) {
    if let ClientJsonRpcMessage::Request(request) = message
        && let ClientRequest::InitializeRequest(initialize) = &mut request.request
    {
        let params = &mut initialize.params;
        (params.meta, params.client_info.icons) = (None, None);
        (params.capabilities.experimental, params.capabilities.extensions) = (None, None);
    }
}
