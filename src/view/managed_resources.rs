//! Managed resources: which differ from the repository and how; one resource's difference on request.

mod difference;
mod ignored;
mod item;

use std::collections::BTreeSet;

use difference::{diff, differing, states};
use item::{Change, Item, waits};
use serde_json::{Value, json};

use super::{
    Comparison, Context, Rendered,
    format::times::since,
    kind,
    text::{Lines, counted, first_of, listed},
    yaml,
};
use crate::suggest::similar;

/// Most fields named of a resource that would be changed.
const FIELDS: usize = 3;
/// Said where no resource differs: the cluster may have more than the repository says, which no sync removes.
const NONE: &str = "a sync would change none";
/// The same of a spec that was changed since: what the repository has for it is not known.
const STALE_NONE: &str = "none differed";
/// The same where a sync replaces some whole.
const REPLACED_NONE: &str = "none differs from the repository in what that sets";
/// The tool that makes Argo CD compare at once, which it does by itself every few minutes.
const REFRESH: &str =
    r#"update_application with application={"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}, or "#;
/// Most resources named that a sync replaces.
const REPLACED: usize = 5;

/// Shows what differs; with `name`, one resource's live state against what a sync would make of it.
pub fn render(answer: &Value, context: &Context) -> Option<Rendered> {
    // Which commit was compared, and whether it could be, the application knows.
    let said = context.comparison.as_ref()?;
    let unknown = said.unknown.as_deref();
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let options = said.sync_options.as_deref();
    let mut items: Vec<Item<'_>> = items.iter().map(|value| Item::new(value, options)).collect();
    for item in &mut items {
        let label = item.label();
        item.unsure = said.unsure.contains(&label);
        if said.copied.contains(&label) {
            item.is_copied();
        }
    }
    if unknown.is_some() {
        items.iter_mut().for_each(|item| item.change = Change::Unknown);
    }
    let argument = |name: &str| context.args.get(name).and_then(Value::as_str);
    // Argo CD would compare the kind with regard to case.
    let kinds: BTreeSet<String> = items.iter().map(Item::kind).collect();
    items.retain(|item| {
        argument("kind").is_none_or(|kind| kind::is_meant(kind, &item.text("kind"), &item.text("group")))
    });
    items.sort_by_key(|item| (item.change, item.label()));
    let (show, named) = (argument("show"), argument("name").is_some());
    let none = match said.stale {
        Some(_) => STALE_NONE,
        None if items.iter().any(|item| item.replaced) => REPLACED_NONE,
        None => NONE,
    };
    if context.json {
        let json: Vec<Value> = items.iter().map(|item| summary(item, named, show)).collect();
        let total = json.len();
        let mut json = json!({ "items": json, "total": total, "returned": total });
        let notes = [
            ("unknown", unknown),
            ("compared", said.revisions.as_deref()),
            ("reconciledAt", said.reconciled.as_deref()),
            ("stale", said.stale.as_deref()),
        ];
        if let Some(map) = json.as_object_mut() {
            map.extend(notes.into_iter().filter_map(|(key, note)| Some((key.to_owned(), note?.into()))));
        }
        return Some(Rendered { text: String::new(), json: Some(json) });
    }
    let mut lines = Lines::default();
    if (named || show.is_some()) && !items.is_empty() {
        let show = show.unwrap_or("diff");
        // Of many, a difference is shown of those that differ.
        let differ = |item: &&Item<'_>| named || show != "diff" || item.change != Change::Same;
        for item in items.iter().filter(differ) {
            lines.rows.extend(state(item, show, said).lines().map(str::to_owned));
        }
        if lines.rows.is_empty() {
            lines.head.push(format!("{}, {none}", counted(items.len(), "managed resources")));
        }
    } else {
        let differ = items.iter().filter(|item| item.change != Change::Same).count();
        let known = items.iter().filter(|item| item.change != Change::Unknown).count();
        let what = match (known, differ) {
            (0, _) => "how they differ from the repository is not known".to_owned(),
            (_, 0) => none.to_owned(),
            (_, 1) => "1 differs from the repository".to_owned(),
            _ => format!("{differ} differ from the repository"),
        };
        let asked = |key: &&str| context.args.get(*key).is_some_and(|value| !value.is_null());
        let any = ["kind", "name", "namespace", "group"].iter().any(asked);
        lines.head.push(if items.is_empty() {
            if any { unmatched(kinds, said, context) } else { "no managed resources".to_owned() }
        } else {
            format!("{}, {what}", counted(items.len(), "managed resources"))
        });
        let changed = items.iter().filter(|item| item.change != Change::Same);
        lines.rows.extend(changed.map(|item| format!("{} {}{}", item.change.name(), item.label(), fields(item))));
        if known > 0 && differ > 0 {
            lines.head.push("(kind and name show one's difference)".to_owned());
        }
    }
    if said.deleted {
        lines.head.push("(the application is being deleted: no sync is made any more)".to_owned());
    }
    if unknown.is_none() && !items.is_empty() {
        lines.head.extend(compared(&items, said, context));
    }
    if items.iter().any(|item| item.change == Change::Prune) {
        lines.head.push("(pruned by a sync with prune=true, and by auto-sync where its policy is to prune)".to_owned());
    }
    if unknown.is_none() && items.iter().any(Item::loses) {
        let unless = match options {
            None => ", unless its option RespectIgnoreDifferences is true",
            Some(_) => "; the syncOption RespectIgnoreDifferences=true prevents that",
        };
        let what = if named || show.is_some() { "some of this" } else { "some of these fields" };
        lines.head.push(format!(
            "(Argo CD is told to ignore {what} when it compares; a sync overwrites it nevertheless{unless})"
        ));
    }
    if unknown.is_none() {
        lines.head.extend(replaced(&items));
    }
    lines.head.extend(unknown.map(|why| format!("Argo CD could not compare them: {why}")));
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all).then(|| {
            format!(
                "cut after {shown} of {all} lines: {}",
                if named { "raise maxBytes" } else { "narrow with kind, namespace, name, or raise maxBytes" }
            )
        })
    });
    Some(Rendered { text, json: None })
}

/// What there is in the place of what was asked for: Argo CD leaves out what has another name.
fn unmatched(kinds: BTreeSet<String>, said: &Comparison, context: &Context) -> String {
    let argument = |name: &str| context.args.get(name).and_then(Value::as_str);
    let is_kind = |(kind, _): &&(String, String)| argument("kind").is_none_or(|own| kind::is_meant(own, kind, ""));
    let names = said.resources.iter().filter(is_kind).map(|(_, name)| name.as_str());
    let near = argument("name").map(|name| similar(name, names)).unwrap_or_default();
    let is_named = |(_, name): &&(String, String)| argument("name").is_some_and(|own| own == name);
    if near.is_empty()
        && let Some((kind, name)) = said.hooks.iter().filter(is_kind).find(is_named)
    {
        return format!("no managed resource matches: {kind} {name} is a hook, and hooks are not compared");
    }
    let given = ["kind", "namespace", "group"].into_iter().filter(|name| argument(name).is_some());
    let all: BTreeSet<String> = said.resources.iter().map(|(kind, _)| kind.clone()).chain(kinds).collect();
    match (near.is_empty(), all.is_empty()) {
        (false, _) if argument("name").is_some_and(|name| near.contains(&name)) => {
            let given: Vec<&str> = given.collect();
            format!("no managed resource matches, but there is one of that name: leave {} out", given.join(" and "))
        }
        (false, _) => format!("no managed resource matches: did you mean name={}?", near.join(" or ")),
        (true, false) => format!("no managed resource matches; the kinds are {}", listed(all)),
        (true, true) => "no managed resource matches: leave kind, name, namespace and group out to see all".to_owned(),
    }
}

/// What the text says: the fields that differ, and of one that was named, or with `show`, its states.
fn summary(item: &Item<'_>, named: bool, show: Option<&str>) -> Value {
    let mut json = json!({ "group": item.text("group"), "kind": item.text("kind"), "namespace": item.text("namespace"), "name": item.text("name"), "change": item.change.name() });
    let Some(map) = json.as_object_mut() else { return json };
    let fields = if matches!(item.change, Change::Alter | Change::Overwrite) { differing(item) } else { vec![] };
    for (key, is) in
        [("confirm", waits(item)), ("replaced", item.replaced), ("unsure", item.unsure), ("copied", item.copied)]
    {
        if is {
            map.insert(key.into(), true.into());
        }
    }
    if !fields.is_empty() {
        map.insert("fields".into(), json!(fields));
    }
    for state in ["live", "desired"] {
        let wanted = show == Some(state)
            || (show.is_none_or(|show| show == "diff") && !matches!(item.change, Change::Same | Change::Unknown));
        if (named || show.is_some()) && wanted {
            let whole = show == Some(state);
            let shown = || item.whole(state).map(|state| yaml::masked(&state));
            let compared = || states(item).get(usize::from(state == "desired")).cloned();
            map.insert(state.into(), if whole { shown() } else { compared() }.unwrap_or_default());
        }
    }
    json
}

/// What a sync puts in the place of what is there, as the option `Replace=true` says. Argo CD compares as if it merged.
fn replaced(items: &[Item<'_>]) -> Option<String> {
    let all: Vec<&Item<'_>> = items.iter().filter(|item| item.replaced).collect();
    let how = if all.iter().any(|item| item.forced) { ", those with Force=true by deleting them first" } else { "" };
    let told = format!(
        "(option Replace=true: a sync replaces whole, so that what the repository does not set goes{how}: {})",
        first_of(all.iter().map(|item| item.label()), REPLACED)
    );
    (!all.is_empty()).then_some(told)
}

/// `(compared at f9ad04a 2m ago: …)`, and of a spec that was changed since what it was then.
fn compared(items: &[Item<'_>], said: &Comparison, context: &Context) -> Option<String> {
    let when = said.reconciled.as_deref().map(Value::from);
    let at = |revision| format!(" at {}", since(revision, when.as_ref(), context.now));
    let revision = said.revisions.as_deref().map(at).unwrap_or_default();
    match &said.stale {
        Some(then) => Some(format!("(not compared since its spec changed: this is of {then}, compared{revision})")),
        None if revision.is_empty() => None,
        None if items.iter().all(|item| item.change == Change::Same) => {
            let tool = if context.read_only { "" } else { REFRESH };
            Some(format!(
                "(compared{revision}; later commits are not in it. To have Argo CD look now: {tool}`argocd app get NAME --refresh`.)"
            ))
        }
        None => Some(format!("(compared{revision})")),
    }
}

fn state(item: &Item<'_>, show: &str, said: &Comparison) -> String {
    let title = format!("{}: {}", item.label(), item.change.name());
    let alone = || item.whole(show).map(|state| yaml::object(&state)).filter(|state| state != "{}");
    match show {
        "live" => match alone() {
            Some(state) => format!("{title} (live)\n{state}"),
            None if item.change == Change::Unknown => title,
            None => format!("{title}\ndoes not exist in the cluster"),
        },
        _ if item.change == Change::Unknown => title,
        "desired" => match alone() {
            Some(state) => format!("{title} (after a sync)\n{state}"),
            None => format!("{title}\nis not in the repository"),
        },
        _ if item.change == Change::Same && (said.stale.is_some() || item.replaced) => title,
        _ if item.change == Change::Same => format!("{title}: a sync would change nothing"),
        _ if matches!(item.change, Change::Keep | Change::Skip) => format!("{title}{}", fields(item)),
        _ if waits(item) => format!("{title}{} (- live, + after a sync)\n{}", fields(item), diff(item)),
        _ => format!("{title} (- live, + after a sync)\n{}", diff(item)),
    }
}

/// `: spec.replicas 5 → 3, data.ttl and 4 more` of a resource that would be changed.
fn fields(item: &Item<'_>) -> String {
    match item.change {
        Change::Keep if item.copied => {
            return ": its tracking id is of another resource, so no sync prunes it".to_owned();
        }
        Change::Keep => {
            return ": not in the repository, but Prune=false, its own or its application's, keeps it".to_owned();
        }
        Change::Skip => return ": annotated argocd.argoproj.io/hook=Skip, so no sync touches it".to_owned(),
        Change::Unknown => return String::new(),
        _ => {}
    }
    if waits(item) {
        return ": once a person has confirmed it".to_owned();
    }
    if item.unsure {
        return ": not compared with the others, as its project may not permit it; then a sync of all fails".to_owned();
    }
    let found = differing(item);
    if found.is_empty() {
        return String::new();
    }
    format!(": {}", first_of(found.into_iter(), FIELDS))
}
