//! Keeps one person's sign-in: holds it in this process, shares it in a file, renews it in one process at a time, and
//! asks the person when there is none.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex as StdMutex, MutexGuard};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{
    Tokens,
    ask::Pending,
    cache::Cache,
    held::Held,
    provider::{NotRefreshed, Provider},
};
use crate::{
    argocd::{Instance, Web, claims::Claims},
    config::sign_in::SignIn,
    error::{Error, Kind},
};

/// A token is renewed so many seconds before it expires, plus up to as many by chance, so that processes do not renew
/// it all at once.
const EARLY: u64 = 60;
/// How long a call that has a valid token waits for its renewal: a process that ends meanwhile would lose the new
/// token.
const BESIDE: Duration = Duration::from_secs(2);

/// The sign-in at one instance, with everything that is needed to renew it.
#[derive(Debug)]
pub(super) struct Keeper {
    /// The instance without a credential.
    pub(super) instance: Arc<Instance>,
    pub(super) web: Web,
    pub(super) settings: SignIn,
    pub(super) cache: Option<Cache>,
    early: i64,
    held: StdMutex<Held>,
    /// Held by the call that renews the sign-in, or begins a new one.
    turn: Arc<Mutex<()>>,
    pub(super) pending: StdMutex<Pending>,
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
            held: StdMutex::default(),
            turn: Arc::default(),
            pending: StdMutex::default(),
        }
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock()
    }

    /// A valid token: the one that is held, else that of the file, else a new one for the refresh token.
    ///
    /// # Errors
    /// [`Kind::SignIn`]: a person has to sign in. Errors of the renewal, of Argo CD and of the provider.
    pub(super) async fn current(self: &Arc<Self>) -> Result<SecretString, Error> {
        let began = Instant::now();
        let (usable, renewable) = match self.known() {
            Ok(fresh) => return Ok(fresh),
            Err(known) => known,
        };
        if let Some(token) = usable {
            if renewable {
                self.renew_beside().await;
            }
            return Ok(self.held().usable().unwrap_or(token));
        }
        if renewable {
            let _turn = self.turn.lock().await;
            // Calls that waited for a renewal that failed end with its error.
            let failed = self.held().failed_since(began);
            match failed {
                Some(error) => Err(error),
                None => self.renew().await,
            }
            .map_err(|error| error.hint_if_none("The sign-in is kept; ask again."))?;
        }
        // Calls that come together get one address: a second sign-in would find its port taken by the first. A process
        // that does not stay begins none.
        let _turn = if self.settings.stays { Some(self.turn.lock().await) } else { None };
        match self.known() {
            Ok(token) | Err((Some(token), _)) => return Ok(token),
            Err((None, _)) => {}
        }
        let failed = self.held().failed_since(began);
        match failed {
            Some(error) => Err(error),
            None => Err(self.ask().await),
        }
    }

    /// A token that is valid for a while; else a token that is still valid, and whether there is a refresh token.
    fn known(&self) -> Result<SecretString, (Option<SecretString>, bool)> {
        let mut held = self.held();
        self.adopt_done(&mut held);
        if let Some(token) = held.fresh(self.early) {
            return Ok(token);
        }
        held.adopt_file(self.cache.as_ref(), &self.instance.base_url);
        held.fresh(self.early).ok_or_else(|| (held.usable(), held.renewable()))
    }

    /// Takes over the tokens of a sign-in that is done.
    fn adopt_done(&self, held: &mut Held) {
        let mut pending = self.pending();
        if matches!(*pending, Pending::Done(..))
            && let Pending::Done(tokens, kept) = std::mem::take(&mut *pending)
        {
            *held = Held::new(tokens, kept);
        }
    }

    /// Renews a token that is still valid, unless another call does so, or an attempt failed just now.
    async fn renew_beside(self: &Arc<Self>) {
        let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() else { return };
        if self.held().pauses() {
            return;
        }
        let keeper = Arc::clone(self);
        let renewal = tokio::spawn(async move {
            let _turn = turn;
            if let Err(error) = keeper.renew().await {
                tracing::warn!("the sign-in cannot be renewed yet: {}", error.message);
            }
        });
        let _ = tokio::time::timeout(BESIDE, renewal).await;
    }

    /// Renews the token, and remembers a failure. The caller must hold the turn.
    async fn renew(&self) -> Result<(), Error> {
        let renewed = self.renew_alone().await;
        if let Err(error) = &renewed {
            self.held().fail(error);
        }
        renewed
    }

    /// The tokens to renew and their refresh token; `None` if another process has renewed them, or somebody signed out.
    fn due(&self) -> Option<(Tokens, SecretString)> {
        let mut held = self.held();
        held.adopt_file(self.cache.as_ref(), &self.instance.base_url);
        if held.fresh(self.early).is_some() {
            return None;
        }
        let tokens = held.tokens.clone()?;
        let refresh = tokens.refresh.clone()?;
        Some((tokens, refresh))
    }

    /// Exchanges the refresh token for new tokens, in one process at a time. `Ok`, too, when the provider will never
    /// take it: then there is no token to renew any more.
    async fn renew_alone(&self) -> Result<(), Error> {
        let busy = |problem: String| Error::new(Kind::Unavailable, format!("the sign-in cannot be renewed: {problem}"));
        let _lock = match &self.cache {
            Some(cache) => cache.lock().await.map_err(busy)?,
            None => None,
        };
        let Some((tokens, refresh)) = self.due() else { return Ok(()) };
        let provider = Provider::discover(&self.instance, &self.web, self.settings.port).await?;
        let issuer = Claims::of(&tokens.id).map(|claims| claims.issuer).unwrap_or_default();
        let renewed = if provider.is(&issuer) {
            provider.refresh(&tokens.id, &refresh).await
        } else {
            let message = format!("it was given by {issuer}, which is not Argo CD's identity provider any more");
            Err(NotRefreshed::Refused(Error::new(Kind::Refused, message)))
        };
        match renewed {
            Ok(tokens) => {
                let kept = self.write(Some(&tokens));
                *self.held() = Held::new(tokens, kept);
                Ok(())
            }
            Err(NotRefreshed::Later(error)) => Err(error),
            Err(NotRefreshed::Refused(error)) => {
                tracing::warn!("the sign-in will not be renewed: {}", error.message);
                let tokens = Tokens { refresh: None, ..tokens };
                let lasts = tokens.left() > 0;
                let mut held = self.held();
                held.kept = self.write(Some(&tokens).filter(|_| lasts)) && lasts;
                held.tokens = Some(tokens);
                held.over = Some(error.message);
                Ok(())
            }
        }
    }

    /// Told that Argo CD refused a token. Returns whether asking again may give another one.
    pub(super) async fn refused(&self, token: SecretString) -> bool {
        {
            let mut held = self.held();
            if held.tokens.as_ref().is_none_or(|tokens| !tokens.is(&token)) {
                return true;
            }
            if held.is_new() {
                return false;
            }
            held.refused = Some(token);
            held.adopt_file(self.cache.as_ref(), &self.instance.base_url);
            if held.refused.is_none() {
                return true;
            }
        }
        let _turn = self.turn.lock().await;
        self.renew().await.is_ok()
    }

    /// Writes new tokens into the file, for other processes as well. Returns whether that was possible.
    pub(super) async fn keep(&self, tokens: &Tokens) -> bool {
        let Some(cache) = &self.cache else { return false };
        match cache.lock().await {
            Ok(_lock) => self.write(Some(tokens)),
            Err(problem) => {
                self.warn_not_kept(cache, &problem);
                false
            }
        }
    }

    fn write(&self, tokens: Option<&Tokens>) -> bool {
        let Some(cache) = &self.cache else { return false };
        let written = cache.write(&self.instance.base_url, tokens);
        if let Err(problem) = &written {
            self.warn_not_kept(cache, problem);
        }
        written.is_ok()
    }

    fn warn_not_kept(&self, cache: &Cache, problem: &str) {
        let (base_url, file) = (&self.instance.base_url, cache.path().display());
        tracing::warn!("the sign-in to {base_url} is not kept in {file}: {problem}");
    }
}
