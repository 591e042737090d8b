//! One object: sections in order, those without a value left out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    Body, Context, Path, Problem, Rendered, Section, Table,
    format::operation::unlike,
    path::{Segment, visit},
    project::Wanted,
    table::{self, Intake, Page},
    template,
    text::Lines,
};

const NOTHING: &str = "Argo CD says nothing of this.";
/// Most items of a list in JSON, unless its table has a larger limit.
const MOST: usize = 20;

/// Shows an object.
///
/// # Errors
/// [`Problem::TooLarge`] for JSON over the cap.
pub fn render(sections: &'static [Section], value: &Value, context: &Context) -> Result<Rendered, Problem> {
    if is_foreign(sections, value) {
        return Err(Problem::Alien(super::kind(value)));
    }
    let told = told(sections, value);
    let value = told.as_ref();
    if context.json {
        return super::json_answer(&json(sections, value, context), context.max_bytes);
    }
    let mut lines = Lines::default();
    let is_told = |section: &&Section| section.when.as_ref().is_none_or(|when| when.holds_at(value));
    for section in sections.iter().filter(is_told) {
        match &section.body {
            Body::Text(text) => {
                let (text, any) = template::render(text, value, context.now);
                if any {
                    lines.rows.push(if section.head.is_empty() { text } else { format!("{}: {text}", section.head) });
                }
            }
            Body::Table(table) => lines.rows.extend(list(section.head, table, value, context)),
        }
    }
    if lines.rows.is_empty() {
        lines.rows.push(NOTHING.to_owned());
    }
    let all = lines.rows.len();
    let text = lines.fit(context.max_bytes, |shown| {
        (shown < all).then(|| format!("cut after {shown} of {all} lines: a larger maxBytes shows them"))
    });
    Ok(Rendered { text, json: None })
}

/// Adds `$unlike` to each deployment whose sources differ from today's. The object is copied only then.
fn told<'v>(sections: &'static [Section], value: &'v Value) -> Cow<'v, Value> {
    let mut told = Cow::Borrowed(value);
    let held = |section: &'static Section| match section.body {
        Body::Table(table) if !section.unlike.is_empty() => Some((section.unlike, table.items)),
        _ => None,
    };
    for (spec, items) in sections.iter().filter_map(held) {
        let mut now = Value::Null;
        visit(value, spec, &mut |spec| now = spec.clone());
        let differences: Vec<_> = table::items_of(value, items).into_iter().map(|item| unlike(&item, &now)).collect();
        // Most deployments differ in nothing but the revision: then the object is not copied.
        if differences.iter().all(Option::is_none) {
            continue;
        }
        let list = at(told.to_mut(), items).and_then(Value::as_array_mut).into_iter().flatten();
        for (item, difference) in list.zip(differences) {
            let entry = item.as_object_mut().zip(difference);
            entry.map(|(item, difference)| item.insert("$unlike".into(), difference.into()));
        }
    }
    told
}

/// The value at a path of keys.
fn at(value: &mut Value, path: Path) -> Option<&mut Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get_mut(*key),
        _ => None,
    })
}

fn tables(sections: &'static [Section]) -> impl Iterator<Item = &'static Table> + Clone {
    sections.iter().filter_map(|section| match section.body {
        Body::Table(table) => Some(table),
        Body::Text(_) => None,
    })
}

/// Whether nothing of what the sections read is there. An object of Kubernetes has a name at least; of others Argo CD
/// leaves out what is empty, which may be all.
fn is_foreign(sections: &'static [Section], value: &Value) -> bool {
    let is_named = |path: &&[Segment]| matches!(path.first(), Some(Segment::Key("metadata")));
    let reads = sections.iter().flat_map(|section| section.reads.iter().copied());
    let lists = tables(sections).map(|table| table.items);
    let nothing = |wanted: Wanted| wanted.project(value).as_object().is_none_or(Map::is_empty);
    !value.is_object() || (reads.clone().any(|path| is_named(&path)) && nothing(Wanted::of(reads.chain(lists))))
}

fn page(table: &'static Table, value: &Value, context: &Context) -> Page {
    let limit = if context.json { table.limit.max(MOST) } else { table.limit };
    let mut intake = Intake::new(table, context, limit, 0);
    table::items_of(value, table.items).into_iter().for_each(|item| intake.push(item));
    intake.finish(0)
}

fn list(head: &str, table: &'static Table, value: &Value, context: &Context) -> Vec<String> {
    let page = page(table, value, context);
    if page.items.is_empty() {
        if page.total == 0 && !table.empty.is_empty() {
            return vec![format!("{head}: {}", table.empty)];
        }
        let mut known = 0;
        visit(value, table.items, &mut |list| {
            known += list.as_array().into_iter().flatten().filter(|item| table.speaks_of(item)).count();
        });
        let is_clear = || known > 0 && table.clear_if.iter().all(|condition| condition.holds_at(value));
        let said = if table.clear_if.is_empty() || is_clear() { table.all_clear } else { table.unclear };
        return match known {
            _ if page.total == 0 || said.is_empty() => vec![],
            0 => vec![said.to_owned()],
            _ => vec![format!("{said} ({known})")],
        };
    }
    let total =
        if page.matched == page.total { page.total.to_string() } else { format!("{} of {}", page.matched, page.total) };
    let mut lines = vec![format!("{head} ({total}):")];
    let rows = table::rows(table, &page, context);
    // A row may have lines of its own.
    rows.iter().for_each(|cells| lines.extend(cells.join("\t").lines().map(|line| format!("  {line}"))));
    if page.items.len() < page.matched {
        let more = match page.matched {
            ..=MOST => ": output=json".to_owned(),
            _ if page.items.len() < MOST => format!(": output=json has {MOST}, output=raw all"),
            _ => ": output=raw has all".to_owned(),
        };
        lines.push(format!("  and {} more{more}", page.matched - page.items.len()));
    }
    lines
}

/// What the sections read, under its own keys; lists as `{items, total, returned}` in their places.
fn json(sections: &'static [Section], value: &Value, context: &Context) -> Value {
    let reads = sections.iter().flat_map(|section| section.reads.iter().copied());
    let mut json = Wanted::of(reads).project(value);
    let mut tables: Vec<&'static Table> = tables(sections).collect();
    while let Some(first) = tables.first().copied() {
        let (here, others) = tables.into_iter().partition(|table| table.items == first.items);
        tables = others;
        let page = union(&here, value, context);
        if !page.items.is_empty() {
            put(&mut json, first.items, table::wrapped(first, &page));
        }
    }
    json
}

/// What tables of one list choose of it, each item once, as the first that chooses it does.
fn union(tables: &[&'static Table], value: &Value, context: &Context) -> Page {
    let pages: Vec<Page> = tables.iter().map(|table| page(table, value, context)).collect();
    let wanted = Wanted::of(tables.iter().flat_map(|table| table.reads.iter().copied()));
    let mut union = Page { matched: 0, ..Page::default() };
    let mut chosen: Vec<&Value> = vec![];
    for item in pages.iter().flat_map(|page| &page.items) {
        if !chosen.contains(&item) {
            chosen.push(item);
        }
    }
    union.items = chosen.into_iter().map(|item| wanted.project(item)).collect();
    for item in tables.first().map(|table| table::items_of(value, table.items)).unwrap_or_default() {
        union.total += 1;
        union.matched += usize::from(tables.iter().any(|table| table.takes(&item)));
    }
    union
}

fn put(at: &mut Value, path: &[Segment], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let (Value::Object(map), Segment::Key(key)) = (at, first) {
        put(map.entry((*key).to_owned()).or_insert(Value::Null), rest, value);
    }
}
