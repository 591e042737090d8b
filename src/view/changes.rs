//! What a write changed: one line a path, credentials masked.

use serde_json::{Map, Value, json, value::Index};

use super::{
    mask,
    text::{clip, counted, shown},
};

/// Most lines that are listed.
const MOST: usize = 40;
/// Longest value that is shown, in characters.
const VALUE: usize = 120;
/// Keys that say what an object is.
pub const TYPE: [&str; 2] = ["apiVersion", "kind"];
/// Keys of the metadata that the server writes by itself.
const BOOKKEEPING: &[&str] =
    &["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// Keys of the metadata that a write through Argo CD leaves as they are.
pub const KEPT: [&str; 3] = ["deletionGracePeriodSeconds", "deletionTimestamp", "ownerReferences"];

/// The paths at which two versions of an object differ, each as `path: before → after`. A status is no change.
pub fn between(before: &Value, after: &Value) -> Vec<String> {
    let (mut before, mut after) = (before.clone(), after.clone());
    for object in [&mut before, &mut after] {
        object.as_object_mut().into_iter().for_each(|map| drop(map.remove("status")));
        let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
        metadata.into_iter().for_each(|map| map.retain(|key, _| !BOOKKEEPING.contains(&key.as_str())));
    }
    differences(&before, &after)
}

/// The paths at which the statuses of two versions of an object differ.
pub fn of_status(before: &Value, after: &Value) -> Vec<String> {
    let status = |object: &Value| json!({ "status": object.get("status") });
    differences(&status(before), &status(after))
}

fn differences(before: &Value, after: &Value) -> Vec<String> {
    let masked = |value: &Value| {
        let mut masked = value.clone();
        mask::value(&mut masked);
        masked
    };
    let shown = (masked(before), masked(after));
    let mut lines = vec![];
    walk("", Side::new(before, &shown.0), Side::new(after, &shown.1), &mut lines);
    let more = lines.len().saturating_sub(MOST);
    if more > 0 {
        lines.truncate(MOST);
        lines.push(format!("and {}", counted(more, "more changes")));
    }
    lines
}

/// [`between`] what a server has and what it was sent, without differences that mean nothing to it.
pub fn kept(object: &Value, sent: &Value) -> Vec<String> {
    let (mut object, mut sent) = (object.clone(), sent.clone());
    drop_empty(&mut object);
    drop_empty(&mut sent);
    between(&object, &sent)
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, child| !is_empty(child));
            map.values_mut().for_each(drop_empty);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// Paths of `wanted` that `object` does not have: what the server did not take. A null wants nothing. `apiVersion` and
/// `kind` are not missed: Argo CD leaves them out of its answers.
pub fn not_taken(wanted: &Value, object: &Value) -> Vec<String> {
    let mut missing = vec![];
    absent("", wanted, Some(object), &mut missing);
    missing.retain(|path| !TYPE.contains(&path.as_str()));
    missing
}

/// What is said of paths that the server did not take.
pub fn lost_names(lost: &[String]) -> String {
    let is_kept = |path: &&String| {
        let mut keys = path.split(['.', '[']);
        keys.next() == Some("metadata") && keys.next().is_some_and(|key| KEPT.contains(&key))
    };
    let (kept, lost): (Vec<String>, Vec<String>) = lost.iter().cloned().partition(|path| is_kept(&path));
    let lost = (!lost.is_empty()).then(|| format!("Argo CD did not take {}: check the names.", named(&lost)));
    let kept = (!kept.is_empty()).then(|| kept_names(&kept));
    lost.into_iter().chain(kept).collect::<Vec<_>>().join("\n")
}

/// What is said of paths that exist, but that no write changes.
pub fn kept_names(kept: &[String]) -> String {
    format!("Not written: {}; Argo CD takes spec, labels, annotations and finalizers alone.", named(kept))
}

fn named(paths: &[String]) -> String {
    paths.iter().take(MOST).map(|path| format!("`{}`", shown(path))).collect::<Vec<_>>().join(", ")
}

fn absent(path: &str, wanted: &Value, object: Option<&Value>, missing: &mut Vec<String>) {
    match (wanted, object) {
        (wanted, None) if !is_empty(wanted) || is_switch(path, wanted) || is_off(path, wanted) => {
            missing.push(path.to_owned())
        }
        (Value::Object(wanted), Some(Value::Object(object))) => {
            for (key, child) in wanted {
                absent(&below(path, key), child, object.get(key), missing);
            }
        }
        (Value::Object(wanted), None) => {
            for (key, child) in wanted {
                absent(&below(path, key), child, None, missing);
            }
        }
        (Value::Array(wanted), Some(Value::Array(object))) if wanted.len() == object.len() => {
            for (index, (wanted, object)) in wanted.iter().zip(object).enumerate() {
                absent(&format!("{path}[{index}]"), wanted, Some(object), missing);
            }
        }
        _ => {}
    }
}

/// Whether an empty object may have been meant to switch something on, as `automated: {}` does. Argo CD leaves some
/// keys out of its answers when they are empty: these mean nothing.
fn is_switch(path: &str, wanted: &Value) -> bool {
    const LEFT_OUT: &[&str] = &[
        "annotations",
        "commonAnnotations",
        "commonLabels",
        "directory",
        "helm",
        "jsonnet",
        "kustomize",
        "labels",
        "plugin",
        "valuesObject",
    ];
    let key = path.rsplit('.').next().unwrap_or_default();
    wanted.as_object().is_some_and(Map::is_empty) && path.contains('.') && !LEFT_OUT.contains(&key)
}

/// Automation is on unless this says otherwise; releases before 3.1 do not know it.
fn is_off(path: &str, wanted: &Value) -> bool {
    path == "spec.syncPolicy.automated.enabled" && *wanted == Value::Bool(false)
}

/// Missing, null, false, zero and empty are the same to Argo CD, which leaves all of them out of its answer.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
    }
}

/// A value, and what is shown of it. Two different values may look the same when they are masked or their spaces are
/// shortened.
#[derive(Clone, Copy)]
struct Side<'v> {
    own: Option<&'v Value>,
    shown: Option<&'v Value>,
}

impl<'v> Side<'v> {
    const NONE: Self = Self { own: None, shown: None };

    fn new(own: &'v Value, shown: &'v Value) -> Self {
        Self { own: Some(own), shown: Some(shown) }
    }

    /// The value at a key or an index. Below a masked value, the mark is shown for everything.
    fn at(self, index: impl Index + Copy) -> Self {
        let shown = self.shown.map(|shown| shown.get(index).unwrap_or(shown));
        Self { own: self.own.and_then(|own| own.get(index)), shown }
    }

    fn text(self) -> String {
        match (self.own, self.shown) {
            (None | Some(Value::Null), _) | (_, None) => "none".to_owned(),
            (_, Some(Value::String(text))) if text.is_empty() => "\"\"".to_owned(),
            (_, Some(Value::String(text))) => shown(text),
            (_, Some(other)) => shown(&other.to_string()),
        }
    }

    /// The length of its text, in characters.
    fn length(self) -> usize {
        self.text().chars().count()
    }
}

fn walk(path: &str, before: Side<'_>, after: Side<'_>, lines: &mut Vec<String>) {
    match (before.own, after.own) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            keys.for_each(|key| walk(&below(path, key), before.at(key.as_str()), after.at(key.as_str()), lines));
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            (0..old.len()).for_each(|index| {
                walk(&format!("{path}[{index}]"), before.at(index), after.at(index), lines);
            });
        }
        // Of a long list, only the items that came or went at its end.
        (Some(Value::Array(old)), Some(Value::Array(new)))
            if [before, after].iter().any(|side| side.length() > VALUE)
                && old.iter().zip(new).all(|(old, new)| old == new) =>
        {
            (old.len().min(new.len())..old.len().max(new.len())).for_each(|index| {
                walk(&format!("{path}[{index}]"), before.at(index), after.at(index), lines);
            });
        }
        (None | Some(Value::Null), None | Some(Value::Null)) => {}
        // A map that came or went is told key by key, unless it fits into a line, as `automated` does.
        (None, Some(Value::Object(new))) if !is_short(after) => {
            new.keys().for_each(|key| walk(&below(path, key), Side::NONE, after.at(key.as_str()), lines));
        }
        (Some(Value::Object(old)), None) if !is_short(before) => {
            old.keys().for_each(|key| walk(&below(path, key), before.at(key.as_str()), Side::NONE, lines));
        }
        _ => {
            // A number and a text that look the same.
            let is_text = |side: Side<'_>| side.own.is_some_and(Value::is_string);
            let alike = before.text() == after.text() && is_text(before) != is_text(after);
            let text = |side: Side<'_>| match alike && is_text(side) {
                true => format!("\"{}\"", side.text()),
                false => side.text(),
            };
            lines.push(line(path, &text(before), &text(after)));
        }
    }
}

/// One change as a line; of long values only the part in which they differ.
fn line(path: &str, before: &str, after: &str) -> String {
    /// How much is shown of what is the same before the difference, in characters.
    const SAME: usize = 24;
    let path = shown(path);
    if before == after {
        return format!("{path}: changed in what is not shown (spaces, line ends, comments, or what is masked)");
    }
    let same = before.chars().zip(after.chars()).take_while(|(old, new)| old == new).count();
    let cut = if same < VALUE / 2 { 0 } else { same - SAME };
    let part = |text: &str| {
        let rest: String = text.chars().skip(cut).collect();
        format!("{}{}", if cut > 0 { "\u{2026}" } else { "" }, clip(&rest, VALUE))
    };
    let rest = |text: &str| text.chars().skip(cut + VALUE).collect::<String>();
    let more = if rest(before) == rest(after) { "" } else { ", and further on" };
    match before.chars().count().max(after.chars().count()) > VALUE {
        true => format!("{path}: {} \u{2192} {}{more}", part(before), part(after)),
        false => format!("{path}: {before} \u{2192} {after}"),
    }
}

fn is_short(side: Side<'_>) -> bool {
    let nested = |child: &Value| child.is_object() || child.is_array();
    let has_parts = side.own.and_then(Value::as_object).is_some_and(|map| map.values().any(nested));
    !has_parts && side.length() <= VALUE
}

fn below(path: &str, key: &str) -> String {
    match (path, key.contains(['.', '/'])) {
        ("", false) => key.to_owned(),
        (_, false) => format!("{path}.{key}"),
        (_, true) => format!("{path}[\"{key}\"]"),
    }
}
