//! Answers whose client may not have received them are kept for one minute, to be fetched with Last-Event-ID. That an
//! answer existed is remembered longer, so that a late client is told that the answer is gone instead of waiting.

use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock, RequestId, ServerJsonRpcMessage, ServerResult},
    transport::streamable_http_server::session::ServerSseMessage,
};

use super::kept_total::{KeptPlace, KeptTotal};

/// How long an answer is kept.
const TIME: Duration = Duration::from_secs(60);
/// How many answers of a session are kept.
const COUNT: usize = 16;
/// How many bytes the kept answers of a session may have together. The newest answer is kept whatever its size.
const BYTES: usize = 256 << 10;
/// How long the session remembers that an answer existed.
const KNOWN_TIME: Duration = Duration::from_secs(600);
/// How many answers the session remembers, the kept ones included.
const KNOWN: usize = 48;

/// The event stream of one request.
#[derive(Clone, Debug)]
pub struct Wire {
    /// The number that rmcp gave the stream: the part of an event id after the slash.
    pub number: u64,
    /// The caller (a hash of the credentials) that sent the request.
    pub caller: String,
    /// The caller or token whose limits the answer counts for.
    pub whose: String,
    /// The place where the answer is kept.
    pub kept_total: Arc<KeptTotal>,
}

/// The last answers of a session.
#[derive(Debug, Default)]
pub struct Kept(VecDeque<Answer>);

#[derive(Debug)]
struct Answer {
    wire: Wire,
    of: Of,
    /// The kept answer; `None` once this session discarded it. All sessions together may have discarded it earlier.
    place: Option<KeptPlace>,
    /// The event id under which the answer was put into a response, whether or not the response arrived.
    event: Option<String>,
    bytes: usize,
    at: Instant,
}

/// The request that an answer belongs to.
#[derive(Debug)]
enum Of {
    Call(RequestId),
    Other(Option<RequestId>),
}

impl Kept {
    /// Keeps an answer, and discards older ones to make room.
    pub fn keep(&mut self, wire: Wire, message: &ServerJsonRpcMessage) {
        let mut bytes = Count(0);
        // Counting cannot fail.
        let _ = serde_json::to_writer(&mut bytes, message);
        let (of, bytes) = (Of::message(message), bytes.0);
        let place = Some(wire.kept_total.keep(&wire.whose, bytes, message.clone()));
        self.0.push_back(Answer { wire, of, place, event: None, bytes, at: Instant::now() });
        while self.whole().count() > COUNT || (self.whole().count() > 1 && self.bytes() > BYTES) {
            let oldest = self.0.iter_mut().find(|answer| answer.place.is_some());
            oldest.into_iter().for_each(|answer| answer.place = None);
        }
        while self.0.len() > KNOWN {
            self.0.pop_front();
        }
    }

    /// Notes the event id under which the answer on this stream was put into a response.
    pub fn passed(&mut self, number: u64, event: Option<&str>) {
        if let Some(answer) = self.0.iter_mut().find(|answer| answer.wire.number == number) {
            answer.event = event.map(str::to_owned);
        }
    }

    /// The caller whose answer is kept for a stream.
    pub fn caller(&self, number: u64) -> Option<&str> {
        Some(self.0.iter().find(|answer| answer.is_of(number))?.wire.caller.as_str())
    }

    /// What follows the last event that the client received: the answer, a notice that the answer was discarded, or
    /// nothing if that event was the answer. `None` if no such answer is known.
    pub fn after(&mut self, number: u64, last: &str) -> Option<Option<ServerSseMessage>> {
        let answer = self.0.iter_mut().find(|answer| answer.is_of(number))?;
        if answer.event.as_deref() == Some(last) {
            return Some(None);
        }
        let mut event = ServerSseMessage::default();
        event.event_id = Some(answer.event.get_or_insert_with(|| next(last)).clone());
        event.message = Some(answer.message().unwrap_or_else(|| Arc::new(answer.of.given_up())));
        Some(Some(event))
    }

    /// Whether anything follows the event.
    pub fn has_after(&self, number: u64, last: &str) -> bool {
        self.0.iter().any(|answer| answer.is_of(number) && answer.event.as_deref() != Some(last))
    }

    /// Discards answers that are too old.
    pub fn forget(&mut self) {
        self.0.retain(|answer| answer.at.elapsed() < KNOWN_TIME);
        let old = self.0.iter_mut().filter(|answer| answer.at.elapsed() >= TIME);
        old.for_each(|answer| answer.place = None);
        if self.0.is_empty() {
            self.0.shrink_to_fit();
        }
    }

    fn whole(&self) -> impl Iterator<Item = &Answer> {
        self.0.iter().filter(|answer| answer.place.is_some())
    }

    fn bytes(&self) -> usize {
        self.whole().map(|answer| answer.bytes).sum()
    }
}

impl Answer {
    fn message(&self) -> Option<Arc<ServerJsonRpcMessage>> {
        self.place.as_ref()?.message()
    }

    fn is_of(&self, number: u64) -> bool {
        self.wire.number == number
    }
}

impl Of {
    fn message(message: &ServerJsonRpcMessage) -> Self {
        match message {
            ServerJsonRpcMessage::Response(response) => match &response.result {
                ServerResult::CallToolResult(_) => Self::Call(response.id.clone()),
                _ => Self::Other(Some(response.id.clone())),
            },
            ServerJsonRpcMessage::Error(error) => Self::Other(error.id.clone()),
            _ => Self::Other(None),
        }
    }

    /// The notice sent in place of a discarded answer. For a call the notice is a failed tool result, which models
    /// read. The TypeScript SDK does not take a JSON-RPC error for an answer, and would come back once more.
    fn given_up(&self) -> ServerJsonRpcMessage {
        let why = format!(
            "The answer was given up: the connection to it broke, and it is kept for {} seconds and {COUNT} newer \
            answers at most. Ask again; what a call changed it has changed: look with get_application first.",
            TIME.as_secs()
        );
        match self {
            Self::Call(id) => {
                let result = CallToolResult::error(vec![ContentBlock::text(why)]);
                ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), id.clone())
            }
            Self::Other(id) => ServerJsonRpcMessage::error(ErrorData::internal_error(why, None), id.clone()),
        }
    }
}

/// The number of the stream in an event id.
pub fn stream_of(event: &str) -> Option<u64> {
    event.split_once('/')?.1.parse().ok()
}

/// The event id that follows this one: `3/7` follows `2/7`.
fn next(event: &str) -> String {
    let Some((index, stream)) = event.split_once('/') else { return event.to_owned() };
    let index = index.parse::<u64>().unwrap_or_default();
    format!("{}/{stream}", index.saturating_add(1))
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
