//! Laws of the table that concern a row as a whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Effect, Run, Use};
use crate::{
    api::{Api, Operation, Projection},
    args::{Arg, COMPANIONS, Place, Target},
    reader::Reader,
    release::Release,
    suggest::did_you_mean,
    view::{Read, Reads, View},
};

/// Words with `_` between them, as clients take them.
pub(super) fn is_tool_name(name: &str) -> bool {
    name.len() <= 64 && name.split('_').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
}

/// What a model and a person read must say something.
pub(super) fn words(title: Option<&str>, about: Option<&str>, reader: &Reader<'_>) {
    const LEAST: usize = 40;
    if let Some(title) = title.filter(|title| title.len() < 4 || title.contains(char::is_control)) {
        reader.error(format!("`title` is {title:?}; a person reads it in a list of tools, so a few words in one line"));
    }
    if about.is_some_and(|about| about.len() <= LEAST || !about.trim_end().ends_with('.')) {
        reader.error(format!(
            "`about` is all that a model knows of the tool: what it does and when to use it, in more than {LEAST} characters, with a full stop at the end"
        ));
    }
}

/// What a row says of its effect, held against what it calls and takes.
pub(super) fn effect(
    effect: Option<Effect>,
    destructive_when: &[String],
    args: &[Arg],
    uses: &[Use<'_>],
    reader: &Reader<'_>,
) {
    if let (Some(call), Some(Effect::Write)) = (uses.iter().find(|call| call.operation.method == "DELETE"), effect) {
        reader.error(format!(
            "a `write` row calls {}: what that deletes is lost, say `destructive`",
            call.operation.route()
        ));
    }
    if effect.is_some_and(|effect| effect != Effect::Write) && !destructive_when.is_empty() {
        reader.error("`destructive_when` is for rows that are a `write` without these arguments");
    }
    for arg in args.iter().filter(|arg| destructive_when.contains(&arg.name)) {
        if arg.required || arg.default == Some(Value::Bool(true)) {
            reader.error(format!("destructive_when: `{}` is in every call; say `destructive`", arg.name));
        }
    }
    if reader.text("non_get_because").is_some()
        && (effect != Some(Effect::Read) || uses.iter().all(|call| call.operation.method == "GET"))
    {
        reader.error("`non_get_because` is for `read` rows that call something else than GET; leave it out");
    }
}

/// Streams never end by themselves: only `lines` reads one, and nothing else.
pub(super) fn stream(operation: &Operation, view: Option<&View>, reader: &Reader<'_>) {
    let lines = matches!(view, Some(View::Lines(_)));
    match (operation.is_stream(), lines) {
        (true, false) if view.is_some() => reader.error(format!(
            "{} answers a stream; only `view.lines` reads one, and that of pod logs",
            operation.route()
        )),
        (false, true) => {
            reader.error(format!("`view.lines` is for streams, which {} does not answer", operation.route()));
        }
        _ => {}
    }
}

/// A handler shows one object with a view of its row: the answer to one of its calls.
pub(super) fn handled(view: Option<&View>, uses: &[Use<'_>], reader: &Reader<'_>) {
    if view.is_some_and(|view| !matches!(view, View::Record(_))) {
        reader.error("a row with a `handler` has a `view.record`, or none");
    }
    if view.is_some() && uses.iter().all(|call| call.role != "main") {
        reader.error("a `view` beside a `handler` shows the answer to the call `main`, which `uses` lacks");
    }
}

/// Names that are there twice, or that point at an argument that is not there.
pub(super) fn args(
    args: &[Arg],
    implicit: &[String],
    run: Option<&Run>,
    destructive_when: &[String],
    reader: &Reader<'_>,
) {
    let mut seen = BTreeSet::from(["argocdBaseUrl"]);
    for arg in args {
        for name in arg.aliases.iter().chain([&arg.name]) {
            if !seen.insert(name.as_str()) && !implicit.contains(name) {
                reader.error(format!("argument `{name}` is there twice (a name or an alias)"));
            }
        }
    }
    if let Some(Run::Pure(view)) = run {
        typed(view, args, reader);
    }
    let names = || args.iter().map(|arg| arg.name.as_str());
    let filters = if let Some(Run::Pure(view)) = run { view.args() } else { vec![] };
    let filters: Vec<&str> = filters.into_iter().map(|(name, ..)| name).collect();
    for (list, wanted) in
        [("destructive_when", destructive_when.iter().map(String::as_str).collect()), ("view filter", filters)]
    {
        // An argument that could not be read has been reported as that.
        let unread = |name: &str| reader.table("args").is_some_and(|args| args.contains_key(name));
        let there = |name: &str| names().any(|known| known == name) || (list == "destructive_when" && unread(name));
        for name in wanted.into_iter().filter(|name| !there(name)) {
            reader.error(format!("{list}: the tool has no argument `{name}`{}", did_you_mean(name, names())));
        }
    }
}

/// Arguments that a view works with, each of a type it can work with.
fn typed(view: &View, args: &[Arg], reader: &Reader<'_>) {
    for (name, what, fits) in view.args() {
        let wrong = args.iter().find(|arg| arg.name == name).filter(|arg| !fits(&arg.shape));
        if let Some(arg) = wrong {
            reader.error(format!("{what}: argument `{name}` is {}, which it cannot work with", arg.shape));
        }
    }
}

/// An example gives what every call must, and only arguments that the tool has, in this release or in a newer one.
pub(super) fn example(example: &Value, args: &[Arg], reader: &Reader<'_>) {
    let row = reader.table("args");
    let is_application = |arg: &toml::Value| arg.get("kind").is_some_and(|kind| kind.as_str() == Some("application"));
    let of_application = row.is_some_and(|args| args.values().any(is_application));
    let in_row =
        |name: &str| row.is_some_and(|args| args.contains_key(name)) || (of_application && COMPANIONS.contains(&name));
    if !example.is_object() {
        reader.error("`example` must be a table: the arguments of a call that the documentation shows");
        return;
    }
    let left_out = args.iter().filter(|arg| arg.required && example.get(&arg.name).is_none());
    let left_out: Vec<String> = left_out.map(|arg| format!("`{}`", arg.name)).collect();
    if !left_out.is_empty() {
        reader.error(format!(
            "`example` is a call that the documentation shows, and lacks {}, without which there is none",
            left_out.join(", ")
        ));
    }
    for name in example.as_object().into_iter().flat_map(|example| example.keys()) {
        if !args.iter().any(|arg| arg.name == *name) && !in_row(name) {
            let hint = did_you_mean(name, args.iter().map(|arg| arg.name.as_str()));
            reader.error(format!("example: the tool has no argument `{name}`{hint}"));
        }
    }
}

/// What an operation insists on must be in every call: without a pattern a server may delete everything. A handler sends
/// what it needs itself.
fn optional(args: &[Arg], call: usize, places: &[Place], name: &str, route: &str, reader: &Reader<'_>) {
    let goes = |arg: &&Arg| arg.targets.iter().any(|target| target.call == call && places.contains(&target.place));
    let mut those = args.iter().filter(goes);
    let (first, is_always) = (those.clone().next(), those.any(|arg| arg.required || arg.default.is_some()));
    if let Some(arg) = first.filter(|_| !is_always && !reader.has("handler")) {
        reader.error(format!(
            "argument `{}`: {route} insists on `{name}`, and a call may leave it out; say `required = true`, or give it a `default`",
            arg.name
        ));
    }
}

/// What the operations insist on, and what a `read` row must not do.
pub(super) fn calls(
    uses: &[Use<'_>],
    args: &[Arg],
    constants: &[(String, Value)],
    effect: Option<Effect>,
    reader: &Reader<'_>,
) {
    let sets = |place: &Place, wanted: &Place| match place {
        Place::Resource(fields) => fields.iter().any(|(_, inner)| **inner == *wanted),
        other => other == wanted,
    };
    let mapped = |call: usize, wanted: &Place| {
        let here = |target: &Target| target.call == call && sets(&target.place, wanted);
        args.iter().any(|arg| arg.targets.iter().any(here))
    };
    for (call, Use { role, operation, .. }) in uses.iter().enumerate() {
        let route = operation.route();
        for parameter in &operation.parameters {
            let set = constants.iter().any(|(name, _)| *name == parameter.name)
                || mapped(call, &Place::Parameter(parameter.name.clone()));
            if parameter.required && !set {
                let kind = if parameter.in_path { "path parameter" } else { "parameter that the server insists on," };
                reader.error(format!("{kind} `{}` of {route} is not mapped", parameter.name));
            } else if parameter.required && !parameter.in_path {
                optional(args, call, &[Place::Parameter(parameter.name.clone())], &parameter.name, &route, reader);
            }
        }
        for key in &operation.required_body {
            let places = [Place::Body(vec![]), Place::Body(vec![key.clone()])];
            match places.iter().any(|place| mapped(call, place)) {
                true => optional(args, call, &places, key, &route, reader),
                false => reader.error(format!("body key `{key}`, which {route} insists on, is not mapped")),
            }
        }
        let refreshes = |name: &str| name.to_lowercase().contains("refresh");
        for parameter in operation.parameters.iter().filter(|parameter| refreshes(&parameter.name)) {
            let set = constants.iter().any(|(name, _)| *name == parameter.name)
                || mapped(call, &Place::Parameter(parameter.name.clone()));
            if effect == Some(Effect::Read) && set {
                reader.error(format!(
                    "a `read` row must not set `{}` of {route}: it makes Argo CD reconcile, which can deploy",
                    parameter.name
                ));
            }
        }
        if effect == Some(Effect::Read)
            && operation.method != "GET"
            && reader.text("non_get_because").is_none_or(|because| because.trim().is_empty())
        {
            reader.error(format!(
                "a `read` row calls {route} (`{role}`): say why that changes nothing in `non_get_because`"
            ));
        }
    }
}

/// The `fields` to ask for, by release of the server: what the view reads, as far as that server can project it.
pub(super) fn projections(
    operation: &Operation,
    reads: &Reads,
    api: &Api,
    reader: &Reader<'_>,
) -> Vec<(Release, String)> {
    // What does not exist has been reported as such.
    let existing = reads.0.iter().filter(|read| api.schema_at(&operation.response, &read.path).is_ok());
    let name = |read: &Read| read.path.keys().join(".");
    let required: Vec<String> = existing.clone().filter(|read| read.is_inside(api)).map(name).collect();
    let mut wanted: Vec<String> = existing.map(name).collect();
    if operation.is_stream() {
        // A refusal is projected, too: without it Argo CD answers `{}`.
        wanted.push("error".into());
    }
    match &operation.projection {
        Projection::None => vec![],
        Projection::Any => vec![(Release::new(0, 0, 0), without_overlaps(wanted).join(","))],
        Projection::Listed(lists) => {
            let covers = |listed: &str, path: &str| {
                path == listed || path.strip_prefix(listed).is_some_and(|rest| rest.starts_with('.'))
            };
            let best = |list: &[String], path: &String| {
                list.iter().filter(|listed| covers(listed, path)).max_by_key(|listed| listed.len()).cloned()
            };
            if let Some((_, newest)) = lists.iter().rev().find(|(since, _)| *since <= api.release) {
                for path in required.iter().filter(|path| best(newest, path).is_none()) {
                    reader.error(format!(
                        "view path `{path}`: {} never answers it when it projects (`fields` in overlay.toml)",
                        operation.route()
                    ));
                }
            }
            lists
                .iter()
                .map(|(since, list)| {
                    (*since, without_overlaps(wanted.iter().filter_map(|path| best(list, path)).collect()).join(","))
                })
                .collect()
        }
    }
}

/// Sorted, each once, and none below another: Argo CD 3.5 fails on `items.spec,items.spec.project`.
fn without_overlaps(mut paths: Vec<String>) -> Vec<String> {
    paths.sort();
    paths.dedup();
    let all = paths.clone();
    paths.retain(|path| {
        !all.iter().any(|other| path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('.')))
    });
    paths
}
