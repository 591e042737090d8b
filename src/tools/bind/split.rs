//! Arguments that say at once what a row has several arguments for.

use serde_json::{Map, Value};

use super::fit;
use crate::{
    argocd,
    tools::{Names, Resource, Row, Shape},
    view::kind,
};

/// `namespace/name` becomes a name and a namespace. Returns the argument if its value is neither; it is removed then.
pub(super) fn application(
    row: &Row,
    given: &mut Map<String, Value>,
    problems: &mut Vec<String>,
) -> Option<&'static str> {
    let arg = row.args.iter().find(|arg| arg.names == Names::Application)?;
    let Some(Value::String(whole)) = given.get(arg.name).cloned() else { return None };
    let name = match whole.split_once('/') {
        Some((namespace, name))
            if argocd::path::check("", namespace).is_ok() && !name.is_empty() && !name.contains('/') =>
        {
            let spelt =
                ["applicationNamespace", "appNamespace"].iter().find_map(|key| given.get(*key)).and_then(Value::as_str);
            if let Some(other) = spelt.filter(|other| !other.is_empty() && *other != namespace) {
                problems.push(format!(
                    "`{}` is in namespace `{namespace}`, but applicationNamespace says `{other}`",
                    arg.name
                ));
            }
            given.insert("applicationNamespace".into(), namespace.into());
            name.to_owned()
        }
        Some(_) => {
            problems.push(format!("`{}` is `{whole}`, neither a name nor namespace/name", arg.name));
            given.remove(arg.name);
            return Some(arg.name);
        }
        None => whole,
    };
    match argocd::path::check(arg.name, name.trim()) {
        Ok(()) => {
            given.insert(arg.name.to_owned(), name.trim().into());
            None
        }
        Err(error) => {
            problems.push(error.message);
            given.remove(arg.name);
            Some(arg.name)
        }
    }
}

/// Takes an object where a row names the parts of a resource one by one: `resourceName={"kind": …, "name": …, "uid": …}`,
/// and checks that the other arguments do not say something else. Returns the argument if it is wrong.
pub(super) fn resource(row: &Row, given: &mut Map<String, Value>, problems: &mut Vec<String>) -> Option<&'static str> {
    let arg = row.args.iter().find(|arg| arg.names == Names::FlatResource)?;
    let mut keys = [arg.name].into_iter().chain(arg.aliases.iter().copied());
    let (key, value) = keys.find_map(|key| Some((key, given.get(key).filter(|value| !value.is_null())?.clone())))?;
    // Some models write objects as JSON texts.
    let is_object =
        value.is_object() || value.as_str().is_some_and(|text| fit::nested(&Shape::Resource, text).is_some());
    let resource = match &value {
        _ if is_object => match fit::resource(value, key) {
            Ok(resource) => {
                given.insert(key.to_owned(), resource.full().into());
                resource
            }
            Err(mut problem) => {
                problems.append(&mut problem);
                given.remove(key);
                return Some(arg.name);
            }
        },
        value => in_text(key, value.as_str()?, given),
    };
    let parts =
        [("resourceKind", &resource.kind), ("resourceNamespace", &resource.namespace), ("resourceUID", &resource.uid)];
    for (other, said) in parts.into_iter().filter_map(|(other, said)| Some((other, said.as_deref()?))) {
        let given = given.get(other).and_then(Value::as_str).filter(|given| !given.is_empty());
        let group = resource.group.as_deref().unwrap_or_default();
        let is_same = |given: &str| match other {
            "resourceKind" if resource.group.is_none() => {
                kind::is_meant(given.split('.').next().unwrap_or_default(), said, group)
            }
            "resourceKind" => kind::is_meant(given, said, group),
            _ => given.eq_ignore_ascii_case(said),
        };
        if let Some(given) = given.filter(|given| !is_same(given)) {
            problems.push(format!("`{key}` says `{said}`, but `{other}` says `{given}`"));
        }
    }
    if let Some(uid) = &resource.uid {
        given.insert("resourceUID".to_owned(), uid.as_str().into());
    }
    None
}

/// A resource in a text. Beside a kind of its own, `web/web` is a namespace and a name.
fn in_text(key: &str, text: &str, given: &mut Map<String, Value>) -> Resource {
    let read = Resource::in_text(text);
    let text = |name: &str| given.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is_kind = |said: &String| text("resourceKind").is_none_or(|kind| kind::is_meant(kind, said, ""));
    match read.kind.clone().filter(|kind| !read.knows("kind") && !is_kind(kind)) {
        Some(namespace) => {
            if text("resourceNamespace").is_none() {
                given.insert("resourceNamespace".to_owned(), namespace.as_str().into());
            }
            given.insert(key.to_owned(), read.name.as_str().into());
            Resource { kind: None, namespace: Some(namespace), ..read }
        }
        None => read,
    }
}
