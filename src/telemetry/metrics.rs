//! Counters, gauges and histograms of this process, as Prometheus reads them.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

type Labels<const N: usize> = [(&'static str, &'static str); N];
type StatusLabels = [(&'static str, String); 2];
type Histograms = Family<Labels<1>, Histogram, fn() -> Histogram>;

/// The content type of [`page`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

struct Metrics {
    registry: Registry,
    calls: Family<Labels<2>, Counter>,
    call_seconds: Histograms,
    calls_in_flight: Gauge,
    upstream: Family<StatusLabels, Counter>,
    upstream_seconds: Histograms,
    sessions: Gauge,
    rejected: Family<Labels<1>, Counter>,
    lost_lines: Family<Labels<1>, Counter>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let seconds: fn() -> Histogram = || Histogram::new([0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0]);
    let mut registry = Registry::with_prefix("argocd_mcp");
    let metrics = Metrics {
        calls: Family::default(),
        call_seconds: Family::new_with_constructor(seconds),
        calls_in_flight: Gauge::default(),
        upstream: Family::default(),
        upstream_seconds: Family::new_with_constructor(seconds),
        sessions: Gauge::default(),
        rejected: Family::default(),
        lost_lines: Family::default(),
        registry: Registry::default(),
    };
    registry.register("build", "This executable", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    registry.register("calls", "Tool calls by tool and outcome", metrics.calls.clone());
    registry.register("call_seconds", "Duration of tool calls", metrics.call_seconds.clone());
    registry.register("calls_in_flight", "Tool calls that run now", metrics.calls_in_flight.clone());
    registry.register("upstream_requests", "Requests to Argo CD by operation and status", metrics.upstream.clone());
    registry.register(
        "upstream_seconds",
        "Time until Argo CD's answer began, retries included",
        metrics.upstream_seconds.clone(),
    );
    registry.register("sessions", "Open sessions", metrics.sessions.clone());
    registry.register("rejected", "Requests refused before they reached a tool, by reason", metrics.rejected.clone());
    registry.register("lost_lines", "Lines of the log or of the audit file never written", metrics.lost_lines.clone());
    Metrics { registry, ..metrics }
});

/// A tool call that runs. It counts as in flight until it is dropped.
#[derive(Debug)]
pub struct InFlight(());

/// Counts a tool call that begins.
pub fn call_begins() -> InFlight {
    METRICS.calls_in_flight.inc();
    InFlight(())
}

impl Drop for InFlight {
    fn drop(&mut self) {
        METRICS.calls_in_flight.dec();
    }
}

/// Counts a tool call that has ended.
pub fn called(tool: &'static str, outcome: &'static str, took: Duration) {
    METRICS.calls.get_or_create(&[("tool", tool), ("outcome", outcome)]).inc();
    METRICS.call_seconds.get_or_create(&[("tool", tool)]).observe(took.as_secs_f64());
}

/// A request to Argo CD. It is counted when it is dropped, so that cancelled ones count, too.
#[derive(Debug)]
pub struct Asking {
    operation: &'static str,
    since: Instant,
    /// The status of the answer; 0 if there is none.
    status: u16,
}

impl Asking {
    /// Sets the status of the answer, 0 if there is none.
    pub fn answered(&mut self, status: u16) {
        self.status = status;
    }
}

/// Measures a request to Argo CD that begins.
pub fn asking(operation: &'static str) -> Asking {
    Asking { operation, since: Instant::now(), status: 0 }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let labels = [("operation", self.operation.to_owned()), ("status", status_label(self.status))];
        METRICS.upstream.get_or_create(&labels).inc();
        let took = self.since.elapsed().as_secs_f64();
        METRICS.upstream_seconds.get_or_create(&[("operation", self.operation)]).observe(took);
    }
}

/// The label of a status: a registered one is itself, another one its class, or a server could make as many labels as
/// there are numbers.
fn status_label(status: u16) -> String {
    match axum::http::StatusCode::from_u16(status) {
        Ok(known) if known.canonical_reason().is_some() => status.to_string(),
        Ok(_) => format!("{}xx", status / 100),
        Err(_) => "0".to_owned(),
    }
}

/// Counts a session that has begun.
pub fn session_began() {
    METRICS.sessions.inc();
}

/// Counts a session that has ended.
pub fn session_ended() {
    METRICS.sessions.dec();
}

/// Counts a request that was refused before it reached a tool.
pub fn rejected(reason: &'static str) {
    METRICS.rejected.get_or_create(&[("reason", reason)]).inc();
}

/// Counts a line that could not be written.
pub fn line_lost(of: &'static str) {
    METRICS.lost_lines.get_or_create(&[("of", of)]).inc();
}

/// The page of all metrics, as Prometheus reads it.
pub fn page() -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = prometheus_client::encoding::text::encode(&mut text, &METRICS.registry);
    text
}
