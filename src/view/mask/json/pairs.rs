//! Names and values of helm that are parameters of their own: `env[0].name` beside `env[0].value`, and the words of a
//! command, `args[0]=--api-key` beside `args[1]`.

use std::collections::HashSet;

use serde_json::Value;

use super::{Field, Masked, command};
use crate::view::mask::{has_mark, is_sensitive, mark, values::is_something_else};

/// Masks values whose names are given by another parameter, in parameters that were written from `begin` on.
pub(super) fn mask(out: &mut Masked, begin: usize) {
    let written = out.text.get(begin..).filter(|written| written.contains(".name\"") || written.contains("]\""));
    let Some(Ok(Value::Array(mut parameters))) = written.map(serde_json::from_str) else { return };
    let text = |parameter: &Value, key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let beside = |parameter: &Value| {
        let (name, value) = (text(parameter, "name"), text(parameter, "value"));
        match name.strip_suffix(".name") {
            Some(owner) => is_sensitive(&value).then(|| format!("{owner}.value")),
            None if takes_word(&value) => next(&name),
            None => None,
        }
    };
    let sensitive: HashSet<String> = parameters.iter().filter_map(beside).collect();
    for parameter in parameters.iter_mut().filter(|parameter| sensitive.contains(&text(parameter, "name"))) {
        let value = text(parameter, "value");
        if let Some(at) = parameter
            .get_mut("value")
            .filter(|_| !has_mark(&value) && !value.starts_with('-') && !is_something_else(&value))
        {
            *at = mark(&value).into();
            (out.changed, out.masked) = (true, true);
        }
    }
    if !sensitive.is_empty() {
        out.text.truncate(begin);
        out.text.push_str(&Value::Array(parameters).to_string());
    }
}

/// `args[1]` of `args[0]`.
fn next(name: &str) -> Option<String> {
    let (list, at) = name.strip_suffix(']')?.rsplit_once('[')?;
    Some(format!("{list}[{}]", at.parse::<u32>().ok()?.checked_add(1)?))
}

/// Whether a value is a flag that a credential follows; none follows `--enable-password`.
fn takes_word(value: &str) -> bool {
    let flag = value.trim_start_matches('-');
    let is_switch = ["disable", "enable", "no-", "require-"].iter().any(|begin| flag.starts_with(begin));
    !is_switch && command::argument(&format!("\"{value}\"")) == Some(Field::Argument)
}
