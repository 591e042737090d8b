//! The entry in the settings of an IDE: how to start this server, with which settings, and no secret unless asked.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{
    Install,
    ide::{Ide, input_id},
};
use crate::{
    argocd::instance::normalise,
    config::{DEFAULT_TIMEOUT, Environment, Flags, LogFormat, Settings, sign_in::PORT},
    credentials::{self, Candidate, Credentials},
    error::{Error, Kind},
};

/// The variables of proxies that count on the way to Argo CD.
const PROXIES: [&str; 8] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// The npm package. An entry starts the server through it if npx started this program: its place on the disk does not
/// last.
const PACKAGE: &str = "@argocd-mcp/argocd-mcp";

/// An entry, and what belongs to it.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub value: Value,
    /// Questions of VS Code.
    pub inputs: Vec<Value>,
    /// Variables of secrets that are not written, and the placeholders in their places.
    pub placeholders: Vec<(&'static str, String)>,
    key: &'static str,
}

impl Entry {
    pub(super) fn new(install: &Install, settings: &Settings, flags: &Flags) -> Result<Self, Error> {
        let ide = install.ide;
        let mut entry = Self {
            name: install.name.clone(),
            value: Value::Null,
            inputs: vec![],
            placeholders: vec![],
            key: ide.servers_key(),
        };
        let mut env = plain(settings)?;
        for (variable, secret) in secrets(settings)? {
            let value = match secret.filter(|_| install.with_token) {
                Some(secret) => secret.expose_secret().to_owned(),
                None => entry.placeholder(ide, variable),
            };
            env.insert(variable.to_owned(), Value::String(value));
        }
        let (command, mut args) = launcher(install.command.as_deref())?;
        args.push("stdio".to_owned());
        if settings.demo {
            args.push("--demo".to_owned());
        }
        args.extend(further(settings, flags));
        let mut value = Map::new();
        if ide.has_type() {
            value.insert("type".to_owned(), json!("stdio"));
        }
        value.insert("command".to_owned(), json!(command));
        value.insert("args".to_owned(), json!(args));
        value.insert("env".to_owned(), Value::Object(env));
        entry.value = Value::Object(value);
        Ok(entry)
    }

    /// The placeholder of a secret. Two entries never share one: the token of one would go to the Argo CD of the other.
    fn placeholder(&mut self, ide: Ide, variable: &'static str) -> String {
        let own = match self.name.as_str() {
            "argocd" => variable.to_owned(),
            name => format!("{}_{variable}", name.to_uppercase().replace('-', "_")),
        };
        let placeholder = ide.placeholder(&own);
        if ide == Ide::VsCode {
            let asked = format!("{variable} of `{}`", self.name);
            self.inputs
                .push(json!({ "id": input_id(&own), "type": "promptString", "description": asked, "password": true }));
        }
        self.placeholders.push((variable, placeholder.clone()));
        placeholder
    }

    /// The text of a settings file that has only this entry.
    pub(super) fn snippet(&self) -> String {
        let mut whole = Map::new();
        whole.insert(self.key.to_owned(), json!({ &self.name: self.value }));
        if !self.inputs.is_empty() {
            whole.insert("inputs".to_owned(), json!(self.inputs));
        }
        format!("{:#}\n", Value::Object(whole))
    }
}

/// Tries what the server will do at its start. Returns why it would not start now; a file that is missing may come
/// later.
///
/// # Errors
/// [`Kind::Configuration`] for a login of the argocd command line, which never fits two instances.
pub(super) fn starts(settings: &Settings) -> Result<Option<String>, Error> {
    let mut environment = settings.environment.clone();
    // A secret may still be a placeholder, which is no mistake here.
    let secrets = [&mut environment.token, &mut environment.password, &mut environment.auth_token];
    for secret in secrets.into_iter().flatten() {
        *secret = "a-secret".into();
    }
    let sign_in = &environment.sign_in;
    let login = sign_in.argocd_folder.as_ref().filter(|_| sign_in.argocd_config).map(|folder| folder.join("config"));
    match Credentials::from_environment(&environment) {
        Err(error) if login.is_some_and(|file| file.exists()) => Err(error),
        Err(error) => Ok(Some(format!("the entry will not start as it is: {}", error.message))),
        Ok(_) => Ok(without_credential(&environment)),
    }
}

/// The remark about an entry without a credential: that of the environment belongs to another base URL.
fn without_credential(environment: &Environment) -> Option<String> {
    let base_url = environment.base_url.as_ref().filter(|_| environment.left_out && environment.registry.is_none())?;
    let has_one = credentials::chosen(environment).is_ok_and(|chosen| chosen.is_some());
    let way = "give its token with --token-file FILE, or sign in as a person with --sso";
    (!has_one).then(|| format!("the entry has no credential for {base_url}: {way}"))
}

/// Flags that do not belong to an instance, whether they were given by flag or by variable.
fn further(settings: &Settings, flags: &Flags) -> Vec<String> {
    let values = [
        ("--log-level", flags.log_level.clone()),
        ("--log-format", (flags.log_format == LogFormat::Json).then(|| "json".to_owned())),
        ("--audit-log", absolute(flags.audit_log.as_deref())),
    ];
    let given = values.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
    let quiet = settings.environment.sign_in.sso && !settings.environment.sign_in.browser;
    given.flatten().chain(quiet.then(|| "--no-sso-launch-browser".to_owned())).collect()
}

/// A path that holds in any folder: an IDE starts servers wherever it likes.
fn absolute(path: Option<&Path>) -> Option<String> {
    path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string())
}

/// The value of a variable that the server reads as well, unless it is blank.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The variables of the entry that are no secrets.
fn plain(settings: &Settings) -> Result<Map<String, Value>, Error> {
    let from = &settings.environment;
    let timeout = settings.timeout.as_secs();
    let on = |switch: bool| switch.then(|| "true".to_owned());
    let general = [
        ("MCP_READ_ONLY", on(settings.read_only)),
        ("ARGOCD_MCP_TIMEOUT", (timeout != DEFAULT_TIMEOUT).then(|| timeout.to_string())),
    ];
    let set = |values: &mut dyn Iterator<Item = (&str, Option<String>)>| {
        values.filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect()
    };
    if settings.demo {
        return Ok(set(&mut general.into_iter()));
    }
    let sign_in = &from.sign_in;
    if from.base_url.is_none() && from.server.is_none() && from.registry.is_none() && !sign_in.argocd_config {
        return Err(Error::new(Kind::Configuration, "no Argo CD is named")
            .hint("Set ARGOCD_BASE_URL or ARGOCD_TOKEN_REGISTRY_PATH, or pass --base-url or --token-registry."));
    }
    let path = |path: &Option<PathBuf>| absolute(path.as_deref());
    let folder = |name: &str| absolute(variable(name).as_deref().map(Path::new));
    let person = sign_in.sso || sign_in.argocd_config;
    let username = match credentials::chosen(from)? {
        Some(Candidate::Password(username, _)) => Some(username.to_owned()),
        _ => None,
    };
    let values = [
        ("ARGOCD_BASE_URL", from.base_url.as_deref().map(normalise).transpose()?),
        ("ARGOCD_SERVER", from.server.clone().filter(|_| uses_server(settings))),
        ("ARGOCD_USERNAME", username),
        ("ARGOCD_AUTH_METHOD", sign_in.sso.then(|| "sso".to_owned())),
        ("ARGOCD_MCP_SSO_PORT", (sign_in.sso && sign_in.port != PORT).then(|| sign_in.port.to_string())),
        ("ARGOCD_MCP_SSO_CACHE", path(&sign_in.cache)),
        ("ARGOCD_MCP_USE_ARGOCD_CONFIG", on(sign_in.argocd_config)),
        ("ARGOCD_MCP_ARGOCD_CONTEXT", sign_in.argocd_context.clone()),
        ("ARGOCD_CONFIG_DIR", folder("ARGOCD_CONFIG_DIR").filter(|_| sign_in.argocd_config)),
        ("XDG_CONFIG_HOME", folder("XDG_CONFIG_HOME").filter(|_| person)),
        ("ARGOCD_API_TOKEN_FILE", path(&from.token_file).filter(|_| from.base_url.is_some())),
        ("ARGOCD_TOKEN_REGISTRY_PATH", path(&from.registry)),
        ("ARGOCD_CA_FILE", path(&from.ca_file)),
        ("ARGOCD_CLIENT_CERT_FILE", path(&from.client_cert_file)),
        ("ARGOCD_CLIENT_KEY_FILE", path(&from.client_key_file)),
        ("ARGOCD_INSECURE_SKIP_VERIFY", on(from.skip_verify)),
        ("SSL_CERT_FILE", folder("SSL_CERT_FILE")),
        ("SSL_CERT_DIR", folder("SSL_CERT_DIR")),
    ];
    let proxies = PROXIES.into_iter().map(|name| (name, variable(name).filter(|value| !value.contains('@'))));
    Ok(set(&mut values.into_iter().chain(general).chain(proxies)))
}

/// Whether `ARGOCD_SERVER` is the default instance: beside a base URL it is only if `ARGOCD_AUTH_TOKEN` is set.
fn uses_server(settings: &Settings) -> bool {
    let from = &settings.environment;
    from.server.is_some() && (from.auth_token.is_some() || from.base_url.is_none() && !from.sign_in.argocd_config)
}

/// The secrets of the entry, set or not: that of the credential which the server would choose, extra headers, and
/// addresses of proxies that have a password.
fn secrets(settings: &Settings) -> Result<Vec<(&'static str, Option<SecretString>)>, Error> {
    let from = &settings.environment;
    if settings.demo {
        return Ok(vec![]);
    }
    let mut found = match credentials::chosen(from)? {
        Some(Candidate::Token(token)) => vec![("ARGOCD_API_TOKEN", Some(token.clone()))],
        Some(Candidate::Password(_, password)) => vec![("ARGOCD_PASSWORD", Some(password.clone()))],
        Some(Candidate::AuthToken(token)) => vec![("ARGOCD_AUTH_TOKEN", Some(token.clone()))],
        Some(Candidate::File(_) | Candidate::Sso | Candidate::ArgocdConfig) => vec![],
        None if uses_server(settings) => vec![("ARGOCD_AUTH_TOKEN", None)],
        // The registry may have its token.
        None if from.base_url.is_some() && from.registry.is_none() && !from.left_out => {
            vec![("ARGOCD_API_TOKEN", None)]
        }
        None => vec![],
    };
    if !from.headers.is_empty() {
        let lines = from.headers.iter().map(|(name, value)| format!("{name}: {}", value.expose_secret()));
        found.push(("ARGOCD_EXTRA_HEADERS", Some(lines.collect::<Vec<_>>().join("\n").into())));
    }
    // The address of a proxy may hold a password.
    let proxies =
        PROXIES.into_iter().filter_map(|name| Some((name, variable(name).filter(|value| value.contains('@'))?)));
    found.extend(proxies.map(|(name, value)| (name, Some(value.into()))));
    Ok(found)
}

/// Program and first arguments that start this server.
fn launcher(given: Option<&str>) -> Result<(String, Vec<String>), Error> {
    if let Some(command) = given {
        let command = command.trim();
        if command.is_empty() {
            return Err(Error::new(Kind::Arguments, "--command is empty").hint("Name a program, or leave it out."));
        }
        return Ok((command.to_owned(), vec![]));
    }
    let path = std::env::current_exe().map_err(|error| {
        Error::new(Kind::Internal, "this executable cannot be found").because(error).hint("Name it with --command.")
    })?;
    if Path::new(&path).components().any(|part| part.as_os_str() == "_npx") {
        let npx = if cfg!(windows) { "npx.cmd" } else { "npx" };
        return Ok((npx.to_owned(), vec!["-y".to_owned(), PACKAGE.to_owned()]));
    }
    Ok((path.display().to_string(), vec![]))
}

/// Why an entry with this --command will not start.
pub(super) fn cannot_start(command: &str) -> Option<String> {
    let command = command.trim();
    let why = match Path::new(command) {
        program if program.is_file() => return None,
        // A name alone is searched for in the PATH of the IDE, which is not known here.
        program if program.components().count() > 1 => format!("names {command}, which is no file"),
        _ if command.contains(char::is_whitespace) => format!("is one program without arguments, not {command}"),
        _ => return None,
    };
    Some(format!("the entry will not start as it is: --command {why}"))
}
