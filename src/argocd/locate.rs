//! Finds out where an application is, by one small list request: a bare "permission denied" may mean anything.

use serde_json::Value;

use super::{operations, session::Session, wire::Wire};
use crate::{error::Error, release::Release, suggest::similar};

/// What a token sees of the applications with a name.
#[derive(Debug, PartialEq)]
pub enum Located {
    /// Namespace and project of each application of that name, and Argo CD's own namespace, if that can be told.
    Here(Vec<(String, String)>, Option<String>),
    /// Names that are similar, and the number of applications that the token sees: none has that name.
    Similar(Vec<String>, usize),
    /// The token sees no application at all.
    Blind,
}

/// How many similar names are told.
const NEAR: usize = 5;

/// Looks a name up among the applications that the token may see: `GET /api/v1/applications`, few fields of each.
///
/// # Errors
/// The request fails or is refused, as [`Session::bytes`] says.
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

/// Reads an application, which explains the answer to another call: `GET /api/v1/applications/{name}`.
///
/// # Errors
/// The request fails or is refused, as [`Session::bytes`] says.
pub async fn application(session: &Session, name: &str, namespace: Option<&str>) -> Result<Value, Error> {
    let mut wire = Wire::default();
    wire.set("name", name);
    wire.set("appNamespace", namespace);
    let body = session.bytes(&operations::APPLICATION_SERVICE_GET, wire).await?;
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// Argo CD's own namespace, the only one in which applications need no namespace before their names. It is `argocd` if
/// applications are there, else what `GET /api/v1/settings` tells callers who are signed in.
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
