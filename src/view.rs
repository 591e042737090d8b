//! Room `view`: pure functions from an answer of Argo CD to small text, and to JSON when asked.
//!
//! The types here are the view language of the table; `codegen/src/view.rs` writes statics of them.

pub mod format;
pub mod path;
pub mod project;
pub mod record;
pub mod table;
pub mod template;
pub mod text;

use std::io;

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use format::{Cell, Format};
pub use path::{Path, Segment};
pub use template::{Part, Template};

/// How an answer becomes text.
#[derive(Clone, Copy, Debug)]
pub enum View {
    /// A list: one line an item, read item by item.
    Table(&'static Table),
    /// One object: sections in order.
    Record(&'static [Section]),
    /// A sentence.
    Ok(Template),
}

/// A list of items and how each is filtered, ordered and written.
#[derive(Debug)]
pub struct Table {
    /// What the items are called, in the plural.
    pub noun: &'static str,
    /// Where the items are.
    pub items: Path,
    /// How an item is written.
    pub rows: Rows,
    /// Filters that arguments set.
    pub filters: &'static [Filter],
    /// An item stays when one of these holds; all stay when there are none.
    pub only: &'static [Condition],
    /// Order, the first key first.
    pub sort: &'static [Sort],
    /// Totals over all items that pass the filters.
    pub counts: &'static [Count],
    /// Everything an item is asked for, relative to the item.
    pub reads: &'static [Path],
    /// Items shown unless an argument says otherwise.
    pub limit: usize,
    /// Said when there are no items at all.
    pub empty: &'static str,
    /// Said in a record when there are items but none passes.
    pub all_clear: &'static str,
}

/// How an item is written.
#[derive(Debug)]
pub enum Rows {
    /// Tab-separated cells under heads.
    Columns(&'static [Column]),
    /// One text an item.
    Lines(Template),
}

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// Its cell.
    pub text: Template,
}

/// A filter set by an argument of the tool.
#[derive(Debug)]
pub struct Filter {
    /// The argument.
    pub arg: &'static str,
    /// What it is compared with; one match suffices.
    pub cell: Cell,
    /// How it is compared.
    pub op: Op,
}

/// How a filter compares, always without regard to case.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// The same text.
    Equal,
    /// One of the texts of the argument.
    Any,
    /// Contains the text, or matches it where it has `*` or `?`.
    Glob,
}

/// A condition on an item. A missing value is neither one thing nor its opposite: the condition does not hold.
#[derive(Debug)]
pub struct Condition {
    /// Where the value is.
    pub path: Path,
    /// Holds for one of these.
    pub is: &'static [&'static str],
    /// Holds for anything but these.
    pub not: &'static [&'static str],
}

/// One key of an order.
#[derive(Debug)]
pub struct Sort {
    /// Where the value is.
    pub path: Path,
    /// Values in their order, what is not listed comes last; empty for the natural order.
    pub order: &'static [&'static str],
    /// Largest first, for the natural order.
    pub descending: bool,
}

/// A total by value.
#[derive(Debug)]
pub struct Count {
    /// What is counted.
    pub head: &'static str,
    /// Where the value is.
    pub path: Path,
}

/// A section of a record.
#[derive(Debug)]
pub struct Section {
    /// Its head; empty for none.
    pub head: &'static str,
    /// Its content.
    pub body: Body,
    /// What its text shows, for JSON; a list has its own.
    pub reads: &'static [Path],
}

/// Content of a section.
#[derive(Debug)]
pub enum Body {
    /// One line; none when nothing in it has a value.
    Text(Template),
    /// A list; none when it is empty.
    Table(&'static Table),
}

/// What a view needs to know besides the answer.
#[derive(Clone, Debug)]
pub struct Context {
    /// For ages.
    pub now: Timestamp,
    /// The arguments of the call: filters.
    pub args: Map<String, Value>,
    /// Items to show; the table's own limit when absent.
    pub limit: Option<usize>,
    /// Items to skip.
    pub offset: usize,
    /// Most bytes of the answer.
    pub max_bytes: usize,
    /// Whether JSON is wanted.
    pub json: bool,
    /// Arguments that make a list smaller, for the last line of one that was cut.
    pub narrow: Vec<&'static str>,
}

/// An answer for a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// Text for the model.
    pub text: String,
    /// The same values under their original keys, when JSON was asked for.
    pub json: Option<Value>,
}

/// Why an answer could not be shown.
#[derive(Debug)]
pub enum Problem {
    /// The answer is not the JSON it should be.
    Json(serde_json::Error),
    /// The JSON is larger than the cap allows: its size in bytes.
    TooLarge(usize),
}

/// Shows an answer that is read from `body`.
///
/// # Errors
/// [`Problem`]
pub fn render(view: &View, body: impl io::Read, context: &Context) -> Result<Rendered, Problem> {
    match view {
        View::Table(table) => table::render(table, body, context),
        View::Record(sections) => record::render(sections, &parse(body)?, context),
        View::Ok(template) => {
            let (text, _) = template::render(template, &parse(body)?, context.now);
            Ok(Rendered { json: context.json.then(|| Value::String(text.clone())), text })
        }
    }
}

fn parse(body: impl io::Read) -> Result<Value, Problem> {
    serde_json::from_reader(io::BufReader::new(body)).map_err(Problem::Json)
}

/// JSON as text, refused when it is over the cap: JSON is never cut.
///
/// # Errors
/// [`Problem::TooLarge`]
pub fn json_text(value: &Value, max_bytes: usize) -> Result<String, Problem> {
    let text = text::clean_json(&value.to_string());
    if text.len() > max_bytes { Err(Problem::TooLarge(text.len())) } else { Ok(text) }
}
