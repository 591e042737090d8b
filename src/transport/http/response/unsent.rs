//! Responses that are not sent yet, so that the process can wait for them before it ends.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use hyper::body::{Frame, SizeHint};

/// Counts unsent responses.
#[derive(Debug, Default)]
pub struct Unsent(Arc<()>);

impl Unsent {
    /// Counts a response from the time its request arrives until the returned guard is dropped. Between the end of a
    /// call and the first byte of its response, nothing else shows that a response is due.
    pub fn expect(&self) -> Arc<()> {
        Arc::clone(&self.0)
    }

    /// How many responses are unsent.
    pub fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// Marks a response that is the whole session: its client does not come back for the rest of it.
#[derive(Clone, Copy, Debug)]
pub struct WholeSession;

/// Keeps `held` until the response was sent or dropped.
pub fn hold(response: Response<Body>, held: impl Send + Unpin + 'static) -> Response<Body> {
    response.map(|body| self::held(body, held))
}

/// Keeps `held` until the body is dropped. An empty body drops it at once.
pub fn held(body: Body, held: impl Send + Unpin + 'static) -> Body {
    if body.is_end_stream() { body } else { Body::new(HeldBody { body, _held: held }) }
}

struct HeldBody<T> {
    body: Body,
    _held: T,
}

impl<T: Unpin> HttpBody for HeldBody<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
