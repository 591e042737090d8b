//! Operations about what is around applications: clusters, projects, repositories, ApplicationSets, who one is.

use serde_json::Value;

use super::{
    application::App,
    fields,
    gather::Gather,
    json::{set, text},
    names::time,
    ordered::sort,
    reads::Answer,
    request::{Query, Refusal},
    world::{CONTROL_PLANE, USER, World},
};

/// Clusters, all or those of a server or a name.
pub(super) fn clusters(world: &World, query: &Query) -> Answer {
    let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
    let asked = |one: &&Value| {
        given("server").is_none_or(|server| server == text(one, "/server"))
            && given("name").is_none_or(|name| name == text(one, "/name"))
    };
    let items: Vec<Value> = world.clusters.iter().filter(asked).map(|one| shown_cluster(world, one)).gather();
    let items = if items.is_empty() { Value::Null } else { items.into() };
    Ok(json!({ "metadata": {}, "items": items }))
}

/// One cluster, by its server or, with `id.type=name`, by its name.
pub(super) fn cluster(world: &World, id: &str) -> Answer {
    let found = world.clusters.iter().find(|one| text(one, "/server") == id || text(one, "/name") == id);
    found.map(|one| shown_cluster(world, one)).ok_or_else(Refusal::denied)
}

fn shown_cluster(world: &World, one: &Value) -> Value {
    let server = text(one, "/server");
    let here: Vec<&App> =
        world.apps.iter().filter(|app| world.server_of(&app.spec).as_deref() == Some(server)).gather();
    let resources: usize = here.iter().map(|app| app.live.len() * 5).sum();
    let state = json!({ "status": "Successful", "message": "", "attemptedAt": time(world.now - 24_000) });
    let info = json!({
        "connectionState": state, "serverVersion": one.get("version"),
        "cacheInfo": { "resourcesCount": resources + 180, "apisCount": 57, "lastCacheSyncTime": time(world.now - 2_460_000) },
        "applicationsCount": here.len(),
        "apiVersions": ["apps/v1", "apps/v1/Deployment", "apps/v1/ReplicaSet", "batch/v1", "batch/v1/CronJob", "batch/v1/Job", "networking.k8s.io/v1", "networking.k8s.io/v1/Ingress", "v1", "v1/ConfigMap", "v1/Namespace", "v1/Pod", "v1/Secret", "v1/Service"],
    });
    let mut shown = json!({
        "server": server, "name": one.get("name"), "config": { "tlsClientConfig": { "insecure": false } },
        "connectionState": state, "serverVersion": one.get("version"), "info": info,
    });
    if let Some(labels) = one.get("labels") {
        set(&mut shown, "/labels", labels);
    }
    shown
}

pub(super) fn projects(world: &World, query: &Query) -> Answer {
    let mut sorted = world.projects.clone();
    sort(&mut sorted, |one, other| text(one, "/metadata/name") < text(other, "/metadata/name"));
    let list = json!({ "metadata": { "resourceVersion": world.version() }, "items": sorted });
    Ok(match query.get("fields").filter(|fields| !fields.is_empty()) {
        Some(fields) => fields::project(&list, fields),
        None => list,
    })
}

pub(super) fn project(world: &World, name: &str) -> Answer {
    world
        .project(name)
        .cloned()
        .ok_or_else(|| Refusal::missing(format!("appprojects.argoproj.io \"{name}\" not found")))
}

/// With the clusters and repositories that belong to it; here none do.
pub(super) fn project_detailed(world: &World, name: &str) -> Answer {
    Ok(json!({ "project": project(world, name)? }))
}

pub(super) fn sets(world: &World) -> Answer {
    let items: Vec<Value> = world.sets.iter().map(|set| shown_set(world, set)).gather();
    Ok(json!({ "metadata": { "resourceVersion": world.version() }, "items": items }))
}

pub(super) fn set_named(world: &World, name: &str) -> Answer {
    let found = world.sets.iter().find(|set| text(set, "/metadata/name") == name);
    found.map(|set| shown_set(world, set)).ok_or_else(|| {
        Refusal::missing(format!("error getting ApplicationSet: applicationset.argoproj.io \"{name}\" not found"))
    })
}

fn shown_set(world: &World, one: &Value) -> Value {
    let mut shown = one.clone();
    let mine: Vec<Value> = owned(world, one).map(|app| {
        let observed = world.observe(app);
        json!({ "group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": app.namespace(), "name": app.name(), "status": observed.sync, "health": { "status": observed.health } })
    }).gather();
    set(&mut shown, "/status/resourcesCount", &mine.len());
    set(&mut shown, "/status/resources", &mine);
    shown
}

fn owned<'a>(world: &'a World, set: &'a Value) -> impl Iterator<Item = &'a App> {
    world.apps.iter().filter(move |app| text(&app.metadata, "/ownerReferences/0/name") == text(set, "/metadata/name"))
}

pub(super) fn set_tree(world: &World, name: &str) -> Answer {
    let one = set_named(world, name)?;
    let parent = json!({ "group": "argoproj.io", "version": "v1alpha1", "kind": "ApplicationSet", "namespace": CONTROL_PLANE, "name": name, "uid": one.pointer("/metadata/uid") });
    let node = |app: &App| json!({ "group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": app.namespace(), "name": app.name(), "parentRefs": [parent], "health": { "status": world.observe(app).health } });
    Ok(json!({ "nodes": owned(world, &one).map(node).gather() }))
}

pub(super) fn repositories(world: &World) -> Answer {
    let state = json!({ "status": "Successful", "message": "", "attemptedAt": time(world.now - 140_000) });
    let item = |one: &super::git::Repository| json!({ "repo": one.url, "connectionState": state, "type": "git" });
    Ok(json!({ "metadata": {}, "items": world.repositories.iter().map(item).gather() }))
}

pub(super) fn user() -> Answer {
    Ok(json!({ "loggedIn": true, "username": USER, "iss": "argocd" }))
}

/// Versions; only the server's own for somebody unknown. A build label tells what this server is.
pub(super) fn version(known: bool) -> Value {
    let release = "v3.5.1+demo";
    if !known {
        return json!({ "Version": release });
    }
    json!({ "Version": release, "GitTag": release, "GitTreeState": "clean", "Compiler": "none", "Platform": "demo" })
}
