//! What a list has in the place of what was asked for, when nothing matches.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Filter, Op, intake::most_first};
use crate::{
    suggest::similar,
    view::{path, text},
};

/// Most different values that are remembered of a filter.
const SEEN: usize = 1000;
/// Most values that are told.
const TOLD: usize = 12;

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

    /// A line for each filter by a text that no item has. Words to choose from stand in the schema.
    pub(super) fn tell(&self, filters: &[Filter], args: &Map<String, Value>) -> Vec<String> {
        let line = |filter: &Filter| {
            let seen = &self.0.get(filter.arg).filter(|seen| !seen.hit && !seen.values.is_empty())?.values;
            match filter.op {
                Op::Any => None,
                Op::Equal => Some(format!("{} is one of: {}", filter.arg, most(seen))),
                Op::Glob => {
                    let wanted = path::scalar(args.get(filter.arg)?);
                    let similar = similar(&wanted, seen.keys().map(String::as_str));
                    (!similar.is_empty()).then(|| format!("{}: did you mean {}?", filter.arg, similar.join(" or ")))
                }
            }
        };
        filters.iter().filter_map(line).collect()
    }
}

/// `in-cluster (20), edge-eu (3)`, the most frequent first.
fn most(seen: &BTreeMap<String, usize>) -> String {
    let seen = most_first(seen.clone());
    let more = seen.len().saturating_sub(TOLD);
    let told = seen.iter().take(TOLD).map(|(value, count)| format!("{value} ({count})"));
    let more = (more > 0).then(|| format!("{more} more"));
    told.chain(more).collect::<Vec<_>>().join(", ")
}
