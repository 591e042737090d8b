//! How a session begins, where messages come one after the other on the same way.

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion};

/// How much of a name or version of a client is kept, in characters.
const KEPT: usize = 128;

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
    /// A notification or a response.
    NoRequest,
}

impl Opening {
    /// What this one is.
    pub fn of(message: &ClientJsonRpcMessage) -> Self {
        let ClientJsonRpcMessage::Request(request) = message else { return Self::NoRequest };
        match &request.request {
            ClientRequest::InitializeRequest(request) => Self::Begins(Some(request.params.protocol_version.clone())),
            // Of the version that has none.
            ClientRequest::CustomRequest(custom) if custom.method == "initialize" => Self::Early,
            ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => Self::Asks,
            other if other.get_meta().protocol_version().is_some() => Self::Begins(None),
            _ => Self::Early,
        }
    }
}

/// Takes out of an `initialize` what nobody here reads: it is kept for as long as its session, and a picture of a client
/// is larger than all else of one. A version that is not known, or has no `initialize`, is answered with the newest that
/// has it, and that one holds: of a second `initialize` rmcp takes what was asked for instead.
pub fn lighten(message: &mut ClientJsonRpcMessage) {
    if let ClientJsonRpcMessage::Request(request) = message
        && let ClientRequest::InitializeRequest(initialize) = &mut request.request
    {
        let params = &mut initialize.params;
        let (client, can) = (&mut params.client_info, &mut params.capabilities);
        params.meta = None;
        (client.icons, client.title, client.description, client.website_url) = (None, None, None, None);
        (client.name, client.version) = (cut(&client.name), cut(&client.version));
        (can.experimental, can.extensions) = (None, None);
        if let Some(sampling) = &mut can.sampling {
            (sampling.tools, sampling.context) = (None, None);
        }
        let version = &mut params.protocol_version;
        if !(version.has_initialize() && ProtocolVersion::KNOWN_VERSIONS.contains(version)) {
            *version = ProtocolVersion::LATEST_WITH_INITIALIZE;
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(KEPT).collect()
}
