//! Values that stand with their names in a text: `name=value`, `name: value`, `--name value`.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Captures, Regex};

use super::{
    MARK,
    names::{is_bare_key, is_harmless, is_noun, is_sensitive, looks_random},
    replace,
};

/// Forms in which a name stands with its value; whether the value is a credential is decided by [`is_credential`].
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const NAME: &str = "(?<name>[A-Za-z][A-Za-z0-9_./-]*)";
    const VALUE: &str =
        r#"(?:\\?"(?<double>[^"\\\n]{4,})|'(?<single>[^'\n]{4,})|(?<bare>[^\s"'\\,;&(){}\[\]<>|]{4,}))"#;
    [
        // `name=value`, `name: value`, `"name": "value"`, also inside a JSON text.
        format!(r#"{NAME}(?<sign>\\?["']?[ \t]*[:=][ \t]*){VALUE}"#),
        // A variable of a container in YAML.
        format!(r#"name:[ \t]*["']?{NAME}["']?[ \t]*\r?\n[ \t]*value:[ \t]*{VALUE}"#),
        // A flag of a command.
        format!(r"--{NAME}[ \t]+{VALUE}"),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// What every name of a credential has a part of, in any case.
const PARTS: &[&str] = &["authorization", "cookie", "credential", "key", "pass", "pat", "pw", "secret", "token"];

static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());

/// Whether there is what stands between a name and its value; `false` is certain.
pub(super) fn has_sign(text: &str) -> bool {
    let has = |sign: fn(&u8) -> bool| text.as_bytes().iter().fold(false, |any, byte| any | sign(byte));
    has(|byte| matches!(byte, b':' | b'=')) || (has(|byte| *byte == b'-') && text.contains("--"))
}

/// Whether there is a part of a name of a credential; `false` is certain.
pub(super) fn has_name(text: &str) -> bool {
    NAMES.as_ref().is_none_or(|names| names.is_match(text))
}

/// Masks the values whose names say that they are credentials.
pub(super) fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for form in FORMS.iter() {
        let before = masked.clone();
        let one = |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let value = ["double", "single", "bare"].into_iter().find(|group| found.name(group).is_some());
            match value.filter(|group| is_credential(&before, found, group)) {
                Some(group) => replace(found, group),
                None => whole.to_owned(),
            }
        };
        masked = form.replace_all(&before, one).into_owned();
    }
    masked
}

fn is_credential(text: &str, found: &Captures<'_>, group: &str) -> bool {
    let part = |group: &str| found.name(group).map_or("", |part| part.as_str());
    let (name, sign, value) = (part("name"), part("sign"), part(group));
    let (begin, end) = (found.name("name").map_or(0, |name| name.start()), found.get(0).map_or(0, |whole| whole.end()));
    let (before, after) = (text.get(..begin).unwrap_or_default(), text.get(end..).unwrap_or_default());
    // A scheme before a credential that is masked already is shown.
    let is_masked = value.contains(MARK) || after.trim_start_matches(' ').starts_with(MARK);
    if !is_sensitive(name) || is_harmless(value) || is_masked {
        return false;
    }
    match sign {
        // `registry/auth-token:1.2` is an image, `auth-token:apps/Deployment:…` a resource.
        ":" => !name.contains(['-', '/']),
        // In prose a noun, or a resource, is followed by what is said about it; in YAML it begins its line.
        _ if sign.trim() == ":" && (is_noun(name) || name.contains('-')) => {
            let line = before.rsplit('\n').next().unwrap_or_default();
            let begins = line.trim_start_matches([' ', '\t', '-', '{', '"', '\'']).is_empty() && text.contains('\n');
            (begins && !is_bare_key(name)) || looks_random(value)
        }
        _ => true,
    }
}
