//! `--json-response` in sessions. rmcp always answers with a stream there; an answer that is a single message becomes
//! plain JSON.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Response, header},
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde::{Deserialize, de::IgnoredAny};

use super::{EVENTS, JSON, is_of_type};

/// Turns a response into JSON if its first message is the answer. If the server says or asks something before the
/// answer, the response stays a stream.
pub async fn whole(response: Response<Body>) -> Response<Body> {
    if !is_of_type(response.headers(), EVENTS) {
        return response;
    }
    let (mut head, mut body) = response.into_parts();
    let mut read = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        read.extend_from_slice(&data);
        let Some(message) = first_message(&read) else { continue };
        if is_answer(&message) {
            head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
            return Response::from_parts(head, Body::from(message));
        }
        break;
    }
    let read = stream::iter([Ok(Bytes::from(read))]);
    Response::from_parts(head, Body::from_stream(read.chain(body.into_data_stream())))
}

/// The answer in a response, if there is one. Anything the server says or asks before the answer is left out.
pub async fn answer(response: Response<Body>) -> Option<String> {
    let body = response.into_body().collect().await.ok()?.to_bytes();
    let text = str::from_utf8(&body).ok()?;
    if is_answer(text) {
        return Some(text.to_owned());
    }
    text.split("\n\n").map(data).find(|data| is_answer(data))
}

/// The data of the first complete event that has data (WHATWG HTML §9.2.6). Comments and priming events have none.
fn first_message(read: &[u8]) -> Option<String> {
    let text = str::from_utf8(read).ok()?;
    let complete = text.get(..text.rfind("\n\n")?)?;
    complete.split("\n\n").map(data).find(|data| !data.is_empty())
}

fn data(event: &str) -> String {
    let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n")
}

/// Whether a message is an answer. A response has a result or an error; a request or notification has a method
/// (JSON-RPC 2.0 §5).
fn is_answer(message: &str) -> bool {
    #[derive(Deserialize)]
    struct Message {
        method: Option<IgnoredAny>,
    }
    serde_json::from_str(message).is_ok_and(|message: Message| message.method.is_none())
}
