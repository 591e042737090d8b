//! The resource tree: what is well is counted, what is not is shown with its reason.

mod misses;
mod nodes;

use std::collections::BTreeMap;

use nodes::{Node, WELL, nodes};
use serde_json::{Value, json};

use super::{
    Context, Rendered, kind,
    text::{Lines, condense, counted},
};

/// Longest message of a resource, in characters.
const MESSAGE: usize = 120;

/// Shows a tree. Arguments `kind`, `name`, `namespace` and `health` choose resources, which are then shown even when
/// they are well; `orphaned` shows the orphaned ones.
pub fn render(tree: &Value, context: &Context) -> Option<Rendered> {
    let nodes = nodes(tree);
    let chosen: Vec<usize> =
        (0..nodes.len()).filter(|index| nodes.get(*index).is_some_and(|node| is_chosen(node, context))).collect();
    // Of an application that Argo CD could not compare, it knows no resources.
    let is_bare = !wants_orphans(context) && nodes.iter().all(|node| node.orphaned);
    if is_bare && context.comparison.is_none() {
        return None;
    }
    let unknown = context.comparison.as_ref().and_then(|said| said.unknown.as_deref()).filter(|_| is_bare);
    if context.json {
        let items: Vec<Value> = chosen.iter().filter_map(|index| nodes.get(*index)).map(Node::json).collect();
        let total = items.len();
        let mut json = json!({ "items": items, "total": total, "returned": total });
        unknown.zip(json.as_object_mut()).map(|(why, map)| map.insert("unknown".into(), why.into()));
        let note = if total == 0 { misses::tell(&nodes, context).join(" ") } else { String::new() };
        if let Some(map) = json.as_object_mut().filter(|_| !note.is_empty()) {
            map.insert("note".into(), note.into());
        }
        return Some(Rendered { text: String::new(), json: Some(json) });
    }
    let mut lines = Lines::default();
    let orphaned = nodes.iter().filter(|node| node.orphaned).count();
    let managed = nodes.len() - orphaned;
    if is_filtered(context) {
        let those = || nodes.iter().filter(|node| node.orphaned == wants_orphans(context));
        lines.head.push(if wants_orphans(context) && orphaned == 0 {
            "no orphaned resources known; Argo CD looks for them where the project has spec.orphanedResources (get_appproject)".to_owned()
        } else {
            format!("{} of {} resources", chosen.len(), those().count())
        });
        if chosen.is_empty() {
            lines.head.extend(misses::tell(&nodes, context));
        }
        let mut chosen: Vec<&Node<'_>> = chosen.iter().filter_map(|index| nodes.get(*index)).collect();
        chosen.sort_by_key(|node| (node.rank(), node.label()));
        let mut said = (None, String::new());
        lines.rows.extend(chosen.iter().map(|node| {
            // The same message of another workload is shown again.
            if node.parent.is_none() || node.parent != said.0 {
                said = (node.parent, String::new());
            }
            line(node, 0, &mut said.1)
        }));
    } else {
        let unwell = || nodes.iter().filter(|node| !node.orphaned && !node.is_well());
        let repeating = unwell().filter(|node| node.is_passed_over()).count();
        let applications = nodes.iter().filter(|node| node.is_unassessed()).count();
        let state = match (unwell().count() - repeating, repeating) {
            (0, 0) if applications == managed => "none assessed".to_owned(),
            (0, 0) if applications > 0 => "all others well".to_owned(),
            (0, 0) => "all well".to_owned(),
            (shown, 0) => format!("{shown} not well"),
            (shown, repeating) => {
                format!("{shown} not well, and {} above their pods", counted(repeating, "ReplicaSets"))
            }
        };
        lines.head.push(if managed == 0 {
            "no resources".to_owned()
        } else {
            format!("{}, {state}{}", counted(managed, "resources"), containers(&nodes))
        });
        if applications > 0 {
            let applications = counted(applications, "Applications");
            lines.head.push(format!("not assessed here: {applications}; list_applications tells of each"));
        }
        lines.rows.extend(trouble(&nodes));
        lines.head.extend(counts(&nodes));
        if orphaned > 0 {
            lines.head.push(format!("{orphaned} orphaned resources in its namespace: orphaned=true shows them"));
        }
    }
    lines.head.extend(unknown.map(|why| format!("Argo CD could not compare what there is with the repository: {why}")));
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all).then(|| format!("cut after {shown} of {all} lines: narrow with kind, name, health, namespace"))
    });
    Some(Rendered { text, json: None })
}

const FILTERS: &[&str] = &["kind", "name", "namespace", "health"];

fn is_given(context: &Context, name: &str) -> bool {
    context.args.get(name).is_some_and(|value| !value.is_null())
}

fn is_filtered(context: &Context) -> bool {
    FILTERS.iter().any(|name| is_given(context, name)) || wants_orphans(context)
}

fn wants_orphans(context: &Context) -> bool {
    context.args.get("orphaned").and_then(Value::as_bool) == Some(true)
}

fn is_chosen(node: &Node<'_>, context: &Context) -> bool {
    node.orphaned == wants_orphans(context) && FILTERS.iter().all(|name| fits(node, name, context))
}

/// Whether a resource is what one of the filters says.
fn fits(node: &Node<'_>, name: &str, context: &Context) -> bool {
    let have = if name == "health" { node.health() } else { node.text(&format!("/{name}")) };
    let wanted = match context.args.get(name) {
        None | Some(Value::Null) => return true,
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    let have = have.to_lowercase();
    let fits = |wanted: String| match name {
        "name" => have.contains(&wanted),
        "kind" => kind::is_meant(&wanted, &have, &node.text("/group")),
        _ => have == wanted,
    };
    wanted.iter().map(|wanted| wanted.to_lowercase()).any(fits)
}

/// Roots with something below them that is not well, and that below them.
fn trouble(nodes: &[Node<'_>]) -> Vec<String> {
    let is_root = |node: &Node<'_>| node.parent.is_none() && !node.orphaned && node.worst < WELL;
    let mut roots: Vec<usize> = (0..nodes.len()).filter(|index| nodes.get(*index).is_some_and(is_root)).collect();
    roots.sort_by_key(|index| nodes.get(*index).map(|node| (node.worst, node.label())));
    let mut lines = vec![];
    for root in roots {
        let (mut said, mut next) = (String::new(), vec![(root, 0)]);
        while let Some((index, depth)) = next.pop() {
            let Some(node) = nodes.get(index).filter(|node| node.worst < WELL) else { continue };
            let passed_over = node.is_passed_over();
            if !passed_over && (depth == 0 || !node.is_well()) {
                lines.push(line(node, depth, &mut said));
            }
            let below = if passed_over { depth } else { depth + 1 };
            next.extend(node.children.iter().rev().map(|child| (*child, below)));
        }
    }
    lines
}

/// One node as a line. Pods of one workload often say the same: `said` is the last message, which is not repeated.
fn line(node: &Node<'_>, depth: usize, said: &mut String) -> String {
    let state = node.state();
    let separator = if state.is_empty() { "" } else { ": " };
    let label = if depth == 0 { node.label() } else { format!("{} {}", node.named_kind(), node.text("/name")) };
    let line = format!("{}{label}{separator}{state}", "  ".repeat(depth));
    let message = node.text("/health/message");
    if message.is_empty() || node.is_well() || *said == message {
        return line;
    }
    let line = format!("{line}: {}", condense(&message, MESSAGE));
    *said = message;
    line
}

/// `well: 24 ConfigMap, 23 Deployment (below them 48 Pod); below what is not: 3 Pod`: roots by kind, what hangs below
/// them, and what is well although its root is shown.
fn counts(nodes: &[Node<'_>]) -> Option<String> {
    let [mut roots, mut below, mut beside] = [const { BTreeMap::<String, usize>::new() }; 3];
    for node in nodes.iter().filter(|node| !node.orphaned && node.is_well() && !node.is_unassessed()) {
        let counts = match node.parent {
            None => &mut roots,
            Some(_) if root(nodes, node).worst < WELL => &mut beside,
            Some(_) => &mut below,
        };
        *counts.entry(node.named_kind()).or_default() += 1;
    }
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
    };
    let hanging = if below.is_empty() { String::new() } else { format!(" (below them {})", list(&below)) };
    let roots = (!roots.is_empty()).then(|| format!("well: {}{hanging}", list(&roots)));
    let beside = (!beside.is_empty()).then(|| format!("well below what is not: {}", list(&beside)));
    let all: Vec<String> = roots.into_iter().chain(beside).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The root that a node hangs from.
fn root<'n, 'v>(nodes: &'n [Node<'v>], node: &'n Node<'v>) -> &'n Node<'v> {
    let mut at = node;
    while let Some(parent) = at.parent.and_then(|parent| nodes.get(parent)) {
        at = parent;
    }
    at
}

/// `; containers ready 96/102`, of the pods that are well and of those that are not.
fn containers(nodes: &[Node<'_>]) -> String {
    let pods = nodes.iter().filter(|node| node.kind() == "Pod" && !node.orphaned);
    let (up, all) = pods.filter_map(ready).fold((0, 0), |(up, all), (a, b)| (up + a, all + b));
    if all > 0 { format!("; containers ready {up}/{all}") } else { String::new() }
}

/// `1/2` of a pod that is to run; finished ones are not counted.
fn ready(node: &Node<'_>) -> Option<(usize, usize)> {
    if node.info("Status Reason").is_some_and(|reason| matches!(reason.as_str(), "Completed" | "Evicted" | "Succeeded"))
    {
        return None;
    }
    let containers = node.info("Containers")?;
    let (up, all) = containers.split_once('/')?;
    Some((up.parse().ok()?, all.parse().ok()?))
}
