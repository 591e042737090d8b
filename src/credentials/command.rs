//! A token that a command prints, such as that of a secret store.

use std::{process::Stdio, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::{process::Command, sync::Mutex};

use crate::{
    argocd::{
        TokenSource,
        claims::{Claims, time_of},
        token::usable,
    },
    error::{Error, Kind},
};

/// A command that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(15);
/// A token that does not say when it expires is asked for again after this time, in seconds.
const UNKNOWN_LIFE: i64 = 300;
/// A token is renewed so long before it expires, in seconds.
const EARLY: i64 = 60;

/// A command that prints a token, or JSON with one.
#[derive(Debug)]
pub struct TokenCommand {
    /// Program and arguments; no shell reads them.
    argv: Vec<String>,
    origin: String,
    token: Mutex<Option<(SecretString, Timestamp)>>,
}

impl TokenCommand {
    /// A command and what messages call its token. It runs when a token is needed.
    pub fn new(argv: Vec<String>, origin: impl Into<String>) -> Self {
        Self { argv, origin: origin.into(), token: Mutex::default() }
    }

    async fn run(&self) -> Result<(SecretString, Timestamp), Error> {
        let failed = |what: String| {
            Error::new(Kind::Configuration, format!("{} {what}", self.origin))
                .hint("Run it by hand: it must print a token, or JSON with `token` and `expiresAt`.")
        };
        let Some((program, arguments)) = self.argv.split_first() else { return Err(failed("is empty".into())) };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let output = match tokio::time::timeout(LIMIT, command.output()).await {
            Err(_) => return Err(failed(format!("did not end within {} s", LIMIT.as_secs()))),
            Ok(Err(error)) => return Err(failed(format!("cannot be started: {error}"))),
            Ok(Ok(output)) => output,
        };
        if !output.status.success() {
            return Err(failed(format!("failed: {}", output.status)));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| failed("printed something that is not text".into()))?;
        self.read(&SecretString::from(text))
    }

    /// Plain text, `{"token", "expiresAt"}`, or what Kubernetes' credential plugins print (`status.token`).
    fn read(&self, text: &SecretString) -> Result<(SecretString, Timestamp), Error> {
        let json: Option<Value> = serde_json::from_str(text.expose_secret()).ok().filter(Value::is_object);
        let at = |pointers: &[&str]| json.as_ref().and_then(|json| pointers.iter().find_map(|path| json.pointer(path)));
        let (token, expires) = match &json {
            None => (usable(text.expose_secret(), &self.origin)?, None),
            Some(_) => {
                let token = at(&["/token", "/status/token", "/accessToken", "/access_token"]).and_then(Value::as_str);
                let expires = at(&["/expiresAt", "/expires_at", "/expiry", "/status/expirationTimestamp"]);
                (usable(token.unwrap_or_default(), &self.origin)?, expires.and_then(time_of))
            }
        };
        let expires = expires.or_else(|| Claims::of(&token)?.expires);
        let unknown = Timestamp::now().as_second() + UNKNOWN_LIFE + EARLY;
        let expires = expires.or_else(|| Timestamp::from_second(unknown).ok()).unwrap_or_default();
        Ok((token, expires))
    }
}

impl TokenSource for TokenCommand {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(async {
            let mut known = self.token.lock().await;
            if let Some((token, expires)) = known.as_ref()
                && expires.as_second() - EARLY > Timestamp::now().as_second()
            {
                return Ok(token.clone());
            }
            let (token, expires) = self.run().await?;
            *known = Some((token.clone(), expires));
            Ok(token)
        })
    }

    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(async {
            let mut known = self.token.lock().await;
            if known.as_ref().is_some_and(|(known, _)| !super::differs(Some(known), token)) {
                *known = self.run().await.ok();
            }
            super::differs(known.as_ref().map(|(token, _)| token), token)
        })
    }

    fn origin(&self) -> String {
        self.origin.clone()
    }

    fn renews(&self) -> bool {
        true
    }
}
