//! Operations that change single resources: actions, patches, deletions.

use serde_json::Value;

use super::{
    cluster::{Key, masked},
    events::Event,
    json::{list, set, text},
    names::{self, time},
    pods,
    reads::{Answer, find},
    request::{Named, Query, Refusal},
    tree,
    world::{USER, World},
};

/// The live object a request names.
fn locate(world: &World, index: usize, named: &Named<'_>, application: &str) -> Result<Key, Refusal> {
    let key = Key {
        group: named.group.into(),
        kind: named.kind.into(),
        namespace: named.namespace.into(),
        name: named.name.into(),
    };
    let there = world.apps.get(index).is_some_and(|app| app.live.contains_key(&key));
    if there { Ok(key) } else { Err(named.not_found(application)) }
}

/// Puts a changed manifest in place.
fn put(world: &mut World, index: usize, key: &Key, manifest: Value) {
    let (now, version) = (world.now, world.next_version());
    world.touch(index, |app| app.live.get_mut(key).map(|live| live.change(manifest, now, version)));
}

/// Runs an action; its parameters are texts.
pub(super) fn run(world: &mut World, name: &str, query: &Query, action: &str, parameters: &[Value]) -> Answer {
    let index = find(world, name, query)?;
    let named = Named::read(query)?;
    let key = locate(world, index, &named, name)?;
    let now = world.now;
    let parameter =
        |wanted: &str| parameters.iter().find(|one| text(one, "/name") == wanted).map(|one| text(one, "/value"));
    let Some(live) = world.apps.get(index).and_then(|app| app.live.get(&key)) else {
        return Err(named.not_found(name));
    };
    let mut manifest = live.manifest.clone();
    match (key.kind.as_str(), action) {
        ("Deployment", "restart") => {
            set(&mut manifest, "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", &time(now));
        }
        ("Deployment", "scale") => {
            let replicas =
                parameter("replicas").and_then(|text| text.parse::<u32>().ok()).filter(|replicas| *replicas <= 1_000);
            let replicas = replicas.ok_or_else(|| {
                Refusal::unknown("error executing Lua resource action: invalid number: replicas".into())
            })?;
            set(&mut manifest, "/spec/replicas", &replicas);
        }
        ("Deployment", "pause") => set(&mut manifest, "/spec/paused", &true),
        ("Deployment", "resume") => drop(super::json::remove(&mut manifest, "/spec", "paused")),
        ("CronJob", "suspend") => set(&mut manifest, "/spec/suspend", &true),
        ("CronJob", "resume") => set(&mut manifest, "/spec/suspend", &false),
        ("CronJob", "create-job") => {
            let job = format!("{}-{}", key.name, names::suffix(&[&now.to_string()], 5));
            world.touch(index, |app| app.live.get_mut(&key).map(|live| live.jobs.push((job, now))));
        }
        _ => return Err(Refusal::unknown("error getting Lua resource action: built-in script does not exist".into())),
    }
    put(world, index, &key, manifest);
    if let Some(app) = world.apps.get(index) {
        let message = format!("{USER} ran action {action} on resource {}/{}/{}", key.group, key.kind, key.name);
        let event = Event::of_user(app, USER, "ResourceActionRan", message, now);
        world.events.push(event);
    }
    Ok(json!({}))
}

/// Patches a live object; answers what became of it.
pub(super) fn patch(world: &mut World, name: &str, query: &Query, patch: &str) -> Answer {
    query.require(&["patchType"])?;
    let index = find(world, name, query)?;
    let named = Named::read(query)?;
    let key = locate(world, index, &named, name)?;
    let live = world.apps.get(index).and_then(|app| app.live.get(&key)).ok_or_else(|| named.not_found(name))?;
    let mut manifest = live.manifest.clone();
    let patch: Value = patch.parse().map_err(|error| Refusal::invalid(format!("error decoding patch: {error}")))?;
    if query.get("patchType") == Some("application/json-patch+json") {
        super::patch::apply(&mut manifest, &patch).map_err(Refusal::invalid)?;
    } else {
        super::patch::merge(&mut manifest, &patch);
    }
    put(world, index, &key, manifest);
    let live = world.apps.get(index).and_then(|app| app.live.get(&key)).ok_or_else(|| named.not_found(name))?;
    let shown = masked(live.shown(&pods::status(live, &world.faults, world.now)), false);
    Ok(json!({ "manifest": shown.to_string() }))
}

/// Deletes a live object, or a pod, which then comes again.
pub(super) fn delete(world: &mut World, name: &str, query: &Query) -> Answer {
    let index = find(world, name, query)?;
    let named = Named::read(query)?;
    let now = world.now;
    if let Ok(key) = locate(world, index, &named, name) {
        world.touch(index, |app| app.live.remove(&key));
        return Ok(json!({}));
    }
    let tree = world.apps.get(index).map(|app| tree::tree(world, app)).unwrap_or_default();
    let there =
        list(&tree, "/nodes").iter().any(|node| tree::is(node, named.group, named.kind, named.namespace, named.name));
    if !there {
        return Err(named.not_found(name));
    }
    world.touch(index, |app| {
        let owner = app.live.iter_mut().find_map(|(_, live)| Some((pods::slot(live, named.name)?, live)));
        if let Some((slot, live)) = owner {
            let lives = live.reborn.get(&slot).map_or(0, |(lives, _)| *lives);
            live.reborn.insert(slot, (lives + 1, now));
        }
    });
    Ok(json!({}))
}
