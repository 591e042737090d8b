//! A token in a file, read again when the file changes: Kubernetes renews mounted secrets so.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    argocd::{
        TokenSource,
        token::{usable, warn_of_expiry},
    },
    error::{Error, Kind},
    files::{self, followed::Followed},
};

/// A file that holds a token and nothing else.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// The setting that names the file: `ARGOCD_API_TOKEN_FILE`.
    setting: String,
    token: Followed<SecretString>,
}

impl TokenFile {
    /// Takes a file and the setting that names it. Reads the file at once, so that a wrong path shows at the start.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the file cannot be read, or holds no token.
    pub fn new(path: impl Into<PathBuf>, setting: impl Into<String>) -> Result<Self, Error> {
        let (path, setting) = (path.into(), setting.into());
        let token = Followed::new(&setting, [path.clone()], || read(&path, &setting))?;
        let file = Self { path, setting, token };
        warn_of_expiry(&file.current()?, &file.origin());
        Ok(file)
    }

    /// The token that the file has now. When the file is gone, its old token is not used any more: removing the file is
    /// how a token is taken away.
    fn current(&self) -> Result<SecretString, Error> {
        self.token.current(|| read(&self.path, &self.setting))
    }
}

fn read(path: &Path, setting: &str) -> Result<SecretString, Error> {
    let text = files::text(path).map_err(|error| {
        let message = format!("{setting} names {}, which cannot be read: {error}", path.display());
        Error::new(Kind::Configuration, message)
            .hint("It is a file with the token and nothing else, which whoever runs this may read.")
    })?;
    // The text is a secret from here on.
    usable(SecretString::from(text).expose_secret(), &origin(path, setting))
}

fn origin(path: &Path, setting: &str) -> String {
    format!("{setting} ({})", path.display())
}

impl TokenSource for TokenFile {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(async { self.current() })
    }

    /// Whether the file has another token by now.
    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(async {
            self.token.doubt();
            super::differs(self.current().ok().as_ref(), token)
        })
    }

    fn origin(&self) -> String {
        origin(&self.path, &self.setting)
    }
}
