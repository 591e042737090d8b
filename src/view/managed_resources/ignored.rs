//! What Argo CD is told to ignore when it compares, and what a sync makes of it nevertheless.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::view::defaults::has_no_items;

/// One key of a way into a state.
#[derive(Clone)]
enum Step {
    Key(String),
    /// The item of a list that has this name.
    Named(String),
    Index(usize),
}

/// A field that Argo CD ignores, whose value in the cluster is another one than in the repository.
pub(super) struct Field {
    way: Vec<Step>,
    live: Value,
    target: Value,
}

impl Field {
    /// Sets it to what it is in the cluster.
    pub(super) fn keep(&self, state: &mut Value) {
        set(state, &self.way, &self.live);
    }

    /// Sets it to what it is in the repository.
    pub(super) fn overwrite(&self, state: &mut Value) {
        set(state, &self.way, &self.target);
    }
}

/// The ignored fields that the repository sets to something else than the cluster has: those that are not, or have
/// another value, in the state that Argo CD compares. What only the cluster has is no difference.
pub(super) fn fields(target: &Value, live: &Value, normalized: &Value) -> Vec<Field> {
    let mut found = vec![];
    walk(target, live, Some(normalized), &mut vec![], &mut found);
    found
}

fn walk(target: &Value, live: &Value, normalized: Option<&Value>, way: &mut Vec<Step>, found: &mut Vec<Field>) {
    let mut into = |step: Step, target: &Value, live: &Value, normalized: Option<&Value>| {
        way.push(step);
        walk(target, live, normalized, way, found);
        way.pop();
    };
    match (target, live) {
        (Value::Object(target), Value::Object(live)) => {
            for (key, target) in target {
                if let Some(live) = live.get(key) {
                    into(Step::Key(key.clone()), target, live, normalized.and_then(|normalized| normalized.get(key)));
                }
            }
        }
        (Value::Array(target), Value::Array(live)) if target.iter().chain(live).any(Value::is_object) => {
            let other = normalized.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            if [target, live, other].into_iter().all(are_named) {
                for target in target {
                    let Some(name) = name_of(target) else { continue };
                    let of = |list: &[Value]| list.iter().position(|item| name_of(item) == Some(name));
                    if let Some(live) = of(live).and_then(|at| live.get(at)) {
                        into(Step::Named(name.to_owned()), target, live, of(other).and_then(|at| other.get(at)));
                    }
                }
            } else if target.len() == live.len() && (other.is_empty() || other.len() == live.len()) {
                for (index, (target, live)) in target.iter().zip(live).enumerate() {
                    into(Step::Index(index), target, live, other.get(index));
                }
            } else if target != live && other.len() < live.len() {
                // Which item is which, nothing says.
                let (live, target) = (Value::from(live.clone()), Value::from(target.clone()));
                found.push(Field { way: way.clone(), live, target });
            }
        }
        // Argo CD's own marks of a hidden value differ from pair to pair.
        _ if target == live
            // A repository that says nothing of it does not set it.
            || has_no_items(target)
            || normalized.is_some_and(|value| value == live || is_hidden(value)) => {}
        _ => found.push(Field { way: way.clone(), live: live.clone(), target: target.clone() }),
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

fn are_named(list: &[Value]) -> bool {
    let names: BTreeSet<&str> = list.iter().filter_map(name_of).collect();
    names.len() == list.len()
}

fn is_hidden(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte == b'+'))
}

/// Sets a value; what is not there on the way to it is made.
fn set(state: &mut Value, way: &[Step], value: &Value) {
    let Some((step, rest)) = way.split_first() else {
        value.clone_into(state);
        return;
    };
    let inner = match step {
        Step::Key(key) => {
            if state.is_null() {
                *state = json!({});
            }
            state.as_object_mut().map(|map| map.entry(key.clone()).or_insert(Value::Null))
        }
        Step::Named(wanted) => {
            if state.is_null() {
                *state = json!([]);
            }
            state.as_array_mut().and_then(|list| {
                if !list.iter().any(|item| name_of(item) == Some(wanted)) {
                    list.push(json!({ "name": wanted }));
                }
                list.iter_mut().find(|item| name_of(item) == Some(wanted))
            })
        }
        Step::Index(index) => state.get_mut(index),
    };
    if let Some(inner) = inner {
        set(inner, rest, value);
    }
}
