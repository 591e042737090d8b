//! The body of a request: read up to a cap and within a time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::transport::message::{BYTE_ORDER_MARK, refusal::Refusal};

/// Largest body that is read while all places are taken: it may be the cancellation of what holds one.
const SMALL: usize = 4096;
/// How much of a body beyond the cap is read and thrown away, in caps, so that its sender gets to read the answer.
const LINGER: usize = 8;
/// For how long it is.
const REST: Duration = Duration::from_secs(1);
/// A connection that brought more in vain is closed: it has large buffers.
const LITTLE: usize = 16 << 10;

/// Reads a body of at most `cap` bytes; one that is not small once there is a `place` for it, for which it has more time.
///
/// # Errors
/// 415 when it is encoded, 413 beyond the cap, 408 beyond the time, 400 when it breaks off, and those of `place`.
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
    // What is too large is only waited for so that its sender gets to read why.
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

/// A refusal before the body was read: up to `cap` bytes of it are thrown away, so that its sender, who reads when all
/// is written, gets to read why. Where that was not all, or much, the connection ends.
pub(super) async fn refuse(refusal: Refusal, headers: &HeaderMap, body: Body, cap: usize) -> Refusal {
    Refusal { closes: !linger(headers, body, cap).await, ..refusal }
}

/// Whether there was no more to throw away, and little.
async fn linger(headers: &HeaderMap, mut body: Body, cap: usize) -> bool {
    // It waits for a word before it sends any.
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
