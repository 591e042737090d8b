//! What a view, or a handler, reads of an answer, held against the interface.

use serde_json::Value;

use crate::{
    api::{Api, BadPath},
    path::{Path, Segment},
    reader::Reader,
    release::Release,
    suggest::did_you_mean,
    template::{Cell, Format},
};

/// What folding, a second read and a comparison add to an item; Argo CD knows nothing of them.
const OWN: &[&str] = &["$count", "$from", "$latest", "$unlike", "$unread"];

/// Whether a path ends in one of them.
fn is_own(path: &Path, reader: &Reader<'_>) -> bool {
    let Some(Segment::Key(key)) = path.segments.last() else { return false };
    if key.starts_with('$') && !OWN.contains(&key.as_str()) {
        reader.error(format!("view path `{path}`: there is no `{key}`{}", did_you_mean(key, OWN.iter().copied())));
    }
    key.starts_with('$')
}

/// A path of a view with the releases inside which it must exist.
#[derive(Debug)]
pub struct Read {
    /// From the root of the answer.
    pub path: Path,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release without it.
    pub until: Option<Release>,
    /// Whether a list is taken whole; else it is gone through with `[]`.
    pub whole: bool,
    /// Whether it is written as the time since then.
    pub time: bool,
}

/// Everything a view reads, for the check, the projection and the API surface.
#[derive(Debug, Default)]
pub struct Reads(pub Vec<Read>);

impl Read {
    /// The type of what is read of an answer; outside of its releases it may be absent.
    ///
    /// # Errors
    /// A part of the path that is not there and should be.
    pub fn kind(&self, api: &Api, schema: &Value) -> Result<String, BadPath> {
        let kind = api.type_at(schema, &self.path).and_then(|kind| match kind.starts_with("[]") && !self.whole {
            true => Err(BadPath { message: format!("it is a list: write `{}[]`", self.path) }),
            false if self.time && !kind.starts_with("string") && kind != "any" => {
                Err(BadPath { message: format!("`age` is for times in a text, not for {kind}") })
            }
            false => Ok(kind),
        });
        kind.or_else(|problem| match self.is_inside(api) {
            true => Err(problem),
            false => Ok(format!("not in {}", api.release)),
        })
    }

    /// Whether this release must have it.
    pub fn is_inside(&self, api: &Api) -> bool {
        self.since.is_none_or(|since| api.release >= since) && self.until.is_none_or(|until| api.release < until)
    }
}

impl Reads {
    pub(super) fn add(&mut self, reader: &Reader<'_>, path: Path) {
        let (since, until) = (reader.release("since"), reader.release("until"));
        self.0.push(Read { path, since, until, whole: false, time: false });
    }

    /// What a renderer reads, which goes through lists itself.
    pub(super) fn add_whole(&mut self, reader: &Reader<'_>, path: Path) {
        self.add(reader, path);
        self.0.iter_mut().next_back().into_iter().for_each(|read| read.whole = true);
    }

    /// What cells below `root` read, each since its own release.
    pub(super) fn add_cells(&mut self, reader: &Reader<'_>, root: &Path, cells: &[&Cell]) {
        let (since, until) = (reader.release("since"), reader.release("until"));
        for cell in cells {
            let reads = cell.reads().into_iter().map(|(path, known)| Read {
                path: root.join(&path),
                since: since.max(known),
                until,
                whole: !cell.format.keys().is_empty() || cell.format == Format::Idle,
                time: cell.format == Format::Age,
            });
            self.0.extend(reads);
        }
    }

    /// Checks every path that must exist in this release; returns each with its type.
    pub fn check(&self, api: &Api, schema: &Value, reader: &Reader<'_>) -> Vec<(String, String)> {
        let mut surface = vec![];
        for read in self.0.iter().filter(|read| !is_own(&read.path, reader)) {
            match read.kind(api, schema) {
                Ok(kind) => surface.push((read.path.to_string(), kind)),
                Err(problem) => reader.error(format!("view path `{}`: {}", read.path, problem.message)),
            }
        }
        surface.sort();
        surface.dedup();
        surface
    }
}
