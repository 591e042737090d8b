//! What the headers of a request reveal.

use axum::http::{HeaderMap, HeaderValue, header};

/// Headers that proxies add to a request they pass on.
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
/// How further such headers begin.
const BEGINNINGS: [&str; 2] = ["x-envoy-", "x-forwarded-"];

/// Whether a header shows that a proxy passed the request on. Some proxies add no header.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    let begins = |name: &str| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    headers.keys().any(|name| NAMES.contains(&name.as_str()) || begins(name.as_str()))
}

/// Whether the transfer coding is plain. With any other coding a proxy might find the end of the body elsewhere (RFC
/// 9112 §6.1).
pub(super) fn plainly_sent(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && codings.next().is_none()
}

/// Replaces `Accept` by the full media types, which rmcp asks for. `*/*` (as curl sends it), `text/*` and a missing
/// header are as valid (RFC 9110 §12.5.1).
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
