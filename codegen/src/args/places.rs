//! Where a plain argument goes: a parameter, or a place in the body.

use super::{Operation, Place, Reader, Shape, Target};
use crate::{
    api::Api,
    path::{Path, Segment},
    release::Release,
    suggest::did_you_mean,
};

/// `body` of an argument: a path, or several, of which the first that an operation has counts. `.` is the whole body.
pub(super) fn body_paths(reader: &Reader<'_>) -> Option<Vec<String>> {
    Some(reader.texts("body")).filter(|paths| !paths.is_empty())
}

pub(super) fn parameter(
    name: &str,
    calls: &[(usize, &Operation)],
    reader: &Reader<'_>,
    api: &Api,
    inside: bool,
) -> (Vec<Target>, Option<Shape>) {
    let found: Vec<_> =
        calls.iter().filter_map(|(call, operation)| Some((*call, operation.parameter(name)?))).collect();
    if found.is_empty() && inside {
        for (_, operation) in calls {
            reader.error(api.no_parameter(operation, name));
        }
    }
    let shape =
        found.first().map(|(_, parameter)| Shape::of_parameter(parameter.kind)).or((!inside).then_some(Shape::Any));
    (found.into_iter().map(|(call, _)| Target { call, place: Place::Parameter(name.to_owned()) }).collect(), shape)
}

pub(super) fn body(
    texts: &[String],
    calls: &[(usize, &Operation)],
    reader: &Reader<'_>,
    api: &Api,
    inside: bool,
) -> (Vec<Target>, Option<Shape>) {
    let depth = reader.number("depth").unwrap_or(3);
    let paths: Option<Vec<Vec<String>>> = texts.iter().map(|text| keys(text, reader)).collect();
    let Some(paths) = paths else { return (vec![], None) };
    let (mut targets, mut shape, mut problems) = (vec![], None, vec![]);
    for (call, operation) in calls {
        let Some(body) = &operation.body else { continue };
        // The whole body is no alternative to a key of it.
        let meant = |keys: &&Vec<String>| !keys.is_empty() || paths.len() == 1 || operation.body_keys.is_empty();
        let found = paths.iter().filter(meant).map(|keys| {
            let path = Path { segments: keys.iter().cloned().map(Segment::Key).collect() };
            (keys, api.schema_at(body, &path))
        });
        let (found, missing): (Vec<_>, Vec<_>) = found.partition(|(_, found)| found.is_ok());
        match found.into_iter().next() {
            Some((keys, schema)) => {
                let schema = schema.ok().flatten();
                shape.get_or_insert_with(|| schema.map_or(Shape::Any, |schema| Shape::of_schema(api, schema, depth)));
                targets.push(Target { call: *call, place: Place::Body(keys.clone()) });
            }
            None => problems.extend(missing.into_iter().filter_map(|(keys, problem)| {
                let (path, route) = (keys.join("."), operation.route());
                Some(format!("body path `{path}` of {route}: {}", problem.err()?.message))
            })),
        }
    }
    if targets.is_empty() && inside && !calls.is_empty() {
        if problems.is_empty() {
            reader.error(format!("body path `{}`: the operation takes no body", texts.join("`, `")));
        }
        problems.iter().for_each(|problem| reader.error(problem));
    }
    (targets, shape.or((!inside).then_some(Shape::Any)))
}

/// The keys of a body path, none for the whole body.
fn keys(text: &str, reader: &Reader<'_>) -> Option<Vec<String>> {
    if text == "." {
        return Some(vec![]);
    }
    let path = Path::parse(text).map_err(|problem| reader.error(problem)).ok()?;
    let key = |segment: &Segment| if let Segment::Key(key) = segment { Some(key.clone()) } else { None };
    let keys: Option<Vec<String>> = path.segments.iter().map(key).collect();
    if keys.is_none() {
        reader.error(format!("body path `{text}`: a place in the body is keys alone; name the list itself"));
    }
    keys
}

/// `needs` without the alternatives that this release does not have: `spec.source|spec.hydrated@2.14`.
pub(super) fn needs(reader: &Reader<'_>, release: Release) -> Vec<String> {
    let place = |text: &str| match text.split_once('@') {
        Some((path, since)) => match Release::parse(since) {
            Some(since) => (release >= since).then(|| path.to_owned()),
            None => {
                reader.error(format!("`needs` has `{text}`: not a release after `@`"));
                None
            }
        },
        None => Some(text.to_owned()),
    };
    let need = |text: &String| text.split('|').filter_map(place).collect::<Vec<_>>().join("|");
    reader.texts("needs").iter().map(need).collect()
}

/// What an argument needs must be known to its shape.
pub(super) fn check_needs(needs: &[String], shape: Option<&Shape>, reader: &Reader<'_>) {
    let Some(shape) = shape else { return };
    for path in needs.iter().flat_map(|need| need.split('|')) {
        let mut at = shape;
        for key in path.split('.') {
            let Shape::Open(keys, rest) = at else {
                reader.error(format!("`needs` names `{path}`, which only an object with `open = true` can have"));
                break;
            };
            at = match keys.iter().find(|(known, _)| known == key) {
                Some((_, child)) => child,
                None if keys.is_empty() => rest,
                None => {
                    let hint = did_you_mean(key, keys.iter().map(|(known, _)| known.as_str()));
                    reader.error(format!("`needs` names `{path}`, but there is no `{key}`{hint}"));
                    break;
                }
            };
        }
    }
}

/// `unsent`: parts of an open object, each with why it is not sent.
pub(super) fn unsent(shape: Option<&Shape>, reader: &Reader<'_>) -> Vec<(String, String)> {
    let Some(table) = reader.table("unsent") else { return vec![] };
    let Some(Shape::Open(keys, _)) = shape else {
        reader.error("`unsent` is for objects with `open = true`");
        return vec![];
    };
    for part in table.keys().filter(|part| !keys.iter().any(|(key, _)| key == *part)) {
        let hint = did_you_mean(part, keys.iter().map(|(key, _)| key.as_str()));
        reader.error(format!("`unsent` names `{part}`, which the object does not have{hint}"));
    }
    let why = |(part, why): (&String, &toml::Value)| match why.as_str().filter(|why| !why.trim().is_empty()) {
        Some(why) => Some((part.clone(), why.to_owned())),
        None => {
            reader.error(format!("`unsent`: say why `{part}` is not sent: {part} = \"…\""));
            None
        }
    };
    table.iter().filter_map(why).collect()
}
