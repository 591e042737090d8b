//! `delete_application`: deletes, and says what goes with it and what it still waits for.
//!
//! A handler because Argo CD answers `{}`: what will be deleted stands in the application before, the finalizers it
//! waits for in the application after.

use serde_json::Value;

use super::{
    Answer, Request, Resource,
    answer::{expected, object},
    explain::may_be_missing,
    owner,
    state::{INVALID_SPEC, is_skipped, left_behind, not_compared, text},
    table::DeleteApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    view::text::{counted, shown},
};

/// How the finalizer begins with which the resources go, too.
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// What is said of an application that is not there any more.
const GONE: &str = "It is gone.";
/// Most resources that are named.
const NAMED: usize = 20;

/// Deletes the application.
///
/// # Errors
/// A policy that Argo CD does not have, before any request; whatever Argo CD refuses.
pub async fn run(calls: DeleteApplicationCalls, request: Request) -> Result<Answer, Error> {
    let cascade = request.args.get("cascade").and_then(Value::as_bool) != Some(false);
    let policy = policy(&request, cascade)?;
    let before = expected(&calls.get(&request).await?, "nothing was deleted")?;
    // An error may come with 200.
    object(&calls.delete(&request.with("propagationPolicy", policy.into())).await?, &request)?;
    let deletes = finalizers(&before).any(|finalizer| finalizer.starts_with(FINALIZER));
    let mut lines = match text(&before, "/metadata/deletionTimestamp") {
        None => match left_behind(&before).filter(|_| cascade) {
            // Argo CD looks for what is to be deleted where the spec says.
            Some(place) => vec![format!(
                "Deletion of {} started. Its destination has changed since it was compared: what it deployed to {place} stays there, unmanaged.",
                text(&before, "/metadata/name").unwrap_or_default()
            )],
            None => what(&before, cascade, policy),
        },
        // To what is being deleted Kubernetes adds no finalizer.
        Some(since) if cascade && !deletes => vec![format!(
            "It was being deleted already, since {since}, and none of its finalizers deletes resources: those that are still in the cluster stay, unmanaged."
        )],
        Some(since) => {
            let gone =
                if cascade { "" } else { ", with its resources: what of them is gone by now does not come back" };
            let mut lines = what(&before, cascade, policy);
            lines.insert(0, format!("It was being deleted already, since {since}{}.", if deletes { gone } else { "" }));
            lines
        }
    };
    lines.push(state(calls.get(&request).await));
    if is_skipped(&before) && lines.last().is_none_or(|last| last != GONE) {
        lines.push("While it is annotated argocd.argoproj.io/skip-reconcile=true, Argo CD does not do what its finalizers are for.".into());
    }
    let note = owner::note(&before, &request, async |parent| calls.get(&parent).await).await;
    lines.extend(note.map(|note| format!("It comes back: {note}")));
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

/// What goes, and what does not, as far as the application told before.
fn what(before: &Value, cascade: bool, policy: Option<&str>) -> Vec<String> {
    let name = before.pointer("/metadata/name").and_then(Value::as_str).map(shown).unwrap_or_default();
    let all = before.pointer("/status/resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let unknown = not_compared(before);
    let is_there =
        |resource: &&Value| unknown.is_some() || text(resource, "/health/status").as_deref() != Some("Missing");
    let there: Vec<&Value> = all.iter().filter(is_there).collect();
    let missing = all.len() - there.len();
    let (stay, go): (Vec<&Value>, Vec<&Value>) = there.into_iter().partition(|resource| stays(before, resource));
    let alone = if cascade { "" } else { ", of the application alone" };
    let mut lines = vec![match (&unknown, all.len(), go.len() + stay.len()) {
        (Some(why), ..) => {
            let what = match cascade {
                true if why.starts_with(INVALID_SPEC) => {
                    ", and deletes only what the destination and the project let it reach: of a cluster that it does not have all stays, unmanaged"
                }
                true => ", but what it deployed goes as far as its cluster can be reached",
                false => ", but what it deployed stays, unmanaged",
            };
            format!("Deletion of {name} started{alone}. Argo CD does not know what is in the cluster now{what}: {why}")
        }
        (None, 0, _) => format!("Deletion of {name} started{alone}; it has no resources."),
        (None, all, 0) => {
            format!("Deletion of {name} started{alone}; of its {} none is in the cluster.", counted(all, "resources"))
        }
        (None, _, there) if !cascade => {
            format!(
                "Deletion of {name} started{alone}: its {} stay in the cluster, unmanaged.",
                counted(there, "resources")
            )
        }
        _ => String::new(),
    }];
    if !cascade {
        return lines;
    }
    if !go.is_empty() {
        let more = match missing {
            0 => String::new(),
            1 => ", while 1 more is not in the cluster".to_owned(),
            more => format!(", while {more} more are not in the cluster"),
        };
        let how = policy.map(|policy| format!(" ({})", effective(before, policy))).unwrap_or_default();
        let resources = counted(go.len(), "resources");
        if unknown.is_some() {
            lines.push(format!("It knew {resources}{how}: {}", names(&go)));
        } else {
            lines = vec![format!("Deletion of {name} started; with it go its {resources}{how}{more}: {}", names(&go))];
        }
        lines.push("Those annotated Delete=false or helm.sh/resource-policy: keep stay.".into());
    }
    if !stay.is_empty() {
        let resources = counted(stay.len(), "resources");
        if go.is_empty() && unknown.is_none() {
            lines = vec![format!("Deletion of {name} started.")];
        }
        lines.push(if keeps(before) {
            let named = names(&stay);
            format!("Its syncOption Delete=false keeps {resources} from Argo CD 3.4 on; before, they go: {named}")
        } else {
            format!("CRDs stay: {}", names(&stay))
        });
    }
    let waits = |resource: &&Value| resource.get("requiresDeletionConfirmation") == Some(&Value::Bool(true));
    let waiting: Vec<&Value> = go.into_iter().filter(waits).collect();
    if !waiting.is_empty() {
        lines.push(format!(
            "It waits until somebody confirms the deletion of {}: `argocd app confirm-deletion {name}`.",
            names(&waiting)
        ));
    }
    lines
}

/// What Argo CD leaves in the cluster when it deletes the application.
fn stays(application: &Value, resource: &Value) -> bool {
    text(resource, "/kind").as_deref() == Some("CustomResourceDefinition") || keeps(application)
}

fn keeps(application: &Value) -> bool {
    let options = application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    options.is_some_and(|options| options.iter().any(|option| option == "Delete=false"))
}

fn finalizers(application: &Value) -> impl Iterator<Item = &str> {
    let finalizers = application.pointer("/metadata/finalizers").and_then(Value::as_array).into_iter().flatten();
    finalizers.filter_map(Value::as_str)
}

/// The first finalizer of this kind decides, and one that the application has comes before that of the call.
fn effective(application: &Value, policy: &str) -> String {
    let own = finalizers(application).find_map(|finalizer| match finalizer.strip_prefix(FINALIZER)? {
        "" | "/foreground" => Some("foreground"),
        "/background" => Some("background"),
        _ => None,
    });
    match own {
        Some(own) if own != policy => format!("{own}, as its finalizer says, not {policy}"),
        _ => policy.to_owned(),
    }
}

fn names(resources: &[&Value]) -> String {
    let label = |resource: &&Value| resource.as_object().map(|object| shown(&Resource::of(object).label()));
    let more = resources.len().saturating_sub(NAMED);
    let named = resources.iter().take(NAMED).filter_map(label).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// How far it is: gone, or waiting for finalizers.
fn state(after: Result<bytes::Bytes, Error>) -> String {
    let application = match after {
        Err(error) if may_be_missing(&error) => return GONE.into(),
        Err(_) => return "How far it is could not be read; get_application shows it.".into(),
        Ok(body) => serde_json::from_slice::<Value>(&body).unwrap_or_default(),
    };
    let finalizers: Vec<String> = finalizers(&application).map(shown).collect();
    match (application.pointer("/metadata/deletionTimestamp"), finalizers.is_empty()) {
        (None, _) => "Argo CD has accepted it; get_application shows when it is gone.".into(),
        (Some(_), true) => "It goes now.".into(),
        (Some(_), false) => format!("It is gone when these finalizers are done: {}", finalizers.join(", ")),
    }
}
