//! One session: whose it is, what it speaks, and when it was used last.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rmcp::{
    model::{ProtocolVersion, ServerJsonRpcMessage, ServerResult},
    transport::streamable_http_server::SessionId,
};

use super::requests::Requests;

/// After how long a client that lost its stream should come back.
pub const RETRY: Duration = Duration::from_secs(3);

tokio::task_local! {
    static ASKER: Asker;
}

/// Who sends a request; hashes, never credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The inbound token that was shown, where callers are authenticated: what a session belongs to.
    pub owner: Option<String>,
    /// All credentials that were shown: what an answer belongs to.
    pub caller: String,
}

/// Runs what rmcp does for a request; its session manager is not told who asks.
pub async fn asked_by<T>(asker: Asker, serve: impl Future<Output = T>) -> T {
    ASKER.scope(asker, serve).await
}

/// Who sent the request that is served.
pub fn asker() -> Asker {
    ASKER.try_with(Clone::clone).unwrap_or_default()
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its requests and their answers.
    pub requests: Arc<Requests>,
    /// Who began it: its owner is who may use it.
    pub by: Asker,
    used: Mutex<Instant>,
    streams: AtomicUsize,
    version: OnceLock<ProtocolVersion>,
}

impl Session {
    /// A session that begins now.
    pub fn new(by: Asker) -> Self {
        Self {
            requests: Arc::default(),
            by,
            used: Mutex::new(Instant::now()),
            streams: AtomicUsize::new(0),
            version: OnceLock::new(),
        }
    }

    /// Reads the version from the answer to `initialize`.
    pub fn begins_with(&self, answer: &ServerJsonRpcMessage) {
        if let ServerJsonRpcMessage::Response(response) = answer
            && let ServerResult::InitializeResult(result) = &response.result
        {
            let _ = self.version.set(result.protocol_version.clone());
        }
    }

    /// Whether streams begin with an event without data; clients of older versions take it for a broken message.
    pub fn primes(&self) -> bool {
        self.version.get().is_some_and(|version| *version >= ProtocolVersion::V_2025_11_25)
    }

    /// Whether several messages may come at once.
    pub fn has_batches(&self) -> bool {
        self.version.get().is_none_or(|version| *version <= ProtocolVersion::V_2025_03_26)
    }

    /// Something happens in it.
    pub fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// For how long nothing happened; not at all while a call runs or a stream is open.
    pub fn idle(&self) -> Duration {
        if self.streams.load(Ordering::Relaxed) > 0 || self.requests.are_running() {
            self.touch();
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Counts a stream of GET.
    pub fn hold_open(self: Arc<Self>) -> OpenStream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        OpenStream(self)
    }
}

/// The session that makes room where all places are taken: of who has most, the one that was idle for longest, and for
/// `least` at least.
pub fn spare(all: &HashMap<SessionId, Arc<Session>>, least: Duration) -> Option<SessionId> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for session in all.values() {
        *counts.entry(&session.by.caller).or_default() += 1;
    }
    let (greediest, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let theirs = all.iter().filter(|(_, session)| session.by.caller == greediest);
    let (id, idle) = theirs.map(|(id, session)| (id, session.idle())).max_by_key(|(_, idle)| *idle)?;
    (idle >= least).then(|| id.clone())
}

/// A stream of GET, until it is dropped.
#[derive(Debug)]
pub struct OpenStream(Arc<Session>);

impl OpenStream {
    /// Its session.
    pub fn session(&self) -> &Session {
        &self.0
    }

    /// Does nothing: who calls it owns it.
    pub fn holds(&self) {}
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.touch();
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}
