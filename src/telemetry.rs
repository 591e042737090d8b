//! The log and the audit lines. They go to stderr or to a file, never to stdout, which belongs to the protocol.

mod audit;
pub mod lines;
pub mod metrics;
#[cfg(feature = "otel")]
pub mod otel;
pub mod trace;

use std::io::{self, IsTerminal, Write};

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::FilterFn,
    fmt::{
        self, FmtContext,
        format::{FormatEvent, FormatFields, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use audit::AuditFile;
use lines::Lines;

use crate::{
    config::{Flags, LogFormat},
    error::{Error, Kind},
    suggest::did_you_mean,
};

/// The log filter of servers. rmcp reports ordinary ends of sessions as errors, and the verifier of certificates
/// reports what the call reports better.
const DEFAULT_FILTER: &str = "warn,argocd_mcp=info,rmcp=off,rustls_platform_verifier=off";

/// The log filter of commands in a shell, whose answer is all that matters.
const QUIET_FILTER: &str = "warn,rmcp=off,rustls_platform_verifier=off";

/// Target of the events that are audit lines. The log filter does not count for lines in a file of their own.
pub const AUDIT: &str = "argocd_mcp::audit";
/// Name of the span of a tool call, whose fields say who called what.
pub const CALL_SPAN: &str = "call";

/// How many bytes of lines may wait to be written, for the log and for the audit file each.
const WAITING: usize = 4 << 20;

/// What must live as long as the process does.
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _traces: Option<otel::Traces>,
    _last: Flush,
}

/// Writes the lines that wait when it is dropped.
#[derive(Debug, Default)]
struct Flush;

impl Drop for Flush {
    fn drop(&mut self) {
        lines::flush();
    }
}

/// Starts logging, and tracing if that is set. A command that `serves` logs calls and connections unless a filter is
/// set.
///
/// # Errors
/// [`Kind::Configuration`]: the filter cannot be read, or the audit file cannot be written. [`Kind::Internal`]: there
/// is no thread.
pub fn init(flags: &Flags, serves: bool) -> Result<Telemetry, Error> {
    let source = if flags.log_level.is_some() { "--log-level" } else { "RUST_LOG" };
    let given = flags.log_level.as_ref().map(|given| format!(" {given:?}")).unwrap_or_default();
    let wrong = |error: &dyn std::error::Error| {
        Error::new(Kind::Configuration, format!("the log filter cannot be read ({source}{given}): {error}"))
            .hint("Write error, warn, info, debug, trace, or argocd_mcp=debug.")
    };
    let filter = match &flags.log_level {
        Some(level) => {
            check(level)?;
            EnvFilter::try_new(level).map_err(|error| wrong(&error))?
        }
        None if std::env::var_os("RUST_LOG").is_some_and(|value| !value.is_empty()) => {
            EnvFilter::try_from_default_env().map_err(|error| wrong(&error))?
        }
        None => EnvFilter::new(if serves { DEFAULT_FILTER } else { QUIET_FILTER }),
    };
    let mut layers = vec![];
    let no_thread = |error| Error::new(Kind::Internal, "no thread can be had that logs").because(error);
    let mut audit_lines = None;
    if let Some(path) = &flags.audit_log {
        let mut file = AuditFile::new(path)?;
        let what = format!("--audit-log `{}`", path.display());
        audit_lines = Some(Lines::new("audit", what, WAITING, move |line| file.put(line)).map_err(no_thread)?);
    }
    let log = Lines::new("log", "this log", WAITING, |line| io::stderr().write_all(line)).map_err(no_thread)?;
    let log = stderr(flags.log_format, log).with_filter(filter).with_filter(FilterFn::new(|data| !tells_all(data)));
    match audit_lines {
        None => layers.push(log.boxed()),
        Some(lines) => {
            let audit = fmt::layer().json().with_writer(move || lines.clone());
            let span = |data: &Metadata<'_>| data.is_span() && data.name() == CALL_SPAN;
            layers.push(audit.with_filter(FilterFn::new(move |data| is_audit(data) || span(data))).boxed());
            layers.push(log.with_filter(FilterFn::new(|data| !is_audit(data))).boxed());
        }
    }
    #[cfg(not(feature = "otel"))]
    let telemetry = Telemetry::default();
    #[cfg(feature = "otel")]
    let telemetry = match otel::layer()? {
        None => Telemetry::default(),
        Some((layer, traces)) => {
            layers.push(layer);
            Telemetry { _traces: Some(traces), ..Telemetry::default() }
        }
    };
    tracing_subscriber::registry().with(layers).init();
    Ok(telemetry)
}

/// Refuses a bare word that is no level: the filter would take it for the name of a module.
fn check(filter: &str) -> Result<(), Error> {
    const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace", "off"];
    let word = filter.trim().to_lowercase();
    if word.contains([',', '=', ':', '[']) || LEVELS.contains(&word.as_str()) {
        return Ok(());
    }
    let hint = did_you_mean(&word, LEVELS.iter().copied());
    let message = format!("--log-level: `{word}` is not a log level{hint}");
    Err(Error::new(Kind::Configuration, message)
        .hint("Write error, warn, info, debug, trace, off, or argocd_mcp=debug."))
}

/// Whether an event may tell secrets: rmcp logs the arguments of calls and the ids of sessions.
fn tells_all(data: &Metadata<'_>) -> bool {
    data.target().starts_with("rmcp") && *data.level() > tracing::Level::WARN
}

/// Formats an event as one line, even if its fields have line ends.
struct OneLine<F>(F);

impl<S, N, F> FormatEvent<S, N> for OneLine<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{}", line.trim_end_matches('\n').replace('\n', "\\n").replace('\r', "\\r"))
    }
}

fn is_audit(data: &Metadata<'_>) -> bool {
    data.is_event() && data.target() == AUDIT
}

fn stderr(format: LogFormat, lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = fmt::layer().with_writer(move || lines.clone());
    match format {
        LogFormat::Text => {
            let ansi = io::stderr().is_terminal();
            layer.with_ansi(ansi).event_format(OneLine(fmt::format().with_ansi(ansi))).boxed()
        }
        LogFormat::Json => layer.json().boxed(),
    }
}
