//! The state of the demo: repositories, clusters, projects, applications, and the controller that moves them on.

use serde_json::{Map, Value};

use super::{
    application::{App, Observed},
    auto,
    cluster::Live,
    deletion,
    events::Event,
    gather::Gather,
    git::Repository,
    json::{flag, list, text},
    names::{self, Millis, time},
    operation,
    ordered::sort,
    pods,
};

/// The story: names, commits, deployments and mishaps.
const STORY: &str = include_str!("story.json");
/// The namespace Argo CD itself lives in.
pub(super) const CONTROL_PLANE: &str = "argocd";
/// Who calls.
pub(super) const USER: &str = "demo";
/// How often an application is compared without anybody asking.
const RECONCILE: Millis = 180_000;
/// The controller looks this often at what is moving.
const TICK: Millis = 200;

/// Everything there is.
pub(super) struct World {
    pub(super) now: Millis,
    version: u64,
    pub(super) repositories: Vec<Repository>,
    pub(super) faults: Map<String, Value>,
    pub(super) apps: Vec<App>,
    pub(super) projects: Vec<Value>,
    pub(super) clusters: Vec<Value>,
    pub(super) sets: Vec<Value>,
    pub(super) events: Vec<Event>,
    /// When somebody last changed anything.
    pub(super) touched: Millis,
    /// Since when an ApplicationSet lacks one of its applications.
    pub(super) missing_since: Option<Millis>,
}

impl World {
    /// The story, told up to now.
    pub(super) fn new(now: Millis) -> Self {
        let story: Value = STORY.parse().unwrap_or_default();
        let mut world = Self {
            now,
            version: 48_210,
            repositories: list(&story, "/repositories").iter().map(|one| Repository::read(one, now)).gather(),
            faults: story.get("faults").and_then(Value::as_object).cloned().unwrap_or_default(),
            apps: vec![],
            projects: vec![],
            clusters: list(&story, "/clusters").to_vec(),
            sets: vec![],
            events: vec![],
            touched: 0,
            missing_since: None,
        };
        for project in list(&story, "/projects") {
            let metadata = world.metadata(CONTROL_PLANE, text(project, "/name"), now - names::duration("120d"));
            let spec = project.get("spec").cloned().unwrap_or_default();
            world.projects.push(json!({ "metadata": metadata, "spec": spec, "status": {} }));
        }
        super::story::applications(&mut world, &story);
        world
    }

    /// The next resource version.
    pub(super) fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    /// The resource version of the whole.
    pub(super) fn version(&self) -> String {
        self.version.to_string()
    }

    /// Metadata of a new object of Argo CD's own.
    pub(super) fn metadata(&mut self, namespace: &str, name: &str, at: Millis) -> Value {
        let version = self.next_version().to_string();
        let uid = names::uid(&[namespace, name, &(self.now - at).to_string()]);
        json!({ "name": name, "namespace": namespace, "uid": uid, "resourceVersion": version, "generation": 1, "creationTimestamp": time(at) })
    }

    /// The repository of a source.
    pub(super) fn repository(&self, source: &Value) -> Option<&Repository> {
        let url = text(source, "/repoURL");
        let url = url.strip_suffix(".git").unwrap_or(url);
        self.repositories
            .iter()
            .find(|repository| repository.url.strip_suffix(".git").unwrap_or(&repository.url) == url)
    }

    /// The commit an application is to be at.
    ///
    /// # Errors
    /// What the repository server says of a revision or a repository that is not there.
    pub(super) fn resolve(&self, source: &Value, revision: &str) -> Result<String, String> {
        let repository = self.repository(source).ok_or("repository not found: not found")?;
        let commit = repository.resolve(revision);
        commit.map(|commit| commit.sha.clone()).ok_or_else(|| format!("unable to resolve '{revision}' to a commit SHA"))
    }

    /// The place of an application in the list.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<usize> {
        self.apps.iter().position(|app| app.name() == name && app.namespace() == namespace)
    }

    /// Puts applications in the order in which they are listed.
    pub(super) fn order(&mut self) {
        sort(&mut self.apps, |one, other| (one.name(), one.namespace()) < (other.name(), other.namespace()));
    }

    /// A project.
    pub(super) fn project(&self, name: &str) -> Option<&Value> {
        self.projects.iter().find(|project| text(project, "/metadata/name") == name)
    }

    /// The server of a destination, which may be named instead; `None` where there is no such cluster.
    pub(super) fn server_of(&self, spec: &Value) -> Option<String> {
        let (server, name) = (text(spec, "/destination/server"), text(spec, "/destination/name"));
        let meant =
            |one: &&Value| if server.is_empty() { text(one, "/name") == name } else { text(one, "/server") == server };
        self.clusters.iter().find(meant).map(|one| text(one, "/server").to_owned())
    }

    /// Sync windows of the project that are for an application. All windows of the story are open all day.
    pub(super) fn windows(&self, app: &App) -> Vec<Value> {
        let windows = self.project(app.project()).map(|project| list(project, "/spec/syncWindows")).unwrap_or_default();
        let fits = |window: &&Value| {
            list(window, "/applications").iter().filter_map(Value::as_str).any(|name| name == "*" || name == app.name())
        };
        windows.iter().filter(fits).cloned().gather()
    }

    /// Whether somebody may sync an application now.
    pub(super) fn may_sync(&self, app: &App) -> bool {
        !self.windows(app).iter().any(|window| text(window, "/kind") == "deny" && !flag(window, "/manualSync"))
    }

    /// Changes an application; it gets a new resource version.
    pub(super) fn touch<T>(&mut self, index: usize, change: impl FnOnce(&mut App) -> T) -> Option<T> {
        let version = self.next_version();
        self.apps.get_mut(index).map(|app| {
            app.version = version;
            change(app)
        })
    }

    /// What an application is like now.
    pub(super) fn observe(&self, app: &App) -> Observed {
        Observed::of(self, app)
    }

    /// Lets time pass, in small steps while something moves, so that events have their own times.
    pub(super) fn advance(&mut self, to: Millis) {
        while self.now + TICK < to && self.moves() {
            self.step(self.now + TICK);
        }
        self.step(to.max(self.now));
    }

    /// Whether anything is on its way: an operation, a rollout, a deletion.
    fn moves(&self) -> bool {
        let recent = |at: Millis| self.now - at < pods::DEADLINE + 2 * TICK;
        let rolling = |live: &Live| {
            live.rollouts.last().is_some_and(|last| recent(last.at)) || live.scaled.is_some_and(|(at, _)| recent(at))
        };
        let busy = |app: &App| app.plan.is_some() || app.deleting.is_some() || app.live.values().any(rolling);
        // What is changed may start something a few seconds later.
        let expecting = self.now - self.touched < 10_000;
        expecting || self.missing_since.is_some() || self.apps.iter().any(busy)
    }

    fn step(&mut self, now: Millis) {
        self.now = now;
        for index in 0..self.apps.len() {
            operation::step(self, index);
            auto::sync(self, index);
            self.reconcile(index);
        }
        let goes = |app: &&mut App| app.deleting.is_some() && deletion::is_cascaded(app);
        for app in self.apps.iter_mut().filter(goes) {
            if app.deleting.is_some_and(|since| now - since > 1_000) {
                app.live.clear();
            }
            if app.deleting.is_some_and(|since| now - since > 2_000) {
                deletion::fulfil(app);
            }
        }
        // Finalizers of others are for others to fulfil.
        let waits = |app: &App| !list(&app.metadata, "/finalizers").is_empty();
        self.apps.retain(|app| app.deleting.is_none_or(|since| now - since <= 2_000) || waits(app));
        auto::regenerate(self);
    }

    /// Notices what changed, as the controller does: events, times of transition, resource versions.
    fn reconcile(&mut self, index: usize) {
        let Some(app) = self.apps.get(index) else { return };
        let observed = self.observe(app);
        let (before, now) = (app.seen.clone(), self.now);
        let seen = (observed.sync.to_owned(), observed.health.to_owned());
        let due = now - app.reconciled >= RECONCILE;
        if before == seen && !due {
            return;
        }
        for (what, old, new) in [("sync", &before.0, &seen.0), ("health", &before.1, &seen.1)] {
            if old != new {
                let message = format!("Updated {what} status: {old} -> {new}");
                let event = Event::of_controller(app, "ResourceUpdated", message, "Normal", now);
                self.events.push(event);
            }
        }
        let Some(app) = self.apps.get_mut(index) else { return };
        if before.1 != seen.1 {
            app.health_since = now;
        }
        if due || before.0 != seen.0 {
            app.reconciled = now;
        }
        app.seen = seen;
        self.touch(index, |_| ());
    }
}
