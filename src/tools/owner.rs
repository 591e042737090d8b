//! Who writes an application besides the caller, and will undo what the caller writes.

use bytes::Bytes;
use serde_json::Value;

use super::{Request, answer};
use crate::{
    error::Error,
    view::{
        automation,
        text::shown,
        tracking::{instance, tracker},
    },
};

/// What will become of an edit of an application, and where to make it instead. `request` is one about the application,
/// `get` reads the one that a request is about: whoever deploys it, if the token may see that.
pub async fn note<F>(application: &Value, request: &Request, get: impl FnOnce(Request) -> F) -> Option<String>
where
    F: Future<Output = Result<Bytes, Error>>,
{
    let name = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let owners = application.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let set = owners.filter(|owner| owner.get("kind").and_then(Value::as_str) == Some("ApplicationSet"));
    if let Some(set) = set.filter_map(|owner| owner.get("name")?.as_str()).next() {
        return Some(format!(
            "ApplicationSet {} generates {} and writes its template over it: change the ApplicationSet instead.",
            shown(set),
            shown(name)
        ));
    }
    let (parent, is_certain) = parent(application)?;
    let read = get(about(&parent, request)).await.ok().and_then(|body| answer::application(&body));
    if !is_certain && !has(read.as_ref(), name) {
        return None;
    }
    let places = places(read.as_ref());
    let from = if places.is_empty() { String::new() } else { format!(" from {}", shown(&places.join(" and "))) };
    let heals = automation::heals(read.as_ref().and_then(|read| read.pointer("/spec/syncPolicy")));
    let undone = if heals { "its self-heal reverts this" } else { "its next sync reverts this" };
    Some(format!("Application {} deploys {}{from}: {undone}; change it there instead.", shown(&parent), shown(name)))
}

/// The application of which this one is a resource, `name` or `namespace/name`, and whether that is certain. Argo CD's
/// own annotation says so; before 3.0 a label did, which may have been copied or be somebody else's.
fn parent(application: &Value) -> Option<(String, bool)> {
    let metadata = application.get("metadata")?;
    let own = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    let at = |map: &str, key: &str| metadata.get(map)?.get(key)?.as_str();
    let tracked = at("annotations", "argocd.argoproj.io/tracking-id").and_then(|id| tracker(id, namespace, own));
    let parent = tracked.or_else(|| at("labels", "app.kubernetes.io/instance")).filter(|parent| *parent != own)?;
    Some((instance(parent), tracked.is_some()))
}

/// A request about another application.
fn about(application: &str, request: &Request) -> Request {
    let (namespace, name) = match application.split_once('/') {
        Some((namespace, name)) => (namespace.into(), name),
        None => (Value::Null, application),
    };
    let request = request.with("applicationName", name.into()).with("project", Value::Null);
    request.with("applicationNamespace", namespace)
}

/// Whether an application has another one among its resources.
fn has(application: Option<&Value>, child: &str) -> bool {
    let resources = application.and_then(|application| application.pointer("/status/resources")?.as_array());
    let is_child = |resource: &Value| {
        let is = |key: &str, value: &str| resource.get(key).and_then(Value::as_str) == Some(value);
        is("kind", "Application") && is("name", child)
    };
    resources.is_some_and(|resources| resources.iter().any(is_child))
}

/// Where the sources of an application are: repository, path, revision.
fn places(application: Option<&Value>) -> Vec<String> {
    let at = |key: &str| application.and_then(|application| application.get("spec")?.get(key));
    let several = at("sources").and_then(Value::as_array).into_iter().flatten();
    let place = |source: &Value| {
        let parts = ["repoURL", "chart", "path", "targetRevision"].map(|key| source.get(key).and_then(Value::as_str));
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    at("source").into_iter().chain(several).map(place).filter(|place| !place.is_empty()).collect()
}
