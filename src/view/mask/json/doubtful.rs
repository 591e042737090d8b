//! Values of which only the rest of their object tells whether they are credentials.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Field, Masked, Place, command, is_bare_key, is_sensitive, pair};
use crate::view::mask::names::{is_noun, is_of_password};

/// What an object says about itself, perhaps after the values it says it of.
#[derive(Default)]
pub(super) struct Object<'de> {
    pub(super) is_secret: bool,
    /// It is a patch of kustomize for a Secret.
    pub(super) is_for_secret: bool,
    /// Where its name was written, and that of the field that it says something of.
    pub(super) name: std::ops::Range<usize>,
    pub(super) field: std::ops::Range<usize>,
    /// It is an operation of a JSON patch (RFC 6902), and where its path was written.
    pub(super) is_patch: bool,
    pub(super) path: std::ops::Range<usize>,
    /// Where the words of a container's command were written.
    pub(super) command: std::ops::Range<usize>,
    pub(super) args: std::ops::Range<usize>,
    pub(super) doubtful: Vec<Doubtful<'de>>,
}

/// A value that is a credential if the object is a Secret, or has the name of one. It waits for the object's end.
pub(super) struct Doubtful<'de> {
    pub(super) decides: Decides,
    /// Where it belongs.
    pub(super) begin: usize,
    pub(super) raw: &'de RawValue,
    pub(super) below: Place,
}

/// What of its object tells whether a value is a credential.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Decides {
    /// Its name.
    Name,
    /// The same, and what was sent as a whole has names of its own.
    Field,
    /// Its name, if that is of a password: what `default` says of a token may be that there is none.
    Default,
    /// Its kind.
    Kind,
    /// Nothing: Secrets and templates of them have it.
    Alone,
    /// What it patches.
    Target,
}

impl Decides {
    pub(super) fn over(key: &str) -> Self {
        match key {
            "data" => Self::Kind,
            "default" => Self::Default,
            "input" => Self::Field,
            "stringData" => Self::Alone,
            "patch" => Self::Target,
            _ => Self::Name,
        }
    }
}

/// What is in the annotation of a patch that says what it patches.
pub(super) const SAYS_SECRET: &str = r#"\"kind\":\"Secret\""#;
/// What is in a target that is a Secret.
pub(super) const OF_SECRET: &str = r#""kind":"Secret""#;

impl Object<'_> {
    /// Now that the whole object was read, from `begin` on: writes the values that waited, each once, as it may be that
    /// objects like this one are in them.
    pub(super) fn settle(self, begin: usize, out: &mut Masked) -> Result<(), serde_json::Error> {
        if self.doubtful.is_empty() {
            command::apart(out, self.command, self.args);
            return Ok(());
        }
        let [name, field] = [self.name, self.field].map(|written| {
            out.text.get(written).and_then(|name| serde_json::from_str::<Name>(name).ok()).and_then(Name::last)
        });
        let path: Option<String> =
            out.text.get(self.path).filter(|_| self.is_patch).and_then(|path| serde_json::from_str(path).ok());
        let [scalar, whole] =
            [true, false].map(|is_scalar| path.as_deref().is_some_and(|path| names_credential(path, is_scalar)));
        let named = name.as_deref().is_some_and(is_sensitive);
        // Words of prose name a field to sort by as well.
        let of_field = field.as_deref().is_some_and(|field| is_sensitive(field) && !is_noun(field));
        let says = name.as_deref().map_or(Field::Silent, pair);
        let written = out.text.split_off(begin);
        let mut at = 0;
        for Doubtful { decides, begin: belongs, raw, below } in self.doubtful {
            out.text.push_str(written.get(at..belongs - begin).unwrap_or_default());
            at = belongs - begin;
            let is_scalar = !raw.get().starts_with(['{', '[']);
            let all = match decides {
                Decides::Name => named || of_field || if is_scalar { scalar } else { whole },
                Decides::Field => of_field && !raw.get().starts_with('{'),
                Decides::Default => named && name.as_deref().is_some_and(is_of_password),
                Decides::Kind => self.is_secret,
                Decides::Alone => self.is_secret || is_texts(raw.get()),
                // One that says itself that it is of a Secret is masked as such.
                Decides::Target => self.is_for_secret && !raw.get().contains("kind"),
            };
            out.again(
                raw,
                Place {
                    all: all || below.all,
                    sealed: (all && matches!(decides, Decides::Kind | Decides::Alone)) || below.sealed,
                    own: match decides {
                        Decides::Name if says != Field::Silent => says,
                        Decides::Default if named => Field::Perhaps,
                        _ => below.own,
                    },
                    ..below
                },
            )?;
        }
        out.text.push_str(written.get(at..).unwrap_or_default());
        Ok(())
    }
}

/// A name, or the path that leads to it: `["body", "password"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Alone(String),
    Path(Vec<Value>),
}

impl Name {
    fn last(self) -> Option<String> {
        match self {
            Self::Alone(name) => Some(name),
            Self::Path(path) => path.last()?.as_str().map(str::to_owned),
        }
    }
}

/// Whether a value is an object of nothing but texts.
fn is_texts(json: &str) -> bool {
    serde_json::from_str::<HashMap<Cow<'_, str>, Cow<'_, str>>>(json).is_ok()
}

/// An operation of RFC 6902, as written.
pub(super) fn is_patched(op: &str) -> bool {
    matches!(op, "\"add\"" | "\"replace\"" | "\"test\"")
}

/// Whether the path of a patch ends in the name of a credential. An object below a noun names a Secret more often.
fn names_credential(path: &str, is_scalar: bool) -> bool {
    let hides = |part: &str| {
        part == ".dockerconfigjson" || (is_sensitive(part) && !is_bare_key(part) && (is_scalar || !is_noun(part)))
    };
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let named = if last == "value" { parts.next().unwrap_or_default() } else { last };
    hides(named) || path == "/stringData" || path.starts_with("/stringData/")
}

/// A key as Kubernetes writes it; its errors have those of Go's fields, and others have names of their own.
pub(super) fn known(key: &str) -> &str {
    match key {
        "Data" => "data",
        "Key" | "ParameterKey" => "key",
        "Kind" => "kind",
        "Name" => "name",
        "StringData" => "stringData",
        "ParameterValue" | "Value" | "rejectedValue" => "value",
        "defaultValue" => "default",
        key => key,
    }
}
