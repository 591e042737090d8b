//! Answers of a session whose client may not have got them: kept for a minute, for who comes back with Last-Event-ID.

use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rmcp::{model::ServerJsonRpcMessage, transport::streamable_http_server::session::ServerSseMessage};

/// How long an answer is kept.
const TIME: Duration = Duration::from_secs(60);
/// How many answers of a session are kept.
const COUNT: usize = 16;
/// How many bytes they may have together; the newest is kept whatever it has.
const BYTES: usize = 256 << 10;

/// The event stream of one request.
#[derive(Clone, Debug)]
pub struct Wire {
    /// rmcp's number of it, the part of its event ids after the slash.
    pub number: u64,
    /// Whose credentials the request showed.
    pub caller: String,
}

/// The last answers of a session.
#[derive(Debug, Default)]
pub struct Kept(VecDeque<Answer>);

#[derive(Debug)]
struct Answer {
    wire: Wire,
    message: Arc<ServerJsonRpcMessage>,
    /// The id under which it went into a response, whether or not that arrived.
    event: Option<String>,
    bytes: usize,
    at: Instant,
}

impl Kept {
    /// Keeps an answer, and gives up older ones for it.
    pub fn keep(&mut self, wire: Wire, message: &ServerJsonRpcMessage) {
        let mut bytes = Count(0);
        // Counting cannot fail.
        let _ = serde_json::to_writer(&mut bytes, message);
        let message = Arc::new(message.clone());
        self.0.push_back(Answer { wire, message, event: None, bytes: bytes.0, at: Instant::now() });
        while self.0.len() > COUNT || (self.0.len() > 1 && self.bytes() > BYTES) {
            self.0.pop_front();
        }
    }

    /// The answer on this stream went into a response under this id.
    pub fn passed(&mut self, number: u64, event: Option<&str>) {
        if let Some(answer) = self.0.iter_mut().find(|answer| answer.wire.number == number) {
            answer.event = event.map(str::to_owned);
        }
    }

    /// Whose answer is kept for a stream.
    pub fn caller(&self, number: u64) -> Option<&str> {
        Some(self.0.iter().find(|answer| answer.is_of(number))?.wire.caller.as_str())
    }

    /// What comes after the event that a client got last: the answer, or nothing where that was it. `None` where no
    /// answer is kept.
    pub fn after(&mut self, number: u64, last: &str) -> Option<Option<ServerSseMessage>> {
        let answer = self.0.iter_mut().find(|answer| answer.is_of(number))?;
        if answer.event.as_deref() == Some(last) {
            return Some(None);
        }
        let mut event = ServerSseMessage::default();
        event.event_id = Some(answer.event.get_or_insert_with(|| next(last)).clone());
        event.message = Some(Arc::clone(&answer.message));
        Some(Some(event))
    }

    /// Gives up what is too old.
    pub fn forget(&mut self) {
        self.0.retain(|answer| answer.at.elapsed() < TIME);
        if self.0.is_empty() {
            self.0.shrink_to_fit();
        }
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|answer| answer.bytes).sum()
    }
}

impl Answer {
    fn is_of(&self, number: u64) -> bool {
        self.wire.number == number && self.at.elapsed() < TIME
    }
}

/// The number of the stream that an event id is of.
pub fn stream_of(event: &str) -> Option<u64> {
    event.split_once('/')?.1.parse().ok()
}

/// The id after `2/7` is `3/7`.
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
