//! Argo CD's swagger: read it, tell its release, keep its facts and drop its prose.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::release::Release;

/// A Swagger 2.0 document of Argo CD and what is known about it.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The document as read.
    pub swagger: Value,
    /// The Argo CD release it describes.
    pub release: Release,
    /// True when the release was inferred from what the document contains, so that only its first two numbers are
    /// known.
    pub inferred: bool,
}

impl Spec {
    /// The release that checks go by. If only its first two numbers are known, it counts as the `reviewed` release of
    /// that minor, so that no check takes it for an older one.
    pub fn counted(&self, reviewed: Release) -> Release {
        let same = (self.release.major, self.release.minor) == (reviewed.major, reviewed.minor);
        if self.inferred && same { self.release.max(reviewed) } else { self.release }
    }
}

/// Reads a swagger from a file, raw or normalised.
///
/// # Errors
/// One sentence: the file is missing, not JSON, cut short, or not a Swagger 2.0 document of Argo CD.
pub fn load(path: &Path) -> Result<Spec, String> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(format!("{name} is a folder: name a file in it"));
    }
    let text = std::fs::read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let named = path.file_stem().and_then(|stem| stem.to_str()).and_then(Release::parse);
    parse(&text, &name, named)
}

/// Reads a swagger from `text`; `name` is what errors call it. The release is the document's own, else `known`
/// (from a file name, a flag or a server), else the newest release whose additions the document contains.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &[u8], name: &str, known: Option<Release>) -> Result<Spec, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(format!("{name} is empty: fetch it again"));
    }
    if text.starts_with(b"\x1f\x8b") {
        return Err(format!("{name} is compressed: unpack it first (gunzip)"));
    }
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(format!("{name} is UTF-16: write it as UTF-8 (iconv -f UTF-16 -t UTF-8)"));
    }
    if text.trim_ascii_start().starts_with(b"<") {
        return Err(format!(
            "{name} is a web page, not JSON: a login page or a proxy may have answered (Argo CD serves its own at <base URL>/swagger.json)"
        ));
    }
    let swagger: Value = serde_json::from_slice(text).map_err(|error| {
        if error.is_eof() {
            format!("{name} is cut short: the JSON ends in the middle, at line {}; fetch it again", error.line())
        } else {
            format!("{name} is not JSON: {error} (Argo CD serves its own at <base URL>/swagger.json)")
        }
    })?;
    check(&swagger).map_err(|problem| format!("{name} {problem}"))?;
    let own = swagger.pointer("/info/version").and_then(Value::as_str).and_then(Release::parse);
    let (release, inferred) = match own.or(known) {
        Some(release) => (release, false),
        None => (infer(&swagger), true),
    };
    Ok(Spec { swagger, release, inferred })
}

fn check(swagger: &Value) -> Result<(), String> {
    if swagger.get("swagger").and_then(Value::as_str) != Some("2.0") {
        return Err(match swagger.get("openapi").and_then(Value::as_str) {
            Some(version) => {
                format!("is OpenAPI {version}, not Swagger 2.0 (Argo CD serves its own at <base URL>/swagger.json)")
            }
            None => "is JSON but not Swagger 2.0 (Argo CD serves its own at <base URL>/swagger.json)".into(),
        });
    }
    if swagger.get("paths").and_then(Value::as_object).is_none_or(Map::is_empty) {
        return Err("describes no paths: it is not an interface description, or not a whole one".into());
    }
    if !has_operation(swagger, "VersionService_Version") || !has_operation(swagger, "ApplicationService_List") {
        let list = swagger.pointer("/paths/~1api~1v1~1applications/get/operationId").and_then(Value::as_str);
        if let Some(other) = list.filter(|id| *id != "ApplicationService_List") {
            return Err(format!(
                "calls Argo CD's operations otherwise: GET /api/v1/applications is `{other}` and not `ApplicationService_List`; take the swagger as Argo CD serves it"
            ));
        }
        return Err(
            "does not describe Argo CD: it has no `ApplicationService_List` or no `VersionService_Version`".into()
        );
    }
    let mut missing = None;
    references(swagger, &mut |name| {
        if swagger.pointer(&format!("/definitions/{name}")).is_none() {
            missing.get_or_insert_with(|| name.to_owned());
        }
    });
    match missing {
        Some(name) => Err(format!("refers to the definition `{name}`, which it does not contain: it is not whole")),
        None => Ok(()),
    }
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/definitions/")) {
                found(name);
            }
            map.values().for_each(|child| references(child, found));
        }
        Value::Array(list) => list.iter().for_each(|child| references(child, found)),
        _ => {}
    }
}

/// What each release brought first, as a definition or a property of one; newest first, the last one is what remains.
const FIRST_SEEN: &[(Release, &str)] = &[
    (Release::new(3, 6, 0), "clusterDexConfig/properties/dexAuthConnectorID"),
    (Release::new(3, 5, 0), "eventsEventList"),
    (Release::new(3, 4, 0), "v1alpha1ApplicationSetWatchEvent"),
    (Release::new(3, 3, 0), "v1alpha1ClusterResourceRestrictionItem"),
    (Release::new(3, 2, 0), "applicationApplicationServerSideDiffResponse"),
    (Release::new(3, 1, 0), "applicationResourceActionRunRequestV2"),
    (Release::new(3, 0, 0), "v1alpha1ApplicationSourceKustomize/properties/ignoreMissingComponents"),
    (Release::new(2, 14, 0), "v1alpha1DrySource"),
    (Release::new(2, 13, 0), "applicationv1alpha1ResourceStatus"),
    (Release::new(2, 12, 0), "v1alpha1ApplicationSetTree"),
    (Release::new(2, 11, 0), "applicationApplicationSyncRequest/properties/revisions"),
    (Release::new(2, 10, 0), "clusterOIDCConfig/properties/enablePKCEAuthentication"),
    (Release::new(2, 9, 0), "v1alpha1KustomizeSelector"),
    (Release::new(2, 8, 0), "v1alpha1ChartDetails"),
    (Release::new(2, 7, 0), "v1alpha1KustomizeReplica"),
    (Release::new(2, 6, 0), "applicationLinkInfo"),
];

/// The release of which a document has the newest additions.
pub fn infer(swagger: &Value) -> Release {
    let seen = |place: &str| swagger.pointer(&format!("/definitions/{place}")).is_some();
    FIRST_SEEN.iter().find(|(_, place)| seen(place)).map_or(Release::new(2, 0, 0), |(release, _)| *release)
}

fn operations(swagger: &Value) -> impl Iterator<Item = &Value> {
    swagger
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::values)
}

fn has_operation(swagger: &Value, id: &str) -> bool {
    operations(swagger).any(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

/// The document without prose, its keys sorted, its release in `info.version`: a second time changes nothing.
pub fn normalise(spec: &Spec) -> String {
    let mut swagger = facts(&spec.swagger, false);
    if let Some(map) = swagger.as_object_mut() {
        map.insert("info".into(), json!({ "version": spec.release.to_string() }));
        map.sort_keys();
    }
    let mut text = format!("{swagger:#}");
    text.push('\n');
    text
}

/// Keys whose values map names chosen by Argo CD to further nodes: there, `title` is a name and not prose.
const NAMES: &[&str] = &["definitions", "parameters", "paths", "properties", "responses"];
const PROSE: &[&str] = &["description", "example", "examples", "externalDocs", "summary", "title"];
const VERBATIM: &[&str] = &["default", "enum", "required"];

fn facts(value: &Value, names: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut kept = Map::new();
            for (key, child) in map {
                if !names && PROSE.contains(&key.as_str()) {
                    continue;
                }
                let child = if !names && VERBATIM.contains(&key.as_str()) {
                    child.clone()
                } else {
                    facts(child, !names && child.is_object() && NAMES.contains(&key.as_str()))
                };
                kept.insert(key.clone(), child);
            }
            kept.sort_keys();
            Value::Object(kept)
        }
        Value::Array(list) => Value::Array(list.iter().map(|child| facts(child, false)).collect()),
        scalar => scalar.clone(),
    }
}
