//! Logs of pods with several containers, where a call names none: of the one that fails, or of the one kubectl takes.

use serde_json::{Value, json};

use super::{Answer, Output, Request, answer::object, resource::Resource, state};
use crate::{
    argocd::Session,
    error::Error,
    view::{
        View,
        lines::{CHOOSE, containers},
    },
};

/// The argument that names a container.
const CONTAINER: &str = "container";
/// The annotation of a pod with the container that kubectl takes.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// The request for one of the containers, and what is told of that; `None` if Kubernetes did not ask which one, or if
/// nothing says which is meant.
pub(super) async fn choose(said: &str, view: &View, request: &Request, session: &Session) -> Option<(String, Request)> {
    let all = containers(said);
    if !matches!(view, View::Lines(_)) || request.args.get(CONTAINER).is_some() || all.is_empty() {
        return None;
    }
    let tree = request.bytes("tree", session).await.and_then(|body| object(&body, request)).unwrap_or_default();
    let pods = request.resource.as_ref().map(|own| pods(&tree, own)).unwrap_or_default();
    let failing = all.iter().find(|name| pods.iter().any(|pod| is_failing(name, pod))).cloned();
    let (one, why) = match failing {
        Some(failing) => (failing, ", which fails"),
        None => (usual(request, session).await.into_iter().find(|name| all.contains(name))?, ""),
    };
    let note = format!("container {one}{why}, one of {}; container=NAME takes another", all.join(", "));
    // What is added to the answer leaves it that much less room.
    let added = match request.output() {
        Output::Text => note.len() + 1,
        Output::Json => json!({ CONTAINER: one }).to_string().len(),
        Output::Raw => 0,
    };
    let room = request.max_bytes().saturating_sub(added);
    Some((note, request.with(CONTAINER, one.into()).with("maxBytes", room.into())))
}

/// The containers of a pod or of a workload's pods as its manifest has them, the one that kubectl takes first.
/// Kubernetes itself lists init containers before them.
async fn usual(request: &Request, session: &Session) -> Vec<String> {
    let body = request.bytes("doubt", session).await.and_then(|body| object(&body, request)).unwrap_or_default();
    let manifest = body.get("manifest").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    let manifest: Value = manifest.unwrap_or_default();
    let templates = ["/spec/template", "/spec/jobTemplate/spec/template"].iter();
    let pod = templates.filter_map(|place| manifest.pointer(place)).next().unwrap_or(&manifest);
    let annotated = pod.pointer("/metadata/annotations").and_then(|all| all.get(DEFAULT)).and_then(Value::as_str);
    let containers = state::list(pod, "/spec/containers").iter().filter_map(|one| state::text(one, "/name"));
    annotated.map(str::to_owned).into_iter().chain(containers).collect()
}

/// The pods that a resource is or that belong to it, over all levels between.
fn pods<'t>(tree: &'t Value, own: &Resource) -> Vec<&'t Value> {
    let nodes = state::list(tree, "/nodes");
    let is = |node: &Value, key: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| node.get(key).and_then(Value::as_str) == Some(wanted))
    };
    let is_own = |node: &&Value| {
        is(node, "kind", own.kind.as_deref())
            && is(node, "name", Some(&own.name))
            && is(node, "namespace", own.namespace.as_deref())
    };
    let mut found: Vec<&Value> = nodes.iter().filter(is_own).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).and_then(|node| node.get("uid")) {
        let is_child = |node: &&Value| {
            state::list(node, "/parentRefs").iter().any(|of| of.get("uid") == Some(parent))
                && !found.iter().any(|known| std::ptr::eq(*known, *node))
        };
        let children: Vec<&Value> = nodes.iter().filter(is_child).collect();
        found.extend(children);
        next += 1;
    }
    found.retain(|node| is(node, "kind", Some("Pod")));
    found
}

/// Whether a pod says `back-off 5m0s restarting failed container=main pod=…`.
fn is_failing(container: &str, pod: &Value) -> bool {
    let named = format!("container={container}");
    state::text(pod, "/health/message").is_some_and(|said| said.split_whitespace().any(|word| word == named))
}

/// Adds to an answer which container it is of: to a text the note, to JSON the key `container`, to an error a sentence
/// in its hint.
pub(super) fn told(answer: Result<Answer, Error>, note: &str, chosen: &Request) -> Result<Answer, Error> {
    let answer = answer.map_err(|error| {
        let other = error.hint.as_deref().filter(|hint| !hint.starts_with(CHOOSE));
        let hint = other.map(|hint| format!(" {hint}")).unwrap_or_default();
        error.hint(format!("This is of {note}.{hint}"))
    })?;
    Ok(match answer.structured {
        Some(Value::Object(mut map)) if chosen.output() == Output::Json => {
            map.insert(CONTAINER.into(), json!(chosen.args.text(CONTAINER)));
            let structured = Value::Object(map);
            Answer { text: structured.to_string(), structured: Some(structured) }
        }
        structured => Answer { text: format!("{note}\n{}", answer.text), structured },
    })
}
