//! What waits until its client reads it, counted in bytes: on one stream, of one caller, and in all.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Response, StatusCode},
};
use hyper::body::{Frame, SizeHint};

use super::http::refusal::Refusal;

/// How many bytes may wait on a stream of legacy SSE before another request comes.
const MOST: usize = 1 << 20;
/// How many bytes may wait in all before another request comes.
const ALL: usize = 32 << 20;
/// How many may wait for one caller: what its calls may answer at a time has room.
const EACH: usize = ALL / 4;

/// How much waits, in all and for each caller.
#[derive(Clone, Debug, Default)]
pub struct Unread(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: HashMap<Arc<str>, usize>,
}

impl Unread {
    /// What waits for one caller.
    pub fn of(&self, whose: &str) -> Account {
        Account { unread: self.clone(), whose: whose.into() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits for one caller.
#[derive(Clone, Debug)]
pub struct Account {
    unread: Unread,
    whose: Arc<str>,
}

impl Account {
    /// Whether another request may come.
    ///
    /// # Errors
    /// 429 where too much waits for this caller, 503 where it does in all.
    pub fn check(&self) -> Result<(), Refusal> {
        let counts = self.unread.counts();
        if counts.of.get(&self.whose).is_some_and(|bytes| *bytes > EACH) {
            let why = format!("Answers of more than {} MiB wait for you: read them, then try again", EACH >> 20);
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "unread", why));
        }
        if counts.all > ALL {
            let why = "Too many answers wait for others who do not read them; try again";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unread", why));
        }
        Ok(())
    }

    /// Counts what goes out in a response, each piece until the socket has taken it or the connection has ended.
    pub fn counted(&self, response: Response<Body>) -> Response<Body> {
        let account = self.clone();
        response.map(|body| if body.is_end_stream() { body } else { Body::new(Counted { body, account }) })
    }

    fn add(&self, bytes: usize) -> Waiting {
        let mut counts = self.unread.counts();
        counts.all += bytes;
        *counts.of.entry(Arc::clone(&self.whose)).or_default() += bytes;
        Waiting { account: self.clone(), bytes }
    }
}

/// Bytes that wait, until this is dropped.
#[derive(Debug)]
struct Waiting {
    account: Account,
    bytes: usize,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut counts = self.account.unread.counts();
        counts.all -= self.bytes;
        if let Some(theirs) = counts.of.get_mut(&self.account.whose) {
            *theirs -= self.bytes;
            if *theirs == 0 {
                counts.of.remove(&self.account.whose);
            }
        }
    }
}

struct Counted {
    body: Body,
    account: Account,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let counted = |bytes: Bytes| {
            let waiting = self.account.add(bytes.len());
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
    here: Arc<AtomicUsize>,
}

impl Backlog {
    /// Of a stream whose answers wait for this caller.
    pub fn new(account: Account) -> Self {
        Self { account, here: Arc::default() }
    }

    /// One message more, until it is dropped.
    pub fn add(&self, json: String) -> Message {
        self.here.fetch_add(json.len(), Ordering::Relaxed);
        Message { _waiting: self.account.add(json.len()), json, backlog: self.clone() }
    }

    /// Whether another request may come.
    ///
    /// # Errors
    /// 429, or 503 where it is not this stream, nor its caller, for which too much waits.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.here.load(Ordering::Relaxed) > MOST { Err(full()) } else { self.account.check() }
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
