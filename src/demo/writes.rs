//! Operations on applications: sync, rollback, terminate, create, update, patch, delete, each with its refusals.

use serde_json::Value;

use super::{
    application::App,
    auto::sync_of,
    check::{self, required},
    events::Event,
    gather::Gather,
    json::{describe, flag, list, member, number, put, set, text},
    operation,
    reads::{Answer, find},
    request::{Query, Refusal},
    world::{CONTROL_PLANE, USER, World},
};

fn shown(world: &World, index: usize) -> Answer {
    world.apps.get(index).map(|app| world.show(app, false)).ok_or_else(Refusal::denied)
}

/// Starts a sync; the answer carries the operation, not its result.
pub(super) fn sync(world: &mut World, name: &str, body: &Value) -> Answer {
    check::types(
        body,
        "ApplicationSyncRequest",
        &[("revision", "string"), ("syncOptions", "application.SyncOptions"), ("dryRun", "bool"), ("prune", "bool")],
    )?;
    let index = find(world, name, &Query::of_body(body))?;
    let app = world.apps.get(index).ok_or_else(Refusal::denied)?;
    if !world.may_sync(app) {
        return Err(Refusal::forbidden("cannot sync: blocked by sync window"));
    }
    if app.deleting.is_some() {
        return Err(Refusal::precondition("application is deleting".into()));
    }
    let source = app.source();
    let (asked, tracked) = (text(body, "/revision"), text(&source, "/targetRevision"));
    let dry = flag(body, "/dryRun");
    if !asked.is_empty() && asked != tracked && app.automated() && !dry {
        return Err(Refusal::precondition(format!("Cannot sync to {asked}: auto-sync currently set to {tracked}")));
    }
    let revision = world.resolve(&source, if asked.is_empty() { tracked } else { asked }).map_err(|problem| {
        Refusal::precondition(format!("error resolving repo revision: rpc error: code = Unknown desc = {problem}"))
    })?;
    if app.operation.is_some() {
        return Err(Refusal::precondition("another operation is already in progress".into()));
    }
    let mut sync = sync_of(app, &revision, flag(body, "/prune"));
    if dry {
        set(&mut sync, "/dryRun", &true);
    }
    if let Some(options) = body.pointer("/syncOptions/items") {
        set(&mut sync, "/syncOptions", options);
    }
    for (from, to) in [("strategy", "syncStrategy"), ("manifests", "manifests")] {
        if let Some(value) = body.get(from) {
            put(&mut sync, to, value);
        }
    }
    let chosen: Vec<Value> = list(body, "/resources").iter().cloned().map(super::json::without_empty).gather();
    if !chosen.is_empty() {
        set(&mut sync, "/resources", &chosen);
    }
    let mut asked = json!({ "sync": sync, "initiatedBy": { "username": USER } });
    if let Some(infos) = body.get("infos") {
        set(&mut asked, "/info", infos);
    }
    set(&mut asked, "/retry", &body.get("retryStrategy").cloned().unwrap_or_else(|| json!({})));
    operation::start(world, index, asked);
    shown(world, index)
}

/// Starts a rollback to a deployment of the history.
pub(super) fn rollback(world: &mut World, name: &str, body: &Value) -> Answer {
    let id = number(body, "/id").ok_or_else(|| Refusal::unset("id"))?;
    let index = find(world, name, &Query::of_body(body))?;
    let app = world.apps.get(index).ok_or_else(Refusal::denied)?;
    if app.automated() {
        return Err(Refusal::precondition("rollback cannot be initiated when auto-sync is enabled".into()));
    }
    let deployment = app.history.iter().find(|one| number(one, "/id") == Some(id)).ok_or_else(|| {
        Refusal::invalid(format!("application {}/{name} does not have deployment with id {id}", app.namespace()))
    })?;
    if app.operation.is_some() {
        return Err(Refusal::precondition("another operation is already in progress".into()));
    }
    let mut sync = sync_of(app, text(deployment, "/revision"), flag(body, "/prune"));
    set(&mut sync, "/syncStrategy", &json!({ "apply": {} }));
    set(&mut sync, "/source", &deployment.get("source"));
    if flag(body, "/dryRun") {
        set(&mut sync, "/dryRun", &true);
    }
    operation::start(world, index, json!({ "sync": sync, "initiatedBy": { "username": USER }, "retry": {} }));
    shown(world, index)
}

/// Stops a running operation.
pub(super) fn terminate(world: &mut World, name: &str, query: &Query) -> Answer {
    let index = find(world, name, query)?;
    let running = world.apps.get(index).is_some_and(|app| app.operation.is_some() && app.state.is_some());
    if !running {
        return Err(Refusal::invalid("Unable to terminate operation. No operation is in progress".into()));
    }
    operation::terminate(world, index);
    Ok(json!({}))
}

/// What a spec, and its parts, may have; a server forgets everything else.
const KNOWN: &[(&str, &str)] = &[
    ("", "destination ignoreDifferences info project revisionHistoryLimit source sourceHydrator sources syncPolicy"),
    ("/destination", "name namespace server"),
    ("/source", "chart directory helm kustomize name path plugin ref repoURL targetRevision"),
    ("/syncPolicy", "automated managedNamespaceMetadata retry syncOptions"),
    ("/syncPolicy/automated", "allowEmpty enabled prune selfHeal"),
];

/// The spec as a server takes it.
fn spec_of(body: &Value) -> Value {
    let given = body.get("spec").cloned().unwrap_or_default();
    let mut spec = given.clone();
    for (part, known) in KNOWN {
        for (key, _) in super::json::members(given.pointer(part)) {
            if !known.split(' ').any(|known| known == key) {
                super::json::remove(&mut spec, part, key);
            }
        }
    }
    if text(&spec, "/project").is_empty() {
        set(&mut spec, "/project", &"default");
    }
    spec
}

/// Creates an application, or with `upsert` changes the one there is.
pub(super) fn create(world: &mut World, body: &Value, query: &Query) -> Answer {
    check::application(body)?;
    let name = required(body, "/metadata/name", "name")?;
    let namespace = Some(text(body, "/metadata/namespace")).filter(|text| !text.is_empty()).unwrap_or(CONTROL_PLANE);
    let spec = spec_of(body);
    if let Some(index) = world.find(namespace, name) {
        let same = world.apps.get(index).is_some_and(|app| app.spec == spec);
        if same {
            return shown(world, index);
        }
        check::spec(world, name, namespace, &spec, query)?;
        if !query.flag("upsert")? {
            return Err(Refusal::invalid(
                "existing application spec is different, use upsert flag to force update".into(),
            ));
        }
        change(world, index, |app| {
            for key in ["labels", "annotations"] {
                let own = body.pointer("/metadata").and_then(|metadata| metadata.get(key));
                for (label, value) in super::json::members(own) {
                    put(member(&mut app.metadata, key), label, value);
                }
            }
            app.spec = spec;
        });
        return shown(world, index);
    }
    check::spec(world, name, namespace, &spec, query)?;
    check::name(name)?;
    let now = world.now;
    let mut metadata = world.metadata(namespace, name, now);
    describe(&mut metadata, body.get("metadata"));
    let app = App::new(metadata.clone(), spec.clone(), now);
    world.events.push(Event::of_user(&app, USER, "ResourceCreated", format!("{USER} created application"), now));
    world.apps.push(app);
    world.order();
    // The controller has not looked at it yet.
    Ok(json!({
        "metadata": metadata, "spec": spec,
        "status": { "sync": { "status": "", "comparedTo": { "source": { "repoURL": "" }, "destination": {} } }, "health": {}, "summary": {}, "sourceHydrator": {} },
    }))
}

/// Changes an application, which the controller then looks at.
fn change(world: &mut World, index: usize, change: impl FnOnce(&mut App)) {
    let now = world.now;
    let told = world.touch(index, |app| {
        change(app);
        let generation = number(&app.metadata, "/generation").unwrap_or(0) + 1;
        set(&mut app.metadata, "/generation", &generation);
        app.reconciled = now;
        Event::of_user(app, USER, "ResourceUpdated", format!("{USER} updated application"), now)
    });
    world.events.extend(told);
}

/// Replaces spec, labels, annotations and finalizers, as a server does: what is left out is gone.
pub(super) fn update(world: &mut World, name: &str, body: &Value, query: &Query) -> Answer {
    check::application(body)?;
    let namespace = Some(text(body, "/metadata/namespace")).filter(|text| !text.is_empty()).unwrap_or(CONTROL_PLANE);
    let project = query.get("project");
    let index = world.find(namespace, name).ok_or_else(|| match project {
        Some(_) => Refusal::missing(format!("applications.argoproj.io \"{name}\" not found")),
        None => Refusal::denied(),
    })?;
    let spec = spec_of(body);
    check::spec(world, name, namespace, &spec, query)?;
    change(world, index, |app| replace(app, body, spec));
    shown(world, index)
}

fn replace(app: &mut App, wanted: &Value, spec: Value) {
    for key in ["labels", "annotations", "finalizers"] {
        super::json::remove(&mut app.metadata, "", key);
    }
    describe(&mut app.metadata, wanted.get("metadata"));
    app.spec = spec;
}

/// Replaces the spec alone.
pub(super) fn update_spec(world: &mut World, name: &str, body: &Value, query: &Query) -> Answer {
    let index = find(world, name, query)?;
    let namespace = query.get("appNamespace").unwrap_or(CONTROL_PLANE).to_owned();
    check::application(&json!({ "spec": body }))?;
    check::spec(world, name, &namespace, body, query)?;
    change(world, index, |app| app.spec = body.clone());
    Ok(body.clone())
}

/// A merge patch or a JSON patch; only spec, labels, annotations and finalizers take it.
pub(super) fn patch(world: &mut World, name: &str, body: &Value) -> Answer {
    let query = Query::of_body(body);
    let kind = query.get("patchType").ok_or_else(|| Refusal::unset("patchType"))?.to_owned();
    let index = find(world, name, &query)?;
    let mut patched = shown(world, index)?;
    let patch: Option<Value> = text(body, "/patch").parse().ok();
    match (kind.as_str(), patch) {
        ("merge", Some(patch)) => super::patch::merge(&mut patched, &patch),
        ("merge", None) => return Err(Refusal::unknown("error calculating merge patch: Invalid JSON Patch".into())),
        ("json" | "", patch) => {
            let patch =
                patch.ok_or_else(|| Refusal::unknown("error decoding json patch: invalid JSON Patch".into()))?;
            super::patch::apply(&mut patched, &patch)
                .map_err(|error| Refusal::unknown(format!("error applying json patch: {error}")))?;
        }
        (other, _) => return Err(Refusal::invalid(format!("Patch type '{other}' is not supported"))),
    }
    let spec = spec_of(&patched);
    let namespace = text(&patched, "/metadata/namespace").to_owned();
    check::application(&patched)?;
    check::spec(world, name, &namespace, &spec, &query)?;
    change(world, index, |app| replace(app, &patched, spec));
    shown(world, index)
}
