//! Names and values of a command of helm that are parameters of their own: `--set env[0].name=… --set env[0].value=…`.

use std::{collections::HashSet, sync::LazyLock};

use regex::{Captures, Regex};

use super::{mark, names::is_sensitive, replace, values::is_something_else};

/// What `--set` says, alone or behind a comma.
static SET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const OWNER: &str = r"(?<owner>[A-Za-z0-9_-][A-Za-z0-9_.\[\]-]*)";
    // helm escapes a comma.
    const VALUE: &str = r#"(?<value>(?:[^\s,"'\\\u{ab}]|\\[^\s"'])+)"#;
    Regex::new(&format!(r"\b{OWNER}\.(?<part>name|value)={VALUE}")).ok()
});

/// Masks the values whose names stand elsewhere in the text.
pub(super) fn mask(text: &str) -> String {
    if !(text.contains(".name=") && text.contains(".value=")) {
        return text.to_owned();
    }
    let Some(set) = &*SET else { return mark(text) };
    let part = |found: &Captures<'_>, group: &str| found.name(group).map_or("", |part| part.as_str()).to_owned();
    let names = set.captures_iter(text).filter(|found| part(found, "part") == "name");
    let sensitive: HashSet<String> =
        names.filter(|found| is_sensitive(&part(found, "value"))).map(|found| part(&found, "owner")).collect();
    let masked = |found: &Captures<'_>| {
        let is_credential = part(found, "part") == "value" && sensitive.contains(&part(found, "owner"));
        match is_credential && !is_something_else(&part(found, "value")) {
            true => replace(found, "value"),
            false => found.get(0).map_or("", |whole| whole.as_str()).to_owned(),
        }
    };
    set.replace_all(text, masked).into_owned()
}
