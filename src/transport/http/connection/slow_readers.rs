//! Whether clients read what is written to them: a client that reads nothing for long is given up. Bytes that arrive
//! are counted here, too.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{idle::IdleEntry, request_heads::RequestHeads};
use crate::telemetry::metrics;

/// How long a client may read nothing. The system reports room once a third of its buffer was read, so a client must
/// read about 4 KB a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a client may read nothing once the process is about to end.
const LAST: Duration = Duration::from_secs(2);

/// How many bytes a connection holds at most of what its client has sent behind a request.
const HELD: usize = 96 << 10;

/// Since when a connection has waited for its client to read.
#[derive(Clone, Debug)]
pub(super) struct UnreadSince {
    since: Arc<watch::Sender<Option<Instant>>>,
    idle: Arc<IdleEntry>,
}

impl UnreadSince {
    /// A connection that does not wait.
    pub(super) fn new(idle: IdleEntry) -> Self {
        Self { since: Arc::default(), idle: Arc::new(idle) }
    }

    /// Whether the connection waits now.
    pub(super) fn are_on(&self) -> bool {
        self.since.borrow().is_some()
    }

    /// Returns when the client has read nothing for too long, or for a moment once `draining` is cancelled.
    pub(super) async fn in_vain(&self, draining: &CancellationToken) {
        let mut since = self.since.subscribe();
        // The sender lives as long as `self`.
        while since.wait_for(Option::is_some).await.is_ok() {
            let last = async {
                draining.cancelled().await;
                sleep(LAST).await;
            };
            tokio::select! {
                _ = since.changed() => {}
                () = sleep(PATIENCE) => break,
                () = last => break,
            }
        }
        metrics::rejected("untaken");
    }

    fn see<T>(&self, written: &Poll<T>) {
        self.since.send_if_modified(|since| {
            let changes = since.is_some() != written.is_pending();
            if changes {
                *since = written.is_pending().then(Instant::now);
                if written.is_pending() { self.idle.begin(HELD) } else { self.idle.end() }
            }
            changes
        });
    }
}

/// A stream that watches its writes and counts its reads.
#[derive(Debug)]
pub(super) struct WatchedStream<S> {
    /// The stream.
    pub(super) stream: S,
    /// Told about writes.
    pub(super) waits: UnreadSince,
    /// Told about reads.
    pub(super) heads: RequestHeads,
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, read: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = read.filled().len();
        let ready = Pin::new(&mut self.stream).poll_read(cx, read);
        self.heads.hears(read.filled().len().saturating_sub(before));
        ready
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.waits.see(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.waits.see(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
