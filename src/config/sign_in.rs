//! Flags about how a person signs in, and where sign-ins are kept.

use std::path::PathBuf;

use clap::Args;

use super::values::{Switch, strict_switch, within};

/// The port of the callback that is registered with providers for the argocd command line.
pub const PORT: u16 = 8085;

/// Flags for people; programs have tokens.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Signing in")]
pub(super) struct SignInFlags {
    /// Sign in to Argo CD as a person, through its identity provider and in a browser: the first call gives the address.
    /// The variable is `sso`, or `token` for the opposite.
    #[arg(long, global = true, env = "ARGOCD_AUTH_METHOD", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "sso", value_parser = method, hide_default_value = true)]
    sso: Switch,

    /// Port on localhost at which the browser brings the answer; it must be registered with the provider.
    #[arg(long, global = true, env = "ARGOCD_MCP_SSO_PORT", value_name = "PORT", default_value_t = PORT, value_parser = within::<u16>(1..=65535))]
    sso_port: u16,

    /// Open no browser; the address is in the answer and on stderr.
    #[arg(long, global = true, env = "ARGOCD_MCP_NO_SSO_LAUNCH_BROWSER", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    no_sso_launch_browser: Switch,

    /// The opposite, as other servers have it.
    #[arg(long, global = true, hide = true, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = strict_switch)]
    sso_launch_browser: Switch,

    /// File in which sign-ins are kept; sso-tokens.json in ~/.config/argocd-mcp unless given.
    #[arg(long, global = true, env = "ARGOCD_MCP_SSO_CACHE", value_name = "FILE")]
    sso_cache: Option<PathBuf>,

    /// Use server, token and TLS options of the argocd command line's login, read again when it changes.
    #[arg(long, global = true, env = "ARGOCD_MCP_USE_ARGOCD_CONFIG", value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_value = "", default_missing_value = "true", value_parser = strict_switch, hide_default_value = true)]
    use_argocd_config: Switch,

    /// Its context to use instead of the current one; implies --use-argocd-config.
    #[arg(long, global = true, env = "ARGOCD_MCP_ARGOCD_CONTEXT", value_name = "NAME")]
    argocd_context: Option<String>,
}

/// How a person signs in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Through the identity provider of `ARGOCD_BASE_URL`.
    pub sso: bool,
    /// The port on localhost at which the provider's answer arrives.
    pub port: u16,
    /// Whether a browser is opened.
    pub browser: bool,
    /// `ARGOCD_MCP_SSO_CACHE`
    pub cache: Option<PathBuf>,
    /// Whether the argocd command line's login is used.
    pub argocd_config: bool,
    /// The folder in which the argocd command line keeps its login.
    pub argocd_folder: Option<PathBuf>,
    /// The context of the argocd command line to use; `None` is its current one.
    pub argocd_context: Option<String>,
    /// Whether this process stays long enough for a person to sign in between two calls.
    pub stays: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            sso: false,
            port: PORT,
            browser: true,
            cache: None,
            argocd_config: false,
            argocd_folder: None,
            argocd_context: None,
            stays: false,
        }
    }
}

impl From<SignInFlags> for SignIn {
    fn from(flags: SignInFlags) -> Self {
        let context = flags.argocd_context.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        Self {
            sso: flags.sso.0,
            port: flags.sso_port,
            browser: flags.sso_launch_browser.0 && !flags.no_sso_launch_browser.0,
            cache: flags.sso_cache,
            argocd_config: flags.use_argocd_config.0 || context.is_some(),
            argocd_folder: argocd_folder(),
            argocd_context: context,
            stays: false,
        }
    }
}

/// Reads `ARGOCD_AUTH_METHOD`: `sso`, `token`, or what a switch takes. The other ways to authenticate have settings of
/// their own.
fn method(text: &str) -> Result<Switch, String> {
    match text.trim().to_lowercase().as_str() {
        "sso" => Ok(Switch(true)),
        "token" | "api-token" => Ok(Switch(false)),
        other => strict_switch(other).map_err(|_| format!("`{other}` is neither sso nor token")),
    }
}

/// `${XDG_CONFIG_HOME:-~/.config}/<name>`, on every system, as the argocd command line has it.
pub fn config_folder(name: &str) -> Option<PathBuf> {
    let set = std::env::var_os("XDG_CONFIG_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    set.or_else(|| std::env::home_dir().map(|home| home.join(".config"))).map(|folder| folder.join(name))
}

/// `ARGOCD_CONFIG_DIR`, or the first of `~/.argocd` where there is one and [`config_folder`].
fn argocd_folder() -> Option<PathBuf> {
    let set = std::env::var_os("ARGOCD_CONFIG_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    let legacy = || std::env::home_dir().map(|home| home.join(".argocd")).filter(|folder| folder.is_dir());
    set.or_else(legacy).or_else(|| config_folder("argocd"))
}
