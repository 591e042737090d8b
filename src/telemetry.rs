//! The log: to stderr, never to stdout, which belongs to the protocol.

use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    config::{Flags, LogFormat},
    error::{Error, Kind},
    suggest::did_you_mean,
};

/// rmcp reports ordinary ends of sessions as errors.
const DEFAULT_FILTER: &str = "warn,argocd_mcp=info,rmcp=off";

/// Starts logging.
///
/// # Errors
/// [`Kind::Configuration`] for a filter that cannot be read.
pub fn init(flags: &Flags) -> Result<(), Error> {
    let wrong = |error: &dyn std::error::Error| {
        Error::new(Kind::Configuration, format!("the log filter cannot be read: {error}"))
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
        None => EnvFilter::new(DEFAULT_FILTER),
    };
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match flags.log_format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// A bare word must be a level: the filter would take it for the name of a module.
fn check(filter: &str) -> Result<(), Error> {
    const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace", "off"];
    let word = filter.trim().to_lowercase();
    if word.contains([',', '=', ':', '[']) || LEVELS.contains(&word.as_str()) {
        return Ok(());
    }
    let hint = did_you_mean(&word, LEVELS.iter().copied());
    let message = format!("`{word}` is not a log level{hint}");
    Err(Error::new(Kind::Configuration, message)
        .hint("Write error, warn, info, debug, trace, off, or argocd_mcp=debug."))
}
