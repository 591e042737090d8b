//! An application as an argument: its name, and what a call needs besides.

use super::{Arg, Place, Target, place};
use crate::{api::Operation, reader::Reader, shape::Shape};

/// The names under which the interface has an application in its paths.
const APPLICATION_PARAMETERS: &[&str] = &["name", "applicationName", "appName", "application.metadata.name"];

/// Where the operations of a tool have it in their path.
pub(super) fn targets(calls: &[(usize, &Operation)], reader: &Reader<'_>) -> Vec<Target> {
    let target = |(call, operation): &(usize, &Operation)| {
        let parameter =
            operation.parameters.iter().find(|p| p.in_path && APPLICATION_PARAMETERS.contains(&p.name.as_str()))?;
        operation.path.contains("/applications/{").then_some(())?;
        // A whole application says itself where it is.
        if !parameter.name.contains('.') && place(operation, APP_NAMESPACE).is_none() {
            reader.error(format!(
                "{} does not take `{APP_NAMESPACE}`: of an application in a namespace of its own, the one of that name in Argo CD's own would be taken",
                operation.route()
            ));
        }
        Some(Target { call: *call, place: Place::Parameter(parameter.name.clone()) })
    };
    let targets: Vec<Target> = calls.iter().filter_map(target).collect();
    if targets.is_empty() && !calls.is_empty() {
        reader.error("no operation of the tool has an application in its path");
    }
    targets
}

/// A plain parameter is no way to name one: without its namespace, the one of that name in Argo CD's own is taken.
pub(super) fn not_plain(parameter: &str, calls: &[(usize, &Operation)], reader: &Reader<'_>) {
    let names_one = |operation: &Operation| {
        operation.path.contains(&format!("/applications/{{{parameter}}}")) && place(operation, APP_NAMESPACE).is_some()
    };
    if let Some((_, operation)) = calls.iter().find(|(_, operation)| names_one(operation)) {
        reader.error(format!(
            "`{parameter}` of {} names an application: write `kind = \"application\"`, which takes its namespace along",
            operation.route()
        ));
    }
}

/// What comes with an argument of the kind `application`, in releases whose operations take it.
pub const COMPANIONS: [&str; 2] = ["applicationNamespace", "project"];

/// What the interface calls the first of them.
const APP_NAMESPACE: &str = "appNamespace";

/// Its namespace, and its project for callers of old.
pub(super) fn companions(calls: &[(usize, &Operation)]) -> Vec<Arg> {
    let [namespace, project] = COMPANIONS;
    let companion = |wire: &str| {
        let target =
            |(call, operation): &(usize, &Operation)| Some(Target { call: *call, place: place(operation, wire)? });
        let targets: Vec<Target> = calls.iter().filter_map(target).collect();
        (!targets.is_empty()).then_some(targets)
    };
    let namespace = companion(APP_NAMESPACE).map(|targets| Arg {
        aliases: vec![APP_NAMESPACE.into()],
        targets,
        ..Arg::local(namespace, "", Shape::Text)
    });
    let project =
        companion(project).map(|targets| Arg { targets, hidden: true, ..Arg::local(project, "", Shape::Text) });
    [namespace, project].into_iter().flatten().collect()
}
