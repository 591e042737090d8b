//! The file of a person's sign-ins: `{ "<base URL>": { idToken, refreshToken, expiresAt } }`, with times in
//! milliseconds, as other servers for Argo CD write it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::Tokens;
use crate::{config::sign_in::config_folder, files};

/// How long to wait for the lock of another process, which may renew a sign-in meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the lock is tried.
const PAUSE: Duration = Duration::from_millis(25);

/// The file of sign-ins.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// The file that is set, else the one in the person's configuration folder.
    pub(super) fn new(set: Option<&Path>) -> Option<Self> {
        let path = match set {
            Some(path) => path.to_owned(),
            None => config_folder("argocd-mcp")?.join("sso-tokens.json"),
        };
        // The file that a link leads to is replaced, and the link stays.
        Some(Self { path: fs::canonicalize(&path).unwrap_or(path) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The sign-in for a base URL. A file that cannot be read counts as one without any.
    pub(super) fn read(&self, base_url: &str) -> Option<Tokens> {
        let all = match self.all() {
            Ok(all) => all,
            Err(problem) => {
                tracing::warn!("the sign-ins in {} are not used: {problem}", self.path.display());
                return None;
            }
        };
        let entry = all.get(base_url)?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let expires =
            entry.get("expiresAt").and_then(Value::as_f64).map_or(0, |milliseconds| (milliseconds / 1000.0) as i64);
        let secret = |text: &str| SecretString::from(text.to_owned());
        Some(Tokens { id: secret(text("idToken")?), refresh: text("refreshToken").map(secret), expires })
    }

    /// Whether the file can be read and has no sign-in for a base URL, so that somebody must have signed out.
    pub(super) fn lacks(&self, base_url: &str) -> bool {
        self.all().is_ok_and(|all| !all.contains_key(base_url))
    }

    /// Finds out whether a sign-in could be kept, before a person signs in for nothing.
    ///
    /// # Errors
    /// Why the file cannot be read or written.
    pub(super) fn check(&self) -> Result<(), String> {
        self.all()?;
        let written = self.make_folder().and_then(|()| files::draft(&self.path, ""));
        written.map(drop).map_err(|error| format!("it cannot be written: {error}"))
    }

    /// Writes the sign-in for a base URL, or removes it; sign-ins for other base URLs stay. The caller must hold the
    /// lock.
    ///
    /// # Errors
    /// Why the file cannot be written. A file with other contents is not touched.
    pub(super) fn write(&self, base_url: &str, tokens: Option<&Tokens>) -> Result<(), String> {
        let mut all = self.all()?;
        match tokens {
            None => drop(all.shift_remove(base_url)),
            Some(tokens) => {
                let mut entry = json!({ "idToken": tokens.id.expose_secret() });
                if let (Some(entry), Some(refresh)) = (entry.as_object_mut(), &tokens.refresh) {
                    entry.insert("refreshToken".into(), refresh.expose_secret().into());
                }
                if let Some(entry) = entry.as_object_mut() {
                    entry.insert("expiresAt".into(), (tokens.expires * 1000).into());
                }
                all.insert(base_url.to_owned(), entry);
            }
        }
        self.replace(&format!("{:#}\n", Value::Object(all))).map_err(|error| format!("it cannot be written: {error}"))
    }

    fn all(&self) -> Result<Map<String, Value>, String> {
        let text = match files::text(&self.path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
            Err(error) => return Err(format!("it cannot be read: {error}")),
        };
        match serde_json::from_str(text.expose_secret()) {
            _ if text.expose_secret().trim().is_empty() => Ok(Map::new()),
            Ok(Value::Object(all)) => Ok(all),
            _ => Err("it is not a JSON object; move it away".into()),
        }
    }

    /// Replaces the file at once: another process sees the old or the new contents, never a part.
    fn replace(&self, text: &str) -> io::Result<()> {
        self.make_folder()?;
        files::draft(&self.path, text)?.persist(&self.path)?;
        Ok(())
    }

    /// Locks the file against other processes, so that none renews the same sign-in. Dropping the lock, or the end of
    /// this process, releases it. `None` if there can be no lock.
    ///
    /// # Errors
    /// Another process holds the lock too long.
    pub(super) async fn lock(&self) -> Result<Option<File>, String> {
        let path = self.path.with_extension("lock");
        let opened = self.make_folder().and_then(|()| private().create(true).truncate(false).open(&path));
        let Ok(file) = opened.inspect_err(|error| tracing::debug!(%error, "no lock on the sign-ins")) else {
            // Where no lock file can be written, no sign-in can be shared either.
            return Ok(None);
        };
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < end => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(format!("another process holds {}", path.display())),
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(%error, "no lock on the sign-ins");
                    return Ok(None);
                }
            }
        }
    }

    /// Makes the folder. Only its person may read it, if it is made here or is this program's own.
    fn make_folder(&self) -> io::Result<()> {
        let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
            builder.mode(0o700).create(folder)?;
            if folder.file_name().is_some_and(|name| name == "argocd-mcp")
                && folder.metadata()?.permissions().mode() & 0o077 != 0
            {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
            }
        }
        #[cfg(not(unix))]
        builder.create(folder)?;
        Ok(())
    }
}

/// Options to open a file that only its person can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
