//! Where a connection stands between two requests: a head that began must be complete in time, whatever came before it,
//! and an answer ends when nobody waits for it any more.

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
    bytes_so_far::{Came, line_ends},
    idle::Lull,
    slow_readers::Waits,
};
use crate::transport::http::response::unsent;

/// How much is read at once, in bytes.
const CHUNK: usize = 8 << 10;
/// What a connection holds about that has nothing to do, in bytes.
const HELD: usize = 16 << 10;
/// A connection whose request had a longer head is closed after the answer: hyper keeps the space for it.
const LARGE: usize = 8 << 10;
/// For how long each request is served whose client has gone: in a session the call then goes on without the connection.
const LAST_WORD: Duration = Duration::from_millis(250);
/// For how long another request of such a client may be found among what it has sent.
const NEXT_WORD: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The TLS handshake is not complete.
    Greeting,
    /// Between requests.
    Idle,
    /// The first byte of a head came, or nothing at all yet.
    Head,
    /// The head was complete; its answer is not.
    Answering,
}

/// The phase of a connection.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    phase: Arc<watch::Sender<Phase>>,
    /// What came of a request, and behind it.
    came: Arc<Mutex<Came>>,
    lull: Arc<Lull>,
    /// Its place among the streams of GET, while it is one.
    stream: Arc<Lull>,
}

impl Heads {
    /// A connection that owes its first head, and perhaps a TLS handshake before it.
    pub(super) fn first(lull: Lull, stream: Lull, greets: bool) -> Self {
        lull.begin(HELD);
        let phase = if greets { Phase::Greeting } else { Phase::Head };
        let (lull, stream) = (Arc::new(lull), Arc::new(stream));
        Self { phase: Arc::new(watch::Sender::new(phase)), came: Arc::default(), lull, stream }
    }

    /// So much has come. What is part of a handshake is kept until that is complete.
    pub(super) fn hears(&self, bytes: usize) {
        if *self.phase.borrow() == Phase::Greeting {
            self.lull.add(bytes);
        }
    }

    /// The handshake is complete.
    pub(super) fn greeted(&self) {
        if self.step(Phase::Greeting, Phase::Head) {
            self.lull.begin(HELD);
        }
    }

    /// Hands what a stream brings on to `served`. Ends when the stream has ended and an answer is on its way, which hyper
    /// does not see while bytes are there that came after the request, and else sees before it has passed that on.
    pub(super) async fn feed(&self, mut stream: impl AsyncRead + Unpin, mut served: impl AsyncWrite + Unpin) {
        while let Ok(mut bytes) = chunk(&mut stream).await
            && !bytes.is_empty()
        {
            if self.phase() == Phase::Idle {
                // Line ends between requests begin none (RFC 9112 §2.2), and hyper would keep them.
                bytes.drain(..line_ends(&bytes));
                if bytes.is_empty() {
                    continue;
                }
                self.step(Phase::Idle, Phase::Head);
                self.lull.begin(HELD);
            }
            self.came().add(&bytes);
            match self.phase() {
                // Twice: the space for what is read grows by doubling. Bodies have bounds of their own.
                Phase::Head => self.lull.add(bytes.len() * 2),
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

    /// A head is complete, and the request when its body is dropped. The connection is idle when the answer is sent.
    pub(super) fn complete(&self, head: &Parts, body: Body) -> (Body, Answering) {
        self.phase.send_replace(Phase::Answering);
        let fields: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let read = fields + head.uri.path_and_query().map_or(0, |path| path.as_str().len());
        let large = Some(self.came().head().max(read)).filter(|length| *length > LARGE);
        let streams = head.method == Method::GET;
        // A stream of legacy SSE is a session: its calls would end with it.
        let comes_back = streams && !head.uri.path().ends_with("/sse");
        let length = body.size_hint().exact();
        (
            unsent::held(body, Arriving(Arc::clone(&self.lull))),
            Answering { heads: self.clone(), large, streams, comes_back, length },
        )
    }

    /// Ends when a head took longer than `patience`. One that came ahead is not read before what is sent is taken.
    pub(super) async fn late(&self, patience: Duration, sent: &Waits) {
        let mut phase = self.phase.subscribe();
        // The sender lives as long as `self`.
        while phase.wait_for(|phase| *phase == Phase::Head).await.is_ok() {
            // Whatever changes, it is another one: many may come in one go.
            if timeout(patience, phase.changed()).await.is_err() && !sent.are_on() {
                return;
            }
        }
    }

    /// Ends when no head is complete although `stop` has come, after which no request is served.
    pub(super) async fn too_late(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        let _ = self.phase.subscribe().wait_for(|phase| *phase == Phase::Head).await;
    }

    /// What comes behind the head of a stream waits for as long as that lasts.
    fn stream_goes_on(&self) {
        if self.stream.has_place() && !self.lull.has_place() && self.came().goes_on() {
            self.lull.begin(HELD + 3 * CHUNK);
        }
    }

    fn came(&self) -> MutexGuard<'_, Came> {
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

/// A body that is not yet there.
#[derive(Debug)]
struct Arriving(Arc<Lull>);

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An answer that is not yet sent.
#[derive(Debug)]
pub(super) struct Answering {
    heads: Heads,
    large: Option<usize>,
    streams: bool,
    /// Its client comes back where it ends.
    comes_back: bool,
    /// How long the body of its request is, if that was said.
    length: Option<u64>,
}

impl Answering {
    /// Goes with the answer, and ends the connection with it where the head was large. What that takes counts until
    /// then where it may be a stream, which lasts for long; calls have places of their own, and are not cut short.
    pub(super) fn hold(self, mut response: Response<Body>) -> Response<Body> {
        if let Some(length) = self.large {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            if self.streams {
                self.heads.lull.begin(HELD + length * 2);
            }
        }
        if self.comes_back {
            self.heads.stream.begin(1);
            self.heads.stream_goes_on();
        }
        unsent::hold(response, self)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.heads.stream.end();
        // A head that came meanwhile has its time from now on.
        let next = if self.heads.came().goes_ahead(self.length) { Phase::Head } else { Phase::Idle };
        if self.heads.step(Phase::Answering, next) {
            self.heads.lull.begin(HELD);
        }
    }
}

/// The next bytes, none at the end. No connection keeps room for them while it waits.
async fn chunk(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    poll_fn(|cx| {
        let mut space = [0; CHUNK];
        let mut read = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut read))?;
        Poll::Ready(Ok(read.filled().to_vec()))
    })
    .await
}
