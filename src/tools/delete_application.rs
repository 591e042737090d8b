//! `delete_application`: deletes, and says what goes with it and what it still waits for.
//!
//! A handler because Argo CD answers `{}`: what will be deleted stands in the application before, the finalizers it
//! waits for in the application after.

use serde_json::Value;

use super::{
    Answer, Request,
    answer::{application, object},
    owner,
    table::DeleteApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    view::text::{counted, shown},
};

/// Most resources that are named.
const NAMED: usize = 20;

/// Deletes the application.
///
/// # Errors
/// A policy that Argo CD does not have, before any request; whatever Argo CD refuses.
pub async fn run(calls: DeleteApplicationCalls, request: Request) -> Result<Answer, Error> {
    let cascade = request.args.get("cascade").and_then(Value::as_bool) != Some(false);
    let policy = policy(&request, cascade)?;
    let unread = "Argo CD sent something else than the application; nothing was deleted";
    let before = application(&calls.get(&request).await?).ok_or_else(|| Error::new(Kind::Protocol, unread))?;
    // An error may come with 200.
    object(&calls.delete(&request.with("propagationPolicy", policy.into())).await?, &request)?;
    let mut lines = vec![what(&before, cascade, policy)];
    lines.push(state(calls.get(&request).await));
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

fn what(before: &Value, cascade: bool, policy: Option<&str>) -> String {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(shown).unwrap_or_default();
    let name = before.pointer("/metadata/name").and_then(Value::as_str).map(shown).unwrap_or_default();
    let all = before.pointer("/status/resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_there = |resource: &&Value| resource.pointer("/health/status").and_then(Value::as_str) != Some("Missing");
    let resources: Vec<String> = all
        .iter()
        .filter(is_there)
        .map(|resource| match text(resource, "namespace").as_str() {
            "" => format!("{} {}", text(resource, "kind"), text(resource, "name")),
            namespace => format!("{} {namespace}/{}", text(resource, "kind"), text(resource, "name")),
        })
        .collect();
    let count = counted(resources.len(), "resources");
    match (all.len(), resources.len()) {
        (0, _) => return format!("Deletion of {name} started; it has no resources."),
        (all, 0) => {
            let all = counted(all, "resources");
            return format!("Deletion of {name} started; of its {all} none is in the cluster.");
        }
        _ => {}
    }
    if !cascade {
        return format!(
            "Deletion of {name} started, of the application alone: its {count} stay in the cluster, unmanaged."
        );
    }
    let missing = match all.len() - resources.len() {
        0 => String::new(),
        1 => ", while 1 more is not in the cluster".to_owned(),
        missing => format!(", while {missing} more are not in the cluster"),
    };
    let mut named = resources.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if resources.len() > NAMED {
        named += &format!(" and {} more", resources.len() - NAMED);
    }
    let how = policy.map(|policy| format!(" ({policy})")).unwrap_or_default();
    format!("Deletion of {name} started; with it go its {count}{how}{missing}: {named}")
}

/// How far it is: gone, or waiting for finalizers.
fn state(after: Result<bytes::Bytes, Error>) -> String {
    let application = match after {
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Forbidden) => return "It is gone.".into(),
        Err(_) => return "How far it is could not be read; get_application shows it.".into(),
        Ok(body) => serde_json::from_slice::<Value>(&body).unwrap_or_default(),
    };
    let finalizers = application.pointer("/metadata/finalizers").and_then(Value::as_array).into_iter().flatten();
    let finalizers: Vec<String> = finalizers.filter_map(Value::as_str).map(shown).collect();
    match (application.pointer("/metadata/deletionTimestamp"), finalizers.is_empty()) {
        (None, _) => "Argo CD has accepted it; get_application shows when it is gone.".into(),
        (Some(_), true) => "It goes now.".into(),
        (Some(_), false) => format!("It is gone when these finalizers are done: {}", finalizers.join(", ")),
    }
}
