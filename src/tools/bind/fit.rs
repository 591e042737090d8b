//! Makes values fit the shapes of a row: harmless differences are mended, others are told.

use serde_json::{Map, Number, Value};

use super::open;
use crate::{
    suggest::did_you_mean,
    tools::{Arg, Effect, Resource, Shape},
    view::text::clip,
};

/// The value in the shape of its argument, `None` for an empty one. In a write only a text may be empty: `dryRun=$DRY`
/// with an empty variable must not become a real sync.
///
/// # Errors
/// Every problem, each naming its place.
pub(super) fn argument(arg: &Arg, value: Value, effect: Effect) -> Result<Option<Value>, Vec<String>> {
    let value = match (&arg.shape, value) {
        (shape, Value::String(text))
            if effect != Effect::Read && text.trim().is_empty() && !matches!(shape, Shape::Text | Shape::Any) =>
        {
            return Err(vec![format!("`{}` is empty; it must be {}", arg.name, wanted(shape))]);
        }
        (_, Value::String(text)) if !arg.required && text.trim().is_empty() => return Ok(None),
        // "Degraded,Missing" for a list of words.
        (Shape::List(Shape::Text), Value::String(text)) if nested(&arg.shape, &text).is_none() => {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect()
        }
        (_, value) => value,
    };
    let mut problems = vec![];
    let Some(mut value) = fit(&arg.shape, value, arg.name, &mut problems) else { return Err(problems) };
    // Some callers must give every argument, and leave empty what they do not mean. Where leaving it out would mean
    // "all", that is refused.
    if value.as_array().is_some_and(Vec::is_empty) && !arg.required && arg.range.is_none_or(|(low, _)| low < 1) {
        return Ok(None);
    }
    if value.as_str().is_some_and(str::is_empty) {
        return if arg.required { Err(vec![format!("`{}` is empty", arg.name)]) } else { Ok(None) };
    }
    if arg.needs.contains(&"metadata.name") {
        open::split_name(arg, &mut value, &mut problems);
    }
    if let (Shape::Open(keys, _), Value::Object(map)) = (&arg.shape, &value) {
        open::strangers(arg, keys, map, &mut problems);
        open::policy(arg, map, &mut problems);
    }
    open::missing(arg, &value, &mut problems);
    if !arg.choices.is_empty() {
        let words = if let Value::Array(list) = &mut value { list.iter_mut().collect() } else { vec![&mut value] };
        for word in words {
            choose(arg, word, &mut problems);
        }
    }
    if let Some((low, high)) = arg.range {
        let (size, list) = match &value {
            Value::Array(list) => (i64::try_from(list.len()).ok(), true),
            other => (other.as_i64(), false),
        };
        if let Some(size) = size.filter(|size| !(low..=high).contains(size)) {
            let bounds = if high == i64::MAX { format!("{low} or more") } else { format!("from {low} to {high}") };
            problems.push(if list {
                let or = if arg.required { "" } else { ", or be left out" };
                format!(
                    "`{}` has {}; it must have {bounds}{or}",
                    arg.name,
                    crate::view::text::counted(usize::try_from(size).unwrap_or(0), "items")
                )
            } else {
                format!("`{}` is {size}; it must be {bounds}", arg.name)
            });
        }
    }
    if problems.is_empty() { Ok(Some(value)) } else { Err(problems) }
}

/// An object that names a resource.
///
/// # Errors
/// As [`argument`].
pub(super) fn resource(value: Value, place: &str) -> Result<Resource, Vec<String>> {
    let mut problems = vec![];
    match fit(&Shape::Resource, value, place, &mut problems) {
        Some(Value::Object(map)) if problems.is_empty() => Ok(Resource::of(&map)),
        _ => Err(problems),
    }
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
        (Shape::Text, value @ Value::Bool(_)) => Some(Value::String(value.to_string())),
        (Shape::Text, Value::Number(number)) if !number.is_f64() => Some(Value::String(number.to_string())),
        // 1.10 is 1.1 when it arrives here.
        (Shape::Text, value @ Value::Number(_)) => {
            problems.push(wrong(&value, "a string, in quotes: a number does not keep how it was written"));
            None
        }
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
        (
            Shape::List(_) | Shape::Map(_) | Shape::Object(_) | Shape::Open(..) | Shape::Resource,
            Value::String(text),
        ) if nested(shape, &text).is_some() => fit(shape, nested(shape, &text)?, place, problems),
        (Shape::Resource, Value::String(text)) if Resource::read(&text).is_some() => Resource::read(&text),
        (Shape::List(items), Value::Object(map)) if is_other(items, &map) => {
            problems.push(wrong(&Value::Object(map), wanted(shape)));
            None
        }
        // A text may be one item or several: an expression of jq has commas, too.
        (Shape::List(Shape::Text), value) if value.as_str().is_some_and(|text| text.contains(',')) => {
            problems.push(wrong(&value, "a list, each item a text of its own"));
            None
        }
        (Shape::List(items), one) => {
            let (no_item, no_list) = (wrong(&one, wanted(items)), wrong(&one, wanted(shape)));
            let item = fit(items, one, place, problems);
            // Who gives what is no item did not mean one; of a resource all forms are told.
            let is_told = matches!(items, Shape::Resource);
            let mine = problems.iter_mut().filter(|problem| !is_told && **problem == no_item);
            mine.for_each(|problem| problem.clone_from(&no_list));
            Some(Value::Array(vec![item?]))
        }
        (Shape::Map(values), Value::Object(map)) => {
            let fitted: Vec<_> = map
                .into_iter()
                .map(|(key, value)| (fit(values, value, &format!("{place}.{key}"), problems), key))
                .collect();
            fitted.into_iter().map(|(value, key)| Some((key, value?))).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        (Shape::Open(keys, rest), Value::Object(map)) => open(keys, rest, map, place, problems),
        (Shape::Object(keys), Value::Object(map)) => object(keys, &[], map, place, problems),
        (Shape::Resource, Value::Object(map)) => {
            let keys: Vec<(&str, Shape)> = Resource::FIELDS.iter().map(|field| (*field, Shape::Text)).collect();
            object(&keys, &["kind", "name"], map, place, problems)
        }
        (shape, value) => {
            problems.push(wrong(&value, wanted(shape)));
            None
        }
    }
}

fn object(
    keys: &[(&str, Shape)],
    required: &[&str],
    map: Map<String, Value>,
    place: &str,
    problems: &mut Vec<String>,
) -> Option<Value> {
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
    for key in required.iter().filter(|key| fitted.get(**key).is_none_or(|value| value.as_str() == Some(""))) {
        problems.push(format!("`{place}.{key}` is missing"));
    }
    (problems.len() == before).then_some(Value::Object(fitted))
}

/// An object of which only some keys are known: the others pass as they are, nulls included.
fn open(
    keys: &[(&str, Shape)],
    rest: &Shape,
    map: Map<String, Value>,
    place: &str,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let before = problems.len();
    map.iter().for_each(|(key, value)| problems.extend(misspelt(keys, key, value, place)));
    let fitted = map.into_iter().filter_map(|(key, value)| {
        let shape = keys.iter().find(|(known, _)| *known == key).map_or(rest, |(_, shape)| shape);
        let value = if value.is_null() { Some(value) } else { fit(shape, value, &format!("{place}.{key}"), problems) };
        Some((key, value?))
    });
    let fitted: Map<String, Value> = fitted.collect();
    (problems.len() == before).then_some(Value::Object(fitted))
}

/// The known key that a key is meant as. Argo CD takes keys in any case of their letters, so that two spellings of one
/// would both be sent; and null under a key that does not exist deletes nothing.
fn misspelt(keys: &[(&str, Shape)], key: &str, value: &Value, place: &str) -> Option<String> {
    let known = || keys.iter().map(|(known, _)| *known);
    if known().any(|known| known == key) {
        return None;
    }
    let hint = match known().find(|known| known.eq_ignore_ascii_case(key)) {
        Some(same) => format!(" (did you mean `{same}`?)"),
        None if value.is_null() => did_you_mean(key, known()),
        None => String::new(),
    };
    (!hint.is_empty()).then(|| format!("`{place}` has no `{}`{hint}", clip(key, 80)))
}

/// Whether an object cannot be an item of a list: it has none of the keys of one.
fn is_other(items: &Shape, map: &Map<String, Value>) -> bool {
    match items {
        Shape::Object(keys) | Shape::Open(keys, _) => !keys.iter().any(|(key, _)| map.contains_key(*key)),
        _ => false,
    }
}

fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15).map(|float| float as i64)
    })
}

pub(super) fn nested(shape: &Shape, text: &str) -> Option<Value> {
    let value: Value = text.parse().ok()?;
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
        Shape::List(Shape::Text) => "a list of strings",
        Shape::List(Shape::Integer | Shape::Number) => "a list of numbers",
        Shape::List(Shape::Map(_) | Shape::Object(_) | Shape::Open(..)) => "a list of objects",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Object(_) | Shape::Open(..) => "an object",
        Shape::Resource => "an object with kind and name, or Kind/name",
    }
}

/// A value as it was given, cut to what a reader needs.
pub(super) fn quote(value: &Value) -> String {
    clip(&value.to_string(), 80)
}
