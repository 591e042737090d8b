//! A stream that begins before its answer is ready. In 2026-07-28 rmcp sends nothing until a call ends, and proxies
//! give up on a response that does not begin.

use std::{pin::Pin, time::Duration};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::{HeaderValue, Response, header},
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::value::RawValue;

use super::{EVENTS, is_of_type};

/// How long an answer may take before the stream begins without it.
const SOON: Duration = Duration::from_secs(5);
/// How often a waiting stream sends a comment.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A comment of an event stream, which clients ignore.
const COMMENT: &[u8] = b":\n\n";

type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

enum State {
    Waiting(Answer),
    Streaming(BodyDataStream),
    Done,
}

/// Returns the answer if it is ready soon, and otherwise a stream (WHATWG HTML §9.2) that ends with it. Dropping the
/// response drops the answer.
pub async fn begun(answer: impl Future<Output = Response<Body>> + Send + 'static) -> Response<Body> {
    let mut answer: Answer = Box::pin(answer);
    if let Ok(response) = tokio::time::timeout(SOON, &mut answer).await {
        return response;
    }
    let comment = stream::iter([Ok::<_, axum::Error>(Bytes::from_static(COMMENT))]);
    let body = comment.chain(stream::unfold(State::Waiting(answer), next));
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn next(mut state: State) -> Option<(Result<Bytes, axum::Error>, State)> {
    loop {
        state = match state {
            State::Done => return None,
            State::Streaming(mut body) => return body.next().await.map(|part| (part, State::Streaming(body))),
            State::Waiting(mut answer) => match tokio::time::timeout(KEEP_ALIVE, &mut answer).await {
                Err(_) => return Some((Ok(Bytes::from_static(COMMENT)), State::Waiting(answer))),
                Ok(response) if is_of_type(response.headers(), EVENTS) => {
                    State::Streaming(response.into_body().into_data_stream())
                }
                Ok(response) => return Some((events(response).await, State::Done)),
            },
        }
    }
}

/// The messages of a response as events, one for each. Line ends in JSON are escaped, so a message is one line. A batch
/// becomes several events, because clients expect an array only as a whole response. A response without a message (to a
/// notification) becomes a comment, because an empty event would be invalid.
async fn events(response: Response<Body>) -> Result<Bytes, axum::Error> {
    let body = response.into_body().collect().await?.to_bytes();
    if body.is_empty() {
        return Ok(Bytes::from_static(COMMENT));
    }
    let event = |message: &[u8]| [b"data: ", message, b"\n\n"].concat();
    let events = match serde_json::from_slice::<Vec<&RawValue>>(&body) {
        Ok(batch) => batch.iter().flat_map(|message| event(message.get().as_bytes())).collect(),
        Err(_) => event(&body),
    };
    Ok(events.into())
}
