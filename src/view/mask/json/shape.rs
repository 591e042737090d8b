//! What an object under the name of a credential is as a whole. It may hold the credential, or only say where the
//! credential stands or what it must look like.

use std::{borrow::Cow, collections::HashMap};

use serde_json::value::RawValue;

use super::{Field, Place};
use crate::view::mask::{
    names::is_beside,
    values::{is_counted, is_kind, is_name_of_object},
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
        return match () {
            () if is_counted(key, &text, "") => not_all(Field::Silent),
            () if below.logged && names_secret(key) && !text.contains(char::is_whitespace) => {
                not_all(if is_name_of_object(&text) { Field::Silent } else { Field::Doubtful })
            }
            () => below,
        };
    }
    if raw.starts_with('[') && below.logged && names_secret(key) {
        return not_all(Field::Doubtful);
    }
    let Ok(parts) = serde_json::from_str::<Parts<'_>>(raw) else { return below };
    let is_text = |key: &str| parts.get(key).is_some_and(|value| value.get().starts_with('"'));
    let are_texts = || parts.values().all(|value| !value.get().starts_with(['{', '[']));
    let names_one = || ["existingSecret", "name", "secret", "secretName"].iter().any(|key| is_text(key));
    // A component that runs an image has settings, `redisSecretInit: { image: { repository, tag } }`.
    let has_image = parts.get("image").is_some_and(|image| image.get().starts_with('{'));
    if is_group_and_kind(key) || (has_image && parts.keys().all(|key| !is_text(key) || is_beside(key))) {
        return not_all(Field::Silent);
    }
    if is_text("key") && are_texts() && names_one() {
        return Place { shape: Shape::Reference, ..not_all(Field::Doubtful) };
    }
    if parts.get("type").is_some_and(|kind| is_type(kind.get())) {
        return Place { shape: Shape::Schema, ..below };
    }
    below
}

/// Names under which controllers log the Secret they work on, or an entry of a Secret.
fn names_secret(key: &str) -> bool {
    const NAMES: &[&str] = &[
        "credential",
        "credentials",
        "externalsecret",
        "key",
        "pullsecret",
        "sealedsecret",
        "secret",
        "secretkey",
        "secrets",
    ];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(key))
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
