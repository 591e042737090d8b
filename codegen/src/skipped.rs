//! Operations without a tool: deliberately (`skipped`, with a reason) or not yet (`pending`).

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    api::Api,
    keys,
    reader::{self, Reader},
    release::Release,
    report::Report,
};

/// What `skipped.toml` says.
#[derive(Debug, Default)]
pub struct Skipped {
    /// `operationId` to the reason.
    pub skipped: BTreeMap<String, String>,
    /// `operationId`s that still wait for a tool.
    pub pending: BTreeSet<String>,
}

impl Skipped {
    /// Reads `skipped.toml`.
    pub fn read(text: &str, report: &Report) -> Self {
        let file = "skipped.toml";
        let Some(table) = reader::parse(text, file, report) else { return Self::default() };
        let root = Reader::new(&keys::OTHER, &table, file, report);
        let mut skipped = BTreeMap::new();
        for entry in root.tables("skip") {
            let entry = Reader::new(&keys::OTHER, entry, format!("{file}: skip"), report);
            let because = entry.required("because").unwrap_or_default();
            let operations = entry.texts("operation");
            if operations.is_empty() {
                entry.error("`operation` is missing");
            }
            for id in operations {
                if skipped.insert(id.clone(), because.clone()).is_some() {
                    entry.error(format!("`{id}` is there twice"));
                }
            }
            entry.finish();
        }
        let pending = root.texts("pending").into_iter().collect();
        root.finish();
        Self { skipped, pending }
    }

    /// Reports entries that name nothing or contradict the table, and returns the operations nobody mentions.
    ///
    /// An operation that the release does not have is a mistake in the reviewed release, worth a word in a newer one,
    /// and nothing in an older one: the list serves every release.
    pub fn check(&self, api: &Api, used: &BTreeSet<String>, reviewed: Release, report: &Report) -> Vec<String> {
        for id in self.skipped.keys().chain(&self.pending) {
            if !api.operations.contains_key(id) && api.unusable(id).next().is_none() {
                let message =
                    format!("skipped.toml: {} has no operation `{id}`{}", api.release, api.similar_operation(id));
                match api.release.cmp(&reviewed) {
                    Ordering::Less => {}
                    Ordering::Equal => report.error(message),
                    Ordering::Greater => report.warning(message),
                }
            }
            if used.contains(id) {
                report.error(format!("skipped.toml: `{id}` is in use: remove it here"));
            }
        }
        for id in self.pending.iter().filter(|id| self.skipped.contains_key(*id)) {
            report.error(format!("skipped.toml: `{id}` is both skipped and pending"));
        }
        let known = |id: &String| used.contains(id) || self.skipped.contains_key(id) || self.pending.contains(id);
        api.operations.keys().filter(|id| !known(id)).cloned().collect()
    }
}
