//! `sync_application`: starts a sync whose options are merged over the application's own.
//!
//! A handler because Argo CD *replaces* the application's sync options by those of the call, so that merging takes a
//! read first, and because revisions and their positions must agree or the server panics.

use serde_json::{Value, json};

use super::{Answer, Request, table::SyncApplicationCalls};
use crate::{
    error::{Error, Kind},
    view::{format::short, text::clean},
};

/// Starts the sync; does not wait for its end.
///
/// # Errors
/// Arguments that contradict each other, before any request; whatever Argo CD refuses.
pub async fn run(calls: SyncApplicationCalls, request: Request) -> Result<Answer, Error> {
    check(&request)?;
    let mut wire = request.wire("sync");
    let given = request.args.list("syncOptions");
    if !given.is_empty() {
        let merged = if request.args.flag("replaceSyncOptions") {
            given.to_vec()
        } else {
            merge(&own_options(&calls, &request).await?, given)
        };
        // The swagger and the server want an object here; a bare list is refused.
        wire.set_body(&["syncOptions"], json!({ "items": merged }));
    }
    let body = calls.sync(wire).await?;
    let application: Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(describe(&request, &application).into())
}

/// For sources in the plural, each revision has the 1-based position of its source.
fn check(request: &Request) -> Result<(), Error> {
    let (revisions, positions) = (request.args.list("revisions").len(), request.args.list("sourcePositions").len());
    let wrong = |message: String| Err(Error::new(Kind::Arguments, format!("sync_application: {message}")));
    if revisions != positions {
        return wrong(format!(
            "`revisions` has {revisions} items and `sourcePositions` {positions}; they go in pairs, positions count from 1"
        ));
    }
    if request.args.list("sourcePositions").iter().any(|position| position.as_i64().is_none_or(|position| position < 1))
    {
        return wrong("`sourcePositions` count from 1".into());
    }
    if revisions > 0 && request.args.get("revision").is_some() {
        return wrong("`revision` is for one source, `revisions` for several; give one of them".into());
    }
    if request.args.flag("replaceSyncOptions") && request.args.list("syncOptions").is_empty() {
        return wrong("`replaceSyncOptions` needs `syncOptions`".into());
    }
    let malformed =
        request.args.list("syncOptions").iter().filter_map(Value::as_str).find(|option| !option.contains('='));
    match malformed {
        Some(option) => {
            wrong(format!("`syncOptions` has `{option}`; each is Name=value, such as CreateNamespace=true"))
        }
        None => Ok(()),
    }
}

async fn own_options(calls: &SyncApplicationCalls, request: &Request) -> Result<Vec<Value>, Error> {
    let body = calls.get(request.wire("get")).await?;
    let application: Value = serde_json::from_slice(&body).map_err(|error| {
        Error::new(Kind::Protocol, "Argo CD sent an application that is not JSON; nothing was synced").because(error)
    })?;
    Ok(application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// An option of the call takes the place of the application's option of that name.
fn merge(own: &[Value], given: &[Value]) -> Vec<Value> {
    let name = |option: &Value| option.as_str().and_then(|text| text.split('=').next()).unwrap_or_default().to_owned();
    let kept = own.iter().filter(|option| !given.iter().any(|other| name(other) == name(option)));
    kept.chain(given).cloned().collect()
}

fn describe(request: &Request, application: &Value) -> String {
    let text =
        |pointer: &str| application.pointer(pointer).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let names = |pointer: &str| -> Vec<String> {
        let list = application.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(label).collect()
    };
    let on = |pointer: &str| application.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let name =
        text("/metadata/name").unwrap_or_else(|| request.args.text("applicationName").unwrap_or_default().to_owned());
    let dry = on("/operation/sync/dryRun");
    let mut parts = vec![];
    let revisions: Vec<String> =
        names("/operation/sync/revisions").iter().map(|revision| short(revision).to_owned()).collect();
    match (text("/operation/sync/revision"), revisions.is_empty()) {
        (Some(revision), _) => parts.push(format!("revision {}", short(&revision))),
        (None, false) => parts.push(format!("revisions {}", revisions.join(", "))),
        (None, true) => {}
    }
    parts.push(if on("/operation/sync/prune") { "with pruning".into() } else { "without pruning".into() });
    let resources = names("/operation/sync/resources");
    if !resources.is_empty() {
        parts.push(format!("only {} (no hooks, no history entry)", resources.join(", ")));
    }
    let options = names("/operation/sync/syncOptions");
    if !options.is_empty() {
        parts.push(format!("options {}", options.join(", ")));
    }
    if let Some(user) = text("/operation/initiatedBy/username") {
        parts.push(format!("by {user}"));
    }
    let what = if dry { "Dry run" } else { "Sync" };
    let next = if dry {
        "It changes nothing in the cluster, but it is an operation: it takes the place of the last one's result. get_application shows what it found."
    } else {
        "It is running; get_application shows how it ends."
    };
    format!("{what} of {name} started: {}.\n{next}", parts.join("; "))
}

/// A text as it is, a resource as `Kind/name`.
fn label(item: &Value) -> Option<String> {
    match item.as_str() {
        Some(text) => Some(clean(text)),
        None => Some(clean(&format!("{}/{}", item.get("kind")?.as_str()?, item.get("name")?.as_str()?))),
    }
}
