//! Operations about single resources of an application that change nothing.

use serde_json::Value;

use super::{
    application::{App, States},
    cluster::masked,
    fields,
    json::{list, set, text, without_empty},
    names::time,
    pods,
    reads::{Answer, app},
    request::{Named, Query},
    tree,
    world::World,
};

pub(super) fn managed_resources(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let observed = world.observe(app);
    let asked =
        |name: &str, value: &str| query.get(name).filter(|asked| !asked.is_empty()).is_none_or(|asked| asked == value);
    let mut items = vec![];
    for resource in
        observed.resources.iter().filter(|resource| app.live.get(&resource.key).is_none_or(tree::is_managed))
    {
        let key = &resource.key;
        if !(asked("group", &key.group)
            && asked("kind", &key.kind)
            && asked("namespace", &key.namespace)
            && asked("name", &key.name))
        {
            continue;
        }
        let states = States::of(world, app, resource);
        let version = app.live.get(key).and_then(|live| live.manifest.pointer("/metadata/resourceVersion"));
        // Where nothing is desired a server says null, and does not call it modified.
        let modified = !resource.synced && resource.desired.is_some();
        items.push(without_empty(json!({
            "group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name,
            "targetState": masked(states.target, modified).to_string(), "liveState": masked(states.live, false).to_string(),
            "normalizedLiveState": masked(states.normalised, false).to_string(),
            "predictedLiveState": masked(states.predicted, modified).to_string(),
            "resourceVersion": version, "modified": modified.then_some(true),
        })));
    }
    let answer = without_empty(json!({ "items": items }));
    Ok(match query.get("fields").filter(|fields| !fields.is_empty()) {
        Some(fields) => fields::project(&answer, fields),
        None => answer,
    })
}

/// A live manifest: of an object the application manages, or of one that follows from it.
pub(super) fn resource(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let named = Named::read(query)?;
    let found = app.live.iter().find(|(key, _)| {
        key.kind == named.kind && key.name == named.name && key.group == named.group && key.namespace == named.namespace
    });
    let manifest = match found {
        Some((_, live)) => masked(live.shown(&pods::status(live, &world.faults, world.now)), false),
        None => derived(world, app, &named).ok_or_else(|| named.not_found(name))?,
    };
    Ok(json!({ "manifest": manifest.to_string() }))
}

fn derived(world: &World, app: &App, named: &Named<'_>) -> Option<Value> {
    let tree = tree::tree(world, app);
    let node = list(&tree, "/nodes").iter().find(|node| {
        node.get("uid").is_some() && tree::is(node, named.group, named.kind, named.namespace, named.name)
    })?;
    let owner = node.pointer("/parentRefs/0");
    let api = if named.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", named.group) };
    let mut manifest = json!({
        "apiVersion": api, "kind": named.kind,
        "metadata": {
            "creationTimestamp": node.get("createdAt"), "labels": node.pointer("/networkingInfo/labels"), "name": named.name,
            "namespace": named.namespace, "resourceVersion": node.get("resourceVersion"), "uid": node.get("uid"),
            "ownerReferences": [{
                "apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true, "kind": owner.map(|owner| text(owner, "/kind")),
                "name": owner.map(|owner| text(owner, "/name")), "uid": owner.map(|owner| text(owner, "/uid")),
            }],
        },
    });
    let live =
        app.live.iter().find(|(key, live)| tree::pods_of(world, key, live).iter().any(|pod| pod.name == named.name));
    let (Some((key, live)), "Pod") = (live, named.kind) else { return Some(manifest) };
    let pod = tree::pods_of(world, key, live).into_iter().find(|pod| pod.name == named.name)?;
    let template = live
        .manifest
        .pointer("/spec/template/spec")
        .cloned()
        .unwrap_or_else(|| json!({ "containers": [{ "name": "job" }] }));
    set(&mut manifest, "/spec", &template);
    if let Some(container) = manifest.pointer_mut("/spec/containers/0") {
        set(container, "/image", &pod.image);
    }
    set(&mut manifest, "/spec/nodeName", &pod.node);
    let state = match pod.reason {
        "Running" => json!({ "running": { "startedAt": pod.started.map(time) } }),
        "Completed" => json!({ "terminated": { "exitCode": 0, "reason": "Completed" } }),
        reason => json!({ "waiting": { "message": pod.message, "reason": reason } }),
    };
    let last = if pod.restarts > 0 {
        json!({ "terminated": { "exitCode": 1, "reason": "Error", "finishedAt": pod.started.map(time) } })
    } else {
        json!({})
    };
    set(
        &mut manifest,
        "/status",
        &json!({
            "containerStatuses": [{ "image": pod.image, "imageID": "", "lastState": last, "name": if pod.hash.is_empty() { "job" } else { "app" }, "ready": pod.ready, "restartCount": pod.restarts, "state": state }],
            "phase": match pod.reason { "Running" | "CrashLoopBackOff" => "Running", "Completed" => "Succeeded", _ => "Pending" },
            "startTime": time(pod.created),
        }),
    );
    Some(manifest)
}

/// The actions a resource offers.
pub(super) fn actions(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let named = Named::read(query)?;
    let live = app.live.iter().find(|(key, _)| {
        key.kind == named.kind && key.name == named.name && key.group == named.group && key.namespace == named.namespace
    });
    let Some((_, live)) = live else {
        return if derived(world, app, &named).is_some() { Ok(json!({})) } else { Err(named.not_found(name)) };
    };
    let on = |pointer: &str| live.manifest.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let action = |name: &str, icon: &str, disabled: bool| {
        let mut action = json!({ "name": name, "iconClass": format!("fa fa-fw {icon}") });
        if disabled {
            set(&mut action, "/disabled", &true);
        }
        action
    };
    let actions = match named.kind {
        "Deployment" => {
            let paused = on("/spec/paused");
            let mut scale = action("scale", "fa-plus-circle", false);
            set(&mut scale, "/params", &json!([{ "name": "replicas" }]));
            vec![
                scale,
                action("pause", "fa-pause-circle", paused),
                action("restart", "fa-redo", false),
                action("resume", "fa-play-circle", !paused),
            ]
        }
        "CronJob" => {
            let mut create = action("create-job", "fa-plus", false);
            set(&mut create, "/displayName", &"Create Job");
            let suspended = on("/spec/suspend");
            vec![
                create,
                action(
                    if suspended { "resume" } else { "suspend" },
                    if suspended { "fa-play" } else { "fa-pause" },
                    false,
                ),
            ]
        }
        _ => vec![],
    };
    Ok(without_empty(json!({ "actions": actions })))
}
