//! The sender of a request, known by hashes of the credentials it showed.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::gates::inbound::Hash;

/// How many digits of a hash are shown in audit lines and to Argo CD. Shown digits only tell callers apart; being taken
/// for a caller needs all digits.
const SHOWN: usize = 12;

tokio::task_local! {
    static ASKER: Asker;
}

/// The sender of a request, as hashes of its credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// Hash of the inbound token, where callers are authenticated. Sessions belong to this token.
    pub owner: Option<String>,
    /// Hash of all credentials together. Answers belong to these credentials.
    pub caller: String,
    /// Whether the server accepts more than one inbound token.
    pub several: bool,
}

impl Asker {
    /// The caller whose limits count. Where there are several inbound tokens, this is the token: one person may use a
    /// token with many Argo CD credentials.
    pub fn whose(&self) -> &str {
        self.whose_among(self.several)
    }

    /// As `whose`, for a given answer to whether there are several tokens.
    pub fn whose_among(&self, several: bool) -> &str {
        self.owner.as_deref().filter(|_| several).unwrap_or(&self.caller)
    }

    /// The caller as the log shows it.
    pub fn shown(&self) -> &str {
        self.caller.get(..SHOWN).unwrap_or(&self.caller)
    }

    /// The inbound token, where there are several.
    pub fn one_of_several(&self) -> Option<&str> {
        self.owner.as_deref().filter(|_| self.several)
    }

    /// Whether the inbound token of this request is not accepted any more.
    pub fn is_gone(&self, owners: &HashSet<String>) -> bool {
        self.owner.as_ref().is_some_and(|owner| !owners.contains(owner))
    }
}

/// Runs rmcp for a request of this sender. rmcp does not tell its session manager who sent a request.
pub async fn asked_by<T>(asker: Asker, serve: impl Future<Output = T>) -> T {
    ASKER.scope(asker, serve).await
}

/// The sender of the request that is being served.
pub fn asker() -> Asker {
    ASKER.try_with(Clone::clone).unwrap_or_default()
}

/// Names a caller by its credentials: the same credentials mean the same caller.
pub fn identity(inbound: Option<Hash>, token: Option<&SecretString>) -> String {
    if inbound.is_none() && token.is_none() {
        return "anonymous".to_owned();
    }
    let mut hash = Sha256::new_with_prefix(b"argocd-mcp caller");
    hash.update(inbound.unwrap_or_default());
    hash.update(token.map(|token| token.expose_secret().as_bytes()).unwrap_or_default());
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
