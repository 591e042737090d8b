//! Kubernetes objects as YAML, without what nobody asked for: managed fields, the last applied copy, defaults.

use serde_json::{Map, Value};

use super::{defaults, mask, path, text::shown};

/// The application that a resource belongs to.
const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// Annotations that repeat the object or are bookkeeping.
const ANNOTATIONS: &[&str] =
    &[TRACKING, "deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/// Keys of `metadata` that identify a version of an object, not the object.
const METADATA: &[&str] =
    &["creationTimestamp", "generateName", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// Keys of an owner that say no more than its kind and name.
const OWNERS: &[&str] = &["apiVersion", "blockOwnerDeletion", "controller", "uid"];

/// Keys of a status, and of its conditions, that nobody reads.
const STATUS: &[&str] = &["collisionCount", "lastProbeTime", "lastUpdateTime", "observedGeneration"];

/// An object as masked, cleaned YAML.
pub fn object(object: &Value) -> String {
    let mut object = masked(object);
    defaults::drop(&mut object);
    write(&object)
}

/// An object without credentials and bookkeeping; its generations only where its controller has not seen the last one.
pub fn masked(object: &Value) -> Value {
    let generations = ["/metadata/generation", "/status/observedGeneration"].map(|path| object.pointer(path).cloned());
    let mut object = bare(object);
    if let [Some(generation), Some(observed)] = generations
        && [&generation, &observed].map(path::scalar).iter().all(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        && path::scalar(&generation) != path::scalar(&observed)
    {
        put(&mut object, "/metadata", "generation", generation);
        put(&mut object, "/status", "observedGeneration", observed);
    }
    object
}

/// Two states of an object to be compared, where a default is a value like any other: without bookkeeping, but with the
/// applications that they belong to if these differ.
pub fn compared(live: &Value, desired: &Value) -> [Value; 2] {
    let tracking =
        |state: &Value| Some(Value::from(shown(state.pointer("/metadata/annotations")?.get(TRACKING)?.as_str()?)));
    let (live_of, desired_of) = (tracking(live), tracking(desired));
    let differ = live_of != desired_of;
    [(live, live_of), (desired, desired_of)].map(|(state, of)| {
        let mut state = bare(state);
        if let Some(of) = of.filter(|_| differ) {
            put(&mut state, "/metadata/annotations", TRACKING, of);
        }
        state
    })
}

/// The same two with the characters that are not shown.
pub fn uncleaned(live: &Value, desired: &Value) -> [Value; 2] {
    [live, desired].map(|state| {
        let mut state = state.clone();
        drop_bookkeeping(&mut state, "");
        state
    })
}

fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    mask::value(&mut object);
    drop_bookkeeping(&mut object, "");
    object
}

fn put(object: &mut Value, place: &str, key: &str, value: Value) {
    if let Some(Value::Object(map)) = object.pointer_mut(place) {
        map.insert(key.to_owned(), value);
    }
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
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A value as YAML: the usual order of an object's keys first, the rest as they came.
pub fn write(value: &Value) -> String {
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
