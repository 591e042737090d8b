//! The outer members of a JSON-RPC message, checked before rmcp parses the message.

use std::{borrow::Cow, fmt::Display};

use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use rmcp::model::{InitializeRequestParams, RequestId};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Map, Value, error::Category, value::RawValue};

use super::{
    extent,
    refusal::{HEADER_MISMATCH, INVALID_PARAMS, PARSE_ERROR, Refusal},
};
use crate::view::text::{clean, clip};

/// Longest id of a request, in bytes. An id is kept for as long as its answer may be asked for again.
const LONGEST_ID: usize = 256;
/// Longest `initialize`, in bytes. The message is kept with its session.
const LONGEST_OPENING: usize = 128 << 10;

/// The member of `_meta` that names the protocol version, in versions without `initialize`.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The parameters of a call, each of them at most once.
#[derive(Deserialize)]
#[expect(dead_code, reason = "that they can be read is all")]
struct Call {
    name: Option<IgnoredAny>,
    arguments: Option<IgnoredAny>,
    #[serde(rename = "_meta")]
    meta: Option<IgnoredAny>,
}

/// The outer members of a JSON-RPC message.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// Such as `tools/call`; a response has no method.
    #[serde(borrow)]
    pub method: Option<Cow<'a, str>>,
    /// A notification has no id.
    #[serde(default, deserialize_with = "whatever")]
    pub id: Option<Value>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    jsonrpc: Option<Value>,
    #[serde(default, deserialize_with = "whatever")]
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
    /// The whole message, as it was sent.
    #[serde(skip)]
    pub message: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads the outer members of a message.
    ///
    /// # Errors
    /// 400 with -32700 for what is not JSON, -32600 for JSON that is no single message, and as [`extent::check`].
    pub fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        extent::check(body).map_err(|refusal| refusal.to(&id_of(body)))?;
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

    /// Reads the outer members of a message and checks that it is a valid one.
    ///
    /// # Errors
    /// As [`Envelope::read`], [`Envelope::check`] and [`Envelope::check_params`].
    pub fn checked(body: &'a [u8]) -> Result<Self, Refusal> {
        let envelope = Self::read(body)?;
        envelope.check()?;
        envelope.check_params().map_err(|refusal| refusal.to(&envelope.id()))?;
        Ok(envelope)
    }

    /// Whether the message begins a session.
    pub fn begins(&self) -> bool {
        self.method.as_deref() == Some("initialize")
    }

    /// Whether the message is a request, as opposed to a notification or a response.
    pub fn is_request(&self) -> bool {
        self.method.is_some() && self.id.is_some()
    }

    /// The id of the message, or `null` where JSON-RPC does not allow the id that was sent.
    pub fn id(&self) -> Value {
        self.id.as_ref().and_then(known).unwrap_or_default()
    }

    /// Whether the message is a notification of JSON-RPC 2.0 (§4.1), to which nobody expects an answer, even if
    /// something is wrong with the message.
    pub fn notifies(&self) -> bool {
        self.jsonrpc.as_ref().is_some_and(|version| version == "2.0") && self.method.is_some() && self.id.is_none()
    }

    /// Checks that this is a message of JSON-RPC 2.0, as MCP has them.
    ///
    /// # Errors
    /// 400 with -32600 names the member that is wrong.
    fn check(&self) -> Result<(), Refusal> {
        let wrong = |why: String| Err(Refusal::invalid(format!("Invalid Request: {why}")).to(&self.id()));
        if self.jsonrpc.as_ref().is_none_or(|version| version != "2.0") {
            return wrong(format!("`jsonrpc` must be \"2.0\", {}", instead(self.jsonrpc.as_ref())));
        }
        if self.method.is_none() && self.result.is_none() && self.error.is_none() {
            return wrong("`method` is missing; a response has a `result` or an `error` instead".to_owned());
        }
        if self.method.is_none() && self.result.is_some() && self.error.is_some() {
            return wrong("a response has a `result` or an `error`, not both".to_owned());
        }
        // JSON-RPC answers a request whose id could not be read with an error that has no id.
        let needs_none = self.method.is_some() || self.error.is_some();
        match &self.id {
            None if needs_none => Ok(()),
            Some(Value::Null) if self.method.is_none() && self.error.is_some() => Ok(()),
            Some(id) if known(id).is_some() => Ok(()),
            id => wrong(format!("`id` must be a text or an integer from -2^63 to 2^63-1, {}", instead(id.as_ref()))),
        }
    }

    /// Checks the sizes of what is kept with a session: request ids and `initialize`. The error does not repeat an id
    /// that is too long.
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

    /// Checks the parameters, which MCP passes by name only. rmcp would take a message with parameters it cannot read
    /// for another message, or for none.
    ///
    /// # Errors
    /// 400 with -32602 names the parameter.
    fn check_params(&self) -> Result<(), Refusal> {
        let wrong = |why: &dyn Display| Refusal::invalid(format!("Invalid params: {why}")).code(INVALID_PARAMS);
        let Some(method) = self.method.as_deref() else { return Ok(()) };
        let params = self.params.map(RawValue::get).or((method == "initialize").then_some("{}"));
        let Some(params) = params else { return Ok(()) };
        if !params.starts_with('{') {
            return Err(wrong(&"`params` must be a JSON object"));
        }
        let unread = |error: serde_json::Error| match error.to_string() {
            // Valid JSON, but not valid text.
            why if why.contains("hex escape") => wrong(&format_args!("half of a surrogate pair in a text: {why}")),
            why => wrong(&why),
        };
        let read: Map<String, Value> = serde_json::from_str(params).map_err(unread)?;
        let is = |name: &str, fits: fn(&Value) -> bool, what: &str| match read.get(name).filter(|value| !fits(value)) {
            Some(value) => Err(wrong(&format_args!("`{name}` must be {what}, {}", instead(Some(value))))),
            None => Ok(()),
        };
        is("_meta", Value::is_object, "a JSON object")?;
        if method.ends_with("/list") {
            is("cursor", |cursor| cursor.is_string() || cursor.is_null(), "a text")?;
        }
        match method {
            "tools/call" => serde_json::from_str::<Call>(params).map(drop).map_err(|error| wrong(&error)),
            // A version that names itself in `_meta` has no `initialize`; the client is told so later, whatever its
            // parameters are.
            "initialize" if read.get("_meta").is_none_or(|meta| meta.get(VERSION).is_none()) => {
                serde_path_to_error::deserialize::<_, InitializeRequestParams>(Value::Object(read)).map(drop).map_err(
                    |error| match error.path().to_string() {
                        whole if whole == "." => wrong(error.inner()),
                        path => wrong(&format_args!("`{path}`: {}", error.inner())),
                    },
                )
            }
            _ => Ok(()),
        }
    }

    /// A parameter of the message.
    fn param(&self, name: &str) -> Option<Value> {
        serde_json::from_str::<Value>(self.params?.get()).ok()?.get_mut(name).map(Value::take)
    }

    /// Checks the headers that proxies route on against the body, in every protocol version.
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

/// The id of a message that is not read any further. An id as long as a message is left out.
fn id_of(body: &[u8]) -> Value {
    #[derive(Deserialize)]
    struct Alone<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
    }
    let written = serde_json::from_slice::<Alone<'_>>(body).ok().and_then(|alone| alone.id);
    let written = written.map(RawValue::get).filter(|id| !id.starts_with(['[', '{']));
    written.and_then(|id| known(&serde_json::from_str(id).ok()?)).unwrap_or_default()
}

/// The id as it is sent back: `1.0`, `1e3` and `-0` are integers, too. `None` where JSON-RPC does not allow the id.
pub fn known(id: &Value) -> Option<Value> {
    let id: RequestId = serde_json::from_value(id.clone()).ok()?;
    serde_json::to_value(id).ok()
}

/// The refusal of a text that is not JSON: 400 with -32700.
pub fn no_json(why: impl Display) -> Refusal {
    Refusal { code: PARSE_ERROR, reason: "not_json", ..Refusal::invalid(format!("Parse error: {why}")) }
}

/// Decodes a header whose value no header could carry as it is. A header that cannot be decoded is taken as it is.
fn decoded(header: &str) -> Cow<'_, str> {
    let encoded = header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let text = encoded.and_then(|encoded| String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok());
    text.map_or(Cow::Borrowed(header), Cow::Owned)
}

/// Reads a member that is there, even if its value is `null`.
fn whatever<'de, D: Deserializer<'de>, T: Deserialize<'de>>(member: D) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

/// Describes what was sent instead of the expected value.
fn instead(value: Option<&Value>) -> String {
    match value {
        None => "and is missing".to_owned(),
        Some(Value::Array(_)) => "not an array".to_owned(),
        Some(Value::Object(_)) => "not an object".to_owned(),
        Some(value) => format!("not {}", clip(&clean(&value.to_string()), 40)),
    }
}
