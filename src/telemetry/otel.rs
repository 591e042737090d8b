//! Traces over OTLP/HTTP, set up by the standard `OTEL_*` variables. Only in builds with the feature `otel`.

use std::collections::HashMap;

use opentelemetry::{propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::FilterFn};

use super::trace::Parent;
use crate::error::{Error, Kind};

/// Sends the spans that are left when it is dropped.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        // The collector may be gone; the process ends all the same.
        let _ = self.0.shutdown();
    }
}

/// The layer that exports spans.
pub type Export = Box<dyn Layer<Registry> + Send + Sync>;

/// A layer that exports spans, if the environment names a collector.
///
/// # Errors
/// [`Kind::Configuration`]: the endpoint or the protocol cannot be used.
pub fn layer() -> Result<Option<(Export, Traces)>, Error> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    let endpoint = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| set("OTEL_EXPORTER_OTLP_ENDPOINT"));
    if off || endpoint.is_none() {
        return Ok(None);
    }
    let protocol = set("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL").or_else(|| set("OTEL_EXPORTER_OTLP_PROTOCOL"));
    if let Some(other) = protocol.filter(|protocol| protocol != "http/protobuf") {
        return Err(Error::new(Kind::Configuration, format!("OTEL_EXPORTER_OTLP_PROTOCOL: `{other}` is not served"))
            .hint("Set it to http/protobuf; collectors listen for that on port 4318."));
    }
    let exporter =
        SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).build().map_err(|error| {
            Error::new(Kind::Configuration, format!("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: {error}"))
        })?;
    let mut resource = Resource::builder();
    if set("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("argocd-mcp");
    }
    let provider = SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter).build();
    let ours = FilterFn::new(|data| data.is_span() && data.target().starts_with("argocd_mcp"));
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("argocd-mcp")).with_filter(ours);
    Ok(Some((layer.boxed(), Traces(provider))))
}

/// Makes a span, which must not have begun, a child of the caller's span.
pub fn adopt(span: &Span, parent: &Parent) {
    let mut carrier = HashMap::from([("traceparent".to_owned(), parent.traceparent.clone())]);
    carrier.extend(parent.tracestate.clone().map(|state| ("tracestate".to_owned(), state)));
    // Refused only where the span is not exported.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}

/// The current span as the parent of others; `None` if nothing is exported.
pub fn current() -> Option<Parent> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    Parent::new(
        carrier.get("traceparent")?,
        carrier.get("tracestate").map(String::as_str).filter(|state| !state.is_empty()),
    )
}
