//! An application: what is wanted of it, what is live of it, and how Argo CD shows both.

use serde_json::Value;

use super::{
    cluster::{Key, Live, normalised},
    gather::Gather,
    git::{Named, is_hook},
    json::text,
    names::Millis,
    operation::Plan,
    ordered::{Ordered, sort},
    pods,
    world::{CONTROL_PLANE, World},
};

/// One application.
pub(super) struct App {
    /// Name, namespace, labels and the like, as they are served.
    pub(super) metadata: Value,
    pub(super) spec: Value,
    pub(super) live: Ordered<Key, Live>,
    pub(super) history: Vec<Value>,
    pub(super) next_id: i64,
    /// The operation that was asked for and is not over.
    pub(super) operation: Option<Value>,
    pub(super) state: Option<Value>,
    pub(super) plan: Option<Plan>,
    /// Sync and health status when the controller last looked.
    pub(super) seen: (String, String),
    pub(super) health_since: Millis,
    pub(super) reconciled: Millis,
    pub(super) version: u64,
    pub(super) deleting: Option<Millis>,
}

impl App {
    /// An application of which nothing is live yet.
    pub(super) fn new(metadata: Value, spec: Value, now: Millis) -> Self {
        Self {
            version: text(&metadata, "/resourceVersion").parse().unwrap_or_default(),
            metadata,
            spec,
            live: Ordered::new(),
            history: vec![],
            next_id: 0,
            operation: None,
            state: None,
            plan: None,
            seen: Default::default(),
            health_since: now,
            reconciled: now,
            deleting: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        text(&self.metadata, "/name")
    }

    pub(super) fn namespace(&self) -> &str {
        text(&self.metadata, "/namespace")
    }

    pub(super) fn project(&self) -> &str {
        text(&self.spec, "/project")
    }

    pub(super) fn source(&self) -> Value {
        self.spec.get("source").cloned().unwrap_or_default()
    }

    /// Its name in tracking annotations.
    fn instance(&self) -> String {
        match self.namespace() {
            CONTROL_PLANE => self.name().to_owned(),
            namespace => format!("{namespace}_{}", self.name()),
        }
    }

    /// The manifests of a source of it at a commit, hooks included.
    ///
    /// # Errors
    /// Why they cannot be rendered.
    pub(super) fn manifests(&self, world: &World, source: &Value, sha: &str) -> Result<Vec<Value>, String> {
        let repository = world.repository(source).ok_or("repository not found: not found")?;
        let namespace = text(&self.spec, "/destination/namespace");
        repository.render(source, sha, &Named { instance: &self.instance(), name: self.name(), namespace })
    }

    /// What is desired now, without hooks, and the commit that says so.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn desired(&self, world: &World) -> Result<(String, Ordered<Key, Value>), String> {
        let source = self.source();
        let sha = world.resolve(&source, text(&source, "/targetRevision"))?;
        let manifests = self.manifests(world, &source, &sha)?;
        let mut desired = Ordered::new();
        for manifest in manifests.into_iter().filter(|manifest| !is_hook(manifest)) {
            desired.insert(Key::of(&manifest), manifest);
        }
        Ok((sha, desired))
    }

    /// Whether commits are deployed without anybody asking.
    pub(super) fn automated(&self) -> bool {
        let automated = self.spec.pointer("/syncPolicy/automated");
        automated.is_some_and(|policy| policy.get("enabled").and_then(Value::as_bool) != Some(false))
    }
}

/// A resource of an application, desired or live or both.
pub(super) struct Resource {
    pub(super) key: Key,
    pub(super) desired: Option<Value>,
    pub(super) synced: bool,
    pub(super) hook: bool,
    pub(super) health: Option<(&'static str, String)>,
}

/// What an application is like at a time: all that follows from what is wanted and what is live.
pub(super) struct Observed {
    pub(super) resources: Vec<Resource>,
    pub(super) sync: &'static str,
    pub(super) health: &'static str,
    pub(super) revision: String,
    pub(super) problem: Option<String>,
}

/// From best to worst. What is missing counts only where all is.
const ORDER: &str = "Healthy Suspended Progressing Degraded";

impl Observed {
    pub(super) fn of(world: &World, app: &App) -> Self {
        let (revision, desired, problem) = match app.desired(world) {
            Ok((revision, desired)) => (revision, desired, None),
            Err(problem) => (String::new(), Ordered::new(), Some(problem)),
        };
        let mut keys: Vec<&Key> = desired.keys().chain(app.live.keys()).gather();
        sort(&mut keys, |one, other| one < other);
        keys.dedup();
        let resource = |key: &Key| {
            let (live, desired) = (app.live.get(key), desired.get(key));
            let synced = match (live, desired) {
                (Some(live), Some(desired)) => live.predict(desired) == live.manifest,
                _ => false,
            };
            let health = match live {
                Some(live) => pods::health(live, &world.faults, world.now),
                None => Some(("Missing", String::new())),
            };
            let hook = live.is_some_and(|live| is_hook(&live.manifest));
            Resource { key: key.clone(), desired: desired.cloned(), synced, hook, health }
        };
        let resources: Vec<Resource> = keys.into_iter().map(resource).gather();
        let sync = match (&problem, resources.iter().all(|resource| resource.synced || resource.hook)) {
            (Some(_), _) => "Unknown",
            (None, true) => "Synced",
            (None, false) => "OutOfSync",
        };
        let counted = resources.iter().filter(|resource| !resource.hook);
        let statuses: Vec<&str> = counted.filter_map(|resource| Some(resource.health.as_ref()?.0)).gather();
        let missing = !statuses.is_empty() && app.live.is_empty();
        let worst = statuses.iter().filter(|status| ORDER.contains(**status)).max_by_key(|status| ORDER.find(**status));
        let health = if missing { "Missing" } else { worst.copied().unwrap_or("Healthy") };
        Self { resources, sync, health, revision, problem }
    }
}

/// Target, live, normalised and predicted state of a resource, each as JSON.
pub(super) struct States {
    pub(super) target: Value,
    pub(super) live: Value,
    pub(super) normalised: Value,
    pub(super) predicted: Value,
}

impl States {
    pub(super) fn of(world: &World, app: &App, resource: &Resource) -> Self {
        let target = resource.desired.clone().unwrap_or_default();
        let Some(live) = app.live.get(&resource.key) else {
            return Self { predicted: target.clone(), target, live: Value::Null, normalised: Value::Null };
        };
        let shown = live.shown(&pods::status(live, &world.faults, world.now));
        let predicted = resource.desired.as_ref().map(|desired| {
            let after = Live { manifest: live.predict(desired), ..live.clone() };
            normalised(after.shown(&Value::Null))
        });
        Self { target, normalised: normalised(shown.clone()), live: shown, predicted: predicted.unwrap_or_default() }
    }
}
