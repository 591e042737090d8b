//! Lists: filtered, counted, ordered and cut while they are read, so that a fleet of any size fits.

mod choice;
mod gist;
mod intake;
mod misses;

use serde::de::DeserializeSeed;
use serde_json::{Map, Value, de::Read, json};

pub use choice::{Condition, Count, Filter, Fold, Op, Sort};
pub use intake::{Intake, Page};

use super::{
    Column, Context, Problem, Rendered, Rows, Table,
    path::{self, Segment, visit},
    project::{Items, Top, Wanted},
    template,
    text::{self, Lines},
};

/// Reads a list from `body` and shows a page of it.
///
/// # Errors
/// [`Problem`]
pub fn render<'de>(table: &'static Table, body: impl Read<'de>, context: &Context) -> Result<Rendered, Problem> {
    let limit = context.limit.unwrap_or(table.limit);
    let mut intake = Intake::new(table, context, limit, context.offset);
    let wanted = Wanted::of(table.reads.iter().copied());
    let mut reader = serde_json::Deserializer::new(body);
    let mut each = |item| intake.push(item);
    let mut top = Top::default();
    let read = Items { items: table.items, wanted: &wanted, each: &mut each, top: Some(&mut top) };
    read.deserialize(&mut reader).and_then(|()| reader.end()).map_err(Problem::Json)?;
    if let Some(error) = top.error {
        return Err(Problem::Refused(super::refusal(&error), None));
    }
    if top.foreign {
        return Err(Problem::Alien("an object without a list"));
    }
    let page = intake.finish(context.offset);
    if context.json {
        let mut wrapped = wrapped(table, &page);
        let note = nothing(table, &page, context).join(" ");
        if let Some(map) = wrapped.as_object_mut().filter(|_| !note.is_empty()) {
            map.insert("note".into(), note.into());
        }
        return super::json_answer(&wrapped, context.max_bytes);
    }
    Ok(Rendered { text: page_text(table, &page, context), json: None })
}

/// `{items, total, of, returned, counts}`: the values of the page under their own keys; `of` counts what was filtered
/// out or folded, too.
pub fn wrapped(table: &Table, page: &Page) -> Value {
    let counts = table.counts.iter().zip(&page.counts).map(|(count, totals)| {
        let totals: Map<String, Value> = totals.iter().map(|(value, number)| (value.clone(), json!(number))).collect();
        (count.head.to_owned(), Value::Object(totals))
    });
    let counts: Map<String, Value> = counts.collect();
    let mut wrapped = json!({ "items": page.items, "total": page.matched, "returned": page.items.len() });
    if let Some(map) = wrapped.as_object_mut().filter(|_| page.total != page.matched) {
        map.insert("of".into(), page.total.into());
    }
    if let Some(map) = wrapped.as_object_mut().filter(|_| !counts.is_empty()) {
        map.insert("counts".into(), Value::Object(counts));
    }
    wrapped
}

fn page_text(table: &Table, page: &Page, context: &Context) -> String {
    let mut all = if page.passed == page.total {
        text::counted(page.total, table.noun)
    } else {
        format!("{} of {} match", page.passed, text::counted(page.total, table.noun))
    };
    if page.matched < page.passed {
        all += &format!(", folded to {}", page.matched);
    }
    let counts =
        table.counts.iter().zip(&page.counts).filter(|(_, totals)| !totals.is_empty()).map(|(count, totals)| {
            let totals: Vec<String> = totals.iter().map(|(value, number)| format!("{number} {value}")).collect();
            format!("{} {}", count.head, totals.join(", "))
        });
    let headline: Vec<String> = std::iter::once(all).chain(counts).collect();
    let mut lines = Lines { head: vec![headline.join("; ")], rows: vec![] };
    lines.head.extend(nothing(table, page, context));
    let cells = rows(table, page, context);
    let (head, rows) = fold_constant_columns(table, cells);
    lines.head.extend(head);
    lines.rows = rows;
    lines.fit(context.max_bytes, |shown| foot(page, shown, context))
}

/// Why there may be nothing to show.
fn nothing(table: &Table, page: &Page, context: &Context) -> Vec<String> {
    let sent = asked_for(table, context);
    if page.total > 0 {
        let chosen = sent.filter(|_| !page.misses.is_empty());
        let chosen = chosen.map(|sent| format!("Only what fits {sent} was looked at: Argo CD filters by it."));
        return page.misses.iter().cloned().chain(chosen).collect();
    }
    let nothing = |sent| {
        format!(
            "Nothing that the token may see fits {sent}; Argo CD filters by it and does not tell what else there is."
        )
    };
    sent.map(nothing).into_iter().chain(Some(table.empty.to_owned()).filter(|empty| !empty.is_empty())).collect()
}

/// What may be the reason that there is nothing: the filters of Argo CD, which does not tell what they leave out.
fn asked_for(table: &Table, context: &Context) -> Option<String> {
    let is_sent = |name: &&&str| !table.filters.iter().any(|filter| filter.arg == **name);
    let argument = |name: &&str| match context.args.get(*name)? {
        Value::Array(list) => Some(format!("{name}={}", list.iter().map(path::scalar).collect::<Vec<_>>().join(","))),
        one => Some(format!("{name}={}", path::scalar(one))),
    };
    let arguments: Vec<String> = context.narrow.iter().filter(is_sent).filter_map(argument).collect();
    (!arguments.is_empty()).then(|| arguments.join(", "))
}

/// One line an item; the cells of a row are separated by tabs.
pub fn rows(table: &Table, page: &Page, context: &Context) -> Vec<Vec<String>> {
    let cells = |item: &Value| match &table.rows {
        Rows::Columns(columns) => {
            let cell = |column: &Column| template::render(column.text, item, context.now).0;
            let cell = |column| Some(cell(column)).filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
            columns.iter().map(cell).collect()
        }
        Rows::Lines(line) => vec![template::render(line, item, context.now).0],
    };
    page.items.iter().map(cells).collect()
}

/// A column that says the same in every row is said once, above the others; one that says nothing is left out.
fn fold_constant_columns(table: &Table, cells: Vec<Vec<String>>) -> (Vec<String>, Vec<String>) {
    let Rows::Columns(columns) = &table.rows else {
        return (vec![], cells.into_iter().map(|cells| cells.concat()).collect());
    };
    let Some(first) = cells.first().cloned() else { return (vec![], vec![]) };
    let constant =
        |index: usize| index > 0 && cells.len() > 2 && cells.iter().all(|row| row.get(index) == first.get(index));
    let (same, varied): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|index| constant(*index));
    let is_empty = |index: &usize| *index > 0 && cells.iter().all(|row| row.get(*index).is_none_or(|cell| cell == "-"));
    let (same, varied) =
        [same, varied].map(|some| some.into_iter().filter(|index| !is_empty(index)).collect::<Vec<_>>()).into();
    let said = |index: &usize| Some(format!("{} {}", columns.get(*index)?.head, first.get(*index)?));
    let mut head = vec![];
    let same: Vec<String> = same.iter().filter_map(said).collect();
    if !same.is_empty() {
        head.push(format!("every row: {}", same.join("; ")));
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
