//! The session of a local account: its user name and password are exchanged for a token, again before that expires.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::kept::{Fetched, Kept};
use crate::{
    argocd::{Instance, Session, TokenSource, Wire, claims::Claims, operations, token::usable},
    error::{Error, Kind},
};

/// How long signing in may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a refused password is not sent again: Argo CD locks an account after a few wrong passwords
/// (`ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT`).
const PAUSE: Duration = Duration::from_secs(60);
const CHECK: &str =
    "Check ARGOCD_USERNAME and ARGOCD_PASSWORD; only local accounts with the login capability can sign in so.";

/// A user name and a password, which are sent only to their own instance.
#[derive(Debug)]
pub struct Password {
    /// The instance without a credential, which a sign-in does not need.
    instance: Arc<Instance>,
    username: String,
    password: SecretString,
    kept: Kept,
    /// When Argo CD refused the password, and the message about that.
    refusal: Mutex<Option<(Instant, String)>>,
}

impl Password {
    /// Takes an account of an instance. Signs in when a token is needed.
    pub fn new(instance: &Instance, username: String, password: SecretString) -> Self {
        Self {
            instance: Arc::new(instance.with_token(None)),
            username,
            password,
            kept: Kept::default(),
            refusal: Mutex::default(),
        }
    }

    /// Exchanges user name and password for a token: `POST /api/v1/session`.
    async fn sign_in(&self) -> Result<Fetched, Error> {
        let recently = self.refusal().as_ref().filter(|(at, _)| at.elapsed() < PAUSE).map(|(_, said)| said.clone());
        if let Some(said) = recently {
            return Err(Error::new(Kind::Unauthorized, said).hint(format!("{CHECK} It is tried again after a minute.")));
        }
        let mut wire = Wire::default();
        wire.set_body(&["username"], self.username.as_str());
        wire.set_body(&["password"], self.password.expose_secret());
        let session = Session::new(Arc::clone(&self.instance), PATIENCE, true);
        session.keep_secret(&self.password);
        let body =
            session.bytes(&operations::SESSION_SERVICE_CREATE, wire).await.map_err(|error| match error.kind {
                Kind::Unauthorized | Kind::Forbidden => {
                    let message = format!(
                        "Argo CD at {} does not let `{}` sign in: {}",
                        self.instance.base_url, self.username, error.message
                    );
                    *self.refusal() = Some((Instant::now(), message.clone()));
                    Error { message, ..error }.hint(CHECK)
                }
                _ => error,
            })?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = usable(answer.get("token").and_then(Value::as_str).unwrap_or_default(), &self.origin())?;
        let expires = Claims::of(&token).and_then(|claims| claims.expires);
        Ok((token, expires))
    }

    fn refusal(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.refusal.lock()
    }
}

impl TokenSource for Password {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        Box::pin(self.kept.or(self.sign_in()))
    }

    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        Box::pin(self.kept.refused(token, self.sign_in()))
    }

    fn origin(&self) -> String {
        "ARGOCD_USERNAME and ARGOCD_PASSWORD".into()
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.password.clone()]
    }

    fn renews(&self) -> bool {
        true
    }
}
