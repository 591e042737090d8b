//! Answers that clients have not read yet, counted in bytes: on one stream, for one caller, and in all.

use std::{
    pin::Pin,
    sync::{
        Arc,
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
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::transport::{
    http::connection::{bytes_held::BytesHeld, idle::Peer},
    message::refusal::Refusal,
};

/// How many bytes may wait on a stream of legacy SSE before further requests are refused.
const MOST: usize = 1 << 20;
/// How many bytes may wait for one caller; the calls that one caller may run at a time have room for their answers.
const EACH: usize = ALL / 4;
/// Above this total, callers with more than [`LITTLE`] unread bytes may not send requests.
const ALL: usize = 32 << 20;
/// A caller with at most this many unread bytes is always let in.
const LITTLE: usize = 1 << 20;
/// How many bytes may wait in all. Above this, the caller with most unread bytes loses the connections whose answers
/// have waited longest.
const LIMIT: usize = 64 << 20;
/// How long a request waits for others to be read.
const QUEUE: Duration = Duration::from_secs(2);

/// How many bytes wait, in all and for each caller.
#[derive(Clone, Debug, Default)]
pub struct Unread(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    bytes_held: Mutex<BytesHeld>,
    /// Notified when something was read.
    taken: Notify,
}

impl Unread {
    /// The account of one caller.
    pub fn of(&self, whose: &str) -> Account {
        Account { unread: self.clone(), whose: whose.into() }
    }

    fn bytes_held(&self) -> MutexGuard<'_, BytesHeld> {
        self.0.bytes_held.lock()
    }
}

/// The bytes that wait for one caller.
#[derive(Clone, Debug)]
pub struct Account {
    unread: Unread,
    whose: Arc<str>,
}

impl Account {
    /// Waits briefly until the caller may send another request.
    ///
    /// # Errors
    /// 429 if too much waits for this caller; 503 if too much waits in all and more than a little for this caller.
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
        let bytes_held = self.unread.bytes_held();
        let theirs = bytes_held.bytes_of(&self.whose);
        if theirs > EACH {
            let why = format!("Answers of more than {} MiB wait for you: read them, then try again", EACH >> 20);
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "unread", why));
        }
        if bytes_held.bytes() > ALL && theirs > LITTLE {
            let why = "Too many answers wait, for you and for others: read yours, then try again";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unread", why));
        }
        Ok(())
    }

    /// Counts each piece of a response until the socket has taken it or the connection has ended.
    pub fn counted(&self, response: Response<Body>, peer: Peer) -> Response<Body> {
        let account = self.clone();
        response.map(|body| if body.is_end_stream() { body } else { Body::new(Counted { body, account, peer }) })
    }

    fn add(&self, bytes: usize, peer: &Peer) -> UnreadBytes {
        let mut bytes_held = self.unread.bytes_held();
        let number = bytes_held.add(&self.whose, bytes, peer);
        bytes_held.keep_within(LIMIT, "unread");
        UnreadBytes { account: self.clone(), number }
    }
}

/// Bytes that count as unread until this value is dropped.
#[derive(Debug)]
struct UnreadBytes {
    account: Account,
    number: u64,
}

impl Drop for UnreadBytes {
    fn drop(&mut self) {
        self.account.unread.bytes_held().remove(&self.account.whose, self.number);
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

/// A piece of a response. hyper keeps the piece until all of it is written.
struct Piece {
    bytes: Bytes,
    _waiting: UnreadBytes,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes that wait on one stream of legacy SSE.
#[derive(Clone, Debug)]
pub struct Backlog {
    account: Account,
    peer: Peer,
    here: Arc<AtomicUsize>,
}

impl Backlog {
    /// The stream of this caller on this connection.
    pub fn new(account: Account, peer: Peer) -> Self {
        Self { account, peer, here: Arc::default() }
    }

    /// Adds a message, which counts until it is dropped.
    pub fn add(&self, json: String) -> Message {
        self.here.fetch_add(json.len(), Ordering::Relaxed);
        Message { _waiting: self.account.add(json.len(), &self.peer), json, backlog: self.clone() }
    }

    /// Waits briefly until another request may come.
    ///
    /// # Errors
    /// 429, or as [`Account::room`].
    pub async fn room(&self) -> Result<(), Refusal> {
        if self.here.load(Ordering::Relaxed) > MOST { Err(full()) } else { self.account.room().await }
    }
}

/// The refusal of a request when too much waits on the stream of its session.
pub fn full() -> Refusal {
    let why = "Too many answers wait on the stream of this session: read them, then try again";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "unread", why)
}

/// A message that counts as unread until it is dropped.
#[derive(Debug)]
pub struct Message {
    /// The message, as JSON.
    pub json: String,
    backlog: Backlog,
    _waiting: UnreadBytes,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.backlog.here.fetch_sub(self.json.len(), Ordering::Relaxed);
    }
}
