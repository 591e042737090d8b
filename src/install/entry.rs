//! What stands in the settings of an IDE: how to start this server, with what, and nothing secret unless asked.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{
    Install,
    ide::{Ide, input_id},
};
use crate::{
    argocd::instance::normalise,
    config::{Settings, sign_in::PORT},
    error::{Error, Kind},
};

/// The npm package, for those who come through it: its place on the disk does not last.
const PACKAGE: &str = "@argocd-mcp/argocd-mcp";

/// An entry and what belongs to it.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub value: Value,
    /// Questions of VS Code.
    pub inputs: Vec<Value>,
    /// Variables that are not filled in, and what stands in their place.
    pub placeholders: Vec<(&'static str, String)>,
    key: &'static str,
}

impl Entry {
    pub(super) fn new(install: &Install, settings: &Settings) -> Result<Self, Error> {
        let ide = install.ide;
        let mut entry = Self {
            name: install.name.clone(),
            value: Value::Null,
            inputs: vec![],
            placeholders: vec![],
            key: ide.servers_key(),
        };
        let mut env = plain(settings)?;
        for (variable, secret) in secrets(settings) {
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

    /// Two entries never share a variable: the token of one would go to the Argo CD of the other.
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

    /// A settings file with nothing else in it.
    pub(super) fn snippet(&self) -> String {
        let mut whole = Map::new();
        whole.insert(self.key.to_owned(), json!({ &self.name: self.value }));
        if !self.inputs.is_empty() {
            whole.insert("inputs".to_owned(), json!(self.inputs));
        }
        format!("{:#}\n", Value::Object(whole))
    }
}

/// What is no secret. Relative paths are made absolute: an IDE starts servers wherever it likes.
fn plain(settings: &Settings) -> Result<Map<String, Value>, Error> {
    let from = &settings.environment;
    if settings.demo {
        return Ok(Map::new());
    }
    let sign_in = &from.sign_in;
    if from.base_url.is_none() && from.server.is_none() && from.registry.is_none() && !sign_in.argocd_config {
        return Err(Error::new(Kind::Configuration, "no Argo CD is named")
            .hint("Set ARGOCD_BASE_URL or ARGOCD_TOKEN_REGISTRY_PATH, or pass --base-url or --token-registry."));
    }
    let absolute = |path: &Option<PathBuf>| {
        path.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string())
    };
    let timeout = settings.timeout.as_secs();
    let on = |switch: bool| switch.then(|| "true".to_owned());
    let values = [
        ("ARGOCD_BASE_URL", from.base_url.as_deref().map(normalise).transpose()?),
        ("ARGOCD_SERVER", from.server.clone()),
        ("ARGOCD_USERNAME", from.username.clone()),
        ("ARGOCD_AUTH_METHOD", sign_in.sso.then(|| "sso".to_owned())),
        ("ARGOCD_MCP_SSO_PORT", (sign_in.sso && sign_in.port != PORT).then(|| sign_in.port.to_string())),
        ("ARGOCD_MCP_SSO_CACHE", absolute(&sign_in.cache)),
        ("ARGOCD_MCP_USE_ARGOCD_CONFIG", on(sign_in.argocd_config)),
        ("ARGOCD_MCP_ARGOCD_CONTEXT", sign_in.argocd_context.clone()),
        ("ARGOCD_API_TOKEN_FILE", absolute(&from.token_file)),
        ("ARGOCD_TOKEN_REGISTRY_PATH", absolute(&from.registry)),
        ("ARGOCD_CA_FILE", absolute(&from.ca_file)),
        ("ARGOCD_CLIENT_CERT_FILE", absolute(&from.client_cert_file)),
        ("ARGOCD_CLIENT_KEY_FILE", absolute(&from.client_key_file)),
        ("ARGOCD_INSECURE_SKIP_VERIFY", on(from.skip_verify)),
        ("MCP_READ_ONLY", on(settings.read_only)),
        ("ARGOCD_MCP_TIMEOUT", (timeout != 30).then(|| timeout.to_string())),
    ];
    let set = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Ok(set.collect())
}

/// What is secret and set; the token of a base URL that has no other credential, set or not.
fn secrets(settings: &Settings) -> Vec<(&'static str, Option<SecretString>)> {
    let from = &settings.environment;
    let mut found = vec![];
    let elsewhere = from.registry.is_some() || from.username.is_some();
    let in_its_place = from.token_file.is_some() || from.sign_in.sso || from.sign_in.argocd_config;
    if !in_its_place && (from.token.is_some() || from.base_url.is_some() && !elsewhere) {
        found.push(("ARGOCD_API_TOKEN", from.token.clone()));
    }
    if from.username.is_some() {
        found.push(("ARGOCD_PASSWORD", from.password.clone()));
    }
    if from.server.is_some() {
        found.push(("ARGOCD_AUTH_TOKEN", from.auth_token.clone()));
    }
    if !from.headers.is_empty() {
        let lines = from.headers.iter().map(|(name, value)| format!("{name}: {}", value.expose_secret()));
        found.push(("ARGOCD_EXTRA_HEADERS", Some(lines.collect::<Vec<_>>().join("\n").into())));
    }
    found
}

/// What starts this server.
fn launcher(given: Option<&str>) -> Result<(String, Vec<String>), Error> {
    if let Some(command) = given {
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
