//! Secrets in a text that no parser reads, such as a template: everything below `data` and `stringData` is masked.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{MARK, mark};

/// That there is a Secret, in YAML or JSON.
static KIND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)(?:^|[\s{,-])["']?kind["']?[ \t]*:[ \t]*(?:!!str[ \t]+)?["']?Secret\b"#).ok());
/// Where its values begin: the key, and what stands in its line behind it.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?<head>.*?(?:^|[\s{,])["']?(?:data|stringData)["']?[ \t]*:[ \t]*)(?<rest>.*)$"#).ok()
});
/// What ends them: another part of the manifest, or another document.
static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:- )?(?:["']?(?:apiVersion|kind|metadata|type|immutable)["']?[ \t]*:|---)"#).ok()
});
/// A key before its value.
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?<head>[ \t]*(?:- )?["']?[A-Za-z0-9._-]+["']?[ \t]*:[ \t]+)(?<rest>\S.*)$"#).ok());
/// A text in an action of a template.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#""[^"]*"|`[^`]*`"#).ok());

/// Masks the values of Secrets; what it does not know for something else it takes for a value.
pub(super) fn mask(text: &str) -> String {
    let (Some(kind), Some(data), Some(part), Some(key)) = (&*KIND, &*DATA, &*PART, &*KEY) else { return mark(text) };
    if !kind.is_match(text) {
        return text.to_owned();
    }
    let (mut inside, mut block) = (false, None);
    let mut line = |line: &str| {
        if let Some(found) = data.captures(line) {
            (inside, block) = (true, None);
            return joined(&found, |rest| if is_opening(rest) { rest.to_owned() } else { hidden(rest) });
        }
        inside &= !part.is_match(line);
        if !inside || line.trim().is_empty() || line.trim().chars().all(|c| "{}[],".contains(c)) {
            return line.to_owned();
        }
        let depth = line.len() - line.trim_start().len();
        block = block.filter(|begin| depth > *begin);
        match key.captures(line).filter(|_| block.is_none()) {
            Some(found) => joined(&found, |rest| {
                let is_block = rest.trim_start_matches(['|', '>', '-', '+', ' ']).is_empty();
                block = is_block.then_some(depth);
                if is_block { rest.to_owned() } else { hidden(rest) }
            }),
            None => format!("{}{}", line.get(..depth).unwrap_or_default(), hidden(line.trim_start())),
        }
    };
    text.split('\n').map(&mut line).collect::<Vec<_>>().join("\n")
}

fn joined(found: &Captures<'_>, hide: impl FnOnce(&str) -> String) -> String {
    let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
    format!("{}{}", part("head"), hide(part("rest")))
}

/// What may stand behind a key whose values follow in other lines.
fn is_opening(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest == "{" || rest == "!!map"
}

/// An action of a template alone shows what it names, but no text in it; all else is a value.
fn hidden(value: &str) -> String {
    let trimmed = value.trim_end();
    let is_action = trimmed.starts_with("{{") && trimmed.find("}}") == trimmed.len().checked_sub(2);
    match &*QUOTED {
        Some(quoted) if is_action => {
            quoted.replace_all(trimmed, |text: &Captures<'_>| mark(text.get(0).map_or("", |text| text.as_str()))).into()
        }
        _ if trimmed.starts_with(MARK) && trimmed.find(super::MARK_END) == trimmed.rfind(super::MARK_END) => {
            value.into()
        }
        _ => mark(trimmed),
    }
}
