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
const SHORT: usize = 24;

/// What syncing would do to a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Create,
    Prune,
    Alter,
    Same,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Prune => "prune",
            Self::Alter => "change",
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

/// Shows what differs; with `name`, one resource's live state against what a sync would make of it.
pub fn render(answer: &Value, context: &Context) -> Rendered {
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut items: Vec<Item<'_>> = items.iter().map(|value| Item { value, change: change(value) }).collect();
    let argument = |name: &str| context.args.get(name).and_then(Value::as_str);
    // Argo CD would compare the kind with regard to case.
    items.retain(|item| argument("kind").is_none_or(|kind| item.text("kind").eq_ignore_ascii_case(kind)));
    items.sort_by_key(|item| (item.change, item.label()));
    let (show, named) = (argument("show"), argument("name").is_some());
    if context.json {
        let json: Vec<Value> = items.iter().map(|item| summary(item, named, show)).collect();
        let total = json.len();
        return Rendered {
            text: String::new(),
            json: Some(json!({ "items": json, "total": total, "returned": total })),
        };
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
        let what = if differ == 0 {
            "none differs from the repository".to_owned()
        } else {
            format!("{differ} differ from the repository")
        };
        let asked = |key: &&str| context.args.get(*key).is_some_and(|value| !value.is_null());
        let any = ["kind", "name", "namespace", "group"].iter().any(asked);
        lines.head.push(if items.is_empty() {
            (if any { "no managed resource matches" } else { "no managed resources" }).to_owned()
        } else {
            format!("{}, {what}", counted(items.len(), "managed resources"))
        });
        let changed = items.iter().filter(|item| item.change != Change::Same);
        lines.rows.extend(changed.map(|item| format!("{} {}{}", item.change.name(), item.label(), fields(item))));
        if differ > 0 {
            lines.head.push("(kind and name show one's difference)".to_owned());
        }
    }
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all)
            .then(|| format!("cut after {shown} of {all} lines: narrow with kind, namespace, name, or raise maxBytes"))
    });
    Rendered { text, json: None }
}

/// `modified` is false for what would be pruned, so the states decide.
fn change(item: &Value) -> Change {
    let none =
        |key: &str| item.get(key).and_then(Value::as_str).is_none_or(|state| state.is_empty() || state == "null");
    let modified = item.get("modified").and_then(Value::as_bool) == Some(true);
    match (none("normalizedLiveState"), none("predictedLiveState")) {
        (true, false) => Change::Create,
        (false, true) => Change::Prune,
        _ if modified => Change::Alter,
        _ => Change::Same,
    }
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
        "live" => {
            format!("{title}\n{}", yaml(live, yaml::object).unwrap_or_else(|| "does not exist in the cluster".into()))
        }
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
