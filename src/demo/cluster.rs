//! Live objects: what is in a cluster, how applying changes it, and how Kubernetes shows it.

use serde_json::{Map, Value};

use super::{
    json::{number, remove, set, text},
    names::{self, Millis, time},
    ordered::Ordered,
};

/// What tells objects of a cluster apart, in the order Argo CD lists them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    /// The key of a manifest.
    pub(super) fn of(manifest: &Value) -> Self {
        let group = text(manifest, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let text = |pointer: &str| text(manifest, pointer).to_owned();
        Self {
            group: group.into(),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        }
    }

    /// `deployment.apps/search`, as kubectl writes it.
    pub(super) fn lower(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}/{}", self.kind.to_lowercase(), self.group, self.name)
    }
}

/// One version of a Deployment's pods.
#[derive(Clone, Debug)]
pub(super) struct Rollout {
    /// The how manieth of the Deployment it is.
    pub(super) revision: usize,
    pub(super) hash: String,
    pub(super) image: String,
    pub(super) at: Millis,
}

/// An object in a cluster.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// Without status and last-applied annotation, which are added when it is shown.
    pub(super) manifest: Value,
    pub(super) applied: Value,
    pub(super) created: Millis,
    pub(super) rollouts: Vec<Rollout>,
    /// When it was scaled, and from how many.
    pub(super) scaled: Option<(Millis, i64)>,
    /// Pods that somebody deleted: how often, and when last.
    pub(super) reborn: Ordered<String, (u32, Millis)>,
    /// Jobs an action made of it.
    pub(super) jobs: Vec<(String, Millis)>,
}

impl Live {
    /// A new object.
    pub(super) fn create(desired: &Value, at: Millis, version: u64) -> Self {
        let mut manifest = desired.clone();
        let key = Key::of(desired);
        let born = at.to_string();
        set(&mut manifest, "/metadata/uid", &names::uid(&[&key.kind, &key.namespace, &key.name, &born]));
        set(&mut manifest, "/metadata/creationTimestamp", &time(at));
        set(&mut manifest, "/metadata/generation", &1);
        set(&mut manifest, "/metadata/resourceVersion", &version.to_string());
        match key.kind.as_str() {
            "Deployment" => {
                let rolling =
                    json!({ "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" }, "type": "RollingUpdate" });
                set(&mut manifest, "/spec/progressDeadlineSeconds", &600);
                set(&mut manifest, "/spec/strategy", &rolling);
            }
            "Service" => {
                let digit = names::hash(&[&key.namespace, &key.name]) % 250 + 2;
                set(&mut manifest, "/spec/clusterIP", &format!("10.96.14.{digit}"));
                set(&mut manifest, "/spec/sessionAffinity", &"None");
                set(&mut manifest, "/spec/type", &"ClusterIP");
            }
            "CronJob" => {
                set(&mut manifest, "/spec/concurrencyPolicy", &"Allow");
                set(&mut manifest, "/spec/suspend", &false);
            }
            _ => {}
        }
        let mut live = Self {
            manifest,
            applied: desired.clone(),
            created: at,
            rollouts: vec![],
            scaled: None,
            reborn: Ordered::new(),
            jobs: vec![],
        };
        live.roll(at);
        live
    }

    /// What applying would make of it.
    pub(super) fn predict(&self, desired: &Value) -> Value {
        three_way(&self.manifest, &self.applied, desired)
    }

    /// Applies; tells whether anything changed.
    pub(super) fn apply(&mut self, desired: &Value, at: Millis, version: u64) -> bool {
        let predicted = self.predict(desired);
        self.applied = desired.clone();
        self.change(predicted, at, version)
    }

    /// Puts another manifest in place, as any client of Kubernetes may; tells whether anything changed.
    pub(super) fn change(&mut self, manifest: Value, at: Millis, version: u64) -> bool {
        if manifest == self.manifest {
            return false;
        }
        let before = self.replicas();
        self.manifest = manifest;
        let generation = number(&self.manifest, "/metadata/generation").unwrap_or(0) + 1;
        set(&mut self.manifest, "/metadata/generation", &generation);
        set(&mut self.manifest, "/metadata/resourceVersion", &version.to_string());
        if before != self.replicas() {
            self.scaled = Some((at, before));
        }
        self.roll(at);
        true
    }

    /// A changed pod template is a new rollout.
    fn roll(&mut self, at: Millis) {
        if text(&self.manifest, "/kind") != "Deployment" {
            return;
        }
        let template = self.manifest.pointer("/spec/template").map(Value::to_string).unwrap_or_default();
        let name = text(&self.manifest, "/metadata/name");
        let hash = names::suffix(&[name, &template], 9);
        if self.rollouts.last().is_none_or(|last| last.hash != hash) {
            let image = text(&self.manifest, "/spec/template/spec/containers/0/image").to_owned();
            let revision = self.rollouts.last().map_or(1, |last| last.revision + 1);
            self.rollouts.retain(|rollout| rollout.hash != hash);
            self.rollouts.push(Rollout { revision, hash, image, at });
            self.scaled = None;
        }
    }

    /// How many pods it wants.
    pub(super) fn replicas(&self) -> i64 {
        number(&self.manifest, "/spec/replicas").unwrap_or(0)
    }

    /// Its identifier in Kubernetes.
    pub(super) fn uid(&self) -> &str {
        text(&self.manifest, "/metadata/uid")
    }

    /// The object as Kubernetes shows it, with what was last applied.
    pub(super) fn shown(&self, status: &Value) -> Value {
        let mut manifest = self.manifest.clone();
        let applied = format!("{}\n", self.applied);
        set(&mut manifest, "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", &applied);
        if let Some(last) = self.rollouts.last() {
            let revision = last.revision.to_string();
            set(&mut manifest, "/metadata/annotations/deployment.kubernetes.io~1revision", &revision);
        }
        if !status.is_null() {
            set(&mut manifest, "/status", status);
        }
        manifest
    }
}

/// A live manifest as Argo CD compares it: without status and what only Kubernetes writes.
pub(super) fn normalised(mut manifest: Value) -> Value {
    remove(&mut manifest, "", "status");
    remove(&mut manifest, "/metadata", "creationTimestamp");
    remove(&mut manifest, "/metadata", "generation");
    manifest
}

/// What a Kubernetes API refuses in a manifest.
pub(super) fn refusal(manifest: &Value) -> Option<String> {
    let ports = manifest.pointer("/spec/ports").and_then(Value::as_array)?;
    let wrong = |(index, port): (usize, &Value)| {
        let port = number(port, "/port").filter(|port| !(1..=65_535).contains(port))?;
        let name = text(manifest, "/metadata/name");
        Some(format!(
            "Service \"{name}\" is invalid: spec.ports[{index}].port: Invalid value: {port}: must be between 1 and 65535, inclusive"
        ))
    };
    ports.iter().enumerate().find_map(wrong)
}

/// Values of a Secret as plus signs; `longer` where they differ from those of another version of it.
pub(super) fn masked(mut manifest: Value, longer: bool) -> Value {
    if text(&manifest, "/kind") != "Secret" {
        return manifest;
    }
    let plus = if longer { "++++++++++++" } else { "++++++++" };
    let mask = |manifest: &mut Value| {
        if let Some(data) = manifest.pointer_mut("/data").and_then(Value::as_object_mut) {
            data.values_mut().for_each(|value| *value = json!(plus));
        }
    };
    mask(&mut manifest);
    const APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    if let Some(applied) = manifest.pointer_mut(APPLIED) {
        let mut inner: Value = applied.as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
        mask(&mut inner);
        *applied = json!(inner.to_string());
    }
    manifest
}

/// What `kubectl apply` makes of a live object: what is desired is set, what was applied before and is desired no
/// more goes, and what others added stays.
fn three_way(live: &Value, applied: &Value, desired: &Value) -> Value {
    let (Some(live_map), Some(desired_map)) = (live.as_object(), desired.as_object()) else {
        return desired.clone();
    };
    let before = |key: &str| applied.get(key).unwrap_or(&Value::Null);
    let mut merged = Map::new();
    for (key, value) in live_map {
        match desired_map.get(key) {
            Some(desired) => drop(merged.insert(key.clone(), three_way(value, before(key), desired))),
            None if before(key).is_null() => drop(merged.insert(key.clone(), value.clone())),
            None => {}
        }
    }
    for (key, value) in desired_map.iter().filter(|(key, _)| !live_map.contains_key(*key)) {
        merged.insert(key.clone(), value.clone());
    }
    Value::Object(merged)
}
