//! Room `view`: pure functions from an answer of Argo CD to small text, and to JSON when asked.
//!
//! The types here are the view language of the table; `codegen/src/view.rs` writes statics of them.

pub mod automation;
pub mod changes;
mod comparison;
pub mod defaults;
pub mod format;
mod formats;
pub mod kind;
pub mod lines;
pub mod managed_resources;
pub mod mask;
pub mod path;
pub mod project;
pub mod record;
pub mod table;
pub mod template;
pub mod text;
pub mod tracking;
pub mod tree;
pub mod yaml;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Deserializer, Map, Value, de::Read};

pub use comparison::Comparison;
pub use format::Cell;
pub use formats::Format;
pub use lines::LogView;
pub use path::{Path, Segment};
pub use table::{Condition, Count, Filter, Fold, Op, Sort};
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
    /// A stream of lines: logs.
    Lines(&'static LogView),
    /// A function of the whole answer, for a shape that no row can say.
    Rendered(Renderer),
}

/// Returns `None` where the answer is ambiguous and there is no [`Context::comparison`] yet: the caller then asks the
/// operation `doubt` of the row, and calls again.
pub type Renderer = fn(&Value, &Context) -> Option<Rendered>;

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
    /// Items that agree become one.
    pub fold: Option<Fold>,
    /// Order, the first key first.
    pub sort: &'static [Sort],
    /// Totals over all items that pass the filters.
    pub counts: &'static [Count],
    /// Every path that is read of an item, relative to it.
    pub reads: &'static [Path],
    /// Items shown unless an argument says otherwise.
    pub limit: usize,
    /// Said when there are no items at all; in a record it follows the head.
    pub empty: &'static str,
    /// Said in a record when there are items, but `only` lets none pass.
    pub all_clear: &'static str,
    /// `all_clear` is said only if all of these hold for the object with the list.
    pub clear_if: &'static [Condition],
    /// Said instead of `all_clear` if one of `clear_if` does not hold.
    pub unclear: &'static str,
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

/// A section of a record.
#[derive(Debug)]
pub struct Section {
    /// Its head; empty for none.
    pub head: &'static str,
    /// Its content.
    pub body: Body,
    /// The section is shown in the text only if this holds for the object; JSON always has its values.
    pub when: Option<Condition>,
    /// Path of the spec. Each deployment in the section's list gets `$unlike`: what its sources had that those of this
    /// spec have not.
    pub unlike: Path,
    /// The paths that its text shows, for JSON; a list has its own.
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
    /// The time that ages are counted from.
    pub now: Timestamp,
    /// The arguments of the call, which filters use.
    pub args: Map<String, Value>,
    /// Items to show; the table's own limit when absent.
    pub limit: Option<usize>,
    /// Items to skip.
    pub offset: usize,
    /// Most bytes of the answer.
    pub max_bytes: usize,
    /// Whether JSON is wanted.
    pub json: bool,
    /// Problems that the answer itself does not tell.
    pub problems: Vec<String>,
    /// Arguments that make a list smaller, for the last line of one that was cut.
    pub narrow: Vec<&'static str>,
    /// What the application says of the comparison that the answer is of, once it was asked.
    pub comparison: Option<Comparison>,
    /// Whether this server has no tool that changes anything.
    pub read_only: bool,
}

/// An answer for a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// Text for the model. When JSON was asked for, that JSON; a [`Renderer`] leaves it empty then, for [`rendered`] to
    /// fill in.
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
    /// The answer is JSON of another kind than asked for: what it is.
    Alien(&'static str),
    /// The answer is a refusal: what it says, and the way out.
    Refused(String, Option<String>),
    /// There is nothing, and there may be nobody who could have written: what to say if the resource exists.
    Silent(Rendered),
    /// The answer is ambiguous: the operation `doubt` of the row decides what it means.
    Doubtful(Value),
}

/// Shows an answer that is read from `body`, a slice or a stream.
///
/// # Errors
/// [`Problem`]
pub fn render<'de>(view: &View, body: impl Read<'de>, context: &Context) -> Result<Rendered, Problem> {
    match view {
        View::Table(table) => table::render(table, body, context),
        View::Record(sections) => record::render(sections, &parse(body)?, context),
        View::Ok(template) => {
            let (text, _) = template::render(template, &parse(body)?, context.now);
            Ok(Rendered { json: context.json.then(|| Value::String(text.clone())), text })
        }
        View::Lines(view) => lines::render(view, body, context),
        View::Rendered(_) => rendered(view, parse(body)?, context),
    }
}

/// Shows an answer by its renderer.
///
/// # Errors
/// [`Problem::Doubtful`], [`Problem::TooLarge`]
pub fn rendered(view: &View, answer: Value, context: &Context) -> Result<Rendered, Problem> {
    let View::Rendered(renderer) = view else { return Err(Problem::Alien(kind(&answer))) };
    match renderer(&answer, context) {
        None => Err(Problem::Doubtful(answer)),
        Some(Rendered { json: Some(json), .. }) => json_answer(&json, context.max_bytes),
        Some(rendered) => Ok(rendered),
    }
}

fn parse<'de>(body: impl Read<'de>) -> Result<Value, Problem> {
    let mut reader = Deserializer::new(body);
    let value = Value::deserialize(&mut reader).map_err(Problem::Json)?;
    reader.end().map_err(Problem::Json)?;
    answer(value)
}

/// Checks that an answer is an object, and not an error that came with 200.
///
/// # Errors
/// [`Problem::Refused`], [`Problem::Alien`]
pub fn answer(value: Value) -> Result<Value, Problem> {
    match &value {
        Value::Object(map) if map.contains_key("metadata") => Ok(value),
        Value::Object(map) => match (map.get("error"), map.get("code").and_then(Value::as_i64), map.get("message")) {
            (Some(error), ..) => Err(Problem::Refused(refusal(error), None)),
            (None, Some(code), Some(_)) if code != 0 => Err(Problem::Refused(refusal(&value), None)),
            _ => Ok(value),
        },
        other => Err(Problem::Alien(kind(other))),
    }
}

/// The words of `"error": "…"`, `"error": {"message": "…"}`, or `{"code": 7, "message": "…"}` (google.rpc.Status).
fn refusal(error: &Value) -> String {
    let said = error.get("message").unwrap_or(error).as_str().unwrap_or("an error without words");
    format!("Argo CD answered with an error: {}", text::shown(said))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object of another kind",
    }
}

/// Argo CD's answer as it came, masked.
///
/// # Errors
/// As [`answer`] and [`json_answer`].
pub fn raw(body: &[u8], max_bytes: usize) -> Result<Rendered, Problem> {
    let body = str::from_utf8(body).map_err(|_| Problem::Json(serde::de::Error::custom("it is not UTF-8")))?;
    let may_be_error = body.contains("\"error\"") || body.contains("\"code\"");
    if may_be_error || !body.trim_start().starts_with('{') {
        answer(body.parse().map_err(Problem::Json)?)?;
    }
    let text = within(mask::json(body).map_err(Problem::Json)?, max_bytes)?;
    Ok(Rendered { text, json: None })
}

/// JSON as an answer, masked; refused when it is over the cap, as JSON is never cut.
///
/// # Errors
/// [`Problem::TooLarge`]
pub fn json_answer(value: &Value, max_bytes: usize) -> Result<Rendered, Problem> {
    let text = within(mask::json(&value.to_string()).map_err(Problem::Json)?, max_bytes)?;
    let json = text.parse().map_err(Problem::Json)?;
    Ok(Rendered { text, json: Some(json) })
}

fn within(text: String, max_bytes: usize) -> Result<String, Problem> {
    if text.len() > max_bytes { Err(Problem::TooLarge(text.len())) } else { Ok(text) }
}
