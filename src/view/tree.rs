//! The resource tree: what is well is counted, what is not is shown with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{
    Context, Rendered,
    text::{Lines, condense, counted, shown},
};

/// Longest message of a resource, in characters.
const MESSAGE: usize = 120;

/// Health from worst to best; what has none is well.
const HEALTH: &[&str] = &["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy", ""];

struct Node<'a> {
    value: &'a Value,
    parent: Option<usize>,
    children: Vec<usize>,
    orphaned: bool,
}

impl Node<'_> {
    fn text(&self, pointer: &str) -> String {
        self.value.pointer(pointer).and_then(Value::as_str).map(shown).unwrap_or_default()
    }

    fn kind(&self) -> String {
        self.text("/kind")
    }

    fn health(&self) -> String {
        if self.is_nowhere() { "Missing".to_owned() } else { self.text("/health/status") }
    }

    /// Before 3.2 Argo CD does not say of a resource that it is missing: all that is known is how it is called.
    fn is_nowhere(&self) -> bool {
        let known = ["uid", "resourceVersion", "createdAt", "health"].iter().any(|key| self.value.get(key).is_some());
        !known && !self.orphaned
    }

    fn rank(&self) -> usize {
        let health = self.health();
        HEALTH.iter().position(|known| *known == health).unwrap_or(2)
    }

    fn is_well(&self) -> bool {
        matches!(self.health().as_str(), "" | "Healthy")
    }

    /// A ReplicaSet repeats what its Deployment and its pods say.
    fn is_passed_over(&self) -> bool {
        self.kind() == "ReplicaSet" && self.parent.is_some() && !self.children.is_empty()
    }

    /// One of the facts Argo CD gathers of a resource: `Status Reason`, `Containers`, `Restart Count`, `Node`.
    fn info(&self, name: &str) -> Option<String> {
        let infos = self.value.get("info").and_then(Value::as_array)?;
        let found = infos.iter().find(|info| info.get("name").and_then(Value::as_str) == Some(name))?;
        found.get("value").and_then(Value::as_str).map(shown)
    }

    /// The values that the text is made of, under their own keys.
    fn json(&self) -> Value {
        const KEYS: &[&str] = &["group", "kind", "namespace", "name", "health", "images", "info", "createdAt"];
        let kept = KEYS.iter().filter_map(|key| Some(((*key).to_owned(), self.value.get(key)?.clone())));
        let orphaned = self.orphaned.then(|| ("orphaned".to_owned(), Value::Bool(true)));
        let missing = self.is_nowhere().then(|| ("health".to_owned(), json!({ "status": "Missing" })));
        Value::Object(kept.chain(orphaned).chain(missing).collect())
    }

    fn label(&self) -> String {
        let (namespace, name) = (self.text("/namespace"), self.text("/name"));
        if namespace.is_empty() {
            format!("{} {name}", self.kind())
        } else {
            format!("{} {namespace}/{name}", self.kind())
        }
    }

    /// `Degraded, 0/2 ready, 7 restarts, ImagePullBackOff, on lab-node-1, image search:1.30.0`
    fn state(&self) -> String {
        let images = self.value.get("images").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let images: Vec<String> =
            images.filter_map(|image| Some(shown(image).rsplit('/').next()?.to_owned())).collect();
        let parts = [
            Some(self.health()).filter(|health| !health.is_empty()),
            self.info("Containers").map(|ready| format!("{ready} ready")),
            self.info("Restart Count").map(|count| format!("{count} restarts")),
            self.info("Status Reason").filter(|reason| reason != "Running"),
            self.info("Node").map(|node| format!("on {node}")),
            (!images.is_empty()).then(|| images.join(" + ")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Shows a tree. Arguments `kind`, `name`, `namespace` and `health` choose resources, which are then shown even when
/// they are well; `orphaned` shows the orphaned ones.
pub fn render(tree: &Value, context: &Context) -> Option<Rendered> {
    let nodes = nodes(tree);
    let chosen: Vec<usize> =
        (0..nodes.len()).filter(|index| nodes.get(*index).is_some_and(|node| is_chosen(node, context))).collect();
    if context.json {
        let items: Vec<Value> = chosen.iter().filter_map(|index| nodes.get(*index)).map(Node::json).collect();
        let total = items.len();
        return Some(Rendered {
            text: String::new(),
            json: Some(json!({ "items": items, "total": total, "returned": total })),
        });
    }
    let mut lines = Lines::default();
    let orphaned = nodes.iter().filter(|node| node.orphaned).count();
    let managed = nodes.len() - orphaned;
    if is_filtered(context) {
        lines.head.push(if wants_orphans(context) && orphaned == 0 {
            "no orphaned resources".to_owned()
        } else {
            format!("{} of {} resources", chosen.len(), nodes.len())
        });
        for (key, what) in [("kind", "kinds"), ("namespace", "namespaces")] {
            let asked = context.args.get(key).is_some_and(|value| !value.is_null());
            if chosen.is_empty() && !nodes.is_empty() && asked {
                let there: BTreeSet<String> = nodes.iter().map(|node| node.text(&format!("/{key}"))).collect();
                let there: Vec<String> = there.into_iter().filter(|text| !text.is_empty()).collect();
                lines.head.push(format!("its {what}: {}", there.join(", ")));
            }
        }
        let mut chosen: Vec<&Node<'_>> = chosen.iter().filter_map(|index| nodes.get(*index)).collect();
        chosen.sort_by_key(|node| (node.rank(), node.label()));
        let mut said = String::new();
        lines.rows.extend(chosen.iter().map(|node| line(node, 0, &mut said)));
    } else {
        let unwell = || nodes.iter().filter(|node| !node.orphaned && !node.is_well());
        let repeating = unwell().filter(|node| node.is_passed_over()).count();
        let state = match (unwell().count() - repeating, repeating) {
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
        lines.rows.extend(trouble(&nodes));
        lines.head.extend(counts(&nodes));
        if orphaned > 0 {
            lines.head.push(format!("{orphaned} orphaned resources in its namespace: orphaned=true shows them"));
        }
    }
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all).then(|| format!("cut after {shown} of {all} lines: narrow with kind, name, health, namespace"))
    });
    Some(Rendered { text, json: None })
}

fn nodes(tree: &Value) -> Vec<Node<'_>> {
    let list = |key: &str| tree.get(key).and_then(Value::as_array).into_iter().flatten();
    let node = |value, orphaned| Node { value, parent: None, children: vec![], orphaned };
    let mut nodes: Vec<Node<'_>> = list("nodes")
        .map(|value| node(value, false))
        .chain(list("orphanedNodes").map(|value| node(value, true)))
        .collect();
    let uid = |value: &Value| value.get("uid").and_then(Value::as_str).map(str::to_owned);
    let places: HashMap<String, usize> =
        nodes.iter().enumerate().filter_map(|(index, node)| Some((uid(node.value)?, index))).collect();
    let parents: Vec<Option<usize>> = nodes
        .iter()
        .map(|node| node.value.pointer("/parentRefs/0").and_then(uid).and_then(|uid| places.get(&uid).copied()))
        .collect();
    for (index, parent) in parents.into_iter().enumerate() {
        if let Some(node) = nodes.get_mut(index) {
            node.parent = parent;
        }
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            parent.children.push(index);
        }
    }
    nodes
}

const FILTERS: &[&str] = &["kind", "name", "namespace", "health"];

fn is_filtered(context: &Context) -> bool {
    let given = |name: &&str| context.args.get(*name).is_some_and(|value| !value.is_null());
    FILTERS.iter().any(given) || wants_orphans(context)
}

fn wants_orphans(context: &Context) -> bool {
    context.args.get("orphaned").and_then(Value::as_bool) == Some(true)
}

fn is_chosen(node: &Node<'_>, context: &Context) -> bool {
    let fits = |name: &&str| {
        let have = if *name == "health" { node.health() } else { node.text(&format!("/{name}")) };
        let wanted = match context.args.get(*name) {
            None | Some(Value::Null) => return true,
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(one) => one.as_str().into_iter().collect::<Vec<_>>(),
        };
        let have = have.to_lowercase();
        let fits = |wanted: String| if *name == "name" { have.contains(&wanted) } else { have == wanted };
        wanted.iter().map(|wanted| wanted.to_lowercase()).any(fits)
    };
    FILTERS.iter().all(fits) && (node.orphaned == wants_orphans(context) || !node.orphaned && !wants_orphans(context))
}

/// Roots with something below them that is not well, and that below them.
fn trouble(nodes: &[Node<'_>]) -> Vec<String> {
    let mut roots: Vec<usize> = (0..nodes.len())
        .filter(|index| nodes.get(*index).is_some_and(|node| node.parent.is_none() && !node.orphaned))
        .filter(|index| worst(nodes, *index) < HEALTH.len() - 2)
        .collect();
    roots.sort_by_key(|index| (worst(nodes, *index), nodes.get(*index).map(Node::label)));
    let mut lines = vec![];
    let mut said = String::new();
    for root in roots {
        descend(nodes, root, 0, &mut said, &mut lines);
    }
    lines
}

/// Rank of the worst health in a subtree.
fn worst(nodes: &[Node<'_>], index: usize) -> usize {
    let Some(node) = nodes.get(index) else { return HEALTH.len() };
    node.children.iter().map(|child| worst(nodes, *child)).chain([node.rank()]).min().unwrap_or(HEALTH.len())
}

fn descend(nodes: &[Node<'_>], index: usize, depth: usize, said: &mut String, lines: &mut Vec<String>) {
    let Some(node) = nodes.get(index) else { return };
    let passed_over = node.is_passed_over();
    if !passed_over && (depth == 0 || !node.is_well()) {
        lines.push(line(node, depth, said));
    }
    let below = if passed_over { depth } else { depth + 1 };
    for child in &node.children {
        if worst(nodes, *child) < HEALTH.len() - 2 {
            descend(nodes, *child, below, said, lines);
        }
    }
}

/// What pods of one Deployment wait for is said once: `said` is the last message.
fn line(node: &Node<'_>, depth: usize, said: &mut String) -> String {
    let state = node.state();
    let separator = if state.is_empty() { "" } else { ": " };
    let label = if depth == 0 { node.label() } else { format!("{} {}", node.kind(), node.text("/name")) };
    let line = format!("{}{label}{separator}{state}", "  ".repeat(depth));
    let message = node.text("/health/message");
    if message.is_empty() || node.is_well() || *said == message {
        return line;
    }
    let line = format!("{line}: {}", condense(&message, MESSAGE));
    *said = message;
    line
}

/// `well: 24 ConfigMap, 23 Deployment (48 Pod, 53 ReplicaSet)`: roots by kind, and what hangs below them.
fn counts(nodes: &[Node<'_>]) -> Option<String> {
    let (mut roots, mut below): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
    for node in nodes.iter().filter(|node| !node.orphaned && node.is_well()) {
        let counts = if node.parent.is_none() { &mut roots } else { &mut below };
        *counts.entry(node.kind()).or_default() += 1;
    }
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
    };
    match (roots.is_empty(), below.is_empty()) {
        (true, true) => None,
        (_, true) => Some(format!("well: {}", list(&roots))),
        _ => Some(format!("well: {} (below them {})", list(&roots), list(&below))),
    }
}

/// `; containers ready 96/102`, of the pods that are well and of those that are not.
fn containers(nodes: &[Node<'_>]) -> String {
    let pods = nodes.iter().filter(|node| node.kind() == "Pod" && !node.orphaned);
    let (up, all) = pods.filter_map(ready).fold((0, 0), |(up, all), (a, b)| (up + a, all + b));
    if all > 0 { format!("; containers ready {up}/{all}") } else { String::new() }
}

/// `1/2` of a pod that is to run; finished ones are not counted.
fn ready(node: &Node<'_>) -> Option<(usize, usize)> {
    if node.info("Status Reason").as_deref() == Some("Completed") {
        return None;
    }
    let containers = node.info("Containers")?;
    let (up, all) = containers.split_once('/')?;
    Some((up.parse().ok()?, all.parse().ok()?))
}
