//! Who sends a request: hashes of the credentials that were shown.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::gates::inbound::Hash;

/// How many digits of a hash are shown, in audit lines and to Argo CD. They tell callers from each other; to be taken for
/// a caller needs them all.
const SHOWN: usize = 12;

tokio::task_local! {
    static ASKER: Asker;
}

/// Who sends a request; hashes, never credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The inbound token that was shown, where callers are authenticated: what a session belongs to.
    pub owner: Option<String>,
    /// All credentials that were shown: what an answer belongs to.
    pub caller: String,
    /// There is more than one inbound token.
    pub several: bool,
}

impl Asker {
    /// Whose limits count: of several inbound tokens each is somebody's, who may show many Argo CD credentials.
    pub fn whose(&self) -> &str {
        self.whose_among(self.several)
    }

    /// The same where there are several tokens now, or one.
    pub fn whose_among(&self, several: bool) -> &str {
        self.owner.as_deref().filter(|_| several).unwrap_or(&self.caller)
    }

    /// The caller as the log has it.
    pub fn shown(&self) -> &str {
        self.caller.get(..SHOWN).unwrap_or(&self.caller)
    }

    /// The owner, where there are others.
    pub fn one_of_several(&self) -> Option<&str> {
        self.owner.as_deref().filter(|_| self.several)
    }

    /// Whether its inbound token is none of these any more.
    pub fn is_gone(&self, owners: &HashSet<String>) -> bool {
        self.owner.as_ref().is_some_and(|owner| !owners.contains(owner))
    }
}

/// Runs what rmcp does for a request; its session manager is not told who asks.
pub async fn asked_by<T>(asker: Asker, serve: impl Future<Output = T>) -> T {
    ASKER.scope(asker, serve).await
}

/// Who sent the request that is served.
pub fn asker() -> Asker {
    ASKER.try_with(Clone::clone).unwrap_or_default()
}

/// Who shows the same credentials is the same caller.
pub fn identity(inbound: Option<Hash>, token: Option<&SecretString>) -> String {
    if inbound.is_none() && token.is_none() {
        return "anonymous".to_owned();
    }
    let mut hash = Sha256::new_with_prefix(b"argocd-mcp caller");
    hash.update(inbound.unwrap_or_default());
    hash.update(token.map(|token| token.expose_secret().as_bytes()).unwrap_or_default());
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
