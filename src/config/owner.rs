//! What the environment sets for the Argo CD at `ARGOCD_BASE_URL` is not used when `--base-url` names another one.

use url::Url;

use super::{Environment, Flags, variable};
use crate::error::Error;

/// Set to 0, it makes every program of Node trust any certificate.
pub(super) const NODE_SKIPS: &str = "NODE_TLS_REJECT_UNAUTHORIZED";

/// Removes the settings of the environment that belong to another base URL, and logs which.
///
/// # Errors
/// [`crate::error::Kind::Configuration`]: a variable is not text.
pub(super) fn keep(environment: &mut Environment, flags: &Flags) -> Result<(), Error> {
    let (Some(base_url), Some(own)) = (environment.base_url.clone(), variable("ARGOCD_BASE_URL")?) else {
        return Ok(());
    };
    if same(&base_url) == same(&own) {
        return Ok(());
    }
    environment.elsewhere = true;
    let mut left = vec![];
    let mut leave = |name: &'static str, is_set: bool| left.extend(is_set.then_some(name));
    leave("ARGOCD_API_TOKEN", environment.token.take().is_some());
    leave("ARGOCD_USERNAME", environment.username.take().is_some());
    leave("ARGOCD_PASSWORD", environment.password.take().is_some());
    leave("ARGOCD_EXTRA_HEADERS", !std::mem::take(&mut environment.headers).is_empty());
    for (name, flag, file) in [
        ("ARGOCD_API_TOKEN_FILE", "token-file", &mut environment.token_file),
        ("ARGOCD_CLIENT_CERT_FILE", "client-cert-file", &mut environment.client_cert_file),
        ("ARGOCD_CLIENT_KEY_FILE", "client-key-file", &mut environment.client_key_file),
    ] {
        leave(name, file.take_if(|_| !flags.is_given(flag)).is_some());
    }
    environment.left_out = !left.is_empty();
    // Trust in any certificate of one instance says nothing of another instance, which gets a token of its own.
    let skips = flags.instance.insecure_skip_verify.0;
    let kept = skips && flags.is_given("insecure-skip-verify");
    if environment.skip_verify && !kept {
        environment.skip_verify = false;
        left.push(if skips { "ARGOCD_INSECURE_SKIP_VERIFY" } else { NODE_SKIPS });
    }
    if !left.is_empty() {
        let left = left.join(", ");
        tracing::warn!("not used: {left}, set for ARGOCD_BASE_URL, while --base-url is another one");
    }
    Ok(())
}

/// An address in the form in which two spellings of it are equal.
fn same(url: &str) -> String {
    match Url::parse(url.trim()) {
        Ok(url) if url.has_host() => {
            let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
            format!("{}://{host}:{port}{}", url.scheme(), url.path().trim_end_matches('/'))
        }
        _ => url.trim().trim_end_matches('/').to_owned(),
    }
}
