//! Conditions on a value: those of the items that a list shows, and of an object with nothing to tell.

use proc_macro2::TokenStream;
use quote::quote;
use toml::Table as Toml;

use super::{Reads, read_path};
use crate::{keys, path::Path, reader::Reader, template::path_tokens};

/// A value, and what it must be.
#[derive(Debug)]
pub struct Condition {
    path: Path,
    is: Vec<String>,
    not: Vec<String>,
    has: Vec<String>,
}

impl Condition {
    /// Reads one that stands under `key`; `reads` collects its path.
    pub fn read(key: &str, table: &Toml, parent: &Reader<'_>, reads: &mut Reads) -> Option<Self> {
        let reader = Reader::new(&keys::CONDITION, table, format!("{}: {key}", parent.place()), parent.report());
        let path = read_path(&reader, "path");
        let (is, not, has) = (reader.texts("is"), reader.texts("not"), reader.texts("has"));
        if [&is, &not, &has].iter().filter(|texts| !texts.is_empty()).count() != 1 {
            reader.error("needs one of `is`, `not` and `has`");
        }
        path.iter().for_each(|path| reads.add(&reader, path.clone()));
        reader.finish();
        Some(Self { path: path?, is, not, has })
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        let (path, is, not, has) = (path_tokens(&self.path), &self.is, &self.not, &self.has);
        quote!(crate::view::Condition { path: #path, is: &[#(#is),*], not: &[#(#not),*], has: &[#(#has),*] })
    }

    /// The same of one that there may be.
    pub fn optional_tokens(condition: Option<&Self>) -> TokenStream {
        condition.map(Self::tokens).map_or_else(|| quote!(None), |tokens| quote!(Some(#tokens)))
    }
}
