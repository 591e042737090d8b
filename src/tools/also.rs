//! The second read of a row. Either it reads other objects, whose lists are added to those of the answer, or one
//! object, which stands in the answer under a name.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, de::SliceRead};
use tokio::task::spawn_blocking;

use super::{Answer, Request, answer::object, run};
use crate::{
    argocd::Session,
    error::Error,
    release::Release,
    view::{self, Condition, Path, View, path, text::told},
};

/// What becomes of the second answer.
#[derive(Debug)]
pub enum Also {
    /// The lists of other objects are added to those of the answer.
    Lists {
        /// Where the other objects are.
        items: Path,
        /// Where each of them has its name.
        name: Path,
        /// The lists that are added to those in the same places, each with the first release that has it.
        lists: &'static [(Release, Path)],
    },
    /// One object, under this name; it is only read if the condition holds for the first answer.
    Under(&'static str, Option<Condition>),
}

/// Shows an answer together with what a second one adds. In merged lists `$from` names the object that an entry came
/// from. If the second read fails, the first answer is shown, and `$unread` says why.
///
/// # Errors
/// [`Kind::Protocol`](crate::error::Kind) and [`Kind::Refused`](crate::error::Kind) for a first answer that is none,
/// [`Kind::TooLarge`](crate::error::Kind) for one over `maxBytes`.
pub async fn shown(
    also: &Also,
    view: &View,
    body: &Bytes,
    request: &Request,
    session: &Session,
) -> Result<Answer, Error> {
    let (context, view) = (Arc::new(request.context()), *view);
    let show = async |body: Bytes| {
        let context = Arc::clone(&context);
        run::shown(spawn_blocking(move || view::render(&view, SliceRead::new(&body), &context)).await, request)
    };
    // Checked first: an answer that is none is an error, whatever would be added to it.
    let mut whole = object(body, request)?;
    if matches!(also, Also::Under(_, Some(when)) if !when.holds_at(&whole)) {
        return show(body.clone()).await;
    }
    let second = request.bytes("also", session).await.and_then(|second| object(&second, request));
    match (also, second) {
        (Also::Lists { items, name, lists }, Ok(others)) if path::text(&others, items).is_some() => {
            let release = session.release().await.ok().flatten();
            let lists = lists.iter().filter(|(since, _)| release.is_none_or(|release| *since <= release));
            add((items, name), &lists.map(|(_, list)| *list).collect::<Vec<_>>(), &mut whole, &others);
        }
        (Also::Lists { .. }, Ok(_)) => return show(body.clone()).await,
        (Also::Under(name, _), Ok(second)) => insert(&mut whole, name, second),
        (_, Err(error)) => insert(&mut whole, "$unread", told(session.hidden_error(told(error))).message.into()),
    }
    show(whole.to_string().into()).await
}

fn insert(whole: &mut Value, key: &str, value: Value) {
    whole.as_object_mut().map(|whole| whole.insert(key.to_owned(), value));
}

fn add((items, name): (Path, Path), lists: &[Path], whole: &mut Value, others: &Value) {
    let mut names = vec![];
    path::visit(others, items, &mut |items| {
        for other in items.as_array().into_iter().flatten() {
            let name = path::text(other, name).unwrap_or_default();
            for list in lists {
                path::visit(other, list, &mut |added| append(whole, list, added, &name));
            }
            names.push(name);
        }
    });
    if !names.is_empty() {
        insert(whole, "$from", names.join(", ").into());
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
