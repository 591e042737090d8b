//! Managed resources: which differ from the repository and how; one resource's difference on request.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use similar::TextDiff;

use super::{
    Context, Rendered, path,
    text::{Lines, counted, shown},
    yaml,
};

/// Lines around a change.
const AROUND: usize = 3;
/// Most fields named of a resource that would be changed.
const FIELDS: usize = 3;
/// Longest value that stands with its field, in bytes.
const SHORT: usize = 72;

/// What syncing would do to a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Create,
    Prune,
    Keep,
    Alter,
    Unknown,
    Same,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Prune => "prune",
            Self::Keep => "keep",
            Self::Alter => "change",
            Self::Unknown => "unknown",
            Self::Same => "same",
        }
    }
}

struct Item<'a> {
    value: &'a Value,
    change: Change,
}

impl Item<'_> {
    fn text(&self, key: &str) -> String {
        self.value.get(key).and_then(Value::as_str).map(shown).unwrap_or_default()
    }

    fn label(&self) -> String {
        let (namespace, name) = (self.text("namespace"), self.text("name"));
        if namespace.is_empty() {
            format!("{} {name}", self.text("kind"))
        } else {
            format!("{} {namespace}/{name}", self.text("kind"))
        }
    }

    /// One of the states, which are JSON texts; `"null"` is none.
    fn state(&self, key: &str) -> Option<Value> {
        let text = self.value.get(key).and_then(Value::as_str)?;
        text.parse().ok().filter(|state: &Value| !state.is_null())
    }
}

/// Whether no resource at all is both in the cluster and in the repository: so it is too where Argo CD could not read
/// the one or the other.
fn is_one_sided(items: &[Item<'_>]) -> bool {
    let both = |item: &Item<'_>| matches!(item.change, Change::Alter | Change::Same);
    !items.is_empty() && !items.iter().any(both)
}

/// Shows what differs; with `name`, one resource's live state against what a sync would make of it.
pub fn render(answer: &Value, context: &Context) -> Option<Rendered> {
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut items: Vec<Item<'_>> = items.iter().map(|value| Item { value, change: change(value) }).collect();
    if is_one_sided(&items) && context.unknown.is_none() {
        return None;
    }
    let unknown = context.unknown.as_ref().and_then(Option::as_deref);
    if unknown.is_some() {
        items.iter_mut().for_each(|item| item.change = Change::Unknown);
    }
    let argument = |name: &str| context.args.get(name).and_then(Value::as_str);
    // Argo CD would compare the kind with regard to case.
    let kinds: BTreeSet<String> = items.iter().map(|item| item.text("kind")).collect();
    items.retain(|item| argument("kind").is_none_or(|kind| item.text("kind").eq_ignore_ascii_case(kind)));
    items.sort_by_key(|item| (item.change, item.label()));
    let (show, named) = (argument("show"), argument("name").is_some());
    if context.json {
        let json: Vec<Value> = items.iter().map(|item| summary(item, named, show)).collect();
        let total = json.len();
        let mut json = json!({ "items": json, "total": total, "returned": total });
        if let (Some(why), Some(map)) = (unknown, json.as_object_mut()) {
            map.insert("unknown".into(), why.into());
        }
        return Some(Rendered { text: String::new(), json: Some(json) });
    }
    let mut lines = Lines::default();
    if (named || show.is_some()) && !items.is_empty() {
        let show = show.unwrap_or("diff");
        // Of many, a difference is shown of those that differ.
        let differ = |item: &&Item<'_>| named || show != "diff" || item.change != Change::Same;
        for item in items.iter().filter(differ) {
            lines.rows.extend(state(item, show).lines().map(str::to_owned));
        }
        if lines.rows.is_empty() {
            lines.head.push(format!("{}, none differs from the repository", counted(items.len(), "managed resources")));
        }
    } else {
        let differ = items.iter().filter(|item| item.change != Change::Same).count();
        let known = items.iter().filter(|item| item.change != Change::Unknown).count();
        let what = match (known, differ) {
            (0, _) => "how they differ from the repository is not known".to_owned(),
            (_, 0) => "none differs from the repository".to_owned(),
            (_, 1) => "1 differs from the repository".to_owned(),
            _ => format!("{differ} differ from the repository"),
        };
        let asked = |key: &&str| context.args.get(*key).is_some_and(|value| !value.is_null());
        let any = ["kind", "name", "namespace", "group"].iter().any(asked);
        lines.head.push(if items.is_empty() {
            match (any, kinds.is_empty()) {
                (false, _) => "no managed resources".to_owned(),
                (true, true) => {
                    "no managed resource matches: leave kind, name, namespace and group out to see all".to_owned()
                }
                (true, false) => {
                    let kinds: Vec<String> = kinds.into_iter().collect();
                    format!("no managed resource matches; the kinds are {}", kinds.join(", "))
                }
            }
        } else {
            format!("{}, {what}", counted(items.len(), "managed resources"))
        });
        let changed = items.iter().filter(|item| item.change != Change::Same);
        lines.rows.extend(changed.map(|item| format!("{} {}{}", item.change.name(), item.label(), fields(item))));
        if known > 0 && differ > 0 {
            lines.head.push("(kind and name show one's difference)".to_owned());
        }
    }
    if items.iter().any(|item| item.change == Change::Prune) {
        lines.head.push("(a sync prunes only with prune=true)".to_owned());
    }
    lines.head.extend(unknown.map(|why| format!("Argo CD could not compare them: {why}")));
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all)
            .then(|| format!("cut after {shown} of {all} lines: narrow with kind, namespace, name, or raise maxBytes"))
    });
    Some(Rendered { text, json: None })
}

/// `modified` is false for what would be pruned, so the states decide.
fn change(item: &Value) -> Change {
    let none =
        |key: &str| item.get(key).and_then(Value::as_str).is_none_or(|state| state.is_empty() || state == "null");
    let modified = item.get("modified").and_then(Value::as_bool) == Some(true);
    // What could not be compared has a state without anything in it.
    let empty = |key: &str| item.get(key).and_then(Value::as_str) == Some("{}");
    match (none("normalizedLiveState"), none("predictedLiveState")) {
        _ if empty("normalizedLiveState") && empty("predictedLiveState") => Change::Unknown,
        (true, false) => Change::Create,
        (false, true) if is_kept(item) => Change::Keep,
        (false, true) => Change::Prune,
        _ if modified => Change::Alter,
        _ => Change::Same,
    }
}

/// Whether its annotation forbids to prune a live resource.
fn is_kept(item: &Value) -> bool {
    const OPTIONS: &str = "/metadata/annotations/argocd.argoproj.io~1sync-options";
    let live = item.get("normalizedLiveState").and_then(Value::as_str).and_then(|state| state.parse::<Value>().ok());
    let options = live.as_ref().and_then(|live| live.pointer(OPTIONS)?.as_str());
    options.is_some_and(|options| options.split(',').any(|option| option.trim() == "Prune=false"))
}

/// What the text says: the fields that differ, and of one that was named, or with `show`, its states.
fn summary(item: &Item<'_>, named: bool, show: Option<&str>) -> Value {
    let mut json = json!({ "group": item.text("group"), "kind": item.text("kind"), "namespace": item.text("namespace"), "name": item.text("name"), "change": item.change.name() });
    let Some(map) = json.as_object_mut() else { return json };
    let fields = differing(item);
    if item.change == Change::Alter && !fields.is_empty() {
        map.insert("fields".into(), json!(fields));
    }
    for (state, key) in [("live", "normalizedLiveState"), ("desired", "predictedLiveState")] {
        let wanted = show == Some(state) || (show.is_none_or(|show| show == "diff") && item.change != Change::Same);
        if (named || show.is_some()) && wanted {
            map.insert(state.into(), item.state(key).map(|state| yaml::masked(&state)).unwrap_or_default());
        }
    }
    json
}

fn state(item: &Item<'_>, show: &str) -> String {
    let yaml = |key: &str, write: fn(&Value) -> String| item.state(key).map(|state| write(&state));
    let (live, desired) = ("normalizedLiveState", "predictedLiveState");
    let title = format!("{}: {}", item.label(), item.change.name());
    match show {
        "live" => match yaml(live, yaml::object).filter(|state| state != "{}") {
            Some(state) => format!("{title}\n{state}"),
            None if item.change == Change::Unknown => title,
            None => format!("{title}\ndoes not exist in the cluster"),
        },
        _ if item.change == Change::Unknown => title,
        "desired" => {
            format!("{title}\n{}", yaml(desired, yaml::object).unwrap_or_else(|| "is not in the repository".into()))
        }
        _ if item.change == Change::Same => format!("{title} as in the repository"),
        _ => {
            let text = |key| yaml(key, yaml::comparable).unwrap_or_default();
            format!("{title} (- live, + after a sync)\n{}", diff(&text(live), &text(desired)))
        }
    }
}

/// `: spec.replicas 5 → 3, data.ttl and 4 more` of a resource that would be changed.
fn fields(item: &Item<'_>) -> String {
    if item.change == Change::Keep {
        return ": not in the repository, but annotated Prune=false".to_owned();
    }
    let mut found = differing(item);
    if found.is_empty() {
        return String::new();
    }
    let more = if found.len() > FIELDS { format!(" and {} more", found.len() - FIELDS) } else { String::new() };
    found.truncate(FIELDS);
    format!(": {}{more}", found.join(", "))
}

/// The fields that a sync would change; none of what it would create or prune.
fn differing(item: &Item<'_>) -> Vec<String> {
    let state = |key: &str| item.state(key).map(|state| yaml::masked(&state));
    let mut found = vec![];
    if let (Some(live), Some(desired)) = (state("normalizedLiveState"), state("predictedLiveState")) {
        compare(&live, &desired, "", &mut found);
    }
    found
}

/// Paths at which two states differ, with the values where they are short.
fn compare(live: &Value, desired: &Value, path: &str, found: &mut Vec<String>) {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            let keys: BTreeSet<&String> = live.keys().chain(desired.keys()).collect();
            for key in keys {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let side = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&side(live), &side(desired), &inner, found);
            }
        }
        (Value::Array(live), Value::Array(desired)) if live.len() == desired.len() => {
            for (index, (live, desired)) in live.iter().zip(desired).enumerate() {
                compare(live, desired, &format!("{path}[{index}]"), found);
            }
        }
        (live, desired) if live == desired => {}
        (live, desired) => {
            let short = |value: &Value| {
                let text = if value.is_null() { "none".into() } else { path::scalar(value) };
                Some(shown(&text)).filter(|text| text.len() <= SHORT && !value.is_object() && !value.is_array())
            };
            found.push(
                shown(path)
                    + &match (short(live), short(desired)) {
                        (Some(live), Some(desired)) => format!(" {live} \u{2192} {desired}"),
                        _ => String::new(),
                    },
            );
        }
    }
}

fn diff(live: &str, desired: &str) -> String {
    let (live, desired) = (format!("{live}\n"), format!("{desired}\n"));
    let diff = TextDiff::from_lines(live.trim_start(), desired.trim_start());
    let text = diff.unified_diff().context_radius(AROUND).to_string();
    let text = text.trim_end().to_owned();
    if text.is_empty() { "the difference is in fields that Argo CD manages itself".to_owned() } else { text }
}
