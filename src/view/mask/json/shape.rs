//! What an object under the name of a credential is as a whole. It may hold the credential, or only say where the
//! credential stands or what it must look like.

use std::{borrow::Cow, collections::HashMap};

use serde_json::value::RawValue;

use super::{Field, Place};
use crate::view::mask::{
    names::is_sensitive,
    values::{is_counted, is_kind, is_of_words},
};

/// What an object under the name of a credential is.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Shape {
    #[default]
    Plain,
    /// The object says which entry of which Secret is meant: `password: { secret: db, key: password }`.
    Reference,
    /// The object describes the credential in JSON Schema or OpenAPI: `password: { type: string, default: … }`.
    Schema,
    /// A component that runs an image: `redisSecretInit: { image: { repository, tag } }`.
    Component,
}

/// The keywords of JSON Schema and OpenAPI under which no value is given; `default` and `example` do give one.
const SCHEMA: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "bearerFormat",
    "deprecated",
    "description",
    "flows",
    "format",
    "in",
    "items",
    "maxItems",
    "maxLength",
    "minItems",
    "minLength",
    "name",
    "nullable",
    "oneOf",
    "openIdConnectUrl",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "scheme",
    "title",
    "type",
    "writeOnly",
];

impl Shape {
    /// Whether a key of such an object may hold the credential.
    pub(super) fn holds(self, key: &str) -> bool {
        match self {
            Self::Plain => true,
            Self::Reference => false,
            Self::Component => key != "image",
            Self::Schema => !SCHEMA.contains(&key) && !key.starts_with("x-"),
        }
    }
}

type Parts<'r> = HashMap<Cow<'r, str>, &'r RawValue>;

/// The place of a value under the name of a credential, corrected by what the value itself turns out to be.
pub(super) fn told(key: &str, raw: &RawValue, below: Place) -> Place {
    let not_all = |own: Field| Place { all: false, password: false, own, ..below };
    let raw = raw.get();
    if below.sealed {
        return below;
    }
    if let Ok(text) = serde_json::from_str::<Cow<'_, str>>(raw) {
        return if is_counted(key, &text, "") { not_all(Field::Silent) } else { below };
    }
    let Ok(parts) = serde_json::from_str::<Parts<'_>>(raw) else { return below };
    if is_group_and_kind(key) {
        return not_all(Field::Silent);
    }
    if is_reference(&parts) {
        return Place { shape: Shape::Reference, ..not_all(Field::Doubtful) };
    }
    if parts.get("image").is_some_and(|image| image.get().starts_with('{')) {
        return Place { shape: Shape::Component, ..below };
    }
    if parts.get("type").is_some_and(|kind| is_type(kind.get())) && has_schemas(&parts) {
        return Place { shape: Shape::Schema, ..below };
    }
    below
}

/// Whether an object has only the keys of a reference, and the values look like names. `{ key: minio, secret: minio123 }`
/// is a credential.
fn is_reference(parts: &Parts<'_>) -> bool {
    const KEYS: &[&str] = &["existingSecret", "key", "name", "namespace", "optional", "secret", "secretName"];
    let text = |key: &str| parts.get(key).and_then(|raw| serde_json::from_str::<Cow<'_, str>>(raw.get()).ok());
    let is_name = |name: Cow<'_, str>| {
        name.contains(['-', '/']) && is_of_words(&name) && !name.bytes().any(|byte| byte.is_ascii_digit())
    };
    let is_entry = |key: Cow<'_, str>| is_of_words(&key) && (is_sensitive(&key) || key.starts_with("user"));
    parts.keys().all(|key| KEYS.contains(&key.as_ref()))
        && text("key").is_some_and(is_entry)
        && (text("secret").is_some_and(is_name)
            || (!parts.contains_key("secret")
                && ["existingSecret", "name", "secretName"].iter().any(|key| text(key).is_some())))
}

/// Whether what a schema lists is objects, as schemas are: `{ type: object, properties: { a: { … } } }`.
fn has_schemas(parts: &Parts<'_>) -> bool {
    let is_object = |raw: &RawValue| raw.get().starts_with('{');
    let are_objects = |raw: &RawValue| {
        serde_json::from_str::<Parts<'_>>(raw.get()).is_ok_and(|parts| parts.values().all(|raw| is_object(raw)))
    };
    parts.get("items").is_none_or(|raw| is_object(raw))
        && ["flows", "properties"].iter().all(|key| parts.get(*key).is_none_or(|raw| are_objects(raw)))
}

/// `external-secrets.io/ExternalSecret`
fn is_group_and_kind(key: &str) -> bool {
    key.split_once('/').is_some_and(|(group, kind)| group.contains('.') && is_kind(kind))
}

/// Whether `type` is one of JSON Schema's types or of OpenAPI's security schemes.
fn is_type(written: &str) -> bool {
    const TYPES: &[&str] = &[
        "apiKey",
        "array",
        "boolean",
        "http",
        "integer",
        "null",
        "number",
        "oauth2",
        "object",
        "openIdConnect",
        "string",
    ];
    let is_one = |text: &str| TYPES.contains(&text.trim_matches([' ', '"']));
    written.trim_start_matches('[').trim_end_matches(']').split(',').all(is_one)
}
