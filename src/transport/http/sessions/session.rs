//! One session: its owner, its protocol version, and when it was last used.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ProtocolVersion};
use tokio_util::sync::CancellationToken;

use crate::transport::{http::asker::Asker, requests::Requests};

/// How long a client that lost its stream should wait before it connects again.
pub const RETRY: Duration = Duration::from_secs(3);
/// How many streams of GET a session may have, besides one for each answer that is taken up again.
const STREAMS: usize = 4;

/// A stream of GET.
#[derive(Debug)]
struct Open {
    /// Whether the stream is for anything the server says, as opposed to the answer to one request.
    listens: bool,
    ended: CancellationToken,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its requests and their answers.
    pub requests: Arc<Requests>,
    /// The caller that began the session. Only its owner may use the session.
    pub by: Asker,
    /// Held while a message is handed over, so that a cancellation does not overtake its request.
    pub turn: tokio::sync::Mutex<()>,
    asked: Mutex<Instant>,
    used: Mutex<Instant>,
    streams: Mutex<VecDeque<Open>>,
    version: Mutex<Option<ProtocolVersion>>,
}

impl Session {
    /// A session that begins now.
    pub fn new(by: Asker) -> Self {
        Self {
            requests: Arc::default(),
            by,
            turn: tokio::sync::Mutex::default(),
            asked: Mutex::new(Instant::now()),
            used: Mutex::new(Instant::now()),
            streams: Mutex::default(),
            version: Mutex::default(),
        }
    }

    /// Stores the protocol version of an `initialize` request; returns whether the message was one. A repeated
    /// `initialize` replaces the version.
    pub fn begins_with(&self, message: &ClientJsonRpcMessage) -> bool {
        if let ClientJsonRpcMessage::Request(request) = message
            && let ClientRequest::InitializeRequest(initialize) = &request.request
        {
            *self.version() = Some(initialize.params.protocol_version.clone());
            return true;
        }
        false
    }

    fn version(&self) -> MutexGuard<'_, Option<ProtocolVersion>> {
        self.version.lock()
    }

    /// Whether streams begin with an event without data. Clients of older versions take such an event for a broken
    /// message.
    pub fn primes(&self) -> bool {
        self.version().as_ref().is_some_and(|version| *version >= ProtocolVersion::V_2025_11_25)
    }

    /// Whether the session accepts batches.
    pub fn has_batches(&self) -> bool {
        self.version().as_ref().is_none_or(|version| *version <= ProtocolVersion::V_2025_03_26)
    }

    /// Notes that a request has come.
    pub fn touch(&self) {
        *self.asked.lock() = Instant::now();
        self.is_used();
    }

    fn is_used(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Whether no call is running, and how long ago the last request came.
    fn quiet(&self) -> (bool, Duration) {
        let asked = self.asked.lock().elapsed();
        (!self.requests.are_running(), asked)
    }

    /// How long the session has been idle; zero while a call runs or a stream is open.
    pub fn idle(&self) -> Duration {
        if !self.streams().is_empty() || self.requests.are_running() {
            self.is_used();
        }
        self.used.lock().elapsed()
    }

    /// Adds a stream of GET. If too many streams listen, the oldest of them ends.
    pub fn hold_open(self: Arc<Self>, listens: bool) -> OpenStream {
        let ended = CancellationToken::new();
        {
            let mut streams = self.streams();
            streams.push_back(Open { listens, ended: ended.clone() });
            let listening = || streams.iter().filter(|open| open.listens && !open.ended.is_cancelled());
            let beyond = listening().count().saturating_sub(STREAMS);
            listening().take(beyond).for_each(|open| open.ended.cancel());
        }
        OpenStream { session: self, ended }
    }

    fn streams(&self) -> MutexGuard<'_, VecDeque<Open>> {
        self.streams.lock()
    }
}

/// Which session to end so that `by` can begin one when all places are taken: a session of the caller with most
/// sessions. If `by` shows one of several inbound tokens, and would have fewer sessions than that caller even with a
/// new one, this is the session whose last request is oldest, one without a running call first. Otherwise this is the
/// session that was idle longest, if it was idle for `least`.
pub fn spare<'a, K: Clone + 'a>(
    all: impl Iterator<Item = (&'a K, &'a Arc<Session>)> + Clone,
    by: &Asker,
    least: Duration,
) -> Option<K> {
    // How many tokens there are may have changed since a session began; the number of now counts.
    let whose = |session: &'a Session| session.by.whose_among(by.several);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, session) in all.clone() {
        *counts.entry(whose(session)).or_default() += 1;
    }
    let own = counts.get(by.whose()).copied().unwrap_or_default();
    let most = counts.values().copied().max()?;
    let theirs = all.filter(|(_, session)| counts.get(whose(session)) == Some(&most));
    if by.several && most > own + 1 {
        return theirs.max_by_key(|(_, session)| session.quiet()).map(|(id, _)| id.clone());
    }
    let (id, idle) = theirs.map(|(id, session)| (id, session.idle())).max_by_key(|(_, idle)| *idle)?;
    (idle >= least).then(|| id.clone())
}

/// An open stream of GET, until this value is dropped.
#[derive(Debug)]
pub struct OpenStream {
    session: Arc<Session>,
    ended: CancellationToken,
}

impl OpenStream {
    /// The session of the stream.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Waits until a later stream takes the place of this one.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        self.ended.clone().cancelled_owned()
    }

    /// Does nothing. A closure that calls this method owns the guard, and so keeps it alive.
    pub fn holds(&self) {}
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.session.is_used();
        self.ended.cancel();
        self.session.streams().retain(|open| !open.ended.is_cancelled());
    }
}
