//! Reads only what a view asks for: the rest of an answer is parsed and thrown away without being built.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use super::path::{Path, Segment};

/// A key, borrowed from the source where it has no escapes.
#[derive(Deserialize)]
pub struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The paths wanted, as a tree. Lists are transparent.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Everything from here on.
    All,
    /// Some keys.
    Keys(BTreeMap<&'static str, Wanted>),
}

impl Wanted {
    /// The tree of some paths. What is below `|json` belongs to a string, which is wanted as a whole.
    pub fn of(paths: impl IntoIterator<Item = Path>) -> Self {
        let mut root = Self::Keys(BTreeMap::new());
        for path in paths {
            let before_json = path.iter().take_while(|segment| **segment != Segment::Json);
            let keys =
                before_json.filter_map(|segment| if let Segment::Key(key) = segment { Some(*key) } else { None });
            let mut at = &mut root;
            for key in keys {
                let Self::Keys(children) = at else { break };
                at = children.entry(key).or_insert_with(|| Self::Keys(BTreeMap::new()));
            }
            *at = Self::All;
        }
        root
    }

    /// Keeps what is wanted of a value that is there already.
    pub fn project(&self, value: &Value) -> Value {
        match (self, value) {
            (Self::All, value) => value.clone(),
            (Self::Keys(_), Value::Array(list)) => list.iter().map(|item| self.project(item)).collect(),
            (Self::Keys(keys), Value::Object(map)) => {
                let kept =
                    map.iter().filter_map(|(key, child)| Some((key.clone(), keys.get(key.as_str())?.project(child))));
                Value::Object(kept.filter(|(_, child)| !child.is_null()).collect())
            }
            _ => Value::Null,
        }
    }
}

impl<'de> DeserializeSeed<'de> for &Wanted {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Wanted::All => Deserialize::deserialize(deserializer),
            Wanted::Keys(keys) => deserializer.deserialize_any(Projector { wanted: self, keys }),
        }
    }
}

struct Projector<'a> {
    wanted: &'a Wanted,
    keys: &'a BTreeMap<&'static str, Wanted>,
}

impl<'de> Visitor<'de> for Projector<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(Key(key)) = access.next_key()? {
            match self.keys.get(&*key) {
                Some(wanted) => {
                    let child = access.next_value_seed(wanted)?;
                    if !child.is_null() {
                        map.insert(key.into_owned(), child);
                    }
                }
                None => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = vec![];
        while let Some(item) = access.next_element_seed(self.wanted)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    // A scalar where an object was wanted has nothing that is wanted.
    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// What an answer has at its top besides the list.
#[derive(Debug, Default)]
pub struct Top {
    /// `error`, of an answer that is one.
    pub error: Option<Value>,
    /// Whether it has keys, but none of a list.
    pub foreign: bool,
}

/// Hands every item of the list at `items` to `each`, projected, and holds none of them.
pub struct Items<'a, F> {
    /// Keys that are left on the way to the list.
    pub items: &'a [Segment],
    /// What of an item is wanted.
    pub wanted: &'a Wanted,
    /// Takes an item.
    pub each: &'a mut F,
    /// What is found at the top besides the list; none below it.
    pub top: Option<&'a mut Top>,
}

impl<'de, F: FnMut(Value)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Value)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.items.is_empty() { "a list or null" } else { "an object" })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<(), A::Error> {
        let Some((Segment::Key(wanted), rest)) = self.items.split_first() else {
            return Err(serde::de::Error::custom("expected a list of items, not an object"));
        };
        let (mut foreign, mut known) = (false, false);
        while let Some(Key(key)) = access.next_key()? {
            let listed = key == *wanted || key == "metadata";
            (foreign, known) = (!listed && !known, known || listed);
            match &mut self.top {
                _ if key == *wanted => access.next_value_seed(Items {
                    items: rest,
                    wanted: self.wanted,
                    each: &mut *self.each,
                    top: None,
                })?,
                Some(top) if key == "error" => top.error = Some(access.next_value()?),
                _ => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        if let Some(top) = self.top {
            top.foreign = foreign;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        if !self.items.is_empty() {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        while let Some(item) = access.next_element_seed(self.wanted)? {
            (self.each)(item);
        }
        Ok(())
    }

    // Argo CD writes an empty list as `null`.
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        if self.top.is_some() { Err(E::invalid_type(serde::de::Unexpected::Unit, &self)) } else { Ok(()) }
    }
}
