//! Binds the arguments of a call to its row: harmless forms are accepted, everything wrong is told at once.

mod address;
mod fit;
mod open;
mod split;

use serde_json::{Map, Value};

use super::{Effect, Names, Row, Run};
use crate::{
    error::{Error, Kind},
    suggest::did_you_mean,
    view::mask,
};

/// Arguments of a call that fit their row: known names, right shapes, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    values: Map<String, Value>,
    /// The arguments that the caller gave; the others have their defaults.
    given: Vec<&'static str>,
}

/// Most problems that are listed.
const MOST_PROBLEMS: usize = 20;

/// The argument that every tool takes; the rows do not repeat it.
pub const BASE_URL: &str = "argocdBaseUrl";

impl Bound {
    /// Binds arguments, without `argocdBaseUrl`.
    ///
    /// # Errors
    /// [`Kind::Arguments`] lists every unknown name, wrong value and missing argument.
    pub fn new(row: &'static Row, mut given: Map<String, Value>) -> Result<Self, Error> {
        let mut problems = vec![];
        let mut values = Map::new();
        // Arguments with a wrong value: it is told that they are wrong, so not that they are missing.
        let mut wrong = Vec::from_iter(split::application(row, &mut given, &mut problems));
        wrong.extend(split::resource(row, &mut given, &mut problems));
        for (name, value) in given {
            match row.takes().find(|arg| arg.name == name || arg.aliases.contains(&name.as_str())) {
                None => problems.push(unknown(row, &name)),
                Some(_) if value.is_null() => {}
                Some(arg) => match fit::argument(arg, value, row.effect) {
                    Ok(Some(value)) if values.get(arg.name).is_some_and(|other| *other != value) => {
                        problems.push(format!("`{name}` is given twice, under two names and with two values"));
                    }
                    Ok(Some(value)) => {
                        address::check(row.calls, arg, &value, &mut problems);
                        values.insert(arg.name.to_owned(), value);
                    }
                    Ok(None) => {}
                    Err(mut problem) => {
                        problems.append(&mut problem);
                        wrong.push(arg.name);
                    }
                },
            }
        }
        let given: Vec<&'static str> =
            row.args.iter().map(|arg| arg.name).filter(|name| values.contains_key(*name)).collect();
        raw_has_no_view(row, &values, &given, &mut problems);
        if row.effect != Effect::Read {
            values.iter().for_each(|(name, value)| masked(name, value, &mut problems));
        }
        for arg in row.args {
            if !values.contains_key(arg.name) {
                if let Some(default) = arg.default.and_then(|default| default.parse().ok()) {
                    values.insert(arg.name.to_owned(), default);
                } else if arg.required && !wrong.contains(&arg.name) {
                    problems.push(format!("`{}` is missing", arg.name));
                }
            }
        }
        if problems.is_empty() { Ok(Self { values, given }) } else { Err(complaint(row, problems)) }
    }

    /// These arguments with another value for one of them; `null` removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        let mut values = self.values.clone();
        match value {
            Value::Null => drop(values.remove(name)),
            value => drop(values.insert(name.to_owned(), value)),
        }
        Self { values, given: self.given.clone() }
    }

    /// Whether the call itself gave the argument.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// The value of an argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The value of an argument that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The value of a flag, false when absent.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// The value of a list, empty when absent.
    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of a size or count, which is not negative.
    pub fn size(&self, name: &str) -> Option<usize> {
        usize::try_from(self.get(name)?.as_u64()?).ok()
    }

    /// All values, by the names of their arguments.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }
}

/// Everything that is wrong with the arguments of a call, at once.
pub fn complaint(row: &Row, mut problems: Vec<String>) -> Error {
    let heading = match problems.len() {
        1 => "a problem".to_owned(),
        many => format!("{many} problems"),
    };
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        problems.truncate(MOST_PROBLEMS);
        problems.push(format!("and {more} more"));
    }
    Error::new(Kind::Arguments, format!("{}: {heading} with the arguments\n- {}", row.name, problems.join("\n- ")))
}

fn unknown(row: &Row, name: &str) -> String {
    let whole = row.args.iter().find(|arg| arg.needs.contains(&"metadata.name"));
    if let Some(whole) = whole.filter(|_| matches!(name, "applicationNamespace" | "appNamespace" | "namespace")) {
        return format!("`{name}` is not an argument of this tool; write `{}.metadata.namespace`", whole.name);
    }
    if matches!(name, "refresh" | "hardRefresh") && row.takes().any(|arg| arg.names == Names::Application) {
        return format!(
            "`{name}` is not an argument: what makes Argo CD compare may make it deploy, too. `argocd app get NAME --refresh` does it, or, on a server that is not read-only, update_application with application={{\"metadata\":{{\"annotations\":{{\"argocd.argoproj.io/refresh\":\"normal\"}}}}}} (or hard)"
        );
    }
    let own = || row.takes().flat_map(|arg| [arg.name].into_iter().chain(arg.aliases.iter().copied()));
    let names = || own().chain([BASE_URL]);
    let hint = did_you_mean(name, names());
    let name = crate::view::text::clip(name, 80);
    if hint.is_empty() {
        let known: Vec<&str> = row.takes().map(|arg| arg.name).collect();
        return format!("`{name}` is not an argument of this tool; it takes {}", known.join(", "));
    }
    format!("`{name}` is not an argument of this tool{hint}")
}

/// Finds marks of masked values. The value behind a mark is not known here: written, the mark would replace it in Argo
/// CD.
fn masked(place: &str, value: &Value, problems: &mut Vec<String>) {
    match value {
        Value::String(text) if mask::has_mark(text) => problems.push(format!(
            "`{place}` holds a mark (\u{ab}masked …\u{bb}), not the value behind it; leave it out, or give the real one"
        )),
        Value::String(text) if text.len() >= 8 && text.bytes().all(|byte| byte == b'+') => problems.push(format!(
            "`{place}` is what Argo CD shows in the place of a credential; leave it out, or give the real value"
        )),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, item)| masked(&format!("{place}[{index}]"), item, problems));
        }
        Value::Object(map) => map.iter().for_each(|(key, child)| {
            if mask::has_mark(key) {
                problems.push(format!("`{place}` has a key that is a mark"));
            }
            masked(&format!("{place}.{key}"), child, problems);
        }),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Refuses arguments of the view beside `output=raw`, which is Argo CD's whole answer: nothing chooses among its items.
fn raw_has_no_view(row: &Row, values: &Map<String, Value>, given: &[&str], problems: &mut Vec<String>) {
    const HOW: &[&str] = &["output", "maxBytes"];
    if !matches!(row.run, Run::Pure(_)) || values.get("output").and_then(Value::as_str) != Some("raw") {
        return;
    }
    let local = row.args.iter().filter(|arg| arg.targets.is_empty() && arg.names == Names::Value);
    let idle: Vec<String> = local
        .filter(|arg| given.contains(&arg.name) && !HOW.contains(&arg.name))
        .map(|arg| format!("`{}`", arg.name))
        .collect();
    if !idle.is_empty() {
        problems.push(format!(
            "`output` is raw, where {} cannot work: Argo CD does not know it; leave it out, or take output=json",
            idle.join(", ")
        ));
    }
}
