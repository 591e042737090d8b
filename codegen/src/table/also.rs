//! A second read of a row: other objects, whose lists are added to those of the answer.

use proc_macro2::TokenStream;
use quote::quote;

use super::Use;
use crate::{
    api::Api,
    path::{Path, Segment},
    reader::Reader,
    release::Release,
    rows::release_tokens,
    template::{Cell, path_tokens},
};

/// What the call of a second read is called.
pub(super) const ROLE: &str = "also";

/// Where the others are, what each is called, and which of their lists are added since which release.
#[derive(Debug)]
pub struct Also {
    items: Path,
    name: Path,
    lists: Vec<(Release, Path)>,
}

/// The operation of a second read, and its alternatives.
pub(super) fn operation(reader: &Reader<'_>) -> Vec<String> {
    let table = reader.table("also");
    let read = |table| sub(table, reader).texts("operation");
    table.map(read).unwrap_or_default()
}

fn sub<'a>(table: &'a toml::Table, reader: &Reader<'a>) -> Reader<'a> {
    Reader::new(table, format!("{}: also", reader.place()), reader.report())
}

impl Also {
    /// Reads `also` and checks it against both answers.
    pub(super) fn read(reader: &Reader<'_>, uses: &[Use<'_>], api: &Api) -> Option<Self> {
        let is_read = reader.text("effect").as_deref() == Some("read") && !reader.has("handler");
        let reader = sub(reader.table("also")?, reader);
        if !is_read {
            reader.error("is for rows that read, without a handler");
        }
        reader.required("operation");
        let path = |key| Path::parse(&reader.required(key)?).map_err(|problem| reader.error(problem)).ok();
        let (items, name) = (path("items"), path("name"));
        let cell = |text: String| Cell::parse(&text).map_err(|problem| reader.error(problem)).ok();
        let lists = reader.texts("lists").into_iter().filter_map(cell).flat_map(|cell| {
            let since = cell.since.unwrap_or(Release::new(0, 0, 0));
            cell.paths.into_iter().map(move |path| (since, path))
        });
        let lists: Vec<(Release, Path)> = lists.collect();
        if lists.is_empty() {
            reader.error("`lists` is missing: what is added to the answer, such as [\"spec.syncWindows\"]");
        }
        let (Some(items), Some(name)) = (items, name) else {
            reader.finish();
            return None;
        };
        let each = |path: &Path| Path { segments: path.segments.iter().cloned().chain([Segment::Each]).collect() };
        let own = each(&items);
        let inside = lists.iter().filter(|(since, _)| *since <= api.release);
        let lists_read: Vec<Path> = inside.map(|(_, path)| each(path)).collect();
        for call in uses {
            let wanted: Vec<Path> = match call.role.as_str() {
                ROLE => lists_read.iter().chain([&name]).map(|path| own.join(path)).collect(),
                _ => lists_read.clone(),
            };
            for path in wanted {
                if let Err(problem) = api.schema_at(&call.operation.response, &path) {
                    reader.error(format!("path `{path}` of {}: {}", call.operation.route(), problem.message));
                }
            }
        }
        reader.finish();
        Some(Self { items, name, lists })
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        let (items, name) = (path_tokens(&self.items), path_tokens(&self.name));
        let since = self.lists.iter().map(|(since, _)| release_tokens(*since));
        let paths = self.lists.iter().map(|(_, path)| path_tokens(path));
        quote!(crate::tools::Also { items: #items, name: #name, lists: &[#((#since, #paths)),*] })
    }
}
