//! Streams of lines: `view.lines`, for logs.

use proc_macro2::TokenStream;
use quote::quote;
use toml::Table as Toml;

use super::{Fit, Reads};
use crate::{keys, path::Path, reader::Reader, shape::Shape, template::path_tokens};

/// Where a line has its text, who wrote it and when.
#[derive(Debug)]
pub struct Lines {
    text: Path,
    group: Path,
    time: Path,
    last: Path,
    fold: String,
    filter: String,
    tail: String,
    container: String,
    nobody: String,
    orphaned: String,
    nothing: String,
}

impl Lines {
    /// Reads `[tool.view.lines]`.
    pub fn read(table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::LINES, table, format!("{}: lines", parent.place()), parent.report());
        let mut path = |key| {
            let path = Path::parse(&reader.required(key)?).map_err(|problem| reader.error(problem)).ok()?;
            reads.add(&reader, path.clone());
            Some(path)
        };
        let (text, group, time, last) = (path("text"), path("group"), path("time"), path("last"));
        let (fold, nobody, nothing) = (reader.required("fold"), reader.required("nobody"), reader.required("nothing"));
        let (filter, tail) = (reader.required("filter"), reader.required("tail"));
        let (container, orphaned) = (reader.required("container"), reader.required("orphaned"));
        reader.span();
        reader.finish();
        Some(Self {
            text: text?,
            group: group?,
            time: time?,
            last: last?,
            fold: fold?,
            filter: filter?,
            tail: tail?,
            container: container?,
            nobody: nobody?,
            orphaned: orphaned?,
            nothing: nothing?,
        })
    }

    /// The arguments it uses, each with the shape it must have.
    pub fn args(&self) -> Vec<(&str, &'static str, Fit)> {
        vec![
            (self.fold.as_str(), "fold", |shape| *shape == Shape::Boolean),
            (self.filter.as_str(), "filter", |shape| *shape == Shape::Text),
            (self.tail.as_str(), "tail", |shape| *shape == Shape::Integer),
            (self.container.as_str(), "container", |shape| *shape == Shape::Text),
        ]
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        let paths = [&self.text, &self.group, &self.time, &self.last].map(path_tokens);
        let [text, group, time, last] = paths;
        let Self { fold, filter, tail, container, nobody, orphaned, nothing, .. } = self;
        quote! {
            crate::view::LogView {
                text: #text, group: #group, time: #time, last: #last, fold: #fold, filter: #filter, tail: #tail,
                container: #container, nobody: #nobody, orphaned: #orphaned, nothing: #nothing,
            }
        }
    }
}
