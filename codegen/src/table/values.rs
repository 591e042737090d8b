//! Laws of the values a row names: defaults, ranges, constants, and that each has one place of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Run, Use};
use crate::{
    api::ParameterKind,
    args::{Arg, Names, Place},
    reader::Reader,
    shape::Shape,
    view::View,
};

/// How messages call a place in the body, before its keys.
const WHOLE_BODY: &str = "body ";

/// What an argument says about its values must be possible.
pub(super) fn args(args: &[Arg], run: Option<&Run>, reader: &Reader<'_>) {
    for arg in args {
        let error = |message: String| reader.error(format!("argument `{}`: {message}", arg.name));
        let list = matches!(arg.shape, Shape::List(_));
        let texts = matches!(&arg.shape, Shape::Text | Shape::Any)
            || matches!(&arg.shape, Shape::List(items) if **items == Shape::Text);
        if !arg.choices.is_empty() && !texts {
            error(format!("`enum` is for strings and lists of strings, not for {}", arg.shape));
        }
        if let Some((low, high)) = arg.range {
            if low > high || (list && low < 0) {
                error(format!("`range` is from {low} to {high}: nothing is in it"));
            }
            if !list && arg.shape != Shape::Integer {
                error(format!("`range` is for integers and the length of lists, not for {}", arg.shape));
            }
        }
        if let Some(default) = &arg.default {
            let within = |number: i64| arg.range.is_none_or(|(low, high)| (low..=high).contains(&number));
            let chosen = |value: &Value| {
                arg.choices.is_empty()
                    || value.as_str().is_some_and(|word| arg.choices.iter().any(|choice| choice == word))
            };
            let fits = fits(&arg.shape, default)
                && default.as_i64().is_none_or(within)
                && default.as_array().is_none_or(|list| i64::try_from(list.len()).is_ok_and(within))
                && default.as_array().map_or_else(|| chosen(default), |list| list.iter().all(chosen));
            if !fits {
                error(format!("the default {default} is not a value of the argument"));
            }
        }
        let in_view = view_args(run).is_none_or(|used| used.contains(&arg.name.as_str()));
        if arg.targets.is_empty()
            && arg.names == Names::Value
            && !in_view
            && !super::implicit::IMPLICIT.contains(&arg.name.as_str())
        {
            error("does nothing: no filter of the view uses it".into());
        }
    }
}

/// The arguments a view uses; `None` where that is a function's matter.
fn view_args(run: Option<&Run>) -> Option<Vec<&str>> {
    match run {
        Some(Run::Pure(view)) if !matches!(**view, View::Rendered(_)) => {
            Some(view.args().into_iter().map(|(name, ..)| name).collect())
        }
        _ => None,
    }
}

/// A filter compares texts: what is no text must be compared with its like. `surface` has the types of what is read.
pub(super) fn compared(args: &[Arg], run: Option<&Run>, surface: &[(String, String)], reader: &Reader<'_>) {
    let Some(Run::Pure(view)) = run else { return };
    let View::Table(table) = &**view else { return };
    for (name, path) in table.compared() {
        let arg = args.iter().find(|arg| arg.name == name);
        let kind = surface.iter().find(|(known, _)| *known == path.to_string()).map(|(_, kind)| kind.as_str());
        let (Some(arg), Some(kind)) = (arg, kind.filter(|kind| *kind != "any" && !kind.starts_with("not in "))) else {
            continue;
        };
        let fits = match arg.shape {
            Shape::Boolean => kind == "boolean",
            Shape::Integer | Shape::Number => kind.starts_with("integer") || kind.starts_with("number"),
            _ => true,
        };
        if !fits {
            reader.error(format!(
                "view filter: argument `{name}` is {}, and `{path}` is {kind}: they never match",
                arg.shape
            ));
        }
    }
}

fn fits(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Text => value.is_string(),
        Shape::Integer => value.is_i64(),
        Shape::Number => value.is_number(),
        Shape::Boolean => value.is_boolean(),
        Shape::Any => true,
        Shape::List(items) => value.as_array().is_some_and(|list| list.iter().all(|item| fits(items, item))),
        Shape::Map(_) | Shape::Object(_) | Shape::Open(..) | Shape::Resource => value.is_object(),
    }
}

/// Every place is set once, path parameters by what is always there, constants with values of their type.
pub(super) fn places(uses: &[Use<'_>], args: &[Arg], constants: &[(String, Value)], reader: &Reader<'_>) {
    for (call, Use { operation, .. }) in uses.iter().enumerate() {
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut claim = |place: String, owner: &str| {
            if let Some(other) = owners.insert(place.clone(), owner.to_owned()).filter(|other| other != owner) {
                reader.error(format!("{owner} and {other} both set {place} of {}", operation.route()));
            }
        };
        for (name, value) in constants {
            let Some(parameter) = operation.parameter(name) else { continue };
            claim(format!("parameter `{name}`"), &format!("constant `{name}`"));
            if !is_of(parameter.kind, value) {
                reader.error(format!("constants: `{name}` is {value}, not {}", parameter.kind.name()));
            }
        }
        for arg in args {
            let owner = format!("argument `{}`", arg.name);
            for target in arg.targets.iter().filter(|target| target.call == call) {
                for place in simple(&target.place) {
                    claim(name(place), &owner);
                    let optional = !arg.required && !arg.filled && arg.default.is_none() && arg.names == Names::Value;
                    let in_path = matches!(place, Place::Parameter(name) if operation.parameter(name).is_some_and(|it| it.in_path));
                    if in_path && optional {
                        reader.error(format!(
                            "{owner}: it is in the path of {}: say `required = true`",
                            operation.route()
                        ));
                    }
                }
            }
        }
        let bodies: Vec<(&String, &String)> = owners.iter().filter(|(place, _)| place.starts_with("body ")).collect();
        for (outer, owner) in &bodies {
            let whole = outer.as_str() == WHOLE_BODY;
            let below = |place: &str| {
                place
                    .strip_prefix(outer.as_str())
                    .is_some_and(|rest| rest.starts_with('.') || (whole && !rest.is_empty()))
            };
            for (inner, other) in bodies.iter().filter(|(place, _)| below(place)) {
                let outer = if whole { "the whole body" } else { outer.as_str() };
                reader.error(format!("{owner} sets {outer}, of which {other} sets {inner}"));
            }
        }
    }
}

/// The places a place consists of.
fn simple(place: &Place) -> Vec<&Place> {
    match place {
        Place::Resource(fields) => fields.iter().flat_map(|(_, inner)| simple(inner)).collect(),
        one => vec![one],
    }
}

fn name(place: &Place) -> String {
    match place {
        Place::Parameter(name) => format!("parameter `{name}`"),
        Place::Body(keys) => format!("{WHOLE_BODY}{}", keys.join(".")),
        Place::Resource(_) => String::new(),
    }
}

fn is_of(kind: ParameterKind, value: &Value) -> bool {
    match kind {
        ParameterKind::Text => value.is_string(),
        ParameterKind::Boolean => value.is_boolean(),
        ParameterKind::Int32 | ParameterKind::Int64 => value.is_i64(),
        ParameterKind::Texts => value.is_string() || fits(&Shape::List(Box::new(Shape::Text)), value),
        ParameterKind::Integers => fits(&Shape::List(Box::new(Shape::Integer)), value),
    }
}
