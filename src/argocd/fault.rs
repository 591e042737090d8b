//! Turns statuses, bodies and broken connections into errors that say what went wrong.

use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION, RETRY_AFTER},
};
use serde_json::Value;

use crate::{
    descriptors::are_scarce,
    error::{Error, Kind},
};

/// The error for a status that is not 2xx. The status decides on the kind; the words are taken from both forms of Argo
/// CD's errors and from plain text. As all messages here it lacks its subject: [`super::Session`] puts that in front.
pub fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    if status.is_redirection() && headers.contains_key(LOCATION) {
        return redirect(status, headers);
    }
    let code = status.as_u16();
    let kind = match code {
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        429 if is_about_size(body) => Kind::TooLarge,
        429 => Kind::Busy,
        408 | 499 | 502..=504 | 520..=524 => Kind::Unavailable,
        500 if looks_like_html(body) => Kind::Unavailable,
        _ => Kind::Refused,
    };
    let slow = matches!(code, 408 | 499 | 504 | 524);
    if looks_like_html(body) && !slow {
        let hint = match kind {
            Kind::Busy => busy(headers),
            Kind::Unavailable => TROUBLE.to_owned(),
            _ => PROXY.to_owned(),
        };
        return Error::new(kind, format!("answered {code} with a web page{}", title(body))).hint(hint);
    }
    if matches!(code, 404 | 405) && !is_own(body) {
        // A proxy has words of its own, such as `default backend - 404`.
        let said = message(body).filter(|_| !is_route_miss(body));
        let said = said.unwrap_or_else(|| "it does not know this path".to_owned());
        return Error::new(kind, format!("answered {code}: {said}")).hint(ROUTE);
    }
    let nothing = if slow { "took too long" } else { "no reason given" };
    let said = message(body).unwrap_or_else(|| status.canonical_reason().unwrap_or(nothing).to_owned());
    let error = Error::new(kind, format!("answered {code}: {said}"));
    match kind {
        _ if slow => error.hint(SLOW),
        Kind::TooLarge => error.hint(TOO_LARGE),
        Kind::Busy => error.hint(busy(headers)),
        // Argo CD itself answers: a part behind it, such as the repository server, does not.
        Kind::Unavailable if is_own(body) => error.hint(TROUBLE),
        _ => error,
    }
}

/// Whether a body is an error of Argo CD: it has gRPC's code, or, in a stream, an object `error`.
fn is_own(body: &[u8]) -> bool {
    let is_object = |value: &Value| value.get("error").is_some_and(Value::is_object);
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.get("code").is_some() || is_object(&value))
}

/// Whether a refusal says that a message is too large: these are gRPC's words for one received or sent.
fn is_about_size(body: &[u8]) -> bool {
    message(body).is_some_and(|said| said.contains("message larger than max"))
}

/// What to do about too many calls, and after how many seconds, if the answer tells.
fn busy(headers: &HeaderMap) -> String {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse::<u32>().ok());
    let when = seconds.map_or_else(|| "later".to_owned(), |seconds| format!("after {seconds} s"));
    format!("Too many calls are made to it, or to a proxy in front of it: try again {when}.")
}

const ROUTE: &str = "Either the base URL is not the address of an Argo CD (what a browser shows behind it, such as /applications, does not belong in it; a --rootpath does), or this Argo CD is too old for it, or a name has a character that names do not have, such as / or :.";
const TOO_LARGE: &str = "Argo CD answers so what is larger than 200 MiB: narrow it, a list by projects or a selector.";
const SLOW: &str = "It took too long for Argo CD, or for a proxy in front of it.";
/// What to do when nothing answers and a proxy is set.
pub const PROXY_DOWN: &str =
    "The way leads through a proxy (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY): is it up? NO_PROXY excludes hosts.";
/// What to do when an answer says that something is broken there.
pub const TROUBLE: &str = "Argo CD, or a proxy in front of it, is in trouble: its own log says more.";
const NO_DESCRIPTORS: &str = "Too many connections are open at once: try again when calls have ended. Whoever runs this server raises its limit (`ulimit -n`, LimitNOFILE of systemd) or lowers --max-concurrency.";
const PROXY: &str =
    "A proxy or a login page stands between here and Argo CD, or the base URL is the address of something else.";

/// The target of a redirect, in a form that may be told.
pub fn redirect_target(headers: &HeaderMap) -> String {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
    told_address(target)
}

/// An address without its query, which may hold a state, and without a password.
pub fn told_address(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or(address);
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}

fn redirect(status: StatusCode, headers: &HeaderMap) -> Error {
    let target = redirect_target(headers);
    Error::new(Kind::Redirect, format!("answered {} with a redirect to {target}, which is not followed", status.as_u16()))
        .hint("Redirects are never followed, as they could carry the token elsewhere. Set the base URL to the address that answers itself (https instead of http, with its path).")
}

/// The words of a refusal: `{"error": "…", "message": "…"}`, in a stream `{"error": {"message": "…"}}`, or plain text.
pub fn message(body: &[u8]) -> Option<String> {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        return text("/message")
            .or_else(|| text("/error/message"))
            .or_else(|| text("/error"))
            .map(|said| beginning(said, SAID));
    }
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !looks_like_html(body)).then(|| beginning(text, PLAIN))
}

/// Longest error of Argo CD that is told, in bytes: its lists of problems are long.
const SAID: usize = 32 << 10;
/// Longest error in plain text that is told, in bytes.
const PLAIN: usize = 500;

/// The first `most` bytes of a text, to the end of a word: half a credential would not be recognised as one.
fn beginning(text: &str, most: usize) -> String {
    let begin = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
    match begin.rsplit_once(char::is_whitespace).filter(|_| begin.len() < text.len()) {
        Some((whole, _)) => format!("{whole} …"),
        None if begin.len() < text.len() => "…".to_owned(),
        None => text.to_owned(),
    }
}

/// Whether a body says that no operation matches: Argo CD's router does so in plain text, proxies with an empty body.
fn is_route_miss(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), b"" | b"Not Found" | b"Method Not Allowed" | b"404 page not found")
}

/// Whether a body begins as a web page does.
pub(super) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The error for a web page with a status of success, where JSON was expected.
pub fn html(body: &[u8]) -> Error {
    Error::new(Kind::Protocol, format!("answered with a web page{}, not with JSON", title(body))).hint(PROXY)
}

/// The title of a web page, in brackets: ` ("Sign in")`.
fn title(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..body.len().min(4096)).unwrap_or_default()).into_owned();
    let title = text
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title.trim().to_owned());
    title.filter(|title| !title.is_empty()).map(|title| format!(" (\"{title}\")")).unwrap_or_default()
}

/// The error for a connection that failed, a deadline that passed, or an answer that broke off.
pub fn transport(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let cause = root_cause(&error);
    if lacks_descriptors(&error) {
        let message = format!("was not asked: this process has no file descriptor left ({cause})");
        return Error::new(Kind::Unreachable, message).hint(NO_DESCRIPTORS).because(error);
    }
    let (kind, message) = if error.is_builder() || cause.contains("not a valid Uri") {
        // The request was never sent.
        (Kind::Arguments, "the arguments are too long for the address of a request".to_owned())
    } else if error.is_connect() {
        (Kind::Unreachable, format!("cannot be reached: {cause}"))
    } else if error.is_timeout() {
        (Kind::Timeout, "did not answer in time".to_owned())
    } else if error.is_body() || error.is_decode() {
        (Kind::Protocol, format!("broke off in the middle of its answer: {cause}"))
    } else {
        (Kind::Unavailable, format!("closed the connection without an answer: {cause}"))
    };
    let hint = connection_hint(&cause).map(str::to_owned);
    Error { hint, ..Error::new(kind, message).because(error) }
}

/// Whether a message of [`transport`] says that the other side ended the connection within the TLS handshake, as a
/// server of http does.
pub(super) fn broke_off(message: &str) -> bool {
    ["Connection reset", "handshake eof"].iter().any(|words| message.contains(words))
}

/// Whether a request failed because this process, or the machine, has no file descriptor left.
fn lacks_descriptors(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref()).any(are_scarce)
}

/// What to do about a connection that fails in TLS.
pub fn connection_hint(cause: &str) -> Option<&'static str> {
    /// Words of rustls, and what helps.
    const HINTS: &[(&[&str], &str)] = &[
        (
            &["UnknownIssuer", "SelfSigned", "CaUsedAsEndEntity"],
            "Nobody this machine trusts signed its certificate: set ARGOCD_CA_FILE (caFile in the registry) to the CA's.",
        ),
        (
            &["NotValidForName", "not valid for name"],
            "Its certificate was issued for another name: use that name in the base URL.",
        ),
        (&["Expired"], "Its certificate has expired, or this machine's clock is wrong."),
        (
            &["CertificateRequired", "certificate required", "HandshakeFailure", "connection was not ready"],
            "It may want a client certificate: ARGOCD_CLIENT_CERT_FILE and ARGOCD_CLIENT_KEY_FILE.",
        ),
        (
            &["InvalidMessage", "InvalidContentType", "corrupt message"],
            "It does not speak TLS there: is it http, or another port?",
        ),
    ];
    HINTS.iter().find(|(words, _)| words.iter().any(|word| cause.contains(word))).map(|(_, hint)| *hint)
}

/// The innermost error, which says what happened.
pub fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
