//! Values that are credentials or not depending on the rest of the object they are in.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Field, Masked, Place, command, is_bare_key, is_sensitive, pair};
use crate::view::mask::names::{is_noun, is_of_password};

/// What an object says about itself; it may say so after the values this is about.
#[derive(Default)]
pub(super) struct Object<'de> {
    is_secret: bool,
    /// The object is a kustomize patch for a Secret.
    is_for_secret: bool,
    /// Where the object's name was written, and the name of the field that the object describes.
    name: Range<usize>,
    field: Range<usize>,
    /// The object is an operation of a JSON patch (RFC 6902), and where its path was written.
    is_patch: bool,
    path: Range<usize>,
    /// Where the words of a container's command were written.
    command: Range<usize>,
    args: Range<usize>,
    pub(super) doubtful: Vec<Doubtful<'de>>,
}

/// A value that is a credential if the object turns out to be a Secret or to have the name of a credential. The value
/// is kept until the whole object was read.
pub(super) struct Doubtful<'de> {
    pub(super) decides: Decides,
    /// Where the value belongs in the output.
    pub(super) begin: usize,
    pub(super) raw: &'de RawValue,
    pub(super) below: Place,
}

/// Which part of the object decides whether the value is a credential.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Decides {
    /// The name of the object.
    Name,
    /// The name of the field that was refused. If the value is the whole input, it has names of its own.
    Field,
    /// The name of the object, if it is that of a password. For a token, `default` may just say that there is none.
    Default,
    /// The kind of the object.
    Kind,
    /// Nothing else: only Secrets and templates for Secrets have such a key.
    Alone,
    /// The target that the object patches.
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

/// How the annotation of a patch says that it is for a Secret.
const SAYS_SECRET: &str = r#"\"kind\":\"Secret\""#;
/// How a target says that it is a Secret.
const OF_SECRET: &str = r#""kind":"Secret""#;

impl Object<'_> {
    /// Takes note of what a value says of the others in its object. It was written from `begin` on.
    pub(super) fn learn(&mut self, key: &str, begin: usize, text: &str) {
        let written = begin..text.len();
        let value = text.get(begin..).unwrap_or_default();
        match key {
            "args" => self.args = written,
            "command" => self.command = written,
            "kind" => self.is_secret |= value == "\"Secret\"",
            // The metadata of a patch, if its `data` came before.
            "metadata" if !self.doubtful.is_empty() => self.is_secret |= value.contains(SAYS_SECRET),
            "name" => self.name = written,
            // The field that a validation error is about.
            "field" | "loc" | "param" => self.field = written,
            // `{ type: password, value: … }`
            "key" | "type" if self.name.is_empty() => self.name = written,
            "op" => self.is_patch = is_patched(value),
            "path" => self.path = written,
            "target" => self.is_for_secret = value.contains(OF_SECRET),
            _ => {}
        }
    }

    /// Called when the whole object was read, from `begin` on. Writes the values that were kept. Each is written only
    /// once, because objects of the same sort may be nested in them.
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
        // Nouns such as `key` may also be fields to sort by.
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
                // A patch that says itself that it is for a Secret is masked as a Secret.
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
fn is_patched(op: &str) -> bool {
    matches!(op, "\"add\"" | "\"replace\"" | "\"test\"")
}

/// Whether the path of a patch ends in the name of a credential. An object below a noun such as `secret` is more often
/// a reference to a Secret.
fn names_credential(path: &str, is_scalar: bool) -> bool {
    let hides = |part: &str| {
        part == ".dockerconfigjson" || (is_sensitive(part) && !is_bare_key(part) && (is_scalar || !is_noun(part)))
    };
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let named = if last == "value" { parts.next().unwrap_or_default() } else { last };
    hides(named) || path == "/stringData" || path.starts_with("/stringData/")
}

/// The key as Kubernetes writes it in manifests. Kubernetes' errors use the names of Go's fields, and other programs
/// use other names for the same thing.
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
