//! Pods of a live Deployment or Job at a time: which there are, how they fare, and what that makes of their owner.

use serde_json::{Map, Value};

use super::{
    cluster::{Live, Rollout},
    gather::Gather,
    json::{flag, list, text},
    names::{self, Millis, time},
    ordered::sort,
};

/// How long a container takes to become ready, and how long after one pod the next begins.
const START: Millis = 2_000;
const STAGGER: Millis = 700;
/// After this long without progress a rollout has failed.
pub(super) const DEADLINE: Millis = 60_000;
/// How long a job runs.
pub(super) const JOB: Millis = 2_500;
/// How long a crashing container lives.
const LIFE: Millis = 3_000;

/// What is wrong with an image, by the story.
pub(super) struct Fault<'a>(pub(super) &'a Value);

impl Fault<'_> {
    fn pull(&self) -> Option<&str> {
        self.0.get("pull").and_then(Value::as_str)
    }

    /// What the container says before it dies.
    pub(super) fn last_words(&self) -> Vec<String> {
        list(self.0, "/crash").iter().filter_map(Value::as_str).map(str::to_owned).gather()
    }
}

/// The fault of an image, if it has one.
pub(super) fn fault<'a>(faults: &'a Map<String, Value>, image: &str) -> Option<Fault<'a>> {
    faults.get(image).map(Fault)
}

/// A pod at a time.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub(super) name: String,
    pub(super) uid: String,
    /// Name of its ReplicaSet or Job.
    pub(super) owner: String,
    pub(super) image: String,
    pub(super) hash: String,
    pub(super) node: String,
    pub(super) created: Millis,
    pub(super) ready: bool,
    pub(super) reason: &'static str,
    /// What is wrong, as Argo CD says it.
    pub(super) message: String,
    pub(super) restarts: u32,
    /// When its container last started; `None` when it never did.
    pub(super) started: Option<Millis>,
}

impl Pod {
    pub(super) fn health(&self) -> &'static str {
        match self.reason {
            "Running" | "Completed" => "Healthy",
            "ContainerCreating" => "Progressing",
            _ => "Degraded",
        }
    }
}

/// The pods of a Deployment.
pub(super) fn of(live: &Live, faults: &Map<String, Value>, now: Millis) -> Vec<Pod> {
    let Some((current, older)) = live.rollouts.split_last() else { return vec![] };
    let wanted = live.replicas();
    let previous = older.iter().rev().find(|rollout| fault(faults, &rollout.image).is_none());
    let fault_now = fault(faults, &current.image);
    // A rollout that fails stops at its first pod; the old ones stay.
    let count = if fault_now.is_some() && previous.is_some() { wanted.min(1) } else { wanted };
    let mut pods: Vec<Pod> = (0..count).map(|index| pod(live, current, fault_now.as_ref(), index, now)).gather();
    if let Some(previous) = previous {
        // One goes for each that is ready; none comes back when a new one dies later.
        let started = (now - current.at - START).div_euclid(STAGGER) + 1;
        let stale = if fault_now.is_some() { wanted } else { (wanted - started.max(0)).max(0) };
        for index in 0..stale {
            pods.push(pod(live, previous, None, index, previous.at + 60_000));
        }
    }
    sort(&mut pods, |one, other| one.name < other.name);
    pods
}

fn pod(live: &Live, rollout: &Rollout, fault: Option<&Fault<'_>>, index: i64, now: Millis) -> Pod {
    let name = text(&live.manifest, "/metadata/name");
    let namespace = text(&live.manifest, "/metadata/namespace");
    let owner = format!("{name}-{}", rollout.hash);
    let slot = slot_of(live, rollout, index);
    let (lives, reborn) = live.reborn.get(&slot).copied().unwrap_or_default();
    let scaled = live.scaled.filter(|(_, from)| index >= *from);
    let created = [rollout.at, reborn, scaled.map_or(0, |(at, _)| at)].into_iter().max().unwrap_or_default();
    let order = scaled.map_or(index, |(_, from)| index - from);
    let order = if reborn > 0 { 0 } else { order };
    let pod_name = format!("{owner}-{}", names::suffix(&[&slot, &lives.to_string()], 5));
    let uid = names::uid(&[namespace, &pod_name]);
    let mut pod = Pod {
        node: format!("node-{}", names::hash(&[&pod_name]) % 3 + 1),
        name: pod_name,
        uid,
        owner,
        image: rollout.image.clone(),
        hash: rollout.hash.clone(),
        created,
        ready: false,
        reason: "ContainerCreating",
        message: String::new(),
        restarts: 0,
        started: None,
    };
    let age = now - created;
    match fault.map(|fault| fault.pull()) {
        _ if age < START => {}
        None if age < START + order * STAGGER => {}
        None => {
            pod.ready = true;
            pod.reason = "Running";
            pod.started = Some(created + START + order * STAGGER);
        }
        Some(Some(cause)) => {
            pod.reason = if age < 15_000 { "ErrImagePull" } else { "ImagePullBackOff" };
            pod.message = format!("Back-off pulling image \"{}\": ErrImagePull: {cause}", pod.image);
        }
        Some(None) => {
            let (restarts, started, pause) = crashes(created + START, now);
            pod.restarts = restarts;
            pod.started = Some(started);
            pod.reason = "CrashLoopBackOff";
            let pause = if pause >= 60_000 {
                format!("{}m{}s", pause / 60_000, pause / 1000 % 60)
            } else {
                format!("{}s", pause / 1000)
            };
            pod.message =
                format!("back-off {pause} restarting failed container=app pod={}_{namespace}({})", pod.name, pod.uid);
        }
    }
    pod
}

/// Restarts so far, the last start, and the pause after it: 10 s, doubled each time, at most 5 minutes.
fn crashes(first: Millis, now: Millis) -> (u32, Millis, Millis) {
    let (mut restarts, mut start, mut pause) = (0, first, 10_000);
    while start + LIFE + pause <= now {
        start += LIFE + pause;
        restarts += 1;
        pause = (pause * 2).min(300_000);
    }
    (restarts, start, pause)
}

/// The run of a crashing container before its last one.
pub(super) fn previous_start(pod: &Pod, now: Millis) -> Option<Millis> {
    let (restarts, started, _) = crashes(pod.created + START, now);
    (restarts > 0).then(|| crashes(pod.created + START, started - 1).1)
}

fn slot_of(live: &Live, rollout: &Rollout, index: i64) -> String {
    format!("{}-{}/{}/{index}", text(&live.manifest, "/metadata/name"), rollout.hash, rollout.revision)
}

/// The slot of a pod, by which it is remembered that somebody deleted it.
pub(super) fn slot(live: &Live, name: &str) -> Option<String> {
    for rollout in &live.rollouts {
        for index in 0..live.replicas() {
            let slot = slot_of(live, rollout, index);
            let lives = live.reborn.get(&slot).map_or(0, |(lives, _)| *lives);
            if name.ends_with(&names::suffix(&[&slot, &lives.to_string()], 5)) {
                return Some(slot);
            }
        }
    }
    None
}

/// Health of a live object and why, as Argo CD assesses it; `None` for kinds that have none.
pub(super) fn health(live: &Live, faults: &Map<String, Value>, now: Millis) -> Option<(&'static str, String)> {
    match text(&live.manifest, "/kind") {
        "Deployment" => Some(deployment(live, faults, now)),
        "Service" | "Ingress" => Some(("Healthy", String::new())),
        "CronJob" if flag(&live.manifest, "/spec/suspend") => Some(("Suspended", "CronJob is Suspended".into())),
        "CronJob" => Some(("Healthy", String::new())),
        "Job" if now - live.created < JOB => Some(("Progressing", String::new())),
        "Job" => Some(("Healthy", "Reached expected number of succeeded pods".into())),
        _ => None,
    }
}

fn deployment(live: &Live, faults: &Map<String, Value>, now: Millis) -> (&'static str, String) {
    let Some(current) = live.rollouts.last() else { return ("Healthy", String::new()) };
    let name = text(&live.manifest, "/metadata/name");
    if flag(&live.manifest, "/spec/paused") {
        return ("Suspended", "Deployment is paused".into());
    }
    let pods = of(live, faults, now);
    let ready = pods.iter().filter(|pod| pod.ready && pod.hash == current.hash).count();
    let wanted = live.replicas();
    if i64::try_from(ready).unwrap_or_default() >= wanted {
        return ("Healthy", String::new());
    }
    if fault(faults, &current.image).is_some() && now - current.at > DEADLINE {
        return ("Degraded", format!("Deployment \"{name}\" exceeded its progress deadline"));
    }
    ("Progressing", format!("Waiting for rollout to finish: {ready} of {wanted} updated replicas are available..."))
}

/// The status of a Deployment as Kubernetes shows it.
pub(super) fn status(live: &Live, faults: &Map<String, Value>, now: Millis) -> Value {
    let Some(current) = live.rollouts.last() else { return Value::Null };
    let pods = of(live, faults, now);
    let ready = pods.iter().filter(|pod| pod.ready).count();
    let (health, message) = deployment(live, faults, now);
    let progressing = match health {
        "Degraded" => {
            json!({ "message": format!("ReplicaSet \"{}-{}\" has timed out progressing.", text(&live.manifest, "/metadata/name"), current.hash), "reason": "ProgressDeadlineExceeded", "status": "False" })
        }
        "Healthy" => {
            json!({ "message": format!("ReplicaSet \"{}-{}\" has successfully progressed.", text(&live.manifest, "/metadata/name"), current.hash), "reason": "NewReplicaSetAvailable", "status": "True" })
        }
        _ => json!({ "message": message, "reason": "ReplicaSetUpdated", "status": "True" }),
    };
    let available = json!({ "message": "Deployment has minimum availability.", "reason": "MinimumReplicasAvailable", "status": "True" });
    let condition = |kind: &str, mut condition: Value, at: Millis| {
        for (key, value) in
            [("lastTransitionTime", time(live.created)), ("lastUpdateTime", time(at)), ("type", kind.to_owned())]
        {
            super::json::put(&mut condition, key, &value);
        }
        condition
    };
    json!({
        "availableReplicas": ready,
        "conditions": [condition("Available", available, live.created), condition("Progressing", progressing, current.at)],
        "observedGeneration": live.manifest.pointer("/metadata/generation"),
        "readyReplicas": ready,
        "replicas": pods.len(),
        "updatedReplicas": pods.iter().filter(|pod| pod.hash == current.hash).count(),
    })
}
