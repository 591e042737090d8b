//! JSON masked from text to text, without building a tree of values: Argo CD's answers can be megabytes, and little of
//! them is credentials.

mod command;
mod doubtful;
mod flat;
mod pairs;
mod place;
mod shape;
mod texts;
mod yaml;

use std::{
    borrow::Cow,
    fmt::{self, Display},
};

use doubtful::{Decides, Doubtful, Object, known};
use place::Place;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
pub(super) use texts::{inside, length};
use texts::{is_name, needs_work, text};

use super::{
    MARK,
    assigned::{self, is_marked},
    fields::{Field, pair},
    is_mark, mark,
    names::{is_bare_key, is_sensitive},
    values::{is_harmless, is_something_else},
};
use crate::view::project::Key;

/// How deep values may be nested; `serde_json` reads no deeper either.
const DEPTH: u8 = 127;

/// JSON that was read and written again, and whether it was changed on the way.
pub(super) struct Masked {
    /// Without spaces between its parts.
    pub(super) text: String,
    /// Something was masked or cleaned.
    pub(super) changed: bool,
    /// Something was masked.
    pub(super) masked: bool,
}

/// Masks credentials and removes invisible characters.
///
/// # Errors
/// The text is not JSON, or breaks off.
pub(super) fn mask(json: &str) -> Result<Masked, serde_json::Error> {
    mask_at(json, Place::default())
}

fn mask_at(json: &str, place: Place) -> Result<Masked, serde_json::Error> {
    let mut out = Masked { text: String::with_capacity(json.len() + json.len() / 16), changed: false, masked: false };
    let mut reader = serde_json::Deserializer::from_str(json);
    At { out: &mut out, place }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(out)
}

/// A value that is read and written again.
struct At<'o> {
    out: &'o mut Masked,
    place: Place,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        if self.place.depth > DEPTH {
            return Err(D::Error::custom("recursion limit exceeded"));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.text.push_str("null");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.out.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.number(serde_json::Value::from(value))
    }

    /// A text without escapes, which stands in the source as it is.
    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<(), E> {
        if self.place.all || self.place.own != Field::Silent || needs_work(value) {
            return self.visit_str(value);
        }
        self.out.unescaped(value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let Place { all, sealed, word, own, depth, .. } = self.place;
        let is_shown = || if sealed { is_harmless(value) } else { is_something_else(value) };
        let is_credential = all || own.hides(value);
        let is_masked = || if sealed { is_mark(value) } else { is_marked(value) };
        let alone = |value| assigned::argument(value).filter(|_| word).and_then(|at| value.split_at_checked(at));
        let masked = match is_credential && !is_shown() && !is_masked() {
            true => mark(value).into(),
            false if let Some((name, value)) = alone(value) => format!("{name}{}", mark(value)).into(),
            false if needs_work(value) => text(value, depth),
            false => value.into(),
        };
        self.out.told(value, &masked);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { out, place } = self;
        let mut below = place.items();
        out.text.push('[');
        let list = out.text.len();
        loop {
            let begin = out.text.len();
            if items.next_element_seed(At { out, place: below })?.is_none() {
                break;
            }
            let item = out.text.get(begin..).unwrap_or_default();
            below.own = match place.items().own {
                Field::Silent => command::argument(item).or_else(|| command::pair_of(item)).unwrap_or_default(),
                own => command::argument(item).unwrap_or(own),
            };
            // The word after `-c` is a script for a shell.
            below.word = item != "\"-c\"";
            out.text.push(',');
        }
        out.close(']');
        command::mask(out, list - 1);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { out, place } = self;
        let mut object = Object::default();
        out.text.push('{');
        let begin = out.text.len();
        while let Some(Key(key)) = entries.next_key()? {
            match &key {
                Cow::Borrowed(key) if is_name(key) || !needs_work(key) => out.unescaped(key),
                key => out.told(key, &text(key, place.depth)),
            }
            out.text.push(':');
            let begin = out.text.len();
            let (mut below, named) = place.under(&key);
            let name: &str = &key;
            let key = known(name);
            match key {
                "array" | "data" | "default" | "input" | "map" | "patch" | "string" | "stringData" | "value"
                    if !below.all =>
                {
                    let raw: &RawValue = entries.next_value()?;
                    // In a list, people do not choose the keys of the items: `secretKey` of an ExternalSecret names a
                    // key.
                    below.chosen = place.chosen || (below.chosen && raw.get().starts_with('{'));
                    object.doubtful.push(Doubtful { decides: Decides::over(key), begin, raw, below });
                }
                // Only for the outermost name: nested values are not read again and again.
                _ if named && !place.all => {
                    let raw: &RawValue = entries.next_value()?;
                    out.again(raw, shape::told(name, raw, below)).map_err(A::Error::custom)?;
                }
                _ => entries.next_value_seed(At { out, place: below })?,
            }
            object.learn(key, begin, &out.text);
            if key == "parameters" {
                pairs::mask(out, begin);
            }
            out.text.push(',');
        }
        object.settle(begin, out).map_err(A::Error::custom)?;
        out.close('}');
        Ok(())
    }
}

impl At<'_> {
    fn number<E>(self, number: impl Display) -> Result<(), E> {
        const LEAST: usize = 6;
        let written = number.to_string();
        let is_credential = self.place.all || matches!(self.place.own, Field::Credential | Field::Argument);
        if is_credential && !(self.place.counts && written.len() < LEAST) {
            (self.out.changed, self.out.masked) = (true, true);
            self.out.quoted(&mark(&written));
        } else {
            self.out.text.push_str(&written);
        }
        Ok(())
    }
}

impl Masked {
    /// A text that needs no escapes.
    fn unescaped(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }

    /// Writes what is shown of a text.
    fn told(&mut self, text: &str, shown: &str) {
        self.changed |= shown != text;
        self.masked |= shown != text && shown.contains(MARK);
        self.quoted(shown);
    }

    fn quoted(&mut self, text: &str) {
        self.text.push_str(&serde_json::Value::from(text).to_string());
    }

    /// Ends a list or an object; the comma after its last item is removed.
    fn close(&mut self, end: char) {
        if self.text.ends_with(',') {
            self.text.pop();
        }
        self.text.push(end);
    }

    fn again(&mut self, raw: &RawValue, place: Place) -> Result<(), serde_json::Error> {
        At { out: self, place }.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))
    }
}
