//! Errors that are known at once, sent as events for which clients do not come back.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use rmcp::{
    model::{ClientJsonRpcMessage, ClientRequest, ServerJsonRpcMessage},
    transport::common::server_side_http::ServerSseMessage,
};

/// How long a priming event is held back, because an error may make it needless.
const SOON: Duration = Duration::from_millis(200);

/// Removes the priming event and the event id from the stream of a request that is answered by an error at once, as
/// when a client asks for prompts. TypeScript clients of the time of 2025-11-25 take the end of a stream with an id and
/// an error for a lost connection, and come back. Streams of calls keep both, as MCP asks for.
pub fn unnumbered(
    events: impl Stream<Item = ServerSseMessage> + Send + Sync + 'static,
    calls: bool,
) -> impl Stream<Item = ServerSseMessage> + Send + Sync + 'static {
    let begin = async move {
        let mut events = Box::pin(events);
        let first = events.next().await;
        let begins = !calls && first.as_ref().is_some_and(|first| first.message.is_none());
        let next = if begins { tokio::time::timeout(SOON, events.next()).await.ok().flatten() } else { None };
        let shown = match (first, next) {
            (_, Some(next)) if is_error(&next) => [Some(plain(next)), None],
            (Some(first), None) if !calls && is_error(&first) => [Some(plain(first)), None],
            both => both.into(),
        };
        stream::iter(shown.into_iter().flatten()).chain(events)
    };
    stream::once(begin).flatten()
}

/// Whether a message calls a tool.
pub fn is_call(message: &ClientJsonRpcMessage) -> bool {
    let ClientJsonRpcMessage::Request(request) = message else { return false };
    matches!(request.request, ClientRequest::CallToolRequest(_))
}

fn is_error(event: &ServerSseMessage) -> bool {
    event.message.as_deref().is_some_and(|message| matches!(message, ServerJsonRpcMessage::Error(_)))
}

fn plain(mut event: ServerSseMessage) -> ServerSseMessage {
    event.event_id = None;
    event
}
