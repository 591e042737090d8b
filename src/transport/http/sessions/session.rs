//! One session: whose it is, what it speaks, and when it was used last.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ProtocolVersion};
use tokio_util::sync::CancellationToken;

use crate::transport::{http::asker::Asker, requests::Requests};

/// After how long a client that lost its stream should come back.
pub const RETRY: Duration = Duration::from_secs(3);
/// How many streams of GET a session may have; each answer that is taken up again has one more.
const STREAMS: usize = 4;

/// A stream of GET.
#[derive(Debug)]
struct Open {
    /// To whatever the server says, as opposed to the answer to one request.
    listens: bool,
    ended: CancellationToken,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its requests and their answers.
    pub requests: Arc<Requests>,
    /// Who began it: its owner is who may use it.
    pub by: Asker,
    /// One message at a time is handed to it, so that a cancellation is not before its request.
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

    /// Takes the version from an `initialize` that can be answered with it; whether it was one. A further one counts, too.
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

    /// Whether streams begin with an event without data; clients of older versions take it for a broken message.
    pub fn primes(&self) -> bool {
        self.version().as_ref().is_some_and(|version| *version >= ProtocolVersion::V_2025_11_25)
    }

    /// Whether several messages may come at once.
    pub fn has_batches(&self) -> bool {
        self.version().as_ref().is_none_or(|version| *version <= ProtocolVersion::V_2025_03_26)
    }

    /// A request comes into it.
    pub fn touch(&self) {
        *self.asked.lock() = Instant::now();
        self.is_used();
    }

    fn is_used(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Whether no call runs, and for how long no request came.
    fn quiet(&self) -> (bool, Duration) {
        let asked = self.asked.lock().elapsed();
        (!self.requests.are_running(), asked)
    }

    /// For how long nothing happened; not at all while a call runs or a stream is open.
    pub fn idle(&self) -> Duration {
        if !self.streams().is_empty() || self.requests.are_running() {
            self.is_used();
        }
        self.used.lock().elapsed()
    }

    /// Counts a stream of GET. Of those that listen the oldest ends where there are too many.
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

/// The session that makes room for one of `by` where all places are taken: one of who has most. For another caller, who
/// is known by an inbound token and has fewer, that is the one that asked for nothing for longest, if possible one
/// without a call that runs; else the one that was idle for longest, and for `least` at least.
pub fn spare<'a, K: Clone + 'a>(
    all: impl Iterator<Item = (&'a K, &'a Arc<Session>)> + Clone,
    by: &Asker,
    least: Duration,
) -> Option<K> {
    // Sessions that began when there was one token, or several, count as those of now.
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

/// A stream of GET, until it is dropped.
#[derive(Debug)]
pub struct OpenStream {
    session: Arc<Session>,
    ended: CancellationToken,
}

impl OpenStream {
    /// Its session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Comes when a later stream takes its place.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        self.ended.clone().cancelled_owned()
    }

    /// Does nothing: who calls it owns it.
    pub fn holds(&self) {}
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.session.is_used();
        self.ended.cancel();
        self.session.streams().retain(|open| !open.ended.is_cancelled());
    }
}
