//! A token in a file: read again when the file changes, as Kubernetes renews mounted secrets.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use secrecy::SecretString;

use crate::{
    argocd::{
        TokenSource,
        token::{usable, warn_of_expiry},
    },
    config::file::{self, Version},
    error::{Error, Kind},
};

/// A file that holds a token and nothing else.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// What names the file: `ARGOCD_API_TOKEN_FILE`.
    setting: String,
    read: Mutex<Option<(Version, SecretString)>>,
}

impl TokenFile {
    /// A file and the setting that names it. It is read at once, so that a wrong path shows at start.
    ///
    /// # Errors
    /// As [`TokenSource::token`].
    pub fn new(path: impl Into<PathBuf>, setting: impl Into<String>) -> Result<Self, Error> {
        let file = Self { path: path.into(), setting: setting.into(), read: Mutex::default() };
        warn_of_expiry(&file.current()?, &file.origin());
        Ok(file)
    }

    fn current(&self) -> Result<SecretString, Error> {
        let wrong = |error: std::io::Error| {
            let message = format!("{} names {}, which cannot be read: {error}", self.setting, self.path.display());
            Error::new(Kind::Configuration, message)
                .hint("It is a file with the token and nothing else, which whoever runs this may read.")
        };
        let version = file::version(&self.path).map_err(wrong)?;
        let mut read = self.read.lock();
        if let Some((_, token)) = read.as_ref().filter(|(of, _)| *of == version) {
            return Ok(token.clone());
        }
        // The text is a secret from here on.
        let text = SecretString::from(file::text(&self.path).map_err(wrong)?);
        let token = usable(secrecy::ExposeSecret::expose_secret(&text), &self.origin())?;
        *read = Some((version, token.clone()));
        Ok(token)
    }
}

impl TokenSource for TokenFile {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(async { self.current() })
    }

    /// Another token may be there by now, written within the resolution of the file's time.
    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(async {
            if file::is_pipe(&self.path) {
                return false;
            }
            self.read.lock().take();
            super::differs(self.current().ok().as_ref(), token)
        })
    }

    fn origin(&self) -> String {
        format!("{} ({})", self.setting, self.path.display())
    }
}
