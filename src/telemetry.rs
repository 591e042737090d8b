//! The log and the audit lines: to stderr or a file, never to stdout, which belongs to the protocol.

pub mod metrics;
#[cfg(feature = "otel")]
pub mod otel;
pub mod trace;

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

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

use crate::{
    config::{Flags, LogFormat, file},
    error::{Error, Kind},
    suggest::did_you_mean,
};

/// rmcp reports ordinary ends of sessions as errors, and the verifier of certificates what the call reports better.
const DEFAULT_FILTER: &str = "warn,argocd_mcp=info,rmcp=off,rustls_platform_verifier=off";

/// For commands of a shell, whose answer is all that somebody wants to read.
const QUIET_FILTER: &str = "warn,rmcp=off,rustls_platform_verifier=off";

/// Target of the events that are audit lines. In a file of their own they are written whatever the log filter says.
pub const AUDIT: &str = "argocd_mcp::audit";
/// Span of one tool call; its fields say who called what.
pub const CALL_SPAN: &str = "call";

/// What must live as long as the process does.
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _traces: Option<otel::Traces>,
}

/// Starts logging, and tracing where it is asked for. Who `serves` tells of calls and connections unless told otherwise.
///
/// # Errors
/// [`Kind::Configuration`] for a filter that cannot be read or an audit file that cannot be written.
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
    let log = stderr(flags.log_format).with_filter(filter).with_filter(FilterFn::new(|data| !tells_all(data)));
    match &flags.audit_log {
        None => layers.push(log.boxed()),
        Some(path) => {
            let file = AuditFile::new(path)?;
            // A line that cannot be written is told on stderr.
            let audit = fmt::layer().json().with_writer(move || file.clone()).log_internal_errors(true);
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
            Telemetry { _traces: Some(traces) }
        }
    };
    tracing_subscriber::registry().with(layers).init();
    Ok(telemetry)
}

/// A bare word must be a level: the filter would take it for the name of a module.
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

/// rmcp logs the arguments of calls and the ids of sessions, which may be secret.
fn tells_all(data: &Metadata<'_>) -> bool {
    data.target().starts_with("rmcp") && *data.level() > tracing::Level::WARN
}

/// An event as one line, whatever others have put into its fields.
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

fn stderr(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let ansi = std::io::stderr().is_terminal();
            layer.with_ansi(ansi).event_format(OneLine(fmt::format().with_ansi(ansi))).boxed()
        }
        LogFormat::Json => layer.json().boxed(),
    }
}

/// Where audit lines go.
#[derive(Clone)]
enum AuditFile {
    /// A file, opened for each line: whoever moves it away gets a new one with the next.
    Path(PathBuf),
    /// A pipe or a terminal, which is opened once.
    Open(Arc<File>),
}

impl AuditFile {
    fn new(path: &Path) -> Result<Self, Error> {
        #[cfg(unix)]
        if file::is_pipe(path) {
            return Ok(Self::Open(Arc::new(open_pipe(path)?)));
        }
        let file = open(path)?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(if is_file { Self::Path(path.to_owned()) } else { Self::Open(Arc::new(file)) })
    }
}

impl Write for AuditFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self {
            // To open a pipe that nobody reads would wait for ever.
            Self::Path(path) if path.metadata().is_ok_and(|metadata| !metadata.is_file()) => {
                Err(io::Error::other("--audit-log is no file any more"))
            }
            Self::Path(path) => open(path).map_err(io::Error::other)?.write(line),
            Self::Open(file) => (&**file).write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// For appending; readable by nobody else when it is made here.
fn open(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        unwritable(path, &error)
            .hint("Name a file (ARGOCD_MCP_AUDIT_LOG) in a folder that is there and that may be written to, or none: then the lines are part of the log.")
    })
}

/// A named pipe that somebody reads: to open another one would wait for ever.
#[cfg(unix)]
fn open_pipe(path: &Path) -> Result<File, Error> {
    let opened = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let _within = runtime.enter();
        tokio::net::unix::pipe::OpenOptions::new().open_sender(path)?.into_blocking_fd()
    };
    opened().map(File::from).map_err(|error| {
        unwritable(path, &error)
            .hint("It is a named pipe: start what reads it first, or name a file (ARGOCD_MCP_AUDIT_LOG).")
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Configuration, format!("--audit-log: `{}` cannot be written: {error}", path.display()))
}
