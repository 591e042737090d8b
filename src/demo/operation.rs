//! Operations: a sync or a rollback from the request to its end, seconds later.

use serde_json::Value;

use super::{
    application::App,
    apply::{apply, hook_result},
    cluster::{Key, Live},
    events::Event,
    gather::Gather,
    git::is_hook,
    json::{flag, joined, list, set, text, without_empty},
    names::{Millis, time},
    pods,
    world::World,
};

/// What an operation does next, and when.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    at: Millis,
    stage: Stage,
    started: Millis,
    failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Asked,
    Hook,
    HookDone,
    Apply,
    Finish,
    Terminate,
}

/// How long the stages of an operation take.
const ACCEPT: Millis = 400;
const PREPARE: Millis = 600;
const APPLY: Millis = 1_500;

/// Asks for an operation; the controller takes it up a moment later.
pub(super) fn start(world: &mut World, index: usize, operation: Value) {
    let Some(app) = world.apps.get(index) else { return };
    let revision = text(&operation, "/sync/revision");
    let event = match text(&operation, "/initiatedBy/username") {
        "" => {
            let message = format!("Initiated automated sync to '{revision}'");
            Event::of_controller(app, "OperationStarted", message, "Normal", world.now)
        }
        user => {
            let target = text(&app.spec, "/source/targetRevision");
            Event::of_user(
                app,
                user,
                "OperationStarted",
                format!("{user} initiated sync to {target} ({revision})"),
                world.now,
            )
        }
    };
    world.events.push(event);
    let plan = Plan { at: world.now + ACCEPT, stage: Stage::Asked, started: world.now, failure: None };
    world.touch(index, |app| {
        app.operation = Some(operation);
        app.state = None;
        app.plan = Some(plan);
    });
}

/// Ends an operation before its time.
pub(super) fn terminate(world: &mut World, index: usize) {
    let now = world.now;
    world.touch(index, |app| {
        if let (Some(plan), Some(state)) = (&mut app.plan, &mut app.state) {
            *plan = Plan { at: now + PREPARE, stage: Stage::Terminate, ..plan.clone() };
            set(state, "/phase", &"Terminating");
            set(state, "/message", &"operation is terminating.");
        }
    });
}

/// Does what is due of an operation.
pub(super) fn step(world: &mut World, index: usize) {
    while let Some(plan) = world.apps.get(index).and_then(|app| app.plan.clone()).filter(|plan| plan.at <= world.now) {
        let next = advance(world, index, &plan);
        world.touch(index, |app| app.plan = next);
    }
}

/// Does an operation to its end at once; the story is told this way.
pub(super) fn finish(world: &mut World, index: usize) {
    while let Some(plan) = world.apps.get(index).and_then(|app| app.plan.clone()) {
        world.now = world.now.max(plan.at);
        step(world, index);
    }
}

fn advance(world: &mut World, index: usize, plan: &Plan) -> Option<Plan> {
    let app = world.apps.get(index)?;
    let operation = app.operation.clone()?;
    let mut state = app.state.clone().unwrap_or_default();
    let then = |stage: Stage, after: Millis| Some(Plan { at: plan.at + after, stage, ..plan.clone() });
    let next = match plan.stage {
        Stage::Asked => {
            state = json!({ "operation": operation, "phase": "Running", "startedAt": time(plan.started) });
            let hooks = list(&operation, "/sync/resources").is_empty()
                && !flag(&operation, "/sync/dryRun")
                && operation.pointer("/sync/syncStrategy/apply").is_none();
            let manifests = manifests(world, app, &operation);
            if hooks && manifests.iter().any(is_hook) {
                then(Stage::Hook, PREPARE)
            } else {
                then(Stage::Apply, PREPARE)
            }
        }
        Stage::Hook => {
            let hooks: Vec<Value> = manifests(world, app, &operation).into_iter().filter(is_hook).gather();
            let mut names = vec![];
            for hook in &hooks {
                let key = Key::of(hook);
                names.push(format!("waiting for completion of hook {}/{}/{}", key.group, key.kind, key.name));
                let version = world.next_version();
                let live = Live::create(hook, plan.at, version);
                world.touch(index, |app| app.live.insert(key, live));
            }
            let results =
                hooks.iter().map(|hook| hook_result(hook, "Running", &format!("{} created", Key::of(hook).lower())));
            set(&mut state, "/message", &joined(&names, ","));
            set(&mut state, "/syncResult", &sync_result(&operation, &results.gather()));
            then(Stage::HookDone, pods::JOB)
        }
        Stage::HookDone => {
            let done = |mut result: Value| {
                set(&mut result, "/hookPhase", &"Succeeded");
                set(&mut result, "/message", &"Reached expected number of succeeded pods");
                result
            };
            let results: Vec<Value> = list(&state, "/syncResult/resources").iter().cloned().map(done).gather();
            set(&mut state, "/syncResult/resources", &results);
            then(Stage::Apply, 0)
        }
        Stage::Apply => {
            let (mut results, failure) = apply(world, index, &operation, plan.at);
            let mut all = list(&state, "/syncResult/resources").to_vec();
            all.append(&mut results);
            let failure = failure.map(|failure| {
                format!("one or more synchronization tasks completed unsuccessfully, reason: {failure}")
            });
            set(&mut state, "/message", &failure.as_deref().unwrap_or("one or more tasks are running"));
            set(&mut state, "/syncResult", &sync_result(&operation, &all));
            Some(Plan { at: plan.at + APPLY, stage: Stage::Finish, failure, ..plan.clone() })
        }
        Stage::Finish | Stage::Terminate => {
            let failure = if plan.stage == Stage::Terminate {
                Some("Operation terminated".to_owned())
            } else {
                plan.failure.clone()
            };
            close(world, index, &operation, &mut state, plan, failure);
            None
        }
    };
    world.touch(index, |app| app.state = Some(state));
    next
}

/// What an operation deploys, hooks included; a revision that is gone by now deploys nothing.
pub(super) fn manifests(world: &World, app: &App, operation: &Value) -> Vec<Value> {
    let source = operation.pointer("/sync/source").cloned().unwrap_or_default();
    app.manifests(world, &source, text(operation, "/sync/revision")).unwrap_or_default()
}

fn sync_result(operation: &Value, resources: &[Value]) -> Value {
    json!({ "resources": resources, "revision": operation.pointer("/sync/revision"), "source": operation.pointer("/sync/source") })
}

/// The end: phase, message, a line of history, an event.
fn close(world: &mut World, index: usize, operation: &Value, state: &mut Value, plan: &Plan, failure: Option<String>) {
    let revision = text(operation, "/sync/revision").to_owned();
    let (phase, outcome) = if failure.is_some() { ("Failed", "Warning") } else { ("Succeeded", "Normal") };
    // Hooks make it a sync of several rounds; the last one finds nothing left to do.
    let rounds = list(state, "/syncResult/resources").iter().any(|one| one.get("hookType").is_some());
    let done = if rounds { "successfully synced (no more tasks)" } else { "successfully synced (all tasks run)" };
    let message = failure.unwrap_or_else(|| done.into());
    set(state, "/phase", &phase);
    set(state, "/message", &message);
    set(state, "/finishedAt", &time(plan.at));
    let partial = !list(operation, "/sync/resources").is_empty();
    let what = if partial { "Partial sync operation" } else { "Sync operation" };
    let told = if phase == "Failed" {
        format!("{what} to {revision} failed: {message}")
    } else {
        format!("{what} to {revision} succeeded")
    };
    if let Some(app) = world.apps.get(index) {
        let event = Event::of_controller(app, "OperationCompleted", told, outcome, plan.at);
        world.events.push(event);
    }
    let deployed = phase == "Succeeded" && !partial && !flag(operation, "/sync/dryRun");
    world.touch(index, |app| {
        app.operation = None;
        app.reconciled = plan.at;
        if deployed {
            app.history.push(without_empty(json!({
                "revision": revision, "deployedAt": time(plan.at), "id": app.next_id, "source": operation.pointer("/sync/source"),
                "deployStartedAt": time(plan.started), "initiatedBy": operation.get("initiatedBy"),
            })));
            app.next_id += 1;
            let too_many = app.history.len().saturating_sub(10);
            app.history.drain(..too_many);
        }
    });
}
