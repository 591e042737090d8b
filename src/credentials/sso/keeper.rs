//! Keeps one person's sign-in: known in this process, shared in a file, renewed by one process at a time, and asked
//! for when there is none.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{
    PATIENCE, Tokens, browser,
    cache::Cache,
    login::Login,
    provider::{NotRefreshed, Provider},
};
use crate::{
    argocd::{Instance, Web, claims::Claims},
    config::sign_in::SignIn,
    error::{Error, Kind},
};

/// A token is renewed so long before it expires, in seconds, and up to as long again, by chance: not all at once.
const EARLY: u64 = 60;
/// A token that was refused so soon after it was given is not the reason.
const NEW: Duration = Duration::from_secs(60);

/// The sign-in of this process.
#[derive(Debug, Default)]
struct Held {
    tokens: Option<Tokens>,
    /// When the provider gave it to this process.
    given: Option<Instant>,
    /// Whether the file has it, too.
    kept: bool,
    /// A token that Argo CD refused.
    refused: Option<SecretString>,
}

/// A sign-in that runs beside the calls.
#[derive(Debug, Default)]
enum Pending {
    #[default]
    None,
    At(String),
    Done(Tokens, bool),
    Failed(String),
}

/// The sign-in at one instance, and all there is to renew it.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Without a credential.
    pub(super) instance: Arc<Instance>,
    pub(super) web: Web,
    pub(super) settings: SignIn,
    pub(super) cache: Option<Cache>,
    early: i64,
    held: Mutex<Held>,
    pending: StdMutex<Pending>,
}

impl Keeper {
    pub(super) fn new(instance: &Instance, web: Web, settings: SignIn, cache: Option<Cache>) -> Self {
        let jitter = RandomState::new().hash_one(std::process::id()) % EARLY;
        Self {
            instance: Arc::new(instance.with_token(None)),
            web,
            settings,
            cache,
            early: i64::try_from(EARLY + jitter).unwrap_or(60),
            held: Mutex::default(),
            pending: StdMutex::default(),
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that holds: the one that is known, the file's, a new one for the refresh token, or a person's.
    pub(super) async fn current(self: &Arc<Self>) -> Result<SecretString, Error> {
        let mut held = self.held.lock().await;
        self.adopt_done(&mut held);
        if let Some(token) = self.fresh(&held) {
            return Ok(token);
        }
        self.adopt_file(&mut held);
        if let Some(token) = self.fresh(&held) {
            return Ok(token);
        }
        let later = if held.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some()) {
            self.renew(&mut held).await.err()
        } else {
            None
        };
        // Without a refresh token it is used to its end.
        let usable = held.tokens.as_ref().filter(|tokens| tokens.left() > 0 && !held.is_refused(tokens));
        match (usable, later) {
            (Some(tokens), later) => {
                if let Some(error) = later {
                    tracing::warn!("the sign-in cannot be renewed yet: {}", error.message);
                }
                Ok(tokens.id.clone())
            }
            (None, Some(error)) => Err(error.hint_if_none("The sign-in is kept; ask again.")),
            (None, None) => Err(self.ask(held.refused.is_some()).await),
        }
    }

    /// The token, if it will do for a while.
    fn fresh(&self, held: &Held) -> Option<SecretString> {
        let tokens = held.tokens.as_ref().filter(|tokens| !held.is_refused(tokens))?;
        // One that lives for a minute is good for half of it.
        let half = Claims::of(&tokens.id).and_then(|claims| claims.life()).map_or(self.early, |life| life / 2);
        (tokens.left() > self.early.min(half)).then(|| tokens.id.clone())
    }

    /// Takes what a sign-in beside the calls gave.
    fn adopt_done(&self, held: &mut Held) {
        let mut pending = self.pending();
        if matches!(*pending, Pending::Done(..))
            && let Pending::Done(tokens, kept) = std::mem::take(&mut *pending)
        {
            *held = Held { tokens: Some(tokens), given: Some(Instant::now()), kept, refused: None };
        }
    }

    /// Takes what another process, or the command line, put into the file.
    fn adopt_file(&self, held: &mut Held) {
        let Some(tokens) = self.cache.as_ref().and_then(|cache| cache.read(&self.instance.base_url)) else { return };
        let newer = held.tokens.as_ref().is_none_or(|known| !known.is(&tokens.id) && tokens.left() >= known.left());
        let refused = held.refused.as_ref();
        if (newer || held.kept) && refused.is_none_or(|refused| !tokens.is(refused)) {
            let given = held.given.filter(|_| held.tokens.as_ref().is_some_and(|known| known.is(&tokens.id)));
            *held = Held { tokens: Some(tokens), given, kept: true, refused: None };
        }
    }

    /// Turns the refresh token into new tokens, alone among all processes. `Ok` as well when it is worth nothing.
    async fn renew(&self, held: &mut Held) -> Result<(), Error> {
        let busy = |problem: String| Error::new(Kind::Unavailable, format!("the sign-in cannot be renewed: {problem}"));
        let base_url = &self.instance.base_url;
        let _lock = match &self.cache {
            Some(cache) => cache.lock().await.map_err(busy)?,
            None => None,
        };
        // Whoever had the lock before may have renewed it, or signed out.
        self.adopt_file(held);
        if self.fresh(held).is_some() {
            return Ok(());
        }
        if held.kept && self.cache.as_ref().is_some_and(|cache| cache.lacks(base_url)) {
            *held = Held::default();
            return Ok(());
        }
        let Some(tokens) = held.tokens.clone() else { return Ok(()) };
        let Some(refresh) = &tokens.refresh else { return Ok(()) };
        let provider = Provider::discover(&self.instance, &self.web, self.settings.port).await?;
        let issuer = Claims::of(&tokens.id).map(|claims| claims.issuer).unwrap_or_default();
        let renewed = if provider.is(&issuer) {
            provider.refresh(&tokens.id, refresh).await
        } else {
            let message = format!("it was given by {issuer}, which is not Argo CD's identity provider any more");
            Err(NotRefreshed::Refused(Error::new(Kind::Refused, message)))
        };
        match renewed {
            Ok(tokens) => {
                let kept = self.write(Some(&tokens));
                *held = Held { tokens: Some(tokens), given: Some(Instant::now()), kept, refused: None };
                Ok(())
            }
            Err(NotRefreshed::Later(error)) => Err(error),
            Err(NotRefreshed::Refused(error)) => {
                tracing::info!("the sign-in is over: {}", error.message);
                let tokens = Tokens { refresh: None, ..tokens };
                held.kept = self.write(Some(&tokens).filter(|tokens| tokens.left() > 0));
                held.tokens = Some(tokens);
                Ok(())
            }
        }
    }

    /// Argo CD refused a token; whether asking again may give another one.
    pub(super) async fn refused(&self, token: SecretString) -> bool {
        let mut held = self.held.lock().await;
        if held.tokens.as_ref().is_none_or(|tokens| !tokens.is(&token)) {
            return true;
        }
        if held.given.is_some_and(|given| given.elapsed() < NEW) {
            return false;
        }
        held.refused = Some(token);
        self.adopt_file(&mut held);
        held.refused.is_none() || self.renew(&mut held).await.is_ok()
    }

    /// Keeps new tokens, for other processes as well; whether that was possible.
    pub(super) async fn keep(&self, tokens: &Tokens) -> bool {
        let Some(cache) = &self.cache else { return false };
        let _lock = cache.lock().await;
        self.write(Some(tokens))
    }

    fn write(&self, tokens: Option<&Tokens>) -> bool {
        let Some(cache) = &self.cache else { return false };
        let written = cache.write(&self.instance.base_url, tokens);
        if let Err(problem) = &written {
            tracing::warn!("the sign-in is not kept in {}: {problem}", cache.path().display());
        }
        written.is_ok()
    }

    /// Asks a person to sign in, and waits for that beside the calls.
    async fn ask(self: &Arc<Self>, refused: bool) -> Error {
        let pending = std::mem::take(&mut *self.pending());
        let failed = match pending {
            Pending::At(address) => {
                let error = Error::sign_in(&address);
                *self.pending() = Pending::At(address);
                return error;
            }
            Pending::Failed(problem) => Some(problem),
            Pending::None | Pending::Done(..) => None,
        };
        let base_url = &self.instance.base_url;
        if !self.settings.stays {
            let refused = if refused { "Argo CD refused the last sign-in. " } else { "" };
            return Error::new(Kind::SignIn, format!("nobody is signed in to {base_url}"))
                .hint(format!("{refused}Sign in with `argocd-mcp login --sso --base-url {base_url}`."));
        }
        let login = match Login::begin(&self.instance, &self.web, self.settings.port).await {
            Ok(login) => login,
            Err(error) => return error,
        };
        let address = login.address().to_owned();
        *self.pending() = Pending::At(address.clone());
        let keeper = Arc::clone(self);
        tokio::spawn(async move {
            let told = |result: Result<Tokens, String>| async {
                let pending = match result {
                    Ok(tokens) => {
                        let kept = keeper.keep(&tokens).await;
                        Pending::Done(tokens, kept)
                    }
                    Err(problem) => Pending::Failed(problem),
                };
                *keeper.pending() = pending;
            };
            match tokio::time::timeout(PATIENCE, login.finish(told)).await {
                Ok(Ok(())) => tracing::info!("signed in to {}", keeper.instance.base_url),
                Ok(Err(error)) => tracing::warn!("the sign-in failed: {}", error.message),
                Err(_) => *keeper.pending() = Pending::None,
            }
        });
        tracing::warn!("sign in to {base_url} here: {address}");
        if self.settings.browser {
            browser::open(&address);
        }
        let error = Error::sign_in(&address);
        match failed {
            Some(problem) => error.hint(format!("The last sign-in failed: {problem}")),
            None => error,
        }
    }
}

impl Held {
    fn is_refused(&self, tokens: &Tokens) -> bool {
        self.refused.as_ref().is_some_and(|refused| tokens.is(refused))
    }
}
