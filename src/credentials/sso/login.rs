//! One sign-in of a person: the address to open, the port at which the answer arrives, and the exchange for tokens.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    Tokens,
    callback::{Listener, unregistered},
    provider::{Begun, Provider},
};
use crate::{
    argocd::{Instance, Web},
    error::{Error, Kind},
};

/// A sign-in that has begun.
pub(super) struct Login {
    provider: Provider,
    listener: Listener,
    begun: Begun,
    /// Why the sign-in will probably fail.
    pub(super) doubt: Option<String>,
}

impl Login {
    /// Asks Argo CD and the provider how to sign in, and takes the port.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: nobody can sign in at this Argo CD, or the provider is misconfigured.
    /// [`Kind::Unavailable`]: another program has the port. Errors of the requests.
    pub(super) async fn begin(instance: &Arc<Instance>, web: &Web, port: u16) -> Result<Self, Error> {
        let provider = Provider::discover(instance, web, port).await?;
        let bundled = provider.is_bundled();
        let listener = Listener::bind(port, bundled).await?;
        let begun = provider.begin();
        let doubt = unregistered(port, bundled).map(|doubt| doubt.to_string());
        Ok(Self { provider, listener, begun, doubt })
    }

    /// The address at which the person signs in.
    pub(super) fn address(&self) -> &str {
        &self.begun.address
    }

    /// Waits for the person, and gives the result to `told` before the browser shows how the sign-in ended.
    ///
    /// # Errors
    /// [`Kind::Refused`]: the provider refused. Errors of the exchange for tokens, and those of `told`.
    pub(super) async fn finish<F: Future<Output = Result<(), Error>>>(
        self,
        told: impl FnOnce(Result<Tokens, Error>) -> F,
    ) -> Result<(), Error> {
        let Self { provider, listener, begun, .. } = self;
        let mut served = JoinSet::new();
        let mut answer = listener.answer(&begun.state, &mut served).await;
        // The next sign-in may begin as soon as the page is seen.
        drop(listener);
        let result = match std::mem::replace(&mut answer.code, Ok(String::new())) {
            Ok(code) => provider.exchange(begun, code).await,
            Err(said) => Err(Error::new(Kind::Refused, said)),
        };
        let result = told(result).await;
        answer.show(result.as_ref().map(drop).map_err(|error: &Error| error.message.clone())).await;
        result
    }
}
