//! `update_application`: merges a part of an application into the whole and writes that back.
//!
//! A handler because Argo CD *replaces* spec, labels, annotations and finalizers by what it is sent, and ignores
//! `resourceVersion`: the merge and the check that nobody else wrote take reads of their own.

use serde_json::{Map, Value};

use super::{Answer, Request, answer::expected, owner, table::UpdateApplicationCalls};
use crate::{
    error::{Error, Kind},
    view::{automation, changes, text::shown},
};

/// What a write replaces; the rest of an application changes by itself all the time.
const WRITTEN: &[&str] = &["/spec", "/operation", "/metadata/labels", "/metadata/annotations", "/metadata/finalizers"];

/// Reads, merges, makes sure that nobody else wrote meanwhile, and writes.
///
/// # Errors
/// A version that is not the one the caller saw, a rename, whatever Argo CD refuses.
pub async fn run(calls: UpdateApplicationCalls, request: Request) -> Result<Answer, Error> {
    let mut patch = request.args.get("application").cloned().unwrap_or_default();
    let before = read(&calls, &request).await?;
    check_type(&mut patch)?;
    check_identity(&before, &mut patch)?;
    check_version(&before, &mut patch)?;
    let mut merged = before.clone();
    merge(&mut merged, &patch);
    let name = before.pointer("/metadata/name").and_then(Value::as_str).map(shown).unwrap_or_default();
    if merged == before {
        return Ok(format!("{name} is so already; nothing was written.").into());
    }
    let again = read(&calls, &request).await?;
    if let Some(place) = WRITTEN.iter().find(|place| before.pointer(place) != again.pointer(place)) {
        return Err(conflict(&format!(
            "{} was changed by somebody else just now",
            place.trim_start_matches('/').replace('/', ".")
        )));
    }
    let written = calls.update(&request.with("application", merged.clone())).await?;
    let after = expected(&written, "whether it was written is not known")
        .map_err(|error| error.hint("get_application shows how it is."))?;
    let changed = changes::between(&before, &after);
    let mut text = match changed.as_slice() {
        [] => format!("{name} was written, but nothing changed.{}", kept(&after, &patch, &merged)),
        changed => format!("{name} updated:\n  {}", changed.join("\n  ")),
    };
    let lost = changes::not_taken(&patch, &after);
    if !lost.is_empty() {
        text += &format!("\n{}", changes::lost_names(&lost));
    }
    if !changed.is_empty() && waits_for_sync(&before, &after) {
        text += "\nNothing is deployed by this: its syncs are manual, sync_application starts one.";
    }
    if let Some(note) = owner::note(&after, &request, async |parent| calls.get(&parent).await).await {
        text += &format!("\n{note}");
    }
    Ok(text.into())
}

/// Whether what is to be deployed changed, of an application that does not deploy by itself.
fn waits_for_sync(before: &Value, after: &Value) -> bool {
    let changed = |key: &str| before.pointer(key) != after.pointer(key);
    !automation::deploys(after.pointer("/spec/syncPolicy"))
        && ["/spec/source", "/spec/sources", "/spec/sourceHydrator", "/spec/destination"].into_iter().any(changed)
}

/// What Argo CD left as it was in spite of what was asked for.
fn kept(after: &Value, patch: &Value, merged: &Value) -> String {
    let kept = changes::kept(after, merged);
    match kept.as_slice() {
        [] if patch.get("status").is_some() => " Argo CD writes `status` itself.".to_owned(),
        [] => " To Argo CD what was asked for is the same.".to_owned(),
        kept => format!(" Argo CD kept what it has (→ what was asked for):\n  {}", kept.join("\n  ")),
    }
}

async fn read(calls: &UpdateApplicationCalls, request: &Request) -> Result<Value, Error> {
    expected(&calls.get(request).await?, "nothing was written")
}

fn conflict(what: &str) -> Error {
    Error::new(Kind::Refused, format!("{what}; nothing was written"))
        .hint("Read it again, and repeat the call if it still makes sense.")
}

/// What an application is does not stand in Argo CD's answers, so that it would be a change to write it.
fn check_type(patch: &mut Value) -> Result<(), Error> {
    let Some(patch) = patch.as_object_mut() else { return Ok(()) };
    for (key, own) in changes::TYPE.into_iter().zip(["argoproj.io/v1alpha1", "Application"]) {
        let wanted = patch.shift_remove(key).unwrap_or_default();
        if !wanted.is_null() && wanted != own {
            let message = format!("update_application: `application.{key}` is {wanted}; an application's is {own}");
            return Err(Error::new(Kind::Arguments, message).hint("Leave it out, or give a part of an Application."));
        }
    }
    Ok(())
}

/// An application keeps its name and its namespace, on which Argo CD would write another one: they are those of the
/// application that was read, whatever the patch has in their place.
fn check_identity(before: &Value, patch: &mut Value) -> Result<(), Error> {
    let Some(metadata) = patch.get_mut("metadata") else { return Ok(()) };
    let Some(metadata) = metadata.as_object_mut() else {
        let message = format!("update_application: `application.metadata` is {metadata}; it must be an object");
        return Err(Error::new(Kind::Arguments, message).hint("Leave it out, or give the parts of it that change."));
    };
    for key in ["name", "namespace"] {
        let own = before.pointer(&format!("/metadata/{key}")).unwrap_or(&Value::Null);
        let wanted = metadata.remove(key).unwrap_or_default();
        if !wanted.is_null() && wanted != "" && wanted != *own {
            let message = format!(
                "update_application: `application.metadata.{key}` is {wanted}, but the application's is {own}; it cannot be changed"
            );
            return Err(Error::new(Kind::Arguments, message).hint("Leave it out, or create another application."));
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
