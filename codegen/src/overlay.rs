//! Named corrections of the interface description: what a server does but its swagger does not say.
//!
//! An entry says where it applies (`schema`, `shape`, `every` or `operation`) and what it does there. One that
//! names what is not there is stale inside its releases: an error up to the reviewed release, a warning beyond; outside
//! them it is not applied.

mod apply;

use serde_json::{Map, Value};
use toml::Table;

use crate::{
    api::{Api, Projection},
    keys,
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
    /// The server takes these no more, and what went there is not missed.
    Without(Vec<String>),
    /// The server honours `fields`.
    Fields(Projection),
}

impl Overlay {
    /// Reads `overlay.toml`.
    pub fn read(text: &str, report: &Report) -> Option<Self> {
        let file = "overlay.toml";
        let table = reader::parse(text, file, report)?;
        let root = Reader::new(&keys::OTHER, &table, file, report);
        let reviewed = root.release("reviewed");
        if !root.has("reviewed") {
            root.error("`reviewed` is missing: the newest release the corrections were looked through for");
        }
        let corrections: Vec<Correction> =
            root.tables("correction").into_iter().filter_map(|table| correction(table, report)).collect();
        let mut places: Vec<&str> = corrections.iter().map(|correction| correction.place.as_str()).collect();
        places.sort_unstable();
        for twice in places.windows(2).filter(|pair| pair.first() == pair.last()).filter_map(<[_]>::first) {
            report.error(format!("{twice}: the name is there twice"));
        }
        root.finish();
        Some(Self { reviewed: reviewed?, corrections })
    }

    /// Corrects the document, before operations are read out of it.
    pub fn correct_document(&self, document: &mut Value, release: Release, report: &Report) {
        let schemas = |correction: &&Correction| !matches!(correction.at, Place::Operations(_));
        for correction in self.corrections.iter().filter(|one| one.holds_for(release)).filter(schemas) {
            let stale = correction.apply_to_schemas(document);
            self.note_stale(correction, &stale, release, report);
        }
    }

    /// Corrects operations: in the table's view of them and, for the client generator, in the document.
    pub fn correct_operations(&self, api: &mut Api, report: &Report) {
        let release = api.release;
        for correction in self.corrections.iter().filter(|one| one.holds_for(release)) {
            if let Place::Operations(ids) = &correction.at {
                let stale: Vec<String> = ids.iter().flat_map(|id| correction.apply_to_operation(api, id)).collect();
                self.note_stale(correction, &stale, api.release, report);
            }
        }
    }

    fn note_stale(&self, correction: &Correction, stale: &[String], release: Release, report: &Report) {
        for what in stale {
            let message = format!("{}: {release} {what}; give it `until`, or correct it", correction.place);
            if release <= self.reviewed { report.error(message) } else { report.warning(message) }
        }
    }
}

impl Correction {
    fn holds_for(&self, release: Release) -> bool {
        self.since.is_none_or(|since| release >= since) && self.until.is_none_or(|until| release < until)
    }
}

fn correction(table: &Table, report: &Report) -> Option<Correction> {
    let name = table.get("name").and_then(toml::Value::as_str).unwrap_or("without a name");
    let reader = Reader::new(&keys::OTHER, table, format!("overlay.toml: correction `{name}`"), report);
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
    let rename = reader.table("rename").into_iter().flatten().filter_map(|(from, to)| {
        if !to.is_str() {
            reader.error(format!("rename: the new name of `{from}` must be a string"));
        }
        Some((from.clone(), to.as_str()?.to_owned()))
    });
    let rename: Vec<(String, String)> = rename.collect();
    let becomes = reader.json("becomes");
    if becomes.as_ref().is_some_and(|schema| !schema.is_object()) {
        reader.error("`becomes` must be a schema: a table");
    }
    let lists =
        |key, make: fn(Vec<String>) -> Change| Some(reader.texts(key)).filter(|list| !list.is_empty()).map(make);
    let change: Vec<Change> = [
        becomes.map(Change::Becomes),
        lists("inline", Change::Inline),
        Some(rename).filter(|pairs| !pairs.is_empty()).map(Change::Rename),
        lists("require", Change::Require),
        lists("send_empty", Change::SendEmpty),
        lists("without", Change::Without),
        projection(&reader).map(Change::Fields),
    ]
    .into_iter()
    .flatten()
    .collect();
    if change.is_empty() {
        reader.error(
            "changes nothing: it needs `becomes`, `inline`, `rename`, `require`, `send_empty`, `without` or `fields`",
        );
    }
    let for_operations = |change: &Change| {
        matches!(change, Change::Require(_) | Change::SendEmpty(_) | Change::Without(_) | Change::Fields(_))
    };
    let operations = matches!(places.first(), Some(Place::Operations(_)));
    let fits = change.iter().all(|change| for_operations(change) == operations);
    if !fits {
        reader.error(
            "`require`, `send_empty`, `without` and `fields` go with `operation`, the other changes with schemas",
        );
    }
    let (place, since, until) = (reader.place().to_owned(), reader.release("since"), reader.release("until"));
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        reader.error("`since` is not before `until`: it would never hold");
    }
    reader.finish();
    Some(Correction { place, since, until, at: places.pop()?, change })
        .filter(|correction| !correction.change.is_empty() && fits)
}

fn projection(reader: &Reader<'_>) -> Option<Projection> {
    match reader.json("fields")? {
        Value::String(word) if word == "any" => Some(Projection::Any),
        Value::Object(lists) => {
            let list = |value: &Value| -> Option<Vec<String>> {
                value.as_array()?.iter().map(|path| Some(path.as_str()?.to_owned())).collect()
            };
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
