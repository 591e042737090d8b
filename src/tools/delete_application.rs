//! `delete_application`: deletes, and says what goes with it and what it still waits for.
//!
//! A handler because Argo CD answers `{}`: what will be deleted stands in the application before, the finalizers it
//! waits for in the application after.

mod fate;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Answer, Request,
    answer::{expected, object},
    explain::may_be_missing,
    owner::{self, Deed},
    state::{deletes_resources, finalizers, has_operation, is_skipped, takes_resources, text},
    table::DeleteApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    view::text::shown,
};

/// The finalizers that Argo CD takes away without having to do with resources, and those of Kubernetes itself.
const SERVED: [&str; 6] = [
    "pre-delete-finalizer.argocd.argoproj.io",
    "pre-delete-finalizer.argocd.argoproj.io/cleanup",
    "post-delete-finalizer.argocd.argoproj.io",
    "post-delete-finalizer.argocd.argoproj.io/cleanup",
    "foregroundDeletion",
    "orphan",
];

/// What is said of an application that is not there any more.
const GONE: &str = "It is gone.";

/// Deletes the application.
///
/// # Errors
/// A policy that Argo CD does not have, before any request; whatever Argo CD refuses.
pub async fn run(calls: DeleteApplicationCalls, request: Request) -> Result<Answer, Error> {
    let cascade = request.args.get("cascade").and_then(Value::as_bool) != Some(false);
    let policy = policy(&request, cascade)?;
    let before = expected(&calls.get(&request).await?, "nothing was deleted")?;
    let answer = calls.delete(&request.with("propagationPolicy", policy.into())).await;
    let (name, after) = (shown(&request.application_name()), calls.get(&request).await);
    let is_gone = |after: &Result<Bytes, Error>| after.as_ref().is_err_and(may_be_missing);
    let mut lines = match answer {
        // An error may come with 200.
        Ok(answer) => {
            object(&answer, &request).map(|_| fate::lines(&before, &name, cascade, policy, request.release))?
        }
        // Argo CD takes finalizers away before it deletes: then Kubernetes may be faster.
        Err(error) if may_be_missing(&error) && is_gone(&after) => match text(&before, "/metadata/deletionTimestamp") {
            Some(_) => fate::lines(&before, &name, cascade, policy, request.release),
            None => vec![format!("{name} was there a moment ago; somebody else deleted it meanwhile.")],
        },
        Err(error) => return Err(error),
    };
    let after = after.map(|body| serde_json::from_slice::<Value>(&body).unwrap_or_default());
    let now = after.as_ref().ok();
    if !cascade && now.is_some_and(|now| is_overruled(&before, now)) {
        lines = vec![format!(
            "Deletion of {name} started, with its resources: somebody else asked for that at the same time."
        )];
    }
    let is_syncing = now.is_some_and(has_operation);
    lines.push(state(&before, after));
    if is_syncing {
        lines.push(format!(
            "A sync runs, and Argo CD begins to delete when it has ended; a person ends it: argocd app terminate-op {name}"
        ));
    }
    if is_skipped(&before) && lines.last().is_none_or(|last| last != GONE) {
        lines.push("While it is annotated argocd.argoproj.io/skip-reconcile=true, Argo CD does not do what its finalizers are for.".into());
    }
    lines.extend(owner::note(&before, &request, Deed::Deleted, async |parent| calls.get(&parent).await).await);
    Ok(lines.join("\n").into())
}

/// `foreground` or `background`, in any case.
fn policy(request: &Request, cascade: bool) -> Result<Option<&'static str>, Error> {
    let Some(given) = request.args.text("propagationPolicy") else { return Ok(None) };
    match given.trim().to_lowercase().as_str() {
        "foreground" | "background" if !cascade => {
            let message = format!(
                "delete_application: `propagationPolicy` is `{given}`, which `cascade=false` leaves nothing to do for"
            );
            Err(Error::new(Kind::Arguments, message).hint("Give one of the two."))
        }
        "foreground" => Ok(Some("foreground")),
        "background" => Ok(Some("background")),
        "orphan" => Err(Error::new(
            Kind::Arguments,
            "delete_application: `propagationPolicy` is Orphan, which Argo CD does not have for applications",
        )
        .hint("cascade=false deletes the application alone and leaves its resources in the cluster.")),
        _ => {
            let message =
                format!("delete_application: `propagationPolicy` is `{given}`; it must be foreground or background");
            Err(Error::new(Kind::Arguments, message))
        }
    }
}

/// Whether a deletion that should leave the resources found the finalizer that deletes them put back.
fn is_overruled(before: &Value, now: &Value) -> bool {
    let begun = |application: &Value| text(application, "/metadata/deletionTimestamp").is_some();
    !begun(before) && begun(now) && deletes_resources(now)
}

/// How far it is: gone, or waiting for finalizers.
fn state(before: &Value, after: Result<Value, Error>) -> String {
    const UNREAD: &str = "How far it is could not be read; get_application shows it.";
    let application = match after {
        Err(error) if may_be_missing(&error) => return GONE.into(),
        Err(_) => return UNREAD.into(),
        Ok(application) => application,
    };
    if application.get("metadata").is_none() {
        return UNREAD.into();
    }
    if text(before, "/metadata/uid").zip(text(&application, "/metadata/uid")).is_some_and(|(old, new)| old != new) {
        return "It is gone, and another one of its name was made since.".into();
    }
    let finalizers: Vec<String> = finalizers(&application).map(shown).collect();
    match (application.pointer("/metadata/deletionTimestamp"), finalizers.is_empty()) {
        (None, _) => "Argo CD has accepted it; get_application shows when it is gone.".into(),
        (Some(_), true) => "It goes now.".into(),
        (Some(_), false) => {
            format!("It is gone when these finalizers are done: {}{}", finalizers.join(", "), unserved(&application))
        }
    }
}

/// How those go of which Argo CD knows nothing.
fn unserved(application: &Value) -> String {
    let is_served = |finalizer: &&str| takes_resources(finalizer) || SERVED.contains(finalizer);
    let (served, others): (Vec<&str>, Vec<&str>) = finalizers(application).partition(is_served);
    if others.is_empty() {
        return String::new();
    }
    let others: Vec<String> = others.into_iter().map(shown).collect();
    format!(
        "\nArgo CD does not take away {}; if nobody else does, update_application does, with metadata.finalizers {}.",
        others.join(", "),
        shown(&json!(served).to_string())
    )
}
