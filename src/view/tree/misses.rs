//! What a tree has instead, when nothing matches the filters.

use std::collections::BTreeSet;

use super::{FILTERS, Node, fits, is_given, wants_orphans};
use crate::{
    suggest::similar,
    view::{
        Context, path,
        text::{counted, listed, none_fits_all},
    },
};

/// A line for each filter that no resource fits, or one for all where each fits some, or that orphans do.
pub(super) fn tell(nodes: &[Node<'_>], context: &Context) -> Vec<String> {
    let is_fitting = |node: &&Node<'_>| node.orphaned && FILTERS.iter().all(|name| fits(node, name, context));
    let fitting = nodes.iter().filter(is_fitting).count();
    if !wants_orphans(context) && fitting > 0 {
        let (fit, them) = if fitting == 1 { ("fits", "it") } else { ("fit", "them") };
        return vec![format!("{} {fit}: orphaned=true shows {them}", counted(fitting, "orphaned resources"))];
    }
    let those = || nodes.iter().filter(|node| node.orphaned == wants_orphans(context));
    let set: Vec<&str> = FILTERS.iter().copied().filter(|name| is_given(context, name)).collect();
    let missed = |name: &&str| !those().any(|node| fits(node, name, context));
    if those().next().is_some() && set.len() > 1 && !set.iter().any(missed) {
        return vec![none_fits_all(&set)];
    }
    let line = |name: &str| {
        let what = if name == "health" { "health".to_owned() } else { format!("{name}s") };
        let of = |node: &Node<'_>| match name {
            "kind" => node.named_kind(),
            "health" => node.health(),
            _ => node.text(&format!("/{name}")),
        };
        let there: BTreeSet<String> = those().map(of).filter(|text| !text.is_empty()).collect();
        let wanted = context.args.get(name).map(path::scalar).unwrap_or_default();
        let similar = similar(&wanted, there.iter().map(String::as_str).filter(|_| name == "name"));
        match (there.is_empty(), similar.is_empty()) {
            (true, _) => None,
            (false, false) => Some(format!("name: did you mean {}?", similar.join(" or "))),
            (false, true) => Some(format!("its {what}: {}", listed(there))),
        }
    };
    set.into_iter().filter(missed).filter_map(line).collect()
}
