//! Keeps a fetched token until shortly before it expires, and fetches another one when Argo CD refuses it.

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::error::Error;

/// A token is fetched anew so many seconds before it expires.
pub(super) const EARLY: i64 = 60;

/// A token and the time at which it expires, if that is known.
pub(super) type Fetched = (SecretString, Option<Timestamp>);

/// The token that was fetched last. Calls that come while a token is fetched wait for it.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<Fetched>>);

impl Kept {
    /// The kept token while it is valid, else the one that `fetch` gives.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub(super) async fn or(&self, fetch: impl Future<Output = Result<Fetched, Error>>) -> Result<SecretString, Error> {
        let mut kept = self.0.lock().await;
        let holds = |expires: &Option<Timestamp>| {
            expires.is_none_or(|expires| expires.as_second() - EARLY > Timestamp::now().as_second())
        };
        if let Some((token, _)) = kept.as_ref().filter(|(_, expires)| holds(expires)) {
            return Ok(token.clone());
        }
        let fetched = fetch.await?;
        Ok(kept.insert(fetched).0.clone())
    }

    /// Replaces a refused token, unless another call has replaced it already. Returns whether there is another token
    /// now.
    pub(super) async fn refused(
        &self,
        token: &SecretString,
        fetch: impl Future<Output = Result<Fetched, Error>>,
    ) -> bool {
        let mut kept = self.0.lock().await;
        if kept.as_ref().is_some_and(|(kept, _)| !super::differs(Some(kept), token)) {
            *kept = fetch.await.ok();
        }
        super::differs(kept.as_ref().map(|(kept, _)| kept), token)
    }
}
