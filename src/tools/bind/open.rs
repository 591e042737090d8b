//! Arguments that are whole objects of Argo CD. The swagger knows only some of their keys; the others pass as they are.

use serde_json::{Map, Value};

use super::fit::quote;
use crate::{
    suggest::did_you_mean,
    tools::{Arg, Shape, sync_options},
    view::{
        changes::{TYPE, is_empty},
        text::clip,
    },
};

/// Splits a name `namespace/name`, which is accepted here as everywhere.
pub(super) fn split_name(arg: &Arg, value: &mut Value, problems: &mut Vec<String>) {
    let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let Some(name) = metadata.get("name").and_then(Value::as_str).map(str::to_owned) else { return };
    let Some((namespace, name)) = name.split_once('/') else { return };
    if name.contains('/') {
        problems
            .push(format!("`{}.metadata.name` is `{namespace}/{name}`, neither a name nor namespace/name", arg.name));
        return;
    }
    match metadata.get("namespace").and_then(Value::as_str).filter(|other| !other.is_empty() && *other != namespace) {
        Some(other) => problems
            .push(format!("`{}.metadata` names two namespaces: `{namespace}` in its name, and `{other}`", arg.name)),
        None => {
            metadata.insert("namespace".into(), namespace.into());
            metadata.insert("name".into(), name.into());
        }
    }
}

/// Adds what cannot be right in an open argument: at its top all keys are known, and its `kind` is its own.
pub(super) fn strangers(arg: &Arg, keys: &[(&str, Shape)], map: &Map<String, Value>, problems: &mut Vec<String>) {
    let known = || keys.iter().map(|(known, _)| *known);
    for key in map
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, _)| key)
        .filter(|key| !TYPE.contains(&key.as_str()) && !known().any(|known| known == **key))
    {
        let inside = keys.iter().find(|(_, shape)| match shape {
            Shape::Open(inner, _) => inner.iter().any(|(inner, _)| inner == key),
            _ => false,
        });
        let way = match inside {
            Some((outer, _)) => format!(" (did you mean `{outer}.{key}`?)"),
            None => match did_you_mean(key, known()) {
                hint if hint.is_empty() => format!(" (it has {})", known().collect::<Vec<_>>().join(", ")),
                hint => hint,
            },
        };
        problems.push(format!("`{}` has no `{}`{way}", arg.name, clip(key, 80)));
    }
    // An argument is named after the kind of its object.
    let is_own: [fn(&str, &str) -> bool; 2] =
        [|version, _| version.starts_with("argoproj.io/"), |kind, name| kind.eq_ignore_ascii_case(name)];
    for (key, is_own) in TYPE.into_iter().zip(is_own) {
        let given = map.get(key).filter(|given| !given.is_null());
        if let Some(given) = given.filter(|given| !given.as_str().is_some_and(|given| is_own(given, arg.name))) {
            problems.push(format!("`{0}.{key}` is {1}, not that of an {0}; leave it out", arg.name, quote(given)));
        }
    }
}

/// What is wrong with the sync policy of an application.
pub(super) fn policy(arg: &Arg, map: &Map<String, Value>, problems: &mut Vec<String>) {
    if let Some(policy) = map.get("spec").and_then(|spec| spec.get("syncPolicy")) {
        problems.extend(sync_options::of_policy(&format!("{}.spec.syncPolicy", arg.name), policy));
    }
}

/// What an open object must have: one of the places of each need, and no more than one.
pub(super) fn missing(arg: &Arg, value: &Value, problems: &mut Vec<String>) {
    let at = |path: &str| path.split('.').try_fold(value, |at, key| at.get(key));
    let there = |path: &str| {
        at(path).is_some_and(|at| match at {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        })
    };
    let full = |path: &str| at(path).is_some_and(|at| !is_empty(at));
    let spelt = |path: &str| format!("`{}.{path}`", arg.name);
    for need in arg.needs {
        let given: Vec<String> = need.split('|').filter(|path| full(path)).map(spelt).collect();
        if !need.split('|').any(there) {
            let places: Vec<String> = need.split('|').map(spelt).collect();
            problems.push(format!("{} is missing", places.join(" or ")));
        } else if given.len() > 1 {
            problems.push(format!("{} are given; an {} has one of them", given.join(" and "), arg.name));
        }
    }
}
