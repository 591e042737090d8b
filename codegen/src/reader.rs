//! Reads a TOML table key by key and tells every mistake: wrong types, missing keys, keys nobody asked for.

use std::cell::{Cell, RefCell};

use serde_json::{Map, json};
use toml::{Table, Value};

use crate::{
    keys::Keys,
    release::Release,
    report::Report,
    suggest::{did_you_mean, similar},
};

/// Longest example that the documentation shows, in bytes.
const LONGEST: usize = 70;
/// The oldest release that there is a description for.
const OLDEST: Release = Release::new(2, 6, 0);

/// One TOML table being read. Keys that were never asked for are errors when [`Reader::finish`] is called; a reader
/// that gives up before tells at least what is missing.
pub struct Reader<'a> {
    of: &'static Keys,
    table: &'a Table,
    finished: Cell<bool>,
    place: String,
    asked: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<&'static str>>,
    report: &'a Report,
}

impl<'a> Reader<'a> {
    /// `of` says what its keys mean, `place` opens every message: ``applications.toml: tool `list_applications` ``.
    pub fn new(of: &'static Keys, table: &'a Table, place: impl Into<String>, report: &'a Report) -> Self {
        Self {
            of,
            table,
            finished: Cell::new(false),
            place: place.into(),
            asked: RefCell::default(),
            missing: RefCell::default(),
            report,
        }
    }

    /// What opens every message.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The report this reader writes to.
    pub fn report(&self) -> &'a Report {
        self.report
    }

    /// Writes an error about this table.
    pub fn error(&self, message: impl AsRef<str>) {
        self.report.error_at(&self.place, message.as_ref());
    }

    /// Writes a remark about this table.
    pub fn warning(&self, message: impl AsRef<str>) {
        self.report.warning(format!("{}: {}", self.place, message.as_ref()));
    }

    fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(key);
        if !self.of.head.is_empty() && !self.of.keys.iter().any(|(known, _)| *known == key) {
            self.report.error(format!("codegen/src/keys.rs does not say what `{key}` of \"{}\" means", self.of.head));
        }
        self.table.get(key)
    }

    /// Notes what a key takes, and what it has here.
    fn take(&self, key: &'static str, wanted: &str) {
        let example = self.table.get(key).and_then(written).filter(|text| text.len() <= LONGEST);
        self.report.take((self.of.head, key), wanted, example);
    }

    fn typed<T>(&self, key: &'static str, wanted: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.get(key);
        self.take(key, wanted);
        let value = value?;
        let read = read(value);
        if read.is_none() {
            self.error(format!("`{key}` must be {wanted}, not {}", describe(value, wanted)));
        }
        read
    }

    /// Whether the key is there at all.
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A string.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.typed(key, "a string", Value::as_str).map(str::to_owned)
    }

    /// A string that must be there and not empty.
    pub fn required(&self, key: &'static str) -> Option<String> {
        self.take(key, "a string, required");
        self.required_here(key)
    }

    /// A string that must be there and not empty, because of another key.
    pub fn required_here(&self, key: &'static str) -> Option<String> {
        let text = self.text(key).filter(|text| !text.trim().is_empty());
        if text.is_none() && self.table.get(key).is_none_or(Value::is_str) {
            self.missing.borrow_mut().push(key);
        }
        text
    }

    /// A boolean, false when absent.
    pub fn flag(&self, key: &'static str) -> bool {
        self.typed(key, "true or false", Value::as_bool).unwrap_or(false)
    }

    /// An integer that is not negative.
    pub fn number(&self, key: &'static str) -> Option<u64> {
        self.typed(key, "an integer that is not negative", |value| u64::try_from(value.as_integer()?).ok())
    }

    /// A list of strings, or one string.
    pub fn texts(&self, key: &'static str) -> Vec<String> {
        self.typed(key, "a string or a list of strings", |value| match value {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// A table, whatever its keys.
    pub fn table(&self, key: &'static str) -> Option<&'a Table> {
        self.typed(key, "a table", Value::as_table)
    }

    /// A list of tables.
    pub fn tables(&self, key: &'static str) -> Vec<&'a Table> {
        self.typed(key, "a list of tables", |value| value.as_array()?.iter().map(Value::as_table).collect())
            .unwrap_or_default()
    }

    /// Any value, as JSON.
    pub fn json(&self, key: &'static str) -> Option<serde_json::Value> {
        self.typed(key, "any value", |value| Some(to_json(value)))
    }

    /// A release such as `"3.1"`.
    pub fn release(&self, key: &'static str) -> Option<Release> {
        self.typed(key, "a release such as \"3.1\"", |value| Release::parse(value.as_str()?))
    }

    /// `since` and `until`, between which something exists.
    pub fn span(&self) -> (Option<Release>, Option<Release>) {
        let (since, until) = (self.release("since"), self.release("until"));
        if let Some((since, until)) = since.zip(until).filter(|(since, until)| since >= until) {
            self.error(format!(
                "`since` is {since} and `until` is {until}: no release is from the one to before the other"
            ));
        }
        if let Some(until) = until.filter(|until| *until <= OLDEST) {
            self.warning(format!("`until` is {until}: no release that this builds for has it, leave it out"));
        }
        (since, until)
    }

    /// Warns about an entry whose `since` is newer than every release known here: it cannot be checked.
    pub fn known_release(&self, since: Option<Release>, newest: Release) {
        if let Some(since) = since.filter(|since| *since > newest) {
            self.warning(format!(
                "`since` is {since}, newer than {newest}, the newest release known here: nothing of it is checked"
            ));
        }
    }

    /// One of a closed list of words.
    pub fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
        let text = self.text(key);
        self.take(key, &words.join(", "));
        let text = text?;
        let choice = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if choice.is_none() {
            let hint = did_you_mean(&text, choices.iter().map(|(word, _)| *word));
            self.error(format!("`{key}` is `{text}`, which is not one of {}{hint}", words.join(", ")));
        }
        choice
    }

    /// Reports what is missing, and the keys that nobody asked for. A key that is only misspelt is not missing too.
    pub fn finish(self) {
        self.finished.set(true);
        let asked = self.asked.borrow();
        let unknown = || self.table.keys().filter(|key| !asked.contains(&key.as_str()));
        for key in self.missing.borrow().iter().filter(|key| self.misspelt(key).is_none()) {
            self.error(format!("`{key}` is missing"));
        }
        for key in unknown() {
            let hint = did_you_mean(key, asked.iter().copied());
            let mut known: Vec<&str> = asked.iter().copied().collect();
            known.sort_unstable();
            known.dedup();
            let hint = if hint.is_empty() { format!(" (known here: {})", known.join(", ")) } else { hint };
            self.error(format!("unknown key `{key}`{hint}"));
        }
    }

    /// A key nobody asked for that looks like `key`.
    fn misspelt(&self, key: &str) -> Option<&'a str> {
        let asked = self.asked.borrow();
        let mut unknown = self.table.keys().map(String::as_str).filter(|other| !asked.contains(other));
        unknown.find(|other| similar(other, [key]).len() == 1)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if self.finished.get() {
            return;
        }
        for key in self.missing.borrow().iter() {
            match self.misspelt(key) {
                Some(other) => self.error(format!("unknown key `{other}` (did you mean `{key}`?)")),
                None => self.error(format!("`{key}` is missing")),
            }
        }
    }
}

/// Parses a TOML file; a syntax error becomes one line of the report.
pub fn parse(text: &str, file: &str, report: &Report) -> Option<Table> {
    match text.parse::<Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
            let quoted = text.lines().nth(line - 1).unwrap_or_default().trim();
            report.error(format!("{file}: line {line} is not TOML: {}: {quoted}", error.message()));
            if let Some(single) = text.lines().position(|line| line.trim() == "[tool]") {
                report.error(format!("{file}: line {}: a row begins with [[tool]]", single + 1));
            }
            None
        }
    }
}

fn describe(value: &Value, wanted: &str) -> String {
    match value {
        Value::Table(_) => "a table".into(),
        Value::Array(list) if wanted.contains("list of") => {
            let others = list.iter().find(|item| !item.is_str() || wanted.contains("tables"));
            format!("a list with {}", others.map_or_else(|| "nothing in it".into(), |item| describe(item, "")))
        }
        Value::Array(_) => "a list".into(),
        scalar => format!("`{}`", to_json(scalar).to_string().trim_matches('"')),
    }
}

/// A text, a number or a list of them as it is written, for the documentation.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Table(_) => None,
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(written).collect::<Option<_>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        scalar => Some(to_json(scalar).to_string()).filter(|text| !text.contains('`')),
    }
}

/// A TOML value as JSON; dates become strings.
pub fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Boolean(flag) => json!(flag),
        Value::Datetime(date) => json!(date.to_string()),
        Value::Array(list) => list.iter().map(to_json).collect(),
        Value::Table(table) => serde_json::Value::Object(
            table.iter().map(|(key, child)| (key.clone(), to_json(child))).collect::<Map<_, _>>(),
        ),
    }
}
