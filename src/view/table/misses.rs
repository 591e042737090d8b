//! What a list has in the place of what was asked for, when nothing matches.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Filter, Op, intake::most_first};
use crate::{
    suggest::similar,
    view::{
        path,
        text::{self, listed},
    },
};

/// Most different values that are remembered of a filter.
const SEEN: usize = 1000;

/// What was seen of the filters that were set.
#[derive(Debug, Default)]
pub(super) struct Misses(BTreeMap<&'static str, Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Some item has what was asked for; it is another filter that lets none pass.
    hit: bool,
    /// Values, and how many items have them.
    values: BTreeMap<String, usize>,
}

impl Misses {
    /// An item has this value, as it is written.
    pub(super) fn see(&mut self, filter: &Filter, value: Option<&String>, hit: bool) {
        let seen = self.0.entry(filter.arg).or_default();
        seen.hit |= hit;
        if let Some(value) = value.map(|value| text::shown(value))
            && (seen.values.len() < SEEN || seen.values.contains_key(&value))
        {
            *seen.values.entry(value).or_default() += 1;
        }
    }

    /// A line for each filter that no item fits, or one for all where each fits some.
    pub(super) fn tell(&self, filters: &[Filter], args: &Map<String, Value>) -> Vec<String> {
        let line = |filter: &Filter| {
            let seen = &self.0.get(filter.arg).filter(|seen| !seen.hit && !seen.values.is_empty())?.values;
            if let Op::Glob = filter.op {
                let wanted = path::scalar(args.get(filter.arg)?);
                let similar = similar(&wanted, seen.keys().map(String::as_str));
                if !similar.is_empty() {
                    return Some(format!("{}: did you mean {}?", filter.arg, similar.join(" or ")));
                }
            }
            Some(format!("{} is one of: {}", filter.arg, most(seen)))
        };
        let set = filters.iter().filter_map(|filter| Some((filter.arg, self.0.get(filter.arg)?)));
        let hit: Vec<&str> = set.clone().filter(|(_, seen)| seen.hit).map(|(arg, _)| arg).collect();
        if hit.len() > 1 && hit.len() == set.count() {
            return vec![text::none_fits_all(&hit)];
        }
        filters.iter().filter_map(line).collect()
    }
}

/// `in-cluster (20), edge-eu (3)`, the most frequent first; names, of which each is there once, without numbers.
fn most(seen: &BTreeMap<String, usize>) -> String {
    let is_name = seen.values().all(|count| *count == 1);
    let told = |(value, count)| if is_name { value } else { format!("{value} ({count})") };
    listed(most_first(seen.clone()).into_iter().map(told))
}
