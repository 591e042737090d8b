//! What happens without anybody asking: auto-sync, self-healing, applications of an ApplicationSet made again.

use serde_json::Value;

use super::{
    application::{App, Observed},
    json::{flag, list, text},
    names::Millis,
    operation, story,
    world::World,
};

/// Argo CD waits this long before it heals the same drift.
const SELF_HEAL: Millis = 5_000;
/// The ApplicationSet controller makes a deleted application again after this time.
const REGENERATE: Millis = 3_000;

/// Starts what the sync policy of an application asks for.
pub(super) fn sync(world: &mut World, index: usize) {
    let Some(app) = world.apps.get(index) else { return };
    if !app.automated() || app.operation.is_some() || app.deleting.is_some() || !world.may_sync(app) {
        return;
    }
    let observed = world.observe(app);
    if observed.sync != "OutOfSync" || !due(world, app, &observed) {
        return;
    }
    let operation = json!({
        "sync": sync_of(app, &observed.revision, flag(&app.spec, "/syncPolicy/automated/prune")),
        "initiatedBy": { "automated": true },
        "retry": { "limit": 5 },
    });
    operation::start(world, index, operation);
}

/// The sync part of an operation to a commit.
pub(super) fn sync_of(app: &App, revision: &str, prune: bool) -> Value {
    let mut sync = json!({ "revision": revision });
    if prune {
        super::json::set(&mut sync, "/prune", &true);
    }
    super::json::set(&mut sync, "/source", &app.source());
    let options = list(&app.spec, "/syncPolicy/syncOptions");
    if !options.is_empty() {
        super::json::set(&mut sync, "/syncOptions", &options);
    }
    sync
}

/// A commit is deployed once; only self-healing deploys it again, and only where that changes something.
fn due(world: &World, app: &App, observed: &Observed) -> bool {
    let Some(state) = &app.state else { return true };
    let same = text(state, "/operation/sync/revision") == observed.revision
        && state.pointer("/operation/sync/source") == app.spec.get("source")
        && !flag(state, "/operation/sync/dryRun");
    if !same {
        return true;
    }
    let prunes = flag(&app.spec, "/syncPolicy/automated/prune");
    let curable = observed.resources.iter().any(|one| !one.synced && !one.hook && (one.desired.is_some() || prunes));
    let heals = flag(&app.spec, "/syncPolicy/automated/selfHeal") && text(state, "/phase") == "Succeeded";
    heals && curable && world.now - app.reconciled.max(app.health_since) > SELF_HEAL
}

/// Makes applications again that an ApplicationSet generates and somebody deleted, and undoes what somebody changed in
/// their specs.
pub(super) fn regenerate(world: &mut World) {
    let mut missing: Vec<(Value, Value)> = vec![];
    for set in &world.sets {
        for element in list(set, "/spec/generators/0/list/elements") {
            let generated = story::generated(set, element);
            if world.find(text(set, "/metadata/namespace"), text(&generated, "/metadata/name")).is_none() {
                missing.push((set.clone(), element.clone()));
            }
        }
    }
    let changed = changed(world);
    if missing.is_empty() && changed.is_empty() {
        world.missing_since = None;
        return;
    }
    let since = *world.missing_since.get_or_insert(world.now);
    if world.now - since >= REGENERATE {
        let now = world.now;
        missing.iter().for_each(|(set, element)| {
            story::generate(world, set, element, now);
        });
        for (index, spec) in changed {
            world.touch(index, |app| {
                app.spec = spec;
                app.reconciled = now;
            });
        }
    }
}

/// Generated applications whose spec is not the template's, with the template's.
fn changed(world: &World) -> Vec<(usize, Value)> {
    let mut changed = vec![];
    for set in &world.sets {
        for element in list(set, "/spec/generators/0/list/elements") {
            let application = story::generated(set, element);
            let index = world.find(text(set, "/metadata/namespace"), text(&application, "/metadata/name"));
            let differs =
                |index: &usize| world.apps.get(*index).is_some_and(|app| Some(&app.spec) != application.get("spec"));
            if let (Some(index), Some(spec)) = (index.filter(differs), application.get("spec")) {
                changed.push((index, spec.clone()));
            }
        }
    }
    changed
}
