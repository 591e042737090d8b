//! Who writes an application besides the caller, and will undo what the caller writes.

use bytes::Bytes;
use serde_json::Value;

use super::{Request, answer, state};
use crate::{
    error::Error,
    view::{
        automation,
        text::shown,
        tracking::{instance, labelled, tracker},
    },
};

/// What the caller did to the application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Changed a part of it.
    Edited,
    /// Deleted it.
    Deleted,
}

/// What will become of what was done to an application, and where to do it instead. `request` is one about the
/// application, `get` reads the one that a request is about: whoever deploys it, if the token may see that.
pub async fn note<F>(
    application: &Value,
    request: &Request,
    deed: Deed,
    get: impl FnOnce(Request) -> F,
) -> Option<String>
where
    F: Future<Output = Result<Bytes, Error>>,
{
    let own = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let name = shown(own);
    let owners = application.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let set = owners.filter(|owner| owner.get("kind").and_then(Value::as_str) == Some("ApplicationSet"));
    if let Some(set) = set.filter_map(|owner| owner.get("name")?.as_str()).map(shown).next() {
        return Some(match deed {
            Deed::Edited => format!(
                "ApplicationSet {set} generates {name} and writes its template over it, unless its applicationsSync or ignoreApplicationDifferences says otherwise: change the ApplicationSet instead."
            ),
            Deed::Deleted => format!(
                "It comes back, if ApplicationSet {set} still generates {name} and its applicationsSync lets it: change that instead."
            ),
        });
    }
    let (parent, is_certain) = parent(application)?;
    let read = get(about(&parent, request)).await.ok().and_then(|body| answer::application(&body));
    let parent = shown(&parent);
    let Some(read) = read else {
        // It may be gone: Argo CD says the same of what is not there and of what a token may not see.
        return is_certain.then(|| match deed {
            Deed::Edited => format!(
                "Its tracking id names Application {parent}, which could not be read: if it is there, it reverts what its source sets of this."
            ),
            Deed::Deleted => format!(
                "Its tracking id names Application {parent}, which could not be read: if it is there and still has {name} in its source, it comes back."
            ),
        });
    };
    if state::text(&read, "/metadata/deletionTimestamp").is_some() {
        return None;
    }
    let is_compared = state::not_compared(&read).is_none();
    let child = child(&read, own);
    if child.is_none() && (!is_certain || is_compared) {
        return None;
    }
    if is_compared && child.is_some_and(|child| state::is_on(child, "/requiresPruning")) {
        return (deed == Deed::Edited).then(|| {
            format!("Application {parent} has {name} in its source no more: its next sync that prunes deletes it.")
        });
    }
    let places = places(&read);
    let from = if places.is_empty() { String::new() } else { format!(" from {}", shown(&places.join(" and "))) };
    let is_stuck = state::is_skipped(&read)
        || state::text(&read, "/status/operationState/phase")
            .is_some_and(|phase| matches!(phase.as_str(), "Error" | "Failed"));
    let heals = automation::heals(read.pointer("/spec/syncPolicy")) && !is_stuck;
    let how = if heals { "its self-heal" } else { "its next sync" };
    Some(match deed {
        Deed::Edited => format!(
            "Application {parent} deploys {name}{from}: {how} reverts what its source sets of this; change it there instead."
        ),
        Deed::Deleted => format!(
            "It comes back: Application {parent} deploys {name}{from}, and {how} makes it again; remove it there instead."
        ),
    })
}

/// The application of which this one is a resource, `name` or `namespace/name`, and whether that is certain. Argo CD's
/// own annotation says so; before 3.0 a label did, which may have been copied or be somebody else's.
fn parent(application: &Value) -> Option<(String, bool)> {
    let metadata = application.get("metadata")?;
    let own = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    let at = |map: &str, key: &str| metadata.get(map)?.get(key)?.as_str();
    let id = at("annotations", "argocd.argoproj.io/tracking-id");
    match id.and_then(|id| tracker(id, namespace, own)) {
        Some(parent) => (parent != own).then(|| (instance(parent), true)),
        // Also where a tracking id names another object: callers look up whether the label is right.
        None => Some((labelled(at("labels", "app.kubernetes.io/instance")?, None, own)?, false)),
    }
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

/// Another application among the resources of one.
fn child<'a>(application: &'a Value, name: &str) -> Option<&'a Value> {
    let is_child = |resource: &&Value| {
        let is = |key: &str, value: &str| resource.get(key).and_then(Value::as_str) == Some(value);
        is("kind", "Application") && is("name", name)
    };
    state::list(application, "/status/resources").iter().find(is_child)
}

/// Where the sources of an application are: repository, path, revision.
fn places(application: &Value) -> Vec<String> {
    let at = |key: &str| application.get("spec")?.get(key);
    let several = state::list(application, "/spec/sources").iter();
    let place = |source: &Value| {
        let parts = ["repoURL", "chart", "path", "targetRevision"].map(|key| source.get(key).and_then(Value::as_str));
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    at("source").into_iter().chain(several).map(place).filter(|place| !place.is_empty()).collect()
}
