//! A token that was fetched, kept until shortly before it expires, and fetched anew when Argo CD refuses it.

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::error::Error;

/// A token is fetched anew so long before it expires, in seconds.
pub(super) const EARLY: i64 = 60;

/// A token and when it expires, if it tells.
pub(super) type Fetched = (SecretString, Option<Timestamp>);

/// The token that was fetched last. Calls that come while one fetches wait for it.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<Fetched>>);

impl Kept {
    /// The kept token while it holds, else what `fetch` gives.
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

    /// Replaces a token that was refused, unless somebody did meanwhile; whether there is another one now.
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
