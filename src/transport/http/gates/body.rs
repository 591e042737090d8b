//! The body of a request: read up to a limit and within a time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::transport::message::{BYTE_ORDER_MARK, refusal::Refusal};

/// Largest body that is read while all places are taken. It may cancel one of the calls that hold the places.
const SMALL: usize = 4096;
/// A body longer than the cap is read up to this many times the cap, and dropped, so that the client gets to read the
/// refusal.
const LINGER: usize = 8;
/// Longest time spent reading bytes that are dropped.
const REST: Duration = Duration::from_secs(1);
/// If more bytes than this were read and dropped, the connection is closed: its buffers are large.
const LITTLE: usize = 16 << 10;

/// Reads a body of at most `cap` bytes. A small body is read at once. A larger one waits for `place` first, and the
/// time it waits is added to its time limit.
///
/// # Errors
/// 415 if the body is encoded, 413 above the cap, 408 after the time limit, 400 if the body breaks off, and the errors
/// of `place`.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    cap: usize,
    patience: Duration,
    place: impl Future<Output = Result<(), Refusal>>,
) -> Result<Bytes, Refusal> {
    let too_large = || {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body", format!("The body has more than {cap} bytes (--max-body)"))
    };
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        let why = "The body must not be compressed: send it without Content-Encoding";
        let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding", why);
        return Err(refuse(refusal, headers, body, cap).await);
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let announced = announced.unwrap_or(0);
    let most = cap.saturating_mul(LINGER);
    if announced > most || (announced > cap && headers.contains_key(header::EXPECT)) {
        return Err(too_large());
    }
    let mut place = Some(place);
    if announced > SMALL
        && let Some(place) = place.take()
    {
        place.await?;
    }
    let mut end = Instant::now() + patience;
    // The rest of a body that is too large is read only so that the client gets to read the refusal.
    let mut linger = (announced > cap).then(|| Instant::now() + REST);
    let mut kept = Vec::with_capacity(announced.min(cap));
    let mut seen = 0_usize;
    while seen <= most {
        let frame = match timeout_at(linger.map_or(end, |linger| linger.min(end)), body.frame()).await {
            Ok(Some(frame)) => frame.map_err(|_| Refusal::invalid("the body broke off"))?,
            Ok(None) => break,
            Err(_) if linger.is_some() => break,
            Err(_) => {
                let why = format!("The body did not arrive within {} seconds", patience.as_secs());
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "slow", why));
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > SMALL
            && let Some(place) = place.take()
        {
            let begun = Instant::now();
            place.await?;
            end += begun.elapsed();
        }
        if seen <= cap {
            kept.extend_from_slice(&data);
        } else {
            linger.get_or_insert_with(|| Instant::now() + REST);
        }
    }
    if linger.is_some() {
        return Err(too_large());
    }
    let kept = Bytes::from(kept);
    Ok(if kept.starts_with(BYTE_ORDER_MARK) { kept.slice(BYTE_ORDER_MARK.len()..) } else { kept })
}

/// Refuses a request whose body was not read. Up to `cap` bytes of the body are read and dropped, because most clients
/// read the answer only after they have sent everything. If that was not the whole body, or was much, the connection is
/// closed.
pub(super) async fn refuse(refusal: Refusal, headers: &HeaderMap, body: Body, cap: usize) -> Refusal {
    Refusal { closes: !linger(headers, body, cap).await, ..refusal }
}

/// Reads and drops a body. Returns whether that was all of it, and little.
async fn linger(headers: &HeaderMap, mut body: Body, cap: usize) -> bool {
    // The client waits for permission before it sends the body.
    if headers.contains_key(header::EXPECT) {
        return false;
    }
    let (end, mut seen) = (Instant::now() + REST, 0_usize);
    while seen <= cap {
        match timeout_at(end, body.frame()).await {
            Ok(None) => return seen <= LITTLE,
            Ok(Some(Ok(frame))) => seen = seen.saturating_add(frame.data_ref().map_or(0, Bytes::len)),
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
    false
}
