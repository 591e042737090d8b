//! Tells the story: every deployment in it is done as it would be now, only at its time.

use serde_json::Value;

use super::{
    application::App,
    auto::sync_of,
    events::Event,
    json::{describe, list, set, text, without_empty},
    names::{self, Millis, time},
    operation,
    ordered::sort,
    world::{CONTROL_PLANE, World},
};

/// Puts the applications of the story into the world, with what befell them.
pub(super) fn applications(world: &mut World, story: &Value) {
    let now = world.now;
    for set in list(story, "/sets") {
        let made = now - names::duration("90d");
        let mut shown =
            json!({ "metadata": world.metadata(CONTROL_PLANE, text(set, "/name"), made), "spec": set.get("spec") });
        let ready = |kind: &str, message: &str, reason: &str, status: &str| json!({ "type": kind, "message": message, "lastTransitionTime": time(made), "status": status, "reason": reason });
        let generated = "All applications have been generated successfully";
        let status = json!({
            "conditions": [
                ready("ErrorOccurred", generated, "ApplicationSetUpToDate", "False"),
                ready("ParametersGenerated", "Successfully generated parameters for all Applications", "ParametersGenerated", "True"),
                ready("ResourcesUpToDate", "All applications have been generated successfully", "ApplicationSetUpToDate", "True"),
            ],
            "health": { "status": "Healthy", "message": generated },
        });
        super::json::set(&mut shown, "/status", &status);
        world.sets.push(shown.clone());
        for element in list(&shown, "/spec/generators/0/list/elements") {
            if let Some(index) = generate(world, &shown, element, made) {
                befall(world, index, set, now);
            }
        }
    }
    for one in list(story, "/applications") {
        let first = list(one, "/deployed").first().map_or("30d", |first| text(first, "/ago"));
        let made = now - names::duration(first) - 120_000;
        let namespace =
            Some(text(one, "/namespace")).filter(|namespace| !namespace.is_empty()).unwrap_or(CONTROL_PLANE);
        let mut metadata = world.metadata(namespace, text(one, "/name"), made);
        describe(&mut metadata, Some(one));
        set(&mut metadata, "/finalizers", &json!(["resources-finalizer.argocd.argoproj.io"]));
        let spec = one.get("spec").cloned().unwrap_or_default();
        world.apps.push(App::new(metadata, spec, made));
        befall(world, world.apps.len() - 1, one, now);
    }
    world.order();
    world.now = now;
}

/// Deployments and changes by hand, in the order of their times.
fn befall(world: &mut World, index: usize, story: &Value, now: Millis) {
    let mut all: Vec<(Millis, &Value)> = vec![];
    for pointer in ["/deployed", "/by-hand"] {
        for one in list(story, pointer) {
            all.push((now - names::duration(text(one, "/ago")), one));
        }
    }
    sort(&mut all, |one, other| one.0 < other.0);
    for (at, one) in all {
        world.now = at;
        match one.get("object") {
            Some(_) => by_hand(world, index, one),
            None => deploy(world, index, one),
        }
        observe(world, index);
    }
    // What became of the last deployment is known a little later: pods started, or the deadline passed.
    world.now = (world.now + 5_000).min(now);
    observe(world, index);
    world.now = (world.now + 60_000).min(now);
    observe(world, index);
    // Compared every three minutes since; at another second each.
    let offset = Millis::try_from(names::hash(&[text(story, "/name")]) % 150_000).unwrap_or_default();
    world.touch(index, |app| app.reconciled = app.reconciled.max(now - 20_000 - offset));
}

fn deploy(world: &mut World, index: usize, one: &Value) {
    let Some(app) = world.apps.get(index) else { return };
    let Some(repository) = world.repository(&app.source()) else { return };
    let Some(commit) = repository.commits.iter().rev().find(|commit| commit.at <= world.now) else { return };
    let by = match text(one, "/by") {
        "" => json!({ "automated": true }),
        user => json!({ "username": user }),
    };
    let retry = if by.get("automated").is_some() { json!({ "limit": 5 }) } else { json!({}) };
    let info = one.get("reason").map_or(Value::Null, |reason| json!([{ "name": "reason", "value": reason }]));
    let sync = sync_of(app, &commit.sha, one.get("prune").is_some());
    let mut operation = without_empty(json!({ "sync": sync, "initiatedBy": by, "info": info }));
    set(&mut operation, "/retry", &retry);
    operation::start(world, index, operation);
    operation::finish(world, index);
}

fn by_hand(world: &mut World, index: usize, one: &Value) {
    let (version, at) = (world.next_version(), world.now);
    let Some(app) = world.apps.get_mut(index) else { return };
    let object = text(one, "/object");
    let found = app.live.iter_mut().find(|(key, _)| format!("{}/{}", key.kind, key.name) == object);
    if let Some((_, live)) = found {
        let mut manifest = live.manifest.clone();
        super::patch::merge(&mut manifest, one.get("patch").unwrap_or(&Value::Null));
        live.change(manifest, at, version);
    }
}

/// The controller's look at one application, at the time of the story.
fn observe(world: &mut World, index: usize) {
    let Some(app) = world.apps.get(index) else { return };
    let observed = world.observe(app);
    let now = world.now;
    let seen = (observed.sync.to_owned(), observed.health.to_owned());
    if app.seen.1 != seen.1 && !app.seen.1.is_empty() {
        let message = format!("Updated health status: {} -> {}", app.seen.1, seen.1);
        let event = Event::of_controller(app, "ResourceUpdated", message, "Normal", now);
        world.events.push(event);
    }
    world.touch(index, |app| {
        if app.seen.1 != seen.1 {
            app.health_since = now;
        }
        app.reconciled = now;
        app.seen = seen;
    });
}

/// The application an element of an ApplicationSet's list stands for: `metadata` and `spec`.
pub(super) fn generated(set: &Value, element: &Value) -> Value {
    let mut template = set.pointer("/spec/template").map(Value::to_string).unwrap_or_default();
    for (key, value) in super::json::members(Some(element)) {
        template = template.replace(&format!("{{{{.{key}}}}}"), value.as_str().unwrap_or_default());
    }
    template.parse().unwrap_or_default()
}

/// Makes that application.
pub(super) fn generate(world: &mut World, set: &Value, element: &Value, at: Millis) -> Option<usize> {
    let application = generated(set, element);
    let namespace = text(set, "/metadata/namespace");
    let mut metadata = world.metadata(namespace, text(&application, "/metadata/name"), at);
    describe(&mut metadata, application.get("metadata"));
    let owner = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": set.pointer("/metadata/name"),
        "uid": set.pointer("/metadata/uid"), "controller": true, "blockOwnerDeletion": true,
    });
    super::json::set(&mut metadata, "/ownerReferences", &json!([owner]));
    world.apps.push(App::new(metadata, application.get("spec").cloned()?, at));
    Some(world.apps.len() - 1)
}
