//! Logs of pods with several containers, where a call names none: of the one that fails, or of the first.

use serde_json::{Value, json};

use super::{Answer, Output, Request, answer::object, state};
use crate::{
    argocd::Session,
    error::Error,
    view::{View, lines::containers},
};

/// The argument that names one.
const CONTAINER: &str = "container";

/// Whether Kubernetes wants to know which one is meant.
pub(super) fn are_asked_for(said: &str, view: &View, request: &Request) -> bool {
    matches!(view, View::Lines(_)) && request.args.get(CONTAINER).is_none() && !containers(said).is_empty()
}

/// The request for one of them, and what is told of that.
pub(super) async fn choose(said: &str, request: &Request, session: &Session) -> (String, Request) {
    let all = containers(said);
    let tree = request.bytes("tree", session).await.and_then(|body| object(&body, request)).unwrap_or_default();
    let failing = all.iter().find(|name| is_failing(name, &tree, request));
    let one = failing.or(all.first()).cloned().unwrap_or_default();
    let note = format!("container {one}, of {} (argument container takes another)", all.join(", "));
    // It stands before the answer, which has that much less room.
    let room = match request.output() {
        Output::Text => request.max_bytes().saturating_sub(note.len() + 1),
        Output::Json | Output::Raw => request.max_bytes(),
    };
    (note, request.with(CONTAINER, one.into()).with("maxBytes", room.into()))
}

/// Whether a pod of the resource says `back-off 5m0s restarting failed container=main pod=…`.
fn is_failing(container: &str, tree: &Value, request: &Request) -> bool {
    let own = request.resource.as_ref().map(|resource| resource.name.as_str()).unwrap_or_default();
    let is_own = |pod: &&Value| {
        let name = state::text(pod, "/name").unwrap_or_default();
        state::text(pod, "/kind").as_deref() == Some("Pod")
            && name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let named = format!("container={container}");
    let says = |pod: &Value| {
        state::text(pod, "/health/message").is_some_and(|said| said.split_whitespace().any(|word| word == named))
    };
    state::list(tree, "/nodes").iter().filter(is_own).any(says)
}

/// An answer with the note; JSON has the name. Of a refusal Kubernetes names the container itself.
pub(super) fn told(answer: Result<Answer, Error>, note: &str, chosen: &Request) -> Result<Answer, Error> {
    let answer = answer.map_err(|error| {
        let other = error.hint.as_deref().filter(|hint| !hint.starts_with("Call again with container"));
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
