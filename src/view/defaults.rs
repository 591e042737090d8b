//! Drops what Kubernetes fills into an object by default, only where it is a default.
//!
//! A default belongs to a kind and a place: `maxUnavailable: 25%` is one of a Deployment and a decision in a
//! `PodDisruptionBudget`. The defaults are those of the API reference of Kubernetes.

use serde_json::{Value, json};

/// Keys that mean nothing when they are empty. Under other keys an empty object can mean something: `emptyDir: {}`,
/// `podSelector: {}`.
const EMPTY: &[&str] = &["annotations", "labels", "loadBalancer", "resources", "securityContext", "status", "strategy"];

/// Kinds with pods in them.
const WORKLOADS: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// Kinds, the keys whose values are meant, and what Kubernetes fills in there.
type Defaults = (&'static [&'static str], &'static [&'static str], &'static [(&'static str, &'static str)]);

const DEFAULTS: &[Defaults] = &[
    (
        WORKLOADS,
        &["containers", "initContainers", "ephemeralContainers"],
        &[("terminationMessagePath", "\"/dev/termination-log\""), ("terminationMessagePolicy", "\"File\"")],
    ),
    (
        WORKLOADS,
        &["livenessProbe", "readinessProbe", "startupProbe"],
        &[("failureThreshold", "3"), ("periodSeconds", "10"), ("successThreshold", "1"), ("timeoutSeconds", "1")],
    ),
    (WORKLOADS, &["httpGet"], &[("scheme", "\"HTTP\"")]),
    (WORKLOADS, &["ports"], &[("protocol", "\"TCP\"")]),
    (WORKLOADS, &["configMap", "downwardAPI", "projected", "secret"], &[("defaultMode", "420")]),
    (
        WORKLOADS,
        &["spec"],
        &[
            ("completionMode", "\"NonIndexed\""),
            ("dnsPolicy", "\"ClusterFirst\""),
            ("enableServiceLinks", "true"),
            ("podManagementPolicy", "\"OrderedReady\""),
            ("preemptionPolicy", "\"PreemptLowerPriority\""),
            ("priority", "0"),
            ("restartPolicy", "\"Always\""),
            ("schedulerName", "\"default-scheduler\""),
            ("serviceAccount", "\"default\""),
            ("serviceAccountName", "\"default\""),
            ("terminationGracePeriodSeconds", "30"),
        ],
    ),
    (WORKLOADS, &["status"], &[("terminatingReplicas", "0")]),
    (&["DaemonSet", "Deployment", "StatefulSet"], &["spec"], &[("revisionHistoryLimit", "10")]),
    (&["DaemonSet", "StatefulSet"], &["spec"], &[("updateStrategy", "{\"type\":\"RollingUpdate\"}")]),
    (&["Deployment"], &["spec"], &[("progressDeadlineSeconds", "600"), ("strategy", "{\"type\":\"RollingUpdate\"}")]),
    (&["Deployment"], &["rollingUpdate"], &[("maxSurge", "\"25%\""), ("maxUnavailable", "\"25%\"")]),
    (&["Service"], &["ports"], &[("protocol", "\"TCP\"")]),
    (
        &["Service"],
        &["spec"],
        &[
            ("internalTrafficPolicy", "\"Cluster\""),
            ("ipFamilies", "[\"IPv4\"]"),
            ("ipFamilyPolicy", "\"SingleStack\""),
            ("sessionAffinity", "\"None\""),
        ],
    ),
];

/// Drops the defaults of an object, but nothing from maps whose keys people choose.
pub fn drop(object: &mut Value) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    // Kinds of other groups may have the same name: a Service of Knative, a Deployment of a cloud.
    let own = matches!(text("apiVersion").split_once('/').map_or("", |(group, _)| group), "" | "apps" | "batch");
    let kind = if own { text("kind").to_owned() } else { String::new() };
    below(object, "", &kind);
}

fn below(value: &mut Value, under: &str, kind: &str) {
    match value {
        Value::Object(map) => {
            let chosen = matches!(under, "data" | "stringData" | "annotations" | "labels" | "matchLabels");
            let image = map.get("image").and_then(Value::as_str).map(str::to_owned);
            map.retain(|key, child| {
                let means_something = has_no_items(child) && !child.is_null() && !EMPTY.contains(&key.as_str());
                below(child, key, kind);
                let is_pulled_as_usual = WORKLOADS.contains(&kind)
                    && key == "imagePullPolicy"
                    && image.as_deref().is_some_and(|image| pulled(image) == *child);
                let says_nothing = has_no_items(child) || is_default(kind, under, key, child) || is_pulled_as_usual;
                chosen || means_something || !says_nothing
            });
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|item| below(item, under, kind));
            list.retain(|item| !is_injected(under, item));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_default(kind: &str, under: &str, key: &str, value: &Value) -> bool {
    DEFAULTS.iter().filter(|(kinds, places, _)| kinds.contains(&kind) && places.contains(&under)).any(
        |(.., defaults)| {
            defaults
                .iter()
                .any(|(known, default)| *known == key && default.parse::<Value>().is_ok_and(|it| it == *value))
        },
    )
}

/// The `imagePullPolicy` that Kubernetes fills in: an image whose tag may move is always pulled.
fn pulled(image: &str) -> &'static str {
    let name = image.rsplit('/').next().unwrap_or(image);
    let moves = !image.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest");
    if moves { "Always" } else { "IfNotPresent" }
}

/// What Kubernetes adds to every pod: the token volume, its mounts, two tolerations of five minutes.
fn is_injected(under: &str, item: &Value) -> bool {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    match under {
        "volumes" | "volumeMounts" => text("name").starts_with("kube-api-access-"),
        "tolerations" => {
            let usual = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].contains(&text("key"));
            usual && text("effect") == "NoExecute" && item.get("tolerationSeconds") == Some(&json!(300))
        }
        _ => false,
    }
}

/// Whether a value is null, or a list or an object without items. An empty text sets something.
pub(super) fn has_no_items(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}
