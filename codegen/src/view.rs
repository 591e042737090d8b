//! The view of a row: `view.table`, `view.record` or `view.ok`, read from TOML and checked against the schema of the answer.

mod condition;
mod lines;
mod list;
mod reads;

use proc_macro2::TokenStream;
use quote::quote;
use toml::Table as Toml;

pub use condition::Condition;
pub use lines::Lines;
pub use list::Table;
pub use reads::{Read, Reads};

use crate::{
    keys,
    path::{Path, Segment},
    reader::Reader,
    shape::Shape,
    template::{Cell, Format, Template, path_tokens},
};

/// How an answer becomes text.
#[derive(Debug)]
pub enum View {
    /// A list: one line an item.
    Table(Box<Table>),
    /// One object: sections in order.
    Record(Vec<Section>),
    /// A sentence.
    Ok(Template),
    /// A stream of lines: logs.
    Lines(Box<Lines>),
    /// A function in `src/view/`, for a shape that no row can say.
    Rendered(String),
}

/// Whether something can work with an argument of a shape.
pub type Fit = fn(&Shape) -> bool;

/// The kinds of view, each a key of `[tool.view]`.
const KINDS: &[&str] = &["table", "record", "ok", "lines", "render"];

/// One section of a record.
#[derive(Debug)]
pub struct Section {
    head: String,
    body: Body,
    /// Of the object: what must hold for the section to be shown.
    when: Option<Condition>,
    /// What the sources of each deployment in the list are held against.
    unlike: Option<Path>,
}

#[derive(Debug)]
enum Body {
    Text(Template),
    Table(Box<Table>),
}

impl View {
    /// Reads `[tool.view]`; `reads` collects what it reads.
    pub fn read(table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::VIEW, table, format!("{}: view", parent.place()), parent.report());
        let root = Path { segments: vec![] };
        let mut views: Vec<Option<Self>> = vec![];
        if let Some(table) = reader.table("table") {
            views.push(
                Table::read(table, reader.place(), &reader, &root, reads).map(|table| Self::Table(Box::new(table))),
            );
        }
        if let Some(record) = reader.table("record") {
            views.push(read_record(record, &reader, reads).map(Self::Record));
        }
        if let Some(text) = reader.text("ok") {
            if text.trim().is_empty() {
                reader.error("`ok` is the sentence that a call answers with, and is empty");
            }
            views.push(read_template(&text, &reader, reads, &root).map(Self::Ok));
        }
        if let Some(lines) = reader.table("lines") {
            views.push(Lines::read(lines, &reader, reads).map(|lines| Self::Lines(Box::new(lines))));
        }
        if let Some(renderer) = reader.text("render") {
            reader.required_here("because");
            for path in reader.texts("reads") {
                match Path::parse(&path) {
                    Ok(path) => reads.add_whole(&reader, path),
                    Err(problem) => reader.error(problem),
                }
            }
            views.push(Some(Self::Rendered(renderer)));
        }
        if views.len() != 1 {
            reader.error(format!("needs exactly one of `{}`", KINDS.join("`, `")));
        }
        let view = views.pop().flatten();
        reader.finish();
        view
    }

    /// The arguments that the view works with, each with what uses it and the shapes that can.
    pub fn args(&self) -> Vec<(&str, &'static str, Fit)> {
        match self {
            Self::Table(table) => table.args(),
            Self::Lines(lines) => lines.args(),
            Self::Record(_) | Self::Ok(_) | Self::Rendered(_) => vec![],
        }
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        match self {
            Self::Table(table) => {
                let table = table.tokens();
                quote!(crate::view::View::Table(&#table))
            }
            Self::Record(sections) => {
                let sections = sections.iter().map(Section::tokens);
                quote!(crate::view::View::Record(&[#(#sections),*]))
            }
            Self::Ok(template) => {
                let template = template.tokens();
                quote!(crate::view::View::Ok(#template))
            }
            Self::Lines(lines) => {
                let lines = lines.tokens();
                quote!(crate::view::View::Lines(&#lines))
            }
            Self::Rendered(renderer) => {
                let renderer = quote::format_ident!("{renderer}");
                quote!(crate::view::View::Rendered(crate::view::#renderer::render))
            }
        }
    }
}

fn read_record(record: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Vec<Section>> {
    let reader = Reader::new(&keys::RECORD, record, parent.place(), parent.report());
    let sections = reader.tables("sections");
    if sections.is_empty() {
        reader.error("`record.sections` is missing or empty");
    }
    reader.finish();
    let root = Path { segments: vec![] };
    let read: Vec<Section> =
        sections.into_iter().filter_map(|section| Section::read(section, parent, reads, &root)).collect();
    Some(read)
}

impl Section {
    fn read(section: &Toml, parent: &Reader<'_>, reads: &mut Reads, root: &Path) -> Option<Self> {
        let head = section.get("head").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let reader =
            Reader::new(&keys::SECTION, section, format!("{}: section `{head}`", parent.place()), parent.report());
        reader.text("head");
        let before = reads.0.len();
        let when = reader.table("when").and_then(|when| Condition::read("when", when, &reader, reads));
        let body = match reader.table("table") {
            Some(table) => {
                Table::read(table, reader.place(), &reader, root, reads).map(|table| Body::Table(Box::new(table)))
            }
            None => read_cell(&reader, reads, root).map(Body::Text),
        };
        let unlike = reader.text("unlike").and_then(|text| parsed(&text, &reader));
        match (&unlike, &body) {
            (Some(unlike), Some(Body::Table(table))) => add_sources(&reader, unlike, &table.items, reads),
            (Some(_), _) => reader.error("`unlike` is for a list of deployments"),
            (None, _) => {}
        }
        // What a section says of releases holds for all it reads.
        let (since, until) = reader.span();
        for read in reads.0.iter_mut().skip(before) {
            read.since = read.since.max(since);
            read.until = [read.until, until].into_iter().flatten().min();
        }
        reader.finish();
        Some(Self { head, body: body?, when, unlike })
    }

    fn tokens(&self) -> TokenStream {
        let head = &self.head;
        let (body, mut reads) = match &self.body {
            Body::Text(template) => {
                // What is only counted is not shown, in JSON as little as in the text.
                let shown =
                    template.cells().into_iter().filter(|cell| !matches!(cell.format, Format::Count | Format::Idle));
                let reads: Vec<Path> = shown.flat_map(Cell::reads).map(|(path, _)| path).collect();
                let template = template.tokens();
                (quote!(crate::view::Body::Text(#template)), reads)
            }
            Body::Table(table) => {
                let table = table.tokens();
                (quote!(crate::view::Body::Table(&#table)), vec![])
            }
        };
        reads.sort();
        reads.dedup();
        let reads = reads.iter().map(path_tokens);
        let when = Condition::optional_tokens(self.when.as_ref());
        let unlike = self.unlike.as_ref().map_or_else(|| quote!(&[]), path_tokens);
        quote!(crate::view::Section { head: #head, body: #body, when: #when, unlike: #unlike, reads: &[#(#reads),*] })
    }
}

/// The sources of a spec and of the deployments that are held against it.
fn add_sources(reader: &Reader<'_>, spec: &Path, deployments: &Path, reads: &mut Reads) {
    let each = deployments.join(&Path { segments: vec![Segment::Each] });
    for key in ["source", "sources"] {
        let key = Path { segments: vec![Segment::Key(key.to_owned())] };
        [spec, &each].into_iter().for_each(|place| reads.add_whole(reader, place.join(&key)));
    }
}

/// `text = "…"`, or `path`/`paths` with `as`.
fn read_cell(reader: &Reader<'_>, reads: &mut Reads, root: &Path) -> Option<Template> {
    let paths = if reader.has("path") { reader.texts("path") } else { reader.texts("paths") };
    let format = reader.text("as");
    match (reader.text("text"), paths.is_empty()) {
        (Some(_), true) if format.is_some() => {
            reader.error("`as` goes with `path`; in a text the format stands in the braces: {path:format}");
            None
        }
        (Some(text), true) => {
            if Path::parse(&text).is_ok_and(|path| !path.segments.is_empty()) {
                reader.error(format!("`text` is `{text}` in every answer: a value stands in braces, {{{text}}}"));
            }
            read_template(&text, reader, reads, root)
        }
        (None, false) => {
            let cell = Cell::parse(&match format {
                Some(format) => format!("{}:{format}", paths.join(",")),
                None => paths.join(","),
            });
            let cell = cell.map_err(|problem| reader.error(problem)).ok()?;
            reads.add_cells(reader, root, &[&cell]);
            Some(Template::cell(cell))
        }
        _ => {
            reader.error("needs either `text` or `path` (or `paths`), with `as` for a format");
            None
        }
    }
}

fn read_template(text: &str, reader: &Reader<'_>, reads: &mut Reads, root: &Path) -> Option<Template> {
    let template = Template::parse(text).map_err(|problem| reader.error(problem)).ok()?;
    reads.add_cells(reader, root, &template.cells());
    Some(template)
}

/// The path under a key.
fn read_path(reader: &Reader<'_>, key: &'static str) -> Option<Path> {
    parsed(&reader.required(key)?, reader)
}

/// The path that a text is.
fn parsed(text: &str, reader: &Reader<'_>) -> Option<Path> {
    Path::parse(text).map_err(|problem| reader.error(problem)).ok()
}
