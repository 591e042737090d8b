//! The body of a request: read up to a cap and within a time, looked at before it is parsed, and what it says it is.

use std::{borrow::Cow, fmt::Display, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, error::Category, value::RawValue};
use tokio::time::{Instant, timeout_at};

use super::refusal::{HEADER_MISMATCH, INVALID_PARAMS, PARSE_ERROR, Refusal};

/// Arrays and objects within each other; tools need five.
const DEPTH: usize = 64;
/// Longest id of a request, in bytes; one is kept for as long as its answer may be asked for again.
const LONGEST_ID: usize = 256;
/// Longest `initialize`, in bytes; it is kept with its session.
const LONGEST_OPENING: usize = 128 << 10;
/// How much of a body beyond the cap is read and thrown away, in caps, so that its sender gets to read the answer.
const LINGER: usize = 8;
/// For how long it is.
const REST: Duration = Duration::from_secs(1);
/// A connection that brought more in vain is closed: it has large buffers.
const LITTLE: usize = 16 << 10;

/// Reads a body of at most `cap` bytes.
///
/// # Errors
/// 415 when it is encoded, 413 beyond the cap, 408 beyond the time, 400 when it breaks off.
pub async fn read(headers: &HeaderMap, mut body: Body, cap: usize, patience: Duration) -> Result<Bytes, Refusal> {
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
    let end = Instant::now() + patience;
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
        if seen <= cap {
            kept.extend_from_slice(&data);
        } else {
            linger.get_or_insert_with(|| Instant::now() + REST);
        }
    }
    if linger.is_some() { Err(too_large()) } else { Ok(kept.into()) }
}

/// A refusal before the body was read: up to `cap` bytes of it are thrown away, so that its sender, who reads when all
/// is written, gets to read why. Where that was not all, or much, the connection ends.
pub async fn refuse(refusal: Refusal, headers: &HeaderMap, body: Body, cap: usize) -> Refusal {
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

/// What a JSON-RPC message says it is.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// `tools/call`; none in a response.
    #[serde(borrow)]
    pub method: Option<Cow<'a, str>>,
    /// None in a notification.
    pub id: Option<Value>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    /// All of it.
    #[serde(skip)]
    pub message: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads the outside of a message.
    ///
    /// # Errors
    /// 400 with -32700 for what is not JSON or too deep, -32600 for JSON that is no single message.
    pub fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        if too_deep(body) {
            return Err(no_json(format_args!("more than {DEPTH} arrays and objects within each other")));
        }
        // serde_json does not look at the texts of members that nobody reads.
        str::from_utf8(body).map_err(no_json)?;
        if body.trim_ascii().first() != Some(&b'{') {
            serde_json::from_slice::<IgnoredAny>(body).map_err(no_json)?;
            return Err(Refusal::invalid("Invalid Request: a message is a JSON object"));
        }
        let envelope = serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Data => Refusal::invalid(match error.to_string() {
                twice if twice.starts_with("duplicate field") => format!("Invalid Request: {twice}"),
                _ => "Invalid Request: `method` must be a text".to_owned(),
            }),
            _ => no_json(error),
        })?;
        Ok(Self { message: body, ..envelope })
    }

    /// Whether it begins a session.
    pub fn begins(&self) -> bool {
        self.method.as_deref() == Some("initialize")
    }

    /// A request, as opposed to a notification or a response.
    pub fn is_request(&self) -> bool {
        self.method.is_some() && self.id.is_some()
    }

    /// Its id, where JSON-RPC allows it as one.
    pub fn id(&self) -> Value {
        self.id.clone().filter(|id| id.is_string() || id.is_i64()).unwrap_or_default()
    }

    /// What is kept for as long as its session is no larger than what clients mean: the answer tells no id that is not.
    ///
    /// # Errors
    /// 400.
    pub fn check_kept(&self) -> Result<(), Refusal> {
        if self.id.as_ref().and_then(Value::as_str).is_some_and(|id| id.len() > LONGEST_ID) {
            return Err(Refusal::invalid(format!("Invalid Request: the id is longer than {LONGEST_ID} bytes")));
        }
        if self.begins() && self.message.trim_ascii().len() > LONGEST_OPENING {
            let message = format!("Invalid Request: an initialize of more than {LONGEST_OPENING} bytes");
            return Err(Refusal::invalid(message).to(&self.id()));
        }
        Ok(())
    }

    /// MCP has parameters by name alone. A cursor that is no text rmcp takes for none.
    ///
    /// # Errors
    /// 400 with -32602.
    pub fn check_params(&self) -> Result<(), Refusal> {
        let wrong = |why: &str| Err(Refusal::invalid(format!("Invalid params: {why}")).code(INVALID_PARAMS));
        let Some(method) = self.method.as_deref() else { return Ok(()) };
        if self.params.is_some_and(|params| !params.get().starts_with('{')) {
            return wrong("`params` must be a JSON object");
        }
        let cursor = method.ends_with("/list").then(|| self.param("cursor")).flatten();
        match cursor.filter(|cursor| !cursor.is_string() && !cursor.is_null()) {
            Some(cursor) => wrong(&format!("`cursor` is {cursor}; it must be a text")),
            None => Ok(()),
        }
    }

    /// A parameter. Of one that is there twice the last counts, as for rmcp.
    fn param(&self, name: &str) -> Option<Value> {
        serde_json::from_str::<Value>(self.params?.get()).ok()?.get_mut(name).map(Value::take)
    }

    /// What middleboxes route on must be what is run, in every protocol version.
    ///
    /// # Errors
    /// 400 with -32020.
    pub fn agrees_with(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let differs = |name: &str, body: Option<&str>| {
            let header = headers.get(name).map(|value| decoded(value.to_str().unwrap_or_default().trim()));
            header.is_some_and(|header| body.is_some_and(|body| body != header))
        };
        let named = headers.contains_key("mcp-name").then(|| self.param("name").or_else(|| self.param("uri")));
        let named = named.flatten();
        let named = named.as_ref().and_then(Value::as_str);
        for (name, body) in [("mcp-method", self.method.as_deref()), ("mcp-name", named)] {
            if differs(name, body) {
                return Err(
                    Refusal::invalid(format!("The {name} header does not match the body")).code(HEADER_MISMATCH)
                );
            }
        }
        Ok(())
    }
}

/// 400 with -32700.
pub fn no_json(why: impl Display) -> Refusal {
    Refusal { code: PARSE_ERROR, reason: "not_json", ..Refusal::invalid(format!("Parse error: {why}")) }
}

/// What no header can carry is encoded; what cannot be decoded means itself.
fn decoded(header: &str) -> Cow<'_, str> {
    let encoded = header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let text = encoded.and_then(|encoded| String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok());
    text.map_or(Cow::Borrowed(header), Cow::Owned)
}

/// Whether brackets outside of strings nest deeper than [`DEPTH`].
fn too_deep(json: &[u8]) -> bool {
    let (mut depth, mut text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'[' | b'{' if !text => depth += 1,
            b']' | b'}' if !text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}
