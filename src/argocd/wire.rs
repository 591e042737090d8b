//! The values of one request, by their names on the wire, until the generated client takes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path;
use crate::error::{Error, Kind};

/// Parameters and body of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wire {
    parameters: BTreeMap<String, Value>,
    body: Map<String, Value>,
    whole_body: Option<Value>,
}

impl Wire {
    /// Sets a path or query parameter; `null` removes it.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match value.into() {
            Value::Null => drop(self.parameters.remove(name)),
            value => drop(self.parameters.insert(name.to_owned(), value)),
        }
    }

    /// Sets a value in the JSON body. Objects on the way to it are made; without keys the value is the whole body.
    pub fn set_body(&mut self, keys: &[&str], value: impl Into<Value>) {
        let Some((last, parents)) = keys.split_last() else {
            self.whole_body = Some(value.into());
            return;
        };
        let mut map = &mut self.body;
        for key in parents {
            let child = map.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if !child.is_object() {
                *child = Value::Object(Map::new());
            }
            let Value::Object(inner) = child else { return };
            map = inner;
        }
        map.insert((*last).to_owned(), value.into());
    }

    /// Takes a path parameter.
    ///
    /// # Errors
    /// [`Kind::Arguments`]: the value would leave its segment. [`Kind::Internal`]: it was never set.
    pub fn segment(&mut self, name: &str) -> Result<String, Error> {
        let value = self.parameters.remove(name).map(into_text);
        let value =
            value.ok_or_else(|| Error::new(Kind::Internal, format!("the path parameter `{name}` was not set")))?;
        path::check(name, &value)?;
        Ok(value)
    }

    /// Takes a path parameter that is a number.
    ///
    /// # Errors
    /// [`Kind::Arguments`]: the value is no number. [`Kind::Internal`]: it was never set.
    pub fn number_segment<T: std::str::FromStr>(&mut self, name: &str) -> Result<T, Error> {
        let text = self.segment(name)?;
        text.parse()
            .map_err(|_| Error::new(Kind::Arguments, format!("`{name}` is {text:?}; it must be a whole number")))
    }

    /// Takes a text. An empty one counts as absent, unless `send_empty` is set: to a server `refresh=` is a refresh,
    /// and `projects=` matches nothing.
    pub fn text(&mut self, name: &str, send_empty: bool) -> Option<String> {
        let value = self.parameters.remove(name).map(into_text);
        if send_empty { Some(value.unwrap_or_default()) } else { value.filter(|text| !text.is_empty()) }
    }

    /// Takes a boolean.
    ///
    /// # Errors
    /// [`Kind::Internal`]: the value is something else, which the binder lets nobody set.
    pub fn boolean(&mut self, name: &str) -> Result<Option<bool>, Error> {
        self.take(name, "a boolean", Value::as_bool)
    }

    /// Takes an integer.
    ///
    /// # Errors
    /// [`Kind::Internal`]: the value is something else, which the binder lets nobody set.
    pub fn integer<T: TryFrom<i64>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.take(name, "an integer of its size", |value| T::try_from(value.as_i64()?).ok())
    }

    /// Takes a list of texts; one text is a list of one, an empty list counts as absent.
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let list = match self.parameters.remove(name) {
            Some(Value::Array(list)) => list.into_iter().map(into_text).collect(),
            Some(one) => vec![into_text(one)],
            None => vec![],
        };
        let list: Vec<String> = list.into_iter().filter(|text| !text.is_empty()).collect();
        Some(list).filter(|list| !list.is_empty())
    }

    /// Takes a list of integers; an empty list counts as absent.
    ///
    /// # Errors
    /// [`Kind::Internal`]: the value is something else, which the binder lets nobody set.
    pub fn integers(&mut self, name: &str) -> Result<Option<Vec<i64>>, Error> {
        let list = self.take(name, "a list of integers", |value| {
            value.as_array()?.iter().map(Value::as_i64).collect::<Option<Vec<_>>>()
        })?;
        Ok(list.filter(|list| !list.is_empty()))
    }

    fn take<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.parameters.remove(name) else { return Ok(None) };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(Error::new(Kind::Internal, format!("the parameter `{name}` is {value}, not {wanted}"))),
        }
    }

    /// Takes the body: an object without keys, if nothing was set.
    pub fn body(&mut self) -> Value {
        let object = Value::Object(std::mem::take(&mut self.body));
        self.whole_body.take().unwrap_or(object)
    }

    /// Makes sure that every value was taken.
    ///
    /// # Errors
    /// [`Kind::Internal`]: the operation does not know some values, which the message names.
    pub fn finish(&self) -> Result<(), Error> {
        let parameters = self.parameters.keys().map(String::as_str);
        let left: Vec<&str> = parameters.chain(self.body.keys().map(String::as_str)).collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Internal, format!("the operation does not take {}", left.join(", "))))
    }
}

fn into_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
