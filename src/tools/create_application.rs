//! `create_application`: creates, and says what comes next; of an upsert what it wrote over, and what comes of that.
//!
//! A handler because Argo CD's answer is the new application alone: what was there before takes a read of its own.

use serde_json::Value;

use super::{
    Answer, Request, answer, outcome,
    owner::{self, Deed},
    run::{differences, written},
    sources, state,
    table::CreateApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    view::{
        automation,
        text::shown,
        tracking::{instance, labelled, tracker},
    },
};

/// Creates the application, or writes over the one of its name.
///
/// # Errors
/// A version, which only an application has that is there already; whatever Argo CD refuses.
pub async fn run(calls: CreateApplicationCalls, request: Request) -> Result<Answer, Error> {
    let given = request.args.get("application").cloned().unwrap_or_default();
    check_version(&given)?;
    sources::check_list(&request, &given)?;
    sources::check_one(&request, &Value::Null, &given)?;
    let before = if request.args.flag("upsert") { existing(&calls, &request, &given).await } else { None };
    let whole = request.row.args.iter().find(|arg| arg.name == "application");
    let sent = whole.map_or_else(|| given.clone(), |arg| arg.sent(&given));
    let body = calls.main(&request.with("application", sent)).await?;
    let after = answer::application(&body);
    let Some(view) = request.row.view() else {
        return Err(Error::new(Kind::Internal, "create_application has no view"));
    };
    let mut answer = written(&request, body, view).await?;
    let Some(after) = after else { return Ok(answer) };
    let uid = |application: &Value| state::text(application, "/metadata/uid");
    let lines = match before.filter(|before| uid(before) == uid(&after)) {
        Some(before) => replaced(&calls, &request, before, &after).await?,
        None if after.pointer("/metadata/generation").and_then(Value::as_i64).is_none_or(|it| it < 2) => new(&after),
        None if request.args.flag("upsert") => vec!["What it was before could not be read.".into()],
        // Of one that is so already nothing comes.
        None => vec![],
    };
    lines.iter().for_each(|line| answer.text += &format!("\n{line}"));
    Ok(answer)
}

/// Kubernetes makes nothing of a version, and Argo CD tries that first.
fn check_version(given: &Value) -> Result<(), Error> {
    match state::text(given, "/metadata/resourceVersion") {
        Some(_) => Err(Error::new(
            Kind::Arguments,
            "create_application: `application.metadata.resourceVersion` is of an application that is there; leave it out",
        )
        .hint("update_application checks it before it writes.")),
        None => Ok(()),
    }
}

/// The application that an upsert writes over, if it is there and can be read.
async fn existing(calls: &CreateApplicationCalls, request: &Request, given: &Value) -> Option<Value> {
    let at = |key: &str| given.pointer(key).cloned().unwrap_or_default();
    let one = request.with("applicationName", at("/metadata/name"));
    let body = calls.get(&one.with("applicationNamespace", at("/metadata/namespace"))).await.ok()?;
    answer::application(&body)
}

/// What an upsert wrote over, and what comes of it, as of an update.
async fn replaced(
    calls: &CreateApplicationCalls,
    request: &Request,
    before: Value,
    after: &Value,
) -> Result<Vec<String>, Error> {
    let changed = differences(state::without_operation(&before), state::without_operation(after)).await?;
    if changed.is_empty() {
        return Ok(vec!["Nothing of it changed.".into()]);
    }
    let mut lines = vec![format!("It changed:\n  {}", changed.join("\n  "))];
    // What becomes of one that goes stands at the top.
    if state::text(after, "/metadata/deletionTimestamp").is_none() {
        lines.extend(outcome::of(&before, after, request.release));
    }
    lines.extend(owner::note(after, request, Deed::Edited, async |parent| calls.get(&parent).await).await);
    Ok(lines)
}

/// What comes of a new one.
fn new(application: &Value) -> Vec<String> {
    let next = if state::is_skipped(application) {
        "Argo CD leaves it alone while it is annotated argocd.argoproj.io/skip-reconcile=true."
    } else if automation::deploys(application.pointer("/spec/syncPolicy")) {
        "Its auto-sync deploys it by itself, unless a sync window or an error holds it up."
    } else {
        "Nothing is deployed by this: its syncs are manual, sync_application starts one."
    };
    std::iter::once(next.to_owned()).chain(claimed(application)).collect()
}

/// Who takes a new one for their own, as it says itself: it may be a copy of theirs.
fn claimed(application: &Value) -> Option<String> {
    let owner = |of: &Value| Some((state::text(of, "/kind")?, state::text(of, "/name")?));
    if let Some((kind, name)) = state::list(application, "/metadata/ownerReferences").iter().find_map(owner) {
        let set = match kind.as_str() {
            "ApplicationSet" => ", which writes over it if it generates one of this name, and deletes it if not",
            _ => "",
        };
        return Some(format!(
            "By its ownerReferences it belongs to {kind} {name}{set}; Kubernetes deletes it where there is no such owner. Create it without them."
        ));
    }
    let at = |pointer: &str| application.pointer(pointer).and_then(Value::as_str);
    let (own, id) = (at("/metadata/name")?, at("/metadata/annotations/argocd.argoproj.io~1tracking-id"));
    if let Some(parent) = id.and_then(|id| tracker(id, at("/metadata/namespace"), own)).filter(|parent| *parent != own)
    {
        return Some(format!(
            "Its tracking id says that Application {} deploys it and reverts what its source sets: change it there instead.",
            shown(&instance(parent))
        ));
    }
    let label = labelled(at("/metadata/labels/app.kubernetes.io~1instance")?, id, own)?;
    Some(format!(
        "Its label app.kubernetes.io/instance says that Application {} deploys it: if so, that reverts what its source sets.",
        shown(&label)
    ))
}
