//! What the audit line of a call says besides its outcome: whom it is about, and where.

use serde_json::{Map, Value};

use crate::{
    argocd::{Instance, fault::told_address},
    tools::{Names, Row},
    view::text::{clip, escaped},
};

/// Characters of a value: a namespace and a name of Kubernetes fit.
pub const LONGEST: usize = 520;

/// What a call is about.
#[derive(Debug)]
pub enum Target {
    /// `name` or `namespace/name`.
    Application(String),
    /// Its name.
    Project(String),
}

/// The target among the arguments of a call, bound or as they came.
pub fn target(row: &Row, arguments: &Map<String, Value>) -> Option<Target> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let named = |name: &str| {
        let arg = row.args.iter().find(|arg| arg.name == name)?;
        std::iter::once(arg.name).chain(arg.aliases.iter().copied()).find_map(text)
    };
    if let Some(arg) = row.args.iter().find(|arg| arg.names == Names::Application) {
        return Some(Target::Application(qualified(named("applicationNamespace"), named(arg.name)?)));
    }
    // A whole Application, which names itself.
    let metadata = arguments.get("application").and_then(|application| application.get("metadata"));
    let of = |key: &str| metadata.and_then(|metadata| metadata.get(key)?.as_str());
    if let Some(name) = of("name") {
        return Some(Target::Application(qualified(of("namespace"), name)));
    }
    named("projectName").map(|name| Target::Project(name.to_owned()))
}

/// Writes the target to the span of the call, with the instance and the name of its credential; for a refused call, the
/// instance that the caller wanted.
pub fn record(target: Option<Target>, instance: Result<&Instance, Option<String>>) {
    let span = tracing::Span::current();
    match target {
        Some(Target::Application(name)) => drop(span.record("application", shown(&name))),
        Some(Target::Project(name)) => drop(span.record("project", shown(&name))),
        None => {}
    }
    match instance {
        Ok(instance) => {
            span.record("instance", shown(&instance.base_url));
            // Two credentials for one instance may have different rights.
            span.record("credential", shown(&instance.origin()));
        }
        Err(Some(wanted)) => drop(span.record("instance", shown(&told_address(&wanted)))),
        Err(None) => {}
    }
}

/// A value as the audit line shows it: invisible characters are written out, so that two different names never look the
/// same.
pub fn shown(text: &str) -> String {
    clip(&escaped(text), LONGEST)
}

fn qualified(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) if !name.contains('/') => format!("{namespace}/{name}"),
        _ => name.to_owned(),
    }
}
