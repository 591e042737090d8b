//! `sync_application`: starts a sync whose options are merged over the application's own.
//!
//! A handler because Argo CD *replaces* the application's sync options by those of the call, so that merging takes a
//! read first, and because revisions and their positions must agree or the server panics.

use serde_json::{Value, json};

use super::{Answer, Request, Resource, resource, table::SyncApplicationCalls};
use crate::{
    error::{Error, Kind},
    view::{format::short, text::shown},
};

/// Starts the sync; does not wait for its end.
///
/// # Errors
/// Arguments that contradict each other, before any request; whatever Argo CD refuses.
pub async fn run(calls: SyncApplicationCalls, request: Request) -> Result<Answer, Error> {
    check(&request)?;
    let merges = !request.args.list("syncOptions").is_empty() && !request.args.flag("replaceSyncOptions");
    let resources: Vec<Resource> =
        request.args.list("resources").iter().filter_map(Value::as_object).map(Resource::of).collect();
    // Argo CD compares the group of a resource even where the caller did not give one, and then syncs nothing.
    let half_named = resources.iter().any(|resource| resource.group.is_none());
    let own = if merges || half_named { read(&calls, &request).await? } else { Value::Null };
    let mut sync = with_infos(&request);
    if merges {
        let options = own.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
        let merged = merge(options.map(Vec::as_slice).unwrap_or_default(), request.args.list("syncOptions"));
        sync = sync.with("syncOptions", merged.into());
    }
    if !resources.is_empty() {
        let known = resource::of_nodes(own.pointer("/status/resources"));
        let application = request.application().unwrap_or_default();
        let whole =
            |resource: &Resource| if half_named { resource.find(&known, application) } else { Ok(resource.clone()) };
        let whole: Vec<Resource> = resources.iter().map(whole).collect::<Result<_, _>>()?;
        sync = sync.with("resources", whole.iter().map(reference).collect());
    }
    let body = calls.sync(&sync).await?;
    Ok(describe(&started(&body)?).into())
}

/// Who asked and why is kept with the operation; Argo CD itself only knows the token's account.
fn with_infos(request: &Request) -> Request {
    let info = |name: &str, value: &str| json!({ "name": name, "value": value });
    let mut infos = request.args.list("infos").to_vec();
    infos.push(info("Requested through", &format!("argocd-mcp, {}", request.options.asked_by)));
    infos.extend(request.args.text("reason").map(|reason| info("Reason", reason)));
    request.with("infos", infos.into())
}

async fn read(calls: &SyncApplicationCalls, request: &Request) -> Result<Value, Error> {
    let unread = "Argo CD sent something else than the application; nothing was synced";
    application(&calls.get(request).await?).ok_or_else(|| Error::new(Kind::Protocol, unread))
}

/// The application with its operation, which is the proof that there is one.
fn started(body: &[u8]) -> Result<Value, Error> {
    application(body).ok_or_else(|| {
        Error::new(Kind::Protocol, "Argo CD's answer is not the application: whether the sync was started is not known")
            .hint("get_application shows the last operation.")
    })
}

fn application(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body)
        .ok()
        .filter(|value: &Value| value.pointer("/metadata/name").is_some_and(Value::is_string))
}

/// What a sync takes of a resource.
fn reference(resource: &Resource) -> Value {
    let mut reference = json!({ "group": resource.group, "kind": resource.kind, "name": resource.name });
    if let (Some(namespace), Some(map)) = (&resource.namespace, reference.as_object_mut()) {
        map.insert("namespace".into(), namespace.as_str().into());
    }
    reference
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

/// An option of the call takes the place of the application's option of that name.
fn merge(own: &[Value], given: &[Value]) -> Vec<Value> {
    let name = |option: &Value| option.as_str().and_then(|text| text.split('=').next()).unwrap_or_default().to_owned();
    let kept = own.iter().filter(|option| !given.iter().any(|other| name(other) == name(option)));
    kept.chain(given).cloned().collect()
}

fn describe(application: &Value) -> String {
    let text =
        |pointer: &str| application.pointer(pointer).and_then(Value::as_str).map(shown).filter(|text| !text.is_empty());
    let names = |pointer: &str| -> Vec<String> {
        let list = application.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(label).collect()
    };
    let on = |pointer: &str| application.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let name = text("/metadata/name").unwrap_or_default();
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
        Some(text) => Some(shown(text)),
        None => Some(shown(&format!("{}/{}", item.get("kind")?.as_str()?, item.get("name")?.as_str()?))),
    }
}
