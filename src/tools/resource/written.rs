//! A resource in one text, as people write it and as answers tell it.

use serde_json::{Value, json};

use super::Resource;
use crate::view::text::clean;

impl Resource {
    /// Reads `Deployment/shop`, `Deployment.apps/shop`, and the argocd command line's `apps:Deployment:shop` and `apps:Deployment:shop-ns/shop`.
    pub fn read(text: &str) -> Option<Value> {
        // What roles are called may have colons, too.
        let parts: Vec<&str> = if is_slashed(text) { vec![text] } else { text.splitn(3, ':').collect() };
        let object = match parts.as_slice() {
            [group, kind, name] => match name.split_once('/') {
                Some((own, name)) => json!({ "group": group, "kind": kind, "namespace": own, "name": name }),
                None => json!({ "group": group, "kind": kind, "name": name }),
            },
            [_] => {
                let (kind, name) = text.split_once('/').filter(|(_, name)| !name.contains('/'))?;
                match kind.split_once('.') {
                    Some((kind, group)) => json!({ "group": group, "kind": kind, "name": name }),
                    None => json!({ "kind": kind, "name": name }),
                }
            }
            _ => return None,
        };
        let named = |key: &str| object.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        (named("kind") && named("name")).then_some(object)
    }

    /// `Kind/name` and `group:Kind:name`, as everywhere, or only a name; `system:controller:x` is a name.
    pub fn in_text(text: &str) -> Self {
        let read = Self::read(text).and_then(|read| Some(Self::of(read.as_object()?)));
        let read = read.filter(|read| !text.contains(':') || is_slashed(text) || read.knows("kind"));
        read.unwrap_or(Self { name: text.to_owned(), ..Self::default() })
    }

    /// `Deployment/web`
    pub fn short(&self) -> String {
        clean(&format!("{}/{}", self.kind.as_deref().unwrap_or_default(), self.name))
    }

    /// `apps:Deployment:shop/web`, of which nothing is left to be looked up; core's group is empty.
    pub fn full(&self) -> String {
        let [kind, group, namespace] =
            [&self.kind, &self.group, &self.namespace].map(|part| part.as_deref().unwrap_or_default());
        let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        clean(&format!("{group}:{kind}:{place}{}", self.name))
    }
}

/// Whether a text is of the form `Kind/name`, although there are colons in it: what stands before the slash has none.
fn is_slashed(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, _)| !kind.contains(':'))
}
