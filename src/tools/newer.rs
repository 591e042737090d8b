//! Fields of an application that older releases of Argo CD do not know: they drop them silently.

use serde_json::Value;

use crate::{
    error::{Error, Kind},
    release::Release,
    view::changes::is_empty,
};

/// The field that switches auto-sync off when it is false.
const ENABLED: &str = "spec.syncPolicy.automated.enabled";

/// Fields of an application, and the first release that has them; what is below comes with them.
pub const FIELDS: &[(&str, Release)] = &[
    ("spec.source.kustomize.ignoreMissingComponents", Release::new(3, 0, 0)),
    ("spec.source.kustomize.labelIncludeTemplates", Release::new(3, 0, 0)),
    ("spec.source.tagPrefix", Release::new(3, 5, 0)),
    ("spec.sourceHydrator.drySource.directory", Release::new(3, 3, 0)),
    ("spec.sourceHydrator.drySource.helm", Release::new(3, 3, 0)),
    ("spec.sourceHydrator.drySource.kustomize", Release::new(3, 3, 0)),
    ("spec.sourceHydrator.drySource.plugin", Release::new(3, 3, 0)),
    ("spec.sourceHydrator.syncSource.repoURL", Release::new(3, 5, 0)),
    ("spec.sources[].kustomize.ignoreMissingComponents", Release::new(3, 0, 0)),
    ("spec.sources[].kustomize.labelIncludeTemplates", Release::new(3, 0, 0)),
    ("spec.sources[].tagPrefix", Release::new(3, 5, 0)),
    (ENABLED, Release::new(3, 1, 0)),
    ("spec.syncPolicy.retry.refresh", Release::new(3, 2, 0)),
];

/// Refuses a part of an application, the argument `name` at the path `root`, if it has a field that the server's
/// release does not know: the server would drop it silently.
///
/// # Errors
/// The first such field, with the release that has it, as [`needed`] says it.
pub fn check(name: &str, root: &str, part: &Value, release: Option<Release>) -> Result<(), Error> {
    let Some(server) = release else { return Ok(()) };
    let newer = FIELDS.iter().filter(|(_, since)| server < *since);
    let asked = |(field, since): &(&str, Release)| {
        let below = field.strip_prefix(root)?.trim_start_matches('.');
        asks(part, below, *field == ENABLED).then(|| (format!("{name}.{below}"), *since))
    };
    let Some((place, since)) = newer.filter_map(asked).next() else { return Ok(()) };
    let way = match place.ends_with(ENABLED) {
        true => "`spec.syncPolicy.automated` as null is auto-sync switched off there, and without `enabled` it is on",
        false => "Leave it out",
    };
    Err(needed(&format!("`{place}`"), since, server).hint(format!("{way}; nothing was done.")))
}

/// The error of a server that is too old for what is asked of it.
pub fn needed(what: &str, since: Release, server: Release) -> Error {
    Error::new(Kind::Refused, format!("{what} needs Argo CD {}.{}, this is {server}", since.major, since.minor))
}

/// Whether something is asked for at a path; with `is_switch`, false asks for something, too.
fn asks(value: &Value, path: &str, is_switch: bool) -> bool {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(child) = value.get(key.trim_end_matches("[]")) else { return false };
    match (child, rest) {
        (child, "") => !is_empty(child) || (is_switch && *child == Value::Bool(false)),
        (Value::Array(items), rest) => items.iter().any(|item| asks(item, rest, is_switch)),
        (child, rest) => asks(child, rest, is_switch),
    }
}
