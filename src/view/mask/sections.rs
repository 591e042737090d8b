//! Sections of TOML and INI files whose name says that they hold credentials: `[tokens]` above `ci = "…"`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{
    fields::Field,
    mark,
    names::{is_bare_key, is_beside, is_of_password, is_sensitive, is_setting},
    replace,
    values::{is_image, is_something_else},
    whole,
};

/// The name of a section, or a name and its value within the section.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const SECTION: &str = r#"\[+(?<section>[A-Za-z0-9_."-]+)\]+"#;
    const PAIR: &str = r#""?(?<name>[A-Za-z0-9_.-]+)"?[ \t]*=[ \t]*["']*(?<value>[^\s"'{][^\r\n]{2,}?)["']*"#;
    const COMMENT: &str = r#"(?:[ \t]+#[^\n"']*)?"#;
    Regex::new(&format!(r"(?m)^[ \t]*(?:{SECTION}|{PAIR})[ \t]*{COMMENT}\r?$")).ok()
});

/// Masks the values of such sections. Only plurals count: git's `[credential]` holds settings.
pub(super) fn mask(text: &str) -> String {
    if !text.contains("]\n") && !text.contains("]\r\n") {
        return text.to_owned();
    }
    let Some(line) = &*LINE else { return mark(text) };
    let mut inside: Option<String> = None;
    let masked = |found: &Captures<'_>| {
        let part = |group: &str| found.name(group).map_or("", |part| part.as_str());
        let (name, value) = (part("name"), part("value"));
        if let Some(section) = found.name("section").map(|section| section.as_str()) {
            let is_one = section.ends_with('s') && is_sensitive(section) && !is_bare_key(section);
            // CouchDB and Shiro list the passwords of users here; other programs list roles.
            let is_of_users = matches!(section, "admins" | "users");
            inside = (is_one || is_of_users).then(|| section.to_owned());
        }
        let is_credential = |section: &str| {
            is_of_password(section)
                || (Field::Word.hides(value.split(',').next().unwrap_or_default()) && !is_image(value))
        };
        let is_named = !name.is_empty() && !is_beside(name) && !is_setting(name);
        match is_named && !is_something_else(value) && inside.as_deref().is_some_and(is_credential) {
            true => replace(found, "value"),
            false => whole(found),
        }
    };
    line.replace_all(text, masked).into_owned()
}
