//! Changes a JSON text at one place. Everything else stays as it is, byte for byte.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Serializer, Value, ser::PrettyFormatter, value::RawValue};

use super::entry::Entry;
use crate::files::BOM;

/// The change to make: `entry` is to stand in the object at `key`.
pub(super) struct Edit<'a> {
    pub key: &'a str,
    pub entry: &'a Entry,
    pub replace: bool,
}

impl Edit<'_> {
    /// The text after the change.
    ///
    /// # Errors
    /// Why the file is left alone, as the end of a sentence that begins with the file.
    pub(super) fn apply(&self, text: &str) -> Result<String, String> {
        if text.trim().is_empty() {
            return Ok(self.entry.snippet());
        }
        let mut text = text.to_owned();
        let file = members(&text)?;
        let servers = match file.get(self.key) {
            Some(servers) => Some(object(servers).map_err(|_| not_as_expected(self.key))?),
            None => None,
        };
        match (servers, servers_entry(&text, self.key, &self.entry.name)) {
            (_, Some(entry)) if value(entry) == Some(self.entry.value.clone()) => {}
            (_, Some(_)) if !self.replace => return Err(self.taken()),
            (_, Some(entry)) => {
                let place = Place::of(&text, entry);
                text = place.replaced(&text, &Style::of(&text).print(&self.entry.value, 2));
            }
            (Some(servers), None) => {
                let whole = file.get(self.key).map(|raw| Place::of(&text, raw)).unwrap_or_default();
                text = added(&text, whole, &servers.0, Some(&self.entry.name), &self.entry.value, 2);
            }
            (None, None) => {
                let new = serde_json::json!({ &self.entry.name: self.entry.value });
                text = added(&text, Place::whole(&text), &file.0, Some(self.key), &new, 1);
            }
        }
        for input in &self.entry.inputs {
            text = with_input(&text, input)?;
        }
        // The new text must say what was meant.
        let found = servers_entry(&text, self.key, &self.entry.name).and_then(value);
        if found.as_ref() == Some(&self.entry.value) { Ok(text) } else { Err("cannot be changed safely".to_owned()) }
    }

    /// Whether there is an entry of this name already.
    pub(super) fn is_taken(&self, text: &str) -> bool {
        servers_entry(text, self.key, &self.entry.name).is_some()
    }

    fn taken(&self) -> String {
        format!("has a different `{}` already", self.entry.name)
    }
}

fn not_as_expected(key: &str) -> String {
    format!("has something unexpected at `{key}`")
}

fn value(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

fn servers_entry<'a>(text: &'a str, key: &str, name: &str) -> Option<&'a RawValue> {
    object(members(text).ok()?.get(key)?).ok()?.get(name)
}

/// Adds a question of VS Code, unless one with its id is there. Questions are a list beside the servers.
fn with_input(text: &str, input: &Value) -> Result<String, String> {
    let file = members(text)?;
    let Some(inputs) = file.get("inputs") else {
        return Ok(added(text, Place::whole(text), &file.0, Some("inputs"), &Value::from(vec![input.clone()]), 1));
    };
    let items: Vec<&RawValue> = serde_json::from_str(inputs.get()).map_err(|_| not_as_expected("inputs"))?;
    let same = |item: &&RawValue| value(item).is_some_and(|item| item.get("id") == input.get("id"));
    if items.iter().any(same) {
        return Ok(text.to_owned());
    }
    let items: Vec<_> = items.into_iter().map(|item| (String::new(), item)).collect();
    Ok(added(text, Place::of(text, inputs), &items, None, input, 2))
}

/// The text with a new last member in the object or list at `whole`.
fn added(
    text: &str,
    whole: Place,
    members: &[(String, &RawValue)],
    key: Option<&str>,
    new: &Value,
    depth: usize,
) -> String {
    let style = Style::of(text);
    let key = key.map(|key| format!("{}: ", Value::from(key))).unwrap_or_default();
    let new = format!("{}{key}{}", style.line(depth), style.print(new, depth));
    if let Some((_, last)) = members.last() {
        let end = Place::of(text, last).end;
        return Place { begin: end, end }.replaced(text, &format!(",{new}"));
    }
    let (open, close) = if key.is_empty() { ('[', ']') } else { ('{', '}') };
    whole.replaced(text, &format!("{open}{new}{}{close}", style.line(depth - 1)))
}

/// The place of a part of a text, in bytes.
#[derive(Clone, Copy, Default)]
struct Place {
    begin: usize,
    end: usize,
}

impl Place {
    /// The place of a raw value, which is a part of the text that it was read from.
    fn of(text: &str, raw: &RawValue) -> Self {
        let begin = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        Self { begin, end: begin + raw.get().len() }
    }

    fn whole(text: &str) -> Self {
        let begin = text.len() - text.trim_start().len();
        Self { begin, end: begin + text.trim().len() }
    }

    fn replaced(self, text: &str, new: &str) -> String {
        let (before, after) = (text.get(..self.begin), text.get(self.end..));
        format!("{}{new}{}", before.unwrap_or_default(), after.unwrap_or_default())
    }
}

/// The layout of a text.
struct Style<'a> {
    indent: &'a str,
    line_end: &'static str,
}

impl<'a> Style<'a> {
    fn of(text: &'a str) -> Self {
        let indented = text.lines().skip(1).find(|line| line.trim_start().starts_with('"'));
        let indent = indented.and_then(|line| line.split('"').next()).filter(|indent| !indent.is_empty());
        Self { indent: indent.unwrap_or("  "), line_end: if text.contains("\r\n") { "\r\n" } else { "\n" } }
    }

    fn line(&self, depth: usize) -> String {
        format!("{}{}", self.line_end, self.indent.repeat(depth))
    }

    fn print(&self, value: &Value, depth: usize) -> String {
        let mut bytes = vec![];
        let mut printer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(self.indent.as_bytes()));
        // Writing JSON into memory cannot fail.
        let _ = value.serialize(&mut printer);
        String::from_utf8(bytes).unwrap_or_default().replace('\n', &self.line(depth))
    }
}

/// The members of an object, with the text of their values.
#[derive(Debug)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }
}

fn members(text: &str) -> Result<Members<'_>, String> {
    if text.starts_with(BOM) {
        return Err("is not plain JSON: it begins with a byte order mark".to_owned());
    }
    serde_json::from_str(text).map_err(|error| format!("is not plain JSON: {error}"))
}

fn object(raw: &RawValue) -> Result<Members<'_>, serde_json::Error> {
    serde_json::from_str(raw.get())
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members(vec![]);
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    // Only the owner of the file knows which of the two counts.
                    if members.get(&key).is_some() {
                        return Err(A::Error::custom(format!("`{key}` stands there twice")));
                    }
                    members.0.push((key, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
