//! The second read of a row: other objects, whose lists are added to those of the answer, each item with its origin.

use bytes::Bytes;
use serde_json::{Map, Value, de::SliceRead};

use super::{Answer, Request, answer::object, run::unshown};
use crate::{
    argocd::Session,
    error::Error,
    release::Release,
    view::{self, Path, View, path},
};

/// Where the others are, what each is called, and which of their lists are added since which release of a server.
#[derive(Debug)]
pub struct Also {
    /// The list of the others.
    pub items: Path,
    /// The name of one.
    pub name: Path,
    /// Lists that are added to those in the same places.
    pub lists: &'static [(Release, Path)],
}

/// An answer with what the others add: `$from` names them at its top and in every object they added. Without the
/// others it is shown nevertheless; `$unread` says why.
///
/// # Errors
/// An answer that cannot be shown.
pub async fn shown(
    also: &Also,
    view: &View,
    body: &Bytes,
    request: &Request,
    session: &Session,
) -> Result<Answer, Error> {
    let context = request.context();
    let show =
        |body: &[u8]| view::render(view, SliceRead::new(body), &context).map_err(|problem| unshown(problem, request));
    // What is no answer stays none, whatever is added.
    let alone = show(body)?;
    let Ok(Value::Object(mut whole)) = serde_json::from_slice(body) else { return Ok(alone.into()) };
    let others = request.bytes("also", session).await.and_then(|others| object(&others, request));
    match others {
        Ok(others) if path::text(&others, also.items).is_some() => {
            add(also, &mut whole, &others, session.release().await.ok().flatten());
        }
        Ok(_) => return Ok(alone.into()),
        Err(error) => drop(whole.insert("$unread".into(), error.message.into())),
    }
    Ok(show(Value::Object(whole).to_string().as_bytes())?.into())
}

fn add(also: &Also, whole: &mut Map<String, Value>, others: &Value, release: Option<Release>) {
    let mut names = vec![];
    let mut answer = Value::Object(std::mem::take(whole));
    path::visit(others, also.items, &mut |items| {
        for other in items.as_array().into_iter().flatten() {
            let name = path::text(other, also.name).unwrap_or_default();
            for (_, list) in also.lists.iter().filter(|(since, _)| release.is_none_or(|release| *since <= release)) {
                path::visit(other, list, &mut |added| append(&mut answer, list, added, &name));
            }
            names.push(name);
        }
    });
    if let Value::Object(mut answer) = answer {
        if !names.is_empty() {
            answer.insert("$from".into(), names.join(", ").into());
        }
        *whole = answer;
    }
}

/// Adds items to the list at a path of keys, which may not be there yet.
fn append(at: &mut Value, list: &[view::Segment], added: &Value, from: &str) {
    match (list.split_first(), at) {
        (Some((view::Segment::Key(key), rest)), Value::Object(map)) => {
            append(map.entry(*key).or_insert(Value::Null), rest, added, from);
        }
        (Some(_), at @ Value::Null) => {
            *at = Value::Object(Map::new());
            append(at, list, added, from);
        }
        (None, at) => {
            let marked = |mut item: Value| {
                item.as_object_mut().map(|item| item.insert("$from".into(), from.into()));
                item
            };
            let added = added.as_array().into_iter().flatten().cloned().map(marked);
            match at {
                Value::Array(there) => there.extend(added),
                at => *at = added.collect(),
            }
        }
        _ => {}
    }
}
