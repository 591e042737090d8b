//! Asks a person to sign in, and waits for the answer while calls go on.

use std::sync::Arc;

use parking_lot::MutexGuard;

use super::{SIGN_IN_TIME, Tokens, browser, keeper::Keeper, login::Login, settings::registration};
use crate::error::{Error, Kind};

/// The state of a sign-in for which no call waits.
#[derive(Debug, Default)]
pub(super) enum Pending {
    #[default]
    None,
    /// The address at which a person can sign in, and the hint that every call is given with it.
    At(String, Option<String>),
    /// The tokens of a sign-in that is done, and whether the file has them.
    Done(Tokens, bool),
    /// Why the sign-in failed.
    Failed(String),
}

impl Keeper {
    pub(super) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock()
    }

    /// The error of a call for which there is no token: where to sign in, and why again. In a process that stays, the
    /// caller must hold the turn.
    pub(super) async fn ask(self: &Arc<Self>) -> Error {
        let (refused, over, expired) = {
            let held = self.held();
            (held.refused.is_some(), held.over.clone(), held.tokens.is_some())
        };
        let over = over.map(|why| format!("Sign in again: the sign-in was not renewed, because {why}"));
        let base_url = &self.instance.base_url;
        if !self.settings.stays {
            // At an Argo CD without single sign-on the advice to sign in would be wrong.
            if let Err(error) = registration(&self.instance).await
                && error.kind == Kind::Configuration
            {
                return error;
            }
            let command = format!("Sign in with `argocd-mcp login --sso --base-url {base_url}`.");
            let (message, hint) = match over {
                _ if refused => (
                    format!("nobody is signed in to {base_url}"),
                    format!("Argo CD refused the last sign-in. {command}"),
                ),
                Some(over) => (format!("the sign-in to {base_url} is over"), format!("{over}. {command}")),
                None if expired => {
                    (format!("the sign-in to {base_url} has expired, and nothing was there to renew it with"), command)
                }
                None => (format!("nobody is signed in to {base_url}"), command),
            };
            return Error::new(Kind::SignIn, message).hint(hint);
        }
        let failed = match &*self.pending() {
            Pending::At(address, hint) => return Error { hint: hint.clone(), ..Error::sign_in(address) },
            Pending::Failed(problem) => Some(format!("The last sign-in failed: {problem}")),
            Pending::None | Pending::Done(..) => None,
        };
        let login = match Login::begin(&self.instance, &self.web, self.settings.port).await {
            Ok(login) => login,
            Err(error) => {
                // Calls that wait for the turn meanwhile end with the same error.
                self.held().fail(&error);
                return error;
            }
        };
        let address = login.address().to_owned();
        let hint = failed.or(over).or_else(|| login.doubt.clone());
        *self.pending() = Pending::At(address.clone(), hint.clone());
        self.wait_for(login);
        tracing::warn!("sign in to {base_url} here: {address}");
        if self.settings.browser {
            browser::open(&address);
        }
        Error { hint, ..Error::sign_in(&address) }
    }

    fn wait_for(self: &Arc<Self>, login: Login) {
        let keeper = Arc::clone(self);
        tokio::spawn(async move {
            let told = |result: Result<Tokens, Error>| async {
                let (pending, result) = match result {
                    Ok(tokens) => {
                        let kept = keeper.keep(&tokens).await;
                        (Pending::Done(tokens, kept), Ok(()))
                    }
                    Err(error) => (Pending::Failed(error.to_string().replace('\n', ". ")), Err(error)),
                };
                *keeper.pending() = pending;
                result
            };
            match tokio::time::timeout(SIGN_IN_TIME, login.finish(told)).await {
                Ok(Ok(())) => tracing::info!("signed in to {}", keeper.instance.base_url),
                Ok(Err(error)) => tracing::warn!("the sign-in failed: {}", error.message),
                Err(_) => *keeper.pending() = Pending::None,
            }
        });
    }
}
