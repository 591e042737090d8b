//! Where an application is: one lean list call, for a bare "permission denied" that may mean anything.

use serde_json::Value;

use super::{operations, session::Session, wire::Wire};
use crate::{error::Error, release::Release, suggest::similar};

/// What a token sees of the name of an application.
#[derive(Debug, PartialEq)]
pub enum Located {
    /// Applications of that name: (namespace, project); and Argo CD's own namespace, as far as it can be told.
    Here(Vec<(String, String)>, Option<String>),
    /// None of that name, but of a similar one; and how many it sees in all.
    Similar(Vec<String>, usize),
    /// None at all.
    Blind,
}

/// Most similar names that are told.
const NEAR: usize = 5;

/// Looks a name up among the applications the token may see. `GET /api/v1/applications`, projected.
///
/// # Errors
/// As [`Session::bytes`].
pub async fn locate(session: &Session, name: &str) -> Result<Located, Error> {
    let mut wire = Wire::default();
    // Before 3.5 a server projects `items.spec` as a whole or not at all.
    let lean = session.release().await?.is_some_and(|release| release >= Release::new(3, 5, 0));
    let project = if lean { "items.spec.project" } else { "items.spec" };
    wire.set("fields", format!("items.metadata.name,items.metadata.namespace,{project}"));
    let body = session.bytes(&operations::APPLICATION_SERVICE_LIST, wire).await?;
    let list: Value = serde_json::from_slice(&body).unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text =
        |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let here: Vec<(String, String)> = items
        .iter()
        .filter(|item| text(item, "/metadata/name") == name)
        .map(|item| (text(item, "/metadata/namespace"), text(item, "/spec/project")))
        .collect();
    if items.is_empty() {
        return Ok(Located::Blind);
    }
    let own = own_namespace(session, items).await;
    if !here.is_empty() {
        return Ok(Located::Here(here, own));
    }
    let qualified = |item: &Value| match text(item, "/metadata/namespace").as_str() {
        namespace if namespace.is_empty() || own.as_deref() == Some(namespace) => text(item, "/metadata/name"),
        namespace => format!("{namespace}/{}", text(item, "/metadata/name")),
    };
    let names: Vec<(String, String)> =
        items.iter().map(|item| (text(item, "/metadata/name"), qualified(item))).collect();
    let near = similar(name, names.iter().map(|(name, _)| name.as_str()));
    let near = near
        .iter()
        .flat_map(|near| names.iter().filter(move |(name, _)| name == near))
        .map(|(_, qualified)| qualified.clone());
    Ok(Located::Similar(near.take(NEAR).collect(), items.len()))
}

/// An application, for what it tells of another call. `GET /api/v1/applications/{name}`.
///
/// # Errors
/// As [`Session::bytes`].
pub async fn application(session: &Session, name: &str, namespace: Option<&str>) -> Result<Value, Error> {
    let mut wire = Wire::default();
    wire.set("name", name);
    wire.set("appNamespace", namespace);
    let body = session.bytes(&operations::APPLICATION_SERVICE_GET, wire).await?;
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// Argo CD's own namespace: the one most are installed in if it has applications, or what `GET /api/v1/settings` says to
/// whoever is signed in. Only there an application needs no namespace before its name.
async fn own_namespace(session: &Session, items: &[Value]) -> Option<String> {
    const USUAL: &str = "argocd";
    let is_usual = |item: &Value| item.pointer("/metadata/namespace").is_some_and(|namespace| namespace == USUAL);
    if items.iter().any(is_usual) {
        return Some(USUAL.to_owned());
    }
    let body = session.bytes(&operations::SETTINGS_SERVICE_GET, Wire::default()).await.ok()?;
    let settings: Value = serde_json::from_slice(&body).ok()?;
    settings.get("controllerNamespace")?.as_str().filter(|own| !own.is_empty()).map(str::to_owned)
}
