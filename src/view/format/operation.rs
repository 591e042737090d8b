//! What was asked of Argo CD, what holds it up, and what an application sets besides its repository, in a few words.

use serde_json::Value;

use super::{
    join, short,
    words::{initiator, source},
};
use crate::view::{
    changes, mask, path,
    text::{clean, condense, shown},
};

/// Longest text of what a source sets, in characters.
const OVERRIDES: usize = 500;
/// What renders a source.
const TOOLS: [&str; 4] = ["helm", "kustomize", "directory", "plugin"];

/// `sync to 83cab40, with pruning, by demo` of an Operation.
pub(super) fn operation(operation: &Value) -> Option<String> {
    let sync = operation.get("sync").unwrap_or(&Value::Null);
    let is_on = |pointer: &str| sync.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let list = |key: &str| sync.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
    let revisions = match list("revisions") {
        Some(revisions) => {
            join(revisions.iter().map(|revision| short(&shown(&path::scalar(revision))).to_owned()), ", ")
        }
        None => sync.get("revision").and_then(Value::as_str).map(|text| short(&shown(text)).to_owned()),
    };
    let words = [
        (is_on("/dryRun"), "dry run"),
        (is_on("/prune"), "with pruning"),
        (is_on("/syncStrategy/apply/force") || is_on("/syncStrategy/hook/force"), "forced"),
        (list("manifests").is_some(), "of manifests from a person's machine"),
    ];
    let revisions = revisions.filter(|text| !text.is_empty()).map(|text| format!("sync to {text}"));
    let partial = list("resources").map(|chosen| format!("partial: resources chosen {}", chosen.len()));
    let heals = sync.get("autoHealAttemptsCount").and_then(Value::as_i64).filter(|count| *count > 0);
    let by = |key: &str| operation.get("initiatedBy")?.get(key);
    let username = by("username").map(path::scalar).filter(|text| !text.is_empty()).map(|name| shown(&name));
    let initiator = initiator(username, by("automated"));
    let parts = std::iter::once(revisions.unwrap_or_else(|| "sync".to_owned()))
        .chain(words.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()))
        .chain(partial)
        .chain(heals.map(|count| format!("self-heal attempt {count}: something changes in the cluster what it sets")))
        .chain(initiator.map(|name| format!("by {name}")));
    operation.is_object().then(|| join(parts, ", "))?
}

/// What helps an operation that failed with a message.
pub(super) fn way_out(message: &str, destination: &str, is_set: impl Fn(&str) -> bool) -> Option<String> {
    let names = message.split("namespaces \"").skip(1).filter_map(|rest| rest.split_once("\" not found"));
    let missing = names.map(|(name, _)| name).find(|name| !name.contains('"'));
    let namespace = missing.map(|name| match name == destination && !is_set("CreateNamespace=true") {
        true => format!("a sync with syncOptions CreateNamespace=true makes the namespace {}", shown(name)),
        false => format!("the source makes the namespace {}, or a person", shown(name)),
    });
    let immutable = message.contains("field is immutable").then(|| match is_set("ServerSideApply=true") {
        true => "a sync with force=true and syncOptions ServerSideApply=false deletes the resource and makes it anew",
        false => "a sync with force=true deletes the resource and makes it anew",
    });
    join(namespace.into_iter().chain(immutable.map(str::to_owned)), "; ")
}

/// `1 of 2`, `1, without end`; without a limit where it is not known.
pub(super) fn tries(count: Option<&Value>, limit: Option<&Value>) -> Option<String> {
    let count = count?.as_i64().filter(|count| *count > 0)?;
    Some(match limit.and_then(Value::as_i64) {
        Some(limit) if limit >= count => format!("{count} of {limit}"),
        Some(limit) if limit < 0 => format!("{count}, without end"),
        _ => count.to_string(),
    })
}

/// Argo CD takes it for a success when nothing that was chosen is there to be synced.
pub(super) fn idle(phase: &str, is_partial: bool, has_results: bool) -> Option<String> {
    let is_idle = phase == "Succeeded" && is_partial && !has_results;
    is_idle.then(|| "nothing was synced, as what was chosen is a hook or not the application's".to_owned())
}

/// `helm valueFiles=values-prod.yaml image.tag=4.2.3 valuesObject={cache}` of one source, or of several by their number.
pub(super) fn overrides(sources: &[&Value]) -> Option<String> {
    let of = |own: &Value| {
        // By the names of a whole source, as nothing tells a value from the next one in a line.
        let mut source = own.clone();
        mask::value(&mut source);
        // Of a text of several lines nothing but their number is shown, which is that of what was written.
        let written = own.pointer("/helm/values").filter(|values| path::scalar(values).trim().contains('\n'));
        if let Some((values, at)) = written.zip(source.pointer_mut("/helm/values")) {
            values.clone_into(at);
        }
        let tool = |name: &&str| {
            let settings = source.get(*name)?.as_object()?;
            let all = join(settings.iter().filter_map(|(key, value)| setting(key, value)), " ")?;
            Some(format!("{name} {all}"))
        };
        join(TOOLS.iter().filter_map(tool), "; ")
    };
    let numbered = |(index, source): (usize, &&Value)| {
        let all = of(source)?;
        Some(if sources.len() > 1 { format!("source {}: {all}", index + 1) } else { all })
    };
    let all = join(sources.iter().enumerate().filter_map(numbered), "; ")?;
    Some(condense(&clean(&all), OVERRIDES))
}

/// What the sources of a deployment had that those of a spec have not: `helm image.tag=1`.
pub fn unlike(deployment: &Value, spec: &Value) -> Option<String> {
    let (then, now) = (sources(deployment)?, sources(spec)?);
    let told = if then.len() == now.len() {
        let each = then.iter().zip(&now).map(|(then, now)| others(then, now)).enumerate();
        let numbered = each.filter_map(|(index, words)| {
            let words = words?;
            Some(if then.len() > 1 { format!("source {}: {words}", index + 1) } else { words })
        });
        join(numbered, "; ")?
    } else {
        let set = overrides(&then.iter().collect::<Vec<_>>());
        let all = then.iter().map(|one| source(one, true)).chain(set);
        join(all, "; ")?
    };
    Some(condense(&clean(&told), OVERRIDES))
}

/// The sources of a spec or a deployment, masked.
fn sources(of: &Value) -> Option<Vec<Value>> {
    let several = of.get("sources").and_then(Value::as_array).filter(|sources| !sources.is_empty());
    let one = || of.get("source").filter(|source| source.get("repoURL").is_some_and(|url| url != ""));
    let mut sources = several.cloned().or_else(|| Some(vec![one()?.clone()]))?;
    sources.iter_mut().for_each(mask::value);
    Some(sources)
}

/// What a source, or what it sets for a tool, had otherwise: `path=old helm image.tag=1 no valueFiles`.
fn others(then: &Value, now: &Value) -> Option<String> {
    let keys = |of: &Value| of.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let mut all = keys(then);
    all.extend(keys(now).into_iter().filter(|key| then.get(key).is_none()));
    let at = |of: &Value, key: &str| of.get(key).filter(|value| !changes::is_empty(value)).cloned();
    join(all.iter().filter_map(|key| other(key, at(then, key).as_ref(), at(now, key).as_ref())), " ")
}

fn other(key: &str, then: Option<&Value>, now: Option<&Value>) -> Option<String> {
    let name = |item: &Value| item.get("name").map(path::scalar);
    let Some(then) = then else { return now.map(|_| format!("no {key}")) };
    match (then, now) {
        (then, Some(now)) if then == now => None,
        (Value::Object(_), now) if TOOLS.contains(&key) => {
            Some(format!("{key} {}", others(then, now.unwrap_or(&Value::Null))?))
        }
        (Value::Array(then), Some(Value::Array(now))) if then.iter().chain(now).all(|item| name(item).is_some()) => {
            let had = then.iter().filter(|item| !now.contains(item)).filter_map(named);
            let new = now.iter().filter(|item| !then.iter().any(|other| name(other) == name(item)));
            join(had.chain(new.filter_map(name).map(|name| format!("no {name}"))), " ")
        }
        // Of a long text no more is said than how long it is.
        (then, Some(now)) if brief(then) == brief(now) => Some(format!("another {key}")),
        (then, _) => setting(key, then),
    }
}

/// `denied now by * * * * * for 24h; a manual one, too`; nothing where no window holds syncs up now.
pub(super) fn windows(windows: &Value) -> Option<String> {
    let list = |key: &str, kind: &str| {
        let all = windows.get(key).and_then(Value::as_array).into_iter().flatten();
        let text =
            |window: &Value, key: &str| window.get(key).map(|value| shown(&path::scalar(value))).unwrap_or_default();
        let those = all.filter(|window| text(window, "kind") == kind);
        join(those.map(|window| format!("{} for {}", text(window, "schedule"), text(window, "duration"))), ", ")
    };
    let held_up =
        match (list("activeWindows", "deny"), list("assignedWindows", "allow"), list("activeWindows", "allow")) {
            (Some(deny), ..) => format!("denied now by {deny}"),
            (None, Some(allow), None) => format!("only allowed {allow} (get_appproject tells the time zone)"),
            _ => return None,
        };
    let manual = windows.get("canSync").and_then(Value::as_bool) == Some(true);
    Some(format!("{held_up}; a manual one {}", if manual { "is possible" } else { "is denied, too" }))
}

fn setting(key: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null | Value::Bool(false) => return None,
        Value::Array(list) if list.is_empty() => return None,
        Value::Object(map) if map.is_empty() => return None,
        Value::Array(list) => match list.iter().map(named).collect::<Option<Vec<String>>>() {
            Some(pairs) => return Some(pairs.join(" ")),
            None => list.iter().map(brief).collect::<Vec<_>>().join(","),
        },
        value => brief(value),
    };
    Some(format!("{key}={text}"))
}

/// `image.tag=4.2.3` of a name and a value, a count; `(file ca.pem)` where the value is what a file holds.
fn named(item: &Value) -> Option<String> {
    let map = item.as_object()?;
    let name = path::scalar(map.get("name")?);
    let values = ["value", "count", "string", "array", "map"].iter().filter_map(|key| map.get(*key)).map(brief);
    let file = map.get("path").map(|path| format!("(file {})", path::scalar(path)));
    Some(format!("{name}={}", values.chain(file).collect::<Vec<_>>().join(",")))
}

/// Of a whole object the names tell enough, of a long text how long it is.
fn brief(value: &Value) -> String {
    match value {
        Value::Object(map) => format!("{{{}}}", map.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
        Value::Array(list) => format!("[{}]", list.iter().map(brief).collect::<Vec<_>>().join(", ")),
        Value::String(text) if text.trim().contains('\n') => format!("({} lines)", text.trim().lines().count()),
        value => path::scalar(value),
    }
}
