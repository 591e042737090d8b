//! Checks the sources that a call writes: one kind of them only, each with a repository and a place in it.

use serde_json::Value;

use super::{Request, bind::complaint};
use crate::{
    error::{Error, Kind},
    view::changes::is_empty,
};

/// A part of a spec with something in it.
fn there(application: &Value, key: &str) -> bool {
    at(application, key).is_some_and(|part| !is_empty(part))
}

fn at<'v>(application: &'v Value, key: &str) -> Option<&'v Value> {
    application.get("spec")?.get(key)
}

/// Argo CD takes one kind of sources and ignores the others, without a word.
///
/// # Errors
/// A kind of sources that would count for nothing, or make another one count for nothing.
pub(super) fn check_kind(before: &Value, patch: &Value, merged: &Value) -> Result<(), Error> {
    /// What counts, and what does not beside it.
    const KINDS: [(&str, &str); 3] =
        [("sourceHydrator", "source"), ("sources", "source"), ("sourceHydrator", "sources")];
    let refused = |message: String, way: &str| {
        Err(Error::new(Kind::Arguments, format!("update_application: {message}"))
            .hint(format!("{way}; nothing was written.")))
    };
    for (counts, idle) in KINDS.into_iter().filter(|(counts, _)| there(merged, counts)) {
        if there(merged, idle) && !there(before, counts) && there(patch, counts) {
            let message = format!(
                "`application.spec.{counts}` would stand beside `spec.{idle}`, which this application has; it has one of them"
            );
            return refused(message, &format!("Give `spec.{idle}` as null in the same call"));
        }
        // An empty object under the key would be written as a source.
        let is_given = at(patch, idle).is_some_and(|given| !given.is_null() && Some(given) != at(before, idle));
        if is_given && (there(patch, idle) || at(merged, idle) != at(before, idle)) {
            let message = format!(
                "`application.spec.{idle}` counts for nothing beside `spec.{counts}`, which this application has"
            );
            return refused(
                message,
                match counts {
                    "sources" => "Give the whole list `spec.sources`, with what changes in it",
                    _ => "Give what changes of `spec.sourceHydrator`",
                },
            );
        }
    }
    Ok(())
}

/// Each source of a list is a whole one, as the list takes the place of the one before.
///
/// # Errors
/// What they lack.
pub(super) fn check_list(request: &Request, given: &Value) -> Result<(), Error> {
    let sources = at(given, "sources").and_then(Value::as_array).into_iter().flatten().enumerate();
    let lacks = sources.flat_map(|(index, source)| {
        lacks(&format!("application.spec.sources[{index}]"), source, &["path", "chart", "ref"])
    });
    let way = match request.application() {
        Some(_) => "The list takes the place of the one before: give each source whole; nothing was written.",
        None => "Give each source whole; nothing was written.",
    };
    refused(request, lacks.collect(), way)
}

/// Refuses a single source without a repository or a place in it, unless it lacked that before this call.
///
/// # Errors
/// What it lacks.
pub(super) fn check_one(request: &Request, before: &Value, merged: &Value) -> Result<(), Error> {
    let counts = !there(merged, "sources") && !there(merged, "sourceHydrator");
    let of = |application: &Value| {
        let source = at(application, "source").filter(|source| source.is_object());
        source.map(|source| lacks("application.spec.source", source, &["path", "chart"])).unwrap_or_default()
    };
    // What it lacked before is not this call's fault.
    let lacks = if counts && of(merged) != of(before) { of(merged) } else { vec![] };
    refused(request, lacks, "Argo CD takes no source without it; nothing was written.")
}

fn lacks(place: &str, source: &Value, inside: &[&str]) -> Vec<String> {
    let is_there = |key: &str| source.get(key).is_some_and(|value| !is_empty(value));
    let inside_is_there = inside.iter().any(|key| is_there(key));
    let inside: Vec<String> = inside.iter().map(|key| format!("`{place}.{key}`")).collect();
    let url = (!is_there("repoURL")).then(|| format!("`{place}.repoURL` is missing"));
    let inside = (!inside_is_there).then(|| format!("{} is missing", inside.join(" or ")));
    url.into_iter().chain(inside).collect()
}

fn refused(request: &Request, problems: Vec<String>, way: &str) -> Result<(), Error> {
    if problems.is_empty() { Ok(()) } else { Err(complaint(request.row, problems).hint(way)) }
}
