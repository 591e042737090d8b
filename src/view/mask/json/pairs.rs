//! Names and values of helm that are parameters of their own: `env[0].name` beside `env[0].value`.

use std::collections::HashSet;

use serde_json::Value;

use super::Masked;
use crate::view::mask::{has_mark, is_sensitive, mark};

/// Masks values whose names are given by another parameter, in parameters that were written from `begin` on.
pub(super) fn mask(out: &mut Masked, begin: usize) {
    let written = out.text.get(begin..).filter(|written| written.contains(".name\""));
    let Some(Ok(Value::Array(mut parameters))) = written.map(serde_json::from_str) else { return };
    let text = |parameter: &Value, key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let sensitive: HashSet<String> = parameters
        .iter()
        .filter(|parameter| is_sensitive(&text(parameter, "value")))
        .filter_map(|parameter| Some(format!("{}.value", text(parameter, "name").strip_suffix(".name")?)))
        .collect();
    for parameter in parameters.iter_mut().filter(|parameter| sensitive.contains(&text(parameter, "name"))) {
        let value = text(parameter, "value");
        if let Some(at) = parameter.get_mut("value").filter(|_| !has_mark(&value)) {
            *at = mark(&value).into();
            (out.changed, out.masked) = (true, true);
        }
    }
    if !sensitive.is_empty() {
        out.text.truncate(begin);
        out.text.push_str(&Value::Array(parameters).to_string());
    }
}
