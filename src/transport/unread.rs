//! What waits until its client reads it, counted in bytes: on one stream, of one caller, and in all.

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Response, StatusCode},
};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

use super::http::{crowd::Peer, refusal::Refusal};
use crate::telemetry::metrics;

/// How many bytes may wait on a stream of legacy SSE before another request comes.
const MOST: usize = 1 << 20;
/// How many may wait for one caller: what its calls may answer at a time has room.
const EACH: usize = ALL / 4;
/// From so many in all on, who has more than [`LITTLE`] brings no further request.
const ALL: usize = 32 << 20;
/// Who has no more than this waiting gets in, whatever waits for others.
const LITTLE: usize = 1 << 20;
/// How many may wait in all: beyond it who has most of them loses the connections whose answers wait for longest.
const LIMIT: usize = 64 << 20;
/// How long a request waits for room.
const QUEUE: Duration = Duration::from_secs(2);

/// How much waits, in all and for each caller.
#[derive(Clone, Debug, Default)]
pub struct Unread(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    counts: Mutex<Counts>,
    /// Told when something was taken.
    taken: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    came: u64,
    of: HashMap<Arc<str>, Theirs>,
}

/// What waits for one caller, in the order in which it came.
#[derive(Debug, Default)]
struct Theirs {
    bytes: usize,
    pieces: BTreeMap<u64, (usize, Peer)>,
}

impl Unread {
    /// What waits for one caller.
    pub fn of(&self, whose: &str) -> Account {
        Account { unread: self.clone(), whose: whose.into() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, whose: &Arc<str>, bytes: usize, peer: &Peer) -> u64 {
        self.came += 1;
        self.all += bytes;
        let theirs = self.of.entry(Arc::clone(whose)).or_default();
        theirs.bytes += bytes;
        theirs.pieces.insert(self.came, (bytes, peer.clone()));
        self.came
    }

    /// Whose connection was closed for it has none of it here any more.
    fn remove(&mut self, whose: &Arc<str>, number: u64) -> Option<Peer> {
        let theirs = self.of.get_mut(whose)?;
        let (bytes, peer) = theirs.pieces.remove(&number)?;
        theirs.bytes -= bytes;
        self.all -= bytes;
        if theirs.pieces.is_empty() {
            self.of.remove(whose);
        }
        Some(peer)
    }

    fn make_room(&mut self) {
        while self.all > LIMIT
            && let Some((whose, theirs)) = self.of.iter().max_by_key(|(_, theirs)| theirs.bytes)
            && let Some((number, whose)) = theirs.pieces.keys().next().map(|number| (*number, Arc::clone(whose)))
        {
            if self.remove(&whose, number).is_some_and(|peer| peer.send_away()) {
                metrics::rejected("unread");
            }
        }
    }
}

/// What waits for one caller.
#[derive(Clone, Debug)]
pub struct Account {
    unread: Unread,
    whose: Arc<str>,
}

impl Account {
    /// Waits a moment until another request may come.
    ///
    /// # Errors
    /// 429 where too much waits for this caller, 503 where it does in all, and more than a little for this one.
    pub async fn room(&self) -> Result<(), Refusal> {
        let room = async {
            loop {
                let taken = self.unread.0.taken.notified();
                if self.check().is_ok() {
                    return;
                }
                taken.await;
            }
        };
        match tokio::time::timeout(QUEUE, room).await {
            Ok(()) => Ok(()),
            Err(_) => self.check(),
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        let counts = self.unread.counts();
        let theirs = counts.of.get(&self.whose).map_or(0, |theirs| theirs.bytes);
        if theirs > EACH {
            let why = format!("Answers of more than {} MiB wait for you: read them, then try again", EACH >> 20);
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "unread", why));
        }
        if counts.all > ALL && theirs > LITTLE {
            let why = "Too many answers wait, for you and for others: read yours, then try again";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unread", why));
        }
        Ok(())
    }

    /// Counts what goes out in a response, each piece until the socket has taken it or the connection has ended.
    pub fn counted(&self, response: Response<Body>, peer: Peer) -> Response<Body> {
        let account = self.clone();
        response.map(|body| if body.is_end_stream() { body } else { Body::new(Counted { body, account, peer }) })
    }

    fn add(&self, bytes: usize, peer: &Peer) -> Waiting {
        let mut counts = self.unread.counts();
        let number = counts.add(&self.whose, bytes, peer);
        counts.make_room();
        Waiting { account: self.clone(), number }
    }
}

/// Bytes that wait, until this is dropped.
#[derive(Debug)]
struct Waiting {
    account: Account,
    number: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.account.unread.counts().remove(&self.account.whose, self.number);
        self.account.unread.0.taken.notify_waiters();
    }
}

struct Counted {
    body: Body,
    account: Account,
    peer: Peer,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let counted = |bytes: Bytes| {
            let waiting = self.account.add(bytes.len(), &self.peer);
            Bytes::from_owner(Piece { bytes, _waiting: waiting })
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(counted))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of a response; hyper keeps it until all of it is written.
struct Piece {
    bytes: Bytes,
    _waiting: Waiting,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// How much waits on a stream of legacy SSE.
#[derive(Clone, Debug)]
pub struct Backlog {
    account: Account,
    peer: Peer,
    here: Arc<AtomicUsize>,
}

impl Backlog {
    /// Of a stream whose answers wait for this caller, on this connection.
    pub fn new(account: Account, peer: Peer) -> Self {
        Self { account, peer, here: Arc::default() }
    }

    /// One message more, until it is dropped.
    pub fn add(&self, json: String) -> Message {
        self.here.fetch_add(json.len(), Ordering::Relaxed);
        Message { _waiting: self.account.add(json.len(), &self.peer), json, backlog: self.clone() }
    }

    /// Whether another request may come, at once or in a moment.
    ///
    /// # Errors
    /// 429, or as [`Account::room`].
    pub async fn room(&self) -> Result<(), Refusal> {
        if self.here.load(Ordering::Relaxed) > MOST { Err(full()) } else { self.account.room().await }
    }
}

/// What a client reads on whose stream too much waits.
pub fn full() -> Refusal {
    let why = "Too many answers wait on the stream of this session: read them, then try again";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "unread", why)
}

/// A message that waits.
#[derive(Debug)]
pub struct Message {
    /// What it says.
    pub json: String,
    backlog: Backlog,
    _waiting: Waiting,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.backlog.here.fetch_sub(self.json.len(), Ordering::Relaxed);
    }
}
