//! Where a connection stands between two requests: a head that began must be complete in time, whatever came before it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, watch},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Between requests.
    Idle,
    /// The first byte of a head came, or nothing at all yet.
    Head,
    /// The head was complete; its answer is not.
    Answering,
}

/// The phase of a connection.
#[derive(Clone, Debug)]
pub struct Heads(Arc<watch::Sender<Phase>>);

impl Heads {
    /// A connection that owes its first head.
    pub fn first() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Head)))
    }

    /// Sees what is read from a stream.
    pub fn watch<T>(&self, stream: T) -> Seen<T> {
        Seen { stream, heads: self.clone() }
    }

    /// A head is complete. The connection is idle when the answer is sent, which holds what this returns.
    pub fn complete(&self) -> Answering {
        self.0.send_replace(Phase::Answering);
        Answering(self.clone())
    }

    /// Ends when a head took longer than `patience`.
    pub async fn late(&self, patience: Duration) {
        let mut phase = self.0.subscribe();
        // The sender lives as long as `self`.
        while phase.wait_for(|phase| *phase == Phase::Head).await.is_ok() {
            if tokio::time::timeout(patience, phase.wait_for(|phase| *phase != Phase::Head)).await.is_err() {
                return;
            }
        }
    }

    /// Ends when it is told to while the connection is idle.
    pub async fn spared(&self, told: &Notify) {
        loop {
            told.notified().await;
            if *self.0.borrow() == Phase::Idle {
                return;
            }
        }
    }

    fn step(&self, from: Phase, to: Phase) {
        self.0.send_if_modified(|phase| {
            let steps = *phase == from;
            if steps {
                *phase = to;
            }
            steps
        });
    }
}

/// An answer that is not yet sent.
#[derive(Debug)]
pub struct Answering(Heads);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.step(Phase::Answering, Phase::Idle);
    }
}

/// A stream whose bytes begin heads.
#[derive(Debug)]
pub struct Seen<T> {
    stream: T,
    heads: Heads,
}

impl<T: AsyncRead + Unpin> AsyncRead for Seen<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.heads.step(Phase::Idle, Phase::Head);
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Seen<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
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
