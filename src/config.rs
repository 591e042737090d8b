//! Flags and environment variables, read once.

use std::{fmt, time::Duration};

use clap::{Args, ValueEnum};
use secrecy::SecretString;

use crate::error::{Error, Kind};

/// Flags of every command. Each has an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Offer and run only tools that change nothing. Any value but empty, 0, false, no and off switches it on.
    #[arg(long, global = true, env = "MCP_READ_ONLY", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = switch, hide_default_value = true)]
    pub read_only: Switch,

    /// Seconds a tool call may take.
    #[arg(long, global = true, env = "ARGOCD_MCP_TIMEOUT", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,

    /// What is logged to stderr: error, warn, info, debug, trace, or a filter as in RUST_LOG, which counts where this is not given.
    #[arg(long, global = true, env = "ARGOCD_MCP_LOG_LEVEL", value_name = "FILTER")]
    pub log_level: Option<String>,

    /// How it is logged.
    #[arg(
        long,
        global = true,
        env = "ARGOCD_MCP_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub log_format: LogFormat,
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

/// A switch that protects is on unless it clearly says off: `yes`, `1` and a typing mistake switch it on.
fn switch(text: &str) -> Result<Switch, std::convert::Infallible> {
    let off = matches!(text.trim().to_lowercase().as_str(), "" | "0" | "false" | "no" | "off");
    Ok(Switch(!off))
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// An environment variable that has no flag.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it sets.
    pub about: &'static str,
}

/// Variables without a flag: secrets, which would show in the process list, and what belongs to them.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "ARGOCD_BASE_URL",
        about: "Address of Argo CD, with its path if it has one: https://argocd.example.com/argocd",
    },
    Variable {
        name: "ARGOCD_API_TOKEN",
        about: "API token of an Argo CD account; belongs to ARGOCD_BASE_URL and is sent nowhere else",
    },
    Variable { name: "RUST_LOG", about: "Log filter by module, where --log-level is not given" },
];

/// The variables of [`VARIABLES`] that name an instance.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `ARGOCD_BASE_URL`
    pub base_url: Option<String>,
    /// `ARGOCD_API_TOKEN`
    pub token: Option<SecretString>,
}

/// What the program works with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether only read rows exist.
    pub read_only: bool,
    /// How long a call may take.
    pub timeout: Duration,
    /// The instance of the environment.
    pub environment: Environment,
}

impl Settings {
    /// Reads what flags do not cover from the environment. `.env` files are never read: one in an untrusted
    /// workspace could send the token elsewhere.
    ///
    /// # Errors
    /// [`Kind::Configuration`] for a variable that is not text.
    pub fn read(flags: &Flags) -> Result<Self, Error> {
        let environment = Environment {
            base_url: variable("ARGOCD_BASE_URL")?,
            token: variable("ARGOCD_API_TOKEN")?.map(SecretString::from),
        };
        Ok(Self { read_only: flags.read_only.0, timeout: Duration::from_secs(flags.timeout), environment })
    }
}

/// A variable that is set and not blank.
fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(Kind::Configuration, format!("{name} is not UTF-8 text")))
        }
    }
}
