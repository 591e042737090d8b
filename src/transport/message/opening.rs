//! How a session begins where its messages arrive one after the other (stdio and legacy SSE).

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion};

/// How much of a client's name and version is kept, in characters.
const KEPT: usize = 128;

/// What a message means to a session that has not begun.
#[derive(Debug)]
pub enum Opening {
    /// `initialize` with its version, or a request of the version that has no handshake. After either, messages may
    /// come in any order.
    Begins(Option<ProtocolVersion>),
    /// `ping` or `server/discover`, which need no session.
    Asks,
    /// A request that needs a session.
    Early,
    /// A notification or a response.
    NoRequest,
}

impl Opening {
    /// Tells which kind of message this is.
    pub fn of(message: &ClientJsonRpcMessage) -> Self {
        let ClientJsonRpcMessage::Request(request) = message else { return Self::NoRequest };
        match &request.request {
            ClientRequest::InitializeRequest(request) => Self::Begins(Some(request.params.protocol_version.clone())),
            // A version without `initialize` sent one.
            ClientRequest::CustomRequest(custom) if custom.method == "initialize" => Self::Early,
            ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => Self::Asks,
            other if other.get_meta().protocol_version().is_some() => Self::Begins(None),
            _ => Self::Early,
        }
    }
}

/// Removes from an `initialize` what nothing here reads: the message is kept as long as its session, and a client's
/// icon is larger than everything else in it. A protocol version that is unknown, or has no `initialize`, is replaced
/// by the newest version that has one. Without that, rmcp would accept the unknown version in a second `initialize`.
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
