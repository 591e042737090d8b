//! One resource of an application as an argument: kind and name, and what a call needs besides.

use super::{Arg, Names, Place, Target, place};
use crate::{api::Operation, reader::Reader, shape::Shape};

/// The fields of a resource, and the wire names each may have; the first that an operation knows counts.
const FIELDS: &[(&str, &[&str])] = &[
    ("kind", &["kind"]),
    ("name", &["resourceName"]),
    ("namespace", &["resourceNamespace", "namespace"]),
    ("group", &["group"]),
    ("version", &["version"]),
    ("uid", &["resourceUID"]),
];

/// Where the operations of a tool take the fields of a resource.
pub(super) fn targets(calls: &[(usize, &Operation)], reader: &Reader<'_>) -> Vec<Target> {
    let field = |operation: &Operation, (field, wires): &(&'static str, &[&str])| {
        let place = wires.iter().find_map(|wire| place(operation, wire))?;
        Some((*field, Box::new(place)))
    };
    let target = |(call, operation): &(usize, &Operation)| {
        let fields: Vec<_> = FIELDS.iter().filter_map(|known| field(operation, known)).collect();
        fields
            .iter()
            .any(|(field, _)| *field == "name")
            .then_some(Target { call: *call, place: Place::Resource(fields) })
    };
    let targets: Vec<Target> = calls.iter().filter_map(target).collect();
    if targets.is_empty() && !calls.is_empty() {
        reader.error("no operation of the tool takes a resource (`resourceName`)");
    }
    targets
}

/// An object, for a flat resource its name, for several a list.
pub(super) fn shape(names: Names) -> Shape {
    match names {
        Names::FlatResource => Shape::Text,
        Names::Resources => Shape::List(Box::new(Shape::Resource)),
        _ => Shape::Resource,
    }
}

/// The other fields of a flat resource; the first argument that names one is its name.
pub(super) fn companions() -> Vec<Arg> {
    let field = |name| Arg { names: Names::FlatResource, ..Arg::local(name, "", Shape::Text) };
    ["resourceKind", "resourceNamespace", "resourceUID"].map(field).into()
}
