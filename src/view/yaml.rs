//! Kubernetes objects as YAML, without what nobody asked for: managed fields, the last applied copy, defaults.

use serde_json::{Map, Value};

use super::{mask, text};

/// Annotations that repeat the object or are bookkeeping.
const ANNOTATIONS: &[&str] = &[
    "argocd.argoproj.io/tracking-id",
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// Keys of `metadata` that identify a version of an object, not the object.
const METADATA: &[&str] =
    &["creationTimestamp", "generateName", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// Keys of an owner that say no more than its kind and name.
const OWNERS: &[&str] = &["apiVersion", "blockOwnerDeletion", "controller", "uid"];

/// Keys of a status, and of its conditions, that nobody reads.
const STATUS: &[&str] = &["collisionCount", "lastProbeTime", "lastUpdateTime", "observedGeneration"];

/// Keys that say nothing when they are empty.
const EMPTY: &[&str] = &["annotations", "labels", "loadBalancer", "resources", "securityContext", "status", "strategy"];

/// What Kubernetes fills in: a key with this value says nothing.
const DEFAULTS: &[(&str, &str)] = &[
    ("activeDeadlineSeconds", "null"),
    ("automountServiceAccountToken", "true"),
    ("completionMode", "\"NonIndexed\""),
    ("defaultMode", "420"),
    ("dnsPolicy", "\"ClusterFirst\""),
    ("enableServiceLinks", "true"),
    ("failureThreshold", "3"),
    ("imagePullPolicy", "\"IfNotPresent\""),
    ("internalTrafficPolicy", "\"Cluster\""),
    ("ipFamilies", "[\"IPv4\"]"),
    ("ipFamilyPolicy", "\"SingleStack\""),
    ("maxSurge", "\"25%\""),
    ("maxUnavailable", "\"25%\""),
    ("periodSeconds", "10"),
    ("podManagementPolicy", "\"OrderedReady\""),
    ("preemptionPolicy", "\"PreemptLowerPriority\""),
    ("priority", "0"),
    ("progressDeadlineSeconds", "600"),
    ("protocol", "\"TCP\""),
    ("restartPolicy", "\"Always\""),
    ("revisionHistoryLimit", "10"),
    ("schedulerName", "\"default-scheduler\""),
    ("scheme", "\"HTTP\""),
    ("serviceAccount", "\"default\""),
    ("serviceAccountName", "\"default\""),
    ("sessionAffinity", "\"None\""),
    ("successThreshold", "1"),
    ("terminationGracePeriodSeconds", "30"),
    ("terminationMessagePath", "\"/dev/termination-log\""),
    ("terminationMessagePolicy", "\"File\""),
    ("terminatingReplicas", "0"),
    ("timeoutSeconds", "1"),
];

/// An object as masked, cleaned YAML.
pub fn object(object: &Value) -> String {
    let mut object = masked(object);
    drop_defaults(&mut object, "");
    write(&object)
}

/// The same with its defaults, to be compared with another one: there a default is a value like any other.
pub fn comparable(object: &Value) -> String {
    write(&masked(object))
}

/// An object without credentials and bookkeeping.
pub fn masked(object: &Value) -> Value {
    let mut object = object.clone();
    mask::value(&mut object);
    drop_bookkeeping(&mut object, "");
    object
}

/// Drops what identifies a version of an object; `under` is the key the value stands under.
fn drop_bookkeeping(value: &mut Value, under: &str) {
    match value {
        Value::Object(map) => {
            let dropped = match under {
                "metadata" => METADATA,
                "annotations" => ANNOTATIONS,
                "ownerReferences" => OWNERS,
                "status" | "conditions" => STATUS,
                _ => &[],
            };
            map.retain(|key, _| !dropped.contains(&key.as_str()));
            map.iter_mut().for_each(|(key, child)| drop_bookkeeping(child, key));
        }
        Value::Array(list) => list.iter_mut().for_each(|item| drop_bookkeeping(item, under)),
        Value::String(string) => *string = text::clean_block(string),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Drops what says nothing, but nothing whose keys people choose.
fn drop_defaults(value: &mut Value, under: &str) {
    match value {
        Value::Object(map) => {
            let chosen = matches!(under, "data" | "stringData" | "annotations" | "labels" | "matchLabels");
            map.retain(|key, child| {
                // An empty object can mean something: `emptyDir: {}`, `podSelector: {}`.
                let means_something = is_empty(child) && !child.is_null() && !EMPTY.contains(&key.as_str());
                drop_defaults(child, key);
                chosen || means_something || !(is_empty(child) || is_default(key, child))
            });
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|item| drop_defaults(item, under));
            list.retain(|item| !is_injected(under, item));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What Kubernetes adds to every pod: the token volume, its mounts, two tolerations of five minutes.
fn is_injected(under: &str, item: &Value) -> bool {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    match under {
        "volumes" | "volumeMounts" => text("name").starts_with("kube-api-access-"),
        "tolerations" => {
            let usual = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].contains(&text("key"));
            usual && text("effect") == "NoExecute" && item.get("tolerationSeconds") == Some(&Value::from(300))
        }
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_default(key: &str, value: &Value) -> bool {
    // Nothing is left of the parameters of this strategy when they are the usual ones.
    let rolling = || *value == serde_json::json!({ "type": "RollingUpdate" });
    (matches!(key, "strategy" | "updateStrategy") && rolling())
        || DEFAULTS
            .iter()
            .any(|(known, default)| *known == key && default.parse::<Value>().is_ok_and(|default| default == *value))
}

/// The usual order of an object's keys first, the rest as they came.
fn write(value: &Value) -> String {
    let ordered = match value {
        Value::Object(map) => {
            let first = ["apiVersion", "kind", "metadata", "spec", "data"];
            let known = first.iter().filter_map(|key| Some(((*key).to_owned(), map.get(*key)?.clone())));
            let rest = map
                .iter()
                .filter(|(key, _)| !first.contains(&key.as_str()))
                .map(|(key, child)| (key.clone(), child.clone()));
            Value::Object(known.chain(rest).collect::<Map<_, _>>())
        }
        other => other.clone(),
    };
    serde_saphyr::to_string(&ordered).unwrap_or_else(|_| ordered.to_string()).trim_end().to_owned()
}
