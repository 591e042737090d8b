//! `get_resources`: live manifests of several resources of an application.
//!
//! A handler because it is one call per resource: some at a time, and an error of one is no error of the others.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    Answer, Output, Request, Resource,
    answer::object,
    explain::not_in_cluster,
    resource::{of_nodes, of_tree},
    run::working,
    table::GetResourcesCalls,
};
use crate::{
    error::{Error, Kind},
    suggest::similar,
    view::{
        self, Problem, Rendered,
        text::{clip_bytes, listed, shown},
        yaml,
    },
};

/// Most resources of one call.
const MOST: usize = 20;
/// Calls at a time.
const AT_A_TIME: usize = 5;
/// What stands between two manifests.
const BETWEEN: &str = "\n---\n";
/// Room for what stands around the name of one that is left out, in bytes.
const NAMED: usize = 20;
/// Room for the words in front of those names, in bytes.
const LEFT_OUT: usize = 60;

/// Fetches the resources that refs name, or that kind, name and namespace choose from the tree.
///
/// # Errors
/// [`Kind::NotFound`] if nothing is chosen, [`Kind::Arguments`] if too much is. If every single one failed, the kind is
/// that of the first error, and the message has them all.
pub async fn run(calls: GetResourcesCalls, request: Request) -> Result<Answer, Error> {
    let chosen = choose(&calls, &request).await?;
    let (calls, request) = (&calls, &request);
    let fetched: Vec<Fetched> = stream::iter(chosen)
        .map(|(resource, known)| async move {
            let manifest = match known {
                Ok(()) => fetch(calls, request, &resource).await,
                Err(error) => Err(error),
            };
            (resource, manifest)
        })
        .buffered(AT_A_TIME)
        .collect()
        .await;
    if fetched.iter().all(|(_, manifest)| manifest.is_err()) {
        return Err(none(fetched));
    }
    let request = request.clone();
    working(spawn_blocking(move || answer(&fetched, &request)).await)
}

/// A resource that is wanted, and why it cannot be fetched.
type Wanted = (Resource, Result<(), Error>);
/// A resource and its manifest, or why there is none.
type Fetched = (Resource, Result<Value, Error>);

async fn choose(calls: &GetResourcesCalls, request: &Request) -> Result<Vec<Wanted>, Error> {
    let refs: Vec<Resource> =
        request.args.list("resourceRefs").iter().filter_map(Value::as_object).map(Resource::of).collect();
    let filters: Vec<&str> =
        ["kind", "name", "namespace"].into_iter().filter(|name| request.args.is_given(name)).collect();
    if !refs.is_empty() && !filters.is_empty() {
        let message = format!("`{}` would choose other resources than `resourceRefs` names", filters.join("`, `"));
        return Err(Error::new(Kind::Arguments, message).hint("Leave out the one or the other."));
    }
    let complete = |resource: &Resource| ["kind", "namespace", "group"].iter().all(|field| resource.knows(field));
    if !refs.is_empty() && refs.iter().all(complete) {
        return within(refs.into_iter().map(known).collect());
    }
    let tree = object(&calls.tree(request).await?, request)?;
    let application = request.application_name();
    if !refs.is_empty() {
        let all = of_tree(&tree);
        // One that is not there is its own error.
        let find = |resource: Resource| match resource.find(&all, &application) {
            Ok(found) if found.uid.is_none() => missing(found),
            Ok(found) => known(found),
            Err(error) => (resource, Err(error)),
        };
        return within(refs.into_iter().map(find).collect());
    }
    let is_kind = |resource: &Resource| request.args.text("kind").is_none_or(|wanted| resource.is_kind(wanted));
    let is_in = |resource: &Resource| {
        let namespace = resource.namespace.as_deref().unwrap_or_default();
        request.args.text("namespace").is_none_or(|wanted| namespace.eq_ignore_ascii_case(wanted))
    };
    // Orphans are not the application's.
    let (fitting, others): (Vec<Resource>, Vec<Resource>) =
        of_nodes(tree.get("nodes")).into_iter().partition(|resource| is_kind(resource) && is_in(resource));
    let wanted = request.args.text("name").map(str::to_lowercase);
    let is_named =
        |resource: &&Resource| wanted.as_ref().is_none_or(|wanted| resource.name.to_lowercase().contains(wanted));
    let chosen = fitting.iter().filter(is_named).cloned();
    let (there, absent): (Vec<Resource>, Vec<Resource>) = chosen.partition(|resource| resource.uid.is_some());
    if there.is_empty() && absent.is_empty() {
        return Err(nothing(request, &fitting, &others));
    }
    let mut chosen = within(there.into_iter().map(known).collect())?;
    chosen.extend(absent.into_iter().take(MOST).map(missing));
    Ok(chosen)
}

/// Nothing has the name, among what has the kind and namespace that were given, and what has not.
fn nothing(request: &Request, fitting: &[Resource], others: &[Resource]) -> Error {
    let application = request.application_name();
    let kinds: BTreeSet<String> = fitting.iter().chain(others).filter_map(|resource| resource.kind.clone()).collect();
    let name = request.args.text("name");
    let is_named = |one: &&Resource| name == Some(one.name.as_str());
    let is_kind = |one: &&Resource| request.args.text("kind").is_some_and(|wanted| one.is_kind(wanted));
    let elsewhere = others.iter().filter(is_named).find(is_kind).or_else(|| others.iter().find(is_named));
    let names = fitting.iter().map(|one| one.name.as_str());
    let near = name.map(|name| similar(name, names)).unwrap_or_default();
    let there = if let Some(one) = elsewhere {
        format!("There is {}, of another kind or in another namespace. ", one.label())
    } else if !near.is_empty() {
        format!("Did you mean {}? ", near.join(" or "))
    } else if kinds.is_empty() {
        String::new()
    } else {
        format!("Its kinds: {}. ", listed(kinds.into_iter().map(|kind| shown(&kind))))
    };
    Error::new(Kind::NotFound, format!("no resource of application `{application}` fits"))
        .hint(format!("{there}get_application_resource_tree lists them; an orphaned one is had with resourceRefs."))
}

/// The error of an answer without any manifest: that of the only resource, or those of all in one.
fn none(fetched: Vec<Fetched>) -> Error {
    let said: String = fetched.iter().filter_map(failed).map(|said| format!("\n- {said}")).collect();
    let count = fetched.len();
    let mut errors = fetched.into_iter().filter_map(|(_, manifest)| manifest.err());
    match (errors.next(), errors.next()) {
        (Some(error), None) => error,
        (first, _) => {
            let kind = first.map_or(Kind::NotFound, |error| error.kind);
            Error::new(kind, format!("none of {count} resources has a manifest to show:{said}"))
        }
    }
}

/// Why a resource has no manifest, if it has none, on one line.
fn failed((resource, manifest): &Fetched) -> Option<String> {
    let (label, said) = (resource.label(), said(manifest.as_ref().err()?));
    Some(if said.starts_with(&label) { said } else { format!("{label}: {said}") })
}

fn known(resource: Resource) -> Wanted {
    (resource, Ok(()))
}

fn missing(resource: Resource) -> Wanted {
    let error = not_in_cluster(&resource);
    (resource, Err(error))
}

fn within(resources: Vec<Wanted>) -> Result<Vec<Wanted>, Error> {
    if resources.len() <= MOST {
        return Ok(resources);
    }
    let message = format!("that are {} resources; one call fetches at most {MOST}", resources.len());
    Err(Error::new(Kind::Arguments, message).hint("Narrow it with kind, name and namespace, or with resourceRefs."))
}

async fn fetch(calls: &GetResourcesCalls, request: &Request, resource: &Resource) -> Result<Value, Error> {
    let body = calls.get(&request.with_resource(resource)).await?;
    let wrong =
        |error| Error::new(Kind::Protocol, format!("Argo CD sent no manifest of {}", resource.label())).because(error);
    let answer = object(&body, request)?;
    answer.get("manifest").and_then(Value::as_str).unwrap_or_default().parse().map_err(wrong)
}

fn answer(fetched: &[Fetched], request: &Request) -> Result<Answer, Error> {
    if request.output() != Output::Text {
        let item = |(resource, manifest): &Fetched| match manifest {
            Ok(manifest) if request.output() == Output::Raw => manifest.clone(),
            Ok(manifest) => yaml::masked(manifest),
            Err(error) => json!({ "kind": resource.kind, "name": resource.name, "error": said(error) }),
        };
        let items: Vec<Value> = fetched.iter().map(item).collect();
        let total = items.len();
        let rendered =
            view::json_answer(&json!({ "items": items, "total": total, "returned": total }), request.max_bytes());
        let raw = request.output() == Output::Raw;
        let answer = |rendered: Rendered| if raw { rendered.text.into() } else { rendered.into() };
        return rendered.map(answer).map_err(|problem| match problem {
            Problem::TooLarge(bytes) => Error::new(
                Kind::TooLarge,
                format!("the manifests are {bytes} bytes of JSON, more than maxBytes = {}", request.max_bytes()),
            )
            .hint(match request.most_bytes().is_none_or(|most| bytes <= most) {
                true => "Raise maxBytes, name fewer resources, or take output=text.",
                false => "Name fewer resources, or take output=text.",
            }),
            _ => Error::new(Kind::Internal, "the manifests cannot be shown"),
        });
    }
    let document = |one: &Fetched| match &one.1 {
        Ok(manifest) => yaml::object(manifest),
        Err(_) => format!("# {}", failed(one).unwrap_or_default()),
    };
    let most = request.max_bytes();
    let documents: Vec<String> = fetched.iter().map(document).collect();
    // The first has nothing before it.
    let mut room = most + BETWEEN.len();
    if documents.iter().map(|document| document.len() + BETWEEN.len()).sum::<usize>() > room {
        let names: usize = fetched.iter().map(|(resource, _)| resource.label().len() + NAMED).sum();
        room -= (names + LEFT_OUT).min(most / 2);
    }
    let (mut whole, mut left_out): (Vec<&str>, Vec<String>) = Default::default();
    for ((resource, _), document) in fetched.iter().zip(&documents) {
        match room.checked_sub(document.len() + BETWEEN.len()) {
            Some(rest) => {
                room = rest;
                whole.push(document);
            }
            None => left_out.push(format!("{} ({} bytes)", resource.label(), document.len())),
        }
    }
    if whole.is_empty() {
        let message = format!("each manifest is larger than maxBytes = {most} lets through: {}", left_out.join(", "));
        let least = documents.iter().map(String::len).min().unwrap_or_default();
        return Err(Error::new(Kind::TooLarge, message).hint(
            match request.most_bytes().is_none_or(|most| least <= most) {
                true => "Raise maxBytes.",
                false => "No answer may be that large; kubectl shows it.",
            },
        ));
    }
    let mut text = whole.join(BETWEEN);
    if !left_out.is_empty() {
        text += &clip_bytes(&format!("{BETWEEN}# left out, as maxBytes = {most}: {}", left_out.join(", ")), most / 2);
    }
    Ok(text.into())
}

/// An error of one item on one line.
fn said(error: &Error) -> String {
    let hint = error.hint.as_deref().map(|hint| format!(". {}", shown(hint))).unwrap_or_default();
    format!("{}{hint}", shown(&error.message))
}
