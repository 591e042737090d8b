//! Signs a person in through Argo CD's identity provider, as `argocd login --sso` does. Argo CD takes the id token,
//! which is sent only to the default base URL; the refresh token is sent only to the provider that gave it.

mod ask;
mod browser;
mod cache;
mod callback;
mod held;
mod keeper;
mod login;
mod provider;
mod settings;

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use parking_lot::Mutex;
use secrecy::SecretString;

use crate::{
    argocd::{Instance, Session, TokenSource, User, Web, claims::Claims, token::Fixed},
    config::sign_in::SignIn,
    error::{Error, Kind},
};
use cache::Cache;
use keeper::Keeper;
use login::Login;
use provider::Provider;

/// How long a person may take to sign in.
pub const SIGN_IN_TIME: Duration = Duration::from_secs(300);
/// How long Argo CD may take to say who signed in.
const USER: Duration = Duration::from_secs(15);
/// How long a call waits for Argo CD, the provider and other processes.
const ANSWER: Duration = Duration::from_secs(45);

/// The tokens that a sign-in gives. Debug output has no secret.
#[derive(Clone, Debug)]
struct Tokens {
    id: SecretString,
    refresh: Option<SecretString>,
    /// Seconds since 1970.
    expires: i64,
}

impl Tokens {
    /// Seconds until the id token expires.
    fn left(&self) -> i64 {
        let claims = Claims::of(&self.id);
        let expires = claims.and_then(|claims| claims.expires).map_or(self.expires, Timestamp::as_second);
        expires - Timestamp::now().as_second()
    }

    /// Whether the id token is this one.
    fn is(&self, token: &SecretString) -> bool {
        !super::differs(Some(&self.id), token)
    }
}

/// Why Argo CD may refuse a token that the provider considers valid.
const NOT_TAKEN: &str = "This Argo CD does not take tokens of its command line's client (allowedAudiences in oidc.config), or wants a sign-in to its web page first (enableUserInfoGroups).";

fn not_kept(cache: &Cache, problem: &str) -> Error {
    Error::new(Kind::Configuration, format!("the sign-ins in {}: {problem}", cache.path().display()))
        .hint("ARGOCD_MCP_SSO_CACHE names another file.")
}

/// The sign-in of a person at one instance.
#[derive(Clone, Debug)]
pub struct Sso(Arc<Keeper>);

impl Sso {
    /// Makes the sign-in for an instance; `ca` are certificates to trust besides the system's. Connects to nothing.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the certificates cannot be used.
    pub fn new(instance: &Instance, ca: Option<Vec<u8>>, settings: &SignIn) -> Result<Self, Error> {
        let cache = Cache::new(settings.cache.as_deref());
        if cache.is_none() {
            tracing::warn!("sign-ins are not kept: there is no home directory; set ARGOCD_MCP_SSO_CACHE");
        }
        Ok(Self(Arc::new(Keeper::new(instance, Web::new(instance, ca)?, settings.clone(), cache))))
    }

    /// Signs a person in while they wait, and keeps the sign-in. `tell` is given the address to open. Returns the user
    /// that Argo CD sees, if it tells, and the file in which the sign-in is kept.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the sign-in could not be kept, which is found out before the person is asked.
    /// [`Kind::SignIn`]: the person did not sign in in time. [`Kind::Unauthorized`]: Argo CD does not accept the token.
    /// Errors of Argo CD and of the provider.
    pub async fn sign_in(&self, tell: impl FnOnce(&str)) -> Result<(Option<User>, &Path), Error> {
        let keeper = &self.0;
        let Some(cache) = &keeper.cache else {
            let message = "there is nowhere to keep a sign-in: this account has no home directory";
            return Err(Error::new(Kind::Configuration, message).hint("ARGOCD_MCP_SSO_CACHE names a file for it."));
        };
        cache.check().map_err(|problem| not_kept(cache, &problem))?;
        let login = Login::begin(&keeper.instance, &keeper.web, keeper.settings.port).await?;
        if let Some(doubt) = &login.doubt {
            tracing::warn!("{doubt}");
        }
        tell(login.address());
        if keeper.settings.browser {
            browser::open(login.address());
        }
        let user = &Mutex::new(None);
        let told = |result: Result<Tokens, Error>| async move {
            let tokens = result?;
            let known = self.known_as(&tokens).await?;
            if !keeper.keep(&tokens).await {
                return Err(not_kept(cache, "it could not be written after the sign-in"));
            }
            *user.lock() = known;
            Ok(())
        };
        match tokio::time::timeout(SIGN_IN_TIME, login.finish(told)).await {
            Ok(result) => result?,
            Err(_) => return Err(Error::new(Kind::SignIn, "nobody signed in within five minutes")),
        }
        let user = user.lock().take();
        Ok((user, cache.path()))
    }

    /// The user that Argo CD sees in a new sign-in; `None` if Argo CD cannot be asked now.
    async fn known_as(&self, tokens: &Tokens) -> Result<Option<User>, Error> {
        let token = Fixed::new(&tokens.id, "the sign-in")?;
        let instance = Arc::new(self.0.instance.with_token(Some(Arc::new(token))));
        let refused = |said: String| {
            let message = format!("Argo CD at {} does not accept this sign-in: it {said}", self.0.instance.base_url);
            Err(Error::new(Kind::Unauthorized, message).hint(NOT_TAKEN))
        };
        match User::of(&Session::new(instance, USER, false)).await {
            Ok(None) => refused("takes its token for nobody's".into()),
            Ok(user) => Ok(user),
            Err(Error { kind: Kind::Unauthorized, message, .. }) => {
                refused(message.split_once(": it ").map_or(message.as_str(), |(_, said)| said).to_owned())
            }
            Err(error) => {
                tracing::warn!("whether Argo CD accepts the sign-in is not known: {}", error.message);
                Ok(None)
            }
        }
    }

    /// Forgets the sign-in. Returns whether there was one.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the file cannot be written.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let Some(cache) = &self.0.cache else { return Ok(false) };
        let base_url = &self.0.instance.base_url;
        if cache.lacks(base_url) {
            return Ok(false);
        }
        let wrong = |problem: String| not_kept(cache, &problem);
        let _lock = cache.lock().await.map_err(wrong)?;
        cache.write(base_url, None).map_err(wrong)?;
        Ok(true)
    }

    /// Runs `work` to its end, even if the call is given up: a refresh token that was sent may be worthless afterwards,
    /// so its successor must be kept.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match tokio::time::timeout(ANSWER, tokio::spawn(work)).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(Error::new(Kind::Internal, "signing in failed").because(error)),
            Err(_) => Err(self.late()),
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
        self.0.held().renewable()
    }

    fn renewal(&self) -> String {
        "Nothing renews it: sign in again in time with `argocd-mcp login --sso`.".into()
    }

    fn late(&self) -> Error {
        let tokens = self.0.held().tokens.clone();
        let claims = tokens.and_then(|tokens| Claims::of(&tokens.id)).filter(|claims| !claims.issuer.is_empty());
        let issuer = claims.map(|claims| format!(" {}", claims.issuer)).unwrap_or_default();
        Error::new(Kind::Timeout, format!("the identity provider{issuer} gave no token in time"))
            .hint("Is it up? A sign-in is kept meanwhile; ask again.")
    }

    fn remedy(&self) -> Option<String> {
        Some(format!("Sign in anew: `argocd-mcp logout`, then ask again. If that does not help: {NOT_TAKEN}"))
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Result<String, Error>>> {
        Box::pin(async {
            let Keeper { instance, web, settings, .. } = &*self.0;
            let provider = Provider::discover(instance, web, settings.port).await;
            let bundled = provider.as_ref().is_ok_and(Provider::is_bundled);
            let bound = callback::Listener::bind(settings.port, bundled).await;
            let port = bound.and_then(|_| match callback::unregistered(settings.port, bundled) {
                Some(error) => Err(error),
                None => Ok(format!("port {} is free for the answer", settings.port)),
            });
            vec![provider.map(|provider| provider.describe()), port]
        })
    }
}
