//! The registry of instances: a JSON file with a base URL, a token and further settings for each
//! (`ARGOCD_TOKEN_REGISTRY_PATH`).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::{TokenCommand, TokenFile, tls};
use crate::{
    argocd::{Instance, Profile, TokenSource, instance::normalise, token::Fixed},
    error::{Error, Kind},
    files::{self, followed::Followed},
};

/// One entry of the file. `baseUrl` and one of `token`, `tokenFile`, `tokenCommand` are required; the rest is optional.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    base_url: String,
    name: Option<String>,
    token: Option<SecretString>,
    token_file: Option<PathBuf>,
    token_command: Option<Vec<String>>,
    ca_file: Option<PathBuf>,
    client_cert_file: Option<PathBuf>,
    client_key_file: Option<PathBuf>,
    #[serde(default)]
    insecure_skip_verify: bool,
    #[serde(default)]
    headers: BTreeMap<String, SecretString>,
}

/// An instance of the registry, and its name, if it has one.
#[derive(Clone, Debug)]
pub struct Known {
    /// `prod`
    pub name: Option<String>,
    /// The instance with its credential.
    pub instance: Arc<Instance>,
}

/// The instances that the registry's file has now.
#[derive(Debug)]
pub struct Registry {
    path: PathBuf,
    known: Followed<Arc<Vec<Known>>>,
}

impl Registry {
    /// Reads a registry for the first time.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: there is a mistake in the file. The message names the file, the entry and the mistake,
    /// never a token.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let known = Followed::new("ARGOCD_TOKEN_REGISTRY_PATH", [path.clone()], || {
            let known = load(&path)?;
            warn_of_permissions(&path);
            tracing::info!("loaded the token registry {} with {} entries", path.display(), known.len());
            Ok(Arc::new(known))
        })?;
        Ok(Self { path, known })
    }

    /// The instances, read again when the file has changed. While the file has a mistake, the mistake is logged and the
    /// old instances stay.
    pub fn known(&self) -> Arc<Vec<Known>> {
        let load = || {
            let known = load(&self.path)?;
            tracing::info!("the token registry changed: {} entries", known.len());
            Ok(Arc::new(known))
        };
        self.known.now(load, |error| tracing::error!(%error, "the old token registry stays in force"))
    }
}

#[cfg(unix)]
fn warn_of_permissions(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!("others can read {} (mode {:o}): chmod 600", path.display(), mode & 0o777);
    }
}

#[cfg(not(unix))]
fn warn_of_permissions(_: &Path) {}

fn load(path: &Path) -> Result<Vec<Known>, Error> {
    let named = |problem: String| {
        Error::new(Kind::Configuration, format!("ARGOCD_TOKEN_REGISTRY_PATH: {}: {problem}", path.display()))
    };
    let wrong = |problem: String| {
        named(problem).hint("It is a JSON array of objects with baseUrl and token (or tokenFile, or tokenCommand).")
    };
    let text = SecretString::from(files::text(path).map_err(|error| wrong(format!("it cannot be read: {error}")))?);
    // serde_json quotes what it does not like, and that may be a token: only the place is told.
    let place = |error: &serde_json::Error| format!("line {}, column {}", error.line(), error.column());
    let entries: Value = secrecy::ExposeSecret::expose_secret(&text)
        .parse()
        .map_err(|error| wrong(format!("it is not JSON at {}", place(&error))))?;
    let Value::Array(entries) = entries else { return Err(wrong("it is not a JSON array".into())) };
    let mut known: Vec<Known> = vec![];
    let folder = path.parent().unwrap_or(Path::new(""));
    for (index, entry) in entries.into_iter().enumerate() {
        let one = read_entry(entry, folder).map_err(|error| {
            let wrong = named(format!("entry {}: {}", index + 1, error.message));
            Error { hint: error.hint, ..wrong }
        })?;
        if let Some(name) =
            one.name.as_ref().filter(|name| known.iter().any(|other| other.name.as_ref() == Some(*name)))
        {
            let message = format!("entry {}: the name `{name}` is taken by another entry", index + 1);
            return Err(named(message).hint("Give each entry a name of its own."));
        }
        // Of several entries with one URL the last one counts, as in the server that this one replaces; an entry
        // without a name can be reached by its URL alone.
        let same = |other: &Known| other.instance.base_url == one.instance.base_url;
        if known.iter().any(|other| same(other) && other.name.is_none()) {
            tracing::warn!(
                "the token registry has {} more than once: by that URL the last entry counts",
                one.instance.base_url
            );
            known.retain(|other| !same(other) || other.name.is_some());
        }
        known.push(one);
    }
    Ok(known)
}

/// Reads one entry. Its files are relative to `folder`, which is that of the registry: an IDE starts servers in any
/// folder.
fn read_entry(entry: Value, folder: &Path) -> Result<Known, Error> {
    let wrong = |problem: String| Error::new(Kind::Configuration, problem);
    let Value::Object(keys) = &entry else { return Err(wrong("it is not an object".into())) };
    // Names of keys may be told; a value may be a secret.
    if let Some((key, type_)) = keys.iter().find_map(|(key, value)| Some((key, mistyped(key, value)?))) {
        return Err(wrong(format!("`{key}` is not {type_}")));
    }
    let entry: Entry = serde_json::from_value(entry).map_err(|error| {
        let text = error.to_string();
        let tells = text.starts_with("unknown field") || text.starts_with("missing field");
        wrong(if tells { text } else { "a value has the wrong type".into() })
    })?;
    let base_url = normalise(&entry.base_url)?;
    let named = entry.name.as_deref().unwrap_or(&base_url).to_owned();
    let origin = format!("the token registry's entry {named}");
    let token: Arc<dyn TokenSource> = match (&entry.token, &entry.token_file, &entry.token_command) {
        (Some(token), None, None) => Arc::new(Fixed::configured(token, origin)?),
        (None, Some(file), None) => Arc::new(TokenFile::new(folder.join(file), format!("tokenFile of {origin}"))?),
        (None, None, Some(argv)) if argv.is_empty() => return Err(wrong("tokenCommand is empty".into())),
        (None, None, Some(argv)) => Arc::new(TokenCommand::new(argv.clone(), format!("the tokenCommand of {named}"))),
        (None, None, None) => {
            return Err(wrong(format!("{named} has no token: it needs token, tokenFile or tokenCommand")));
        }
        _ => return Err(wrong(format!("{named} has more than one of token, tokenFile and tokenCommand"))),
    };
    let below = |file: Option<PathBuf>| file.map(|file| folder.join(file));
    let files = tls::Files {
        ca: below(entry.ca_file),
        certificate: below(entry.client_cert_file),
        key: below(entry.client_key_file),
    };
    let mut profile = Profile {
        headers: entry.headers.into_iter().collect(),
        skip_verify: entry.insecure_skip_verify,
        base_url,
        doubt: Some(format!("baseUrl of the registry's entry {named} right")),
        ..Profile::default()
    };
    files.read_into(&mut profile)?;
    tls::warn(&profile);
    let instance = Arc::new(Instance::new(&profile, Some(token))?);
    let name = entry.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Ok(Known { name, instance })
}

/// What the value of a key should be, if it is something else. Looks at the items of lists and objects, too.
fn mistyped(key: &str, value: &Value) -> Option<&'static str> {
    let texts = |list: &Vec<Value>| list.iter().all(Value::is_string);
    let (fits, what) = match key {
        "baseUrl" => (value.is_string(), "a text"),
        "tokenCommand" => (value.is_null() || value.as_array().is_some_and(texts), "a list of texts"),
        "insecureSkipVerify" => (value.is_boolean(), "true or false"),
        "headers" => (
            value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
            "an object whose values are texts",
        ),
        "name" | "token" | "tokenFile" | "caFile" | "clientCertFile" | "clientKeyFile" => {
            (value.is_null() || value.is_string(), "a text")
        }
        // Unknown keys have words of their own.
        _ => (true, ""),
    };
    (!fits).then_some(what)
}
