//! Where a connection stands between two requests. A head that has begun must be complete in time, whatever came before
//! it, and an answer is given up when its client is gone.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    http::{HeaderValue, Method, Response, header, request::Parts},
};
use parking_lot::{Mutex, MutexGuard};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::watch,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    bytes_so_far::{BytesSoFar, line_ends},
    idle::IdleEntry,
    slow_readers::UnreadSince,
};
use crate::transport::http::response::unsent::{self, WholeSession};

/// How much is read at once, in bytes; as much as hyper reads first (its `INIT_BUFFER_SIZE`).
const CHUNK: usize = 8 << 10;
/// What an idle connection holds, in bytes. Measured with 500 connections and hyper 1.12: 17 KiB each before a request,
/// 19 after one.
const HELD: usize = 16 << 10;
/// Above this length of a head, in bytes, the connection is closed after the answer: hyper's buffer begins with this
/// size (`INIT_BUFFER_SIZE`), grows for longer heads, and stays as large.
const LARGE: usize = 8 << 10;
/// How long a request is still served after its client has closed its sending half. In a session the call then goes on
/// without the connection.
const LAST_WORD: Duration = Duration::from_millis(250);
/// Time to find a further complete request in what such a client had sent.
const NEXT_WORD: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The TLS handshake is not complete yet.
    Greeting,
    /// Between requests.
    Idle,
    /// The first byte of a head has arrived, or nothing at all yet on a new connection.
    Head,
    /// The head is complete, and its answer is not.
    Answering,
}

/// The phase of a connection, shared by all that watch it.
#[derive(Clone, Debug)]
pub(super) struct RequestHeads {
    phase: Arc<watch::Sender<Phase>>,
    /// The bytes of the request that have arrived, and those behind it.
    came: Arc<Mutex<BytesSoFar>>,
    idle: Arc<IdleEntry>,
    /// The entry among the streams of GET, while the connection is one.
    stream: Arc<IdleEntry>,
}

impl RequestHeads {
    /// A new connection, which owes a TLS handshake (if `greets`) and its first head.
    pub(super) fn first(idle: IdleEntry, stream: IdleEntry, greets: bool) -> Self {
        idle.begin(HELD);
        let phase = if greets { Phase::Greeting } else { Phase::Head };
        let (idle, stream) = (Arc::new(idle), Arc::new(stream));
        Self { phase: Arc::new(watch::Sender::new(phase)), came: Arc::default(), idle, stream }
    }

    /// Counts bytes that have arrived. The bytes of a handshake are kept until it is complete.
    pub(super) fn hears(&self, bytes: usize) {
        if *self.phase.borrow() == Phase::Greeting {
            self.idle.add(bytes);
        }
    }

    /// Notes that the handshake is complete.
    pub(super) fn greeted(&self) {
        if self.step(Phase::Greeting, Phase::Head) {
            self.idle.begin(HELD);
        }
    }

    /// Copies bytes from the stream to `served`, which hyper reads. Returns when the stream has ended while an answer
    /// is being sent: hyper does not notice the end while unread bytes follow the request, and otherwise notices the
    /// end before those bytes are passed on.
    pub(super) async fn feed(&self, mut stream: impl AsyncRead + Unpin, mut served: impl AsyncWrite + Unpin) {
        while let Ok(mut bytes) = chunk(&mut stream).await
            && !bytes.is_empty()
        {
            if self.phase() == Phase::Idle {
                // Line ends between requests do not begin one (RFC 9112 §2.2), and hyper would keep them.
                bytes.drain(..line_ends(&bytes));
                if bytes.is_empty() {
                    continue;
                }
                self.step(Phase::Idle, Phase::Head);
                self.idle.begin(HELD);
            }
            self.came().add(&bytes);
            match self.phase() {
                // Counted twice, because hyper's buffer grows by doubling. Bodies have limits of their own.
                Phase::Head => self.idle.add(bytes.len() * 2),
                Phase::Answering => self.stream_goes_on(),
                Phase::Greeting | Phase::Idle => {}
            }
            if served.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let mut phase = self.phase.subscribe();
        loop {
            let word = if *phase.borrow_and_update() == Phase::Idle { NEXT_WORD } else { LAST_WORD };
            if timeout(word, phase.changed()).await.is_err() {
                break;
            }
        }
        let _ = served.shutdown().await;
        let _ = phase.wait_for(|phase| *phase == Phase::Answering).await;
    }

    /// Notes that a head is complete. The request is complete when the returned body is dropped, and the connection is
    /// idle when the answer was sent.
    pub(super) fn complete(&self, head: &Parts, body: Body) -> (Body, Answering) {
        self.phase.send_replace(Phase::Answering);
        let fields: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let read = fields + head.uri.path_and_query().map_or(0, |path| path.as_str().len());
        let large = Some(self.came().head().max(read)).filter(|length| *length > LARGE);
        let streams = head.method == Method::GET;
        let length = body.size_hint().exact();
        (
            unsent::held(body, Arriving(Arc::clone(&self.idle))),
            Answering { heads: self.clone(), large, streams, length },
        )
    }

    /// Returns when a head has taken longer than `patience`. A head that came ahead is not read while the client does
    /// not read its answer, so that time does not count.
    pub(super) async fn late(&self, patience: Duration, sent: &UnreadSince) {
        let mut phase = self.phase.subscribe();
        // The sender lives as long as `self`.
        while phase.wait_for(|phase| *phase == Phase::Head).await.is_ok() {
            // Any change means another head: many may arrive at once.
            if timeout(patience, phase.changed()).await.is_err() && !sent.are_on() {
                return;
            }
        }
    }

    /// Returns when `stop` is cancelled while a head is incomplete: no request is served any more.
    pub(super) async fn too_late(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        let _ = self.phase.subscribe().wait_for(|phase| *phase == Phase::Head).await;
    }

    /// Counts bytes behind the head of a GET stream, which wait as long as the stream lasts.
    fn stream_goes_on(&self) {
        if self.stream.has_place() && !self.idle.has_place() && self.came().goes_on() {
            self.idle.begin(HELD + 3 * CHUNK);
        }
    }

    fn came(&self) -> MutexGuard<'_, BytesSoFar> {
        self.came.lock()
    }

    fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    fn step(&self, from: Phase, to: Phase) -> bool {
        self.phase.send_if_modified(|phase| {
            let steps = *phase == from;
            if steps {
                *phase = to;
            }
            steps
        })
    }
}

/// A body that has not arrived yet.
#[derive(Debug)]
struct Arriving(Arc<IdleEntry>);

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An answer that has not been sent yet.
#[derive(Debug)]
pub(super) struct Answering {
    heads: RequestHeads,
    large: Option<usize>,
    /// Whether this is a stream of GET, whose client connects again when it ends.
    streams: bool,
    /// The length of the request's body, if known.
    length: Option<u64>,
}

impl Answering {
    /// Attaches this guard to the response. If the head was large, the connection is closed after the response, and for
    /// GET streams its buffers count as idle memory until then; calls have their own limit.
    pub(super) fn hold(self, mut response: Response<Body>) -> Response<Body> {
        if let Some(length) = self.large {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            if self.streams {
                self.heads.idle.begin(HELD + length * 2);
            }
        }
        if self.streams && response.extensions().get::<WholeSession>().is_none() {
            self.heads.stream.begin(1);
            self.heads.stream_goes_on();
        }
        unsent::hold(response, self)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.heads.stream.end();
        // A head that arrived meanwhile has its full time from now on.
        let next = if self.heads.came().goes_ahead(self.length) { Phase::Head } else { Phase::Idle };
        if self.heads.step(Phase::Answering, next) {
            self.heads.idle.begin(HELD);
        }
    }
}

/// Reads the next bytes; none at the end of the stream. The buffer is not kept while the connection waits.
async fn chunk(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    poll_fn(|cx| {
        let mut space = [0; CHUNK];
        let mut read = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut read))?;
        Poll::Ready(Ok(read.filled().to_vec()))
    })
    .await
}
