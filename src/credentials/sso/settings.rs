//! Reads from Argo CD's settings how people sign in: at which provider, and as which client.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    argocd::{Instance, Session, Wire, operations},
    error::{Error, Kind},
};

/// How long Argo CD may take to tell its settings.
const PATIENCE: Duration = Duration::from_secs(15);
/// The scopes to ask for if Argo CD names none.
const SCOPES: &[&str] = &["openid", "profile", "email", "groups"];
/// The scope that asks Dex for the user id which policies of Argo CD 3.0 and newer name.
const FEDERATED: &str = "federated:id";

/// The provider, and this program's client there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Registration {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    /// Whether the provider is Argo CD's own Dex.
    pub(super) bundled: bool,
    /// The `claims` parameter (`OpenID` Connect Core §5.5).
    pub(super) claims: Option<Value>,
}

/// Asks an Argo CD for its settings, without a token.
///
/// # Errors
/// [`Kind::Configuration`]: this Argo CD has no single sign-on. Errors of the request.
pub(super) async fn registration(instance: &Arc<Instance>) -> Result<Registration, Error> {
    let session = Session::new(Arc::new(instance.with_token(None)), PATIENCE, false);
    let body = session.bytes(&operations::SETTINGS_SERVICE_GET, Wire::default()).await?;
    read(&serde_json::from_slice(&body).unwrap_or_default(), &instance.base_url)
}

fn read(settings: &Value, base_url: &str) -> Result<Registration, Error> {
    let wrong = |problem: &str, fix: &str| {
        Err(Error::new(Kind::Configuration, format!("Argo CD at {base_url} {problem}")).hint(fix))
    };
    let text = |pointer: &str| settings.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(issuer) = text("/oidcConfig/issuer") {
        let Some(client_id) = text("/oidcConfig/cliClientID").or_else(|| text("/oidcConfig/clientID")) else {
            return wrong("has an OIDC provider without a client", "Whoever runs it sets cliClientID in oidc.config.");
        };
        let scopes = settings.pointer("/oidcConfig/scopes").and_then(Value::as_array);
        let scopes: Vec<String> = scopes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let claims = settings
            .pointer("/oidcConfig/idTokenClaims")
            .filter(|claims| claims.as_object().is_some_and(|map| !map.is_empty()));
        return Ok(Registration {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            scopes: if scopes.is_empty() { SCOPES.iter().map(|&scope| scope.to_owned()).collect() } else { scopes },
            bundled: false,
            claims: claims.map(|claims| json!({ "id_token": claims })),
        });
    }
    let connectors = settings.pointer("/dexConfig/connectors").and_then(Value::as_array);
    if connectors.is_none_or(Vec::is_empty) {
        return wrong(
            "has no single sign-on (no OIDC provider, no Dex connector)",
            "Use an API token: ARGOCD_API_TOKEN.",
        );
    }
    let Some(url) = text("/url") else {
        return wrong("does not say its own address, which Dex needs", "Whoever runs it sets `url` in argocd-cm.");
    };
    Ok(Registration {
        // Argo CD may know itself under another address than the base URL.
        issuer: format!("{}/api/dex", url.trim_end_matches('/')),
        client_id: "argo-cd-cli".into(),
        scopes: SCOPES.iter().chain(&[FEDERATED]).map(|&scope| scope.to_owned()).collect(),
        bundled: true,
        claims: None,
    })
}
