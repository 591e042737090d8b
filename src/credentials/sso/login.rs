//! One sign-in of a person: an address, a port at which its answer arrives, and the tokens that come of it.

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

/// A sign-in that waits for its person.
pub(super) struct Login {
    provider: Provider,
    listener: Listener,
    begun: Begun,
    /// Why it will probably fail.
    pub(super) doubt: Option<String>,
}

impl Login {
    /// Asks Argo CD and the provider, and takes the port.
    ///
    /// # Errors
    /// Those of either.
    pub(super) async fn begin(instance: &Arc<Instance>, web: &Web, port: u16) -> Result<Self, Error> {
        let provider = Provider::discover(instance, web, port).await?;
        let bundled = provider.is_bundled();
        let listener = Listener::bind(port, bundled).await?;
        let begun = provider.begin();
        let doubt = unregistered(port, bundled).map(|doubt| doubt.to_string());
        Ok(Self { provider, listener, begun, doubt })
    }

    /// Where the person signs in.
    pub(super) fn address(&self) -> &str {
        &self.begun.address
    }

    /// Waits for the person; what they see at the end is true: by then `told` has done its part.
    ///
    /// # Errors
    /// The provider's refusal, and that of `told`.
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
