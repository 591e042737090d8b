//! Lists: `view.table`, and the lists inside records.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use toml::Table as Toml;

use super::{Fit, Read, Reads, condition::Condition, read_cell, read_path, read_template};
use crate::{
    keys,
    path::{Path, Segment},
    reader::Reader,
    shape::Shape,
    template::{Cell, Format, Template, path_tokens},
};

/// A list of items and how each is filtered, ordered and written.
#[derive(Debug)]
pub struct Table {
    /// What the items are called, in the plural.
    pub noun: String,
    /// Where the items are.
    pub items: Path,
    columns: Vec<(String, Template)>,
    line: Option<Template>,
    filters: Vec<Filter>,
    only: Vec<Condition>,
    counts: Vec<(String, Path)>,
    sort: Vec<Sort>,
    fold: Option<Fold>,
    limit: u64,
    empty: String,
    all_clear: String,
    /// `all_clear` is said only if all of these hold for the object with the list.
    clear_if: Vec<Condition>,
    /// Said instead of `all_clear` if one of them does not hold.
    unclear: String,
    /// What each item is asked for.
    pub reads: Vec<Path>,
}

/// A filter that an argument of the tool sets.
#[derive(Debug)]
struct Filter {
    /// The argument.
    arg: String,
    cell: Cell,
    op: &'static str,
    missing: String,
}

/// Items that agree in some values become one: the latest, with the number of all.
#[derive(Debug)]
struct Fold {
    by: Vec<Path>,
    text: Option<Path>,
    count: Vec<Path>,
    latest: Vec<Path>,
}

#[derive(Debug)]
struct Sort {
    paths: Vec<Path>,
    order: Vec<String>,
    descending: bool,
}

impl Table {
    /// Reads a list; `reads` collects what it reads, from the root of the answer.
    pub fn read(table: &Toml, place: &str, parent: &Reader<'_>, root: &Path, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::TABLE, table, place, parent.report());
        let noun = reader.text("noun").unwrap_or_else(|| "items".into());
        let found = read_path(&reader, "items");
        let items = root.join(found.as_ref().unwrap_or(root));
        let item = Path { segments: items.segments.iter().cloned().chain([Segment::Each]).collect() };
        let mut own = Reads::default();
        let written = reader.tables("columns");
        let no_columns = written.is_empty();
        let columns = written.into_iter().filter_map(|column| {
            let head = column.get("head").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            let reader = Reader::new(&keys::COLUMN, column, format!("{place}: column `{head}`"), parent.report());
            let head = reader.required("head");
            let template = read_cell(&reader, &mut own, &Path { segments: vec![] });
            reader.span();
            reader.finish();
            Some((head?, template?))
        });
        let columns: Vec<_> = columns.collect();
        let line =
            reader.text("line").and_then(|text| read_template(&text, &reader, &mut own, &Path { segments: vec![] }));
        if reader.has("columns") == reader.has("line") || (no_columns && !reader.has("line")) {
            reader.error("a table needs either `columns`, at least one, or `line`");
        }
        let mut heads = BTreeSet::new();
        if let Some((head, _)) = columns.iter().find(|(head, _)| !heads.insert(head.clone())) {
            reader.error(format!("two columns have the head `{head}`"));
        }
        let filters =
            reader.tables("filter").into_iter().filter_map(|filter| Filter::read(filter, &reader, &mut own)).collect();
        let only = reader
            .tables("only")
            .into_iter()
            .filter_map(|only| Condition::read("only", only, &reader, &mut own))
            .collect();
        let sort = reader.tables("sort").into_iter().filter_map(|sort| Sort::read(sort, &reader, &mut own)).collect();
        let counts = reader.table("counts").into_iter().flatten().filter_map(|(head, path)| {
            let Some(path) = path.as_str() else {
                reader.error(format!("counts: `{head}` must be a path"));
                return None;
            };
            let path = Path::parse(path).map_err(|problem| reader.error(problem)).ok()?;
            own.add(&reader, path.clone());
            Some((head.clone(), path))
        });
        let counts = counts.collect();
        let fold = reader.table("fold").and_then(|fold| Fold::read(fold, &reader, &mut own));
        if found.as_ref().is_some_and(|path| path.segments.iter().any(|segment| !matches!(segment, Segment::Key(_)))) {
            reader.error("`items` must lead to one list: keys alone");
        }
        let limit = reader.number("limit").unwrap_or(50);
        if !(1..=1000).contains(&limit) {
            reader.error(format!("`limit` is {limit}; it must be from 1 to 1000"));
        }
        let [empty, all_clear] = ["empty", "all_clear"].map(|key| reader.text(key).unwrap_or_default());
        let mut of_whole = Reads::default();
        let clear_if: Vec<Condition> = reader
            .tables("clear_if")
            .into_iter()
            .filter_map(|table| Condition::read("clear_if", table, &reader, &mut of_whole))
            .collect();
        let unclear = if clear_if.is_empty() { None } else { reader.required_here("unclear") }.unwrap_or_default();
        reads.0.extend(of_whole.0);
        reader.span();
        reader.finish();
        found?;
        let relative: Vec<Path> = own.0.iter().map(|read| read.path.clone()).collect();
        reads.0.extend(own.0.into_iter().map(|read| Read { path: item.join(&read.path), ..read }));
        let reads = relative;
        Some(Self {
            noun,
            items,
            columns,
            line,
            filters,
            only,
            counts,
            sort,
            fold,
            limit,
            empty,
            all_clear,
            clear_if,
            unclear,
            reads,
        })
    }

    /// The arguments its filters use, each with the shapes its filter can work with.
    pub fn args(&self) -> Vec<(&str, &'static str, Fit)> {
        let texts = |shape: &Shape| match shape {
            Shape::List(items) => **items == Shape::Text,
            other => *other == Shape::Text,
        };
        let scalars = |shape: &Shape| matches!(shape, Shape::Text | Shape::Integer | Shape::Number | Shape::Boolean);
        let fits = |op: &str| -> Fit { if op == "Equal" { scalars } else { texts } };
        self.filters.iter().map(|filter| (filter.arg.as_str(), "view filter", fits(filter.op))).collect()
    }

    /// The arguments that a filter compares as they are, each with where in the answer the value is.
    pub fn compared(&self) -> impl Iterator<Item = (&str, Path)> {
        let item = self.items.join(&Path { segments: vec![Segment::Each] });
        let plain = self.filters.iter().filter(|filter| filter.op == "Equal" && filter.cell.format == Format::Plain);
        plain
            .flat_map(move |filter| filter.cell.paths.iter().map(move |path| (filter.arg.as_str(), path.clone())))
            .map(move |(arg, path)| (arg, item.join(&path)))
    }

    /// How many items an answer shows unless it is told.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        let (noun, limit, items) =
            (&self.noun, usize::try_from(self.limit).unwrap_or(usize::MAX), path_tokens(&self.items));
        let rows = match &self.line {
            Some(line) => {
                let line = line.tokens();
                quote!(crate::view::Rows::Lines(#line))
            }
            None => {
                let heads = self.columns.iter().map(|(head, _)| head);
                let cells = self.columns.iter().map(|(_, cell)| cell.tokens());
                quote!(crate::view::Rows::Columns(&[#(crate::view::Column { head: #heads, text: #cells }),*]))
            }
        };
        let filters = self.filters.iter().map(|filter| {
            let (arg, cell) = (&filter.arg, filter.cell.tokens());
            let op = quote::format_ident!("{}", filter.op);
            let missing = &filter.missing;
            quote!(crate::view::Filter { arg: #arg, cell: #cell, op: crate::view::Op::#op, missing: #missing })
        });
        let only = self.only.iter().map(Condition::tokens);
        let clear_if = self.clear_if.iter().map(Condition::tokens);
        let count_heads = self.counts.iter().map(|(head, _)| head);
        let count_paths = self.counts.iter().map(|(_, path)| path_tokens(path));
        let sort = self.sort.iter().map(|Sort { paths, order, descending }| {
            let paths = paths.iter().map(path_tokens);
            quote!(crate::view::Sort { paths: &[#(#paths),*], order: &[#(#order),*], descending: #descending })
        });
        let fold = match &self.fold {
            Some(Fold { by, text, count, latest }) => {
                let [by, count, latest] = [by, count, latest].map(|paths| {
                    let paths = paths.iter().map(path_tokens);
                    quote!(&[#(#paths),*])
                });
                let text = text.as_ref().map_or_else(|| quote!(&[]), path_tokens);
                quote!(Some(crate::view::Fold { by: #by, text: #text, count: #count, latest: #latest }))
            }
            None => quote!(None),
        };
        let mut reads = self.reads.clone();
        reads.sort();
        reads.dedup();
        let reads = reads.iter().map(path_tokens);
        let (empty, all_clear, unclear) = (&self.empty, &self.all_clear, &self.unclear);
        quote! {
            crate::view::Table {
                noun: #noun, items: #items, rows: #rows, limit: #limit,
                filters: &[#(#filters),*], only: &[#(#only),*], sort: &[#(#sort),*], fold: #fold,
                counts: &[#(crate::view::Count { head: #count_heads, path: #count_paths }),*],
                reads: &[#(#reads),*], empty: #empty, all_clear: #all_clear, clear_if: &[#(#clear_if),*],
                unclear: #unclear,
            }
        }
    }
}

impl Filter {
    fn read(table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::FILTER, table, format!("{}: filter", parent.place()), parent.report());
        let arg = reader.required("arg");
        let paths = if reader.has("path") { reader.texts("path") } else { reader.texts("paths") };
        let format = reader.text("as").map(|format| format!(":{format}")).unwrap_or_default();
        let op = reader.choice("op", &[("eq", "Equal"), ("any", "Any"), ("glob", "Glob")]);
        if !reader.has("op") {
            reader.error("`op` is missing: `eq`, `any` or `glob`");
        }
        let cell = Cell::parse(&format!("{}{format}", paths.join(","))).map_err(|problem| reader.error(problem)).ok();
        if let Some(cell) = &cell {
            reads.add_cells(&reader, &Path { segments: vec![] }, &[cell]);
        }
        let missing = reader.text("missing").unwrap_or_default();
        reader.finish();
        Some(Self { arg: arg?, cell: cell?, op: op?, missing })
    }
}

impl Fold {
    fn read(table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::FOLD, table, format!("{}: fold", parent.place()), parent.report());
        let (by, latest) = (paths_of(&reader, "by", reads), paths_of(&reader, "latest", reads));
        if by.is_empty() || latest.is_empty() {
            reader.error("needs `by`, the values in which items agree, and `latest`, the times that tell the latest");
        }
        let count = paths_of(&reader, "count", reads);
        if count.is_empty() {
            reader.error("`count` is missing");
        }
        let text = paths_of(&reader, "text", reads).pop();
        reader.finish();
        Some(Self { by, text, count, latest })
    }
}

impl Sort {
    fn read(table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::SORT, table, format!("{}: sort", parent.place()), parent.report());
        let paths = paths_of(&reader, if reader.has("path") { "path" } else { "paths" }, reads);
        if paths.is_empty() {
            reader.error("`path` is missing (or `paths`, of which the first that has a value counts)");
        }
        if paths.iter().flat_map(|path| &path.segments).any(|segment| *segment == Segment::Each) {
            reader.error("`path`: an order needs one value, not a list");
        }
        let (order, descending) = (reader.texts("order"), reader.flag("descending"));
        reader.finish();
        Some(Self { paths, order, descending })
    }
}

/// A list of paths, each of which is read.
fn paths_of(reader: &Reader<'_>, key: &'static str, reads: &mut Reads) -> Vec<Path> {
    let parse = |text: &String| Path::parse(text).map_err(|problem| reader.error(problem)).ok();
    let paths: Vec<Path> = reader.texts(key).iter().filter_map(parse).collect();
    paths.iter().for_each(|path| reads.add(reader, path.clone()));
    paths
}
