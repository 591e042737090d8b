//! The resources of a tree, and how they hang together.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::view::{kind, text::shown};

/// Health from worst to best; what has none is well.
pub(super) const HEALTH: &[&str] = &["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy", ""];
/// The rank of `Healthy`, the first that counts as well.
pub(super) const WELL: usize = HEALTH.len() - 2;

pub(super) struct Node<'a> {
    value: &'a Value,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) orphaned: bool,
    /// Rank of the worst health among this node and those below it.
    pub(super) worst: usize,
}

impl Node<'_> {
    pub(super) fn text(&self, pointer: &str) -> String {
        self.value.pointer(pointer).and_then(Value::as_str).map(shown).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> String {
        self.text("/kind")
    }

    pub(super) fn named_kind(&self) -> String {
        kind::named(&self.text("/group"), &self.kind())
    }

    pub(super) fn health(&self) -> String {
        if self.is_nowhere() { "Missing".to_owned() } else { self.text("/health/status") }
    }

    /// Whether the resource is missing. Before 3.2 Argo CD does not say so: it then has nothing but a name.
    fn is_nowhere(&self) -> bool {
        let known = ["uid", "resourceVersion", "createdAt", "health"].iter().any(|key| self.value.get(key).is_some());
        !known && !self.orphaned
    }

    pub(super) fn rank(&self) -> usize {
        let health = self.health();
        let rank = |wanted: &str| HEALTH.iter().position(|known| *known == wanted);
        rank(&health).or_else(|| rank("Unknown")).unwrap_or_default()
    }

    pub(super) fn is_well(&self) -> bool {
        matches!(self.health().as_str(), "" | "Healthy")
    }

    /// Whether it is an Application without a health: Argo CD gives it one only if somebody wrote a check.
    pub(super) fn is_unassessed(&self) -> bool {
        self.kind() == "Application" && self.health().is_empty() && !self.orphaned
    }

    /// A ReplicaSet repeats what its Deployment and its pods say, unless it cannot make more of them: then it is
    /// degraded, and alone says why.
    pub(super) fn is_passed_over(&self) -> bool {
        let repeats = self.kind() == "ReplicaSet" && self.health() != "Degraded";
        repeats && self.parent.is_some() && !self.children.is_empty()
    }

    /// One of the facts Argo CD gathers of a resource: `Status Reason`, `Containers`, `Restart Count`, `Node`.
    pub(super) fn info(&self, name: &str) -> Option<String> {
        let infos = self.value.get("info").and_then(Value::as_array)?;
        let found = infos.iter().find(|info| info.get("name").and_then(Value::as_str) == Some(name))?;
        found.get("value").and_then(Value::as_str).map(shown)
    }

    /// The values that the text is made of, under Argo CD's keys.
    pub(super) fn json(&self) -> Value {
        const KEYS: &[&str] = &["group", "kind", "namespace", "name", "health", "images", "info", "createdAt"];
        let kept = KEYS.iter().filter_map(|key| Some(((*key).to_owned(), self.value.get(key)?.clone())));
        let orphaned = self.orphaned.then(|| ("orphaned".to_owned(), Value::Bool(true)));
        let missing = self.is_nowhere().then(|| ("health".to_owned(), json!({ "status": "Missing" })));
        Value::Object(kept.chain(orphaned).chain(missing).collect())
    }

    pub(super) fn label(&self) -> String {
        kind::label(&self.named_kind(), &self.text("/namespace"), &self.text("/name"))
    }

    /// `Degraded, 0/2 ready, 7 restarts, ImagePullBackOff, on lab-node-1, image search:1.30.0`
    pub(super) fn state(&self) -> String {
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

/// The nodes of a tree, each with its parent. What hangs from an orphan, or from itself, is a root.
pub(super) fn nodes(tree: &Value) -> Vec<Node<'_>> {
    let list = |key: &str| tree.get(key).and_then(Value::as_array).into_iter().flatten();
    let node = |value, orphaned| Node { value, parent: None, children: vec![], orphaned, worst: HEALTH.len() };
    let mut nodes: Vec<Node<'_>> = list("nodes")
        .map(|value| node(value, false))
        .chain(list("orphanedNodes").map(|value| node(value, true)))
        .collect();
    let uid = |value: &Value| value.get("uid").and_then(Value::as_str).map(str::to_owned);
    let places: HashMap<String, usize> =
        nodes.iter().enumerate().filter_map(|(index, node)| Some((uid(node.value)?, index))).collect();
    let is_orphan = |index: usize| nodes.get(index).is_some_and(|node| node.orphaned);
    let mut parents: Vec<Option<usize>> = nodes
        .iter()
        .map(|node| {
            let parent = *places.get(&node.value.pointer("/parentRefs/0").and_then(uid)?)?;
            Some(parent).filter(|parent| node.orphaned || !is_orphan(*parent))
        })
        .collect();
    let order = from_the_roots(&mut parents);
    for (index, parent) in parents.into_iter().enumerate() {
        if let Some(node) = nodes.get_mut(index) {
            node.parent = parent;
        }
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            parent.children.push(index);
        }
    }
    for index in order.into_iter().rev() {
        let Some(node) = nodes.get_mut(index) else { continue };
        node.worst = node.worst.min(node.rank());
        let (worst, parent) = (node.worst, node.parent);
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            parent.worst = parent.worst.min(worst);
        }
    }
    nodes
}

/// Parents before their children. Where parents go round, one of them has none from now on.
fn from_the_roots(parents: &mut [Option<usize>]) -> Vec<usize> {
    let (mut order, mut placed) = (vec![], vec![false; parents.len()]);
    for start in 0..parents.len() {
        let (mut way, mut at) = (vec![], Some(start));
        while let Some(index) = at.filter(|index| placed.get(*index) == Some(&false)) {
            if let Some(placed) = placed.get_mut(index) {
                *placed = true;
            }
            way.push(index);
            at = parents.get(index).copied().flatten();
        }
        // A circle: it came back to where it had been.
        if let (Some(last), Some(at)) = (way.last(), at)
            && way.contains(&at)
            && let Some(parent) = parents.get_mut(*last)
        {
            *parent = None;
        }
        order.extend(way.into_iter().rev());
    }
    order
}
