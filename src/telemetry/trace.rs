//! W3C trace context: taken from a request, passed on to Argo CD.

use tracing::{Instrument, Span};

/// The span of the caller to which a call belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parent {
    /// `traceparent`
    pub traceparent: String,
    /// `tracestate`, where there is one.
    pub tracestate: Option<String>,
}

tokio::task_local! {
    static PARENT: Option<Parent>;
}

impl Parent {
    /// Takes a context of valid form; `None` for anything else, as it is passed on to another server.
    pub fn new(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let mut parts = traceparent.split('-');
        let mut next = |length| parts.next().filter(|part| hex(part, length));
        let (version, trace, span, _) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        if version == "ff" || zero(trace) || zero(span) || parts.next().is_some() {
            return None;
        }
        let printable = |text: &&str| text.len() <= 512 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        let tracestate = tracestate.filter(printable).map(str::to_owned);
        Some(Self { traceparent: traceparent.to_owned(), tracestate })
    }
}

/// Runs a call in its span, as part of its caller's trace.
pub async fn within<T>(span: Span, parent: Option<Parent>, call: impl Future<Output = T>) -> T {
    #[cfg(feature = "otel")]
    if let Some(parent) = &parent {
        super::otel::adopt(&span, parent);
    }
    PARENT.scope(parent, call).instrument(span).await
}

/// The trace context for a request to Argo CD.
pub fn outgoing() -> Option<Parent> {
    #[cfg(feature = "otel")]
    if let Some(own) = super::otel::current() {
        return Some(own);
    }
    PARENT.try_with(Clone::clone).ok().flatten()
}
