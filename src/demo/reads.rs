//! Operations that change nothing.

use serde_json::Value;

use super::{
    application::App,
    cluster::masked,
    fields,
    gather::Gather,
    json::{flag, set, text, without_empty},
    names::time,
    request::{Query, Refusal, selects},
    tree,
    world::{CONTROL_PLANE, World},
};

/// What an operation answers.
pub(super) type Answer = Result<Value, Refusal>;

/// The application a request names: not there without a project looks like not allowed.
pub(super) fn find(world: &World, name: &str, query: &Query) -> Result<usize, Refusal> {
    let namespace = query.get("appNamespace").filter(|namespace| !namespace.is_empty()).unwrap_or(CONTROL_PLANE);
    let project = query.get("project").filter(|project| !project.is_empty());
    let found = world.find(namespace, name);
    let fits = |index: &usize| project.is_none() || world.apps.get(*index).map(App::project) == project;
    found.filter(fits).ok_or_else(|| match project {
        Some(_) => Refusal::missing(format!("applications.argoproj.io \"{name}\" not found")),
        None => Refusal::denied(),
    })
}

/// As [`find`], the application itself.
pub(super) fn app<'a>(world: &'a World, name: &str, query: &Query) -> Result<&'a App, Refusal> {
    world.apps.get(find(world, name, query)?).ok_or_else(Refusal::denied)
}

/// Whether an application is among those a list or a watch asks for.
///
/// # Errors
/// A selector that cannot be read.
pub(super) fn listed(app: &App, query: &Query, watch: bool) -> Result<bool, Refusal> {
    let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
    let mut projects = query.all("projects");
    projects.append(&mut query.all("project"));
    let named = given("name").is_none_or(|name| name == app.name());
    // A watch reads the namespace only together with a name, and then means Argo CD's own where none is given.
    let namespace = match (watch, given("name"), given("appNamespace")) {
        (true, None, _) => None,
        (true, Some(_), namespace) => Some(namespace.unwrap_or(CONTROL_PLANE)),
        (false, _, namespace) => namespace,
    };
    let fits = named
        && namespace.is_none_or(|namespace| namespace == app.namespace())
        && (projects.is_empty() || projects.contains(&app.project()))
        && (watch || given("repo").is_none_or(|repo| repo == text(&app.spec, "/source/repoURL")));
    Ok(fits && selects(query.get("selector").unwrap_or_default(), app.metadata.get("labels"))?)
}

pub(super) fn applications(world: &World, query: &Query) -> Answer {
    let mut items = vec![];
    for app in &world.apps {
        if listed(app, query, false)? {
            items.push(world.show(app, true));
        }
    }
    let items = if items.is_empty() { Value::Null } else { items.into() };
    let list = json!({ "metadata": { "resourceVersion": world.version() }, "items": items });
    match query.get("fields").filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            fields::project_list(&list, fields).ok_or_else(|| Refusal::bare("failed to marshal error message"))
        }
        None => Ok(list),
    }
}

/// One application; anything in `refresh` makes the controller look at it first.
pub(super) fn application(world: &mut World, name: &str, query: &Query) -> Answer {
    let index = find(world, name, query)?;
    if query.get("refresh").is_some() {
        let now = world.now;
        world.touch(index, |app| app.reconciled = now);
    }
    let app = world.apps.get(index).ok_or_else(Refusal::denied)?;
    Ok(world.show(app, false))
}

pub(super) fn resource_tree(world: &World, name: &str, query: &Query) -> Answer {
    Ok(tree::tree(world, app(world, name, query)?))
}

pub(super) fn events(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let (namespace, resource, uid) =
        (query.get("resourceNamespace"), query.get("resourceName"), query.get("resourceUID"));
    match (namespace, resource, uid) {
        (None, None, None) => Ok(super::events::of_application(world, app)),
        _ => {
            let resource = resource.unwrap_or_default();
            super::events::of_resource(world, app, namespace.unwrap_or_default(), resource, uid.unwrap_or_default())
                .ok_or_else(|| Refusal::invalid(format!("{resource} not found as part of application {name}")))
        }
    }
}

pub(super) fn manifests(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let source = app.source();
    let revision =
        query.get("revision").filter(|revision| !revision.is_empty()).unwrap_or(text(&source, "/targetRevision"));
    let sha = world.resolve(&source, revision).map_err(Refusal::unknown)?;
    let rendered = app.manifests(world, &source, &sha).map_err(Refusal::unknown)?;
    let text = |mut manifest: Value| {
        super::json::remove(&mut manifest, "/metadata", "namespace");
        masked(manifest, false).to_string()
    };
    Ok(json!({ "manifests": rendered.into_iter().map(text).gather() }))
}

pub(super) fn revision(world: &World, name: &str, revision: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let source = app.source();
    let commit = world
        .repository(&source)
        .and_then(|repository| repository.commits.iter().find(|commit| commit.sha == revision));
    let commit = commit.ok_or_else(|| Refusal::unknown(format!("revision {revision} must be resolved")))?;
    let author = format!("{0} <{0}@shop.example>", commit.author);
    Ok(json!({ "author": author, "date": time(commit.at), "message": commit.message }))
}

pub(super) fn sync_windows(world: &World, name: &str, query: &Query) -> Answer {
    let app = app(world, name, query)?;
    let short = |window: &Value| {
        let mut short = json!({ "kind": window.get("kind"), "schedule": window.get("schedule"), "duration": window.get("duration") });
        set(&mut short, "/manualSync", &flag(window, "/manualSync"));
        short
    };
    let windows: Vec<Value> = world.windows(app).iter().map(short).gather();
    let mut answer = without_empty(json!({ "activeWindows": windows, "assignedWindows": windows }));
    if world.may_sync(app) {
        set(&mut answer, "/canSync", &true);
    } else {
        set(&mut answer, "/canSync", &false);
    }
    Ok(answer)
}
