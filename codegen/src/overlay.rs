//! Named corrections of the interface description: what a server does but its swagger does not say.
//!
//! An entry says where it applies (`schema`, `shape`, `every` or `operation`) and what it does there. One that
//! applies nowhere inside its releases is stale: an error up to the reviewed release, a warning beyond.

use serde_json::{Map, Value, json};
use toml::Table;

use crate::{
    api::{Api, Projection},
    openapi3::walk,
    reader::{self, Reader},
    release::Release,
    report::Report,
};

/// The corrections and the release they were last reviewed against.
#[derive(Debug)]
pub struct Overlay {
    /// Newest release a maintainer has looked through.
    pub reviewed: Release,
    corrections: Vec<Correction>,
}

#[derive(Debug)]
struct Correction {
    place: String,
    since: Option<Release>,
    until: Option<Release>,
    at: Place,
    change: Vec<Change>,
}

#[derive(Debug)]
enum Place {
    /// Definitions of these names.
    Schemas(Vec<String>),
    /// Definitions with exactly these properties: Go types with a marshaller of their own.
    Shape(Vec<String>),
    /// Every schema that has these entries.
    Every(Map<String, Value>),
    /// These operations.
    Operations(Vec<String>),
}

#[derive(Debug)]
enum Change {
    /// The schema is this one instead.
    Becomes(Value),
    /// These properties are embedded in Go: their own properties stand in their place.
    Inline(Vec<String>),
    /// Properties have other names on the wire.
    Rename(Vec<(String, String)>),
    /// The server insists on these parameters or body properties.
    Require(Vec<String>),
    /// These parameters are sent even when they are empty.
    SendEmpty(Vec<String>),
    /// The server honours `fields`.
    Fields(Projection),
}

impl Overlay {
    /// Reads `overlay.toml`.
    pub fn read(text: &str, report: &Report) -> Option<Self> {
        let file = "overlay.toml";
        let table = reader::parse(text, file, report)?;
        let root = Reader::new(&table, file, report);
        let reviewed = root.release("reviewed");
        if reviewed.is_none() {
            root.error("`reviewed` is missing: the newest release the corrections were looked through for");
        }
        let corrections = root.tables("correction").into_iter().filter_map(|table| correction(table, report)).collect();
        root.finish();
        Some(Self { reviewed: reviewed?, corrections })
    }

    /// Corrects the document, before operations are read out of it.
    pub fn correct_document(&self, document: &mut Value, release: Release, report: &Report) {
        for correction in self.corrections.iter().filter(|correction| !matches!(correction.at, Place::Operations(_))) {
            let changed = correction.apply_to_schemas(document);
            self.note_stale(correction, changed, release, report);
        }
    }

    /// Corrects operations: in the table's view of them and, for the client generator, in the document.
    pub fn correct_operations(&self, api: &mut Api, report: &Report) {
        for correction in &self.corrections {
            if let Place::Operations(ids) = &correction.at {
                let stale = ids.iter().any(|id| !correction.apply_to_operation(api, id));
                self.note_stale(correction, !stale, api.release, report);
            }
        }
    }

    fn note_stale(&self, correction: &Correction, applied: bool, release: Release, report: &Report) {
        let inside = correction.since.is_none_or(|since| release >= since) && correction.until.is_none_or(|until| release < until);
        if applied || !inside {
            return;
        }
        let message = format!("{}: applies to nothing in {release}: give it `until`, or remove it", correction.place);
        if release <= self.reviewed { report.error(message) } else { report.warning(message) }
    }
}

fn correction(table: &Table, report: &Report) -> Option<Correction> {
    let name = table.get("name").and_then(toml::Value::as_str).unwrap_or("without a name");
    let reader = Reader::new(table, format!("overlay.toml: correction `{name}`"), report);
    reader.required("name");
    reader.required("because");
    let places = [
        Some(reader.texts("schema")).filter(|names| !names.is_empty()).map(Place::Schemas),
        Some(reader.texts("shape")).filter(|keys| !keys.is_empty()).map(Place::Shape),
        reader.json("every").and_then(|value| value.as_object().cloned()).map(Place::Every),
        Some(reader.texts("operation")).filter(|ids| !ids.is_empty()).map(Place::Operations),
    ];
    let mut places: Vec<Place> = places.into_iter().flatten().collect();
    if places.len() != 1 {
        reader.error("needs exactly one of `schema`, `shape`, `every`, `operation`");
    }
    let rename = reader.table("rename").into_iter().flatten();
    let rename: Vec<_> = rename.filter_map(|(from, to)| Some((from.clone(), to.as_str()?.to_owned()))).collect();
    let lists = |key, make: fn(Vec<String>) -> Change| Some(reader.texts(key)).filter(|list| !list.is_empty()).map(make);
    let change: Vec<Change> = [
        reader.json("becomes").map(Change::Becomes),
        lists("inline", Change::Inline),
        Some(rename).filter(|pairs| !pairs.is_empty()).map(Change::Rename),
        lists("require", Change::Require),
        lists("send_empty", Change::SendEmpty),
        projection(&reader).map(Change::Fields),
    ]
    .into_iter()
    .flatten()
    .collect();
    if change.is_empty() {
        reader.error("changes nothing: it needs `becomes`, `inline`, `rename`, `require`, `send_empty` or `fields`");
    }
    let for_operations = |change: &Change| matches!(change, Change::Require(_) | Change::SendEmpty(_) | Change::Fields(_));
    let operations = matches!(places.first(), Some(Place::Operations(_)));
    let fits = change.iter().all(|change| for_operations(change) == operations);
    if !fits {
        reader.error("`require`, `send_empty` and `fields` go with `operation`, the other changes with schemas");
    }
    let (place, since, until) = (reader.place().to_owned(), reader.release("since"), reader.release("until"));
    reader.finish();
    Some(Correction { place, since, until, at: places.pop()?, change }).filter(|correction| !correction.change.is_empty() && fits)
}

fn projection(reader: &Reader<'_>) -> Option<Projection> {
    match reader.json("fields")? {
        Value::String(word) if word == "any" => Some(Projection::Any),
        Value::Object(lists) => {
            let list = |value: &Value| -> Option<Vec<String>> { value.as_array()?.iter().map(|path| Some(path.as_str()?.to_owned())).collect() };
            let read = lists.iter().map(|(release, paths)| Some((Release::parse(release)?, list(paths)?)));
            let read: Option<Vec<(Release, Vec<String>)>> = read.collect();
            if read.is_none() {
                reader.error("`fields` must map releases to lists of paths");
            }
            let mut read = read?;
            read.sort();
            Some(Projection::Listed(read))
        }
        _ => {
            reader.error("`fields` must be \"any\" or map releases to lists of paths");
            None
        }
    }
}

impl Correction {
    fn apply_to_schemas(&self, document: &mut Value) -> bool {
        let mut applied = false;
        if let Place::Every(wanted) = &self.at {
            walk(document, &mut |node| {
                if wanted.iter().all(|(key, value)| node.get(key) == Some(value)) && node.is_object() {
                    applied |= self.change.iter().fold(false, |done, change| change.to_part(node) | done);
                }
            });
            return applied;
        }
        let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object).cloned() else { return false };
        for (name, schema) in &schemas {
            let keys: Vec<&str> = schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            let here = match &self.at {
                Place::Schemas(names) => names.contains(name),
                Place::Shape(shape) => keys.len() == shape.len() && shape.iter().all(|key| keys.contains(&key.as_str())),
                Place::Every(_) | Place::Operations(_) => false,
            };
            if let Some(target) = document.pointer_mut(&format!("/components/schemas/{name}")).filter(|_| here) {
                applied |= self.change.iter().fold(false, |done, change| change.to_schema(target, &schemas) | done);
            }
        }
        applied
    }

    fn apply_to_operation(&self, api: &mut Api, id: &str) -> bool {
        let Some(mut operation) = api.operations.get(id).cloned() else { return false };
        let mut applied = true;
        for change in &self.change {
            match change {
                Change::Require(names) => {
                    for name in names {
                        if let Some(parameter) = operation.parameters.iter_mut().find(|parameter| parameter.name == *name) {
                            parameter.required = true;
                        } else if operation.body_keys.contains(name) {
                            operation.required_body.push(name.clone());
                        } else {
                            applied = false;
                        }
                    }
                }
                Change::SendEmpty(names) => {
                    for name in names {
                        let parameter = operation.parameters.iter_mut().find(|parameter| parameter.name == *name);
                        applied &= parameter.is_some();
                        parameter.into_iter().for_each(|parameter| parameter.send_empty = true);
                    }
                }
                Change::Fields(projection) => {
                    operation.projection = projection.clone();
                    operation.parameters.push(crate::api::Parameter {
                        name: "fields".into(),
                        in_path: false,
                        required: false,
                        send_empty: false,
                        kind: crate::api::ParameterKind::Text,
                    });
                    add_query_parameter(&mut api.document, &operation.path, &operation.method, "fields");
                }
                Change::Becomes(_) | Change::Inline(_) | Change::Rename(_) => {}
            }
        }
        api.operations.insert(id.to_owned(), operation);
        applied
    }
}

fn add_query_parameter(document: &mut Value, path: &str, method: &str, name: &str) {
    let operation = document.get_mut("paths").and_then(|paths| paths.get_mut(path)).and_then(|item| item.get_mut(method.to_lowercase()));
    let Some(operation) = operation.and_then(Value::as_object_mut) else { return };
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(list) = parameters.as_array_mut() {
        list.push(json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    }
}

impl Change {
    /// For `every`: the entries of `becomes` replace those of the schema, the rest of it stays.
    fn to_part(&self, schema: &mut Value) -> bool {
        let (Self::Becomes(Value::Object(entries)), Some(map)) = (self, schema.as_object_mut()) else { return false };
        entries.iter().for_each(|(key, value)| drop(map.insert(key.clone(), value.clone())));
        true
    }

    fn to_schema(&self, schema: &mut Value, all: &Map<String, Value>) -> bool {
        if let Self::Becomes(other) = self {
            *schema = other.clone();
            return true;
        }
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return false };
        match self {
            Self::Inline(names) => names.iter().all(|name| {
                let embedded = properties.shift_remove(name).and_then(|property| property.get("$ref")?.as_str().map(str::to_owned));
                let target = embedded.as_deref().and_then(|reference| all.get(reference.rsplit('/').next()?));
                let inner = target.and_then(|target| target.get("properties")?.as_object());
                inner.into_iter().flatten().for_each(|(key, value)| drop(properties.insert(key.clone(), value.clone())));
                inner.is_some()
            }),
            Self::Rename(pairs) => pairs.iter().all(|(from, to)| {
                let property = properties.shift_remove(from);
                let found = property.is_some();
                property.into_iter().for_each(|property| drop(properties.insert(to.clone(), property)));
                found
            }),
            _ => false,
        }
    }
}
