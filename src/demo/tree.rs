//! The resource tree of an application: what is live, with the replica sets, jobs and pods that follow from it.

use serde_json::Value;

use super::{
    application::App,
    cluster::{Key, Live, Rollout},
    gather::Gather,
    git::is_hook,
    json::{list, put, set, text, without_empty},
    names::{self, Millis, time},
    ordered::sort,
    pods::{self, Pod},
    world::World,
};

/// The answer: nodes, and the machines the pods are on.
pub(super) fn tree(world: &World, app: &App) -> Value {
    let mut nodes = vec![];
    let mut hosts: Vec<(String, i64)> = vec![];
    for resource in world.observe(app).resources {
        let health = resource.health.as_ref().map(|(status, message)| (*status, message.as_str()));
        let Some(live) = app.live.get(&resource.key) else {
            let manifest = resource.desired.unwrap_or_default();
            nodes.push(node(&resource.key, version_of(&manifest), json!({ "health": health_value(health) })));
            continue;
        };
        nodes.push(own(&resource.key, live, health));
        let mut pods: Vec<(Pod, Value)> = vec![];
        for rollout in &live.rollouts {
            nodes.push(replica_set(world, &resource.key, live, rollout));
        }
        for pod in pods::of(live, &world.faults, world.now) {
            let parent =
                parent(&child(&resource.key, "apps", "ReplicaSet", &pod.owner), "v1", &set_uid_of(live, &pod.hash));
            pods.push((pod, parent));
        }
        for (job, image, at) in jobs(&resource.key, live) {
            let uid = names::uid(&[&job, &at.to_string()]);
            let uid = if resource.key.kind == "Job" { live.uid() } else { &uid };
            let parent = parent(&child(&resource.key, "batch", "Job", &job), "v1", uid);
            pods.push((job_pod(&job, &image, at, world.now), parent));
        }
        if resource.key.kind == "CronJob" {
            for (job, at) in &live.jobs {
                nodes.push(made_job(world, &resource.key, live, job, *at));
            }
        }
        for (pod, parent) in pods {
            match hosts.iter_mut().find(|(name, _)| *name == pod.node) {
                Some((_, count)) => *count += 1,
                None => hosts.push((pod.node.clone(), 1)),
            }
            nodes.push(pod_node(&resource.key.namespace, live, &pod, &parent));
        }
    }
    let order = |node: &Value| Key {
        group: text(node, "/group").into(),
        kind: text(node, "/kind").into(),
        namespace: text(node, "/namespace").into(),
        name: text(node, "/name").into(),
    };
    sort(&mut nodes, |one, other| order(one) < order(other));
    sort(&mut hosts, |one, other| one.0 < other.0);
    let hosts: Vec<Value> = hosts.iter().map(|(name, count)| host(name, *count)).gather();
    without_empty(json!({ "nodes": nodes, "hosts": hosts }))
}

fn version_of(manifest: &Value) -> &str {
    let api = text(manifest, "/apiVersion");
    api.rsplit('/').next().unwrap_or(api)
}

fn child(parent: &Key, group: &str, kind: &str, name: &str) -> Key {
    Key { group: group.into(), kind: kind.into(), namespace: parent.namespace.clone(), name: name.into() }
}

fn node(key: &Key, version: &str, rest: Value) -> Value {
    let mut node = without_empty(
        json!({ "group": key.group, "version": version, "kind": key.kind, "namespace": key.namespace, "name": key.name }),
    );
    for (name, value) in super::json::members(Some(&without_empty(rest))) {
        put(&mut node, name, value);
    }
    node
}

fn health_value(health: Option<(&str, &str)>) -> Value {
    health.map_or(Value::Null, |(status, message)| without_empty(json!({ "status": status, "message": message })))
}

fn parent(key: &Key, version: &str, uid: &str) -> Value {
    node(key, version, json!({ "uid": uid }))
}

/// A resource the application manages itself.
fn own(key: &Key, live: &Live, health: Option<(&str, &str)>) -> Value {
    let mut info = vec![];
    if let Some(last) = live.rollouts.last() {
        info.push(json!({ "name": "Revision", "value": format!("Rev:{}", last.revision) }));
    }
    let labels = live.manifest.pointer("/spec/selector").filter(|_| key.kind == "Service");
    let networking = match key.kind.as_str() {
        "Service" => json!({ "targetLabels": labels }),
        "Ingress" => {
            let host = |rule: &Value| format!("http://{}/", text(rule, "/host"));
            let urls: Vec<String> = list(&live.manifest, "/spec/rules").iter().map(host).gather();
            let target = json!({ "kind": "Service", "namespace": key.namespace, "name": key.name });
            json!({ "targetRefs": [target], "ingress": [{ "ip": "192.0.2.10" }], "externalURLs": urls })
        }
        _ => Value::Null,
    };
    let images: Vec<&Value> = if key.kind == "Job" {
        list(&live.manifest, "/spec/template/spec/containers").iter().filter_map(|one| one.get("image")).gather()
    } else {
        vec![]
    };
    node(
        key,
        version_of(&live.manifest),
        json!({
            "uid": live.uid(), "info": info, "networkingInfo": networking,
            "resourceVersion": live.manifest.pointer("/metadata/resourceVersion"), "images": images,
            "health": health_value(health), "createdAt": time(live.created),
        }),
    )
}

/// Identifier of the ReplicaSet of a rollout.
pub(super) fn set_uid(live: &Live, rollout: &Rollout) -> String {
    set_uid_of(live, &rollout.hash)
}

fn set_uid_of(live: &Live, hash: &str) -> String {
    names::uid(&["ReplicaSet", live.uid(), hash])
}

fn replica_set(world: &World, owner: &Key, live: &Live, rollout: &Rollout) -> Value {
    let pods = pods::of(live, &world.faults, world.now);
    let own: Vec<&Pod> = pods.iter().filter(|pod| pod.hash == rollout.hash).gather();
    let ready = own.iter().filter(|pod| pod.ready).count();
    let health = if ready == own.len() {
        json!({ "status": "Healthy" })
    } else {
        json!({ "status": "Progressing", "message": format!("Waiting for rollout to finish: {ready} out of {} new replicas are available...", own.len()) })
    };
    node(
        &child(owner, "apps", "ReplicaSet", &format!("{}-{}", owner.name, rollout.hash)),
        "v1",
        json!({
            "uid": set_uid(live, rollout), "parentRefs": [parent(owner, "v1", live.uid())],
            "info": [{ "name": "Revision", "value": format!("Rev:{}", rollout.revision) }],
            "resourceVersion": live.manifest.pointer("/metadata/resourceVersion"), "health": health, "createdAt": time(rollout.at),
        }),
    )
}

fn pod_node(namespace: &str, live: &Live, pod: &Pod, parent: &Value) -> Value {
    let pair = |name: &str, value: String| json!({ "name": name, "value": value });
    let mut info = vec![
        pair("Status Reason", pod.reason.to_owned()),
        pair("Node", pod.node.clone()),
        pair("Containers", format!("{}/1", u8::from(pod.ready))),
    ];
    if pod.restarts > 0 {
        info.push(pair("Restart Count", pod.restarts.to_string()));
    }
    let mut labels = live
        .manifest
        .pointer("/spec/template/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({ "job-name": pod.owner }));
    if !pod.hash.is_empty() {
        info.push(pair("cpu", "50".into()));
        info.push(pair("memory", "134217728000".into()));
        set(&mut labels, "/pod-template-hash", &pod.hash);
    }
    let key = Key { group: String::new(), kind: "Pod".into(), namespace: namespace.into(), name: pod.name.clone() };
    node(
        &key,
        "v1",
        json!({
            "uid": pod.uid, "parentRefs": [parent], "info": info, "networkingInfo": { "labels": labels },
            "resourceVersion": live.manifest.pointer("/metadata/resourceVersion"), "images": [pod.image],
            "health": health_value(Some((pod.health(), &pod.message))), "createdAt": time(pod.created),
        }),
    )
}

/// Jobs of a live object that have a pod: itself, or those an action made of it.
fn jobs(key: &Key, live: &Live) -> Vec<(String, String, Millis)> {
    let image = |pointer: &str| text(&live.manifest, pointer).to_owned();
    match key.kind.as_str() {
        "Job" => vec![(key.name.clone(), image("/spec/template/spec/containers/0/image"), live.created)],
        "CronJob" => {
            let image = image("/spec/jobTemplate/spec/template/spec/containers/0/image");
            live.jobs.iter().map(|(name, at)| (name.clone(), image.clone(), *at)).gather()
        }
        _ => vec![],
    }
}

/// The one pod of a job.
pub(super) fn job_pod(job: &str, image: &str, at: Millis, now: Millis) -> Pod {
    let name = format!("{job}-{}", names::suffix(&[job, image], 5));
    let done = now - at >= pods::JOB;
    Pod {
        uid: names::uid(&["job pod", &name, &at.to_string()]),
        node: format!("node-{}", names::hash(&[&name]) % 3 + 1),
        name,
        owner: job.to_owned(),
        image: image.to_owned(),
        hash: String::new(),
        created: at,
        ready: false,
        reason: if done { "Completed" } else { "ContainerCreating" },
        message: String::new(),
        restarts: 0,
        started: Some(at + 500),
    }
}

/// Every pod of a live object, those of jobs included.
pub(super) fn pods_of(world: &World, key: &Key, live: &Live) -> Vec<Pod> {
    let mut pods = pods::of(live, &world.faults, world.now);
    for (job, image, at) in jobs(key, live) {
        pods.push(job_pod(&job, &image, at, world.now));
    }
    pods
}

fn made_job(world: &World, owner: &Key, live: &Live, job: &str, at: Millis) -> Value {
    let health = if world.now - at < pods::JOB {
        json!({ "status": "Progressing" })
    } else {
        json!({ "status": "Healthy", "message": "Reached expected number of succeeded pods" })
    };
    node(
        &child(owner, "batch", "Job", job),
        "v1",
        json!({
            "uid": names::uid(&[job, &at.to_string()]), "parentRefs": [parent(owner, "v1", live.uid())],
            "resourceVersion": live.manifest.pointer("/metadata/resourceVersion"), "health": health, "createdAt": time(at),
        }),
    )
}

fn host(name: &str, pods: i64) -> Value {
    let resource = |name: &str, each: i64, others: i64, capacity: i64| json!({ "resourceName": name, "requestedByApp": each * pods, "requestedByNeighbors": others, "capacity": capacity });
    let unknown = [
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
    ];
    let mut system = json!({});
    unknown.iter().for_each(|key| put(&mut system, key, &""));
    set(&mut system, "/operatingSystem", &"linux");
    set(&mut system, "/architecture", &"amd64");
    json!({
        "name": name,
        "resourcesInfo": [resource("cpu", 50, 1_850, 8_000), resource("memory", 134_217_728_000, 4_966_055_936_000, 34_359_738_368_000)],
        "systemInfo": system,
    })
}

/// Whether a node of the tree is what a request names.
pub(super) fn is(node: &Value, group: &str, kind: &str, namespace: &str, name: &str) -> bool {
    text(node, "/kind") == kind
        && text(node, "/name") == name
        && text(node, "/group") == group
        && text(node, "/namespace") == namespace
}

/// Whether a live object is a hook; those are in the tree, but not managed.
pub(super) fn is_managed(live: &Live) -> bool {
    !is_hook(&live.manifest)
}
