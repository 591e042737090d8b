//! Events: what Argo CD and Kubernetes did and noticed, kept for an hour.

use serde_json::Value;

use super::{
    application::App,
    cluster::{Key, Live},
    gather::Gather,
    json::{set, text, without_empty},
    names::{self, Millis, time},
    ordered::sort,
    pods,
    world::World,
};

/// How long Kubernetes keeps events.
const KEPT: Millis = 3_600_000;

/// One event.
pub(super) struct Event {
    application: String,
    namespace: String,
    uid: String,
    destination: Value,
    user: Option<String>,
    reason: &'static str,
    message: String,
    kind: &'static str,
    at: Millis,
}

impl Event {
    /// What somebody asked of an application.
    pub(super) fn of_user(app: &App, user: &str, reason: &'static str, message: String, at: Millis) -> Self {
        Self { user: Some(user.to_owned()), ..Self::of_controller(app, reason, message, "Normal", at) }
    }

    /// What the controller did with an application.
    pub(super) fn of_controller(
        app: &App,
        reason: &'static str,
        message: String,
        kind: &'static str,
        at: Millis,
    ) -> Self {
        Self {
            application: app.name().to_owned(),
            namespace: app.namespace().to_owned(),
            uid: text(&app.metadata, "/uid").to_owned(),
            destination: app.spec.get("destination").cloned().unwrap_or_default(),
            user: None,
            reason,
            message,
            kind,
            at,
        }
    }

    fn show(&self, version: &str) -> Value {
        let annotations = without_empty(json!({
            "dest-namespace": text(&self.destination, "/namespace"),
            "dest-server": text(&self.destination, "/server"),
            "user": self.user,
        }));
        let about = json!({
            "kind": "Application", "namespace": self.namespace, "name": self.application, "uid": self.uid,
            "apiVersion": "argoproj.io/v1alpha1", "resourceVersion": version,
        });
        let component = if self.user.is_some() { "argocd-server" } else { "argocd-application-controller" };
        let name = format!("{}.{}", self.application, names::hex(&[&self.message, &self.at.to_string()], 16));
        let mut event = event(&name, &about, self.reason, &self.message, component, self.kind, (self.at, self.at, 1));
        set(&mut event, "/metadata/annotations", &annotations);
        set(&mut event, "/metadata/resourceVersion", &version);
        event
    }
}

/// An event as Kubernetes shows it; the last value is when it was first and last seen, and how often.
fn event(
    name: &str,
    about: &Value,
    reason: &str,
    message: &str,
    component: &str,
    kind: &str,
    seen: (Millis, Millis, u32),
) -> Value {
    let (first, last, count) = seen;
    json!({
        "metadata": {
            "name": name, "namespace": about.get("namespace"), "uid": names::uid(&[name]),
            "resourceVersion": about.get("resourceVersion"), "creationTimestamp": time(first),
        },
        "involvedObject": about,
        "reason": reason, "message": message, "source": { "component": component },
        "firstTimestamp": time(first), "lastTimestamp": time(last), "count": count, "type": kind, "eventTime": null,
    })
}

fn answer(world: &World, items: Vec<Value>) -> Value {
    let items = if items.is_empty() { Value::Null } else { items.into() };
    json!({ "metadata": { "resourceVersion": world.version() }, "items": items })
}

/// Events of an application.
pub(super) fn of_application(world: &World, app: &App) -> Value {
    let own = |event: &&Event| {
        event.application == app.name() && event.namespace == app.namespace() && world.now - event.at < KEPT
    };
    let mut events: Vec<&Event> = world.events.iter().filter(own).gather();
    sort(&mut events, |one, other| one.at < other.at);
    answer(world, events.iter().map(|event| event.show(&app.version.to_string())).gather())
}

/// Kubernetes events of a resource, which follow from what is live.
pub(super) fn of_resource(world: &World, app: &App, namespace: &str, name: &str, uid: &str) -> Option<Value> {
    let mut found = None;
    for (key, live) in app.live.iter() {
        if live.uid() == uid && key.name == name && key.namespace == namespace {
            found = Some(if key.kind == "Deployment" { rollouts(key, live) } else { vec![] });
        }
        let pod = pods::of(live, &world.faults, world.now).into_iter().find(|pod| pod.uid == uid && pod.name == name);
        if let Some(pod) = pod {
            found = Some(of_pod(key, &pod, world.now));
        }
        let sets = live.rollouts.iter().any(|rollout| super::tree::set_uid(live, rollout) == uid);
        if sets && found.is_none() {
            found = Some(vec![]);
        }
    }
    let recent = |event: &Value| {
        text(event, "/lastTimestamp").parse::<jiff::Timestamp>().is_ok_and(|at| world.now - at.as_millisecond() < KEPT)
    };
    found.map(|events| answer(world, events.into_iter().filter(recent).gather()))
}

fn rollouts(key: &Key, live: &Live) -> Vec<Value> {
    let about = json!({
        "kind": key.kind, "namespace": key.namespace, "name": key.name, "uid": live.uid(), "apiVersion": "apps/v1",
        "resourceVersion": live.manifest.pointer("/metadata/resourceVersion"),
    });
    let mut events: Vec<(Millis, String)> = vec![];
    for (index, rollout) in live.rollouts.iter().enumerate() {
        // A rolling update begins with one pod more.
        let to = if index == 0 { live.replicas() } else { 1 };
        events.push((rollout.at, format!("Scaled up replica set {}-{} from 0 to {to}", key.name, rollout.hash)));
    }
    if let (Some((at, from)), Some(last)) = (live.scaled, live.rollouts.last()) {
        let way = if live.replicas() > from { "up" } else { "down" };
        events.push((
            at,
            format!("Scaled {way} replica set {}-{} from {from} to {}", key.name, last.hash, live.replicas()),
        ));
    }
    let show = |(at, message): &(Millis, String)| {
        let name = format!("{}.{}", key.name, names::hex(&[message, &at.to_string()], 16));
        let mut event =
            event(&name, &about, "ScalingReplicaSet", message, "deployment-controller", "Normal", (*at, *at, 1));
        set(&mut event, "/reportingComponent", &"deployment-controller");
        event
    };
    events.iter().map(show).gather()
}

fn of_pod(key: &Key, pod: &pods::Pod, now: Millis) -> Vec<Value> {
    let about = json!({ "kind": "Pod", "namespace": key.namespace, "name": pod.name, "uid": pod.uid, "apiVersion": "v1", "resourceVersion": "1" });
    let mut events = vec![];
    let mut tell = |reason: &str, message: String, kind: &str, component: &str, seen: (Millis, Millis, u32)| {
        let name = format!("{}.{}", pod.name, names::hex(&[reason, &pod.uid], 16));
        let mut event = event(&name, &about, reason, &message, component, kind, seen);
        set(&mut event, "/reportingComponent", &component);
        events.push(event);
    };
    let once = |at: Millis| (at, at, 1);
    let since = pod.created;
    tell(
        "Scheduled",
        format!("Successfully assigned {}/{} to {}", key.namespace, pod.name, pod.node),
        "Normal",
        "default-scheduler",
        once(since),
    );
    // Kubernetes counts one event up every time it happens again, at most every five minutes.
    let often = |from: Millis| u32::try_from((now - from) / 300_000 + 1).unwrap_or(1);
    match pod.reason {
        "ErrImagePull" | "ImagePullBackOff" => {
            let cause = pod.message.split("ErrImagePull: ").nth(1).unwrap_or_default();
            let count = often(since).min(5) + 3;
            tell(
                "Pulling",
                format!("Pulling image \"{}\"", pod.image),
                "Normal",
                "kubelet",
                (since + 1_000, now.min(since + 300_000), count),
            );
            tell(
                "Failed",
                format!("Failed to pull image \"{}\": {cause}", pod.image),
                "Warning",
                "kubelet",
                (since + 2_000, (now - 170_000).max(since + 2_000), count),
            );
            tell(
                "BackOff",
                format!("Back-off pulling image \"{}\"", pod.image),
                "Warning",
                "kubelet",
                (since + 15_000, (now - 20_000).max(since + 15_000), often(since) * 20),
            );
        }
        "CrashLoopBackOff" => {
            let last = pod.started.unwrap_or(since);
            tell(
                "Started",
                "Started container app".into(),
                "Normal",
                "kubelet",
                (since + 2_000, last, pod.restarts + 1),
            );
            tell(
                "BackOff",
                format!("Back-off restarting failed container app in pod {}", pod.name),
                "Warning",
                "kubelet",
                (since + 5_000, (now - 12_000).max(since + 5_000), often(since) * 22),
            );
        }
        "Running" => {
            tell(
                "Pulled",
                format!("Container image \"{}\" already present on machine", pod.image),
                "Normal",
                "kubelet",
                once(since + 1_000),
            );
            tell("Started", "Started container app".into(), "Normal", "kubelet", once(pod.started.unwrap_or(since)));
        }
        _ => {}
    }
    events
}
