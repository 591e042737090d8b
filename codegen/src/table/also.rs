//! A second read of a row: other objects, whose lists are added to those of the answer, or one that stands under a name.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Reads, Use};
use crate::{
    api::Api,
    keys,
    path::{Path, Segment},
    reader::Reader,
    release::Release,
    rows::release_tokens,
    template::{Cell, path_tokens},
    view::Condition,
};

/// What the call of a second read is called.
pub(super) const ROLE: &str = "also";

/// What becomes of the second answer.
#[derive(Debug)]
pub enum Also {
    /// The lists of others are added.
    Lists {
        /// Where the others are.
        items: Path,
        /// What each is called.
        name: Path,
        /// Lists that are added, since which release.
        lists: Vec<(Release, Path)>,
    },
    /// It stands under a name, and is only asked for when a condition holds.
    Under(String, Option<Condition>),
}

/// The operation of a second read, and its alternatives.
pub(super) fn operation(reader: &Reader<'_>) -> Vec<String> {
    let table = reader.table("also");
    let read = |table| sub(table, reader).texts("operation");
    table.map(read).unwrap_or_default()
}

fn sub<'a>(table: &'a toml::Table, reader: &Reader<'a>) -> Reader<'a> {
    Reader::new(&keys::ALSO, table, format!("{}: also", reader.place()), reader.report())
}

impl Also {
    /// Reads `also` and checks it against both answers; takes from `reads` what the view reads of the second one.
    pub(super) fn read(reader: &Reader<'_>, uses: &[Use<'_>], reads: &mut Reads, api: &Api) -> Option<Self> {
        let is_read = reader.text("effect").as_deref() == Some("read") && !reader.has("handler");
        let table = reader.table("also")?;
        let reader = sub(table, reader);
        if !is_read {
            reader.error("is for rows that read, without a handler");
        }
        reader.required("operation");
        if let Some(name) = reader.text("under") {
            let when = reader.table("when").and_then(|when| Condition::read("when", when, &reader, reads));
            under(&name, uses, reads, api, &reader);
            reader.finish();
            return Some(Self::Under(name, when));
        }
        let path = |key| Path::parse(&reader.required_here(key)?).map_err(|problem| reader.error(problem)).ok();
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
        Some(Self::Lists { items, name, lists })
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        match self {
            Self::Lists { items, name, lists } => {
                let (items, name) = (path_tokens(items), path_tokens(name));
                let since = lists.iter().map(|(since, _)| release_tokens(*since));
                let paths = lists.iter().map(|(_, path)| path_tokens(path));
                quote!(crate::tools::Also::Lists { items: #items, name: #name, lists: &[#((#since, #paths)),*] })
            }
            Self::Under(name, when) => {
                let when = Condition::optional_tokens(when.as_ref());
                quote!(crate::tools::Also::Under(#name, #when))
            }
        }
    }
}

/// Checks what a view reads below the name.
fn under(name: &str, uses: &[Use<'_>], reads: &mut Reads, api: &Api, reader: &Reader<'_>) {
    if !name.starts_with('$') {
        reader.error(format!("`under` is `{name}`: write `${name}`, which Argo CD never has"));
    }
    let is_below = |path: &Path| path.segments.first() == Some(&Segment::Key(name.to_owned()));
    let (below, others) = std::mem::take(&mut reads.0).into_iter().partition(|read| is_below(&read.path));
    reads.0 = others;
    if below.is_empty() {
        reader.error(format!("the view reads nothing of it, such as {{{name}.canSync}}"));
    }
    for mut read in below {
        read.path.segments.remove(0);
        for call in uses.iter().filter(|call| call.role == ROLE) {
            if let Err(problem) = read.kind(api, &call.operation.response) {
                reader.error(format!("view path `{name}.{}`: {}", read.path, problem.message));
            }
        }
    }
}
