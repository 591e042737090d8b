//! Takes the items of a list one by one and keeps only those that can still be shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wildmatch::WildMatch;

use super::{gist::gist, misses::Misses};
use crate::view::{Context, Fold, Op, Path, Table, format, path, text};

/// The items of a list that are to be shown, and what is known of the others.
#[derive(Debug, Default)]
pub struct Page {
    /// Items in order, after `offset` and `limit`.
    pub items: Vec<Value>,
    /// Items in the answer.
    pub total: usize,
    /// Items that passed the filters.
    pub passed: usize,
    /// What is left of them after folding.
    pub matched: usize,
    /// Per count of the table: values and how often, most first.
    pub counts: Vec<Vec<(String, usize)>>,
    /// Where nothing passed the filters: what there is instead.
    pub misses: Vec<String>,
}

/// Takes items one by one and keeps only those that can still be shown.
pub struct Intake<'a> {
    table: &'static Table,
    context: &'a Context,
    keep: usize,
    total: usize,
    passed: usize,
    matched: usize,
    counts: Vec<BTreeMap<String, usize>>,
    kept: Vec<(Vec<Key>, usize, Value)>,
    folded: BTreeMap<Vec<String>, Folded>,
    misses: Misses,
}

/// Items that agree.
struct Folded {
    count: u64,
    /// Their texts are not all the same.
    differ: bool,
    latest: Value,
}

/// A place in an order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Position in a listed order.
    Rank(usize),
    /// Natural order.
    Natural(Natural),
    /// Natural order, largest first.
    Reversed(std::cmp::Reverse<Natural>),
}

/// What is missing, then numbers, then texts: of `9`, `10` and `1a` each pair has one order only.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Natural {
    Missing,
    Number(i64),
    Text(String),
}

impl From<Option<String>> for Natural {
    fn from(value: Option<String>) -> Self {
        match value.filter(|text| !text.is_empty()) {
            None => Self::Missing,
            Some(text) => text.parse().map_or(Self::Text(text), Self::Number),
        }
    }
}

impl<'a> Intake<'a> {
    /// A fold that has seen nothing yet.
    pub fn new(table: &'static Table, context: &'a Context, limit: usize, offset: usize) -> Self {
        let counts = table.counts.iter().map(|_| BTreeMap::new()).collect();
        Self {
            table,
            context,
            keep: limit.saturating_add(offset),
            total: 0,
            passed: 0,
            matched: 0,
            counts,
            kept: vec![],
            folded: BTreeMap::new(),
            misses: Misses::default(),
        }
    }

    /// Takes an item.
    pub fn push(&mut self, item: Value) {
        self.total += 1;
        if !self.passes(&item) {
            return;
        }
        self.passed += 1;
        match self.table.fold.as_ref() {
            Some(fold) => self.fold(fold, item),
            None => self.keep_item(item),
        }
    }

    /// Keeps the latest of the items that agree, and how many there are.
    fn fold(&mut self, fold: &Fold, item: Value) {
        let mut by: Vec<String> = fold.by.iter().map(|path| path::text(&item, path).unwrap_or_default()).collect();
        let said = path::text(&item, fold.text).filter(|_| !fold.text.is_empty());
        // JSON has every text there is.
        by.extend(said.as_deref().map(|said| if self.context.json { said.to_owned() } else { gist(said) }));
        let times = |path: &&Path| path::text(&item, path)?.parse().ok().filter(|count| *count > 0);
        let times: u64 = fold.count.iter().find_map(|path| times(&path)).unwrap_or(1);
        let when = |item: &Value| fold.latest.iter().find_map(|path| path::text(item, path));
        let new = || Folded { count: 0, differ: false, latest: item.clone() };
        let entry = self.folded.entry(by).or_insert_with(new);
        entry.count += times;
        entry.differ |= said != path::text(&entry.latest, fold.text).filter(|_| !fold.text.is_empty());
        // Times may be of whole seconds; what comes later in the answer is newer then.
        if when(&item) >= when(&entry.latest) {
            entry.latest = item;
        }
    }

    fn keep_item(&mut self, item: Value) {
        self.matched += 1;
        for (count, totals) in self.table.counts.iter().zip(&mut self.counts) {
            let value = path::text(&item, count.path).or_else(|| self.table.missing(count.path));
            let value = value.unwrap_or_else(|| "unknown".into());
            *totals.entry(text::shown(&value)).or_default() += 1;
        }
        let keys = self.table.sort.iter().map(|sort| {
            let value = sort.paths.iter().find_map(|path| path::text(&item, path));
            let value = value.or_else(|| sort.paths.iter().find_map(|path| self.table.missing(path)));
            if !sort.order.is_empty() {
                let listed = value.and_then(|value| sort.rank(&value));
                return Key::Rank(listed.unwrap_or(sort.order.len()));
            }
            let natural = Natural::from(value);
            if sort.descending { Key::Reversed(std::cmp::Reverse(natural)) } else { Key::Natural(natural) }
        });
        self.kept.push((keys.collect(), self.matched, item));
        if self.kept.len() > self.keep.saturating_mul(2).max(256) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.kept.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        self.kept.truncate(self.keep);
    }

    fn passes(&mut self, item: &Value) -> bool {
        if !self.table.takes(item) {
            return false;
        }
        let mut passes = true;
        for filter in self.table.filters {
            let Some(wanted) = self.context.args.get(filter.arg).filter(|wanted| !wanted.is_null()) else { continue };
            let mut have = format::compared(&filter.cell, item, self.context.now);
            if have.is_empty() && !filter.missing.is_empty() {
                have.push(filter.missing.to_owned());
            }
            let wanted = format::as_written(&filter.cell, wanted);
            let fits = have.iter().any(|have| matches(filter.op, &wanted, have));
            passes &= fits;
            if self.passed == 0 {
                self.misses.see(filter, have.last(), fits);
            } else if !fits {
                return false;
            }
        }
        passes
    }

    /// Orders what is left and cuts the page out of it.
    pub fn finish(mut self, offset: usize) -> Page {
        for (_, Folded { count, differ, mut latest }) in std::mem::take(&mut self.folded) {
            if let Some(map) = latest.as_object_mut().filter(|_| count > 1) {
                map.insert("$count".into(), json!(count));
                if differ {
                    map.insert("$latest".into(), json!("latest"));
                }
            }
            self.keep_item(latest);
        }
        self.cut();
        let misses = if self.passed == 0 { self.misses.tell(self.table.filters, &self.context.args) } else { vec![] };
        Page {
            items: self.kept.into_iter().skip(offset).map(|(_, _, item)| item).collect(),
            total: self.total,
            passed: self.passed,
            matched: self.matched,
            counts: self.counts.into_iter().map(most_first).collect(),
            misses,
        }
    }
}

/// Values and how often, most first.
pub(super) fn most_first(totals: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut totals: Vec<(String, usize)> = totals.into_iter().collect();
    totals.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    totals
}

fn matches(op: Op, wanted: &Value, have: &str) -> bool {
    let have = have.to_lowercase();
    let words: Vec<String> = match wanted {
        Value::Array(list) => list.iter().map(path::scalar).collect(),
        one => vec![path::scalar(one)],
    };
    words.iter().map(|word| word.to_lowercase()).any(|word| match op {
        // A URL is the same with and without a `/` at its end.
        Op::Glob | Op::Equal if word.contains('*') => WildMatch::new(&word).matches(&have),
        Op::Equal | Op::Any => word.trim_end_matches('/') == have.trim_end_matches('/'),
        Op::Glob if word.contains('?') => WildMatch::new(&word).matches(&have),
        Op::Glob => have.contains(&word),
    })
}
