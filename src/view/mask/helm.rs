//! Commands of helm: names and values that are parameters of their own, `--set env[0].name=… --set env[0].value=…`, and
//! values with blanks, which Argo CD writes without quotes.

use std::{collections::HashSet, sync::LazyLock};

use regex::{Captures, Regex};

use super::{
    mark,
    names::{is_bare_key, is_sensitive},
    replace,
    values::is_something_else,
    whole,
};

/// A name or a value that `--set` gives, either alone or after a comma. Helm escapes a comma inside a value.
static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const OWNER: &str = r"(?<owner>[A-Za-z0-9_-][A-Za-z0-9_.\[\]-]*)";
    const VALUE: &str = r#"(?<value>(?:[^\s,"'\\\u{ab}]|\\[^\s"'])+)"#;
    Regex::new(&format!(r"\b{OWNER}\.(?<part>name|value)={VALUE}")).ok()
});

/// One `--set` in Argo CD's helm command, up to the next flag.
static SET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\bset(?:-string)? (?<name>[^\s=`]+)=(?<value>[^`\n\u{ab}]*?)(?: --|`|\n|$)").ok());

/// Masks the values whose names stand elsewhere in the text, and those with blanks.
pub(super) fn mask(text: &str) -> String {
    let (Some(parts), Some(set)) = (&*PARTS, &*SET) else { return mark(text) };
    let is_command = text.contains("helm template . --name-template ");
    let has_parts = text.contains("--set") && text.contains(".name=") && text.contains(".value=");
    if !is_command && !has_parts {
        return text.to_owned();
    }
    let names = parts.captures_iter(text).filter(|found| part(found, "part") == "name");
    let sensitive: HashSet<&str> =
        names.filter(|found| is_sensitive(part(found, "value"))).map(|found| part(&found, "owner")).collect();
    let is_value = |name: &str| name.strip_suffix(".value").is_some_and(|owner| sensitive.contains(owner));
    let hidden =
        |found: &Captures<'_>, is_credential: bool| match is_credential && !is_something_else(part(found, "value")) {
            true => replace(found, "value"),
            false => whole(found),
        };
    let with_blanks = |found: &Captures<'_>| {
        let name = part(found, "name");
        let is_credential = is_value(name) || (is_sensitive(name) && !is_bare_key(name));
        hidden(found, is_credential && part(found, "value").contains(' '))
    };
    let alone = |found: &Captures<'_>| {
        hidden(found, part(found, "part") == "value" && sensitive.contains(part(found, "owner")))
    };
    let text = if is_command { set.replace_all(text, with_blanks) } else { text.into() };
    parts.replace_all(&text, alone).into_owned()
}

fn part<'t>(found: &Captures<'t>, group: &str) -> &'t str {
    found.name(group).map_or("", |part| part.as_str())
}
