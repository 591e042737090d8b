//! Who writes an application besides the caller, and will undo what the caller writes.

use serde_json::Value;

use super::Request;
use crate::view::text::shown;

/// The application of which another one is a resource.
#[derive(Debug)]
pub struct Parent {
    namespace: Option<String>,
    name: String,
    /// Argo CD's own annotation says so. A label may have been copied, or be somebody else's: the parent has to agree.
    is_certain: bool,
}

/// The application of which this one is a resource, as its annotation or, before Argo CD 3.0, its label says.
pub fn parent(application: &Value) -> Option<Parent> {
    let metadata = application.get("metadata")?;
    let own = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    let at = |map: &str, key: &str| metadata.get(map)?.get(key)?.as_str();
    let tracked = at("annotations", "argocd.argoproj.io/tracking-id").and_then(|tracking| {
        // `parent:argoproj.io/Application:argocd/child`, or `namespace_parent:…` outside Argo CD's own namespace.
        let (parent, rest) = tracking.split_once(':')?;
        rest.contains("/Application:").then_some(parent)
    });
    let labelled = || at("labels", "app.kubernetes.io/instance");
    let name = tracked.or_else(labelled).filter(|name| *name != own)?;
    let (namespace, name) = match name.split_once('_') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Some(Parent { namespace, name: name.to_owned(), is_certain: tracked.is_some() })
}

impl Parent {
    /// The request that reads it, made of one about its child.
    pub fn request(&self, request: &Request) -> Request {
        let namespace = self.namespace.as_deref().map_or(Value::Null, Value::from);
        let request = request.with("applicationName", self.name.as_str().into()).with("project", Value::Null);
        request.with("applicationNamespace", namespace)
    }

    fn has(&self, read: Option<&Value>, child: &str) -> bool {
        let resources = read.and_then(|read| read.pointer("/status/resources")?.as_array());
        let is_child = |resource: &Value| {
            let is = |key: &str, value: &str| resource.get(key).and_then(Value::as_str) == Some(value);
            is("kind", "Application") && is("name", child)
        };
        self.is_certain || resources.is_some_and(|resources| resources.iter().any(is_child))
    }
}

/// What will become of an edit, and where to make it instead. `parent` comes with the application of that name, if it
/// could be read.
pub fn note(application: &Value, parent: Option<(&Parent, Option<&Value>)>) -> Option<String> {
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
    let (parent, read) = parent.filter(|(parent, read)| parent.has(*read, name))?;
    let places = places(read);
    let from = if places.is_empty() { String::new() } else { format!(" from {}", shown(&places.join(" and "))) };
    let heals = read.and_then(|read| read.pointer("/spec/syncPolicy/automated/selfHeal")).and_then(Value::as_bool);
    let undone = if heals == Some(true) { "its self-heal reverts this" } else { "its next sync reverts this" };
    let spelt =
        parent.namespace.as_ref().map_or(parent.name.clone(), |namespace| format!("{namespace}/{}", parent.name));
    Some(format!("Application {} deploys {}{from}: {undone}; change it there instead.", shown(&spelt), shown(name)))
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
