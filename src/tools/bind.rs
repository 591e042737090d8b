//! Binds the arguments of a call to its row: harmless forms are accepted, everything wrong is told at once.

use serde_json::{Map, Number, Value};

use super::{Arg, Row, Shape};
use crate::{
    argocd,
    error::{Error, Kind},
    suggest::did_you_mean,
};

/// Arguments of a call that fit their row: known names, right shapes, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    values: Map<String, Value>,
}

/// The argument every tool takes besides its own; the table does not repeat it.
pub const BASE_URL: &str = "argocdBaseUrl";

impl Bound {
    /// Binds arguments, without `argocdBaseUrl`.
    ///
    /// # Errors
    /// [`Kind::Arguments`] lists every unknown name, wrong value and missing argument.
    pub fn new(row: &Row, mut given: Map<String, Value>) -> Result<Self, Error> {
        let mut problems = vec![];
        let mut values = Map::new();
        split_application(row, &mut given, &mut problems);
        for (name, value) in given {
            match row.args.iter().find(|arg| arg.name == name || arg.aliases.contains(&name.as_str())) {
                None => problems.push(unknown(row, &name)),
                Some(_) if value.is_null() => {}
                Some(arg) => match fit_argument(arg, value) {
                    Ok(Some(value)) if values.get(arg.name).is_some_and(|other| *other != value) => {
                        problems.push(format!("`{name}` is given twice, under two names and with two values"));
                    }
                    Ok(Some(value)) => drop(values.insert(arg.name.to_owned(), value)),
                    Ok(None) => {}
                    Err(mut problem) => problems.append(&mut problem),
                },
            }
        }
        for arg in row.args {
            if !values.contains_key(arg.name) {
                if let Some(default) = arg.default.and_then(|default| serde_json::from_str(default).ok()) {
                    values.insert(arg.name.to_owned(), default);
                } else if arg.required
                    && !problems.iter().any(|problem| problem.starts_with(&format!("`{}`", arg.name)))
                {
                    problems.push(format!("`{}` is missing", arg.name));
                }
            }
        }
        if problems.is_empty() {
            return Ok(Self { values });
        }
        let heading = if problems.len() == 1 { "a problem".to_owned() } else { format!("{} problems", problems.len()) };
        Err(Error::new(
            Kind::Arguments,
            format!("{}: {heading} with the arguments\n- {}", row.name, problems.join("\n- ")),
        ))
    }

    /// The value of an argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A flag, false when absent.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// A list, empty when absent.
    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// A size or count that is not negative.
    pub fn size(&self, name: &str) -> Option<usize> {
        usize::try_from(self.get(name)?.as_u64()?).ok()
    }

    /// All values.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }
}

fn unknown(row: &Row, name: &str) -> String {
    let names = || row.args.iter().flat_map(|arg| [arg.name].into_iter().chain(arg.aliases.iter().copied()));
    let hint = did_you_mean(name, names());
    if hint.is_empty() {
        let known: Vec<&str> = row.args.iter().map(|arg| arg.name).collect();
        return format!("`{name}` is not an argument of this tool; it takes {}", known.join(", "));
    }
    format!("`{name}` is not an argument of this tool{hint}")
}

/// `namespace/name` becomes a name and a namespace.
fn split_application(row: &Row, given: &mut Map<String, Value>, problems: &mut Vec<String>) {
    let Some(arg) = row.args.iter().find(|arg| arg.application) else { return };
    let Some(Value::String(whole)) = given.get(arg.name).cloned() else { return };
    let name = match whole.split_once('/') {
        Some((namespace, name))
            if argocd::path::check("", namespace).is_ok() && !name.is_empty() && !name.contains('/') =>
        {
            let spelt =
                ["applicationNamespace", "appNamespace"].iter().find_map(|key| given.get(*key)).and_then(Value::as_str);
            if let Some(other) = spelt.filter(|other| !other.is_empty() && *other != namespace) {
                problems.push(format!(
                    "`{}` is in namespace `{namespace}`, but applicationNamespace says `{other}`",
                    arg.name
                ));
            }
            given.insert("applicationNamespace".into(), namespace.into());
            name.to_owned()
        }
        Some(_) => {
            problems.push(format!("`{}` is `{whole}`, neither a name nor namespace/name", arg.name));
            given.remove(arg.name);
            return;
        }
        None => whole,
    };
    match argocd::path::check(arg.name, name.trim()) {
        Ok(()) => drop(given.insert(arg.name.to_owned(), name.trim().into())),
        Err(error) => {
            problems.push(error.message);
            given.remove(arg.name);
        }
    }
}

type Fitted = Result<Option<Value>, Vec<String>>;

fn fit_argument(arg: &Arg, value: Value) -> Fitted {
    let value = match (&arg.shape, value) {
        // "Degraded,Missing" for a list of known words.
        (Shape::List(_), Value::String(text)) if !arg.choices.is_empty() && text.contains(',') => {
            text.split(',').map(|word| Value::String(word.trim().to_owned())).collect()
        }
        (_, value) => value,
    };
    let mut problems = vec![];
    let Some(mut value) = fit(&arg.shape, value, arg.name, &mut problems) else { return Err(problems) };
    if value.as_str().is_some_and(str::is_empty) {
        return if arg.required { Err(vec![format!("`{}` is empty", arg.name)]) } else { Ok(None) };
    }
    if !arg.choices.is_empty() {
        let words = if let Value::Array(list) = &mut value { list.iter_mut().collect() } else { vec![&mut value] };
        for word in words {
            choose(arg, word, &mut problems);
        }
    }
    if let Some((low, high)) = arg.range {
        let (size, what) = match &value {
            Value::Array(list) => (i64::try_from(list.len()).ok(), " items"),
            other => (other.as_i64(), ""),
        };
        if let Some(size) = size.filter(|size| !(low..=high).contains(size)) {
            let bounds = if high == i64::MAX { format!("{low} or more") } else { format!("from {low} to {high}") };
            problems.push(format!("`{}` is {size}{what}; it must be {bounds}", arg.name));
        }
    }
    if problems.is_empty() { Ok(Some(value)) } else { Err(problems) }
}

fn choose(arg: &Arg, word: &mut Value, problems: &mut Vec<String>) {
    let text = word.as_str().unwrap_or_default().to_owned();
    match arg.choices.iter().find(|choice| choice.eq_ignore_ascii_case(text.trim())) {
        Some(choice) => *word = Value::String((*choice).to_owned()),
        None => {
            let hint = did_you_mean(&text, arg.choices.iter().copied());
            problems.push(format!("`{}` is `{text}`; it must be one of {}{hint}", arg.name, arg.choices.join(", ")));
        }
    }
}

/// Makes a value fit a shape; harmless differences are mended, others become problems that name the place.
fn fit(shape: &Shape, value: Value, place: &str, problems: &mut Vec<String>) -> Option<Value> {
    let wrong = |value: &Value, wanted: &str| format!("`{place}` is {}; it must be {wanted}", quote(value));
    match (shape, value) {
        (Shape::Any, value) | (Shape::Text, value @ Value::String(_)) | (Shape::Boolean, value @ Value::Bool(_)) => {
            Some(value)
        }
        (Shape::Text, value @ (Value::Number(_) | Value::Bool(_))) => Some(Value::String(value.to_string())),
        (Shape::Text, Value::Array(mut one)) if one.len() == 1 => fit(shape, one.pop()?, place, problems),
        (Shape::Boolean, Value::String(text)) if matches!(text.trim().to_lowercase().as_str(), "true" | "false") => {
            Some(Value::Bool(text.trim().eq_ignore_ascii_case("true")))
        }
        (Shape::Number, value @ Value::Number(_)) => Some(value),
        (Shape::Integer, Value::Number(number)) if whole(&number).is_some() => whole(&number).map(Value::from),
        (Shape::Integer | Shape::Number, Value::String(text)) if text.trim().parse::<i64>().is_ok() => {
            text.trim().parse::<i64>().ok().map(Value::from)
        }
        (Shape::List(items), Value::Array(list)) => {
            let fitted: Vec<Option<Value>> = list
                .into_iter()
                .enumerate()
                .map(|(index, item)| fit(items, item, &format!("{place}[{index}]"), problems))
                .collect();
            fitted.into_iter().collect::<Option<Vec<Value>>>().map(Value::Array)
        }
        // Some models write nested values as JSON texts.
        (Shape::List(_) | Shape::Map(_) | Shape::Object(_), Value::String(text)) if nested(shape, &text).is_some() => {
            fit(shape, nested(shape, &text)?, place, problems)
        }
        (Shape::List(items), one) => Some(Value::Array(vec![fit(items, one, place, problems)?])),
        (Shape::Map(values), Value::Object(map)) => {
            let fitted = map.into_iter().filter(|(_, value)| !value.is_null());
            let fitted: Vec<_> =
                fitted.map(|(key, value)| (fit(values, value, &format!("{place}.{key}"), problems), key)).collect();
            fitted.into_iter().map(|(value, key)| Some((key, value?))).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        (Shape::Object(keys), Value::Object(map)) => {
            let mut fitted = Map::new();
            let before = problems.len();
            for (key, value) in map.into_iter().filter(|(_, value)| !value.is_null()) {
                match keys.iter().find(|(known, _)| *known == key) {
                    Some((_, shape)) => {
                        let value = fit(shape, value, &format!("{place}.{key}"), problems);
                        value.into_iter().for_each(|value| drop(fitted.insert(key.clone(), value)));
                    }
                    None => {
                        let known: Vec<&str> = keys.iter().map(|(known, _)| *known).collect();
                        let hint = did_you_mean(&key, known.iter().copied());
                        let hint = if hint.is_empty() { format!(" (it has {})", known.join(", ")) } else { hint };
                        problems.push(format!("`{place}` has no `{key}`{hint}"));
                    }
                }
            }
            (problems.len() == before).then_some(Value::Object(fitted))
        }
        (shape, value) => {
            problems.push(wrong(&value, wanted(shape)));
            None
        }
    }
}

fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15).map(|float| float as i64)
    })
}

fn nested(shape: &Shape, text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    match shape {
        Shape::List(_) => value.is_array().then_some(value),
        _ => value.is_object().then_some(value),
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "a string",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::Boolean => "true or false",
        Shape::Any => "anything",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Object(_) => "an object",
    }
}

/// A value as it was given, not more of it than a reader needs.
fn quote(value: &Value) -> String {
    crate::view::text::clip(&value.to_string(), 80)
}
