//! What the headers of a request tell of it.

use axum::http::{HeaderMap, HeaderValue, header};

/// What proxies add to what they pass on, beside what begins as below.
const NAMES: [&str; 16] = [
    "cf-connecting-ip",
    "cf-ray",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-amzn-trace-id",
    "x-azure-clientip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-uri",
    "x-original-url",
    "x-real-ip",
];
/// How others begin.
const BEGINNINGS: [&str; 2] = ["x-envoy-", "x-forwarded-"];

/// Whether a header says that a proxy has passed it on. A proxy may add none.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    let begins = |name: &str| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    headers.keys().any(|name| NAMES.contains(&name.as_str()) || begins(name.as_str()))
}

/// RFC 9112 §6.1: a proxy that understands other transfer codings, or fewer, sees another end of the body.
pub(super) fn plainly_sent(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && codings.next().is_none()
}

/// rmcp wants the types spelled out; `*/*`, as curl sends it, no such header and `text/*` mean as much (RFC 9110
/// §12.5.1).
pub(super) fn spell_accepted_out(headers: &mut HeaderMap) {
    let accepts = |range: &str| {
        let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.contains(range))
    };
    let all = !headers.contains_key(header::ACCEPT) || accepts("*/*");
    let json = all || accepts("application/json") || accepts("application/*");
    let events = all || accepts("text/event-stream") || accepts("text/*");
    let accepted = match (json, events) {
        (true, true) => "application/json, text/event-stream",
        (true, false) => "application/json",
        (false, true) => "text/event-stream",
        (false, false) => return,
    };
    headers.insert(header::ACCEPT, HeaderValue::from_static(accepted));
}
