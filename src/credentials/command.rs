//! A token that a command prints, such as the command line of a secret store.

use std::{process::Stdio, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::process::Command;

use super::kept::{EARLY, Fetched, Kept};
use crate::{
    argocd::{
        TokenSource,
        claims::{Claims, time_of},
        fault,
        token::usable,
    },
    descriptors,
    error::{Error, Kind},
};

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(15);
/// A token that does not say when it expires is fetched anew after so many seconds.
const UNKNOWN_LIFE: i64 = 300;

/// A command that prints a token, or JSON with one.
#[derive(Debug)]
pub struct TokenCommand {
    /// Program and arguments; no shell reads them.
    argv: Vec<String>,
    origin: String,
    kept: Kept,
}

impl TokenCommand {
    /// Takes program and arguments, and what messages call the token. The command runs when a token is needed.
    pub fn new(argv: Vec<String>, origin: impl Into<String>) -> Self {
        Self { argv, origin: origin.into(), kept: Kept::default() }
    }

    /// An error of the command. [`Kind::Configuration`] is for a command that fails the same way until settings change.
    fn failed(&self, kind: Kind, what: &str) -> Error {
        Error::new(kind, format!("{} {what}", self.origin))
            .hint("Run it by hand: it must print a token, or JSON with `token` and `expiresAt`.")
    }

    async fn run(&self) -> Result<Fetched, Error> {
        let wrong = |what: &str| self.failed(Kind::Configuration, what);
        let Some((program, arguments)) = self.argv.split_first() else { return Err(wrong("is empty")) };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let output = async {
            let child = command.spawn()?;
            descriptors::give_back(child.id());
            child.wait_with_output().await
        };
        let output = match tokio::time::timeout(LIMIT, output).await {
            Err(_) => return Err(self.failed(Kind::Timeout, &format!("did not end within {} s", LIMIT.as_secs()))),
            Ok(Err(error)) => return Err(wrong(&format!("cannot be started: {program}: {error}"))),
            Ok(Ok(output)) => output,
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let why = last.and_then(|line| fault::message(line.as_bytes())).map(|why| format!(": {why}"));
            let failed = format!("failed: {}{}", output.status, why.unwrap_or_default());
            return Err(self.failed(Kind::Unavailable, &failed));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| wrong("printed something that is not text"))?;
        self.read(&SecretString::from(text))
    }

    /// Plain text, `{"token", "expiresAt"}`, or what Kubernetes' credential plugins print (`status.token`).
    fn read(&self, text: &SecretString) -> Result<Fetched, Error> {
        let json: Option<Value> = text.expose_secret().parse().ok().filter(Value::is_object);
        let at = |pointers: &[&str]| json.as_ref().and_then(|json| pointers.iter().find_map(|path| json.pointer(path)));
        let (token, expires) = match &json {
            None => (usable(text.expose_secret(), &self.origin)?, None),
            Some(_) => {
                let token = at(&["/token", "/status/token", "/accessToken", "/access_token"]).and_then(Value::as_str);
                let token = token
                    .ok_or_else(|| self.failed(Kind::Configuration, "printed JSON without a token that is a text"))?;
                let expires = at(&["/expiresAt", "/expires_at", "/expiry", "/status/expirationTimestamp"]);
                (usable(token, &self.origin)?, expires.and_then(time_of))
            }
        };
        let expires = expires.or_else(|| Claims::of(&token)?.expires);
        let unknown = Timestamp::now().as_second() + UNKNOWN_LIFE + EARLY;
        let expires = expires.or_else(|| Timestamp::from_second(unknown).ok());
        Ok((token, expires))
    }
}

impl TokenSource for TokenCommand {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(self.kept.or(self.run()))
    }

    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(self.kept.refused(token, self.run()))
    }

    fn origin(&self) -> String {
        self.origin.clone()
    }

    fn renews(&self) -> bool {
        true
    }
}
