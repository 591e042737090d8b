//! `update_application`: merges a part of an application into the whole and writes that back.
//!
//! A handler because Argo CD *replaces* spec, labels, annotations and finalizers by what it is sent, and ignores
//! `resourceVersion`: the merge and the check that nobody else wrote take reads of their own.

use serde_json::{Map, Value};

use super::{
    Answer, Request,
    answer::expected,
    outcome,
    owner::{self, Deed},
    run::differences,
    sources,
    state::without_operation,
    sync_options,
    table::UpdateApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    release::Release,
    view::{changes, text::shown},
};

/// What a write replaces, and what tells that it is of another application, or of one that goes. The rest changes by
/// itself all the time.
const WRITTEN: &[&str] = &[
    "/metadata/uid",
    "/metadata/deletionTimestamp",
    "/spec",
    "/metadata/labels",
    "/metadata/annotations",
    "/metadata/finalizers",
];
/// The annotations that ask Argo CD for something, which takes them away when it begins.
const REQUESTS: [&str; 2] = ["argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate"];

/// Reads, merges, makes sure that nobody else wrote meanwhile, and writes.
///
/// # Errors
/// A version that is not the one the caller saw, a rename, whatever Argo CD refuses.
pub async fn run(calls: UpdateApplicationCalls, request: Request) -> Result<Answer, Error> {
    let mut patch = request.args.get("application").cloned().unwrap_or_default();
    sources::check_list(&request, &patch)?;
    let before = read(&calls, &request).await?;
    patch.as_object_mut().into_iter().for_each(|patch| patch.retain(|key, _| !changes::TYPE.contains(&key.as_str())));
    check_identity(&before, &mut patch)?;
    check_version(&before, &mut patch)?;
    let mut ignored = String::new();
    for arg in request.row.args.iter().filter(|arg| arg.name == "application") {
        ignored += &arg.left_out(&patch, &before);
        patch = arg.sent(&patch);
    }
    ignored += &not_written(&before, &mut patch);
    let mut merged = before.clone();
    merge(&mut merged, &patch);
    sources::check_kind(&before, &patch, &merged)?;
    sources::check_one(&request, &before, &merged)?;
    check_values(&before, &patch, &merged)?;
    let name = shown(&request.application_name());
    if merged == before {
        return Ok(format!("{name} is so already; nothing was written.{ignored}").into());
    }
    let moved = moved(&before, &merged);
    if let Some(project) = &moved {
        check_project(&calls, &request, project).await?;
    }
    let again = read(&calls, &request).await?;
    if let Some(place) = WRITTEN.iter().find(|place| written(&before, place) != written(&again, place)) {
        return Err(conflict(&format!(
            "{} was changed by somebody else just now",
            place.trim_start_matches('/').replace('/', ".")
        )));
    }
    let before = again;
    merged = before.clone();
    merge(&mut merged, &patch);
    let answer = calls.update(&request.with("application", merged.clone())).await?;
    let after = expected(&answer, "whether it was written is not known")
        .map_err(|error| error.hint("get_application shows how it is."))?;
    let changed = differences(without_operation(&before), without_operation(&after)).await?;
    let lost = changes::not_taken(&patch, &after);
    let mut text = match changed.as_slice() {
        [] => format!("{name} was written, but nothing changed.{}", kept(&after, &merged, lost.is_empty())),
        changed => format!("{name} updated:\n  {}", changed.join("\n  ")),
    };
    text += &ignored;
    if !lost.is_empty() {
        text += &format!("\n{}", changes::lost_names(&lost));
    }
    sync_options::idle_in_spec(&patch, request.release).iter().for_each(|note| text += &format!("\n{note}"));
    if let Some(project) = moved.as_deref().map(shown) {
        text += &match request.release.is_some_and(|release| release < Release::new(3, 2, 0)) {
            true => format!(
                "\nArgo CD before 3.2 may not check whether project {project} allows the source and destination: get_appproject shows that. What it does not allow is neither deployed nor deleted any more."
            ),
            false => format!(
                "\nKinds that project {project} does not permit are neither deployed nor deleted any more; get_appproject shows them."
            ),
        };
    }
    let over = overwritten(&calls, &request, &after).await?;
    if !over.is_empty() {
        text += &format!("\nSomebody else wrote at the same time, and changed since:\n  {}", over.join("\n  "));
    }
    // Of what is overwritten already nothing comes.
    if !changed.is_empty()
        && over.is_empty()
        && let Some(next) = outcome::of(&before, &after, request.release)
    {
        text += &format!("\n{next}");
    }
    // As it was: the update may have taken away what names its owner.
    if let Some(note) = owner::note(&before, &request, Deed::Edited, async |parent| calls.get(&parent).await).await {
        text += &format!("\n{note}");
    }
    Ok(text.into())
}

/// What somebody else changed right after the write. Argo CD's server writes what it was sent over whatever it finds, so
/// that of two writes at once both are answered as done.
async fn overwritten(calls: &UpdateApplicationCalls, request: &Request, after: &Value) -> Result<Vec<String>, Error> {
    let version = |of: &Value| of.pointer("/metadata/resourceVersion")?.as_str()?.parse::<u64>().ok();
    match read(calls, request).await {
        // Another replica of the server may not know of the write yet.
        Ok(now)
            if version(&now).zip(version(after)).is_some_and(|(now, then)| now > then)
                && WRITTEN.iter().any(|place| written(after, place) != written(&now, place)) =>
        {
            differences(without_operation(after), without_operation(&now)).await
        }
        _ => Ok(vec![]),
    }
}

/// The project of which the application is to be, where that is another one.
fn moved(before: &Value, merged: &Value) -> Option<String> {
    let project = |of: &Value| of.pointer("/spec/project").and_then(Value::as_str).map(str::to_owned);
    project(merged).filter(|new| !new.is_empty() && project(before).as_ref() != Some(new))
}

/// An application of a project that is not there can neither be read nor written any more, and releases before 3.2 do
/// not look. Whether a token may see the project is another matter.
async fn check_project(calls: &UpdateApplicationCalls, request: &Request, project: &str) -> Result<(), Error> {
    match calls.project(&request.with("newProject", project.into())).await {
        Err(error) if error.kind == Kind::NotFound => {
            let message = format!("there is no project `{}`; nothing was written", shown(project));
            Err(Error::new(Kind::NotFound, message)
                .hint("Check its name; list_applications shows the project of each application."))
        }
        _ => Ok(()),
    }
}

/// What Argo CD left as it was in spite of what was asked for.
fn kept(after: &Value, merged: &Value, is_all: bool) -> String {
    match changes::kept(&without_operation(after), &without_operation(merged)).as_slice() {
        [] if !is_all => String::new(),
        [] => " To Argo CD what was asked for is the same.".to_owned(),
        kept => format!(" Argo CD kept what it has (→ what was asked for):\n  {}", kept.join("\n  ")),
    }
}

/// Takes out of a patch what of metadata an update does not write; says what of it would have changed something.
fn not_written(before: &Value, patch: &mut Value) -> String {
    let Some(metadata) = patch.get_mut("metadata").and_then(Value::as_object_mut) else { return String::new() };
    let own = |key: &str| before.pointer(&format!("/metadata/{key}")).unwrap_or(&Value::Null);
    let taken = changes::KEPT.into_iter().filter_map(|key| Some((key, metadata.shift_remove(key)?)));
    let ignored: Vec<String> =
        taken.filter(|(key, given)| own(key) != given).map(|(key, _)| format!("metadata.{key}")).collect();
    if ignored.is_empty() { String::new() } else { format!("\n{}", changes::kept_names(&ignored)) }
}

async fn read(calls: &UpdateApplicationCalls, request: &Request) -> Result<Value, Error> {
    expected(&calls.get(request).await?, "nothing was written")
}

fn conflict(what: &str) -> Error {
    Error::new(Kind::Refused, format!("{what}; nothing was written"))
        .hint("Read it again, and repeat the call if it still makes sense.")
}

/// A part that a write replaces.
fn written(application: &Value, place: &str) -> Option<Value> {
    let mut part = application.pointer(place).cloned();
    let map = part.as_mut().and_then(Value::as_object_mut);
    map.into_iter().for_each(|map| map.retain(|key, _| !REQUESTS.contains(&key.as_str())));
    part.filter(|part| part.as_object().is_none_or(|map| !map.is_empty()))
}

/// Helm's `values` count for nothing beside a `valuesObject`.
fn check_values(before: &Value, patch: &Value, merged: &Value) -> Result<(), Error> {
    let there = |value: &Value, key: &str| {
        value.pointer(&format!("/spec/source/helm/{key}")).is_some_and(|value| !changes::is_empty(value))
    };
    let values = |of: &Value| of.pointer("/spec/source/helm/values").cloned();
    let is_changed = there(patch, "values") && values(before) != values(patch);
    if !is_changed || there(patch, "valuesObject") || !there(merged, "valuesObject") {
        return Ok(());
    }
    let message = "update_application: `application.spec.source.helm.values` counts for nothing beside \
                   `spec.source.helm.valuesObject`, which this application has";
    Err(Error::new(Kind::Arguments, message)
        .hint("Give what changes in `valuesObject`, or null in its place; nothing was written."))
}

/// An application keeps its name and its namespace, on which Argo CD would write another one: they are those of the
/// application that was read, whatever the patch has in their place.
fn check_identity(before: &Value, patch: &mut Value) -> Result<(), Error> {
    let Some(metadata) = patch.get_mut("metadata") else { return Ok(()) };
    let Some(metadata) = metadata.as_object_mut() else {
        let message = format!("update_application: `application.metadata` is {metadata}; it must be an object");
        return Err(Error::new(Kind::Arguments, message).hint("Leave it out, or give the parts of it that change."));
    };
    for key in ["name", "namespace", "uid"] {
        let own = before.pointer(&format!("/metadata/{key}")).unwrap_or(&Value::Null);
        let wanted = metadata.remove(key).unwrap_or_default();
        if !wanted.is_null() && wanted != "" && wanted != *own {
            let message = format!(
                "update_application: `application.metadata.{key}` is {wanted}, but the application's is {own}; it cannot be changed"
            );
            let hint = if key == "uid" {
                "It was made anew, or another one is meant: leave the uid out to change the one that is there."
            } else {
                "Leave it out, or create another application."
            };
            return Err(Error::new(Kind::Arguments, message).hint(hint));
        }
    }
    Ok(())
}

/// A `resourceVersion` of the caller says which version it saw.
fn check_version(before: &Value, patch: &mut Value) -> Result<(), Error> {
    let metadata = patch.get_mut("metadata").and_then(Value::as_object_mut);
    let Some(seen) = metadata.and_then(|metadata| metadata.remove("resourceVersion")) else { return Ok(()) };
    let own = before.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    match seen.as_str() {
        Some(seen) if !seen.is_empty() && seen != own => {
            Err(conflict(&format!("the application changed since: its resourceVersion is {own}, not {}", shown(seen))))
        }
        _ => Ok(()),
    }
}

/// Maps merge, everything else replaces, null deletes (RFC 7396).
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Value::Object(map) = into else { return };
    for (key, value) in patch {
        match value {
            Value::Null => drop(map.shift_remove(key)),
            value => merge(map.entry(key.as_str()).or_insert(Value::Null), value),
        }
    }
}
