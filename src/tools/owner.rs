//! Who writes an application besides the caller, and will undo what the caller writes.

use serde_json::Value;

use crate::view::text::shown;

/// The application of which this one is a resource: namespace, if it says one, and name.
pub fn parent(application: &Value) -> Option<String> {
    let annotations = application.pointer("/metadata/annotations")?;
    let tracking = annotations.get("argocd.argoproj.io/tracking-id")?.as_str()?;
    // `parent:argoproj.io/Application:argocd/child`, or `namespace_parent:…` outside Argo CD's own namespace.
    let (parent, rest) = tracking.split_once(':')?;
    let name = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    (rest.contains("/Application:") && parent != name).then(|| match parent.split_once('_') {
        Some((namespace, name)) => format!("{namespace}/{name}"),
        None => parent.to_owned(),
    })
}

/// What will become of an edit, and where to make it instead. `parent` is the application of that name, if it could
/// be read.
pub fn note(application: &Value, parent: Option<(&str, Option<&Value>)>) -> Option<String> {
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
    let (parent, read) = parent?;
    let text = |pointer: &str| read.and_then(|read| read.pointer(pointer)).and_then(Value::as_str).unwrap_or_default();
    let place = ["/spec/source/repoURL", "/spec/source/path", "/spec/source/targetRevision"].map(text);
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let from = if place.is_empty() { String::new() } else { format!(" from {}", shown(&place.join(" "))) };
    let heals = read.and_then(|read| read.pointer("/spec/syncPolicy/automated/selfHeal")).and_then(Value::as_bool);
    let undone = if heals == Some(true) { "its self-heal reverts this" } else { "its next sync reverts this" };
    Some(format!("Application {} deploys {}{from}: {undone}; change it there instead.", shown(parent), shown(name)))
}
