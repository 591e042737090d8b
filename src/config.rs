//! Flags and environment variables.

pub mod listen;
mod owner;
pub mod sign_in;
mod values;
mod variables;

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use secrecy::SecretString;

use crate::error::{Error, Kind};
use sign_in::{SignIn, SignInFlags};
pub use values::{Switch, is_placeholder};
use values::{strict_switch, switch, within};
pub use variables::{VARIABLES, Variable};

/// How long a tool call may take unless `--timeout` says otherwise, in seconds.
pub const DEFAULT_TIMEOUT: u64 = 30;

/// Flags that every command has. Each has an environment variable.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Offer and run only tools that change nothing. Any value but empty, 0, false, no and off switches it on.
    #[arg(long, global = true, env = "MCP_READ_ONLY", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = switch, hide_default_value = true)]
    pub read_only: Switch,

    /// Work with a made-up Argo CD inside this process, to try things out. Not together with a base URL.
    #[cfg(feature = "demo")]
    #[arg(long, global = true, env = "ARGOCD_MCP_DEMO", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = switch, hide_default_value = true)]
    pub demo: Switch,

    /// Seconds a tool call may take, 1 to 600.
    #[arg(long, global = true, env = "ARGOCD_MCP_TIMEOUT", value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT, value_parser = within::<u64>(1..=600))]
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

    /// File to which one JSON line a call is appended: who, instance, tool, effect, target, outcome, duration. Without it the lines are part of the log.
    #[arg(long, global = true, env = "ARGOCD_MCP_AUDIT_LOG", value_name = "FILE")]
    pub audit_log: Option<PathBuf>,

    #[command(flatten)]
    instance: InstanceFlags,

    #[command(flatten)]
    sign_in: SignInFlags,

    /// Names of the flags that are given on the command line; the others come from the environment, or are not set.
    #[arg(skip)]
    pub given: Vec<String>,
}

/// Flags about Argo CD. There is none for a credential itself: the process list would show it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Argo CD")]
struct InstanceFlags {
    /// Address of Argo CD, with its path if it has one: <https://argocd.example.com/argocd>
    #[arg(long, global = true, env = "ARGOCD_BASE_URL", value_name = "URL")]
    base_url: Option<String>,

    /// File that holds the token for it, read again when it changes.
    #[arg(long, global = true, env = "ARGOCD_API_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// JSON array of more instances: baseUrl and token (or tokenFile, tokenCommand), and optionally name, caFile,
    /// clientCertFile, clientKeyFile, headers, insecureSkipVerify. Files are relative to
    /// its own folder. Read again when it changes.
    #[arg(long, global = true, env = "ARGOCD_TOKEN_REGISTRY_PATH", value_name = "FILE")]
    token_registry: Option<PathBuf>,

    /// Base URL that callers of a network listener may choose, or one with * in its host.
    #[arg(long, global = true, env = "ARGOCD_MCP_ALLOWED_BASE_URLS", value_name = "URL", value_delimiter = ',')]
    allowed_base_url: Vec<String>,

    /// Certificates to trust besides the system's, PEM; `NODE_EXTRA_CA_CERTS` counts where this is not given.
    #[arg(long, global = true, env = "ARGOCD_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Client certificate for Argo CD, PEM.
    #[arg(long, global = true, env = "ARGOCD_CLIENT_CERT_FILE", value_name = "FILE")]
    client_cert_file: Option<PathBuf>,

    /// Its key, PEM.
    #[arg(long, global = true, env = "ARGOCD_CLIENT_KEY_FILE", value_name = "FILE")]
    client_key_file: Option<PathBuf>,

    /// Trust any certificate of Argo CD; `NODE_TLS_REJECT_UNAUTHORIZED=0` does the same.
    #[arg(long, global = true, env = "ARGOCD_INSECURE_SKIP_VERIFY", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    insecure_skip_verify: Switch,
}

impl Flags {
    /// Whether a flag is given on the command line.
    fn is_given(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }

    /// The file of certificates to trust besides the system's, and whether to trust any certificate.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a variable is not text.
    pub fn trust(&self) -> Result<(Option<PathBuf>, bool), Error> {
        let node_ca = variable("NODE_EXTRA_CA_CERTS")?.map(PathBuf::from);
        let node_skips = variable(owner::NODE_SKIPS)?.as_deref() == Some("0");
        Ok((self.instance.ca_file.clone().or(node_ca), self.instance.insecure_skip_verify.0 || node_skips))
    }

    /// Whether to work with the demo; never in a build without it.
    pub fn demo(&self) -> bool {
        #[cfg(feature = "demo")]
        return self.demo.0;
        #[cfg(not(feature = "demo"))]
        false
    }
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings of the default instance and of the registry.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The instance is the demo: requests to it go through no proxy and never leave this machine.
    pub in_process: bool,
    /// `--base-url` names another Argo CD than `ARGOCD_BASE_URL`, so the credentials of the environment are not used
    /// for it.
    pub elsewhere: bool,
    /// There were such credentials, and they were left out.
    pub left_out: bool,
    /// Names of the flags that are given on the command line.
    pub given: Vec<String>,
    /// `ARGOCD_BASE_URL`
    pub base_url: Option<String>,
    /// `ARGOCD_API_TOKEN`
    pub token: Option<SecretString>,
    /// `ARGOCD_API_TOKEN_FILE`
    pub token_file: Option<PathBuf>,
    /// `ARGOCD_USERNAME`
    pub username: Option<String>,
    /// `ARGOCD_PASSWORD`
    pub password: Option<SecretString>,
    /// `ARGOCD_SERVER`
    pub server: Option<String>,
    /// `ARGOCD_AUTH_TOKEN`
    pub auth_token: Option<SecretString>,
    /// `ARGOCD_EXTRA_HEADERS`
    pub headers: Vec<(String, SecretString)>,
    /// `ARGOCD_CA_FILE`
    pub ca_file: Option<PathBuf>,
    /// `ARGOCD_CLIENT_CERT_FILE`
    pub client_cert_file: Option<PathBuf>,
    /// `ARGOCD_CLIENT_KEY_FILE`
    pub client_key_file: Option<PathBuf>,
    /// `ARGOCD_INSECURE_SKIP_VERIFY`
    pub skip_verify: bool,
    /// `ARGOCD_TOKEN_REGISTRY_PATH`
    pub registry: Option<PathBuf>,
    /// `ARGOCD_MCP_ALLOWED_BASE_URLS`
    pub allowed_base_urls: Vec<String>,
    /// How a person signs in.
    pub sign_in: SignIn,
}

impl Environment {
    /// What messages call a setting: the flag if it is given on the command line, else the variable.
    pub fn named(&self, flag: &str, variable: &str) -> String {
        if self.given.iter().any(|given| given == flag) { format!("--{flag}") } else { variable.to_owned() }
    }
}

/// All settings that flags and environment give.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether tools that change something are left out.
    pub read_only: bool,
    /// How long a call may take.
    pub timeout: Duration,
    /// Settings of the default instance, which may be the demo, and of the registry.
    pub environment: Environment,
    /// Whether the default instance is the demo.
    pub demo: bool,
}

impl Settings {
    /// Adds to the flags what only the environment sets. `.env` files are never read: one in an untrusted workspace
    /// could send the token elsewhere.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: a variable is not text, or a real Argo CD is set beside the demo.
    pub fn read(flags: &Flags) -> Result<Self, Error> {
        let secret = |name: &str| Ok::<_, Error>(variable(name)?.map(SecretString::from));
        let given = flags.instance.clone();
        let (ca_file, skip_verify) = flags.trust()?;
        let mut environment = Environment {
            in_process: false,
            elsewhere: false,
            left_out: false,
            given: flags.given.clone(),
            base_url: given.base_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()),
            token: secret("ARGOCD_API_TOKEN")?,
            token_file: given.token_file,
            username: variable("ARGOCD_USERNAME")?,
            password: secret("ARGOCD_PASSWORD")?,
            server: variable("ARGOCD_SERVER")?,
            auth_token: secret("ARGOCD_AUTH_TOKEN")?,
            headers: extra_headers(&text("ARGOCD_EXTRA_HEADERS")?.unwrap_or_default())?,
            ca_file,
            client_cert_file: given.client_cert_file,
            client_key_file: given.client_key_file,
            skip_verify,
            registry: given.token_registry,
            allowed_base_urls: given.allowed_base_url.into_iter().filter(|url| !url.trim().is_empty()).collect(),
            sign_in: flags.sign_in.clone().into(),
        };
        owner::keep(&mut environment, flags)?;
        let sign_in = &environment.sign_in;
        let others = [
            ("base-url", "ARGOCD_BASE_URL", environment.base_url.is_some()),
            ("", "ARGOCD_SERVER", environment.server.is_some()),
            ("token-registry", "ARGOCD_TOKEN_REGISTRY_PATH", environment.registry.is_some()),
            ("sso", "ARGOCD_AUTH_METHOD", sign_in.sso),
            ("argocd-context", "ARGOCD_MCP_ARGOCD_CONTEXT", sign_in.argocd_context.is_some()),
            ("use-argocd-config", "ARGOCD_MCP_USE_ARGOCD_CONFIG", sign_in.argocd_config),
        ];
        if let Some((flag, variable, _)) = others.iter().find(|(.., set)| flags.demo() && *set) {
            let (demo, name) = (environment.named("demo", "ARGOCD_MCP_DEMO"), environment.named(flag, variable));
            return Err(Error::new(Kind::Configuration, format!("{demo} contradicts {name}"))
                .hint(format!("Leave {name} out to try the demo, or {demo} to work with that Argo CD.")));
        }
        Ok(Self {
            read_only: flags.read_only.0,
            timeout: Duration::from_secs(flags.timeout),
            environment,
            demo: flags.demo(),
        })
    }
}

/// `Name: value` pairs, separated by line ends or semicolons.
fn extra_headers(text: &str) -> Result<Vec<(String, SecretString)>, Error> {
    // The value of a header such as Cookie may have semicolons: where there are lines, only they separate.
    let several = text.trim().contains('\n') || text.ends_with('\n');
    let lines = if several { text.split('\n') } else { text.split(';') }.map(str::trim).filter(|line| !line.is_empty());
    let pair = |(index, line): (usize, &str)| match line.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), SecretString::from(value.trim().to_owned()))),
        // The line may be a secret.
        None => Err(Error::new(Kind::Configuration, format!("ARGOCD_EXTRA_HEADERS: header {} has no `:`", index + 1))
            .hint("Write `Name: value`, several separated by line ends; by semicolons only where no value has one.")),
    };
    lines.enumerate().map(pair).collect()
}

/// The value of a variable, unless it is blank.
fn variable(name: &str) -> Result<Option<String>, Error> {
    Ok(text(name)?.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}

fn text(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(Kind::Configuration, format!("{name} is not UTF-8 text")))
        }
    }
}
