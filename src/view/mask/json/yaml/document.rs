//! The documents of a YAML text as JSON, in which each scalar knows where it stands in the text.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
};

use granit_parser::{Event, Parser, ScalarStyle, Span, options};
use serde_json::Value;

use super::Unread;

/// Bytes of the longest text that is copied to where its aliases stand: with longer ones a few lines could grow to
/// gigabytes.
const ALIASED: usize = 128;
/// Stands in for longer texts at their aliases. It looks like a credential, so it is masked wherever one would be.
const ANYTHING: &str = "x7Kq2ZpM9vR4tW1n";

/// A document, and what is in it.
#[derive(Default)]
pub(super) struct Document {
    pub(super) json: String,
    /// Its scalars, keys and values, in the order in which they stand in `json`.
    pub(super) scalars: Vec<Scalar>,
    /// Which of the scalars stand below an anchor, by the id of the anchor.
    pub(super) anchors: HashMap<usize, Range<usize>>,
    levels: Vec<Level>,
}

/// A scalar, or an alias.
pub(super) struct Scalar {
    pub(super) text: String,
    /// Where the scalar stands, in bytes.
    pub(super) place: Range<usize>,
    /// The column in which its text begins.
    pub(super) column: usize,
    pub(super) style: ScalarStyle,
    pub(super) is_key: bool,
    /// The anchor that an alias refers to.
    pub(super) alias: Option<usize>,
}

/// A list or an object that is read.
struct Level {
    end: char,
    anchor: usize,
    begin: usize,
    next: Next,
}

/// What comes next at a level.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Item,
    Key,
    Value,
    /// The value of a key that is itself a list or an object. JSON has no such keys: the key and the value go under `?`
    /// and `=`.
    ValueOfMany,
}

/// Reads all documents of a text.
///
/// # Errors
/// [`Unread`]
pub(super) fn documents(text: &str) -> Result<Vec<Document>, Unread> {
    let mut documents = vec![];
    let options = options! { emit_comments: false, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|_| Unread)?;
        match event {
            Event::DocumentStart(..) => documents.push(Document::default()),
            Event::DocumentEnd => documents.last_mut().ok_or(Unread)?.finish()?,
            event => documents.last_mut().map_or(Ok(()), |document| document.add(event, &span))?,
        }
    }
    Ok(documents)
}

impl Document {
    /// A document that is one text is put into a list, as JSON is only looked into if it is a list or an object. A text
    /// without any sign of YAML is some other format, whose lines YAML would join.
    fn finish(&mut self) -> Result<(), Unread> {
        if !self.json.starts_with(['[', '{']) {
            let is_other = |alone: &Scalar| alone.style == ScalarStyle::Plain && !alone.text.is_empty();
            if self.scalars.first().is_some_and(is_other) {
                return Err(Unread);
            }
            self.json = format!("[{}]", self.json);
        }
        Ok(())
    }

    fn add(&mut self, event: Event<'_>, span: &Span) -> Result<(), Unread> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let begin = self.scalars.len();
                self.scalar(text.into_owned(), is_plain, style, span, None)?;
                self.anchor(anchor, begin);
            }
            Event::Alias(anchor) => {
                let own = self.anchors.get(&anchor).filter(|own| own.len() == 1);
                let text = own.and_then(|own| self.scalars.get(own.start)).map(|scalar| scalar.text.as_str());
                let text = text.filter(|text| text.len() <= ALIASED).unwrap_or(ANYTHING).to_owned();
                self.scalar(text, false, ScalarStyle::Plain, span, Some(anchor))?;
            }
            Event::UnresolvedAlias(name) => {
                self.scalar(format!("*{name}"), false, ScalarStyle::Plain, span, None)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.before(true)?;
                self.open('[', ']', Next::Item, anchor);
            }
            Event::MappingStart(_, anchor, _) => {
                self.before(true)?;
                self.open('{', '}', Next::Key, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: String,
        is_plain: bool,
        style: ScalarStyle,
        span: &Span,
        alias: Option<usize>,
    ) -> Result<(), Unread> {
        let is_key = self.before(false)?;
        if is_key || !is_plain || !is_json(&text) {
            self.json.push_str(&Value::from(text.as_str()).to_string());
        } else {
            self.json.push_str(if text == "~" { "null" } else { &text });
        }
        let (place, column) = (span.byte_range().ok_or(Unread)?, span.start.col());
        self.scalars.push(Scalar { text, place, column, style, is_key, alias });
        Ok(())
    }

    /// Writes what stands before a node; tells whether it is a key.
    fn before(&mut self, has_many: bool) -> Result<bool, Unread> {
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        let is_first = self.json.ends_with(['[', '{']);
        let (next, before, is_key) = match (level.next, has_many) {
            (Next::Item, _) => (Next::Item, ",", false),
            (Next::Key, false) => (Next::Value, ",", true),
            (Next::Key, true) => (Next::ValueOfMany, ",\"?\":", false),
            (Next::Value, _) => (Next::Key, ":", false),
            (Next::ValueOfMany, _) => (Next::Key, ",\"=\":", false),
        };
        let is_more = matches!(level.next, Next::Value | Next::ValueOfMany) || !is_first;
        self.json.push_str(if is_more { before } else { before.trim_start_matches(',') });
        let invented = matches!((level.next, has_many), (Next::Key, true) | (Next::ValueOfMany, _));
        level.next = next;
        if invented {
            let text = before.trim_matches([',', ':', '"']).to_owned();
            let style = ScalarStyle::Plain;
            self.scalars.push(Scalar { text, place: 0..0, column: 0, style, is_key: true, alias: None });
        }
        Ok(is_key)
    }

    fn open(&mut self, begin: char, end: char, next: Next, anchor: usize) {
        self.json.push(begin);
        self.levels.push(Level { end, anchor, begin: self.scalars.len(), next });
    }

    fn close(&mut self) {
        let Some(Level { end, anchor, begin, .. }) = self.levels.pop() else { return };
        self.json.push(end);
        self.anchor(anchor, begin);
    }

    /// Remembers which scalars stand below an anchor; the id 0 means no anchor.
    fn anchor(&mut self, anchor: usize, begin: usize) {
        if anchor > 0
            && let Entry::Vacant(entry) = self.anchors.entry(anchor)
        {
            entry.insert(begin..self.scalars.len());
        }
    }
}

/// Whether a plain scalar is also valid JSON: `null`, a switch, a number. All others, such as `0644`, become texts.
fn is_json(text: &str) -> bool {
    let is_number = || {
        text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && text.parse::<f64>().is_ok_and(f64::is_finite)
            && serde_json::from_str::<serde_json::Number>(text).is_ok()
    };
    matches!(text, "~" | "null" | "true" | "false") || is_number()
}
