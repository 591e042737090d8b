//! Answers of Argo CD: told apart from refusals, and read up to a limit.

use std::{
    io::{self, Read},
    pin::Pin,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt};
use progenitor_client::{ByteStream, Error as ClientError, ResponseValue};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use tokio::sync::mpsc;

use super::fault;
use crate::error::{Error, Kind};

/// Largest answer that is held in memory as a whole, in bytes.
pub const BUFFERED_CAP: usize = 32 << 20;
/// An answer of at most so many bytes is read before it is parsed: parsing a slice takes half the work of parsing a
/// stream.
const WHOLE: usize = 2 << 20;
/// Largest list that is read item by item, in bytes.
pub const ITEMS_CAP: usize = 256 << 20;
/// How many bytes of a refusal are read.
const REFUSAL_CAP: usize = 64 << 10;

type Chunks = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// A successful answer whose body has not been read.
pub struct Reply {
    html: bool,
    /// The announced length in bytes; 0 if there is none.
    length: usize,
    chunks: Chunks,
}

/// Turns what the generated client returns into an answer, or into an error that explains the refusal.
///
/// # Errors
/// The status is not 2xx, as [`fault::refusal`] says, or there is no answer, as [`fault::transport`] says.
pub async fn settle(result: Result<ResponseValue<ByteStream>, ClientError<()>>) -> Result<Reply, Error> {
    match result {
        Ok(value) => {
            let (html, length) = (is_html(value.headers()), length(value.headers()));
            Ok(Reply { html, length, chunks: value.into_inner_stream() })
        }
        Err(ClientError::UnexpectedResponse(response)) if response.status().is_success() => {
            let (html, length) = (is_html(response.headers()), length(response.headers()));
            Ok(Reply { html, length, chunks: Box::pin(response.bytes_stream()) })
        }
        Err(ClientError::UnexpectedResponse(response)) => {
            let (status, headers) = (response.status(), response.headers().clone());
            let reply = Reply { html: false, length: 0, chunks: Box::pin(response.bytes_stream()) };
            let body = unpacked(reply.prefix(REFUSAL_CAP).await);
            Err(fault::refusal(status, &headers, &body))
        }
        Err(ClientError::CommunicationError(error)) => Err(fault::transport(error)),
        Err(other) => Err(Error::new(Kind::Internal, format!("the generated client failed: {other}"))),
    }
}

/// Unpacks a refusal that is gzip although no header says so: Go's `http.Error` removes the header, and Argo CD packs
/// the body all the same.
fn unpacked(body: Bytes) -> Bytes {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return body;
    }
    let mut plain = vec![];
    // What was unpacked before a mistake, or up to the limit, is better than nothing.
    let cap = u64::try_from(REFUSAL_CAP).unwrap_or_default();
    let _ = flate2::bufread::GzDecoder::new(body.as_ref()).take(cap).read_to_end(&mut plain);
    plain.into()
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with("text/html"))
}

fn length(headers: &HeaderMap) -> usize {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or_default()
}

impl Reply {
    /// Reads the whole answer.
    ///
    /// # Errors
    /// [`Kind::TooLarge`]: there are more than `cap` bytes. [`Kind::Protocol`]: it is a web page. The connection broke,
    /// as [`fault::transport`] says.
    pub async fn bytes(mut self, cap: usize) -> Result<Bytes, Error> {
        match self.read(cap).await {
            (body, Ok(true)) => self.shown(body),
            (_, Ok(false)) => Err(too_large(cap)),
            (_, Err(error)) => Err(error),
        }
    }

    /// Reads until there are more than `most` bytes. Returns them, and whether that is the whole answer, or why it
    /// broke off.
    async fn read(&mut self, most: usize) -> (BytesMut, Result<bool, Error>) {
        let mut body = BytesMut::with_capacity(self.length.min(most));
        loop {
            match self.chunks.try_next().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return (body, Ok(true)),
                Err(error) => return (body, Err(fault::transport(error))),
            }
            if body.len() > most {
                return (body, Ok(false));
            }
        }
    }

    /// Reads up to `cap` bytes, and whatever came before the connection broke.
    async fn prefix(mut self, cap: usize) -> Bytes {
        let mut body = BytesMut::new();
        while let Ok(Some(chunk)) = self.chunks.try_next().await {
            let room = cap.saturating_sub(body.len()).min(chunk.len());
            body.extend_from_slice(chunk.get(..room).unwrap_or_default());
            if body.len() >= cap {
                break;
            }
        }
        body.freeze()
    }

    /// The answer, of at most `cap` bytes: as a whole if it is short, else as a stream.
    ///
    /// # Errors
    /// [`Kind::Protocol`]: it is a web page. Later errors come from [`Pump::run`].
    pub async fn body(mut self, cap: usize) -> Result<Body, Error> {
        let (begin, whole) = self.read(WHOLE).await;
        let begin = self.shown(begin)?;
        let broken = match whole {
            Ok(true) => return Ok(Body::Short(begin)),
            Ok(false) => None,
            Err(error) => Some(error),
        };
        let (sender, receiver) = mpsc::channel(8);
        let pump = Pump { chunks: self.chunks, read: begin.len(), sender, cap, broken };
        Ok(Body::Long(Reader { receiver, current: begin }, pump))
    }

    /// What was read, unless it is a web page.
    fn shown(&self, body: BytesMut) -> Result<Bytes, Error> {
        if self.html || fault::looks_like_html(&body) { Err(fault::html(&body)) } else { Ok(body.freeze()) }
    }
}

/// An answer that may be too long to be held in memory.
pub enum Body {
    /// The whole answer.
    Short(Bytes),
    /// A blocking reader for another thread, and the pump that feeds it. When one of them is dropped, the other ends.
    Long(Reader, Pump),
}

/// Feeds a [`Reader`].
pub struct Pump {
    chunks: Chunks,
    read: usize,
    sender: mpsc::Sender<io::Result<Bytes>>,
    cap: usize,
    /// Why the answer broke off before the pump began.
    broken: Option<Error>,
}

impl Pump {
    /// Moves the rest of the answer to the reader.
    ///
    /// # Errors
    /// [`Kind::TooLarge`]: the answer is longer than the limit. The connection broke, as [`fault::transport`] says. The
    /// reader then gets `BrokenPipe` or `TimedOut`.
    pub async fn run(mut self) -> Result<(), Error> {
        let result = self.forward().await;
        if let Err(error) = &result {
            let in_time = error.kind != Kind::Timeout;
            let seen = if in_time { io::ErrorKind::BrokenPipe } else { io::ErrorKind::TimedOut };
            let _ = self.sender.send(Err(seen.into())).await;
        }
        result
    }

    async fn forward(&mut self) -> Result<(), Error> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        while let Some(chunk) = self.chunks.try_next().await.map_err(fault::transport)? {
            self.read += chunk.len();
            if self.read > self.cap {
                return Err(too_large(self.cap));
            }
            if self.sender.send(Ok(chunk)).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// A long answer as a blocking [`Read`].
pub struct Reader {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let taken = self.current.split_to(self.current.len().min(buffer.len()));
        buffer.iter_mut().zip(&taken).for_each(|(to, from)| *to = *from);
        Ok(taken.len())
    }
}

fn too_large(cap: usize) -> Error {
    Error::new(Kind::TooLarge, format!("Argo CD's answer is larger than {} MiB", cap >> 20))
        .hint("Narrow it: fewer projects, a selector, one application or one resource.")
}
