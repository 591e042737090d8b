//! The part of an operation that changes the cluster: apply what is desired, prune what is not.

use serde_json::Value;

use super::{
    cluster::{Key, Live, refusal},
    gather::Gather,
    git::is_hook,
    json::{flag, joined, list, put, set, text},
    names::Millis,
    operation::manifests,
    world::World,
};

/// Applies what an operation deploys, or only says what would become of it; what it could not apply is told.
pub(super) fn apply(world: &mut World, index: usize, operation: &Value, at: Millis) -> (Vec<Value>, Option<String>) {
    let Some(app) = world.apps.get(index) else { return (vec![], None) };
    let chosen = list(operation, "/sync/resources");
    let wanted = |key: &Key| {
        let same = |one: &Value| {
            text(one, "/kind") == key.kind
                && text(one, "/name") == key.name
                && text(one, "/group") == key.group
                && (text(one, "/namespace").is_empty() || text(one, "/namespace") == key.namespace)
        };
        chosen.is_empty() || chosen.iter().any(same)
    };
    let (dry, prune) = (flag(operation, "/sync/dryRun"), flag(operation, "/sync/prune"));
    let said = |text: &str| if dry { format!("{text} (dry run)") } else { text.to_owned() };
    let desired: Vec<Value> =
        manifests(world, app, operation).into_iter().filter(|manifest| !is_hook(manifest)).gather();
    let is_desired = |key: &Key| desired.iter().any(|manifest| Key::of(manifest) == *key);
    let extra: Vec<Key> = app
        .live
        .iter()
        .filter(|(key, live)| !is_hook(&live.manifest) && !is_desired(key) && wanted(key))
        .map(|(key, _)| key.clone())
        .gather();
    let namespace = text(&app.spec, "/destination/namespace").to_owned();
    let creates = list(operation, "/sync/syncOptions").iter().any(|option| option == "CreateNamespace=true");
    let mut results = vec![];
    let mut failures = vec![];
    if creates && app.live.is_empty() && !dry && chosen.is_empty() {
        let message = format!("namespace/{namespace} created");
        let mut created = result(
            &json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }),
            "Synced",
            &message,
        );
        set(&mut created, "/syncPhase", &"PreSync");
        results.push(created);
    }
    for manifest in &desired {
        let key = Key::of(manifest);
        if !wanted(&key) {
            continue;
        }
        if let Some(failure) = refusal(manifest) {
            results.push(result(manifest, "SyncFailed", &failure));
            failures.push(failure);
            continue;
        }
        let version = world.next_version();
        let outcome = world.apps.get_mut(index).map(|app| match app.live.get_mut(&key) {
            Some(live) if dry => {
                if live.predict(manifest) == live.manifest {
                    "unchanged"
                } else {
                    "configured"
                }
            }
            Some(live) => {
                if live.apply(manifest, at, version) {
                    "configured"
                } else {
                    "unchanged"
                }
            }
            None => {
                if !dry {
                    app.live.insert(key.clone(), Live::create(manifest, at, version));
                }
                "created"
            }
        });
        let message = said(&format!("{} {}", key.lower(), outcome.unwrap_or_default()));
        results.push(result(manifest, "Synced", &message));
    }
    for key in extra {
        let manifest = world.apps.get(index).and_then(|app| app.live.get(&key)).map(|live| live.manifest.clone());
        let (status, message) =
            if prune { ("Pruned", said("pruned")) } else { ("PruneSkipped", "ignored (requires pruning)".to_owned()) };
        results.push(result(&manifest.unwrap_or_default(), status, &message));
        if prune && !dry {
            world.touch(index, |app| app.live.remove(&key));
        }
    }
    (results, Some(joined(&failures, "; ")).filter(|failures| !failures.is_empty()))
}

/// The result of one resource.
fn result(manifest: &Value, status: &str, message: &str) -> Value {
    let key = Key::of(manifest);
    let api = text(manifest, "/apiVersion");
    let mut result = json!({
        "group": key.group, "version": api.rsplit('/').next().unwrap_or(api), "kind": key.kind, "namespace": key.namespace,
        "name": key.name, "status": status, "message": message,
        "hookPhase": if status == "SyncFailed" { "Failed" } else { "Running" }, "syncPhase": "Sync",
    });
    let containers = list(manifest, "/spec/template/spec/containers");
    let images: Vec<&Value> = containers.iter().filter_map(|container| container.get("image")).gather();
    if !images.is_empty() {
        set(&mut result, "/images", &images);
    }
    result
}

/// The result of a hook that runs before the sync.
pub(super) fn hook_result(hook: &Value, phase: &str, message: &str) -> Value {
    let mut result = result(hook, "Synced", message);
    for (key, value) in [("hookType", "PreSync"), ("hookPhase", phase), ("syncPhase", "PreSync")] {
        put(&mut result, key, &value);
    }
    result
}
