//! Which instance a call goes to, and with which credential.

use std::sync::Arc;

use crate::{
    argocd::{Instance, instance::normalise},
    caller::Caller,
    config::Environment,
    error::{Error, Kind},
};

/// The instances this server knows.
#[derive(Debug)]
pub struct Credentials {
    base_url: Option<String>,
    default: Option<Arc<Instance>>,
}

impl Credentials {
    /// The instance of `ARGOCD_BASE_URL` with the token of `ARGOCD_API_TOKEN`, as far as they are set: a server
    /// without them starts, lists its tools, and says at a call what to set.
    ///
    /// # Errors
    /// [`Kind::Configuration`] for a URL or token that cannot be used.
    pub fn from_environment(environment: &Environment) -> Result<Self, Error> {
        let named = |error: Error| Error { message: format!("ARGOCD_BASE_URL: {}", error.message), ..error };
        let base_url = environment.base_url.as_deref().map(normalise).transpose().map_err(named)?;
        let default = match (&base_url, &environment.token) {
            (Some(base_url), Some(token)) => Some(Arc::new(Instance::new(base_url, token, "ARGOCD_API_TOKEN")?)),
            _ => None,
        };
        if base_url.as_ref().is_some_and(|url| url.starts_with("http://")) && default.is_some() {
            tracing::warn!("ARGOCD_BASE_URL is http: the token travels unencrypted");
        }
        Ok(Self { base_url, default })
    }

    /// The instance for a call. No request is made to a base URL without a token of its own.
    ///
    /// # Errors
    /// [`Kind::Configuration`] says what to set.
    pub fn resolve(&self, argument: Option<&str>, _caller: &Caller) -> Result<Arc<Instance>, Error> {
        let asked = argument.map(str::trim).filter(|url| !url.is_empty());
        let asked = asked.map(|url| {
            normalise(url).map_err(|error| Error { message: format!("argocdBaseUrl: {}", error.message), ..error })
        });
        let Some(base_url) = asked.transpose()?.or_else(|| self.base_url.clone()) else {
            return Err(Error::new(
                Kind::Configuration,
                "Missing required ArgoCD base URL: argocdBaseUrl. Provide it as a tool argument, or configure the server via the x-argocd-base-url header or ARGOCD_BASE_URL env var.",
            ));
        };
        match self.default.as_ref().filter(|instance| instance.base_url == base_url) {
            Some(instance) => Ok(Arc::clone(instance)),
            None => Err(Error::new(
                Kind::Configuration,
                format!(
                    "Missing required ArgoCD API token for base URL \"{base_url}\". Provide it via the x-argocd-api-token header / ARGOCD_API_TOKEN env var, or register a token for this base URL in ARGOCD_TOKEN_REGISTRY_PATH."
                ),
            )),
        }
    }
}
