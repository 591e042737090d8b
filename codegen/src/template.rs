//! The text language of views: `{status.sync.status}[ by {initiatedBy.username}], {finishedAt:age} ago`.
//!
//! `{path}` or `{path,path:format}` is a value, `{path:format@2.14}` one that older releases do not have; `[…]` is left
//! out when every value in it is missing; `{{`, `}}`, `[[` and `]]` are the characters themselves.

#[path = "../../src/view/formats.rs"]
mod formats;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub use formats::Format;

use crate::{
    path::{Path, Segment},
    release::Release,
    suggest::did_you_mean,
};

/// A parsed text with values in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its pieces in order.
    pub parts: Vec<Part>,
}

/// One piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The values at some paths, formatted.
    Value(Cell),
    /// Left out when it has no value.
    Optional(Vec<Part>),
}

/// Values and how they are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Where the values are.
    pub paths: Vec<Path>,
    /// How they are written.
    pub format: Format,
    /// First release that has the values.
    pub since: Option<Release>,
}

/// The formatter of that name.
///
/// # Errors
/// A sentence with what is similar.
pub fn format(name: &str) -> Result<Format, String> {
    let names = || Format::ALL.iter().map(|format| format.name());
    Format::ALL.iter().find(|format| format.name() == name).copied().ok_or_else(|| {
        let hint = did_you_mean(name, names());
        let names: Vec<String> = names().map(|name| format!("`{name}`")).collect();
        format!("`{name}` is not a format: {}{hint}", names.join(", "))
    })
}

impl Template {
    /// Reads a text with values.
    ///
    /// # Errors
    /// A sentence that quotes what cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let parts = parse_parts(text, &mut rest, false)?;
        Ok(Self { parts })
    }

    /// A template that is one cell.
    pub fn cell(cell: Cell) -> Self {
        Self { parts: vec![Part::Value(cell)] }
    }

    /// Every cell, those in optional groups included.
    pub fn cells(&self) -> Vec<&Cell> {
        fn collect<'a>(parts: &'a [Part], cells: &mut Vec<&'a Cell>) {
            for part in parts {
                match part {
                    Part::Text(_) => {}
                    Part::Value(cell) => cells.push(cell),
                    Part::Optional(inner) => collect(inner, cells),
                }
            }
        }
        let mut cells = vec![];
        collect(&self.parts, &mut cells);
        cells
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        parts_tokens(&self.parts)
    }
}

fn parse_parts(whole: &str, rest: &mut &str, inside: bool) -> Result<Vec<Part>, String> {
    let mut parts = vec![];
    let mut text = String::new();
    while let Some(first) = rest.chars().next() {
        let doubled = ["{{", "}}", "[[", "]]"].iter().find(|pair| rest.starts_with(**pair));
        if doubled.is_some() && !(inside && rest.starts_with("]]")) {
            text.push(first);
            *rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        *rest = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            '{' => {
                flush(&mut text, &mut parts);
                let end = closing_brace(rest).ok_or_else(|| format!("`{whole}`: `{{` without `}}`"))?;
                let (inner, after) = rest.split_at(end);
                parts.push(Part::Value(Cell::parse(inner)?));
                *rest = after.get(1..).unwrap_or_default();
            }
            '[' => {
                flush(&mut text, &mut parts);
                parts.push(Part::Optional(parse_parts(whole, rest, true)?));
            }
            ']' if inside => {
                flush(&mut text, &mut parts);
                return Ok(parts);
            }
            ']' if whole.contains("[[") => {
                return Err(format!(
                    "`{whole}`: `]` without `[`: `[[` is the character; between two brackets that open, write a space or a text"
                ));
            }
            ']' => return Err(format!("`{whole}`: `]` without `[` (write `]]` for the character)")),
            '}' => return Err(format!("`{whole}`: `}}` without `{{` (write `}}}}` for the character)")),
            other => text.push(other),
        }
    }
    if inside {
        return Err(format!("`{whole}`: `[` without `]` (write `[[` for the character)"));
    }
    flush(&mut text, &mut parts);
    Ok(parts)
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

fn closing_brace(text: &str) -> Option<usize> {
    outside_quotes(text, '}').first().copied()
}

/// Byte offsets of `wanted` outside `"…"`.
fn outside_quotes(text: &str, wanted: char) -> Vec<usize> {
    let mut quoted = false;
    let mut found = vec![];
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        if c == wanted && !quoted {
            found.push(at);
        }
    }
    found
}

impl Cell {
    /// Reads `path,path:format@release`.
    ///
    /// # Errors
    /// A sentence that quotes what cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let split = |text: &'_ str, at: usize| {
            (text.get(..at).unwrap_or_default().to_owned(), text.get(at + 1..).unwrap_or_default().trim().to_owned())
        };
        let (rest, since) = match outside_quotes(text, '@').last() {
            Some(at) => {
                let (rest, release) = split(text, *at);
                let since = Release::parse(&release)
                    .ok_or_else(|| format!("`{{{text}}}`: `{release}` is not a release such as 2.14"))?;
                (rest, Some(since))
            }
            None => (text.to_owned(), None),
        };
        let (paths, name) = match outside_quotes(&rest, ':').last() {
            Some(at) => split(&rest, *at),
            None => (rest, "plain".to_owned()),
        };
        let format = format(&name)?;
        let mut start = 0;
        let mut list = vec![];
        for end in outside_quotes(&paths, ',').into_iter().chain([paths.len()]) {
            let path = paths.get(start..end).unwrap_or_default().trim();
            if path.is_empty() {
                return Err(format!("`{{{text}}}` has an empty path"));
            }
            list.push(Path::parse(path)?);
            start = end + 1;
        }
        Ok(Self { paths: list, format, since })
    }

    /// Every path this cell reads, the keys of its formatter included, and the first release that has it.
    pub fn reads(&self) -> Vec<(Path, Option<Release>)> {
        let below = |path: &Path| -> Vec<(Path, Option<Release>)> {
            let keys = self.format.keys().iter().map(|key| {
                let (key, since) = key.split_once('@').unwrap_or((*key, ""));
                let key = Path::parse(key).unwrap_or_else(|_| Path { segments: vec![] });
                (path.join(&key), self.since.max(Release::parse(since)))
            });
            keys.collect()
        };
        self.paths
            .iter()
            .flat_map(|path| if self.format.keys().is_empty() { vec![(path.clone(), self.since)] } else { below(path) })
            .collect()
    }

    /// The static that the runtime evaluates.
    pub fn tokens(&self) -> TokenStream {
        let paths = self.paths.iter().map(path_tokens);
        let format = format_ident!("{}", format!("{:?}", self.format));
        quote!(crate::view::Cell { paths: &[#(#paths),*], format: crate::view::Format::#format })
    }
}

fn parts_tokens(parts: &[Part]) -> TokenStream {
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => quote!(crate::view::Part::Text(#text)),
        Part::Value(cell) => {
            let cell = cell.tokens();
            quote!(crate::view::Part::Value(#cell))
        }
        Part::Optional(inner) => {
            let inner = parts_tokens(inner);
            quote!(crate::view::Part::Optional(#inner))
        }
    });
    quote!(&[#(#parts),*])
}

/// A path as a static slice of the runtime's segments.
pub fn path_tokens(path: &Path) -> TokenStream {
    let segments = path.segments.iter().map(|segment| match segment {
        Segment::Key(key) => quote!(crate::view::Segment::Key(#key)),
        Segment::Each => quote!(crate::view::Segment::Each),
        Segment::Json => quote!(crate::view::Segment::Json),
    });
    quote!(&[#(#segments),*])
}
