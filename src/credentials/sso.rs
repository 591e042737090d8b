//! Signing in as a person through Argo CD's identity provider, as `argocd login --sso` does. The id token is what Argo
//! CD takes; it goes to the default base URL alone, and the refresh token to the provider that gave it.

mod browser;
mod cache;
mod callback;
mod keeper;
mod login;
mod provider;
mod settings;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{
    argocd::{Instance, TokenSource, Web, claims::Claims},
    config::sign_in::SignIn,
    error::{Error, Kind},
};
use cache::Cache;
use keeper::Keeper;
use login::Login;
use provider::Provider;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a call waits for Argo CD, the provider and other processes.
const ANSWER: Duration = Duration::from_secs(45);

/// What a sign-in gives. Debug output has no secret.
#[derive(Clone, Debug)]
struct Tokens {
    id: SecretString,
    refresh: Option<SecretString>,
    /// Seconds since 1970.
    expires: i64,
}

impl Tokens {
    fn left(&self) -> i64 {
        let claims = Claims::of(&self.id);
        let expires = claims.and_then(|claims| claims.expires).map_or(self.expires, Timestamp::as_second);
        expires - Timestamp::now().as_second()
    }

    fn is(&self, token: &SecretString) -> bool {
        !super::differs(Some(&self.id), token)
    }
}

fn not_kept(cache: &Cache, problem: &str) -> Error {
    Error::new(Kind::Configuration, format!("the sign-ins in {}: {problem}", cache.path().display()))
        .hint("ARGOCD_MCP_SSO_CACHE names another file.")
}

/// The sign-in of a person at one instance.
#[derive(Clone, Debug)]
pub struct Sso(Arc<Keeper>);

impl Sso {
    /// For an instance; `ca` are certificates to trust besides the system's. Connects to nothing.
    ///
    /// # Errors
    /// As [`Web::new`].
    pub fn new(instance: &Instance, ca: Option<Vec<u8>>, settings: &SignIn) -> Result<Self, Error> {
        let cache = Cache::new(settings.cache.as_deref());
        if cache.is_none() {
            tracing::warn!("sign-ins are not kept: there is no home directory; set ARGOCD_MCP_SSO_CACHE");
        }
        Ok(Self(Arc::new(Keeper::new(instance, Web::new(instance, ca)?, settings.clone(), cache))))
    }

    /// Signs a person in while they wait, and keeps that; `tell` is given the address. Says in which file it is kept.
    ///
    /// # Errors
    /// Why not; before anybody is asked where it could not be kept.
    pub async fn sign_in(&self, tell: impl FnOnce(&str)) -> Result<&Path, Error> {
        let keeper = &self.0;
        let Some(cache) = &keeper.cache else {
            let message = "there is nowhere to keep a sign-in: this account has no home directory";
            return Err(Error::new(Kind::Configuration, message).hint("ARGOCD_MCP_SSO_CACHE names a file for it."));
        };
        cache.check().map_err(|problem| not_kept(cache, &problem))?;
        let login = Login::begin(&keeper.instance, &keeper.web, keeper.settings.port).await?;
        tell(login.address());
        if keeper.settings.browser {
            browser::open(login.address());
        }
        let kept = &AtomicBool::new(false);
        let told = |result: Result<Tokens, String>| async move {
            if let Ok(tokens) = result {
                kept.store(keeper.keep(&tokens).await, Ordering::Relaxed);
            }
        };
        match tokio::time::timeout(PATIENCE, login.finish(told)).await {
            Ok(result) => result?,
            Err(_) => return Err(Error::new(Kind::SignIn, "nobody signed in within five minutes")),
        }
        match kept.load(Ordering::Relaxed) {
            true => Ok(cache.path()),
            false => Err(not_kept(cache, "it could not be written after the sign-in")),
        }
    }

    /// Forgets the sign-in; whether there was one.
    ///
    /// # Errors
    /// [`Kind::Configuration`] for a file that cannot be written.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let Some(cache) = &self.0.cache else { return Ok(false) };
        let base_url = &self.0.instance.base_url;
        if cache.read(base_url).is_none() {
            return Ok(false);
        }
        let wrong = |problem: String| not_kept(cache, &problem);
        let _lock = cache.lock().await.map_err(wrong)?;
        cache.write(base_url, None).map_err(wrong)?;
        Ok(true)
    }

    /// Runs to its end whatever becomes of the call: a refresh token that was sent may be worth nothing afterwards.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match tokio::time::timeout(ANSWER, tokio::spawn(work)).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(Error::new(Kind::Internal, "signing in failed").because(error)),
            Err(_) => {
                Err(Error::new(Kind::Timeout, "signing in takes too long: the identity provider does not answer")
                    .hint("Ask again."))
            }
        }
    }
}

impl TokenSource for Sso {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, Error>> {
        let keeper = Arc::clone(&self.0);
        Box::pin(self.run(async move { keeper.current().await }))
    }

    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, bool> {
        let (keeper, token) = (Arc::clone(&self.0), token.clone());
        Box::pin(async move { self.run(async move { Ok(keeper.refused(token).await) }).await.unwrap_or(false) })
    }

    fn origin(&self) -> String {
        "ARGOCD_AUTH_METHOD=sso".into()
    }

    fn renews(&self) -> bool {
        true
    }

    fn remedy(&self) -> Option<String> {
        Some("Sign in anew: `argocd-mcp logout`, then ask again. If that does not help, this Argo CD does not take tokens of its command line's client (allowedAudiences), or wants a sign-in to its web page first (enableUserInfoGroups).".into())
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Result<String, Error>>> {
        Box::pin(async {
            let Keeper { instance, web, settings, .. } = &*self.0;
            let provider = Provider::discover(instance, web, settings.port).await;
            let port = callback::Listener::bind(settings.port).await;
            vec![
                provider.map(|provider| provider.describe()),
                port.map(|_| format!("port {} is free for the answer", settings.port)),
            ]
        })
    }
}
