//! What to do when a base URL or its token is missing. Callers over HTTP have other ways than the person who started
//! the program.

use super::Known;
use crate::{
    caller::{Caller, Reach},
    config::Environment,
    error::{Error, Kind},
};

/// Said when no base URL is given anywhere, in the words of the server that this one replaces.
const NOWHERE: &str = "Missing required ArgoCD base URL: argocdBaseUrl. Provide it as a tool argument, or configure the server via the x-argocd-base-url header or ARGOCD_BASE_URL env var.";
/// What a person at a shell can do about a missing base URL.
const WHERE: &str = "On the command line: --base-url https://argocd.example.com, `call TOOL argocdBaseUrl=NAME` or `whoami NAME` for an entry of the registry, or --demo for an Argo CD that is made up.";

const OF_THE_DEMO: &str = "The demo is the only Argo CD here: leave the base URL out, or start without --demo.";
const ELSEWHERE: &str = "The token of the environment belongs to ARGOCD_BASE_URL, and --base-url is another one: give the token of that one with --token-file FILE, or register it in ARGOCD_TOKEN_REGISTRY_PATH (--token-registry), or sign in as a person with --sso.";
const OF_DEFAULT: &str =
    "Set ARGOCD_API_TOKEN or ARGOCD_API_TOKEN_FILE (--token-file FILE), or sign in as a person with --sso.";
const OF_ANOTHER: &str = "A token goes to the base URL it belongs to alone: register one for this base URL in ARGOCD_TOKEN_REGISTRY_PATH (--token-registry), or make it the default with ARGOCD_BASE_URL (--base-url) and a token.";

/// The settings that decide what to advise.
#[derive(Debug)]
pub(super) struct Ways {
    demo: bool,
    elsewhere: bool,
}

impl Ways {
    pub(super) fn of(environment: &Environment) -> Self {
        Self { demo: environment.in_process, elsewhere: environment.elsewhere }
    }

    /// The error for a name that no instance has.
    pub(super) fn unknown(&self, name: &str) -> Error {
        let way =
            if self.demo { OF_THE_DEMO } else { "Write the name of one, or its URL: https://argocd.example.com." };
        Error::new(Kind::Configuration, format!("there is no instance `{name}`")).hint(way)
    }

    /// The error for a base URL without a token; `is_default` tells whether it is the default one.
    pub(super) fn token(&self, base_url: &str, is_default: bool, caller: &Caller) -> Error {
        let message = format!("Missing required ArgoCD API token for base URL \"{base_url}\".");
        let sent = || match (&caller.token, &caller.base_url) {
            (None, _) if is_default => "Send it in the x-argocd-api-token header".to_owned(),
            (None, _) => format!("Send it in the x-argocd-api-token header, with x-argocd-base-url: {base_url}"),
            (Some(_), None) => format!(
                "That of the x-argocd-api-token header is for the server's own base URL, as no x-argocd-base-url came with it: send x-argocd-base-url: {base_url} where it belongs to that"
            ),
            (Some(_), Some(_)) => format!(
                "That of the x-argocd-api-token header belongs to the x-argocd-base-url that came with it: send x-argocd-base-url: {base_url} with a token of that one"
            ),
        };
        let way = match caller.reach {
            _ if self.demo => OF_THE_DEMO.to_owned(),
            Reach::Process if is_default && self.elsewhere => ELSEWHERE.to_owned(),
            Reach::Process if is_default => OF_DEFAULT.to_owned(),
            Reach::Process => OF_ANOTHER.to_owned(),
            Reach::Loopback | Reach::Network => {
                format!("{}; or whoever runs this server registers one in ARGOCD_TOKEN_REGISTRY_PATH.", sent())
            }
        };
        Error::new(Kind::Configuration, message).hint(way)
    }
}

/// The error for a call without a base URL.
pub(super) fn base_url(caller: &Caller) -> Error {
    let error = Error::new(Kind::Configuration, NOWHERE);
    if caller.reach == Reach::Process { error.hint(WHERE) } else { error }
}

/// Adds the names of the registry's instances to an error.
pub(super) fn with_names(error: Error, known: &[Known]) -> Error {
    let names: Vec<&str> =
        known.iter().map(|known| known.name.as_deref().unwrap_or(&known.instance.base_url)).take(20).collect();
    if names.is_empty() {
        return error;
    }
    let told = format!("This server knows {}.", names.join(", "));
    let hint = error.hint.as_ref().map_or_else(|| told.clone(), |hint| format!("{hint}\n{told}"));
    error.hint(hint)
}
