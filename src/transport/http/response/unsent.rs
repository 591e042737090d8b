//! Responses that are not yet sent, so that the process can wait for them before it ends.

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

/// Counts them.
#[derive(Debug, Default)]
pub struct Open(Arc<()>);

impl Open {
    /// Counts one from the request on, until what this gives is dropped: between the end of a call and the beginning of
    /// its response nothing else shows that there is one.
    pub fn expect(&self) -> Arc<()> {
        Arc::clone(&self.0)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// Keeps `held` until the body was sent or dropped.
pub fn hold(response: Response<Body>, held: impl Send + Unpin + 'static) -> Response<Body> {
    response.map(|body| self::held(body, held))
}

/// Keeps `held` until a body was dropped, not at all where there is none.
pub fn held(body: Body, held: impl Send + Unpin + 'static) -> Body {
    if body.is_end_stream() { body } else { Body::new(Held { body, _held: held }) }
}

struct Held<T> {
    body: Body,
    _held: T,
}

impl<T: Unpin> HttpBody for Held<T> {
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
