//! The `Host` and `Origin` headers that a request may carry. This keeps a web page from using a visitor's browser to
//! reach this server.

use axum::http::{HeaderMap, StatusCode, Uri, header, uri::Authority};
use url::Url;

use crate::{
    config::listen::Listen,
    error::{Error, Kind},
    transport::message::refusal::Refusal,
};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A host, with a port if only that port is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    name: String,
    port: Option<u16>,
}

/// An origin; without a port, any port is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Null,
    Of { scheme: String, name: String, port: Option<u16> },
}

/// The allowed hosts and origins.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// `None` if `Host` is not checked.
    hosts: Option<Vec<Host>>,
    origins: Vec<Origin>,
}

impl Hosts {
    /// Reads the lists from the flags.
    ///
    /// # Errors
    /// [`Kind::Configuration`] names the entry that cannot be read.
    pub fn new(listen: &Listen, public_url: Option<&Url>) -> Result<Self, Error> {
        let loopback = listen.is_local();
        let mut hosts = vec![];
        let mut origins = vec![];
        if loopback {
            hosts.extend(LOOPBACK.map(|name| Host { name: name.to_owned(), port: None }));
            hosts.push(Host { name: listen.bind_address.to_string(), port: None });
            let schemes = if listen.tls_cert.is_some() { &["http", "https"][..] } else { &["http"] };
            let local = |scheme: &&str| {
                LOOPBACK.map(|name| Origin::Of { scheme: (*scheme).to_owned(), name: name.to_owned(), port: None })
            };
            origins.extend(schemes.iter().flat_map(local));
        }
        if let Some(url) = public_url {
            hosts.push(Host { name: bare(url.host_str().unwrap_or_default()), port: None });
            origins.extend(origin(&url.origin().ascii_serialization()));
        }
        // A trailing comma in a list means nothing.
        let is_said = |text: &&String| !text.trim().is_empty();
        for text in listen.allowed_host_header.iter().filter(is_said) {
            let wrong = || wrong("--allowed-host-header", text, "Write mcp.example.com or mcp.example.com:8443.");
            hosts.push(host(text.trim()).ok_or_else(wrong)?);
        }
        for text in listen.allowed_origin.iter().filter(is_said) {
            let wrong = || wrong("--allowed-origin", text, "Write https://app.example.com or http://localhost:*.");
            origins.push(allowed_origin(text.trim()).ok_or_else(wrong)?);
        }
        let checked = loopback || public_url.is_some() || !listen.allowed_host_header.is_empty();
        Ok(Self { hosts: checked.then_some(hosts), origins })
    }

    /// Checks the host that a request names.
    ///
    /// # Errors
    /// 403, with the host and the flag; 400 if it is unclear which host is meant.
    pub fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = headers.get(header::HOST).map(|value| value.to_str().unwrap_or_default());
        // A host in the request target counts, and must be the same as in the header (RFC 9112 §3.2.2).
        let named = match (uri.authority().map(Authority::as_str), header) {
            (Some(target), Some(header)) if !target.eq_ignore_ascii_case(header) => {
                return Err(Refusal::invalid("the request target and the Host header name different hosts"));
            }
            (Some(named), _) | (None, Some(named)) => named,
            (None, None) => return Err(Refusal::invalid("the Host header is missing")),
        };
        let Some(allowed) = &self.hosts else { return Ok(()) };
        let asked = host(named);
        let fits = |asked: &Host| {
            allowed.iter().any(|known| known.name == asked.name && (known.port.is_none() || known.port == asked.port))
        };
        if asked.as_ref().is_some_and(fits) {
            return Ok(());
        }
        let shown = shown(named);
        let way_out = match host(&shown) {
            Some(_) => format!("If clients may use this name, start the server with --allowed-host-header {shown}"),
            None => "A host is a name or an address, and perhaps a port from 1 to 65535".to_owned(),
        };
        Err(Refusal::new(StatusCode::FORBIDDEN, "host", format!("Invalid Host: {shown}. {way_out}")))
    }

    /// Checks the origin that a request names.
    ///
    /// # Errors
    /// 403 for an `Origin` that is not allowed. A request without one is fine.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(value) = headers.get(header::ORIGIN) else { return Ok(()) };
        let text = value.to_str().unwrap_or_default();
        if self.allows(text) {
            return Ok(());
        }
        let shown = shown(text);
        let way_out = match origin(&shown) {
            Some(_) => format!("If pages from there may call, start the server with --allowed-origin {shown}"),
            None => "It is none that can be allowed: serve the page over http or https".to_owned(),
        };
        Err(Refusal::new(StatusCode::FORBIDDEN, "origin", format!("Invalid Origin: {shown}. {way_out}")))
    }

    /// Whether pages of this origin may call.
    pub fn allows(&self, text: &str) -> bool {
        let Some(asked) = origin(text) else { return false };
        self.origins.iter().any(|known| match (known, &asked) {
            (
                Origin::Of { scheme, name, port },
                Origin::Of { scheme: asked_scheme, name: asked_name, port: asked_port },
            ) => scheme == asked_scheme && name == asked_name && (port.is_none() || port == asked_port),
            (known, asked) => known == asked,
        })
    }
}

fn wrong(flag: &str, text: &str, hint: &str) -> Error {
    Error::new(Kind::Configuration, format!("{flag}: `{text}` cannot be used")).hint(hint)
}

/// A value as a message shows it to the client that sent it.
fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(300).collect()
}

/// A name in lower case, without the brackets of an IPv6 address.
fn bare(name: &str) -> String {
    name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

fn host(text: &str) -> Option<Host> {
    // People write `::1` alone, although that is not a valid authority.
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(Host { name: text.to_ascii_lowercase(), port: None });
    }
    let authority: Authority = text.parse().ok()?;
    let port = port(&authority)?;
    let plain = !text.contains(['@', '*']) && !authority.host().is_empty();
    plain.then(|| Host { name: bare(authority.host()), port })
}

/// The port of an authority: `Some(None)` if it names none, or an empty one (RFC 3986 §3.2.3), and `None` for a number
/// outside of 1 to 65535.
fn port(authority: &Authority) -> Option<Option<u16>> {
    match authority.as_str().rsplit_once(':') {
        Some((_, "")) => Some(None),
        Some((_, port)) if !port.ends_with(']') => port.parse().ok().filter(|port| *port > 0).map(Some),
        _ => Some(None),
    }
}

/// An origin as a browser sends it. If it names no port, the port of its scheme is meant.
fn origin(text: &str) -> Option<Origin> {
    if text == "null" {
        return Some(Origin::Null);
    }
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority().filter(|authority| !authority.as_str().contains(['@', '*']))?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return None;
    }
    let port = port(authority)?.or(match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    });
    Some(Origin::Of { scheme, name: bare(authority.host()), port })
}

/// An origin as the flag takes it: `:*` means any port.
fn allowed_origin(text: &str) -> Option<Origin> {
    match text.strip_suffix(":*") {
        None => origin(text),
        Some(base) => match origin(base)? {
            Origin::Of { scheme, name, .. } => Some(Origin::Of { scheme, name, port: None }),
            Origin::Null => None,
        },
    }
}
