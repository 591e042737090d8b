//! Lists: filtered, counted, ordered and cut while they are read, so that a fleet of any size fits.

use std::{cmp::Ordering, collections::BTreeMap, io};

use serde::de::DeserializeSeed;
use serde_json::{Map, Value, json};
use wildmatch::WildMatch;

use super::{
    Context, Op, Problem, Rendered, Rows, Table, format,
    path::{self, Segment, visit},
    project::{Items, Wanted},
    template,
    text::{self, Lines},
};

/// The items of a list that are to be shown, and what is known of the others.
#[derive(Debug)]
pub struct Page {
    /// Items in order, after `offset` and `limit`.
    pub items: Vec<Value>,
    /// Items in the answer.
    pub total: usize,
    /// Items that passed the filters.
    pub matched: usize,
    /// Per count of the table: values and how often, most first.
    pub counts: Vec<Vec<(String, usize)>>,
}

/// Takes items one by one and keeps only those that can still be shown.
pub struct Fold<'a> {
    table: &'static Table,
    context: &'a Context,
    keep: usize,
    total: usize,
    matched: usize,
    counts: Vec<BTreeMap<String, usize>>,
    kept: Vec<(Vec<Key>, usize, Value)>,
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

#[derive(Debug, PartialEq, Eq)]
struct Natural(String);

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0.parse::<i64>(), other.0.parse::<i64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Fold<'a> {
    /// A fold that has seen nothing yet.
    pub fn new(table: &'static Table, context: &'a Context, limit: usize, offset: usize) -> Self {
        let counts = table.counts.iter().map(|_| BTreeMap::new()).collect();
        Self { table, context, keep: limit.saturating_add(offset), total: 0, matched: 0, counts, kept: vec![] }
    }

    /// Takes an item.
    pub fn push(&mut self, item: Value) {
        self.total += 1;
        if !self.passes(&item) {
            return;
        }
        self.matched += 1;
        for (count, totals) in self.table.counts.iter().zip(&mut self.counts) {
            let value = path::text(&item, count.path).unwrap_or_else(|| "-".into());
            *totals.entry(text::clean(&value)).or_default() += 1;
        }
        let keys = self.table.sort.iter().map(|sort| {
            let value = path::text(&item, sort.path);
            if !sort.order.is_empty() {
                let listed = value.and_then(|value| sort.order.iter().position(|word| *word == value));
                return Key::Rank(listed.unwrap_or(sort.order.len()));
            }
            let natural = Natural(value.unwrap_or_default());
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

    fn passes(&self, item: &Value) -> bool {
        let only = self.table.only.is_empty()
            || self.table.only.iter().any(|condition| {
                path::text(item, condition.path).is_some_and(|value| {
                    let among = |words: &[&str]| words.contains(&value.as_str());
                    if condition.is.is_empty() { !among(condition.not) } else { among(condition.is) }
                })
            });
        only && self.table.filters.iter().all(|filter| match self.context.args.get(filter.arg) {
            None | Some(Value::Null) => true,
            Some(wanted) => {
                let have = format::compared(&filter.cell, item, self.context.now);
                have.iter().any(|have| matches(filter.op, wanted, have))
            }
        })
    }

    /// Orders what is left and cuts the page out of it.
    pub fn finish(mut self, offset: usize) -> Page {
        self.cut();
        let most_first = |totals: BTreeMap<String, usize>| {
            let mut totals: Vec<(String, usize)> = totals.into_iter().collect();
            totals.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            totals
        };
        Page {
            items: self.kept.into_iter().skip(offset).map(|(_, _, item)| item).collect(),
            total: self.total,
            matched: self.matched,
            counts: self.counts.into_iter().map(most_first).collect(),
        }
    }
}

fn matches(op: Op, wanted: &Value, have: &str) -> bool {
    let have = have.to_lowercase();
    let words: Vec<String> = match wanted {
        Value::Array(list) => list.iter().map(path::scalar).collect(),
        one => vec![path::scalar(one)],
    };
    words.iter().map(|word| word.to_lowercase()).any(|word| match op {
        Op::Equal | Op::Any => word == have,
        Op::Glob if word.contains(['*', '?']) => WildMatch::new(&word).matches(&have),
        Op::Glob => have.contains(&word),
    })
}

/// Reads a list from `body` and shows a page of it.
///
/// # Errors
/// [`Problem`]
pub fn render(table: &'static Table, body: impl io::Read, context: &Context) -> Result<Rendered, Problem> {
    let limit = context.limit.unwrap_or(table.limit);
    let mut fold = Fold::new(table, context, limit, context.offset);
    let wanted = Wanted::of(table.reads.iter().copied());
    let mut reader = serde_json::Deserializer::from_reader(io::BufReader::with_capacity(1 << 16, body));
    let mut each = |item| fold.push(item);
    Items { items: table.items, wanted: &wanted, each: &mut each }
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(Problem::Json)?;
    let page = fold.finish(context.offset);
    if context.json {
        let json = wrapped(table, &page);
        return Ok(Rendered { text: super::json_text(&json, context.max_bytes)?, json: Some(json) });
    }
    Ok(Rendered { text: page_text(table, &page, context), json: None })
}

/// `{items, total, returned, counts}`: the values of the page under their own keys.
pub fn wrapped(table: &Table, page: &Page) -> Value {
    let counts = table.counts.iter().zip(&page.counts).map(|(count, totals)| {
        let totals: Map<String, Value> = totals.iter().map(|(value, number)| (value.clone(), json!(number))).collect();
        (count.head.to_owned(), Value::Object(totals))
    });
    let counts: Map<String, Value> = counts.collect();
    let mut wrapped = json!({ "items": page.items, "total": page.matched, "returned": page.items.len() });
    if let Some(map) = wrapped.as_object_mut().filter(|_| !counts.is_empty()) {
        map.insert("counts".into(), Value::Object(counts));
    }
    wrapped
}

fn page_text(table: &Table, page: &Page, context: &Context) -> String {
    let all = if page.matched == page.total {
        format!("{} {}", page.total, table.noun)
    } else {
        format!("{} of {} {} match", page.matched, page.total, table.noun)
    };
    let counts =
        table.counts.iter().zip(&page.counts).filter(|(_, totals)| !totals.is_empty()).map(|(count, totals)| {
            let totals: Vec<String> = totals.iter().map(|(value, number)| format!("{number} {value}")).collect();
            format!("{} {}", count.head, totals.join(", "))
        });
    let headline: Vec<String> = std::iter::once(all).chain(counts).collect();
    let mut lines = Lines { head: vec![headline.join("; ")], rows: vec![] };
    if page.total == 0 && !table.empty.is_empty() {
        lines.head.push(table.empty.to_owned());
    }
    let cells = rows(table, page, context);
    let (head, rows) = fold_constant_columns(table, cells);
    lines.head.extend(head);
    lines.rows = rows;
    lines.fit(context.max_bytes, |shown| foot(page, shown, context))
}

/// One line an item; the cells of a row are separated by tabs.
pub fn rows(table: &Table, page: &Page, context: &Context) -> Vec<Vec<String>> {
    let cells = |item: &Value| match &table.rows {
        Rows::Columns(columns) => {
            columns.iter().map(|column| template::render(column.text, item, context.now).0).collect()
        }
        Rows::Lines(line) => vec![template::render(line, item, context.now).0],
    };
    page.items.iter().map(cells).collect()
}

/// A column that says the same in every row is said once, above the others.
fn fold_constant_columns(table: &Table, cells: Vec<Vec<String>>) -> (Vec<String>, Vec<String>) {
    let Rows::Columns(columns) = &table.rows else {
        return (vec![], cells.into_iter().map(|cells| cells.concat()).collect());
    };
    let Some(first) = cells.first().cloned() else { return (vec![], vec![]) };
    let constant =
        |index: usize| index > 0 && cells.len() > 2 && cells.iter().all(|row| row.get(index) == first.get(index));
    let (same, varied): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|index| constant(*index));
    let said = |index: &usize| Some(format!("{} {}", columns.get(*index)?.head, first.get(*index)?));
    let mut head = vec![];
    let same: Vec<String> = same.iter().filter_map(said).collect();
    if !same.is_empty() {
        head.push(format!("all shown: {}", same.join("; ")));
    }
    let heads: Vec<&str> = varied.iter().filter_map(|index| columns.get(*index)).map(|column| column.head).collect();
    head.push(heads.join("\t"));
    let row = |cells: &Vec<String>| {
        let kept: Vec<&str> = varied.iter().filter_map(|index| cells.get(*index)).map(String::as_str).collect();
        kept.join("\t")
    };
    (head, cells.iter().map(row).collect())
}

fn foot(page: &Page, shown: usize, context: &Context) -> Option<String> {
    let end = context.offset + shown;
    if page.matched == 0 {
        return None;
    }
    if shown == 0 {
        return Some(format!("offset {} is beyond the last one", context.offset));
    }
    if context.offset == 0 && end >= page.matched {
        return None;
    }
    let narrow =
        if context.narrow.is_empty() { String::new() } else { format!("; narrow with {}", context.narrow.join(", ")) };
    let next = if end < page.matched { format!("; next: offset={end}") } else { String::new() };
    Some(format!("shown {}-{end} of {}{next}{narrow}", context.offset + 1, page.matched))
}

/// Collects the items at a path of a value that is there already.
pub fn items_of(value: &Value, items: &[Segment]) -> Vec<Value> {
    let mut found = vec![];
    visit(value, items, &mut |list| found.extend(list.as_array().into_iter().flatten().cloned()));
    found
}
