//! The one way out: every request of the generated client passes here.

use std::time::{Duration, Instant};

use reqwest::{
    Method, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use tracing::{Instrument, debug, field, info_span};

use crate::telemetry::{metrics, trace};

/// What one call takes along through the generated client: the instance, the credential, and the deadline.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Base URL of the instance without a trailing slash; its path is kept.
    pub base_url: String,
    /// The client of the instance, which keeps its connections.
    pub http: reqwest::Client,
    /// The extra headers of the instance.
    pub headers: HeaderMap,
    /// `Bearer …`, marked sensitive so that it is never printed.
    pub authorization: Option<HeaderValue>,
    /// When the call must be over, including its retries and the reading of its answer.
    pub deadline: Instant,
    /// How often a failed attempt is repeated: 0 for a call that writes.
    pub retries: u32,
    /// Whether the answer is a stream: no compression, whose buffering would hold lines back.
    pub stream: bool,
}

/// Sends a request with the headers that Argo CD insists on, and repeats it when that is safe and may help.
///
/// # Errors
/// reqwest's error of the last attempt. An answer of any status is no error here.
pub async fn execute(
    http: &reqwest::Client,
    connection: &Connection,
    mut request: Request,
    operation: &'static str,
) -> reqwest::Result<Response> {
    let get = request.method() == Method::GET;
    prepare(request.headers_mut(), connection, get);
    let span =
        info_span!("argocd", operation, method = %request.method(), status = field::Empty, attempts = field::Empty);
    if let Some(parent) = span.in_scope(trace::outgoing) {
        pass_on(request.headers_mut(), &parent);
    }
    let mut asking = metrics::asking(operation);
    async move {
        let mut attempt = 0;
        loop {
            let left = connection.deadline.saturating_duration_since(Instant::now());
            // A zero timeout would mean "at once" to hyper and be reported as a connect error.
            *request.timeout_mut() = Some(left.max(Duration::from_millis(1)));
            let again = if attempt < connection.retries { request.try_clone() } else { None };
            let result = http.execute(request).await;
            attempt += 1;
            let pause = backoff(attempt);
            match again.filter(|_| worth_repeating(&result) && left > pause * 2) {
                Some(copy) => {
                    debug!(attempt, ?pause, "trying again");
                    tokio::time::sleep(pause).await;
                    request = copy;
                }
                None => {
                    let status = result.as_ref().map(|response| response.status().as_u16()).unwrap_or_default();
                    tracing::Span::current().record("status", status).record("attempts", attempt);
                    asking.answered(status);
                    debug!(status, "answered");
                    return result;
                }
            }
        }
    }
    .instrument(span)
    .await
}

fn prepare(headers: &mut HeaderMap, connection: &Connection, get: bool) {
    // progenitor's own; Argo CD has no use for it.
    headers.remove(HeaderName::from_static("api-version"));
    if !get {
        // Argo CD answers 415 to any other spelling, on DELETE and on an empty POST too.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in &connection.headers {
        headers.append(name.clone(), value.clone());
    }
    if let Some(authorization) = &connection.authorization {
        headers.insert(AUTHORIZATION, authorization.clone());
    }
    if connection.stream {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Adds the headers of a trace, so that Argo CD's own spans belong to it.
fn pass_on(headers: &mut HeaderMap, parent: &trace::Parent) {
    for (name, value) in [("traceparent", Some(&parent.traceparent)), ("tracestate", parent.tracestate.as_ref())] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Whether no connection came about, or a proxy answers that none did. A 429 is not repeated: it means that the answer
/// is too large, as it would be the next time, or that there are too many calls already.
fn worth_repeating(result: &reqwest::Result<Response>) -> bool {
    match result {
        Ok(response) => {
            matches!(
                response.status(),
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            )
        }
        Err(error) => error.is_connect() && !error.is_timeout(),
    }
}

/// 100 to 200 ms, then 200 to 400 ms: the hasher's random keys are the jitter.
fn backoff(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let jitter = RandomState::new().hash_one(attempt) % 100;
    Duration::from_millis((100 + jitter) << attempt.saturating_sub(1).min(4))
}
